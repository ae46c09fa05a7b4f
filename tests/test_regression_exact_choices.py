"""Curves by sums over grids: against plain Monte Carlo from the prior, and where the grid ends."""

import sys
import zlib

import numpy as np
import pytest
from scipy import integrate, special, stats

from benchmarks.calibrated import exactly
from course import regression, simulate

PRIORS = regression.LinePriors(mu_alpha=(0, 5), mu_beta=(0, 1), tau_alpha=2, tau_beta=0.5)
TIGHT = regression.LinePriors(mu_alpha=(3, 1), mu_beta=(-0.5, 0.2), tau_alpha=1, tau_beta=0.2)


@pytest.fixture(scope="module")
def two():
    """Two small cities, one of them separated."""
    x, city = np.array([2.0, 4, 6, 8, 2, 5, 9]), np.array([0, 0, 0, 0, 1, 1, 1])
    return regression.cells([3, 2, 2, 0, 2, 1, 0], x, city, trials=[3, 3, 3, 3, 2, 1, 2])


@pytest.fixture(scope="module")
def weighted(two):
    """Draws of everything from the prior, and the likelihood of the data as their weights."""
    rng, n = np.random.default_rng(1), 400_000
    mu = {name: stats.norm.rvs(*getattr(TIGHT, f"mu_{name}"), n, random_state=rng) for name in ("alpha", "beta")}
    tau = {
        name: stats.halfnorm.rvs(scale=getattr(TIGHT, f"tau_{name}"), size=n, random_state=rng)
        for name in ("alpha", "beta")
    }
    alpha, beta = (mu[name][:, None] + tau[name][:, None] * rng.standard_normal((n, 2)) for name in mu)
    log_odds = alpha[:, two.groups.of_row] + beta[:, two.groups.of_row] * two.x
    weight = np.exp(stats.binom.logpmf(two.successes, two.trials, special.expit(log_odds)).sum(axis=1))
    found = {"alpha": alpha, "beta": beta} | {f"mu_{k}": v for k, v in mu.items()}
    return found | {f"tau_{k}": v for k, v in tau.items()}, weight / weight.sum()


@pytest.mark.parametrize("name", ["alpha", "beta", "mu_alpha", "mu_beta", "tau_alpha", "tau_beta"])
def test_the_posterior_is_that_of_weighted_draws_from_the_prior(name, two, weighted):
    values, weight = weighted[0][name], weighted[1]
    mean = weight @ values
    sd = np.sqrt(weight @ (values - mean) ** 2)
    error = sd * np.sqrt(np.sum(weight**2))
    exact = regression.exact_choices(two, TIGHT)
    assert np.all(np.abs(exact.mean(name) - mean) < 4.5 * error)
    np.testing.assert_allclose(exact.sd(name), sd, rtol=0.03)


def test_chance_and_revenue_average_the_curves_not_their_parameters(two, weighted):
    draws, weight = weighted
    exact = regression.exact_choices(two, TIGHT)
    p = special.expit(draws["alpha"] + draws["beta"] * 7.0)
    np.testing.assert_allclose(exact.chance([7.0])[:, 0], weight @ p, atol=0.004)
    np.testing.assert_allclose(exact.revenue([7.0]), 7 * exact.chance([7.0]))


def test_draws_have_the_moments_of_the_grid(two):
    exact, rng = regression.exact_choices(two, TIGHT), np.random.default_rng(2)
    alpha, beta = exact.curve_draws(1, 40_000, rng)
    assert alpha.mean() == pytest.approx(exact.mean("alpha")[1], abs=0.03)
    assert beta.std() == pytest.approx(exact.sd("beta")[1], rel=0.02)
    population = exact.population_draws(40_000, rng)
    for name in ("mu_alpha", "mu_beta", "tau_alpha", "tau_beta"):
        assert np.mean(getattr(population, name)) == pytest.approx(exact.mean(name), abs=5 * exact.sd(name) / 200)


@pytest.mark.parametrize("seed", [1, 2, 13])
def test_draws_of_the_population_lie_between_nodes_as_many_more_nodes_say(seed, monkeypatch):
    world = simulate.priced_cities(np.random.default_rng(seed))
    cells = regression.cells(world.bought, world.price / 10, world.city)
    drawn = regression.exact_choices(cells, PRIORS).population_draws(40_000, np.random.default_rng(5))
    module = sys.modules["course.regression.exact_choices"]
    monkeypatch.setattr(module, "_MEANS", 48)
    monkeypatch.setattr(module, "_SPREADS", 40)
    fine = regression.exact_choices(cells, PRIORS)
    at = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
    for name, axis in (("mu_alpha", 1), ("mu_beta", 0), ("tau_alpha", 1), ("tau_beta", 0)):
        nodes, which = np.unique(np.round(getattr(fine.population, name), 9), return_inverse=True)
        mass = np.bincount(which.ravel(), fine.weight.sum(axis=axis))
        below = np.interp(np.quantile(getattr(drawn, name), at), nodes, np.cumsum(mass) - mass / 2)
        np.testing.assert_allclose(below, at, atol=0.015 if name.startswith("mu") else 0.05)
        assert np.unique(getattr(drawn, name)).size == 40_000
    together = fine.weight * (fine.population.mu_alpha - fine.mean("mu_alpha"))
    together = np.sum(together * (fine.population.mu_beta - fine.mean("mu_beta")))
    rho = together / (fine.sd("mu_alpha") * fine.sd("mu_beta"))
    assert np.corrcoef(drawn.mu_alpha, drawn.mu_beta)[0, 1] == pytest.approx(rho, abs=0.05)


def test_a_group_without_spread_takes_its_curve_from_the_population():
    exact = regression.exact_choices(regression.cells([0, 3, 1], [2.0, 5, 5], [0, 0, 1], trials=[3, 6, 1]), TIGHT)
    assert np.all(exact.sd("beta") < 0.5)


@pytest.mark.parametrize("seed", [0, 4, 13, 14])
def test_separated_worlds_stay_on_the_grid(seed):
    world = simulate.priced_cities(np.random.default_rng(seed))
    cells = regression.cells(world.bought, world.price / 10, world.city)
    assert {kind.value for kind in regression.separation(cells)} != {"overlap"}
    assert np.isclose(regression.exact_choices(cells, PRIORS).curves.sum(), 10)


def test_curves_that_leave_the_grid_and_unknown_names_are_refused(two):
    far = two._replace(x=two.x / 100)
    wide = regression.LinePriors(mu_alpha=(0, 5), mu_beta=(0, 100), tau_alpha=2, tau_beta=50)
    with pytest.raises(ValueError, match="measure prices in tens"):
        regression.exact_choices(far, wide)
    with pytest.raises(ValueError, match="got 'rho'"):
        regression.exact_choices(two, TIGHT).mean("rho")


@pytest.mark.parametrize("world", [159, 549])
def test_curves_that_come_near_the_edge_are_not_refused(world):
    """Worlds of the calibration, in which a share too small to matter lies a row from the edge."""
    found = exactly.choices(np.random.default_rng(np.random.SeedSequence([zlib.crc32(b"exact_choices"), world])))
    assert all(np.isfinite(draws).all() for _, draws in found.values())


def test_given_the_population_a_curve_is_what_adaptive_quadrature_says(two):
    population = regression.Population(3.0, -0.5, 1.0, 0.2, -0.6)
    mean, mine = [3.0, -0.5], two.groups.of_row == 0
    prior = stats.multivariate_normal(mean, [[1.0, -0.12], [-0.12, 0.04]])

    def height(beta, alpha):
        p = special.expit(alpha + beta * two.x[mine])
        return prior.pdf([alpha, beta]) * stats.binom.pmf(two.successes[mine], two.trials[mine], p).prod()

    box = (-3.0, 9.0, -1.7, 0.7)
    total = integrate.dblquad(height, *box, epsabs=1e-8)[0]
    chance = integrate.dblquad(lambda b, a: height(b, a) * special.expit(a + 7 * b), *box, epsabs=1e-8)[0] / total
    given = regression.curves_given(two, population)
    assert given.chance([7.0])[0, 0] == pytest.approx(chance, abs=1e-5)
    drawn = given.population_draws(3, np.random.default_rng(1))
    for name in ("mu_alpha", "mu_beta", "tau_alpha", "tau_beta"):  # the population is its only node
        assert (given.mean(name), given.sd(name)) == (getattr(population, name), 0)
        np.testing.assert_array_equal(getattr(drawn, name), np.full(3, getattr(population, name)))


def test_alone_is_the_model_fitted_to_one_group_at_a_time(two):
    alone = regression.choices_alone(two, PRIORS)
    for group in range(2):
        mine = two.groups.of_row == group
        one = regression.cells(two.successes[mine], two.x[mine], np.zeros(mine.sum()), trials=two.trials[mine])
        fitted = regression.exact_choices(one, PRIORS)
        assert alone.chance([3.0, 7.0])[group] == pytest.approx(fitted.chance([3.0, 7.0])[0], abs=2e-3)
        assert alone.sd("beta")[group] == pytest.approx(fitted.sd("beta")[0], rel=0.01)
    assert alone.weight.sum() == pytest.approx(1)


def test_a_curve_of_one_group_has_the_prior_of_its_population_averaged():
    curves = sys.modules["course.regression.exact_choices"]  # the package has a function of this name
    (m, s), scale = TIGHT.mu_alpha, TIGHT.tau_alpha
    mass = curves._prior(curves._ALPHA, (m, s), scale)
    mean = mass @ curves._ALPHA / mass.sum()
    variance = mass @ (curves._ALPHA - mean) ** 2 / mass.sum()
    assert mean == pytest.approx(m, abs=1e-6)
    assert variance == pytest.approx(s**2 + scale**2, rel=0.01)  # E[tau^2] of a half-normal is scale^2


def test_a_population_without_spread_or_of_draws_is_refused(two):
    with pytest.raises(ValueError, match="complete pooling"):
        regression.curves_given(two, regression.Population(3.0, -0.5, 0.0, 0.2))
    with pytest.raises(ValueError, match="single numbers"):
        regression.curves_given(two, regression.Population(np.ones(3), -0.5, 1.0, 0.2))

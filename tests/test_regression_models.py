"""Models of lessons 06 and 07 against densities written by hand: every way to write them is one posterior."""

import itertools

import numpy as np
import pymc as pm
import pytest
from scipy import special, stats

from course import data, models, regression
from course.models import Blocks
from tests.densities import log_p

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")
SLEEP_PRIORS = regression.LinePriors((250, 100), (0, 50), 50, 20, sigma=50)
CITY_PRIORS = regression.LinePriors((0, 5), (0, 1), 2, 0.5)
ALL_BLOCKS = [Blocks(*both) for both in itertools.product((True, False), repeat=2)]


@pytest.fixture(scope="module")
def radon():
    table = data.load("radon")
    rows = regression.group_rows(table.log_radon, table.floor, table.county)
    return rows, regression.group_values(table.log_uranium, rows.groups)


def truth(n_groups, rng, rho=True, gamma=False):
    tau, r = rng.gamma(2, 0.5, 2), rng.uniform(-0.9, 0.9) if rho else 0.0
    mu, g = rng.normal(0, 1, 2), rng.normal(0, 1, 2) if gamma else np.zeros(2)
    spread = [[tau[0] ** 2, r * tau[0] * tau[1]], [r * tau[0] * tau[1], tau[1] ** 2]]
    effects = rng.multivariate_normal(mu, spread, n_groups)
    return {
        "mu": mu,
        "tau": tau,
        "rho": r,
        "gamma": g,
        "sigma": rng.gamma(2, 0.5),
        "effects": effects,
        "spread": spread,
    }


def point(t, at, blocks, u, correlated, noise):
    """The same population and lines in the coordinates of a model, and the log Jacobian of getting there."""
    (tau_a, tau_b), rho = t["tau"], t["rho"]
    effects = t["effects"]
    level = effects[:, 0] + at * effects[:, 1]
    mean_slope = t["mu"][1] + t["gamma"][1] * u
    mean_level = t["mu"][0] + t["gamma"][0] * u + at * mean_slope
    turn = np.array([[1, at], [0, 1]])
    spread = turn @ t["spread"] @ turn.T
    sd = np.sqrt(spread[0, 0])
    eta = (level - mean_level) / sd
    rest = np.sqrt(np.linalg.det(spread)) / sd
    eta_slope = (effects[:, 1] - mean_slope - spread[0, 1] / sd * eta) / rest
    q = {"mu_beta": t["mu"][1], "mu_level": t["mu"][0] + at * t["mu"][1]}
    q |= {"tau_alpha_log__": np.log(tau_a), "tau_beta_log__": np.log(tau_b)}
    if correlated:
        q["rho_unit_logodds__"] = special.logit((rho + 1) / 2)
    if noise:
        q["sigma_log__"] = np.log(t["sigma"])
    q["level" if blocks.level else "eta_level"] = level if blocks.level else eta
    q["beta" if blocks.slope else "eta_beta"] = effects[:, 1] if blocks.slope else eta_slope
    n = len(effects)
    return q, (0 if blocks.level else n * np.log(sd)) + (0 if blocks.slope else n * np.log(rest))


def prior_by_hand(t, priors, u, correlated):
    mean = t["mu"] + np.outer(np.broadcast_to(u, len(t["effects"])), t["gamma"])
    total = stats.norm.logpdf(t["mu"][0], *priors.mu_alpha) + stats.norm.logpdf(t["mu"][1], *priors.mu_beta)
    total += stats.halfnorm.logpdf(t["tau"][0], scale=priors.tau_alpha)
    total += stats.halfnorm.logpdf(t["tau"][1], scale=priors.tau_beta)
    total += stats.beta.logpdf((t["rho"] + 1) / 2, priors.eta, priors.eta) if correlated else 0.0
    return total + stats.multivariate_normal.logpdf(t["effects"] - mean, np.zeros(2), t["spread"]).sum()


@pytest.mark.parametrize("blocks", ALL_BLOCKS)
def test_lines_have_the_density_of_the_formula_in_all_coordinates(radon, blocks):
    rows, u = radon
    priors = regression.LinePriors((0, 5), (0, 5), 1, 1, sigma=2)
    for at, rng in ((0.3, np.random.default_rng(1)), (-2.0, np.random.default_rng(2))):
        model = models.varying_lines(rows, priors, u, on_slope=True, blocks=blocks, at=at)
        t = truth(85, rng, gamma=True)
        q, jacobian = point(t, at, blocks, u, True, True)
        q |= {"gamma_alpha": t["gamma"][0], "gamma_beta": t["gamma"][1]}
        alpha, beta = t["effects"].T
        who = rows.groups.of_row
        right = prior_by_hand(t, priors, u, True) + stats.norm.logpdf(t["gamma"]).sum()
        right += stats.halfnorm.logpdf(t["sigma"], scale=2)
        right += stats.norm.logpdf(rows.y, alpha[who] + beta[who] * rows.x, t["sigma"]).sum()
        assert log_p(model)(q) - jacobian == pytest.approx(right, rel=1e-6)


@pytest.mark.parametrize("blocks", ALL_BLOCKS)
@pytest.mark.parametrize("correlated", [True, False])
def test_choices_have_the_density_of_the_formula_in_all_coordinates(cells, blocks, correlated):
    model = models.varying_choices(cells, CITY_PRIORS, correlated=correlated, blocks=blocks, at=4.0)
    t = truth(10, np.random.default_rng(3), rho=correlated)
    q, jacobian = point(t, 4.0, blocks, 0.0, correlated, False)
    alpha, beta = t["effects"].T
    log_odds = alpha[cells.groups.of_row] + beta[cells.groups.of_row] * cells.x
    right = prior_by_hand(t, CITY_PRIORS, 0.0, correlated) + np.log(special.comb(cells.trials, cells.successes)).sum()
    right += np.sum(cells.successes * special.log_expit(log_odds))
    right += np.sum((cells.trials - cells.successes) * special.log_expit(-log_odds))
    assert log_p(model)(q) - jacobian == pytest.approx(right, rel=1e-6)


def test_rows_and_their_sums_differ_by_a_constant(cities, cells):
    one_a_user = regression.Cells(
        cities.bought.astype(float),
        np.ones(cities.city.size),
        cities.price / 10,
        regression.Grouping(np.arange(10), cities.city),
    )
    rows, sums = (log_p(models.varying_choices(c, CITY_PRIORS, at=5.0)) for c in (one_a_user, cells))
    gaps = []
    for seed in range(4):
        q, _ = point(truth(10, np.random.default_rng(seed), rho=False), 5.0, Blocks(), 0.0, False, False)
        gaps.append(sums(q) - rows(q))
    constant = np.log(special.comb(cells.trials, cells.successes)).sum()
    np.testing.assert_allclose(gaps, constant, atol=1e-5)


def test_our_one_correlation_is_pymcs_lkj():
    # LKJCholeskyCov in two dimensions, unpacked: the same density over (tau_alpha, tau_beta, rho) but for the Jacobian.
    with pm.Model() as theirs:
        pm.LKJCholeskyCov("chol", n=2, eta=2.0, sd_dist=pm.HalfNormal.dist(np.array([2.0, 0.5])), compute_corr=False)
    lkj = log_p(theirs)

    def gap(tau_a, tau_b, rho):
        # The variable is the packed Cholesky factor (c11, c21, c22), the diagonal as logarithms.
        c11, c21, c22 = tau_a, rho * tau_b, tau_b * np.sqrt(1 - rho**2)
        ours = stats.halfnorm.logpdf(tau_a, scale=2) + stats.halfnorm.logpdf(tau_b, scale=0.5)
        ours += stats.beta.logpdf((rho + 1) / 2, 2, 2) - np.log(2)
        # d(tau_a, tau_b, rho) / d(c11, c21, c22) = sqrt(1 - rho^2) / tau_b
        packed = np.array([np.log(c11), c21, np.log(c22)])
        return ours + np.log(np.sqrt(1 - rho**2) / tau_b) - lkj({"chol_cholesky-cov-packed__": packed})

    gaps = [gap(*v) for v in ((1.0, 0.5, 0.2), (2.5, 0.1, -0.8), (0.3, 1.2, 0.6), (1.0, 0.5, 0.0))]
    np.testing.assert_allclose(gaps, 0, atol=1e-5)


@pytest.mark.parametrize("blocks", [Blocks(True, True), Blocks(False, False)])
def test_the_sampler_finds_the_population_that_needs_no_sampler(blocks):
    table = data.load("sleepstudy")
    rows = regression.group_rows(table.reaction, table.days, table.subject)
    exact = regression.exact_population(rows, SLEEP_PRIORS, np.random.default_rng(1), draws=8000).population
    with models.varying_lines(rows, SLEEP_PRIORS, blocks=blocks):
        trace = pm.sample(1000, chains=4, random_seed=1, progressbar=False, quiet=True)
    for name in ("mu_alpha", "mu_beta", "tau_alpha", "tau_beta", "rho", "sigma"):
        draws, right = trace.posterior[name].values, getattr(exact, name)
        # ESS is 400 or more: the mean strays by 0.05 standard deviations, the standard deviation by 4%.
        assert draws.mean() == pytest.approx(right.mean(), abs=0.2 * right.std()), name
        assert draws.std() == pytest.approx(right.std(), rel=0.15), name


def test_groups_keep_their_names_and_bad_priors_are_refused(radon):
    rows, u = radon
    model = models.varying_lines(rows, SLEEP_PRIORS, u)
    assert list(model.coords["group"]) == rows.groups.labels.tolist()
    with pytest.raises(ValueError, match="sigma must be positive and finite, got 0"):
        models.varying_lines(rows, SLEEP_PRIORS._replace(sigma=0))
    with pytest.raises(ValueError, match="predictor must have one value for each of 85 groups"):
        models.varying_lines(rows, SLEEP_PRIORS, u[:-1])
    with pytest.raises(ValueError, match="predictor must be given when on_slope is True"):
        models.varying_lines(rows, SLEEP_PRIORS, on_slope=True)

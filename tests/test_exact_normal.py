"""The normal hierarchy's posterior against 32-digit quadrature, closed forms, published numbers and its own draws."""

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import hermite_e, legendre
from scipy import stats

from course import exact
from tests.oracles import EIGHT_SIGMA, EIGHT_Y, NormalOracle, flat, gamma, halfcauchy, halfnorm

Q = (0.001, 0.05, 0.5, 0.95, 0.999)
INF = mp.inf
SPREAD_Y, SPREAD_SIGMA = (0.3, -1.0, 2.0, 40.0, -300.0, 900.0, 1.1), (1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1000.0)
_RNG = np.random.default_rng(20)
TWENTY = tuple(_RNG.normal(3, 4, 20).round(2)), tuple(_RNG.uniform(1, 6, 20).round(2))
NEAR = (0.0, 1.0, 5.0, 20.0, 60.0, 200.0, INF)

CASES: dict[str, tuple[Any, ...]] = {
    # name: y, sigma, mu_prior, SciPy prior, the same for mpmath, breaks of the quadrature
    "halfnorm": (EIGHT_Y, EIGHT_SIGMA, (0, 10), stats.halfnorm(scale=10), halfnorm(10), NEAR),
    "halfnorm, flat mu": (EIGHT_Y, EIGHT_SIGMA, None, stats.halfnorm(scale=10), halfnorm(10), NEAR),
    "halfcauchy": (EIGHT_Y, EIGHT_SIGMA, (0, 10), stats.halfcauchy(scale=5), halfcauchy(5), (*NEAR[:-1], 2e3, INF)),
    "uniform": (EIGHT_Y, EIGHT_SIGMA, (0, 10), stats.uniform(0, 20), flat, (0, 5, 20)),
    "uniform, flat mu": (EIGHT_Y, EIGHT_SIGMA, None, stats.uniform(0, 20), flat, (0, 5, 20)),
    "gamma": (EIGHT_Y, EIGHT_SIGMA, (0, 10), stats.gamma(2, scale=5), gamma(2, 5), NEAR),
    "gamma, infinite at 0": (EIGHT_Y, EIGHT_SIGMA, (0, 10), stats.gamma(0.5, scale=5), gamma(0.5, 5), NEAR),
    "flat": (EIGHT_Y, EIGHT_SIGMA, None, None, flat, (*NEAR[:-1], 2e3, INF)),
    "flat, proper mu": (EIGHT_Y, EIGHT_SIGMA, (0, 10), None, flat, (*NEAR[:-1], 2e3, INF)),
    "support above 0": (EIGHT_Y, EIGHT_SIGMA, (0, 10), stats.uniform(5, 10), flat, (5, 8, 15)),
    "shifted exponential": (EIGHT_Y, EIGHT_SIGMA, None, stats.expon(3, 5), gamma(1, 5, 3), (3, 10, 50, 200, INF)),
    "one group": ((5.0,), (1.0,), (0, 10), stats.halfnorm(scale=10), halfnorm(10), (0, 0.1, *NEAR[1:])),
    "one group, flat mu": ((5.0,), (1.0,), None, stats.halfnorm(scale=10), halfnorm(10), NEAR),
    "two groups": ((5.0, -2.0), (1.0, 3.0), (0, 10), stats.halfnorm(scale=10), halfnorm(10), (0, 0.1, *NEAR[1:])),
    "three groups": ((5.0, -2.0, 1.0), (1.0, 3.0, 2.0), (1, 3), stats.gamma(2, scale=1), gamma(2, 1), NEAR),
    "five groups, heavy tail": (EIGHT_Y[:5], EIGHT_SIGMA[:5], None, None, flat, (*NEAR[:-1], 2e3, 1e5, INF)),
    "twenty groups": (*TWENTY, (0, 10), stats.halfnorm(scale=10), halfnorm(10), (0, 1, 2, 3, 4, 6, 9, 20, 100)),
    "sigmas over six decades": (
        *(SPREAD_Y, SPREAD_SIGMA, (0, 10), stats.halfcauchy(scale=5), halfcauchy(5)),
        (0, 1e-2, 0.1, 0.5, 1, 2, 5, 10, 30, 100, 300, 1e3, 1e4, 1e6, INF),
    ),
    "prior far from data": (
        EIGHT_Y,
        EIGHT_SIGMA,
        (500, 1),
        stats.halfnorm(scale=1),
        halfnorm(1),
        (*range(0, 41, 4), 80),
    ),
}


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[exact.NormalPosterior, NormalOracle]:
    y, sigma, mu_prior, prior, same, breaks = CASES[request.param]
    posterior = exact.normal_posterior(y, sigma, mu_prior=mu_prior, tau_prior=prior)
    return posterior, NormalOracle(y, sigma, mu_prior, same, breaks)


def close(got: float, exactly: float, rel: float = 1e-9) -> None:
    assert got == pytest.approx(exactly, rel=rel, abs=1e-300)


def test_tau_agrees_with_32_digit_quadrature(case: tuple[exact.NormalPosterior, NormalOracle]) -> None:
    posterior, oracle = case
    parts = oracle.of_tau(lambda t: t)
    mean, sd = oracle.moments(parts)
    close(posterior.mean("tau"), mean)
    close(posterior.sd("tau"), sd, 1e-8)
    for q, x in zip(Q, posterior.quantile("tau", Q), strict=True):
        assert abs(oracle.tau_miss(x, q)) < 1e-8 * x


def test_mu_agrees_with_32_digit_quadrature(case: tuple[exact.NormalPosterior, NormalOracle]) -> None:
    posterior, oracle = case
    mean, sd = oracle.moments(oracle.mu)
    close(posterior.mean("mu"), mean)
    close(posterior.sd("mu"), sd, 1e-8)
    for q, x in zip(Q, posterior.quantile("mu", Q), strict=True):
        assert abs(oracle.miss(oracle.mu, x, q)) < 1e-8 * sd


def test_theta_and_weight_agree_with_32_digit_quadrature(case: tuple[exact.NormalPosterior, NormalOracle]) -> None:
    posterior, oracle = case
    for j in {0, len(oracle.y) // 2, len(oracle.y) - 1}:
        parts = oracle.theta(j)
        mean, sd = oracle.moments(parts)
        assert posterior.mean("theta")[j] == pytest.approx(mean, rel=1e-9, abs=1e-9 * sd)
        close(posterior.sd("theta")[j], sd, 1e-8)
        for q, x in zip(Q, posterior.quantile("theta", Q)[:, j], strict=True):
            assert abs(oracle.miss(parts, x, q)) < 1e-8 * sd
        weights = oracle.of_tau(lambda t, s2=oracle.s2[j]: t**2 / (t**2 + s2))
        mean, sd = oracle.moments(weights)
        close(posterior.mean("weight")[j], mean)
        assert posterior.sd("weight")[j] == pytest.approx(sd, rel=1e-8, abs=1e-15)  # a weight is known to 1e-16
        for q, x in zip(Q, posterior.quantile("weight", Q)[:, j], strict=True):
            tau = float(mp.sqrt(oracle.s2[j] * mp.mpf(x) / (1 - mp.mpf(x))))  # lambda = x there; x near 1 loses digits
            assert abs(oracle.tau_miss(tau, q)) < 1e-8 * tau / (1 - x)


def test_density_of_tau_agrees_with_32_digit_quadrature(case: tuple[exact.NormalPosterior, NormalOracle]) -> None:
    posterior, oracle = case
    middle = np.flatnonzero(posterior.tau_weight > 1e-6)[::7]
    for i in middle:
        close(posterior.tau_density[i], float(oracle.density(mp.mpf(posterior.tau_grid[i])) / oracle.total), 1e-8)
    assert posterior.tau_weight.sum() == pytest.approx(1, abs=1e-14)


def test_predict_new_agrees_with_32_digit_quadrature(case: tuple[exact.NormalPosterior, NormalOracle]) -> None:
    posterior, oracle = case
    parts = [(m, v + t**2) for (m, v), t in zip(oracle.mu, oracle.tau, strict=True)]
    mean, sd = oracle.moments(parts)
    new = posterior.predict_new()
    close(float(new.mean()), mean)
    close(float(new.sd()), sd, 1e-8)
    for q in Q:
        assert abs(oracle.miss(parts, float(new.quantile(q)), q)) < 1e-8 * sd


def test_no_algebra_at_all_gives_the_same_two_group_posterior() -> None:
    # Non-centred: p(mu) p(tau) p(eta_1) p(eta_2) p(y | mu + tau eta), integrated over all four.
    y, sigma = np.array([9.0, -3.0]), np.array([6.0, 8.0])
    x, w = hermite_e.hermegauss(80)
    t, wt = legendre.leggauss(120)
    t, wt = 40 * (t + 1), wt * stats.halfnorm(scale=10).pdf(40 * (t + 1))
    mu = 10 * x
    likelihood = [
        np.exp(-0.5 * ((v - mu[:, None, None] - t[:, None] * x) / s) ** 2) for v, s in zip(y, sigma, strict=True)
    ]
    joint = (likelihood[0] @ w) * (likelihood[1] @ w) * w[:, None] * wt
    theta0 = (likelihood[0] * (mu[:, None, None] + t[:, None] * x)) @ w * (likelihood[1] @ w) * w[:, None] * wt
    posterior = exact.normal_posterior(y, sigma, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10))
    assert posterior.mean("mu") == pytest.approx((joint.sum(axis=1) @ mu) / joint.sum(), rel=1e-7)
    assert posterior.mean("tau") == pytest.approx((joint.sum(axis=0) @ t) / joint.sum(), rel=1e-7)
    assert posterior.mean("theta")[0] == pytest.approx(theta0.sum() / joint.sum(), rel=1e-7)


def test_bda3_table_5_3_eight_schools_under_flat_priors() -> None:
    # BDA3, p. 123: quartiles of the effects from 200 simulations, so that they are known to about one point.
    quartiles = [[7, 3, 2, 4, 1, 2, 7, 3], [10, 8, 7, 8, 5, 6, 10, 8], [16, 12, 11, 11, 10, 10, 15, 13]]
    posterior = exact.normal_posterior(EIGHT_Y, EIGHT_SIGMA, mu_prior=None, tau_prior=None)
    np.testing.assert_allclose(posterior.quantile("theta", [0.25, 0.5, 0.75]), quartiles, atol=1.6)


def test_posterior_mode_of_tau_is_at_zero_for_eight_schools_under_flat_priors() -> None:
    # BDA3, figure 5.5: the density of tau falls from 0 on.
    posterior = exact.normal_posterior(EIGHT_Y, EIGHT_SIGMA, mu_prior=None, tau_prior=None)
    assert np.all(np.diff(posterior.tau_density) < 0)


def test_a_tight_prior_on_tau_is_conjugacy() -> None:
    # tau = 5 known, mu ~ N(0, 10): theta_j given y is a multivariate normal that linear algebra gives.
    y, v = np.array(EIGHT_Y), np.array(EIGHT_SIGMA) ** 2
    prior = 25 * np.eye(8) + 100
    gain = prior @ np.linalg.inv(prior + np.diag(v))
    posterior = exact.normal_posterior(EIGHT_Y, EIGHT_SIGMA, mu_prior=(0, 10), tau_prior=stats.uniform(5, 1e-9))
    np.testing.assert_allclose(posterior.mean("theta"), gain @ y, rtol=1e-8)
    np.testing.assert_allclose(posterior.sd("theta"), np.sqrt(np.diag(prior - gain @ prior)), rtol=1e-8)
    at_five = posterior.conditional(5.0)
    np.testing.assert_allclose(at_five.theta_mean[0], gain @ y, rtol=1e-12)
    np.testing.assert_allclose(at_five.theta_sd[0], np.sqrt(np.diag(prior - gain @ prior)), rtol=1e-12)
    covariance = prior - gain @ prior
    difference = covariance[0, 0] + covariance[2, 2] - 2 * covariance[0, 2]
    assert float(posterior.contrast(0, 2).sd()) == pytest.approx(np.sqrt(difference), rel=1e-8)


# --- Moments that are infinite, and tails that are heavy ------------------------------------------------------------


@pytest.mark.parametrize(("groups", "mean", "sd"), [(3, np.inf, np.inf), (4, None, np.inf), (5, None, None)])
def test_moments_of_tau_under_flat_priors_exist_from_four_and_five_groups_on(
    groups: int, mean: float | None, sd: float | None
) -> None:
    posterior = exact.normal_posterior(EIGHT_Y[:groups], EIGHT_SIGMA[:groups], mu_prior=None, tau_prior=None)
    assert np.isfinite(posterior.mean("tau")) == (mean is None)
    assert np.isfinite(posterior.sd("tau")) == (sd is None)
    assert np.all(np.isfinite(posterior.quantile("tau", Q)))
    assert np.all(np.isfinite(posterior.mean("theta")))
    assert np.all(np.isfinite(posterior.sd("theta")))


def test_mu_without_a_mean_is_an_error_and_its_sd_is_not_a_number_in_disguise() -> None:
    posterior = exact.normal_posterior(EIGHT_Y[:3], EIGHT_SIGMA[:3], mu_prior=None, tau_prior=None)
    with pytest.raises(ValueError, match=r"has no mean, its tails are as heavy as a Cauchy's; use quantile\(0.5\)"):
        posterior.mean("mu")
    assert posterior.sd("mu") == np.inf
    assert np.isfinite(posterior.quantile("mu", 0.5))


@pytest.mark.parametrize("power", [2.2, 2.5, 3.1, 4.0])
def test_a_heavy_tail_of_tau_keeps_its_mean(power: float) -> None:
    # One group and a flat mu: the likelihood does not know tau, so its posterior is the prior, here a Pareto.
    prior = stats.pareto(power - 1)
    posterior = exact.normal_posterior([5.0], [1.0], mu_prior=None, tau_prior=prior)
    assert posterior.mean("tau") == pytest.approx((power - 1) / (power - 2), rel=1e-6)
    assert posterior.sd("tau") == pytest.approx(prior.std(), rel=1e-6)
    np.testing.assert_allclose(posterior.quantile("tau", Q), prior.ppf(Q), rtol=1e-8)


@pytest.mark.parametrize(
    "prior",
    [
        *(stats.halfnorm(scale=3), stats.gamma(0.1), stats.beta(0.5, 0.5, scale=4), stats.lognorm(2)),
        *(stats.uniform(0, 7), stats.invgamma(2.5), stats.truncnorm(-2, 2, loc=8, scale=4), stats.expon(2, 1)),
    ],
    ids=lambda prior: prior.dist.name,
)
def test_without_information_the_posterior_of_tau_is_the_prior(prior: Any) -> None:
    posterior = exact.normal_posterior([5.0], [1.0], mu_prior=None, tau_prior=prior)
    assert posterior.mean("tau") == pytest.approx(prior.mean(), rel=1e-6)
    assert posterior.sd("tau") == pytest.approx(prior.std(), rel=1e-6)
    np.testing.assert_allclose(posterior.quantile("tau", Q), prior.ppf(Q), rtol=1e-6)


# --- Conditionals and their limits ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mu_prior", [(0.0, 10.0), None])
def test_conditional_at_tau_zero_is_complete_pooling(mu_prior: tuple[float, float] | None) -> None:
    posterior = exact.normal_posterior(EIGHT_Y, EIGHT_SIGMA, mu_prior=mu_prior, tau_prior=None)
    precision = np.sum(np.array(EIGHT_SIGMA) ** -2.0) + (0 if mu_prior is None else 0.01)
    mean = np.sum(np.array(EIGHT_Y) / np.array(EIGHT_SIGMA) ** 2) / precision
    at_zero = posterior.conditional(0.0)
    np.testing.assert_allclose(at_zero.mu_mean, mean, rtol=1e-13)
    np.testing.assert_allclose(at_zero.theta_mean, mean, rtol=1e-13)
    np.testing.assert_allclose(at_zero.theta_sd, precision**-0.5, rtol=1e-13)


def test_conditional_at_tau_inf_is_no_pooling_and_mu_returns_to_its_prior() -> None:
    proper = exact.normal_posterior(EIGHT_Y, EIGHT_SIGMA, mu_prior=(2, 10), tau_prior=None).conditional([1e9, np.inf])
    np.testing.assert_allclose(proper.theta_mean, [EIGHT_Y, EIGHT_Y], rtol=1e-12)
    np.testing.assert_allclose(proper.theta_sd, [EIGHT_SIGMA, EIGHT_SIGMA], rtol=1e-12)
    np.testing.assert_allclose(proper.mu_mean, 2, rtol=1e-12)
    np.testing.assert_allclose(proper.mu_sd, 10, rtol=1e-12)
    unbounded = exact.normal_posterior(EIGHT_Y, EIGHT_SIGMA, mu_prior=None, tau_prior=None).conditional(np.inf)
    np.testing.assert_allclose(unbounded.theta_mean[0], EIGHT_Y)
    np.testing.assert_allclose(unbounded.theta_sd[0], EIGHT_SIGMA)
    np.testing.assert_allclose(unbounded.mu_mean, np.mean(EIGHT_Y), rtol=1e-13)
    assert unbounded.mu_sd == np.inf


def test_conditional_averaged_over_tau_is_the_marginal() -> None:
    posterior = exact.normal_posterior(EIGHT_Y, EIGHT_SIGMA, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10))
    given = posterior.conditional()
    np.testing.assert_allclose(posterior.tau_weight @ given.theta_mean, posterior.mean("theta"), rtol=1e-12)


# --- Limits of scale and size ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-290, 1e-200, 1e-20, 1e20, 1e200, 1e290])
@pytest.mark.parametrize("mu_prior", [(0.0, 10.0), None])
def test_units_do_not_matter_however_small_or_large(scale: float, mu_prior: tuple[float, float] | None) -> None:
    base = exact.normal_posterior(EIGHT_Y, EIGHT_SIGMA, mu_prior=mu_prior, tau_prior=stats.halfnorm(scale=10))
    other = exact.normal_posterior(
        np.array(EIGHT_Y) * scale,
        np.array(EIGHT_SIGMA) * scale,
        mu_prior=None if mu_prior is None else (0.0, 10 * scale),
        tau_prior=stats.halfnorm(scale=10 * scale),
    )
    for name in ("mu", "tau", "theta"):
        np.testing.assert_allclose(other.mean(name), base.mean(name) * scale, rtol=1e-10)
        np.testing.assert_allclose(other.sd(name), base.sd(name) * scale, rtol=1e-9)
        np.testing.assert_allclose(other.quantile(name, Q), np.multiply(base.quantile(name, Q), scale), rtol=1e-9)
    np.testing.assert_allclose(other.mean("weight"), base.mean("weight"), rtol=1e-10)


@pytest.mark.parametrize("tiny", [1e-10, 1e-160, 1e-300])
def test_a_group_that_is_measured_exactly_keeps_its_value(tiny: float) -> None:
    sigma = [tiny, *EIGHT_SIGMA[1:]]
    posterior = exact.normal_posterior(EIGHT_Y, sigma, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10))
    oracle = NormalOracle(
        EIGHT_Y, [1e-12, *sigma[1:]], (0, 10), halfnorm(10), (*(1e-3, 0.1, 1, 3), *range(5, 60, 5), 120)
    )
    assert posterior.mean("theta")[0] == pytest.approx(28, rel=1e-12)
    assert posterior.mean("theta")[1] == pytest.approx(oracle.moments(oracle.theta(1))[0], rel=1e-8)
    assert posterior.mean("tau") == pytest.approx(oracle.moments(oracle.of_tau(lambda t: t))[0], rel=1e-8)


@pytest.mark.parametrize("huge", [1e10, 1e160, 1e290])
def test_groups_without_information_follow_the_population(huge: float) -> None:
    posterior = exact.normal_posterior(EIGHT_Y, [huge] * 8, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10))
    assert posterior.sd("mu") == pytest.approx(10)
    assert posterior.mean("tau") == pytest.approx(stats.halfnorm(scale=10).mean())
    np.testing.assert_allclose(posterior.sd("theta"), np.sqrt(200), rtol=1e-9)
    np.testing.assert_allclose(posterior.mean("weight"), 0, atol=1e-15)


def test_identical_groups_measured_almost_exactly() -> None:
    # tau is confined to about sigma, far from where its prior lives.
    posterior = exact.normal_posterior([0.0] * 8, [1e-300] * 8, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10))
    same = exact.normal_posterior([0.0] * 8, [1.0] * 8, mu_prior=None, tau_prior=None)
    assert posterior.mean("tau") == pytest.approx(same.mean("tau") * 1e-300, rel=1e-7)
    np.testing.assert_allclose(posterior.mean("weight"), same.mean("weight"), rtol=1e-7)


def test_100_000_groups_recover_the_population_and_fit_in_memory() -> None:
    rng = np.random.default_rng(1)
    sigma = rng.uniform(0.5, 2.0, 100_000)
    theta = rng.normal(3.0, 2.0, sigma.size)
    y = rng.normal(theta, sigma)
    posterior = exact.normal_posterior(y, sigma, mu_prior=None, tau_prior=None)
    assert abs(posterior.mean("mu") - 3.0) < 4 * posterior.sd("mu")
    assert abs(posterior.mean("tau") - 2.0) < 4 * posterior.sd("tau")
    # For so many groups the posterior of tau is normal with the information of the marginal likelihood.
    information = np.sum(2 * 4.0 / (sigma**2 + 4.0) ** 2)
    assert posterior.sd("tau") == pytest.approx(information**-0.5, rel=0.01)
    z = (theta - posterior.mean("theta")) / posterior.sd("theta")
    assert abs(np.mean(z**2) - 1) < 4 * np.sqrt(2 / z.size)
    inside = theta < posterior.quantile("theta", 0.9)
    assert abs(inside.mean() - 0.9) < 4 * np.sqrt(0.09 / z.size)
    assert posterior.draws(3, rng).theta.shape == (3, 100_000)


# --- Draws ----------------------------------------------------------------------------------------------------------


def test_draws_follow_the_exact_distributions() -> None:
    posterior = exact.normal_posterior(EIGHT_Y, EIGHT_SIGMA, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10))
    draws = posterior.draws(40_000, np.random.default_rng(8))
    theta = posterior.marginal("theta")
    each = [exact.NormalMixture(theta.weight, theta.loc[:, j], theta.scale[:, j]) for j in range(8)]
    tau_cdf = np.interp(draws.tau, posterior.tau_grid, np.cumsum(posterior.tau_weight) - posterior.tau_weight / 2)
    found = [
        stats.kstest(tau_cdf, "uniform"),
        stats.kstest(posterior.marginal("mu").cdf(draws.mu), "uniform"),
        stats.kstest(posterior.contrast(0, 2).cdf(draws.theta[:, 0] - draws.theta[:, 2]), "uniform"),
        *(stats.kstest(mixture.cdf(draws.theta[:, j]), "uniform") for j, mixture in enumerate(each)),
    ]
    assert min(test.pvalue for test in found) > 0.005


def test_draws_are_joint_and_independent() -> None:
    posterior = exact.normal_posterior(EIGHT_Y, EIGHT_SIGMA, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10))
    draws = posterior.draws(200_000, np.random.default_rng(3))
    # E[mu theta_j], E[mu tau] and E[tau theta_j] by quadrature: what separate draws of each would get wrong.
    given, weight = posterior.conditional(), posterior.tau_weight
    lam = np.array([posterior.tau_grid**2 / (posterior.tau_grid**2 + s**2) for s in EIGHT_SIGMA]).T
    cross = given.mu_mean[:, None] * given.theta_mean + (1 - lam) * given.mu_sd[:, None] ** 2
    for got, exactly in (
        (draws.mu[:, None] * draws.theta, weight @ cross),
        (draws.tau[:, None] * draws.theta, weight @ (posterior.tau_grid[:, None] * given.theta_mean)),
        ((draws.mu * draws.tau)[:, None], weight @ (given.mu_mean * posterior.tau_grid)),
    ):
        assert np.all(np.abs(got.mean(axis=0) - exactly) < 4.5 * got.std(axis=0) / np.sqrt(len(got)))
    lag = np.corrcoef(draws.tau[1:], draws.tau[:-1])[0, 1]
    assert abs(lag) < 4 / np.sqrt(len(draws.tau))


def test_draws_repeat_with_the_same_generator_and_differ_with_another() -> None:
    posterior = exact.normal_posterior(EIGHT_Y, EIGHT_SIGMA, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10))
    first, again, other = (posterior.draws(50, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.theta, again.theta)
    assert not np.any(first.theta == other.theta)


# --- Invariances ----------------------------------------------------------------------------------------------------

groups = st.lists(st.tuples(st.floats(-50, 50), st.floats(0.01, 30)), min_size=2, max_size=12)


@settings(deadline=None, max_examples=40)
@given(groups, st.floats(-100, 100), st.floats(0.01, 100))
def test_shift_and_scale_of_the_outcome_shift_and_scale_the_posterior(
    data: list[tuple[float, float]], shift: float, scale: float
) -> None:
    y, sigma = np.array(data).T
    base = exact.normal_posterior(y, sigma, mu_prior=(1, 5), tau_prior=stats.halfnorm(scale=4))
    moved = exact.normal_posterior(
        y * scale + shift, sigma * scale, mu_prior=(scale + shift, 5 * scale), tau_prior=stats.halfnorm(scale=4 * scale)
    )
    noise = 1e-9 * (abs(shift) + 50 * scale)
    np.testing.assert_allclose(moved.mean("theta"), base.mean("theta") * scale + shift, rtol=1e-8, atol=noise)
    np.testing.assert_allclose(
        moved.quantile("mu", 0.9), base.quantile("mu", 0.9) * scale + shift, rtol=1e-8, atol=noise
    )
    np.testing.assert_allclose(moved.sd("theta"), base.sd("theta") * scale, rtol=1e-6)
    np.testing.assert_allclose(moved.mean("weight"), base.mean("weight"), rtol=1e-7)


@settings(deadline=None, max_examples=40)
@given(groups, st.randoms(use_true_random=False))
def test_the_order_of_groups_does_not_matter(data: list[tuple[float, float]], random: Any) -> None:
    order = list(range(len(data)))
    random.shuffle(order)
    y, sigma = np.array(data).T
    base = exact.normal_posterior(y, sigma, mu_prior=(0, 10), tau_prior=stats.halfcauchy(scale=5))
    mixed = exact.normal_posterior(y[order], sigma[order], mu_prior=(0, 10), tau_prior=stats.halfcauchy(scale=5))
    np.testing.assert_allclose(mixed.mean("theta"), base.mean("theta")[order], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(mixed.quantile("tau", Q), base.quantile("tau", Q), rtol=1e-8)


@settings(deadline=None, max_examples=40)
@given(groups, st.floats(0, 1e3))
def test_conditional_means_lie_between_data_and_mu(data: list[tuple[float, float]], tau: float) -> None:
    y, sigma = np.array(data).T
    given_tau = exact.normal_posterior(y, sigma, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=4)).conditional(tau)
    low, high = np.minimum(y, given_tau.mu_mean[0]), np.maximum(y, given_tau.mu_mean[0])
    assert np.all((given_tau.theta_mean[0] >= low - 1e-12) & (given_tau.theta_mean[0] <= high + 1e-12))


def test_contrast_is_antisymmetric_and_nothing_with_itself() -> None:
    posterior = exact.normal_posterior(EIGHT_Y, EIGHT_SIGMA, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10))
    assert posterior.contrast(0, 2).cdf(0) == pytest.approx(1 - posterior.contrast(2, 0).cdf(0), abs=1e-12)
    assert float(posterior.contrast(0, 2).mean()) == pytest.approx(np.subtract(*posterior.mean("theta")[[0, 2]]))
    same = posterior.contrast(3, 3)
    assert (float(same.mean()), float(same.sd())) == (0.0, 0.0)
    assert (float(same.cdf(-1.0)), float(same.cdf(1.0))) == (0.0, pytest.approx(1.0))


def test_mixture_density_is_the_slope_of_its_distribution() -> None:
    new = exact.normal_posterior(
        EIGHT_Y, EIGHT_SIGMA, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10)
    ).predict_new()
    x, h = np.linspace(-20, 40, 13), 1e-4
    np.testing.assert_allclose(new.pdf(x), (new.cdf(x + h) - new.cdf(x - h)) / (2 * h), rtol=1e-6)
    np.testing.assert_allclose(new.cdf(new.quantile(Q)), Q, rtol=1e-10)


# --- Bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": [1, 2]}, r"one value for each group, got shapes \(2,\) and \(8,\); is a group missing"),
        ({"sigma": [1, -2, 1, 1, 1, 1, 1, 1]}, r"sigma must be positive, got sigma\[1\] = -2; it is a standard error"),
        ({"sigma": [1, 1, 0, 1, 1, 1, 1, 1]}, r"sigma must be positive, got sigma\[2\] = 0"),
        ({"sigma": [np.inf, *[1] * 7]}, r"sigma must be finite, got sigma\[0\] = inf; .*predict_new"),
        ({"y": [np.nan, *[1] * 7]}, r"y must not contain NaN or None, got y\[0\] = nan"),
        ({"y": [None, *[1] * 7]}, r"y must not contain NaN or None, got y\[0\] = nan"),
        ({"y": ["28", *[1] * 7]}, r"y must be numbers .* got y\[0\] = '28', which is text"),
        ({"y": [], "sigma": []}, "y must have at least one group, got none; was everything filtered"),
        (
            {"mu_prior": (0, -1)},
            r"mu_prior must be \(mean, sd\) with sd > 0, got sd = -1 in \(0, -1\); None means flat",
        ),
        ({"mu_prior": (0, 0)}, r"sd > 0, got sd = 0"),
        ({"mu_prior": (np.nan, 1)}, r"mu_prior must be \(mean, sd\), got \(nan, 1\): .*NaN"),
        ({"mu_prior": 3}, r"mu_prior must be \(mean, sd\), got 3"),
        ({"mu_prior": ("a", 1)}, r"mu_prior must be \(mean, sd\), got \('a', 1\)"),
        ({"tau_prior": stats.halfnorm}, r"tau_prior must be frozen, got halfnorm .*; write stats.halfnorm\(scale=10\)"),
        ({"tau_prior": 5}, r"tau_prior must be None or a frozen continuous scipy.stats distribution, got 5"),
        ({"tau_prior": stats.poisson(3)}, r"tau_prior must be None or a frozen continuous .*, got <scipy"),
        (
            {"tau_prior": stats.norm(0, 1)},
            r"must not allow negative tau, its support starts at -inf; use halfnorm for norm",
        ),
        ({"tau_prior": stats.uniform(-1, 3)}, r"must not allow negative tau, its support starts at -1"),
        ({"tau_prior": stats.halfnorm(scale=-1)}, r"valid parameters, got the support nan to nan; is a scale <= 0"),
        ({"tau_prior": stats.halfnorm(scale=[1, 2])}, r"tau_prior must be one distribution, got 2"),
        ({"y": [1], "sigma": [1], "tau_prior": None}, "improper: a flat prior on tau needs at least 2 groups, got 1"),
        (
            {"y": [1, 2], "sigma": 1, "tau_prior": None, "mu_prior": None},
            "a flat prior on tau needs at least 3 groups, got 2; pass a proper tau_prior such as stats.halfnorm",
        ),
    ],
)
def test_bad_input_is_an_error_that_says_rule_value_and_place(change: dict[str, Any], message: str) -> None:
    priors = {"mu_prior": (0, 10), "tau_prior": stats.halfnorm(scale=10)}
    arguments = {"y": EIGHT_Y, "sigma": EIGHT_SIGMA} | priors | change
    with pytest.raises(ValueError, match=message) as caught:
        exact.normal_posterior(arguments.pop("y"), arguments.pop("sigma"), **arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda p: p.mean("sigma"), "name must be 'mu', 'tau', 'theta' or 'weight', got 'sigma'"),
        (lambda p: p.sd("lambda"), "name must be .*, got 'lambda'"),
        (lambda p: p.marginal("tau"), "name must be 'mu' or 'theta', got 'tau'; for 'tau' there are tau_grid"),
        (lambda p: p.quantile("mu", 5), r"q must lie strictly between 0 and 1, got q = 5; is it a percentage"),
        (lambda p: p.quantile("tau", [0.5, 1.0]), r"q must lie strictly between 0 and 1, got q\[1\] = 1"),
        (lambda p: p.quantile("theta", 0), r"strictly between 0 and 1, got q = 0"),
        (lambda p: p.predict_new().quantile(np.nan), "q must not contain NaN"),
        (lambda p: p.conditional([1, -2]), r"tau must not be negative, got tau\[1\] = -2; .*log tau"),
        (lambda p: p.conditional([[1, 2]]), r"tau must be a number or one list of numbers, got shape \(1, 2\)"),
        (lambda p: p.contrast(0, 8), "j must be a group, 0 to 7, got 8; groups count from 0"),
        (lambda p: p.draws(0, np.random.default_rng(1)), "n must be a whole number of at least 1, got 0"),
        (lambda p: p.draws(2.5, np.random.default_rng(1)), "n must be a whole number of at least 1, got 2.5"),
    ],
)
def test_bad_questions_are_errors_that_say_rule_and_value(ask: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ask(exact.normal_posterior(EIGHT_Y, EIGHT_SIGMA, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10)))


@pytest.mark.parametrize("j", [-1, 8])
def test_a_group_that_is_not_there_is_named(j):
    posterior = exact.normal_posterior(EIGHT_Y, EIGHT_SIGMA, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10))
    with pytest.raises(ValueError, match=f"j must be a group, 0 to 7, got {j}"):
        posterior.group(j)

"""Shrinkage, empirical Bayes and James-Stein against 50-digit arithmetic, brute force, print and simulation."""

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from course import data, shrinkage
from tests import oracles
from tests.oracles import EIGHT_SIGMA, EIGHT_Y

groups = st.lists(st.tuples(st.floats(-50, 50), st.floats(0.01, 30)), min_size=1, max_size=12)
positive = st.floats(1e-300, 1e300)


# --- data_weight and partial_pool -----------------------------------------------------------------------------------


def test_weights_use_variances_and_not_standard_deviations() -> None:
    np.testing.assert_array_equal(shrinkage.data_weight([5, 15], 5), [0.5, 0.1])


@given(positive, positive)
def test_weight_agrees_with_50_digits_over_the_whole_range_of_floats(sigma: float, tau: float) -> None:
    with mp.workdps(50):
        exactly = 1 / (1 + (mp.mpf(sigma) / mp.mpf(tau)) ** 2)
        assert float(shrinkage.data_weight(sigma, tau)) == pytest.approx(float(exactly), rel=1e-14, abs=1e-300)


def test_weight_limits() -> None:
    np.testing.assert_array_equal(shrinkage.data_weight([1e-300, 1.0, 1e300, np.inf], 0), 0)
    np.testing.assert_array_equal(shrinkage.data_weight([1e-300, 1.0, 1e300], np.inf), 1)
    np.testing.assert_array_equal(shrinkage.data_weight([1.0, np.inf], 1), [0.5, 0])


@given(groups, st.floats(-50, 50), st.floats(0, 1e6))
def test_partial_pooling_is_the_posterior_mean_of_a_normal_in_a_normal(
    data_: list[tuple[float, float]], mu: float, tau: float
) -> None:
    y, sigma = np.array(data_).T
    found = shrinkage.partial_pool(y, sigma, mu, tau)
    if tau > 1e-150:
        exactly = [
            (mp.mpf(a) / mp.mpf(s) ** 2 + mp.mpf(mu) / mp.mpf(tau) ** 2) / (mp.mpf(s) ** -2 + mp.mpf(tau) ** -2)
            for a, s in zip(y, sigma, strict=True)
        ]
        np.testing.assert_allclose(found, np.array(exactly, dtype=float), rtol=1e-10, atol=1e-12)
    assert np.all((found >= np.minimum(y, mu) - 1e-12) & (found <= np.maximum(y, mu) + 1e-12))


def test_partial_pooling_limits_are_complete_and_no_pooling() -> None:
    np.testing.assert_array_equal(shrinkage.partial_pool(EIGHT_Y, EIGHT_SIGMA, 7.5, 0), 7.5)
    np.testing.assert_array_equal(shrinkage.partial_pool(EIGHT_Y, EIGHT_SIGMA, 7.5, np.inf), EIGHT_Y)


# --- log_marginal and empirical_bayes -------------------------------------------------------------------------------


@given(groups, st.floats(-50, 50), st.floats(0, 1e3))
def test_log_marginal_agrees_with_mpmath(data_: list[tuple[float, float]], mu: float, tau: float) -> None:
    y, sigma = np.array(data_).T
    exactly = float(oracles.log_marginal(y, sigma, mu, tau))
    assert shrinkage.log_marginal(y, sigma, mu, tau) == pytest.approx(exactly, rel=1e-12, abs=1e-12)


def test_eight_schools_have_a_type_two_maximum_at_tau_zero_exactly() -> None:
    population = shrinkage.empirical_bayes(EIGHT_Y, EIGHT_SIGMA)
    assert population.tau == 0.0
    assert population.mu == pytest.approx(np.average(EIGHT_Y, weights=np.array(EIGHT_SIGMA) ** -2.0), rel=1e-14)


@settings(deadline=None, max_examples=60)
@given(groups)
def test_empirical_bayes_is_the_highest_point_of_a_brute_force_grid(data_: list[tuple[float, float]]) -> None:
    y, sigma = np.array(data_).T
    found = shrinkage.empirical_bayes(y, sigma)
    best = shrinkage.log_marginal(y, sigma, *found)
    for tau in [0.0, *np.geomspace(1e-4 * sigma.min(), 10 * np.ptp(y) + 1, 400)]:
        mu = np.average(y, weights=1 / (sigma**2 + tau**2))
        assert shrinkage.log_marginal(y, sigma, mu, tau) <= best + 1e-9 * abs(best) + 1e-9


def test_empirical_bayes_solves_the_likelihood_equations_in_40_digits() -> None:
    y, sigma = 2 * np.array(EIGHT_Y), EIGHT_SIGMA
    found = shrinkage.empirical_bayes(y, sigma)
    with mp.workdps(40):
        mu, tau = mp.findroot(
            lambda m, t: [
                mp.diff(lambda a: oracles.log_marginal(y, sigma, a, t), m),
                mp.diff(lambda a: oracles.log_marginal(y, sigma, m, a), t),
            ],
            (found.mu, found.tau),
        )
    assert found == pytest.approx((float(mu), float(tau)), rel=1e-11)


def test_empirical_bayes_with_equal_errors_is_the_textbook_formula() -> None:
    # tau^2 = max(0, mean squared deviation - sigma^2), where the maximum likelihood variance divides by k.
    y = np.array([3.0, 9.0, -4.0, 12.0, 5.0])
    assert shrinkage.empirical_bayes(y, 2.0) == pytest.approx((5.0, np.sqrt(np.var(y) - 4.0)), rel=1e-12)
    edge = float(np.std(y))
    assert shrinkage.empirical_bayes(y, edge * 1.0001).tau == 0.0
    assert shrinkage.empirical_bayes(y, edge * 0.9999).tau == pytest.approx(edge * np.sqrt(1 - 0.9999**2), rel=1e-6)


def test_empirical_bayes_at_the_boundary() -> None:
    assert shrinkage.empirical_bayes([5.0], [1.0]) == (5.0, 0.0)
    assert shrinkage.empirical_bayes([5.0] * 4, [1.0, 2.0, 3.0, 1e-300]) == (5.0, 0.0)
    assert shrinkage.empirical_bayes([-1.0, 1.0], [1.0, 1.0]) == (0.0, 0.0)


def test_empirical_bayes_takes_the_higher_of_two_maxima() -> None:
    # Thirty precise groups agree, four noisier ones do not: one hill near 0 and one near 15.
    y = np.r_[0.2 * np.sin(np.arange(30)), 40.0, -38.0, 45.0, -41.0]
    sigma = np.r_[np.full(30, 0.1), np.full(4, 20.0)]
    found = shrinkage.empirical_bayes(y, sigma)
    brute = optimize.brute(
        lambda p: -shrinkage.log_marginal(y, sigma, p[0], np.exp(p[1])),
        ((-3, 3), (-4, 4)),
        Ns=121,
        finish=optimize.fmin,
    )
    assert found.tau == pytest.approx(np.exp(brute[1]), rel=1e-3)


def test_empirical_bayes_stays_at_zero_where_the_only_hill_is_lower() -> None:
    # Two precise groups that agree and two noisy ones that do not: from tau = 0 the likelihood falls, and rises again.
    y, sigma = np.array([0.02, -0.02, 80.0, -80.0]), np.array([0.1, 0.1, 20.0, 20.0])
    tau = np.geomspace(1e-3, 300, 500)
    height = np.array([shrinkage.log_marginal(y, sigma, 0, t) for t in tau])
    rises = np.flatnonzero(np.diff(height) > 0)
    assert rises.size
    assert height[rises[0] :].max() < shrinkage.log_marginal(y, sigma, 0, 0) - 0.5
    assert shrinkage.empirical_bayes(y, sigma) == (0.0, 0.0)


@pytest.mark.parametrize("less", [1e-6, 1e-7, 1e-8])
def test_a_spread_is_found_that_raises_the_likelihood_by_less_than_rounding(less: float) -> None:
    # By its formula, tau^2 = mean squared deviation - sigma^2; the likelihood gains k less^2 beside tau = 0.
    y = np.array([3.0, 9.0, -4.0, 12.0, 5.0])
    found = shrinkage.empirical_bayes(y, np.std(y) * (1 - less)).tau
    assert found == pytest.approx(np.std(y) * np.sqrt(less * (2 - less)), rel=1e-6)


@pytest.mark.parametrize("scale", [1e-290, 1e-160, 1e160, 1e290])
def test_units_do_not_matter_however_small_or_large(scale: float) -> None:
    y, sigma = 2 * np.array(EIGHT_Y), np.array(EIGHT_SIGMA)
    base = shrinkage.empirical_bayes(y, sigma)
    assert shrinkage.empirical_bayes(y * scale, sigma * scale) == pytest.approx(
        (base.mu * scale, base.tau * scale), rel=1e-10
    )
    np.testing.assert_allclose(
        shrinkage.james_stein(y * scale, sigma * scale), shrinkage.james_stein(y, sigma) * scale, rtol=1e-12
    )


@settings(deadline=None)
@given(groups, st.floats(-100, 100), st.floats(0.01, 100), st.randoms(use_true_random=False))
def test_empirical_bayes_is_equivariant(
    data_: list[tuple[float, float]], shift: float, scale: float, random: Any
) -> None:
    order = list(range(len(data_)))
    random.shuffle(order)
    y, sigma = np.array(data_).T
    y = np.round(y, 3)
    base = shrinkage.empirical_bayes(y, sigma)
    moved = shrinkage.empirical_bayes(y[order] * scale + shift, sigma[order] * scale)
    assert moved.mu == pytest.approx(base.mu * scale + shift, rel=1e-6, abs=1e-6 * scale)
    assert moved.tau == pytest.approx(base.tau * scale, rel=1e-5, abs=1e-4 * scale)


def test_100_000_groups_recover_the_population() -> None:
    rng = np.random.default_rng(4)
    sigma = 10 ** rng.uniform(-3, 3, 100_000)
    found = shrinkage.empirical_bayes(rng.normal(3, np.hypot(sigma, 2)), sigma)
    assert found == pytest.approx((3, 2), abs=0.05)


# --- James-Stein ----------------------------------------------------------------------------------------------------


def test_james_stein_on_efron_and_morris_baseball() -> None:
    # Efron and Morris (1975, sec. 2): on the scale of transformed averages the total squared error falls by about 3.5.
    batters = data.load("baseball")
    root = np.sqrt(45)
    y = root * np.arcsin(2 * batters.hits / batters.at_bats - 1)
    theta = root * np.arcsin(2 * batters.later_hits / batters.later_at_bats - 1)
    estimate = shrinkage.james_stein(y, 1.0)
    ratio = np.sum((y - theta) ** 2) / np.sum((estimate - theta) ** 2)
    assert ratio == pytest.approx(3.5, abs=0.15)
    # Their factor on the deviations from the mean is .209.
    assert (estimate[0] - y.mean()) / (y[0] - y.mean()) == pytest.approx(0.209, abs=0.002)


@pytest.mark.parametrize("k", [3, 4, 5, 10, 51, 100, 1000, 10**5])
def test_risk_agrees_with_mpmaths_confluent_hypergeometric_function(k: int) -> None:
    for norm2 in (0, 1e-8, 0.5, 1, 30, 45, 300, 1e4, 1e6, 1e8, 1e12, 1e15, 1e300):
        with mp.workdps(60):
            exactly = float(k - (k - 2) * mp.hyp1f1(1, mp.mpf(k) / 2, -mp.mpf(norm2) / 2))
        assert float(shrinkage.james_stein_risk(norm2, k)) == pytest.approx(exactly, rel=1e-10), norm2


@pytest.mark.parametrize("k", [3, 5, 8, 1000, 10**5])
@pytest.mark.parametrize("far", [2.0001e6, 3e6, 1e8])
def test_risk_far_away_keeps_its_last_digits(k: int, far: float) -> None:
    # From 2e6 k on it is a series at infinity, whose second term is no more than 5e-13 of the risk.
    with mp.workdps(60):
        exactly = float(k - (k - 2) * mp.hyp1f1(1, mp.mpf(k) / 2, -mp.mpf(far * k) / 2))
    assert float(shrinkage.james_stein_risk(far * k, k)) == pytest.approx(exactly, rel=2e-15, abs=0)


def test_risk_is_2_at_the_target_and_k_far_away() -> None:
    np.testing.assert_allclose(shrinkage.james_stein_risk([0, np.inf], 12), [2, 12], rtol=1e-14)


def test_risk_rises_with_distance_and_never_reaches_that_of_no_shrinkage() -> None:
    risk = shrinkage.james_stein_risk(np.geomspace(1e-3, 1e14, 400), 7)
    assert np.all(np.diff(risk) >= -1e-12)
    assert np.all(risk <= 7)


@pytest.mark.parametrize(("k", "norm2"), [(3, 0.0), (5, 4.0), (10, 25.0)])
def test_risk_agrees_with_simulation(k: int, norm2: float) -> None:
    rng = np.random.default_rng(k)
    theta = np.full(k, np.sqrt(norm2 / k))
    errors = [
        np.sum((shrinkage.james_stein(y, 1.0, target=0, positive_part=False) - theta) ** 2)
        for y in rng.normal(theta, 1, (20_000, k))
    ]
    assert abs(np.mean(errors) - shrinkage.james_stein_risk(norm2, k)) < 4 * np.std(errors) / np.sqrt(len(errors))


def test_james_stein_is_its_formula() -> None:
    y = np.array([1.0, 2.0, -3.0, 4.0, 0.5])
    fixed = 1 + (1 - 3 / np.sum((y - 1) ** 2 / 4)) * (y - 1)
    np.testing.assert_allclose(shrinkage.james_stein(y, 2.0, target=1), fixed, rtol=1e-14)
    mean = y.mean() + (1 - 2 / np.sum((y - y.mean()) ** 2 / 4)) * (y - y.mean())
    np.testing.assert_allclose(shrinkage.james_stein(y, 2.0), mean, rtol=1e-14)
    near = y / 100
    np.testing.assert_array_equal(shrinkage.james_stein(near, 2.0, target=0), 0)
    assert np.all(np.sign(shrinkage.james_stein(near, 2.0, target=0, positive_part=False)) == -np.sign(near))


def test_james_stein_limits_are_finite() -> None:
    np.testing.assert_array_equal(shrinkage.james_stein([2.0] * 5, 1.0), 2)
    np.testing.assert_array_equal(shrinkage.james_stein(EIGHT_Y, 1e-300), EIGHT_Y)
    np.testing.assert_allclose(shrinkage.james_stein(EIGHT_Y, 1e300), np.mean(EIGHT_Y), rtol=1e-14)


def test_with_unequal_errors_it_lowers_the_total_error_in_units_of_sigma() -> None:
    rng = np.random.default_rng(9)
    sigma = np.array([0.2, 0.5, 1.0, 2.0, 4.0, 8.0])
    theta = sigma * rng.normal(0, 1, 6)
    y = rng.normal(theta, sigma, (4000, 6))
    raw = np.sum(((y - theta) / sigma) ** 2, axis=1)
    shrunk = np.array([np.sum(((shrinkage.james_stein(v, sigma, target=0) - theta) / sigma) ** 2) for v in y])
    assert np.mean(raw - shrunk) > 5 * stats.sem(raw - shrunk)


# --- Bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: shrinkage.data_weight([1, -2], 1),
            r"sigma must be positive, got sigma\[1\] = -2; it is a standard error",
        ),
        (lambda: shrinkage.data_weight([1, 0], 1), r"sigma must be positive, got sigma\[1\] = 0"),
        (lambda: shrinkage.data_weight(1, -1), "tau must not be negative, got tau = -1; .*did you pass log tau"),
        (lambda: shrinkage.data_weight(1, np.nan), "tau must not contain NaN or None, got tau = nan"),
        (lambda: shrinkage.data_weight(1, None), "tau must not contain NaN or None"),
        (lambda: shrinkage.data_weight(1, [1, 2]), r"tau must be one number, got shape \(2,\); call once for each tau"),
        (
            lambda: shrinkage.data_weight([1, np.inf], np.inf),
            r"sigma must be finite when tau is inf, got sigma\[1\] = inf",
        ),
        (lambda: shrinkage.data_weight("ten", 1), "sigma must be numbers in a rectangular array, got 'ten'"),
        (lambda: shrinkage.partial_pool([1, 2], [1], 0, 1), r"got shapes \(2,\) and \(1,\); is a group missing"),
        (lambda: shrinkage.partial_pool([1, 2], 1, np.inf, 1), "mu must be finite, got mu = inf"),
        (lambda: shrinkage.partial_pool([1, 2], 1, [0, 1], 1), r"mu must be one number, got shape \(2,\)"),
        (lambda: shrinkage.log_marginal([1, 2], 1, np.nan, 1), "mu must not contain NaN"),
        (lambda: shrinkage.log_marginal([1, 2], 1, 0, -3), "tau must not be negative, got tau = -3"),
        (lambda: shrinkage.empirical_bayes([], []), "y must have at least one group, got none"),
        (lambda: shrinkage.empirical_bayes([1, np.inf], 1), r"y must be finite, got y\[1\] = inf; .*logit"),
        (lambda: shrinkage.james_stein([1, 2, 3], 1), "towards the mean of the groups needs at least 4 groups, got 3"),
        (lambda: shrinkage.james_stein([1, 2], 1, target=0), "towards a fixed target needs at least 3 groups, got 2"),
        (lambda: shrinkage.james_stein([1, 2, 3], 1, target=np.inf), "target must be finite, got target = inf"),
        (lambda: shrinkage.james_stein([1, 2, 3], 1, target=[0, 1, 2]), r"target must be one number, got shape \(3,\)"),
        (
            lambda: shrinkage.james_stein_risk(-1, 5),
            "norm2 must not be negative, got norm2 = -1; it is a sum of squares",
        ),
        (lambda: shrinkage.james_stein_risk(1, 2), "k must be a whole number of at least 3, got 2; .*three groups"),
        (lambda: shrinkage.james_stein_risk(1, 4.5), "k must be a whole number of at least 3, got 4.5"),
        (lambda: shrinkage.james_stein_risk(1, "5"), "k must be a whole number of at least 3, got '5'"),
        (lambda: shrinkage.james_stein_risk(1, np.nan), "k must be a whole number of at least 3, got nan"),
    ],
)
def test_bad_input_is_an_error_that_says_rule_value_and_place(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("k", [3, 10, 50, 1000])
@pytest.mark.parametrize("norm2", [0.0, 5e-324, 1e-300, 1e-262, 1e-100, 1e-20, 1e-19])
def test_james_stein_risk_on_the_target_is_two_however_near_zero_the_distance(k, norm2):
    assert shrinkage.james_stein_risk(norm2, k) == pytest.approx(2.0, rel=1e-12)

"""Pooling of estimates and counts against mpmath, brute force and published numbers."""

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from course import data, pooling
from course.marginal import log_rising
from course.validate import as_counts
from tests import oracles
from tests.oracles import EIGHT_SIGMA, EIGHT_Y

counts = st.lists(
    st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=8
)


# --- Estimates ------------------------------------------------------------------------------------------------------


def test_complete_pooling_of_eight_schools_is_bda3s() -> None:
    # BDA3, section 5.5: pooled estimate 7.7, standard error 4.1.
    assert pooling.complete_pool(EIGHT_Y, EIGHT_SIGMA) == pytest.approx((7.7, 4.1), abs=0.05)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3)), min_size=1, max_size=20))
def test_complete_pooling_agrees_with_50_digits(groups: list[tuple[float, float]]) -> None:
    y, sigma = np.array(groups).T
    with mp.workdps(50):
        precision = [mp.mpf(s) ** -2 for s in sigma]
        mean = mp.fsum(p * mp.mpf(v) for p, v in zip(precision, y, strict=True)) / mp.fsum(precision)
        se = 1 / mp.sqrt(mp.fsum(precision))
    found = pooling.complete_pool(y, sigma)
    assert found.mean == pytest.approx(float(mean), rel=1e-12, abs=1e-14 * float(np.abs(y).max()))
    assert found.se == pytest.approx(float(se), rel=1e-13)


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e200, 1e300])
def test_complete_pooling_keeps_its_digits_at_any_scale(scale: float) -> None:
    base = pooling.complete_pool(EIGHT_Y, EIGHT_SIGMA)
    found = pooling.complete_pool(np.array(EIGHT_Y) * scale, np.array(EIGHT_SIGMA) * scale)
    assert found == pytest.approx((base.mean * scale, base.se * scale), rel=1e-13)


# --- Counts: the likelihood -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [1, 2, 7, 1000, 10**6])
def test_log_rising_agrees_with_mpmath_for_any_base(steps: int) -> None:
    for base in (1e-300, 1e-20, 1e-3, 0.7, 5.0, 29.9, 30.1, 1e3, 1e6, 1e10, 1e16, 1e30):
        if base == 1.0:
            continue
        with mp.workdps(80):
            exactly = float(mp.loggamma(mp.mpf(base) + steps) - mp.loggamma(mp.mpf(base)))
        assert float(log_rising(base, steps)) == pytest.approx(exactly, rel=1e-12, abs=1e-12), base


@pytest.mark.parametrize("steps", [1, 2, 7, 1000, 10**6])
@pytest.mark.parametrize("base", [1e-3, 5.0, 29.9, 30.0, 31.0, 100.0, 1e4, 1e10])
def test_the_slope_of_log_rising_agrees_with_mpmath_on_both_sides_of_30(base: float, steps: int) -> None:
    with mp.workdps(60):
        exactly = float(mp.psi(0, mp.mpf(base) + steps) - mp.psi(0, mp.mpf(base)))
    found = pooling._sum_rise(base, (np.array([float(steps)]), np.array([3.0])))
    assert found == pytest.approx(3 * exactly, rel=1e-13, abs=0)


@settings(deadline=None, max_examples=40)
@given(counts, st.floats(-8, 8), st.floats(-5, 8))
def test_likelihood_agrees_with_the_definition_of_the_beta_function(
    groups: list[tuple[int, int]], logit: float, log_c: float
) -> None:
    y, n = np.array(groups).T
    alpha, beta = (float(np.exp(log_c) / (1 + np.exp(sign * logit))) for sign in (-1, 1))
    with mp.workdps(60):
        exactly = float(oracles.count_log_likelihood(y, n, mp.mpf(alpha), mp.mpf(beta)))
    found = pooling.beta_binomial_log_likelihood(pooling.count_table(as_counts(y, n)), alpha, beta)
    assert float(found) == pytest.approx(exactly, rel=1e-11, abs=1e-10)


def test_likelihood_of_many_counts_on_many_points_is_that_on_single_points() -> None:
    # Many counts are interpolated over many points; single points are summed one count after the other.
    rng = np.random.default_rng(6)
    trials = rng.integers(1, 3000, 400)
    table = pooling.count_table(as_counts(rng.binomial(trials, 0.3), trials))
    log_c = np.linspace(-4, 12, 60)
    alpha, beta = (
        np.exp(log_c) * np.linspace(0.05, 0.95, 50)[:, None],
        np.exp(log_c) * np.linspace(0.95, 0.05, 50)[:, None],
    )
    found = pooling.beta_binomial_log_likelihood(table, alpha, beta)
    for i, j in ((0, 0), (49, 59), (20, 30), (0, 59), (49, 0)):
        single = pooling.beta_binomial_log_likelihood(table, alpha[i, j], beta[i, j])
        assert found[i, j] == pytest.approx(float(single), rel=1e-11)


def test_a_population_that_allows_no_success_may_stand_among_many_points() -> None:
    # Many counts are interpolated over the log of many points; log 0 is none.
    trials = np.arange(1, 400)
    table = pooling.count_table(as_counts(trials // 2, trials))
    alpha, beta = np.r_[0.0, np.geomspace(0.1, 50, 999)], np.full(1000, 3.0)
    found = pooling.beta_binomial_log_likelihood(table, alpha, beta)
    assert found[0] == -np.inf
    np.testing.assert_allclose(found[1:], pooling.beta_binomial_log_likelihood(table, alpha[1:], beta[1:]), rtol=1e-11)


# --- Counts: the maximum --------------------------------------------------------------------------------------------


def test_maximum_for_the_rats_solves_the_likelihood_equations_in_40_digits() -> None:
    rats = data.load("rats")
    alpha, beta = pooling.beta_binomial_mle(rats.tumours, rats.rats)
    assert (alpha, beta) == pytest.approx((2.3, 14), rel=0.05)
    with mp.workdps(40):
        exactly = mp.findroot(
            lambda a, b: [
                mp.fsum(
                    mp.psi(0, x + int(own)) - mp.psi(0, x) - mp.psi(0, a + b + int(n)) + mp.psi(0, a + b)
                    for own, n in zip(which, rats.rats, strict=True)
                )
                for x, which in ((a, rats.tumours), (b, rats.rats - rats.tumours))
            ],
            (alpha, beta),
        )
    assert (alpha, beta) == pytest.approx([float(v) for v in exactly], rel=1e-10)


def assert_highest(y: Any, n: Any) -> pooling.BetaPopulation:
    """No point of a wide grid in logit mean and log concentration has a higher likelihood."""
    found = pooling.beta_binomial_mle(y, n)
    table = pooling.count_table(as_counts(y, n))
    logit, log_c = np.meshgrid(np.linspace(-6, 6, 121), np.linspace(-12, 16, 141))
    alpha, beta = np.exp(log_c) / (1 + np.exp(-logit)), np.exp(log_c) / (1 + np.exp(logit))
    brute = pooling.beta_binomial_log_likelihood(table, alpha, beta).max()
    if np.isinf(found.concentration):
        best = np.sum(y) * np.log(found.mean) + np.sum(n - y) * np.log1p(-found.mean)
    elif found.concentration == 0:
        some = (y[n > 0] > 0).sum()
        best = some * np.log(found.mean) + ((n > 0).sum() - some) * np.log1p(-found.mean)
    else:
        best = float(pooling.beta_binomial_log_likelihood(table, *found))
    assert brute <= best + 1e-8 * (1 + abs(best))
    return found


@settings(deadline=None, max_examples=60)
@given(counts)
def test_no_point_of_a_brute_force_grid_is_higher(groups: list[tuple[int, int]]) -> None:
    y, n = np.array(groups).T
    if n.max() < 2 or y.sum() in (0, n.sum()):
        with pytest.raises(ValueError, match="every concentration fits"):
            pooling.beta_binomial_mle(y, n)
        return
    assert_highest(y, n)


def test_a_maximum_is_taken_though_the_likelihood_rises_towards_infinity() -> None:
    # Two large groups are closer than chance allows, which decides the slope far out; a hundred small ones are not.
    y, n = np.r_[500, 500, np.tile([0, 3], 50)], np.r_[1000, 1000, np.full(100, 3)]
    assert assert_highest(y, n).concentration < 10


@pytest.mark.parametrize(("y", "n"), [((0, 1, 2), (15, 1, 28)), ((14, 11, 20, 0, 0, 27), (220, 80, 290, 30, 60, 390))])
def test_infinity_is_taken_though_there_is_a_maximum_before_it(y: tuple[int, ...], n: tuple[int, ...]) -> None:
    assert assert_highest(np.array(y), np.array(n)).concentration == np.inf


def test_one_mixed_group_of_a_billion_trials_leaves_the_smallest_concentration() -> None:
    y, n = np.r_[np.tile([0, 10**9], 20), 10**6], np.full(41, 10**9)
    found = assert_highest(y, n)
    # All or nothing in 40 groups: each costs about c log(n) / 2, and the mixed one brings a factor c.
    assert found.concentration == pytest.approx(1 / (20 * np.log(1e9)), rel=0.1)


def test_maximum_agrees_with_a_general_optimiser_on_a_rare_event() -> None:
    y, n = [1, 20], [10**6, 10**6]
    table = pooling.count_table(as_counts(y, n))
    found = pooling.beta_binomial_mle(y, n)
    general = optimize.minimize(
        lambda p: -float(pooling.beta_binomial_log_likelihood(table, *np.exp(p))),
        np.log([found.alpha * 1.3, found.beta * 0.8]),
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-12},
    )
    assert (found.alpha, found.beta) == pytest.approx(np.exp(general.x), rel=1e-4)


@pytest.mark.parametrize(
    ("successes", "trials", "mean"),
    [([1, 1], [2, 2], 0.5), ([3, 3, 4], [10, 10, 10], 1 / 3), ([1, 2], [10**6] * 2, 1.5e-6)],
)
def test_groups_that_differ_no_more_than_chance_allows_have_infinite_concentration(
    successes: list[int], trials: list[int], mean: float
) -> None:
    found = pooling.beta_binomial_mle(successes, trials)
    assert found.concentration == np.inf
    assert found.mean == pytest.approx(mean)
    assert tuple(found) == (np.inf, np.inf)


def test_all_or_nothing_groups_have_concentration_zero() -> None:
    assert pooling.beta_binomial_mle([0, 0, 5, 0], [5, 3, 5, 0]) == pooling.BetaPopulation(1 / 3, 0.0)


def test_very_small_concentrations_are_found() -> None:
    # One mixed group among 2001: the concentration is about 1 over their number.
    found = pooling.beta_binomial_mle([0] * 1000 + [10] * 1000 + [1], [10] * 2001)
    assert found.concentration == pytest.approx(3.53e-4, rel=0.01)


def test_100_000_groups_recover_the_population() -> None:
    rng = np.random.default_rng(2)
    trials = rng.integers(0, 200, 100_000)
    found = pooling.beta_binomial_mle(rng.binomial(trials, rng.beta(3, 9, trials.size)), trials)
    assert tuple(found) == pytest.approx((3, 9), rel=0.03)


@settings(deadline=None)
@given(counts)
def test_exchanging_successes_and_failures_mirrors_the_population(groups: list[tuple[int, int]]) -> None:
    y, n = np.array(groups).T
    if n.max() < 2 or y.sum() in (0, n.sum()):
        return
    one, other = pooling.beta_binomial_mle(y, n), pooling.beta_binomial_mle(n - y, n)
    assert one.mean == pytest.approx(1 - other.mean, rel=1e-5)
    if min(one.concentration, other.concentration) < 1e5:
        assert one.concentration == pytest.approx(other.concentration, rel=1e-4)


# --- Counts: partial pooling ----------------------------------------------------------------------------------------


def test_partial_pooling_counts_prior_trials() -> None:
    population = pooling.BetaPopulation(0.25, 12)
    np.testing.assert_allclose(pooling.beta_binomial_pool([0, 4, 0], [20, 14, 0], population), [3 / 32, 7 / 26, 0.25])
    assert pooling.beta_binomial_pool([3], [12], pooling.BetaPopulation(0.75, 12))[0] == 0.5


def test_partial_pooling_limits() -> None:
    y, n = [0, 4], [20, 14]
    np.testing.assert_array_equal(pooling.beta_binomial_pool(y, n, pooling.BetaPopulation(0.2, np.inf)), 0.2)
    np.testing.assert_allclose(pooling.beta_binomial_pool(y, n, pooling.BetaPopulation(0.2, 1e300)), 0.2)
    np.testing.assert_array_equal(pooling.beta_binomial_pool(y, n, pooling.BetaPopulation(0.2, 0)), [0, 4 / 14])


def test_a_population_unpacks_as_alpha_and_beta() -> None:
    assert tuple(pooling.BetaPopulation(0.25, 12)) == (3, 9)
    assert tuple(pooling.BetaPopulation(0.0, np.inf)) == (0, np.inf)


# --- Bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pooling.complete_pool([1, 2], [1, 2, 3]), r"got shapes \(2,\) and \(3,\); is a group missing"),
        (lambda: pooling.complete_pool([1, 2], [1, -1]), r"sigma must be positive, got sigma\[1\] = -1"),
        (lambda: pooling.beta_binomial_mle([1, 6], [5, 5]), r"got successes\[1\] = 6 of trials\[1\] = 5; .*swapped"),
        (lambda: pooling.beta_binomial_mle([0.2, 1], [5, 5]), r"whole numbers, got successes\[0\] = 0.2; .*rates"),
        (lambda: pooling.beta_binomial_mle([0, 0], [5, 5]), "at least one success, got 0 of 10 in all: .*with a prior"),
        (lambda: pooling.beta_binomial_mle([5, 5], [5, 5]), "at least one failure, got 10 of 10 in all"),
        (lambda: pooling.beta_binomial_mle([1, 0], [1, 1]), "trials must reach 2 in some group, got at most 1"),
        (lambda: pooling.beta_binomial_mle([0, 0], [0, 0]), "trials must reach 2 in some group, got at most 0"),
        (
            lambda: pooling.beta_binomial_pool([0], [0], pooling.BetaPopulation(0.5, 0)),
            r"trials must be positive when the concentration is 0, got trials\[0\] = 0; an empty group has no rate",
        ),
        (
            lambda: pooling.BetaPopulation(3, 9),
            r"mean in \[0, 1\] .*got mean = 3 and concentration = 9; .*alpha and beta",
        ),
        (lambda: pooling.BetaPopulation(0.5, -1), "concentration >= 0, got mean = 0.5 and concentration = -1"),
        (lambda: pooling.BetaPopulation(float("nan"), 1), "got mean = nan"),
    ],
)
def test_bad_input_is_an_error_that_says_rule_value_and_place(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_the_ends_of_the_concentration_are_limits():
    y, n = [5, 0, 2], [5, 5, 4]
    for mean in (0, 0.3, 1):
        ends, near = ([pooling.BetaPopulation(mean, c) for c in pair] for pair in ((0, np.inf), (1e-9, 1e12)))
        for end, close in zip(ends, near, strict=True):
            found = pooling.beta_binomial_pool(y, n, end)
            assert found.dtype == float
            np.testing.assert_allclose(found, pooling.beta_binomial_pool(y, n, close), atol=1e-8)
    np.testing.assert_array_equal(
        pooling.beta_binomial_pool([5, 0], [5, 5], pooling.beta_binomial_mle([5, 0], [5, 5])), [1, 0]
    )


@pytest.mark.parametrize("bad", ["a", None, [0.1, 0.2], np.ma.masked])
def test_a_population_of_no_numbers_is_refused(bad):
    with pytest.raises(ValueError, match="mean must"):
        pooling.BetaPopulation(bad, 1)
    with pytest.raises(ValueError, match="population must be a BetaPopulation, got None"):
        pooling.beta_binomial_pool([1], [2], None)

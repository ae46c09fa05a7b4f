"""Simulated worlds have the population that was asked for, and refuse what makes no world."""

import numpy as np
import pytest
from scipy import stats

from course import exact, funnel, simulate


def test_city_rates_have_the_mean_and_spread_of_their_beta_population():
    rate = simulate.cities(200_000, np.random.default_rng(1), mean=0.1, concentration=20).rate
    assert rate.mean() == pytest.approx(0.1, abs=0.001)
    assert rate.var() == pytest.approx(0.1 * 0.9 / 21, rel=0.03)


def test_city_sizes_are_heavy_tailed_with_the_median_asked_for_and_some_are_empty():
    users = simulate.cities(100_000, np.random.default_rng(2), median_users=8, spread=1.7).users
    assert np.median(users) in (7, 8)
    assert (users == 0).any()
    assert users.max() > 100 * np.median(users)
    assert np.all(np.diff(users) <= 0)


def test_clicks_are_binomial_given_the_true_rate():
    cities = simulate.cities(100_000, np.random.default_rng(3))
    assert np.all(cities.clicks <= cities.users)
    z = (cities.clicks - cities.users * cities.rate) / np.sqrt(cities.users * cities.rate * (1 - cities.rate) + 1e-12)
    assert np.mean(z[cities.users > 50] ** 2) == pytest.approx(1, abs=0.1)


def test_normal_groups_add_their_two_variances():
    theta, y = simulate.normal_groups(400_000, 3.0, 2.0, 1.5, np.random.default_rng(4))
    assert theta.mean() == pytest.approx(3, abs=0.02)
    assert theta.std() == pytest.approx(2, rel=0.01)
    assert y.var() == pytest.approx(2**2 + 1.5**2, rel=0.01)


def test_same_generator_same_world():
    first, second = (simulate.cities(50, np.random.default_rng(5)) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mean": 1.5}, r"mean is out of range, got 1\.5"),
        ({"concentration": 0}, "concentration is out of range, got 0"),
        ({"median_users": -1}, "median_users is out of range"),
        ({"spread": -0.1}, "spread is out of range"),
    ],
)
def test_impossible_cities_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        simulate.cities(10, np.random.default_rng(0), **options)


def test_no_cities_are_refused():
    with pytest.raises(ValueError, match="n_cities is out of range, got 0"):
        simulate.cities(0, np.random.default_rng(0))


@pytest.mark.parametrize(
    "call",
    [
        lambda: simulate.cities(10, 42),
        lambda: simulate.normal_groups(3, 0, 1, 1, 42),
        lambda: funnel.informed_groups(3, 1.0, 42),
        lambda: exact.normal_posterior([1, 2], [1, 1], tau_prior=stats.halfnorm()).draws(5, 42),
        lambda: exact.beta_binomial_posterior([1, 3], [9, 9]).draws(5, 42),
    ],
)
def test_a_seed_is_not_a_generator_and_is_told_so(call):
    with pytest.raises(ValueError, match=r"rng must be a NumPy generator, got 42; write np\.random\.default_rng\(42\)"):
        call()


def test_as_many_standard_errors_as_groups():
    with pytest.raises(ValueError, match=r"sigma must be one number or one for each of 3 groups, got shape \(2,\)"):
        simulate.normal_groups(3, 0, 1, [1, 2], np.random.default_rng(0))

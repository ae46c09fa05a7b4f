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
    with pytest.raises(ValueError, match="n_cities must be a whole number of at least 1, got 0"):
        simulate.cities(0, np.random.default_rng(0))


@pytest.mark.parametrize(
    "call",
    [
        lambda: simulate.cities(10, 42),
        lambda: simulate.normal_groups(3, 0, 1, 1, 42),
        lambda: simulate.priced_cities(42),
        lambda: funnel.informed_groups(3, 1.0, 42),
        lambda: exact.normal_posterior([1, 2], [1, 1], mu_prior=(0, 10), tau_prior=stats.halfnorm()).draws(5, 42),
        lambda: exact.beta_binomial_posterior([1, 3], [9, 9]).draws(5, 42),
    ],
)
def test_a_seed_is_not_a_generator_and_is_told_so(call):
    with pytest.raises(ValueError, match=r"rng must be a NumPy generator, got 42; write np\.random\.default_rng\(42\)"):
        call()


def test_as_many_standard_errors_as_groups():
    with pytest.raises(ValueError, match=r"sigma must be one number or one for each of 3 groups, got shape \(2,\)"):
        simulate.normal_groups(3, 0, 1, [1, 2], np.random.default_rng(0))


def test_priced_cities_have_the_population_that_was_asked_for():
    world = simulate.priced_cities(
        np.random.default_rng(1), users=[1] * 100_000, mean=(5, -0.8), tau=(1.5, 0.3), rho=-0.6
    )
    assert (world.alpha.mean(), world.beta.mean()) == pytest.approx((5, -0.8), abs=0.02)
    assert (world.alpha.std(), world.beta.std()) == pytest.approx((1.5, 0.3), rel=0.01)
    assert np.corrcoef(world.alpha, world.beta)[0, 1] == pytest.approx(-0.6, abs=0.01)
    rate = 1 / (1 + np.exp(-(world.alpha + world.beta * world.price / 10)))
    z = (world.bought - rate) / np.sqrt(rate * (1 - rate))
    assert z.mean() == pytest.approx(0, abs=0.02)
    assert np.corrcoef(z, world.price)[0, 1] == pytest.approx(0, abs=0.02)


def test_the_ten_cities_have_20_to_200_users_at_nine_prices():
    world = simulate.priced_cities(np.random.default_rng(0))
    assert (len(world.users), world.users.min(), world.users.max()) == (10, 20, 200)
    assert np.bincount(world.city).tolist() == world.users.tolist()
    assert set(world.price) == set(range(20, 101, 10))
    again = simulate.priced_cities(np.random.default_rng(0))
    np.testing.assert_array_equal(world.bought, again.bought)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"users": [20, 0]}, r"users must be whole numbers of at least 1, got users\[1\] = 0; a city without users"),
        ({"users": 20}, "users must be a list"),
        ({"prices": [10, 10]}, "prices at least two"),
        ({"prices": [0, 10]}, r"prices must be positive, got prices\[0\] = 0"),
        ({"tau": (-1, 0.3)}, r"tau must not be negative, got tau\[0\] = -1"),
        ({"rho": 2}, "rho must be from -1 to 1, got 2"),
    ],
)
def test_impossible_prices_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        simulate.priced_cities(np.random.default_rng(0), **options)

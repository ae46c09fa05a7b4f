"""What lesson 01 says of any run: of other companies, of the explorer, of the batters and their judge."""

import numpy as np
import pytest
from scipy import integrate, stats

from course import data, exact, explore, pooling, shrinkage, simulate
from course.checks.task import task
from course.lessons.many_groups import pooling_arrays
from course.situations import expected
from course.verdicts.findings import Outcome


def shown(**setting):
    return pooling_arrays.pooling_arrays(explore.PoolingState(**setting))


@pytest.mark.parametrize("company", range(3))
def test_own_rates_promise_ten_times_too_much_and_pooled_ones_keep_their_word(company):
    users, clicks, truth = simulate.cities(10_000, np.random.default_rng(1000 + company))
    own = np.divide(clicks, users, out=np.zeros(10_000), where=users > 0)
    population = pooling.beta_binomial_mle(clicks, users)
    pooled = pooling.beta_binomial_pool(clicks, users, population)
    by_own, by_pooled = (np.argsort(-rates, kind="stable")[:100] for rates in (own, pooled))
    assert own[by_own].mean() > 8 * truth[by_own].mean()
    assert users[by_own].max() < 15
    assert truth[by_pooled].mean() > 1.25 * truth[by_own].mean()
    assert pooled[by_pooled].mean() == pytest.approx(truth[by_pooled].mean(), abs=0.012)


def test_the_squared_errors_are_those_of_the_beta_and_the_binomial():
    m, c, n = 0.06, 61.0, 17
    population = stats.beta(m * c, (1 - m) * c)
    v = m * (1 - m) / (c + 1)
    assert population.var() == pytest.approx(v)
    noise = integrate.quad(lambda p: p * (1 - p) * population.pdf(p), 0, 1)[0]
    assert noise == pytest.approx(v * c)
    weight = np.linspace(0, 1, 100_001)
    loss = weight**2 * v * c / n + (1 - weight) ** 2 * v
    assert weight[loss.argmin()] == pytest.approx(n / (n + c), abs=1e-5)
    assert loss.min() == pytest.approx(v * c / (n + c))
    assert shrinkage.data_weight([np.sqrt(v * c / n)], np.sqrt(v))[0] == pytest.approx(n / (n + c))


def test_the_price_of_learning_that_nothing_differs_falls_from_two_points_to_hundredths():
    price = [float(np.subtract(*shown(cities=k, tau=0.0).overall[[3, 1]])) for k in (2, 10, 200)]
    assert price[0] > 2
    assert price[0] > price[1] > price[2] > 0.02
    assert price[2] < 0.06


@pytest.mark.parametrize("cities", [2, 3])
@pytest.mark.parametrize(("tau", "best"), [(0.0, "complete"), (8.0, "partial"), (15.0, "no"), (20.0, "no")])
def test_two_very_different_cities_are_left_alone_by_a_plugged_in_spread(cities, tau, best):
    assert pooling_arrays.winner(shown(cities=cities, tau=tau)) == best


@pytest.mark.parametrize(("cities", "tau"), [(2, 10.0), (3, 10.0), (5, 4.0), (20, 3.0)])
def test_the_simulated_loss_is_that_of_many_other_worlds(cities, tau):
    found = shown(cities=cities, tau=tau)
    rng = np.random.default_rng(cities)
    theta = tau * rng.standard_normal((200_000 // cities, cities))
    y = theta + found.none * rng.standard_normal(theta.shape)
    precision = 1 / found.none**2
    total = precision.sum()
    excess = (y - (y @ precision / total)[:, None]) ** 2 @ precision - (cities - 1)
    tau2 = np.maximum(excess / (total - np.sum(precision**2) / total), 0)[:, None]
    weight = 1 / (tau2 + found.none**2)
    mu = np.sum(weight * y, axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    loss = np.mean((mu + tau2 * weight * (y - mu) - theta) ** 2, axis=1)
    error = np.hypot(2 * found.overall[3] * found.doubt, loss.std() / np.sqrt(len(loss)))
    assert abs(found.overall[3] ** 2 - loss.mean()) < 4 * error


def test_at_the_start_every_city_gains_over_both_and_the_ends_least_over_one():
    found = shown()
    over_none, over_complete = 1 - found.partial / found.none, 1 - found.partial / found.complete
    assert min(over_none.min(), over_complete.min()) > 0.01
    assert over_none.argmax() == 0
    assert over_complete.argmax() == found.users.size - 1


def test_complete_pooling_leads_twenty_groups_until_tau_is_nearly_half_of_sigma():
    ratio = np.geomspace(0.05, 20, 241)
    ahead = [tau for tau in ratio if expected.risks(20, tau, 1.0).complete < expected.risks(20, tau, 1.0).partial]
    assert 0.44 < max(ahead) < 0.5
    assert all(float(expected.risks(20, tau, 1.0).partial) < 1 for tau in ratio)


def test_the_judge_of_the_batters_is_more_than_half_of_the_pooled_error():
    batters = data.load("baseball")
    early, later = batters.hits / batters.at_bats, batters.later_hits / batters.later_at_bats
    pooled = exact.beta_binomial_posterior(
        batters.hits, batters.at_bats, log_prior=lambda alpha, beta: -(alpha + beta) / 100
    ).mean("theta")
    noise = np.sum(later * (1 - later) / batters.later_at_bats)
    own, best = (np.sum((estimate - later) ** 2) for estimate in (early, pooled))
    assert best / 2 < noise < best
    assert own / best == pytest.approx(3.5, abs=0.05)
    assert (own - noise) / (best - noise) == pytest.approx(7, abs=0.2)


def test_the_prior_of_the_batters_on_the_grid_is_the_prior_of_the_model():
    # A density of (m, c) is one of (alpha, beta) after division by c, the factor between their areas.
    alpha, beta = np.array([3.0, 40.0, 20.0]), np.array([7.0, 100.0, 400.0])
    c = alpha + beta
    on_paper = stats.gamma.logpdf(c, 2, scale=100) - np.log(c)
    np.testing.assert_allclose(np.diff(on_paper), np.diff(-c / 100))


def mean_of_rates(clicks, users, c):
    return np.mean([y / n for y, n in zip(clicks, users, strict=True) if n])


def share(clicks, users, c):
    return clicks.sum() / users.sum()


def by_weight(clicks, users, c):
    return np.sum(clicks / (users + c)) / np.sum(users / (users + c))


@pytest.mark.parametrize("overall", [share, mean_of_rates, by_weight])
def test_the_launch_list_may_take_any_sensible_mean(overall):
    def launch_rates(clicks, users, c):
        return (clicks + c * overall(clicks, users, c)) / (users + c)

    assert task("many_groups.bug").judge(launch_rates).outcome is Outcome.RIGHT

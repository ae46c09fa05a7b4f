"""Bandits: against scalar replays, enumeration, conjugacy, published constants; and what they refuse."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, special, stats

from course import bandits, data, pooling
from course.bandits import policies
from course.pooling import BetaPopulation

TRUE = BetaPopulation(2 / 42, 42)
POLICIES = [
    bandits.EpsilonGreedy(0.1),
    bandits.UCB1(),
    bandits.KLUCB(),
    bandits.Thompson(),
    bandits.Thompson(TRUE, "oracle"),
    bandits.EmpiricalBayesThompson(),
    bandits.HierarchicalThompson(),
]
WORLDS = [
    bandits.FixedArms([0.1, 0.9, 0.0, 1.0]),
    bandits.DrawnArms(6, TRUE),
    bandits.ArrivingArms(6, TRUE, first=2, every=10),
]
each_policy = pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
each_world = pytest.mark.parametrize("arms", WORLDS, ids=lambda arms: type(arms).__name__)


def race(policy, arms, horizon=60, replications=5, seed=1):
    return bandits.simulate(policy, arms, horizon, replications=replications, rng=np.random.default_rng(seed))


# What any race keeps to.


@each_policy
@each_world
def test_a_race_is_finite_and_pulls_only_arms_that_are_open(policy, arms):
    found = race(policy, arms)
    steps = np.arange(60)[:, None]
    assert np.all(found.opens[found.choices] <= steps)
    assert set(np.unique(found.rewards)) <= {0, 1}
    gained = np.diff(found.regret, axis=0, prepend=0)
    assert np.all(gained >= 0)
    assert np.all(np.isfinite(found.regret))
    if found.mean is not None:
        assert np.all((found.mean > 0) & (found.mean < 1) & (found.concentration > 0))


@each_policy
def test_the_same_seed_is_the_same_race_and_another_is_not(policy):
    first, again, other = (race(policy, bandits.DrawnArms(6, TRUE), seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.choices, again.choices)
    assert not np.array_equal(first.theta, other.theta)


def test_policies_of_one_seed_meet_the_same_worlds_and_the_same_luck():
    races = [race(policy, bandits.DrawnArms(3, BetaPopulation(0.5, 2)), horizon=300) for policy in POLICIES[:3]]
    for a, b in itertools.pairwise(races):
        np.testing.assert_array_equal(a.theta, b.theta)
        same = a.choices == b.choices
        np.testing.assert_array_equal(a.rewards[same], b.rewards[same])


@each_policy
def test_steps_are_pure(policy):
    state = policy.start(4, 3)
    before = [np.array(leaf, copy=True) for leaf in leaves(state)]
    policy.choose(state, 3, np.random.default_rng(1))
    policy.learn(state, np.array([0, 1, 2, 0]), np.array([1.0, 0.0, 1.0, 0.0]))
    for old, new in zip(before, leaves(state), strict=True):
        np.testing.assert_array_equal(old, new)


def leaves(state):
    return [leaf for part in state for leaf in (part if isinstance(part, tuple) else (part,))]


def test_regret_and_tally_are_those_of_a_loop():
    found = race(bandits.EpsilonGreedy(0.5), bandits.ArrivingArms(5, TRUE, first=2, every=15), horizon=70)
    for r in range(5):
        lost, won, failed = 0.0, [0] * 5, [0] * 5
        for t in range(70):
            there = [k for k in range(5) if found.opens[k] <= t]
            arm = found.choices[t, r]
            lost += max(found.theta[r, k] for k in there) - found.theta[r, arm]
            assert found.regret[t, r] == pytest.approx(lost)
            won[arm] += found.rewards[t, r]
            failed[arm] += 1 - found.rewards[t, r]
        np.testing.assert_array_equal(found.tally(70).successes[r], won)
        np.testing.assert_array_equal(found.tally(70).failures[r], failed)


def test_arms_arrive_when_they_should():
    world = bandits.ArrivingArms(5, TRUE, first=2, every=10).draw(3, np.random.default_rng(1))
    assert world.opens.tolist() == [0, 0, 10, 20, 30]


# Oracles of the policies.


def chance_of_first(a, b, c, d):
    """P(X > Y) for X ~ Beta(a, b), Y ~ Beta(c, d), by quadrature."""
    return integrate.quad(lambda x: stats.beta.pdf(x, a, b) * stats.beta.cdf(x, c, d), 0, 1, limit=200)[0]


def exact_regret(theta, horizon):
    """Expected regret of flat Thompson sampling on two arms, by enumerating every history of counts."""
    states = {(0, 0, 0, 0): 1.0}
    total = 0.0
    for _ in range(horizon):
        following = {}
        for (s0, f0, s1, f1), mass in states.items():
            first = chance_of_first(s0 + 1, f0 + 1, s1 + 1, f1 + 1)
            total += mass * (first * (max(theta) - theta[0]) + (1 - first) * (max(theta) - theta[1]))
            for arm, chance in ((0, first), (1, 1 - first)):
                for reward, p in ((1, theta[arm]), (0, 1 - theta[arm])):
                    counts = [s0, f0, s1, f1]
                    counts[2 * arm + 1 - reward] += 1
                    key = tuple(counts)
                    following[key] = following.get(key, 0.0) + mass * chance * p
        states = following
    return total


def test_flat_thompson_loses_what_enumeration_says():
    theta = (0.7, 0.3)
    found = race(bandits.Thompson(), bandits.FixedArms(theta), horizon=6, replications=40_000)
    last = found.regret[-1]
    assert last.mean() == pytest.approx(exact_regret(theta, 6), abs=4 * last.std() / 200)


def scalar_thompson(theta, horizon, rng):
    """Thompson sampling as one would write it first: one platform, one arm, one number at a time."""
    alpha, beta, lost = [1.0] * len(theta), [1.0] * len(theta), 0.0
    for _ in range(horizon):
        draws = [rng.betavariate(a, b) for a, b in zip(alpha, beta, strict=True)]
        arm = draws.index(max(draws))
        if rng.random() < theta[arm]:
            alpha[arm] += 1
        else:
            beta[arm] += 1
        lost += max(theta) - theta[arm]
    return lost


def scalar_ucb1(theta, horizon, rng):
    pulls, wins, lost = [0] * len(theta), [0] * len(theta), 0.0
    for t in range(horizon):
        if t < len(theta):
            arm = t
        else:
            index = [w / n + math.sqrt(2 * math.log(t) / n) for w, n in zip(wins, pulls, strict=True)]
            arm = index.index(max(index))
        wins[arm] += rng.random() < theta[arm]
        pulls[arm] += 1
        lost += max(theta) - theta[arm]
    return lost


@pytest.mark.parametrize(
    ("policy", "scalar_loop"), [(bandits.Thompson(), scalar_thompson), (bandits.UCB1(), scalar_ucb1)]
)
def test_a_policy_loses_as_much_as_a_scalar_loop(policy, scalar_loop):
    import random

    theta, rng = [0.6, 0.5, 0.2], random.Random(1)
    scalar = np.array([scalar_loop(theta, 100, rng) for _ in range(1500)])
    ours = race(policy, bandits.FixedArms(theta), horizon=100, replications=1500).regret[-1]
    error = math.hypot(scalar.std(), ours.std()) / math.sqrt(1500)
    assert abs(scalar.mean() - ours.mean()) < 4 * error


@pytest.mark.parametrize("policy", [bandits.UCB1(), bandits.KLUCB()], ids=lambda policy: policy.name)
def test_an_index_tries_every_arm_once_in_random_order(policy):
    found = race(policy, bandits.FixedArms([0.5] * 8), horizon=8, replications=50)
    assert np.all(np.sort(found.choices, axis=0) == np.arange(8)[:, None])
    assert len(np.unique(found.choices[0])) > 3


@pytest.mark.parametrize("rate", [0.0, 1e-3, 0.05, 0.4, 0.999])
@pytest.mark.parametrize("allowed", [7.95e-7, 1e-5, 0.01, 0.3, 2.0, 10.0])
def test_the_highest_plausible_rate_is_where_the_divergence_is_what_is_allowed(rate, allowed):
    def beyond(q):
        return special.rel_entr(rate, q) + special.rel_entr(1 - rate, 1 - q) - allowed

    found = float(policies.highest_plausible(np.array([rate]), np.array([allowed]))[0])
    highest = 1 - 1e-15
    wanted = highest if beyond(highest) < 0 else optimize.brentq(beyond, max(rate, 1e-12), highest, xtol=1e-15)
    assert found == pytest.approx(wanted, abs=1e-9)


def test_a_rate_of_one_and_nothing_allowed_stay_where_they_are():
    found = policies.highest_plausible(np.array([1.0, 0.3, 0.0]), np.array([0.5, 0.0, 0.0]))
    np.testing.assert_allclose(found, [1.0, 0.3, 0.0], atol=1e-12)


def test_the_index_for_clicks_is_never_above_that_for_any_reward():
    rate, n = np.linspace(0, 1, 21), 30.0  # Pinsker's inequality, and the 2 in its bonus is UCB1's own
    bonus = np.sqrt(2 * np.log(1000) / n)
    assert np.all(policies.highest_plausible(rate, np.full(21, np.log(1000) / n)) <= rate + bonus)


def test_epsilon_greedy_explores_as_often_as_it_says():
    state = policies.Tally(np.tile([9.0, 1.0], (20_000, 1)), np.tile([1.0, 9.0], (20_000, 1)))
    arm = bandits.EpsilonGreedy(0.3).choose(state, 2, np.random.default_rng(1)).arm
    assert np.mean(arm == 1) == pytest.approx(0.15, abs=0.01)
    assert np.all(bandits.EpsilonGreedy(0.0).choose(state, 2, np.random.default_rng(1)).arm == 0)


def test_exploring_always_is_called_random():
    assert [bandits.EpsilonGreedy(epsilon).name for epsilon in (0, 0.1, 1)] == [*["epsilon-greedy"] * 2, "random"]


def test_thompson_pulls_an_arm_as_often_as_it_is_best():
    state = policies.Tally(np.tile([3.0, 1.0], (40_000, 1)), np.tile([7.0, 1.0], (40_000, 1)))
    prior = BetaPopulation(0.2, 5)
    arm = bandits.Thompson(prior).choose(state, 2, np.random.default_rng(1)).arm
    assert np.mean(arm == 0) == pytest.approx(chance_of_first(4, 11, 2, 5), abs=0.01)


# The population.


def marginal_by_hand(grid, successes, failures):
    """Posterior of the grid by its definition: a product of beta functions, one for each arm."""
    log = np.log(grid.weight)
    for s, f in zip(successes, failures, strict=True):
        log = log + special.betaln(grid.alpha + s, grid.beta + f) - special.betaln(grid.alpha, grid.beta)
    weight = np.exp(log - log.max())
    return weight / weight.sum()


@settings(max_examples=20)
@given(seed=st.integers(0, 1000))
def test_weights_learned_pull_by_pull_are_the_marginal_likelihood(seed):
    policy, rng = bandits.HierarchicalThompson(), np.random.default_rng(seed)
    state = policy.start(3, 4)
    for _ in range(150):
        arm = rng.integers(4, size=3)
        state = policy.learn(state, arm, (rng.random(3) < 0.3).astype(float))
    for r in range(3):
        by_hand = marginal_by_hand(policy.grid, state.tally.successes[r], state.tally.failures[r])
        np.testing.assert_allclose(state.weight[r], by_hand, rtol=1e-8, atol=1e-12)
    resumed = policy.resume(state.tally.successes, state.tally.failures)
    np.testing.assert_allclose(state.weight, resumed.weight, rtol=1e-8, atol=1e-12)


def test_the_weights_of_a_grid_are_shares_whatever_they_were_given_as():
    grid = bandits.PopulationGrid([0.1, 0.4, 0.7], [5.0, 9.0, 2.0], [1.0, 2.0, 5.0])
    np.testing.assert_allclose(grid.weight, [1 / 8, 2 / 8, 5 / 8])
    np.testing.assert_allclose(bandits.population_grid(points=(4, 5)).weight, 1 / 20)
    usual = bandits.population_grid()  # the hyperprior of every figure that names no other
    ends = usual.mean.min(), usual.mean.max(), usual.concentration.min(), usual.concentration.max(), usual.mean.size
    np.testing.assert_allclose(ends, (0.005, 0.9, 2.0, 1000.0, 320))


def test_populations_are_drawn_by_their_posterior_weight():
    grid = bandits.PopulationGrid([0.1, 0.4, 0.7], [5.0, 9.0, 2.0], [1.0, 2.0, 3.0])
    policy = bandits.HierarchicalThompson(grid)
    state = policy.resume(np.tile([3.0, 0.0], (30_000, 1)), np.tile([4.0, 2.0], (30_000, 1)))
    drawn = policy.choose(state, 2, np.random.default_rng(1))
    expected = marginal_by_hand(grid, [3, 0], [4, 2])
    for point in range(3):
        assert np.mean(drawn.mean == grid.mean[point]) == pytest.approx(expected[point], abs=0.012)
    assert set(zip(drawn.mean, drawn.concentration, strict=True)) <= set(
        zip(grid.mean, grid.concentration, strict=True)
    )


def test_hierarchical_thompson_pulls_an_arm_as_often_as_it_is_best():
    grid = bandits.PopulationGrid([0.1, 0.4], [5.0, 9.0], [1.0, 1.0])
    policy = bandits.HierarchicalThompson(grid)
    state = policy.resume(np.tile([3.0, 0.0], (40_000, 1)), np.tile([7.0, 1.0], (40_000, 1)))
    weight = marginal_by_hand(grid, [3, 0], [7, 1])
    best = [chance_of_first(a + 3, b + 7, a, b + 1) for a, b in zip(grid.alpha, grid.beta, strict=True)]
    assert np.mean(policy.choose(state, 2, np.random.default_rng(1)).arm == 0) == pytest.approx(weight @ best, abs=0.01)


def test_a_grid_of_one_point_is_thompson_with_that_prior():
    grid = bandits.PopulationGrid([TRUE.mean], [TRUE.concentration], [1.0])
    arms = bandits.DrawnArms(5, TRUE)
    known = race(bandits.Thompson(TRUE), arms, horizon=400, replications=2000).regret[-1]
    learned = race(bandits.HierarchicalThompson(grid), arms, horizon=400, replications=2000).regret[-1]
    assert abs(np.mean(known - learned)) < 4 * np.std(known - learned) / math.sqrt(2000)


def test_the_view_of_an_arm_has_the_moments_of_the_mixture():
    policy = bandits.HierarchicalThompson()
    state = policy.resume([[3.0, 0.0, 10.0]], [[4.0, 0.0, 90.0]])
    rng = np.random.default_rng(1)
    point = rng.choice(policy.grid.mean.size, p=state.weight[0], size=200_000)
    for k in range(3):
        s, f = state.tally.successes[0, k], state.tally.failures[0, k]
        draws = rng.beta(policy.grid.alpha[point] + s, policy.grid.beta[point] + f)
        seen = policy.view(state)
        assert seen.centre[0, k] == pytest.approx(draws.mean(), abs=0.003)
        # Its ends are those of a beta with the mixture's mean and variance: near, and not the mixture's own.
        np.testing.assert_allclose([seen.low[0, k], seen.high[0, k]], np.quantile(draws, [0.055, 0.945]), atol=0.04)


@each_policy
def test_a_view_is_an_interval_around_its_centre(policy):
    state = policy.start(2, 3)
    for arm in (0, 1, 1, 0):
        state = policy.learn(state, np.array([arm, arm]), np.array([1.0, 0.0]))
    seen = policy.view(state)
    assert np.all((seen.low <= seen.centre + 1e-9) & (seen.centre <= seen.high + 1e-9))


# Empirical Bayes and its guards.


def test_empirical_bayes_finds_the_maximum_that_pooling_finds():
    rng = np.random.default_rng(3)
    trials = np.full(60, 80.0)
    successes = rng.binomial(80, rng.beta(4, 16, 60)).astype(float)
    policy = bandits.EmpiricalBayesThompson()
    mean, concentration = policy.population(policy.resume(successes, trials - successes))
    best = pooling.beta_binomial_mle(successes, trials)
    # No farther than one step of the grid.
    assert abs(special.logit(mean[0]) - special.logit(best.mean)) < 0.25
    assert abs(np.log(concentration[0] / best.concentration)) < 0.7


def test_while_every_arm_has_one_pull_every_concentration_fits_and_the_guard_holds():
    policy = bandits.EmpiricalBayesThompson(before=BetaPopulation(0.3, 4))
    state = policy.resume([[1.0, 0, 0, 0, 0]], [[0.0, 1, 1, 1, 0]])
    weight = state.weight.reshape(32, 10)
    np.testing.assert_allclose(weight, weight[:, :1] * np.ones(10), rtol=1e-9)
    assert [float(value[0]) for value in policy.population(state)] == [0.3, 4.0]
    more = policy.resume([[1.0, 0, 0, 0, 0]], [[1.0, 1, 1, 1, 0]])
    assert float(policy.population(more)[0][0]) != 0.3


def test_while_all_rewards_are_alike_the_guard_holds():
    policy = bandits.EmpiricalBayesThompson()
    for state in (policy.resume([[0.0, 0.0]], [[5.0, 3.0]]), policy.resume([[5.0, 3.0]], [[0.0, 0.0]])):
        assert [float(value[0]) for value in policy.population(state)] == [0.5, 2.0]


def test_arms_that_differ_by_less_than_chance_end_at_the_edge_of_the_grid():
    successes, failures = np.full((1, 6), 10.0), np.full((1, 6), 90.0)
    assert pooling.beta_binomial_mle(successes[0], successes[0] + failures[0]).concentration == np.inf
    policy = bandits.EmpiricalBayesThompson()
    assert policy.population(policy.resume(successes, failures))[1][0] == policy.grid.concentration.max()


def test_unguarded_takes_the_first_of_equal_points():
    policy = bandits.EmpiricalBayesThompson(guarded=False)
    mean, concentration = policy.population(policy.resume([[0.0, 0.0]], [[1.0, 1.0]]))
    assert mean[0] == pytest.approx(policy.grid.mean.min())
    assert concentration[0] == pytest.approx(policy.grid.concentration.min())


# The race that the lesson is about.


def test_learning_the_population_beats_flat_on_a_platform_of_many_young_arms():
    arms = bandits.DrawnArms(50, TRUE)
    flat = race(bandits.Thompson(), arms, 1500, 60).regret[-1]
    for policy in (bandits.HierarchicalThompson(), bandits.EmpiricalBayesThompson()):
        gain = flat - race(policy, arms, 1500, 60).regret[-1]
        assert gain.mean() > 5 * gain.std() / math.sqrt(60)


# Bounds.


@pytest.mark.parametrize(
    ("theta", "printed"),
    [
        # As printed to three digits by SMPyBandits (Besson, 2018), "Example of a small single-player simulation".
        (np.arange(1, 10) / 10, 7.52),
        ([0.01, 0.02, 0.3, 0.4, 0.5, 0.6, 0.795, 0.8, 0.805], 101),
        ([0.01, 0.01, 0.01, 0.02, 0.02, 0.02, 0.05, 0.05, 0.1], 14.5),
    ],
)
def test_lai_robbins_constants_are_the_printed_ones(theta, printed):
    assert float(f"{bandits.lai_robbins(theta):.3g}") == printed


def test_lai_robbins_at_its_edges():
    assert bandits.lai_robbins([0.5]) == 0
    assert bandits.lai_robbins([0.4, 0.4]) == 0
    assert bandits.lai_robbins([1.0, 0.5]) == 0
    assert bandits.lai_robbins([0.0, 0.5]) == pytest.approx(0.5 / np.log(2))


# Off-policy value.


def test_the_logging_policy_is_worth_what_it_earned():
    log = data.load("open_bandit")
    value = bandits.inverse_propensity(log.click, log.propensity, log.propensity)
    assert value.estimate == pytest.approx(38 / 10_000)
    exact = [stats.gamma.ppf(0.055, 38) / 10_000, stats.gamma.ppf(0.945, 39) / 10_000]  # Garwood's Poisson interval
    np.testing.assert_allclose(value[1:], exact)


def test_inverse_propensity_is_unbiased_and_its_interval_covers():
    rng = np.random.default_rng(1)
    rate, target = np.array([0.002, 0.01, 0.03, 0.005]), np.array([0.1, 0.2, 0.6, 0.1])
    propensity = np.array([0.4, 0.3, 0.1, 0.2])
    true, values = target @ rate, []
    for _ in range(800):
        arm = rng.choice(4, p=propensity, size=800)
        click = rng.random(800) < rate[arm]
        values.append(bandits.inverse_propensity(click, target[arm], propensity[arm]))
    estimate, low, high = np.array(values).T
    assert estimate.mean() == pytest.approx(true, abs=4 * estimate.std() / math.sqrt(800))
    assert np.mean((low <= true) & (true <= high)) > 0.89 - 0.02


def test_without_a_click_the_interval_starts_at_zero_and_has_an_end():
    value = bandits.inverse_propensity(np.zeros(100), np.full(100, 0.5), np.full(100, 0.5))
    assert (value.estimate, value.low) == (0, 0)
    assert value.high == pytest.approx(-np.log(0.055) / 100)
    never = bandits.inverse_propensity([1.0, 0.0], [0.0, 0.0], [0.5, 0.5])
    assert never == (0.0, 0.0, 0.0)


# What is refused.


class Beyond(bandits.UCB1):
    def choose(self, state, n_open, rng):
        return bandits.Choice(np.full(len(state.successes), n_open))


class Below(bandits.UCB1):
    def choose(self, state, n_open, rng):
        return bandits.Choice(np.array([0, -1, *np.zeros(len(state.successes) - 2)], int))


class Halves(bandits.UCB1):
    def choose(self, state, n_open, rng):
        return bandits.Choice(np.full(len(state.successes), 0.5))


REFUSED = {
    "no arms": (lambda: bandits.FixedArms([]), "at least one arm"),
    "a probability above 1": (lambda: bandits.FixedArms([0.2, 6.0]), r"theta must lie in \[0, 1\], got theta\[1\] = 6"),
    "a negative probability": (lambda: bandits.lai_robbins([-0.1]), r"theta\[0\] = -0.1"),
    "NaN": (lambda: bandits.FixedArms([np.nan]), "NaN"),
    "no drawn arms": (lambda: bandits.DrawnArms(0, TRUE), "n_arms must be a whole number of at least 1, got 0"),
    "an endless concentration": (lambda: bandits.DrawnArms(3, BetaPopulation(0.1, np.inf)), "finite concentration"),
    "more first than all": (lambda: bandits.ArrivingArms(3, TRUE, first=4, every=1), "must not exceed n_arms = 3"),
    "horizon 0": (
        lambda: race(POLICIES[0], WORLDS[0], horizon=0),
        "horizon must be a whole number of at least 1, got 0",
    ),
    "no replications": (lambda: race(POLICIES[0], WORLDS[0], replications=0), "replications must be a whole number"),
    "a seed for rng": (lambda: bandits.simulate(POLICIES[0], WORLDS[0], 1, replications=1, rng=1), "default_rng"),
    "an arm that does not exist": (
        lambda: race(Beyond(), WORLDS[0]),
        "arm from 0 to 3, got 4 in replication 0 at step 0",
    ),
    "an arm below 0": (lambda: race(Below(), WORLDS[0]), "arm from 0 to 3, got -1 in replication 1 at step 0"),
    "an arm that is not open yet": (lambda: race(Beyond(), WORLDS[2]), "from 0 to 1, got 2"),
    "an arm that is no number of one": (lambda: race(Halves(), WORLDS[0]), "one arm for each of 5 replications"),
    "a reward of 2": (
        lambda: bandits.UCB1().learn(policies.Tally.empty(2, 2), np.array([0, 0]), np.array([1.0, 2.0])),
        r"rewards must be 0 or 1, got reward\[1\] = 2",
    ),
    "an epsilon below 0": (lambda: bandits.EpsilonGreedy(-0.1), "epsilon must lie in"),
    "epsilon in per cent": (lambda: bandits.EpsilonGreedy(10), "epsilon must lie in"),
    "a prior without a density": (lambda: bandits.Thompson(BetaPopulation(0.0, 5)), "prior must have 0 < mean < 1"),
    "a grid of unequal columns": (lambda: bandits.PopulationGrid([0.1], [1.0, 2.0], [1.0]), "one value for each"),
    "a grid without weight": (lambda: bandits.PopulationGrid([0.1], [1.0], [0.0]), "positive somewhere"),
    "a mean of 1 in a grid": (lambda: bandits.PopulationGrid([1.0], [1.0], [1.0]), r"mean\[0\] = 1"),
    "a propensity of 0": (lambda: bandits.inverse_propensity([1], [1], [0]), r"propensity\[0\] = 0"),
    "a log of unequal columns": (lambda: bandits.inverse_propensity([1], [1, 1], [1]), "one value for each"),
    "a chance of 80": (lambda: bandits.inverse_propensity([1], [80], [1]), r"chance must lie in \[0, 1\]"),
    "a click of 2": (lambda: bandits.inverse_propensity([2], [1], [1]), "reward must be 0 or 1"),
    "no mass": (lambda: bandits.inverse_propensity([1], [1], [1], mass=0), "mass must lie strictly between 0 and 1"),
    "all mass": (lambda: bandits.inverse_propensity([1], [1], [1], mass=1), "mass must lie strictly between 0 and 1"),
    "mass in per cent": (lambda: bandits.inverse_propensity([1], [1], [1], mass=89), "mass must lie strictly"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_bad_input_is_refused_in_words(what):
    task, words = REFUSED[what]
    with pytest.raises(ValueError, match=words):
        task()

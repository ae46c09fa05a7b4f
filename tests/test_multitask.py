"""Multi-task learning: every closed form against rows that know nothing of sums, eigenvectors or grids."""

import dataclasses

import numpy as np
import pandas as pd
import pymc as pm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

from course import multitask as mt
from course import regression
from course.multitask import evidence, posterior, tasks

SIZES = (1, 2, 3, 5, 8, 13, 20, 40)
MEAN = (2.0, -1.0, 3.0)


def world(seed=0, sizes=SIZES, mean=MEAN, tau=1.5, sigma=2.0, rank=None):
    return mt.draw_tasks(sizes, np.random.default_rng(seed), mean=mean, tau=tau, sigma=sigma, rank=rank)


def sums_of(rows):
    return mt.task_sums(rows.x, rows.y, rows.task, len(rows.truth))


@pytest.fixture(scope="module")
def rows():
    return world()


@pytest.fixture(scope="module")
def data(rows):
    return sums_of(rows)


def wide(rows):
    """One column for each coefficient of each task."""
    n, d, tasks = rows.y.size, rows.x.shape[1], len(rows.truth)
    design = np.zeros((n, tasks, d))
    design[np.arange(n), rows.task] = rows.x
    return design.reshape(n, tasks * d)


def covariance(rows, tau, sigma):
    """Covariance of the rows when heads scatter around a known mean head."""
    z = wide(rows)
    return tau**2 * z @ z.T + sigma**2 * np.eye(len(z))


def penalised_loss(rows, weights, penalty):
    return np.sum((rows.y - np.sum(rows.x * weights[rows.task], axis=1)) ** 2) + penalty * np.sum(weights**2)


def test_sums_are_those_of_the_rows_and_a_task_without_rows_has_zeros(rows):
    found = mt.task_sums(rows.x, rows.y, rows.task, 9)
    own = rows.task == 4
    np.testing.assert_allclose(found.gram[4], rows.x[own].T @ rows.x[own])
    np.testing.assert_allclose(found.cross[4], rows.x[own].T @ rows.y[own])
    assert found.square.sum() == pytest.approx(rows.y @ rows.y)
    assert all(np.all(part[8] == 0) for part in found)


def test_worlds_have_the_spread_and_the_rank_they_were_asked_for():
    for rank in (None, 1, 2):
        truth = world(1, sizes=np.zeros(4000, dtype=int), tau=1.5, rank=rank).truth
        away = truth - MEAN
        assert np.sum(away**2, axis=1).mean() == pytest.approx(3 * 1.5**2, rel=0.1)
        assert np.linalg.matrix_rank(away) == (rank or 3)


def test_the_error_of_a_forecast_on_new_days_is_the_distance_of_the_heads(rows, data):
    heads = mt.to_mean(data, 2.0).heads
    new = world(2, sizes=[200_000])
    for j in (0, 7):
        simulated = np.mean((new.x @ (heads[j] - rows.truth[j])) ** 2)
        assert mt.excess_error(heads, rows.truth)[j] == pytest.approx(simulated, rel=0.02)
    worlds = np.stack([heads, heads + 1.0])  # each world by itself, held against one truth
    by_hand = np.array([[np.sum((w - right) ** 2) for w, right in zip(h, rows.truth, strict=True)] for h in worlds])
    np.testing.assert_allclose(mt.excess_error(worlds, rows.truth[None]), by_hand)


@pytest.mark.parametrize(
    ("heads", "truth"), [((8, 3), (8, 1)), ((8, 1), (8, 3)), ((8, 3), (3,)), ((8, 3), (4, 3)), ((), ())]
)
def test_heads_are_held_against_a_truth_of_their_own_features(heads, truth):
    with pytest.raises(ValueError, match="heads and truth must have one shape"):
        mt.excess_error(np.ones(heads), np.ones(truth))


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_features_that_cannot_be_told_apart_are_named_whatever_is_fitted(rows, unit):
    def fits(x):
        data = mt.stack([sums_of(rows), mt.task_sums(x, rows.y, rows.task, 8)])  # one good world beside it
        return [
            lambda: mt.one_head(data),
            lambda: mt.to_mean(data, 1.0),
            lambda: mt.path(data, [1.0]),
            lambda: mt.learn(data),
            lambda: mt.log_evidence(data, [1.0]),
            lambda: mt.map_estimate(x, rows.y, rows.task, tau=1.0, sigma=1.0),
        ]

    twice, none = rows.x * [1.0, 1.0, 0.0], rows.x * [1.0, 0.0, 1.0]
    twice[:, 2] = unit * rows.x[:, 0]
    for x, message in ((twice, "features 0 and 2 cannot be told apart"), (none, "got feature 1 = 0 everywhere")):
        for fit in fits(x):
            with pytest.raises(ValueError, match=message):
                fit()
    twice[:, 2] += unit * 1e-4 * rows.x[:, 2]  # hardly to be told apart, but they can be
    for fit in fits(twice):
        fit()


# Heads.


@pytest.mark.parametrize("penalty", [1e-3, 1.0, 1e4])
def test_ridge_to_the_mean_is_least_squares_with_the_pull_written_as_rows(rows, data, penalty):
    tasks, d = rows.truth.shape
    root = np.sqrt(penalty)
    pull = np.hstack([root * np.eye(tasks * d), -root * np.tile(np.eye(d), (tasks, 1))])
    design = np.vstack([np.hstack([wide(rows), np.zeros((rows.y.size, d))]), pull])
    solution = np.linalg.lstsq(design, np.r_[rows.y, np.zeros(tasks * d)])[0]
    found = mt.to_mean(data, penalty)
    np.testing.assert_allclose(found.heads.ravel(), solution[:-d], rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(found.mean, solution[-d:], rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(found.mean, found.heads.mean(axis=0), atol=1e-9)  # the best centre is the mean head


def test_separate_ridge_is_least_squares_with_rows_of_zeros(rows, data):
    for j in range(len(SIZES)):
        own = rows.task == j
        design = np.vstack([rows.x[own], np.sqrt(2.0) * np.eye(3)])
        by_hand = np.linalg.lstsq(design, np.r_[rows.y[own], np.zeros(3)])[0]
        np.testing.assert_allclose(mt.separate(data, 2.0)[j], by_hand, atol=1e-10)


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), tau=st.floats(0.01, 100), sigma=st.floats(0.1, 100))
def test_the_map_with_fixed_tau_is_ridge_to_the_mean(seed, tau, sigma):
    rows = world(seed)
    by_covariance = mt.map_estimate(rows.x, rows.y, rows.task, tau=tau, sigma=sigma)
    by_penalty = mt.to_mean(sums_of(rows), sigma**2 / tau**2)
    scale = np.abs(by_penalty.heads).max()
    np.testing.assert_allclose(by_covariance.heads, by_penalty.heads, rtol=0, atol=1e-8 * scale)
    np.testing.assert_allclose(by_covariance.mean, by_penalty.mean, rtol=0, atol=1e-8 * scale)


def test_no_step_from_the_map_makes_rows_and_heads_more_likely_together(rows, data):
    found = mt.map_estimate(rows.x, rows.y, rows.task, tau=1.5, sigma=2.0)
    best = mt.log_joint(data, found.heads, found.mean, tau=1.5, sigma=2.0)
    rng = np.random.default_rng(3)
    for size in (1e-3, 0.1, 1.0):
        step, mean = size * rng.standard_normal((8, 3)), size * rng.standard_normal(3)
        up, down = (
            mt.log_joint(data, found.heads + sign * step, found.mean + sign * mean, tau=1.5, sigma=2.0)
            for sign in (1, -1)
        )
        assert max(up, down) < best
        assert up == pytest.approx(down, abs=1e-6)  # quadratic around its top


def test_the_log_joint_is_that_of_the_rows(rows, data):
    heads = rows.truth + 0.3
    by_rows = stats.norm.logpdf(rows.y, np.sum(rows.x * heads[rows.task], axis=1), 2.0).sum()
    by_rows += stats.norm.logpdf(heads, np.array(MEAN), 1.5).sum()
    assert mt.log_joint(data, heads, MEAN, tau=1.5, sigma=2.0) == pytest.approx(by_rows)


def test_the_ends_of_the_dial_are_one_head_and_separate_least_squares(rows, data):
    one = mt.one_head(data)
    np.testing.assert_allclose(one, np.linalg.lstsq(rows.x, rows.y)[0])
    np.testing.assert_allclose(mt.to_mean(data, np.inf).heads, np.tile(one, (8, 1)))
    np.testing.assert_allclose(mt.to_mean(data, 1e9).heads, np.tile(one, (8, 1)), rtol=1e-5)
    for j in (5, 6, 7):
        own = rows.task == j
        alone = np.linalg.lstsq(rows.x[own], rows.y[own])[0]
        np.testing.assert_allclose(mt.to_mean(data, 1e-8).heads[j], alone, rtol=1e-6)


def test_the_path_passes_through_ridge_to_the_mean_at_every_penalty(rows):
    penalties = np.array([1e-4, 0.3, 5.0, 1e6, np.inf])
    both = mt.stack([sums_of(rows), sums_of(world(11))])
    found = mt.path(both, penalties)
    for i, penalty in enumerate(penalties):
        at = mt.to_mean(both, penalty)
        np.testing.assert_allclose(found.heads[:, i], at.heads, atol=1e-6)
        np.testing.assert_allclose(found.mean[:, i], at.mean, atol=1e-6)


def test_a_task_without_rows_gets_the_mean_head(rows):
    found = mt.to_mean(mt.task_sums(rows.x, rows.y, rows.task, 9), 3.0)
    np.testing.assert_allclose(found.heads[8], found.mean)


def test_two_features_are_the_lines_of_lesson_06(rows):
    x = rows.x[:, 1]
    lines = regression.sums(regression.group_rows(rows.y, x, rows.task))
    found = mt.to_mean(mt.task_sums(rows.x[:, :2], rows.y, rows.task, 8), 4.0)
    given_mean = regression.lines_given(lines, regression.Population(*found.mean, 1.0, 1.0, 0.0, 2.0))
    np.testing.assert_allclose(found.heads, np.column_stack([given_mean.alpha, given_mean.beta]), atol=1e-9)
    best = regression.best_mean_line(lines, regression.Population(0.0, 0.0, 1.0, 1.0, 0.0, 2.0))
    np.testing.assert_allclose(found.mean, best, atol=1e-9)


# The trunk.


def test_a_trunk_as_wide_as_the_features_shares_nothing(data):
    np.testing.assert_allclose(mt.hard_shared(data, 3, 2.0).weights, mt.separate(data, 2.0), atol=1e-8)


@pytest.mark.parametrize("rank", [1, 2])
def test_with_equal_designs_the_trunk_is_the_singular_value_decomposition(rank):
    rng = np.random.default_rng(4)
    n, own = np.array([5.0, 10, 20, 40, 80]), rng.standard_normal((5, 4))
    data = mt.TaskSums(n, n[:, None, None] * np.eye(4), n[:, None] * own, np.full(5, 1e4))
    root = np.sqrt(n + 3.0)[:, None]
    left, sizes, right = np.linalg.svd(root * (n / (n + 3.0))[:, None] * own, full_matrices=False)
    best = (left[:, :rank] * sizes[:rank]) @ right[:rank] / root
    np.testing.assert_allclose(mt.hard_shared(data, rank, 3.0).weights, best, atol=1e-6)


@pytest.mark.parametrize("rank", [1, 2])
def test_sweeps_never_raise_the_loss_and_end_where_no_small_step_lowers_it(rows, data, rank):
    losses = [penalised_loss(rows, mt.hard_shared(data, rank, 1.0, sweeps=n).weights, 1.0) for n in (1, 2, 4, 300)]
    assert np.all(np.diff(losses) <= 1e-9)
    found = mt.hard_shared(data, rank, 1.0)
    assert np.linalg.matrix_rank(found.weights, tol=1e-8) == rank
    np.testing.assert_allclose(found.trunk.T @ found.trunk, np.eye(rank), atol=1e-12)
    rng = np.random.default_rng(5)
    for _ in range(20):
        trunk = found.trunk + 0.01 * rng.standard_normal(found.trunk.shape)
        heads = found.heads + 0.01 * rng.standard_normal(found.heads.shape)
        assert penalised_loss(rows, heads @ trunk.T, 1.0) > losses[-1]


def test_on_a_trunk_heads_can_be_fitted_alone_or_pulled_to_their_mean(rows, data):
    found = mt.hard_shared(data, 2, 1.0)
    inside = mt.project(data, found.trunk)
    np.testing.assert_allclose(mt.separate(inside, 1.0), found.heads, atol=1e-8)
    by_rows = mt.task_sums(rows.x @ found.trunk, rows.y, rows.task, 8)
    np.testing.assert_allclose(mt.to_mean(inside, 2.0).heads, mt.to_mean(by_rows, 2.0).heads, atol=1e-9)


def test_worlds_that_are_stacked_are_solved_as_if_alone():
    worlds = [sums_of(world(seed)) for seed in range(4)]
    together, penalty = mt.stack(worlds), np.array([0.5, 2.0, np.inf, 30.0])
    heads, learned = mt.to_mean(together, penalty), mt.learn(together)
    trunks = mt.hard_shared(together, 2, 1.0)
    for i, alone in enumerate(worlds):
        np.testing.assert_allclose(heads.heads[i], mt.to_mean(alone, penalty[i]).heads, atol=1e-9)
        np.testing.assert_allclose(trunks.weights[i], mt.hard_shared(alone, 2, 1.0).weights, atol=1e-5)
        np.testing.assert_allclose([part[i] for part in learned], mt.learn(alone), rtol=1e-6)


def test_one_world_of_a_stack_is_the_world_that_was_put_there(data):
    both = mt.stack([data, sums_of(world(11))])
    for number in (0, -2, np.int64(0)):
        for part, whole in zip(mt.one_world(both, number), data, strict=True):
            np.testing.assert_array_equal(part, whole)
    assert not np.array_equal(mt.one_world(both, -1).cross, data.cross)
    for number in (2, -3, True, 0.0):
        with pytest.raises(ValueError, match="number must be one of the 2 worlds, 0 to 1"):
            mt.one_world(both, number)


# Learning how much to share.


def dense_evidence(rows, tau, sigma, spread):
    """Log density of the rows when the entries of the mean head have this standard deviation."""
    total = covariance(rows, tau, sigma) + spread**2 * rows.x @ rows.x.T
    return stats.multivariate_normal.logpdf(rows.y, np.zeros(rows.y.size), total)


@pytest.mark.parametrize(("centre", "spread"), [("mean", 1e3), ("zero", 0.0)])
def test_log_evidence_is_the_density_of_the_rows_at_the_best_sigma(rows, data, centre, spread):
    penalties = np.array([0.3, 2.0, 20.0])

    def best(penalty):
        def height(log_sigma):
            sigma = np.exp(log_sigma)
            return -dense_evidence(rows, sigma / np.sqrt(penalty), sigma, spread)

        return -optimize.minimize_scalar(height, bounds=(-2, 4), method="bounded", options={"xatol": 1e-9}).fun

    ours, dense = mt.log_evidence(data, penalties, centre=centre), np.array([best(p) for p in penalties])
    np.testing.assert_allclose(np.diff(ours), np.diff(dense), atol=1e-4)


def test_the_learned_penalty_is_that_of_statsmodels():
    rows = world(6, sizes=(4, 6, 9, 14, 20, 30, 45, 60))
    blocks = [rows.x[rows.task == j] for j in range(8)]
    spec = VCSpec(["tasks"], [[["0", "1", "2"]] * 8], [blocks])
    model = MixedLM(rows.y, pd.DataFrame(rows.x), rows.task, exog_re=np.empty((rows.y.size, 0)), exog_vc=spec)
    theirs = model.fit(reml=True, method="bfgs", gtol=1e-8)
    found = mt.learn(sums_of(rows))
    assert float(found.sigma) ** 2 == pytest.approx(theirs.scale, rel=1e-4)
    assert float(found.tau) ** 2 == pytest.approx(theirs.vcomp[0], rel=1e-3)
    np.testing.assert_allclose(mt.to_mean(sums_of(rows), found.penalty).mean, theirs.fe_params, rtol=1e-4)


@pytest.mark.parametrize("centre", ["mean", "zero"])
def test_no_other_penalty_is_more_likely_than_the_learned_one(data, centre):
    top = mt.learn(data, centre=centre)
    height = mt.log_evidence(data, [float(top.penalty)], centre=centre)[0]
    assert height >= mt.log_evidence(data, np.geomspace(1e-3, 1e5, 400), centre=centre).max()
    assert float(top.penalty) == pytest.approx(float(top.sigma**2 / top.tau**2))


def test_tasks_that_are_all_alike_can_be_learned_to_be_one():
    learned = mt.learn(mt.stack([sums_of(world(seed, tau=0.0)) for seed in range(40)]))
    one = np.isinf(learned.penalty)
    assert 5 < one.sum() < 40
    assert np.all(learned.tau[one] == 0)
    assert np.median(learned.sigma) == pytest.approx(2.0, rel=0.1)


def test_the_joint_density_has_no_top_and_the_marginal_one_has(data):
    mean = mt.one_head(data)
    heights = [mt.log_joint(data, np.tile(mean, (8, 1)), mean, tau=10.0**-k, sigma=2.0) for k in range(0, 9, 2)]
    np.testing.assert_allclose(np.diff(heights)[1:], 24 * np.log(100), rtol=1e-6)  # without end, per factor 100
    assert 0 < mt.learn(data).tau < np.inf


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_the_unit_of_the_features_changes_the_penalty_and_nothing_else(rows, data, unit):
    here, there = mt.learn(data), mt.learn(mt.task_sums(unit * rows.x, rows.y, rows.task, 8))
    assert float(there.penalty) == pytest.approx(float(here.penalty) * unit**2, rel=1e-6)
    assert float(there.sigma) == pytest.approx(float(here.sigma), rel=1e-6)


# A covariance of the heads.


def reml(rows, covariance, sigma):
    """Log density of the rows under a nearly flat prior of the mean head."""
    between = np.kron(np.eye(len(rows.truth)), covariance)
    total = wide(rows) @ between @ wide(rows).T + sigma**2 * np.eye(rows.y.size) + 1e6 * rows.x @ rows.x.T
    return stats.multivariate_normal.logpdf(rows.y, np.zeros(rows.y.size), total)


def test_the_learned_covariance_is_that_of_statsmodels():
    rows = world(16, sizes=(4, 6, 9, 14, 20, 30, 45, 60, 80, 100))
    theirs = MixedLM(rows.y, rows.x, rows.task, exog_re=rows.x).fit(reml=True, method="bfgs", gtol=1e-8)
    found = mt.learn_covariance(sums_of(rows), steps=2000)
    np.testing.assert_allclose(found.covariance, theirs.cov_re, rtol=2e-3, atol=2e-3)
    assert float(found.sigma) ** 2 == pytest.approx(theirs.scale, rel=1e-3)
    np.testing.assert_allclose(found.mean, theirs.fe_params, rtol=1e-3)
    away = np.array([theirs.random_effects[j] for j in range(10)])
    np.testing.assert_allclose(found.heads - found.mean, away, atol=5e-3)


def test_no_step_makes_the_rows_less_likely(rows, data):
    found = [mt.learn_covariance(data, steps=n) for n in (1, 2, 4, 8, 16, 64)]
    heights = [reml(rows, step.covariance, float(step.sigma)) for step in found]
    learned = mt.learn(data)
    assert heights[0] > reml(rows, float(learned.tau) ** 2 * np.eye(3), float(learned.sigma))
    assert np.all(np.diff(heights) > -1e-6)


def test_a_step_sets_the_covariance_and_the_noise_to_what_is_expected_given_the_rows(rows, data):
    # EM by dense matrices: distances of heads and a nearly flat mean head, given the rows and what `learn` found.
    learned, design = mt.learn(data), np.hstack([wide(rows), rows.x])
    prior = np.diag(np.r_[np.full(24, float(learned.tau) ** 2), np.full(3, 1e6)])
    total = design @ prior @ design.T + float(learned.sigma) ** 2 * np.eye(rows.y.size)
    gain = np.linalg.solve(total, design @ prior).T
    middle, left = gain @ rows.y, prior - gain @ design @ prior
    squares = left + np.outer(middle, middle)
    found = mt.learn_covariance(data, steps=1)
    blocks = [squares[3 * j : 3 * j + 3, 3 * j : 3 * j + 3] for j in range(8)]
    np.testing.assert_allclose(found.covariance, np.mean(blocks, axis=0), atol=1e-4)
    misfit = np.sum((rows.y - design @ middle) ** 2) + np.trace(design @ left @ design.T)
    assert float(found.sigma) ** 2 == pytest.approx(misfit / rows.y.size, rel=1e-5)


def test_worlds_in_few_directions_get_a_covariance_in_few_directions():
    worlds = [world(seed, sizes=np.full(30, 40), tau=3.0, rank=1) for seed in range(3)]
    found = mt.learn_covariance(mt.stack([sums_of(rows) for rows in worlds]), steps=400)
    for i, rows in enumerate(worlds):
        alone = mt.learn_covariance(sums_of(rows), steps=400)
        np.testing.assert_allclose(found.heads[i], alone.heads, atol=1e-6)
        sizes, directions = np.linalg.eigh(found.covariance[i])
        true = np.linalg.svd(rows.truth - rows.truth.mean(axis=0))[2][0]
        assert sizes[-1] > 50 * sizes[1]
        assert abs(directions[:, -1] @ true) > 0.99


# The full posterior.


def test_the_posterior_is_that_of_a_plain_grid_over_dense_covariances():
    rows = world(7, sizes=(2, 3, 5, 9), mean=(1.0, -2.0))
    priors = mt.TaskPriors(mean=5.0, tau=2.0, sigma=4.0)
    found = mt.task_posterior(mt.task_sums(rows.x, rows.y, rows.task, 5), priors)  # and a new task
    z = np.hstack([wide(rows), np.zeros((rows.y.size, 2))])
    every = np.tile(np.eye(2), (5, 1))
    log_weight, means, seconds = [], [], []
    grid = [(tau, sigma) for tau in (np.arange(70) + 0.5) * 0.12 for sigma in np.linspace(0.7, 6.0, 60)]
    for tau, sigma in grid:
        prior = tau**2 * np.eye(10) + 25 * every @ every.T
        total = z @ prior @ z.T + sigma**2 * np.eye(rows.y.size)
        gain = np.linalg.solve(total, z @ prior).T
        log_weight.append(
            stats.multivariate_normal.logpdf(rows.y, np.zeros(rows.y.size), total)
            + stats.halfnorm.logpdf(tau, scale=2)
            + stats.halfnorm.logpdf(sigma, scale=4)
        )
        means.append(gain @ rows.y)
        seconds.append(prior - gain @ z @ prior + np.outer(means[-1], means[-1]))
    weight = np.exp(np.array(log_weight) - max(log_weight))
    weight /= weight.sum()
    mean = weight @ np.array(means)
    spread = np.tensordot(weight, np.array(seconds), axes=1) - np.outer(mean, mean)
    np.testing.assert_allclose(found.heads.ravel(), mean, atol=2e-3)
    np.testing.assert_allclose(found.sd.ravel(), np.sqrt(np.diag(spread)), rtol=3e-3)
    np.testing.assert_allclose(found.covariance[0], spread[:2, :2], atol=0.01)
    assert found.average(found.tau) == pytest.approx(weight @ np.array(grid)[:, 0], rel=3e-3)
    assert found.average(found.sigma) == pytest.approx(weight @ np.array(grid)[:, 1], rel=3e-3)
    np.testing.assert_allclose(found.heads[4], found.mean, atol=1e-9)


def test_a_finer_grid_changes_nothing(data):
    priors = mt.TaskPriors(10.0, 5.0, 5.0)
    coarse, fine = (mt.task_posterior(data, priors, points=points) for points in ((48, 20), (150, 60)))
    np.testing.assert_allclose(coarse.heads, fine.heads, atol=1e-3)
    np.testing.assert_allclose(coarse.sd, fine.sd, rtol=1e-3)


def test_many_tasks_leave_nothing_to_know_of_the_population():
    rows = world(8, sizes=np.tile((4, 8, 16), 120))
    data = sums_of(rows)
    posterior, learned = mt.task_posterior(data, mt.TaskPriors(10.0, 5.0, 5.0)), mt.learn(data)
    assert posterior.average(posterior.tau) == pytest.approx(float(learned.tau), rel=0.02)
    plugged_in = mt.to_mean(data, learned.penalty).heads
    assert np.abs(posterior.heads - plugged_in).max() < 0.1
    away = (posterior.heads - rows.truth) / posterior.sd
    assert np.mean(np.abs(away) < stats.norm.ppf(0.945)) == pytest.approx(0.89, abs=0.03)


def test_a_forecast_is_as_wide_as_noise_and_head_together():
    rows = world(12, sizes=(3, 6, 12))
    posterior = mt.task_posterior(sums_of(rows), mt.TaskPriors(5.0, 3.0, 4.0))
    x, rng = np.array([[1.0, 2.0, -1.0]]), np.random.default_rng(13)
    point = rng.choice(posterior.weight.size, 200_000, p=posterior.weight)
    head = rng.multivariate_normal(posterior.heads[0], posterior.covariance[0], 200_000)
    days = head @ x[0] + posterior.sigma[point] * rng.standard_normal(200_000)
    mean, sd = posterior.forecast(x, 0)
    assert mean[0] == pytest.approx(days.mean(), abs=5 * days.std() / np.sqrt(200_000))
    assert sd[0] == pytest.approx(days.std(), rel=0.01)


def test_plugging_in_is_the_conditional_of_rows_and_heads_given_what_was_learned(rows, data):
    found = mt.plug_in(data)
    tau, sigma = float(found.learned.tau), float(found.learned.sigma)
    z = wide(rows)
    gain = np.linalg.solve(covariance(rows, tau, sigma), tau**2 * z).T
    left = tau**2 * np.eye(24) - gain @ z * tau**2
    np.testing.assert_allclose(found.covariance[3], left[9:12, 9:12], atol=1e-9)
    np.testing.assert_allclose(found.sd.ravel(), np.sqrt(np.diag(left)), atol=1e-9)
    alike = [mt.plug_in(sums_of(world(seed, tau=0.0))) for seed in range(8)]
    assert any(one.learned.tau == 0 and np.all(one.sd == 0) for one in alike)


def test_a_mean_head_that_is_not_known_adds_what_a_nearly_flat_prior_adds(rows, data):
    tau, sigma = 1.1, 1.7
    known = mt.Learned(np.array(sigma**2 / tau**2), np.array(tau), np.array(sigma))
    found, z, every = mt.plug_in(data, known, mean_known=False), wide(rows), np.tile(np.eye(3), (8, 1))
    prior = tau**2 * np.eye(24) + 1e6 * every @ every.T
    gain = np.linalg.solve(z @ prior @ z.T + sigma**2 * np.eye(rows.y.size), z @ prior).T
    left = prior - gain @ z @ prior
    np.testing.assert_allclose(found.heads.ravel(), gain @ rows.y, atol=1e-4)
    np.testing.assert_allclose(found.covariance[3], left[9:12, 9:12], atol=1e-4)
    x = np.array([[1.0, 2.0, -1.0]])
    middle, spread = found.forecast(x, 3)
    assert middle[0] == pytest.approx(x[0] @ found.heads[3])
    assert spread[0] ** 2 == pytest.approx(sigma**2 + x[0] @ left[9:12, 9:12] @ x[0], abs=1e-4)
    assert np.all(found.sd > mt.plug_in(data, known).sd)


@pytest.mark.parametrize(
    ("sizes", "seed"), [((2,) * 4, 4), ((1,) * 8, 4), ((1,) * 8, 3), ((2,) * 30, 1), ((3,) * 8, 0)]
)
def test_the_grid_is_laid_where_the_weight_is_when_few_rows_tell_noise_from_heads(sizes, seed):
    # With no more rows a task than features sigma may be anything, and the most likely one may be 0.
    data, priors = sums_of(world(seed, sizes, mean=(1.0, -2.0), tau=2.0)), mt.TaskPriors(5.0, 2.0, 4.0)
    found, of = mt.task_posterior(data, priors), evidence.spectrum(data)
    tau, log_sigma = (
        every.ravel() for every in np.meshgrid((np.arange(150) + 0.5) / 15, np.linspace(-9, 3, 400), indexing="ij")
    )
    sums = evidence.marginal(of, (tau / np.exp(log_sigma)) ** 2)
    weight = posterior._weights(of, sums, tau, log_sigma, priors)
    wide = posterior._summarise(of, sums, tau, np.exp(log_sigma), weight, priors)
    np.testing.assert_allclose(found.sd, wide.sd, rtol=1e-3)
    assert np.abs((found.heads - wide.heads) / wide.sd).max() < 1e-3
    assert found.average(found.tau) == pytest.approx(wide.average(wide.tau), rel=1e-3)
    assert found.average(found.sigma) == pytest.approx(wide.average(wide.sigma), rel=1e-3)


@pytest.mark.parametrize(("sizes", "seed"), [((2,) * 4, 4), ((2,) * 30, 1), ((3,) * 8, 0), ((20,) * 10, 2)])
@pytest.mark.parametrize("first", [(-1.0, 1.5), (-3.0, 0.3), (0.6, 0.7), (-6.0, -5.0), (4.0, 8.0)])
def test_wherever_the_search_begins_the_grid_has_the_weight_and_little_else(sizes, seed, first):
    of = evidence.spectrum(sums_of(world(seed, sizes, mean=(1.0, -2.0), tau=2.0)))
    priors, points = mt.TaskPriors(5.0, 2.0, 4.0), (48, 20)
    axes = posterior._where_the_weight_is(of, priors, np.array([[0.0, 12.0], first]), points)
    tau, log_sigma = (every.ravel() for every in np.meshgrid(*axes, indexing="ij"))
    found = evidence.marginal(of, (tau / np.exp(log_sigma)) ** 2)
    weight = posterior._weights(of, found, tau, log_sigma, priors).reshape(len(axes[0]), -1)
    for axis, shares, n in zip(axes, (weight.sum(axis=1), weight.sum(axis=0)), points, strict=True):
        idle = 4 * len(axis) / n  # of the points of the search, which the grid may divide
        heavy = np.flatnonzero(shares > 1e-8 * n / len(axis))
        assert shares[-1] < 1e-6
        assert len(axis) - 1 - heavy[-1] <= idle
        assert heavy[0] <= idle
        assert shares[0] < 1e-6 or axis[0] < axis[1] - axis[0]  # a tau of 0 has weight


# Decisions.


def test_the_cost_of_an_order_is_that_of_drawn_demand_and_no_other_order_costs_less():
    rng = np.random.default_rng(14)
    demand = rng.normal(100, 20, 400_000)
    for order in (80.0, 100.0, 130.0):
        drawn = 0.5 * np.maximum(order - demand, 0) + 1.5 * np.maximum(demand - order, 0)
        assert mt.expected_cost(order, 100, 20, over=0.5, under=1.5) == pytest.approx(drawn.mean(), rel=0.01)
    best = float(mt.best_order(100, 20, over=0.5, under=1.5))
    orders = best + np.linspace(-5, 5, 11)
    assert np.argmin(mt.expected_cost(orders, 100, 20, over=0.5, under=1.5)) == 5


def test_curves_bend_and_their_rows_lie_around_them():
    rows = mt.draw_curves([5000, 0, 3], np.random.default_rng(15))
    assert rows.curves.shape == (81, 3)
    away = rows.y[:5000] - np.interp(rows.x[:5000, 1], rows.at[:, 1], rows.curves[:, 0])
    assert away.std() == pytest.approx(8, rel=0.05)
    assert abs(away.mean()) < 0.5
    assert (rows.at[0, 1], rows.at[-1, 1]) == (-2, 2)
    assert np.abs(rows.x[:, 1]).max() == pytest.approx(2, abs=0.01)
    straight = np.linalg.lstsq(rows.at, rows.curves[:, 0])[1]
    assert straight[0] / 81 > 1


# Gaussian processes.


@pytest.fixture(scope="module")
def curves():
    rng = np.random.default_rng(9)
    x, task = rng.uniform(-2, 2, (12, 1)), np.repeat([0, 1, 2], (7, 3, 2))
    at = np.linspace(-2, 2, 5)[:, None], np.array([0, 1, 2, 2, 1])
    return x, np.sin(2 * x[:, 0]) + task + 0.1 * rng.standard_normal(12), task, at


def test_functions_around_a_mean_function_are_a_multitask_process(curves):
    x, y, task, at = curves
    kernel = mt.smooth(0.8)
    found = mt.multitask_gp(x, y, task, at, between=mt.mean_and_own(3, mean=2.0, own=0.5), kernel=kernel, sigma=0.2)

    def hierarchy(a, i, b, j):  # g + h: the mean function is shared by all rows, the deviation by those of a task
        distance = (a - b.T) ** 2
        return (4.0 + 0.25 * (i[:, None] == j)) * np.exp(-0.5 * distance / 0.64)

    total = hierarchy(x, task, x, task) + 0.04 * np.eye(12)
    across = hierarchy(at[0], at[1], x, task)
    np.testing.assert_allclose(found.mean, across @ np.linalg.inv(total) @ y, atol=1e-9)
    left = hierarchy(*at, *at) - across @ np.linalg.inv(total) @ across.T
    np.testing.assert_allclose(found.covariance, left, atol=1e-9)
    assert found.log_evidence == pytest.approx(stats.multivariate_normal.logpdf(y, np.zeros(12), total))


def test_the_multitask_process_is_that_of_pymc(curves):
    x, y, task, at = curves
    b = np.array([[2.0, 0.5, 0.1], [0.5, 1.0, -0.3], [0.1, -0.3, 1.5]])
    root = np.linalg.cholesky(b - 0.2 * np.eye(3))
    with pm.Model():
        within = pm.gp.cov.ExpQuad(2, ls=0.8, active_dims=[0])
        between = pm.gp.cov.Coregion(2, W=root, kappa=np.full(3, 0.2), active_dims=[1])
        process = pm.gp.Marginal(cov_func=within * between)
        process.marginal_likelihood("y", X=np.column_stack([x, task]), y=y, sigma=0.3)
        mean, covariance = process.predict(np.column_stack(at), point={})
    found = mt.multitask_gp(x, y, task, at, between=b, kernel=mt.smooth(0.8), sigma=0.3)
    np.testing.assert_allclose(found.mean, mean, atol=1e-4)  # PyMC adds 1e-6 to the diagonal
    np.testing.assert_allclose(found.covariance, covariance, atol=1e-4)


def test_a_linear_multitask_process_is_ridge_to_the_mean(rows, data):
    at = np.tile(np.eye(3), (8, 1)), np.repeat(np.arange(8), 3)
    between = mt.mean_and_own(8, mean=1e3, own=1.5)
    found = mt.multitask_gp(rows.x, rows.y, rows.task, at, between=between, kernel=mt.linear, sigma=2.0)
    np.testing.assert_allclose(found.mean.reshape(8, 3), mt.to_mean(data, 4 / 2.25).heads, atol=1e-4)


# Bad input.


def a_world(**changes):
    return mt.draw_tasks(
        **({"sizes": [3], "rng": np.random.default_rng(), "mean": [0.0], "tau": 1, "sigma": 1} | changes)
    )


TWO = mt.task_sums(np.ones((2, 1)), [1.0, 2.0], [0, 1], 2)
GP = {"x": np.ones((2, 1)), "y": [1.0, 2.0], "task": [0, 1], "at": (np.ones((1, 1)), [0]), "sigma": 1.0}
WRONG = {
    "half a row": (lambda: a_world(sizes=[2.5]), r"sizes must be whole numbers from 0, got sizes\[0\] = 2.5"),
    "a table for a mean": (lambda: a_world(mean=[[1.0]]), "mean must have one number for each feature"),
    "no noise": (lambda: a_world(sigma=0), "sigma must be positive"),
    "a negative spread": (lambda: a_world(tau=-1), "tau must not be negative"),
    "too many directions": (lambda: a_world(rank=2), "rank must be from 1 to the 1 features, got 2"),
    "a seed for rng": (lambda: a_world(rng=1), "default_rng"),
    "features as a list": (lambda: mt.task_sums([1.0], [1.0], [0], 1), "x is a table, even with one feature"),
    "names for tasks": (lambda: mt.task_sums([[1.0]], [1.0], ["a"], 1), "task must be whole numbers from 0"),
    "a task too many": (lambda: mt.task_sums([[1.0]], [1.0], [1], 1), "task must be from 0 to 0, got 1 to 1"),
    "a hole in y": (lambda: mt.task_sums([[1.0]], [np.nan], [0], 1), "y must not contain NaN"),
    "an endless x": (lambda: mt.task_sums([[np.inf]], [1.0], [0], 1), "x must be finite"),
    "no worlds": (lambda: mt.stack([]), "worlds must hold at least one world"),
    "no penalty": (lambda: mt.separate(TWO, 0.0), "penalty must be positive"),
    "an endless decay": (lambda: mt.separate(TWO, np.inf), "an endless pull to zero leaves zeros"),
    "a negative penalty": (lambda: mt.to_mean(TWO, -1.0), "penalty must be positive"),
    "no trunk": (lambda: mt.hard_shared(TWO, 0, 1.0), "rank must be a whole number from 1 to the 1 features"),
    "another centre": (lambda: mt.learn(TWO, centre="median"), "centre must be 'mean' or 'zero'"),
    "too few rows": (lambda: mt.learn(mt.task_sums(np.ones((1, 1)), [1.0], [0], 1)), "data must have more rows"),
    "a mark for steps": (lambda: mt.learn_covariance(TWO, steps=True), "steps must be a whole number from 1, got True"),
    "half a step": (lambda: mt.learn_covariance(TWO, steps=1.5), "steps must be a whole number from 1, got 1.5"),
    "no steps": (lambda: mt.learn_covariance(TWO, steps=0), "steps must be a whole number from 1, got 0"),
    "rows of one kind": (lambda: mt.one_head(mt.task_sums(np.ones((3, 2)), [1.0, 2, 3], [0, 0, 1], 2)), "full rank"),
    "an endless tau": (
        lambda: mt.map_estimate([[1.0]], [1.0], [0], tau=np.inf, sigma=1),
        "tau must be finite, got tau = inf",
    ),
    "a joint without tau": (
        lambda: mt.log_joint(TWO, [[1.0], [1]], [1.0], tau=0, sigma=1),
        "tau must be positive",
    ),
    "a prior without scale": (lambda: mt.task_posterior(TWO, mt.TaskPriors(1, 0, 1)), r"got priors\[1\] = 0"),
    "a lopsided between": (lambda: mt.multitask_gp(**GP, between=[[1, 0], [1, 1]], kernel=mt.linear), "symmetric"),
    "a task too few": (lambda: mt.multitask_gp(**GP, between=[[1.0]], kernel=mt.linear), "one for each row of between"),
    "certain demand": (lambda: mt.expected_cost(1, 1, 0, over=1, under=1), "sd must be positive"),
    "free croissants": (
        lambda: mt.best_order(1, 1, over=0, under=1),
        r"over must be positive and finite, got over = 0",
    ),
    "no length": (lambda: mt.smooth(0.0), "length must be positive"),
}


@pytest.mark.parametrize("name", WRONG)
def test_bad_input_is_named(name):
    call, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        call()


def test_as_many_tasks_as_fit_into_memory_are_taken(monkeypatch):
    monkeypatch.setattr(tasks, "_MOST", 8)
    assert mt.task_sums([[1.0]], [1.0], [0], 2).n.size == 2
    with pytest.raises(ValueError, match="n_tasks must be at most 2, got 3: each has sums of 1 x 1 features"):
        mt.task_sums([[1.0]], [1.0], [0], 3)


def test_the_posterior_cannot_be_changed(data):
    posterior = mt.task_posterior(data, mt.TaskPriors(10.0, 5.0, 5.0))
    with pytest.raises(dataclasses.FrozenInstanceError):
        posterior.weight = 1

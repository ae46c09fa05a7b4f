"""Curves by group: separation against linear programming, curves against statsmodels, prices against Lambert W."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special, stats

from course import data, regression, simulate
from course.regression import Separation


def test_cells_keep_every_user_and_every_purchase(cities, cells):
    for c, x, y, n in zip(cells.groups.of_row, cells.x, cells.successes, cells.trials, strict=True):
        here = (cities.city == c) & (cities.price / 10 == x)
        assert (n, y) == (here.sum(), cities.bought[here].sum())
    assert cells.trials.sum() == len(cities.bought)
    pairs = set(zip(cells.groups.of_row.tolist(), cells.x.tolist(), strict=True))
    assert len(pairs) == len(cells.x)


def test_cells_of_cells_are_the_same_cells(cells):
    again = regression.cells(cells.successes, cells.x, cells.groups.of_row, trials=cells.trials)
    for a, b in zip(again[:3], cells[:3], strict=True):
        np.testing.assert_array_equal(a, b)


def by_linear_programming(x, y):
    """Which separation: maximise the margin of a x + b on the right side, Albert and Anderson's definition."""
    signs = 2.0 * y - 1
    design = signs[:, None] * np.column_stack([np.ones_like(x), x])
    box = [(-1, 1), (-1, 1)]
    total = optimize.linprog(-design.sum(0), A_ub=-design, b_ub=np.zeros(len(x)), bounds=box)
    margin = optimize.linprog(
        [0, 0, -1], A_ub=np.column_stack([-design, np.ones(len(x))]), b_ub=np.zeros(len(x)), bounds=[*box, (None, 1)]
    )
    return -total.fun > 1e-7, -margin.fun > 1e-7


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=3, max_size=9))
def test_separation_is_what_linear_programming_finds(points):
    x, y = (np.array(column, dtype=float) for column in zip(*points, strict=True))
    if len(set(x)) == 1:
        return
    (kind,) = regression.separation(regression.cells(y, x, np.zeros(len(x), dtype=int)))
    separated, strictly = by_linear_programming(x, y)
    assert (kind is not Separation.OVERLAP) == separated
    assert (kind in (Separation.COMPLETE, Separation.ALL_ALIKE)) == strictly
    assert (kind is Separation.ALL_ALIKE) == (len(set(y)) == 1)


def test_one_price_alone_has_no_slope():
    cells = regression.cells([1, 0, 1, 0], [1, 1, 1, 2], ["a", "a", "b", "b"])
    assert regression.separation(cells) == (Separation.NO_SPREAD, Separation.COMPLETE)


def test_curves_that_exist_are_statsmodels_and_the_others_are_masked(cities, cells):
    own = regression.own_curves(cells)
    assert not own.exists[0]
    assert own.separation[0] is Separation.COMPLETE
    assert own.alpha.mask.tolist() == (~own.exists).tolist()
    for j in np.flatnonzero(own.exists):
        here = cities.city == j
        fit = sm.Logit(cities.bought[here], sm.add_constant(cities.price[here] / 10)).fit(disp=0)
        assert [own.alpha[j], own.beta[j]] == pytest.approx(fit.params.tolist(), rel=1e-5)
    one = regression.one_curve(cells)
    fit = sm.Logit(cities.bought, sm.add_constant(cities.price / 10)).fit(disp=0)
    assert [one.alpha, one.beta] == pytest.approx(fit.params.tolist(), rel=1e-6)


def test_where_the_data_separate_the_likelihood_keeps_rising(cells):
    here = cells.groups.of_row == 0
    successes, trials, x = (v[here] for v in cells[:3])
    between = (x[successes > 0].max() + x[successes < trials].min()) / 2
    heights = []
    for steep in (1, 10, 100):
        log_odds = steep * (between - x)
        heights.append(
            np.sum(successes * special.log_expit(log_odds) + (trials - successes) * special.log_expit(-log_odds))
        )
    assert heights[0] < heights[1] < heights[2] < 0
    assert heights[2] > -1e-10


def test_all_rows_separated_have_no_common_curve_either():
    with pytest.raises(ValueError, match="x must not separate the outcomes of all rows, got complete separation"):
        regression.one_curve(regression.cells([1, 1, 0, 0], [1, 2, 3, 4], list("abab")))


def test_the_best_price_is_that_of_lambert_w():
    # d/dx of x / (1 + exp(-a - b x)) is 0 where -b x = 1 + W(exp(a - 1)).
    alpha, beta = np.array([5.0, 3.0, 6.5]), np.array([-0.8, -0.5, -1.2])
    exact = -(1 + special.lambertw(np.exp(alpha - 1)).real) / beta
    menu = np.linspace(0.5, 15, 29001)
    best = regression.best_price(alpha, beta, menu)
    np.testing.assert_allclose(best.price, exact, atol=3e-4)
    np.testing.assert_allclose(best.revenue, exact * special.expit(alpha + beta * exact), rtol=1e-6)
    np.testing.assert_allclose(regression.revenue_lost(best.price, alpha, beta, menu), 0, atol=1e-15)


def test_revenue_lost_is_what_the_wrong_price_costs():
    lost = regression.revenue_lost([4.0], [5.0], [-0.8], [4.0, 5.0])
    assert lost == pytest.approx(5 / (1 + np.exp(-1.0)) - 4 / (1 + np.exp(-1.8)))


def test_draws_are_averaged_before_the_price_is_chosen_not_after():
    # Half of the draws sell at 8 and never at 9, half sell at any price: the mean of the best prices is no answer.
    alpha, beta = np.array([[17.0 * 40], [50.0]]), np.array([[-2 * 40.0], [0.0]])
    menu = np.array([8.0, 9.0, 12.0])
    best = regression.best_price(alpha, beta, menu)
    expected = [(8 + 8) / 2, 9 / 2, 12 / 2]
    assert best.price == [menu[int(np.argmax(expected))]] == [8.0]
    assert best.revenue == pytest.approx(8.0)
    each = [regression.best_price(a, b, menu).price[0] for a, b in zip(alpha, beta, strict=True)]
    assert each == [8.0, 12.0]


def test_loss_under_draws_has_a_draw_for_each():
    alpha, beta = np.random.default_rng(1).normal([5, 3], 0.3, (50, 2)), np.full((50, 2), -0.8)
    lost = regression.revenue_lost([4.5, 3.0], alpha, beta, np.linspace(1, 10, 91))
    assert lost.shape == (50, 2)
    for d in (0, 49):
        alone = regression.revenue_lost([4.5, 3.0], alpha[d], beta[d], np.linspace(1, 10, 91))
        np.testing.assert_allclose(lost[d], alone)


def test_calibration_counts_by_hand():
    cells = regression.cells([1, 2, 3, 9], [1, 2, 1, 2], list("aabb"), trials=[10, 10, 10, 10])
    found = regression.calibration([0.1, 0.2, 0.3, 0.8], cells, bins=2, prob=0.9)
    np.testing.assert_allclose(found.predicted, [0.15, 0.55])
    np.testing.assert_allclose(found.observed, [3 / 20, 12 / 20])
    np.testing.assert_allclose(found.low, stats.beta.ppf(0.05, [3.5, 12.5], [17.5, 8.5]))
    np.testing.assert_allclose(found.high, stats.beta.ppf(0.95, [3.5, 12.5], [17.5, 8.5]))


def test_the_truth_is_calibrated_and_its_square_is_not():
    world = simulate.priced_cities(np.random.default_rng(2), users=[4000] * 10)
    cells = regression.cells(world.bought, world.price / 10, world.city)
    truth = special.expit(world.alpha[cells.groups.of_row] + world.beta[cells.groups.of_row] * cells.x)
    right = regression.calibration(truth, cells, bins=10, prob=0.999)
    assert np.all((right.low < right.predicted) & (right.predicted < right.high))
    wrong = regression.calibration(truth**2, cells, bins=10, prob=0.999)
    assert np.sum((wrong.low > wrong.predicted) | (wrong.predicted > wrong.high)) >= 4


def test_density_of_choices_is_binomial_without_its_coefficient(cells):
    rng = np.random.default_rng(1)
    alpha, beta = rng.normal(5, 1, (3, 10)), rng.normal(-0.8, 0.2, (3, 10))
    log_p = regression.choice_log_density(cells, alpha, beta)
    who = cells.groups.of_row
    rate = special.expit(alpha[:, who] + beta[:, who] * cells.x)
    full = stats.binom.logpmf(cells.successes, cells.trials, rate)
    constant = full - log_p
    np.testing.assert_allclose(constant, np.broadcast_to(constant[0], constant.shape), atol=1e-9)
    np.testing.assert_allclose(constant[0], np.log(special.comb(cells.trials, cells.successes)), atol=1e-9)


def test_contraception_has_districts_of_which_no_pooling_knows_nothing():
    women = data.load("contraception")
    own = regression.own_curves(regression.cells(women.use, women.urban, women.district))
    assert len(own.exists) == 60
    assert sum(len(set(women.urban[women.district == d])) == 1 for d in np.unique(women.district)) == 18
    assert own.exists.sum() <= 60 - 18


BAD = {
    "counts": (lambda: regression.cells([2, 0], [1, 2], "ab"), "successes must not exceed trials"),
    "constant": (lambda: regression.cells([1, 0], [1, 1], [1, 2]), "x must vary, got 1 in all 2 rows"),
    "empty group": (
        lambda: regression.cells([1, 0, 0], [1, 2, 3], ["a", "a", "b"], trials=[1, 1, 0]),
        "group 'b' has no trials: a group without rows has no cell",
    ),
    "log odds": (
        lambda: regression.calibration([-1.0, 0.5], regression.cells([1, 0], [1, 2], [1, 2])),
        r"predicted must be from 0 to 1, got predicted\[0\] = -1; did you pass log odds",
    ),
    **{
        f"bins {bins}, prob {prob}": (
            lambda bins=bins, prob=prob: regression.calibration(
                [0.2, 0.5], regression.cells([1, 0], [1, 2], [1, 2]), bins=bins, prob=prob
            ),
            f"bins must be at least 1 and prob between 0 and 1, got {bins} and {prob}",
        )
        for bins, prob in ((0, 0.9), (2, 0), (2, 1), (2, 1.5))
    },
    "free": (
        lambda: regression.best_price([1], [-1], [0, 1]),
        r"prices must be positive and finite, got prices\[0\] = 0",
    ),
    "shapes": (
        lambda: regression.best_price([1, 2], [-1], [1, 2]),
        "alpha and beta must have groups last and one shape",
    ),
    "price": (
        lambda: regression.revenue_lost([1, 2], [1], [-1], [1, 2]),
        "price must have one value for each of 1 groups",
    ),
    "groupless": (lambda: regression.cells([1, 0], [1, 2], [[1], [2]]), "group must have one label for each row"),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD.keys())
def test_choices_that_make_no_curve_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()

"""Lines that vary by group: closed forms against dense matrices, estimates against published ones and statsmodels."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.regression.mixed_linear_model import MixedLM

from course import data, regression
from course.regression import Population

RNG = np.random.default_rng(11)


@pytest.fixture(scope="module")
def radon():
    table = data.load("radon")
    return regression.group_rows(table.log_radon, table.floor, table.county)


@pytest.fixture(scope="module")
def uranium(radon):
    return regression.group_values(data.load("radon").log_uranium, radon.groups)


def dense(rows, population, u=None):
    """Posterior mean, covariance and log evidence of each line, by conditioning one big normal vector on another."""
    p = population
    spread = np.diag([p.tau_alpha, p.tau_beta]) @ [[1, p.rho], [p.rho, 1]] @ np.diag([p.tau_alpha, p.tau_beta])
    for j in range(len(rows.groups.labels)):
        here = rows.groups.of_row == j
        design = np.column_stack([np.ones(here.sum()), rows.x[here]])
        shift = 0.0 if u is None else u[j]
        mean = np.array([p.mu_alpha + p.gamma_alpha * shift, p.mu_beta + p.gamma_beta * shift])
        total = p.sigma**2 * np.eye(here.sum()) + design @ spread @ design.T
        gain = np.linalg.solve(total, design @ spread).T
        evidence = stats.multivariate_normal.logpdf(rows.y[here], design @ mean, total)
        yield mean + gain @ (rows.y[here] - design @ mean), spread - gain @ design @ spread, evidence


POPULATIONS = {
    "ordinary": Population(1.4, -0.7, 0.3, 0.4, -0.3, 0.75),
    "on the ridge": Population(1.4, -0.7, 0.3, 0.4, 1.0, 0.75),
    "one slope for all": Population(1.4, -0.7, 0.3, 0.0, 0.0, 0.75),
    "complete pooling": Population(1.4, -0.7, 0.0, 0.0, 0.0, 0.75),
    "hardly any pooling": Population(1.4, -0.7, 30.0, 40.0, 0.9, 0.75),
}


@pytest.mark.parametrize("population", POPULATIONS.values(), ids=POPULATIONS.keys())
def test_lines_given_the_population_are_those_of_the_big_normal_vector(radon, population):
    found = regression.lines_given(regression.sums(radon), population)
    evidence = regression.log_evidence(regression.sums(radon), population)
    for j, (mean, covariance, log_p) in enumerate(dense(radon, population)):
        np.testing.assert_allclose([found.alpha[j], found.beta[j]], mean, atol=1e-10)
        np.testing.assert_allclose([found.sd_alpha[j] ** 2, found.sd_beta[j] ** 2], np.diag(covariance), atol=1e-11)
        np.testing.assert_allclose(found.rho[j] * found.sd_alpha[j] * found.sd_beta[j], covariance[0, 1], atol=1e-11)
        assert evidence[j] == pytest.approx(log_p, abs=1e-9)


def test_a_group_predictor_moves_the_mean_line_that_groups_shrink_to(radon, uranium):
    population = Population(1.5, -0.7, 0.13, 0.3, 0.4, 0.75, 0.8, -0.4)
    found = regression.lines_given(regression.sums(radon), population, uranium)
    evidence = regression.log_evidence(regression.sums(radon), population, uranium)
    for j, (mean, _, log_p) in enumerate(dense(radon, population, uranium)):
        np.testing.assert_allclose([found.alpha[j], found.beta[j]], mean, atol=1e-10)
        assert evidence[j] == pytest.approx(log_p, abs=1e-9)


def test_many_draws_at_once_are_one_draw_after_the_other(radon, uranium):
    draws = Population(*RNG.uniform([1, -1, 0, 0, -1, 0.5, -1, -1], [2, 0, 1, 1, 1, 1, 1, 1], (6, 8)).T)
    together = regression.lines_given(regression.sums(radon), draws, uranium)
    assert together.alpha.shape == (6, 85)
    for i in range(6):
        one = Population(*(float(value[i]) for value in draws))
        alone = regression.lines_given(regression.sums(radon), one, uranium)
        for a, b in zip(together, alone, strict=True):
            np.testing.assert_allclose(a[i], b, rtol=1e-12)


def test_no_noise_and_endless_spread_give_back_the_groups_own_lines(sleep):
    own = regression.own_lines(sleep)
    pooled = regression.lines_given(regression.sums(sleep), Population(0, 0, 1e5, 1e5, 0, 1.0))
    np.testing.assert_allclose(pooled.alpha, own.alpha, rtol=1e-6)
    np.testing.assert_allclose(pooled.beta, own.beta, atol=1e-6)
    for j in range(18):
        here = sleep.groups.of_row == j
        np.testing.assert_allclose([own.beta[j], own.alpha[j]], np.polyfit(sleep.x[here], sleep.y[here], 1), rtol=1e-9)


def test_counties_without_both_floors_have_no_line_of_their_own_and_say_so(radon):
    own = regression.own_lines(radon)
    both = [len(set(radon.x[radon.groups.of_row == j])) == 2 for j in range(85)]
    assert own.has_line.tolist() == both
    assert own.alpha.mask.tolist() == own.beta.mask.tolist() == (~own.has_line).tolist()
    assert np.isfinite(own.alpha.compressed()).all()
    with pytest.raises(ValueError, match="masked"):
        regression.revenue_curves(own.alpha, own.beta, [1, 2])


def test_arrows_start_at_own_lines_and_name_the_groups_without(radon):
    own = regression.own_lines(radon)
    pooled = regression.lines_given(regression.sums(radon), POPULATIONS["ordinary"])
    arrows = regression.arrows(own, pooled, radon.groups.labels)
    assert len(arrows.labels) == own.has_line.sum() == 60
    assert set(arrows.without) == set(radon.groups.labels) - set(arrows.labels)
    j = int(np.flatnonzero(arrows.labels == "Aitkin")[0])
    assert (arrows.from_alpha[j], arrows.to_beta[j]) == (own.alpha[0], pooled.beta[0])
    with pytest.raises(ValueError, match="must describe the same groups, got 85, 85 and 84"):
        regression.arrows(own, pooled, radon.groups.labels[1:])


def test_complete_pooling_is_least_squares_through_everything(radon):
    line = regression.one_line(radon)
    np.testing.assert_allclose([line.beta, line.alpha], np.polyfit(radon.x, radon.y, 1), rtol=1e-10)
    residual = radon.y - line.alpha - line.beta * radon.x
    assert line.sigma == pytest.approx(np.sqrt(residual @ residual / 917))


def test_noise_within_groups_is_the_pooled_residual(sleep):
    own = regression.own_lines(sleep)
    residual = sleep.y - own.alpha[sleep.groups.of_row] - own.beta[sleep.groups.of_row] * sleep.x
    assert regression.within_sd(regression.sums(sleep)) == pytest.approx(np.sqrt(residual @ residual / (180 - 36)))


def test_sleepstudy_reml_is_the_published_lmer_fit(sleep):
    fit = regression.fit_mixed(sleep)
    p = fit.population
    # Bates et al. (2015), J. Stat. Software 67(1), section 1.1 and the example of lme4's lmer.
    assert (round(p.mu_alpha, 3), round(p.mu_beta, 3)) == (251.405, 10.467)
    assert (round(p.tau_alpha, 2), round(p.tau_beta, 2), round(p.rho, 2)) == (24.74, 5.92, 0.07)
    assert round(p.sigma, 2) == 25.59
    assert fit.standard_errors == pytest.approx([6.825, 1.546], abs=5e-4)
    assert -2 * fit.log_likelihood == pytest.approx(1743.6, abs=0.05)
    assert not fit.on_boundary


@pytest.mark.parametrize(
    "formula", ["log_radon ~ floor", "log_radon ~ floor + log_uranium", "log_radon ~ floor * log_uranium"]
)
def test_radon_reml_is_that_of_statsmodels_or_better(radon, uranium, formula):
    with_u, on_slope = "uranium" in formula, "*" in formula
    ours = regression.fit_mixed(radon, uranium if with_u else None, on_slope=on_slope)
    frame = pd.DataFrame(dict(data.load("radon").columns))
    theirs = MixedLM.from_formula(formula, frame, groups="county", re_formula="~floor")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its optimiser gives up on the ridge and says so
        fit = theirs.fit(reml=True)
    p = ours.population
    spread = np.array([[p.tau_alpha**2, p.rho * p.tau_alpha * p.tau_beta], [0, p.tau_beta**2]])
    spread[1, 0] = spread[0, 1]
    assert ours.log_likelihood >= fit.llf - 1e-3
    if not with_u:  # where it converges, all numbers agree
        assert ours.log_likelihood == pytest.approx(fit.llf, abs=1e-3)
        assert [p.mu_alpha, p.mu_beta] == pytest.approx(fit.fe_params.tolist(), abs=2e-3)
        np.testing.assert_allclose(spread, fit.cov_re.to_numpy(), atol=3e-4)
        assert p.sigma == pytest.approx(np.sqrt(fit.scale), abs=1e-4)
        # Theirs come from the curvature in all parameters at once, lmer's and ours from that of the mean line.
        assert ours.standard_errors == pytest.approx(fit.bse_fe.tolist(), rel=0.03)


def test_maximum_likelihood_is_the_top_of_the_evidence(radon, uranium):
    fit = regression.fit_mixed(radon, uranium, method="ml")
    top = regression.log_evidence(regression.sums(radon), fit.population, uranium).sum()
    assert fit.log_likelihood == pytest.approx(top, abs=1e-8)
    for name in ("mu_alpha", "mu_beta", "tau_alpha", "tau_beta", "rho", "sigma", "gamma_alpha"):
        for step in (-0.01, 0.01):
            near = fit.population._replace(**{name: getattr(fit.population, name) + step})
            assert regression.log_evidence(regression.sums(radon), near, uranium).sum() < top


@pytest.mark.parametrize("origin", [0, 4.5, 9])
def test_without_a_correlation_the_fit_is_the_highest_of_those_without(sleep, origin):
    moved = regression.group_rows(sleep.y, sleep.x - origin, sleep.groups.labels[sleep.groups.of_row])
    fit, free = (regression.fit_mixed(moved, method="ml", correlated=correlated) for correlated in (False, True))
    sums = regression.sums(moved)

    def lower(q):
        tau_alpha, tau_beta, sigma = np.exp(q[2:])
        p = regression.Population(q[0], q[1], tau_alpha, tau_beta, 0.0, sigma)
        return -regression.log_evidence(sums, p).sum()

    best = optimize.minimize(lower, [300, 10, *np.log([30, 6, 25])], method="BFGS")
    assert fit.population.rho == 0
    assert fit.log_likelihood == pytest.approx(-best.fun, abs=1e-4)
    assert fit.log_likelihood <= free.log_likelihood + 1e-8


def test_groups_that_do_not_differ_are_estimated_on_the_boundary():
    x = np.tile(np.arange(6.0), 12)
    y = 3 + 2 * x + np.tile([1.0, -1, 1, -1, 1, -1], 12) + np.repeat(np.tile([0.01, -0.01], 6), 6)
    fit = regression.fit_mixed(regression.group_rows(y, x, np.repeat(np.arange(12), 6)))
    assert fit.on_boundary
    assert fit.population.tau_beta < 0.05


@given(st.integers(0, 10_000), st.floats(-1e4, 1e4), st.floats(1e-3, 1e3))
def test_moving_and_stretching_x_changes_the_numbers_and_not_the_fit(seed, centre, unit):
    rng = np.random.default_rng(seed)
    group, x = np.repeat(np.arange(8), 5), rng.normal(size=40)
    y = rng.normal(size=8)[group] + (1 + rng.normal(size=8))[group] * x + rng.normal(size=40)
    plain, moved = (regression.group_rows(y, v, group) for v in (x, centre + unit * x))
    there = regression.own_lines(moved)
    scale = regression.scale(moved.x, unit=unit)
    scaled = regression.own_lines(moved._replace(x=scale.to(moved.x)))
    alpha, beta = scale.lines_back(scaled.alpha, scaled.beta)
    np.testing.assert_allclose(beta, there.beta, rtol=1e-6, atol=1e-9 / unit)
    np.testing.assert_allclose(alpha + beta * centre, regression.own_lines(plain).alpha, rtol=1e-5, atol=1e-5)


def test_sums_are_what_they_are_called(radon):
    data_ = regression.sums(radon)
    for j in (0, 3, 69):
        x, y = (v[radon.groups.of_row == j] for v in (radon.x, radon.y))
        right = [len(x), x.mean(), y.mean(), x.var() * len(x), np.mean((x - x.mean()) * y) * len(x), y.var() * len(x)]
        np.testing.assert_allclose([column[j] for column in data_], right, atol=1e-10)


def test_group_values_must_agree_within_a_group(radon):
    with pytest.raises(
        ValueError, match=r"values must be the same in all rows of a group, got 1 and 0 in group 'Aitkin'"
    ):
        regression.group_values(radon.x, radon.groups)


BAD_ROWS = {
    "constant x": (
        ([1, 2, 3], [2, 2, 2], "abc"),
        r"x must vary, got 2 in all 3 rows: a constant predictor has no slope",
    ),
    "log of zero": (
        ([1, -np.inf, 3], [1, 2, 3], "abc"),
        r"y must be finite, got y\[1\] = -inf; did a logarithm meet a 0",
    ),
    "NaN": (([1, np.nan, 3], [1, 2, 3], "abc"), r"y must not contain NaN or None, got y\[1\]"),
    "lengths": (([1, 2, 3], [1, 2, 3], "ab"), r"all must have one value for each row, got y 3, x 3, group 2"),
    "unnamed group": (
        ([1, 2, 3], [1, 2, 3], ["a", None, "b"]),
        r"group must name the group of every row, got group\[1\]",
    ),
    "no rows": (([], [], []), r"y must have one value for each row, got shape \(0,\)"),
}


@pytest.mark.parametrize(("columns", "message"), BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_rows_that_make_no_regression_are_refused(columns, message):
    y, x, group = columns
    with pytest.raises(ValueError, match=message):
        regression.group_rows(y, x, list(group))


BAD_POPULATIONS = {
    "tau": (Population(0, 0, -1, 1), r"tau_alpha must not be negative, got tau_alpha\[0\] = -1"),
    "rho": (Population(0, 0, 1, 1, 1.5), r"rho must be from -1 to 1, got rho\[0\] = 1.5; did you pass a covariance"),
    "sigma": (Population(0, 0, 1, 1, 0, 0), r"sigma must be positive, got sigma\[0\] = 0"),
    "endless": (Population(0, 0, np.inf, 1), r"tau_alpha must be finite"),
    "draws": (Population(np.zeros(3), 0, np.ones(2), 1), "population must have one number of draws"),
    "gamma": (Population(0, 0, 1, 1, gamma_alpha=1.0), "predictor must be given, got None while gamma is not 0"),
}


@pytest.mark.parametrize(("population", "message"), BAD_POPULATIONS.values(), ids=BAD_POPULATIONS.keys())
def test_a_population_that_is_none_is_refused(sleep, population, message):
    with pytest.raises(ValueError, match=message):
        regression.lines_given(regression.sums(sleep), population)


def test_predictors_of_the_wrong_kind_are_refused(sleep):
    with pytest.raises(ValueError, match=r"predictor must have one value for each of 18 groups, got shape \(180,\)"):
        regression.fit_mixed(sleep, sleep.x)
    with pytest.raises(ValueError, match="predictor must vary between groups, got 1 in all of them"):
        regression.fit_mixed(sleep, np.ones(18))
    with pytest.raises(ValueError, match="predictor must have one value for each of 18 groups, got 3"):
        regression.lines_given(regression.sums(sleep), Population(0, 0, 1, 1), [1, 2, 3])
    with pytest.raises(ValueError, match="unit must be positive"):
        regression.scale([1, 2], unit=0)
    with pytest.raises(ValueError, match="groups must be at least 3, got 2"):
        regression.fit_mixed(regression.group_rows([1, 2, 3, 4], [1, 2, 1, 2], list("aabb")))
    with pytest.raises(ValueError, match="x must vary within some group, got one value in each of 2 groups"):
        regression.own_lines(regression.group_rows([1, 2, 3, 4], [1, 1, 2, 2], list("aabb")))


def test_the_predictor_of_a_single_group_is_constant():
    rows = regression.group_rows([1, 2, 4], [1, 2, 3], list("aaa"))
    with pytest.raises(ValueError, match="predictor must vary between groups, got 3 in all of them"):
        regression.fit_mixed(rows, [3.0])


@given(seed=st.integers(0, 1000))
def test_the_best_mean_line_is_where_the_evidence_is_highest(seed):
    rng = np.random.default_rng(seed)
    rows = regression.group_rows(rng.normal(0, 2, 40), rng.normal(1, 1, 40), rng.integers(0, 9, 40))
    data = regression.sums(rows)
    tau_alpha, tau_beta = rng.uniform(0, 2, 2) * (rng.random(2) > 0.2)
    population = regression.Population(0.0, 0.0, tau_alpha, tau_beta, rng.uniform(-0.9, 0.9), rng.uniform(0.3, 2))
    best = regression.best_mean_line(data, population)

    def evidence(line):
        return regression.log_evidence(data, population._replace(mu_alpha=line[0], mu_beta=line[1])).sum()

    for away in ([1e-3, 0], [0, 1e-3], [-1e-3, 0], [0, -1e-3]):
        assert evidence(best) > evidence(best + away)


def test_drawn_lines_have_the_moments_they_were_asked_for():
    given_lines = regression.Lines(*(np.full(200_000, v) for v in (1.0, -2.0, 0.5, 2.0, -0.7)))
    alpha, beta = regression.draw_lines(given_lines, np.random.default_rng(1))
    found = [alpha.mean(), beta.mean(), alpha.std(), beta.std(), np.corrcoef(alpha, beta)[0, 1]]
    np.testing.assert_allclose(found, [1.0, -2.0, 0.5, 2.0, -0.7], atol=0.02)


@pytest.mark.parametrize(
    ("origin", "unit"), [(45_000, 1), (2_455_197, 1), (-1e6, 1), (1e9, 1), (0, 1e-9), (0, 1e9), (-1e12, 1e6)]
)
def test_a_fit_does_not_depend_on_the_origin_or_the_unit_of_x(sleep, origin, unit):
    labels = sleep.groups.labels[sleep.groups.of_row]
    moved = regression.group_rows(sleep.y, origin + unit * sleep.x, labels)
    for method in ("reml", "ml"):
        here, there = (regression.fit_mixed(rows, method=method) for rows in (sleep, moved))
        # Under REML the volume of the coefficients is counted in their units.
        volume = np.log(unit) if method == "reml" else 0.0
        assert there.log_likelihood == pytest.approx(here.log_likelihood - volume, abs=1e-6)
        for name in ("mu_beta", "tau_beta"):
            assert getattr(there.population, name) * unit == pytest.approx(getattr(here.population, name), rel=1e-5)
        assert there.population.sigma == pytest.approx(here.population.sigma, rel=1e-6)
        assert there.standard_errors[1] * unit == pytest.approx(here.standard_errors[1], rel=1e-5)
    if abs(origin) < 1e8 * unit:  # farther away the correlation of heights and slopes is 1 in a float
        own, theirs = (
            regression.lines_given(regression.sums(rows), regression.fit_mixed(rows).population)
            for rows in (sleep, moved)
        )
        np.testing.assert_allclose(theirs.beta * unit, own.beta, rtol=1e-4)
        np.testing.assert_allclose(theirs.sd_beta * unit, own.sd_beta, rtol=1e-3)
    own, theirs = (regression.own_lines(rows) for rows in (sleep, moved))
    np.testing.assert_allclose(theirs.beta * unit, own.beta, rtol=1e-6)
    assert regression.one_line(moved).beta * unit == pytest.approx(regression.one_line(sleep).beta, rel=1e-6)
    assert regression.within_sd(regression.sums(moved)) == pytest.approx(
        regression.within_sd(regression.sums(sleep)), rel=1e-6
    )


@pytest.mark.parametrize(("origin", "unit"), [(1e6, 1), (0, 1e-9), (-3, 1e9)])
def test_a_fit_does_not_depend_on_the_origin_or_the_unit_of_a_group_predictor_or_of_y(radon, uranium, origin, unit):
    here = regression.fit_mixed(radon, uranium, on_slope=True)
    there = regression.fit_mixed(radon, origin + unit * uranium, on_slope=True)
    assert there.log_likelihood == pytest.approx(here.log_likelihood - 2 * np.log(unit), abs=1e-5)
    for name in ("gamma_alpha", "gamma_beta"):
        assert getattr(there.population, name) * unit == pytest.approx(getattr(here.population, name), rel=1e-4)
    rows = regression.Rows(origin + unit * radon.y, radon.x, radon.groups)
    free = radon.y.size - 2
    ours = regression.fit_mixed(rows)
    assert ours.log_likelihood == pytest.approx(
        regression.fit_mixed(radon).log_likelihood - free * np.log(unit), abs=1e-5
    )


NOT_IDENTIFIED = {
    "one row a group": (np.arange(9.0) ** 2, np.arange(9.0), np.arange(9), "intercept and noise cannot be told apart"),
    "as many lines' numbers as rows": (
        np.sin(np.arange(20)), np.tile([0, 1], 10), np.repeat(np.arange(10), 2), "intercept and slope and noise cannot",
    ),
    "x is of groups, and has two values": (
        np.sin(np.arange(20)), np.repeat([0, 1, 0, 1, 1], 4), np.repeat(np.arange(5), 4), "intercept and slope cannot",
    ),
    "y is a line": (np.arange(20.0), np.arange(20.0), np.repeat(np.arange(5), 4), "y must not lie exactly on a line"),
    "y is constant": (np.full(20, 7.1), np.arange(20.0), np.repeat(np.arange(5), 4), "y must not lie exactly on a"),
}  # fmt: skip


@pytest.mark.parametrize(("y", "x", "group", "message"), NOT_IDENTIFIED.values(), ids=NOT_IDENTIFIED.keys())
def test_what_no_data_of_this_design_can_tell_apart_is_named(y, x, group, message):
    with pytest.raises(ValueError, match=message):
        regression.fit_mixed(regression.group_rows(y, x, group))


def test_a_predictor_that_follows_from_x_is_named():
    x = np.repeat(np.arange(5.0), 4)
    rows = regression.group_rows(np.sin(np.arange(20)), x, np.repeat(np.arange(5), 4))
    with pytest.raises(ValueError, match="mean line is not identified: x and predictor cannot be told apart"):
        regression.fit_mixed(rows, 1e6 + 3 * np.arange(5.0))

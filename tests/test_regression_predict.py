"""Populations without a chain, three predictions and scores of what was left out."""

import warnings

import arviz as az
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from course import data, regression
from course.regression import LineDraws, LinePriors, Population, UnseenGroupError, exact
from course.regression.scores import pareto_smooth

PRIORS = LinePriors((250, 100), (0, 50), 50, 20, sigma=50)


@pytest.fixture(scope="module")
def found(sleep):
    return regression.exact_population(sleep, PRIORS, np.random.default_rng(1), draws=8000)


def test_the_prior_is_the_product_of_its_parts():
    p = Population(240.0, 12.0, 30.0, 5.0, 0.4, 25.0, 0.7, -0.2)
    parts = [stats.norm.logpdf(240, 250, 100), stats.norm.logpdf(12, 0, 50), stats.halfnorm.logpdf(30, scale=50)]
    parts += [stats.halfnorm.logpdf(5, scale=20), stats.halfnorm.logpdf(25, scale=50)]
    parts += [np.log(0.75 * (1 - 0.4**2))]  # Beta(2, 2) stretched to (-1, 1) is 3/4 (1 - rho^2)
    log_p = regression.log_prior(p, PRIORS, with_gamma=False, on_slope=False)
    assert log_p == pytest.approx([sum(parts)])
    both = regression.log_prior(p, PRIORS, with_gamma=True, on_slope=True)
    assert both - log_p == pytest.approx([stats.norm.logpdf(0.7) + stats.norm.logpdf(-0.2)])


def test_a_flat_prior_and_many_groups_leave_the_likelihood():
    # 400 groups: the posterior is nearly normal about the maximum, whatever the (wide) prior.
    rng = np.random.default_rng(5)
    group, x = np.repeat(np.arange(400), 8), np.tile(np.arange(8.0), 400)
    z = rng.standard_normal((2, 400))
    y = 3 + z[0][group] + (1 + 0.5 * (0.5 * z[0] + np.sqrt(0.75) * z[1]))[group] * x + rng.standard_normal(3200)
    rows = regression.group_rows(y, x, group)
    wide = LinePriors((0, 1e3), (0, 1e3), 1e3, 1e3, sigma=1e3, eta=1)
    exact = regression.exact_population(rows, wide, rng, tries=4000, draws=4000).population
    fit = regression.fit_mixed(rows)
    for name, size in (("mu_alpha", 0.05), ("mu_beta", 0.03), ("tau_alpha", 0.05), ("tau_beta", 0.02), ("sigma", 0.01)):
        assert np.mean(getattr(exact, name)) == pytest.approx(getattr(fit.population, name), abs=0.3 * size), name
    assert np.std(exact.mu_beta) == pytest.approx(fit.standard_errors[1], rel=0.08)
    assert np.mean(exact.rho) == pytest.approx(fit.population.rho, abs=0.02)


def test_sleepstudy_population_is_that_of_a_brute_force_walk(sleep, found):
    # Metropolis on the joint density of population and lines written with scipy's densities: no line integrated out.
    assert found.pareto_k < 0.5
    mean, sd = walk(sleep, np.random.default_rng(3))
    for name, m, s in zip(("mu_alpha", "mu_beta", "tau_alpha", "tau_beta", "rho", "sigma"), mean, sd, strict=True):
        draws = getattr(found.population, name)
        assert np.mean(draws) == pytest.approx(m, abs=0.12 * s), name
        assert np.std(draws) == pytest.approx(s, rel=0.12), name


def walk(rows, rng, steps=60_000):
    """Gibbs for the lines and the mean line (conjugate), Metropolis for the four spreads: a different road."""
    j, n = rows.groups.of_row, 18
    design = np.column_stack([np.ones(10), np.arange(10.0)])
    y = rows.y.reshape(18, 10)
    mu, q = np.array([250.0, 10.0]), np.array([np.log(25), np.log(6), 0.0, np.log(25)])
    prior_precision = np.diag([1 / 100**2, 1 / 50**2])
    lines = np.tile(mu, (n, 1))
    kept = []

    def spread(q):
        a, b, r = np.exp(q[0]), np.exp(q[1]), np.tanh(q[2])
        return np.array([[a * a, r * a * b], [r * a * b, b * b]])

    def height(q, lines, mu):
        a, b, s = np.exp(q[0]), np.exp(q[1]), np.exp(q[3])
        v = spread(q)
        e = lines - mu
        squares = np.sum((y - lines @ design.T) ** 2)
        quad = np.einsum("ja,ab,jb->", e, np.linalg.inv(v), e)
        priors = -0.5 * ((a / 50) ** 2 + (b / 20) ** 2 + (s / 50) ** 2) + q[0] + q[1] + q[3]
        lkj = 2 * np.log1p(-(np.tanh(q[2]) ** 2))  # Beta(2, 2) and the derivative of tanh
        return -0.5 * quad - 0.5 * n * np.log(np.linalg.det(v)) - 180 * q[3] - 0.5 * squares / s**2 + priors + lkj

    for step in range(steps // 10):
        v, s2 = spread(q), np.exp(2 * q[3])
        precision = np.linalg.inv(v)
        c = np.linalg.inv(precision + design.T @ design / s2)
        m = (precision @ mu + y @ design / s2) @ c
        lines = m + rng.standard_normal((n, 2)) @ np.linalg.cholesky(c).T
        c = np.linalg.inv(n * precision + prior_precision)
        m = c @ (precision @ lines.sum(0) + prior_precision @ [250, 0])
        mu = m + np.linalg.cholesky(c) @ rng.standard_normal(2)
        here = height(q, lines, mu)
        for _ in range(4):
            new = q + rng.normal(0, [0.3, 0.3, 0.4, 0.08])
            there = height(new, lines, mu)
            if np.log(rng.random()) < there - here:
                q, here = new, there
        if step > 300:
            kept.append([*mu, np.exp(q[0]), np.exp(q[1]), np.tanh(q[2]), np.exp(q[3])])
    assert len(j) == 180
    return np.mean(kept, 0), np.std(kept, 0)


def test_the_density_in_its_coordinates_is_that_of_the_population_times_the_volume(sleep):
    # Means and log spreads move evenly, a correlation does not: the volume by differences, at points far from 0.
    problem = exact._problem(sleep, PRIORS, None, False)
    points = np.random.default_rng(6).normal(0, 0.7, (6, 6))

    def population(q):
        return np.array([float(value[0]) for value in exact._as_population(problem, q[None])[:6]])

    wanted = []
    for q in points:
        moved = [(population(q + step) - population(q - step)) / 2e-6 for step in 1e-6 * np.eye(6)]
        p = Population(*population(q))
        log_p = regression.log_prior(p, PRIORS, with_gamma=False, on_slope=False)[0]
        evidence = regression.log_evidence(regression.sums(sleep), p).sum()
        wanted.append(log_p + evidence + np.linalg.slogdet(moved)[1])
    found = exact._log_posterior(problem, points)
    np.testing.assert_allclose(found - found[0], np.array(wanted) - wanted[0], atol=1e-5)


def test_leaving_a_subject_out_is_fitting_without_that_subject(sleep, found):
    # The same score by refitting: the population from 17 subjects, then the evidence of the eighteenth.
    evidence = regression.log_evidence(regression.sums(sleep), found.population)
    scores = regression.leave_out(evidence)
    # One subject, 332, moves the population so far that importance sampling must give up, and it says so.
    assert sleep.groups.labels[scores.pareto_k > 0.7].tolist() == [332]
    for j in (0, 3, 10):
        kept = sleep.groups.of_row != j
        rest = regression.group_rows(sleep.y[kept], sleep.x[kept], sleep.groups.labels[sleep.groups.of_row[kept]])
        without = regression.exact_population(rest, PRIORS, np.random.default_rng(j), draws=8000).population
        log_p = regression.log_evidence(regression.sums(sleep), without)[:, j]
        refit = np.log(np.mean(np.exp(log_p - log_p.max()))) + log_p.max()
        assert scores.log_score[j] == pytest.approx(refit, abs=0.06), j


def test_scores_and_warnings_are_arvizs(sleep, found):
    lines = draws_of(sleep, found.population, np.random.default_rng(2))
    log_p = regression.row_log_density(sleep, lines.alpha, lines.beta, found.population.sigma)
    ours = regression.leave_out(log_p)
    tree = az.from_dict(
        {
            "posterior": {"sigma": found.population.sigma.reshape(4, -1)},
            "log_likelihood": {"y": log_p.reshape(4, 2000, -1)},
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # subject 332 has a day that no line explains: k is above 0.7 for both
        theirs = az.loo(tree, pointwise=True, reff=1.0)
    good = ours.pareto_k < 0.6
    assert good.sum() >= 175
    np.testing.assert_allclose(ours.log_score[good], theirs.elpd_i.values[good], atol=2e-3)
    np.testing.assert_allclose(ours.pareto_k, theirs.pareto_k.values, atol=0.04)
    assert ours.total == pytest.approx(float(theirs.elpd), abs=0.05)
    assert ours.standard_error == pytest.approx(float(theirs.se), rel=0.01)


def test_row_density_is_the_normal_density(sleep, found):
    lines = draws_of(sleep, found.population, np.random.default_rng(2))
    log_p = regression.row_log_density(sleep, lines.alpha, lines.beta, found.population.sigma)
    i, d = 57, 11
    j = sleep.groups.of_row[i]
    mean = lines.alpha[d, j] + lines.beta[d, j] * sleep.x[i]
    assert log_p[d, i] == pytest.approx(stats.norm.logpdf(sleep.y[i], mean, found.population.sigma[d]))


def test_a_tail_of_equal_weights_above_the_rest_is_left_as_it_is():
    ratio = np.r_[np.zeros(905), np.ones(95)]  # of a thousand draws the tail is 3 sqrt(1000), rounded up
    log_weight, k = pareto_smooth(ratio)
    np.testing.assert_allclose(np.exp(log_weight), np.exp(ratio) / (905 + 95 * np.e))
    assert k == -np.inf


def test_equal_weights_stay_equal_and_one_giant_is_reported():
    log_w, k = pareto_smooth(np.zeros(1000))
    np.testing.assert_allclose(np.exp(log_w), 1e-3)
    assert k == -np.inf
    heavy = stats.genpareto(1.2).rvs(20_000, random_state=1)
    assert pareto_smooth(np.log(heavy))[1] == pytest.approx(1.2, abs=0.15)
    light = stats.genpareto(0.3).rvs(20_000, random_state=1)
    assert pareto_smooth(np.log(light))[1] == pytest.approx(0.3, abs=0.15)


@pytest.mark.parametrize("shape_of_all", [0.6, -0.9])
def test_the_shape_of_a_tail_is_zhang_and_stephens_mean_written_out(shape_of_all):
    ratio = np.log(stats.genpareto(shape_of_all).rvs(4000, random_state=2))
    order = np.sort(np.exp(ratio - ratio.max()))
    tail = order[-190:] - order[-191]  # 3 sqrt(4000), rounded up, above the largest of the others
    n, m, quartile = 190, 30 + 13, np.sort(tail)[int(190 / 4 + 0.5) - 1]
    b = [1 / tail.max() + (1 - (m / (i - 0.5)) ** 0.5) / (3 * quartile) for i in range(1, m + 1)]
    shape = [np.mean(np.log(1 - one * tail)) for one in b]
    height = [n * (np.log(-one / k) - k - 1) for one, k in zip(b, shape, strict=True)]
    best = sum(one / sum(np.exp(other - at) for other in height) for one, at in zip(b, height, strict=True))
    k = np.mean(np.log(1 - best * tail))
    assert pareto_smooth(ratio)[1] == pytest.approx((n * k + 5) / (n + 10), rel=1e-9)


def draws_of(rows, population, rng):
    given = regression.lines_given(regression.sums(rows), population)
    z = rng.standard_normal((2, *given.alpha.shape))
    alpha = given.alpha + given.sd_alpha * z[0]
    beta = given.beta + given.sd_beta * (given.rho * z[0] + np.sqrt(1 - given.rho**2) * z[1])
    return LineDraws(population, alpha, beta, rows.groups)


def test_three_questions_have_three_spreads(sleep, found):
    rng = np.random.default_rng(4)
    draws = draws_of(sleep, found.population, rng)
    line, row, new = draws.line(308, 5), draws.new_row(308, 5, rng), draws.new_group(5, rng)
    sigma2 = np.mean(found.population.sigma**2)
    assert row.var() == pytest.approx(line.var() + sigma2, rel=0.05)
    assert row.mean() == pytest.approx(line.mean(), abs=1)
    p = found.population
    cov = p.rho * p.tau_alpha * p.tau_beta
    spread = np.mean(p.tau_alpha**2 + 10 * cov + 25 * p.tau_beta**2) + np.var(p.mu_alpha + 5 * p.mu_beta)
    assert new.var() == pytest.approx(spread, rel=0.06)
    assert new.mean() == pytest.approx(np.mean(p.mu_alpha + 5 * p.mu_beta), abs=2)
    assert draws.new_group([0, 5], rng, row=True).shape == (8000, 2)


def test_an_unseen_group_is_asked_about_and_not_guessed(sleep, found):
    draws = draws_of(sleep, found.population, np.random.default_rng(2))
    for ask in (lambda: draws.line(999, 5), lambda: draws.new_row(999, 5, np.random.default_rng(1))):
        with pytest.raises(
            UnseenGroupError, match=r"got 999; what is the question\? .*line\(\).*new_row\(\).*new_group\(\)"
        ):
            ask()
    with pytest.raises(ValueError, match=r"predictor must be left out, got 0\.3: this model has no group predictor"):
        draws.new_group(5, np.random.default_rng(1), predictor=0.3)


def test_a_new_county_with_its_uranium_is_less_uncertain_than_without():
    table = data.load("radon")
    rows = regression.group_rows(table.log_radon, table.floor, table.county)
    u = regression.group_values(table.log_uranium, rows.groups)
    n = 40_000
    p = Population(*(np.full(n, v) for v in (1.46, -0.64, 0.14, 0.35, 0.1, 0.75, 0.76, 0.0)))
    draws = LineDraws(p, np.zeros((n, 85)), np.zeros((n, 85)), rows.groups, u)
    rng = np.random.default_rng(1)
    known, unknown = draws.new_group(0, rng, predictor=0.5), draws.new_group(0, rng, predictor="unknown")
    assert known.mean() == pytest.approx(1.46 + 0.76 * 0.5, abs=0.01)
    assert known.std() == pytest.approx(0.14, rel=0.02)
    assert unknown.var() == pytest.approx(0.14**2 + 0.76**2 * u.var(), rel=0.03)
    with pytest.raises(ValueError, match=r"predictor must be given, got None: the mean line depends on it.*'unknown'"):
        draws.new_group(0, rng)
    with pytest.raises(ValueError, match="predictor must be a number or 'unknown', got 'high'"):
        draws.new_group(0, rng, predictor="high")
    with pytest.raises(ValueError, match="predictor must be given, got None while gamma is not 0"):
        LineDraws(p, np.zeros((n, 85)), np.zeros((n, 85)), rows.groups)


def test_bad_draws_priors_and_densities_are_refused(sleep, found):
    with pytest.raises(ValueError, match=r"alpha and beta must have shape \(8000, 18\), got \(18, 8000\)"):
        LineDraws(found.population, np.zeros((18, 8000)), np.zeros((18, 8000)), sleep.groups)
    with pytest.raises(ValueError, match="tau_beta must be positive and finite, got 0; it is the scale of a prior"):
        regression.exact_population(sleep, PRIORS._replace(tau_beta=0), np.random.default_rng(1))
    with pytest.raises(ValueError, match=r"log_density must have shape \(n_draws >= 100, n_parts\), got \(18, 400\)"):
        regression.leave_out(np.zeros((18, 400)))
    with pytest.raises(ValueError, match=r"log_density must be finite, got log_density\[0, 0\] = -inf"):
        regression.leave_out(np.full((400, 2), -np.inf))
    with pytest.raises(ValueError, match="predictor must be given when on_slope is True"):
        regression.exact_population(sleep, PRIORS, np.random.default_rng(1), on_slope=True)
    with pytest.raises(ValueError, match="rng must be a NumPy generator, got 42"):
        regression.exact_population(sleep, PRIORS, 42)


def test_rows_of_different_index_masks_and_labels_without_a_name_are_refused():
    y = pd.Series([3.0, 1.0, 2.0, 5.0])
    x, city = y * 2 + 1, pd.Series(["a", "b", "a", "b"])
    for arguments, message in (
        ((y.sort_values(), x, city), "y and x must have the same index"),
        ((y, x, city.iloc[::-1]), "y and group must have the same index"),
        ((np.ma.masked_array(y, mask=[0, 1, 0, 0]), x, city), r"y must have no masked values, got y\[1\] masked"),
        ((y, x.where(x > 3), city), r"x must not contain NaN or None, got x\[1\] = nan"),
        ((y, x, city.where(city == "a")), r"got group\[1\] = nan"),
        ((y, x.astype(str), city), "digits in quotation marks|which is text"),
    ):
        with pytest.raises(ValueError, match=message):
            regression.group_rows(*arguments)
    rows = regression.group_rows(y.astype("Float64"), (y > 2).astype("boolean"), city.astype("category"))
    np.testing.assert_array_equal(rows.x, [1, 0, 0, 1])
    np.testing.assert_array_equal(rows.groups.labels, ["a", "b"])


def test_a_group_may_be_named_by_a_tuple():
    rows = regression.group_rows([1.0, 2, 3, 5], [0.0, 1, 0, 1], [("a", 1), ("b", 2), ("a", 1), ("b", 2)])
    draws = regression.LineDraws(
        regression.Population(*np.zeros((2, 5)), *np.ones((2, 5))),
        np.ones((5, 2)),
        np.ones((5, 2)) * [1, 2],
        rows.groups,
    )
    assert draws.line(("b", 2), 1.0)[0] == 3.0
    with pytest.raises(regression.UnseenGroupError, match=r"got \('b', 1\)"):
        draws.line(("b", 1), 1.0)

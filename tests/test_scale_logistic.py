"""Many groups' log odds: held against quadrature with scipy, differences, simulated truth, and itself rearranged."""

import dataclasses
import pickle
import warnings

import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

from course import scale, simulate
from course.scale.grouped import sort_rows
from course.scale.logistic import separated


def world(groups, rows, seed=0, rho=-0.6):
    """Cities with from 1 to 2 * rows users."""
    rng = np.random.default_rng(seed)
    users = rng.integers(1, 2 * rows, groups)
    found = simulate.priced_cities(rng, users=users, rho=rho)
    return found.price / 10, found.bought, found.city, found


@pytest.fixture(scope="module")
def few():
    return world(80, 40)


@pytest.fixture(scope="module")
def many():
    return world(3000, 60, seed=1)


def joint(theta, x, y, mean, cov):
    """Log density of a group's outcomes and coefficients, written with scipy."""
    z = np.column_stack([np.ones(len(y)), x])
    p = special.expit(z @ theta)
    return stats.bernoulli.logpmf(y, p).sum() + stats.multivariate_normal.logpdf(theta, mean, cov)


def by_laplace(x, y, city, mean, cov):
    """The approximation as it is defined: a general optimiser, a numerical Hessian."""
    total = 0.0
    for c in np.unique(city):
        here = city == c
        z = np.column_stack([np.ones(here.sum()), x[here]])
        top = optimize.minimize(lambda t, h=here: -joint(t, x[h], y[h], mean, cov), mean, method="BFGS", tol=1e-10)
        p = special.expit(z @ top.x)
        curvature = z.T @ (z * (p * (1 - p))[:, None]) + np.linalg.inv(cov)
        total += -top.fun + np.log(2 * np.pi) - 0.5 * np.linalg.slogdet(curvature)[1]
    return total


def by_quadrature(x, y, city, mean, root):
    """The marginal likelihood itself, by sums over a fine grid, which for so smooth a density is exact."""
    line = np.linspace(-9, 9, 361)
    eta = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
    theta = mean + eta @ root.T
    total = 0.0
    for c in np.unique(city):
        odds = theta[:, :1] + theta[:, 1:] * x[city == c]
        height = np.sum(y[city == c] * odds - np.logaddexp(0, odds), axis=1) - 0.5 * np.sum(eta**2, axis=1)
        total += special.logsumexp(height) + np.log((line[1] - line[0]) ** 2 / (2 * np.pi))
    return total


def test_log_marginal_is_laplaces_approximation(few):
    x, y, city, _ = few
    fit = scale.fit_logistic(x, y, city)
    assert fit.log_marginal == pytest.approx(by_laplace(x, y, city, fit.mean, fit.cov), abs=1e-5)


def test_quadrature_finds_the_marginal_likelihood():
    x, y, city, _ = world(12, 30, seed=3)
    fit = scale.fit_logistic(x, y, city, n_quadrature=25)
    assert fit.log_marginal == pytest.approx(by_quadrature(x, y, city, fit.mean, fit.root), abs=1e-5)


@pytest.mark.parametrize("nodes", [1, 15])
def test_the_fit_is_the_maximum_in_every_direction(few, nodes):
    x, y, city, _ = few
    fit = scale.fit_logistic(x, y, city, n_quadrature=nodes)

    def value(mean, cov):
        held = scale.fit_logistic(x, y, city, n_quadrature=nodes, start=moved(fit, mean, cov), max_passes=1)
        return held.log_marginal

    rng = np.random.default_rng(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", scale.NotConverged)  # one pass is asked for
        top = value(fit.mean, fit.cov)
        for _ in range(12):
            step = 1e-2 * rng.standard_normal((3, 2))
            cov = fit.cov + 0.5 * (step[:2] + step[:2].T) * np.sqrt(np.outer(np.diag(fit.cov), np.diag(fit.cov)))
            # both ways, so that a slope would show
            assert value(fit.mean + step[2], cov) < top
            assert value(fit.mean - step[2], 2 * fit.cov - cov) < top


def moved(fit, mean, cov):
    from dataclasses import replace

    return replace(fit, mean=mean, cov=cov, root=np.linalg.cholesky(cov))


def test_the_score_is_the_derivative_of_the_value(few):
    from course.scale import coordinates, grouped, moments, passes, search

    x, y, city, _ = few
    rows = grouped.sort_rows(np.column_stack([x, np.sin(x)]), y.astype(np.int8), city)
    where = moments.moments(rows).coordinates

    def sums(vector):
        raw = passes.logistic_pass(rows, where.population(vector), np.zeros((len(rows.labels), 3)), 1, 1)
        return search.as_sums(raw, where, rows.y.size)

    assert isinstance(where, coordinates.Coordinates)
    vector = np.random.default_rng(1).normal(0.5, 0.3, 9)
    steps = 1e-5 * np.eye(9)
    slopes = [(sums(vector + s).value - sums(vector - s).value) / 2e-5 for s in steps]
    np.testing.assert_allclose(sums(vector).score, slopes, rtol=1e-5, atol=1e-5)


def test_standard_errors_are_those_of_the_curvature_of_the_log_marginal(few):
    x, y, city, _ = few
    fit = scale.fit_logistic(x, y, city)
    # Profile by brute force: the curvature of the log marginal in (mean, cov) by differences of its value.
    size = np.array([0.05, 0.01, 0.05, 0.01, 0.005])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", scale.NotConverged)

        def value(v):
            cov = fit.cov + np.array([[v[2], v[3]], [v[3], v[4]]])
            return scale.fit_logistic(x, y, city, start=moved(fit, fit.mean + v[:2], cov), max_passes=1).log_marginal

        hessian = np.empty((5, 5))
        eye = np.diag(size)
        for i in range(5):
            for j in range(5):
                four = [value(a * eye[i] + b * eye[j]) * a * b for a in (-1, 1) for b in (-1, 1)]
                hessian[i, j] = sum(four) / (4 * size[i] * size[j])
    se = np.sqrt(np.diag(np.linalg.inv(-hessian)))
    np.testing.assert_allclose(fit.se, se[:2], rtol=0.05)
    np.testing.assert_allclose(fit.cov_se[[0, 0, 1], [0, 1, 1]], se[2:], rtol=0.15)


def test_truth_is_found_within_its_standard_errors(many):
    x, y, city, _ = many
    fit = scale.fit_logistic(x, y, city, n_quadrature=9)
    truth = np.array([[1.5**2, -0.6 * 1.5 * 0.3], [-0.6 * 1.5 * 0.3, 0.3**2]])
    assert np.all(np.abs(fit.mean - [5.0, -0.8]) < 3.5 * fit.se)
    assert np.all(np.abs(fit.cov - truth) < 3.5 * fit.cov_se)
    assert fit.trace.converged
    assert not fit.on_boundary


def test_modes_and_their_spread_cover_the_true_cities(many):
    x, y, city, found = many
    fit = scale.fit_logistic(x, y, city)
    away = np.column_stack([found.alpha, found.beta]) - fit.mode
    z = away / np.sqrt(fit.mode_cov[:, [0, 1], [0, 1]])
    np.testing.assert_allclose(np.mean(np.abs(z) < stats.norm.ppf(0.945), axis=0), 0.89, atol=0.02)


def test_order_and_names_of_the_groups_do_not_matter(few):
    x, y, city, _ = few
    fit = scale.fit_logistic(x, y, city)
    order = np.random.default_rng(0).permutation(len(x))
    mixed = scale.fit_logistic(x[order], y[order], city[order])
    named = scale.fit_logistic(x[order], y[order], np.array([f"city {c:03d}" for c in city[order]]))
    far = scale.fit_logistic(x[order], y[order], city[order] * 10**12 - 7)
    for other in (mixed, named, far):
        np.testing.assert_allclose(other.mean, fit.mean, rtol=1e-9)
        np.testing.assert_allclose(other.cov, fit.cov, rtol=1e-8)
        np.testing.assert_allclose(other.mode, fit.mode, rtol=1e-8)


def test_units_of_the_predictor_change_units_only(few):
    x, y, city, _ = few
    fit, other = scale.fit_logistic(x, y, city), scale.fit_logistic(1000 * x + 50_000, y, city)
    np.testing.assert_allclose(other.mean[1] * 1000, fit.mean[1], rtol=1e-5)
    np.testing.assert_allclose(other.predict(1000 * x + 50_000, city), fit.predict(x, city), rtol=1e-5)
    assert other.log_marginal == pytest.approx(fit.log_marginal, abs=1e-6)


def test_the_number_of_threads_changes_nothing(many):
    x, y, city, _ = many
    one, two = (scale.fit_logistic(x, y, city, threads=n) for n in (1, 2))
    np.testing.assert_array_equal(one.mean, two.mean)
    np.testing.assert_array_equal(one.mode, two.mode)


def test_an_intercept_alone(few):
    _, y, city, _ = few
    fit = scale.fit_logistic(None, y, city, n_quadrature=25, tolerance=1e-12)

    line = np.linspace(-9, 9, 2001)

    def minus(v):
        ones, n = np.bincount(city, y), np.bincount(city)
        odds = v[0] + v[1] * line
        height = ones[:, None] * odds - n[:, None] * np.logaddexp(0, odds) + stats.norm.logpdf(line)
        return -np.sum(special.logsumexp(height, axis=1) + np.log(line[1] - line[0]))

    best = optimize.minimize(minus, [0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    np.testing.assert_allclose([fit.mean[0], np.sqrt(fit.cov[0, 0])], np.abs(best.x), atol=1e-5)
    assert fit.log_marginal == pytest.approx(-best.fun, abs=1e-6)


def test_prediction_averages_over_what_is_not_known(few):
    x, y, city, _ = few
    fit = scale.fit_logistic(x, y, city)
    new, old = fit.predict([3.0, 3.0], [10_000, 7])
    z = np.array([1.0, 3.0])
    for found, centre, var in ((new, fit.mean @ z, z @ fit.cov @ z), (old, fit.mode[7] @ z, z @ fit.mode_cov[7] @ z)):
        exact = integrate.quad(lambda t, c=centre, v=var: special.expit(c + np.sqrt(v) * t) * stats.norm.pdf(t), -9, 9)
        assert found == pytest.approx(exact[0], abs=1e-6)
    assert new != pytest.approx(special.expit(fit.mean @ z), abs=1e-3)


def test_a_warm_start_ends_where_a_cold_one_does(many):
    x, y, city, _ = many
    half = city < 2000
    start = scale.fit_logistic(x[half], y[half], city[half])
    cold, warm = scale.fit_logistic(x, y, city), scale.fit_logistic(x, y, city, start=start)
    np.testing.assert_allclose(warm.mean, cold.mean, atol=1e-3 * cold.se.min())
    np.testing.assert_allclose(warm.cov, cold.cov, atol=1e-3 * cold.cov_se.min())
    assert len(warm.trace.steps) < len(cold.trace.steps)


def test_updated_groups_are_those_of_a_fit_to_all_rows_with_this_population(many):
    x, y, city, _ = many
    rng = np.random.default_rng(2)
    late = (rng.random(len(x)) < 0.02) | (city == 17)  # a few rows, and a whole city that is new
    fit = scale.fit_logistic(x[~late], y[~late], city[~late])
    found = fit.update(x[late], y[late], city[late])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", scale.NotConverged)
        whole = scale.fit_logistic(x, y, city, start=fit, tolerance=1e9)
    np.testing.assert_array_equal(found.labels, whole.labels)
    np.testing.assert_allclose(found.mode, whole.mode, atol=1e-7)
    np.testing.assert_allclose(found.mode_cov, whole.mode_cov, atol=1e-7)
    untouched = np.setdiff1d(fit.labels, city[late])
    np.testing.assert_array_equal(found.mode[found.place(untouched)], fit.mode[fit.place(untouched)])


def test_without_its_rows_an_update_is_close_and_the_fit_small(many):
    x, y, city, _ = many
    late = np.arange(len(x)) % 10 == 0
    fit = scale.fit_logistic(x[~late], y[~late], city[~late])
    exact, quick = fit.update(x[late], y[late], city[late]), fit.forget().update(x[late], y[late], city[late])
    away = np.abs(quick.mode - exact.mode) / np.sqrt(exact.mode_cov[:, [0, 1], [0, 1]])
    assert np.quantile(away, 0.9) < 0.3
    assert len(pickle.dumps(fit.forget())) < len(pickle.dumps(fit)) / 2


# Bad input, and hard input.


def test_groups_of_one_row_or_of_zeros_only_or_separated_are_fitted():
    x, y, city, _ = world(200, 8, seed=5)
    sizes = np.bincount(city)
    y = np.where(city % 4 == 0, 0, y)
    y = np.where(city % 4 == 1, x < 5, y).astype(int)
    fit = scale.fit_logistic(x, y, city)
    assert (sizes == 1).any()
    assert fit.trace.converged
    assert np.all(np.isfinite(fit.mode))
    assert np.all(np.linalg.eigvalsh(fit.mode_cov) >= -1e-12)


def test_groups_that_do_not_differ_are_on_the_boundary_and_finite():
    rng = np.random.default_rng(4)
    city, x = np.repeat(np.arange(40), 30), rng.normal(size=1200)
    y = rng.binomial(1, special.expit(0.3 + x))
    fit = scale.fit_logistic(x, y, city)
    pooled = optimize.minimize(lambda b: np.sum(np.logaddexp(0, b[0] + b[1] * x) - y * (b[0] + b[1] * x)), [0, 0]).x
    assert fit.trace.converged
    assert fit.on_boundary
    assert fit.edge
    assert fit.edge in repr(fit)
    np.testing.assert_allclose(fit.mean, pooled, atol=0.05)
    assert np.all(np.isfinite([*fit.se, *fit.mode.ravel()]))


def test_what_does_not_converge_says_so_and_shows_its_trace(few):
    x, y, city, _ = few
    with pytest.warns(scale.NotConverged, match=r"stopped after 3 passes(.|\n)*log marginal"):
        fit = scale.fit_logistic(x, y, city, max_passes=3)
    assert not fit.trace.converged
    assert len(fit.trace.steps) == 3


@pytest.mark.parametrize(
    ("cov", "words"),
    [
        ([[1.0, 0.3], [0.3, 0.5]], ""),
        ([[1.0, -0.5], [-0.5, 0.25]], "singular: the correlation of intercept and slope 1 is -1"),
        ([[4.0, 2.0], [2.0, 1.0]], "singular: the correlation of intercept and slope 1 is +1"),
        ([[1.0, 0.0], [0.0, 0.0]], "singular: the spread of slope 1 is 0"),
        ([[0.0, 0.0], [0.0, 0.0]], "singular: the spread of intercept is 0, the spread of slope 1 is 0"),
        ([[2.0, 1.0, 1.0], [1.0, 1.0, 0.0], [1.0, 0.0, 1.0]], "singular: one coefficient follows from the others"),
    ],
)
def test_a_singular_fit_says_in_words_what_is_singular(few, cov, words):
    fit = dataclasses.replace(scale.fit_logistic(*few[:3]), cov=np.array(cov), mean=np.zeros(len(cov)))
    assert fit.edge.startswith(words)
    assert bool(fit.edge) == fit.on_boundary == bool(words)
    assert repr(fit).endswith(f"; {fit.edge})" if words else "converged)")


@pytest.mark.filterwarnings("error")
def test_a_singular_fit_converges_without_a_warning():
    rng = np.random.default_rng(0)
    city, x = np.repeat(np.arange(40), 30), rng.normal(size=1200)
    theta = rng.normal([0.5, -0.5], [1.0, 0.0], (40, 2))
    theta[:, 1] += theta[:, 0]  # the slope follows from the intercept
    fit = scale.fit_logistic(x, rng.binomial(1, special.expit(theta[city, 0] + theta[city, 1] * x)), city)
    assert fit.trace.converged
    assert "converged; singular: the correlation of intercept and slope 1 is +1" in repr(fit)


@pytest.mark.parametrize("n", [50, 600])
def test_complete_separation_is_named_and_is_the_only_warning(n):
    rng = np.random.default_rng(n)
    x, city = rng.normal(size=n), rng.integers(0, 10, n)
    with pytest.warns(scale.NotConverged) as told:
        fit = scale.fit_logistic(x, (x > 0.1).astype(int), city)
    assert len(told) == 1
    assert "the predictors separate ones from zeros, so there is no maximum" in str(told[0].message)
    assert "the predictors separate ones from zeros" in repr(fit)
    assert np.all(np.isinf(fit.se))


def test_separation_is_of_all_rows_by_one_line():
    x, city = np.arange(12.0), np.tile(np.arange(3), 4)

    def found(y):
        return separated(sort_rows(x, np.asarray(y, dtype=np.int8), city))

    assert found(x > 4)
    assert found(x < 7)
    assert not found((x > 4) ^ (x == 11))  # one row on the wrong side is enough
    tied = np.array([0.0, 0, 1, 1, 1, 1])
    rows = sort_rows(tied, np.array([0, 0, 0, 1, 1, 1], dtype=np.int8), np.tile(np.arange(3), 2))
    assert separated(rows)  # all zeros at or below, all ones at or above
    assert not separated(rows._replace(y=np.array([1, 0, 0, 1, 1, 0], dtype=np.int8)))


def test_a_search_given_up_early_is_not_called_separation(few):
    x, y, city, _ = few
    with pytest.warns(scale.NotConverged) as told:
        scale.fit_logistic(x, y, city, max_passes=3)
    assert "separate" not in str(told[0].message)


def test_separation_of_all_rows_is_not_silent():
    x = np.tile(np.arange(10.0), 20)
    city = np.repeat(np.arange(20), 10)
    with pytest.warns(scale.NotConverged, match="rises for ever"):
        scale.fit_logistic(x, (x > 4).astype(int), city)


GOOD = (np.tile([1.0, 2.0, 3.0], 4), np.tile([0, 1, 0, 1], 3), np.repeat(np.arange(4), 3))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.r_[np.nan, GOOD[0][1:]]}, r"x\[:, 0\] must be finite, got x\[:, 0\]\[0\] = nan"),
        ({"x": np.ones(12)}, "x must vary, got 1 in all rows"),
        ({"x": np.column_stack([GOOD[0], 2 * GOOD[0]])}, "follows from the others"),
        ({"x": GOOD[0][:5]}, r"x must have shape \(12,\)"),
        ({"x": GOOD[0].astype(str)}, "x must be numbers"),
        ({"y": np.r_[2, GOOD[1][1:]]}, r"y must be 0 or 1, got y\[0\] = 2"),
        ({"y": np.r_[np.nan, GOOD[1][1:]]}, r"y must be 0 or 1, got y\[0\] = nan"),
        ({"y": np.zeros(12)}, "y must vary, got 0 in all 12 rows"),
        ({"y": GOOD[1].astype(str)}, "y must be one 0 or 1 for each row.*code yes as 1 and no as 0"),
        ({"x": 0.5}, r"x must be a list with one value for each row, got 0\.5 alone"),
        ({"group": np.zeros((12, 2))}, r"group must be one column of labels, got shape \(12, 2\)"),
        ({"y": GOOD[1][:5]}, "y and group must have one value for each row, got 5 and 12"),
        ({"group": np.arange(12)}, "one row in each"),
        ({"group": np.zeros(12, int)}, "at least 3 groups, got 1"),
        ({"group": np.array(["a", None, "b", "c"] * 3, dtype=object)}, r"group\[1\] = None"),
        ({"group": np.array(["a", 1, "b", "c"] * 3, dtype=object)}, "labels of one kind"),
        ({"group": np.r_[np.nan, np.arange(11.0)]}, r"group\[0\] = .*nan"),
        ({"group": np.array(["a", "", "b", "c"] * 3)}, r"group\[1\] = .*''"),
        ({"n_quadrature": 3}, r"n_quadrature must be 1 \(Laplace\) or a whole number from 5 to 50, got 3"),
        ({"tolerance": 0.0}, "tolerance must be positive"),
    ],
)
def test_bad_input_is_an_error_with_rule_and_place(change, message):
    arguments = dict(zip(("x", "y", "group"), GOOD, strict=True)) | change
    with pytest.raises(ValueError, match=message):
        scale.fit_logistic(**arguments)


def test_an_update_or_a_prediction_of_another_kind_is_refused(few):
    x, y, city, _ = few
    fit = scale.fit_logistic(x, y, city)
    with pytest.raises(ValueError, match="group must be labels like"):
        fit.predict([1.0], ["Podunk"])
    with pytest.raises(ValueError, match="x must have 1 predictors, got 0"):
        fit.predict(None, [1])
    with pytest.raises(ValueError, match="x must have 1 predictors, got 2"):
        fit.update(np.ones((1, 2)), [1], [1])
    with pytest.raises(ValueError, match="start must have"):
        scale.fit_logistic(np.column_stack([x, x**2]), y, city, start=fit)


def test_modes_given_the_population_are_those_of_the_fit_and_of_a_general_optimiser(few):
    x, y, city, _ = few
    fit = scale.fit_logistic(x, y, city)
    found = scale.modes_given(x, y, city, fit.mean, fit.cov)
    np.testing.assert_allclose(found.mode, fit.mode, atol=1e-6)
    cov = np.diag([1.0, 0.2])
    here = city == 3
    best = optimize.minimize(lambda t: -joint(t, x[here], y[here], [4.0, -0.5], cov), [4.0, -0.5], tol=1e-10)
    np.testing.assert_allclose(scale.modes_given(x, y, city, [4.0, -0.5], cov).mode[3], best.x, atol=1e-4)


def test_a_population_that_is_none_is_refused(few):
    x, y, city, _ = few
    with pytest.raises(ValueError, match="must be of 2 coefficients"):
        scale.modes_given(x, y, city, [1.0], [[1.0]])
    with pytest.raises(ValueError, match="must not be negative"):
        scale.modes_given(x, y, city, [1.0, 0.0], [[1.0, 2.0], [2.0, 1.0]])

"""One group integrated out: held against an even grid and scipy's integration, which share no node with it."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from course import scale
from course.scale import grouped, newton

MEAN, COV = np.array([5.0, -0.8]), np.array([[2.25, -0.27], [-0.27, 0.09]])
X = np.array([2.0, 9.0, 6.0, 3.0, 10.0, 7.0, 4.0])
Y = np.array([1, 0, 1, 1, 0, 0, 1])
CITY = np.array(["b", "a", "a", "b", "b", "a", "b"])


def on_a_grid(x, y):
    """Evidence and posterior mean of one city, on a fine even grid in coordinates of a standard normal population."""
    line = np.linspace(-8, 8, 401)
    eta = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
    theta = MEAN + eta @ np.linalg.cholesky(COV).T
    chance = special.expit(theta[:, :1] + theta[:, 1:] * x)
    height = np.prod(stats.bernoulli.pmf(y, chance), axis=1) * np.prod(stats.norm.pdf(eta), axis=1)
    return np.log(height.sum() * (line[1] - line[0]) ** 2), height @ theta / height.sum()


def test_many_nodes_are_the_integral():
    found = scale.marginals_given(X, Y, CITY, MEAN, COV, n_quadrature=21)
    assert list(found.labels) == ["a", "b"]
    for j, name in enumerate("ab"):
        value, mean = on_a_grid(X[name == CITY], Y[name == CITY])
        assert found.log_marginal[j] == pytest.approx(value, abs=1e-5)
        assert found.mean[j] == pytest.approx(mean, abs=1e-4)


def test_one_node_is_laplace():
    found = scale.marginals_given(X, Y, CITY, MEAN, COV)
    hills = scale.modes_given(X, Y, CITY, MEAN, COV)
    assert found.mean == pytest.approx(hills.mode)
    for j, name in enumerate("ab"):
        x, y = X[name == CITY], Y[name == CITY]
        top = stats.bernoulli.logpmf(y, special.expit(hills.mode[j] @ [np.ones(len(x)), x])).sum()
        top += stats.multivariate_normal.logpdf(hills.mode[j], MEAN, COV)
        laplace = top + np.log(2 * np.pi) + 0.5 * np.linalg.slogdet(hills.mode_cov[j])[1]
        assert found.log_marginal[j] == pytest.approx(laplace)


def test_an_intercept_alone_is_an_integral_over_a_line():
    def height(alpha):
        return np.prod(stats.bernoulli.pmf(Y, special.expit(alpha))) * stats.norm.pdf(alpha, 1, 0.9)

    value = integrate.quad(height, -12, 14)[0]
    found = scale.marginals_given(None, Y, np.zeros(7), [1.0], [[0.81]], n_quadrature=25)
    assert found.log_marginal == pytest.approx([np.log(value)], abs=1e-7)


def test_the_sum_is_what_the_fit_maximises():
    group = np.arange(60) // 10
    x, y = np.arange(60) % 10.0, np.array([1, 1, 0, 1, 1, 0, 1, 0, 0, 0] * 3 + [0, 1, 0, 0, 1, 0, 0, 0, 1, 0] * 3)
    fit = scale.fit_logistic(x, y, group, n_quadrature=7, progress=False)
    cov = fit.cov + 1e-9 * np.eye(2)
    assert scale.marginals_given(x, y, group, fit.mean, cov, n_quadrature=7).log_marginal.sum() == pytest.approx(
        fit.trace.steps[-1].value, abs=1e-3
    )


@pytest.mark.parametrize("family", [grouped.LOGISTIC, grouped.POISSON])
def test_sums_over_the_rows_of_a_group_are_those_of_plain_algebra(family):
    # Rows 2 to 9 are the group's; two predictors of its own beside the intercept, two that all groups share.
    rng, first, m, k = np.random.default_rng(3), 2, 8, 3
    x, fixed = rng.normal(size=(2, 12)), rng.normal(size=(2, 12))
    columns = grouped.Columns(x, np.zeros(12), fixed, np.empty(0), np.empty(0), family)
    own = np.column_stack([np.ones(m), x[:, first : first + m].T])
    every = np.column_stack([own, fixed[:, first : first + m].T])
    v = rng.normal(size=(k, k))
    v = v @ v.T
    table = np.zeros((6, m))
    table[0] = rng.uniform(0.1, 0.9, m)
    table[4] = table[0] * (1 - table[0])
    curve = np.zeros((5, k))
    newton.shared_curve(columns, first, m, k, table, curve)
    np.testing.assert_allclose(curve[k:], every[:, k:].T @ (table[4][:, None] * own), rtol=1e-12)
    moved = table[4] * (1 - 2 * table[0] if family == grouped.LOGISTIC else 1)  # how W moves with the log odds or rate
    out = np.zeros(5)
    newton.skew(columns, first, first + m, table, v, out)
    np.testing.assert_allclose(out, every.T @ (moved * np.einsum("ia,ab,ib->i", own, v, own)), rtol=1e-12)


@pytest.mark.parametrize(
    ("cov", "n_quadrature", "what"),
    [(COV, 0, "n_quadrature must be at least 1, got 0"), (np.zeros((2, 2)), 1, "cov must be positive definite")],
)
def test_what_cannot_be_meant_is_refused(cov, n_quadrature, what):
    with pytest.raises(ValueError, match=what):
        scale.marginals_given(X, Y, CITY, MEAN, cov, n_quadrature=n_quadrature)

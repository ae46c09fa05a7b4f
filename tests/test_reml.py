"""REML of a meta-analysis: held against metafor's published results and a plain search."""

import numpy as np
import pytest
from scipy import optimize

from course.shrinkage import empirical_bayes

# Thirteen trials of BCG vaccine (Colditz et al. 1994), as in metafor's dat.bcg: cases and others, vaccinated and not.
BCG = np.array([
    [4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619], [33, 5036, 47, 5761],
    [180, 1361, 372, 1079], [8, 2537, 10, 619], [505, 87886, 499, 87892], [29, 7470, 45, 7232], [17, 1699, 65, 1600],
    [186, 50448, 141, 27197], [5, 2493, 3, 2338], [27, 16886, 29, 17825],
], dtype=float)  # fmt: skip
# Teachers' expectations (Raudenbush 1984), as in metafor's dat.raudenbush1985: effects and their variances.
TEACHERS = np.array([
    0.03, 0.12, -0.14, 1.18, 0.26, -0.06, -0.02, -0.32, 0.27, 0.80, 0.54, 0.18, -0.02, 0.23, -0.18, -0.06, 0.30, 0.07,
    -0.07,
])  # fmt: skip
THEIR_VARIANCES = np.array([
    0.0156, 0.0216, 0.0279, 0.1391, 0.1362, 0.0106, 0.0106, 0.0484, 0.0269, 0.0630, 0.0912, 0.0497, 0.0835, 0.0841,
    0.0253, 0.0279, 0.0193, 0.0088, 0.0303,
])  # fmt: skip


def bcg():
    a, b, c, d = BCG.T
    return np.log(a / (a + b)) - np.log(c / (c + d)), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)


@pytest.mark.parametrize(
    ("y", "v", "tau2", "tau2_se", "mu", "mu_se"),
    # metafor 3.8: rma(yi, vi); the second as on its page for Raudenbush (2009).
    [(*bcg(), 0.3132, 0.1664, -0.7145, 0.1798), (TEACHERS, THEIR_VARIANCES, 0.0188, 0.0155, 0.0837, 0.0516)],
)
def test_meta_analyses_are_metafors(y, v, tau2, tau2_se, mu, mu_se):
    found = empirical_bayes(y, np.sqrt(v), reml=True)
    assert found.tau**2 == pytest.approx(tau2, abs=5e-5)
    assert found.mu == pytest.approx(mu, abs=5e-5)
    w = 1 / (v + found.tau**2)
    assert 1 / np.sqrt(w.sum()) == pytest.approx(mu_se, abs=5e-5)
    projected = np.diag(w) - np.outer(w, w) / w.sum()
    assert np.sqrt(2 / np.trace(projected @ projected)) == pytest.approx(tau2_se, abs=5e-5)


@pytest.mark.parametrize("seed", range(8))
def test_it_is_the_maximum_of_the_restricted_likelihood(seed):
    rng = np.random.default_rng(seed)
    sigma = rng.uniform(0.3, 2, 7)
    y = rng.normal(3, 1.2, 7) + sigma * rng.normal(size=7)

    def minus(tau):
        w = 1 / (sigma**2 + tau**2)
        mu = np.average(y, weights=w)
        return 0.5 * (np.sum(w * (y - mu) ** 2) - np.log(w).sum() + np.log(w.sum()))

    grid = np.linspace(0, np.ptp(y), 4001)
    best = min(range(grid.size), key=lambda i: minus(grid[i]))
    around = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
    tau = optimize.minimize_scalar(minus, bounds=around, method="bounded", options={"xatol": 1e-9}).x if best else 0.0
    assert empirical_bayes(y, sigma, reml=True).tau == pytest.approx(tau, abs=1e-3)
    assert empirical_bayes(y, sigma, reml=True).tau >= empirical_bayes(y, sigma).tau


def test_units_do_not_matter_and_equal_errors_have_a_formula():
    y = np.array([1.0, 4, 2, 9, 5])
    for unit in (1e-9, 1.0, 1e9):
        found = empirical_bayes(y * unit, np.full(5, unit), reml=True)
        assert found.tau / unit == pytest.approx(np.sqrt(np.var(y, ddof=1) - 1))
    assert empirical_bayes([28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18], reml=True).tau == 0.0
    assert empirical_bayes([2.0], [1.0], reml=True) == (2.0, 0.0)


@pytest.mark.parametrize("apart", np.arange(58.0, 66.0, 0.5))
def test_of_two_hills_it_takes_the_higher(apart):
    # Two precise groups that agree, two noisy ones: a hill at 0, and another that overtakes it as the two move apart.
    y, sigma = np.array([0.02, -0.02, apart, -apart]), np.array([0.1, 0.1, 20.0, 20.0])

    def height(tau):
        w = 1 / (sigma**2 + tau**2)
        return -0.5 * (np.sum(w * y**2) - np.log(w).sum() + np.log(w.sum()))

    found = empirical_bayes(y, sigma, reml=True).tau
    assert height(found) >= max(map(height, [0.0, *np.geomspace(1e-3, 300, 500)])) - 1e-9

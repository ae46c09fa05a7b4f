r"""Maximum likelihood and REML for lines that vary by group, by a profile likelihood in three numbers.

Given :math:`\Sigma / \sigma^2`, the mean line and sigma have closed forms; the rest is a search over the Cholesky
factor of :math:`\Sigma / \sigma^2`, in units in which its entries are near 1.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from course.regression.groups import Rows, Sums, as_group_predictor, sums
from course.regression.population import Population
from course.validate import FloatArray


class MixedFit(NamedTuple):
    """Estimated population, standard errors of its mean line (mu and gamma, in this order) and log likelihood."""

    population: Population
    standard_errors: FloatArray
    log_likelihood: float
    on_boundary: bool


def fit_mixed(
    rows: Rows,
    predictor: ArrayLike | None = None,
    *,
    on_slope: bool = False,
    method: Literal["reml", "ml"] = "reml",
    correlated: bool = True,
) -> MixedFit:
    """Estimate the population of lines without priors.

    Parameters
    ----------
    rows : Rows
        From `group_rows`.
    predictor : array_like, shape (n_groups,), optional
        Group predictor of the mean intercept, from `group_values`.
    on_slope : bool
        Let the predictor shift the mean slope too.
    method : {"reml", "ml"}
        "ml" divides by n and underestimates the spread; "reml" allows for the estimated mean line.
    correlated : bool
        False fixes the correlation of intercepts and slopes at 0, which is another model for every zero of x.

    Returns
    -------
    MixedFit
        ``on_boundary`` when the estimate is a spread of 0 or a correlation of -1 or 1; no error, but no spread either.

    Raises
    ------
    ValueError
        On fewer than three groups, or a predictor that is constant or of the wrong length.

    References
    ----------
    Bates et al. (2015), Fitting linear mixed-effects models using lme4, J. Stat. Software 67(1), section 3.
    """
    if method not in ("reml", "ml"):
        raise ValueError(f"method must be 'reml' or 'ml', got {method!r}")
    data = sums(rows)
    if data.n.size < 3:
        raise ValueError(f"groups must be at least 3, got {data.n.size}: a spread cannot be estimated from fewer")
    designs = _designs(data, predictor, on_slope)
    # The mean of x as origin and its spread as unit, so that the search sees a round bowl.
    origin, unit = float(rows.x.mean()), float(rows.x.std())
    shift = np.array([[1.0, -origin / unit], [0.0, 1.0 / unit]])  # back to lines in x
    starts = ([1.0, 0.0, 1.0], [0.3, 0.0, 0.3], [0.3, 0.2, 0.03])
    bounds: list[tuple[float | None, float | None]] = [(0.0, None), (None, None), (0.0, None)]
    if not correlated:  # independent at x = 0, so that the zero must stay where it is
        shift = np.diag([1.0, 1.0 / unit])
        starts, bounds = ([1.0, 1.0], [0.3, 0.3], [0.3, 0.03]), [(0.0, None), (0.0, None)]

    def deviance(theta: FloatArray) -> float:
        return _profile(data, designs, shift @ _factor(theta), method == "reml").deviance

    tries = [optimize.minimize(deviance, s, method="L-BFGS-B", bounds=bounds) for s in starts]
    best = min(tries, key=lambda found: float(found.fun))
    options = {"xatol": 1e-9, "fatol": 1e-10, "maxiter": 4000, "maxfev": 4000}
    best = optimize.minimize(deviance, best.x, method="Nelder-Mead", bounds=bounds, options=options)
    found = _profile(data, designs, shift @ _factor(best.x), method == "reml")
    return _as_fit(found, shift @ _factor(best.x), on_slope, bool(min(best.x[0], best.x[-1]) < 1e-4))


class _Profile(NamedTuple):
    deviance: float
    fixed: FloatArray
    covariance: FloatArray
    sigma: float


def _factor(theta: FloatArray) -> FloatArray:
    if theta.size == 2:
        return np.diag(theta)
    return np.array([[theta[0], 0.0], [theta[1], theta[2]]])


def _designs(data: Sums, predictor: ArrayLike | None, on_slope: bool) -> FloatArray:
    """Z_j with m_j = Z_j (mu_alpha, mu_beta, gamma_alpha, gamma_beta), shape (n_groups, 2, 2 to 4)."""
    eye = np.broadcast_to(np.eye(2), (data.n.size, 2, 2))
    if predictor is None:
        return np.asarray(eye)
    u = as_group_predictor(predictor, data.n.size)
    return np.concatenate([eye, u[:, None, None] * eye[:, :, : 1 + on_slope]], axis=2)


def _profile(data: Sums, designs: FloatArray, factor: FloatArray, reml: bool) -> _Profile:
    """Mean line and sigma at their best for Sigma = sigma^2 F F', and -2 log likelihood there."""
    cross = np.array([[data.n, data.n * data.x], [data.n * data.x, data.xx + data.n * data.x**2]]).transpose(2, 0, 1)
    right = np.stack([data.n * data.y, data.xy + data.n * data.x * data.y], axis=1)
    # (I + F' X'X F) is symmetric and at least I: no pivot can vanish, whatever the spread.
    inner = np.eye(2) + factor.T @ cross @ factor
    through = cross @ factor @ np.linalg.solve(inner, np.broadcast_to(factor.T, inner.shape))
    weight = cross - through @ cross
    pull = right - (through @ right[:, :, None])[:, :, 0]
    normal = np.einsum("jpa,jpq,jqb->ab", designs, weight, designs)
    score = np.einsum("jpa,jp->a", designs, pull)
    fixed = np.linalg.solve(normal, score)
    # y'V^-1 y about the fitted mean line, each part about the groups' own means to keep digits.
    left = _weighted_squares(data, designs @ fixed, factor, inner)
    n, k = float(data.n.sum()), len(fixed)
    free = n - k if reml else n
    log_det = float(np.linalg.slogdet(inner)[1].sum()) + (float(np.linalg.slogdet(normal)[1]) if reml else 0.0)
    sigma2 = left / free
    deviance = log_det + free * (1.0 + np.log(2 * np.pi * sigma2))
    return _Profile(deviance, fixed, sigma2 * np.linalg.inv(normal), float(np.sqrt(sigma2)))


def _weighted_squares(data: Sums, mean: FloatArray, factor: FloatArray, inner: FloatArray) -> float:
    """Sum over groups of r' (I + X F F' X')^-1 r for r = y - X mean_j."""
    level = data.y - mean[:, 0] - mean[:, 1] * data.x
    cross = data.xy - mean[:, 1] * data.xx
    plain = data.yy - 2 * mean[:, 1] * data.xy + mean[:, 1] ** 2 * data.xx + data.n * level**2
    b = np.stack([data.n * level, data.n * level * data.x + cross], axis=1) @ factor
    return float(np.sum(plain) - np.einsum("ja,ja->", b, np.linalg.solve(inner, b[:, :, None])[:, :, 0]))


def _as_fit(found: _Profile, factor: FloatArray, on_slope: bool, on_boundary: bool) -> MixedFit:
    spread = found.sigma**2 * factor @ factor.T
    tau = np.sqrt(np.diag(spread))
    rho = float(np.clip(spread[0, 1] / (tau[0] * tau[1]), -1, 1)) if tau.min() > 0 else 0.0
    gamma = [float(g) for g in found.fixed[2:]] + [0.0] * (4 - len(found.fixed))
    mean = (float(found.fixed[0]), float(found.fixed[1]))
    population = Population(*mean, float(tau[0]), float(tau[1]), rho, found.sigma, gamma[0], gamma[1])
    return MixedFit(population, np.sqrt(np.diag(found.covariance)), -0.5 * found.deviance, on_boundary)

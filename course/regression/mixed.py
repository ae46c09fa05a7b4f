r"""Maximum likelihood and REML for lines that vary by group, by a profile likelihood in three numbers.

Given :math:`\Sigma / \sigma^2`, the mean line and sigma have closed forms; the rest is a search over the Cholesky
factor of :math:`\Sigma / \sigma^2`, in units in which its entries are near 1.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from course.regression.groups import Rows, Scale, Sums, as_group_predictor, sums
from course.regression.population import Population
from course.validate import FloatArray, tied_columns, tied_spreads


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
        On fewer than three groups, a predictor that is constant or of the wrong length, or rows that do not identify
        the mean line or the spreads, naming what cannot be told apart.

    References
    ----------
    Bates et al. (2015), Fitting linear mixed-effects models using lme4, J. Stat. Software 67(1), section 3.
    """
    if method not in ("reml", "ml"):
        raise ValueError(f"method must be 'reml' or 'ml', got {method!r}")
    u = None if predictor is None else as_group_predictor(predictor, len(rows.groups.labels))
    _require_identified(rows, u, on_slope)
    return most_likely(rows, u, on_slope=on_slope, method=method, correlated=correlated)


def _require_identified(rows: Rows, u: FloatArray | None, on_slope: bool) -> None:
    """Refuse rows to which different mean lines or different spreads are one and the same."""
    groups = len(rows.groups.labels)
    if groups < 3:
        raise ValueError(f"groups must be at least 3, got {groups}: a spread cannot be estimated from fewer")
    names, columns = ["x"], [rows.x]
    if u is not None:
        names, columns = ["x", "predictor"], [rows.x, u[rows.groups.of_row]]
        if on_slope:
            z = (rows.x - rows.x.mean()) / rows.x.std()
            names, columns = [*names, "predictor times x"], [*columns, z * (columns[1] - u.mean()) / u.std()]
    tied = tied_columns(np.column_stack(columns), names)
    if tied:
        raise ValueError(
            f"the mean line is not identified: {' and '.join(tied[0])} cannot be told apart in these rows, each "
            "follows from the others; leave one out"
        )
    coefficients = 2 if u is None else 3 + on_slope
    if rows.y.size <= coefficients:
        raise ValueError(
            f"the mean line is not identified: rows must outnumber its {coefficients} coefficients, got {rows.y.size}"
        )
    data = sums(_standard(rows).rows)
    together = tied_spreads(_crossproducts(data), data.n, ["intercept", "slope"])
    if together:
        raise ValueError(
            f"the spreads are not identified: those of {' and '.join(together)} cannot be told apart in rows like "
            f"these, the largest group having {data.n.max():.0f}; lines_given and exact_population take them as given "
            "or with a prior"
        )
    refuse_exact_lines(rows)


def refuse_exact_lines(rows: Rows) -> None:
    """Refuse rows that all lie on a line of their own group although they outnumber what lines can bend to."""
    data = sums(_standard(rows).rows)
    left = data.yy - np.divide(data.xy**2, data.xx, out=np.zeros_like(data.xy), where=data.xx > 0)
    to_spare = float(np.sum(data.n - 1 - (data.xx > 0)))
    if to_spare > 0 and np.all(left <= 1e-24 * np.maximum(data.n, data.yy)):
        raise ValueError(
            "y must not lie exactly on a line in every group, got no noise at all: the likelihood grows without end as "
            "sigma goes to 0; own_lines has the lines"
        )


class _Standard(NamedTuple):
    """Rows about the means of x and y, in their standard deviations."""

    rows: Rows
    x: Scale
    y: Scale


def _standard(rows: Rows) -> _Standard:
    x, y = (Scale(float(v.mean()), float(v.std()) or 1.0) for v in (rows.x, rows.y))
    return _Standard(Rows(y.to(rows.y), x.to(rows.x), rows.groups), x, y)


def most_likely(
    rows: Rows, u: FloatArray | None, *, on_slope: bool, method: str = "reml", correlated: bool = True
) -> MixedFit:
    """Search for the maximum, in units in which neither the origins of x, y and u nor their units play a part."""
    standard = _standard(rows)
    data, of_u = sums(standard.rows), None if u is None else Scale(float(u.mean()), float(u.std()))
    designs = _designs(data.n.size, None if u is None or of_u is None else of_u.to(u), on_slope)
    shift = np.eye(2)
    starts = ([1.0, 0.0, 1.0], [0.3, 0.0, 0.3], [0.3, 0.2, 0.03])
    bounds: list[tuple[float | None, float | None]] = [(0.0, None), (None, None), (0.0, None)]
    if not correlated:  # independent at x = 0, so that the zero must stay where it is
        shift = np.array([[1.0, standard.x.centre / standard.x.unit], [0.0, 1.0]])
        starts, bounds = ([1.0, 1.0], [0.3, 0.3], [0.3, 0.03]), [(0.0, None), (0.0, None)]

    def deviance(theta: FloatArray) -> float:
        return _profile(data, designs, shift @ _factor(theta), method == "reml").deviance

    tries = [scipy.optimize.minimize(deviance, s, method="L-BFGS-B", bounds=bounds) for s in starts]
    best = min(tries, key=lambda found: float(found.fun))
    options = {"xatol": 1e-9, "fatol": 1e-10, "maxiter": 4000, "maxfev": 4000}
    best = scipy.optimize.minimize(deviance, best.x, method="Nelder-Mead", bounds=bounds, options=options)
    found = _profile(data, designs, shift @ _factor(best.x), method == "reml")
    on_boundary = bool(min(best.x[0], best.x[-1]) < 1e-4)
    return _as_fit(found, (shift, _factor(best.x)), standard, of_u, float(data.n.sum()), method == "reml", on_boundary)


class _Profile(NamedTuple):
    deviance: float
    fixed: FloatArray
    covariance: FloatArray
    sigma: float


def _factor(theta: FloatArray) -> FloatArray:
    if theta.size == 2:
        return np.diag(theta)
    return np.array([[theta[0], 0.0], [theta[1], theta[2]]])


def _designs(groups: int, u: FloatArray | None, on_slope: bool) -> FloatArray:
    """Z_j with m_j = Z_j (mu_alpha, mu_beta, gamma_alpha, gamma_beta), shape (n_groups, 2, 2 to 4)."""
    eye = np.broadcast_to(np.eye(2), (groups, 2, 2))
    if u is None:
        return np.asarray(eye)
    return np.concatenate([eye, u[:, None, None] * eye[:, :, : 1 + on_slope]], axis=2)


def _crossproducts(data: Sums) -> FloatArray:
    """X'X of each group, shape (n_groups, 2, 2)."""
    nx = data.n * data.x
    return np.array([[data.n, nx], [nx, data.xx + nx * data.x]]).transpose(2, 0, 1)


def _profile(data: Sums, designs: FloatArray, factor: FloatArray, reml: bool) -> _Profile:
    """Mean line and sigma at their best for Sigma = sigma^2 F F', and -2 log likelihood there."""
    cross = _crossproducts(data)
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


def _as_fit(
    found: _Profile,
    factors: tuple[FloatArray, FloatArray],
    of: _Standard,
    u: Scale | None,
    n: float,
    reml: bool,
    on_boundary: bool,
) -> MixedFit:
    """Put the fit into the units of the rows, intercepts at x = 0."""
    x, y = of.x, of.y
    back = y.unit * np.array([[1.0, -x.centre / x.unit], [0.0, 1.0 / x.unit]])
    k = len(found.fixed)
    fixed = np.zeros((4, k))
    fixed[:2, :2] = back
    if u is not None:  # a line's shift for a unit of u, and from u's mean back to 0
        fixed[2:k, 2:] = back[: k - 2, : k - 2] / u.unit
        if k == 3:
            fixed[2, 2] = y.unit / u.unit
        fixed[: k - 2, 2:] -= u.centre * fixed[2:k, 2:]
    mean = fixed @ found.fixed
    mean[0] += y.centre
    shift, factor = factors
    root = found.sigma * (back @ shift) @ factor  # in this order an exact 0 of the correlation stays one
    spread = root @ root.T
    tau = np.sqrt(np.diag(spread))
    rho = float(np.clip(spread[0, 1] / (tau[0] * tau[1]), -1, 1)) if tau.min() > 0 else 0.0
    population = Population(
        float(mean[0]), float(mean[1]), float(tau[0]), float(tau[1]), rho, found.sigma * y.unit, *map(float, mean[2:])
    )
    # The density of rows in their own unit; under REML also the volume of the coefficients in theirs.
    deviance = found.deviance + 2.0 * n * np.log(y.unit)
    if reml:
        deviance -= 2.0 * float(np.linalg.slogdet(fixed[:k])[1])
    errors = np.sqrt(np.diag(fixed[:k] @ found.covariance @ fixed[:k].T))
    return MixedFit(population, errors, -0.5 * float(deviance), on_boundary)

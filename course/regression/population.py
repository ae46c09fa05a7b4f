r"""The population that lines come from, and what is known in closed form once it is given.

Group j has the line :math:`\alpha_j + \beta_j x` with
:math:`(\alpha_j, \beta_j) \sim N(m_j, \Sigma)`,
:math:`m_j = (\mu_\alpha + \gamma_\alpha u_j, \mu_\beta + \gamma_\beta u_j)`, and rows
:math:`y_i \sim N(\alpha_{j[i]} + \beta_{j[i]} x_i, \sigma^2)`. Given population and sigma everything is normal. Every
field may be one number or one for each of n draws; results then have n rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.regression.groups import Sums
from course.validate import FloatArray, as_floats, as_rng, refuse, refuse_huge

type Numbers = float | FloatArray


class Population(NamedTuple):
    """Mean line, spread of lines and noise of rows; each one number, or an array of draws of shape (n,).

    ``mu_alpha``, ``tau_alpha`` and ``sigma`` are in units of the outcome, ``mu_beta`` and ``tau_beta`` in those for a
    unit of x, ``rho`` is a correlation and the gammas are per unit of the group predictor.
    """

    mu_alpha: Numbers
    mu_beta: Numbers
    tau_alpha: Numbers
    tau_beta: Numbers
    rho: Numbers = 0.0
    sigma: Numbers = 1.0
    gamma_alpha: Numbers = 0.0
    gamma_beta: Numbers = 0.0


class Lines(NamedTuple):
    """Intercepts and slopes given the population: mean, sd and correlation, shapes (n_groups,) or (n, n_groups)."""

    alpha: FloatArray
    beta: FloatArray
    sd_alpha: FloatArray
    sd_beta: FloatArray
    rho: FloatArray


class Checked(NamedTuple):
    """A population as arrays of shape (n, 1), so that groups can be the second axis."""

    mu_alpha: FloatArray
    mu_beta: FloatArray
    tau_alpha: FloatArray
    tau_beta: FloatArray
    rho: FloatArray
    sigma: FloatArray
    gamma_alpha: FloatArray
    gamma_beta: FloatArray


class _Algebra(NamedTuple):
    """Everything of one group and draw: residual sums, 2 x 2 matrices by their entries; a is the height at ``centre``.

    At the centre of the data, whatever the origin of x: in days since 1900 the heights at 0 would be numbers of eleven
    digits that differ in the last.
    """

    centre: float
    mean_a: FloatArray
    mean_b: FloatArray
    c_aa: FloatArray  # posterior covariance
    c_ab: FloatArray
    c_bb: FloatArray
    b_a: FloatArray  # X' residual / sigma^2
    b_b: FloatArray
    quad: FloatArray  # residual sum of squares / sigma^2, before the line moves
    log_det: FloatArray  # of I + Sigma X'X / sigma^2


def checked(population: Population) -> Checked:
    """Turn a population into arrays of shape (n, 1), n = 1 for single numbers, and judge them.

    Raises
    ------
    ValueError
        Naming the first offender.
    """
    arrays = {name: np.atleast_1d(as_floats(name, value)) for name, value in population._asdict().items()}
    lengths = {array.size for array in arrays.values()} - {1}
    if len(lengths) > 1 or any(array.ndim != 1 for array in arrays.values()):
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(f"population must have one number of draws, got {shapes}; flatten chains and draws first")
    for name, array in arrays.items():
        refuse(~np.isfinite(array), name, array, "must be finite", "an endless spread is no pooling: use own_lines")
        refuse_huge(name, array)
    for name in ("tau_alpha", "tau_beta"):
        refuse(arrays[name] < 0, name, arrays[name], "must not be negative", "it is a standard deviation")
    refuse(arrays["sigma"] <= 0, "sigma", arrays["sigma"], "must be positive", "it is the noise of the rows")
    refuse(arrays["sigma"] < 1e-50, "sigma", arrays["sigma"], "must be 1e-50 at least", "measure y in a smaller unit")
    refuse(np.abs(arrays["rho"]) > 1, "rho", arrays["rho"], "must be from -1 to 1", "did you pass a covariance?")
    return Checked(**{name: array[:, None] for name, array in arrays.items()})


def mean_lines(population: Population, predictor: ArrayLike | None = None) -> tuple[FloatArray, FloatArray]:
    """Mean intercept and slope of the groups, the line of regression on their predictor; shapes (n, n_groups or 1)."""
    p = checked(population)
    u = np.zeros(1) if predictor is None else np.atleast_1d(as_floats("predictor", predictor))
    refuse(~np.isfinite(u), "predictor", u, "must be finite", "did a logarithm meet a 0?")
    if predictor is None and (np.any(p.gamma_alpha) or np.any(p.gamma_beta)):
        raise ValueError(
            "predictor must be given, got None while gamma is not 0: the mean line depends on it; one value a group"
        )
    return np.asarray(p.mu_alpha + p.gamma_alpha * u), np.asarray(p.mu_beta + p.gamma_beta * u)


def lines_given(data: Sums, population: Population, predictor: ArrayLike | None = None) -> Lines:
    r"""Exact posterior of every group's line given the population: partial pooling.

    :math:`(\Sigma^{-1} + X_j^\top X_j / \sigma^2)^{-1}`, in a form in which Sigma may be singular: tau = 0 pools
    completely. A group without spread in x, or with a single row, needs no exception here.

    Parameters
    ----------
    data : Sums
        From `sums`.
    population : Population
        Single numbers, or n draws.
    predictor : array_like, shape (n_groups,), optional
        Group predictor u.

    Returns
    -------
    Lines
        Shapes (n_groups,) for single numbers, else (n, n_groups).

    Raises
    ------
    ValueError
        On a population that is none, or a predictor of another length.

    References
    ----------
    Lindley and Smith (1972), Bayes estimates for the linear model, JRSS B 34(1), 1-41, section 2.
    """
    w = _algebra(data, population, predictor)
    beta = w.mean_b + w.c_ab * w.b_a + w.c_bb * w.b_b
    alpha = w.mean_a + w.c_aa * w.b_a + w.c_ab * w.b_b - w.centre * beta
    c_ab = w.c_ab - w.centre * w.c_bb
    c_aa = w.c_aa - w.centre * (w.c_ab + c_ab)
    sd_alpha, sd_beta = np.sqrt(np.maximum(c_aa, 0)), np.sqrt(np.maximum(w.c_bb, 0))
    scale = sd_alpha * sd_beta
    rho = np.clip(np.divide(c_ab, scale, out=np.zeros_like(c_ab), where=scale > 0), -1, 1)
    return Lines(*(_squeeze(array, population) for array in (alpha, beta, sd_alpha, sd_beta, rho)))


def draw_lines(given: Lines, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Draw one intercept and slope for each entry of some lines, with their correlation; shapes of ``given``."""
    z = as_rng(rng).standard_normal((2, *given.alpha.shape))
    across = given.rho * z[0] + np.sqrt(1 - given.rho**2) * z[1]
    return given.alpha + given.sd_alpha * z[0], given.beta + given.sd_beta * across


def log_evidence(data: Sums, population: Population, predictor: ArrayLike | None = None) -> FloatArray:
    r"""Joint log density of each group's rows with its line integrated out: :math:`\log N(y_j \mid X_j m_j, V_j)`.

    :math:`V_j = \sigma^2 I + X_j \Sigma X_j^\top`. The sum over groups is the log marginal likelihood; one entry is the
    joint predictive score of a group that the population has not seen.

    Parameters
    ----------
    data, population, predictor
        As in `lines_given`.

    Returns
    -------
    ndarray, shape (n_groups,) or (n, n_groups)

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., section 15.2.
    """
    w, p = _algebra(data, population, predictor), checked(population)
    moved = w.b_a * (w.c_aa * w.b_a + w.c_ab * w.b_b) + w.b_b * (w.c_ab * w.b_a + w.c_bb * w.b_b)
    log_sigma = np.log(p.sigma)
    return _squeeze(-0.5 * (w.quad - moved + w.log_det + data.n * (2 * log_sigma + np.log(2 * np.pi))), population)


def best_mean_line(data: Sums, population: Population) -> FloatArray:
    r"""Mean line that makes the rows most likely, spreads and noise given: generalised least squares.

    :math:`(\sum_j X_j^\top V_j^{-1} X_j)^{-1} \sum_j X_j^\top V_j^{-1} y_j`, the precision-weighted mean of lesson 04.

    Parameters
    ----------
    data : Sums
        From `sums`.
    population : Population
        Single numbers; the mean line in it is not used.

    Returns
    -------
    ndarray, shape (2,)
        mu_alpha and mu_beta.

    References
    ----------
    Lindley and Smith (1972), Bayes estimates for the linear model, JRSS B 34(1), 1-41, section 2.
    """
    w = _algebra(data, population._replace(mu_alpha=0.0, mu_beta=0.0), None)
    x = data.x - w.centre
    cross = data.n * x
    s = np.array([[data.n, cross], [cross, data.xx + data.n * x**2]]) / float(population.sigma) ** 2
    c = np.array([[w.c_aa[0], w.c_ab[0]], [w.c_ab[0], w.c_bb[0]]])
    left = np.eye(2)[:, :, None] - np.einsum("abj,bcj->acj", s, c)  # V^-1 X = X left / sigma^2, by Woodbury
    precision = np.einsum("abj,bcj->ac", left, s)
    height, slope = np.linalg.solve(precision, np.einsum("abj,bj->a", left, np.array([w.b_a[0], w.b_b[0]])))
    return np.array([height - w.centre * slope, slope])


def _algebra(data: Sums, population: Population, predictor: ArrayLike | None) -> _Algebra:
    p = checked(population)
    mean_a, mean_b = mean_lines(population, predictor)
    if mean_a.shape[1] not in (1, data.n.size):
        raise ValueError(
            f"predictor must have one value for each of {data.n.size} groups, got {mean_a.shape[1]}; use group_values"
        )
    centre = float(np.average(data.x, weights=data.n))
    x, mean_a = data.x - centre, mean_a + mean_b * centre
    s2 = p.sigma**2
    s_aa, s_ab, s_bb = data.n / s2, data.n * x / s2, (data.xx + data.n * x**2) / s2
    # Spread of the heights at the centre, in a form that keeps its digits where rho is nearly -1 or 1.
    own = p.tau_beta**2 * ((1 - p.rho) * (1 + p.rho))
    along = p.rho * p.tau_alpha + p.tau_beta * centre
    v_a, v_b = (p.tau_alpha + p.rho * p.tau_beta * centre) ** 2 + own * centre**2, p.tau_beta**2
    v_ab = p.tau_beta * along
    # det(I + Sigma S) = 1 + trace(Sigma S) + det Sigma det S, of which nothing is negative and nothing cancels: the
    # trace is the spread of heights at a group's own mean of x, for each row, and that of slopes about it.
    det_v, det_s = p.tau_alpha**2 * own, data.n * data.xx / s2**2
    at_own = (p.tau_alpha + p.rho * p.tau_beta * data.x) ** 2 + own * data.x**2
    det = 1 + at_own * s_aa + v_b * data.xx / s2 + det_v * det_s
    # (Sigma^-1 + S)^-1 = (Sigma + det(Sigma) adj(S)) / det
    c_aa, c_bb = (v_a + det_v * s_bb) / det, (v_b + det_v * s_aa) / det
    c_ab = (v_ab - det_v * s_ab) / det
    level = data.y - mean_a - mean_b * x  # residual of the group's mean point
    r_xy = data.xy - mean_b * data.xx
    b_a, b_b = data.n * level / s2, (data.n * level * x + r_xy) / s2
    quad = (data.yy - 2 * mean_b * data.xy + mean_b**2 * data.xx + data.n * level**2) / s2
    return _Algebra(centre, *np.broadcast_arrays(mean_a, mean_b, c_aa, c_ab, c_bb, b_a, b_b, quad, np.log(det)))


def _squeeze(array: FloatArray, population: Population) -> FloatArray:
    """Drop the axis of draws when there is one draw and it was given as single numbers."""
    return array[0] if all(np.ndim(value) == 0 for value in population) else array

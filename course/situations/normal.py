r"""The normal hierarchy for many platforms at once: :math:`y_{rj} \sim N(\theta_{rj}, \sigma_j^2)`, tau on a grid.

`course.exact` integrates one data set to many digits; this is for hundreds of simulated ones, to three.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.validate import FloatArray, as_floats, as_sigma, refuse

_NODES: Final = 96
_FAR: Final = 7.0  # scales of the half-normal prior; beyond lies a share of 3e-12


class Three(NamedTuple):
    """Estimates of every group under no, complete and partial pooling, each of shape (replications, n_groups)."""

    none: FloatArray
    complete: FloatArray
    partial: FloatArray


class Pooled(NamedTuple):
    """Posterior means: theta of shape (replications, n_groups); mu and tau of shape (replications,)."""

    theta: FloatArray
    mu: FloatArray
    tau: FloatArray


def pool(y: ArrayLike, sigma: ArrayLike, *, tau_scale: float, predictor: ArrayLike | None = None) -> Pooled:
    r"""Posterior means under a flat prior on mu and tau ~ HalfNormal(tau_scale), all replications at once.

    With a predictor x the groups are drawn about a line, :math:`\theta_j \sim N(\mu + \gamma x_j, \tau^2)`, gamma flat.

    Parameters
    ----------
    y : array_like, shape (replications, n_groups)
        Estimates, in units of the outcome.
    sigma : array_like, shape (n_groups,) or (replications, n_groups)
        Their standard errors, same units.
    tau_scale : float
        Scale of the prior on tau, same units.
    predictor : array_like, shape (n_groups,), optional
        Something known of each group, not the same for all.

    Returns
    -------
    Pooled
        ``mu`` is the mean where the predictor is 0.

    Raises
    ------
    ValueError
        On values that are no numbers, fewer than two groups, or a scale that is not positive.

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., section 5.4.
    """
    y, sigma = np.atleast_2d(as_floats("y", y)), as_sigma(sigma)
    refuse(~np.isfinite(y), "y", y, "must be finite", "did a rate of 0 become a log odds?")
    if y.ndim != 2 or y.shape[1] < 2 or sigma.shape not in ((y.shape[1],), y.shape):
        raise ValueError(
            f"y must be replications by groups, two groups at least, and sigma fit, got {y.shape}, {sigma.shape}"
        )
    if not (np.isfinite(tau_scale) and tau_scale > 0):
        raise ValueError(f"tau_scale must be positive and finite, got {tau_scale}; it is in units of the outcome")
    tau, log_prior = spread_nodes(tau_scale)
    variance = np.broadcast_to(sigma, y.shape)[:, None] ** 2 + tau[:, None] ** 2  # replications, nodes, groups
    line, log_det = _lines(y, 1.0 / variance, _design(predictor, y.shape[1]))
    away = np.sum((y[:, None] - line.height) ** 2 / variance, axis=2)
    log_weight = log_prior - 0.5 * (np.log(variance).sum(axis=2) + log_det + away)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    kept = tau[:, None] ** 2 / variance
    theta = np.einsum("rt,rtj->rj", weight, kept * y[:, None] + (1.0 - kept) * line.height)
    return Pooled(theta, np.sum(weight * line.level, axis=1), weight @ tau)


class _Line(NamedTuple):
    """Best line at every node: level at predictor 0, (replications, nodes), and height at every group."""

    level: FloatArray
    height: FloatArray


def _design(predictor: ArrayLike | None, groups: int) -> FloatArray:
    """Columns of the line: ones, and the predictor if there is one."""
    if predictor is None:
        return np.ones((groups, 1))
    x = as_floats("predictor", predictor)
    if x.shape != (groups,) or np.ptp(x) == 0 or groups < 3:
        raise ValueError(
            f"predictor must have one value for each of {groups} groups, 3 at least and not all alike, got {x}"
        )
    return np.column_stack([np.ones(groups), x])


def _lines(y: FloatArray, precision: FloatArray, design: FloatArray) -> tuple[_Line, FloatArray]:
    """Least squares at every node with its weights, and the log determinant of what it knows of the line."""
    known = np.einsum("jp,rtj,jq->rtpq", design, precision, design)
    right = np.einsum("jp,rtj,rj->rtp", design, precision, y)
    found = np.linalg.solve(known, right[..., None])[..., 0]
    return _Line(found[..., 0], found @ design.T), np.asarray(np.linalg.slogdet(known)[1])


def three(y: ArrayLike, sigma: ArrayLike, *, tau_scale: float) -> Three:
    """The three poolings of the same estimates; arguments as for `pool`."""
    found = pool(y, sigma, tau_scale=tau_scale)
    own = np.atleast_2d(as_floats("y", y))
    share = np.broadcast_to(1.0 / as_sigma(sigma) ** 2, own.shape)
    common = np.sum(share * own, axis=1, keepdims=True) / share.sum(axis=1, keepdims=True)
    return Three(own, np.broadcast_to(common, own.shape), found.theta)


def spread_nodes(scale: float, count: int = _NODES) -> tuple[FloatArray, FloatArray]:
    """Nodes for tau ~ HalfNormal(scale), closer near 0, and the log prior mass of each, up to a constant.

    Parameters
    ----------
    scale : float
        Of the prior, in units of the outcome.
    count : int
        Gauss and Legendre's nodes, in the root of tau.
    """
    points, weights = np.polynomial.legendre.leggauss(count)
    root = np.sqrt(_FAR * scale) * (points + 1.0) / 2.0
    tau = np.asarray(root**2)
    return tau, np.asarray(np.log(weights * root) - 0.5 * (tau / scale) ** 2)

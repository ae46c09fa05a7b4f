r"""Where a sampler walks: log densities with their gradients, in the coordinates that it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from course.validate import FloatArray, as_estimates, as_floats, refuse


@dataclass(frozen=True)
class Target:
    """A log density, up to a constant, with its gradient.

    Attributes
    ----------
    names : tuple of str, length d
        Names of the coordinates.
    value : callable
        Point of shape (d,) -> (log density, gradient of shape (d,)).
    """

    names: tuple[str, ...]
    value: Callable[[FloatArray], tuple[float, FloatArray]]


def neal(dimensions: int = 9, *, centered: bool = True, spread: float = 3.0) -> Target:
    r"""Neal's funnel: :math:`v \sim N(0, spread^2)`, and :math:`x_i \sim N(0, e^v)` given v.

    Parameters
    ----------
    dimensions : int
        Number of x, at least 1.
    centered : bool
        Coordinates (v, x), or (v, eta) with :math:`x = e^{v/2} \eta`.
    spread : float
        Standard deviation of v.

    References
    ----------
    Neal (2003), Slice sampling, Annals of Statistics 31(3), 705-767, section 8.
    """
    if dimensions < 1 or not spread > 0:
        raise ValueError(f"dimensions must be at least 1 and spread positive, got {dimensions} and {spread}")

    def value(q: FloatArray) -> tuple[float, FloatArray]:
        v, x = q[0], q[1:]
        with np.errstate(over="ignore", invalid="ignore"):
            precision = np.exp(-v) if centered else 1.0
            squares = float(x @ x) * precision
            own = 0.5 * squares - 0.5 * dimensions if centered else 0.0
            log_p = -0.5 * (v / spread) ** 2 - 0.5 * squares - (0.5 * dimensions * v if centered else 0.0)
            return float(log_p), np.concatenate([[-v / spread**2 + own], -x * precision])

    return Target(("v", *(f"{'x' if centered else 'eta'}[{i}]" for i in range(dimensions))), value)


def hierarchy(
    y: ArrayLike,
    sigma: ArrayLike,
    *,
    centered: bool | ArrayLike,
    mu_prior: tuple[float, float] = (0.0, 10.0),
    tau_scale: float = 10.0,
) -> Target:
    r"""Posterior of the normal hierarchy in (mu, log tau, theta or eta).

    :math:`\mu \sim N(m, s^2)`, :math:`\tau \sim \text{HalfNormal}`, and group j is either
    :math:`\theta_j \sim N(\mu, \tau^2)` or :math:`\theta_j = \mu + \tau\eta_j` with :math:`\eta_j \sim N(0, 1)`.

    Parameters
    ----------
    y, sigma : array_like, shape (n_groups,)
        Estimate and standard error of each group, in units of the outcome.
    centered : bool or array_like of bool, shape (n_groups,)
        Coordinates of all groups, or of each.
    mu_prior : tuple of float
        Mean and standard deviation of mu.
    tau_scale : float
        Scale of the half-normal prior on tau.

    References
    ----------
    Betancourt and Girolami (2015), Hamiltonian Monte Carlo for hierarchical models.
    """
    y, sigma = as_estimates(y, sigma)
    is_centered = np.broadcast_to(np.asarray(centered, dtype=bool), y.shape)
    m, s = mu_prior

    def value(q: FloatArray) -> tuple[float, FloatArray]:
        mu, log_tau, own = q[0], q[1], q[2:]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
            tau = np.exp(log_tau)
            eta = np.where(is_centered, (own - mu) / tau, own)
            error = (y - np.where(is_centered, own, mu + tau * own)) / sigma
            pull = error / sigma  # of the data on theta
            prior = -0.5 * ((mu - m) / s) ** 2 - 0.5 * (tau / tau_scale) ** 2 + log_tau
            log_p = prior - 0.5 * (eta @ eta) - is_centered.sum() * log_tau - 0.5 * (error @ error)
            d_mu = -(mu - m) / s**2 + np.sum(np.where(is_centered, eta / tau, pull))
            on_tau = np.where(is_centered, eta**2 - 1.0, pull * tau * own)
            d_own = np.where(is_centered, -eta / tau + pull, -eta + tau * pull)
        return float(log_p), np.concatenate([[d_mu, 1.0 - (tau / tau_scale) ** 2 + np.sum(on_tau)], d_own])

    return Target(("mu", "log tau", *(f"{'theta' if c else 'eta'}[{j}]" for j, c in enumerate(is_centered))), value)


def scaled(target: Target, scale: ArrayLike) -> Target:
    r"""Measure each coordinate in a unit of its own, :math:`z = q / scale`, as a tuned diagonal mass matrix does.

    Parameters
    ----------
    target : Target
        A log density of q.
    scale : array_like, shape (d,)
        One unit of each coordinate, positive; the posterior standard deviations, if they are known.

    Raises
    ------
    ValueError
        If the scales do not fit the coordinates or one is not positive.

    References
    ----------
    Neal (2011), MCMC using Hamiltonian dynamics, section 4.1.
    """
    units = as_floats("scale", scale)
    if units.shape != (len(target.names),):
        raise ValueError(f"scale must have shape ({len(target.names)},), got {units.shape}")
    refuse(~(units > 0), "scale", units, "must be positive", "it is a width")

    def value(z: FloatArray) -> tuple[float, FloatArray]:
        log_p, gradient = target.value(z * units)
        return log_p, gradient * units

    return Target(target.names, value)

r"""Funnels: log densities with gradients, a leapfrog trajectory to look at, a Hamiltonian Monte Carlo to read.

For pictures and for understanding; the lessons sample with PyMC. A `Target` is any log density with its gradient.
`neal` is Neal's funnel, `hierarchy` the normal hierarchy; in both, ``centered`` chooses the coordinates in which the
sampler walks and never the distribution.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.validate import BoolArray, FloatArray, as_estimates, as_floats, as_rng, refuse

__all__ = ["Chain", "Informed", "Target", "Trajectory", "hierarchy", "hmc", "informed_groups", "leapfrog", "neal"]

_EXPLODED = 1000.0  # an energy error above this is a divergence, the limit that Stan and PyMC use


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


class Trajectory(NamedTuple):
    """A leapfrog trajectory: q and p of shape (n + 1, d), energy of shape (n + 1,), starting point included.

    ``diverged`` is the index of the first point whose energy is not finite or more than 1000 above the start, or -1.
    """

    q: FloatArray
    p: FloatArray
    energy: FloatArray
    diverged: int


class Chain(NamedTuple):
    """Draws of shape (n, d); acceptance probabilities, energy errors and divergences of shape (n,)."""

    q: FloatArray
    acceptance: FloatArray
    energy_error: FloatArray
    diverged: BoolArray


class Informed(NamedTuple):
    """Groups of chosen information: true theta, estimate y and its standard error sigma, each of shape (n_groups,)."""

    theta: FloatArray
    y: FloatArray
    sigma: FloatArray


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


def leapfrog(target: Target, q: ArrayLike, p: ArrayLike, *, step: float, n_steps: int) -> Trajectory:
    """Follow Hamilton's equations with a unit mass matrix by the leapfrog rule, keeping every point.

    Parameters
    ----------
    target : Target
        Where to walk.
    q, p : array_like, shape (d,)
        Start: position and momentum.
    step : float
        Step size, positive.
    n_steps : int
        Number of steps, at least 1. After a divergence the last finite point is repeated.

    References
    ----------
    Neal (2011), MCMC using Hamiltonian dynamics, section 2.3.
    """
    position, momentum = as_floats("q", q), as_floats("p", p)
    if position.shape != momentum.shape or position.shape != (len(target.names),):
        raise ValueError(f"q and p must have shape ({len(target.names)},), got {position.shape} and {momentum.shape}")
    refuse(np.asarray(not step > 0), "step", np.asarray(float(step)), "must be positive", "it is a step size")
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1, got {n_steps}")
    qs, ps = np.repeat(position[None], n_steps + 1, 0), np.repeat(momentum[None], n_steps + 1, 0)
    log_p, gradient = target.value(position)
    energy = np.full(n_steps + 1, np.inf)
    energy[0] = 0.5 * momentum @ momentum - log_p
    for i in range(1, n_steps + 1):
        with np.errstate(over="ignore", invalid="ignore"):
            momentum = momentum + 0.5 * step * gradient
            position = position + step * momentum
            log_p, gradient = target.value(position)
            momentum = momentum + 0.5 * step * gradient
            energy[i] = 0.5 * momentum @ momentum - log_p
        if not energy[i] - energy[0] < _EXPLODED:
            qs[i:], ps[i:], energy[i:] = qs[i - 1], ps[i - 1], np.inf
            return Trajectory(qs, ps, energy, i)
        qs[i], ps[i] = position, momentum
    return Trajectory(qs, ps, energy, -1)


def hmc(
    target: Target, start: ArrayLike, *, step: float, n_steps: int, n_draws: int, rng: np.random.Generator
) -> Chain:
    """Draw with Hamiltonian Monte Carlo: kick, roll, accept or stay. No tuning, so that nothing hides the geometry.

    Parameters
    ----------
    target : Target
        Where to walk.
    start : array_like, shape (d,)
        First position.
    step, n_steps : float, int
        Step size and number of steps of each trajectory; the length is varied by up to a fifth, against resonance.
    n_draws : int
        Number of draws, at least 1.
    rng : numpy.random.Generator
        Source of randomness.

    References
    ----------
    Neal (2011), MCMC using Hamiltonian dynamics, section 3.
    """
    if n_draws < 1:
        raise ValueError(f"n_draws must be at least 1, got {n_draws}")
    q, rng = as_floats("start", start), as_rng(rng)
    draws, acceptance = np.empty((n_draws, q.size)), np.empty(n_draws)
    error, diverged = np.empty(n_draws), np.zeros(n_draws, dtype=bool)
    for i in range(n_draws):
        length = max(1, round(n_steps * rng.uniform(0.8, 1.2)))
        path = leapfrog(target, q, rng.standard_normal(q.size), step=step, n_steps=length)
        error[i], diverged[i] = path.energy[-1] - path.energy[0], path.diverged >= 0
        acceptance[i] = float(np.exp(-max(error[i], 0.0)))
        if rng.random() < acceptance[i]:
            q = path.q[-1]
        draws[i] = q
    return Chain(draws, acceptance, error, diverged)


def informed_groups(
    n_groups: int, information: ArrayLike, rng: np.random.Generator, *, mu: float = 3.0, tau: float = 5.0
) -> Informed:
    r"""Simulate groups whose own data carry a chosen amount of information, :math:`\tau^2 / \sigma_j^2`.

    Parameters
    ----------
    n_groups : int
        Number of groups, at least 1.
    information : float or array_like, shape (n_groups,)
        Information of each group: below 1 its own data say less than the population does. Positive.
    rng : numpy.random.Generator
        Source of randomness.
    mu, tau : float
        Population mean and standard deviation.
    """
    information = as_floats("information", information)
    refuse(~(information > 0), "information", information, "must be positive", "it is tau^2 / sigma^2")
    sigma = np.broadcast_to(tau / np.sqrt(information), (n_groups,)).copy()
    theta = mu + tau * as_rng(rng).standard_normal(n_groups)
    return Informed(theta, theta + sigma * rng.standard_normal(n_groups), sigma)

"""How a sampler walks: a leapfrog trajectory to look at, a Hamiltonian Monte Carlo to read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.funnel.targets import Target
from course.validate import BoolArray, FloatArray, as_floats, as_rng, refuse

_EXPLODED = 1000.0  # an energy error above this is a divergence, the limit that Stan and PyMC use


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
    with np.errstate(over="ignore", invalid="ignore"):
        for i in range(1, n_steps + 1):
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

"""How much each group's own data say, and what that does to the longest step a sampler may take."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.validate import FloatArray, as_floats, as_rng, refuse


class Informed(NamedTuple):
    """Groups of chosen information: true theta, estimate y and its standard error sigma, each of shape (n_groups,)."""

    theta: FloatArray
    y: FloatArray
    sigma: FloatArray


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


def stable_step(
    tau: ArrayLike, sigma: float, n_groups: int, *, centered: bool, scale: tuple[float, float], mu_sd: float = 10.0
) -> FloatArray:
    r"""Longest leapfrog step that is stable at each tau, with tau held fixed.

    Given tau the posterior of mu and the groups is normal, and the leapfrog rule is stable on a normal density as long
    as the step is below :math:`2/\sqrt{\lambda_{\max}}`, with :math:`\lambda_{\max}` the largest curvature. For groups
    of one standard error the largest is an eigenvalue of two rows: mu, and all groups moving together.

    Parameters
    ----------
    tau : array_like, shape (n,)
        Population standard deviations, positive.
    sigma : float
        Standard error of every group's estimate, same units.
    n_groups : int
        Number of groups, at least 1.
    centered : bool
        Whether a group's coordinate is theta, or eta = (theta - mu) / tau.
    scale : tuple of float
        Unit of mu and unit of the groups' coordinates, as in `scaled`.
    mu_sd : float
        Prior standard deviation of mu.

    Returns
    -------
    ndarray, shape (n,)
        Steps, in the units that ``scale`` makes.

    References
    ----------
    Neal (2011), MCMC using Hamiltonian dynamics, section 4.2.
    """
    tau = np.atleast_1d(as_floats("tau", tau))
    refuse(~(tau > 0), "tau", tau, "must be positive", "at tau = 0 the groups have no width")
    if n_groups < 1 or not (sigma > 0 and mu_sd > 0 and min(scale) > 0):
        raise ValueError(f"n_groups, sigma, mu_sd and scale must be positive: {n_groups}, {sigma}, {mu_sd}, {scale}")
    unit_mu, unit_own = scale
    if centered:  # theta_j meets its data and the population
        on_mu, on_own, between = 1 / tau**2, 1 / tau**2 + 1 / sigma**2, -1 / tau**2
    else:  # the data meet mu + tau * eta_j
        on_mu, on_own, between = np.full_like(tau, 1 / sigma**2), 1 + (tau / sigma) ** 2, tau / sigma**2
    mu = unit_mu**2 * (1 / mu_sd**2 + n_groups * on_mu)
    own = unit_own**2 * on_own
    cross = unit_mu * unit_own * np.sqrt(n_groups) * between
    largest = 0.5 * (mu + own) + np.hypot(0.5 * (mu - own), cross)
    return np.asarray(2 / np.sqrt(largest))

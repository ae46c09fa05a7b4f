"""How much each group's own data say, and what that does to the longest step a sampler may take."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.validate import FloatArray, as_floats, as_rng, refuse

Draws = tuple[FloatArray, FloatArray, FloatArray]


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
    y: ArrayLike,
    sigma: float,
    at: Draws,
    *,
    centered: bool,
    scale: tuple[float, float, float],
    mu_sd: float = 10.0,
    tau_scale: float = 10.0,
) -> FloatArray:
    r"""Longest leapfrog step that is stable at each of some points of `hierarchy`.

    Near a point a log density is a parabola, and on a parabola the leapfrog rule is stable as long as the step is below
    :math:`2/\sqrt{\lambda_{\max}}`, with :math:`\lambda_{\max}` the largest eigenvalue of minus the Hessian. Groups of
    one standard error have one curvature of their own, so that only four directions matter: mu, log tau, all groups
    together, and the groups in proportion to what they do to log tau.

    Parameters
    ----------
    y : array_like, shape (n_groups,)
        Estimates.
    sigma : float
        Standard error of every one of them.
    at : tuple of mu, tau and theta, shapes (n,), (n,), (n, n_groups)
        The points, for example `NormalPosterior.draws`; tau positive.
    centered : bool
        Whether a group's coordinate is theta, or eta = (theta - mu) / tau.
    scale : tuple of float
        Units of mu, of log tau and of the groups' coordinates, as in `scaled`.
    mu_sd, tau_scale : float
        Prior standard deviation of mu, scale of the half-normal prior on tau.

    Returns
    -------
    ndarray, shape (n,)
        Steps, in the units that ``scale`` makes. A trajectory leaves its starting point: below its limit there it can
        still come to a place where it is above.

    References
    ----------
    Neal (2011), MCMC using Hamiltonian dynamics, section 4.2.
    """
    y = as_floats("y", y)
    mu, tau, theta = (np.asarray(values, dtype=float) for values in at)
    refuse(~(tau > 0), "tau", tau, "must be positive", "at tau = 0 the groups have no width")
    if not (sigma > 0 and mu_sd > 0 and tau_scale > 0 and min(scale) > 0):
        raise ValueError(f"sigma, mu_sd, tau_scale and scale must be positive: {sigma}, {mu_sd}, {tau_scale}, {scale}")
    curvature = _curvature(y, sigma, mu, tau, theta, centered)
    curvature[:, 0, 0] += 1 / mu_sd**2
    curvature[:, 1, 1] += 2 * (tau / tau_scale) ** 2
    unit = np.array([scale[0], scale[1], scale[2], scale[2]])
    return np.asarray(2 / np.sqrt(np.linalg.eigvalsh(curvature * unit * unit[:, None])[:, -1]))  # reads the lower half


def _curvature(
    y: FloatArray, sigma: float, mu: FloatArray, tau: FloatArray, theta: FloatArray, centered: bool
) -> FloatArray:
    """Lower half of minus the Hessian without the priors on mu and tau, in the four directions; shape (n, 4, 4)."""
    tau = tau[:, None]
    eta = (theta - mu[:, None]) / tau
    pull = (y - theta) / sigma**2  # of the data on theta
    if centered:  # theta_j meets its data and the population
        mu_mu, tau_tau, mu_tau = 1 / tau**2, 2 * eta**2, 2 * eta / tau
        own, mu_own, tau_own = 1 / tau**2 + 1 / sigma**2, -1 / tau**2, -2 * eta / tau
    else:  # the data meet mu + tau * eta_j
        mu_mu, tau_tau, mu_tau = (
            1 / sigma**2 + 0 * tau,
            (tau * eta / sigma) ** 2 - tau * eta * pull,
            tau * eta / sigma**2,
        )
        own, mu_own, tau_own = 1 + (tau / sigma) ** 2, tau / sigma**2, tau * (tau * eta / sigma**2 - pull)
    n, root, mean = y.size, np.sqrt(y.size), tau_own.mean(axis=1)
    curvature = np.zeros((tau.size, 4, 4))
    curvature[:, 0, 0] = n * mu_mu[:, 0]
    curvature[:, 1, 1] = tau_tau.sum(axis=1)
    curvature[:, 2, 2] = curvature[:, 3, 3] = own[:, 0]
    curvature[:, 1, 0] = mu_tau.sum(axis=1)
    curvature[:, 2, 0] = root * mu_own[:, 0]
    curvature[:, 2, 1] = root * mean
    curvature[:, 3, 1] = np.sqrt(np.sum((tau_own - mean[:, None]) ** 2, axis=1))
    return curvature

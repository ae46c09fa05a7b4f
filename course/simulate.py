"""Simulated worlds whose truth is known, so that an estimate can be judged."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.validate import FloatArray, as_rng, as_sigma, as_tau

__all__ = ["Cities", "Groups", "cities", "normal_groups"]


class Cities(NamedTuple):
    """Users, clicks and true click rate of each city, all of shape (n_cities,)."""

    users: NDArray[np.int64]
    clicks: NDArray[np.int64]
    rate: FloatArray


class Groups(NamedTuple):
    """True parameter and estimate of each group, both of shape (n_groups,), in units of the outcome."""

    theta: FloatArray
    y: FloatArray


def cities(
    n_cities: int,
    rng: np.random.Generator,
    *,
    mean: float = 0.06,
    concentration: float = 60.0,
    median_users: float = 8.0,
    spread: float = 1.7,
) -> Cities:
    """Simulate cities whose sizes are heavy-tailed and whose click rates come from a beta population.

    Parameters
    ----------
    n_cities : int
        Number of cities, at least 1.
    rng : numpy.random.Generator
        Source of randomness.
    mean, concentration : float
        Mean (0 to 1) and concentration (in users) of the beta distribution of true click rates.
    median_users, spread : float
        Median of the number of users and standard deviation of its logarithm (log-normal, rounded down).

    Returns
    -------
    Cities
        Largest city first. Some cities have no users.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """
    for name, value, right in (
        ("n_cities", n_cities, n_cities >= 1),
        ("mean", mean, 0 < mean < 1),
        ("concentration", concentration, concentration > 0),
        ("median_users", median_users, median_users > 0),
        ("spread", spread, spread >= 0),
    ):
        if not right:
            raise ValueError(f"{name} is out of range, got {value}; see the docstring of simulate.cities")
    rng = as_rng(rng)
    size = rng.lognormal(np.log(median_users), spread, n_cities)
    users = np.sort(np.floor(size).astype(np.int64))[::-1]
    rate = rng.beta(mean * concentration, (1 - mean) * concentration, n_cities)
    return Cities(users, rng.binomial(users, rate), rate)


def normal_groups(n_groups: int, mu: float, tau: float, sigma: ArrayLike, rng: np.random.Generator) -> Groups:
    """Simulate the normal hierarchy: theta_j ~ N(mu, tau^2), y_j ~ N(theta_j, sigma_j^2).

    Parameters
    ----------
    n_groups : int
        Number of groups.
    mu, tau : float
        Population mean and standard deviation, in units of the outcome.
    sigma : float or array_like, shape (n_groups,)
        Standard error of each estimate, same units.
    rng : numpy.random.Generator
        Source of randomness.
    """
    sigma, tau, rng = as_sigma(sigma), as_tau(tau), as_rng(rng)
    if sigma.shape not in ((), (n_groups,)):
        raise ValueError(f"sigma must be one number or one for each of {n_groups} groups, got shape {sigma.shape}")
    theta = mu + tau * rng.standard_normal(n_groups)
    return Groups(theta, theta + sigma * rng.standard_normal(n_groups))

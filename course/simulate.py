"""Simulated worlds whose truth is known, so that an estimate can be judged."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from course.validate import FloatArray, as_floats, as_number, as_rng, as_sigma, as_tau, as_whole, refuse

__all__ = ["Cities", "Groups", "PricedCities", "cities", "normal_groups", "priced_cities"]


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
    n_cities = as_whole("n_cities", n_cities, "it is how many cities to draw")
    numbers = {"mean": mean, "concentration": concentration, "median_users": median_users, "spread": spread}
    mean, concentration, median_users, spread = (as_number(name, value) for name, value in numbers.items())
    for name, value, right in (
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
    n_groups, mu = as_whole("n_groups", n_groups, "it is how many groups to draw"), as_number("mu", mu)
    refuse(np.isinf(sigma), "sigma", sigma, "must be finite", "an estimate with an endless error is nowhere")
    refuse(np.asarray(np.isinf(tau)), "tau", np.asarray(tau), "must be finite", "no group can be drawn from it")
    if sigma.shape not in ((), (n_groups,)):
        raise ValueError(f"sigma must be one number or one for each of {n_groups} groups, got shape {sigma.shape}")
    theta = mu + tau * rng.standard_normal(n_groups)
    return Groups(theta, theta + sigma * rng.standard_normal(n_groups))


class PricedCities(NamedTuple):
    """Purchases at prices in cities: rows of shape (n_users,), truth of shape (n_cities,).

    ``city`` is the number of each user's city, ``price`` what the user was asked to pay, ``bought`` 0 or 1, ``users``
    the size of each city. ``alpha`` is the true log odds of buying at price 0, ``beta`` their true change for every 10
    units of price.
    """

    city: NDArray[np.intp]
    price: FloatArray
    bought: NDArray[np.int64]
    users: NDArray[np.int64]
    alpha: FloatArray
    beta: FloatArray


def priced_cities(
    rng: np.random.Generator,
    *,
    users: ArrayLike = (20, 26, 33, 43, 56, 72, 93, 120, 155, 200),
    prices: ArrayLike = (20, 30, 40, 50, 60, 70, 80, 90, 100),
    mean: tuple[float, float] = (5.0, -0.8),
    tau: tuple[float, float] = (1.5, 0.3),
    rho: float = 0.0,
) -> PricedCities:
    r"""Simulate who buys at which price: :math:`\text{logit } p = \alpha_j + \beta_j \, \text{price} / 10`.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    users : array_like of int, shape (n_cities,)
        Users of each city, at least 1 each; 20 to 200 in even ratios unless told.
    prices : array_like
        Prices tried; each user meets one of them at random.
    mean, tau : tuple of float
        Mean and standard deviation of alpha and of beta in the population of cities.
    rho : float
        Their correlation, from -1 to 1.

    Returns
    -------
    PricedCities
        Cities in the order of ``users``. Ten realised cities may differ a good deal from their population.

    Raises
    ------
    ValueError
        On a city without users, fewer than two prices, a negative tau or a rho that is no correlation.
    """
    n = as_floats("users", users)
    refuse(
        ~((n >= 1) & (n == np.floor(n)) & np.isfinite(n)),
        "users",
        n,
        "must be whole numbers of at least 1",
        "a city without users has no rows: it is a new city",
    )
    menu = np.unique(as_floats("prices", prices))
    if n.ndim != 1 or menu.size < 2:
        raise ValueError(f"users must be a list and prices at least two, got shape {n.shape} and {menu.size} prices")
    refuse(~(np.isfinite(menu) & (menu > 0)), "prices", menu, "must be positive", "nothing is earned at a price of 0")
    spread = as_floats("tau", tau)
    refuse(spread < 0, "tau", spread, "must not be negative", "it is a standard deviation")
    if not -1 <= rho <= 1:
        raise ValueError(f"rho must be from -1 to 1, got {rho}; did you pass a covariance?")
    rng = as_rng(rng)
    z = rng.standard_normal((2, n.size))
    alpha = mean[0] + tau[0] * z[0]
    beta = mean[1] + tau[1] * (rho * z[0] + np.sqrt(1 - rho**2) * z[1])
    size = n.astype(np.int64)
    city = np.repeat(np.arange(n.size), size.astype(np.intp))
    price = rng.choice(menu, city.size)
    bought = rng.binomial(1, special.expit(alpha[city] + beta[city] * price / 10))
    return PricedCities(city, price, bought, size, alpha, beta)

r"""What the three poolings cost on average when all groups are measured equally well: closed forms and one integral.

:math:`\theta_j \sim N(\mu, \tau^2)`, :math:`y_j \sim N(\theta_j, s^2)`, J groups. Losses are mean squared errors per
group. With :math:`S = \sum_j (y_j - \bar y)^2 \sim (\tau^2 + s^2)\,\chi^2_{J-1}` everything that is learned of tau
comes through S.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from course.validate import FloatArray, as_floats, as_rng, as_sigma, as_tau, as_whole

LEVEL: Final = 0.89
Z: Final = float(special.ndtri(0.5 + LEVEL / 2))  # half an interval of that level, in standard deviations
_LEVELS: Final = 400
_SHARES: Final = (np.arange(48) + 0.5) / 48
_INNER: Final = (np.arange(32) + 0.5) / 32


class Risks(NamedTuple):
    """Mean squared error per group, units of the outcome squared, each of the shape of sigma.

    No, complete and partial pooling, the latter with tau learned by moments, and with tau known.
    """

    none: FloatArray
    complete: FloatArray
    partial: FloatArray
    known: FloatArray


def risks(groups: int, tau: float, sigma: ArrayLike) -> Risks:
    r"""Expected losses under the three poolings.

    Partial pooling keeps the share :math:`w = \max(0, 1 - (J - 1) s^2 / S)` of each departure from the mean, which is
    DerSimonian and Laird's estimate of tau put into the formula of lesson 04.

    Parameters
    ----------
    groups : int
        Number of groups, 2 or more.
    tau : float
        Population standard deviation, in units of the outcome.
    sigma : array_like
        Standard error of every group's own estimate; one setting for each value.

    Raises
    ------
    ValueError
        On fewer than two groups, a negative tau, or a sigma that is not positive and finite.
    """
    tau, s = as_tau(tau), as_sigma(sigma)
    if as_whole("groups", groups, "it is how many there are") < 2 or not np.all(np.isfinite(s)) or np.isinf(tau):
        raise ValueError(f"groups must be 2 or more, tau and sigma finite, got {groups}, {tau} and {s.tolist()}")
    freedom = groups - 1
    variance = tau**2 + s**2
    weight = tau**2 / variance
    total = variance[..., None] * _chi_squares(freedom)
    kept = np.maximum(0.0, 1.0 - freedom * s[..., None] ** 2 / total)
    cost = np.mean((weight[..., None] - kept) ** 2 * total, axis=-1)  # of not knowing tau, over all departures
    known = (s**2 + freedom * weight * s**2) / groups
    complete = (s**2 + freedom * tau**2) / groups
    return Risks(np.asarray(s**2), np.asarray(complete), np.asarray(known + cost / groups), np.asarray(known))


def _chi_squares(freedom: int) -> FloatArray:
    """Equally likely values of chi-square: a mean over them is an integral over its density."""
    middles = (np.arange(_LEVELS) + 0.5) / _LEVELS
    return np.asarray(2.0 * special.gammaincinv(freedom / 2.0, middles))


def chance_of_zero(groups: int, tau: float, sigma: float) -> float:
    r"""Chance that the most likely tau is 0: :math:`P(\chi^2_{J-1} < J s^2 / (s^2 + \tau^2))`.

    Parameters
    ----------
    groups : int
        Number of groups, 2 or more, all with the same standard error.
    tau, sigma : float
        Population standard deviation and standard error, in units of the outcome.
    """
    tau, s = as_tau(tau), float(as_floats("sigma", sigma))
    return float(special.gammainc((groups - 1) / 2.0, groups * s**2 / (s**2 + tau**2) / 2.0))


class Dice(NamedTuple):
    """Common random numbers: what of standard normal groups and errors enters a loss; each of shape (platforms,).

    ``true`` and ``noise`` are the squared departures from their means, ``cross`` their product summed, ``mean`` the
    mean of the errors.
    """

    true: FloatArray
    noise: FloatArray
    cross: FloatArray
    mean: FloatArray


def throw(groups: int, platforms: int, rng: np.random.Generator) -> Dice:
    """Draw as many platforms."""
    z, e = as_rng(rng).standard_normal((2, platforms, groups))
    mean = e.mean(axis=1)
    z, e = z - z.mean(axis=1, keepdims=True), e - mean[:, None]
    return Dice(np.sum(z**2, axis=1), np.sum(e**2, axis=1), np.sum(z * e, axis=1), mean)


def losses(dice: Dice, groups: int, tau: float, sigma: float) -> FloatArray:
    """Mean squared errors of no, complete and partial pooling on each platform, shape (3, platforms)."""
    off = groups * (sigma * dice.mean) ** 2  # the common mean misses by this in every group
    true, noise, cross = tau**2 * dice.true, sigma**2 * dice.noise, tau * sigma * dice.cross
    seen = true + noise + 2 * cross
    kept = np.maximum(0.0, 1.0 - (groups - 1) * sigma**2 / np.maximum(seen, 1e-300))
    partial = true - 2 * kept * (true + cross) + kept**2 * seen
    return np.array([off + noise, off + true, off + partial]) / groups


@lru_cache(maxsize=256)
def _quantiles(cities: int) -> tuple[FloatArray, FloatArray]:
    """Sum of squares over its expectation's unit, and a city's share of it, each at even quantiles."""
    square = 2 * special.gammaincinv((cities - 1) / 2, _SHARES)
    share = special.betaincinv(0.5, (cities - 2) / 2, _INNER) * (cities - 1) / cities
    return square, share


def plugged_in(cities: int, noise: float, tau: float) -> FloatArray:
    r"""Coverage and mean width of intervals given the estimated population, shape (2,).

    With :math:`V = \tau^2 + v`, the sum of squares S is V times chi-square with J - 1 degrees of freedom, maximum
    likelihood puts the spread at :math:`\hat\tau^2 = \max(0, S / J - v)`, and a city's distance d from the mean has a
    beta share of S. Given both, the error of the estimate is normal.

    Parameters
    ----------
    cities : int
        Number of cities, at least 3.
    noise : float
        Variance v of each city's own estimate.
    tau : float
        Spread of the cities.
    """
    square, share = _quantiles(cities)
    total = tau**2 + noise
    spread = np.maximum(0.0, total * square / cities - noise)
    weight, true_weight = spread / (spread + noise), tau**2 / total
    half = Z * np.sqrt(noise * weight)
    error = np.sqrt(noise * true_weight + (1 - true_weight) ** 2 * total / cities)
    off = (true_weight - weight)[:, None] * np.sqrt(total * square[:, None] * share)
    inside = special.ndtr((half[:, None] - off) / error) - special.ndtr((-half[:, None] - off) / error)
    return np.array([inside.mean(), 2 * half.mean()])

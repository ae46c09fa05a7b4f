r"""The shrinkage formula, empirical Bayes and the James-Stein estimator.

Throughout, :math:`y_j \sim N(\theta_j, \sigma_j^2)` with known :math:`\sigma_j`, and
:math:`\theta_j \sim N(\mu, \tau^2)`. All functions are pure: arrays in, arrays out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike
from scipy import special

from course.marginal import log_marginal
from course.validate import FloatArray, as_estimates, as_floats, as_number, as_sigma, as_tau, refuse

__all__ = [
    "NormalPopulation",
    "data_weight",
    "empirical_bayes",
    "james_stein",
    "james_stein_risk",
    "log_marginal",
    "partial_pool",
]


class NormalPopulation(NamedTuple):
    """Mean mu and standard deviation tau of the population of groups, in units of the outcome."""

    mu: float
    tau: float


def data_weight(sigma: ArrayLike, tau: float) -> FloatArray:
    r"""Weight on each group's own data, :math:`\lambda_j = \tau^2 / (\tau^2 + \sigma_j^2)`.

    Parameters
    ----------
    sigma : array_like, shape (n_groups,)
        Standard error of each group's estimate, in units of the outcome. All > 0; inf for a group without information.
    tau : float
        Population standard deviation, same units; 0 pools completely, inf not at all.

    Returns
    -------
    ndarray, shape (n_groups,)
        Weights in [0, 1]. ``1 - data_weight(...)`` is the shrinkage (pooling) factor B.

    Raises
    ------
    ValueError
        If any ``sigma <= 0`` or ``tau < 0``, naming the first offender, or if both are infinite.

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., section 5.4.
    """
    sigma, tau = as_sigma(sigma), as_tau(tau)
    if np.isinf(tau):
        refuse(np.isinf(sigma), "sigma", sigma, "must be finite when tau is inf", "inf against inf has no weight")
    # The ratio and not the two squares: squares of very small or very large values leave the range of floats.
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        ratio = sigma / tau if tau > 0 else np.full(sigma.shape, np.inf)
        return np.asarray(1.0 / (1.0 + ratio * ratio))


def partial_pool(y: ArrayLike, sigma: ArrayLike, mu: float, tau: float) -> FloatArray:
    r"""Conditional posterior means :math:`E[\theta_j \mid \mu, \tau, y] = \lambda_j y_j + (1 - \lambda_j) \mu`.

    Parameters
    ----------
    y, sigma : array_like, shape (n_groups,)
        Estimate and standard error of each group, in units of the outcome.
    mu, tau : float
        Population mean and standard deviation, same units. ``tau = 0`` gives mu for all, ``tau = inf`` gives y.

    Returns
    -------
    ndarray, shape (n_groups,)
        Precision-weighted means of y_j and mu.

    Raises
    ------
    ValueError
        On unequal lengths, NaN, ``sigma <= 0``, ``tau < 0`` or a mu that is not finite.

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., eq. 5.17.
    """
    y, sigma = as_estimates(y, sigma)
    weight = data_weight(sigma, tau)
    return np.asarray(weight * y + (1.0 - weight) * as_number("mu", mu))


def empirical_bayes(y: ArrayLike, sigma: ArrayLike, *, reml: bool = False) -> NormalPopulation:
    r"""Maximise the marginal likelihood of (mu, tau), the groups integrated out (type-II maximum likelihood).

    The maximum may be at ``tau = 0`` exactly, as it is for the eight schools; then every group gets the same estimate.
    The likelihood of tau can have several maxima: it is scanned over the whole range that data can support before
    the best one is refined.

    Parameters
    ----------
    y, sigma : array_like, shape (n_groups,)
        Estimate and standard error of each group, in units of the outcome.
    reml : bool
        Integrate mu out too (restricted maximum likelihood, the default of meta-analysis): maximum likelihood counts mu
        as known, and finds tau a little small where groups are few.

    Returns
    -------
    NormalPopulation
        ``mu`` and ``tau``, in units of the outcome; tau is 0.0 when the likelihood falls from there on.

    Raises
    ------
    ValueError
        On unequal lengths, NaN or ``sigma <= 0``.

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., section 5.4; Efron and Morris (1975); for REML, Viechtbauer
    (2005), J. Educ. Behav. Stat. 30, 261-293.
    """
    y, sigma = as_estimates(y, sigma)
    spread = float(np.ptp(y))
    nothing = NormalPopulation(float(np.average(y, weights=(sigma.min() / sigma) ** 2)), 0.0)
    # Beyond tau = ptp(y) the likelihood only falls, whatever sigma is; far below the smallest sigma tau has no effect.
    low, high = np.log(sigma.min()) - 12.0, np.log(spread) if spread > 0 else -np.inf
    if high <= low:
        return nothing
    grid = np.linspace(low, high, 97)
    slopes = np.array([_profile(u, y, sigma, reml)[2] for u in grid])
    tops = np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))
    found = [
        scipy.optimize.brentq(lambda u: _profile(u, y, sigma, reml)[2], grid[i], grid[i + 1], xtol=1e-14) for i in tops
    ]
    fits = [_profile(u, y, sigma, reml) for u in found]
    if not fits:
        return nothing
    best = int(np.argmax([height for _, height, _ in fits]))
    _, at_zero, _ = _profile(-np.inf, y, sigma, reml)
    # Equal up to rounding counts as 0 where the likelihood falls from 0 on.
    if slopes[0] <= 0 and fits[best][1] <= at_zero + 1e-13 * abs(at_zero):
        return nothing
    return NormalPopulation(fits[best][0], float(np.exp(found[best])))


def _profile(log_tau: float, y: FloatArray, sigma: FloatArray, reml: bool) -> tuple[float, float, float]:
    """Best mu for this tau, the log marginal likelihood there, and a positive multiple of its slope in tau.

    REML's, with mu integrated out, adds -log(sum of 1 / sd^2) / 2.
    """
    sd = np.hypot(sigma, np.exp(log_tau))
    share = (sd.min() / sd) ** 2
    mu = float(np.average(y, weights=share))
    with np.errstate(over="ignore", invalid="ignore"):
        z2 = ((y - mu) / sd) ** 2
        slope = float(np.sum(share * np.minimum(z2 - 1.0, 1e300)))
        height = float(-0.5 * np.sum(z2) - np.sum(np.log(sd)))
    if reml:
        height += float(np.log(sd.min()) - 0.5 * np.log(share.sum()))
        slope += float(np.sum(share**2) / share.sum())
    return mu, height, slope


def james_stein(
    y: ArrayLike, sigma: ArrayLike, *, target: float | None = None, positive_part: bool = True
) -> FloatArray:
    r"""James-Stein estimate: every group pulled by one common factor towards a fixed point or towards the mean.

    With :math:`S = \sum_j (y_j - t)^2 / \sigma_j^2` the factor on the data is :math:`1 - (k-2)/S` for a fixed target t
    and :math:`1 - (k-3)/S` when t is the precision-weighted mean of y, which costs one dimension.

    Parameters
    ----------
    y : array_like, shape (k,)
        Estimates, in units of the outcome.
    sigma : float or array_like, shape (k,)
        Standard errors. The classical result is for equal ones. With unequal ones the estimate lowers the total of
        squared errors *divided by sigma^2*, which is not the total of squared errors.
    target : float, optional
        Fixed point, chosen before looking at y. None: the precision-weighted mean of y.
    positive_part : bool
        Do not let a factor below 0 carry the groups past the target.

    Returns
    -------
    ndarray, shape (k,)

    Raises
    ------
    ValueError
        With fewer than 3 groups for a fixed target, or fewer than 4 for the mean: below that it helps nobody.

    References
    ----------
    James and Stein (1961); Efron and Morris (1975), J. Amer. Statist. Assoc. 70, 311-319.
    """
    y, sigma = as_estimates(y, sigma)
    lost = 2 if target is not None else 3
    if y.size <= lost:
        towards = "a fixed target" if target is not None else "the mean of the groups"
        raise ValueError(
            f"James-Stein towards {towards} needs at least {lost + 1} groups, got {y.size}; use partial_pool"
        )
    mean = float(np.average(y, weights=(sigma.min() / sigma) ** 2))
    centre = mean if target is None else as_number("target", target)
    with np.errstate(over="ignore"):  # infinitely many standard errors away: no shrinkage
        distance = float(np.sum(((y - centre) / sigma) ** 2))
    factor = 1.0 - (y.size - lost) / distance if distance > 0 else 0.0
    return np.asarray(centre + (max(factor, 0.0) if positive_part else factor) * (y - centre))


def james_stein_risk(norm2: ArrayLike, k: int) -> FloatArray:
    r"""Exact total squared-error risk of the plain James-Stein estimator towards a fixed point, unit variances.

    :math:`R = k - (k-2)^2 E[1/\chi'^2_k(\|\theta\|^2)] = k - (k-2)^2 E[1/(k - 2 + 2N)]`, with N Poisson with mean
    :math:`\|\theta\|^2 / 2`. Without shrinkage the risk is k.

    Parameters
    ----------
    norm2 : array_like
        Squared distance of the true means from the target, :math:`\sum_j (\theta_j - t)^2 / \sigma^2`. Not negative.
    k : int
        Number of groups, at least 3.

    Returns
    -------
    ndarray, same shape as norm2
        Risk between 2 (all true means on the target) and k.

    Raises
    ------
    ValueError
        If ``k < 3`` or any ``norm2 < 0``.

    References
    ----------
    James and Stein (1961), eq. 9; Lehmann and Casella (1998), *Theory of Point Estimation*, section 5.5.
    """
    if not (np.ndim(k) == 0 and isinstance(k, int | np.integer | float) and k >= 3 and float(k).is_integer()):
        raise ValueError(f"k must be a whole number of at least 3, got {k!r}; James-Stein needs three groups")
    norm2 = as_floats("norm2", norm2)
    refuse(norm2 < 0, "norm2", norm2, "must not be negative", "it is a sum of squares")
    # The Poisson mean in closed form, by Kummer's function: E[1/(k - 2 + 2N)] = 1F1(1; k/2; -norm2/2) / (k - 2).
    a, z = k / 2.0, norm2 / 2.0
    z = np.where(z < 1e-20, 0.0, z)  # the same to rounding, and SciPy's has no value for 1e-250
    far = z > 1e6 * k  # where SciPy's runs out of range and three terms of the expansion at infinity are exact
    inverse = 1.0 / np.where(far, z, np.inf)
    expansion = (a - 1.0) * inverse * (1.0 + (2.0 - a) * inverse * (1.0 + (3.0 - a) * inverse))
    return np.asarray(k - (k - 2.0) * np.where(far, expansion, special.hyp1f1(1.0, a, -np.where(far, 0.0, z))))

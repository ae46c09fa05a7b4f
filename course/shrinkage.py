r"""The shrinkage formula, empirical Bayes and the James-Stein estimator.

Throughout, :math:`y_j \sim N(\theta_j, \sigma_j^2)` with known :math:`\sigma_j`, and
:math:`\theta_j \sim N(\mu, \tau^2)`. All functions are pure: arrays in, arrays out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from course.validate import FloatArray, as_estimates, as_floats, as_sigma, as_tau, refuse

__all__ = [
    "Population",
    "data_weight",
    "empirical_bayes",
    "james_stein",
    "james_stein_risk",
    "log_marginal",
    "partial_pool",
]


class Population(NamedTuple):
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
    centre = as_floats("mu", mu)
    refuse(~np.isfinite(centre), "mu", centre, "must be finite", "it is the mean that groups are pulled to")
    weight = data_weight(sigma, tau)
    return np.asarray(weight * y + (1.0 - weight) * centre)


def log_marginal(y: ArrayLike, sigma: ArrayLike, mu: float, tau: float) -> float:
    r"""Log marginal likelihood :math:`\sum_j \log N(y_j \mid \mu, \sigma_j^2 + \tau^2)`, the groups integrated out.

    Parameters
    ----------
    y, sigma : array_like, shape (n_groups,)
        Estimate and standard error of each group, in units of the outcome.
    mu, tau : float
        Population mean and (finite) standard deviation, same units.

    Returns
    -------
    float
        Log density of y given mu and tau.

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., section 5.4.
    """
    y, sigma = as_estimates(y, sigma)
    sd = np.hypot(sigma, as_tau(tau))
    return float(np.sum(-0.5 * ((y - mu) / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi)))


def _profile(log_tau: FloatArray, y: FloatArray, sigma: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Best mu for each tau and minus the log marginal likelihood there; log_tau has shape (n,), -inf is tau = 0."""
    mu, loss = np.empty(log_tau.shape), np.empty(log_tau.shape)
    for i, tau in enumerate(np.exp(log_tau)):
        variance = sigma**2 + tau**2
        mu[i] = np.average(y, weights=1.0 / variance)
        loss[i] = 0.5 * np.sum((y - mu[i]) ** 2 / variance + np.log(variance))
    return mu, loss


def empirical_bayes(y: ArrayLike, sigma: ArrayLike) -> Population:
    r"""Maximise the marginal likelihood of (mu, tau), the groups integrated out (type-II maximum likelihood).

    The maximum may be at ``tau = 0`` exactly, as it is for the eight schools; then every group gets the same estimate.
    The likelihood of tau can have several maxima: it is scanned over the whole range that data can support before
    the best one is refined.

    Parameters
    ----------
    y, sigma : array_like, shape (n_groups,)
        Estimate and standard error of each group, in units of the outcome.

    Returns
    -------
    Population
        ``mu`` and ``tau``, in units of the outcome; tau is 0.0 when the likelihood falls from there on.

    Raises
    ------
    ValueError
        On unequal lengths, NaN or ``sigma <= 0``.

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., section 5.4; Efron and Morris (1975).
    """
    y, sigma = as_estimates(y, sigma)
    spread = float(np.ptp(y))
    at_zero = _profile(np.array([-np.inf]), y, sigma)
    # Beyond tau = ptp(y) the likelihood only falls, whatever sigma is; far below the smallest sigma tau has no effect.
    low, high = np.log(sigma.min()) - 9.0, np.log(spread) if spread > 0 else -np.inf
    if high <= low:
        return Population(float(at_zero[0][0]), 0.0)
    grid = np.linspace(low, high, 65)
    best = int(np.argmin(_profile(grid, y, sigma)[1]))
    bracket = (grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
    found = optimize.minimize_scalar(
        lambda u: float(_profile(np.array([u]), y, sigma)[1][0]),
        bounds=bracket,
        method="bounded",
        options={"xatol": 1e-9},
    )
    log_tau = _newton(float(found.x), y, sigma)
    mu, loss = _profile(np.array([log_tau]), y, sigma)
    # A maximum at 0 shows as a flat stretch at the low end of the grid: not better than 0 itself by more than rounding.
    if loss[0] >= at_zero[1][0] - 1e-12 * abs(at_zero[1][0]):
        return Population(float(at_zero[0][0]), 0.0)
    return Population(float(mu[0]), float(np.exp(log_tau)))


def _newton(log_tau: float, y: FloatArray, sigma: FloatArray) -> float:
    """Sharpen a maximum with the exact slope in tau^2: comparing heights alone stops at half the digits."""

    def slope(u: float) -> float:
        variance = sigma**2 + np.exp(2 * u)
        mu = np.average(y, weights=1.0 / variance)
        return float(np.sum(1.0 / variance - ((y - mu) / variance) ** 2))

    below, above = log_tau - 1e-4, log_tau + 1e-4
    if slope(below) < 0 < slope(above):
        return float(optimize.brentq(slope, below, above, xtol=1e-13))
    return log_tau


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
    centre = float(as_floats("target", target)) if target is not None else float(np.average(y, weights=sigma**-2.0))
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
    if k != int(k) or k < 3:
        raise ValueError(f"k must be a whole number of at least 3, got {k}; James-Stein needs three groups")
    norm2 = as_floats("norm2", norm2)
    refuse(norm2 < 0, "norm2", norm2, "must not be negative", "it is a sum of squares")
    # The Poisson mean in closed form, by Kummer's function: E[1/(k - 2 + 2N)] = 1F1(1; k/2; -norm2/2) / (k - 2).
    return np.asarray(k - (k - 2.0) * special.hyp1f1(1.0, k / 2.0, -norm2 / 2.0))

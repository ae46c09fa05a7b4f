r"""Marginal likelihoods: what the data say about the population once the groups are integrated out.

:math:`p(y \mid \phi) = \prod_j \int p(y_j \mid \theta_j) \, p(\theta_j \mid \phi) \, d\theta_j`, in closed form
for estimates with standard errors (normal in normal) and for counts (binomial in beta).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from course.validate import Counts, FloatArray, as_estimates, as_floats, as_number, as_tau, refuse

__all__ = ["CountTable", "beta_binomial_log_likelihood", "count_table", "log_marginal", "log_rising"]


def log_marginal(y: ArrayLike, sigma: ArrayLike, mu: float, tau: float) -> float:
    r"""Log marginal likelihood :math:`\sum_j \log N(y_j \mid \mu, \sigma_j^2 + \tau^2)`, the groups integrated out.

    Parameters
    ----------
    y, sigma : array_like, shape (n_groups,)
        Estimate and standard error of each group, in units of the outcome.
    mu, tau : float
        Population mean and standard deviation, same units.

    Returns
    -------
    float
        Log density of y given mu and tau; -inf for ``tau = inf``.

    Raises
    ------
    ValueError
        On unequal lengths, NaN, ``sigma <= 0``, ``tau < 0`` or a mu that is not finite.

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., section 5.4.
    """
    y, sigma = as_estimates(y, sigma)
    sd = np.hypot(sigma, as_tau(tau))
    with np.errstate(over="ignore"):  # a y that is 1e154 standard deviations off has density 0
        return float(np.sum(-0.5 * ((y - as_number("mu", mu)) / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi)))


_DEGREE = 18  # nodes of a panel of `_interpolate`


class CountTable(NamedTuple):
    """Counts that the likelihood needs, each distinct value once: pairs of (values, how many groups have it)."""

    successes: tuple[FloatArray, FloatArray]
    failures: tuple[FloatArray, FloatArray]
    trials: tuple[FloatArray, FloatArray]


def count_table(counts: Counts) -> CountTable:
    """Tabulate counts: the likelihood of 100,000 groups costs no more than that of their distinct counts."""

    def tabulate(values: FloatArray) -> tuple[FloatArray, FloatArray]:
        distinct, times = np.unique(values[values > 0], return_counts=True)
        return distinct, times.astype(float)

    y, n = counts
    return CountTable(tabulate(y), tabulate(n - y), tabulate(n))


def beta_binomial_log_likelihood(table: CountTable, alpha: ArrayLike, beta: ArrayLike) -> FloatArray:
    r"""Log marginal likelihood of (alpha, beta), the rates integrated out, without the binomial coefficients.

    :math:`\sum_j \log B(\alpha + y_j, \beta + n_j - y_j) - \log B(\alpha, \beta)`, as rising factorials, which keep
    their digits for a concentration of 1e30 where differences of log gamma functions lose them all.

    Parameters
    ----------
    table : CountTable
        From `count_table`.
    alpha, beta : array_like
        Any shapes that broadcast; positive and finite.

    Returns
    -------
    ndarray, the broadcast shape

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., eq. 5.8.
    """
    alpha, beta = _as_base("alpha", alpha), _as_base("beta", beta)
    refuse(alpha + beta == 0, "alpha + beta", alpha + beta, "must be positive", "a Beta(0, 0) has no density")
    gained = _sum_rising(alpha, table.successes) + _sum_rising(beta, table.failures)
    return np.asarray(gained - _sum_rising(alpha + beta, table.trials))


def _as_base(name: str, values: ArrayLike) -> FloatArray:
    """Where a rising factorial starts: from 0, where it is 0, up to what its logarithm's terms can hold."""
    base = as_floats(name, values)
    refuse((base < 0) | (base > 1e300), name, base, "must be from 0 to 1e300", "beyond that the groups share one rate")
    return base


def _sum_rising(base: FloatArray, table: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Sum of the log rising factorials of a table, at every base."""
    steps, times = table
    if steps.size > 50 and base.size > 50 and base.min() > 0:
        panels = max(1, int(np.ceil(np.log(base.max() / base.min()))))
        if base.size > 2 * _DEGREE * panels:
            return _interpolate(base, table, panels)
    total = np.zeros(np.shape(base))
    for some, often in zip(steps, times, strict=True):
        total += often * log_rising(base, some)
    return total


def _interpolate(base: FloatArray, table: tuple[FloatArray, FloatArray], panels: int) -> FloatArray:
    """The same for many counts and many bases, by Chebyshev polynomials in log base.

    The poles are at a distance of pi from the real line, so that the terms fall like 12.5 ** -k on panels of width 1.
    """
    low, width = np.log(base.min()), max(np.log(base.max() / base.min()) / panels, 1e-9)
    nodes = np.polynomial.chebyshev.chebpts1(_DEGREE)
    at = np.exp(low + width * (np.arange(panels)[:, None] + 0.5 * (nodes + 1.0)))
    values = np.zeros(at.shape)
    for some, often in zip(*table, strict=True):
        values += often * log_rising(at, some)
    basis = np.polynomial.chebyshev.chebvander(nodes, _DEGREE - 1).T * (2.0 / _DEGREE)
    basis[0] /= 2.0
    place = (np.log(base) - low) / width
    panel = np.clip(place, 0, panels - 1).astype(np.intp)
    return np.asarray(
        np.polynomial.chebyshev.chebval(2.0 * (place - panel) - 1.0, (basis @ values.T)[:, panel], tensor=False)
    )


def log_rising(base: ArrayLike, steps: ArrayLike) -> FloatArray:
    """log of base (base + 1) ... (base + steps - 1), accurate for any base > 0 and whole steps >= 1."""
    base, steps = _as_base("base", base), as_floats("steps", steps)
    whole = (steps >= 1) & (steps <= 1e300) & (steps == np.floor(steps))
    refuse(~whole, "steps", steps, "must be whole numbers from 1 to 1e300", "they count the factors")
    direct = special.gammaln(base + steps) - special.gammaln(base)
    # Stirling's series for both gamma functions, their large common part cancelled on paper and not in floats.
    large = np.maximum(base, 1.0)
    end = large + steps
    series = sum(k * (end**-p - large**-p) for k, p in ((1 / 12, 1.0), (-1 / 360, 3.0), (1 / 1260, 5.0)))
    stirling = (large - 0.5) * np.log1p(steps / large) + steps * (np.log(end) - 1.0) + series
    return np.asarray(np.where(base > 30.0, stirling, direct))

r"""No pooling, complete pooling and partial pooling, for estimates with standard errors and for counts.

For counts, :math:`y_j \sim \text{Binomial}(n_j, \theta_j)` and :math:`\theta_j \sim \text{Beta}(\alpha, \beta)`. The
population is described by its mean :math:`m = \alpha / (\alpha + \beta)` and its concentration
:math:`c = \alpha + \beta`, which counts in trials: a group with n = c trials of its own is moved half way to the mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike
from scipy import special

from course.marginal import CountTable, beta_binomial_log_likelihood, count_table
from course.validate import FloatArray, as_counts, as_estimates, as_floats, refuse

__all__ = [
    "BetaPopulation",
    "Pooled",
    "beta_binomial_log_likelihood",
    "beta_binomial_mle",
    "beta_binomial_pool",
    "complete_pool",
    "count_table",
]


class Pooled(NamedTuple):
    """One estimate for all groups and its standard error, in units of the outcome."""

    mean: float
    se: float


@dataclass(frozen=True)
class BetaPopulation:
    """A population of rates, Beta(alpha, beta), by its mean (0 to 1) and concentration (in trials, 0 to inf).

    The ends are limits: at inf all groups share the mean, at 0 each rate is 0 or 1, 1 with probability ``mean``.

    Unpacks as ``alpha, beta = population``.

    Raises
    ------
    ValueError
        On a mean outside [0, 1] or a negative concentration.
    """

    mean: float
    concentration: float

    def __post_init__(self) -> None:
        mean, concentration = (as_floats(name, getattr(self, name)) for name in ("mean", "concentration"))
        for name, array in (("mean", mean), ("concentration", concentration)):
            if array.ndim:
                raise ValueError(f"{name} must be one number, got shape {array.shape}; make one population for each")
            object.__setattr__(self, name, float(array))
        if not (0 <= self.mean <= 1 and self.concentration >= 0):
            raise ValueError(
                f"population must have a mean in [0, 1] and a concentration >= 0, got mean = {self.mean:g} and "
                f"concentration = {self.concentration:g}; did you pass alpha and beta?"
            )

    @property
    def alpha(self) -> float:
        """First parameter of the beta distribution; inf when all groups share one rate."""
        return self.mean * self.concentration if self.mean else 0.0

    @property
    def beta(self) -> float:
        """Second parameter of the beta distribution; inf when all groups share one rate."""
        return (1.0 - self.mean) * self.concentration if self.mean < 1 else 0.0

    def __iter__(self) -> Iterator[float]:
        return iter((self.alpha, self.beta))


def complete_pool(y: ArrayLike, sigma: ArrayLike) -> Pooled:
    """Precision-weighted mean of all groups: the estimate when they are taken to be one group.

    Parameters
    ----------
    y, sigma : array_like, shape (n_groups,)
        Estimate and standard error of each group, in units of the outcome.

    Raises
    ------
    ValueError
        On unequal lengths, NaN or ``sigma <= 0``.

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., eq. 5.13.
    """
    y, sigma = as_estimates(y, sigma)
    # Relative to the smallest sigma, so that very small ones do not overflow when squared and inverted.
    share = (sigma.min() / sigma) ** 2
    return Pooled(float(np.average(y, weights=share)), float(sigma.min() / np.sqrt(share.sum())))


def beta_binomial_pool(successes: ArrayLike, trials: ArrayLike, population: BetaPopulation) -> FloatArray:
    """Posterior mean rate of each group given the population: (y + m c) / (n + c).

    Parameters
    ----------
    successes, trials : array_like, shape (n_groups,)
        Counts of each group; a group may have no trials.
    population : BetaPopulation
        Concentration 0 pools not at all, inf completely.

    Returns
    -------
    ndarray, shape (n_groups,)
        Rates between 0 and 1.

    Raises
    ------
    ValueError
        On counts that are no counts, or a group without trials when the concentration is 0.

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., section 5.3.
    """
    y, n = as_counts(successes, trials)
    if not isinstance(population, BetaPopulation):
        raise ValueError(f"population must be a BetaPopulation, got {population!r:.60}; beta_binomial_mle makes one")
    mean, c = population.mean, population.concentration
    if np.isinf(c):
        return np.full(y.shape, mean)
    refuse(
        n + c == 0, "trials", n, "must be positive when the concentration is 0", "an empty group has no rate of its own"
    )
    return np.asarray((y + mean * c) / (n + c))


def beta_binomial_mle(successes: ArrayLike, trials: ArrayLike) -> BetaPopulation:
    r"""Maximise the marginal likelihood of a population of rates (empirical Bayes for counts).

    Parameters
    ----------
    successes, trials : array_like, shape (n_groups,)
        Counts of each group; groups without trials say nothing and are passed over.

    Returns
    -------
    BetaPopulation
        ``concentration`` is inf when the groups differ no more than chance allows (complete pooling) and 0.0 when
        every group is all-or-nothing.

    Raises
    ------
    ValueError
        On counts that are no counts, and where the likelihood has no maximum: no group with two trials, or no group
        with a success (or none with a failure). A prior helps there: `exact.beta_binomial_posterior`.

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., section 5.1; Griffiths (1973), Biometrics 29, 637-648.
    """
    counts = as_counts(successes, trials)
    y, n = counts
    pooled = _require_information(y, n)
    mixed = (y > 0) & (y < n)
    if not mixed.any():
        return BetaPopulation(float(np.mean(y[n > 0] > 0)), 0.0)
    table = count_table(counts)
    # For each concentration there is one best mean (the likelihood is log-concave in it), so that one dimension is left
    # to scan. Below the scan the likelihood only rises with c, beyond it the groups differ by less than chance.
    scan = np.linspace(np.log(0.01 / (n.size * np.log1p(n.max()))), np.log(1e8 * n.max()), 65)
    slopes = np.array([_slope(log_c, table) for log_c in scan])
    tops = np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))
    found = [scipy.optimize.brentq(_slope, scan[i], scan[i + 1], args=(table,), xtol=1e-13) for i in tops]
    fits = [BetaPopulation(_best_mean(log_c, table), float(np.exp(log_c))) for log_c in found]
    heights = [float(beta_binomial_log_likelihood(table, *fit)) for fit in fits]
    at_infinity = float(special.xlogy(y, pooled).sum() + special.xlogy(n - y, 1.0 - pooled).sum())
    if slopes[-1] > 0 and at_infinity + 1e-12 * abs(at_infinity) >= max(heights, default=-np.inf):
        return BetaPopulation(pooled, np.inf)
    return fits[int(np.argmax(heights))]


def _require_information(y: FloatArray, n: FloatArray) -> float:
    """Pooled rate, or an error that says why the marginal likelihood has no maximum."""
    way_out = "use exact.beta_binomial_posterior with a prior"
    if not np.any(n >= 2):
        raise ValueError(
            f"trials must reach 2 in some group, got at most {n.max():g}: with one trial each, every concentration "
            f"fits; {way_out}"
        )
    total, tried = float(y.sum()), float(n.sum())
    if total in (0.0, tried):
        what = "success" if total == 0 else "failure"
        raise ValueError(
            f"successes must include at least one {what}, got {total:g} of {tried:g} in all: every concentration fits; "
            f"{way_out}"
        )
    return total / tried


def _best_mean(log_c: float, table: CountTable) -> float:
    """Mean at which the likelihood for this concentration is highest."""
    c = np.exp(log_c)

    def slope(logit: float) -> float:
        alpha, beta = special.expit(logit) * c, special.expit(-logit) * c
        return _sum_rise(alpha, table.successes) - _sum_rise(beta, table.failures)

    return float(special.expit(scipy.optimize.brentq(slope, -60.0, 60.0, xtol=1e-14)))


def _slope(log_c: float, table: CountTable) -> float:
    """Slope of the log likelihood in the concentration, at the best mean for it."""
    m, c = _best_mean(log_c, table), np.exp(log_c)
    own = m * _sum_rise(m * c, table.successes) + (1.0 - m) * _sum_rise((1.0 - m) * c, table.failures)
    return own - _sum_rise(c, table.trials)


def _sum_rise(base: float, column: tuple[FloatArray, FloatArray]) -> float:
    """Derivative of the summed log rising factorials: 1/base + ... + 1/(base + steps - 1) for each count."""
    steps, times = column
    if base < 30.0:
        return float(times @ (special.digamma(base + steps) - special.digamma(base)))
    end = base + steps
    # The asymptotic series of both digamma functions, subtracted on paper: a large base keeps its digits.
    series = sum(k * (end**-p - base**-p) for k, p in ((-1 / 2, 1.0), (-1 / 12, 2.0), (1 / 120, 4.0), (-1 / 252, 6.0)))
    return float(times @ (np.log1p(steps / base) + series))

r"""No pooling, complete pooling and partial pooling, for estimates with standard errors and for counts.

For counts, :math:`y_j \sim \text{Binomial}(n_j, \theta_j)` and :math:`\theta_j \sim \text{Beta}(\alpha, \beta)`. The population
is described by its mean :math:`m = \alpha / (\alpha + \beta)` and its concentration :math:`c = \alpha + \beta`, which counts in
trials: a group with n = c trials of its own is moved half way to the mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from course.validate import Counts, FloatArray, as_counts, as_estimates, refuse

__all__ = [
    "BetaPopulation",
    "CountTable",
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

    Unpacks as ``alpha, beta = population``.
    """

    mean: float
    concentration: float

    @property
    def alpha(self) -> float:
        """First parameter of the beta distribution; inf when all groups share one rate."""
        return self.mean * self.concentration

    @property
    def beta(self) -> float:
        """Second parameter of the beta distribution; inf when all groups share one rate."""
        return (1.0 - self.mean) * self.concentration

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
    mean, c = population.mean, population.concentration
    if not (0 <= mean <= 1 and c >= 0):
        raise ValueError(f"population must have a mean in [0, 1] and a concentration >= 0, got {population}")
    if np.isinf(c):
        return np.full(y.shape, mean)
    refuse(
        n + c == 0, "trials", n, "must be positive when the concentration is 0", "an empty group has no rate of its own"
    )
    return np.asarray((y + mean * c) / (n + c))


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


def beta_binomial_log_likelihood(table: CountTable, mean: ArrayLike, concentration: ArrayLike) -> FloatArray:
    r"""Log marginal likelihood of (mean, concentration), the rates integrated out, without the binomial coefficients.

    :math:`\sum_j \log B(\alpha + y_j, \beta + n_j - y_j) - \log B(\alpha, \beta)`, as rising factorials, which keep their
    digits for a concentration of 1e30 where differences of log gamma functions lose them all.

    Parameters
    ----------
    table : CountTable
        From `count_table`.
    mean, concentration : array_like
        Any shapes that broadcast; 0 < mean < 1, concentration > 0 and finite.

    Returns
    -------
    ndarray, the broadcast shape

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., eq. 5.8.
    """
    m, c = np.asarray(mean, dtype=float), np.asarray(concentration, dtype=float)
    return np.asarray(
        _sum_rising(m * c, table.successes) + _sum_rising((1.0 - m) * c, table.failures) - _sum_rising(c, table.trials)
    )


def _sum_rising(base: FloatArray, table: tuple[FloatArray, FloatArray]) -> FloatArray:
    total = np.zeros(np.shape(base))
    for steps, times in zip(*table, strict=True):
        total += times * log_rising(base, steps)
    return total


def log_rising(base: FloatArray, steps: float) -> FloatArray:
    """log of base (base + 1) ... (base + steps - 1), accurate for any base > 0 and whole steps >= 1."""
    base = np.asarray(base, dtype=float)
    direct = special.gammaln(base + steps) - special.gammaln(base)
    # Stirling's series for both gamma functions, their large common part cancelled on paper and not in floats.
    large = np.maximum(base, 1.0)
    end = large + steps
    series = sum(k * (end**-p - large**-p) for k, p in ((1 / 12, 1.0), (-1 / 360, 3.0), (1 / 1260, 5.0)))
    stirling = (large - 0.5) * np.log1p(steps / large) + steps * (np.log(end) - 1.0) + series
    return np.asarray(np.where(base > 30.0, stirling, direct))


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

    def loss(point: FloatArray) -> float:
        return -float(beta_binomial_log_likelihood(table, special.expit(point[0]), np.exp(point[1])))

    # The mean hardly depends on the concentration, so a scan over the concentration at the pooled mean finds the hill.
    scan = np.linspace(np.log(1e-3), np.log(1e3 * n.max()), 49)
    heights = beta_binomial_log_likelihood(table, pooled, np.exp(scan))
    # Slope in 1/c where c is infinite: not positive means that the groups differ no more than chance allows.
    slope = np.sum(y * (y - 1) / pooled + (n - y) * (n - y - 1) / (1 - pooled) - n * (n - 1))
    start = np.array([special.logit(pooled), scan[int(np.argmax(heights))]])
    found = optimize.minimize(
        loss, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-12, "maxiter": 2000}
    ).x
    at_infinity = float(np.sum(y) * np.log(pooled) + np.sum(n - y) * np.log1p(-pooled))
    if found[1] > np.log(1e7 * n.max()) or (slope <= 0 and at_infinity >= -loss(found)):
        return BetaPopulation(pooled, np.inf)
    mean, concentration = _sharpen(found, table)
    return BetaPopulation(mean, concentration)


def _require_information(y: FloatArray, n: FloatArray) -> float:
    """Pooled rate, or an error that says why the marginal likelihood has no maximum."""
    way_out = "use exact.beta_binomial_posterior with a prior"
    if not np.any(n >= 2):
        raise ValueError(f"trials must reach 2 in some group: with one trial each, every concentration fits; {way_out}")
    pooled = float(y.sum() / n.sum())
    if pooled in (0.0, 1.0):
        what = "success" if pooled == 0 else "failure"
        raise ValueError(f"successes must include at least one {what}: without it every concentration fits; {way_out}")
    return pooled


def _sharpen(point: FloatArray, table: CountTable) -> tuple[float, float]:
    """Solve for a zero gradient: comparing heights alone stops at half the digits."""

    def rise(base: float, column: tuple[FloatArray, FloatArray]) -> float:
        return float(np.sum(column[1] * (special.digamma(base + column[0]) - special.digamma(base))))

    def gradient(p: FloatArray) -> list[float]:
        m, c = float(special.expit(p[0])), float(np.exp(p[1]))
        a, b = rise(m * c, table.successes), rise((1 - m) * c, table.failures)
        return [c * m * (1 - m) * (a - b), c * (m * a + (1 - m) * b - rise(c, table.trials))]

    solved = optimize.root(gradient, point, tol=1e-13)
    best = solved.x if np.max(np.abs(solved.x - point)) < 1e-2 else point
    return float(special.expit(best[0])), float(np.exp(best[1]))

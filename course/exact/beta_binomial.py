r"""Exact posterior of the hierarchy for counts.

:math:`y_j \sim \text{Binomial}(n_j, \theta_j)`, :math:`\theta_j \sim \text{Beta}(\alpha, \beta)`. Given
(alpha, beta) the rates are beta again; the two that are left live on a grid in (logit mean, log concentration).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike
from scipy import special

from course.exact.count_grid import (
    EVEN,
    Grid,
    LogPrior,
    RoughError,
    Ruler,
    bda3_log_prior,
    count_log_density,
    posterior_grid,
    tail_power,
)
from course.exact.rates import Mixture, mixture, rate_moments, rate_quantiles
from course.validate import Counts, FloatArray, as_counts, as_draw_count, as_probability, as_rng

Name = Literal["mean", "concentration", "alpha", "beta", "theta"]


class RateDraws(NamedTuple):
    """Independent joint draws: mean and concentration of shape (n,), theta of shape (n, n_groups)."""

    mean: FloatArray
    concentration: FloatArray
    theta: FloatArray


@dataclass(frozen=True)
class BetaBinomialPosterior:
    """Posterior of the population of rates and of each group's rate; made by `beta_binomial_posterior`.

    Attributes
    ----------
    successes, trials : ndarray, shape (n_groups,)
        The data.
    logit_mean : ndarray, shape (n_mean,)
    log_concentration : ndarray, shape (n_concentration,)
        The grid. Log concentrations are evenly spaced, logit means too unless ``ruler`` says how else.
    probability : ndarray, shape (n_mean, n_concentration)
        Posterior probability of each grid point; sums to 1.
    tail : float
        The posterior density of the concentration c falls like ``c ** -(1 + tail)``: its mean, and those of alpha and
        beta, are finite only if ``tail > 1``, their standard deviations only if ``tail > 2``. BDA3's prior has tail
        1/2, whatever the data: alpha and beta have no finite mean there. Judge them by quantiles, or look at the
        mean rate.
    ruler : Ruler
        Where the steps of ``logit_mean`` are even.
    """

    successes: FloatArray
    trials: FloatArray
    logit_mean: FloatArray
    log_concentration: FloatArray
    probability: FloatArray
    tail: float
    ruler: Ruler = EVEN

    def mean(self, name: Name) -> Any:
        """Posterior mean: shape (n_groups,) for "theta", a float otherwise; inf where it is infinite (see ``tail``).

        Raises
        ------
        ValueError
            If the name is unknown.
        """
        if name == "theta":
            return self._theta_moments[0]
        values = self._values(name)
        if name != "mean" and self.tail <= 1:
            return np.inf
        return self._expect(values, self.tail - 1.0)

    def sd(self, name: Name) -> Any:
        """Posterior standard deviation, shaped as `mean`; inf where it is infinite (see ``tail``)."""
        if name == "theta":
            return self._theta_moments[1]
        values = self._values(name)
        if name != "mean" and self.tail <= 2:
            return np.inf
        return float(np.sqrt(self._expect((values - self.mean(name)) ** 2, self.tail - 2.0)))

    def quantile(self, name: Name, q: ArrayLike) -> Any:
        """Posterior quantiles, shape q.shape (+ (n_groups,) for "theta"); finite also where moments are not.

        Absolute accuracy of the probability is 1e-9: q closer than that to 0 or 1 gives the end of the grid.

        Raises
        ------
        ValueError
            If the name is unknown or any q is outside (0, 1).
        """
        q = as_probability(q)
        if name == "theta":
            found = self._by_pair(lambda y, n: rate_quantiles(self._mixture, y, n, q.ravel()))
            return found.reshape(q.shape + self.trials.shape)
        self._values(name)  # refuses an unknown name
        found = np.array([self._quantile(name, p) for p in q.ravel()]).reshape(q.shape)
        return float(found) if found.ndim == 0 else found

    def draws(self, n: int, rng: np.random.Generator) -> RateDraws:
        """Independent draws: a point of a fine grid by its probability, jittered within its cell, then the rates.

        The jitter widens the spread of logit mean and log concentration by less than one part in a thousand.
        """
        n, rng = as_draw_count(n), as_rng(rng)
        grid = _finer(self._grid, 768)
        flat = rng.choice(grid.probability.size, size=n, p=grid.probability.ravel())
        i, k = np.unravel_index(flat, grid.probability.shape)
        even, log_c = (
            axis[index] + (axis[1] - axis[0]) * (rng.random(n) - 0.5)
            for axis, index in ((self.ruler.to_even(grid.logit_mean), i), (grid.log_concentration, k))
        )
        logit = self.ruler.to_logit(even)
        c = np.exp(log_c)
        alpha, beta = (special.expit(logit) * c)[:, None], (special.expit(-logit) * c)[:, None]
        theta = rng.beta(alpha + self.successes, beta + (self.trials - self.successes))
        return RateDraws(special.expit(logit), c, theta)

    @property
    def _grid(self) -> Grid:
        return Grid(self.logit_mean, self.log_concentration, self.probability, self.ruler)

    @cached_property
    def _mixture(self) -> Mixture:
        return mixture(self._grid)

    def _values(self, name: str) -> FloatArray:
        """The quantity at every grid point, shape of ``probability``."""
        logit, c = self.logit_mean[:, None], np.exp(self.log_concentration)
        m, rest = special.expit(logit), special.expit(-logit)
        values = {"mean": m, "concentration": c, "alpha": m * c, "beta": rest * c}
        if name not in values:
            raise ValueError(f"name must be 'mean', 'concentration', 'alpha', 'beta' or 'theta', got {name!r}")
        return np.broadcast_to(values[name], self.probability.shape)

    def _expect(self, values: FloatArray, fall: float) -> float:
        """Mean of a quantity whose terms fall like exp(-fall * log c) beyond the grid: a geometric series."""
        terms = (self.probability * values).sum(axis=0)
        ratio = np.exp(-fall * (self.log_concentration[1] - self.log_concentration[0]))
        return float(terms.sum() + terms[-1] * ratio / (1.0 - ratio))

    def _by_pair(self, summary: Callable[[float, float], Any]) -> FloatArray:
        """Summaries of every group along the last axis; groups with the same counts have the same posterior."""
        pairs, which = np.unique(np.column_stack([self.successes, self.trials]), axis=0, return_inverse=True)
        return np.stack([np.asarray(summary(*pair)) for pair in pairs], axis=-1)[..., which.ravel()]

    @cached_property
    def _theta_moments(self) -> FloatArray:
        return self._by_pair(lambda y, n: rate_moments(self._mixture, y, n))

    def _quantile(self, name: str, p: float) -> float:
        logit, log_c = self.logit_mean, self.log_concentration
        low, high = (logit[0], logit[-1]) if name == "mean" else (log_c[0] - 60.0, log_c[-1])
        if self._cdf(name, low) >= p:
            x = low
        elif self._cdf(name, high) <= p:
            x = high
        else:
            x = scipy.optimize.brentq(lambda at: self._cdf(name, at) - p, low, high, xtol=1e-12)
        return float(special.expit(x) if name == "mean" else np.exp(x))

    @cached_property
    def _fine_rows(self) -> Grid:
        """The grid with more points of the mean: alpha and beta are cut out of it along slanted lines."""
        return _finer(self._grid, 768, axes=(0,))

    def _cdf(self, name: str, x: float) -> float:
        """Distribution function at a logit mean, or at the log of the others, by cardinal series through the grid."""
        if name == "mean":
            even, at = (self.ruler.to_even(np.asarray(v)) for v in (self.logit_mean, x))
            return float(self.probability.sum(axis=1) @ _step(at, even))
        if name == "concentration":
            return float(self.probability.sum(axis=0) @ _step(x, self.log_concentration))
        rows = self._fine_rows
        # At a given mean, log alpha < x where log c < x - log(mean).
        cut = x - special.log_expit(rows.logit_mean if name == "alpha" else -rows.logit_mean)
        return float(np.sum(rows.probability * _step(cut[:, None], self.log_concentration)))


def _step(x: float | FloatArray, grid: FloatArray) -> FloatArray:
    """Share of each grid point's cardinal (sinc) function that lies left of x: as accurate as the grid itself."""
    return np.asarray(0.5 + special.sici(np.pi * (x - grid) / (grid[1] - grid[0]))[0] / np.pi)


def _finer(grid: Grid, target: int, axes: tuple[int, ...] = (0, 1)) -> Grid:
    """The same density on about ``target`` points along the axes, or as many as there are, by the cardinal series."""
    points, density = [grid.ruler.to_even(grid.logit_mean), grid.log_concentration], grid.probability
    for axis in axes:
        coarse = points[axis]
        fine = np.linspace(coarse[0], coarse[-1], 1 + (len(coarse) - 1) * max(1, round(target / len(coarse))))
        series = np.sinc((fine[:, None] - coarse) / (coarse[1] - coarse[0]))
        density = np.moveaxis(np.tensordot(series, density, axes=(1, axis)), 0, axis)
        points[axis] = fine
    density = np.maximum(density, 0.0)  # the series swings around 0 where there is nothing
    return Grid(grid.ruler.to_logit(points[0]), points[1], density / density.sum(), grid.ruler)


def beta_binomial_posterior(
    successes: ArrayLike, trials: ArrayLike, *, log_prior: LogPrior | None = None
) -> BetaBinomialPosterior:
    r"""Exact posterior of the hierarchy for counts.

    Parameters
    ----------
    successes, trials : array_like, shape (n_groups,)
        Counts of each group; a group may have no trials.
    log_prior : callable, optional
        Log prior density of (alpha, beta), up to a constant: arrays of equal shape in, array of that shape out. None is
        BDA3's :math:`p(\alpha, \beta) \propto (\alpha + \beta)^{-5/2}`, under which alpha and beta have no finite mean.

    Returns
    -------
    BetaBinomialPosterior
        Means, standard deviations, quantiles and independent draws.

    Raises
    ------
    ValueError
        On counts that are no counts, or a posterior that is improper: under BDA3's prior at least one group needs both
        a success and a failure.

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., section 5.3.
    """
    counts = as_counts(successes, trials)
    log_density = count_log_density(counts, log_prior or bda3_log_prior)
    tail = tail_power(log_density, counts)
    try:
        logit, log_c, probability, ruler = posterior_grid(log_density, tail)
    except RoughError as error:
        raise ValueError(_why_rough(error, counts, log_prior)) from None
    return BetaBinomialPosterior(*counts, logit, log_c, probability, tail, ruler)


def _why_rough(error: RoughError, counts: Counts, log_prior: LogPrior | None) -> str:
    """The error, and whether it is the prior's doing: with another one the same counts may give no trouble."""
    if log_prior is None:
        return f"{error}; please report these counts"
    try:
        log_density = count_log_density(counts, bda3_log_prior)
        posterior_grid(log_density, tail_power(log_density, counts))
    except ValueError:
        return f"{error}; has log_prior jumps or kinks?"
    return f"log_prior is too rough to integrate: it has jumps or kinks, since with BDA3's prior {_SETTLES}"


_SETTLES = "the same counts can be integrated; write it as a smooth function"

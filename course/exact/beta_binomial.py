r"""Exact posterior of the hierarchy for counts, on a grid in (logit mean, log concentration).

:math:`y_j \sim \text{Binomial}(n_j, \theta_j)`, :math:`\theta_j \sim \text{Beta}(\alpha, \beta)`. Given (alpha, beta) the rates
are beta again; the two that are left are integrated by the trapezoidal rule, whose error falls exponentially here because
the integrand is smooth and vanishes at both ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from course.pooling import beta_binomial_log_likelihood, count_table
from course.validate import Counts, FloatArray, as_counts, as_floats, refuse

Name = Literal["mean", "concentration", "alpha", "beta", "theta"]
LogPrior = Callable[[FloatArray, FloatArray], FloatArray]
_DROP = 34.0  # e-folds below the peak where the grid ends


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
        The grid, evenly spaced.
    probability : ndarray, shape (n_mean, n_concentration)
        Posterior probability of each grid point; sums to 1.
    tail : float
        The posterior density of the concentration c falls like ``c ** -(1 + tail)``: its mean, and those of alpha and beta,
        are finite only if ``tail > 1``, their standard deviations only if ``tail > 2``. BDA3's prior has tail 1/2, whatever the
        data: alpha and beta have no finite mean there. Judge them by quantiles, or look at the mean rate instead.
    """

    successes: FloatArray
    trials: FloatArray
    logit_mean: FloatArray
    log_concentration: FloatArray
    probability: FloatArray
    tail: float

    def _values(self, name: str) -> FloatArray:
        """The quantity at every grid point, shape of ``probability``."""
        m, c = special.expit(self.logit_mean)[:, None], np.exp(self.log_concentration)
        values = {"mean": m, "concentration": c, "alpha": m * c, "beta": (1.0 - m) * c}
        if name not in values:
            raise ValueError(f"name must be 'mean', 'concentration', 'alpha', 'beta' or 'theta', got {name!r}")
        return np.broadcast_to(values[name], self.probability.shape)

    def mean(self, name: Name) -> Any:
        """Posterior mean: shape (n_groups,) for "theta", a float otherwise; inf where it is infinite (see ``tail``)."""
        if name == "theta":
            return self._theta_moments()[0]
        values = self._values(name)
        if name != "mean" and self.tail <= 1:
            return np.inf
        return float(np.sum(self.probability * values))

    def sd(self, name: Name) -> Any:
        """Posterior standard deviation, shaped as `mean`; inf where it is infinite (see ``tail``)."""
        if name == "theta":
            return self._theta_moments()[1]
        values = self._values(name)
        if name != "mean" and self.tail <= 2:
            return np.inf
        centre = np.sum(self.probability * values)
        return float(np.sqrt(np.sum(self.probability * (values - centre) ** 2)))

    def quantile(self, name: Name, q: ArrayLike) -> Any:
        """Posterior quantiles, shape q.shape (+ (n_groups,) for "theta"); finite also where moments are not.

        Raises
        ------
        ValueError
            If the name is unknown or any q is outside (0, 1).
        """
        q = as_floats("q", q)
        refuse((q <= 0) | (q >= 1), "q", q, "must lie strictly between 0 and 1", "is it a percentage?")
        if name == "theta":
            return self._theta_quantile(q)
        self._values(name)  # refuses an unknown name
        logit, log_c = self.logit_mean, self.log_concentration
        ends = (logit[0], logit[-1]) if name == "mean" else (log_c[0] - 40.0, log_c[-1])
        cdf = np.vectorize(lambda x, p: self._cdf(name, x) - p)
        x = optimize.elementwise.find_root(cdf, ends, args=(q,)).x
        found = special.expit(x) if name == "mean" else np.exp(x)
        return float(found) if found.ndim == 0 else found

    def draws(self, n: int, rng: np.random.Generator) -> RateDraws:
        """Independent draws: a grid point by its probability, jittered within its cell, then the rates given it."""
        if n < 1:
            raise ValueError(f"n must be at least 1, got {n}; it is the number of draws")
        flat = rng.choice(self.probability.size, size=n, p=self.probability.ravel() / self.probability.sum())
        i, k = np.unravel_index(flat, self.probability.shape)
        steps = (self.logit_mean[1] - self.logit_mean[0], self.log_concentration[1] - self.log_concentration[0])
        m = special.expit(self.logit_mean[i] + steps[0] * (rng.random(n) - 0.5))
        c = np.exp(self.log_concentration[k] + steps[1] * (rng.random(n) - 0.5))
        theta = rng.beta((m * c)[:, None] + self.successes, ((1.0 - m) * c)[:, None] + self.trials - self.successes)
        return RateDraws(m, c, theta)

    def _theta_moments(self) -> tuple[FloatArray, FloatArray]:
        """Mean and sd of each rate: those of Beta(alpha + y, beta + n - y), averaged over the grid."""
        m, c, weight = self._heavy()
        mean, spread = np.empty(self.trials.shape), np.empty(self.trials.shape)
        # Groups with the same counts have the same posterior.
        pairs, which = np.unique(np.column_stack([self.successes, self.trials]), axis=0, return_inverse=True)
        for index, (y, n) in enumerate(pairs):
            # (m c + y) / (c + n) as an average of m and y / n, so that a huge c keeps its digits.
            own = n / (c + n)
            rate = (1.0 - own) * m + (own * y / n if n > 0 else 0.0)
            centre = weight @ rate
            variance = rate * (1.0 - rate) / (c + n + 1.0)
            here = which.ravel() == index
            mean[here], spread[here] = centre, np.sqrt(weight @ (variance + (rate - centre) ** 2))
        return mean, spread

    def _heavy(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Mean, concentration and weight of the grid points that matter, flat."""
        keep = self.probability > 1e-12  # what is dropped adds up to less than 1e-7 of anything
        weight = self.probability[keep]
        return self._values("mean")[keep], self._values("concentration")[keep], weight / weight.sum()

    def _theta_quantile(self, q: FloatArray) -> FloatArray:
        """Quantiles of the mixtures of Beta(alpha + y, beta + n - y), found on the logit scale."""
        m, c, weight = self._heavy()

        def excess(logit: FloatArray, y: FloatArray, n: FloatArray, p: FloatArray) -> FloatArray:
            rows = zip(special.expit(logit), y, n, p, strict=True)
            return np.array([weight @ special.betainc(m * c + y, (1.0 - m) * c + n - y, x) - p for x, y, n, p in rows])

        pairs, which = np.unique(np.column_stack([self.successes, self.trials]), axis=0, return_inverse=True)
        p, y = np.meshgrid(q.ravel(), pairs[:, 0], indexing="ij")
        n = np.broadcast_to(pairs[:, 1], y.shape)
        # The rates lie no wider than the grid's means do, plus what a beta's own spread adds.
        ends = (np.full(y.size, -700.0), np.full(y.size, 36.0))
        arguments = (y.ravel(), n.ravel(), p.ravel())
        found = optimize.elementwise.find_root(excess, ends, args=arguments, tolerances={"xatol": 1e-9}).x
        return np.asarray(special.expit(found).reshape(y.shape)[:, which.ravel()].reshape(q.shape + self.trials.shape))

    def _cdf(self, name: str, x: float) -> float:
        """Distribution function at a logit mean, or at the log of the others, by the cardinal series through the grid."""
        logit, log_c = self.logit_mean, self.log_concentration
        if name == "mean":
            return float(self.probability.sum(axis=1) @ _step(x, logit))
        if name == "concentration":
            return float(self.probability.sum(axis=0) @ _step(x, log_c))
        # alpha < a at a given c where logit(mean) < logit(a / c): everywhere once c < a.
        ratio = x - log_c
        inside = ratio < -1e-12
        cut = np.where(inside, ratio - np.log1p(-np.exp(np.where(inside, ratio, -1.0))), np.inf)
        steps = np.stack([_step(at, logit if name == "alpha" else -logit) for at in cut], axis=1)
        return float(np.sum(self.probability * steps))


def _step(x: float, grid: FloatArray) -> FloatArray:
    """Share of each grid point's cardinal (sinc) function that lies left of x: spectral accuracy, as the grid itself."""
    if not np.isfinite(x):
        return np.full(grid.shape, float(x > 0))
    width = abs(grid[1] - grid[0])
    return np.asarray(0.5 + special.sici(np.pi * (x - grid) / width)[0] / np.pi)


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
        On counts that are no counts, or a posterior that is improper: under BDA3's prior at least one group needs both a
        success and a failure.

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., section 5.3.
    """
    y, n = as_counts(successes, trials)
    table, prior = count_table(Counts(y, n)), log_prior or _bda3_prior

    def log_density(logit: FloatArray, log_c: FloatArray) -> FloatArray:
        m, c = special.expit(logit), np.exp(log_c)
        alpha, beta = np.broadcast_arrays(m * c, special.expit(-logit) * c)
        # Jacobian of (alpha, beta) with respect to (logit mean, log concentration): c^2 m (1 - m).
        jacobian = 2.0 * log_c + special.log_expit(logit) + special.log_expit(-logit)
        values = np.asarray(prior(alpha, beta)) + beta_binomial_log_likelihood(table, m, c) + jacobian
        if values.shape != alpha.shape or np.isnan(values).any():
            raise ValueError("log_prior must return one number, not NaN, for each (alpha, beta); write it with NumPy")
        return values

    tail = _require_proper(log_density, y, n)
    logit, log_c, probability = _converged_grid(log_density, *_box(log_density))
    return BetaBinomialPosterior(y, n, logit, log_c, probability, tail)


def _bda3_prior(alpha: FloatArray, beta: FloatArray) -> FloatArray:
    return np.asarray(-2.5 * np.log(alpha + beta))


LogDensity = Callable[[FloatArray, FloatArray], FloatArray]
_LOG_C_ENDS = (-60.0, 90.0)


def _require_proper(log_density: LogDensity, y: FloatArray, n: FloatArray) -> float:
    """How fast the density of log concentration falls at large values; an error if it does not fall at one of the ends."""
    start = np.array([special.logit((y.sum() + 0.5) / (n.sum() + 1.0))])
    low, high = (log_density(start, np.array([end]))[0] for end in _LOG_C_ENDS)
    falls_low = log_density(start, np.array([_LOG_C_ENDS[0] + 1.0]))[0] - low
    falls_high = log_density(start, np.array([_LOG_C_ENDS[1] - 1.0]))[0] - high
    if np.isneginf(low):
        falls_low = np.inf
    if np.isneginf(high):
        falls_high = np.inf
    if falls_low < 1e-6 or falls_high < 1e-6:
        where = "0: every group is all-or-nothing or empty" if falls_low < 1e-6 else "infinity"
        raise ValueError(
            f"the posterior is improper, its density does not fall as the concentration goes to {where}; "
            "pass a log_prior that is a proper density of (alpha, beta)"
        )
    # Slopes come out as 0.5000001 or so: rounded, so that a tail of exactly 1 is not taken for a lighter one.
    return round(float(falls_high), 5)


def _box(log_density: LogDensity) -> tuple[FloatArray, FloatArray]:
    """Ends (low, high) of logit mean and log concentration around all that lies within _DROP of the peak."""
    ends = [(-60.0, 60.0), _LOG_C_ENDS]
    for _ in range(12):
        axes = [np.linspace(low, high, 41) for low, high in ends]
        values = log_density(axes[0][:, None], axes[1][None, :])
        kept = values > values.max() - _DROP
        filled = []
        for axis, points in enumerate(axes):
            index = np.flatnonzero(kept.any(axis=1 - axis))
            first, last = max(index[0] - 1, 0), min(index[-1] + 1, len(points) - 1)
            ends[axis] = (float(points[first]), float(points[last]))
            filled.append(last - first > 20)
        if all(filled):
            break
    return np.array(ends[0]), np.array(ends[1])


def _converged_grid(log_density: LogDensity, logit_ends: FloatArray, c_ends: FloatArray) -> tuple[FloatArray, ...]:
    """Evenly spaced grid, made finer until neither the integral nor the mean rate changes."""
    before = np.array([np.inf, np.inf, np.inf])
    for points in (48, 96, 192, 384, 768):
        logit, log_c = np.linspace(*logit_ends, points), np.linspace(*c_ends, points)
        values = log_density(logit[:, None], log_c[None, :])
        weight = np.exp(values - values.max())
        cell = (logit[1] - logit[0]) * (log_c[1] - log_c[0])
        share = weight / weight.sum()
        now = np.array(
            [np.log(weight.sum() * cell) + values.max(), (special.expit(logit) @ share).sum(), (share @ log_c).sum()]
        )
        if np.allclose(now, before, rtol=1e-9, atol=1e-9):
            return logit, log_c, share
        before = now
    raise ValueError("log_prior is too rough to integrate: it has jumps or kinks inside the posterior's range")

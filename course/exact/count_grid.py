r"""A grid in (logit mean, log concentration) that holds a posterior of the hierarchy for counts.

The two are integrated by the trapezoidal rule, whose error falls exponentially here because the integrand is smooth and
vanishes at both ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special

from course.marginal import beta_binomial_log_likelihood, count_table
from course.validate import Counts, FloatArray

LogPrior = Callable[[FloatArray, FloatArray], FloatArray]
LogDensity = Callable[[FloatArray, FloatArray], FloatArray]
_DROP = 34.0  # e-folds below the peak where the grid ends
_LOGIT_ENDS, _LOG_C_ENDS = (-60.0, 60.0), (-60.0, 90.0)


class Grid(NamedTuple):
    """Evenly spaced points and the posterior probability of each pair, shape (n_mean, n_concentration); sums to 1."""

    logit_mean: FloatArray
    log_concentration: FloatArray
    probability: FloatArray


def bda3_log_prior(alpha: FloatArray, beta: FloatArray) -> FloatArray:
    """Log density of (alpha + beta) ** (-5/2), flat in the mean and in the sd of the rates: BDA3, eq. 5.9."""
    return np.asarray(-2.5 * np.log(alpha + beta))


def count_log_density(counts: Counts, log_prior: LogPrior) -> LogDensity:
    """Log posterior density of (logit mean, log concentration), up to a constant."""
    table = count_table(counts)

    def log_density(logit: FloatArray, log_c: FloatArray) -> FloatArray:
        c = np.exp(log_c)
        alpha, beta = np.broadcast_arrays(special.expit(logit) * c, special.expit(-logit) * c)
        prior = np.asarray(log_prior(alpha, beta), dtype=float)
        if prior.shape != alpha.shape or np.isnan(prior).any() or np.isposinf(prior).any():
            raise ValueError(
                "log_prior must return one number, not NaN or inf, for each (alpha, beta), got "
                f"shape {prior.shape} for shape {alpha.shape}; write it with NumPy, as the log of a density"
            )
        # Jacobian of (alpha, beta) with respect to (logit mean, log concentration): c^2 m (1 - m).
        jacobian = 2.0 * log_c + special.log_expit(logit) + special.log_expit(-logit)
        return np.asarray(prior + beta_binomial_log_likelihood(table, alpha, beta) + jacobian)

    return log_density


def tail_power(log_density: LogDensity, counts: Counts) -> float:
    """How fast the density of log concentration falls at large values; an error if it does not fall at either end."""
    y, n = counts
    start = np.array([special.logit((y.sum() + 0.5) / (n.sum() + 1.0))])
    low, high = (
        _fall(log_density, start, inner, outer)
        for inner, outer in ((_LOG_C_ENDS[0] + 1.0, _LOG_C_ENDS[0]), (_LOG_C_ENDS[1] - 1.0, _LOG_C_ENDS[1]))
    )
    if low < 1e-6 or high < 1e-6:
        where = "0, where every group is all-or-nothing or empty" if low < 1e-6 else "infinity"
        raise _improper(f"its density does not fall as the concentration goes to {where}")
    # Slopes come out as 0.5000001 or so: rounded, so that a tail of exactly 1 is not taken for a lighter one.
    return round(high, 5)


def _fall(log_density: LogDensity, logit: FloatArray, inner: float, outer: float) -> float:
    before, after = (float(log_density(logit, np.array([log_c]))[0]) for log_c in (inner, outer))
    return before - after if np.isfinite(after) else np.inf


def _improper(reason: str) -> ValueError:
    return ValueError(
        f"the posterior is improper, {reason}; pass a log_prior that is a proper density of (alpha, beta)"
    )


def posterior_grid(log_density: LogDensity, tail: float) -> Grid:
    """Evenly spaced grid over all that matters to probabilities and to those moments that are finite."""
    power = int(min(2.0, np.ceil(tail) - 1.0))  # highest finite moment of the concentration

    def log_moment(logit: FloatArray, log_c: FloatArray) -> FloatArray:
        return log_density(logit, log_c) + power * log_c

    box = _box(log_density)
    if power and tail < 60.0:
        far = _box(log_moment)
        box = [(min(a[0], b[0]), max(a[1], b[1])) for a, b in zip(box, far, strict=True)]
    return _converged(log_density, box)


def _box(log_density: LogDensity) -> list[tuple[float, float]]:
    """Ends of logit mean and log concentration around all that lies within _DROP of the peak.

    The hill is far narrower in the mean than in the concentration, so a coarse grid over both would step over its
    ridge. We walk along the ridge first, the best mean for each concentration, and then down its two sides.
    """
    low, high = _LOG_C_ENDS
    for _ in range(12):
        log_c = np.linspace(low, high, 65)
        ridge = _ridge(log_density, log_c)
        height = log_density(ridge, log_c)
        if not np.isfinite(height.max()):
            raise ValueError(
                "log_prior must be finite where the data are possible, got -inf everywhere; is its scale off?"
            )
        kept = np.flatnonzero(height >= height.max() - _DROP)
        low, high = (float(log_c[k]) for k in (max(kept[0] - 1, 0), min(kept[-1] + 1, len(log_c) - 1)))
        if len(kept) > 16:
            break
    floor = float(height.max()) - _DROP
    left, right = (_side(log_density, log_c[kept], ridge[kept], end, floor) for end in _LOGIT_ENDS)
    if left.min() <= _LOGIT_ENDS[0] + 1e-6 or right.max() >= _LOGIT_ENDS[1] - 1e-6:
        raise _improper("its density does not fall as the mean goes to 0 or 1")
    return [(float(left.min()), float(right.max())), (low, high)]


def _ridge(log_density: LogDensity, log_c: FloatArray) -> FloatArray:
    """Best logit mean for each log concentration, by a grid that closes in around each one's highest point."""
    centre, half = np.full(log_c.shape, 0.5 * sum(_LOGIT_ENDS)), 0.5 * (_LOGIT_ENDS[1] - _LOGIT_ENDS[0])
    for _ in range(9):
        logit = centre + half * np.linspace(-1.0, 1.0, 17)[:, None]
        best = np.argmax(log_density(logit, log_c), axis=0)
        centre, half = np.take_along_axis(logit, best[None], axis=0)[0], half / 6.0
    return centre


def _side(log_density: LogDensity, log_c: FloatArray, ridge: FloatArray, end: float, floor: float) -> FloatArray:
    """Where the density falls to the floor between the ridge and one end, for each log concentration; by bisection."""
    inner, outer = ridge, np.full(ridge.shape, end)
    for _ in range(40):
        middle = 0.5 * (inner + outer)
        above = log_density(middle, log_c) >= floor
        inner, outer = np.where(above, middle, inner), np.where(above, outer, middle)
    return outer


def _converged(log_density: LogDensity, box: list[tuple[float, float]]) -> Grid:
    """Double the points until neither the integral nor the means change."""
    before = np.full(4, np.inf)
    for points in (48, 96, 192, 384, 768):
        logit, log_c = (np.linspace(*ends, points) for ends in box)
        values = log_density(logit[:, None], log_c[None, :])
        weight = np.exp(values - values.max())
        cell = (logit[1] - logit[0]) * (log_c[1] - log_c[0])
        share = weight / weight.sum()
        over_mean, over_c = share.sum(axis=1), share.sum(axis=0)
        now = np.array(
            [
                np.log(weight.sum() * cell) + values.max(),
                over_mean @ special.expit(logit),
                over_mean @ logit,
                over_c @ log_c,
            ]
        )
        if np.allclose(now, before, rtol=1e-9, atol=1e-9):
            return Grid(logit, log_c, share)
        before = now
    raise ValueError("log_prior is too rough to integrate: it has jumps or kinks inside the posterior's range")

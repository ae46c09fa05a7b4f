r"""A grid in (logit mean, log concentration) that holds a posterior of the hierarchy for counts.

The two are integrated by the trapezoidal rule, whose error falls exponentially here because the integrand is smooth and
vanishes at both ends. Where rates are close and trials many the posterior is a narrow ridge towards infinite
concentration with a wide foot at small ones: there the steps of the logit are even in arcsinh, fine on the ridge and as
wide as the foot elsewhere.
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
_MOST_WIDTHS = 150.0  # of the ridge, that even steps of the logit can resolve
_LOGIT_ENDS, _LOG_C_ENDS = (-60.0, 60.0), (-60.0, 90.0)


class Ruler(NamedTuple):
    """Where the even steps of a grid lie on the logit scale: centre + width sinh(step), or the logit for width inf."""

    centre: float = 0.0
    width: float = np.inf

    def to_logit(self, even: FloatArray) -> FloatArray:
        """Logit at places on the ruler."""
        return even if np.isinf(self.width) else np.asarray(self.centre + self.width * np.sinh(even))

    def to_even(self, logit: FloatArray) -> FloatArray:
        """Places of logits on the ruler."""
        return logit if np.isinf(self.width) else np.asarray(np.arcsinh((logit - self.centre) / self.width))

    def log_slope(self, even: FloatArray) -> FloatArray:
        """Log of the logit's change for a step."""
        return np.zeros_like(even) if np.isinf(self.width) else np.log(self.width) + np.log(np.cosh(even))


EVEN = Ruler()


class Grid(NamedTuple):
    """Points and the posterior probability of each pair, shape (n_mean, n_concentration); sums to 1.

    Log concentrations are evenly spaced, logit means are so on their ruler.
    """

    logit_mean: FloatArray
    log_concentration: FloatArray
    probability: FloatArray
    ruler: Ruler = EVEN


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
        unmixed = "" if np.any((y > 0) & (y < n)) else ", every group being all-or-nothing or empty"
        where = f"0{unmixed}" if low < 1e-6 else "infinity"
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

    box, ruler = _box(log_density)
    if power and tail < 60.0:
        far, _ = _box(log_moment)
        box = [(min(a[0], b[0]), max(a[1], b[1])) for a, b in zip(box, far, strict=True)]
    return _converged(log_density, box, ruler)


def _box(log_density: LogDensity) -> tuple[list[tuple[float, float]], Ruler]:
    """Ends of logit mean and log concentration around all that lies within _DROP of the peak, and a ruler for it.

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
    ends = (float(left.min()), float(right.max()))
    # The ridge where it is narrowest, from its flanks half an e-fold below the top.
    top = height[kept]
    narrow, wide = (_side(log_density, log_c[kept], ridge[kept], end, top - 0.5) for end in _LOGIT_ENDS)
    at = int(np.argmin(wide - narrow))
    width = 0.5 * float(wide[at] - narrow[at])
    needs_none = ends[1] - ends[0] < _MOST_WIDTHS * width
    return [ends, (low, high)], EVEN if needs_none else Ruler(float(ridge[kept][at]), width)


def _ridge(log_density: LogDensity, log_c: FloatArray) -> FloatArray:
    """Best logit mean for each log concentration, by a grid that closes in around each one's highest point."""
    centre, half = np.full(log_c.shape, 0.5 * sum(_LOGIT_ENDS)), 0.5 * (_LOGIT_ENDS[1] - _LOGIT_ENDS[0])
    for _ in range(13):
        logit = centre + half * np.linspace(-1.0, 1.0, 17)[:, None]
        best = np.argmax(log_density(logit, log_c), axis=0)
        centre, half = np.take_along_axis(logit, best[None], axis=0)[0], half / 6.0
    return centre


def _side(
    log_density: LogDensity, log_c: FloatArray, ridge: FloatArray, end: float, floor: float | FloatArray
) -> FloatArray:
    """Where the density falls to the floor between the ridge and one end, for each log concentration; by bisection."""
    inner, outer = ridge, np.full(ridge.shape, end)
    for _ in range(40):
        middle = 0.5 * (inner + outer)
        above = log_density(middle, log_c) >= floor
        inner, outer = np.where(above, middle, inner), np.where(above, outer, middle)
    return outer


def _converged(log_density: LogDensity, box: list[tuple[float, float]], ruler: Ruler) -> Grid:
    """Double the points until neither the integral nor the means change."""
    low, high = ruler.to_even(np.array(box[0]))
    before = np.full(4, np.inf)
    for points in (48, 96, 192, 384, 768):
        even, log_c = np.linspace(low, high, points), np.linspace(*box[1], points)
        logit = ruler.to_logit(even)
        values = log_density(logit[:, None], log_c[None, :]) + ruler.log_slope(even)[:, None]
        weight = np.exp(values - values.max())
        cell = (even[1] - even[0]) * (log_c[1] - log_c[0])
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
        # Of counts in millions the log density is known to rounding only: its terms are some twenty times its value.
        close = 1e-9 + 200.0 * float(np.finfo(float).eps) * abs(float(values.max()))
        if np.allclose(now, before, rtol=1e-9, atol=close):
            return Grid(logit, log_c, share, ruler)
        before = now
    raise RoughError(
        f"the posterior cannot be summed on {points} x {points} points of (logit mean, log concentration): the sums "
        "still change from grid to grid"
    )


class RoughError(ValueError):
    """No grid that is fine enough was found."""

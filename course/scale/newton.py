r"""One group at a time, compiled: the mode of eta by Newton's method, and the rows' share of everything.

A group's coefficients are :math:`\theta = \mu + R \eta` with :math:`\eta \sim N(0, I)` and
:math:`R R' = \Sigma`, so that nothing is divided by a spread that may be 0. Coefficients that
all groups share follow in mu; their columns, and the log of exposure, are added up once a group and pass.
"""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.scale import small
from course.scale.compiled import compiled, plainly
from course.scale.grouped import LOGISTIC, Columns
from course.validate import FloatArray

STEPS = 60  # of Newton, before a group counts as lost
_CLOSE = (1e-8, 1e-18, 1e-18)  # squared length of the last step, in posterior standard deviations, by what is wanted
ROUGH, EXACT, CURVED = (
    0,
    1,
    2,
)  # what is wanted of a pass: a direction, the sums to the last digit, second derivatives too


@plainly
def exp_minus(
    odds: FloatArray, m: int, scratch: FloatArray, bits: NDArray[np.int64], out: FloatArray, result: NDArray[np.int64]
) -> None:
    """Set out = exp(-abs(odds)) to the last digit or two, in a form that the processor does for several rows at once.

    exp(-a) = 2 ** -n exp(-r) with n the whole number nearest a / log 2: adding 1.5 * 2 ** 52 leaves n in the lowest
    bits of the sum, from where it is moved to the exponent; exp(-r), with r within 0.35 of 0, is a polynomial.
    ``bits`` and ``result`` are scratch and out seen as whole numbers.
    """
    for i in range(m):
        scratch[i] = min(abs(odds[i]), 700.0) * 1.4426950408889634 + 6755399441055744.0
    for i in range(m):
        n = scratch[i] - 6755399441055744.0
        r = n * 0.6931471803691238 - min(abs(odds[i]), 700.0) + n * 1.9082149292705877e-10
        q = r * 2.08767569878681e-09 + 2.505210838544172e-08
        q = q * r + 2.755731922398589e-07
        q = q * r + 2.7557319223985893e-06
        q = q * r + 2.48015873015873e-05
        q = q * r + 0.0001984126984126984
        q = q * r + 0.001388888888888889
        q = q * r + 0.008333333333333333
        q = q * r + 0.041666666666666664
        q = q * r + 0.16666666666666666
        q = q * r + 0.5
        out[i] = (q * r + 1.0) * r + 1.0
    for i in range(m):
        result[i] -= bits[i] << 52


@compiled
def base(d: Columns, first: int, last: int, mean: FloatArray, k: int, out: FloatArray) -> None:
    """Set out to what the rows' linear predictor has in common for all theta: log exposure and shared slopes."""
    m = last - first
    if d.base.size:
        for i in range(m):
            out[i] = d.base[first + i]
    else:
        out[:m] = 0.0
    for a in range(d.fixed.shape[0]):
        column, slope = d.fixed[a], mean[k + a]
        for i in range(m):
            out[i] += slope * column[first + i]


@compiled
def likelihood(
    d: Columns, first: int, last: int, theta: FloatArray, rows: FloatArray, bits: NDArray[np.int64], slope: FloatArray,
    curve: FloatArray,
) -> float:  # fmt: skip
    """Log likelihood of a group's rows, without constants; its first two derivatives in theta are filled in.

    ``slope`` Z'(y - expected) and ``curve`` Z'WZ; rows[3] holds each row's y - expected, rows[4] its W, rows[0] its
    probability, where it has one. rows[5] holds what `base` put there.
    """
    m, k, x, y = last - first, theta.size, d.x, d.y
    p, odds, e, rest, weight = rows[0], rows[1], rows[2], rows[3], rows[4]
    for i in range(m):
        odds[i] = theta[0]
    if d.base.size or d.fixed.shape[0]:
        common = rows[5]
        for i in range(m):
            odds[i] += common[i]
    for a in range(1, k):
        column = x[a - 1]
        for i in range(m):
            odds[i] += theta[a] * column[first + i]
    exp_minus(odds, m, rest, bits[3], e, bits[2])
    if d.family != LOGISTIC:
        value = _of_events(y, first, m, odds, e, rest, weight)
    elif d.trials.size:
        value = _of_trials(y, d.trials, first, m, odds, e, p, rest, weight)
    else:
        value = _of_choices(y, first, m, odds, e, p, rest, weight)
    _moments(x, first, m, rest, weight, slope, curve)
    return value


@compiled
def _of_choices(
    y: NDArray[Any], first: int, m: int, odds: FloatArray, e: FloatArray, p: FloatArray, rest: FloatArray,
    weight: FloatArray,
) -> float:  # fmt: skip
    """Log likelihood of rows of 0 or 1; p, y - p and p (1 - p) are filled in. e is exp(-abs(odds))."""
    value = 0.0
    for i in range(m):
        value += y[first + i] * odds[i] - max(odds[i], 0.0)
    # log(1 + e) of many rows is the log of one product, taken before that can overflow.
    for low in range(0, m, 512):
        product = 1.0
        for i in range(low, min(low + 512, m)):
            product *= 1.0 + e[i]
        value -= log(product)
    for i in range(m):
        share = 1.0 / (1.0 + e[i])
        weight[i] = e[i] * share * share
        p[i] = share if odds[i] >= 0.0 else e[i] * share
        rest[i] = y[first + i] - p[i]
    return value


@compiled
def _of_trials(
    y: NDArray[Any], trials: FloatArray, first: int, m: int, odds: FloatArray, e: FloatArray, p: FloatArray,
    rest: FloatArray, weight: FloatArray,
) -> float:  # fmt: skip
    """The same of successes in some trials."""
    value = 0.0
    for i in range(m):
        n, share = trials[first + i], 1.0 / (1.0 + e[i])
        value += y[first + i] * odds[i] - n * (max(odds[i], 0.0) + log(1.0 + e[i]))
        weight[i] = n * e[i] * share * share
        p[i] = share if odds[i] >= 0.0 else e[i] * share
        rest[i] = y[first + i] - n * p[i]
    return value


@compiled
def _of_events(
    y: NDArray[Any], first: int, m: int, odds: FloatArray, e: FloatArray, rest: FloatArray, weight: FloatArray
) -> float:
    """The same of events, whose expectation is their weight too."""
    value = 0.0
    for i in range(m):
        weight[i] = 1.0 / e[i] if odds[i] >= 0.0 else e[i]
        rest[i] = y[first + i] - weight[i]
        value += y[first + i] * odds[i] - weight[i]
    return value


@compiled
def _moments(
    x: FloatArray, first: int, m: int, rest: FloatArray, weight: FloatArray, slope: FloatArray, curve: FloatArray
) -> None:
    """Sums of rest z and of weight z z' over a group's rows."""
    total, second = 0.0, 0.0
    for i in range(m):
        total += rest[i]
        second += weight[i]
    slope[0], curve[0, 0] = total, second
    for a in range(1, x.shape[0] + 1):
        column = x[a - 1]
        total, second = 0.0, 0.0
        for i in range(m):
            total += rest[i] * column[first + i]
            second += weight[i] * column[first + i]
        slope[a], curve[a, 0], curve[0, a] = total, second, second
        for b in range(1, a + 1):
            other = x[b - 1]
            second = 0.0
            for i in range(m):
                second += weight[i] * column[first + i] * other[first + i]
            curve[a, b], curve[b, a] = second, second


@compiled
def shared_slope(d: Columns, first: int, m: int, k: int, rows: FloatArray, slope: FloatArray) -> None:
    """Slope of the shared coefficients, after `likelihood`."""
    rest = rows[3]
    for a in range(d.fixed.shape[0]):
        column, total = d.fixed[a], 0.0
        for i in range(m):
            total += rest[i] * column[first + i]
        slope[k + a] = total


@compiled
def shared_curve(d: Columns, first: int, m: int, k: int, rows: FloatArray, curve: FloatArray) -> None:
    """Curvature between shared coefficients, rows of ``curve`` from k on, and a group's own, its k columns."""
    weight = rows[4]
    for a in range(d.fixed.shape[0]):
        column, total = d.fixed[a], 0.0
        for i in range(m):
            total += weight[i] * column[first + i]
        curve[k + a, 0] = total
        for b in range(1, k):
            other, total = d.x[b - 1], 0.0
            for i in range(m):
                total += weight[i] * column[first + i] * other[first + i]
            curve[k + a, b] = total


@compiled
def skew(d: Columns, first: int, last: int, rows: FloatArray, v: FloatArray, out: FloatArray) -> None:
    """Set out = sum over rows of W' z (z' V z): how fast the curvature's log determinant moves with a coefficient."""
    m, k, x = last - first, v.shape[0], d.x
    p, share, weight = rows[0], rows[1], rows[4]
    for i in range(m):
        share[i] = v[0, 0]
    for a in range(1, k):
        column = x[a - 1]
        for i in range(m):
            share[i] += column[first + i] * (2.0 * v[0, a] + v[a, a] * column[first + i])
        for b in range(1, a):
            other = x[b - 1]
            for i in range(m):
                share[i] += 2.0 * v[a, b] * column[first + i] * other[first + i]
    total = 0.0
    if d.family == LOGISTIC:
        for i in range(m):
            share[i] *= weight[i] * (1.0 - 2.0 * p[i])
            total += share[i]
    else:
        for i in range(m):
            share[i] *= weight[i]
            total += share[i]
    out[0] = total
    for a in range(1, k):
        column = x[a - 1]
        total = 0.0
        for i in range(m):
            total += share[i] * column[first + i]
        out[a] = total
    for a in range(d.fixed.shape[0]):
        column, total = d.fixed[a], 0.0
        for i in range(m):
            total += share[i] * column[first + i]
        out[k + a] = total


@compiled
def place(mean: FloatArray, root: FloatArray, eta: FloatArray, theta: FloatArray) -> None:
    """Set theta = mu + R eta."""
    k = eta.size
    for a in range(k):
        theta[a] = mean[a]
        for b in range(k):
            theta[a] += root[a, b] * eta[b]


@compiled
def find_mode(
    d: Columns, first: int, last: int, mean: FloatArray, root: FloatArray, eta: FloatArray, wanted: int, work: Any
) -> Any:
    """Newton from eta, halved when it overshoots; eta and all in work, with the factor of K, are left at the mode.

    Returns the log joint density there (without constants), log |K| and the steps taken: 0 for a group that is lost.
    """
    theta, rows, slope, curve, inner, move, bits = work
    k = eta.size
    taken, best, log_det = 1.0, -np.inf, 0.0
    if d.base.size or d.fixed.shape[0]:
        base(d, first, last, mean, k, rows[5])
    for step in range(1, STEPS + 1):
        place(mean, root, eta, theta)
        value = likelihood(d, first, last, theta, rows, bits, slope, curve)
        for a in range(k):
            value -= 0.5 * eta[a] * eta[a]
        # Rounding may make the last, tiny step look like one downhill.
        if not value >= best - 1e-12 * abs(best) and taken > 1e-9:
            taken *= 0.5
            for a in range(k):
                eta[a] -= taken * move[a]
            continue
        best, taken = value, 1.0
        small.pulled(root, curve, inner)
        log_det = small.factor(inner)
        for a in range(k):
            move[a] = -eta[a]
            for b in range(k):
                move[a] += root[b, a] * slope[b]
        small.solve(inner, move)
        size = 0.0
        for a in range(k):
            size += move[a] * move[a]
        if size < _CLOSE[wanted]:
            return value, log_det, step
        for a in range(k):
            eta[a] += move[a]
    return best, log_det, 0

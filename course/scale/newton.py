r"""One group at a time, compiled: the mode of eta by Newton's method, and the rows' share of everything.

A group's coefficients are :math:`\theta = \mu + R \eta` with :math:`\eta \sim N(0, I)` and
:math:`R R' = \Sigma`, so that nothing is divided by a spread that may be 0.
"""

from __future__ import annotations

from math import exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.scale import small
from course.scale.compiled import compiled
from course.validate import FloatArray

STEPS = 60  # of Newton, before a group counts as lost
_CLOSE = 1e-18  # squared length of the last step, in posterior standard deviations


@compiled
def likelihood(
    x: FloatArray, y: NDArray[np.int8], first: int, last: int, theta: FloatArray, p: FloatArray,
    slope: FloatArray, curve: FloatArray,
) -> float:  # fmt: skip
    """Log likelihood of a group's rows; p (each row), slope Z'(y - p) and curve Z'WZ are filled in."""
    m, k = last - first, theta.size
    for i in range(m):
        p[i] = theta[0]
    for a in range(1, k):
        column = x[a - 1]
        for i in range(m):
            p[i] += theta[a] * column[first + i]
    value = 0.0
    product = 1.0
    for i in range(m):
        odds = p[i]
        small_one = exp(-abs(odds))
        share = 1.0 / (1.0 + small_one)
        # log(1 + e^-|odds|) of many rows is the log of one product; it is taken before the product can overflow.
        product *= 1.0 + small_one
        if (i & 511) == 511:
            value -= log(product)
            product = 1.0
        value += y[first + i] * odds - max(odds, 0.0)
        p[i] = share if odds >= 0.0 else small_one * share
    value -= log(product)
    _moments(x, y, first, last, p, slope, curve)
    return value


@compiled
def _moments(
    x: FloatArray, y: NDArray[np.int8], first: int, last: int, p: FloatArray, slope: FloatArray, curve: FloatArray
) -> None:
    """Z'(y - p) and Z'WZ."""
    m, k = last - first, slope.size
    rest, weight = 0.0, 0.0
    for i in range(m):
        rest += y[first + i] - p[i]
        weight += p[i] * (1.0 - p[i])
    slope[0], curve[0, 0] = rest, weight
    for a in range(1, k):
        column = x[a - 1]
        rest, weight = 0.0, 0.0
        for i in range(m):
            rest += (y[first + i] - p[i]) * column[first + i]
            weight += p[i] * (1.0 - p[i]) * column[first + i]
        slope[a], curve[a, 0], curve[0, a] = rest, weight, weight
        for b in range(1, a + 1):
            other = x[b - 1]
            weight = 0.0
            for i in range(m):
                weight += p[i] * (1.0 - p[i]) * column[first + i] * other[first + i]
            curve[a, b], curve[b, a] = weight, weight


@compiled
def skew(x: FloatArray, first: int, last: int, p: FloatArray, v: FloatArray, out: FloatArray) -> None:
    """Set out = sum over rows of W' z (z' V z): how fast the curvature's log determinant moves with theta."""
    m, k = last - first, out.size
    for a in range(k):
        out[a] = 0.0
    for i in range(m):
        spread = v[0, 0]
        for a in range(1, k):
            xa = x[a - 1, first + i]
            spread += xa * (2.0 * v[0, a] + v[a, a] * xa)
            for b in range(1, a):
                spread += 2.0 * v[a, b] * xa * x[b - 1, first + i]
        share = p[i] * (1.0 - p[i]) * (1.0 - 2.0 * p[i]) * spread
        out[0] += share
        for a in range(1, k):
            out[a] += share * x[a - 1, first + i]


@compiled
def place(mean: FloatArray, root: FloatArray, eta: FloatArray, theta: FloatArray) -> None:
    """Set theta = mu + R eta."""
    k = mean.size
    for a in range(k):
        theta[a] = mean[a]
        for b in range(k):
            theta[a] += root[a, b] * eta[b]


@compiled
def find_mode(
    x: FloatArray, y: NDArray[np.int8], first: int, last: int, mean: FloatArray, root: FloatArray,
    eta: FloatArray, work: Any,
) -> Any:  # fmt: skip
    """Newton from eta, halved when it overshoots; eta, theta, p, slope, curve and the factor of K are left at the mode.

    Returns the log joint density there (without constants), log |K| and the steps taken: 0 for a group that is lost.
    """
    theta, p, slope, curve, inner, move = work
    k = mean.size
    taken, best, log_det = 1.0, -np.inf, 0.0
    for step in range(1, STEPS + 1):
        place(mean, root, eta, theta)
        value = likelihood(x, y, first, last, theta, p, slope, curve)
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
        if size < _CLOSE:
            return value, log_det, step
        for a in range(k):
            eta[a] += move[a]
    return best, log_det, 0

r"""Second derivatives of a group's marginal likelihood by Laplace's approximation, exact, compiled.

With everything at the mode of eta and :math:`q = -v / 2` (`laplace` says what v is), the derivative in two directions
is that of

.. math:: \log p(y \mid \eta) - \tfrac12 \eta'\eta - \tfrac12 \log |K| + q' \partial_\eta (\log p - \tfrac12 \eta'\eta)

along straight paths of population and eta, on which eta moves as the mode does, q held: the last term stands for how
the mode's own path bends.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course.scale.compiled import compiled
from course.scale.grouped import LOGISTIC, Columns
from course.validate import FloatArray


@compiled
def curvature_space(size: int, k: int) -> Any:
    """Arrays that a thread writes into: M, T, u, q, A R, and each direction's moves and what follows from them."""
    r = size + k * k
    return (
        np.empty((size, size)), np.empty((k, k, size)), np.empty(k), np.empty(k), np.empty((size, k)), np.empty((r, k)),
        np.empty((r, size)), np.empty((r, k)), np.empty((r, size)), np.empty((r, k, k)), np.empty((r, k, k)),
        np.empty((k, k)), np.empty((k, k)), np.empty(k),
    )  # fmt: skip


@compiled
def _row_sums(d: Columns, first: int, m: int, rows: FloatArray, v: FloatArray, space: Any) -> None:
    """Set M = sum of (W + W' z'u + W'' z'Vz / 2) w w', T = sum of W' z z' w: z a group's predictors, w all of them.

    After `likelihood`, whose rows 1 to 3 are overwritten.
    """
    cross, third, u = space[0], space[1], space[2]
    size, k, x = cross.shape[0], v.shape[0], d.x
    p, part, share, first_of, weight = rows[0], rows[1], rows[2], rows[3], rows[4]
    for i in range(m):
        share[i], part[i] = v[0, 0], u[0]
    for a in range(1, k):
        column = x[a - 1]
        for i in range(m):
            share[i] += column[first + i] * (2.0 * v[0, a] + v[a, a] * column[first + i])
            part[i] += u[a] * column[first + i]
        for b in range(1, a):
            other = x[b - 1]
            for i in range(m):
                share[i] += 2.0 * v[a, b] * column[first + i] * other[first + i]
    if d.family == LOGISTIC:
        for i in range(m):
            first_of[i] = weight[i] * (1.0 - 2.0 * p[i])
            second = weight[i] * (1.0 - 6.0 * p[i] * (1.0 - p[i]))
            share[i] = weight[i] + first_of[i] * part[i] + 0.5 * second * share[i]
    else:
        for i in range(m):
            first_of[i] = weight[i]
            share[i] = weight[i] * (1.0 + part[i] + 0.5 * share[i])
    for a in range(size):
        for i in range(m):
            part[i] = share[i]
        if a > 0:
            _by(d, first, m, k, a, part)
        _against(d, first, m, k, part, cross[a], a + 1, size)
        for b in range(a):
            cross[b, a] = cross[a, b]
    # T is symmetric in a group's own predictors.
    for a in range(k):
        if a > 0:
            for i in range(m):
                part[i] = first_of[i]
            _by(d, first, m, k, a, part)
        for b in range(a + 1):
            for i in range(m):
                share[i] = part[i] if a > 0 else first_of[i]
            if b > 0:
                _by(d, first, m, k, b, share)
            _against(d, first, m, k, share, third[a, b], b + 1, k)
            for c in range(size):
                if c <= b or c >= k:
                    third[b, a, c] = third[a, b, c]
                if c <= b:
                    third[a, c, b] = third[c, a, b] = third[b, c, a] = third[c, b, a] = third[a, b, c]


@compiled
def _by(d: Columns, first: int, m: int, k: int, a: int, values: FloatArray) -> None:
    """Multiply rows' values by predictor a, which is not the intercept."""
    if a < k:
        for i in range(m):
            values[i] *= d.x[a - 1, first + i]
    else:
        for i in range(m):
            values[i] *= d.fixed[a - k, first + i]


@compiled
def _against(
    d: Columns, first: int, m: int, k: int, values: FloatArray, out: FloatArray, last: int, shared: int
) -> None:
    """Sums of rows' values times the predictors before ``last`` and from ``shared`` on."""
    total = 0.0
    for i in range(m):
        total += values[i]
    out[0] = total
    for a in range(1, out.size):
        if last <= a < shared:
            continue
        total = 0.0
        if a < k:
            for i in range(m):
                total += values[i] * d.x[a - 1, first + i]
        else:
            for i in range(m):
                total += values[i] * d.fixed[a - k, first + i]
        out[a] = total


@compiled
def add_curvature(
    d: Columns, first: int, last: int, root: FloatArray, eta: FloatArray, slope: FloatArray, curve: FloatArray,
    inverse: FloatArray, c: FloatArray, v: FloatArray, pulled: FloatArray, rows: FloatArray, space: Any,
    total: FloatArray,
) -> None:  # fmt: skip
    """Add a group's second derivatives in mean and root, row by row, to the lower triangle of ``total``, row by row.

    ``pulled`` is v = K^-1 R'c; ``v`` is V = R K^-1 R'; the other names are those of `laplace.group_score`.
    """
    cross, third, u, q, ar, step, move, felt, crossed, turned, bent, d_curve, d_inner, worth = space
    size, k = slope.size, eta.size
    r = size + k * k
    for a in range(k):
        q[a] = -0.5 * pulled[a]
    for a in range(k):
        u[a] = 0.0
        for b in range(k):
            u[a] += root[a, b] * q[b]
    _row_sums(d, first, last - first, rows, v, space)
    for a in range(size):
        for b in range(k):
            ar[a, b] = 0.0
            for m in range(k):
                ar[a, b] += curve[a, m] * root[m, b]
    for i in range(r):
        a = i if i < size else (i - size) // k
        b = -1 if i < size else (i - size) % k
        scale = 1.0 if b < 0 else eta[b]
        # How the mode moves, and with it all coefficients.
        for m in range(k):
            step[i, m] = 0.0
            for s in range(k):
                step[i, m] -= inverse[m, s] * ar[a, s] * scale
            if b >= 0:
                step[i, m] += inverse[m, b] * slope[a]
        for m in range(size):
            move[i, m] = scale if m == a else 0.0
        for m in range(k):
            for s in range(k):
                move[i, m] += root[m, s] * step[i, s]
        for m in range(k):
            felt[i, m] = 0.0
            for s in range(size):
                felt[i, m] += curve[s, m] * move[i, s]
        for m in range(size):
            crossed[i, m] = 0.0
            for s in range(size):
                crossed[i, m] += cross[m, s] * move[i, s]
        # How A, K and what hangs on them move.
        for m in range(k):
            for s in range(k):
                value = 0.0
                for t in range(size):
                    value += third[m, s, t] * move[i, t]
                d_curve[m, s] = value
        for m in range(k):
            for s in range(k):
                value = 0.0
                for t in range(k):
                    value += d_curve[m, t] * root[t, s]
                bent[i, m, s] = value
        for m in range(k):
            for s in range(k):
                value = 0.0
                for t in range(k):
                    value += root[t, m] * bent[i, t, s]
                if b == m:
                    value += ar[a, s]
                if b == s:
                    value += ar[a, m]
                d_inner[m, s] = value
        for m in range(k):
            for s in range(k):
                value = 0.0
                for t in range(k):
                    value += inverse[m, t] * d_inner[t, s]
                turned[i, m, s] = value
        for m in range(k):
            for s in range(k):
                value = 0.0
                for t in range(k):
                    value += bent[i, m, t] * inverse[t, s]
                d_curve[m, s] = value
        for m in range(k):
            for s in range(k):
                bent[i, m, s] = d_curve[m, s]
    # What a bend of the coefficients themselves is worth.
    for a in range(k):
        worth[a] = slope[a] - 0.5 * c[a]
        for b in range(k):
            worth[a] -= curve[a, b] * u[b]
    for i in range(r):
        a = i if i < size else (i - size) // k
        b = -1 if i < size else (i - size) % k
        for j in range(i + 1):
            value = 0.0
            for m in range(size):
                value -= move[i, m] * crossed[j, m]
            for m in range(k):
                value -= step[i, m] * step[j, m]
                for s in range(k):
                    value += 0.5 * turned[i, m, s] * turned[j, s, m]
            if b >= 0:
                value += worth[a] * step[j, b] - q[b] * felt[j, a] - bent[j, a, b]
            if j >= size:
                e, f = (j - size) // k, (j - size) % k
                value += worth[e] * step[i, f] - q[f] * felt[i, e] - bent[i, e, f]
                value -= curve[a, e] * inverse[f, b]
            total[i * r + j] += value

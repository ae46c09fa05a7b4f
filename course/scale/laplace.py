r"""Laplace's approximation of a group's marginal likelihood and its exact gradient, summed over groups, compiled.

With :math:`g = Z'(y - p)`, :math:`A = Z'WZ`, :math:`K = I + R'AR` and everything at the mode of eta, a group adds

.. math:: \log p(y \mid \hat\eta) - \tfrac12 \hat\eta'\hat\eta - \tfrac12 \log |K|.

The mode and the curvature move with the population too. Differentiating the equation of the mode gives, with
:math:`c = \partial \log |K| / \partial \theta`, :math:`v = K^{-1} R' c` and :math:`h = c - A R v`,

.. math:: \partial\mu: g - h / 2, \qquad \partial R: (g - h / 2) \hat\eta' - A R K^{-1} - g v' / 2.

Coefficients that all groups share are more entries of mu: the same formulas with the rows of g, c and A that belong to
their columns. Where the modes are taken for means, as in plain EM, c is forgotten.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.scale import small
from course.scale.compiled import compiled
from course.scale.curvature import add_curvature, curvature_space
from course.scale.grouped import Columns
from course.scale.newton import CURVED, EXACT, find_mode, shared_curve, shared_slope, skew
from course.validate import FloatArray


@compiled
def workspace(size: int, k: int, rows: int) -> Any:
    """Arrays that a thread writes into: theta, rows, slope, curve, inner, move, and rows as integers."""
    table = np.empty((6, rows))
    bits = table.view(np.int64)
    return np.empty(k), table, np.empty(size), np.empty((size, k)), np.empty((k, k)), np.empty(k), bits


@compiled
def most_rows(starts: NDArray[np.int64], first: int, last: int) -> int:
    """Rows of the largest of some groups."""
    most = 0
    for j in range(first, last):
        most = max(most, starts[j + 1] - starts[j])
    return most


@compiled
def add_score(score: FloatArray, total: FloatArray) -> None:
    """Add a group's score and its outer product to the sums; value first, then scores, then outer products."""
    r = score.size
    for i in range(r):
        total[1 + i] += score[i]
        for j in range(i + 1):
            total[1 + r + i * r + j] += score[i] * score[j]


@compiled
def laplace_sums(
    d: Columns, starts: NDArray[np.int64], first: int, last: int, mean: FloatArray, root: FloatArray,
    eta: FloatArray, wanted: int, total: FloatArray,
) -> None:  # fmt: skip
    """Add value, score, its outer product and, if wanted, the second derivatives of the groups from first to last.

    Steps taken and groups lost stand last in ``total``. ``eta``, shape (n_groups, k), holds where to start and is left
    at the modes.
    """
    size, k = mean.size, root.shape[0]
    work = workspace(size, k, most_rows(starts, first, last))
    v, c, inverse, score = np.empty((k, k)), np.empty(size), np.empty((k, k)), np.empty(size + k * k)
    scratch = np.empty((size + 2, k))
    rows, slope, curve, inner = work[1], work[2], work[3], work[4]
    space, r = curvature_space(size, k), score.size
    for j in range(first, last):
        value, log_det, steps = find_mode(d, starts[j], starts[j + 1], mean, root, eta[j], wanted, work)
        shared_slope(d, starts[j], starts[j + 1] - starts[j], k, rows, slope)
        shared_curve(d, starts[j], starts[j + 1] - starts[j], k, rows, curve)
        total[0] += value - 0.5 * log_det
        total[-2] += steps * (starts[j + 1] - starts[j])
        total[-1] += steps == 0
        small.inverse(inner, inverse)
        small.spread(root, inverse, v)
        skew(d, starts[j], starts[j + 1], rows, v, c)
        group_score(mean, root, eta[j], slope, curve, inverse, c, scratch, score)
        add_score(score, total)
        if wanted == CURVED:
            add_curvature(
                d, starts[j], starts[j + 1], root, eta[j], slope, curve, inverse, c, v, scratch[size + 1], rows, space,
                total[1 + r + r * r :],
            )  # fmt: skip


@compiled
def group_score(
    mean: FloatArray, root: FloatArray, eta: FloatArray, slope: FloatArray, curve: FloatArray, inverse: FloatArray,
    c: FloatArray, scratch: FloatArray, score: FloatArray,
) -> None:  # fmt: skip
    """Derivative of a group's term in the mean and, row by row, in the root; scratch has two rows more than mean.

    ``mean``, ``slope`` and ``c`` have all coefficients, the k of a group first; ``curve`` and scratch k columns.
    """
    size, k = mean.size, eta.size
    # A R in the first rows of the scratch, then R'c, then v = K^-1 R'c.
    for a in range(size):
        for b in range(k):
            scratch[a, b] = 0.0
            for m in range(k):
                scratch[a, b] += curve[a, m] * root[m, b]
    for a in range(k):
        scratch[size, a] = 0.0
        for b in range(k):
            scratch[size, a] += root[b, a] * c[b]
    for a in range(k):
        scratch[size + 1, a] = 0.0
        for b in range(k):
            scratch[size + 1, a] += inverse[a, b] * scratch[size, b]
    for a in range(size):
        half = 0.5 * c[a]
        for b in range(k):
            half -= 0.5 * scratch[a, b] * scratch[size + 1, b]
        score[a] = slope[a] - half
    for a in range(k):
        for b in range(k):
            value = score[a] * eta[b] - 0.5 * slope[a] * scratch[size + 1, b]
            for m in range(k):
                value -= scratch[a, m] * inverse[m, b]
            score[size + a * k + b] = value


@compiled
def posteriors(
    d: Columns, starts: NDArray[np.int64], first: int, last: int, mean: FloatArray, root: FloatArray, eta: FloatArray,
    mode: FloatArray, cov: FloatArray,
) -> None:  # fmt: skip
    """Mode and inverse curvature of the groups from first to last, given the population."""
    k = root.shape[0]
    work = workspace(mean.size, k, most_rows(starts, first, last))
    inverse = np.empty((k, k))
    for j in range(first, last):
        find_mode(d, starts[j], starts[j + 1], mean, root, eta[j], EXACT, work)
        small.inverse(work[4], inverse)
        small.spread(root, inverse, cov[j])
        mode[j] = work[0]

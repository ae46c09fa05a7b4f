"""Adaptive Gauss-Hermite quadrature of a group's marginal likelihood, compiled: nodes about its mode, in its units.

The score is the mean of the complete-data score over the nodes (Fisher's identity); with one node it would be that of
plain EM, with many it is the exact one.
"""

from __future__ import annotations

from itertools import product
from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from course.scale import small
from course.scale.compiled import compiled
from course.scale.grouped import Columns
from course.scale.laplace import add_score, most_rows, workspace
from course.scale.newton import EXACT, find_mode, likelihood, place, shared_slope
from course.validate import FloatArray


class Nodes(NamedTuple):
    """Nodes, shape (n, k), of the standard normal distribution and the log of weight over density's kernel, (n,)."""

    at: FloatArray
    log_weight: FloatArray


def nodes(per_dimension: int, k: int) -> Nodes:
    """Gauss-Hermite nodes in k dimensions: all combinations of those in one."""
    at, weight = np.polynomial.hermite_e.hermegauss(per_dimension)
    log_weight = np.log(weight / np.sqrt(2 * np.pi)) + 0.5 * at**2
    combined = np.array(list(product(range(per_dimension), repeat=k)))
    return Nodes(np.ascontiguousarray(at[combined]), log_weight[combined].sum(axis=1))


@compiled
def quadrature_sums(
    d: Columns, starts: NDArray[np.int64], first: int, last: int, mean: FloatArray, root: FloatArray,
    eta: FloatArray, at: FloatArray, log_weight: FloatArray, total: FloatArray,
) -> None:  # fmt: skip
    """The same sums as `laplace_sums`, by quadrature."""
    size, k, n = mean.size, root.shape[0], log_weight.size
    work = workspace(size, k, most_rows(starts, first, last))
    theta, rows, slope, curve, inner = work[0], work[1], work[2], work[3], work[4]
    score, here, height = np.empty(size + k * k), np.empty(k), np.empty(n)
    slopes, etas = np.empty((n, size)), np.empty((n, k))
    for j in range(first, last):
        _, log_det, steps = find_mode(d, starts[j], starts[j + 1], mean, root, eta[j], EXACT, work)
        for q in range(n):
            _to_node(at[q], inner, eta[j], here)
            etas[q] = here
            place(mean, root, here, theta)
            height[q] = log_weight[q] + likelihood(d, starts[j], starts[j + 1], theta, rows, work[6], slope, curve)
            shared_slope(d, starts[j], starts[j + 1] - starts[j], k, rows, slope)
            height[q] -= 0.5 * np.dot(here, here)
            slopes[q] = slope
        top, mass = _average(height, slopes, etas, score)
        total[0] += top + np.log(mass) - 0.5 * log_det
        total[-2] += (steps + n) * (starts[j + 1] - starts[j])
        total[-1] += steps == 0
        add_score(score, total)


@compiled
def posterior_nodes(
    d: Columns, starts: NDArray[np.int64], first: int, last: int, mean: FloatArray, root: FloatArray,
    eta: FloatArray, at: FloatArray, log_weight: FloatArray, theta: FloatArray, share: FloatArray,
) -> None:  # fmt: skip
    """Set coefficients at the nodes, shape (n_groups, n, k), and each node's share of the posterior, (n_groups, n)."""
    k, n = root.shape[0], log_weight.size
    work = workspace(mean.size, k, most_rows(starts, first, last))
    rows, slope, curve, inner = work[1], work[2], work[3], work[4]
    here = np.empty(k)
    for j in range(first, last):
        find_mode(d, starts[j], starts[j + 1], mean, root, eta[j], EXACT, work)
        for q in range(n):
            _to_node(at[q], inner, eta[j], here)
            place(mean, root, here, theta[j, q])
            height = likelihood(d, starts[j], starts[j + 1], theta[j, q], rows, work[6], slope, curve)
            share[j, q] = log_weight[q] + height - 0.5 * np.dot(here, here)
        share[j] = np.exp(share[j] - share[j].max())
        share[j] /= share[j].sum()


@compiled
def _to_node(at: FloatArray, inner: FloatArray, eta: FloatArray, here: FloatArray) -> None:
    """Where a node is: from the mode, in units of the curvature there."""
    here[:] = at
    small.solve_back(inner, here)
    for a in range(eta.size):
        here[a] += eta[a]


@compiled
def _average(height: FloatArray, slopes: FloatArray, etas: FloatArray, score: FloatArray) -> tuple[float, float]:
    """Set the score to its mean over the nodes; returns the largest height and the sum of exp(height - largest)."""
    (n, size), k = slopes.shape, etas.shape[1]
    top, mass = height.max(), 0.0
    score[:] = 0.0
    for q in range(n):
        share = exp(height[q] - top)
        mass += share
        for a in range(size):
            score[a] += share * slopes[q, a]
        for a in range(k):
            for b in range(k):
                score[size + a * k + b] += share * slopes[q, a] * etas[q, b]
    for i in range(score.size):
        score[i] /= mass
    return top, mass

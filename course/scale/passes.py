"""A pass over sorted rows, divided among threads: the one thing that local and distributed fits both do."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from course.scale.coordinates import PopulationRoot
from course.scale.grouped import Grouped, IntArray, chosen
from course.scale.laplace import laplace_sums, posteriors
from course.scale.newton import CURVED, EXACT
from course.scale.quadrature import nodes, posterior_nodes, quadrature_sums
from course.validate import FloatArray

NODES = 7  # a dimension, where Laplace's approximation is held against quadrature
_ROWS_PER_CHUNK = 4_000
_MOST_CHUNKS = 64


def threads_here() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def chunks(starts: IntArray) -> IntArray:
    """First group of each chunk, and the end: whole groups, about as many rows each, whoever works on them."""
    rows, n_groups = int(starts[-1]), starts.size - 1
    wanted = min(max(1, rows // _ROWS_PER_CHUNK), _MOST_CHUNKS, n_groups)
    edges = np.searchsorted(starts, np.linspace(0, rows, wanted + 1)[1:-1])
    return np.unique(np.r_[0, edges, n_groups])


def for_chunks(work: Callable[[int, int], Any], starts: IntArray, threads: int) -> list[Any]:
    """Do the work for each chunk of groups; results in order, so that sums do not depend on the number of threads."""
    edges = chunks(starts)
    pairs = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    if threads == 1 or len(pairs) == 1:
        return [work(*pair) for pair in pairs]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda pair: work(*pair), pairs))


def nothing(at: PopulationRoot) -> FloatArray:
    """What `logistic_pass` adds up over no rows."""
    r = at.mean.size + at.root.size
    return np.zeros(3 + r + 2 * r * r)


def logistic_pass(
    rows: Grouped, at: PopulationRoot, eta: FloatArray, quadrature: int, threads: int, wanted: int = CURVED
) -> FloatArray:
    """Value, raw score, outer products, second derivatives, sweeps and lost groups, shape (1 + r + 2 * r * r + 2,).

    ``eta``, shape (n_groups, k), is where the modes are looked for first and is left at them. ``wanted`` is one of
    `newton`'s three; zeros stand for second derivatives that were not wanted, and quadrature has none.
    """
    columns = rows.columns
    grid = nodes(quadrature, rows.k) if quadrature > 1 else None

    def work(first: int, last: int) -> FloatArray:
        total = nothing(at)
        common = (columns, rows.starts, first, last, at.mean, at.root, eta)
        if grid is None:
            laplace_sums(*common, wanted, total)
        else:
            quadrature_sums(*common, grid.at, grid.log_weight, total)
        return total

    return np.asarray(np.sum(for_chunks(work, rows.starts, threads), axis=0))


def compared(rows: Grouped, at: PopulationRoot, eta: FloatArray, visits: int) -> FloatArray:
    """What `logistic_pass` adds up by Laplace and by quadrature, for the same sample of groups, shape (2, ...).

    The sample is every so many-th group: as many as can be had for about so many visits of a row.
    """
    n = len(rows.labels)
    each = rows.y.size / n * NODES**rows.k
    some = np.unique(np.linspace(0, n - 1, int(np.clip(visits / each, min(n, 30), n))).astype(np.int64))
    part, here = chosen(rows, some), eta[some]
    return np.array([logistic_pass(part, at, here, nodes, 1, EXACT) for nodes in (1, NODES)])


def logistic_posteriors(
    rows: Grouped, at: PopulationRoot, eta: FloatArray, threads: int
) -> tuple[FloatArray, FloatArray]:
    """Mode, shape (n_groups, k), and inverse curvature, (n_groups, k, k), of each group given the population."""
    mode, cov = np.empty(eta.shape), np.empty((*eta.shape, rows.k))

    def work(first: int, last: int) -> None:
        posteriors(rows.columns, rows.starts, first, last, at.mean, at.root, eta, mode, cov)

    for_chunks(work, rows.starts, threads)
    return mode, cov


def logistic_nodes(rows: Grouped, at: PopulationRoot, quadrature: int) -> tuple[FloatArray, FloatArray]:
    """Each group's posterior as points: coefficients, shape (n_groups, n, k), and their shares, (n_groups, n)."""
    grid, groups = nodes(quadrature, rows.k), len(rows.labels)
    theta, share = np.empty((groups, *grid.at.shape)), np.empty((groups, len(grid.at)))
    found = (np.zeros((groups, rows.k)), grid.at, grid.log_weight, theta, share)
    posterior_nodes(rows.columns, rows.starts, 0, groups, at.mean, at.root, *found)
    return theta, share

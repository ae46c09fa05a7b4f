r"""Tasks: rows with features that belong to tasks, what ridge needs of them, and worlds whose truth is known.

Task j has :math:`n_j` rows :math:`y_i \sim N(x_i^\top w_j, \sigma^2)`. Everything quadratic in the heads w asks only
for the sums of each task, and those may have leading axes: one for replications, for example.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.validate import (
    FloatArray,
    as_floats,
    as_labels,
    as_positive,
    as_rng,
    as_tau,
    as_whole,
    refuse,
    refuse_huge,
    same_index,
)

IntArray = NDArray[np.intp]

_MOST = 50_000_000  # numbers in the sums of all tasks


class TaskRows(NamedTuple):
    """Features x, shape (n_rows, d), outcome y and number of each row's task, (n_rows,); true heads, (n_tasks, d)."""

    x: FloatArray
    y: FloatArray
    task: IntArray
    truth: FloatArray


class TaskSums(NamedTuple):
    """All that a linear model asks of each task: rows, X'X, X'y and y'y.

    Shapes (..., n_tasks), (..., n_tasks, d, d), (..., n_tasks, d) and (..., n_tasks). A task may have no rows.
    """

    n: FloatArray
    gram: FloatArray
    cross: FloatArray
    square: FloatArray


def draw_tasks(
    sizes: ArrayLike,
    rng: np.random.Generator,
    *,
    mean: ArrayLike,
    tau: float,
    sigma: float,
    rank: int | None = None,
) -> TaskRows:
    r"""Simulate tasks whose heads scatter around a mean head: :math:`w_j = \text{mean} + \tau z_j`.

    Parameters
    ----------
    sizes : array_like of int, shape (n_tasks,)
        Rows of each task; 0 for a task that is new.
    rng : numpy.random.Generator
        Source of randomness.
    mean : array_like, shape (d,)
        Mean head; the first feature is 1 in every row, the others are standard normal.
    tau : float
        Standard deviation of each coefficient between tasks.
    sigma : float
        Standard deviation of the noise of a row.
    rank : int, optional
        Let the z_j lie in a random subspace of this dimension, with the same spread over all: then heads differ in
        few directions. None for all d.

    Returns
    -------
    TaskRows

    Raises
    ------
    ValueError
        On sizes that are not whole, a mean that is no vector, sigma <= 0 or a rank outside 1 to d.
    """
    n, middle, rng = as_sizes(sizes), as_floats("mean", mean), as_rng(rng)
    if middle.ndim != 1 or not middle.size:
        raise ValueError(
            f"mean must have one number for each feature, got shape {middle.shape}; the first is the level"
        )
    sigma, d = as_positive("sigma", sigma, "it is noise"), middle.size
    refuse_huge("mean", middle)
    if rank is not None and not (isinstance(rank, int | np.integer) and 1 <= rank <= d):
        raise ValueError(
            f"rank must be from 1 to the {d} features, got {rank}; None lets heads differ in all directions"
        )
    z = rng.standard_normal((n.size, d))
    if rank is not None:
        directions = np.linalg.qr(rng.standard_normal((d, d)))[0][:, :rank]
        z = np.sqrt(d / rank) * z[:, :rank] @ directions.T
    truth = middle + as_tau(tau) * z
    task = np.repeat(np.arange(n.size), n)
    x = np.column_stack([np.ones(task.size), rng.standard_normal((task.size, d - 1))])
    return TaskRows(x, np.sum(x * truth[task], axis=1) + sigma * rng.standard_normal(task.size), task, truth)


class CurvedRows(NamedTuple):
    """Rows as in `TaskRows`, x being 1 and one feature; true curves of the tasks at new x: (n, 2) and (n, n_tasks)."""

    x: FloatArray
    y: FloatArray
    task: IntArray
    at: FloatArray
    curves: FloatArray


def draw_curves(sizes: ArrayLike, rng: np.random.Generator) -> CurvedRows:
    """Simulate tasks whose outcome bends with one feature z, uniform from -2 to 2: a tanh, a bump and a level each.

    Heads are normal around (15, -20, 10) with standard deviation 6, noise has 8. A linear head cannot fit them; three
    units that bend could.
    """
    n, rng = as_sizes(sizes), as_rng(rng)
    heads = np.array([15.0, -20.0, 10.0]) + 6.0 * rng.standard_normal((n.size, 3))
    task = np.repeat(np.arange(n.size), n)

    def bend(z: FloatArray) -> FloatArray:
        return np.column_stack([np.tanh(2 * z), np.exp(-(z**2)), np.ones_like(z)])

    z, at = rng.uniform(-2, 2, task.size), np.linspace(-2, 2, 81)
    y = np.sum(bend(z) * heads[task], axis=1) + 8.0 * rng.standard_normal(task.size)
    x, new = (np.column_stack([np.ones_like(values), values]) for values in (z, at))
    return CurvedRows(x, y, task, new, bend(at) @ heads.T)


def as_sizes(sizes: ArrayLike) -> IntArray:
    """Rows of each task: whole numbers, 0 or more."""
    n = np.atleast_1d(as_floats("sizes", sizes))
    if n.ndim != 1:
        raise ValueError(f"sizes must have one number for each task, got shape {n.shape}; pass one list")
    refuse(
        ~((n >= 0) & (n == np.floor(n)) & np.isfinite(n)), "sizes", n, "must be whole numbers from 0", "it is a count"
    )
    if n.sum() > 1e8:
        raise ValueError(f"sizes must add up to 1e8 rows at most, got {n.sum():.12g}; they would not fit into memory")
    return n.astype(np.intp)


def task_sums(x: ArrayLike, y: ArrayLike, task: ArrayLike, n_tasks: int) -> TaskSums:
    """Add up the rows of each task.

    Parameters
    ----------
    x : array_like, shape (n_rows, d)
        Features; put in a column of ones for a level.
    y : array_like, shape (n_rows,)
        Outcome.
    task : array_like of int, shape (n_rows,)
        Number of each row's task, from 0.
    n_tasks : int
        How many tasks there are; one without rows gets zeros.

    Raises
    ------
    ValueError
        On unequal lengths, values that are not finite, or a number that is no task.
    """
    rows, outcome, number = as_rows(x, y, task)
    n_tasks = as_whole("n_tasks", n_tasks, "it is how many tasks there are")
    if number.size and (number.min() < 0 or number.max() >= n_tasks):
        raise ValueError(
            f"task must be from 0 to {n_tasks - 1}, got {number.min()} to {number.max()}; is n_tasks right?"
        )
    d = rows.shape[1]
    if n_tasks * (d + 1) ** 2 > _MOST:
        raise ValueError(
            f"n_tasks must be at most {_MOST // (d + 1) ** 2}, got {n_tasks}: each has sums of {d} x {d} features; "
            "is it how many tasks there are?"
        )
    found = TaskSums(np.zeros(n_tasks), np.zeros((n_tasks, d, d)), np.zeros((n_tasks, d)), np.zeros(n_tasks))
    for j in range(n_tasks):
        own, values = rows[number == j], outcome[number == j]
        found.n[j], found.square[j] = values.size, values @ values
        found.gram[j], found.cross[j] = own.T @ own, own.T @ values
    return found


def as_rows(x: ArrayLike, y: ArrayLike, task: ArrayLike) -> tuple[FloatArray, FloatArray, IntArray]:
    """Features, outcome and number of the task of every row, finite and of one length."""
    same_index(x=x, y=y, task=task)
    rows, outcome, number = as_floats("x", x), as_floats("y", y), as_labels("task", task)
    if rows.ndim != 2 or outcome.shape != rows.shape[:1] or number.shape != rows.shape[:1]:
        raise ValueError(
            f"x, y and task must have one row each for the same rows, got shapes {rows.shape}, {outcome.shape} and "
            f"{number.shape}; x is a table, even with one feature"
        )
    if number.dtype.kind not in "iu":
        raise ValueError(
            f"task must be whole numbers from 0, got {number.dtype}; np.unique(return_inverse=True) numbers"
        )
    refuse_huge("x", rows)
    refuse_huge("y", outcome)
    return rows, outcome, number.astype(np.intp)


def stack(worlds: Sequence[TaskSums]) -> TaskSums:
    """Put the sums of several worlds with equally many tasks behind a leading axis, so that all are solved at once."""
    if not worlds:
        raise ValueError("worlds must hold at least one world, got none; was everything filtered out?")
    return TaskSums(*(np.stack(parts) for parts in zip(*worlds, strict=True)))


def one_world(stacked: TaskSums, number: int) -> TaskSums:
    """Sums of one of the worlds that `stack` put together."""
    worlds = len(stacked.n)
    if isinstance(number, bool) or not isinstance(number, int | np.integer) or not -worlds <= number < worlds:
        raise ValueError(f"number must be one of the {worlds} worlds, 0 to {worlds - 1}, got {number!r}")
    return TaskSums(*(part[number] for part in stacked))


def require_rank(gram: FloatArray) -> None:
    """Refuse sums of squares in which features cannot be told apart, naming them by their numbers.

    Parameters
    ----------
    gram : ndarray, shape (..., d, d)
        X'X of all tasks together.
    """
    size = np.sqrt(np.diagonal(gram, axis1=-2, axis2=-1))
    for world in np.ndindex(gram.shape[:-2]):
        if not size[world].all():
            k = int(np.argmin(size[world]))
            raise ValueError(f"x must not be 0 in all rows, got feature {k} = 0 everywhere: nothing is known of it")
        values, vectors = np.linalg.eigh(gram[world] / np.outer(size[world], size[world]))
        if values[0] < 1e-13 * values.size:
            tied = " and ".join(str(k) for k in np.flatnonzero(np.abs(vectors[:, 0]) > 1e-5))
            raise ValueError(
                f"x must have full rank over all tasks together, but features {tied} cannot be told apart: in these "
                "rows each follows from the others; leave one out"
            )


def excess_error(heads: ArrayLike, truth: ArrayLike) -> FloatArray:
    r"""Mean squared error of a forecast on new days beyond noise, exactly: :math:`\|\hat w_j - w_j\|^2`.

    It holds for the features of `draw_tasks`, whose second moments are the identity: :math:`E[x x^\top] = I`.

    Parameters
    ----------
    heads, truth : array_like, shape (..., n_tasks, d)
        Estimated and true heads.

    Returns
    -------
    ndarray, shape (..., n_tasks)
        In squared units of the outcome.
    """
    found, right = as_floats("heads", heads), as_floats("truth", truth)
    refuse_huge("heads", found)
    refuse_huge("truth", right)
    # Worlds, settings and tasks may be broadcast; features may not: that would set a vector beside a number.
    matched = len(found.shape) == len(right.shape) and all(
        a == b or 1 in (a, b) for a, b in zip(found.shape, right.shape, strict=True)
    )
    if not matched or not found.ndim or found.shape[-1] != right.shape[-1]:
        raise ValueError(f"heads and truth must have one shape, got {found.shape} and {right.shape}")
    return np.asarray(np.sum((found - right) ** 2, axis=-1))

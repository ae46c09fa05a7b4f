r"""Multi-task Gaussian processes, exactly: one function a task, tied by a matrix of covariances between tasks.

The intrinsic coregionalisation model (ICM) says :math:`\text{cov}(f_j(x), f_k(x')) = B_{jk} \, k(x, x')`. Functions
that scatter around a mean function, :math:`f_j = g + h_j`, are the case :math:`B = s_g^2 1 1^\top + s_h^2 I`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.multitask.tasks import IntArray, as_rows
from course.validate import FloatArray, as_floats, as_number, as_positive, as_whole, refuse_huge

type Kernel = Callable[[FloatArray, FloatArray], FloatArray]


class Functions(NamedTuple):
    """Posterior mean and covariance of the functions at new points, (n,) and (n, n), and log evidence of the rows."""

    mean: FloatArray
    covariance: FloatArray
    log_evidence: float


def linear(x: FloatArray, other: FloatArray) -> FloatArray:
    """Kernel of linear functions whose coefficients are standard normal: x x'."""
    return x @ other.T


def smooth(length: float) -> Kernel:
    """Kernel of smooth functions of this length scale, exp(-(x - x')² / (2 length²))."""
    length = as_positive("length", length, "it is a distance")

    def kernel(x: FloatArray, other: FloatArray) -> FloatArray:
        distance = np.sum((x[:, None, :] - other[None, :, :]) ** 2, axis=-1)
        return np.asarray(np.exp(-0.5 * distance / length**2))

    return kernel


def mean_and_own(n_tasks: int, *, mean: float, own: float) -> FloatArray:
    """Covariances between tasks of a mean function with scale ``mean`` and deviations of scale ``own``."""
    n = as_whole("n_tasks", n_tasks, "it is how many tasks there are")
    scales = np.array([as_number("mean", mean), as_number("own", own)])
    refuse_huge("scales", scales)
    return np.asarray(scales[0] ** 2 * np.ones((n, n)) + scales[1] ** 2 * np.eye(n))


def multitask_gp(
    x: ArrayLike, y: ArrayLike, task: ArrayLike, at: tuple[ArrayLike, ArrayLike],
    *, between: ArrayLike, kernel: Kernel, sigma: float,
) -> Functions:  # fmt: skip
    """Condition functions of several tasks on the rows of all.

    Parameters
    ----------
    x, y, task : array_like, shapes (n_rows, d), (n_rows,), (n_rows,)
        Rows.
    at : tuple of array_like
        New points, (n, d), and their tasks, (n,).
    between : array_like, shape (n_tasks, n_tasks)
        B, the covariances between tasks: symmetric.
    kernel : callable
        k(x, x'), as `linear` or `smooth`.
    sigma : float
        Noise of the rows, positive.

    References
    ----------
    Bonilla, Chai and Williams (2007), Multi-task Gaussian process prediction, NIPS 20; Rasmussen and Williams (2006),
    algorithm 2.1.
    """
    rows, outcome, number = as_rows(x, y, task)
    points, _, tasks = as_rows(at[0], np.zeros(np.size(at[1])), at[1])
    b = _covariances(between, number, tasks)
    sigma = as_positive("sigma", sigma, "it is noise")
    covariance = b[np.ix_(number, number)] * kernel(rows, rows) + sigma**2 * np.eye(outcome.size)
    across = b[np.ix_(tasks, number)] * kernel(points, rows)
    try:
        root = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        raise ValueError(
            f"covariances of the rows must be positive definite, got {np.linalg.eigvalsh(covariance)[0]:.3g} in one "
            f"direction: sigma = {sigma:.3g} is too small beside rounding, or the kernel is none"
        ) from None
    white, half = np.linalg.solve(root, outcome), np.linalg.solve(root, across.T)
    log_evidence = -0.5 * white @ white - np.log(np.diag(root)).sum() - 0.5 * outcome.size * np.log(2 * np.pi)
    there = b[np.ix_(tasks, tasks)] * kernel(points, points)
    return Functions(half.T @ white, there - half.T @ half, float(log_evidence))


def _covariances(between: ArrayLike, *tasks: IntArray) -> FloatArray:
    b = as_floats("between", between)
    refuse_huge("between", b)
    if b.ndim != 2 or b.shape[0] != b.shape[1] or not np.allclose(b, b.T):
        raise ValueError(f"between must be a symmetric matrix, a row for each task, got shape {b.shape}")
    if any(number.size and not 0 <= number.min() <= number.max() < b.shape[0] for number in tasks):
        raise ValueError(f"task must be from 0 to {b.shape[0] - 1}, one for each row of between")
    values = np.linalg.eigvalsh(b)
    if values.size and values[0] < -1e-9 * max(float(np.abs(values).max()), 1e-300):
        raise ValueError(
            f"between must be a matrix of covariances, got an eigenvalue of {values[0]:.3g}: some weighted sum of the "
            "tasks would have a negative variance"
        )
    return b

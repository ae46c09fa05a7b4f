r"""Heads for all tasks: one for all, one for each, pulled to the mean head, or through one shared trunk.

All minimise squared errors; they differ in the second term, which says what the tasks have in common. Sums may have
leading axes, and a penalty may have one value for each of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.multitask.tasks import TaskSums, require_rank
from course.validate import FloatArray, as_floats, refuse, refuse_huge


class SharedHeads(NamedTuple):
    """Heads pulled to their mean: heads, shape (..., n_tasks, d), and the mean head, (..., d)."""

    heads: FloatArray
    mean: FloatArray


class Trunk(NamedTuple):
    """One trunk for all tasks, (..., d, rank), with orthonormal columns, and what each head takes of it.

    ``heads`` has shape (..., n_tasks, rank), ``weights`` = heads trunk' shape (..., n_tasks, d): what task j does with
    the features in the end.
    """

    trunk: FloatArray
    heads: FloatArray
    weights: FloatArray


def one_head(data: TaskSums) -> FloatArray:
    """Least squares over all rows as if they were one task: complete pooling, shape (..., d)."""
    require_rank(data.gram.sum(axis=-3))
    return _solve(data.gram.sum(axis=-3), data.cross.sum(axis=-2))


def separate(data: TaskSums, penalty: ArrayLike) -> FloatArray:
    r"""Ridge for each task alone: :math:`\min_w \sum (y - x^\top w)^2 + \lambda \|w\|^2`, heads pulled to zero.

    Parameters
    ----------
    data : TaskSums
        From `task_sums` or `stack`.
    penalty : float or array_like
        lambda > 0: how many rows' worth of zeros each feature is given, in a manner of speaking.

    Returns
    -------
    ndarray, shape (..., n_tasks, d)

    References
    ----------
    Hoerl and Kennard (1970), Ridge regression, Technometrics 12(1), 55-67.
    """
    strength = _for_worlds(penalty, data)
    refuse(np.isinf(strength), "penalty", strength, "must be finite", "an endless pull to zero leaves zeros")
    return _solve(_ridged(data, strength), data.cross)


def to_mean(data: TaskSums, penalty: ArrayLike) -> SharedHeads:
    r"""Ridge to the mean head, which is free: soft sharing, partial pooling with fixed tau.

    :math:`\min_{w, m} \sum_j \sum_i (y_i - x_i^\top w_j)^2 + \lambda \sum_j \|w_j - m\|^2`. Given m each head is a
    ridge; put in, that leaves d equations for m, :math:`\sum_j G_j (G_j + \lambda)^{-1} m = \sum_j (G_j + \lambda)^{-1}
    b_j` with :math:`G_j = X_j^\top X_j` and :math:`b_j = X_j^\top y_j`.

    Parameters
    ----------
    data : TaskSums
        From `task_sums` or `stack`.
    penalty : float or array_like
        lambda = sigma² / tau² > 0; inf pulls all heads into one (`one_head`).

    Returns
    -------
    SharedHeads
        A task without rows gets the mean head.

    Raises
    ------
    ValueError
        On a penalty that is not positive, or rows that do not determine the mean head.

    References
    ----------
    Evgeniou and Pontil (2004), Regularized multi-task learning, KDD 2004, 109-117.
    """
    strength = _for_worlds(penalty, data)
    require_rank(data.gram.sum(axis=-3))
    endless = np.isinf(strength)
    finite = np.where(endless, 1.0, strength)
    ridged = _ridged(data, finite)
    own = np.linalg.solve(ridged, data.cross[..., None])[..., 0]
    mean = _solve(np.linalg.solve(ridged, data.gram).sum(axis=-3), own.sum(axis=-2))
    pull = finite[..., None, None] * mean[..., None, :]
    heads = np.linalg.solve(ridged, (data.cross + pull)[..., None])[..., 0]
    if not endless.any():
        return SharedHeads(heads, mean)
    mean = np.where(endless[..., None], one_head(data), mean)
    return SharedHeads(np.where(endless[..., None, None], mean[..., None, :], heads), mean)


def hard_shared(data: TaskSums, rank: int, penalty: ArrayLike, *, sweeps: int = 300) -> Trunk:
    r"""Linear trunk for all tasks and a head for each: :math:`w_j = B a_j`, by alternating least squares.

    Minimises :math:`\sum_j \sum_i (y_i - x_i^\top w_j)^2 + \lambda \|w_j\|^2` over heads that lie in one subspace of
    dimension ``rank``: with B orthonormal, weight decay on w_j is weight decay on a_j. Each half step is exact, so the
    loss never rises; the start is the singular value decomposition of the separate heads, so nothing is random. It may
    end in a local minimum.

    Parameters
    ----------
    data : TaskSums
        From `task_sums` or `stack`.
    rank : int
        Width of the trunk, 1 to d; with d it is `separate`.
    penalty : float or array_like
        Weight decay lambda > 0 on the heads.
    sweeps : int
        Most rounds; fewer when the weights no longer move.

    References
    ----------
    Caruana (1997), Multitask learning, Machine Learning 28, 41-75 (the idea); Ando and Zhang (2005), JMLR 6, 1817-1853
    (linear predictors through one subspace).
    """
    d = data.cross.shape[-1]
    if isinstance(rank, bool) or not isinstance(rank, int | np.integer) or not 1 <= rank <= d:
        raise ValueError(
            f"rank must be a whole number from 1 to the {d} features, got {rank!r}; it is the trunk's width"
        )
    strength = _for_worlds(penalty, data)
    ridged, weights = _ridged(data, strength), separate(data, strength)
    trunk = np.linalg.svd(np.sqrt(data.n)[..., None] * weights)[2][..., :rank, :].swapaxes(-1, -2)
    for _ in range(sweeps):
        heads = separate(project(data, trunk), strength)
        before, weights = weights, heads @ trunk.swapaxes(-1, -2)
        if np.abs(weights - before).max() <= 1e-10 * np.abs(weights).max():
            break
        trunk = _best_trunk(heads, ridged, data.cross)
    return Trunk(trunk, heads, weights)


def project(data: TaskSums, trunk: FloatArray) -> TaskSums:
    """Sums of the same rows with what leaves the trunk for features: tasks in ``rank`` dimensions.

    With it everything that can be done to heads can be done to heads on a trunk: `separate` is few-shot learning with
    the trunk held fixed, and `to_mean` shares both ways at once. In full, the head h of the projected task is the head
    h trunk' of the task.
    """
    trunk, d = as_floats("trunk", trunk), data.cross.shape[-1]
    refuse_huge("trunk", trunk)
    if trunk.ndim < 2 or trunk.shape[-2] != d:
        raise ValueError(f"trunk must have a row for each of {d} features, a column a unit, got shape {trunk.shape}")
    side = trunk[..., None, :, :]
    gram = side.swapaxes(-1, -2) @ data.gram @ side
    return TaskSums(data.n, gram, np.asarray(data.cross @ trunk), data.square)


def _best_trunk(heads: FloatArray, ridged: FloatArray, cross: FloatArray) -> FloatArray:
    """Trunk that is best for given heads, made orthonormal: only the subspace counts."""
    *lead, _, rank = heads.shape
    d = cross.shape[-1]
    # vec(B) by columns: sum_j (a_j a_j') kron G_j on the left, sum_j a_j kron b_j on the right.
    left = np.einsum("...jr,...js,...jde->...rdse", heads, heads, ridged, optimize=True)
    right = np.einsum("...jr,...jd->...rd", heads, cross)
    size = rank * d
    columns = np.linalg.solve(left.reshape(*lead, size, size), right.reshape(*lead, size)[..., None])
    return np.asarray(np.linalg.qr(columns.reshape(*lead, rank, d).swapaxes(-1, -2))[0])


def as_penalty(penalty: ArrayLike) -> FloatArray:
    """Strength of a pull: positive, inf allowed."""
    strength = as_floats("penalty", penalty)
    refuse(strength <= 0, "penalty", strength, "must be positive", "is it sigma² / tau², and not its logarithm?")
    return strength


def _for_worlds(penalty: ArrayLike, data: TaskSums) -> FloatArray:
    """A penalty for each world: shape of the sums' leading axes."""
    strength, lead = as_penalty(penalty), data.n.shape[:-1]
    try:
        return np.broadcast_to(strength, lead)
    except ValueError:
        each = f"have one value for each world, shape {lead}" if lead else "be one number"
        raise ValueError(f"penalty must {each}, got shape {strength.shape}; path takes several at once") from None


def _ridged(data: TaskSums, strength: FloatArray) -> FloatArray:
    return np.asarray(data.gram + strength[..., None, None, None] * np.eye(data.cross.shape[-1]))


def _solve(left: FloatArray, right: FloatArray) -> FloatArray:
    """Solve, or say that the rows are too few."""
    try:
        return np.asarray(np.linalg.solve(left, right[..., None])[..., 0])
    except np.linalg.LinAlgError:
        raise ValueError(
            "gram must have full rank over all tasks together, got a singular sum; are there fewer rows than features?"
        ) from None

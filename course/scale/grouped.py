"""Rows sorted by group, read once: what the compiled passes run over."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.scale.compiled import compiled
from course.validate import FloatArray, refuse

Labels = NDArray[Any]
IntArray = NDArray[np.int64]


class Grouped(NamedTuple):
    """Rows in the order of their groups.

    ``labels``, shape (n_groups,), sorted; rows of group j are ``starts[j]`` to ``starts[j + 1]``; ``x``, shape
    (k - 1, n_rows), one predictor after the other; ``y``, shape (n_rows,).
    """

    labels: Labels
    starts: IntArray
    x: FloatArray
    y: NDArray[Any]

    @property
    def k(self) -> int:
        """Coefficients of a group: intercept and slopes."""
        return int(self.x.shape[0]) + 1

    @property
    def sizes(self) -> IntArray:
        """Rows of each group, shape (n_groups,)."""
        return np.diff(self.starts)


class Order(NamedTuple):
    """Labels, where each group starts, and the order that sorts the rows: None when they are sorted already."""

    labels: Labels
    starts: IntArray
    rows: NDArray[Any] | None


def sort_rows(x: ArrayLike | None, y: NDArray[Any], labels: ArrayLike) -> Grouped:
    """Sort judged outcomes and their predictors by group.

    Raises
    ------
    ValueError
        On unequal lengths, a missing label, or predictors that are not finite numbers.
    """
    found = order(labels)
    if int(found.starts[-1]) != y.size:
        raise ValueError(
            f"y and group must have one value for each row, got {y.size} and {int(found.starts[-1])}; "
            "was only one of them filtered?"
        )
    columns = predictors(x, y.size)
    if found.rows is None:
        return Grouped(found.labels, found.starts, columns, np.ascontiguousarray(y))
    sorted_x = np.empty(columns.shape)
    for column, target in zip(columns, sorted_x, strict=True):
        np.take(column, found.rows, out=target)
    return Grouped(found.labels, found.starts, sorted_x, y[found.rows])


def predictors(x: ArrayLike | None, n_rows: int) -> FloatArray:
    """Predictors as rows of a matrix, shape (k - 1, n_rows); None for an intercept alone. Copies only if it must."""
    if x is None:
        return np.empty((0, n_rows))
    array = np.asarray(x)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"x must be numbers, got {array.dtype}; code categories as columns of 0 and 1")
    if array.ndim == 0:
        raise ValueError(f"x must be a list with one value for each row, got {array.item()!r} alone; write [...]")
    if array.ndim not in (1, 2) or array.shape[0] != n_rows:
        raise ValueError(
            f"x must have shape ({n_rows},) or ({n_rows}, k - 1), got {array.shape}; leave the intercept out, it is "
            "added"
        )
    columns = np.ascontiguousarray(array.reshape(n_rows, -1).T, dtype=float)
    for a, column in enumerate(columns):
        if not np.isfinite(column.sum()):
            refuse(~np.isfinite(column), f"x[:, {a}]", column, "must be finite", "drop rows without it, or fill them")
    return columns


def order(labels: ArrayLike) -> Order:
    """Sort rows by label: nothing to do when sorted, by counting when labels are whole numbers, else by hashing."""
    given = np.asarray(labels)
    if given.ndim == 2:
        raise ValueError(f"group must be one column of labels, got shape {given.shape}; join the columns to one label")
    if given.ndim != 1 or not given.size:
        raise ValueError(f"group must have one label for each row, got shape {given.shape}; was everything filtered?")
    if given.dtype.kind in "iu":
        if np.all(given[1:] >= given[:-1]):
            starts = np.r_[0, np.flatnonzero(given[1:] != given[:-1]) + 1, given.size]
            return Order(given[starts[:-1]], starts, None)
        low, high = int(given.min()), int(given.max())
        if high - low < 4 * given.size + 1000:
            return counted(np.arange(low, high + 1), given - low)
    return _hashed(given)


def _hashed(given: Labels) -> Order:
    """Any labels: pandas' hash table is several times faster than sorting them."""
    import pandas as pd

    codes, names = pd.factorize(given)
    missing = codes < 0
    if given.dtype.kind in "OUT":
        missing |= given == ""
    if missing.any():
        i = int(np.argmax(missing))
        raise ValueError(
            f"group must name the group of every row, got group[{i}] = {given[i]!r}; drop the row or name it"
        )
    names = np.asarray(names)
    kinds = sorted({type(name).__name__ for name in names.tolist()})
    if len(kinds) > 1:
        raise ValueError(f"group must have labels of one kind, got {' and '.join(kinds)}; turn them all into text")
    by_name = np.argsort(names)
    rank = np.empty(len(names), dtype=np.int64)
    rank[by_name] = np.arange(len(names))
    return counted(names[by_name], rank[codes])


def counted(names: Labels, codes: NDArray[Any]) -> Order:
    """Order by codes from 0: one count, one pass. Names without rows are left out."""
    counts = np.bincount(codes, minlength=len(names))
    rows = np.empty(codes.size, dtype=np.int32 if codes.size < 2**31 else np.int64)
    _scatter(codes, np.cumsum(counts) - counts, rows)
    present = counts > 0
    return Order(names[present], np.r_[0, np.cumsum(counts[present])], rows)


@compiled
def _scatter(codes: NDArray[Any], free: IntArray, rows: NDArray[Any]) -> None:
    """Put each row's number at the next free place of its group: rows of a group keep their order."""
    for i in range(codes.size):
        code = codes[i]
        rows[free[code]] = i
        free[code] += 1

"""Rows sorted by group, read once: what the compiled passes run over."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.scale.compiled import compiled
from course.validate import FloatArray, refuse

Labels = NDArray[Any]
IntArray = NDArray[np.int64]


LOGISTIC, POISSON = 0, 1  # families of outcomes
_NOTHING: FloatArray = np.empty(0)


class Columns(NamedTuple):
    """What the compiled passes read of the rows: `Grouped` says what each is."""

    x: FloatArray
    y: NDArray[Any]
    fixed: FloatArray
    trials: FloatArray
    base: FloatArray
    family: int


class Grouped(NamedTuple):
    """Rows in the order of their groups.

    ``labels``, shape (n_groups,), sorted; rows of group j are ``starts[j]`` to ``starts[j + 1]``; ``x``, shape
    (k - 1, n_rows), one predictor after the other; ``y``, shape (n_rows,); ``fixed``, shape (n_fixed, n_rows),
    predictors whose slope all groups share; ``trials`` and ``base``, the log of exposure, shape (n_rows,) or empty.
    """

    labels: Labels
    starts: IntArray
    x: FloatArray
    y: NDArray[Any]
    fixed: FloatArray = np.empty((0, 0))
    trials: FloatArray = _NOTHING
    base: FloatArray = _NOTHING
    family: int = LOGISTIC

    @property
    def k(self) -> int:
        """Coefficients of a group: intercept and slopes."""
        return int(self.x.shape[0]) + 1

    @property
    def sizes(self) -> IntArray:
        """Rows of each group, shape (n_groups,)."""
        return np.diff(self.starts)

    @property
    def columns(self) -> Columns:
        """All but the groups."""
        return Columns(self.x, self.y, self.fixed, self.trials, self.base, self.family)

    def since(self, origin: FloatArray) -> Grouped:
        """The same rows with predictors, those of groups first, measured from an origin, shape (k - 1 + n_fixed,)."""
        if not origin.any():
            return self
        k = self.k
        return self._replace(x=self.x - origin[: k - 1, None], fixed=self.fixed - origin[k - 1 :, None])


class Outcome(NamedTuple):
    """Judged outcomes, shape (n_rows,), with trials or log exposure, same shape or empty, and their family."""

    y: NDArray[Any]
    trials: FloatArray = _NOTHING
    base: FloatArray = _NOTHING
    family: int = LOGISTIC


class Order(NamedTuple):
    """Labels, where each group starts, and the order that sorts the rows: None when they are sorted already."""

    labels: Labels
    starts: IntArray
    rows: NDArray[Any] | None


def sort_rows(
    x: ArrayLike | None, outcome: Outcome | NDArray[Any], labels: ArrayLike, fixed: ArrayLike | None = None
) -> Grouped:
    """Sort judged outcomes and their predictors by group.

    Raises
    ------
    ValueError
        On unequal lengths, a missing label, or predictors that are not finite numbers.
    """
    given = outcome if isinstance(outcome, Outcome) else Outcome(outcome)
    found, n_rows = order(labels), given.y.size
    if int(found.starts[-1]) != n_rows:
        raise ValueError(
            f"y and group must have one value for each row, got {n_rows} and {int(found.starts[-1])}; "
            "was only one of them filtered?"
        )
    y, trials, base = (_taken(part, found.rows) for part in (given.y, given.trials, given.base))
    columns, shared = (_sorted(predictors(part, n_rows, name), found) for part, name in ((x, "x"), (fixed, "fixed")))
    return Grouped(found.labels, found.starts, columns, y, shared, trials, base, given.family)


def _taken(values: NDArray[Any], rows: NDArray[Any] | None) -> NDArray[Any]:
    return np.ascontiguousarray(values) if rows is None or not values.size else values[rows]


def _sorted(columns: FloatArray, found: Order) -> FloatArray:
    if found.rows is None:
        return columns
    target = np.empty(columns.shape)
    for column, place in zip(columns, target, strict=True):
        np.take(column, found.rows, out=place)
    return target


def column_names(given: ArrayLike | None, count: int, kind: str) -> tuple[str, ...]:
    """Names of a table's columns; where it has none, such as "slope 1"."""
    held = getattr(given, "columns", None)
    if held is None and getattr(given, "ndim", 0) == 1:
        held = [getattr(given, "name", None)]
    named = [None] * count if held is None else list(held)
    return tuple(f"{kind} {a}" if name is None else str(name) for a, name in enumerate(named, start=1))


def predictors(x: ArrayLike | None, n_rows: int, name: str = "x") -> FloatArray:
    """Predictors as rows of a matrix, shape (k - 1, n_rows); None for an intercept alone. Copies only if it must."""
    if x is None:
        return np.empty((0, n_rows))
    array = np.asarray(x)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be numbers, got {array.dtype}; code categories as columns of 0 and 1")
    if array.ndim == 0:
        raise ValueError(f"{name} must be a list with one value for each row, got {array.item()!r} alone; write [...]")
    if array.ndim not in (1, 2) or array.shape[0] != n_rows:
        raise ValueError(
            f"{name} must have shape ({n_rows},) or ({n_rows}, k - 1), got {array.shape}; leave the intercept out, it "
            "is added"
        )
    columns = np.ascontiguousarray(array.reshape(n_rows, -1).T, dtype=float)
    for a, column in enumerate(columns):
        if not np.isfinite(column.sum()):
            refuse(
                ~np.isfinite(column), f"{name}[:, {a}]", column, "must be finite", "drop rows without it, or fill them"
            )
    return columns


def order(labels: ArrayLike) -> Order:
    """Sort rows by label: nothing to do when sorted, by counting when labels are whole numbers, else by hashing."""
    given = np.asarray(labels)
    if given.ndim == 2:
        raise ValueError(
            f"group must be one column of labels, got shape {given.shape}; join the columns to one label, "
            "or see Bambi and R's lme4 for groups that cross or are nested"
        )
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

"""Rows that belong to groups: read once, summed once, and refused where they cannot be what they should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.validate import (
    FloatArray,
    Grouping,
    as_column,
    as_counts,
    as_floats,
    group_by,
    refuse,
    same_index,
    same_length,
)


class Rows(NamedTuple):
    """Outcome y and predictor x of each row, shape (n_rows,), and the grouping."""

    y: FloatArray
    x: FloatArray
    groups: Grouping


class Sums(NamedTuple):
    """All that a line asks of its rows: means and sums of squares about them, each of shape (n_groups,)."""

    n: FloatArray
    x: FloatArray
    y: FloatArray
    xx: FloatArray
    xy: FloatArray
    yy: FloatArray


class Cells(NamedTuple):
    """Binary rows added up: one cell for each value of x that a group has seen, arrays of shape (n_cells,)."""

    successes: FloatArray
    trials: FloatArray
    x: FloatArray
    groups: Grouping


@dataclass(frozen=True)
class Scale:
    """A predictor measured from ``centre`` in steps of ``unit``: z = (x - centre) / unit."""

    centre: float
    unit: float

    def to(self, x: ArrayLike) -> FloatArray:
        """Measure x, any shape, on this scale."""
        return np.asarray((as_floats("x", x) - self.centre) / self.unit)

    def lines_back(self, alpha: ArrayLike, beta: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Intercepts and slopes of lines in z, any shape, as those of the same lines in x."""
        slope = as_floats("beta", beta) / self.unit
        return np.asarray(as_floats("alpha", alpha) - slope * self.centre), slope


def scale(x: ArrayLike, *, unit: float | None = None) -> Scale:
    """Centre a predictor at its mean and measure it in standard deviations, or in a unit of one's own.

    Parameters
    ----------
    x : array_like
        The predictor; at least two different values.
    unit : float, optional
        Size of a step in units of x, for example 10 for prices; None for the standard deviation.

    Raises
    ------
    ValueError
        On a constant predictor or a unit that is not positive.
    """
    x = _varying(as_floats("x", x))
    size = float(x.std()) if unit is None else float(unit)
    refuse(np.asarray(not 0 < size < np.inf), "unit", np.asarray(size), "must be positive and finite", "it is a step")
    return Scale(float(x.mean()), size)


def group_rows(y: ArrayLike, x: ArrayLike, group: ArrayLike) -> Rows:
    """Put an outcome and a predictor beside the group that each row belongs to.

    Parameters
    ----------
    y, x : array_like, shape (n_rows,)
        Outcome and predictor, finite; x must not be constant.
    group : array_like, shape (n_rows,)
        Label of the group of each row: names or whole numbers.

    Raises
    ------
    ValueError
        On unequal lengths, values that are not finite, a missing label or a constant predictor.
    """
    same_index(y=y, x=x, group=group)
    outcome, predictor, groups = as_column("y", y), _varying(as_column("x", x)), group_by("group", group)
    same_length(y=outcome, x=predictor, group=groups.of_row)
    return Rows(outcome, predictor, groups)


def sums(rows: Rows) -> Sums:
    """Add up the rows of each group, about the group's own means, which keeps the digits."""
    y, x, (labels, index) = rows
    n = np.bincount(index, minlength=len(labels)).astype(float)
    mean_x, mean_y = (np.bincount(index, v, minlength=len(labels)) / n for v in (x, y))
    dx, dy = x - mean_x[index], y - mean_y[index]
    products = (np.bincount(index, v, minlength=len(labels)) for v in (dx * dx, dx * dy, dy * dy))
    return Sums(n, mean_x, mean_y, *products)


def cells(successes: ArrayLike, x: ArrayLike, group: ArrayLike, *, trials: ArrayLike = 1) -> Cells:
    """Add up binary rows (or counts) that share group and predictor: their order carries no information.

    Parameters
    ----------
    successes : array_like, shape (n_rows,)
        0 or 1, or counts of successes.
    x, group : array_like, shape (n_rows,)
        Predictor and group label of each row.
    trials : array_like, shape (n_rows,) or one number
        Trials of each row; 1 for binary rows. A row without trials is no row.

    Returns
    -------
    Cells
        Sorted by group and x. The likelihood of the cells is that of the rows up to a constant.

    Raises
    ------
    ValueError
        On counts that are no counts, unequal lengths, a constant predictor or a group without any trial.
    """
    same_index(successes=successes, trials=trials, x=x, group=group)
    y, n = as_counts(successes, trials)
    predictor, groups = _varying(as_column("x", x)), group_by("group", group)
    same_length(successes=y, x=predictor, group=groups.of_row)
    empty = np.bincount(groups.of_row, n) == 0
    if empty.any():
        raise ValueError(
            f"group {str(groups.labels[empty][0])!r} has no trials: a group without rows has no cell; leave it out and "
            "predict it as a new group"
        )
    order = np.lexsort((predictor, groups.of_row))
    first = np.r_[True, (np.diff(groups.of_row[order]) != 0) | (np.diff(predictor[order]) != 0)]
    starts = np.flatnonzero(first)
    successes_there, trials_there = (np.add.reduceat(v[order], starts) for v in (y, n))
    kept = trials_there > 0
    where, who = predictor[order][starts][kept], groups.of_row[order][starts][kept]
    return Cells(successes_there[kept], trials_there[kept], where, Grouping(groups.labels, who))


def group_values(values: ArrayLike, groups: Grouping) -> FloatArray:
    """Value of a group-level predictor for each group, shape (n_groups,), from its value in each row.

    Raises
    ------
    ValueError
        If the rows of a group disagree: then it is no predictor of groups.
    """
    rows = as_column("values", values)
    same_length(values=rows, group=groups.of_row)
    first = np.zeros(len(groups.labels))
    first[groups.of_row[::-1]] = rows[::-1]
    differs = rows != first[groups.of_row]
    if differs.any():
        i = int(np.argmax(differs))
        raise ValueError(
            f"values must be the same in all rows of a group, got {first[groups.of_row[i]]:.12g} and {rows[i]:.12g} in "
            f"group {str(groups.labels[groups.of_row[i]])!r}; is it a predictor of rows?"
        )
    return first


def as_group_predictor(predictor: ArrayLike, n_groups: int) -> FloatArray:
    """Group predictor, shape (n_groups,): finite, one value a group, not constant.

    Raises
    ------
    ValueError
        If it is anything else.
    """
    u = as_floats("predictor", predictor)
    if u.shape != (n_groups,):
        raise ValueError(
            f"predictor must have one value for each of {n_groups} groups, got shape {u.shape}; use group_values"
        )
    refuse(~np.isfinite(u), "predictor", u, "must be finite", "did a logarithm meet a 0?")
    if np.all(u == u[0]):
        raise ValueError(f"predictor must vary between groups, got {u[0]:.12g} in all of them: it explains nothing")
    return u


def _varying(x: FloatArray) -> FloatArray:
    if x.size and np.all(x == x.flat[0]):
        raise ValueError(
            f"x must vary, got {x.flat[0]:.12g} in all {x.size} rows: a constant predictor has no slope; "
            "fit an intercept alone, or did a filter keep one value?"
        )
    return x

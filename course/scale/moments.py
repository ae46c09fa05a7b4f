"""What must be known of the rows before a search can start; parts of it, from parts of the rows, can be added up."""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

import numpy as np

from course.scale.coordinates import Coordinates
from course.scale.grouped import Grouped
from course.validate import FloatArray


class Moments(NamedTuple):
    """Rows, groups and groups with two rows; means of outcome and predictors, shape (k,), and co-moments about them."""

    rows: int
    groups: int
    repeated: int
    mean: FloatArray
    square: FloatArray

    @property
    def coordinates(self) -> Coordinates:
        """Centre and unit of each predictor."""
        return Coordinates(self.mean[1:], np.sqrt(np.diag(self.square)[1:] / self.rows))


def moments(rows: Grouped) -> Moments:
    """Moments of sorted rows."""
    mean = np.r_[rows.y.mean(), rows.x.mean(axis=1)]
    away = [rows.y - mean[0], *(column - centre for column, centre in zip(rows.x, mean[1:], strict=True))]
    square = np.array([[float(a @ b) for b in away] for a in away])
    return Moments(rows.y.size, len(rows.labels), int(np.sum(rows.sizes > 1)), mean, square)


def added(parts: list[Moments]) -> Moments:
    """Moments of all parts together (Chan, Golub & LeVeque 1983)."""
    return reduce(_both, parts)


def _both(a: Moments, b: Moments) -> Moments:
    n, apart = a.rows + b.rows, b.mean - a.mean
    square = a.square + b.square + a.rows * b.rows / n * np.outer(apart, apart)
    return Moments(n, a.groups + b.groups, a.repeated + b.repeated, a.mean + b.rows / n * apart, square)


def judge(found: Moments) -> Moments:
    """Refuse rows from which a population cannot be learned.

    Raises
    ------
    ValueError
        On fewer than three groups, no group with two rows, outcomes that are all equal, or predictors of which one does
        not vary or follows from the others.
    """
    if found.groups < 3:
        raise ValueError(
            f"group must have at least 3 groups, got {found.groups}: fewer do not show how much they differ"
        )
    if not found.repeated:
        raise ValueError("group must have a group with two rows, got one row in each: is it the number of the row?")
    sd = np.sqrt(np.diag(found.square) / found.rows)
    flat = sd <= 1e-10 * np.abs(found.mean)
    if flat[0]:
        raise ValueError(
            f"y must vary, got {found.mean[0]:.12g} in all {found.rows} rows: nothing can be learned from it"
        )
    if flat[1:].any():
        a = int(np.argmax(flat[1:]))
        raise ValueError(
            f"x must vary, got {found.mean[1 + a]:.12g} in all rows of x[:, {a}]: a constant predictor has no slope; "
            "the intercept is added without being asked"
        )
    together = found.square[1:, 1:] / (found.rows * np.outer(sd[1:], sd[1:]))
    if sd.size > 2 and np.linalg.eigvalsh(together)[0] < 1e-10:
        raise ValueError("x must have no column that follows from the others, got one; leave out one of each category")
    return found

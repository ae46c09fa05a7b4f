"""What must be known of the rows before a search can start; parts of it, from parts of the rows, can be added up."""

from __future__ import annotations

from functools import reduce
from itertools import combinations_with_replacement
from typing import NamedTuple

import numpy as np

from course.scale.coordinates import Coordinates
from course.scale.grouped import LOGISTIC, POISSON, Grouped
from course.scale.outcomes import constant, opportunities
from course.validate import FloatArray

_FAR = 100.0  # standard deviations from 0, from where on predictors are measured from their mean


class Moments(NamedTuple):
    """What rows say before any model is fitted.

    ``rows``, ``groups``, ``fixed`` columns with one slope for all, and groups that ``repeat`` themselves: two rows, two
    trials, or counts; outcome, predictors of groups and those with one slope, shape (p,): their ``mean``, co-moments
    about it ``square`` and ends ``low`` and ``high``; sums of outcomes ``total`` and of what they are to be divided by
    ``chances``; ``constant`` of the log likelihood; ``counted``, whether outcomes are counts, and of which ``family``.
    """

    rows: int
    groups: int
    fixed: int
    repeated: int
    mean: FloatArray
    square: FloatArray
    low: FloatArray
    high: FloatArray
    total: float
    chances: float
    constant: float
    family: int

    @property
    def unit(self) -> FloatArray:
        """Standard deviation of each column."""
        return np.sqrt(np.diag(self.square) / self.rows)

    @property
    def coordinates(self) -> Coordinates:
        """Centre and unit of each predictor."""
        return Coordinates(self.mean[1:], self.unit[1:], fixed=self.fixed)

    @property
    def origin(self) -> FloatArray:
        """Where to measure the predictors from, shape (p - 1,): 0, but for those that are far from it, their mean."""
        return np.where(np.abs(self.mean[1:]) > _FAR * self.unit[1:], self.mean[1:], 0.0)

    def since(self, origin: FloatArray) -> Moments:
        """Moments of predictors measured from an origin."""
        away = np.r_[0.0, origin]
        return self._replace(mean=self.mean - away, low=self.low - away, high=self.high - away)


def moments(rows: Grouped) -> Moments:
    """Moments of sorted rows."""
    columns = [rows.y, *rows.x, *rows.fixed]
    mean = np.array([float(column.mean()) for column in columns])
    away = [column - centre for column, centre in zip(columns, mean, strict=True)]
    # Not by BLAS, whose threads wait for each other where the processors have other work.
    square = np.zeros((len(away), len(away)))
    for a, b in combinations_with_replacement(range(len(away)), 2):
        square[a, b] = square[b, a] = np.einsum("i,i->", away[a], away[b])
    low, high = (np.array([float(end(column)) for column in columns]) for end in (np.min, np.max))
    chances = opportunities(rows)
    if rows.family == POISSON:
        repeated = len(rows.labels)
    else:
        trials = np.add.reduceat(rows.trials, rows.starts[:-1]) if rows.trials.size else rows.sizes
        repeated = int(np.sum(trials > 1))
    possible = float(chances.sum()) if chances.size > 1 else rows.y.size * float(chances[0])
    return Moments(
        rows.y.size, len(rows.labels), len(rows.fixed), repeated, mean, square, low, high,
        mean[0] * rows.y.size, possible, constant(rows), rows.family,
    )  # fmt: skip


def added(parts: list[Moments]) -> Moments:
    """Moments of all parts together (Chan, Golub & LeVeque 1983)."""
    return reduce(_both, parts)


def _both(a: Moments, b: Moments) -> Moments:
    n, apart = a.rows + b.rows, b.mean - a.mean
    square = a.square + b.square + a.rows * b.rows / n * np.outer(apart, apart)
    return Moments(
        n, a.groups + b.groups, a.fixed, a.repeated + b.repeated, a.mean + b.rows / n * apart, square,
        np.minimum(a.low, b.low), np.maximum(a.high, b.high), a.total + b.total, a.chances + b.chances,
        a.constant + b.constant, a.family,
    )  # fmt: skip


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
    _judge_outcome(found)
    flat = found.low[1:] == found.high[1:]
    if flat.any():
        a = int(np.argmax(flat))
        raise ValueError(
            f"{_name(found, a)[0]} must vary, got {found.low[1 + a]:.12g} in all rows of {_name(found, a)[1]}: a "
            "constant predictor has no slope; the intercept is added without being asked"
        )
    sd = found.unit[1:]
    together = found.square[1:, 1:] / (found.rows * np.outer(sd, sd))
    if sd.size > 1:
        values, vectors = np.linalg.eigh(together)
        if values[0] < 1e-10:
            tied = [_name(found, int(a))[1] for a in np.flatnonzero(np.abs(vectors[:, 0]) > 1e-3)]
            what = " and ".join(dict.fromkeys(_name(found, a)[0] for a in range(sd.size)))
            raise ValueError(
                f"{what} must have no column that follows from the others, got {', '.join(tied)}; leave out one of "
                "each category, and in fixed what is in x, whose mean slope is fitted already"
            )
    return found


def _judge_outcome(found: Moments) -> None:
    if found.family == POISSON:
        if found.total <= 0:
            raise ValueError(f"y must have an event, got 0 in all {found.rows} rows: its rate has no logarithm")
    elif found.low[0] == found.high[0] and found.chances == found.rows:
        raise ValueError(
            f"y must vary, got {found.mean[0]:.12g} in all {found.rows} rows: nothing can be learned from it"
        )
    elif found.family == LOGISTIC and found.total in (0.0, found.chances):
        raise ValueError(
            f"y must vary, got {found.total:.12g} successes in {found.chances:.12g} trials: nothing can be learned "
            "from it"
        )


def _name(found: Moments, a: int) -> tuple[str, str]:
    """Argument and column of a predictor."""
    k = found.mean.size - 1 - found.fixed
    return ("x", f"x[:, {a}]") if a < k else ("fixed", f"fixed[:, {a - k}]")

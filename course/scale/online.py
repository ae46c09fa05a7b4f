"""New rows for some groups, the population held: only the groups that got any are looked at again."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.scale.coordinates import PopulationRoot
from course.scale.grouped import Grouped, IntArray, Labels, counted, sort_rows
from course.scale.laplace import posteriors
from course.scale.passes import logistic_posteriors
from course.validate import FloatArray


class Updated(NamedTuple):
    """Labels, modes and covariances of all groups, and all rows (None where they are not kept)."""

    labels: Labels
    mode: FloatArray
    mode_cov: FloatArray
    rows: Grouped | None


class _Known(Protocol):
    """What an update needs of a fit."""

    @property
    def labels(self) -> Labels: ...
    @property
    def mode(self) -> FloatArray: ...
    @property
    def mode_cov(self) -> FloatArray: ...
    @property
    def rows(self) -> Grouped | None: ...
    @property
    def population(self) -> PopulationRoot: ...
    def place(self, group: ArrayLike, /) -> IntArray: ...


def updated(fit: _Known, y: NDArray[Any], x: ArrayLike | None, labels: ArrayLike) -> Updated:
    """Groups of a fit after new rows; groups that it did not know are added.

    Raises
    ------
    ValueError
        On rows that do not fit together, or another number of predictors.
    """
    new = sort_rows(x, y, labels)
    if new.k != fit.mode.shape[1]:
        raise ValueError(f"x must have {fit.mode.shape[1] - 1} predictors, got {new.k - 1}; was it fitted so?")
    mode, cov, names = _room(fit, new.labels)
    touched = np.searchsorted(names, new.labels)
    if fit.rows is None:
        mode[touched], cov[touched] = _from_normals(new, mode[touched], cov[touched])
        return Updated(names, mode, cov, None)
    rows = merged(fit.rows, new)
    some = chosen(rows, touched)
    mode[touched], cov[touched] = logistic_posteriors(some, fit.population, np.zeros((len(touched), new.k)), 1)
    return Updated(names, mode, cov, rows)


def _room(fit: _Known, labels: Labels) -> tuple[FloatArray, FloatArray, Labels]:
    """Modes and covariances of the known groups, and the population's in the places of the new ones."""
    fresh = labels[fit.place(labels) < 0]
    at = np.searchsorted(fit.labels, fresh)
    mode = np.insert(fit.mode, at, fit.population.mean, axis=0)
    return mode, np.insert(fit.mode_cov, at, fit.population.cov, axis=0), np.insert(fit.labels, at, fresh)


def _from_normals(new: Grouped, mode: FloatArray, cov: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Newton for each group with its old posterior as the prior."""
    for j in range(len(new.labels)):
        root, eta = np.linalg.cholesky(cov[j]), np.zeros((j + 1, new.k))
        found, spread = np.empty((j + 1, new.k)), np.empty((j + 1, new.k, new.k))
        posteriors(new.x, new.y, new.starts, j, j + 1, mode[j], root, eta, found, spread)
        mode[j], cov[j] = found[j], spread[j]
    return mode, cov


def merged(old: Grouped, new: Grouped) -> Grouped:
    """All rows of both, sorted by group, old ones first within a group."""
    names = np.union1d(old.labels, new.labels)
    codes = np.concatenate([np.repeat(np.searchsorted(names, part.labels), part.sizes) for part in (old, new)])
    found = counted(names, codes)
    x = np.concatenate([old.x, new.x], axis=1)
    return Grouped(
        names, found.starts, np.ascontiguousarray(x[:, found.rows]), np.concatenate([old.y, new.y])[found.rows]
    )


def chosen(rows: Grouped, groups: IntArray) -> Grouped:
    """Rows of some groups only."""
    sizes = rows.sizes[groups]
    starts = np.r_[0, np.cumsum(sizes)]
    at = np.repeat(rows.starts[groups] - starts[:-1], sizes) + np.arange(starts[-1])
    return Grouped(rows.labels[groups], starts, np.ascontiguousarray(rows.x[:, at]), rows.y[at])

"""New rows for some groups, the population held: only the groups that got any are looked at again."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike

from course.scale.coordinates import PopulationRoot
from course.scale.grouped import Grouped, IntArray, Labels, Outcome, counted, sort_rows
from course.scale.laplace import posteriors
from course.scale.passes import logistic_posteriors
from course.validate import FloatArray


class Updated(NamedTuple):
    """Labels, modes and covariances of all groups, and all rows (None where they are not kept)."""

    labels: Labels
    mode: FloatArray
    mode_cov: FloatArray
    rows: Grouped | None


class _Near(Protocol):
    """Where a fit's predictors are, and the fit measured from there."""

    @property
    def origin(self) -> FloatArray: ...
    @property
    def mean(self) -> FloatArray: ...
    @property
    def root(self) -> FloatArray: ...
    @property
    def mode(self) -> FloatArray: ...
    @property
    def mode_cov(self) -> FloatArray: ...


class _Known(Protocol):
    """What an update needs of a fit."""

    @property
    def labels(self) -> Labels: ...
    @property
    def rows(self) -> Grouped | None: ...
    @property
    def close(self) -> _Near: ...
    def place(self, group: ArrayLike, /) -> IntArray: ...
    def judge_columns(self, x: ArrayLike | None, n_x: int, fixed: ArrayLike | None, n_fixed: int, /) -> None: ...


def updated(fit: _Known, outcome: Outcome, x: ArrayLike | None, labels: ArrayLike, fixed: ArrayLike | None) -> Updated:
    """Groups of a fit after new rows; groups that it did not know are added. Measured from the fit's origin.

    Raises
    ------
    ValueError
        On rows that do not fit together, or another number of predictors.
    """
    new = sort_rows(x, outcome, labels, fixed)
    fit.judge_columns(x, len(new.x), fixed, len(new.fixed))
    near = fit.close
    new, at = new.since(near.origin), PopulationRoot(near.mean, near.root)
    mode, cov, names = _room(fit, new.labels)
    touched = np.searchsorted(names, new.labels)
    if fit.rows is None:
        mode[touched], cov[touched] = _from_normals(new, mode[touched], cov[touched], near.mean[new.k :])
        return Updated(names, mode, cov, None)
    rows = merged(fit.rows, new)
    some = chosen(rows, touched)
    mode[touched], cov[touched] = logistic_posteriors(some, at, np.zeros((len(touched), new.k)), 1)
    return Updated(names, mode, cov, rows)


def _room(fit: _Known, labels: Labels) -> tuple[FloatArray, FloatArray, Labels]:
    """Modes and covariances of the known groups, and the population's in the places of the new ones."""
    near, fresh = fit.close, labels[fit.place(labels) < 0]
    k = near.mode.shape[1]
    names = np.concatenate([fit.labels, fresh])  # of a kind that holds both: longer names are not cut
    by_name = np.argsort(names, kind="stable")
    mode = np.concatenate([near.mode, np.broadcast_to(near.mean[:k], (len(fresh), k))])
    cov = np.concatenate([near.mode_cov, np.broadcast_to(near.root @ near.root.T, (len(fresh), k, k))])
    return mode[by_name], cov[by_name], names[by_name]


def _from_normals(new: Grouped, mode: FloatArray, cov: FloatArray, fixed: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Newton for each group with its old posterior as the prior."""
    for j in range(len(new.labels)):
        values, vectors = np.linalg.eigh(cov[j])  # which may be singular
        root = np.ascontiguousarray(vectors * np.sqrt(np.maximum(values, 0.0)))
        found, spread, ends = np.empty((1, new.k)), np.empty((1, new.k, new.k)), new.starts[j : j + 2]
        posteriors(new.columns, ends, 0, 1, np.r_[mode[j], fixed], root, np.zeros((1, new.k)), found, spread)
        mode[j], cov[j] = found[0], spread[0]
    return mode, cov


def merged(old: Grouped, new: Grouped) -> Grouped:
    """All rows of both, sorted by group, old ones first within a group."""
    names = np.union1d(old.labels, new.labels)
    codes = np.concatenate([np.repeat(np.searchsorted(names, part.labels), part.sizes) for part in (old, new)])
    found = counted(names, codes)
    if new.trials.size or old.trials.size:
        old, new = (
            part._replace(trials=part.trials if part.trials.size else np.ones(part.y.size)) for part in (old, new)
        )
    if new.base.size or old.base.size:
        old, new = (part._replace(base=part.base if part.base.size else np.zeros(part.y.size)) for part in (old, new))
    x, y, fixed, trials, base = (
        np.ascontiguousarray(np.concatenate(pair, axis=-1)[..., found.rows] if pair[0].size else pair[0])
        for pair in zip(old.columns[:5], new.columns[:5], strict=True)
    )
    return Grouped(found.labels, found.starts, x, y, fixed, trials, base, old.family)


def chosen(rows: Grouped, groups: IntArray) -> Grouped:
    """Rows of some groups only."""
    sizes = rows.sizes[groups]
    starts = np.r_[0, np.cumsum(sizes)]
    at = np.repeat(rows.starts[groups] - starts[:-1], sizes) + np.arange(starts[-1])
    x, y, fixed, trials, base = (
        np.ascontiguousarray(part[..., at]) if part.size else part for part in rows.columns[:5]
    )
    return Grouped(rows.labels[groups], starts, x, y, fixed, trials, base, rows.family)

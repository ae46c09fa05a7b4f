"""Rows in Parquet files, whole groups in each: written, found, read, and kept at hand as far as memory allows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.scale.fits import GroupFit
from course.scale.grouped import Grouped, order, predictors, sort_rows
from course.scale.logistic import start_modes
from course.validate import FloatArray, as_choice_rows, as_whole


class Source(NamedTuple):
    """One partition and the names of its columns."""

    path: str
    x: tuple[str, ...]
    y: str
    group: str


class Held(NamedTuple):
    """Rows of a partition and where its groups' modes were last found, shape (n_groups, k)."""

    rows: Grouped
    eta: FloatArray


class Shelf:
    """Partitions that this process has at hand, the one used longest ago given up first."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str], Held] = OrderedDict()
        self._modes: dict[tuple[str, str], FloatArray] = {}

    def take(self, fit: str, source: Source, memory: int, start: GroupFit | None = None) -> Held:
        """A partition, from here or from disk; ``memory`` is what may be kept, in bytes."""
        key = (fit, source.path)
        self._forget_others(fit)
        if key not in self._held:
            rows = read(source)
            eta = self._modes.get(key)
            self._held[key] = Held(rows, start_modes(rows.labels, start, rows.k) if eta is None else eta)
            self._modes[key] = self._held[key].eta
        self._held.move_to_end(key)
        while len(self._held) > 1 and sum(_bytes(held.rows) for held in self._held.values()) > memory:
            self._held.popitem(last=False)
        return self._held[key]

    def _forget_others(self, fit: str) -> None:
        for kept in (self._held, self._modes):
            for key in [key for key in kept if key[0] != fit]:
                del kept[key]


def _bytes(rows: Grouped) -> int:
    return rows.x.nbytes + rows.y.nbytes + rows.starts.nbytes + rows.labels.nbytes


SHELF = Shelf()


def read(source: Source) -> Grouped:
    """Read a partition and sort it by group."""
    import pyarrow.parquet as pq

    table = pq.read_table(source.path, columns=[*source.x, source.y, source.group])
    x = np.column_stack([table[name].to_numpy() for name in source.x]) if source.x else None
    return sort_rows(x, as_choice_rows(table[source.y].to_numpy()), table[source.group].to_numpy())


def partitions(folder: str | Path, x: str | Sequence[str], y: str, group: str) -> list[Source]:
    """Partitions of a folder, by name.

    Raises
    ------
    ValueError
        If there is none.
    """
    names = (x,) if isinstance(x, str) else tuple(x)
    paths = sorted(Path(folder).resolve().glob("*.parquet"))
    if not paths:
        raise ValueError(f"folder must have *.parquet files, got none in {folder}; write them with write_partitions")
    return [Source(str(path), names, y, group) for path in paths]


def write_partitions(
    folder: str | Path, x: ArrayLike | None, y: ArrayLike, group: ArrayLike, *, n_partitions: int,
    names: Sequence[str] | None = None,
) -> list[Path]:  # fmt: skip
    """Write rows as Parquet files with whole groups each, for `fit_partitions`.

    Parameters
    ----------
    folder : str or Path
        Where to; made if it is not there.
    x, y, group
        As in `fit_logistic`.
    n_partitions : int
        Number of files, at most one for each group.
    names : sequence of str, optional
        Names of the predictors' columns; x0, x1, ... unless told. The others are called y and group.

    Returns
    -------
    list of Path
        The files.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    n = as_whole("n_partitions", n_partitions, "it is a number of files")
    outcome, found = as_choice_rows(y), order(group)
    columns = predictors(x, outcome.size)
    titles = list(names) if names is not None else [f"x{a}" for a in range(len(columns))]
    edges = np.unique(np.searchsorted(found.starts, np.linspace(0, outcome.size, n + 1)))
    Path(folder).mkdir(parents=True, exist_ok=True)
    written = []
    for i, (first, last) in enumerate(pairwise(edges)):
        rows = slice(int(found.starts[first]), int(found.starts[last]))
        at = rows if found.rows is None else found.rows[rows]
        sizes = np.diff(found.starts[first : last + 1])
        parts = {name: column[at] for name, column in zip(titles, columns, strict=True)}
        table = pa.table({**parts, "y": outcome[at], "group": np.repeat(found.labels[first:last], sizes)})
        written.append(Path(folder) / f"part-{i:05d}.parquet")
        pq.write_table(table, written[-1])
    return written

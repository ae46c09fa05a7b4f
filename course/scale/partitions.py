"""Rows in Parquet files, whole groups in each: written, found, read, and kept at hand as far as memory allows."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.scale.fits import GroupFit
from course.scale.generalized import Sample, start_modes
from course.scale.grouped import LOGISTIC, POISSON, Grouped, column_names, order, predictors, sort_rows
from course.scale.outcomes import as_choices, as_events
from course.validate import FloatArray, as_whole, same_index

_PART = re.compile(r"part-\d{5,}\.parquet")


class Source(NamedTuple):
    """One partition and the names of its columns."""

    path: str
    x: tuple[str, ...]
    y: str
    group: str
    fixed: tuple[str, ...] = ()
    trials: str | None = None
    exposure: str | None = None
    family: int = LOGISTIC


class Held(NamedTuple):
    """Rows of a partition and where its groups' modes were last found, shape (n_groups, k)."""

    rows: Grouped
    eta: FloatArray


_Key = tuple[str, str, tuple[float, ...]]


class Shelf:
    """Partitions that this process has at hand, the one used longest ago given up first."""

    def __init__(self) -> None:
        self._held: OrderedDict[_Key, Held] = OrderedDict()
        self._modes: dict[_Key, FloatArray] = {}
        self._samples: dict[_Key, Sample] = {}

    def take(
        self, fit: str, source: Source, memory: int, origin: FloatArray | None = None, start: GroupFit | None = None
    ) -> Held:
        """A partition measured from an origin, from here or from disk; ``memory`` is what may be kept, in bytes."""
        key = (fit, source.path, () if origin is None else tuple(origin.tolist()))
        self._forget_others(fit)
        if key not in self._held:
            rows = read(source)
            rows = rows if origin is None or not origin.size else rows.since(origin)
            eta = self._modes.get(key)
            self._held[key] = Held(rows, start_modes(rows.labels, start, rows.k) if eta is None else eta)
            self._modes[key] = self._held[key].eta
        self._held.move_to_end(key)
        while len(self._held) > 1 and sum(_bytes(held.rows) for held in self._held.values()) > memory:
            self._held.popitem(last=False)
        return self._held[key]

    def sample(self, fit: str, source: Source, memory: int, origin: FloatArray, every: int) -> Sample:
        """Some groups of a partition, kept from then on whatever the memory is: they are few."""
        key = (fit, source.path, tuple(origin.tolist()))
        if key not in self._samples:
            self._samples[key] = Sample(self.take(fit, source, memory, origin).rows, every)
        return self._samples[key]

    def _forget_others(self, fit: str) -> None:
        for kept in (self._held, self._modes, self._samples):
            for key in [key for key in kept if key[0] != fit]:
                del kept[key]


def _bytes(rows: Grouped) -> int:
    return sum(part.nbytes for part in (rows.labels, rows.starts, *rows.columns[:5]))


SHELF = Shelf()


def read(source: Source) -> Grouped:
    """Read a partition and sort it by group."""
    import pyarrow.parquet as pq

    beside = [name for name in (source.trials, source.exposure) if name is not None]
    table = pq.read_table(source.path, columns=[*source.x, *source.fixed, source.y, source.group, *beside])
    held = {name: table[name].to_numpy() for name in table.column_names}
    x, fixed = (np.column_stack([held[name] for name in part]) if part else None for part in (source.x, source.fixed))
    trials, exposure = (None if name is None else held[name] for name in (source.trials, source.exposure))
    y = held[source.y]
    outcome = as_events(y, exposure) if source.family == POISSON else as_choices(y, trials)
    return sort_rows(x, outcome, held[source.group], fixed)


def partitions(
    folder: str | Path, x: str | Sequence[str], y: str, group: str, fixed: str | Sequence[str] = (),
    trials: str | None = None, exposure: str | None = None, family: int = LOGISTIC,
) -> list[Source]:  # fmt: skip
    """Partitions of a folder, by name.

    Raises
    ------
    ValueError
        If there is none.
    """
    own, shared = ((part,) if isinstance(part, str) else tuple(part) for part in (x, fixed))
    paths = sorted(Path(folder).resolve().glob("*.parquet"))
    if not paths:
        raise ValueError(f"folder must have *.parquet files, got none in {folder}; write them with write_partitions")
    return [Source(str(path), own, y, group, shared, trials, exposure, family) for path in paths]


def write_partitions(
    folder: str | Path, x: ArrayLike | None, y: ArrayLike, group: ArrayLike, *, n_partitions: int,
    names: Sequence[str] | None = None, fixed: ArrayLike | None = None, trials: ArrayLike | None = None,
    exposure: ArrayLike | None = None, poisson: bool = False,
) -> list[Path]:  # fmt: skip
    """Write rows as Parquet files with whole groups each, for `fit_partitions`.

    A folder that was written before is replaced whole.

    Parameters
    ----------
    folder : str or Path
        Where to; made if it is not there.
    x, y, group, fixed, trials
        As in `fit_logistic`.
    n_partitions : int
        Number of files, at most one for each group.
    names : sequence of str, optional
        Names of the columns of x, then of fixed. Unless told those of tables or x0, x1, ... and fixed0, fixed1, ... The
        others are called y, group, trials and exposure.
    exposure, poisson
        As in `fit_poisson`; ``poisson`` for counts without an exposure.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    ValueError
        On rows that cannot be what is meant, names that are not one for each column, or a folder with Parquet files
        that are not of this function: they would be fitted along.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    n = as_whole("n_partitions", n_partitions, "it is a number of files")
    same_index(x=x, y=y, group=group, fixed=fixed, trials=trials, exposure=exposure)
    outcome = as_events(y, exposure) if poisson or exposure is not None else as_choices(y, trials)
    found, rows = order(group), outcome.y.size
    if int(found.starts[-1]) != rows:
        raise ValueError(f"y and group must have one value for each row, got {rows} and {int(found.starts[-1])}")
    columns, shared = predictors(x, rows), predictors(fixed, rows, "fixed")
    held = dict(zip(_titles(names, x, len(columns), fixed, len(shared)), [*columns, *shared], strict=True))
    held |= {"y": outcome.y}
    held |= {"trials": outcome.trials} if outcome.trials.size else {}
    held |= {"exposure": np.exp(outcome.base)} if outcome.base.size else {}
    Path(folder).mkdir(parents=True, exist_ok=True)
    old = sorted(Path(folder).glob("*.parquet"))
    foreign = [path.name for path in old if not _PART.fullmatch(path.name)]
    if foreign:
        raise ValueError(
            f"folder must have no *.parquet files of others, got {foreign[0]} in {folder}; they would be fitted along: "
            "choose an empty folder"
        )
    edges = np.unique(np.searchsorted(found.starts, np.linspace(0, rows, n + 1)))
    written = []
    for i, (first, last) in enumerate(pairwise(edges)):
        here = slice(int(found.starts[first]), int(found.starts[last]))
        at = here if found.rows is None else found.rows[here]
        sizes = np.diff(found.starts[first : last + 1])
        table = {name: column[at] for name, column in held.items()}
        written.append(Path(folder) / f"part-{i:05d}.parquet")
        pq.write_table(pa.table({**table, "group": np.repeat(found.labels[first:last], sizes)}), written[-1])
    for path in set(old) - set(written):
        path.unlink()
    return written


def _titles(
    names: Sequence[str] | None, x: ArrayLike | None, n_x: int, fixed: ArrayLike | None, n_fixed: int
) -> list[str]:
    """Names of the predictors' columns."""
    titles = list(names) if names is not None else []
    if names is None:
        for given, count, kind in ((x, n_x, "x"), (fixed, n_fixed, "fixed")):
            plain = column_names(None, count, kind)
            named = column_names(given, count, kind)
            titles += [
                f"{kind}{a}" if own == none else own for a, (own, none) in enumerate(zip(named, plain, strict=True))
            ]
    if len(titles) != n_x + n_fixed or len({*titles, "y", "group", "trials", "exposure"}) != len(titles) + 4:
        raise ValueError(
            f"names must be {n_x + n_fixed} different ones, none of them y, group, trials or exposure, got {titles}"
        )
    return titles

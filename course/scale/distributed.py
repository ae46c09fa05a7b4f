"""The same fit over Parquet partitions: each pass goes to where the rows are, and only sums come back.

Groups must not be split: all rows of a group are in one partition (`write_partitions` sees to it). A partition is read,
sorted and, as far as memory allows, kept by whoever worked on it last, with the modes of its groups. Both are only a
cache: a worker that is lost takes nothing with it that the next one does not find again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np

from course.errors import CourseError
from course.scale.ascent import report
from course.scale.coordinates import PopulationRoot
from course.scale.fits import CountFit, GroupFit, LogisticFit, PoissonFit
from course.scale.generalized import EVENTLESS, VISITS, Asked, assembled, sought, spared
from course.scale.grouped import LOGISTIC, POISSON, Labels
from course.scale.moments import Moments, added, judge, moments
from course.scale.newton import EXACT
from course.scale.partitions import SHELF, Source, partitions
from course.scale.passes import compared, logistic_pass, logistic_posteriors, threads_here
from course.scale.search import Options
from course.validate import FloatArray, as_positive

_PATIENCE = 1.0  # seconds between two looks at whether the workers of a pass are still there
_DEATHS = 3  # of workers over one partition in one pass; Dask's own allowance too


class _Task(NamedTuple):
    """All that a worker is told of a fit."""

    fit: str
    quadrature: int
    wanted: int
    memory: int
    threads: int
    origin: tuple[float, ...] = ()
    every: int = 1  # one group in how many the search begins with


def _look(task: _Task, source: Source) -> tuple[Moments, Labels]:
    rows, _ = SHELF.take(task.fit, source, task.memory)
    return moments(rows), rows.labels


def _set_out(task: _Task, source: Source, start: GroupFit | None) -> None:
    SHELF.take(task.fit, source, task.memory, np.array(task.origin), start)


def _pass(task: _Task, source: Source, at: PopulationRoot) -> FloatArray:
    rows, eta = SHELF.take(task.fit, source, task.memory, np.array(task.origin))
    return logistic_pass(rows, at, eta, task.quadrature, task.threads, task.wanted)


def _some(task: _Task, source: Source, at: PopulationRoot) -> FloatArray:
    held = SHELF.sample(task.fit, source, task.memory, np.array(task.origin), task.every)
    return held.sums(at, task.threads, task.wanted)


def _compare(task: _Task, source: Source, at: PopulationRoot, visits: int) -> FloatArray:
    rows, eta = SHELF.take(task.fit, source, task.memory, np.array(task.origin))
    return compared(rows, at, eta, visits)


def _afresh(task: _Task, source: Source) -> None:
    SHELF.take(task.fit, source, task.memory, np.array(task.origin)).eta.fill(0.0)


def _finish(task: _Task, source: Source, at: PopulationRoot) -> tuple[FloatArray, FloatArray]:
    rows, eta = SHELF.take(task.fit, source, task.memory, np.array(task.origin))
    return logistic_posteriors(rows, at, eta, task.threads)


class _Crew:
    """Does one thing for every partition: here, one after the other, or on the workers of a Dask client."""

    def __init__(self, client: Any, sources: Sequence[Source], patience: float) -> None:
        self._client, self._sources, self._patience = client, sources, patience
        self._seen = time.monotonic()  # when there was a worker, or the fit began

    def share(self, start: GroupFit | None) -> Any:
        """Send an earlier fit once, not with every task."""
        if self._client is None or start is None:
            return start
        while not self._workers():
            time.sleep(_PATIENCE)
        return self._client.scatter(start, broadcast=True)

    def _workers(self) -> list[str]:
        """Who is there; an error when nobody has been for too long: Dask would wait for ever, without a word."""
        workers = sorted(self._client.scheduler_info(n_workers=-1)["workers"])
        now = time.monotonic()
        if workers:
            self._seen = now
        elif now - self._seen > self._patience:
            raise CourseError(
                f"a fit on Dask needs a worker, and for {self._patience:g} s the client has had none; "
                "one that is killed while it begins is not replaced",
                "Start workers, as with client.cluster.scale(2), or make a new client; "
                "`patience` is how many seconds to wait for the first or the next",
            )
        return workers

    def each(self, work: Any, *arguments: Any) -> list[Any]:
        """Results in the order of the partitions, so that sums are the same wherever they were computed."""
        task, *rest = arguments
        if self._client is None:
            return [work(task, source, *rest) for source in self._sources]
        from dask.distributed import KilledWorker, TimeoutError

        futures: dict[int, Any] = {}
        hints: dict[int, str] = {}
        deaths: Counter[int] = Counter()
        late, patience = list(range(len(self._sources))), _PATIENCE
        self._seen = time.monotonic()  # between two passes nobody looks
        try:
            while max(deaths.values(), default=0) <= _DEATHS:
                workers = self._workers()
                for i in late:
                    # A partition goes to the worker that had it before, unless that is gone or late.
                    hints[i] = workers[i % len(workers)] if workers else ""
                    hint = {"workers": [hints[i]], "allow_other_workers": True} if workers else {}
                    futures[i] = self._client.submit(work, task, self._sources[i], *rest, **hint, pure=False, retries=3)
                with suppress(TimeoutError):
                    return self._gathered([futures[i] for i in range(len(futures))], patience)
                if all(future.done() for future in futures.values()):
                    patience *= 2  # all that takes long is their way here
                late = self._forgotten(futures, hints)
                deaths.update(late)
        except KilledWorker:
            pass
        raise CourseError(
            f"{_DEATHS + 1} workers died over the same partition, perhaps for want of memory",
            "Write more and smaller partitions (n_partitions), give workers more memory, or lower `memory`",
        )

    def _gathered(self, futures: list[Any], patience: float) -> list[Any]:
        from dask.distributed import as_completed

        settled: Any = as_completed  # which has no types
        for _ in settled(futures, loop=self._client.loop, timeout=_PATIENCE):
            pass

        def gather() -> Any:
            return self._client.gather(futures, asynchronous=True)

        found: list[Any] = self._client.sync(gather, callback_timeout=patience)
        return found

    def _forgotten(self, futures: Mapping[int, Any], hints: Mapping[int, str]) -> list[int]:
        """Return what Dask keeps for ever: tasks meant for a worker that died when there was no other."""
        running = self._client.processing()
        at_work = set().union(*running.values())
        lost = [i for i in futures if running and hints[i] and hints[i] not in running]
        return [i for i in lost if not futures[i].done() and futures[i].key not in at_work]


def fit_partitions(
    folder: str | Path, *, x: str | Sequence[str], y: str, group: str, fixed: str | Sequence[str] = (),
    trials: str | None = None, exposure: str | None = None, poisson: bool = False, client: Any = None,
    n_quadrature: int | None = None, start: GroupFit | None = None, tolerance: float = 1e-8, max_passes: int = 200,
    memory: float = 2e9, progress: bool = True, patience: float = 60.0,
) -> LogisticFit | PoissonFit:  # fmt: skip
    """Fit `fit_logistic`'s or `fit_poisson`'s model to Parquet files, here or on Dask workers: the same answer.

    Parameters
    ----------
    folder : str or Path
        Folder of ``*.parquet``, each file a partition, no group in two of them. Workers must see the same path.
    x : str or sequence of str
        Columns of predictors; an empty list for an intercept alone.
    y, group : str
        Columns of outcomes and of labels.
    fixed : str or sequence of str
        Columns of predictors whose slopes all groups share.
    trials, exposure : str, optional
        Column of trials or, of Poisson's counts, of exposure.
    poisson : bool
        Fit `fit_poisson`'s model; an ``exposure`` says so too.
    client : dask.distributed.Client, optional
        Where the workers are; None works in this process, one partition at a time.
    n_quadrature, start, tolerance, max_passes, progress
        As in `fit_logistic`.
    memory : float
        Bytes of rows that each process may keep between passes; the rest is read again each time.
    patience : float
        Seconds to wait for a worker while the client has none; many where a queue gives them when it likes.

    Returns
    -------
    LogisticFit or PoissonFit
        Without its rows.

    Raises
    ------
    ValueError
        As `fit_logistic`; also if there is no file, or a group is in two of them.
    CourseError
        If workers die again and again over the same partition, or there has been none for ``patience`` seconds.

    Warns
    -----
    NotConverged
        If the search stopped before the maximum, with its trace.
    """
    options = Options(n_quadrature, tolerance, max_passes, progress)
    kind: type[LogisticFit | PoissonFit] = PoissonFit if poisson or exposure is not None else LogisticFit
    if kind is PoissonFit:
        options = replace(options, question=EVENTLESS)
    sources = partitions(folder, x, y, group, fixed, trials, exposure, POISSON if kind is PoissonFit else LOGISTIC)
    crew = _Crew(client, sources, as_positive("patience", patience, "it is a time in seconds"))
    # A worker has one thread for its rows: Dask gives it partitions for the others.
    task = _Task(uuid4().hex, 1, EXACT, int(memory), threads_here() if client is None else 1)
    looks = crew.each(_look, task)
    labels = _distinct([found for _, found in looks])
    known = judge(added([found for found, _ in looks]))
    origin = known.origin
    known, task = known.since(origin), task._replace(every=spared(known.groups))
    if origin.any() or start is not None:
        task = task._replace(origin=tuple(origin.tolist()))
        crew.each(_set_out, task, crew.share(_small(start)))

    visits = (VISITS + known.rows // 2) // len(sources)

    def whole(parts: list[FloatArray]) -> FloatArray:
        return np.asarray(np.sum(parts, axis=0))

    asked = Asked(
        lambda at, nodes, wanted: whole(crew.each(_pass, task._replace(quadrature=nodes, wanted=wanted), at)),
        lambda at, wanted: whole(crew.each(_some, task._replace(wanted=wanted), at)),
        lambda at: whole(crew.each(_compare, task, at, visits)),
        lambda: crew.each(_afresh, task),
    )
    found, nodes, note = sought(asked, known, options, start, origin)
    report(found.summit.trace, found.summit.sums.lost)
    parts = crew.each(_finish, task, found.population)
    by_name = np.argsort(labels, kind="stable")
    mode, cov = (np.concatenate([part[i] for part in parts])[by_name] for i in (0, 1))
    names = ("intercept", *sources[0].x, *sources[0].fixed)
    made = assembled(kind, found, labels[by_name], mode, cov, names, known.rows, origin, nodes, None)
    return replace(made, note=note)


def _small(start: GroupFit | None) -> GroupFit | None:
    """An earlier fit as it is sent: without rows."""
    return start.forget() if isinstance(start, CountFit) else start


def _distinct(labels: list[Labels]) -> Labels:
    """All labels, refused if a group is in two partitions."""
    whole = np.concatenate(labels)
    names = np.sort(whole)
    twice = names[1:] == names[:-1]
    if twice.any():
        name = names[:-1][twice][0]
        raise ValueError(f"group must be in one partition only, got {name!r} in two; write them with write_partitions")
    return whole

"""Several submissions at once, each by a process that is warm: it has loaded PyMC and keeps the judges' yardsticks."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from course.app.classroom.grading import Grade, grade
from course.app.classroom.papers import Paper
from course.app.classroom.rooms.sandbox import Walls
from course.app.classroom.submissions import NoNotebookError, content
from course.errors import CourseError
from course.threads import CALM

_MOST_BESIDE = 50_000_000  # bytes of tables handed in with a notebook
_TRIES = 2


@dataclass(frozen=True)
class Job:
    """A submission to grade: whose, of which lesson, where it is, and what it is held against if not the exercise."""

    student: str
    lesson: str
    notebook: Path
    paper: Paper | None = field(default=None, compare=False)


@dataclass
class _Worker:
    process: Any
    connection: Connection
    job: Job | None = None


def graded(jobs: Sequence[Job], workers: int, walls: Walls) -> Iterator[tuple[Job, Grade | CourseError]]:
    """Grade submissions, each as soon as somebody is free; whoever stops asking ends all of it.

    Parameters
    ----------
    jobs : sequence of Job
        In the order in which they are begun.
    workers : int
        How many at once.
    walls : Walls
        What stands around the learners' code.

    Yields
    ------
    tuple of Job and Grade, or of Job and CourseError
        In the order in which they are done; the latter where this computer could not grade it.
    """
    waiting, tries = list(reversed(jobs)), dict.fromkeys(jobs, 0)
    staff = [_started(walls) for _ in range(min(workers, len(jobs)))]
    try:
        for worker in staff:
            _hand(worker, waiting, tries)
        while any(worker.job for worker in staff):
            ready = wait([worker.connection for worker in staff if worker.job])
            for place, worker in enumerate(staff):
                if worker.connection not in ready or worker.job is None:
                    continue
                job = worker.job
                try:
                    found = worker.connection.recv()
                    yield job, found if isinstance(found, Grade) else CourseError(*found)
                except (EOFError, OSError):  # it was killed: by the system, for want of memory, or by somebody
                    worker.process.join()
                    staff[place] = worker = _started(walls)
                    if tries[job] < _TRIES:
                        waiting.append(job)
                    else:
                        why = f"the process that graded {job.student} was killed, twice"
                        yield job, CourseError(why, "Is memory short? Grade with --jobs 1")
                _hand(worker, waiting, tries)
    finally:
        for worker in staff:
            worker.connection.close()
            worker.process.kill()  # its sandbox ends with it
            worker.process.join()


def _started(walls: Walls) -> _Worker:
    here, there = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("spawn")
    process = spawn.Process(target=_work, args=(there, walls), daemon=True)
    os.environ.update(CALM)  # libraries read it when they are loaded
    process.start()
    there.close()
    return _Worker(process, here)


def _hand(worker: _Worker, waiting: list[Job], tries: dict[Job, int]) -> None:
    worker.job = waiting.pop() if waiting else None
    if worker.job:
        tries[worker.job] += 1
        with suppress(OSError):  # it is dead, which `graded` will see
            worker.connection.send(worker.job)


def _work(connection: Connection, walls: Walls) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    os.environ["COURSE_STRICT"] = "1"  # a judge prints nothing of what a function printed
    while True:
        try:
            job = connection.recv()
            connection.send(_one(job, walls))
        except (EOFError, OSError):  # whoever wanted it was killed
            return


def _one(job: Job, walls: Walls) -> Grade | tuple[str, str]:
    try:
        with tempfile.TemporaryDirectory(prefix="homework-") as folder:
            homework = Path(folder)
            homework.chmod(0o755)  # inside, it is read by somebody else
            _copy_tables(job.notebook.parent, homework)
            return grade(content(job.notebook), job.lesson, homework, walls, job.paper)
    except NoNotebookError as error:
        return Grade(job.lesson, "", {}, notes=(str(error),))
    except CourseError as error:
        return error.message, error.remedy
    except Exception as error:  # no submission may keep the others from being graded
        return f"{job.notebook} could not be graded ({type(error).__name__}: {error})", "Please tell the authors"


def _copy_tables(folder: Path, homework: Path) -> None:
    """Copy what was handed in beside the notebook: plain files, no links, and not too much."""
    room = _MOST_BESIDE
    for path in sorted(folder.iterdir()):
        if path.suffix == ".ipynb" or path.is_symlink() or not path.is_file():
            continue
        room -= path.stat().st_size
        if room >= 0:
            shutil.copyfile(path, homework / path.name)
            (homework / path.name).chmod(0o644)

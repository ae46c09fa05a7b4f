"""What a learner has tried, passed and asked for, kept in a journal of their own."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from course.records.journal import Journal, folder
from course.records.lines import Event


class Kind(StrEnum):
    """What happened."""

    RIGHT = "right"
    WRONG = "wrong"
    HINT = "hint"
    SOLUTION = "solution"


@dataclass(frozen=True)
class Record:
    """The history of one task; ``passed`` is when it was first right, in UTC, and None before."""

    tries: int = 0
    hints: int = 0
    solution: bool = False
    passed: str | None = None


def journal() -> Journal:
    """Return the learner's journal of progress."""
    return Journal(folder() / "progress.jsonl", "progress")


def note(task: str, kind: Kind, *, now: datetime | None = None) -> Path | None:
    """Write down that something happened; it is on the disk when this returns.

    Parameters
    ----------
    task : str
        The id of the task.
    kind : Kind
        What happened.
    now : datetime, optional
        When; by default now.

    Returns
    -------
    Path or None
        Where a damaged journal was set aside, None when all was well.

    Raises
    ------
    CourseError
        If it cannot be written.
    """
    when = (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    return journal().append({"when": when, "task": task, "what": kind.value})


def records() -> dict[str, Record]:
    """Return the history of every task that was ever tried, by id.

    Raises
    ------
    CourseError
        If the journal cannot be read.
    """
    return summarise(journal().read())


def summarise(events: Iterable[Event]) -> dict[str, Record]:
    """Add up events; what a later version of the course may have written beside ours is passed over.

    Parameters
    ----------
    events : iterable of mapping
        As `note` writes them, in their order.

    Returns
    -------
    dict of str to Record
        Tries after the first right answer are not counted: they were made to look around.
    """
    found: dict[str, Record] = {}
    for event in events:
        task, what = event.get("task"), event.get("what")
        if isinstance(task, str):
            found[task] = _after(found.get(task, Record()), what, str(event.get("when")))
    return found


def _after(record: Record, what: object, when: str) -> Record:
    match what:
        case Kind.RIGHT if record.passed is None:
            return replace(record, tries=record.tries + 1, passed=when)
        case Kind.WRONG if record.passed is None:
            return replace(record, tries=record.tries + 1)
        case Kind.HINT:
            return replace(record, hints=record.hints + 1)
        case Kind.SOLUTION:
            return replace(record, solution=True)
    return record

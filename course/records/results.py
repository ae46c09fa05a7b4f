"""What a learner has tried, passed and asked for, kept in a journal of their own."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from course.records.journal import Journal, given, place
from course.records.lines import Event

KIND = "progress"
"""What the journal says that it records."""


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
    return Journal(place(KIND), KIND)


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


def take(path: Path) -> tuple[str, Path | None]:
    """Take in a file of progress, from a browser or another computer: what is not here yet.

    Parameters
    ----------
    path : Path
        As `course.checks.take_along` saved it.

    Returns
    -------
    tuple of str and Path or None
        What came of it, in words, and where a damaged journal was set aside.

    Raises
    ------
    CourseError
        If it cannot be read, is no such file, or a later version of the course wrote it; then nothing is changed.
    """
    path, found = given(path, KIND)
    before = journal().read()
    new = missing(before, found.events)
    aside = journal().extend(new) if new else None
    passed = {id for id, record in summarise((*before, *new)).items() if record.passed}
    fresh = len(passed - {id for id, record in summarise(before).items() if record.passed})
    said = f"{len(new)} of the {len(found.events)} lines in {path.name} are new, and are kept now"
    said += f"; {fresh} more {'task is' if fresh == 1 else 'tasks are'} passed."
    return said + f" {found.bad} of its lines could not be read." * bool(found.bad), aside


def missing(have: Iterable[Event], there: Iterable[Event]) -> tuple[Event, ...]:
    """Return what has to be added to one journal so that nothing of another is missing, and nothing is there twice.

    Lines have no names: one that is there three times and here once is missing twice.
    """
    here = Counter(map(_as_text, have))
    new = []
    for event in there:
        text = _as_text(event)
        if here[text]:
            here[text] -= 1
        else:
            new.append(event)
    return tuple(new)


def _as_text(event: Event) -> str:
    return json.dumps(event, sort_keys=True)


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

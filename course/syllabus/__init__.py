"""The lessons: what each is called, asks, builds on and holds, read from ``syllabus.toml``.

Whatever lists lessons asks here: the command, the drills, the playground, the tests; `course build` writes it into the
notebooks and the README.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from course.errors import CourseError
from course.syllabus.entries import Place, convert, entries

__all__ = [
    "Explorer",
    "Lesson",
    "SyllabusError",
    "explorers",
    "lesson",
    "lessons",
    "match",
    "names",
    "notebook_of",
    "parse",
    "topics",
]

Text = Annotated[str, Meta(min_length=1)]
_FILE = "syllabus.toml"
FURTHER: Final = "further"


class SyllabusError(CourseError):
    """A mistake in the syllabus; the message names file, line and lesson."""


class Explorer(Struct, frozen=True, forbid_unknown_fields=True):
    """An explorer, the function ``name`` in ``explore_NAME.py``: what a page says of it before it is there."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    question: Text
    scene: Text


class Lesson(Struct, frozen=True, forbid_unknown_fields=True):
    """What the syllabus says of one lesson; the fields are explained in ``syllabus.toml``."""

    number: Annotated[int, Meta(ge=0, le=99)]
    topic: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    question: Text
    kind: Literal["start", "lesson", "interview"] = "lesson"
    builds_on: tuple[str, ...] = ()
    exercises: bool = True
    announced: str = ""
    further: str = ""
    explorer: tuple[Explorer, ...] = ()

    @property
    def name(self) -> str:
        """The name of its notebooks, such as ``"04_shrinkage"``."""
        return f"{self.number:02d}_{self.topic}"


def parse(text: str, name: str = _FILE) -> tuple[Lesson, ...]:
    """Read a syllabus.

    Parameters
    ----------
    text : str
        TOML: a ``[[lesson]]`` for each.
    name : str
        What to call the file in a message.

    Returns
    -------
    tuple of Lesson
        In their order.

    Raises
    ------
    SyllabusError
        Naming file, line and lesson, and what is wrong.
    """
    remedy = f"Mend it in {name}."
    found: list[Lesson] = []
    listed = entries(text, name, "lesson", key="topic", called="lesson", remedy=remedy, error=SyllabusError)
    for entry, place in listed:
        new = convert(entry, Lesson, place)
        _fits(new, found, place)
        found.append(new)
    return tuple(found)


def _fits(new: Lesson, before: Iterable[Lesson], place: Place) -> None:
    known = {lesson.topic: lesson for lesson in before}
    last = max((lesson.number for lesson in known.values()), default=-1)
    if new.number <= last:
        numbers = f"number {new.number} does not come after {last}; lessons stand in their order, and no number twice"
        raise place.error("number", numbers)
    if new.topic in known:
        raise place.error("topic", f"the topic {new.topic!r} occurs twice")
    for topic in new.builds_on:
        if topic not in known:
            what = f"it builds on {topic!r}, which is no lesson before it; there are {', '.join(known)}"
            raise place.error("builds_on", what)
    taken = {explorer.name for lesson in known.values() for explorer in lesson.explorer}
    for explorer in new.explorer:
        if explorer.name in taken:
            raise place.error("name", f"the explorer {explorer.name!r} occurs twice")
        taken.add(explorer.name)


@cache
def lessons() -> tuple[Lesson, ...]:
    """Return every lesson, the start page included, in their order."""
    return parse((files("course") / _FILE).read_text(encoding="utf-8"), f"course/{_FILE}")


def lesson(topic: str) -> Lesson:
    """Return the lesson on a topic.

    Raises
    ------
    KeyError
        If there is none.
    """
    return {lesson.topic: lesson for lesson in lessons()}[topic]


@cache
def names() -> tuple[str, ...]:
    """Return the names of all lessons but the start page: what a card can belong to."""
    return tuple(lesson.name for lesson in lessons() if lesson.kind != "start")


def notebook_of(name: str, *, further: bool = False) -> str:
    """Return a notebook of the lesson ``name``: its core, or its further reading, as in ``"further/04_shrinkage"``."""
    return f"{FURTHER}/{name}" if further else name


@cache
def topics() -> tuple[str, ...]:
    """Return the topics of the lessons that have exercises."""
    return tuple(lesson.topic for lesson in lessons() if lesson.exercises)


@cache
def explorers() -> Mapping[str, tuple[Explorer, Lesson]]:
    """Return every explorer by its name, with its lesson. None is loaded to say so: Altair alone takes two seconds."""
    return {explorer.name: (explorer, lesson) for lesson in lessons() for explorer in lesson.explorer}


def match(wanted: str) -> str | None:
    """Return the lesson that somebody means, None when there is none.

    Parameters
    ----------
    wanted : str
        Its number (``"04"`` or ``"4"``), its topic or its whole name.
    """
    short = wanted.strip().casefold().zfill(2)
    return next((name for name in names() if short in (name, *name.split("_", 1))), None)

"""The words of the course: what each means in a line, and the lesson that explains it, read from ``glossary.toml``."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

from msgspec import Meta, Struct

from course.syllabus import SyllabusError, lessons
from course.syllabus.entries import convert, entries

_FILE: Final = "glossary.toml"
Text = Annotated[str, Meta(min_length=1)]


class Term(Struct, frozen=True, forbid_unknown_fields=True):
    """A word of the course.

    ``topic`` is the lesson that explains it, where it stands in bold; ``used`` is a regular expression that finds it in
    prose, the name itself when left out.
    """

    name: Text
    means: Text
    topic: Text
    used: str = ""

    @property
    def pattern(self) -> re.Pattern[str]:
        """What finds the term in a lesson."""
        return re.compile(self.used or rf"\b{re.escape(self.name)}", re.IGNORECASE if not self.used else 0)


def parse(text: str, name: str = _FILE) -> tuple[Term, ...]:
    """Read a glossary.

    Parameters
    ----------
    text : str
        TOML: a ``[[term]]`` for each.
    name : str
        What to call the file in a message.

    Raises
    ------
    SyllabusError
        Naming file, line and term, and what is wrong.
    """
    known, found = {lesson.topic for lesson in lessons()}, dict[str, Term]()
    listed = entries(text, name, "term", key="name", called="term", remedy=f"Mend it in {name}.", error=SyllabusError)
    for entry, place in listed:
        term = convert(entry, Term, place)
        if term.topic not in known:
            raise place.error("topic", f"{term.topic!r} is no lesson; there are {', '.join(sorted(known))}")
        if term.name in found:
            raise place.error("name", f"the term {term.name!r} occurs twice")
        try:
            _ = term.pattern
        except re.error as error:
            raise place.error("used", f"used: no regular expression, {error}") from error
        found[term.name] = term
    return tuple(found.values())


@cache
def terms() -> tuple[Term, ...]:
    """Return every term, in the order of the lessons that explain them."""
    return parse((files("course") / _FILE).read_text(encoding="utf-8"), f"course/{_FILE}")

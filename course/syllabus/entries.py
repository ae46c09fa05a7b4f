"""Reading the ``[[entries]]`` of a TOML file; a mistake is told with file, line and entry."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from course.errors import CourseError

_WHERE = re.compile(r" - at `\$(?P<path>[^`]*)`$")


@dataclass(frozen=True)
class Place:
    """Where an entry stands, for messages.

    Parameters
    ----------
    text, name : str
        The file and what to call it.
    head : str
        The name of its entries: ``drill`` for ``[[drill]]``.
    number : int
        Which of them, from 0.
    key, called : str
        The field that names an entry, and what an entry is called.
    remedy : str
        How to mend it.
    kind : type
        What to raise, a `CourseError`.
    """

    text: str
    name: str
    head: str
    number: int
    key: str
    called: str
    remedy: str
    kind: type[CourseError]

    def error(self, path: str, what: str) -> CourseError:
        """Return the error that names file, line, entry and what is wrong with one of its fields.

        Parameters
        ----------
        path : str
            A field, or a part of one: ``"options[1].why"``.
        what : str
            What is wrong.
        """
        lines = self.text.splitlines()
        first, last = self._nth(lines, self.head, self.number, 0, len(lines))
        named = (re.match(rf"""\s*{self.key}\s*=\s*["']([^"']*)""", line) for line in lines[first:last])
        entry = next((found[1] for found in named if found), f"number {self.number + 1}")
        at, fields = first, re.findall(r"([a-z_]\w*)(?:\[(\d+)\])?", path)
        for field, number in fields:
            if number and any(_is_head(line, f"{self.head}.{field}") for line in lines[first:last]):
                first, last = self._nth(lines, f"{self.head}.{field}", int(number), first, last)
                at = first
            else:
                at = next((n for n in range(first, last) if re.match(rf"\s*{field}\s*=", lines[n])), at)
        return self.kind(f"{self.name}, line {at + 1}, {self.called} {entry}: {what}", self.remedy)

    @staticmethod
    def _nth(lines: list[str], head: str, number: int, low: int, high: int) -> tuple[int, int]:
        heads = [n for n in range(low, high) if _is_head(lines[n], head)] or [low]
        first = heads[min(number, len(heads) - 1)]
        return first, next((n for n in heads if n > first), high)


def _is_head(line: str, head: str) -> bool:
    return re.match(rf"\s*\[\[\s*{re.escape(head)}\s*\]\]", line) is not None


def entries(
    text: str, name: str, head: str, *, key: str = "id", called: str, remedy: str, error: type[CourseError]
) -> Iterator[tuple[dict[str, Any], Place]]:
    """Return the entries of a TOML file that holds nothing else, each with its place.

    Parameters
    ----------
    text, name, head, key, called, remedy : str
        As in `Place`.
    error : type
        What to raise, a `CourseError`.

    Raises
    ------
    CourseError
        If the text is not TOML, or is not made of such entries.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as mistake:
        raise error(f"{name} is not TOML: {mistake}", remedy) from mistake
    found = table.pop(head, None)
    if table or not isinstance(found, list) or not found:
        what = f"has {', '.join(table)}" if table else f"has no {called}s"
        raise error(f"{name} {what}; it is made of [[{head}]] entries", remedy)
    for number, entry in enumerate(found):
        place = Place(text, name, head, number, key, called, remedy, error)
        if not isinstance(entry, dict):
            raise place.error("", f"{head} = {found!r} is a list of something else; write [[{head}]]")
        yield entry, place


def convert[T](entry: Mapping[str, Any], to: type[T], place: Place) -> T:
    """Make a record of an entry, validated by its type.

    Parameters
    ----------
    entry : mapping
        As `entries` returns it.
    to : type
        A msgspec ``Struct``, or a union of such.
    place : Place
        Where it stands.

    Raises
    ------
    CourseError
        Naming file, line, entry and field.
    """
    try:
        return msgspec.convert(entry, to)
    except msgspec.ValidationError as mistake:
        message = str(mistake)
        where = _WHERE.search(message)
        path = where["path"].lstrip(".") if where else ""
        unknown = re.search(r"unknown field `(\w+)`", message)
        what = message[: where.start()] if where else message
        raise place.error(f"{path}.{unknown[1]}" if unknown else path, f"{path}: {what}" if path else what) from mistake

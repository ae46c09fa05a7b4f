"""Whose a file is, by its path: ids and names as people and platforms write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from course.app.classroom.roster import Student


class Pupils:
    """The class, by what may stand in the name of a file.

    Parameters
    ----------
    students : sequence of Student
        Everybody.
    """

    def __init__(self, students: Sequence[Student]) -> None:
        self._ids = {_words(student.id): student.id for student in students}
        self._names: dict[tuple[str, ...], set[str]] = {}
        for student in students:
            local = _words(student.email.partition("@")[0])
            for address in (_words(student.email), local if len(local) > 1 else ()):  # max@... is no name of a file's
                if address:
                    self._names.setdefault(address, set()).add(student.id)
            if student.first and student.last:
                first, last = _words(student.first), _words(student.last)
                for name in ((*first, *last), (*last, *first)):
                    self._names.setdefault(name, set()).add(student.id)
                    self._names.setdefault(("".join(name),), set()).add(student.id)

    def of(self, path: Path) -> list[str]:
        """Return whose it may be, by id, name or address in any part of its path; several where those do not agree."""
        ids, names = set(self._by_id(path)), set(self._by_name(path))
        return sorted(ids & names or ids | names)

    def _by_id(self, path: Path) -> list[str]:
        return _longest({words: {id} for words, id in self._ids.items()}, path)

    def _by_name(self, path: Path) -> list[str]:
        return _longest(self._names, path)


def _longest(known: Mapping[tuple[str, ...], set[str]], path: Path) -> list[str]:
    parts = [_words(part) for part in (*path.parts[:-1], path.stem)]
    longest = 0
    found: set[str] = set()
    for words, ids in known.items():
        if any(_within(words, part) for part in parts):
            if len(words) > longest:  # anna-maria is not anna
                longest, found = len(words), set()
            if len(words) == longest:
                found |= ids
    return sorted(found)


def _words(text: str) -> tuple[str, ...]:
    """Split into words that compare: without accents and capitals."""
    text = text.replace("ß", "ss")
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return tuple(re.findall(r"\w+", plain.casefold().replace("_", " ")))


def _within(words: tuple[str, ...], part: tuple[str, ...]) -> bool:
    n = len(words)
    return n > 0 and any(part[i : i + n] == words for i in range(len(part) - n + 1))

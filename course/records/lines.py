"""The lines of a journal: one JSON object each, the first of which says whose file it is. Text in, events out.

A line without its end is what a kill left behind. Nothing here touches a file: a browser reads and writes the same.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from course.errors import CourseError

FORMAT = "borrowing-strength journal"
VERSION = 1

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Contents:
    """What a file holds, in its first ``end`` bytes; what comes after them is the beginning of a line.

    ``bad`` counts lines that are no record, ``foreign`` says that it is no journal of ours, ``dressed`` that an editor
    saved it in a way of its own, with a byte order mark or in UTF-16.
    """

    events: tuple[Event, ...] = ()
    bad: int = 0
    foreign: bool = False
    end: int = 0
    dressed: bool = False


def contents(content: bytes, kind: str, name: str) -> Contents:
    """Read a journal.

    Parameters
    ----------
    content : bytes
        All of it.
    kind : str
        What it should record.
    name : str
        What to call it in a message.

    Raises
    ------
    CourseError
        If a newer version of the course wrote it.
    """
    content, dressed = _undressed(content)
    *lines, torn = content.split(b"\n")
    if dressed and _record(torn) is not None:  # editors leave out the last line's end, kills never a mark behind
        lines.append(torn)
    while lines and not lines[0].strip():
        lines.pop(0)
    if not lines:  # not even the first line was finished
        return Contents()
    if not _is_ours(lines[0], kind, name):
        return Contents(foreign=True)
    records = [_record(line) for line in lines[1:] if line.strip()]
    events = tuple(record for record in records if record is not None)
    return Contents(events, len(records) - len(events), end=len(content) - len(torn), dressed=dressed)


def of_file(content: bytes, kind: str, name: str) -> Contents:
    """Read a journal that came from elsewhere; its last line may have lost its end on the way.

    Parameters
    ----------
    content, kind, name
        As `contents` takes them.

    Raises
    ------
    CourseError
        If it is no such file, or a newer version of the course wrote it.
    """
    found = contents(content + b"\n", kind, name)
    if found.foreign or not found.end:
        raise CourseError(f"{name} is no file of {kind}", "Choose one that the course wrote")
    return found


def header(kind: str) -> bytes:
    """Return the first line of a journal."""
    return line({"format": FORMAT, "kind": kind, "version": VERSION})


def line(event: Event) -> bytes:
    """Return an event as a line, with its end."""
    return (json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _is_ours(line: bytes, kind: str, name: str) -> bool:
    first = _record(line) or {}
    ours = first.get("format") == FORMAT and first.get("kind") == kind
    if ours and first.get("version") != VERSION:
        raise CourseError(
            f"{name} was written by a newer version of this course (format {first.get('version')})",
            "Update the course; nothing was changed",
        )
    return ours


def _undressed(content: bytes) -> tuple[bytes, bool]:
    """The text in UTF-8 without a byte order mark, and whether it was saved otherwise."""
    if content.startswith(codecs.BOM_UTF8):
        return content.removeprefix(codecs.BOM_UTF8), True
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        with suppress(UnicodeDecodeError):
            return content.decode("utf-16").encode(), True
    return content, False


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = _DECODER.decode(line.decode())
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)

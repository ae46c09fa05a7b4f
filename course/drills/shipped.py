"""The deck as a page gets it: cards and questions that were read and validated here, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from course.drills.cards import (
    AnyEntry,
    Calculation,
    Choice,
    Grid,
    Mistake,
    Number,
    Option,
    Reading,
    Recall,
    Say,
    Spot,
)

FILE = "drills.json"
_KINDS: Mapping[str, Any] = {"recall": Recall, "code": Reading, "false": Spot, "say": Say, "choice": Choice}
_PARTS: Mapping[str, Any] = {"options": Option, "mistakes": Mistake}


def written(entries: Mapping[str, AnyEntry]) -> str:
    """Return cards and questions as JSON.

    Parameters
    ----------
    entries : mapping of str to card or question
        By id, in their order.
    """
    import msgspec

    return msgspec.json.encode(list(entries.values())).decode()


def read(text: str) -> Mapping[str, AnyEntry]:
    """Return what `written` wrote; nothing is validated again.

    Parameters
    ----------
    text : str
        JSON.
    """
    return {entry.id: entry for entry in map(_entry, json.loads(text))}


@cache
def entries() -> Mapping[str, AnyEntry]:
    """Return all cards and questions of the course: as they were shipped, or where nothing was, from the lessons."""
    if (place := files("course") / FILE).is_file():
        return read(place.read_text(encoding="utf-8"))
    from course.drills.bank import bank, questions  # with msgspec

    return {**bank(), **questions()}


def _entry(fields: dict[str, Any]) -> AnyEntry:
    kind = fields.pop("kind")
    made = {name: _value(name, value) for name, value in fields.items()}
    card = (Number if "draw" in fields else Calculation) if kind == "number" else _KINDS[kind]
    entry: AnyEntry = card(**made)
    return entry


def _value(name: str, value: Any) -> Any:
    if name == "draw":
        return {one: Grid(**values) if isinstance(values, dict) else tuple(values) for one, values in value.items()}
    if isinstance(value, list):
        return tuple(_PARTS[name](**one) if name in _PARTS else one for one in value)
    return value

"""Reading a deck: cards from a TOML file, validated; a mistake is told with file, line and card."""

from __future__ import annotations

import difflib
import math
import random
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from course.drills.cards import KINDS, AnyCard, Number
from course.drills.expressions import ExpressionError, holds
from course.drills.worked import draw
from course.errors import CourseError
from course.lessons import LESSONS

Deck = Mapping[str, AnyCard]

_TRIALS = 20
_HEAD = re.compile(r"^\s*\[\[\s*drill\s*\]\]")
_WHERE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_REMEDY = "Mend the card, or leave this deck out."


class DeckError(CourseError):
    """A mistake in a deck of cards; the message names file, line and card."""


def read(path: Path) -> Deck:
    """Read one deck.

    Parameters
    ----------
    path : Path
        A TOML file of cards.

    Raises
    ------
    DeckError
        If it cannot be read or a card in it is not one.
    """
    try:
        text = path.expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise DeckError(f"cannot read the deck {path}: {reason}", "Name a TOML file of cards") from error
    cards = parse(text, str(path))
    for number, card in enumerate(cards.values()):
        if isinstance(card, Number):
            _try_out(card, _Place(text, str(path), number))
    return cards


def _try_out(card: Number, place: _Place) -> None:
    """Draw a worked number a few times: the tests do that for our cards, and nobody for those of others."""
    rng = random.Random(card.id)
    try:
        for _ in range(_TRIALS):
            instance = draw(card, rng)
            instance.mistakes()
            if not (instance.prompt and instance.worked and math.isfinite(instance.answer)):
                raise ExpressionError(f"`{card.answer}` is {instance.answer:g}")
            if not holds(card.verify, instance.names):
                raise ExpressionError(f"`{card.verify}` does not hold for {dict(instance.values)}")
    except ExpressionError as error:
        named = [key for key in ("where", "verify", "answer") if f"`{getattr(card, key)}`" in str(error)]
        raise place.error(named[0] if named else "id", str(error)) from error


def parse(text: str, name: str) -> Deck:
    """Return the cards of a deck by id.

    Parameters
    ----------
    text : str
        TOML: a ``[[drill]]`` for each card.
    name : str
        What to call the file in a message.

    Raises
    ------
    DeckError
        Naming file, line and card, and what is wrong.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DeckError(f"{name} is not TOML: {error}", _REMEDY) from error
    entries = table.pop("drill", None)
    if table or not isinstance(entries, list) or not entries:
        what = f"has {', '.join(table)}" if table else "has no cards"
        raise DeckError(f"{name} {what}; a deck is made of [[drill]] entries", _REMEDY)
    cards: dict[str, AnyCard] = {}
    for number, entry in enumerate(entries):
        card = _card(entry, _Place(text, name, number))
        if card.id in cards:
            raise _Place(text, name, number).error("id", f"{card.id!r} occurs twice; ids are for ever and for one card")
        cards[card.id] = card
    return cards


class _Place:
    """Where a card stands in a file, for messages."""

    def __init__(self, text: str, name: str, number: int) -> None:
        self.lines, self.name, self.number = text.splitlines(), name, number

    def error(self, key: str, what: str) -> DeckError:
        heads = [n for n, line in enumerate(self.lines) if _HEAD.match(line)] or [0]
        first = heads[min(self.number, len(heads) - 1)]
        last = next((head for head in heads if head > first), len(self.lines))
        ids = (re.match(r"""\s*id\s*=\s*["']([^"']*)""", line) for line in self.lines[first:last])
        id = next((found[1] for found in ids if found), f"number {self.number + 1}")
        at = next((n for n in range(first, last) if re.match(rf"\s*{re.escape(key)}\s*=", self.lines[n])), first)
        return DeckError(f"{self.name}, line {at + 1}, card {id}: {what}", _REMEDY)


def _card(entry: dict[str, Any], place: _Place) -> AnyCard:
    try:
        card: AnyCard = msgspec.convert(entry, AnyCard)
    except msgspec.ValidationError as error:
        message = str(error)
        where = _WHERE.search(message)
        path = where["path"].lstrip(".") if where else ""
        key = re.match(r"\w*", path)
        unknown = re.search(r"unknown field `(\w+)`", message)
        what = message[: where.start()] if where else message
        if path == "kind" or "missing required field `kind`" in message:
            what = f"`kind` must be one of {', '.join(KINDS)}"
        name = unknown[1] if unknown and not path else (key[0] if key else "")
        raise place.error(name, f"{path}: {what}" if path and path != "kind" else what) from error
    if card.lesson not in LESSONS:
        near = difflib.get_close_matches(card.lesson, LESSONS, n=1, cutoff=0.3)
        raise place.error("lesson", f"there is no lesson {card.lesson!r}; did you mean {(near or LESSONS)[0]!r}?")
    return card

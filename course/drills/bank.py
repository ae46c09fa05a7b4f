"""The deck: cards from TOML files, validated; a mistake in a deck is told with file, card and line."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from course.drills.cards import KINDS, AnyCard
from course.errors import CourseError
from course.lessons import LESSONS, match

Deck = Mapping[str, AnyCard]

_HEAD = re.compile(r"^\s*\[\[\s*drill\s*\]\]")
_WHERE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_REMEDY = "Mend the card, or leave this deck out."


class DeckError(CourseError):
    """A mistake in a deck of cards; the message names file, line and card."""


@cache
def bank() -> Deck:
    """Return the cards of the course, by id, in their order."""
    folder = files("course.drills") / "bank"
    every = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return _joined((file.name, parse(file.read_text(encoding="utf-8"), file.name)) for file in every)


def card(id: str) -> AnyCard:
    """Find a card of the course.

    Raises
    ------
    CourseError
        If there is none of that id; the message suggests the nearest.
    """
    if id not in bank():
        near = difflib.get_close_matches(str(id), bank(), n=1, cutoff=0.3)
        raise CourseError(f"no card is called {id!r}", f"Did you mean {near[0]!r}?" if near else "See: course drill")
    return bank()[id]


def with_decks(paths: Iterable[Path]) -> Deck:
    """Return the cards of the course and those of other decks.

    Parameters
    ----------
    paths : iterable of Path
        TOML files of cards, as in ``course/drills/bank``.

    Raises
    ------
    DeckError
        If a file cannot be read, a card is not one, or an id occurs twice.
    """
    return _joined([("the course", bank()), *((path.name, read(path)) for path in paths)])


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
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise DeckError(f"cannot read the deck {path}: {reason}", "Name a TOML file of cards") from error
    return parse(text, str(path))


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


def _joined(decks: Iterable[tuple[str, Deck]]) -> Deck:
    every: dict[str, AnyCard] = {}
    for name, cards in decks:
        if twice := sorted(every.keys() & cards.keys()):
            raise DeckError(f"{name}: the id {twice[0]!r} is taken by another card", "Give your card an id of its own")
        every |= cards
    return every


def lesson_name(wanted: str) -> str:
    """Return the whole name of a lesson.

    Parameters
    ----------
    wanted : str
        Its number (``"04"`` or ``"4"``), its topic or its whole name.

    Raises
    ------
    CourseError
        If there is none, naming those there are.
    """
    if (found := match(wanted)) is None:
        raise CourseError(f"there is no lesson {wanted!r}", f"The lessons are: {', '.join(LESSONS)}")
    return found


def kind_name(wanted: str) -> str:
    """Return the name of a kind of card.

    Parameters
    ----------
    wanted : str
        As a learner typed it.

    Raises
    ------
    CourseError
        If there is none, naming those there are.
    """
    kind = wanted.strip().casefold()
    if kind not in KINDS:
        known = ", ".join(f"{kind} ({what})" if kind != what else kind for kind, what in KINDS.items())
        raise CourseError(f"there are no cards of the kind {wanted!r}", f"The kinds are: {known}")
    return kind


def choose(deck: Deck, lessons: Iterable[str] = (), kinds: Iterable[str] = ()) -> Deck:
    """Return the cards of some lessons and kinds; of all where none are named.

    Parameters
    ----------
    deck : mapping of str to card
        What to choose from.
    lessons, kinds : iterable of str
        As `lesson_name` and `kind_name` read them.

    Raises
    ------
    CourseError
        If a lesson or kind is unknown, or no card is left.
    """
    wanted_lessons = {lesson_name(lesson) for lesson in lessons} or set(LESSONS)
    wanted_kinds = {kind_name(kind) for kind in kinds} or set(KINDS)
    found = {id: card for id, card in deck.items() if card.lesson in wanted_lessons and card.kind in wanted_kinds}
    if not found:
        raise CourseError("no card is of that lesson and kind", "Leave out --lesson or --kind")
    return found

"""Reading cards and questions from a TOML file, validated; a mistake is told with file, line and card."""

from __future__ import annotations

import difflib
import math
import random
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from course.drills.cards import KINDS, QUESTION_KINDS, AnyCard, AnyEntry, AnyQuestion, Number
from course.drills.expressions import ExpressionError, holds
from course.drills.worked import draw
from course.errors import CourseError, expanded
from course.syllabus import names
from course.syllabus.entries import Place, convert, entries

Deck = Mapping[str, AnyCard]

_TRIALS = 20
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
        text = expanded(path, "the deck").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise DeckError(f"cannot read the deck {path}: {reason}", "Name a TOML file of cards") from error
    cards = parse(text, str(path))
    for card, (_, place) in zip(cards.values(), _entries(text, str(path)), strict=True):
        if isinstance(card, Number):
            _try_out(card, place)
    return cards


def _try_out(card: Number, place: Place) -> None:
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


def parse(text: str, name: str, lesson: str | None = None) -> Deck:
    """Return the cards of a deck by id.

    Parameters
    ----------
    text : str
        TOML: a ``[[drill]]`` for each card.
    name : str
        What to call the file in a message.
    lesson : str, optional
        The lesson of the cards that do not name one.

    Raises
    ------
    DeckError
        Naming file, line and card, and what is wrong.
    """
    cards: dict[str, AnyCard] = {}
    for entry, place in _entries(text, name):
        card: AnyCard = _converted({"lesson": lesson} | entry if lesson else entry, place, KINDS, AnyCard)
        if card.lesson not in names():
            near = difflib.get_close_matches(card.lesson, names(), n=1, cutoff=0.3)
            what = f"there is no lesson {card.lesson!r}; did you mean {(near or names())[0]!r}?"
            raise place.error("lesson", what)
        _add(card, cards, place)
    return cards


def parse_questions(text: str, name: str, lesson: str) -> Mapping[str, AnyQuestion]:
    """Return the questions of a lesson by id.

    Parameters
    ----------
    text : str
        TOML: a ``[[question]]`` for each.
    name : str
        What to call the file in a message.
    lesson : str
        The lesson.

    Raises
    ------
    DeckError
        Naming file, line and question, and what is wrong.
    """
    questions: dict[str, AnyQuestion] = {}
    remedy = f"Mend it in {name}."
    for entry, place in entries(text, name, "question", called="question", remedy=remedy, error=DeckError):
        _add(_converted({"lesson": lesson} | entry, place, QUESTION_KINDS, AnyQuestion), questions, place)
    return questions


def _entries(text: str, name: str) -> Iterator[tuple[dict[str, Any], Place]]:
    return entries(text, name, "drill", called="card", remedy=_REMEDY, error=DeckError)


def _converted(entry: dict[str, Any], place: Place, kinds: Collection[str], to: Any) -> Any:
    if entry.get("kind") not in list(kinds):  # of a list: what a file says may have no hash
        raise place.error("kind", f"`kind` must be one of {', '.join(kinds)}")
    return convert(entry, to, place)


def _add[T: AnyEntry](entry: T, found: dict[str, T], place: Place) -> None:
    if entry.id in found:
        raise place.error("id", f"{entry.id!r} occurs twice; ids are for ever and for one {place.called}")
    found[entry.id] = entry

"""The cards and questions of the course, and choosing among them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from course.drills.cards import KINDS, AnyQuestion
from course.drills.decks import Deck, DeckError, parse, parse_questions, read
from course.errors import CourseError
from course.syllabus import lessons, match, names


@cache
def bank() -> Deck:
    """Return the cards of the course, by id, in their order."""
    return _joined(_rooms("cards.toml", parse))


@cache
def questions() -> Mapping[str, AnyQuestion]:
    """Return the questions that the lessons ask, by id, in their order."""
    return _joined(_rooms("questions.toml", parse_questions))


def _rooms[T](name: str, read: Callable[[str, str, str], T]) -> Iterator[tuple[str, T]]:
    for lesson in lessons():
        path = f"lessons/{lesson.topic}/{name}"
        if (file := files("course") / path).is_file():
            yield f"course/{path}", read(file.read_text(encoding="utf-8"), f"course/{path}", lesson.name)


def find[T](id: str, among: Mapping[str, T]) -> T:
    """Find a card.

    Raises
    ------
    CourseError
        If there is none of that id; the message suggests the nearest.
    """
    if id not in among:
        near = difflib.get_close_matches(str(id), among, n=1, cutoff=0.3)
        raise CourseError(f"no card is called {id!r}", f"Did you mean {near[0]!r}?" if near else "See: course drill")
    return among[id]


def with_decks(paths: Iterable[Path]) -> Deck:
    """Return the cards of the course and those of other decks.

    Parameters
    ----------
    paths : iterable of Path
        TOML files of cards, as in ``course/lessons/*/cards.toml``, each with its ``lesson``.

    Raises
    ------
    DeckError
        If a file cannot be read, a card is not one, or an id occurs twice.
    """
    return _joined([("the course", bank()), *((path.name, read(path)) for path in paths)])


def _joined[T](decks: Iterable[tuple[str, Mapping[str, T]]]) -> Mapping[str, T]:
    every: dict[str, T] = {}
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
        raise CourseError(f"there is no lesson {wanted!r}", f"The lessons are: {', '.join(names())}")
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
    wanted_lessons = {lesson_name(lesson) for lesson in lessons} or set(names())
    wanted_kinds = {kind_name(kind) for kind in kinds} or set(KINDS)
    found = {id: card for id, card in deck.items() if card.lesson in wanted_lessons and card.kind in wanted_kinds}
    if not found:
        raise CourseError("no card is of that lesson and kind", "Leave out --lesson or --kind")
    return found

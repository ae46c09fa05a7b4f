"""A mock interview: which questions fit into the time, and what a spoken answer is worth."""

from __future__ import annotations

import random
import re
from collections import deque
from collections.abc import Iterable
from datetime import timedelta

from course import syllabus
from course.drills.cards import AnyCard, Say
from course.drills.decks import Deck
from course.drills.session import Sitting
from course.errors import CourseError

_SECONDS = {"number": 120, "code": 90, "false": 75, "recall": 45}
_SELF_GRADING = 45
_SHORTEST = 120.0
_DURATION = re.compile(r"(?:(?P<hours>\d+)h)?(?:(?P<minutes>\d+)(?:m|min|$))?(?:(?P<seconds>\d+)s)?")
_LONGEST = timedelta(hours=4)


def duration(text: str) -> timedelta:
    """Read a length of time.

    Parameters
    ----------
    text : str
        ``"30m"``, ``"30"`` (minutes), ``"1h"``, ``"1h30m"``, ``"90s"``.

    Raises
    ------
    CourseError
        If it is none, or not between a minute and four hours.
    """
    found = _DURATION.fullmatch("".join(text.casefold().split()))
    parts = {name: int(value) for name, value in found.groupdict().items() if value} if found else {}
    length = timedelta(**parts)
    if not timedelta(minutes=1) <= length <= _LONGEST:
        raise CourseError(
            f"{text!r} is not a length of time between a minute and four hours", "Write it as 30m, 1h, or 1h30m"
        )
    return length


def seconds_for(card: AnyCard) -> int:
    """Return how long a card takes in an interview: speaking, and holding it against the rubric."""
    return card.seconds + _SELF_GRADING if isinstance(card, Say) else _SECONDS[card.kind]


def plan(deck: Deck, length: timedelta, rng: random.Random) -> tuple[str, ...]:
    """Draw the questions of an interview: to say aloud and to work out in turn, of many lessons, as many as fit.

    Parameters
    ----------
    deck : mapping of str to card
        What to draw from; questions of the interview room and of the other lessons take turns.
    length : timedelta
        How long it may take.
    rng : random.Random
        Where chance comes from.

    Returns
    -------
    tuple of str
        Ids of cards; at least one.
    """
    longest = max(length.total_seconds() / 4, _SHORTEST)  # no question may eat up a short interview
    fitting = {id: card for id, card in deck.items() if seconds_for(card) <= longest} or deck
    said = [id for id, card in fitting.items() if isinstance(card, Say)]
    rooms = {lesson.name for lesson in syllabus.lessons() if lesson.kind == "interview"}
    room = _one_of_each_section([id for id in said if deck[id].lesson in rooms], deck, rng)
    large = _spread(room, deck, rng)
    small = _spread([id for id in said if deck[id].lesson not in rooms], deck, rng)
    quick = _spread([id for id in fitting if id not in said], deck, rng)
    order = _in_turn(large, quick, small, quick)
    chosen, left = [], length.total_seconds()
    for id in order:
        if (cost := seconds_for(deck[id])) <= left:
            chosen.append(id)
            left -= cost
    return tuple(chosen or order[:1])


def _one_of_each_section(ids: list[str], deck: Deck, rng: random.Random) -> list[str]:
    """Leave out the other lengths of a question: nobody is asked the same thing twice."""
    return list({deck[id].section: id for id in rng.sample(ids, len(ids))}.values())


def _spread(ids: Iterable[str], deck: Deck, rng: random.Random) -> deque[str]:
    """Shuffle, and let the lessons take turns."""
    by_lesson: dict[str, list[str]] = {}
    for id in ids:
        by_lesson.setdefault(deck[id].lesson, []).append(id)
    piles = [deque(rng.sample(pile, len(pile))) for pile in by_lesson.values()]
    rng.shuffle(piles)
    return deque(_in_turn(*piles))


def _in_turn(*piles: deque[str]) -> list[str]:
    """Take one from each pile in turn until all are empty; a pile may have two turns."""
    order: list[str] = []
    while any(piles):
        order += [pile.popleft() for pile in piles if pile]
    return order


def sit(deck: Deck, length: timedelta, rng: random.Random | None = None) -> Sitting:
    """Return the sitting of an interview whose questions are drawn; its answers count as reviews.

    Parameters
    ----------
    deck : mapping of str to card
        What to draw from.
    length : timedelta
        How long it may take.
    rng : random.Random, optional
        Where chance comes from.
    """
    rng = rng or random.Random()
    return Sitting(deck, plan=plan(deck, length, rng), place="interview", rng=rng)

"""When a card is due: the reviews replayed through FSRS, the scheduler of the package `fsrs`.

Nothing but the reviews is stored, so that a better scheduler can be put in its place: 10,000 of them replay in a tenth
of a second. Chance ("fuzz") is off, or each replay would give other dates.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import fsrs

from course.drills.history import Grade, Review

Memory = Mapping[str, fsrs.Card]
"""What FSRS believes of each card that was ever reviewed, by the card's id."""

RATINGS = {
    Grade.AGAIN: fsrs.Rating.Again,
    Grade.HARD: fsrs.Rating.Hard,
    Grade.GOOD: fsrs.Rating.Good,
    Grade.EASY: fsrs.Rating.Easy,
}
_FUTURE = timedelta(days=1)


def scheduler(weights: Sequence[float] = fsrs.scheduler.DEFAULT_PARAMETERS) -> fsrs.Scheduler:
    """Return FSRS with these weights; by default those that the package brings.

    Raises
    ------
    ValueError
        If they are not as many as FSRS has, or one is out of its bounds.
    """
    return fsrs.Scheduler(weights, enable_fuzzing=False)


USUAL = scheduler()
"""FSRS as the package brings it."""


def remember(reviews: Iterable[Review], by: fsrs.Scheduler = USUAL) -> dict[str, fsrs.Card]:
    """Replay reviews.

    Parameters
    ----------
    reviews : iterable of Review
        In the order in which they were written.
    by : fsrs.Scheduler
        Whose weights to use.
    """
    memory: dict[str, fsrs.Card] = {}
    for review in dated(reviews):
        memory[review.card] = after(memory.get(review.card), review.grade, review.when, by)
    return memory


def dated(reviews: Iterable[Review]) -> tuple[Review, ...]:
    """Give reviews of a wrong clock dates that are possible: a card's never go back.

    A review can be dated later than one that was written after it. Which of the two is wrong? A card's last one is
    right, or is mended by the next; of the others, the dates that are left alone are as many as there can be, and the
    latest of such choices, since a year that never passed would make FSRS believe in a memory of years. A wrong date
    becomes the nearest that its neighbours allow.

    Parameters
    ----------
    reviews : iterable of Review
        In the order in which they were written.
    """
    found = list(reviews)
    last: dict[str, datetime] = {}
    wrong: set[str] = set()
    for review in found:
        if review.when < last.setdefault(review.card, review.when):
            wrong.add(review.card)
        last[review.card] = review.when
    for card in wrong:
        places = [n for n, review in enumerate(found) if review.card == card]
        for n, when in zip(places, _possible([found[n].when for n in places]), strict=True):
            found[n] = replace(found[n], when=when)
    return tuple(found)


def _possible(dates: Sequence[datetime]) -> list[datetime]:
    """Move as few dates as possible so that none goes back, and not the last: a longest chain, built from the end."""
    firsts: list[float] = []  # for chains of 1, 2, ... dates: minus the first date, the latest that there can be
    starts: list[int] = []
    following: dict[int, int | None] = {}
    for n in reversed(range(len(dates))):
        if dates[n] <= dates[-1]:
            length = bisect_right(firsts, -dates[n].timestamp())
            firsts[length : length + 1] = [-dates[n].timestamp()]
            starts[length : length + 1] = [n]
            following[n] = starts[length - 1] if length else None
    kept: int | None = starts[-1]
    possible: list[datetime] = []
    earliest = datetime.min.replace(tzinfo=UTC)
    for n, when in enumerate(dates):
        assert kept is not None  # the last date ends the chain
        earliest = min(max(when, earliest), dates[kept])
        possible.append(earliest)
        kept = following[n] if n == kept else kept
    return possible


def after(card: fsrs.Card | None, grade: Grade, when: datetime, by: fsrs.Scheduler = USUAL) -> fsrs.Card:
    """Return what FSRS believes of a card after one more review.

    A review dated before the last one (the clock was set back) counts as made right after it, under its own date.

    Parameters
    ----------
    card : fsrs.Card or None
        What it believed before; None for a new card.
    grade : Grade
        How it went.
    when : datetime
        In UTC.
    by : fsrs.Scheduler
        Whose weights to use.
    """
    if card is None:
        card = fsrs.Card(card_id=0, due=when)  # our own ids are the keys
    elif card.last_review is not None and when < card.last_review:
        card = copy(card)
        card.last_review = when
    return by.review_card(card, RATINGS[grade], when)[0]


def is_due(card: fsrs.Card, now: datetime) -> bool:
    """Say whether a card should be asked.

    One that was last reviewed more than a day in the future has a date that cannot be trusted: it is due, and its next
    review mends it.

    Parameters
    ----------
    card : fsrs.Card
        What FSRS believes of it.
    now : datetime
        With a time zone.
    """
    return card.due <= now or (card.last_review is not None and card.last_review > now + _FUTURE)


def is_learning(card: fsrs.Card) -> bool:
    """Say whether a card is still in its first minutes, or back in them after it was forgotten."""
    return card.state is not fsrs.State.Review

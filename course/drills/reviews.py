"""A learner's reviews: what was asked, when, and how it went, in an append-only journal like that of the exercises."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path

from course.records.journal import Event, Journal, folder


class Grade(StrEnum):
    """How well a card was known, in the words of FSRS."""

    AGAIN = "again"
    HARD = "hard"
    GOOD = "good"
    EASY = "easy"


_GRADES = {grade.value: grade for grade in Grade}


@dataclass(frozen=True)
class Review:
    """One answer to one card.

    Parameters
    ----------
    card : str
        The card's id.
    when : datetime
        When it was graded, in UTC.
    grade : Grade
        How it went.
    seconds : float
        From the question to the answer.
    place : str
        Where: ``"terminal"``, ``"notebook"`` or ``"interview"``.
    id : str
        By which an undo names it.
    """

    card: str
    when: datetime
    grade: Grade
    seconds: float = 0.0
    place: str = "terminal"
    id: str = ""


def journal() -> Journal:
    """Return the learner's journal of reviews."""
    return Journal(folder() / "reviews.jsonl", "reviews")


def note(review: Review) -> tuple[Review, Path | None]:
    """Write a review down; it is on the disk when this returns.

    Parameters
    ----------
    review : Review
        What happened; its ``when`` has a time zone.

    Returns
    -------
    tuple of Review and Path or None
        The review with its id, and where a damaged journal was set aside.

    Raises
    ------
    CourseError
        If it cannot be written.
    """
    kept = Review(
        review.card, review.when.astimezone(UTC), review.grade, review.seconds, review.place, secrets.token_hex(4)
    )
    event = {
        "when": kept.when.isoformat(timespec="seconds"),
        "card": kept.card,
        "grade": kept.grade.value,
        "seconds": round(kept.seconds, 1),
        "place": kept.place,
        "id": kept.id,
    }
    return kept, journal().append(event)


def take_back(review: Review) -> Path | None:
    """Write down that a review does not count; nothing is removed.

    Parameters
    ----------
    review : Review
        As `note` returned it.
    """
    return journal().append({"undo": review.id})


def read() -> tuple[Review, ...]:
    """Return all reviews that count, in the order in which they were written.

    Raises
    ------
    CourseError
        If the journal cannot be read.
    """
    return understood(journal().read())


def understood(events: Iterable[Event]) -> tuple[Review, ...]:
    """Make reviews of events; what a later version of the course may have written beside ours is passed over.

    Parameters
    ----------
    events : iterable of mapping
        As `note` and `take_back` write them.
    """
    events = tuple(events)
    undone = {event["undo"] for event in events if isinstance(event.get("undo"), str)}
    found = (_review(event) for event in events)
    return tuple(review for review in found if review is not None and review.id not in undone)


def _review(event: Event) -> Review | None:
    try:
        card, when, grade = event["card"], datetime.fromisoformat(event["when"]), _GRADES[event["grade"]]
        seconds = float(event.get("seconds", 0.0))
    except (KeyError, TypeError, ValueError):
        return None
    if not isinstance(card, str) or when.utcoffset() is None:
        return None
    when = when if when.tzinfo is UTC else when.astimezone(UTC)
    return Review(card, when, grade, seconds, str(event.get("place", "")), str(event.get("id", "")))


def size() -> int:
    """Return the size of the journal in bytes: whether somebody else has written since."""
    path = journal().path
    return path.stat().st_size if path.exists() else 0


def streak(reviews: Iterable[Review], now: datetime, zone: tzinfo | None = None) -> int:
    """Count the days in a row, up to today or yesterday, on which something was reviewed.

    Parameters
    ----------
    reviews : iterable of Review
        All reviews.
    now : datetime
        With a time zone.
    zone : tzinfo, optional
        Where midnight is; by default that of this computer.
    """
    days = {review.when.astimezone(zone).date() for review in reviews}
    day = now.astimezone(zone).date()
    if day not in days:  # the day is not over
        day -= timedelta(days=1)
    count = 0
    while day in days:
        count, day = count + 1, day - timedelta(days=1)
    return count

"""What a review is, and what a journal of reviews says: whoever keeps the lines, a file here or a page in a browser."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from course.records import lines
from course.records.lines import Event

KIND = "reviews"
"""What a journal of reviews says that it records."""


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
        Where: ``"terminal"``, ``"notebook"``, ``"browser"`` or ``"interview"``.
    id : str
        By which an undo names it.
    after : tuple of str
        Names (`name_of`) of the card's reviews that were there and are dated later: one of the clocks was wrong.
    """

    card: str
    when: datetime
    grade: Grade
    seconds: float = 0.0
    place: str = "terminal"
    id: str = ""
    after: tuple[str, ...] = ()


def grade_of(points: int, of: int) -> Grade:
    """Return the grade for a spoken answer: all points are good, half of them hard, fewer again.

    Parameters
    ----------
    points, of : int
        How many points of the rubric were made, and how many there are.
    """
    if points >= of:
        return Grade.GOOD
    return Grade.HARD if 2 * points >= of else Grade.AGAIN


def name_of(review: Review) -> str:
    """Return what a later review calls this one: its id, or its date where the oldest journals have none."""
    return review.id or review.when.isoformat(timespec="seconds")


def named(review: Review) -> Review:
    """Give a review an id of its own, and its date in UTC."""
    return replace(review, when=review.when.astimezone(UTC), id=secrets.token_hex(4))


def event_of(review: Review) -> Event:
    """Return what is written down of a review."""
    after = {"after": list(review.after)} if review.after else {}
    return {
        "when": review.when.isoformat(timespec="seconds"),
        "card": review.card,
        "grade": review.grade.value,
        "seconds": round(review.seconds, 1),
        "place": review.place,
        "id": review.id,
        **after,
    }


def undo_of(review: Review) -> Event:
    """Return what is written down when a review is taken back."""
    return {"undo": review.id}


def understood(events: Iterable[Event]) -> tuple[Review, ...]:
    """Make reviews of events; what a later version of the course may have written beside ours is passed over.

    Parameters
    ----------
    events : iterable of mapping
        As `event_of` and `undo_of` make them.
    """
    events = tuple(events)
    undone = {event["undo"] for event in events if isinstance(event.get("undo"), str)}
    found = (_review(event) for event in events)
    counted = tuple(_once(review for review in found if review is not None and review.id not in undone))
    return _in_order(counted) if any("merged" in event for event in events) else counted


def _in_order(reviews: Iterable[Review]) -> tuple[Review, ...]:
    """Put the reviews of two journals in one order, which is the same in both: nothing but the reviews decides.

    That is the order of their dates, but one that another names in its ``after`` comes before that other. For a card's
    reviews within one journal this is the order in which they were written, whatever its clock did: of those dated
    earlier, the ones written later name it, and they are the last.
    """
    reviews = sorted(reviews, key=lambda review: (review.when, review.id))
    wrong = {name for review in reviews for name in review.after}
    order: list[Review] = []
    for review in reviews:
        name, end = name_of(review), len(order)
        order.insert(
            next((n for n, one in enumerate(order) if name in one.after), end) if name in wrong else end, review
        )
    return tuple(order)


def _once(reviews: Iterable[Review]) -> Iterator[Review]:
    """Leave out what two writers have both taken over from a third."""
    seen: set[str] = set()
    for review in reviews:
        if review.id not in seen:
            yield review
        seen |= {review.id} if review.id else set()


def missing(have: Iterable[Event], given: Iterable[Event]) -> tuple[Event, ...]:
    """Return what has to be added to one journal so that nothing of another is missing, and nothing is there twice.

    A review is the same when card, time, grade and id are. Before reviews stands a mark that says that lines were
    merged: what follows is older than what came before, and schedules count it in its place.

    Parameters
    ----------
    have, given : iterable of mapping
        The events of the two.
    """
    known = {_same(event) for event in have}
    new: list[Event] = []
    for event in given:
        if "merged" not in event and (key := _same(event)) not in known:
            known.add(key)
            new.append(event)
    return ({"merged": len(new)}, *new) if new else ()


def of_file(content: bytes, name: str) -> tuple[tuple[Event, ...], int]:
    """Read a file of reviews that a page or `course drill export` wrote.

    Parameters
    ----------
    content : bytes
        All of it.
    name : str
        What to call it in a message.

    Returns
    -------
    tuple of events and int
        Its events, and how many lines could not be read.

    Raises
    ------
    CourseError
        If it is no such file, or a later version of the course wrote it.
    """
    found = lines.of_file(content, KIND, name)
    return found.events, found.bad


def told_of_file(name: str, found: Sequence[Event], new: Sequence[Event], bad: int) -> str:
    """Say what came of a file of reviews: what it held, what of that was new, and how many lines could not be read."""
    fresh, every = (sum("card" in event for event in events) for events in (new, found))
    said = f"{fresh} of the {every} reviews in {name} are new, and are kept now."
    return said + f" {bad} of its lines could not be read." * bool(bad)


def _same(event: Event) -> object:
    """What makes an event the one it is; of a line of a later version, all of it."""
    if (review := _review(event)) is not None:
        return review.card, review.when, review.grade, review.id
    return json.dumps(event, sort_keys=True)


def _review(event: Event) -> Review | None:
    try:
        card, when, grade = event["card"], datetime.fromisoformat(event["when"]), _GRADES[event["grade"]]
        seconds = float(event.get("seconds", 0.0))
    except (KeyError, TypeError, ValueError):
        return None
    if not isinstance(card, str) or when.utcoffset() is None:
        return None
    when = when if when.tzinfo is UTC else when.astimezone(UTC)
    after = event.get("after")
    names = tuple(name for name in after if isinstance(name, str)) if isinstance(after, list) else ()
    return Review(card, when, grade, seconds, str(event.get("place", "")), str(event.get("id", "")), names)


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

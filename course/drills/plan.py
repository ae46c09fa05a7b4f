"""An interview on a day: how many new cards a day it takes; kept, so that plain `course drill` follows it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from pathlib import Path

from course.bundle import command
from course.drills.decks import Deck
from course.drills.history import Review
from course.drills.session import NEW_A_DAY, begun_on
from course.errors import CourseError
from course.records.journal import Journal, folder
from course.records.lines import Event

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY_FIRST = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_LONGEST = timedelta(days=366)
DROP = "none"


@dataclass(frozen=True)
class Plan:
    """Cards to be seen before an interview.

    Parameters
    ----------
    until : date
        The day of the interview; nothing is planned on it.
    made : date
        When the plan was made.
    unseen : int
        How many of its cards were new then.
    lessons, kinds : tuple of str
        What it is limited to; all cards where none are named.
    """

    until: date
    made: date
    unseen: int
    lessons: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    @property
    def meant(self) -> int:
        """New cards a day when it was made."""
        return pace(self.unseen, (self.until - self.made).days)

    def cards(self, deck: Deck) -> Deck:
        """Return the cards of a deck that it is about."""
        return {
            id: card
            for id, card in deck.items()
            if (not self.lessons or card.lesson in self.lessons) and (not self.kinds or card.kind in self.kinds)
        }


@dataclass(frozen=True)
class Position:
    """Where a learner stands in a plan.

    Parameters
    ----------
    days : int
        Until the interview, today included; 0 on its day and negative after it.
    unseen : int
        Cards that were not asked yet.
    begun : int
        Cards that were first asked today.
    behind : int
        How many more should have been asked before today, had every day been kept; 0 when none is missing.
    """

    days: int
    unseen: int
    begun: int
    behind: int

    @property
    def a_day(self) -> int:
        """New cards a day from now on, those of earlier today among them."""
        return pace(self.unseen + self.begun, self.days) if self.days > 0 else 0

    @property
    def new(self) -> int:
        """New cards that are left for today."""
        return max(0, self.a_day - self.begun)


def pace(cards: int, days: int) -> int:
    """Return new cards a day: spread over the days, and never fewer than without a plan."""
    return max(NEW_A_DAY, ceil(cards / max(1, days)))


def position(plan: Plan, ids: Collection[str], history: Iterable[Review], today: date) -> Position:
    """Say where a learner stands.

    Parameters
    ----------
    plan : Plan
        The plan.
    ids : collection of str
        Its cards.
    history : iterable of Review
        All reviews.
    today : date
        Where the learner lives.
    """
    history = tuple(history)
    unseen = len(set(ids) - {review.card for review in history})
    begun = len(begun_on(today, history) & set(ids))
    expected = min(plan.unseen, plan.meant * (today - plan.made).days)  # today is not over
    return Position((plan.until - today).days, unseen, begun, max(0, expected - (plan.unseen - unseen)))


def words(plan: Plan, at: Position) -> str:
    """Say how things stand: for `course status` and for the beginning of a sitting."""
    day = f"{plan.until:%Y-%m-%d}"
    drop = f"{command('course drill')} --until {DROP}"
    if at.days < 0:
        return f"The plan for {day} is over. A new one: --until DATE; without any: {drop}"
    if at.days == 0:
        left = f" {at.unseen} of its cards were never asked." if at.unseen else " All its cards were asked."
        return f"{day} is today: no new cards.{left} A rehearsal: {command('course drill')} --mock 30m"
    when = "tomorrow" if at.days == 1 else f"in {at.days} days"
    if not at.unseen:
        return f"Interview on {day}, {when}: all cards of the plan were asked; what is due comes back."
    late = f" You are {at.behind} behind." if at.behind else ""
    share = "all of them for today" if at.unseen <= at.new else f"{at.a_day} a day"
    return f"Interview on {day}, {when}: {at.unseen} cards are new, {share}.{late}"


# The record.


def journal() -> Journal:
    """Return the learner's journal of plans; the last one counts."""
    return Journal(folder() / "plan.jsonl", "plan")


def read() -> Plan | None:
    """Return the plan that is kept, None when there is none or it was dropped."""
    for event in reversed(journal().read()):
        if (found := _understood(event)) is not None:
            return found if isinstance(found, Plan) else None
    return None


def is_lost() -> bool:
    """Say whether there is a record of plans in which none can be read."""
    return journal().path.exists() and all(_understood(event) is None for event in journal().read())


LOST = (
    "The record of your plan is damaged: there is no plan now. Your reviews are safe. "
    f"Make it again with --until DATE, or forget it with --until {DROP}."
)


def keep(plan: Plan | None) -> Path | None:
    """Write a plan down, or that there is none; it is on the disk when this returns.

    Returns
    -------
    Path or None
        Where a damaged record was set aside.

    Raises
    ------
    CourseError
        If it cannot be written.
    """
    if plan is None:
        return journal().append({"until": None})
    event = {
        "until": plan.until.isoformat(),
        "made": plan.made.isoformat(),
        "unseen": plan.unseen,
        "lessons": plan.lessons,
        "kinds": plan.kinds,
    }
    return journal().append(event)


def _understood(event: Event) -> Plan | bool | None:
    """Make a plan of an event: False where it drops the plan, None where it is none."""
    if event.get("until", "") is None:
        return False
    with suppress(KeyError, TypeError, ValueError):
        lessons, kinds = (tuple(map(str, event.get(name) or ())) for name in ("lessons", "kinds"))
        until, made = (date.fromisoformat(event[name]) for name in ("until", "made"))
        return Plan(until, made, max(0, int(event["unseen"])), lessons, kinds)
    return None


# The date.


def day(text: str, today: date) -> date:
    """Read the day of an interview.

    Parameters
    ----------
    text : str
        Such as ``"2026-12-10"``.
    today : date
        Where the learner lives.

    Raises
    ------
    CourseError
        If it is no date in that form, or not between tomorrow and a year from now.
    """
    typed = text.strip()
    if not _DATE.fullmatch(typed):
        raise CourseError(f"{typed!r} is not a date that is read here", _written_so(typed, today))
    try:
        found = date.fromisoformat(typed)
    except ValueError as error:
        raise CourseError(f"there is no day {typed}", _written_so("", today)) from error
    if found < today:
        raise CourseError(f"{typed} is over: today is {today}", "Name the day of the interview, from tomorrow on")
    if found == today:
        rehearse = f"What is due: {command('course drill')}; a rehearsal: {command('course drill')} --mock 30m"
        raise CourseError(f"{typed} is today, and leaves no day to plan", rehearse)
    if found - today > _LONGEST:
        raise CourseError(
            f"{typed} is more than a year away, and needs no plan",
            f"Ten new cards a day: {command('course drill')} --all",
        )
    return found


def _written_so(typed: str, today: date) -> str:
    """Say how to write it; where the day stands first with points, which date that would be."""
    example = today + timedelta(days=11)
    if found := _DAY_FIRST.fullmatch(typed):
        with suppress(ValueError):
            example = date(int(found[3]), int(found[2]), int(found[1]))
    return f"Write year-month-day: {example}"

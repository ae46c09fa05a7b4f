"""What a plan costs and what it gives: the days until an interview played forward with FSRS.

A known card is known with the chance that FSRS gives it at that moment, so one play is one possible course of events;
several are averaged. A card that is new, and how long an answer takes, go by the learner's own record.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import fsrs

from course.drills import schedule
from course.drills.decks import Deck
from course.drills.history import Grade, Review
from course.drills.interview import seconds_for
from course.drills.plan import Plan
from course.drills.session import in_turn

_PLAYS = 10
_AS_IF = 10  # cards of somebody else's, so that the first few of one's own do not decide
_AS_IF_KNOWN = 6
_SITTING = timedelta(minutes=30)  # what falls due within a sitting is asked in it
_AN_HOUR = 60.0  # minutes
_LUNCH = 3.0  # an answer that took longer than so many times the usual was a pause
_REPEAT = 0.5  # of the time: the answer was shown minutes ago


@dataclass(frozen=True)
class Habits:
    """What a learner's record says of them.

    Parameters
    ----------
    known : float
        Share of new cards that are known when they are first asked.
    speed : float
        Seconds that an answer takes over those that an interview allows for it.
    """

    known: float
    speed: float


@dataclass(frozen=True)
class Outlook:
    """What to expect of a plan; averages over the plays.

    Parameters
    ----------
    days : int
        To drill on, today included.
    a_day : int
        New cards a day.
    new_days : int
        Days with new cards.
    seen : int
        Cards of the plan that will have been asked.
    minutes, longest : float
        Of an average day, and of the longest.
    first, last : float
        How often a card is asked until then that is new on the first day, and on the last day with new ones.
    known : float
        Share of the plan's cards that FSRS expects to be known on the day.
    """

    days: int
    a_day: int
    new_days: int
    seen: int
    minutes: float
    longest: float
    first: float
    last: float
    known: float


def habits(deck: Deck, history: Iterable[Review]) -> Habits:
    """Return what a record says; a thin one is pulled towards six known of ten, in the time of an interview."""
    first: dict[str, Review] = {}
    last: dict[str, datetime] = {}
    taken = allowed = _AS_IF * 60.0
    for review in history:
        first.setdefault(review.card, review)
        if review.card in deck and review.seconds > 0:
            again = abs(review.when - last.get(review.card, datetime.min.replace(tzinfo=UTC))) < _SITTING
            usual = seconds_for(deck[review.card]) * (_REPEAT if again else 1.0)
            taken, allowed = taken + min(review.seconds, _LUNCH * usual), allowed + usual
        last[review.card] = review.when
    known = sum(review.grade is not Grade.AGAIN for review in first.values())
    return Habits((known + _AS_IF_KNOWN) / (len(first) + _AS_IF), taken / allowed)


@dataclass(frozen=True)
class _Play:
    """One possible course of events: minutes of each day, and how often each new card was asked, by its first day."""

    minutes: tuple[float, ...]
    times: tuple[tuple[int, ...], ...]
    known: float


class Forward:
    """The days of a plan.

    Parameters
    ----------
    deck : mapping of str to card
        All cards: what is due of the others takes time as well.
    plan : Plan
        The plan.
    history : sequence of Review
        All reviews.
    now : datetime
        With a time zone; each later day is drilled at the same hour.
    days : int
        Until the interview, today included.
    by : fsrs.Scheduler
        Whose weights to use.
    """

    def __init__(
        self, deck: Deck, plan: Plan, history: Sequence[Review], now: datetime, days: int, by: fsrs.Scheduler
    ) -> None:
        self.deck, self.now, self.days, self.by = deck, now, days, by
        self.memory = {id: card for id, card in schedule.remember(history, by).items() if id in deck}
        self.cards = plan.cards(deck)
        self.unseen = [id for id in in_turn(self.cards) if id not in self.memory]
        self.habits = habits(deck, history)

    def outlook(self, a_day: int, begun: int = 0, plays: int = _PLAYS) -> Outlook:
        """Play with so many new cards a day, of which some were begun today already."""
        played = [self._play(a_day, begun, random.Random(n)) for n in range(plays)]
        every = [play.minutes for play in played]
        days = [day for day in range(self.days) if any(play.times[day] for play in played)]
        first, last = (
            (statistics.fmean(n for play in played for n in play.times[day]) for day in (days[0], days[-1]))
            if days
            else (0.0, 0.0)
        )
        return Outlook(
            days=self.days,
            a_day=a_day,
            new_days=days[-1] + 1 if days else 0,
            seen=len(self.cards) - len(self.unseen) + sum(map(len, played[0].times)),
            minutes=statistics.fmean(statistics.fmean(minutes) for minutes in every),
            longest=statistics.fmean(max(minutes) for minutes in every),
            first=first,
            last=last,
            known=statistics.fmean(play.known for play in played),
        )

    def affordable(self, a_day: int, minutes: float = _AN_HOUR) -> int:
        """Return the most new cards a day, from 1 to these, with which an average day is not longer than that."""
        low, high = 1, max(1, a_day)
        while low < high:
            middle = (low + high + 1) // 2
            if self.outlook(middle, plays=2).minutes <= minutes:
                low = middle
            else:
                high = middle - 1
        return low

    def _play(self, a_day: int, begun: int, rng: random.Random) -> _Play:
        memory, unseen = dict(self.memory), list(self.unseen)
        minutes, begun_on, times = [], list[list[str]](), dict[str, int]()
        for day in range(self.days):
            start = self.now + timedelta(days=day)
            quota = max(0, a_day - begun) if day == 0 else a_day
            fresh, unseen = unseen[:quota], unseen[quota:]
            due = [id for id, card in memory.items() if schedule.is_due(card, start + _SITTING)]
            seconds = 0.0
            for id in [*due, *fresh]:
                asked = self._sit(id, memory, start, rng)
                looks = 1 + _REPEAT * (asked - 1)
                seconds += looks * seconds_for(self.deck[id]) * self.habits.speed
                times[id] = times.get(id, 0) + asked
            minutes.append(seconds / 60)
            begun_on.append(fresh)
        at = self.now + timedelta(days=self.days)
        known = [self.by.get_card_retrievability(memory[id], at) if id in memory else 0.0 for id in self.cards]
        counts = tuple(tuple(times[id] for id in ids) for ids in begun_on)
        return _Play(tuple(minutes), counts, statistics.fmean(known))

    def _sit(self, id: str, memory: dict[str, fsrs.Card], start: datetime, rng: random.Random) -> int:
        """Ask a card until it is not due again in this sitting; return how often that was."""
        asked = 0
        while id not in memory or schedule.is_due(memory[id], start + _SITTING):
            card = memory.get(id)
            when = start if card is None else max(start, card.due)
            chance = self.habits.known if card is None else self.by.get_card_retrievability(card, when)
            memory[id] = schedule.after(card, Grade.GOOD if rng.random() < chance else Grade.AGAIN, when, self.by)
            asked += 1
        return asked


def words(plan: Plan, sight: Outlook, cards: int) -> list[str]:
    """Say what a plan asks of a learner and what it gives.

    Parameters
    ----------
    plan : Plan
        The plan.
    sight : Outlook
        As `Forward.outlook` returns it.
    cards : int
        How many cards of the plan are new.
    """
    if not cards:
        return [f"Until {plan.until}: no card of the plan is new; what is due comes back."]
    is_one = sight.new_days == 1
    last = plan.made + timedelta(days=sight.new_days - 1)
    when = "all of them today" if is_one else f"{sight.a_day} a day, the last on {last}"
    time = f"About {_rounded(sight.minutes)}" + f" a day, {_rounded(sight.longest)} on the longest" * (sight.days > 1)
    asked = f"A card is asked {_times(sight.first)} until then"
    if not is_one:
        asked = (
            f"A card of the first day is asked {_times(sight.first)} until then, one of the last {_times(sight.last)}"
        )
    known = f"on {plan.until} FSRS expects {min(99, round(100 * sight.known))} in 100 to be known"
    return [f"Until {plan.until}: {cards} new cards, {when}. {time}.", f"{asked}; {known}."]


def too_much(forward: Forward, sight: Outlook) -> str:
    """Say what an hour a day can hold where an average day is longer; empty where it is not."""
    if sight.minutes <= _AN_HOUR or not forward.unseen:
        return ""
    a_day = forward.affordable(sight.a_day)
    seen = forward.outlook(a_day).seen
    return (
        f"That is more than an hour a day. An hour is enough for {a_day} new a day: {seen} of {len(forward.cards)} "
        "cards by then, the easier ones first. Lessons and kinds can be named beside the date."
    )


def _rounded(minutes: float) -> str:
    if minutes < 10:
        return f"{max(1, round(minutes))} min"
    return f"{5 * round(minutes / 5)} min" if minutes < 90 else f"{minutes / 60:.1f} hours"


def _times(n: float) -> str:
    whole = round(n)
    return {1: "once", 2: "twice"}.get(whole, f"{whole} times")

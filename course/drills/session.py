"""A sitting: which card comes next, and what becomes of an answer. The same in the terminal and in a notebook."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from course.drills import schedule
from course.drills.cards import AnyCard, AnyEntry
from course.drills.history import Grade, Review, name_of
from course.drills.questions import Question, ask

if TYPE_CHECKING:
    import fsrs

NEW_A_DAY = 10
_AHEAD = timedelta(minutes=20)  # so far off, a card can be asked early when nothing else is left


def utc_now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Asked:
    """A question that was graded in this sitting; ``points`` are the points of its rubric that were made."""

    question: Question
    review: Review
    points: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Ahead:
    """What lies ahead: cards due now, new ones, and cards whose first minutes are not over."""

    due: tuple[str, ...]
    new: tuple[str, ...]
    soon: tuple[str, ...]

    @property
    def words(self) -> str:
        """Say how many there are of each."""
        return f"{len(self.due)} due, {len(self.new)} new" + f", {len(self.soon)} soon" * bool(self.soon)

    def order(self, *, early: bool) -> tuple[str, ...]:
        """Return ids in the order in which they come; early: those too that are not due yet."""
        return self.due + self.new + self.soon * early


class Record(Protocol):
    """What a sitting needs of a journal; `course.drills.reviews` is the learner's."""

    is_kept: bool

    def scheduler(self) -> fsrs.Scheduler:
        """Return FSRS with the weights that count here."""

    def size(self) -> int:
        """Return something that changes when the record does."""

    def read(self) -> tuple[Review, ...]:
        """Return the reviews that count."""

    def note(self, review: Review) -> tuple[Review, Path | None]:
        """Write a review down."""

    def take_back(self, review: Review) -> Path | None:
        """Write down that a review does not count."""


def _learners() -> Record:
    """Return the learner's journal, a file: a page keeps its reviews elsewhere and loads none of this."""
    from course.drills import reviews

    return reviews


@dataclass
class Sitting:
    """One sitting over some cards.

    Parameters
    ----------
    deck : mapping of str to card
        The cards that may come.
    new : int, optional
        How many new cards; by default ten a day, those of earlier today counted.
    plan : sequence of str, optional
        Ids of cards to ask in this order and once, whether they are due or not: a mock interview.
    place : str
        Written into the reviews.
    clock : callable
        Returns the time in UTC; tests inject their own.
    stopwatch : callable
        Returns seconds that never go back.
    rng : random.Random
        Draws values and shuffles options.
    record : Record
        Where reviews are kept: the learner's journal, or a `Scratch`.
    fresh : container of str, optional
        Ids of the cards that may come as new ones; all of the deck when it is left out.
    source : str
        Where new cards come from, and how to get others: a sentence for the beginning.
    """

    deck: Mapping[str, AnyEntry]
    new: int | None = None
    plan: Sequence[str] | None = None
    place: str = "terminal"
    clock: Callable[[], datetime] = utc_now
    stopwatch: Callable[[], float] = time.monotonic
    rng: random.Random = field(default_factory=random.Random)
    record: Record = field(default_factory=_learners)
    fresh: Container[str] | None = None
    source: str = ""

    def __post_init__(self) -> None:
        self.asked: list[Asked] = []
        self.skipped: set[str] = set()
        self.history: tuple[Review, ...] = ()
        self.memory: schedule.Memory = {}
        self.by = self.record.scheduler()
        self._size = -1
        self._recalled: str | None = None
        self._began = self._shown = self.stopwatch()
        self._refresh()
        self._introduced: set[str] = set()
        self._a_day = NEW_A_DAY
        self._among: Container[str] | None = None

    # What comes next.

    def next(self, *, early: bool = False) -> Question | None:
        """Return the next question, None when there is nothing more to ask now.

        Parameters
        ----------
        early : bool
            Ask cards whose first minutes are not over, too.
        """
        self._refresh()
        card = self._next_card(early)
        self._shown = self.stopwatch()
        return ask(card, self.rng) if card else None

    def ahead(self) -> Ahead:
        """Return what lies ahead, by the reviews as they are now."""
        self._refresh()
        now = self.clock()
        seen = {id: self.memory[id] for id in self.deck if id in self.memory and id not in self.skipped}
        due = sorted((id for id in seen if schedule.is_due(seen[id], now)), key=lambda id: seen[id].due)
        soon = (id for id in seen if id not in due and schedule.is_learning(seen[id]) and seen[id].due <= now + _AHEAD)
        return Ahead(
            tuple(due), tuple(self._may_come[: self._left_today]), tuple(sorted(soon, key=lambda id: seen[id].due))
        )

    @property
    def _may_come(self) -> list[str]:
        return [id for id in self.unseen if self.fresh is None or id in self.fresh]

    @property
    def has_fresh(self) -> bool:
        """Whether more new cards would come if more were asked for."""
        return bool(self._may_come)

    @property
    def unseen(self) -> list[str]:
        """The cards that were never asked, in the order in which they come, whether or not they may."""
        return [id for id in in_turn(self.deck) if id not in self.memory and id not in self.skipped]

    def _next_card(self, early: bool) -> AnyEntry | None:
        if self._recalled is not None:
            id, self._recalled = self._recalled, None
            return self.deck[id]
        order: Iterable[str] = self.ahead().order(early=early) if self.plan is None else self.left
        return next((self.deck[id] for id in order), None)

    @property
    def left(self) -> list[str]:
        """What of the plan is still to come."""
        done = {one.question.card.id for one in self.asked} | self.skipped
        return [id for id in self.plan or () if id not in done]

    @property
    def is_kept(self) -> bool:
        """Whether the grades are written into the learner's record."""
        return self.record.is_kept

    def _refresh(self) -> None:
        """Read the journal when it has grown: the same deck may be open in a notebook and in a terminal."""
        if (size := self.record.size()) != self._size:
            self.history = self.record.read()
            self.memory = schedule.remember(self.history, self.by)
            self._size = size

    def quota(self, a_day: int, among: Container[str]) -> None:
        """Let so many of some cards come as new ones a day, unless the sitting was given a number of its own."""
        self._a_day, self._among = a_day, among

    @property
    def _left_today(self) -> int:
        """How many new cards may still come; a day's are counted wherever they were asked."""
        if self.new is not None:
            return max(0, self.new - len(self._introduced))
        begun = begun_on(self.today, self.history)
        return max(0, self._a_day - sum(self._among is None or id in self._among for id in begun))

    @property
    def today(self) -> date:
        """The day where the learner lives: midnight is that of this computer."""
        return day_of(self.clock())

    # What becomes of an answer.

    @property
    def thought(self) -> float:
        """Seconds since the question was asked."""
        return self.stopwatch() - self._shown

    @property
    def elapsed(self) -> float:
        """Seconds since the sitting began."""
        return self.stopwatch() - self._began

    def grade(self, question: Question, grade: Grade, seconds: float, points: Iterable[int] = ()) -> Path | None:
        """Write down how it went; it is on the disk when this returns.

        Parameters
        ----------
        question : Question
            What was asked.
        grade : Grade
            How it went.
        seconds : float
            From the question to the answer.
        points : iterable of int
            Which points of its rubric were made, from 0.

        Returns
        -------
        Path or None
            Where a damaged journal was set aside.
        """
        self._refresh()
        id = question.card.id
        if id not in self.memory:
            self._introduced.add(id)
        now = self.clock()
        later = tuple(name_of(one) for one in self.history if one.card == id and one.when > now)
        review, aside = self.record.note(Review(id, now, grade, seconds, self.place, after=later))
        self.asked.append(Asked(question, review, frozenset(points)))
        self._refresh()
        return aside

    def regrade(self, grade: Grade) -> None:
        """Give the last answer another grade; the first one stays in the journal and does not count."""
        last = self.asked[-1]
        self.grade(last.question, grade, last.review.seconds, last.points)  # first: a full disk must not lose both
        self.record.take_back(last.review)
        self.asked.remove(last)
        self._refresh()

    def skip(self, question: Question) -> None:
        """Leave a card for another day; nothing is written down."""
        self.skipped.add(question.card.id)

    def undo(self) -> Question | None:
        """Take the last grade of this sitting back, so that its card comes next; None when there is none."""
        if not self.asked:
            return None
        last = self.asked.pop()
        self.record.take_back(last.review)
        self._refresh()
        id = last.question.card.id
        if id not in self.memory:
            self._introduced.discard(id)
        self._recalled = id
        return last.question

    def due_at(self, question: Question) -> datetime:
        """Return when a card that was just graded comes again."""
        return self.memory[question.card.id].due

    @property
    def clock_behind(self) -> datetime | None:
        """The date of the latest review when it lies in the future: this computer's clock was, or is, wrong."""
        latest = max((review.when for review in self.history), default=None)
        return latest if latest is not None and latest > self.clock() + timedelta(minutes=5) else None


def day_of(moment: datetime) -> date:
    """Return the day of a moment where the learner lives."""
    return moment.astimezone().date()


def begun_on(day: date, history: Iterable[Review]) -> frozenset[str]:
    """Return the cards that were first asked on a day."""
    first: dict[str, datetime] = {}
    for review in history:
        first.setdefault(review.card, review.when)
    return frozenset(card for card, when in first.items() if day_of(when) == day)


def lessons_of(deck: Mapping[str, AnyEntry], history: Iterable[Review]) -> set[str]:
    """Return the lessons of which a card was asked, other than in a mock interview, which draws from all lessons."""
    asked = {review.card for review in history if review.place != "interview"} & deck.keys()
    return {deck[id].lesson for id in asked}


def in_turn(deck: Mapping[str, AnyEntry]) -> list[str]:
    """Return ids in the order in which they are introduced: easy ones first, lessons taking turns."""
    turn: dict[str, int] = {}
    places: dict[str, tuple[int, int]] = {}
    for id, card in deck.items():
        if isinstance(card, AnyCard):  # a lesson's question has no level: it is asked in the lesson, or by its name
            turn[card.lesson] = turn.get(card.lesson, 0) + 1
            places[id] = (card.level, turn[card.lesson])
    return sorted(places, key=lambda id: places[id])  # stable: within a turn, the lessons in their order

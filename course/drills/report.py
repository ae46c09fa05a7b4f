"""What a sitting has shown: how each lesson went, what to read again, and when the next card is due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from course.drills import schedule
from course.drills.cards import AnyCard, AnyEntry, Say
from course.drills.history import Grade, streak
from course.drills.questions import RUBRIC, Question
from course.drills.session import Asked, Sitting

if TYPE_CHECKING:
    from course.drills.decks import Deck

_SHARES = {Grade.AGAIN: 0.0, Grade.HARD: 0.5, Grade.GOOD: 1.0, Grade.EASY: 1.0}


@dataclass(frozen=True)
class Score:
    """How one lesson went: the sum of the questions' shares, and how many there were."""

    lesson: str
    points: float
    of: int


@dataclass(frozen=True)
class Revise:
    """A section to read again, in a lesson or its further reading, and what was missed there."""

    lesson: str
    further: bool
    section: str
    missed: tuple[str, ...]

    @property
    def notebook(self) -> str:
        """The notebook that has it."""
        from course.syllabus import notebook_of  # here and below: with msgspec, which a page has not

        return notebook_of(self.lesson, further=self.further)


@dataclass(frozen=True)
class Standing:
    """One lesson's cards: how many there are, were seen, are past their first minutes, and are due."""

    lesson: str
    cards: int
    seen: int
    learned: int
    due: int


def opening(sitting: Sitting) -> str:
    """Say what lies ahead, and how many days in a row have been kept."""
    days = streak(sitting.history, sitting.clock())
    return f"{sitting.ahead().words}." + f" {days} days in a row." * (days > 1)


def clock_warning(sitting: Sitting) -> str:
    """Say that this computer's clock is, or was, wrong; empty when it seems right."""
    late = sitting.clock_behind
    if late is None:
        return ""
    return (
        f"This computer says it is {sitting.clock():%Y-%m-%d %H:%M} UTC, and your latest review is dated "
        f"{late:%Y-%m-%d %H:%M}. If its clock is wrong now, set it first. Nothing is lost either way."
    )


def share(one: Asked) -> float:
    """Return what an answer was worth: of the rubric its share; right or wrong; or by the learner's own grade."""
    card = one.question.card
    if isinstance(card, Say):
        return len(one.points) / len(card.rubric)
    return float(one.review.grade is not Grade.AGAIN) if one.question.judged else _SHARES[one.review.grade]


def first_answers(asked: Sequence[Asked]) -> tuple[Asked, ...]:
    """Return the first answer to each card: the second, minutes later, shows less."""
    first: dict[str, Asked] = {}
    for one in asked:
        first.setdefault(one.question.card.id, one)
    return tuple(first.values())


def known(asked: Iterable[Asked]) -> int:
    """Count the answers to which nothing was missing."""
    return sum(share(one) == 1.0 for one in asked)


def took(card: AnyEntry, seconds: float) -> str:
    """Say how long an answer took, and by how much it was too long when it was to be said aloud.

    Parameters
    ----------
    card : Card or question
        What was asked.
    seconds : float
        From the question to the answer.
    """
    over = seconds - card.seconds if isinstance(card, Say) else 0.0
    return f"You took {clock(seconds)}" + (f", {round(over)} s over." if over >= 1 else ".")


def told(question: Question, seconds: float) -> list[str]:
    """Return the answer to what nobody judges but the learner, and what belongs to it; a rubric to tick is left out.

    Parameters
    ----------
    question : Question
        What was asked.
    seconds : float
        From the question to the answer.
    """
    lists = {name: lines for name, lines in question.lists.items() if lines}
    if isinstance(question.card, Say):
        del lists[RUBRIC]
    texts = [f"**{name}**\n\n" + "\n".join(f"- {line}" for line in lines) for name, lines in lists.items()]
    return [took(question.card, seconds), question.answer, *texts]


def damaged(aside: Path) -> str:
    """Say that the journal of reviews was damaged, and where it is kept."""
    return f"The record of your reviews was damaged. It is kept as {aside}; what could be read was carried over."


def scores(asked: Sequence[Asked]) -> tuple[Score, ...]:
    """Return how each lesson went, in their order.

    Parameters
    ----------
    asked : sequence of Asked
        What was graded.
    """
    found: dict[str, Score] = {}
    for one in first_answers(asked):
        lesson = one.question.card.lesson
        so_far = found.get(lesson, Score(lesson, 0.0, 0))
        found[lesson] = Score(lesson, so_far.points + share(one), so_far.of + 1)
    return tuple(found[lesson] for lesson in sorted(found))  # their names begin with their numbers


def to_revise(asked: Sequence[Asked]) -> tuple[Revise, ...]:
    """Return the sections to read again, in the order of the lessons.

    Parameters
    ----------
    asked : sequence of Asked
        What was graded.
    """
    found: dict[tuple[str, bool, str], list[str]] = {}
    for one in first_answers(asked):
        card = one.question.card
        if share(one) < 1.0 and isinstance(card, AnyCard):
            found.setdefault((card.lesson, card.further, card.section), []).extend(_missed(one))
    places = sorted(found, key=lambda place: place[:2])
    return tuple(Revise(*place, tuple(found[place])) for place in places)


def _missed(one: Asked) -> list[str]:
    if isinstance(one.question.card, Say):
        return [point for n, point in enumerate(one.question.rubric) if n not in one.points]
    if one.question.options:
        return [next(option.why for option in one.question.options if option.pick)]
    return [one.question.card.prompt if one.question.instance is None else one.question.prompt]


def standings(deck: Deck, memory: schedule.Memory, now: datetime) -> tuple[Standing, ...]:
    """Return how far each lesson's cards are known.

    Parameters
    ----------
    deck : mapping of str to card
        The cards.
    memory : mapping of str to fsrs.Card
        As `schedule.remember` returns it.
    now : datetime
        With a time zone.
    """
    from course.syllabus import names

    by_lesson = {lesson: [id for id, card in deck.items() if card.lesson == lesson] for lesson in names()}
    return tuple(_standing(lesson, ids, memory, now) for lesson, ids in by_lesson.items() if ids)


def _standing(lesson: str, ids: Sequence[str], memory: schedule.Memory, now: datetime) -> Standing:
    seen = [memory[id] for id in ids if id in memory]
    learned = sum(not schedule.is_learning(card) for card in seen)
    return Standing(lesson, len(ids), len(seen), learned, sum(schedule.is_due(card, now) for card in seen))


def forecast(deck: Iterable[str], memory: schedule.Memory, now: datetime) -> Mapping[str, int]:
    """Count the seen cards that are due now, within a day, and within a week, each with those before.

    Parameters
    ----------
    deck : iterable of str
        Ids of cards.
    memory : mapping of str to fsrs.Card
        As `schedule.remember` returns it.
    now : datetime
        With a time zone.
    """
    seen = [memory[id] for id in deck if id in memory]
    spans = {"now": timedelta(0), "within a day": timedelta(days=1), "within a week": timedelta(days=7)}
    return {words: sum(schedule.is_due(card, now + span) for card in seen) for words, span in spans.items()}


def in_words(span: timedelta) -> str:
    """Say how far off something is: "in 10 minutes", "tomorrow", "in 3 weeks".

    Parameters
    ----------
    span : timedelta
        From now.
    """
    minutes = max(1, round(span.total_seconds() / 60))
    if minutes < 60:
        return f"in {_count(minutes, 'minute')}"
    if minutes < 20 * 60:
        return f"in {_count(round(minutes / 60), 'hour')}"
    days = max(1, round(minutes / 1440))
    if days == 1:
        return "tomorrow"
    if days < 60:
        return f"in {days} days"
    return f"in {round(days / 30.44)} months" if days < 700 else f"in {days / 365.25:.1f} years"


def comes_back(sitting: Sitting, question: Question) -> str:
    """Say when a card that was just graded is asked again.

    Parameters
    ----------
    sitting : Sitting
        In which it was graded.
    question : Question
        The card as it was asked.
    """
    if not sitting.is_kept:
        return "not written down"
    return f"comes back {in_words(sitting.due_at(question) - sitting.clock())}"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def clock(seconds: float) -> str:
    """Write a length of time as minutes and seconds: ``2:05``."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02d}"

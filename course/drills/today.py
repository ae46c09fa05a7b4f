"""What a plain sitting asks: cards that are due, and new ones of the lessons that were met, or of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from course.bundle import command
from course.drills import bank, forward, plan, weights
from course.drills.decks import Deck
from course.drills.history import Review
from course.drills.plan import Plan
from course.drills.session import Sitting, day_of, lessons_of, utc_now
from course.errors import CourseError
from course.records import results
from course.records.results import Record
from course.syllabus import lesson, names, topics

ALL = "all"
"""In place of a lesson: every one."""


@dataclass(frozen=True)
class Wish:
    """What was asked for.

    Parameters
    ----------
    lessons : sequence of str
        As `bank.lesson_name` reads them; ``"all"`` among them stands for every one.
    kinds : sequence of str
        As `bank.kind_name` reads them.
    new : int, optional
        How many new cards.
    until : str or date, optional
        The day of an interview, or ``"none"``.
    deck : mapping of str to card
        The cards: the course's, with others beside them.
    """

    lessons: Sequence[str] = ()
    kinds: Sequence[str] = ()
    new: int | None = None
    until: str | date | None = None
    deck: Deck = field(default_factory=bank.bank)

    def __post_init__(self) -> None:
        if self.new is not None and (not isinstance(self.new, int) or self.new < 0):
            raise CourseError(f"the number of new cards is a whole number from 0 on, got {self.new!r}", "Such as 10")

    @property
    def chosen(self) -> Deck:
        """The cards of these lessons and kinds."""
        return bank.choose(self.deck, () if ALL in self.lessons else self.lessons, self.kinds)


def sit(wish: Wish, place: str = "terminal") -> Sitting:
    """Return a sitting over the learner's record; a date makes a plan, which is kept, and ``"none"`` drops it.

    Parameters
    ----------
    wish : Wish
        What was asked for.
    place : str
        Written into the reviews.

    Raises
    ------
    CourseError
        If no card is of that lesson and kind, or the date is none to plan for.
    """
    made = Sitting(wish.chosen, wish.new, place=place)
    said: list[str] = []
    is_new = False
    if wish.until is not None:
        said, is_new = _plan(wish, made)
        made.deck = wish.deck
    elif wish.lessons:
        return made  # who names lessons gets them
    standing = _follow(wish, made)
    said += [] if is_new else standing
    made.source = "\n".join(said)
    return made


def _plan(wish: Wish, sitting: Sitting) -> tuple[list[str], bool]:
    """Keep the plan that is asked for, and say what it takes and that it is new; one that is kept stays as it is."""
    if wish.new is not None:
        raise CourseError("a plan says by itself how many new cards there are", "Leave out the number, or the date")
    until = str(wish.until).strip()
    if until.casefold() == plan.DROP:
        if wish.lessons or wish.kinds:
            raise CourseError("the plan is dropped as a whole", "Leave out lessons and kinds")
        done = "The plan is dropped." if plan.read() else "There is no plan to drop."
        return [done, *_aside(plan.keep(None) if plan.read() or plan.is_lost() else None)], False
    lessons = () if ALL in wish.lessons else tuple(sorted(bank.lesson_name(one) for one in wish.lessons))
    kinds = tuple(sorted(bank.kind_name(kind) for kind in wish.kinds))
    kept = plan.read()
    if kept is not None and (str(kept.until), kept.lessons, kept.kinds) == (until, lessons, kinds):
        return [], False  # the cell of a notebook, run again
    until_day = plan.day(until, sitting.today)
    cards = bank.choose(bank.bank(), lessons, kinds)
    unseen = len(cards.keys() - sitting.memory.keys())
    new = Plan(until_day, sitting.today, unseen, lessons, kinds)
    at = plan.position(new, cards.keys(), sitting.history, sitting.today)
    ahead = forward.Forward(bank.bank(), new, sitting.history, sitting.clock(), at.days, sitting.by)
    sight = ahead.outlook(at.a_day, at.begun)
    said = [*forward.words(new, sight, at.unseen), *filter(None, [forward.too_much(ahead, sight)])]
    return [*said, *_aside(plan.keep(new))], True


def _aside(place: object) -> list[str]:
    return [f"The record of plans was damaged. It is kept as {place}."] if place else []


def _follow(wish: Wish, sitting: Sitting) -> list[str]:
    """Let new cards come from the plan, or from the lessons that were met, and say so."""
    own = sitting.deck.keys() - bank.bank().keys()  # whoever names a deck asks for its cards
    tasks = results.records()
    kept, at = _standing(sitting.history, sitting.today)
    if kept is not None and at.days >= 0:
        sitting.fresh = kept.cards(bank.bank()).keys() | own
        sitting.quota(at.a_day, kept.cards(bank.bank()))
    else:
        lessons = opened(met(tasks, sitting.history))
        sitting.fresh = {id for id, card in sitting.deck.items() if card.lesson in lessons} | own
    return outlook(tasks, sitting.history, sitting.today, sitting.place)


def _standing(history: Sequence[Review], day: date) -> tuple[Plan | None, plan.Position]:
    kept = plan.read()
    cards = kept.cards(bank.bank()) if kept else {}
    return kept, plan.position(kept, cards.keys(), history, day) if kept else plan.Position(0, 0, 0, 0)


def outlook(
    tasks: Mapping[str, Record], history: Sequence[Review], day: date | None = None, place: str = "terminal"
) -> list[str]:
    """Say where new cards come from: from a plan, and how that stands, or from the lessons that were met.

    Parameters
    ----------
    tasks : mapping of str to Record
        As `course.records.results.records` returns them.
    history : sequence of Review
        All reviews.
    day : date, optional
        By default today.
    place : str
        Where it is read: how to get other cards is typed in another way in a notebook.
    """
    kept, at = _standing(history, day or day_of(utc_now()))
    said = [plan.words(kept, at)] if kept else [plan.LOST] * plan.is_lost()
    if kept is None or at.days < 0:
        said += filter(None, [source(met(tasks, history), place)])
    if fitted := weights.read():
        said.append(f"Dates by weights fitted to {fitted.reviews} of your reviews on {fitted.when}.")
    return said


def met(tasks: Mapping[str, Record], history: Iterable[Review]) -> tuple[str, ...]:
    """Return the lessons that a learner has met, in their order; none on the first day.

    A lesson is met when a task of it was tried, or a card of it was asked other than in a mock interview, which draws
    from all lessons.

    Parameters
    ----------
    tasks : mapping of str to Record
        As `course.records.results.records` returns them.
    history : iterable of Review
        All reviews.
    """
    tried = {id.partition(".")[0] for id, record in tasks.items() if record != Record()} & set(topics())
    found = {lesson(topic).name for topic in tried} | lessons_of(bank.bank(), history)
    return tuple(name for name in names() if name in found)


def opened(lessons: Sequence[str]) -> tuple[str, ...]:
    """Return the lessons of which new cards come: those that were met, or the first."""
    return tuple(lessons) or names()[:1]


def source(lessons: Sequence[str], place: str = "terminal") -> str:
    """Say from which lessons new cards come, and how to get others; empty when they come from all.

    Parameters
    ----------
    lessons : sequence of str
        As `met` returns them.
    place : str
        As `outlook` takes it.
    """
    if len(lessons) == len(names()):
        return ""
    numbers = [name.partition("_")[0] for name in opened(lessons)]
    listed = f"lesson {numbers[0]}" if len(numbers) == 1 else f"lessons {', '.join(numbers[:-1])} and {numbers[-1]}"
    why = "which you have begun" if lessons else "until you try an exercise of another"
    others = f"{command('course drill')} --lesson 04, or --all of them; before an interview --until {{date}}"
    if place == "notebook":
        others = '`Drill("04")`, or `Drill("all")` of them; before an interview `Drill(until="{date}")`'
    date = day_of(utc_now()) + timedelta(days=14)
    return f"New cards come from {listed}, {why}. Others: {others.format(date=date)}."

"""What a page asks of the drills, in JSON: a lesson's question judged, and a sitting whose reviews the page keeps.

The sitting is that of the terminal and the notebook. After each step the page is told what to show (`_Table.face`), and
which lines to keep: it keeps them before it shows anything, so that whoever leaves loses nothing.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from course.drills import questions, report, schedule, shipped
from course.drills.cards import AnyCard, AnyEntry, Say
from course.drills.history import (
    KIND,
    Grade,
    Review,
    event_of,
    grade_of,
    missing,
    named,
    of_file,
    told_of_file,
    understood,
    undo_of,
)
from course.drills.questions import Question, ask, heading
from course.drills.session import Sitting, lessons_of, utc_now
from course.drills.text import plain, with_mathml
from course.errors import CourseError
from course.records.lines import Event, contents, header, line
from course.verdicts.findings import Outcome

if TYPE_CHECKING:
    import fsrs


# A question of a lesson.


def question(id: str, seed: int = 0) -> str:
    """Put a card or a lesson's question.

    Parameters
    ----------
    id : str
        Its id.
    seed : int
        Draws values and shuffles options; a lesson's question has neither.

    Returns
    -------
    str
        JSON: ``title``, ``prompt`` and ``enough`` (how exact an answer must be), ``kind`` (``"choice"``, ``"number"``,
        or ``"own"`` where the learner judges), ``options`` as HTML, and ``key``: what to type to be right.
    """
    return json.dumps(_put(_asked(id, seed)))


def judge(id: str, typed: str, seed: int = 0) -> str:
    """Judge an answer to `question`.

    Returns
    -------
    str
        JSON: ``outcome``, and ``html`` with what a lesson says to it.
    """
    finding = _asked(id, seed).judge(typed)
    return json.dumps({"outcome": finding.outcome.value, "html": with_mathml(questions.verdict(finding))})


def _asked(id: str, seed: int) -> Question:
    return ask(shipped.entries()[id], random.Random(seed))


def _put(one: Question) -> dict[str, Any]:
    return {
        "title": one.title,
        "prompt": with_mathml(one.prompt),
        "enough": one.enough,
        "kind": "choice" if one.options else "number" if one.judged else "own",
        "options": [with_mathml(option.text).removeprefix("<p>").removesuffix("</p>") for option in one.options],
        "key": one.key,
    }


# A sitting.


@dataclass
class Lines:
    """Reviews that a page keeps: all that it has, and those that it has yet to write."""

    events: list[Event] = field(default_factory=list)
    unkept: list[Event] = field(default_factory=list)
    is_kept: bool = True

    def scheduler(self) -> fsrs.Scheduler:
        """Return FSRS as the package brings it."""
        return schedule.USUAL

    def size(self) -> int:
        """Return how many lines there are."""
        return len(self.events)

    def read(self) -> tuple[Review, ...]:
        """Return the reviews that count."""
        return understood(self.events)

    def note(self, review: Review) -> tuple[Review, None]:
        """Add a review to what the page is to write."""
        kept = named(review)
        self.add([event_of(kept)])
        return kept, None

    def take_back(self, review: Review) -> None:
        """Add that a review does not count."""
        self.add([undo_of(review)])

    def add(self, events: Iterable[Event]) -> None:
        """Add lines to what the page is to write."""
        events = list(events)
        self.events += events
        self.unkept += events


@dataclass
class _Table:
    """A sitting on a page."""

    record: Lines
    lessons: tuple[str, ...] = ()
    clock: Callable[[], datetime] = utc_now
    rng: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        deck = {id: card for id, card in shipped.entries().items() if isinstance(card, AnyCard)}
        self.sitting = Sitting(deck, place="browser", clock=self.clock, rng=self.rng, record=self.record)
        self.question: Question | None = None
        self.seconds, self.is_early, self.is_answered = 0.0, False, False
        self.note = ""
        self.open_lessons()

    def open_lessons(self) -> None:
        """Let new cards come from the lessons that were chosen, or those that were begun, or the first."""
        deck = self.sitting.deck
        found = self.lessons or lessons_of(deck, self.sitting.history) or {min(card.lesson for card in deck.values())}
        self.sitting.fresh = {id for id, card in deck.items() if card.lesson in found}

    # What the page does: each returns what to show.

    def start(self) -> dict[str, Any]:
        """Say what lies ahead."""
        late = report.clock_warning(self.sitting)
        more: dict[str, Any] = {} if self.sitting.ahead().order(early=True) else {"controls": []}
        return self.face("start", report.opening(self.sitting), late, **more)

    def next(self) -> dict[str, Any]:
        """Ask the next card; at the end, say how it went."""
        self.question = self.sitting.next(early=self.is_early)
        self.is_answered = False
        if self.question is None:
            return self.finish()
        put = _put(self.question)
        del put["key"]
        say = self.question.card.seconds if isinstance(self.question.card, Say) else 0
        return self.face("asked", f"{self.sitting.ahead().words} · {put['title']}{self.note}", **put, seconds=say)

    def go_on(self) -> dict[str, Any]:
        """Begin, or begin again after the end: then with cards whose first minutes are not over."""
        self.is_early = not self.sitting.ahead().order(early=False)
        return self.next()

    def answer(self, typed: str) -> dict[str, Any]:
        """Judge what was typed; it is graded at once, and a right one may be graded again."""
        if (one := self.question) is None or not one.judged or self.is_answered:
            return self.face("late")
        finding = one.answered(typed)
        if finding.outcome is Outcome.NOT_YET:
            return self.face("not yet", verdict=with_mathml(finding.text))
        self.seconds, self.is_answered = self.sitting.thought, True
        is_right = finding.outcome is Outcome.RIGHT
        said = _html(f"**{heading(finding)}**", *one.after(finding))
        self._write(Grade.GOOD if is_right else Grade.AGAIN)
        return self.face("right" if is_right else "wrong", verdict=said, outcome=finding.outcome.value)

    def show(self) -> dict[str, Any]:
        """Show the answer to what the learner judges."""
        if (one := self.question) is None or one.judged or self.is_answered:
            return self.face("late")
        self.seconds = self.sitting.thought
        said = _html(*report.told(one, self.seconds))
        points = [plain(point) for point in one.rubric] if isinstance(one.card, Say) else []
        return self.face("shown", verdict=said, points=points)

    def grade(self, word: str) -> dict[str, Any]:
        """Grade what was shown, or again what was judged right, and ask the next."""
        grade = Grade(word)
        if self.question is not None and not self.is_answered:
            self._write(grade)
        elif self.sitting.asked and self.is_answered and grade is not self.sitting.asked[-1].review.grade:
            self.sitting.regrade(grade)
            self._tell(grade, self.sitting.asked[-1].question)
        return self.next()

    def made(self, points: list[int]) -> dict[str, Any]:
        """Grade a spoken answer by the points that were made, and ask the next."""
        if self.question is not None and not self.is_answered:
            self._write(grade_of(len(points), len(self.question.rubric)), points)
        return self.next()

    def skip(self) -> dict[str, Any]:
        """Leave the card for another day."""
        if self.question is not None and not self.is_answered:
            self.sitting.skip(self.question)
        return self.next()

    def undo(self) -> dict[str, Any]:
        """Take the last grade back, and ask its card again."""
        if self.sitting.undo() is None:
            return self.face("not yet", verdict="There is nothing to take back in this sitting.")
        self.note, self.is_early = "", False
        return self.next()

    def finish(self) -> dict[str, Any]:
        """Say how it went and what to read again."""
        self.question, self.note = None, ""
        asked = report.first_answers(self.sitting.asked)
        head = f"{len(asked)} graded, {report.known(asked)} of them known. {self.sitting.ahead().words}."
        return self.face("over", head, revise=[_revise(place) for place in report.to_revise(asked)])

    def choose(self, lessons: list[str]) -> dict[str, Any]:
        """Take new cards from these lessons; from those that were begun, when none is named."""
        self.lessons = tuple(lessons)
        self.open_lessons()
        return self.start()

    def heard(self, text: str) -> dict[str, Any]:
        """Take in lines that another tab has kept."""
        self.record.events += _events(text)
        return self.face("heard")

    def take(self, text: str, name: str) -> dict[str, Any]:
        """Take in a journal from a file: what is not here yet."""
        found, bad = of_file(text.encode(), name)
        new = missing(self.record.events, found)
        self.record.add(new)
        self.open_lessons()
        return self.start() | {"news": told_of_file(name, found, new, bad)}

    def give(self) -> dict[str, Any]:
        """Return all reviews as a journal, for a file."""
        return self.face("given", text=(header(KIND) + b"".join(map(line, self.record.events))).decode())

    def face(self, step: str, head: str = "", *texts: str, **more: Any) -> dict[str, Any]:
        """Say what to show, and which lines to keep first."""
        unkept, self.record.unkept = self.record.unkept, []
        lines = b"".join(map(line, unkept)).decode()
        return {"step": step, "head": head, "body": _html(*texts), "lines": lines.splitlines(), **more}

    def _write(self, grade: Grade, points: Iterable[int] = ()) -> None:
        assert self.question is not None
        self.sitting.grade(self.question, grade, self.seconds, points)
        self.is_answered = True
        self._tell(grade, self.question)

    def _tell(self, grade: Grade, question: Question) -> None:
        self.note = f" (the last one: {grade.value}, {report.comes_back(self.sitting, question)})"


def _html(*texts: str) -> str:
    return "".join(with_mathml(text) for text in texts if text)


def _revise(place: report.Revise) -> dict[str, Any]:
    folder = "further/" * place.further
    return {
        "page": f"{folder}{place.lesson}",
        "section": place.section,
        "missed": [plain(one) for one in place.missed],
    }


_table: _Table | None = None


def begin(lines: str, lessons: str = "[]") -> str:
    """Begin a sitting.

    Parameters
    ----------
    lines : str
        All that the page has kept, a line each, in the order in which it was written.
    lessons : str
        JSON: the names of the lessons of which new cards may come; none for those that were begun.

    Returns
    -------
    str
        JSON: what to show.
    """
    global _table
    _table = _Table(Lines(list(_events(lines))), tuple(json.loads(lessons)))
    return json.dumps(_table.start())


STEPS: Mapping[str, Callable[..., dict[str, Any]]] = {
    act.__name__: act
    for act in (
        *(_Table.start, _Table.next, _Table.go_on, _Table.answer, _Table.show, _Table.grade, _Table.made, _Table.skip),
        *(_Table.undo, _Table.finish, _Table.choose, _Table.heard, _Table.take, _Table.give),
    )
}


def step(name: str, given: str = "[]") -> str:
    """Go one step on in the sitting that was begun.

    Parameters
    ----------
    name : str
        One of `STEPS`.
    given : str
        JSON: a list of what it takes.

    Returns
    -------
    str
        JSON: what to show; or ``error``, a sentence.
    """
    if _table is None:
        return json.dumps({"error": "No sitting was begun. Reload the page."})
    try:
        return json.dumps(STEPS[name](_table, *json.loads(given)))
    except CourseError as error:
        return json.dumps({"error": str(error)})


def _events(text: str) -> tuple[Event, ...]:
    """Read lines that a page has kept; none of them is the first line of a journal."""
    return contents(header(KIND) + text.encode() + b"\n", KIND, "this page").events


def lessons_by_name() -> tuple[str, ...]:
    """Return the names of the lessons that have cards."""
    cards: Iterable[AnyEntry] = shipped.entries().values()
    return tuple(sorted({card.lesson for card in cards if isinstance(card, AnyCard)}))

"""What one student gets of an exam: the values of numbers, the order of choices, and how the answers are judged."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec
from msgspec import UNSET, Struct, UnsetType

import course
from course.app.classroom.exam import drawing
from course.app.classroom.exam.drawing import Exam, Fair
from course.app.classroom.papers import judges
from course.app.classroom.submissions import Question
from course.checks.desk import judge
from course.checks.task import Task, task
from course.checks.values import as_number, is_blank, only
from course.drills import questions as drills
from course.drills.cards import Number
from course.drills.text import plain
from course.drills.worked import Instance
from course.verdicts.findings import Finding, Outcome, not_yet, wrong
from course.verdicts.reading import cut

_POINTS = 1.0  # of a card
_LONGEST = 2000  # letters of an answer that are read
_BLANK = "There is no answer."
_GIVEN = re.compile(r"^(?:'.*'|\S+) (?=is |has )")


class Drawn(Struct, frozen=True, forbid_unknown_fields=True):
    """A card as one student gets it: its values, or the places of its options in the order in which they are shown."""

    card: str
    values: dict[str, int | float | str] = {}
    order: tuple[int, ...] = ()


class Variant(Struct, frozen=True, forbid_unknown_fields=True):
    """One student's variant, without what is right; ``mark`` is on the paper and tells whose it is.

    Minutes beyond those of the exam are left out of the file of whoever has none, and of what judges depend on.
    """

    student: str
    mark: str
    drawn: tuple[Drawn, ...]
    extra: int | UnsetType = UNSET


def draw(exam: Exam, student: str, extra: int = 0) -> Variant:
    """Draw the variant of a student; it depends on the student and the exam, and on no other student."""
    drawn = []
    for card in exam.cards:
        asked = drills.ask(card, drawing.stream(exam.name, exam.seed, student, card.id))
        values = dict(asked.instance.values) if asked.instance else {}
        order = () if isinstance(card, Number) else tuple(card.options.index(one) for one in asked.options)
        drawn.append(Drawn(card.id, values, order))
    mark = drawing.digest(exam.name, exam.seed, student, "mark").hex()[:10]
    return Variant(student, mark, tuple(drawn), extra or UNSET)


@dataclass(frozen=True)
class Sheet:
    """A variant with the questions that it is of: what a submission is held against.

    Parameters
    ----------
    exam : Exam
        The questions.
    variant : Variant
        Whose.
    """

    exam: Exam
    variant: Variant

    @property
    def name(self) -> str:
        """What the submissions are filed under."""
        return self.exam.name

    @property
    def minutes(self) -> int:
        """How long this student has."""
        return self.exam.minutes + (self.variant.extra or 0)

    @property
    def lessons(self) -> tuple[str, ...]:
        """The lessons whose code the tasks may need."""
        return tuple(drawing.lesson_of(id) for id in self.exam.tasks)

    @property
    def version(self) -> str:
        """What its judges are."""
        judged = msgspec.json.encode((self.exam, self.variant))
        return "\n".join([course.__version__, hashlib.sha256(judged).hexdigest(), *map(judges, self.lessons)])

    @cached_property
    def asked(self) -> Mapping[str, drills.Question]:
        """The questions that come from cards, by their ids here."""
        pairs = zip(self.exam.cards, self.variant.drawn, strict=True)
        return {self._id(n): _question(card, drawn) for n, (card, drawn) in enumerate(pairs, 1)}

    @cached_property
    def tasks(self) -> Mapping[str, Question]:
        """The tasks as their exercises ask them, by their ids here."""
        return {self._id(n): drawing.task_of(id) for n, id in enumerate(self.exam.tasks, len(self.exam.cards) + 1)}

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """What is asked, in its order."""
        found = [
            Question(id, _POINTS, f"answer_{n}", _prompt(one)) for n, (id, one) in enumerate(self.asked.items(), 1)
        ]
        return (*found, *(Question(id, one.points, one.expression, one.prompt) for id, one in self.tasks.items()))

    def _id(self, n: int) -> str:
        return f"{self.exam.name}.q{n}"

    def title(self, id: str) -> str:
        """Return the number of a question, and what kind it is."""
        number = id.rpartition(".q")[2]
        if id in self.tasks:
            return f"Question {number}: {task(self.tasks[id].id).title}"
        return f"Question {number}"

    def card(self, id: str) -> str:
        """Return the id of the card that a question was drawn from; nothing for a task."""
        return self.exam.cards[int(id.rpartition(".q")[2]) - 1].id if id in self.asked else ""

    def judge(self, id: str, given: object) -> Finding:
        """Judge a value as the drills judge what is typed, and a task as its check does."""
        return judge(self.as_tasks()[id], given)

    def typed(self, id: str, source: str) -> Finding | None:
        """Judge what stands in a cell that is no Python or gives nothing a name: ``50%``, ``b``, ``answer_3 = b``."""
        if id in self.tasks:
            return None
        body = re.sub(r"^\s*#.*$", "", source[: 2 * _LONGEST], flags=re.MULTILINE).strip()
        body = re.sub(r"^answer_\d+\s*=\s*", "", body).strip()
        return self.judge(id, body) if body and body != "..." and "\n" not in body else None

    def usual(self, id: str, said: str) -> str:
        """Return what a verdict has in common with those on other variants: which mistake of the card, or the words."""
        asked = self.asked.get(id)
        if asked is None or asked.instance is None:
            return said
        whys = [plain(why) for _, why in asked.instance.mistakes()]
        place = next((str(n) for n, why in enumerate(whys) if said.startswith(why)), "")
        return place or _GIVEN.sub("It ", said)

    def as_tasks(self) -> Mapping[str, Task]:
        """Return every question as an exercise's task, with its judge; the hints are none."""
        found = {}
        for one in self.questions:
            judged = task(self.tasks[one.id].id).judge if one.id in self.tasks else _Judge(self.asked[one.id])
            found[one.id] = Task(one.id, self.title(one.id), judged, ("", "", ""))
        return found


@dataclass(frozen=True)
class _Judge:
    question: drills.Question

    def __call__(self, given: object) -> Finding:
        found = self._found(only(given))
        if found.outcome is Outcome.NOT_YET and found.text != _BLANK:  # an exam has no second try
            found = wrong(found.text)
        return Finding(found.outcome, plain(found.text))

    def _found(self, given: object) -> Finding:
        if is_blank(given) or (isinstance(given, str) and not given.strip()):
            return not_yet(_BLANK)
        if isinstance(given, str) and len(given) > _LONGEST:
            return wrong(f"an answer of {len(given):,} letters is not read.")
        if self.question.instance is None:
            return self.question.judge(given if isinstance(given, str) else repr(given)[:_LONGEST])
        if isinstance(given, str):
            return self.question.judge(given)
        value = as_number(given)
        if value is None:
            return wrong(f"a number is wanted, and this is {cut(type(given).__name__)}.")
        return self.question.instance.solved.judge(value)


def _question(card: Fair, drawn: Drawn) -> drills.Question:
    if isinstance(card, Number):
        return drills.Question(card, instance=Instance(card, drawn.values))
    return drills.Question(card, options=tuple(card.options[place] for place in drawn.order))


def _prompt(question: drills.Question) -> str:
    """Return what is asked with its choices, or with how exact a number must be."""
    more = question.choices or (f"({question.enough[:1].upper()}{question.enough[1:]}.)" if question.enough else "")
    return f"{question.prompt}\n\n{more}".strip()

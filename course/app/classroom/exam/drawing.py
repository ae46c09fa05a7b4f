"""Drawing the questions of an exam, the same for everybody: from the cards, and two tasks to write code for."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TypeGuard

from msgspec import Struct

from course import bundle, syllabus
from course.app.classroom.submissions import Question, code_cells, questions
from course.checks.solutions import answer_id
from course.drills.bank import lesson_name
from course.drills.cards import AnyCard, Number, Reading, Spot
from course.drills.decks import Deck
from course.drills.interview import seconds_for
from course.errors import CourseError

_PATIENCE = 2  # an exam gives a question so many times what an interview allows
_MINUTES_A_POINT = 4  # of a task: the exercises reckon with three and a third, and have hints
_MOST_MINUTES = 600
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_BUGS = re.compile(r"^#+ .*\bbugs?\b", re.MULTILINE)
_KINDS = {"bug": _BUGS, "model": re.compile(r"\bpm\.Model\(")}
FORMAT = 1
Fair = Number | Reading | Spot
"""Cards that a program judges."""


class Exam(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of everybody, as it was drawn: an upgrade of the course changes no card in it.

    ``tasks`` are ids of exercises' tasks; they come after the ``cards``. Whoever knows the ``seed`` can draw all of it.
    """

    name: str
    seed: str
    lessons: tuple[str, ...]
    minutes: int
    cards: tuple[Fair, ...]
    tasks: tuple[str, ...]
    format: int = FORMAT


def stream(*words: str) -> random.Random:
    """Return chance that depends on these words alone, on any computer: not on Python's ``hash``."""
    return random.Random(int.from_bytes(digest(*words)))


def digest(*words: str) -> bytes:
    """Return the SHA-256 of some words, each told from the next."""
    return hashlib.sha256(json.dumps(words).encode()).digest()


def named(text: str) -> str:
    """Return the name of an exam.

    Raises
    ------
    CourseError
        If it cannot be the name of a folder, or is that of a lesson.
    """
    name = text.strip()
    if not _NAME.fullmatch(name) or len(name) > 40 or syllabus.match(name):
        raise CourseError(
            f"{text!r} cannot be the name of an exam", "Use small letters, digits and -, and no lesson's name: midterm"
        )
    return name


def lessons(text: str) -> tuple[str, ...]:
    """Read which lessons an exam is about.

    Parameters
    ----------
    text : str
        Numbers, topics or names, with commas between, and ranges: ``"01-07"``, ``"3, 5-7"``.

    Raises
    ------
    CourseError
        If one of them does not exist, or a range runs backwards.
    """
    names, wanted = syllabus.names(), set()
    for part in filter(str.strip, text.split(",")):
        first, dash, last = part.partition("-")
        low = names.index(lesson_name(first))
        high = names.index(lesson_name(last)) if dash else low
        if high < low:
            raise CourseError(f"the lessons {part.strip()} run backwards", f"Write --lessons {last}-{first}")
        wanted |= set(names[low : high + 1])
    if not wanted:
        raise CourseError("no lesson is named", "Write --lessons 01-07")
    return tuple(name for name in names if name in wanted)


def draw(
    name: str, seed: str, about: Sequence[str], minutes: int, number: int | None, deck: Deck
) -> tuple[Exam, list[str]]:
    """Draw the questions of an exam.

    A task is drawn where it takes at most half of the time, four minutes a point: first the one with bugs, then the
    model. Cards fill what is left, at twice the time that an interview allows; the lessons take turns.

    Parameters
    ----------
    name, seed : str
        All chance comes from these two.
    about : sequence of str
        Names of lessons.
    minutes : int
        How long it takes.
    number : int or None
        So many cards, whatever the time.
    deck : mapping of str to card
        What to draw from. Left out are cards that nobody but the learner judges, those of further reading, and code
        that a computer would run for the student.

    Returns
    -------
    tuple of Exam and list of str
        The exam, and what is odd about it, a sentence each.

    Raises
    ------
    CourseError
        If there is no time, or there are too few cards.
    """
    if not 1 <= minutes <= _MOST_MINUTES:
        raise CourseError(f"an exam takes 1 to {_MOST_MINUTES} minutes, got {minutes}", "Write --minutes 60")
    by_lesson = {lesson: [card for card in deck.values() if card.lesson == lesson and fair(card)] for lesson in about}
    notes = [f"{lesson} has no cards for an exam." for lesson, cards in by_lesson.items() if not cards]
    tasks, spent = _tasks(name, seed, about, minutes, notes)
    cards = tuple(_in_turn(name, seed, by_lesson))
    if number is not None and not 1 <= number <= len(cards):
        raise CourseError(
            f"{number} questions are wanted, and the lessons have {len(cards)}", "Name more lessons, or another number"
        )
    cards = cards[: number or max(1, _fitting(cards, 60 * (minutes - spent)))]
    if not cards:
        raise CourseError(f"there are no cards for an exam about {', '.join(about)}", "Name other lessons")
    return Exam(name, seed, tuple(about), minutes, cards, tasks), notes


def fair(card: AnyCard) -> TypeGuard[Fair]:
    """Say whether a card can be asked: a program judges it, and running its code does not answer it."""
    return isinstance(card, Fair) and not card.further and not (isinstance(card, Reading) and card.prints)


def _tasks(name: str, seed: str, about: Sequence[str], minutes: int, notes: list[str]) -> tuple[tuple[str, ...], int]:
    """Return the ids of a task with bugs and of a model, as far as there is time, and their minutes."""
    spare, drawn = minutes // 2, []
    for kind in _KINDS:
        known = [one for lesson in about for one in written(lesson, kind)]
        fitting = [one for one in known if _MINUTES_A_POINT * one.points <= spare]
        if fitting:
            bare = [one for one in fitting if "course" not in code_of(one)[0]]  # runs where it is not installed
            drawn.append(stream(name, seed, kind).choice(bare or fitting))
            spare -= int(_MINUTES_A_POINT * drawn[-1].points)
        else:
            why = f"half of {minutes} minutes is too short for one" if known else "these lessons have none"
            notes.append(f"There is no task with {'bugs' if kind == 'bug' else 'a model'} in it: {why}.")
    return tuple(one.id for one in drawn), minutes // 2 - spare


def written(lesson: str, kind: str) -> Iterator[Question]:
    """Return the tasks of a lesson of a kind, ``"bug"`` or ``"model"``."""
    if lesson in {syllabus.lesson(one).name for one in syllabus.topics()}:
        for one in questions(lesson):
            _, stub = code_of(one)
            if _KINDS[kind].search(one.prompt if kind == "bug" else stub):
                yield one


def code_of(question: Question) -> tuple[str, str]:
    """Return the imports of the exercise that a task is in, without its checks, and the code in the task's own cell."""
    cells = exercise_cells(question.id.partition(".")[0])
    first, stub = cells[""], cells[answer_id(question.id)]
    lines = [line for line in first.splitlines() if not line.startswith("from course.checks import")]
    return "\n".join(lines).strip(), stub


def exercise_cells(of: str) -> Mapping[str, str]:
    """Return code of an exercise by nbgrader's ids; its first cell, which imports, has none."""
    raw = (bundle.root() / "exercises" / f"{syllabus.lesson(of).name}.ipynb").read_bytes()
    found: dict[str, str] = {}
    for source, mark in code_cells(raw):
        found.setdefault(mark, source)
    return found


def task_of(id: str) -> Question:
    """Return a task as its exercise asks it."""
    return next(one for one in questions(lesson_of(id)) if one.id == id)


def lesson_of(id: str) -> str:
    """Return the name of the lesson that a task belongs to."""
    return syllabus.lesson(id.partition(".")[0]).name


def _in_turn(name: str, seed: str, by_lesson: Mapping[str, Sequence[Fair]]) -> Iterator[Fair]:
    shuffled = [stream(name, seed, one).sample(cards, len(cards)) for one, cards in by_lesson.items()]
    stream(name, seed, "lessons").shuffle(shuffled)
    for row in zip_longest(*shuffled):
        yield from (card for card in row if card is not None)


def _fitting(cards: Sequence[Fair], seconds: float) -> int:
    for n, card in enumerate(cards):
        seconds -= _PATIENCE * seconds_for(card)
        if seconds < 0:
            return n
    return len(cards)

"""What a student hands in, read as data: which cells run, and after which of them each task is judged."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from course import bundle, syllabus
from course.checks.solutions import answer_id, check_id
from course.checks.task import tasks
from course.errors import CourseError, reason_of

_MOST_BYTES = 20_000_000
_MOST_CELLS = 500
_ASSIGNED = re.compile(r"(?:\s*#[^\n]*\n)*\s*(\w+)\s*=(?!=)")


@dataclass(frozen=True)
class Question:
    """A task as the exercise asks it.

    Parameters
    ----------
    id : str
        The task's.
    points : float
        What it is worth.
    expression : str
        What the exercise hands in to ``check``.
    prompt : str
        The text before the cell of the answer, in Markdown.
    """

    id: str
    points: float
    expression: str
    prompt: str


@dataclass(frozen=True)
class Submission:
    """A notebook as it is graded.

    Parameters
    ----------
    cells : tuple of str
        Code, in its order, without the cells that check.
    after : mapping of str to int
        After how many of the cells each task is judged.
    answers : mapping of str to str
        What was written in the cell of each task that has one.
    notes : tuple of str
        What is odd about it, a sentence each.
    """

    cells: tuple[str, ...]
    after: Mapping[str, int]
    answers: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class NoNotebookError(Exception):
    """It is no notebook; the message is a sentence about it."""


@cache
def questions(lesson: str) -> tuple[Question, ...]:
    """Return the tasks of a lesson, as its exercise asks them.

    Parameters
    ----------
    lesson : str
        The name of its notebook, such as ``"04_shrinkage"``.
    """
    path = bundle.root() / "exercises" / f"{lesson}.ipynb"
    cells = json.loads(path.read_bytes())["cells"]
    marks = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    found = []
    for id in tasks(topic(lesson)):
        place = next(i for i, mark in enumerate(marks) if mark.get("grade_id") == check_id(id))
        asked = next(i for i, mark in enumerate(marks) if mark.get("grade_id") == answer_id(id))
        call: Any = ast.parse("".join(cells[place]["source"])).body[-1]
        prompt = "".join(cells[asked - 1]["source"])
        found.append(Question(id, float(marks[place]["points"]), ast.unparse(call.value.args[1]), prompt))
    return tuple(found)


def topic(lesson: str) -> str:
    """Return the topic of a lesson that has exercises.

    Parameters
    ----------
    lesson : str
        Its number or its name: ``"4"``, ``"04"``, ``"04_shrinkage"``.
    """
    return next(one for one in syllabus.topics() if syllabus.lesson(one).name == lesson)


def named(text: str) -> str:
    """Return the name of a lesson with exercises, from its number or its name.

    Parameters
    ----------
    text : str
        Such as ``"4"``, ``"04"``, ``"04_shrinkage"`` or ``"shrinkage"``.

    Raises
    ------
    CourseError
        If there is none; the message names those there are.
    """
    found = syllabus.match(text.removesuffix(".ipynb"))
    names = [syllabus.lesson(one).name for one in syllabus.topics()]
    if found in names:
        return str(found)
    raise CourseError(f"no lesson with exercises is called {text!r}", f"Those there are: {', '.join(names)}")


def content(path: Path) -> bytes:
    """Read a file that somebody handed in.

    Raises
    ------
    NoNotebookError
        If it is a link, too large, or cannot be read.
    """
    try:
        if path.is_symlink() or not path.is_file():
            raise NoNotebookError("It is a link to a file elsewhere, which is not followed.")
        if path.stat().st_size > _MOST_BYTES:
            raise NoNotebookError(f"It has {path.stat().st_size / 1e6:.0f} MB, and at most 20 are read.")
        return path.read_bytes()
    except OSError as error:
        raise NoNotebookError(f"It cannot be read ({reason_of(error)}).") from error


def lesson_of(raw: bytes, name: str) -> str:
    """Return which exercise a notebook is, by its cells, or where these are gone by the name of the file.

    Raises
    ------
    NoNotebookError
        If it is none.
    """
    marks = [mark for _, mark in code_cells(raw)]
    count = {topic: sum(mark.startswith(f"{topic}-") for mark in marks) for topic in syllabus.topics()}
    most = max(count, key=lambda topic: count[topic])
    named = [lesson for lesson in map(_name, syllabus.topics()) if lesson in name]
    if count[most] or named:
        return _name(most) if count[most] else named[0]
    raise NoNotebookError("None of its cells is of an exercise of this course.")


def _name(topic: str) -> str:
    return syllabus.lesson(topic).name


def read(raw: bytes, lesson: str, asked: Sequence[Question] | None = None) -> Submission:
    """Read a notebook that somebody handed in, whatever was done to its cells.

    Parameters
    ----------
    raw : bytes
        The file.
    lesson : str
        Which exercise it should be.
    asked : sequence of Question, optional
        What it is asked, where that is not the exercise.

    Raises
    ------
    NoNotebookError
        If it is no notebook, or one of another lesson.
    """
    cells = code_cells(raw)
    exercise = asked is None
    asked = questions(lesson) if asked is None else asked
    checks = {check_id(one.id): one.id for one in asked}
    answers = {answer_id(one.id): one.id for one in asked}
    sources: list[str] = []
    after: dict[str, int] = {}
    written: dict[str, str] = {}
    seen: set[str] = set()
    twice: set[str] = set()
    names = {} if exercise else {one.expression: answer_id(one.id) for one in asked}
    for source, mark in cells:
        if not mark and (begin := _ASSIGNED.match(source)):  # an editor that keeps no metadata
            mark = names.get(begin[1], "")
        called = {id for id in checks.values() if re.search(rf"""check\(\s*["']{re.escape(id)}["']""", source)}
        if mark in checks and called <= {checks[mark]} and _only_checks(source):
            twice |= {checks[mark]} & seen
            seen.add(checks[mark])
            after[checks[mark]] = len(sources)
            continue
        sources.append(source)
        if mark in answers:
            twice |= set() if exercise else {answers[mark]} & written.keys()
            written.setdefault(answers[mark], source)
            after[answers[mark]] = max(after.get(answers[mark], 0), len(sources))
        for id in called:  # a check that was copied, or merged with its answer
            after[id] = len(sources)
            seen.add(id)
            written.setdefault(id, source)
    known = {*after, *written}
    if not known:
        raise NoNotebookError(_another(cells, lesson))
    notes = []
    if lost := [one.id.partition(".")[2] for one in asked if one.id not in after]:
        notes.append(f"The cells of {', '.join(lost)} are missing.")
    if twice:
        what = "check" if exercise else "cell"
        notes.append(f"The {what} of {', '.join(sorted(id.partition('.')[2] for id in twice))} is in it twice.")
    return Submission(tuple(sources), {one.id: after.get(one.id, len(sources)) for one in asked}, written, tuple(notes))


def code_cells(raw: bytes) -> list[tuple[str, str]]:
    """Return source and nbgrader's id of each cell of code.

    Raises
    ------
    NoNotebookError
        If it is no notebook.
    """
    try:
        held = json.loads(raw.decode("utf-8-sig"))["cells"]
        found = []
        for cell in held[:_MOST_CELLS]:
            if cell["cell_type"] == "code":
                source = cell["source"]
                text = source if isinstance(source, str) else "".join(source)
                mark = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")
                found.append((text, mark if isinstance(mark, str) else ""))
        return found
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        start = raw[:200].lstrip().lower()
        if not raw.strip():
            raise NoNotebookError("The file is empty.") from error
        kind = "a web page" if start.startswith((b"<!doctype", b"<html")) else "no notebook"
        raise NoNotebookError(f"The file is {kind}: its content is not that of a notebook.") from error


def _only_checks(source: str) -> bool:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True  # it was a check, and cannot run
    return all(
        isinstance(one, ast.Expr)
        and isinstance(one.value, ast.Call)
        and isinstance(one.value.func, ast.Name)
        and one.value.func.id in ("check", "hint", "solution")
        for one in body
    )


def _another(cells: list[tuple[str, str]], lesson: str) -> str:
    marks = {mark.partition("-")[0] for _, mark in cells if "-" in mark}
    if other := sorted(marks & set(syllabus.topics())):
        return f"It is the exercise of {syllabus.lesson(other[0]).name}, and that of {lesson} is wanted."
    return f"None of the cells of the exercise {lesson} is in it."

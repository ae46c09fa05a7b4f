"""Where a learner hands in an answer, asks for a hint and, in the end, sees the solution."""

from __future__ import annotations

import html
import textwrap
from dataclasses import dataclass
from pathlib import Path

from course.checks.shown import Shown, show
from course.checks.solutions import solution_of
from course.checks.task import Task
from course.checks.task import task as find
from course.checks.verdict import NotRight, Verdict, as_html, block, is_strict
from course.errors import CourseError
from course.records import results
from course.records.results import Kind, Record
from course.verdicts.findings import Finding, Outcome, not_yet, wrong
from course.verdicts.reading import cut

_KINDS = {Outcome.RIGHT: Kind.RIGHT, Outcome.WRONG: Kind.WRONG}


@dataclass(frozen=True, repr=False)
class Note(Shown):
    """A text to show in a notebook or a terminal: hints, a solution, or why there is none yet."""

    lines: tuple[str, ...]
    code: str = ""

    def __repr__(self) -> str:
        text = "\n".join(textwrap.fill(line, 80, break_long_words=False) for line in self.lines)
        return f"{text}\n\n{self.code}" if self.code else text

    def _repr_html_(self) -> str:
        code = [f"<pre>{html.escape(self.code, quote=False)}</pre>"] if self.code else []
        return block(*(f"<p>{as_html(line)}</p>" for line in self.lines), *code)


def check(id: str, answer: object) -> Verdict | Note | None:
    """Judge an answer, and remember how it went.

    Parameters
    ----------
    id : str
        The task's id, such as ``"shrinkage.weight"``.
    answer : object
        A number, a function, a model: what the task asks for.

    Returns
    -------
    Verdict
        Not yet, wrong because, or right; a notebook shows it wherever in a cell it was asked for. A `Note` when there
        is no such task. None for a right answer when a program is grading: nbgrader takes any output for a number of
        points.

    Raises
    ------
    NotRight
        Instead of any verdict but "right", when a program is grading: nbgrader runs, or ``COURSE_STRICT=1``.
    """
    try:
        task = find(id)
    except CourseError as error:
        if is_strict():
            raise NotRight(str(error)) from None
        return show(Note((_turned(answer) or str(error),)))
    finding = judge(task, answer)
    if is_strict():
        if finding.outcome is not Outcome.RIGHT:
            raise NotRight(f"{id}: {finding.outcome}: {finding.text}")
        return None
    return show(Verdict(task.id, finding, _remember(task, finding)))


def _turned(answer: object) -> str:
    """Say so when an answer stands where the id belongs."""
    try:
        return f"The task's id comes first, then the answer: `check({find(answer).id!r}, ...)`"
    except CourseError:
        return ""


def judge(task: Task, answer: object) -> Finding:
    """Judge an answer without remembering it, whatever it is.

    Parameters
    ----------
    task : Task
        The task.
    answer : object
        Whatever the learner passed.
    """
    try:
        return task.judge(answer)
    except CourseError as error:  # what judging needs is not there
        return not_yet(f"{str(error)[0].upper()}{str(error)[1:]}")
    except Exception as error:  # an object that fights back: a learner must not see our insides
        return wrong(f"this {type(answer).__name__} could not be judged ({type(error).__name__}: {cut(str(error))}).")


def _remember(task: Task, finding: Finding) -> tuple[str, ...]:
    if finding.outcome not in _KINDS:
        return ()
    notes = _note(task.id, _KINDS[finding.outcome])
    if finding.outcome is Outcome.WRONG:
        notes += (f"Stuck? Run `hint({task.id!r})` in a new cell.",)
    return notes


def _note(id: str, kind: Kind) -> tuple[str, ...]:
    """Write it down; a full disk must not take the verdict away."""
    if is_strict():
        return ()
    try:
        aside = results.note(id, kind)
    except CourseError as error:
        return (f"Your progress was not saved: {error}",)
    return (_about(aside),) if aside else ()


def _about(aside: Path) -> str:
    return f"The record of your progress was damaged. It is kept as {aside}; what could be read of it was carried over."


def hint(id: str) -> Note:
    """Show the next hint of a task under those already seen: three in all, from a nudge to nearly the answer.

    Parameters
    ----------
    id : str
        The task's id.
    """
    try:
        task = find(id)
        seen = _history(id).hints
    except CourseError as error:
        return show(Note((str(error),)))
    notes = _note(id, Kind.HINT) if seen < len(task.hints) else ()
    shown = min(seen + 1, len(task.hints))
    lines = [f"Hint {number} of {len(task.hints)}: {text}" for number, text in enumerate(task.hints[:shown], 1)]
    if shown == len(task.hints):
        lines.append(f"That was the last one. The answer: `solution({id!r})`")
    return show(Note((*lines, *notes)))


def solution(id: str) -> Note:
    """Show the worked solution of a task, once its three hints were seen or it is passed.

    Parameters
    ----------
    id : str
        The task's id.
    """
    try:
        task = find(id)
        history = _history(id)
        left = len(task.hints) - history.hints
        if left > 0 and history.passed is None:
            return show(Note((f"First the hints: {left} of {len(task.hints)} are left: `hint({id!r})`",)))
        return show(Note((f"A solution of {id}:", *_note(id, Kind.SOLUTION)), solution_of(task)))
    except CourseError as error:
        return show(Note((str(error),)))


def _history(id: str) -> Record:
    return results.records().get(id, Record())

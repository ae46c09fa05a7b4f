"""Where the class is stuck: one page to show, that names nobody."""

from __future__ import annotations

import html
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course import syllabus
from course.app.classroom import pages
from course.app.classroom.grading import Grade
from course.app.classroom.submissions import topic
from course.checks.task import Task, tasks
from course.checks.verdict import as_html
from course.errors import CourseError, reason_of
from course.records import lines, results
from course.records.results import Record
from course.verdicts.findings import Outcome

_CASE = re.compile(r"^(?:for .*?:|without arguments:) (?:you returned|it raised) .*?\. (?=[A-Z`])", re.DOTALL)
_PART = re.compile(r"^number \d+ of \d+: ")
_MOST_BYTES = 50_000_000


@dataclass
class Standing:
    """How the class stands with a task.

    Parameters
    ----------
    task : Task
        The task.
    right, wrong, open : int
        So many have it right, have it wrong, have not begun it.
    mistakes : dict of str to list of str
        What was said of a wrong answer, without the student's own numbers: to whom.
    tries, hints : list of int
        Of each student whose record was handed in and who tried it.
    """

    task: Task
    right: int = 0
    wrong: int = 0
    open: int = 0
    mistakes: dict[str, list[str]] = field(default_factory=dict)
    tries: list[int] = field(default_factory=list)
    hints: list[int] = field(default_factory=list)


def of_grades(lesson: str, grades: Mapping[str, Grade], asked: Mapping[str, Task] | None = None) -> list[Standing]:
    """Count what was found in the submissions of a lesson.

    Parameters
    ----------
    lesson : str
        Its name.
    grades : mapping of str to Grade
        By student.
    asked : mapping of str to Task, optional
        What was asked, where that is not the exercise of the lesson.
    """
    standings = _standings(lesson) if asked is None else {id: Standing(task) for id, task in asked.items()}
    for student, grade in sorted(grades.items()):
        for id, one in standings.items():
            found = grade.findings.get(id)
            if found is None or found.outcome is Outcome.NOT_YET:
                one.open += 1
            elif found.outcome is Outcome.RIGHT:
                one.right += 1
            else:
                one.wrong += 1
                one.mistakes.setdefault(usual(found.text), []).append(student)
    return list(standings.values())


def of_records(lesson: str, records: Sequence[Mapping[str, Record]]) -> list[Standing]:
    """Count what learners' own records say of a lesson: tries and hints, and not which mistakes.

    Parameters
    ----------
    lesson : str
        Its name.
    records : sequence of mapping of str to Record
        Of each learner, as `course.records.results.summarise` returns them.
    """
    standings = _standings(lesson)
    for record in records:
        for id, one in standings.items():
            history = record.get(id, Record())
            if history.passed is not None:
                one.right += 1
            elif history.tries:
                one.wrong += 1
            else:
                one.open += 1
            if history.tries or history.hints:
                one.tries.append(history.tries)
                one.hints.append(history.hints)
    return list(standings.values())


def _standings(lesson: str) -> dict[str, Standing]:
    return {id: Standing(task) for id, task in tasks(topic(lesson)).items()}


def usual(said: str) -> str:
    """Return the part of a reason that is the same for whoever makes that mistake."""
    why = _PART.sub("", _CASE.sub("", said))
    return why[:1].upper() + why[1:]


def records(folder: Path) -> tuple[list[dict[str, Record]], list[str]]:
    """Read the records of progress that learners have handed in, all ``*.jsonl`` of a folder.

    Parameters
    ----------
    folder : Path
        Where they are.

    Returns
    -------
    tuple of list of dict and list of str
        A record for each file, and what was odd, a sentence each.
    """
    if not folder.is_dir():
        raise CourseError(f"{folder} is no folder", "Name the folder of the files progress.jsonl that were handed in")
    found, notes = [], []
    for path in sorted(folder.rglob("*.jsonl")):
        name = path.relative_to(folder).as_posix()
        try:
            if path.is_symlink() or path.stat().st_size > _MOST_BYTES:
                notes.append(f"{name} is a link, or too large, and was left out.")
                continue
            held = lines.contents(path.read_bytes(), "progress", name)
        except OSError as error:
            notes.append(f"{name} cannot be read: {reason_of(error)}.")
        except CourseError as error:
            notes.append(str(error))
        else:
            if held.foreign or not held.events:
                notes.append(f"{name} is no record of progress, or an empty one, and was left out.")
            else:
                found.append(results.summarise(held.events))
    return found, notes


def page(of: Sequence[tuple[str, Sequence[Standing], int]], *, names: bool = False) -> str:
    """Return the page.

    Parameters
    ----------
    of : sequence of tuple of str, sequence of Standing and int
        Lesson, its tasks, and how many students.
    names : bool
        Say also who made which mistake.
    """
    parts = []
    for lesson, standings, n in of:
        question = next(one.question for one in syllabus.lessons() if one.name == lesson)
        parts.append(f"<h2>{html.escape(lesson)}</h2>")
        parts.append(f'<p class="aside">{html.escape(question)} {n} {"student" if n == 1 else "students"}.</p>')
        parts.append(_table(standings, n))
        parts += mistakes(standings, n, names=names)
    if not parts:
        parts.append(pages.text("Nothing is graded yet."))
    return pages.page("Where the class stands", *parts)


def mistakes(standings: Sequence[Standing], n: int, *, names: bool = False) -> list[str]:
    """Return HTML for each task that somebody has wrong: which mistakes, and how often.

    Parameters
    ----------
    standings : sequence of Standing
        The tasks.
    n : int
        How many students.
    names : bool
        Say also who made which.
    """
    return [_mistakes(one, n, names) for one in standings if one.mistakes]


def _table(standings: Sequence[Standing], n: int) -> str:
    with_records = any(one.tries for one in standings)
    heads = ["right", "wrong", "not begun", *(["tries (median)", "hints (all)"] if with_records else [])]
    rows = []
    for one in standings:
        cells = [f"{one.right} of {n}", str(one.wrong), str(one.open)]
        if with_records:
            cells += [f"{statistics.median(one.tries):g}" if one.tries else "", str(sum(one.hints))]
        numbers = "".join(f'<td class="number">{cell}</td>' for cell in cells)
        rows.append(f'<tr><th scope="row">{html.escape(one.task.title)}</th>{numbers}</tr>')
    head = "".join(f'<th scope="col" class="number">{name}</th>' for name in heads)
    return f'<table><thead><tr><th scope="col">task</th>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _mistakes(one: Standing, n: int, names: bool) -> str:
    """Say what several do wrong, the most frequent first, and how many go wrong each in their own way."""
    ranked = sorted(one.mistakes.items(), key=lambda item: -len(item[1]))
    shared = [(why, who) for why, who in ranked if len(who) > 1 or names]
    alone = sum(len(who) for _, who in ranked) - sum(len(who) for _, who in shared)
    items = []
    for why, who in shared:
        named = f' <span class="aside">({html.escape(", ".join(who))})</span>' if names else ""
        items.append(f"<li><strong>{len(who)} of {n}:</strong> {as_html(why)}{named}</li>")
    if alone:
        each = "each " if alone > 1 else ""
        items.append(f"<li>{alone} {'more' if shared else 'wrong'}, {each}in a way of their own.</li>")
    return f"<p><strong>{html.escape(one.task.title)}</strong></p><ul>{''.join(items)}</ul>"

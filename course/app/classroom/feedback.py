"""What a student gets back: each task, their answer, and the verdict in words."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from course.app.classroom import book, pages
from course.app.classroom.folder import Class
from course.app.classroom.grading import Grade
from course.app.classroom.papers import Exercise, Paper
from course.app.classroom.roster import Student
from course.checks.verdict import as_html
from course.verdicts.findings import Finding, not_yet

_NOT_JUDGED = not_yet("There was no answer to judge.")


def write(of: Class, lesson: str, papers: Mapping[str, Paper] | None = None) -> list[Path]:
    """Write the page of each student whose submission is graded.

    Parameters
    ----------
    of : Class
        The class.
    lesson : str
        The name of the lesson.
    papers : mapping of str to Paper, optional
        What each student was asked, where that is not the exercise.

    Returns
    -------
    list of Path
        The pages.
    """
    whose = {student.id: student for student in book.students(of)}
    late, costs = book.lateness(of, lesson), book.penalties(of, lesson)
    written = []
    for id, grade in book.grades(of, lesson).items():
        if papers is None or id in papers:
            path = of.root / "feedback" / id / lesson / f"{lesson}.html"
            head = _head(whose[id], late.get(id), costs.get(id, 0.0))
            of.write(path, page(grade, papers[id] if papers else None, head))
            written.append(path)
    return written


def page(grade: Grade, paper: Paper | None = None, head: str = "") -> str:
    """Return the page of a grade, which shows no solution.

    Parameters
    ----------
    grade : Grade
        What was found.
    paper : Paper, optional
        What was asked, where that is not the exercise.
    head : str
        What stands above it, as text: whose it is.
    """
    paper = paper or Exercise(grade.lesson)
    asked = paper.questions
    most = sum(one.points for one in asked)
    parts = [pages.text(head)] if head else []
    parts.append(pages.text(f"{sum(map(grade.points, asked)):g} of {most:g} points."))
    parts += [pages.text(note) for note in grade.notes]
    for one in asked:
        finding = grade.findings.get(one.id, _NOT_JUDGED)
        parts.append(f"<h2>{html.escape(paper.title(one.id))}</h2>")
        parts.append(pages.markdown(re.sub(r"^#+ .*$", "", one.prompt, flags=re.MULTILINE)))
        if answer := grade.answers.get(one.id):
            parts.append(pages.code(answer))
        parts.append(_verdict(finding))
        parts.append(f'<p class="aside">{grade.points(one):g} of {one.points:g} points</p>')
    return pages.page(f"{grade.lesson}: what was found", *parts)


def _head(student: Student, late: timedelta | None, cost: float) -> str:
    name = f"{student.first} {student.last}".strip()
    whose = f"{name} ({student.id})" if name else student.id
    if late is None:
        return f"{whose}."
    lost = f"which costs {cost:g} point{'' if cost == 1 else 's'} of what is below" if cost else "which costs nothing"
    return f"{whose}. Handed in {pages.span(late)} late, {lost}."


def _verdict(finding: Finding) -> str:
    return f'<p class="verdict"><strong>{html.escape(finding.heading)}</strong> {as_html(finding.text)}</p>'

"""The gradebook of a class, which is nbgrader's: its own programs read what is written here."""

from __future__ import annotations

import csv
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.app.classroom.grading import Grade
from course.app.classroom.roster import Student
from course.app.classroom.submissions import Question, questions
from course.checks.solutions import check_id
from course.errors import CourseError

if TYPE_CHECKING:
    from course.app.classroom.folder import Class

_COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)


@contextmanager
def environment() -> Iterator[None]:
    """Let nbgrader find alembic, beside the interpreter, by its bare name; what it warns itself of is not told."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        os.environ["PATH"] = before


@contextmanager
def _opened(of: Class) -> Iterator[Any]:
    from nbgrader.api import Gradebook

    try:
        with environment(), Gradebook(of.database) as book:
            yield book
    except CourseError:
        raise
    except Exception as error:  # SQLAlchemy's: a full disk, a damaged file, a lock
        said = str(error).strip().splitlines() or [""]
        raise CourseError(
            f"the gradebook {of.root / 'gradebook.db'} could not be used: {said[0][:200]}",
            "Make room there, or close what else has it open, and run this again: nothing that was graded is lost",
        ) from error


def enrol(of: Class, students: Sequence[Student]) -> None:
    """Add students, or bring what is known of them up to date."""
    with _opened(of) as book:
        for student in students:
            known = {"first_name": student.first, "last_name": student.last, "email": student.email}
            book.update_or_create_student(student.id, **known)


def students(of: Class) -> list[Student]:
    """Return who is in the class, by id."""
    with _opened(of) as book:
        found = [Student(s.id, s.first_name or "", s.last_name or "", s.email or "") for s in book.students]
    return sorted(found, key=lambda student: student.id)


def grades(of: Class, name: str) -> dict[str, Grade]:
    """Return what was found in the submissions of a lesson or an exam, by student of the class as it is now."""
    return {student: grade for student in _handed_in(of, name) if (grade := of.grade(student, name))}


def _handed_in(of: Class, name: str) -> list[str]:
    """Return who of the class has handed in: who left is not in it, nor whose submission was taken out."""
    known = {student.id for student in students(of)}
    return [student for student, _ in of.submissions(name) if student in known]


def lateness(of: Class, lesson: str) -> dict[str, timedelta]:
    """Return by how much those of the class who handed in after the date were late, by student."""
    from nbgrader.api import MissingEntry

    with _opened(of) as book:
        try:
            date = book.find_assignment(lesson).duedate
        except MissingEntry:
            date = None
    if date is None:
        return {}
    after = {student: of.handed_in(student, lesson) - date.replace(tzinfo=UTC) for student in _handed_in(of, lesson)}
    return {student: by for student, by in after.items() if by > timedelta()}


def penalties(of: Class, lesson: str) -> dict[str, float]:
    """Return the points that being late has cost, by student, once they are graded."""
    with _opened(of) as book:
        handed_in = book.assignment_submissions(lesson)
        return {one.student_id: one.late_submission_penalty for one in handed_in if one.late_submission_penalty}


def moment(date: str) -> datetime:
    """Return the moment that nbgrader takes a date for: UTC unless it names a zone, and the month first in 1.12.2026.

    Raises
    ------
    CourseError
        If it takes it for none.
    """
    from nbgrader.utils import parse_utc

    try:
        when: datetime = parse_utc(date)
    except Exception as error:  # dateutil's
        raise CourseError(f"--due is {date!r}, which is no date", 'Write it as "2026-12-01 23:59 UTC"') from error
    return when.replace(tzinfo=UTC)


def due(of: Class, lesson: str, date: str) -> None:
    """Set until when a lesson is to be handed in."""
    with _opened(of) as book:
        book.update_or_create_assignment(lesson, duedate=date)


def assign(of: Class, name: str, asked: Sequence[Question]) -> None:
    """Enter what was handed out and is no exercise of nbgrader's own making.

    Parameters
    ----------
    of : Class
        The class.
    name : str
        What it is called.
    asked : sequence of Question
        What it asks, with the points.
    """
    with _opened(of) as book:
        book.update_or_create_assignment(name)
        book.update_or_create_notebook(name, name)
        for one in asked:
            kind = {"max_score": one.points, "cell_type": "code"}
            book.update_or_create_grade_cell(check_id(one.id), name, name, **kind)


def record(of: Class, grades: Sequence[tuple[str, Grade, str]], asked: Sequence[Question] | None = None) -> None:
    """Write grades into the gradebook; scores that somebody gave by hand stay.

    Parameters
    ----------
    of : Class
        The class.
    grades : sequence of tuple of str, Grade and str
        Student, grade, and when it was handed in.
    asked : sequence of Question, optional
        What was asked, where that is not the exercise of the lesson.
    """
    with _opened(of) as book:
        for student, grade, when in grades:
            entries = _entries(book, student, grade.lesson, when, questions(grade.lesson) if asked is None else asked)
            for question, entry in entries:
                entry.auto_score = grade.points(question)
                entry.needs_manual_grade = entry.manual_score is not None
            book.db.commit()
    _penalise(of, grades)


def _entries(book: Any, student: str, lesson: str, when: str, asked: Sequence[Question]) -> list[tuple[Question, Any]]:
    from nbgrader.api import MissingEntry

    def found() -> list[tuple[Question, Any]]:
        book.update_or_create_submission(lesson, student, timestamp=when)
        return [(one, book.find_grade(check_id(one.id), lesson, lesson, student)) for one in asked]

    try:
        return found()
    except MissingEntry:  # recorded before the lesson was handed out again, with another task
        book.remove_submission(lesson, student)
        return found()


def _penalise(of: Class, grades: Sequence[tuple[str, Grade, str]]) -> None:
    """Let nbgrader's own step apply the rule for what is late, as the settings of the class have it."""
    from nbformat.v4 import new_notebook
    from nbgrader.preprocessors import AssignLatePenalties
    from traitlets.config.loader import PyFileConfigLoader

    from course.app.classroom.folder import CONFIG

    step = AssignLatePenalties(config=PyFileConfigLoader(CONFIG, path=str(of.root)).load_config())
    step.log.setLevel("ERROR")
    with environment():
        for student, grade, _ in grades:
            where = {"notebook": grade.lesson, "assignment": grade.lesson, "student": student, "db_url": of.database}
            step.preprocess(new_notebook(), {"nbgrader": where})


def export(of: Class, to: Path) -> int:
    """Write all scores as CSV, with nbgrader's columns, and return how many rows.

    A lesson or an exam is in it from the first submission that was graded: before, a row would say 0 of somebody who
    could not have handed it in.
    Not by nbgrader's own exporter: it writes a name with a comma as two columns, and umlauts as the system likes.
    """
    with _opened(of) as book:
        begun = [assignment for assignment in book.assignments if assignment.num_submissions]
        rows = [_row(book, assignment, student) for assignment in begun for student in book.students]
    with to.open("w", encoding="utf-8-sig", newline="") as file:  # the mark tells spreadsheets that it is UTF-8
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        writer.writerows([_harmless(value) for value in row] for row in rows)
    return len(rows)


def _row(book: Any, assignment: Any, student: Any) -> list[Any]:
    from nbgrader.api import MissingEntry

    who = [student.id, student.last_name or "", student.first_name or "", student.email or ""]
    try:
        handed_in = book.find_submission(assignment.name, student.id)
    except MissingEntry:
        return [assignment.name, assignment.duedate or "", "", *who, 0.0, 0.0, 0.0, assignment.max_score]
    penalty = handed_in.late_submission_penalty or 0.0
    scores = [handed_in.score, penalty, max(0.0, handed_in.score - penalty), assignment.max_score]
    return [assignment.name, assignment.duedate or "", handed_in.timestamp or "", *who, *scores]


def _harmless(value: Any) -> Any:
    """Keep a spreadsheet from computing what somebody gave as a name."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t")) else value

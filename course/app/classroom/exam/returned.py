"""Taking back an exam: whose each file is, grades, each student's page, and the statement."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from course.app.classroom import book, collecting, feedback, marking
from course.app.classroom.collecting import Handed, Report
from course.app.classroom.exam import handing, sheets, statement
from course.app.classroom.exam.variants import Sheet
from course.app.classroom.folder import Class
from course.app.classroom.grading import Grade
from course.app.classroom.marking import Summary
from course.app.classroom.rooms.sandbox import Walls
from course.app.classroom.submissions import NoNotebookError, code_cells
from course.errors import CourseError
from course.verdicts.reading import cut

_GRACE = 1  # minutes to save a file in


@dataclass(frozen=True)
class Outcome:
    """What came of grading an exam: grades by student, what each was asked, and where the statement is."""

    grades: Mapping[str, Grade]
    sheets: Mapping[str, Sheet]
    statement: Path


def collect(of: Class, name: str, folder: Path, accepted: Collection[str] = ()) -> Report:
    """Take in what came back of an exam.

    Parameters
    ----------
    of : Class
        The class.
    name : str
        The exam.
    folder : Path
        What came back.
    accepted : collection of str
        Students whose file counts as theirs whatever mark is on it.

    Raises
    ------
    CourseError
        If there is no such exam or folder, or one of them has no paper.
    """
    _, variants = handing.opened(of, name)
    if unknown := sorted(set(accepted) - variants.keys()):
        raise CourseError(f"{unknown[0]} has no paper of {name}", "Name a student who has one with --accept")
    owners = {sheet.variant.mark: student for student, sheet in variants.items()}

    def sort(handed: Handed) -> tuple[str, str]:
        return _owner(handed, name, owners, accepted), name

    report = collecting.collect(of, folder, sort=sort)
    for student, _ in report.taken:
        taken = sheets.minutes_taken(json.loads(of.submitted(student, name).read_text(encoding="utf-8-sig")))
        given = variants[student].minutes
        if taken > given + _GRACE:
            what = f"{student} took {taken:.0f} minutes by the clock of their own computer; {given} were given."
            report.notes.append(what)
    return report


def grade(
    of: Class,
    name: str,
    *,
    workers: int,
    walls: Walls | None = None,
    again: bool = False,
    begin: Callable[[int], None] = lambda n: None,
    told: Callable[[str, Grade], None] = lambda student, grade: None,
) -> tuple[Summary, Outcome]:
    """Grade what was taken in of an exam, in two rooms, and write pages and statement.

    Parameters
    ----------
    of, name, workers, walls, again, begin, told
        As of `course.app.classroom.marking.mark`.
    """
    _, variants = handing.opened(of, name)
    summary = marking.mark(
        of, [name], workers=workers, walls=walls, again=again, begin=begin, told=told, papers=variants
    )
    with of.alone():
        feedback.write(of, name, variants)
        here = {student.id: variants[student.id] for student in book.students(of) if student.id in variants}
        grades = {student: grade for student, grade in book.grades(of, name).items() if student in here}
        place = handing.folder(of, name) / "statement.html"
        of.write(place, statement.page(name, grades, here))
    return summary, Outcome(grades, here, place)


def _owner(handed: Handed, name: str, owners: Mapping[str, str], accepted: Collection[str]) -> str:
    """Return whose a file is: by its mark, and by its path where that names somebody, which must agree."""
    code_cells(handed.raw)  # refuses what is no notebook
    who = " and ".join(handed.students)
    if len(handed.students) > 1:
        raise NoNotebookError(f"Its path names {who}: keep the id or the name of one.")
    if handed.students and handed.students[0] in accepted:
        return handed.students[0]
    exam, mark = sheets.mark_of(json.loads(handed.raw.decode("utf-8-sig")))
    if exam and exam != name:
        raise NoNotebookError(f"It is of the exam {cut(exam)}, and that of {name} is wanted.")
    owner = owners.get(mark)
    if owner is None:
        raise NoNotebookError(f"Its mark {cut(mark)} is of nobody who has a paper of {name}.")
    if handed.students and owner != who:
        raise NoNotebookError(
            f"It came as that of {who}, and it is the paper of {owner}: it counts for nobody. "
            f"Put {owner} into its name in place of {who} if it is theirs; "
            f"--accept {who} judges it by the questions of {who}."
        )
    return owner

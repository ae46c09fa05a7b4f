"""Grading what is collected: what is graded stays graded, whenever it is interrupted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from course import bundle
from course.app.classroom import book
from course.app.classroom.folder import Class
from course.app.classroom.grading import Grade, key_of
from course.app.classroom.papers import Exercise, Paper
from course.app.classroom.rooms.sandbox import Walls
from course.app.classroom.submissions import NoNotebookError, content
from course.app.classroom.workers import Job, graded
from course.errors import CourseError
from course.threads import CALM


@dataclass
class Summary:
    """How it went.

    Parameters
    ----------
    done : int
        Submissions that were graded now.
    kept : int
        Submissions that had been graded before, and are as they were.
    failed : list of str
        Submissions that this computer could not grade, a sentence each.
    """

    done: int = 0
    kept: int = 0
    failed: list[str] = field(default_factory=list)


def mark(
    of: Class,
    lessons: Sequence[str],
    *,
    workers: int,
    walls: Walls | None = None,
    again: bool = False,
    begin: Callable[[int], None] = lambda n: None,
    told: Callable[[str, Grade], None] = lambda student, grade: None,
    papers: Mapping[str, Paper] | None = None,
) -> Summary:
    """Grade all submissions of some lessons, and write the scores into the gradebook.

    Parameters
    ----------
    of : Class
        The class.
    lessons : sequence of str
        Names of lessons.
    workers : int
        So many at once.
    walls : Walls, optional
        What stands around the learners' code.
    again : bool
        Grade also what is graded.
    begin : callable
        Is given how many are to be graded.
    told : callable
        Is given each student and their grade.
    papers : mapping of str to Paper, optional
        What each student's submission is held against, where that is not the exercise.

    Raises
    ------
    CourseError
        If somebody else is grading.
    """
    with of.alone():
        summary = Summary()
        jobs = []
        known = {student.id for student in book.students(of)}
        for lesson in lessons:
            for student, path in of.submissions(lesson):
                paper = Exercise(lesson) if papers is None else papers.get(student)
                if paper is None:
                    summary.failed.append(f"{student} has handed in {lesson} and has no paper of it.")
                    continue
                if student not in known:
                    way = f"`course class init` with a roster that has them, or remove {path.parents[1]}"
                    summary.failed.append(f"{student} has handed in {lesson} and is not in the class: {way}.")
                    continue
                if not again and _is_graded(of, student, paper):
                    summary.kept += 1
                else:
                    jobs.append(Job(student, lesson, path, paper))
        for lesson in {lesson for job in jobs if job.paper for lesson in job.paper.lessons}:
            compile_for(lesson)
        begin(len(jobs))
        try:
            for job, found in graded(jobs, workers, walls or Walls()):
                if isinstance(found, CourseError):
                    summary.failed.append(str(found))
                    continue
                of.write(of.verdict(job.student, job.lesson), found.text())
                summary.done += 1
                told(job.student, found)
        finally:
            _record(of, lessons, papers)
        return summary


def _is_graded(of: Class, student: str, paper: Paper) -> bool:
    grade = of.grade(student, paper.name)
    try:
        raw = content(of.submitted(student, paper.name))
        return grade is not None and grade.key == key_of(raw, paper.name, paper)
    except NoNotebookError:
        return False


def compile_for(lesson: str) -> None:
    """Make the machine code that answers to a lesson need, by running the course's own: no room keeps what it makes.

    Parameters
    ----------
    lesson : str
        The name of the lesson.
    """
    path = bundle.root() / "solutions" / f"{lesson}.ipynb"
    cells = [cell for cell in json.loads(path.read_bytes())["cells"] if cell["cell_type"] == "code"]
    source = "\n".join("".join(cell["source"]) for cell in cells)
    if re.search(r"^from course import .*\bscale\b", source, re.MULTILINE):
        with tempfile.TemporaryDirectory() as folder:
            environment = CALM | os.environ | {"COURSE_DATA": folder}
            subprocess.run([sys.executable, "-c", source], env=environment, capture_output=True, check=False)


def _record(of: Class, lessons: Sequence[str], papers: Mapping[str, Paper] | None) -> None:
    grades = [
        (student, grade, f"{of.handed_in(student, lesson):%Y-%m-%d %H:%M:%S %Z}")
        for lesson in lessons
        for student, grade in book.grades(of, lesson).items()
        if papers is None or student in papers
    ]
    asked = next(iter(papers.values())).questions if papers else None  # the same in all variants
    book.record(of, grades, asked)

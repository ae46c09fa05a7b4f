"""Finding the worked solution of a task in the notebook that it is kept in."""

from __future__ import annotations

import json
from typing import Any

from course import bundle, syllabus
from course.checks.task import Task
from course.errors import CourseError

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


def answer_id(id: str) -> str:
    """Return nbgrader's id of the cell that holds the answer; that of the check is the same without its end."""
    return f"{check_id(id)}-answer"


def check_id(id: str) -> str:
    """Return nbgrader's id of the cell that checks the answer: no dot, which a web page's selectors would trip over."""
    return id.replace(".", "-")


def solution_of(task: Task) -> str:
    """Return the code of a task's solution, without nbgrader's markers.

    Parameters
    ----------
    task : Task
        The task.

    Raises
    ------
    CourseError
        If this installation lacks it.
    """
    cells, place = _answer(task)
    lines = "".join(cells[place]["source"]).splitlines()
    return "\n".join(line for line in lines if line.strip() not in (BEGIN, END))


def prompt_of(task: Task) -> str:
    """Return what a task asks, as Markdown: the cell before that of its answer.

    Parameters
    ----------
    task : Task
        The task.

    Raises
    ------
    CourseError
        If this installation lacks it.
    """
    cells, place = _answer(task)
    return "".join(cells[place - 1]["source"])


def _answer(task: Task) -> tuple[list[dict[str, Any]], int]:
    """Return the cells of the notebook, and which of them holds the answer."""
    path = bundle.root() / "solutions" / f"{syllabus.lesson(task.topic).name}.ipynb"
    try:
        cells = json.loads(path.read_bytes())["cells"]
    except (OSError, ValueError, KeyError) as error:
        raise CourseError(f"{path} is missing or damaged", f"Install it again: {bundle.REINSTALL}") from error
    for place, cell in enumerate(cells):
        if cell.get("metadata", {}).get("nbgrader", {}).get("grade_id") == answer_id(task.id):
            return cells, place
    raise CourseError(f"{path} has no solution of {task.id}", "Tell the authors, please")

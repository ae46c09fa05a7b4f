"""Finding the worked solution of a task in the notebook that it is kept in."""

from __future__ import annotations

import ast
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
    """Return the code of a task's solution, without nbgrader's markers and without the lines that it replaces.

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
    source = "".join(cells[place]["source"])
    replaced, lines = _replaced(source), enumerate(source.splitlines(), 1)
    return "\n".join(line for number, line in lines if number not in replaced and line.strip() not in (BEGIN, END))


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


def _replaced(source: str) -> set[int]:
    """Return the numbers of the lines that the solution makes void: dots, `pass`, and values that nothing reads."""
    marked = (number for number, line in enumerate(source.splitlines(), 1) if line.strip() == BEGIN)
    begin = next(marked, 0)
    module = ast.parse(source)
    live = _names(module, ast.Store)  # later cells may read what a cell leaves behind
    block: list[ast.stmt] = module.body
    while within := [one for one in block if one.lineno < begin <= (one.end_lineno or 0) and hasattr(one, "body")]:
        block = within[0].body
        live = set() if isinstance(within[0], ast.FunctionDef) else live
    void: set[int] = set()
    for statement in reversed(block):
        stored, plain = _names(statement, ast.Store), _only_stores(statement)
        if statement.lineno < begin and plain and not stored & live:
            void |= set(range(statement.lineno, (statement.end_lineno or 0) + 1))
            continue
        live = (live - stored if isinstance(statement, ast.Assign) else live) | _names(statement, ast.Load)
    return void


def _only_stores(statement: ast.stmt) -> bool:
    """Say whether a statement does nothing but give names values, which may then be nobody's."""
    if isinstance(statement, ast.With | ast.For):
        return all(map(_only_stores, statement.body))
    if isinstance(statement, ast.Assign):
        return all(isinstance(one, ast.Name | ast.Tuple) for one in statement.targets)
    return isinstance(statement, ast.Pass)


def _names(tree: ast.AST, context: type[ast.expr_context]) -> set[str]:
    """Return the names that a tree stores or loads, without those that live in a comprehension alone."""
    inner = {id(one) for held in ast.walk(tree) if isinstance(held, ast.comprehension) for one in ast.walk(held.target)}
    own = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and id(one) in inner}
    named = [one for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, context)]
    return {one.id for one in named if id(one) not in inner} - own


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

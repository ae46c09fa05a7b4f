"""A student's paper as a notebook: questions, cells to fill in, and a mark; nothing of what is right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from course.app.classroom.exam import drawing
from course.app.classroom.exam.variants import Sheet
from course.app.classroom.submissions import NoNotebookError, Question
from course.checks.solutions import answer_id

KEY = "borrowing_strength_exam"
_ON_PAPER = re.compile(r"Paper ([0-9a-f]{10})\b")


def notebook(sheet: Sheet) -> dict[str, Any]:
    """Return the notebook of a student.

    Parameters
    ----------
    sheet : Sheet
        The student's.
    """
    cells = [_text("head", head(sheet) + _HOW), _code("imports", _IMPORTS, "")]
    for n, one in enumerate(sheet.questions, 1):
        cells.append(_text(f"q{n}", f"{heading(sheet, one)}\n\n{prompt(one)}"))
        cells += [_code(id, source, mark) for id, source, mark in code(sheet, n, one)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, KEY: {"exam": sheet.exam.name, "mark": sheet.variant.mark}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def text(sheet: Sheet) -> str:
    """Return the notebook as it stands in its file."""
    return json.dumps(notebook(sheet), indent=1, ensure_ascii=False) + "\n"


_IMPORTS = "import numpy as np\nfrom scipy import stats"
_HOW = (
    "\n\nPut each answer in place of the dots: a number, an expression that computes it, or the letter of a choice "
    'between quotation marks, as in `answer_1 = "b"`. You may add cells. Nothing here says whether an answer is right. '
    "Save the notebook and hand in this file."
)


def head(sheet: Sheet) -> str:
    """Return what stands above the questions, in Markdown."""
    total = sum(one.points for one in sheet.questions)
    return (
        f"# {sheet.exam.name}\n\n{sheet.minutes} minutes, {len(sheet.questions)} questions, {total:g} points. "
        f"Paper {sheet.variant.mark}."
    )


def heading(sheet: Sheet, question: Question) -> str:
    """Return the heading of a question, in Markdown."""
    points = f"{question.points:g} point{'' if question.points == 1 else 's'}"
    return f"## {sheet.title(question.id).partition(':')[0]} ({points})"


def prompt(question: Question) -> str:
    """Return what a question asks; the heading of a task leads it, and number and points are left out."""
    bare = re.sub(r"\A#+ (?:\d+\. )?([^\n]*?)([.?!]?)\n+", _lead, question.prompt.strip())
    return re.sub(r"\s*\(\w+ points?\)\s*\Z", "", bare.strip())


def _lead(heading: re.Match[str]) -> str:
    return f"**{heading[1]}{heading[2] or '.'}** "


def code(sheet: Sheet, n: int, question: Question) -> Iterator[tuple[str, str, str]]:
    """Yield the cells of an answer: an id, what stands in it, and the mark of the one to fill in."""
    mark = answer_id(question.id)
    if question.id not in sheet.tasks:
        yield f"q{n}-answer", f"{question.expression} = ...", mark
        return
    task = sheet.tasks[question.id]
    imports, _ = drawing.code_of(task)
    yield f"q{n}-imports", imports, ""
    yield f"q{n}-answer", stub(task), mark


def stub(task: Question) -> str:
    """Return what stands in the cell of a task's answer."""
    return drawing.code_of(task)[1].replace("# YOUR CODE HERE", "# Your code here.")


def mark_of(held: Mapping[str, Any]) -> tuple[str, str]:
    """Return the exam and the mark that a notebook has, or where its metadata are gone the mark that is on it.

    Raises
    ------
    NoNotebookError
        If there is none.
    """
    metadata = held.get("metadata")
    said = metadata.get(KEY) if isinstance(metadata, dict) else None
    if isinstance(said, dict) and isinstance(said.get("mark"), str):
        return str(said["exam"]) if isinstance(said.get("exam"), str) else "", said["mark"]
    for cell in held["cells"][:20]:
        source = cell.get("source", "") if isinstance(cell, dict) else ""
        lines = source if isinstance(source, list) else [source]
        if found := _ON_PAPER.search("".join(line for line in lines if isinstance(line, str))):
            return "", found[1]
    raise NoNotebookError("It is not the paper of an exam: there is no mark on it.")


def minutes_taken(held: Mapping[str, Any]) -> float:
    """Return how long a page says that it was open; 0 where nothing says so."""
    metadata = held.get("metadata")
    said = metadata.get(KEY) if isinstance(metadata, dict) else None
    minutes = said.get("minutes_taken") if isinstance(said, dict) else None
    return float(minutes) if isinstance(minutes, int | float) and 0 < minutes < 1e6 else 0.0


def _text(id: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": id, "metadata": {}, "source": source}


def _code(id: str, source: str, mark: str) -> dict[str, Any]:
    kind = {"nbgrader": {"grade_id": mark, "grade": False, "solution": True, "locked": False, "schema_version": 3}}
    cell = {"cell_type": "code", "id": id, "metadata": kind if mark else {}, "source": source}
    return cell | {"outputs": [], "execution_count": None}

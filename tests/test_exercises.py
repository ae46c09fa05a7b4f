"""The repository tests its own teaching: what an exercise asks, hints at, refuses and accepts."""

import ast
import importlib
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from course.checks import answers, desk
from course.checks.solutions import answer_id, check_id, solution_of
from course.checks.task import Task, task, tasks
from course.checks.verdict import Verdict
from course.syllabus import lesson, topics
from course.verdicts.findings import Outcome

ROOT = Path(__file__).parents[1]
EVERY = [found for topic in topics() for found in tasks(topic).values()]
WRITTEN = [topic for topic in topics() if tasks(topic)]


def named(items: list[Any]) -> dict[str, Any]:
    return {"argvalues": items, "ids": [getattr(item, "id", item) for item in items]}


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))


def run(folder: str, topic: str) -> dict[str, Verdict]:
    """Run a notebook cell by cell, as Run All does; the verdicts that its cells end with, by task."""
    notebook = nbformat.read(ROOT / folder / f"{lesson(topic).name}.ipynb", as_version=4)
    scope: dict[str, Any] = {"__name__": "__main__"}
    found = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            value = run_cell(cell.source, scope)
            if isinstance(value, Verdict):
                found[value.task] = value
    return found


def run_cell(source: str, scope: dict[str, Any]) -> Any:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), scope)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), scope) if last else None


@pytest.mark.parametrize("topic", WRITTEN)
def test_an_exercise_is_unsolved_and_says_so_without_crashing(topic):
    verdicts = run("exercises", topic)
    assert list(verdicts) == list(tasks(topic))
    assert {id: v.outcome for id, v in verdicts.items()} == dict.fromkeys(tasks(topic), Outcome.NOT_YET)


@pytest.mark.parametrize("topic", WRITTEN)
def test_its_solution_passes(topic):
    verdicts = run("solutions", topic)
    assert list(verdicts) == list(tasks(topic))
    assert all(verdicts.values()), [repr(v) for v in verdicts.values() if not v]


@pytest.mark.parametrize("found", **named(EVERY))
def test_a_task_has_three_different_hints_and_a_title(found: Task):
    assert len(set(found.hints)) == 3
    assert all(hint.strip() for hint in found.hints)
    assert found.title


@pytest.mark.parametrize("found", **named(EVERY))
def test_the_early_hints_do_not_give_the_solution_away(found: Task):
    answer = [line.strip() for line in solution_of(found).splitlines()]
    given = {line for line in answer if len(line) > 12}
    assert not [line for line in given if any(line in hint for hint in found.hints[:2])]


def test_ids_are_unique_and_begin_with_their_topic():
    ids = [found.id for found in EVERY]
    assert len(set(ids)) == len(ids)
    for topic in WRITTEN:
        assert all(re.fullmatch(rf"{topic}\.[a-z0-9_]+", id) for id in tasks(topic))


def test_ids_are_permanent():
    # Progress is filed under them: add new ones here, and never change or remove one.
    known = (ROOT / "tests" / "task_ids.txt").read_text(encoding="utf-8").split()
    assert [found.id for found in EVERY] == known


@pytest.mark.parametrize("topic", WRITTEN)
def test_the_notebook_has_a_cell_for_every_answer_and_check_with_points(topic):
    notebook = nbformat.read(ROOT / "solutions" / f"{lesson(topic).name}.ipynb", as_version=4)
    marked = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }
    assert set(marked) == {name(id) for id in tasks(topic) for name in (answer_id, check_id)}
    for id in tasks(topic):
        assert marked[answer_id(id)].solution
        assert marked[check_id(id)].grade
        assert marked[check_id(id)].locked
        assert marked[check_id(id)].points >= 1


CATALOGUE = [
    (id, wrong)
    for topic in WRITTEN
    for id, wrongs in importlib.import_module(f"tests.wrong_answers.{topic}").WRONG.items()
    for wrong in wrongs
]


def test_every_task_has_three_wrong_answers_at_least():
    counts = {found.id: sum(id == found.id for id, _ in CATALOGUE) for found in EVERY}
    assert {id: count for id, count in counts.items() if count < 3} == {}


@pytest.mark.parametrize(("id", "wrong"), CATALOGUE, ids=[f"{id}-{wrong.because}" for id, wrong in CATALOGUE])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the wrong answers' own
def test_a_usual_mistake_is_refused_for_the_right_reason(id, wrong):
    finding = desk.judge(task(id), wrong.build())
    assert finding.outcome is Outcome.WRONG
    assert wrong.because in finding.text


HOSTILE = [None, "a string", b"bytes", [], {}, (), [[1, 2], [3]], object(), 10**400, float("nan"), lambda: 1 / 0, print]


@pytest.mark.parametrize("found", **named(EVERY))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_whatever_is_handed_in_gets_a_sentence(found: Task, capsys):
    for answer in HOSTILE:
        finding = desk.judge(found, answer)
        assert finding.outcome is not Outcome.RIGHT
        assert finding.text.endswith((".", "?", ")", "`"))
        assert "could not be judged" not in finding.text


def test_a_reason_ends_as_a_sentence_and_starts_small():
    # It follows "Wrong, because:".
    assert answers.number(1.0, within=0.1, means="x.")("2").text[0].islower()

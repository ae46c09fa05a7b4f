"""Cells that were deleted, moved, merged or copied, and files that are no notebooks: a sentence, and what is there."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from course.app.classroom import grading, submissions
from course.app.classroom.submissions import NoNotebookError
from course.verdicts.findings import Outcome
from tests.classroom.conftest import LESSON, code, mark_of, notebook, raw, with_cells

BAD = {
    "empty": (b"", "empty"),
    "blank": (b" \n\t", "empty"),
    "page": (b"<!DOCTYPE html><html>Log in", "a web page"),
    "text": (b"my answer is 0.2", "no notebook"),
    "list": (b"[1, 2]", "no notebook"),
    "number": (b"7", "no notebook"),
    "null": (b"null", "no notebook"),
    "no cells": (b'{"nbformat": 4}', "no notebook"),
    "cells are a word": (b'{"cells": "code"}', "no notebook"),
    "cells of numbers": (b'{"cells": [1, 2]}', "no notebook"),
    "deep": (b"[" * 200_000, "no notebook"),
    "binary": (bytes(range(256)) * 10, "no notebook"),
    "zip": (b"PK\x03\x04" + b"\0" * 100, "no notebook"),
    "cut off": (raw(notebook())[:5000], "no notebook"),
    "utf-16": (raw(notebook()).decode().encode("utf-16"), "no notebook"),
    "metadata is a list": (b'{"cells": [{"cell_type": "code", "metadata": [], "source": "x"}]}', "no notebook"),
    "source is a number": (b'{"cells": [{"cell_type": "code", "metadata": {}, "source": 4}]}', "no notebook"),
    "no cell of ours": (raw({"cells": [code("x = 1")]}), "None of the cells"),
    "another lesson": (raw(notebook(lesson="05_funnel")), "It is the exercise of 05_funnel"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_exercise_gets_a_sentence(name: str) -> None:
    content, said = BAD[name]
    with pytest.raises(NoNotebookError, match=said):
        submissions.read(content, LESSON)


def test_a_byte_order_mark_is_no_reason_to_fail() -> None:
    assert submissions.read(b"\xef\xbb\xbf" + raw(notebook()), LESSON).notes == ()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "solution.ipynb").write_bytes(raw(notebook("solutions")))
    (tmp_path / "mine.ipynb").symlink_to(tmp_path / "solution.ipynb")
    with pytest.raises(NoNotebookError, match="link"):
        submissions.content(tmp_path / "mine.ipynb")


def test_too_large_a_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.ipynb"
    with path.open("wb") as file:
        file.truncate(30_000_000)
    with pytest.raises(NoNotebookError, match="30 MB"):
        submissions.content(path)


def place(held: dict[str, Any], mark: str) -> int:
    return next(i for i, cell in enumerate(held["cells"]) if mark_of(cell) == mark)


def deleted(held: dict[str, Any]) -> None:
    del held["cells"][place(held, "shrinkage-weight")]


def both_deleted(held: dict[str, Any]) -> None:
    deleted(held)
    del held["cells"][place(held, "shrinkage-weight-answer")]
    held["cells"].append(code("weight = 0.2"))


def check_first(held: dict[str, Any]) -> None:
    i, j = place(held, "shrinkage-weight-answer"), place(held, "shrinkage-weight")
    held["cells"][i], held["cells"][j] = held["cells"][j], held["cells"][i]


def all_checks_first(held: dict[str, Any]) -> None:
    checks = [c for c in held["cells"] if mark_of(c) and not mark_of(c).endswith("-answer")]
    held["cells"] = checks + [c for c in held["cells"] if c not in checks]


def merged(held: dict[str, Any]) -> None:
    i, j = place(held, "shrinkage-weight-answer"), place(held, "shrinkage-weight")
    held["cells"][i]["source"] = "".join(held["cells"][i]["source"]) + "\n" + "".join(held["cells"][j]["source"])
    del held["cells"][j]


def all_merged(held: dict[str, Any]) -> None:
    source = "\n".join("".join(c["source"]) for c in held["cells"] if c["cell_type"] == "code")
    held["cells"] = [code(source)]


def copied(held: dict[str, Any]) -> None:
    j = place(held, "shrinkage-weight")
    held["cells"].insert(j, json.loads(json.dumps(held["cells"][j])))


def no_metadata(held: dict[str, Any]) -> None:
    for cell in held["cells"]:
        cell["metadata"] = {}


def edited_check(held: dict[str, Any]) -> None:
    held["cells"][place(held, "shrinkage-weight")]["source"] = 'check("shrinkage.weight", 99)'


def name_used_again(held: dict[str, Any]) -> None:
    held["cells"].append(code("weight = 99"))


def magics(held: dict[str, Any]) -> None:
    held["cells"].insert(1, code("%matplotlib inline\n%time x = 1\n!true\nhint('shrinkage.weight')\nx?"))


def broken_cell(held: dict[str, Any]) -> None:
    held["cells"].insert(1, code("this is no Python ("))


def own_check(held: dict[str, Any]) -> None:
    cell = held["cells"][place(held, "shrinkage-weight-answer")]
    cell["source"] = 'check("shrinkage.weight", ...)\nhint("shrinkage.weight")\n' + "".join(cell["source"])


STILL_RIGHT = [
    *(deleted, both_deleted, check_first, all_checks_first, merged, all_merged, copied, no_metadata, edited_check),
    *(name_used_again, magics, broken_cell, own_check),
]


@pytest.mark.usefixtures("rooms")
@pytest.mark.parametrize("change", STILL_RIGHT, ids=[change.__name__ for change in STILL_RIGHT])
def test_points_for_what_is_there(change: Callable[[dict[str, Any]], None], tmp_path: Path) -> None:
    held = notebook()
    held["cells"][place(held, "shrinkage-weight-answer")]["source"] = "weight = 1 / 5"
    change(held)
    tmp_path.chmod(0o755)
    grade = grading.grade(raw(held), LESSON, tmp_path)
    assert grade.findings["shrinkage.weight"].outcome is Outcome.RIGHT
    assert grade.score == 1


@pytest.mark.usefixtures("rooms")
def test_a_module_that_is_missing_here_is_named(tmp_path: Path) -> None:
    """What it costs is told at the tasks, by names that are not defined: far from the cause."""
    tmp_path.chmod(0o755)
    grade = grading.grade(with_cells(["import a_module_of_mine\nweight = 1"], light=True), LESSON, tmp_path)
    (note,) = grade.notes
    assert note.startswith("The cell that begins `import a_module_of_mine` raised ModuleNotFoundError")
    assert "'a_module_of_mine', and went no further." in note


def test_what_is_odd_is_said() -> None:
    held = notebook()
    copied(held)
    assert submissions.read(raw(held), LESSON).notes == ("The check of weight is in it twice.",)
    held = notebook()
    both_deleted(held)
    assert submissions.read(raw(held), LESSON).notes == ("The cells of weight are missing.",)


@pytest.mark.parametrize("name", ["4", "04", "04_shrinkage", "shrinkage", "04_shrinkage.ipynb"])
def test_a_lesson_is_named_in_any_way(name: str) -> None:
    assert submissions.named(name) == LESSON


def test_a_grade_is_read_back_and_damage_is_none() -> None:
    from course.verdicts.findings import right

    grade = grading.Grade(
        LESSON, "k", {"shrinkage.weight": right("Yes.")}, {"shrinkage.weight": "x\udcff"}, ("n",), 1.5
    )
    assert grading.parse(grade.text()) == grade
    for bad in ("", "{", "[]", "null", '{"format": 99}', grade.text()[:50], grade.text().replace('"right"', '"odd"')):
        assert grading.parse(bad) is None

"""Notebooks of made-up students, and a class of them."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from course.app.classroom.rooms import sandbox

ROOT = Path(__file__).parents[2]
LESSON = "04_shrinkage"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("classroom")


@pytest.fixture
def rooms() -> None:
    """What needs a sandbox is skipped without one; in CI, which installs bubblewrap, only where a system forbids it."""
    if (why := sandbox.missing()) and not (os.environ.get("CI") and shutil.which("bwrap") is None):
        pytest.skip(why)


def notebook(folder: str = "exercises", lesson: str = LESSON) -> dict[str, Any]:
    return json.loads((ROOT / folder / f"{lesson}.ipynb").read_bytes())


def code(source: str, grade_id: str = "") -> dict[str, Any]:
    metadata = {"nbgrader": {"grade_id": grade_id, "grade": False, "solution": True}} if grade_id else {}
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": [], "execution_count": None}


def raw(held: Any) -> bytes:
    return json.dumps(held).encode()


def mark_of(cell: dict[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def with_cells(
    first: Sequence[str] = (), answers: dict[str, str] | None = None, lesson: str = LESSON, light: bool = False
) -> bytes:
    """An exercise with cells of its own behind the imports, and some answers; light is without PyMC."""
    held = notebook(lesson=lesson)
    if light:
        for cell in held["cells"]:
            cell["source"] = [line for line in cell["source"] if line != "import pymc as pm\n"]
    for cell in held["cells"]:
        if (mark := mark_of(cell)) in (answers or {}):
            cell["source"] = answers[mark]
    place = next(i for i, cell in enumerate(held["cells"]) if cell["cell_type"] == "code") + 1
    held["cells"][place:place] = [code(source) for source in first]
    return raw(held)


Changed = Callable[[dict[str, Any]], Any]

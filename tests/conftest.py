"""What several tests build: notebooks, a checkout small enough to break, a port that is taken."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course import data, regression, simulate
from course.app import notebooks

ANSWER = """\
def weight(sigma, tau):
    ### BEGIN SOLUTION
    return tau**2 / (tau**2 + sigma**2)
    ### END SOLUTION"""
CHECK = """\
assert weight(1, 1) == 0.5
### BEGIN HIDDEN TESTS
assert weight(2, 1) == 0.2
### END HIDDEN TESTS"""

WriteNotebook = Callable[..., Path]


@pytest.fixture
def write_notebook() -> WriteNotebook:
    """Write a tidy notebook whose code cells have the given sources; ``**cell`` goes into each."""

    def write(path: Path, *sources: str, tags: list[str] | None = None, prose: str = "Read on.") -> Path:
        cells = [new_markdown_cell(prose), *(new_code_cell(source) for source in sources)]
        for number, cell in enumerate(cells):
            cell.id = f"cell-{number}"
            if cell.cell_type == "code" and tags:
                cell.metadata.tags = tags
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(notebooks.text(notebooks.tidy(new_notebook(cells=cells))), encoding="utf-8", newline="\n")
        return path

    return write


@pytest.fixture
def busy_port() -> Iterator[int]:
    """A port of this computer that something listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def write_solution() -> Callable[[Path], Path]:
    """Write a solution with nbgrader's markers and metadata, and a stored output."""

    def write(path: Path) -> Path:
        answer = new_code_cell(ANSWER)
        answer.metadata.nbgrader = _nbgrader("weight", solution=True)
        check = new_code_cell(CHECK)
        check.metadata.nbgrader = _nbgrader("weight-check", grade=True, locked=True) | {"points": 1}
        golden = new_code_cell("print(weight(2, 1))")
        golden.metadata.tags = [notebooks.GOLDEN]
        golden.outputs = [nbformat.v4.new_output("stream", name="stdout", text="0.2\n")]
        cells = [new_markdown_cell("How heavy is λ?"), answer, check, golden]
        for number, cell in enumerate(cells):
            cell.id = f"cell-{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(notebooks.text(notebooks.tidy(new_notebook(cells=cells))), encoding="utf-8", newline="\n")
        return path

    return write


def _nbgrader(grade_id: str, **flags: bool) -> dict[str, object]:
    base = {"grade": False, "locked": False, "solution": False, "task": False} | flags
    return {"grade_id": grade_id, "schema_version": 3, **base}


@pytest.fixture(scope="session")
def sleep():
    table = data.load("sleepstudy")
    return regression.group_rows(table.reaction, table.days, table.subject)


@pytest.fixture(scope="session")
def cities():
    return simulate.priced_cities(np.random.default_rng(0))


@pytest.fixture(scope="session")
def cells(cities):
    return regression.cells(cities.bought, cities.price / 10, cities.city)

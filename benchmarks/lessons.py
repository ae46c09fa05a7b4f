"""How long a learner waits: each lesson in a fresh kernel, and the first posterior figure of lesson 03.

    uv run python -m benchmarks.lessons [03_eight_schools ...]

One run, one table: seconds measured, the limit, and their ratio. The compile cache is an empty folder, as on a computer
that has never run a model; what one lesson compiles the next may find there.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from course.app.speed import code_line
from course.syllabus import lessons

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
LIMIT, LIMITS = 40.0, {"funnel": 45.0, "ten_thousand_cities": 45.0}  # seconds
FIRST_FIGURE, FIRST_FIGURE_LIMIT = "first-figure", 5.0


def run(path: Path) -> tuple[float, dict[str, float]]:
    """Seconds from starting the kernel to the end, and to the end of each cell by id."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}})
    start, ends = time.perf_counter(), {}
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
            ends[cell.id] = time.perf_counter() - start
        total = time.perf_counter() - start
    return total, ends


def row(what: str, seconds: float, limit: float) -> str:
    """One line of the table."""
    return f"{what:48} {seconds:7.1f} {limit:7.1f} {seconds / limit:7.2f}"


def main() -> None:
    """Run every lesson once and print the table."""
    print(f"{'what':48} {'seconds':>7} {'limit':>7} {'ratio':>7}")
    os.environ["PYTENSOR_FLAGS"] = f"base_compiledir={tempfile.mkdtemp(prefix='compiledir-')}"
    for lesson in (one for one in lessons() if one.name in (sys.argv[1:] or one.name)):
        total, ends = run(NOTEBOOKS / f"{lesson.name}.ipynb")
        print(row(lesson.name, total, LIMITS.get(lesson.topic, LIMIT)), flush=True)
        if FIRST_FIGURE in ends:
            print(row("  kernel start to first posterior figure", ends[FIRST_FIGURE], FIRST_FIGURE_LIMIT))
    print(code_line("lessons"))


if __name__ == "__main__":
    main()

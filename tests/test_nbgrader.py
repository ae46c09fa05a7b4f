"""A teacher's whole round with nbgrader's own commands: hand out, collect, grade."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
NAME = "04_shrinkage.ipynb"


@pytest.fixture
def nbgrader(tmp_path):
    """Run one of nbgrader's commands in a course directory with our notebook and our settings; its output."""
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    (tmp_path / "source" / "ps").mkdir(parents=True)
    shutil.copy(ROOT / "solutions" / NAME, tmp_path / "source" / "ps")
    # nbgrader calls alembic, which lies beside the interpreter, by its bare name.
    here = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *command],
            cwd=tmp_path,
            env=os.environ | {"PATH": here},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    return run


def hand_in(course: Path, student: str, *, solved: bool) -> None:
    exercise = nbformat.read(course / "release" / "ps" / NAME, as_version=4)
    solution = nbformat.read(course / "source" / "ps" / NAME, as_version=4)
    for cell, answer in zip(exercise.cells, solution.cells, strict=True):
        if solved and cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = answer.source
    folder = course / "submitted" / student / "ps"
    folder.mkdir(parents=True)
    nbformat.write(exercise, folder / NAME)


def test_solved_tasks_get_all_points_and_unsolved_ones_none(nbgrader, tmp_path):
    nbgrader("generate_assignment", "ps", "--create")
    assert (tmp_path / "release" / "ps" / NAME).read_bytes() == (ROOT / "exercises" / NAME).read_bytes()
    hand_in(tmp_path, "done", solved=True)
    hand_in(tmp_path, "empty", solved=False)
    assert "partial credit" not in nbgrader("autograde", "ps", "--create")  # what it says of an output it cannot read
    nbgrader("export")
    with (tmp_path / "grades.csv").open(newline="") as file:
        points = {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(file)}
    most = points["done"][1]
    assert points == {"done": (most, most), "empty": (0.0, most)}
    assert most >= 6

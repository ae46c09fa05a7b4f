"""Exercises are what nbgrader makes of the solutions, and a notebook is written in one way only."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course.app import build, notebooks
from course.errors import CourseError


@pytest.fixture
def root(tmp_path):
    for name in ("notebooks", "solutions", "exercises"):
        (tmp_path / name).mkdir()
    return tmp_path


def names(changes):
    return [(change.path.name, change.why) for change in changes]


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def test_an_exercise_is_byte_for_byte_what_nbgrader_makes(root, write_solution, tmp_path):
    """The oracle is nbgrader's own command on the same file, in a course directory of its own."""
    solution = write_solution(root / "solutions" / "03_weights.ipynb")
    build.apply(build.plan(root))
    course = tmp_path / "nbgrader"
    (course / "source" / "ps").mkdir(parents=True)
    shutil.copy(Path(__file__).parents[1] / "nbgrader_config.py", course)
    shutil.copy(solution, course / "source" / "ps")
    command = ["nbgrader", "generate_assignment", "ps", "--no-db", "--create", "--course-dir", str(course)]
    done = subprocess.run([sys.executable, "-m", *command], cwd=course, capture_output=True, text=True, check=False)
    released = course / "release" / "ps" / "03_weights.ipynb"
    assert done.returncode == 0, done.stderr
    assert (root / "exercises" / "03_weights.ipynb").read_bytes() == released.read_bytes()


def test_an_exercise_contains_no_answer_no_hidden_test_and_no_output(root, write_solution):
    write_solution(root / "solutions" / "03_weights.ipynb")
    build.apply(build.plan(root))
    text = (root / "exercises" / "03_weights.ipynb").read_text(encoding="utf-8")
    assert "tau**2" not in text
    assert "weight(2, 1) == 0.2" not in text
    assert all(not cell.get("outputs") for cell in json.loads(text)["cells"])
    assert "# YOUR CODE HERE" in text
    assert "NotImplementedError" not in text  # it would stop "Run All"


def test_a_second_build_changes_nothing(root, write_solution, write_notebook):
    write_solution(root / "solutions" / "03_weights.ipynb")
    write_notebook(root / "notebooks" / "03_weights.ipynb", "1 + 1")
    assert build.plan(root)
    build.apply(build.plan(root))
    assert build.plan(root) == ()


def test_nothing_to_build_is_fine(tmp_path):
    assert build.plan(tmp_path) == ()


def test_an_exercise_without_a_solution_is_removed(root, write_notebook):
    orphan = write_notebook(root / "exercises" / "09_gone.ipynb", "1")
    changes = build.plan(root)
    assert names(changes) == [("09_gone.ipynb", "solutions/09_gone.ipynb does not exist")]
    build.apply(changes)
    assert not orphan.exists()


def test_an_edited_exercise_is_stale(root, write_solution):
    write_solution(root / "solutions" / "03_weights.ipynb")
    build.apply(build.plan(root))
    exercise = root / "exercises" / "03_weights.ipynb"
    exercise.write_text(exercise.read_text(encoding="utf-8").replace("How heavy", "How light"), encoding="utf-8")
    assert names(build.plan(root)) == [("03_weights.ipynb", "not what solutions/03_weights.ipynb makes")]


def test_a_plan_changes_nothing(root, write_solution):
    solution = write_solution(root / "solutions" / "03_weights.ipynb")
    before = solution.read_bytes()
    build.plan(root)
    assert solution.read_bytes() == before
    assert list((root / "exercises").iterdir()) == []


def test_a_solution_without_an_end_is_one_sentence(root, write_solution):
    solution = write_solution(root / "solutions" / "03_weights.ipynb")
    solution.write_text(solution.read_text(encoding="utf-8").replace("### END SOLUTION", ""), encoding="utf-8")
    with pytest.raises(CourseError, match=r"solutions/03_weights.ipynb: nbgrader refuses it: no end solution"):
        build.plan(root)


def test_without_nbgrader_the_remedy_is_named(root, write_solution, monkeypatch):
    write_solution(root / "solutions" / "03_weights.ipynb")
    monkeypatch.setitem(sys.modules, "nbgrader", None)
    with pytest.raises(CourseError, match=r"nbgrader is missing.*uv sync --inexact --group dev"):
        build.plan(root)


def test_an_unknown_name_lists_the_known_ones(root, write_notebook):
    write_notebook(root / "notebooks" / "03_eight_schools.ipynb", "1")
    with pytest.raises(CourseError, match=r"no notebook '3'.*03_eight_schools"):
        build.plan(root, ["3"])


@pytest.mark.parametrize("damage", ["", "{}", "[]", '{"nbformat": 3}', "<<<<<<< HEAD"])
def test_a_damaged_notebook_is_one_sentence(root, damage):
    (root / "notebooks" / "01.ipynb").write_text(damage, encoding="utf-8")
    with pytest.raises(CourseError, match=r"01\.ipynb is not a valid notebook"):
        build.plan(root)


def test_running_stores_the_output_of_golden_cells_and_of_no_others(root, write_notebook):
    lesson = write_notebook(root / "notebooks" / "01.ipynb", "print(0.1)", "print(2 / 8)\n2 + 2")
    notebook = notebooks.read(lesson)
    notebook.cells[2].metadata.tags = [notebooks.GOLDEN]
    lesson.write_text(notebooks.text(notebook), encoding="utf-8", newline="\n")
    build.apply(build.plan(root, ["01"], run=True))
    quiet, golden = notebooks.read(lesson).cells[1:]
    assert (quiet.outputs, quiet.execution_count) == ([], None)
    assert [output.get("text") or output.data["text/plain"] for output in golden.outputs] == ["0.25\n", "4"]
    assert golden.execution_count == 1
    assert build.plan(root, run=True) == ()


def test_a_lesson_that_fails_names_the_cell_and_the_error(root, write_notebook):
    write_notebook(root / "notebooks" / "01.ipynb", "1", "1 / 0")
    with pytest.raises(CourseError, match=r"01\.ipynb, cell cell-2: ZeroDivisionError: division by zero"):
        build.plan(root, run=True)


def untidy():
    cell = new_code_cell("print(1)", id="same", execution_count=9, outputs=[stream("1\n")])
    cell.metadata = nbformat.from_dict(
        {"scrolled": True, "collapsed": False, "trusted": True, "execution": {"a": "1"}, "tags": ["x"]}
    )
    golden = new_code_cell("print(2)", id="other", execution_count=3)
    golden.metadata.tags = [notebooks.GOLDEN]
    figure = new_output("display_data", {"image/png": "iVBOR", "text/plain": "<Figure>"})
    golden.outputs = [stream("2\n"), stream("no!", "stderr"), figure, stream("3\n")]
    notebook = new_notebook(cells=[new_markdown_cell("λ̂ = ½"), cell, golden])
    golden.id = "same"  # nbformat itself would refuse to put them together
    notebook.metadata = nbformat.from_dict(
        {"language_info": {"name": "python"}, "widgets": {}, "kernelspec": {"name": "mine", "display_name": "Mine"}}
    )
    return notebook


@pytest.fixture
def tidied(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(nbformat.v4.writes(untidy()), encoding="utf-8")
    return notebooks.tidy(notebooks.read(path))


def test_tidying_keeps_what_an_author_wrote_and_nothing_a_run_left(tidied):
    prose, cell, golden = tidied.cells
    assert prose.source == "λ̂ = ½"
    assert (cell.outputs, cell.execution_count, dict(cell.metadata)) == ([], None, {"tags": ["x"]})
    assert [dict(output) for output in golden.outputs] == [
        {"name": "stdout", "output_type": "stream", "text": "2\n3\n"},
        {"data": {"text/plain": "<Figure>"}, "metadata": {}, "output_type": "display_data"},
    ]
    assert tidied.metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    }


def test_ids_become_unique_and_stay_what_they_were(tidied):
    ids = [cell.id for cell in tidied.cells]
    assert len(set(ids)) == 3
    assert ids[1] == "same"


def test_missing_ids_are_the_same_in_every_run(tmp_path):
    old = new_notebook(cells=[new_code_cell("1"), new_code_cell("1")])
    for cell in old.cells:
        del cell["id"]
    old.nbformat_minor = 4
    path = tmp_path / "a.ipynb"
    path.write_text(nbformat.v4.writes(old), encoding="utf-8")
    first, second = (notebooks.text(notebooks.tidy(notebooks.read(path))) for _ in range(2))
    assert first == second
    assert json.loads(first)["nbformat_minor"] == 5
    nbformat.validate(nbformat.reads(first, as_version=4))


def test_a_tidy_notebook_is_written_as_jupyterlab_writes_it(tidied, tmp_path):
    """The oracle is the contents manager of the Jupyter server, which JupyterLab saves through."""
    from jupyter_server.services.contents.filemanager import FileContentsManager

    manager = FileContentsManager(root_dir=str(tmp_path))
    manager.save({"type": "notebook", "content": tidied, "format": "json"}, "b.ipynb")
    assert notebooks.text(tidied) == (tmp_path / "b.ipynb").read_text(encoding="utf-8")

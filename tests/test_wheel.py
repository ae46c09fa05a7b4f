"""The wheel: a learner with nothing but pip gets the lessons, the data and the command, and a lesson runs."""

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from course import __version__, bundle
from course.app import playground, ports
from tests.serving import served, wait_for

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
UV = os.environ.get("UV", "uv")  # `uv run` says where it is
# A process that knows nothing of this checkout or of the environment that runs the tests.
CLEAN = {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "PYTHONPATH", "COURSE_DIR")}
RUN_LESSON = """
import sys
import nbformat
from nbclient import NotebookClient
lesson = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(lesson, timeout=300, kernel_name="python3", resources={"metadata": {"path": sys.argv[2]}}).execute()
"""


def run(*command: object, cwd: Path) -> str:
    done = subprocess.run(list(map(str, command)), cwd=cwd, env=CLEAN, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    run(UV, "build", "--wheel", "--out-dir", folder, cwd=ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """The interpreter of an environment that holds the wheel and what it declares, and nothing else."""
    folder = tmp_path_factory.mktemp("env")
    run(UV, "venv", "--python", sys.executable, folder / "venv", cwd=ROOT)
    interpreter = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    date = SETTINGS["tool"]["uv"]["exclude-newer"]
    run(
        UV,
        "pip",
        "install",
        "--python",
        interpreter,
        "--exclude-newer",
        date,
        "--compile-bytecode",
        wheel,
        cwd=folder,
    )
    return interpreter


def test_the_wheel_contains_lessons_data_and_licences_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"course/bundle/{name}" for name in bundle.files()} <= set(names)
    solutions = {f"course/bundle/solutions/{path.name}" for path in (bundle.root() / "solutions").glob("*.ipynb")}
    assert solutions <= set(names)  # for solution(), after the hints; a workspace does not get them
    for data in (ROOT / "course" / "data" / "files").glob("*.*"):
        assert f"course/data/files/{data.name}" in names
    assert "course/syllabus.toml" in names
    for file in (ROOT / "course" / "lessons").glob("*/*.toml"):
        assert f"course/lessons/{file.parent.name}/{file.name}" in names
    assert "course/app/lab_settings/labconfig/page_config.json" in names
    assert "course/app/playground/share/nbconvert/templates/playground/index.html.j2" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.split("/")[0] for name in names} == {"course", f"borrowing_strength-{__version__}.dist-info"}
    assert not [name for name in names if "checkpoint" in name or "__pycache__" in name or ".gitkeep" in name]


def test_no_notebook_in_the_wheel_shows_an_answer(wheel):
    packed = zipfile.ZipFile(wheel)
    notebooks = [json.loads(packed.read(name)) for name in packed.namelist() if name.endswith(".ipynb")]
    cells = [cell for notebook in notebooks for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert cells
    assert not [cell["id"] for cell in cells if cell["outputs"] or cell["execution_count"]]


def test_a_learner_gets_none_of_our_tools(python, tmp_path):
    listed = json.loads(run(UV, "pip", "list", "--python", python, "--format", "json", cwd=tmp_path))
    names = {package["name"] for package in listed}
    tools = {Requirement(text).name for text in SETTINGS["dependency-groups"]["dev"]}
    assert "jupyterlab" in names
    assert names & tools == {"nbclient"}  # JupyterLab brings it
    assert names.isdisjoint({"sqlalchemy", "notebook", "torch"})  # nbgrader's, and an extra's


def test_the_command_works_outside_the_repository(python, tmp_path):
    assert run(python, "-m", "course", "--version", cwd=tmp_path).strip() == f"course {__version__}"
    script = python.with_name("course.exe" if os.name == "nt" else "course")
    assert "eight_schools" in run(script, "data", cwd=tmp_path)


@pytest.mark.skipif(not bundle.files(), reason="this checkout has no lessons yet")
def test_an_installed_course_makes_a_workspace_where_a_lesson_runs(python, tmp_path):
    folder = tmp_path / "my lessons"
    run(python, "-m", "course", "start", folder, cwd=tmp_path)
    delivered = {path.relative_to(folder).as_posix() for path in folder.rglob("*.ipynb")}
    assert delivered == {name for name in bundle.files() if name.endswith(".ipynb")}
    first = folder / min(name for name in delivered if name.startswith("notebooks/"))
    run(python, "-c", RUN_LESSON, first, first.parent, cwd=tmp_path)


@pytest.mark.skipif(not bundle.files(), reason="this checkout has no lessons yet")
def test_the_doctor_finds_nothing_to_mend_in_a_fresh_environment(python, tmp_path):
    assert "Everything the lessons need is here." in run(python, "-m", "course", "doctor", cwd=tmp_path)


def test_an_installed_playground_serves_its_page(python, tmp_path):
    port, log = ports.find_free(), tmp_path / "log"
    command = [python, "-m", "course", "playground", "--no-browser", "--port", port]
    with served(command, log, env=CLEAN, cwd=tmp_path) as server:
        page = wait_for(f"http://127.0.0.1:{port}/", server, log)
    assert f"<title>{playground.TITLE}</title>" in page
    assert "vnd.jupyter.widget-view+json" in page
    assert "vnd.jupyter.stderr" not in page  # a cell that failed


def test_an_installed_course_drills_and_packs_for_anki(python, tmp_path):
    own = CLEAN | {"COURSE_DATA": str(tmp_path / "data"), "PYTHONUTF8": "1"}
    command = [python, "-m", "course", "drill", "--kind", "recall", "--new", "1"]
    done = subprocess.run(
        command, cwd=tmp_path, env=own, input="\ng\nq\n", capture_output=True, encoding="utf-8", check=True
    )
    assert "0 due, 1 new" in done.stdout
    assert (tmp_path / "data" / "reviews.jsonl").is_file()
    assert "cards in" in run(python, "-m", "course", "drill", "export", "--anki", tmp_path / "out.apkg", cwd=tmp_path)


def test_building_exercises_without_nbgrader_is_a_sentence(python, tmp_path):
    done = subprocess.run(
        [python, "-m", "course", "build"], cwd=tmp_path, env=CLEAN, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "works on a git checkout" in done.stderr

"""The command line: what a user types, what it answers, and that a mistake is a sentence."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from course import __main__, __version__, bundle, data
from course.app import selftest, workspace
from course.app.cli import app
from course.errors import CourseError

COMMANDS = ["lab", "playground", "start", "doctor", "data", "build", "test"]


def course(*arguments, **options):
    command = [sys.executable, "-m", "course", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8", **options)


def invoke(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def lessons(tmp_path, write_notebook, monkeypatch):
    """Stand in for the lessons of this checkout, which other tests look at."""
    source = write_notebook(tmp_path / "source" / bundle.FIRST_LESSON, "print('hello')")
    monkeypatch.setattr(bundle, "files", lambda: {bundle.FIRST_LESSON: source})
    return source


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example(command):
    result = invoke(command, "--help")
    assert result.exit_code == 0
    assert f"Example:  course {command}" in result.output


def test_help_lists_every_command():
    result = invoke("--help")
    assert all(command in result.output for command in COMMANDS)


def test_the_version_is_the_packages():
    assert course("--version").stdout.strip() == f"course {__version__}"


@pytest.mark.parametrize("arguments", [["nonsense"], ["lab", "--port", "x"], ["lab", "--port", "70000"], ["start"]])
def test_a_usage_error_is_exit_code_2(arguments):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_start_makes_a_workspace_and_says_how_to_open_it(lessons, tmp_path):
    result = invoke("start", tmp_path / "mine")
    assert result.exit_code == 0
    assert (tmp_path / "mine" / bundle.FIRST_LESSON).read_bytes() == lessons.read_bytes()
    assert f'course lab --dir "{tmp_path / "mine"}"' in result.output


def test_start_tells_what_it_updated_and_put_beside(lessons, tmp_path, write_notebook):
    invoke("start", tmp_path / "mine")
    write_notebook(lessons, "print('newer')")
    assert "replaced by a newer version" in invoke("start", tmp_path / "mine").output
    write_notebook(tmp_path / "mine" / bundle.FIRST_LESSON, "print('my own')")
    write_notebook(lessons, "print('newest')")
    output = invoke("start", tmp_path / "mine").output
    assert f"00_start_here_new_in_{__version__}.ipynb" in output
    (tmp_path / "mine" / workspace.MANIFEST).write_text("{", encoding="utf-8")
    assert "was damaged" in invoke("start", tmp_path / "mine").output


def test_a_mistake_is_one_sentence_on_stderr_and_exit_code_1(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    result = course("doctor", "--dir", tmp_path)  # not a mistake: a real process works at all
    assert "Traceback" not in result.stderr
    result = course("data", "eight_schol")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("course: ")
    assert "eight_schools" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_data_lists_every_set_with_source_and_licence():
    output = invoke("data").output
    assert all(name in output and data.card(name).licence in output for name in data.names())


def test_data_of_one_set_explains_each_column():
    output = invoke("data", "eight_schools").output
    card = data.card("eight_schools")
    assert all(column.meaning in output for column in card.columns.values())
    assert card.doi in output


def test_a_damaged_data_set_is_a_sentence(monkeypatch):
    def load(name):
        raise data.DamagedDataError("rats.csv was changed; reinstall the package")

    monkeypatch.setattr(data, "load", load)
    with pytest.raises(CourseError, match=r"rats\.csv was changed"):
        CliRunner().invoke(app, ["data", "rats"], catch_exceptions=False)


@pytest.mark.parametrize("arguments", [["lab", "--author"], ["build"], ["test"]])
def test_an_installed_course_says_what_needs_a_checkout(monkeypatch, arguments):
    monkeypatch.setattr(bundle, "checkout", lambda: None)
    with pytest.raises(CourseError, match=r"works on a git checkout.*Clone the repository"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_build_check_names_what_is_stale_and_the_command(monkeypatch, tmp_path, write_notebook):
    for folder in ("notebooks", "solutions"):
        (tmp_path / folder).mkdir()
    stale = write_notebook(tmp_path / "notebooks" / "01_pooling.ipynb", "1")
    stale.write_text(stale.read_text(encoding="utf-8").rstrip("\n"), encoding="utf-8")
    before = stale.read_bytes()
    monkeypatch.setattr(bundle, "checkout", lambda: tmp_path)
    result = invoke("build", "--check")
    assert result.exit_code == 1
    assert "stale  notebooks/01_pooling.ipynb  (untidy)" in result.output
    assert "Mend it with: course build" in result.output
    assert stale.read_bytes() == before
    assert invoke("build").exit_code == 0
    assert invoke("build", "--check").output == "Everything is up to date.\n"


def test_the_steps_of_the_test_can_be_listed():
    output = invoke("test", "--list").output
    assert [line.split()[0] for line in output.splitlines()] == [
        "lint",
        "types",
        "unit",
        "build",
        "notebooks",
        "exercises",
        "solutions",
        "browser",
        "classroom",
        "machines",
        "slow",
        "site",
        "torch",
        "wheel",
    ]


def test_an_unknown_step_lists_the_known_ones():
    with pytest.raises(CourseError, match=r"no step 'speed'.*lint, types"):
        selftest.choose(selftest.steps(Path()), ["speed"])


def test_a_failing_step_does_not_stop_the_others_and_the_last_line_counts_like_pytest(monkeypatch, tmp_path):
    (tmp_path / "test_a.py").write_text("def test_a(): pass\ndef test_b(): assert 0\n", encoding="utf-8")
    (tmp_path / "test_c.py").write_text("def test_c(): pass\n", encoding="utf-8")
    plain = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    every = (
        selftest.Step("bad", "fails", (("pytest", "test_a.py", *plain),)),
        selftest.Step("good", "passes", (("pytest", "test_c.py", *plain),)),
    )
    outcomes = [selftest.run(tmp_path, step) for step in every]
    assert [outcome.ok for outcome in outcomes] == [False, True]
    *_, verdict, total = selftest.summary(outcomes).splitlines()
    assert verdict == "failed: bad"
    assert total.startswith("1 failed, 2 passed in ")


@pytest.fixture
def uv_calls(monkeypatch):
    """The commands that `course test` would give to uv, which is not run."""
    calls = []
    monkeypatch.setenv("UV", "/where/uv/is")
    monkeypatch.setattr(subprocess, "run", lambda command, **options: calls.append((command, options)))
    return calls


def test_test_brings_what_it_needs_into_the_environment_that_runs_and_removes_nothing(monkeypatch, uv_calls):
    finds = iter([["no_such_package"], []])
    monkeypatch.setattr(selftest, "_missing", lambda: next(finds))
    selftest.bring_tools(bundle.root())
    [(command, options)] = uv_calls
    version = "{}.{}".format(*sys.version_info[:2])
    assert command == [
        *("/where/uv/is", "sync", "--inexact", "--group", "dev", "--compile-bytecode"),
        *("--active", "--python", version),
    ]
    assert options["env"]["VIRTUAL_ENV"] == sys.prefix
    assert options["cwd"] == bundle.root()


def test_what_could_not_be_brought_is_named_with_the_command(monkeypatch, uv_calls):
    monkeypatch.setattr(selftest, "_NEEDED", ("pytest", "no_such_package"))
    with pytest.raises(CourseError, match=r"the tests need no_such_package\..*uv sync --inexact --group dev"):
        selftest.bring_tools(bundle.root())
    assert len(uv_calls) == 1


def test_without_uv_or_an_environment_of_its_own_nothing_is_tried(monkeypatch, uv_calls):
    monkeypatch.setattr(selftest, "_NEEDED", ("no_such_package",))
    with monkeypatch.context() as patch:
        patch.setattr(sys, "prefix", sys.base_prefix)
        with pytest.raises(CourseError, match="no_such_package"):
            selftest.bring_tools(bundle.root())
    monkeypatch.delenv("UV")
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(CourseError, match="no_such_package"):
        selftest.bring_tools(bundle.root())
    assert uv_calls == []


def test_listing_the_steps_installs_nothing(monkeypatch, uv_calls):
    monkeypatch.setattr(selftest, "_NEEDED", ("no_such_package",))
    assert invoke("test", "--list").exit_code == 0
    assert uv_calls == []


def test_an_old_python_is_a_sentence(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 11, 4, "final", 0))
    with pytest.raises(SystemExit, match=r"needs Python 3.12 or later, and this is 3.11"):
        __main__.main()


def test_a_missing_package_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "typer", None)
    monkeypatch.delitem(sys.modules, "course.app.cli")
    with pytest.raises(SystemExit, match=r"the package typer is missing"):
        __main__.main()


def test_help_does_not_wait_for_the_heavy_packages():
    code = "import sys; from course.app.cli import app; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "nbformat", "jupyterlab", "pymc"}.intersection(loaded)


def test_importing_the_package_imports_nothing_else():
    code = "import sys; before = set(sys.modules); import course; print(*(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == ["course"]

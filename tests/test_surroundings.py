"""The command without what is taken for granted: a home, an input, room for the answer, a wide window."""

import os
import subprocess
import sys

import pytest

# No home and no entry in the list of users, as in many containers.
HOMELESS = """
import os, sys
os.environ.pop("HOME", None)
try:
    import pwd
except ImportError:
    sys.exit(77)
def nobody(*_):
    raise KeyError("uid not found")
pwd.getpwuid = pwd.getpwnam = nobody
from course.__main__ import main
sys.argv = ["course", *sys.argv[1:]]
main()
"""


def run(*command: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, **options)


def course(*arguments: str, data: object, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COURSE_DATA": str(data)} | variables
    return run(sys.executable, "-m", "course", *arguments, env=environment, stdin=subprocess.DEVNULL)


@pytest.mark.skipif(sys.platform == "win32", reason="homes are found otherwise")
@pytest.mark.parametrize("command", ["status", "doctor", "drill", "reset", "lab"])
def test_without_a_home_the_command_says_so(command: str) -> None:
    without = {"HOME", "COURSE_DATA", "COURSE_DIR", "XDG_DATA_HOME", "JUPYTER_CONFIG_DIR", "PYTENSOR_FLAGS"}
    environment = {name: value for name, value in os.environ.items() if name not in without}
    done = run(sys.executable, "-c", HOMELESS, command, env=environment, stdin=subprocess.DEVNULL)
    said = " ".join((done.stdout + done.stderr).replace("│", " ").split())
    assert done.returncode == 1
    assert "Traceback" not in said
    assert "HOME" in said


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a disk that is always full")  # noqa: PTH110
@pytest.mark.parametrize("command", ["data", "status", "doctor"])
def test_an_answer_that_finds_no_room_is_a_sentence(command: str, tmp_path) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "course", command], stdout=full, stderr=subprocess.PIPE, text=True, timeout=120,
            env=os.environ | {"COURSE_DATA": str(tmp_path)},
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.strip() == "course: could not write its answer: the disk is full"


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of Unix closes the input")
@pytest.mark.parametrize("command", ["drill", "reset", "status"])
def test_a_closed_input_is_the_end_of_the_answers(command: str, tmp_path) -> None:
    (tmp_path / "progress.jsonl").write_text('{"format":"borrowing-strength journal","kind":"progress","version":1}\n')
    done = run(
        "sh", "-c", f'exec "{sys.executable}" -m course {command} <&-', env=os.environ | {"COURSE_DATA": str(tmp_path)}
    )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("columns", ["20", "5"])
@pytest.mark.parametrize("arguments", [["status"], ["doctor"], ["--help"], ["drill", "--help"], ["status", "--lesson", "04"]])  # fmt: skip # noqa: E501
def test_a_narrow_window_gets_a_list_and_no_grid_of_dots(arguments: list[str], columns: str, tmp_path) -> None:
    done = course(*arguments, data=tmp_path, COLUMNS=columns)
    assert "…" not in done.stdout
    assert "┃" not in done.stdout
    assert "Traceback" not in done.stderr
    assert len(done.stdout.split()) > 20


@pytest.mark.parametrize("columns", ["0", "-3", "many"])
def test_columns_that_say_nothing_are_the_usual_ones(columns: str, tmp_path) -> None:
    usual, said = (course("status", data=tmp_path, COLUMNS=wanted).stdout for wanted in ("80", columns))
    assert said == usual


@pytest.mark.parametrize("data", ["~nosuchuser/x", "/dev/null/x"])
def test_a_data_folder_that_cannot_be_is_named(data: str) -> None:
    done = course("status", data=data)
    assert done.returncode == 1
    assert done.stderr.startswith("course: ")
    assert data in done.stderr
    assert "Traceback" not in done.stderr

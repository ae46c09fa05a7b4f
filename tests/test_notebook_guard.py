"""The guard in the root conftest really fires: a lesson that shows a warning fails under nbval."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
WARN = "import warnings\nwarnings.warn('your chains disagree')"
CALM = "print('calm')"


def run_nbval(folder: Path) -> subprocess.CompletedProcess[str]:
    shutil.copy(CONFTEST, folder)
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval-lax",
        "-q",
        "-rf",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:zarr",
        ".",
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "source",
    [
        WARN,
        "import sys\nprint('odd', file=sys.stderr)",
        "import logging\nlogging.warning('3 divergences')",
    ],
)
def test_a_cell_that_shows_a_warning_fails_and_is_named(tmp_path, write_notebook, source):
    write_notebook(tmp_path / "lesson.ipynb", CALM, source)
    done = run_nbval(tmp_path)
    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout
    assert "(cell id cell-2) wrote to stderr" in done.stdout


@pytest.mark.parametrize("tag", ["shows-warning", "raises-exception"])
def test_a_cell_that_is_about_a_warning_says_so_with_a_tag(tmp_path, write_notebook, tag):
    write_notebook(tmp_path / "lesson.ipynb", WARN, tags=[tag])
    assert "1 passed" in run_nbval(tmp_path).stdout


def test_what_pymc_reports_about_its_sampling_is_no_warning(tmp_path, write_notebook):
    news = [
        "Initializing NUTS using jitter+adapt_diag...",
        "Multiprocess sampling (4 chains in 2 jobs)",
        "NUTS: [mu, tau, theta]",
        "NUTS[nutpie]: [mu, tau]",
        "Sampling 4 chains for 1_000 tune and 1_000 draw iterations (4_000 + 4_000 draws total) took 2 seconds.",
        "Sampling: [y]",
    ]
    divergences = "There were 12 divergences after tuning."
    show = "import sys\nprint({!r}, file=sys.stderr)"
    write_notebook(tmp_path / "lesson.ipynb", *map(show.format, news), show.format(divergences))
    done = run_nbval(tmp_path)
    assert f"1 failed, {len(news)} passed" in done.stdout
    assert divergences in done.stdout


def test_a_golden_cell_whose_number_changed_fails(tmp_path, write_notebook):
    from course import build

    lesson = write_notebook(tmp_path / "notebooks" / "lesson.ipynb", "print(0.25)", tags=["nbval-check-output"])
    build.apply(build.plan(tmp_path, run=True))
    assert "1 passed" in run_nbval(tmp_path).stdout
    lesson.write_text(lesson.read_text(encoding="utf-8").replace('"0.25\\n"', '"0.26\\n"'), encoding="utf-8")
    assert "1 failed" in run_nbval(tmp_path).stdout

"""The guard in the root conftest really fires: a lesson that shows a warning fails under nbval."""

import shutil
import subprocess
import sys
from pathlib import Path

from course.app import build

CONFTEST = Path(__file__).parents[1] / "conftest.py"
WARNINGS = [
    "import warnings\nwarnings.warn('your chains disagree')",
    "import sys\nprint('odd', file=sys.stderr)",
    "import logging\nlogging.warning('3 divergences')",
    "import sys\nprint('There were 12 divergences after tuning.', file=sys.stderr)",
]
NEWS = [
    "Initializing NUTS using jitter+adapt_diag...",
    "Multiprocess sampling (4 chains in 2 jobs)",
    "NUTS: [mu, tau, theta]",
    "NUTS[nutpie]: [mu, tau]",
    "Sampling 4 chains for 1_000 tune and 1_000 draw iterations (4_000 + 4_000 draws total) took 2 seconds.",
    "Sampling: [y]",
]


def run_nbval(folder: Path, *options: str) -> list[str]:
    """Return a line for each cell that failed or was skipped, and pytest's last line."""
    shutil.copy(CONFTEST, folder)
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval-lax",
        "-q",
        "-rfs",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:zarr",
        *options,
        ".",
    ]
    lines = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout.splitlines()
    return [line for line in lines if line.startswith(("FAILED", "SKIPPED"))] + lines[-1:]


def test_a_cell_that_shows_a_warning_fails_unless_a_tag_says_it_is_about_one(tmp_path, write_notebook):
    write_notebook(tmp_path / "calm.ipynb", "print('calm')")
    write_notebook(tmp_path / "warns.ipynb", *WARNINGS)
    write_notebook(tmp_path / "tagged.ipynb", *WARNINGS, tags=["shows-warning"])
    write_notebook(tmp_path / "raises.ipynb", *WARNINGS[:1], tags=["raises-exception"])
    write_notebook(tmp_path / "samples.ipynb", "import sys", *(f"print({line!r}, file=sys.stderr)" for line in NEWS))
    *failed, last = run_nbval(tmp_path)
    assert len(failed) == len(WARNINGS)
    assert all("warns.ipynb" in line for line in failed)
    assert last.startswith(f"{len(failed)} failed, {1 + len(WARNINGS) + 1 + 1 + len(NEWS)} passed")


def test_a_golden_cell_whose_number_changed_fails(tmp_path, write_notebook):
    for name in ("same", "changed"):
        write_notebook(tmp_path / "notebooks" / f"{name}.ipynb", "print(0.25)", tags=["nbval-check-output"])
    build.apply(build.plan(tmp_path, run=True))
    changed = tmp_path / "notebooks" / "changed.ipynb"
    changed.write_text(changed.read_text(encoding="utf-8").replace('"0.25\\n"', '"0.26\\n"'), encoding="utf-8")
    *failed, last = run_nbval(tmp_path)
    assert [line.split()[1] for line in failed] == ["notebooks/changed.ipynb::Cell"]
    assert last.startswith("1 failed, 1 passed")


def test_a_cell_that_loses_its_kernel_names_itself_and_not_those_after_it(tmp_path, write_notebook):
    write_notebook(tmp_path / "dead.ipynb", "import os", "os._exit(1)", *["print('on')"] * 2)
    write_notebook(tmp_path / "late.ipynb", "import time", "time.sleep(60)", *["print('on')"] * 3)
    write_notebook(tmp_path / "next.ipynb", "print('a kernel of its own')")
    *told, last = run_nbval(tmp_path, "--nbval-cell-timeout=8")
    failed, skipped = (sorted(line for line in told if line.startswith(word)) for word in ("FAILED", "SKIPPED"))
    assert [line.partition(" -")[0] for line in failed] == ["FAILED dead.ipynb::Cell 1", "FAILED late.ipynb::Cell 1"]
    assert [line.partition("not run: ")[2] for line in skipped] == [
        "the kernel died in Cell 1 (cell id cell-2)",
        "Cell 1 (cell id cell-2) ran out of time",
    ]
    assert last.startswith("2 failed, 3 passed, 5 skipped")

"""Where there is no Chromium: a skip with the remedy at home, a failure in CI, which is to install it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def browser_test_without_chromium(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one test of the browser step where the path leads to no program at all."""
    kept = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST_")}
    test = "tests/browser/test_trouble.py::test_a_kernel_that_dies_ends_the_wait_and_its_cell_is_named"
    command = [sys.executable, "-m", "pytest", test, "-rs", "-p", "no:cacheprovider"]
    environment = kept | {"PATH": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | variables  # starts faster
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_at_home_the_browser_tests_are_skipped_and_say_how_to_get_chromium(tmp_path):
    done = browser_test_without_chromium(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout
    assert "sudo apt-get install chromium" in done.stdout


def test_in_ci_they_fail(tmp_path):
    done = browser_test_without_chromium(tmp_path, CI="true")
    assert done.returncode == 1, done.stdout
    assert "no Chromium found" in done.stdout

"""The website's JavaScript, checked by TypeScript's compiler against the types in its comments."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from course.app import site

pytestmark = pytest.mark.site
ROOM = Path(site.__file__).parent
TSC = ("npx", "--yes", "--package", "typescript@5", "tsc")
OPTIONS = (
    *("--allowJs", "--checkJs", "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext"),
    *("--moduleResolution", "bundler", "--lib", "es2023,dom,dom.iterable"),
)


def tsc(*files):
    done = subprocess.run([*TSC, *OPTIONS, *files], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module", autouse=True)
def _compiler():
    """Skip where there is no Node, or npm cannot be reached; in CI that is a failure."""
    stop = pytest.fail if os.environ.get("CI") else pytest.skip
    if shutil.which("npx") is None:
        stop("npx is not installed: apt-get install nodejs npm")
    if subprocess.run([*TSC, "--version"], capture_output=True, check=False).returncode:
        stop("npm could not fetch TypeScript")


def test_every_script_has_the_types_that_it_says():
    scripts = sorted((*ROOM.glob("share/*.js"), *ROOM.glob("root/*.js")))
    assert all(path.read_text(encoding="utf-8").startswith("// @ts-check") for path in scripts)
    code, said = tsc(*scripts)
    assert code == 0, said


def test_a_wrong_type_is_found(tmp_path):
    script = tmp_path / "wrong.js"
    script.write_text("/** @param {number} x */\nexport function twice(x) { return x.trim(); }\n", encoding="utf-8")
    code, said = tsc(script)
    assert code != 0
    assert "trim" in said

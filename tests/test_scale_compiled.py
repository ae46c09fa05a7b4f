"""Compiled code is kept where it can be, never stale, and its absence stops nobody."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from course.scale import compiled, newton

PROGRAM = """
import numpy as np
from course.scale import small
print(small.factor(np.array([[4.0, 2.0], [2.0, 5.0]])))
from course.scale.compiled import cache_folder
print(cache_folder())
print(len(list(cache_folder().rglob("*.nbc"))))
print(sum(small.factor.stats.cache_hits.values()))
"""


def run(root, **environment):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)} | environment,
    )  # fmt: skip
    value, folder, kept, hits = done.stdout.split()
    assert float(value) == pytest.approx(np.log(16))
    return folder, int(kept), int(hits)


@pytest.fixture
def package(tmp_path):
    """A copy of the package, as if installed."""
    shutil.copytree(
        Path(compiled.__file__).parents[1], tmp_path / "course", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


def test_code_is_kept_found_again_and_given_up_when_any_file_changes(package, tmp_path):
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    folder, kept, hits = run(package, **cache)
    assert (kept, hits) == (1, 0)
    assert run(package, **cache) == (folder, 1, 1)
    other = package / "course" / "scale" / "newton.py"
    other.write_text(other.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    changed, kept, hits = run(package, **cache)
    assert changed != folder
    assert (kept, hits) == (1, 0)
    assert not list((package / "course").rglob("*.nbc"))  # nothing is written beside the source


def test_a_cache_that_cannot_be_written_to_is_no_obstacle(package, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    _, kept, hits = run(package, XDG_CACHE_HOME=str(tmp_path / "file"))
    assert (kept, hits) == (0, 0)


def test_where_nothing_can_be_kept_each_process_compiles(monkeypatch):
    njit = numba.njit

    def refusing(function=None, *, cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(**options) if function is None else njit(function)

    monkeypatch.setattr(numba, "njit", refusing)
    assert compiled.compiled(lambda x: x + 1.0)(1.0) == 2.0


@pytest.mark.parametrize("farthest", [1e-3, 1.0, 40.0, 699.0, 1e6])
def test_the_exponential_is_exact_to_the_last_digits(farthest):
    odds = np.random.default_rng(0).uniform(-farthest, farthest, 1001)
    scratch, out = np.empty((2, 1001))
    newton.exp_minus(odds, 1001, scratch, scratch.view(np.int64), out, out.view(np.int64))
    exact = np.exp(-np.minimum(np.abs(odds), 700.0))
    np.testing.assert_allclose(out, exact, rtol=1e-15, atol=0)

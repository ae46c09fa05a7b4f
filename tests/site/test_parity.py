"""What a page computes is what JupyterLab computes: every explorer, at random settings, in CPython and in Pyodide."""

import json
import random
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from course.app.site import engine, pyodide
from course.explore import answers, arithmetic, rooms
from course.explore.parts import Choice, Switch, values_of

pytestmark = pytest.mark.site
SETTINGS = 100


def drawn(name, rng):
    def value(control):
        if isinstance(control, Switch):
            return rng.random() < 0.5
        return rng.choice(control.options if isinstance(control, Choice) else values_of(control))

    return {field: value(control) for field, control in arithmetic(name).controls.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    files = pyodide.found(None)
    if files is None:
        pytest.skip("Pyodide could not be fetched from PyPI")
    made = tmp_path_factory.mktemp("engine") / "pyodide"
    engine.write(files, made)
    return made


def test_pages_compute_and_say_what_jupyter_does(folder, tmp_path):
    if not (node := shutil.which("node")):
        pytest.skip("Node is not installed: apt-get install nodejs")
    rng = random.Random(20261129)
    cases = [(name, drawn(name, rng)) for name in rooms() for _ in range(SETTINGS)]
    script = Path(__file__).with_name("answers.mjs")
    (tmp_path / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    command = [node, script, folder, tmp_path / "cases.json"]
    run = subprocess.run(command, capture_output=True, check=False, encoding="utf-8")
    assert run.returncode == 0, run.stderr[-2000:]
    for (name, state), got in zip(cases, json.loads(run.stdout), strict=True):
        compare(json.loads(got), json.loads(answers.answer(name, json.dumps(state))), f"{name} at {state}")


def compare(got, wanted, where):
    assert "error" not in wanted, where
    for key in ("summary", "picture", "idle"):
        assert got[key] == wanted[key], where
    assert got["tables"].keys() == wanted["tables"].keys(), where
    for table, columns in wanted["tables"].items():
        assert got["tables"][table].keys() == columns.keys(), where
        for column, values in columns.items():
            same(got["tables"][table][column], values, f"{where}: {table}.{column}")


def same(got, wanted, where):
    assert len(got) == len(wanted), where
    if any(isinstance(value, str | bool) for value in wanted):
        assert got == wanted, where
        return
    got, wanted = np.array(got, float), np.array(wanted, float)
    scale = np.max(np.abs(wanted[np.isfinite(wanted)]), initial=1e-300)
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-9 * scale, err_msg=where)

"""Other seeds and other processors: the mechanism moves what it should, records what it ran, and finds what breaks."""

import json
import os
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_output

from tests.machines import cells, kinds, runs, shift, sources

ROOT = runs.ROOT


@pytest.mark.parametrize(
    ("seed", "there"),
    [(3, 3 + 2 * shift.STRIDE), ([3, 7], [3 + 2 * shift.STRIDE, 7]), (None, None), (True, True), ([], [])],
)
def test_a_seed_is_moved_and_nothing_else(seed, there):
    assert shift.moved(seed, 2) == there


def test_worlds_that_a_lesson_loops_over_are_not_met_again():
    assert not set(range(100, 200)) & {shift.moved(seed, 1) for seed in range(100, 200)}


PROGRAM = """
import numpy as np
from tests.machines import shift
plain = np.random.default_rng(3).integers(10**9), np.random.default_rng(3 + 4 * shift.STRIDE).integers(10**9)
library = {"np": np, "__name__": "course.somewhere"}
exec("def draw(): return np.random.default_rng(3).integers(10**9)", library)
shift.install(2)
shift.install(4)
import pymc as pm
assert np.random.default_rng(3).integers(10**9) == plain[1], "the notebook's own"
assert [np.random.default_rng(s).integers(10**9) for s in (3,)] == [plain[1]], "in a comprehension"
assert library["draw"]() == plain[0], "what the library seeds for itself stays"
assert isinstance(np.random.default_rng(np.random.default_rng(1)), np.random.Generator)
with pm.Model():
    x = pm.Normal("x")
a, b = (float(pm.draw(x, random_seed=s)) for s in (5, 5))
shift.install(0)
assert a == b == float(pm.draw(x, random_seed=5 + 4 * shift.STRIDE)) != float(pm.draw(x, random_seed=5))
"""


def test_the_seeds_of_a_notebook_move_and_those_of_the_library_do_not(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run([sys.executable, program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


LUCKY = """import numpy as np
first = np.random.default_rng(3).integers(10**9)"""


def test_a_claim_that_rests_on_one_seed_is_found_with_its_cell_and_a_golden_number_is_not(write_notebook):
    value, folder = np.random.default_rng(3).integers(10**9), runs.RECORD.parent / "test"
    lucky = write_notebook(folder / "lucky.ipynb", LUCKY, f"assert first == {value}, 'one seed'", "1 / 0")
    golden = write_notebook(folder / "golden.ipynb", f"{LUCKY}\nprint(first)", tags=["nbval-check-output"])
    stored = nbformat.read(golden, 4)
    stored.cells[1] |= {"execution_count": 1, "outputs": [new_output("stream", name="stdout", text="another\n")]}
    nbformat.write(stored, golden)
    there, here = (runs.Run(lucky, None, offset).execute() for offset in (1, 0))
    assert (there["exit"], there["cell"]) == (1, "cell-2")
    assert "one seed" in there["error"]
    assert here["cell"] == "cell-3"
    assert "ZeroDivisionError" in here["error"]
    assert [runs.Run(golden, None, offset).execute()["exit"] for offset in (1, 0)] == [0, 1]


def test_what_is_on_record_is_kept_through_a_cut_line_and_given_up_when_the_notebook_changes(tmp_path, write_notebook):
    notebook = write_notebook(tmp_path / "a.ipynb", "print(1)")
    run, file = runs.Run(notebook, "haswell", 2), tmp_path / "runs.jsonl"
    runs.Record(file).add(run, {"exit": 0, "seconds": 2.0})
    with file.open("a", encoding="utf-8") as sink:
        sink.write('[["notebooks", "b", "haswell", 1, "0')
    assert runs.Record(file).of(run) == {"exit": 0, "seconds": 2.0}
    assert runs.Record(file).of(runs.Run(notebook, "haswell", 1)) is None
    runs.fingerprint.cache_clear()
    write_notebook(notebook, "print(2)")
    assert runs.Record(file).of(run) is None


def test_the_table_says_how_often_and_where(tmp_path, write_notebook):
    notebook = write_notebook(tmp_path / "notebooks" / "a.ipynb", "print(1)")
    found = {
        runs.Run(notebook, None, 1): {"exit": 0, "seconds": 2.0},
        runs.Run(notebook, "zen", 2): {"exit": 1, "seconds": 4.0, "cell": "sample", "error": "ValueError: no"},
        runs.Run(notebook, "zen", 1): None,
    }
    told = runs.table([notebook], found)
    assert "notebooks/a                             2      1        4  sample (zen 2)" in told
    assert told.endswith("2 runs, 1 failed, 1 not run")
    assert "zen        AMD of 2017" in told


def test_a_notebook_rests_on_what_it_imports_and_on_what_that_imports(tmp_path, write_notebook):
    notebook = write_notebook(tmp_path / "a.ipynb", "from course import regression")
    found = "\n".join(sources.sources(notebook, ROOT))
    assert "def exact_choices(" in found
    assert "def one_blas_thread" in found  # through exact_choices
    assert "Let a function compute with one BLAS thread" not in found  # what is said of it changes no run
    assert "def require_checkout" not in found  # the command is not under a lesson


@pytest.mark.parametrize("machine", kinds.here(), ids=lambda machine: machine.name)
def test_another_machine_computes_with_its_own_kernels(machine):
    program = (
        "import json, numpy, scipy.linalg, numba, threadpoolctl\n"
        "from numpy._core._multiarray_umath import __cpu_features__ as f\n"
        "info = threadpoolctl.threadpool_info()\n"
        "print(json.dumps([sorted({i['architecture'] for i in info if i['internal_api'] == 'openblas'}),"
        " max(i['num_threads'] for i in info), numba.config.CPU_NAME, f]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | machine.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    blas, threads, name, features = json.loads(done.stdout)
    assert len(blas) == 1
    assert blas[0] in {machine.blas, "Katmai", "Haswell"}  # Katmai is its Prescott, Haswell its Zen
    assert (threads, name) == (machine.threads, machine.numba)
    off = machine.environment().get("NPY_DISABLE_CPU_FEATURES", "").split()
    assert bool(off) == (machine.numpy_up_to < 4)
    assert not any(features[name] for name in off)


def test_claims_are_run_with_what_they_need_and_nothing_else(tmp_path, write_notebook):
    path = write_notebook(
        tmp_path / "a.ipynb",
        "import numpy as np\nrng = np.random.default_rng(1)",
        "x = {}",
        "y = 3",
        "x['a'] = rng.normal()",
        "assert x['a'] < 0.5",
    )
    chosen = cells.claims(path)
    assert [cell.id for cell in chosen] == ["cell-1", "cell-2", "cell-4", "cell-5"]
    found = dict(cells.failures(chosen, range(1, 30)))
    failed = [what for what in found.values() if what]
    assert 0 < len(failed) < 29
    assert all(what.startswith("cell-5: AssertionError") for what in failed)
    assert found == dict(cells.failures(chosen, range(1, 30)))
    cells.shift.install(0)

"""A notebook's kernel is killed in each of its cells: the workspace opens, and what a verdict was shown for is kept."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from queue import Empty

import nbformat
import pytest
from jupyter_client import KernelManager

from course import bundle
from course.app import workspace
from course.checks.solutions import BEGIN, END
from course.records import results
from course.verdicts.findings import right, wrong

CHECKED = re.compile(r"""\bcheck\(["']([a-z0-9_.]+)["']""")
HEADINGS = {right("").heading: results.Kind.RIGHT, wrong("").heading: results.Kind.WRONG}
LESSONS = sorted(name for name in bundle.files() if name.startswith("notebooks/") and "further" not in name)
EXERCISES = sorted(name for name in bundle.files() if name.startswith("exercises/") and name.endswith(".ipynb"))
SAMPLE = "exercises/04_shrinkage.ipynb"


class Kernel:
    """A kernel as JupyterLab starts it, in the folder of its notebook."""

    def __init__(self, folder):
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(folder), stderr=subprocess.DEVNULL)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)

    def run(self, source, patience=600.0):
        """Run a cell for so long at most; what it displayed, and whether it ended without an error."""
        asked = self.client.execute(source)
        shown, end = [], time.monotonic() + patience
        while (left := end - time.monotonic()) > 0:
            try:
                message = self.client.get_iopub_msg(timeout=left)
            except Empty:
                break
            content = message["content"]
            assert message["msg_type"] != "error", content
            shown += [content["data"].get("text/plain", "")] if "data" in content else []
            mine = message["parent_header"].get("msg_id") == asked
            if mine and message["msg_type"] == "status" and content["execution_state"] == "idle":
                break
        return shown

    def kill(self):
        """Kill it; what it had displayed and nobody had read."""
        os.kill(self.manager.provisioner.pid, signal.SIGKILL)
        shown = []
        try:
            while True:
                content = self.client.get_iopub_msg(timeout=0.5)["content"]
                shown += [content["data"].get("text/plain", "")] if "data" in content else []
        except Empty:
            self.client.stop_channels()
            self.manager.shutdown_kernel(now=True)
            self.manager.cleanup_resources()
            return shown


def filled_in(folder, name):
    """An exercise of the workspace with the answers of its solution, as a learner saves it."""
    path, solution = folder / name, nbformat.read(bundle.root() / name.replace("exercises", "solutions", 1), 4)
    notebook = nbformat.read(path, 4)
    answers = {cell.id: cell.source for cell in solution.cells}
    for cell in notebook.cells:
        lines = answers[cell.id].splitlines()
        cell.source = "\n".join(line for line in lines if line.strip() not in (BEGIN, END))
    nbformat.write(notebook, path)


def verdicts(source, shown):
    """What must be on record once a cell has shown so much."""
    ids = CHECKED.findall(source)
    kinds = [kind for text in shown for heading, kind in HEADINGS.items() if text.startswith(heading)]
    return Counter(zip(ids, kinds, strict=False))


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def killed_in_each(name, places, tmp_path, monkeypatch):
    """Kill a kernel in some of the cells, or right after, and look at what it left; how many verdicts were shown."""
    folder, data = tmp_path / "my lessons", tmp_path / "data"
    monkeypatch.setenv("COURSE_DATA", str(data))
    workspace.sync(folder)
    if name in EXERCISES:
        filled_in(folder, name)
    cells = [cell.source for cell in nbformat.read(folder / name, 4).cells if cell.cell_type == "code"]
    before, said, seconds, rng = files(folder), Counter(), [], random.Random(name)

    def begun():
        return Kernel((folder / name).parent)

    whole = begun()
    for source in cells:  # once without a kill: how long each cell takes
        begin = time.monotonic()
        said += verdicts(source, whole.run(source))
        seconds.append(time.monotonic() - begin)
    whole.kill()
    assert files(folder) == before
    for number, place in enumerate(range(len(cells))[places], 1):
        victim = begun()
        for source in cells[:place]:
            said += verdicts(source, victim.run(source))
        shown = victim.run(cells[place], rng.uniform(0, 1.2 * seconds[place]))
        said += verdicts(cells[place], [*shown, *victim.kill()])
        report = workspace.sync(folder)
        assert (report.delivered, report.updated, report.beside, report.damaged_manifest) == ((), (), (), None)
        assert files(folder) == before
        kept = Counter((event["task"], event["what"]) for event in results.journal().read())
        assert said <= kept, f"lost when cell {place} was killed"
        assert kept.total() <= said.total() + number  # a verdict was on the disk and not on the screen yet
    left = {path.name for path in data.iterdir()} if data.exists() else set()
    assert left <= {"progress.jsonl", "progress.jsonl.lock"}
    for command in (["start", str(folder)], ["status"]):
        done = subprocess.run([sys.executable, "-m", "course", *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        assert "damaged" not in done.stdout
    return said.total()


def test_a_kernel_killed_in_some_cells_of_an_exercise_loses_no_verdict(tmp_path, monkeypatch):
    assert killed_in_each(SAMPLE, slice(2, None, 4), tmp_path, monkeypatch) > 6


@pytest.mark.slow
@pytest.mark.parametrize("name", EXERCISES)
def test_a_kernel_killed_in_each_cell_of_an_exercise_loses_no_verdict(name, tmp_path, monkeypatch):
    assert killed_in_each(name, slice(None), tmp_path, monkeypatch) > 6


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_a_kernel_killed_in_each_cell_of_a_lesson_leaves_the_workspace_as_it_was(name, tmp_path, monkeypatch):
    killed_in_each(name, slice(None), tmp_path, monkeypatch)


def test_two_kernels_that_record_at_once_lose_no_record(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    source = (
        "from course.records import results\n"
        "for n in range(500):\n"
        "    results.note(f'some.task-{n}', results.Kind.WRONG)"
    )
    both = [Kernel(tmp_path) for _ in range(2)]
    for one in both:
        one.client.execute(source)
    for one in both:
        one.run("pass")  # done after what was asked before
        one.kill()
    kept = results.records()
    assert len(kept) == 500
    assert {record.tries for record in kept.values()} == {2}
    assert {path.name for path in tmp_path.iterdir()} <= {"progress.jsonl", "progress.jsonl.lock"}

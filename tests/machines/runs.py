"""One run of one notebook, the record of all of them, and the table."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.machines import plugin, shift
from tests.machines.kinds import MACHINES
from tests.machines.sources import sources

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "build" / "machines" / "runs.jsonl"
OPTIONS = ("--nbval-lax", "--nbval-cell-timeout=900", "-q", "-p", "tests.machines.plugin", "-p", "no:cacheprovider")
OWN = "this one"

Found = Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """A notebook with its seeds moved by an offset, on an emulated machine or on this one."""

    notebook: Path
    machine: str | None
    offset: int

    def __str__(self) -> str:
        return f"{self.notebook.parent.name}/{self.notebook.stem}, {self.machine or OWN}, offset {self.offset}"

    @property
    def key(self) -> list[Any]:
        """What tells a record of this run, of these very sources, from others."""
        return [
            self.notebook.parent.name,
            self.notebook.stem,
            self.machine or OWN,
            self.offset,
            fingerprint(self.notebook),
        ]

    def execute(self) -> Found:
        """Run it in processes of its own: exit code, seconds, and the first cell that failed with its error."""
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="machine") as folder:
            verdict = Path(folder) / "verdict.json"
            done = subprocess.run(
                [sys.executable, "-m", "pytest", str(self.notebook), *OPTIONS],
                cwd=ROOT,
                env=os.environ | self._environment(Path(folder)) | {plugin.VERDICT: str(verdict)},
                capture_output=True,
                text=True,
                check=False,
            )
            if not verdict.is_file():
                return {"exit": 1, "cell": "pytest", "error": done.stderr[-300:], "seconds": time.monotonic() - start}
            return json.loads(verdict.read_text(encoding="utf-8")) | {"seconds": time.monotonic() - start}

    def _environment(self, folder: Path) -> dict[str, str]:
        startup = folder / "ipython" / "profile_default" / "startup"
        startup.mkdir(parents=True)
        lines = "from tests.machines import shift\nshift.from_environment()\ndel shift\n"
        (startup / "00-seeds.py").write_text(lines, encoding="utf-8")
        machine = MACHINES[self.machine].environment() if self.machine else {}
        strict = {"COURSE_STRICT": "1"} if self.notebook.parent.name == "solutions" else {}
        moved = {shift.VARIABLE: str(self.offset)} if self.offset else {}
        return {"IPYTHONDIR": str(folder / "ipython"), "COURSE_DATA": str(folder / "data")} | machine | strict | moved


class Record:
    """What has been run, a line each, so that a stop at any moment loses no more than the runs under way."""

    def __init__(self, path: Path = RECORD) -> None:
        self._path = path
        self._found: dict[str, Found] = {}
        if path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    key, found = json.loads(line)
                except ValueError:  # cut off by a stop
                    continue
                self._found[json.dumps(key)] = found

    def of(self, run: Run) -> Found | None:
        """What came of it, or None."""
        return self._found.get(json.dumps(run.key))

    def add(self, run: Run, found: Found) -> None:
        """Keep what came of it."""
        self._found[json.dumps(run.key)] = found
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([run.key, found]) + "\n")


@cache
def fingerprint(notebook: Path) -> str:
    """Digest of a notebook's code and of all that it imports of the course."""
    digest = hashlib.sha256()
    for text in sources(notebook, ROOT):
        digest.update(text.encode())
    return digest.hexdigest()[:16]


def table(notebooks: Sequence[Path], found: Mapping[Run, Found | None]) -> str:
    """Say of each notebook how many runs there were, how many failed, and in which cells."""
    used = sorted({run.machine for run in found if run.machine}, key=list(MACHINES).index)
    lines = ["Every lesson and solution with other seeds, and as on other processors.", ""]
    lines += [f"{name:10} {MACHINES[name].what}, {MACHINES[name].threads} thread(s)" for name in used]
    lines += ["", f"{'notebook':36} {'runs':>4} {'failed':>6} {'median s':>8}  where"]
    lines += [
        _row(path, {run: what for run, what in found.items() if run.notebook == path and what}) for path in notebooks
    ]
    missing = sum(what is None for what in found.values())
    failed = sum(bool(what and what["exit"]) for what in found.values())
    return "\n".join([*lines, "", f"{len(found) - missing} runs, {failed} failed, {missing} not run"])


def _row(path: Path, found: Mapping[Run, Found]) -> str:
    failed = {run: what for run, what in found.items() if what["exit"]}
    seconds = sorted(what["seconds"] for what in found.values())
    where: dict[str, list[str]] = {}
    for run, what in failed.items():
        where.setdefault(what["cell"], []).append(f"{run.machine or OWN} {run.offset}")
    cells = "; ".join(f"{cell} ({', '.join(runs)})" for cell, runs in where.items())
    median = f"{seconds[len(seconds) // 2]:8.0f}" if seconds else " " * 8
    return f"{path.parent.name + '/' + path.stem:36} {len(found):4} {len(failed):6} {median}  {cells}".rstrip()

"""What is right and wrong with this computer's set-up, and the command that mends each item.

Nothing heavy is imported to find out: the doctor must work when PyMC does not.
"""

import importlib.util
import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import partial
from importlib import metadata
from pathlib import Path

from course import OLDEST_PYTHON, bundle
from course.app import workspace
from course.app.places import SWITCHED_OFF, compile_cache, keeps_no_bytecode, refusal, without_bytecode
from course.errors import CourseError
from course.records import journal

_DISTRIBUTION = "borrowing-strength"
_COMPILED = ("pymc", "pytensor")  # the two that take seconds to compile
_PACKAGE = "package "
_ENOUGH_MEMORY = 3.5  # GiB: four chains and JupyterLab
_ENOUGH_FREE = 1.5
_CONTROLS = Path("/sys/fs/cgroup")  # where Linux says what a container may have


class Status(Enum):
    """How bad a finding is."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"

    @property
    def mark(self) -> str:
        """A sign that reads without colour and in any encoding."""
        return {Status.OK: "+", Status.WARN: "!", Status.BAD: "x"}[self]


@dataclass(frozen=True)
class Finding:
    """One item: what was found, what is needed, and the command that mends it (empty when nothing has to be)."""

    item: str
    status: Status
    found: str
    needed: str
    remedy: str = ""


def examine(folder: Path | None = None) -> list[Finding]:
    """Look at everything the course depends on, and change nothing.

    Parameters
    ----------
    folder : Path, optional
        The workspace; by default the one `course lab` uses.

    Returns
    -------
    list of Finding
        In the order in which to mend them.
    """
    return [
        _python(),
        *_packages(),
        _bytecode(),
        _kernel(),
        _writable("compile cache", compile_cache, "set the environment variable PYTENSOR_FLAGS=base_compiledir=DIR"),
        _writable("workspace", lambda: folder or workspace.default_folder(), "course lab --dir DIR"),
        _writable("your records", journal.folder, "set the environment variable COURSE_DATA=DIR"),
        _lessons(),
        _cores(),
        _memory(),
    ]


def for_class() -> list[Finding]:
    """Look at what `course class` needs beside that."""
    from course.app.classroom.rooms import sandbox

    found = [_gradebook()]
    if why := sandbox.missing():
        remedy = "Grade on Linux with bubblewrap: sudo apt install bubblewrap"
        found.append(Finding("sandbox", Status.WARN, why, "students' code runs in one", remedy))
    else:
        found.append(Finding("sandbox", Status.OK, "bubblewrap makes one", "students' code runs in one"))
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        needed = "an ordinary user: one wall more around students' code"
        found.append(Finding("who you are", Status.WARN, "root", needed, "Grade as an ordinary user"))
    return found


def _gradebook() -> Finding:
    try:
        return Finding("nbgrader", Status.OK, metadata.version("nbgrader"), "scores are kept in its gradebook")
    except metadata.PackageNotFoundError:
        return Finding("nbgrader", Status.BAD, "missing", "scores are kept in its gradebook", bundle.bring("teacher"))


def report(folder: Path | None = None) -> None:
    """Print the findings as a plain table: for a notebook, and for pasting into a question.

    Parameters
    ----------
    folder : Path, optional
        The workspace; by default the one `course lab` uses.
    """
    findings = examine(folder)
    shown = condense(findings)
    width = max(len(finding.item) for finding in shown)
    for finding in shown:
        print(f"[{finding.status.mark}] {finding.status.value:<4}  {finding.item:<{width}}  {finding.found}")
        if finding.remedy:
            print(f"{'':10}{'':{width}}  -> {finding.remedy}")
    print(verdict(findings))


def condense(findings: list[Finding]) -> list[Finding]:
    """Replace the packages that are as they should be by one line that counts them.

    Parameters
    ----------
    findings : list of Finding
        As `examine` returns them.
    """
    sound = [finding for finding in findings if finding.item.startswith(_PACKAGE) and finding.status is Status.OK]
    shown = [finding for finding in findings if finding not in sound]
    count = Finding("packages", Status.OK, f"{len(sound)} present and recent enough", "as in pyproject.toml")
    return [*shown[:1], count, *shown[1:]] if sound else shown


def verdict(findings: list[Finding]) -> str:
    """Sum the findings up in one sentence.

    Parameters
    ----------
    findings : list of Finding
        As `examine` returns them.
    """
    bad = sum(finding.status is Status.BAD for finding in findings)
    warned = sum(finding.status is Status.WARN for finding in findings)
    if bad:
        return f"{bad} of {len(findings)} items must be mended before the lessons run."
    return "Everything the lessons need is here." + (f" {warned} could be better." if warned else "")


def _python() -> Finding:
    needed = ".".join(map(str, OLDEST_PYTHON)) + " or later"
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("Python", Status.OK, found, needed)
    return Finding("Python", Status.BAD, found, needed, "uv python install 3.12")


def _packages() -> Iterator[Finding]:
    from packaging.requirements import Requirement

    try:
        declared = metadata.requires(_DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        yield Finding(_PACKAGE + _DISTRIBUTION, Status.BAD, "not installed", "installed", bundle.SYNC)
        return
    for requirement in map(Requirement, declared):
        if requirement.marker is None or requirement.marker.evaluate():
            accepts = partial(requirement.specifier.contains, prereleases=True)
            yield _package(requirement.name, accepts, str(requirement.specifier))


def _package(name: str, accepts: Callable[[str], bool], needed: str) -> Finding:
    item, remedy = _PACKAGE + name, _install(f"{name}{needed}")
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(item, Status.BAD, "missing", needed or "any", remedy)
    if accepts(found):
        return Finding(item, Status.OK, found, needed or "any")
    return Finding(item, Status.BAD, found, needed, remedy)


def _install(requirement: str) -> str:
    if bundle.checkout():
        return bundle.SYNC
    if importlib.util.find_spec("pip") is None:  # environments that uv makes
        return f'uv pip install --python "{sys.executable}" "{requirement}"'
    return f'"{sys.executable}" -m pip install "{requirement}"'


def _bytecode() -> Finding:
    item, needed = "bytecode of PyMC", "there, or each start of a lesson takes seconds longer"
    missing = without_bytecode(*_COMPILED)
    if not missing:
        return Finding(item, Status.OK, "there", needed)
    reasons = keeps_no_bytecode(missing)
    if not reasons:
        return Finding(item, Status.OK, "made at the first import", needed)
    folders = " ".join(f'"{path.parent.parent}"' for path in missing)
    remedy = f'"{sys.executable}" -m compileall -q {folders}'
    if reasons - {SWITCHED_OFF}:
        remedy = "set PYTHONPYCACHEPREFIX to a folder that you may write to"
    return Finding(
        item, Status.WARN, f"missing, and kept from being made: {', '.join(sorted(reasons))}", needed, remedy
    )


def _kernel() -> Finding:
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    except ModuleNotFoundError:
        return Finding("kernel python3", Status.BAD, "jupyter_client is missing", "this Python", _install("ipykernel"))
    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except RuntimeError:  # Jupyter looks into the home folder, of which there is none
        return Finding("kernel python3", Status.BAD, "this account has no home folder", "this Python", "set HOME")
    except NoSuchKernel:
        return Finding("kernel python3", Status.BAD, "missing", "this Python", _install("ipykernel"))
    program = spec.argv[0] if spec.argv else ""
    if _is_this_python(program):
        return Finding("kernel python3", Status.OK, "this Python", "this Python")
    remedy = f'"{sys.executable}" -m jupyter kernelspec remove python3'
    return Finding("kernel python3", Status.BAD, f"{program} ({spec.resource_dir} says so)", sys.executable, remedy)


def _is_this_python(program: str) -> bool:
    # Jupyter replaces these bare names by the interpreter it runs on. Links are not followed: the interpreter of a
    # virtual environment is a link to one that has none of its packages.
    bare = {"python", "python{}".format(*sys.version_info), "python{}.{}".format(*sys.version_info[:2])}
    return program in bare or os.path.normcase(Path(program).absolute()) == os.path.normcase(sys.executable)


def _writable(item: str, find: Callable[[], Path], remedy: str) -> Finding:
    needed = "a folder that can be written to"
    try:
        folder = find()
    except CourseError as error:
        return Finding(item, Status.BAD, error.message, needed, error.remedy)
    if reason := refusal(folder):
        return Finding(item, Status.BAD, f"{folder}: {reason}", needed, remedy)
    return Finding(item, Status.OK, f"{folder}{'' if folder.exists() else ' (will be made)'}", needed)


def _lessons() -> Finding:
    lessons = [name for name in bundle.files() if name.startswith("notebooks/") and name.endswith(".ipynb")]
    if lessons:
        return Finding("lessons", Status.OK, f"{len(lessons)} found", "at least one")
    return Finding("lessons", Status.BAD, f"none in {bundle.root()}", "at least one", _install(_DISTRIBUTION))


def _cores() -> Finding:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if (share := _allowed_processors()) < cores:
        cores, found = int(share), f"{share:g} of {cores}, as this container allows"
    else:
        found = str(cores)
    status = Status.OK if cores > 1 else Status.WARN
    return Finding("processor cores", status, found, "2, or sampling takes twice as long")


def _memory() -> Finding:
    needed = f"{_ENOUGH_MEMORY} GiB in all, {_ENOUGH_FREE} free"
    try:
        import psutil
    except ModuleNotFoundError:
        return Finding("memory", Status.WARN, "unknown", needed, _install("psutil"))
    memory = psutil.virtual_memory()
    total, free = memory.total / 2**30, memory.available / 2**30
    found = f"{total:.1f} GiB, {free:.1f} free"
    if (limit := _allowed_memory() / 2**30) < total:
        total, free = limit, min(free, limit)
        found += f"; this process may have {limit:.1f}"
    if total < _ENOUGH_MEMORY:
        return Finding("memory", Status.WARN, found, f"{needed}; with less keep one notebook open at a time")
    if free < _ENOUGH_FREE:
        return Finding("memory", Status.WARN, found, f"{needed}; close other programs and notebooks")
    return Finding("memory", Status.OK, found, needed)


def _allowed_memory() -> float:
    """Bytes that a container or ``ulimit -v`` leaves this process; the computer's memory knows nothing of it."""
    limits = [float(text) for text in _controls("memory.max", "memory/memory.limit_in_bytes") if text.isdecimal()]
    if importlib.util.find_spec("resource"):  # not on Windows
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        limits += [float(soft)] * (soft != resource.RLIM_INFINITY)
    return min(limits, default=math.inf)


def _allowed_processors() -> float:
    quotas = [text.split() for text in _controls("cpu.max") if not text.startswith("max")]
    return min((int(quota) / int(period) for quota, period in quotas), default=math.inf)


def _controls(*names: str) -> Iterator[str]:
    for name in names:
        with suppress(OSError):
            yield (_CONTROLS / name).read_text(encoding="ascii").strip()

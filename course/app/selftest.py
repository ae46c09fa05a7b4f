"""What CI runs, step by step: `course test`."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from course import bundle
from course.errors import CourseError
from course.threads import CALM

_NEEDED = ("pytest", "xdist", "nbval", "nbgrader", "hypothesis", "playwright", "axe_playwright_python", "mypy", "ruff")
# Removes nothing, and goes into the environment that runs, with its Python: also into CI's second one, with PyTorch.
_BRING = (*bundle.BRING_GROUP.split()[1:], "--active", "--python", "{}.{}".format(*sys.version_info[:2]))
_TWO_WORKERS = ("-n", "2")
_UNIT = "not wheel and not browser and not slow and not torch and not site and not classroom"
# Every cell of a notebook must meet the same worker.
_NOTEBOOKS = ("--nbval-lax", "--nbval-cell-timeout=300", *_TWO_WORKERS, "--dist", "loadfile", "--durations=5")

_TORCH_LESSONS = ("notebooks/further/09_multitask.ipynb",)


@dataclass(frozen=True)
class Step:
    """One thing that must hold, and what finds out; strict when a check that is not right is to raise."""

    name: str
    what: str
    commands: tuple[tuple[str, ...], ...]
    by_default: bool = True
    strict: bool = False


@dataclass(frozen=True)
class Counts:
    """How many tests a step ran."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)


@dataclass(frozen=True)
class Outcome:
    """How a step went."""

    step: Step
    ok: bool
    seconds: float
    counts: Counts


def require_checkout() -> Path:
    """Return the repository.

    Raises
    ------
    CourseError
        When this is not a checkout.
    """
    return bundle.require_checkout("course test")


def bring_tools(root: Path) -> None:
    """Install what the tests need, if it is missing: a learner's first command leaves it out.

    Parameters
    ----------
    root : Path
        The repository.

    Raises
    ------
    CourseError
        When it is still missing afterwards, naming it.
    """
    if missing := _missing():
        uv = os.environ.get("UV") or shutil.which("uv")  # `uv run` says where it is
        if uv and sys.prefix != sys.base_prefix:
            print(f"The tests need what the lessons do not ({', '.join(missing)}): installing it, once.", flush=True)
            environment = os.environ | {"VIRTUAL_ENV": sys.prefix}
            subprocess.run([uv, *_BRING], cwd=root, env=environment, check=False)
            importlib.invalidate_caches()
        if missing := _missing():
            raise CourseError(
                f"the tests need {', '.join(missing)}", f"Install what is missing with: {bundle.BRING_GROUP}"
            )


def _missing() -> list[str]:
    return [name for name in _NEEDED if importlib.util.find_spec(name) is None]


def steps(root: Path) -> tuple[Step, ...]:
    """Return every step, in the order in which they run.

    Parameters
    ----------
    root : Path
        The repository.
    """
    lessons, solutions, exercises = (
        (("pytest", name, *_NOTEBOOKS),) if any((root / name).glob("*.ipynb")) else ()
        for name in ("notebooks", "solutions", "exercises")
    )
    rules = ("pytest", "-q", "tests/test_notebooks.py")  # what holds of a lesson before it runs: cheap, so here as well
    return (
        Step("lint", "style and layout of the code", (("ruff", "check", "."), ("ruff", "format", "--check", "."))),
        Step("types", "mypy, strict", (("mypy",),)),
        Step(
            "unit",
            "the library against its oracles",
            (("pytest", "tests", "-m", _UNIT, *_TWO_WORKERS, "--dist", "worksteal"),),  # neighbours share fixtures
        ),
        Step("build", "exercises made from solutions, notebooks tidy", (("course", "build", "--check"),)),
        Step("notebooks", "every lesson from top to bottom", (rules, *lessons)),
        Step("exercises", "every exercise from top to bottom, unsolved", exercises),
        Step("solutions", "every solution, each check strict", solutions, strict=True),
        Step(
            "browser",
            "explorers, lessons and playground in Chromium",
            (("pytest", "tests/browser", "-m", "browser", *_TWO_WORKERS, "-rs"),),
        ),
        Step(
            "classroom",
            "what students hand in, honest and hostile, in a sandbox",
            (("pytest", "tests/classroom", "-m", "classroom and not slow", *_TWO_WORKERS, "-rs"),),
        ),
        Step(
            "machines",
            "every lesson and solution with other seeds and as on other processors: hours, to be stopped and continued",
            (("tests.machines",),),
            False,
        ),
        Step(
            "slow",
            "calibration by simulation, every mutant, every writing: an hour",
            (("pytest", "tests", "-m", "slow"),),
            False,
        ),
        Step(
            "site",
            "the website, built and tried in Node and Chromium: uv run --extra site course test --only site",
            (("pytest", "tests/site", "-m", "site", "-rs"),),
            False,
        ),
        Step(
            "torch",
            "lesson 09 and its network with PyTorch: uv run --extra torch course test --only torch",
            (("pytest", "tests", "-m", "torch", "-rs"), ("pytest", *_TORCH_LESSONS, *_NOTEBOOKS)),
            False,
        ),
        Step("wheel", "the package in a fresh environment", (("pytest", "tests", "-m", "wheel"),)),
    )


def choose(every: Sequence[Step], names: Sequence[str]) -> tuple[Step, ...]:
    """Return the steps of these names; those that run by default when there are none.

    Parameters
    ----------
    every : sequence of Step
        As `steps` returns them.
    names : sequence of str
        Names of steps.

    Raises
    ------
    CourseError
        If a name is unknown.
    """
    known = [step.name for step in every]
    for name in names:
        if name not in known:
            raise CourseError(f"there is no step {name!r}", f"The steps are: {', '.join(known)}")
    return tuple(step for step in every if (step.name in names if names else step.by_default))


def run(root: Path, step: Step) -> Outcome:
    """Run one step, with its output shown as it comes.

    Parameters
    ----------
    root : Path
        The repository.
    step : Step
        What to run; all its commands, even after one has failed.
    """
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        reports = [Path(folder) / f"{number}.xml" for number, _ in enumerate(step.commands)]
        # Progress of its own, so that tests do not mix with what somebody has learned on this computer.
        environment = CALM | os.environ | {"COURSE_DATA": folder, "COURSE_STRICT": str(int(step.strict))}
        codes = [_run(root, command, file, environment) for command, file in zip(step.commands, reports, strict=True)]
        counts = sum(map(_counts, reports), Counts())
    return Outcome(step, not any(codes), time.monotonic() - start, counts)


def _run(root: Path, command: tuple[str, ...], report: Path, environment: Mapping[str, str]) -> int:
    extra = [f"--junitxml={report}"] if command[0] == "pytest" else []
    sys.stdout.flush()
    return subprocess.run([sys.executable, "-m", *command, *extra], cwd=root, env=environment, check=False).returncode


def _counts(report: Path) -> Counts:
    if not report.is_file():
        return Counts()
    suites = ET.parse(report).getroot().iter("testsuite")
    return sum((_suite_counts(suite.attrib) for suite in suites), Counts())


def _suite_counts(suite: dict[str, str]) -> Counts:
    failed, skipped = int(suite["failures"]) + int(suite["errors"]), int(suite["skipped"])
    return Counts(int(suite["tests"]) - failed - skipped, failed, skipped)


def summary(outcomes: Sequence[Outcome]) -> str:
    """Say how it went: a line for each step, and last the total in pytest's words.

    Parameters
    ----------
    outcomes : sequence of Outcome
        In the order in which they ran.
    """
    lines = [_line(outcome) for outcome in outcomes]
    total = sum((outcome.counts for outcome in outcomes), Counts())
    seconds = sum(outcome.seconds for outcome in outcomes)
    failed = [outcome.step.name for outcome in outcomes if not outcome.ok]
    lines.append(f"failed: {', '.join(failed)}" if failed else "all steps passed")
    words = [f"{total.failed} failed"] * bool(total.failed) + [f"{total.passed} passed"] * bool(total.passed)
    words += [f"{total.skipped} skipped"] * bool(total.skipped)
    lines += [f"{', '.join(words)} in {seconds:.1f}s"] * bool(words)
    return "\n".join(lines)


def _line(outcome: Outcome) -> str:
    counts = f"{outcome.counts.passed:>5} tests" if outcome.counts.passed or outcome.counts.failed else " " * 11
    verdict = "ok    " if outcome.ok else "FAILED"
    return f"{outcome.step.name:<10} {verdict} {outcome.seconds:>7.1f} s {counts}  {outcome.step.what}"

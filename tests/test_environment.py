"""What a learner installs, as pyproject.toml declares it: no tool of ours, and no bound without a reason."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
SETTINGS = tomllib.loads(TEXT)
LEARNER = {Requirement(text).name for text in SETTINGS["project"]["dependencies"]}
TOOLS = {Requirement(text).name for text in SETTINGS["dependency-groups"]["dev"]}


def test_the_first_command_installs_no_group():
    assert SETTINGS["tool"]["uv"]["default-groups"] == []


def test_a_package_is_a_learners_or_a_tool_and_not_both():
    assert LEARNER.isdisjoint(TOOLS)


@pytest.mark.parametrize("tool", ["anki", "mypy", "nbgrader", "nbval", "playwright", "pytest", "ruff", "statsmodels"])
def test_a_tool_of_ours_is_in_the_group_that_learners_do_not_get(tool):
    assert tool in TOOLS


def test_every_package_has_a_lower_bound_and_an_upper_bound_has_its_reason_beside_it():
    lines = re.findall(r'^    ("[a-z][^"]*[<>=][^"]*",.*)$', TEXT, re.MULTILINE)
    assert len(lines) >= len(LEARNER) + len(TOOLS)
    for line in lines:
        assert ">=" in line
        if "<" in line.split('"')[1]:
            assert "#" in line, f"say why in a comment: {line}"


def test_waiting_is_measured_by_a_clock_that_nobody_sets():
    # time.time jumps when a computer's clock is corrected; files.py compares it with a file's own date.
    users = [path.name for path in (ROOT / "course").rglob("*.py") if "time.time(" in path.read_text(encoding="utf-8")]
    assert users == ["files.py"]

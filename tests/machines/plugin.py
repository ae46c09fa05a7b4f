"""For pytest with nbval: compare no golden output, stop a notebook at its first failure, write down which it was."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

VERDICT = "COURSE_MACHINES_VERDICT"

_first: dict[str, str] = {}


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Golden outputs belong to the lesson's own seeds; whether the cell runs and what it asserts is asked of all."""
    for item in items:
        item.options["check"] = item.options["check"] and not os.environ.get("COURSE_SEED_OFFSET")


def pytest_runtest_setup(item: Any) -> None:
    """What comes after a failure would fail of it."""
    if _first:
        pytest.skip(f"after {_first['cell']}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: Any, call: pytest.CallInfo[None]) -> Any:
    """Keep the first failure: the cell's id and the last line of its error."""
    report = yield
    if report.failed and not _first:
        error = call.excinfo.value if call.excinfo else None
        inside = str(getattr(error, "inner_traceback", "") or "").strip().splitlines()
        _first.update(cell=item.cell["id"], error=inside[-1] if inside else " ".join(str(error).split()))
    return report


def pytest_sessionfinish(exitstatus: int) -> None:
    """Leave the verdict where the runner waits for it."""
    Path(os.environ[VERDICT]).write_text(json.dumps({"exit": int(exitstatus), **_first}), encoding="utf-8")

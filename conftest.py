"""Rules for every test, and for every cell of a notebook that nbval runs.

At the root, because pytest applies a conftest only to what is below it, and the notebooks are not below tests/.
"""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

# No deadline: a machine that is busy with other tests is not a bug.
# In CI the examples are the same each time: a rare one is to be found here, not to stop somebody else's change there.
settings.register_profile("course", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "course")

ALLOWED = frozenset({"raises-exception", "shows-warning"})
# PyMC reports on its sampling through a log that ends up on stderr. Those lines are news; everything else is a warning.
NEWS = re.compile(
    r"\s*$|Initializing NUTS using |(Sequential|Multiprocess|Population) sampling \(|>*CompoundStep$|>*\w+: \[.*\]$"
    r"|NUTS\[\w+\]: |Sampling: \[|Sampling \d+ chains? for "
)


class WarningShown(AssertionError):
    """A cell showed the learner something on stderr."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a notebook cell that wrote to stderr: no lesson shows a warning unless it is about one."""
    yield
    cell = getattr(item, "cell", None)
    if cell is not None and not ALLOWED.intersection(cell.metadata.get("tags", [])):
        shown = warnings_in(getattr(item, "test_outputs", None) or [])
        if shown:
            raise WarningShown(f"{item.nodeid} (cell id {cell.get('id')}) wrote to stderr:\n{shown}")


def warnings_in(outputs: list[Any]) -> str:
    """Return what a learner would see as a warning in the outputs of a cell."""
    text = "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stderr")
    return "\n".join(line for line in text.splitlines() if not NEWS.match(line))

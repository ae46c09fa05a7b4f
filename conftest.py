"""Rules for every test, and for every cell of a notebook that nbval runs.

At the root, because pytest applies a conftest only to what is below it, and the notebooks are not below tests/.
"""

import os
import re
import time
from collections.abc import Iterator
from math import inf
from queue import Empty
from typing import Any

import pytest
from hypothesis import settings

# No deadline: a machine that is busy with other tests is not a bug.
# In CI the examples are the same each time: a rare one is to be found here, not to stop somebody else's change there.
settings.register_profile("course", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "course")

LOOK = 2.0  # seconds between two looks at a kernel that does not answer
ALLOWED = frozenset({"raises-exception", "shows-warning"})
# PyMC reports on its sampling through a log that ends up on stderr. Those lines are news; everything else is a warning.
NEWS = re.compile(
    r"\s*$|Initializing NUTS using |(Sequential|Multiprocess|Population) sampling \(|>*CompoundStep$|>*\w+: \[.*\]$"
    r"|NUTS\[\w+\]: |Sampling: \[|Sampling \d+ chains? for "
)


class KernelDied(RuntimeError):
    """The process that ran the notebook ended in the middle of a cell."""


class WarningShown(AssertionError):
    """A cell showed the learner something on stderr."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what follows a cell that lost its kernel: forty cells would fail of it and hide the one that matters."""
    lost = getattr(item.parent, "lost", None)
    if lost:
        pytest.skip(f"not run: {lost}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: Any) -> Iterator[None]:
    """Fail a notebook cell that wrote to stderr: no lesson shows a warning unless it is about one."""
    cell = getattr(item, "cell", None)
    if cell is None:
        return (yield)
    _notice_death(item.parent.kernel)
    try:
        yield
    except KernelDied:
        item.parent.lost = f"the kernel died in {item.name} (cell id {cell.get('id')})"
        raise
    finally:
        if item.parent.timed_out:
            item.parent.lost = f"{item.name} (cell id {cell.get('id')}) ran out of time"
    if not ALLOWED.intersection(cell.metadata.get("tags", [])):
        shown = warnings_in(item.test_outputs or [])
        if shown:
            raise WarningShown(f"{item.nodeid} (cell id {cell.get('id')}) wrote to stderr:\n{shown}")


def _notice_death(kernel: Any) -> None:
    """Let the wait for a kernel's answer look, now and then, whether there still is a kernel; nbval's own does not."""
    if hasattr(kernel, "watched"):
        return
    kernel.watched, wait = True, kernel.await_reply

    def await_reply(msg_id: str, timeout: float | None = None) -> Any:
        deadline = time.monotonic() + (inf if timeout is None else timeout)
        while True:
            try:
                return wait(msg_id, timeout=max(0.0, min(LOOK, deadline - time.monotonic())))
            except Empty:
                if not kernel.is_alive():
                    raise KernelDied(
                        "the kernel of this notebook is gone; did the computer run out of memory?"
                    ) from None
                if time.monotonic() >= deadline:
                    raise

    kernel.await_reply = await_reply


def warnings_in(outputs: list[Any]) -> str:
    """Return what a learner would see as a warning in the outputs of a cell."""
    text = "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stderr")
    return "\n".join(line for line in text.splitlines() if not NEWS.match(line))

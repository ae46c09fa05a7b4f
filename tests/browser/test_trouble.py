"""A page that shows an error ends a test at once, and the failure says which notebook, which cell and what error."""

import re
import time

import pytest

lab = pytest.importorskip(
    "tests.browser.lab", reason="playwright is not installed: uv sync --inexact --group dev", exc_type=ImportError
)

pytestmark = pytest.mark.browser

WAITS = {
    "until it has run": lab.wait_until_run,
    "for its explorer": lab.explorer,
    "for a drill": lambda page: lab.appears(page.get_by_role("button", name="Start", exact=True)),
}


@pytest.fixture
def in_time():
    """Within half of the limit, whatever else this computer does."""
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < lab.LIMIT / 2


@pytest.mark.parametrize("wait", WAITS)
def test_a_cell_that_fails_ends_the_wait_and_is_named(desk, in_time, wait):
    page = desk.show("fails.ipynb", "1 + 1", "one = 0\n1 / one", "from course import explore\nexplore.schools()")
    with pytest.raises(lab.Trouble, match=re.escape("fails.ipynb, cell cell-1: ZeroDivisionError: division by zero")):
        WAITS[wait](page)


def test_a_kernel_that_dies_ends_the_wait_and_its_cell_is_named(desk, in_time):
    dies = "import os, time\nwhile not os.path.exists('now'):\n    time.sleep(0.1)\nos._exit(1)"
    page = desk.show("dies.ipynb", "1 + 1", dies, "2 + 2")
    lab.until(page, "() => coursePanel().content.model.cells.get(0).executionCount")  # or the answer dies with it
    (desk.folder / "now").touch()
    with pytest.raises(lab.Trouble, match=re.escape("dies.ipynb, cell cell-1: the kernel died")):
        lab.wait_until_run(page)
    desk.clear()


def test_a_picture_that_cannot_be_drawn_ends_the_wait_and_says_why(desk, in_time):
    spoil = "box = explore.schools(); box.children[-1].scene.spec = {'mark': 'no such mark'}"
    page = desk.show("spoilt.ipynb", f"from course import explore\n{spoil}\nbox")
    with pytest.raises(lab.Trouble, match=r"spoilt.ipynb, cell cell-0: The picture cannot be drawn: \w+"):
        lab.explorer(page)
    desk.clear()

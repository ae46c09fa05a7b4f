"""JupyterLab by keyboard alone: an answer is typed and checked, a slider is reached and moved."""

import pytest

lab = pytest.importorskip(
    "tests.browser.lab", reason="playwright is not installed: uv sync --inexact --group dev", exc_type=ImportError
)

pytestmark = pytest.mark.browser

MOST = 20  # presses of Tab from a cell to its first slider


def test_an_answer_is_checked_and_a_slider_is_reached_and_moved(desk):
    imports = "from course import explore\nfrom course.checks import check"
    page = desk.show("keys.ipynb", imports, "weight = ...", 'check("shrinkage.weight", weight)', "explore.shrinkage()")
    lab.wait_until_run(page)
    page.evaluate(
        """() => {
            const { content } = coursePanel();
            [content.activeCellIndex, content.mode] = [0, "command"];
            content.activate();
        }"""
    )
    for key in ("ArrowDown", "Enter", "Control+a"):
        page.keyboard.press(key)
    page.keyboard.type("weight = 0.2")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    lab.appears(page.locator(".jp-OutputArea-output strong", has_text="Right").first)
    box = lab.explorer(page)
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.getAttribute('role') === 'slider'"):
            break
    assert page.evaluate("() => Boolean(document.activeElement.closest('.course-controls'))")
    before = lab.picture(box)
    page.keyboard.press("ArrowRight")
    lab.moves(page, box, before)
    desk.clear()

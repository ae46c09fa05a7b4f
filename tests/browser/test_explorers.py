"""Every explorer in a real JupyterLab and a real browser: by keyboard, by pointer, in the dark."""

import pytest

from course.explore import arithmetic
from course.syllabus import explorers

lab = pytest.importorskip(
    "tests.browser.lab", reason="playwright is not installed: uv sync --inexact --group dev", exc_type=ImportError
)

NAMES = tuple(explorers())
ENOUGH = 8  # presses of a key; benchmarks/explorers.py has forty

pytestmark = pytest.mark.browser

each = pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)


@pytest.fixture(params=["Light", "Dark"])  # a worker for each, see conftest
def page(request, desk):
    """JupyterLab with one notebook of all explorers, run to the end, in the light or the dark theme."""
    cells = [f"explore.{name}()" for name in NAMES]
    page = desk.show("all.ipynb", "from course import explore", *cells, theme=request.param, height=5400)
    lab.until(page, "count => document.querySelectorAll('.vega-embed[role=img] svg').length === count", len(NAMES))
    return page


def test_no_cell_shows_an_error_or_a_warning(page, artefacts, request):
    for number, name in enumerate(NAMES):
        theme = request.node.callspec.params["page"].lower()
        lab.explorer(page, number).screenshot(path=artefacts / f"{name}-{theme}.png")
    bad = "[data-mime-type='application/vnd.jupyter.stderr'], [data-mime-type='application/vnd.jupyter.error']"
    assert page.locator(bad).count() == 0
    said = [text for text in page.said if lab.HARMLESS not in text]
    assert not [text for text in said if "vega" in text.lower() or "widget" in text.lower()]


@each
def test_every_control_has_a_name_and_moves_the_picture_by_keyboard(page, number):
    box = lab.explorer(page, number)
    kinds = ("[role=slider]", "select", "input[type=checkbox]")
    tried = sum(box.locator(f".course-controls {kind}").count() for kind in kinds)
    assert tried == len(arithmetic(NAMES[number]).controls)  # nothing of another kind is left out, and none is missing
    for control in box.locator(".course-controls [role=slider]").all():
        assert len(control.get_attribute("aria-label")) > 2
        before = lab.picture(box)
        lab.step(page, control)
        lab.moves(page, box, before)
    for control in box.locator(".course-controls select").all():
        assert control.evaluate("c => c.labels.length && c.labels[0].textContent.trim()")
        before = lab.picture(box)
        control.focus()
        page.keyboard.press("ArrowDown")
        lab.moves(page, box, before)
    for control in box.locator(".course-controls input[type=checkbox]").all():
        before = lab.picture(box)
        control.focus()
        page.keyboard.press("Space")
        lab.moves(page, box, before)


@each
def test_the_summary_is_spoken_in_a_region_that_stays(page, number):
    box = lab.explorer(page, number)
    region = box.locator("[aria-live=polite]")
    region.evaluate("region => { region.dataset.same = 'yes'; }")
    before = region.text_content()
    lab.step(page, box.locator(".course-controls [role=slider]").first)
    lab.until(page, "([region, before]) => region.textContent !== before", [region.element_handle(), before])
    assert region.get_attribute("data-same") == "yes"
    assert len(box.locator(".vega-embed[role=img]").get_attribute("aria-label")) > 80


@each
def test_a_drag_redraws_in_place_and_ends_on_the_last_value(page, number):
    box = lab.explorer(page, number)
    lab.watch(box)
    handle = box.locator(".course-controls [role=slider]").first
    found = lab.drag(page, handle, by=-60)
    assert found.removed == 0
    assert found.events >= 60
    assert found.paints > 2
    at_rest = lab.picture(box)
    lab.settle(page)
    assert lab.picture(box) == at_rest


@each
def test_every_key_press_is_followed_by_a_repaint_and_its_time_is_recorded(page, number, artefacts):
    box = lab.explorer(page, number)
    lab.watch(box)
    handle = box.locator(".course-controls [role=slider]").first
    times = sorted(lab.press(page, handle, ("ArrowRight", "ArrowLeft"), ENOUGH))
    assert len(times) == ENOUGH  # no timed assertion: benchmarks/explorers.py is for that
    with (artefacts / "latency.txt").open("a", encoding="utf-8") as table:
        table.write(f"{NAMES[number]:12} median {times[ENOUGH // 2]:5.0f} ms   slowest {times[-1]:5.0f} ms\n")

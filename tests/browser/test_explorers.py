"""Every explorer in a real JupyterLab and a real browser: by keyboard, by pointer, in the dark."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.explorers import EXPLORERS

lab = pytest.importorskip("tests.browser.lab", reason="playwright is not installed: uv sync", exc_type=ImportError)

NAMES = tuple(EXPLORERS)
ENOUGH = 20  # presses of a key
ARTEFACTS = Path(os.environ.get("COURSE_ARTEFACTS", "build/browser"))

pytestmark = pytest.mark.browser


# A worker for each theme: what starts a JupyterLab stays together.
THEMES = [pytest.param(dark, marks=pytest.mark.xdist_group(name)) for dark, name in ((False, "light"), (True, "dark"))]


@pytest.fixture(scope="module", params=THEMES, ids=["light", "dark"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """JupyterLab with one notebook of all explorers, run to the end, in the light or the dark theme."""
    folder = tmp_path_factory.mktemp("lab")
    cells = [f"explore.{name}()" for name in NAMES]
    lab.write_notebook(folder / "all.ipynb", "from course import explore", *cells)
    with lab.jupyterlab(folder, dark=request.param) as address, lab.chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 5400})
        page.said = []
        page.on("console", lambda message: page.said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.said.append(str(error)))
        lab.run_all(page, address, "all.ipynb")
        for number in range(len(NAMES)):
            lab.explorer(page, number)
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        theme = "dark" if request.param else "light"
        for number, name in enumerate(NAMES):
            lab.explorer(page, number).screenshot(path=ARTEFACTS / f"{name}-{theme}.png")
        yield page


def test_no_cell_shows_an_error_or_a_warning(page):
    bad = "[data-mime-type='application/vnd.jupyter.stderr'], [data-mime-type='application/vnd.jupyter.error']"
    assert page.locator(bad).count() == 0
    assert not [text for text in page.said if "vega" in text.lower() or "widget" in text.lower()]


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_every_control_has_a_name_and_moves_the_picture_by_keyboard(page, number):
    box = lab.explorer(page, number)
    for control in box.locator(".course-controls [role=slider]").all():
        assert len(control.get_attribute("aria-label")) > 2
        before = lab.picture(box)
        lab.step(page, control)
        assert lab.has_changed(page, box, before), control.get_attribute("aria-label")
    for control in box.locator(".course-controls select").all():
        assert control.evaluate("c => c.labels.length && c.labels[0].textContent.trim()")
        before = lab.picture(box)
        control.focus()
        page.keyboard.press("ArrowDown")
        assert lab.has_changed(page, box, before)
    for control in box.locator(".course-controls input[type=checkbox]").all():
        before = lab.picture(box)
        control.focus()
        page.keyboard.press("Space")
        assert lab.has_changed(page, box, before)


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_the_summary_is_spoken_in_a_region_that_stays(page, number):
    box = lab.explorer(page, number)
    region = box.locator("[aria-live=polite]")
    region.evaluate("region => { region.dataset.same = 'yes'; }")
    before = region.text_content()
    lab.step(page, box.locator(".course-controls [role=slider]").first)
    page.wait_for_function("([region, before]) => region.textContent !== before", arg=[region.element_handle(), before])
    assert region.get_attribute("data-same") == "yes"
    assert len(box.locator(".vega-embed[role=img]").get_attribute("aria-label")) > 80


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_a_drag_redraws_in_place_and_ends_on_the_last_value(page, number):
    box = lab.explorer(page, number)
    lab.watch(box)
    handle = box.locator(".course-controls [role=slider]").first
    found = lab.drag(page, handle, by=-60)
    assert found.removed == 0
    assert found.events >= 60
    assert found.paints > 2
    at_rest = lab.picture(box)
    page.wait_for_timeout(500)
    assert lab.picture(box) == at_rest


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_every_key_press_is_followed_by_a_repaint_and_its_time_is_recorded(page, number):
    box = lab.explorer(page, number)
    lab.watch(box)
    handle = box.locator(".course-controls [role=slider]").first
    times = sorted(lab.press(page, handle, ("ArrowRight", "ArrowLeft"), ENOUGH))
    assert times[-1] < float("inf")  # no timed assertion: benchmarks/explorers.py is for that
    with (ARTEFACTS / "latency.txt").open("a", encoding="utf-8") as table:
        table.write(
            f"{NAMES[number]:12} median {times[ENOUGH // 2]:5.0f} ms   p95 {times[int(0.95 * ENOUGH)]:5.0f} ms\n"
        )

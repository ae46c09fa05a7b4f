"""`Drill()` in JupyterLab: a card answered by keyboard alone, formulas drawn, no barrier that axe-core finds."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

lab = pytest.importorskip("tests.browser.lab", reason="playwright is not installed: uv sync", exc_type=ImportError)
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed: uv sync")

ARTEFACTS = Path(os.environ.get("COURSE_ARTEFACTS", "build/browser"))
SAY = ("from course.drills.notebook import Drill, Rehearse", "Rehearse('interview-noncentred-board')")
NUMBER = (SAY[0], "Drill(lesson='04', kind='number', new=1)")
CODE = (SAY[0], "Drill(lesson='05', kind='code', new=1)")

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("drills")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("drills")


dark = pytest.mark.parametrize("address", ["dark"], indirect=True)
both_themes = pytest.mark.parametrize("address", ["dark", "light"], indirect=True)


@pytest.fixture(scope="module")
def address(folder, request) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        place = folder / request.param
        place.mkdir()
        patch.setenv("COURSE_DATA", str(place / "data"))
        for name, sources in (("say", SAY), ("number", NUMBER), ("code", CODE)):
            lab.write_notebook(place / f"{name}.ipynb", *sources)
        with lab.jupyterlab(place, dark=request.param == "dark") as address:
            yield address


@pytest.fixture(scope="module")
def browser():
    with lab.chromium() as browser:
        yield browser


@pytest.fixture
def opened(browser, address, request):
    """Open one of the notebooks, run, and press Start with the keyboard."""

    def open_it(name):
        page = browser.new_page(viewport={"width": 1100, "height": 1000})
        lab.run_all(page, address, f"{name}.ipynb")
        start = page.get_by_role("button", name="Start", exact=True)
        start.wait_for(timeout=60_000)
        start.focus()
        page.keyboard.press("Enter")
        return page

    return open_it


def shot(page, name, request):
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    theme = request.node.callspec.params["address"]
    page.locator(".jp-OutputArea-output .widget-vbox").first.screenshot(path=ARTEFACTS / f"drill-{name}-{theme}.png")


def records(folder, request):
    """What the kernel has written down."""
    journal = folder / request.node.callspec.params["address"] / "data" / "reviews.jsonl"
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    return [json.loads(line) for line in lines[1:]]


@dark
def test_a_number_is_typed_judged_and_graded_by_keyboard(opened, folder, request):
    page = opened("number")
    page.locator(".jp-OutputArea mjx-container").first.wait_for(timeout=30_000)  # formulas are drawn
    page.wait_for_function("() => document.activeElement.tagName === 'INPUT'")  # the field has the focus
    page.keyboard.type("a fifth")
    page.keyboard.press("Enter")
    page.get_by_text("is not read as a number").wait_for()
    page.keyboard.press("Control+a")
    page.keyboard.type("12345")
    page.keyboard.press("Enter")
    page.get_by_text("No.", exact=True).wait_for()
    shot(page, "number", request)
    assert records(folder, request)[-1]["grade"] == "again"
    page.wait_for_function("() => document.activeElement.textContent === 'Next'")
    page.keyboard.press("Enter")
    page.get_by_text("1 graded, 0 of them known").wait_for()
    page.close()


@dark
def test_options_are_buttons_and_code_is_readable(opened, folder, request):
    page = opened("code")
    page.locator(".jp-OutputArea pre code").first.wait_for()
    page.wait_for_function("() => document.activeElement.textContent === 'a'")
    shot(page, "code", request)
    before = len(records(folder, request))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("No.", exact=True).or_(page.get_by_text("Right.", exact=True)).wait_for()
    page.wait_for_function("() => ['Next', 'Good'].includes(document.activeElement.textContent)")
    page.keyboard.press("Enter")
    page.get_by_text("1 graded").wait_for()
    assert len(records(folder, request)) == before + 1
    page.close()


@both_themes
def test_a_question_aloud_shows_its_clock_its_rubric_and_no_barrier(opened, folder, request):
    page = opened("say")
    bar = page.locator(".jp-OutputArea .progress-bar, .jp-OutputArea [role=progressbar]").first
    bar.wait_for(state="attached")
    page.wait_for_function("() => document.activeElement.textContent === 'Show the answer'")
    page.wait_for_timeout(1500)  # the clock moves
    shot(page, "say-clock", request)
    page.keyboard.press("Enter")
    page.get_by_text("Which did you say?").wait_for()
    page.locator(".jp-OutputArea mjx-container").first.wait_for(timeout=30_000)
    page.wait_for_function("() => document.activeElement.type === 'checkbox'")
    page.keyboard.press("Space")
    found = axe.Axe().run(page, context=".jp-OutputArea-output", options={"runOnly": ["wcag2a", "wcag2aa"]})
    serious = [v["id"] for v in found.response["violations"] if v["impact"] in ("serious", "critical")]
    assert serious == [], found.generate_report()
    shot(page, "say", request)
    page.get_by_role("button", name="Grade it").focus()
    page.keyboard.press("Enter")
    page.get_by_text("graded").first.wait_for()
    assert records(folder, request)[-1]["card"] == "interview-noncentred-board"
    shot(page, "end", request)
    page.close()

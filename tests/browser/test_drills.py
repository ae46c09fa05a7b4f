"""`Drill()` in JupyterLab: a card answered by keyboard alone, formulas drawn, no barrier that axe-core finds."""

import json

import pytest

lab = pytest.importorskip(
    "tests.browser.lab", reason="playwright is not installed: uv sync --inexact --group dev", exc_type=ImportError
)
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe is not installed: uv sync --inexact --group dev"
)

SOURCES = {
    "say": "Rehearse('interview-noncentred-board')",
    "number": "Drill(lesson='04', kind='number', new=1)",
    "code": "Drill(lesson='05', kind='code', new=1)",
}


pytestmark = pytest.mark.browser
dark = pytest.mark.parametrize("theme", ["Dark"])
both_themes = pytest.mark.parametrize("theme", ["Dark", "Light"])


@pytest.fixture
def opened(desk, theme, tmp_path):
    """Open one of the notebooks, run, and press Start with the keyboard."""

    def open_it(name):
        journal = f"import os; os.environ['COURSE_DATA'] = {str(tmp_path)!r}"
        imports = f"{journal}\nfrom course.drills.notebook import Drill, Rehearse"
        page = desk.show(f"{name}.ipynb", imports, SOURCES[name], theme=theme, height=1000)
        start = lab.appears(page.get_by_role("button", name="Start", exact=True))
        start.focus()
        page.keyboard.press("Enter")
        return page

    yield open_it
    desk.clear()


@pytest.fixture
def shot(artefacts, theme):
    """Keep a picture of the drill."""

    def keep(page, name):
        place = page.locator(".jp-OutputArea-output .widget-vbox").first
        place.screenshot(path=artefacts / f"drill-{name}-{theme.lower()}.png")

    return keep


def records(folder):
    """What the kernel has written down."""
    journal = folder / "reviews.jsonl"
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    return [json.loads(line) for line in lines[1:]]


@dark
def test_a_number_is_typed_judged_and_graded_by_keyboard(opened, shot, tmp_path):
    page = opened("number")
    lab.appears(page.locator(".jp-OutputArea mjx-container").first)  # formulas are drawn
    lab.until(page, "() => document.activeElement.tagName === 'INPUT'")  # the field has the focus
    page.keyboard.type("a fifth")
    page.keyboard.press("Enter")
    lab.appears(page.get_by_text("is not read as a number"))
    page.keyboard.press("Control+a")
    page.keyboard.type("12345")
    page.keyboard.press("Enter")
    lab.appears(page.get_by_text("✗ Wrong, because:", exact=True))
    shot(page, "number")
    assert records(tmp_path)[-1]["grade"] == "again"
    lab.until(page, "() => document.activeElement.textContent === 'Next'")
    page.wait_for_timeout(lab.READS)
    page.keyboard.press("Enter")
    lab.appears(page.get_by_text("1 graded, 0 of them known"))


@dark
def test_options_are_buttons_and_code_is_readable(opened, shot, tmp_path):
    page = opened("code")
    lab.appears(page.locator(".jp-OutputArea pre code").first)
    lab.until(page, "() => document.activeElement.textContent === 'a'")
    shot(page, "code")
    before = len(records(tmp_path))
    page.keyboard.press("Tab")
    page.wait_for_timeout(lab.READS)
    page.keyboard.press("Enter")
    lab.appears(page.get_by_text("✗ Wrong, because:", exact=True).or_(page.get_by_text("✓ Right.", exact=True)))
    lab.until(page, "() => ['Next', 'Good'].includes(document.activeElement.textContent)")
    page.wait_for_timeout(lab.READS)
    page.keyboard.press("Enter")
    lab.appears(page.get_by_text("1 graded"))
    assert len(records(tmp_path)) == before + 1


@both_themes
def test_a_question_aloud_shows_its_clock_its_rubric_and_no_barrier(opened, shot, tmp_path):
    page = opened("say")
    bar = page.locator(".jp-OutputArea .progress-bar, .jp-OutputArea [role=progressbar]").first
    lab.appears(bar, "attached")
    lab.until(page, "() => document.activeElement.textContent === 'Show the answer'")
    lab.until(
        page, "([bar, before]) => bar.outerHTML !== before", [bar.element_handle(), bar.evaluate("b => b.outerHTML")]
    )
    shot(page, "say-clock")
    page.keyboard.press("Enter")
    lab.appears(page.get_by_text("Which did you say?"))
    lab.appears(page.locator(".jp-OutputArea mjx-container").first)
    lab.until(page, "() => document.activeElement.type === 'checkbox'")
    page.keyboard.press("Space")
    found = axe.Axe().run(page, context=".jp-OutputArea-output", options={"runOnly": ["wcag2a", "wcag2aa"]})
    serious = [v["id"] for v in found.response["violations"] if v["impact"] in ("serious", "critical")]
    assert serious == [], found.generate_report()
    shot(page, "say")
    page.wait_for_timeout(lab.READS)
    page.get_by_role("button", name="Grade it").focus()
    page.keyboard.press("Enter")
    lab.appears(page.get_by_text("graded").first)
    assert records(tmp_path)[-1]["card"] == "interview-noncentred-board"
    shot(page, "end")

"""Slides of every lesson in Chromium: nothing asked for, nothing overflowing, nothing too small, no barrier."""

import re
import threading
from functools import partial
from http.server import ThreadingHTTPServer

import pytest

from course import bundle, syllabus
from course.app import ports, site, slides
from course.app.site import pyodide
from course.app.slides import revealjs
from tests.serving import LIMIT

lab = pytest.importorskip(
    "tests.browser.lab", reason="playwright is not installed: uv sync --inexact --group dev", exc_type=ImportError
)
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe is not installed: uv sync --inexact --group dev"
)

pytestmark = pytest.mark.browser

NAMES = syllabus.names()
WIDTH, HEIGHT = 1280, 720
SMALLEST = 14  # pixels of a letter, on a stage as wide as a small projector
SERIOUS = {"serious", "critical"}
PLACES = "Reveal.getSlides().map(slide => { const at = Reveal.getIndices(slide); return [at.h, at.v ?? 0]; })"
HERE = ".slides > section.present > section.present"
# What stands outside the stage, is cut off, or too small to be read; steps are all shown.
TROUBLE = """
([width, height, smallest]) => {
  const slide = Reveal.getCurrentSlide(), found = [];
  slide.querySelectorAll(".fragment").forEach(one => one.classList.add("visible"));
  const notes = slide.querySelector("aside.notes");
  for (const one of slide.querySelectorAll("*")) {
    if (notes?.contains(one)) continue;
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    if (!box.width || !box.height || style.visibility === "hidden" || style.clipPath !== "none") continue;
    const name = one.tagName + "." + one.className + ": " + (one.textContent || "").trim().slice(0, 50);
    const svg = one.closest("svg");
    if (svg && svg !== one) continue;
    if (box.right > width + 1 || box.bottom > height + 1 || box.left < -1 || box.top < -1)
      found.push(`outside (${Math.round(box.right)} x ${Math.round(box.bottom)}) ${name}`);
    if (one.scrollWidth > one.clientWidth + 2 && style.overflowX !== "visible" && !svg)
      found.push(`cut off (${one.scrollWidth} of ${one.clientWidth}) ${name}`);
    const own = [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (own && !one.closest("math") && parseFloat(style.fontSize) < smallest) found.push(`${style.fontSize} ${name}`);
  }
  return found;
}
"""


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Slides by the lesson's name, each made once."""
    if revealjs.REVEAL.found() is None:
        pytest.skip(f"{revealjs.REVEAL.name} could not be fetched")
    folder = tmp_path_factory.mktemp("slides")

    def make(name):
        path = folder / f"{name}.html"
        if not path.exists():
            slides.make(name, path, told=lambda _: None)
        return path

    return make


@pytest.mark.parametrize("name", NAMES)
def test_a_deck_shows_all_it_has_and_asks_for_nothing(name, made, browser, artefacts):
    path = made(name)
    page = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, offline=True).new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_function("window.Reveal?.isReady()")
    trouble = {}
    for number, (column, row) in enumerate(page.evaluate(PLACES)):
        page.evaluate("([column, row]) => Reveal.slide(column, row)", [column, row])
        if found := page.evaluate(TROUBLE, [WIDTH, HEIGHT, SMALLEST]):
            trouble[number] = found
        # The whole document once, then each slide: there are pictures of thousands of points in it.
        barriers = axe.Axe().run(page, context=HERE if number else None).response["violations"]
        if found := [(one["id"], one["nodes"][0]["html"][:150]) for one in barriers if one["impact"] in SERIOUS]:
            trouble.setdefault(number, []).append(found)
    page.context.close()
    assert trouble == {}
    assert [address for address in asked if not address.startswith(("file:", "data:", "blob:"))] == []
    assert said == []


def test_an_answer_waits_until_it_is_asked_for(made, browser):
    page = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}).new_page()
    page.goto(made("04_shrinkage").as_uri())
    page.wait_for_function("window.Reveal?.isReady()")
    answer = page.locator("pre.out", has_text=re.compile(r"computed: 20\.0 points"))
    for _ in range(60):
        page.keyboard.press("ArrowRight")
        if answer.evaluate("one => one.closest('section') === Reveal.getCurrentSlide()"):
            break
    assert answer.evaluate("one => getComputedStyle(one).visibility") == "hidden"
    page.keyboard.press("ArrowRight")
    answer.wait_for(state="visible")
    page.context.close()


def test_the_notes_open_beside_the_slides_without_a_network(made, browser):
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(made("04_shrinkage").as_uri())
    page.wait_for_function("window.Reveal?.isReady()")
    with context.expect_page() as opened:
        page.keyboard.press("s")
    notes = opened.value
    notes.wait_for_function("document.body.textContent.includes('Have ready')")
    context.close()


def test_what_is_presented_follows_the_hand_and_stays_on_the_stage(tmp_path, browser):
    if pyodide.found(None) is None:
        pytest.skip("Pyodide could not be fetched")
    assert slides.lay_out(bundle.root(), "04_shrinkage", tmp_path, reveal=None, python=None, told=lambda _: None)
    with ThreadingHTTPServer((ports.LOCALHOST, 0), partial(site.Quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = f"http://{ports.LOCALHOST}:{server.server_port}/"
        page = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}).new_page()
        page.set_default_timeout(LIMIT * 1000)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(here)
        page.wait_for_function("window.Reveal?.isReady()")
        box = page.locator(".explorer").first
        box.evaluate("one => { const at = Reveal.getIndices(one.closest('section')); Reveal.slide(at.h, at.v ?? 0); }")
        before, slide = box.locator(".explorer-summary").inner_text(), page.evaluate("Reveal.getIndices()")
        slider = box.locator("input[type=range]:not(:disabled)").first
        slider.focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        box.locator(".vega-embed svg, .explorer-picture svg.marks").first.wait_for()
        page.wait_for_function(
            "before => document.querySelector('.explorer-spoken').textContent.length > 0", arg=before
        )
        assert box.locator(".explorer-summary").inner_text() != before
        assert page.evaluate("Reveal.getIndices()") == slide, "the arrow moves the slider and not the slides"
        assert page.evaluate(TROUBLE, [WIDTH, HEIGHT, SMALLEST]) == []
        value = slider.input_value()
        page.keyboard.press("PageDown")  # what a presenter's remote sends
        assert page.evaluate("Reveal.getIndices()") != slide, "the remote turns the slides"
        assert slider.input_value() == value
        assert [url for url in asked if not url.startswith((here, "data:", "blob:"))] == []
        page.context.close()
        server.shutdown()

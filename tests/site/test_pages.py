"""The website in a browser: every page without a barrier and without a request elsewhere, every explorer live."""

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from course.explore import rooms
from tests.serving import LIMIT, wait_until_kept

pytestmark = pytest.mark.site
# Else axe fetches what a style sheet imports, from where the page lies and not from where the sheet lies.
AXE = {"preload": False}
LOOKS = {"light": (1280, 900), "dark": (1280, 900), "phone": (390, 844)}


def pages(made):
    """Our pages; JupyterLite's is tried in `test_exercises`."""
    found = (path.relative_to(made) for path in made.rglob("*.html"))
    return sorted(path.as_posix() for path in found if path.parts[0] not in ("_static", "lite"))


@pytest.fixture
def page(browser, request):
    look = getattr(request, "param", "light")
    width, height = LOOKS[look]
    scheme = "dark" if look == "dark" else "light"
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(LIMIT * 1000)
    page.asked, page.said = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.said.append(str(error)))
    yield page
    context.close()


@pytest.mark.parametrize("page", list(LOOKS), indirect=True)
def test_no_page_has_a_barrier_or_is_wider_than_its_window_or_asks_another_host(made, address, page):
    found = {}
    for name in pages(made):
        page.goto(address + name)
        violations = Axe().run(page, options=AXE).response["violations"]
        barriers = [v for v in violations if v["impact"] in ("serious", "critical")]
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        elsewhere = [url for url in page.asked if not url.startswith((address, "data:", "blob:"))]
        wrong = [f"{v['id']}: {v['nodes'][0]['html'][:150]}" for v in barriers] + elsewhere + page.said
        wrong += [f"{wide} pixels too wide"] if wide > 0 else []
        if wrong:
            found[name] = wrong
        page.asked.clear()
        page.said.clear()
    assert found == {}


def test_every_explorer_of_the_playground_follows_the_keyboard(address, page):
    page.goto(address + "playground.html")
    for name in rooms():
        box = page.locator(f'.explorer[data-explorer="{name}"]')
        before = box.locator(".explorer-summary").inner_text()
        slider = box.locator("input[type=range]:not(:disabled)").first
        slider.focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        box.locator(".vega-embed svg, .explorer-picture svg.marks").first.wait_for()
        page.wait_for_timeout(500)  # a drag comes to rest, and is spoken
        after = box.locator(".explorer-spoken").inner_text()
        assert after
        assert after != before, name
        assert box.locator(".explorer-picture").get_attribute("aria-label"), name
        assert box.locator(".explorer-news").inner_text() == "", name
    assert page.said == []


def test_where_python_cannot_start_the_picture_stays_and_a_sentence_says_why(address, browser):
    context = browser.new_context(service_workers="block")  # whose requests nobody could stop
    context.route("**/pyodide.asm.wasm", lambda route: route.abort())
    page = context.new_page()
    page.set_default_timeout(LIMIT * 1000)
    page.goto(address + "notebooks/04_shrinkage.html")
    box = page.locator(".explorer").first
    box.locator("input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    box.get_by_text("The picture stands still: Python did not come whole").wait_for()
    assert box.locator(".explorer-picture svg").first.is_visible()
    context.close()


def test_choosing_a_school_puts_its_own_error_on_the_slider(address, page):
    page.goto(address + "playground.html")
    box = page.locator('.explorer[data-explorer="shrinkage"]')
    box.get_by_label("Your school").select_option("H")
    assert box.get_by_label("Its standard error (points)").get_attribute("aria-valuetext") == "18"
    box.get_by_text("school H (standard error 18)").first.wait_for()


def test_a_guess_is_asked_for_before_the_answer_folds_out(address, page):
    page.goto(address + "notebooks/04_shrinkage.html")
    page.get_by_label("Your guess: p").fill("20")
    answer = page.get_by_text("P keeps half of its distance")
    assert not answer.is_visible()
    page.get_by_text("Guessed? Then see what comes out").first.click()
    assert answer.is_visible()
    assert page.get_by_text("Your guess, p: 20.").is_visible()
    assert not page.get_by_text("set it above").count()  # what the notebook prints, which nobody guessed in
    page.reload()
    assert page.get_by_label("Your guess: p").input_value() == "20"


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_on_a_phone_panels_stand_under_each_other_and_formulas_begin_in_sight(address, page):
    page.goto(address + "notebooks/04_shrinkage.html")
    box = page.locator(".explorer").first
    box.locator("input[type=range]:not(:disabled)").first.focus()
    page.keyboard.press("ArrowRight")
    box.locator(".vega-embed svg").first.wait_for()
    picture = box.locator(".explorer-picture")
    assert picture.evaluate("box => box.scrollWidth <= box.clientWidth")
    assert picture.evaluate("box => box.querySelector('svg').getBoundingClientRect().height") > 390
    cut = "box => box.querySelector('math').getBoundingClientRect().left < box.getBoundingClientRect().left - 1"
    assert not any(formula.evaluate(cut) for formula in page.locator("div.math").all())


def test_the_search_finds_a_word_without_a_net(address, page):
    page.goto(address + "index.html")
    wait_until_kept(page, "/search.html", "/searchindex.js")
    page.context.set_offline(True)
    page.goto(address + "search.html?q=shrinkage")
    page.locator("#search-results li a").first.wait_for()
    page.goto(address + "install.html")
    page.get_by_role("link", name="To the first page").click()
    page.get_by_role("heading", level=1).wait_for()
    assert page.url == address + "index.html"


def test_a_lesson_offers_its_notebook_as_a_learner_gets_it(made, address, page):
    page.goto(address + "notebooks/04_shrinkage.html")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the notebook").click()
    notebook = json.loads(Path(download.value.path()).read_bytes())
    assert all(cell.get("outputs", []) == [] for cell in notebook["cells"])

"""Drills on a page, in a browser: a card answered, kept, and there again without a net; questions of a lesson."""

from __future__ import annotations

import json
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePath

import pytest

pytest.importorskip("latex2mathml", reason="an authors' tool: uv sync --extra site")
from course.app import site
from course.app.site import asked, drilled, engine, offline, pages, pyodide
from course.drills.history import KIND
from course.records.lines import header, line
from tests.serving import wait_until_kept

PATIENCE = 120_000  # ms; Python starts within four seconds on a quiet machine
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="_static/site.css"><main>{body}</main>
<script type="module" src="_static/site.js?v=1"></script></html>"""
LINES = """async () => {
    const request = indexedDB.open("borrowing-strength", 1);
    const base = await new Promise((done) => (request.onsuccess = () => done(request.result)));
    const all = base.transaction("reviews").objectStore("reviews").getAll();
    return await new Promise((done) => (all.onsuccess = () => done(all.result)));
}"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small site: the page of drills and one with questions, without Sphinx and without lessons."""
    if (files := pyodide.found(None)) is None:
        pytest.skip("Pyodide could not be fetched")
    made = tmp_path_factory.mktemp("site")
    shutil.copytree(Path(site.__file__).parent / "share", made / "_static")
    engine.write(files, made / "_static" / "pyodide")
    (made / "_static" / "pyodide" / "drills.zip").write_bytes(drilled.archive())
    engine.write_sums(made / "_static" / "pyodide")
    questions = asked.form("04-weight", live=True) + asked.form("05-first-step", live=True)
    ways = pages.ways(PurePath("exercises/04_shrinkage.ipynb"), here=True, hub="")
    for name, body in (("drills", asked.drills(live=True)), ("lesson", questions), ("exercise", ways)):
        (made / f"{name}.html").write_text(PAGE.format(title=name, body=body), encoding="utf-8")
    offline.write(made)
    return made


@pytest.fixture(scope="module")
def address(made):
    """Where it is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(made))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def phone(browser, address):
    """A page of a phone's size, and all that it asks of other hosts or throws, which must stay empty."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    context.set_default_timeout(PATIENCE)
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda one: None if one.url.startswith((address, "blob:", "data:", "file:")) else wrong.append(one.url),
    )
    yield page
    context.close()
    assert wrong == []


def press(page, name):
    button = page.locator("#drills").get_by_role("button", name=name, exact=True)
    button.wait_for()
    page.wait_for_timeout(350)  # a tap within 300 ms of what has come is taken for a slip
    button.click()


def give_up_a_card(phone):
    """Begin a sitting, say of the first card that is judged that it is not known, and return what is kept."""
    press(phone, "Start")
    phone.get_by_role("button", name="Don't know").or_(phone.get_by_role("button", name="Show the answer")).wait_for()
    while phone.get_by_role("button", name="Show the answer").count():
        press(phone, "Skip")
    press(phone, "Don't know")
    phone.get_by_role("button", name="Next").wait_for()
    return [json.loads(one) for one in phone.evaluate(LINES)]


def test_a_card_is_answered_kept_and_there_again_without_a_net(phone, address):
    phone.goto(f"{address}/drills.html")
    kept = give_up_a_card(phone)
    assert "Here is the answer." in phone.locator(".drills-verdict").inner_text()
    assert [(one["grade"], one["place"]) for one in kept] == [("again", "browser")]
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    wait_until_kept(phone, "drills.html", "_static/pyodide/drills.zip", "_static/pyodide/pyodide.asm.wasm")
    phone.context.set_offline(True)
    phone.reload()
    phone.get_by_role("button", name="Start").wait_for()
    assert phone.locator(".drills-head").inner_text() == "0 due, 9 new, 1 soon."


def test_a_lesson_sends_its_reader_to_its_own_cards(phone, address):
    phone.goto(f"{address}/drills.html?lesson=04")
    (kept,) = give_up_a_card(phone)
    assert kept["card"].startswith("shrinkage-")
    assert phone.locator("select").input_value() == "04_shrinkage"


def test_a_file_takes_reviews_away_and_brings_them_back(phone, address, tmp_path):
    phone.goto(f"{address}/drills.html")
    phone.get_by_role("button", name="Start").wait_for()
    card = "groups-lucky-small"
    review = {"when": "2026-05-04T09:00:00+00:00", "card": card, "grade": "good", "seconds": 3, "id": "ab"}
    file = tmp_path / "reviews.jsonl"
    file.write_bytes(header(KIND) + line(review))
    phone.get_by_text("New cards, and your reviews").click()
    for said in ("1 of the 1 reviews", "0 of the 1 reviews"):
        phone.locator("#drills-file").set_input_files(file)
        phone.get_by_text(said).wait_for()
    with phone.expect_download() as download:
        press(phone, "Save your reviews to a file")
    assert line(review) in Path(download.value.path()).read_bytes()


def test_where_storage_is_forbidden_a_sentence_says_so_and_the_drill_goes_on(phone, address):
    phone.add_init_script("Object.defineProperty(window, 'indexedDB', { get() { throw new Error('no'); } })")
    phone.goto(f"{address}/drills.html")
    press(phone, "Start")
    assert "does not keep your reviews" in phone.locator(".drills-news").inner_text()
    phone.get_by_role("button", name="End").wait_for()


def test_two_tabs_hear_of_each_other(phone, address):
    other = phone.context.new_page()
    for page in (phone, other):
        page.goto(f"{address}/drills.html")
        press(page, "Start")
        page.get_by_role("button", name="Skip").wait_for()
    while phone.get_by_role("button", name="Show the answer").count():
        press(phone, "Skip")
    press(phone, "Don't know")
    phone.get_by_role("button", name="Next").wait_for()
    press(other, "Skip")
    other.get_by_text("Another tab has drilled too").wait_for()
    assert len(other.evaluate(LINES)) == 1


def test_questions_of_a_lesson_answer_by_keyboard(phone, address):
    phone.goto(f"{address}/lesson.html")
    form = phone.locator("form.question").first
    said = form.locator(".question-verdict")
    if (field := form.get_by_role("textbox")).count():
        field.fill("a lot")
        field.press("Enter")
        said.get_by_text("Not yet").wait_for()
        field.fill("123456")
        field.press("Enter")
    else:
        form.get_by_role("radio").first.focus()
        phone.keyboard.press("Space")
    said.get_by_text("Wrong, because").or_(said.get_by_text("Right.")).first.wait_for()


# What a browser may lack, and what may go wrong on the way: a sentence each.


def test_a_page_that_was_opened_as_a_file_says_so(phone, made):
    phone.goto(f"file://{made}/drills.html")
    phone.get_by_text("this page was opened as a file").wait_for()
    phone.goto(f"file://{made}/lesson.html")
    phone.get_by_text("It does not answer: this page was opened as a file").first.wait_for()


def test_without_webassembly_a_sentence_says_so(phone, address):
    phone.add_init_script("delete globalThis.WebAssembly")
    phone.goto(f"{address}/drills.html")
    phone.get_by_text("There are no drills here: this browser does not run WebAssembly").wait_for()


def test_a_broken_download_is_found_said_and_fetched_anew(phone, address, made):
    archive = made / "_static" / "pyodide" / "drills.zip"
    whole = archive.read_bytes()
    try:
        archive.write_bytes(whole[:-1000])
        phone.goto(f"{address}/drills.html")
        phone.get_by_text("drills.zip did not come whole").wait_for()
    finally:
        archive.write_bytes(whole)
    phone.get_by_role("button", name="Try again").click()
    phone.get_by_role("button", name="Start").wait_for()


def test_a_full_storage_is_said_and_what_was_graded_still_counts_and_can_be_saved(phone, address):
    phone.goto(f"{address}/drills.html")
    press(phone, "Start")
    while phone.get_by_role("button", name="Show the answer").count():
        press(phone, "Skip")
    phone.evaluate(
        "() => { IDBObjectStore.prototype.add = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    )
    press(phone, "Don't know")
    phone.get_by_text("does not keep your reviews: its storage is full").wait_for()
    phone.get_by_text("New cards, and your reviews").click()
    with phone.expect_download() as download:
        press(phone, "Save your reviews to a file")
    assert b'"grade":"again"' in Path(download.value.path()).read_bytes()


def test_a_file_of_a_later_version_is_a_sentence_and_changes_nothing(phone, address, tmp_path):
    phone.goto(f"{address}/drills.html")
    phone.get_by_role("button", name="Start").wait_for()
    file = tmp_path / "later.jsonl"
    file.write_bytes(header(KIND).replace(b'"version":1', b'"version":2'))
    phone.get_by_text("New cards, and your reviews").click()
    phone.locator("#drills-file").set_input_files(file)
    phone.get_by_text("newer version").wait_for()
    assert phone.evaluate(LINES) == []


def test_an_exercise_says_beforehand_what_this_browser_will_not_keep(phone, address):
    phone.goto(f"{address}/exercise.html")
    phone.get_by_role("link", name="Solve them").wait_for()
    phone.wait_for_timeout(500)
    assert phone.get_by_role("status").count() == 0
    phone.add_init_script("Object.defineProperty(window, 'indexedDB', { get() { throw new Error('no'); } })")
    phone.reload()
    phone.get_by_text("keeps nothing of what you solve").wait_for()

"""An exam in Chromium: from a file, without a network, kept while it runs, saved as the notebook that is graded.

And a teacher's pages: board, feedback, statement.
"""

import json
import re

import pytest

from course import syllabus
from course.app.classroom import board, feedback
from course.app.classroom.exam import drawing, page, sheets, statement, variants
from course.app.classroom.grading import Grade
from course.app.classroom.submissions import questions, read
from course.checks.solutions import solution_of
from course.checks.task import task
from course.drills.bank import bank
from course.records.results import Record
from course.verdicts.findings import right, wrong

lab = pytest.importorskip(
    "tests.browser.lab", reason="playwright is not installed: uv sync --inexact --group dev", exc_type=ImportError
)
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe is not installed: uv sync --inexact --group dev"
)

sync_api = pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.browser

EXAM, _ = drawing.draw("midterm", "s", drawing.lessons("01-07"), 60, None, bank())
SHEET = variants.Sheet(EXAM, variants.draw(EXAM, "ab1"))
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

WIDE_BOXES = """[...document.querySelectorAll("html, main *")]
    .filter(one => one.clientWidth && one.scrollWidth > one.clientWidth + 1).map(one => one.outerHTML.slice(0, 200))"""


def key(sheet, n):
    """What is right, as it is typed."""
    return sheet.asked[f"midterm.q{n}"].key


@pytest.fixture
def paper(tmp_path):
    path = tmp_path / "midterm.html"
    path.write_text(page.text(SHEET), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser, paper):
    """Open the page as often as wanted, each time in the same browser; say what it asked for, and what went wrong."""
    context = browser.new_context(offline=True, viewport=WIDE, accept_downloads=True)
    asked, said = [], []

    def one(*, begin=True):
        tab = context.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.goto(paper.as_uri())
        if begin:
            tab.get_by_role("button", name="Begin").click()
        return tab

    yield one
    context.close()
    assert [address for address in asked if not address.startswith(("file:", "blob:"))] == []
    assert said == []


def fill(tab, n):
    """Answer a question, by the keyboard where it is a choice."""
    value = key(SHEET, n)
    if SHEET.asked[f"midterm.q{n}"].options:
        tab.get_by_role("group", name=f"question {n}", exact=False).get_by_role("radio").nth(
            "abcdef".index(value)
        ).check()
    else:
        tab.get_by_label(f"Your number for question {n}", exact=True).fill(value)


def saved(tab):
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Save the file").click()
    assert download.value.suggested_filename == "midterm.ipynb"
    return download.value.path().read_bytes()


both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])
both_sizes = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])


@both_schemes
@both_sizes
def test_no_barrier_and_nothing_cut_off(scheme, size, opened, artefacts):
    tab = opened(begin=False)
    tab.emulate_media(color_scheme=scheme)
    tab.set_viewport_size(size)
    for state in ("before", "during"):
        if state == "during":
            tab.get_by_role("button", name="Begin").click()
            fill(tab, 1)
        tab.screenshot(path=artefacts / f"exam-{state}-{scheme}-{size['width']}.png", full_page=True)
        assert [one["id"] for one in axe.Axe().run(tab).response["violations"]] == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= size["width"]
    if size == NARROW:  # a line of code that runs out of its field is read by pushing it to and fro
        codes = tab.locator("textarea[id$='-answer']")
        assert codes.count() == len(EXAM.tasks)
        assert codes.evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth).length") == 0


def test_what_is_saved_is_the_notebook_with_the_answers(opened):
    tab = opened()
    for n in range(1, len(EXAM.cards) + 1):
        fill(tab, n)
    code = 'def log_likelihood():\n    return "</script>é😀\\n"'
    tab.get_by_label("Your code for question 11").fill(code)
    raw = saved(tab)
    held = read(raw, "midterm", SHEET.questions)
    assert sheets.mark_of(json.loads(raw)) == ("midterm", SHEET.variant.mark)
    assert held.notes == ()
    assert held.answers["midterm.q11"] == code
    assert held.answers["midterm.q12"] == sheets.stub(SHEET.tasks["midterm.q12"])  # as it was
    for n in range(1, len(EXAM.cards) + 1):
        space = {}
        exec(held.answers[f"midterm.q{n}"], space)
        assert SHEET.judge(f"midterm.q{n}", space[f"answer_{n}"]).outcome == "right"
    assert "Without an answer: 12." in tab.locator("#handed").inner_text()


def test_answers_and_clock_outlive_the_page(opened):
    tab = opened()
    fill(tab, 1)
    choice = next(n for n in range(1, len(EXAM.cards) + 1) if SHEET.asked[f"midterm.q{n}"].options)
    fill(tab, choice)
    tab.evaluate(
        """place => { const held = JSON.parse(localStorage[place]); held.begun -= 51.5 * 60000;
                      localStorage[place] = JSON.stringify(held); }""",
        f"{sheets.KEY}:midterm:{SHEET.variant.mark}",
    )
    tab.close()
    tab = opened(begin=False)
    assert re.fullmatch(r"[78]:\d\d left", tab.locator("#clock").inner_text())
    assert tab.locator("#news").inner_text() == "Less than 10 minutes left."
    assert tab.get_by_label("Your number for question 1", exact=True).input_value() == key(SHEET, 1)
    assert tab.locator("#count").inner_text() == f"2 of {len(SHEET.questions)} answered"
    assert 51.4 < json.loads(saved(tab))["metadata"][sheets.KEY]["minutes_taken"] < 53


def test_a_browser_that_keeps_nothing_says_so(opened, browser, paper):
    context = browser.new_context(offline=True)
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
    )
    tab = context.new_page()
    tab.goto(paper.as_uri())
    tab.get_by_role("button", name="Begin").click()
    assert tab.get_by_role("alert").inner_text().startswith("This browser keeps nothing")
    fill(tab, 1)
    assert json.loads(saved(tab))["metadata"][sheets.KEY]["mark"] == SHEET.variant.mark
    context.close()


def test_a_page_shows_every_card_without_a_style_that_its_policy_refuses(opened, paper):
    cards = tuple(card for card in bank().values() if drawing.fair(card))
    every = drawing.Exam("midterm", "s", EXAM.lessons, 60, cards, EXAM.tasks)
    paper.write_text(page.text(variants.Sheet(every, variants.draw(every, "ab1"))), encoding="utf-8")
    tab = opened()
    tab.set_viewport_size(NARROW)
    assert tab.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert "$" not in tab.locator("#answers").inner_text()


def test_two_tabs_of_one_paper_do_not_overwrite_each_other(opened):
    one, two = opened(), opened(begin=False)
    fill(one, 1)
    field = two.get_by_label("Your number for question 1", exact=True)
    sync_api.expect(field).to_have_value(key(SHEET, 1))
    second = next(n for n in range(2, len(EXAM.cards)) if not SHEET.asked[f"midterm.q{n}"].options)
    fill(two, second)
    sync_api.expect(one.get_by_label(f"Your number for question {second}", exact=True)).to_have_value(
        key(SHEET, second)
    )
    assert one.locator("#count").inner_text() == two.locator("#count").inner_text()


@pytest.fixture(scope="module")
def teachers_pages():
    """Board, feedback and statement by name, of every lesson with an exercise and of the exam."""
    whys = ("it is too high.", "Your weight is `tau/(tau + sigma)`, made of standard deviations.", "")
    made, standings = {}, []
    for lesson in (syllabus.lesson(topic).name for topic in syllabus.topics()):
        answers = {one.id: solution_of(task(one.id)) for one in questions(lesson)}
        grades = {}
        for n, why in enumerate((*whys, *whys)):
            findings = {id: wrong(why) if why else right("Yes.") for id in answers}
            grades[f"student{n}"] = Grade(lesson, "k", findings, answers, ("Cells were added.",))
        made[f"feedback on {lesson}"] = feedback.page(grades["student0"])
        standings.append((lesson, board.of_grades(lesson, grades), len(grades)))
        records = [dict.fromkeys(answers, Record(passed=None, tries=3, hints=1))]
        standings.append((lesson, board.of_records(lesson, records), 1))
    made["board"], made["board with names"] = board.page(standings), board.page(standings, names=True)
    grades = {}
    for n in range(20):
        given = {one.id: SHEET.judge(one.id, "0.5") for one in SHEET.questions[n % 3 :]}
        grades[f"student{n}"] = Grade("midterm", "k", given | {one.id: right("Yes.") for one in SHEET.questions[n:]})
    made["feedback on the exam"] = feedback.page(grades["student0"], SHEET)
    made["statement"] = statement.page("midterm", grades, dict.fromkeys(grades, SHEET))
    return made


@both_schemes
@both_sizes
def test_a_teachers_pages_have_no_barrier_and_nothing_to_scroll_sideways(
    scheme, size, teachers_pages, browser, artefacts, tmp_path
):
    # Nothing on them takes the focus, so what scrolls in a box of its own would be cut off for a keyboard.
    tab = browser.new_context(offline=True, viewport=size, color_scheme=scheme).new_page()
    found = {}
    for name, text in teachers_pages.items():
        (tmp_path / "page.html").write_text(text, encoding="utf-8")
        tab.goto((tmp_path / "page.html").as_uri())
        barriers = [one["id"] for one in axe.Axe().run(tab).response["violations"]]
        wide = tab.evaluate(WIDE_BOXES)
        if barriers or wide:
            found[name] = barriers, wide
        if "feedback" not in name:
            tab.screenshot(path=artefacts / f"{name.replace(' ', '-')}-{scheme}-{size['width']}.png", full_page=True)
    tab.context.close()
    assert found == {}

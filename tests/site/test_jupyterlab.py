"""Lessons that have run, in JupyterLab, light and dark: what the course puts on the page has no barrier for axe-core.

Here and not with the other browser tests, because the website has run all lessons and kept them. Widgets need a kernel:
their cells are run once more, each question is answered by keys, and of each drill one card is turned over. The first
notebooks of the 14 lessons take six minutes on a busy machine; further reading has the same widgets and is left out.
"""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course import bundle
from course.app.site import executed
from tests.browser import lab

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

pytestmark = pytest.mark.site

# What JupyterLab 4.6 has by itself, in any notebook: buttons, the list of cells, fields for code without a name, and
# lines of code that are longer than the page is wide; in the light theme one colour of code;
# links in a text are not underlined.
LABS_OWN = {
    *("aria-allowed-attr", "aria-required-children", "aria-input-field-name"),
    *("color-contrast", "scrollable-region-focusable", "link-in-text-block"),
}
OURS = ".jp-OutputArea-output, .jp-MarkdownOutput"
LIVE = ("explore.", "quiz.ask(", "Drill(", "Rehearse(")
QUESTION = (
    ".widget-vbox:has(> .widget-radio)",
    ".widget-vbox:has(> .widget-hbox > .widget-text > [placeholder='your answer'])",
)
DRILL = ".widget-vbox:has(> .widget-hbox > [title='Ask the first question'])"
SIZE = {"width": 1280, "height": 1600}
TURNED = "Don't know", "Show the answer"
"""What turns a card over, if it is judged by the course or by the learner."""
BAD = "<input><p style='color: #888; background: #777'>a pale line of text</p>"

LESSONS = [path.stem for path in sorted((bundle.root() / "notebooks").glob("[!.]*.ipynb"))]
REPLAY = """
import nbformat
from IPython.display import display

def replay(number):
    for output in nbformat.read("ran.ipynb", 4).cells[number].outputs:
        if output.output_type == "stream":
            print(output.text, end="")
        else:
            display({kind: data for kind, data in output.data.items() if "widget" not in kind}, raw=True)
"""


def is_live(cell):
    """Does a cell show a widget that needs a kernel, and nothing from the cells before?"""
    return cell.source.strip().rpartition("\n")[2].startswith(LIVE)


def barriers(page):
    """Rules that are broken, seriously, in what the course made, each with an example, and elsewhere.

    Whose an element is, is asked in the call that finds it: a class that JupyterLab adds or takes away later, as it
    does with toolbars, would leave a selector that finds nothing.
    """
    page.evaluate(axe.Axe().axe_script)
    nodes = page.evaluate(
        """async ours => {
            const found = await axe.run({ resultTypes: ["violations"], elementRef: true });
            const serious = found.violations.filter(rule => ["serious", "critical"].includes(rule.impact));
            return serious.flatMap(({ id, nodes }) => nodes.map(({ html, element }) =>
                [id, html.slice(0, 200), id !== "link-in-text-block" && Boolean(element.closest(ours))]));
        }""",
        OURS,
    )
    ours = {rule: html for rule, html, made_here in nodes if made_here}
    return ours, {rule for rule, _, made_here in nodes if not made_here}


@pytest.fixture(scope="module")
def opened(browser, jupyterlab):
    """Open a notebook whole, run the cells that show a widget, replay the others, and answer each question once."""
    address, folder = jupyterlab
    # JupyterLab would keep on the page only what is near the window.
    settings = folder / ".jupyter-home/lab/user-settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"windowingMode": "none"}')
    page = lab.new_page(browser, viewport=SIZE)
    lab.load(page, address)

    def open_it(notebook):
        if page.evaluate("Boolean(coursePanel())"):
            lab.close(page)  # also after a test that failed
        nbformat.write(notebook, folder / "ran.ipynb")
        first, *others = (n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code")
        notebook.cells[first].source += REPLAY
        for n in others:
            if not is_live(notebook.cells[n]):
                notebook.cells[n].source = f"replay({n})"
        nbformat.write(notebook, folder / "lesson.ipynb")
        lab.open_and_run(page, "lesson.ipynb")
        lab.wait_until_run(page)
        lab.until(page, "() => coursePanel().content.widgets.every(cell => !cell.isPlaceholder())")
        for n in range(page.locator(".course-explorer").count()):
            lab.explorer(page, n)
        source = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
        answer_questions(page, source.count("quiz.ask("))
        turn_cards(page, len(re.findall(r"(?m)^(?:Drill|Rehearse)\(", source)))
        return page

    yield open_it
    page.close()


def all_of(page, selector, wanted):
    """The widgets of a kind, once all that the lesson's code shows are there."""
    lab.until(
        page,
        "([selector, wanted]) => document.querySelectorAll(selector).length === wanted",
        [selector, wanted],
    )
    return page.locator(selector).all()


def answer_questions(page, wanted):
    """Answer each question by keys: the first choice, or a number, checked by Enter or by its button in turn."""
    questions = all_of(page, ", ".join(QUESTION), wanted)
    for options in page.locator(".widget-radio").all():
        options.locator("input").first.focus()
        page.keyboard.press("Space")
    for n, box in enumerate(page.locator(QUESTION[1]).all()):
        box.get_by_placeholder("your answer").focus()
        page.keyboard.type("0.31")
        page.keyboard.press("Tab" if n % 2 else "Enter")
        if n % 2:
            page.keyboard.press("Enter")
    for box in questions:
        lab.appears(box.locator("[role=status]").get_by_text(re.compile(r"Wrong, because:|Right\.|Not yet\.")).first)


def turn_cards(page, wanted):
    """Begin each drill by keys, and have the answer to its first card shown."""
    for sheet in all_of(page, DRILL, wanted):
        sheet.get_by_role("button", name="Start", exact=True).focus()
        page.keyboard.press("Enter")
        turn = lab.appears(sheet.get_by_role("button", name=re.compile("|".join(TURNED))))
        page.wait_for_timeout(lab.READS)
        turn.focus()
        page.keyboard.press("Enter")
        lab.appears(sheet.get_by_role("button", name=re.compile("^(Next|Good|Grade it)$")))


def in_both_themes(page):
    found = {}
    for theme in ("Light", "Dark"):
        lab.set_theme(page, theme)
        show_whole(page)
        found[theme] = barriers(page)
    return found


def show_whole(page):
    """Make the window as high as the notebook: of what is scrolled away, axe-core judges no colour."""
    page.set_viewport_size(SIZE)
    # One screen more than there is can be scrolled: JupyterLab lets the last cell be moved to the top.
    high = page.evaluate("() => { const n = coursePanel().content.outerNode; return n.scrollHeight - n.clientHeight; }")
    page.set_viewport_size(SIZE | {"height": SIZE["height"] + high})
    page.evaluate("() => { coursePanel().content.outerNode.scrollTop = 0; }")
    lab.until(page, "high => coursePanel().content.outerNode.clientHeight >= high", high)


def test_jupyterlab_has_barriers_of_its_own_and_ours_are_told_from_them(opened):
    text, code = (
        new_markdown_cell("A word and [a link](other.ipynb) in a text."),
        new_code_cell("from course import explore  # why\nx = 1, 'a'"),
    )
    long = new_code_cell(f"{LIVE[0]}__doc__ and '{'long ' * 60}' and None  # this line is wider than the page")
    bad = new_code_cell("x", outputs=[new_output("display_data", {"text/html": BAD})], execution_count=1)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    for ours, _ in in_both_themes(opened(new_notebook(cells=[code, bad], metadata=kernel))).values():
        assert set(ours) == {"color-contrast", "label"}
    plain = in_both_themes(opened(new_notebook(cells=[text, code, long], metadata=kernel)))
    assert [ours for ours, _ in plain.values()] == [{}, {}]
    assert set.union(*(others for _, others in plain.values())) == LABS_OWN


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_that_has_run_has_no_barrier_in_jupyterlab(name, made, opened):
    path = bundle.root() / "notebooks" / f"{name}.ipynb"
    lesson = executed.executed([path])[path]
    for ours, others in in_both_themes(opened(lesson)).values():
        assert ours == {}
        assert others <= LABS_OWN

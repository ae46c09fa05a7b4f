"""Pages of the website, before they are written: what they show, hide and allow."""

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import PurePath

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course import bundle, explore
from course.app import notebooks
from course.app.site import boxes, drilled, engine, lite, pages, policy
from course.app.site.standins import pymc as here
from course.checks import desk
from course.checks.task import Task, task
from course.checks.verdict import as_html
from course.errors import CourseError
from course.verdicts.findings import Outcome, not_yet

LESSONS = sorted((bundle.root() / "notebooks").rglob("[0-9]*.ipynb"))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_guess_is_answered_before_it_is_asked(path):
    # Every cell that waits for guesses becomes fields, and what reveals them is behind a fold that opens after them.
    cells = pages.page(notebooks.read(path), live=True).cells
    folded, asked = False, set()
    for cell in cells:
        if cell.source == "</details>":
            assert folded
            folded = False
        elif cell.source == pages._FOLD:
            assert not folded
            folded = True
        elif 'class="guess"' in cell.source:
            assert not folded
            asked |= {part.split('"')[0] for part in cell.source.split('name="')[1:]}
        elif cell.cell_type == "code":
            revealed = asked.intersection(pages.REVEALED.findall(cell.source))
            assert folded or not revealed, cell.source
            assert "quiz.ask(" not in cell.source
            assert not pages.guesses_in([line for line in cell.source.splitlines() if line.strip()])
        else:
            assert not (folded and cell.source.startswith("#")), "a fold ends where the next question begins"
    assert not folded


def test_a_cell_that_holds_more_than_guesses_stays_code():
    cell = new_code_cell("guess = None\nx = 3")
    assert pages.page(new_notebook(cells=[cell]), live=True).cells[0].source == cell.source


def test_a_field_says_what_is_guessed_and_in_what_unit():
    (cell,) = pages.page(new_notebook(cells=[new_code_cell("guess_p = None  # points, <5>")]), live=True).cells
    assert "Your guess: p (points, &lt;5&gt;)" in cell.source


@pytest.mark.parametrize(("live", "top"), [(True, "../"), (True, "../../"), (False, "../")])
def test_a_lesson_leads_to_its_cards_in_the_browser_where_there_are_drills(live, top):
    cell = new_markdown_cell("To keep it, the cards of this lesson, `course drill --lesson 04`.")
    (made,) = pages.page(new_notebook(cells=[cell]), live=live, top=top).cells
    assert (f'<a href="{top}drills.html?lesson=04">' in made.source) == live
    assert ("`course drill" in made.source) != live


def test_widgets_and_warnings_are_left_out_and_a_notebook_is_not_changed():
    view = {pages._WIDGET: {}, "text/html": "<b>still</b>", "text/plain": "VBox()"}
    outputs = [new_output("stream", name="stderr", text="!"), new_output("display_data", data=view)]
    outputs += [new_output("display_data", data={pages._WIDGET: {}, "text/plain": "VBox()"})]
    notebook = new_notebook(cells=[new_code_cell("x", outputs=outputs)], metadata={"widgets": {"state": 1}})
    before = nbformat.writes(notebook)
    made = pages.page(notebook, live=True)
    assert [output.data for output in made.cells[0].outputs] == [{"text/html": "<b>still</b>"}]
    assert "widgets" not in made.metadata
    assert nbformat.writes(notebook) == before


def test_an_explorer_of_a_lesson_keeps_its_setting():
    start = explore.ShrinkageState(tau=2, school="B", sigma=9)
    bundle_ = explore.shrinkage(start)._repr_mimebundle_()
    box = boxes.of_output(bundle_["text/html"], live=True)
    scene = json.loads(box.split('<script type="application/json">')[1].split("</script>")[0])
    assert {name: control["value"] for name, control in scene["controls"].items()} == {
        "tau": 2, "school": "B", "sigma": 9,
    }  # fmt: skip
    assert "school B (standard error 9)" in scene["summary"]
    assert boxes.of_output(bundle_["text/html"], live=False) == bundle_["text/html"]
    assert boxes.of_output("<p>other</p>", live=True) == "<p>other</p>"


def test_a_page_allows_its_own_scripts_and_no_other(tmp_path):
    (tmp_path / "a").mkdir()
    page = tmp_path / "a" / "page.html"
    data = '<script type="application/json">{}</script>'
    page.write_text(f"<html><head></head><script>go()</script><script src=x.js></script>{data}", encoding="utf-8")
    policy.write(tmp_path)
    text = page.read_text(encoding="utf-8")
    own = base64.b64encode(hashlib.sha256(b"go()").digest()).decode()
    assert text.count("sha256-") == 1
    assert f"'sha256-{own}'" in text
    assert "unsafe-eval'" not in text.replace("'wasm-unsafe-eval'", "")
    assert text.index("Content-Security-Policy") < text.index("<script")


def test_what_a_worker_loads_of_the_course_is_what_explorers_open():
    files = engine.under(bundle.root(), engine.explorers())
    assert "course/explore/answers.py" in files
    assert "course/data/files/radon.csv" in files
    assert not [name for name in files if "/plots/" in name or "/app/" in name or "explore_" in name]


def test_a_folder_with_something_else_is_not_replaced(tmp_path):
    from course.app import site

    (tmp_path / "thesis.tex").touch()
    with pytest.raises(CourseError, match="no website"):
        site.build(tmp_path)


def test_a_notebook_page_may_compile_what_it_needs_and_no_other_page_may(tmp_path):
    for place in (tmp_path / "lite" / "notebooks", tmp_path / "notebooks"):
        place.mkdir(parents=True)
        (place / "index.html").write_text("<html><head></head></html>", encoding="utf-8")
    policy.write(tmp_path)
    texts = [(tmp_path / name / "index.html").read_text(encoding="utf-8") for name in ("lite/notebooks", "notebooks")]
    assert ["'unsafe-eval'" in text for text in texts] == [True, False]
    assert all("default-src 'none'" in text and "connect-src 'self';" in text for text in texts)


def test_hints_of_an_exercise_unfold_one_after_the_other():
    cell = new_code_cell('check("shrinkage.weight", weight)')
    page = pages.page(new_notebook(cells=[cell]), live=True)
    folded = page.cells[1].source
    hints = task("shrinkage.weight").hints
    assert [folded.count("<details"), folded.count("</details>")] == [len(hints)] * 2
    places = [folded.index(as_html(hint)) for hint in hints]
    assert places == sorted(places)
    assert "</details>" not in folded[: places[-1]]  # each within the one before it
    assert len(pages.page(new_notebook(cells=[new_code_cell("check(id, weight)")]), live=True).cells) == 1


def test_a_page_says_where_its_notebook_is():
    hub = "https://hub.example.org/tree/{path}?a=1&b=2"
    lesson = pages.ways(PurePath("notebooks/further/04_shrinkage.ipynb"), here=False, hub=hub)
    assert 'href="04_shrinkage.ipynb" download' in lesson
    assert 'href="https://hub.example.org/tree/notebooks/further/04_shrinkage.ipynb?a=1&amp;b=2"' in lesson
    assert "Solve" not in lesson
    exercise = pages.ways(PurePath("exercises/04_shrinkage.ipynb"), here=True, hub="")
    assert 'href="../lite/notebooks/index.html?path=exercises/04_shrinkage.ipynb"' in exercise
    assert "hub" not in exercise


def test_exercises_that_need_what_a_browser_lacks_are_left_out():
    names = {path.stem for path in lite.exercises(bundle.root())}
    assert "04_shrinkage" in names
    assert "13_own_data" not in names  # pandas, and a fit that is compiled


@pytest.mark.parametrize("hub", ["https://hub.example.org/", "javascript:{path}"])
def test_an_address_of_a_hub_without_a_place_for_the_notebook_is_refused(tmp_path, hub):
    from course.app import site

    with pytest.raises(CourseError, match="the address of the hub"):
        site.build(tmp_path / "site", hub=hub)


def test_prose_stays_as_it_is():
    cell = new_markdown_cell("## A heading")
    assert pages.page(new_notebook(cells=[cell]), live=False).cells == [cell]


def test_a_models_graph_is_told_in_words():
    text = """```mermaid
graph TD
%% Nodes:
y([y ~ Normal])
mu([mu ~ Normal])
theta([theta ~ Halfnormal])

%% Edges:
theta --> y
mu --> y

%% Plates:
subgraph "depot (12)"
    theta
end
subgraph "206"
    y
end
```"""
    cell = new_code_cell("x", outputs=[new_output("display_data", data={"text/markdown": text})])
    (made,) = pages.page(new_notebook(cells=[cell]), live=True).cells
    assert made.outputs[0].data["text/markdown"].splitlines() == [
        "- **mu** ~ Normal",
        "- **theta** ~ Halfnormal, in the plate depot (12)",
        "- **y** ~ Normal, given theta and mu, in the plate 206",
    ]


# Stand-ins of a page's kernel.

SAID = """
import sys
if len(sys.argv) > 1:
    sys.path.insert(0, sys.argv[1])
from course import syllabus
print([(one.name, one.question, one.builds_on, one.exercises, one.kind, [e.scene for e in one.explorer])
       for one in syllabus.lessons()])
"""


def test_the_syllabus_reads_the_same_without_msgspec():
    runs = [
        subprocess.run([sys.executable, "-c", SAID, *given], capture_output=True, text=True, check=True).stdout
        for given in ((), (str(drilled.STANDINS),))
    ]
    assert runs[0] == runs[1]
    assert "04_shrinkage" in runs[0]


def test_a_model_in_a_page_says_what_it_needs_and_hides_no_other_mistake():
    with here.Model(coords={"school": "AB"}) as model:
        here.Normal("mu", 0, 1)
    finding = desk.judge(task("shrinkage.model"), model)
    assert finding.outcome is Outcome.WRONG  # here PyMC is there, and this is no model of it
    with pytest.raises(here.NotHere, match="needs an installation") as caught:
        model.basic_RVs  # noqa: B018
    assert caught.value._render_traceback_() == [str(caught.value)]
    with pytest.raises(ZeroDivisionError), here.Model():
        print(1 / 0)
    assert not hasattr(here, "__wrapped__")


def test_what_a_judge_needs_and_lacks_is_no_wrong_answer():
    def judge(given):
        raise CourseError("this task needs an installation", "Get one.")

    finding = desk.judge(Task("shrinkage.new", "", judge, ("", "", "")), 3)
    assert finding == not_yet("This task needs an installation. Get one.")

"""What of a lesson becomes a slide, what a step, and what is left to be said. How it looks: `tests/browser`."""

import re
import sys

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from typer.testing import CliRunner

from course import bundle, syllabus
from course.app import carried, notebooks, slides
from course.app.cli import app
from course.app.site import pages
from course.app.slides import deck, document, guide, prose, revealjs
from course.errors import CourseError

ROOT = bundle.root()
LESSONS = [ROOT / "notebooks" / f"{lesson.name}.ipynb" for lesson in syllabus.lessons()]
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def made(*cells):
    return deck.deck(new_notebook(cells=[new_markdown_cell("# A lesson"), *cells]), None)


def printed(source, text, **metadata):
    return new_code_cell(source, outputs=[new_output("stream", name="stdout", text=text)], metadata=metadata)


def of(path):
    page = ROOT / guide.FOLDER / f"{path.stem}.md"
    return deck.deck(notebooks.read(path), guide.read(page))


# All lessons, with the outputs that are stored.


@each_lesson
def test_no_answer_stands_before_it_was_asked_for(path):
    for column in of(path):
        for slide in column.slides:
            for text in slide.body:
                assert "computed:" not in text or "fragment" in text
                assert "You have not written a guess" not in text


@each_lesson
def test_every_guess_and_every_question_is_put(path):
    text = "".join(text for column in of(path) for slide in column.slides for text in slide.body)
    cells = [cell.source for cell in notebooks.read(path).cells]
    assert text.count('class="asked"') == sum(
        len(re.findall(r"\*\*(?:Predict first|Guess)\.\*\*", one)) for one in cells
    )
    asked = [id for source in cells for id in pages.asked_in([line for line in source.splitlines() if line.strip()])]
    assert text.count('class="question"') == len(asked)


@each_lesson
def test_code_is_shown_where_the_lesson_shows_it(path):
    shown = "".join(text for column in of(path) for slide in column.slides for text in slide.body)
    for cell in notebooks.read(path).cells:
        if cell.cell_type == "code" and notebooks.is_folded(cell) and cell.source.count("\n") > 2:
            assert prose.escaped(cell.source) not in shown


@each_lesson
def test_every_row_of_the_plan_is_in_the_notes_of_its_slide(path):
    plan = guide.read(ROOT / guide.FOLDER / f"{path.stem}.md").plan
    columns = {column.title: column for column in of(path)}
    for heading, row in plan.items():
        assert prose.inline(row.what) in "".join(columns[heading].slides[0].notes)


@each_lesson
def test_all_parts_of_the_teachers_page_are_said(path):
    notes = "".join(text for column in of(path) for slide in column.slides for text in slide.notes)
    for name in guide.read(ROOT / guide.FOLDER / f"{path.stem}.md").parts:
        assert f"<h3>{name}</h3>" in notes


@each_lesson
def test_nothing_of_a_deck_lies_elsewhere(path, tmp_path):
    for name in revealjs.REVEAL.sums:
        (tmp_path / name).write_text("/* */", encoding="utf-8")
    text = document.document(of(path), tmp_path)
    assert re.findall(r"<(?:script|img|iframe|link|a)\b[^>]*(?:src|href)=\"(?!data:|#)[^\"]*\"", text) == []
    assert "url(" not in text.replace("url(#", "")
    assert "<!--" not in text


# The rule.


def test_a_question_opens_with_its_first_words_and_the_rest_is_said():
    column = made(new_markdown_cell("## Who?\n\nOne. " + "Two words here. " * 20))[-1]
    assert column.title == "Who?"
    assert "One." in column.slides[0].body[0]
    assert len(column.slides[0].body[0].split()) <= 50
    assert "Two words here." in column.slides[0].notes[-1]


def test_what_reads_a_result_is_said_and_formulas_are_shown_with_their_sentence():
    column = made(
        new_markdown_cell("## Who?\n\nFirst."),
        new_markdown_cell("It fell. So divide by it:\n\n$$a = \\frac{b}{c}$$\n\nAny b will do."),
    )[-1]
    assert "So divide by it:" in column.slides[1].body[0]
    assert "<math" in column.slides[1].body[1]
    assert "It fell." in "".join(column.slides[0].notes + column.slides[1].notes)
    assert "Any b will do." in column.slides[1].notes[-1]


def test_a_sentence_that_says_its_brings_what_it_speaks_of():
    column = made(new_markdown_cell("## Who?\n\nFirst."), new_markdown_cell("Dull. A sum. Its peak is at\n\n$$a$$"))[-1]
    assert "<p>A sum. Its peak is at</p>" in "".join(text for slide in column.slides for text in slide.body)


def test_what_opens_the_next_result_is_said_on_its_slide_and_what_reads_the_last_one_stays():
    read, opened = new_markdown_cell("This reads the two."), new_markdown_cell("This opens the three.")
    alone = new_markdown_cell("The three fell.\n\nIs a four next?")
    column = made(
        new_markdown_cell("## Who?\n\nFirst."),
        printed("f(x)", "2"), read, opened, printed("g(x)", "3"), alone, printed("h(x)", "4"),
    )[-1]  # fmt: skip
    two, three, four = ("".join(slide.notes) for slide in column.slides)
    assert "reads the two" in two
    assert "opens the three" in three
    assert "three fell" in three
    assert "Is a four next?" in four


def test_what_reads_the_last_result_is_not_said_on_the_slide_of_the_next_claim():
    claim = new_markdown_cell('The total fell.\n\n*"It is the same."* It is not. ' + "Word by word. " * 20)
    column = made(new_markdown_cell("## Who?\n\nFirst."), printed("f(x)", "2"), claim)[-1]
    first, second = ("".join(slide.notes) for slide in column.slides)
    assert "The total fell." in first
    assert "Word by word." in second


def test_what_opens_a_result_that_goes_onto_the_same_slide_is_not_lost():
    guess, answer = new_code_cell("guess_it = None"), printed("quiz.reveal(guess_it, 3)", "computed: 3.\n")
    column = made(
        new_markdown_cell("## Who?\n\n**Guess.** How many?"), new_markdown_cell("Think of E:"), guess, answer
    )[-1]
    assert "Think of E:" in "".join(column.slides[0].notes)
    columns = made(
        new_markdown_cell("## Who?\n\nFirst."), new_markdown_cell("And now?"), new_markdown_cell("## B\n\nC.")
    )
    assert "And now?" in "".join(columns[-2].slides[-1].notes)


def test_what_is_marked_as_a_fragment_waits_and_a_formula_comes_with_its_sentence():
    waits = {"slideshow": {"slide_type": "fragment"}}
    words = new_markdown_cell("## Who?\n\nAdd them:\n\n$$a$$\n\nThe top is at:\n\n$$b$$", metadata=waits)
    table = printed("draw()", "9 9", jupyter={"source_hidden": True}, **waits)
    assert "out fragment" in made(words, printed("draw()", "9", jupyter={"source_hidden": True}))[-1].slides[0].body[-1]
    drawn = printed("draw()", "", jupyter={"source_hidden": True})
    drawn.outputs = [new_output("display_data", data={"text/html": "<figure><svg></svg></figure>"})]
    opening = new_markdown_cell("## Who?\n\nAll.", metadata=waits)
    assert 'class="picture fragment"' in made(opening, drawn)[-1].slides[0].body[-1]
    column = made(words, table)[-1]
    first, second, last = (text for slide in column.slides for text in slide.body)
    assert first.startswith('<div class="fragment"><p>Add them:</p>')
    assert "<math" in first
    assert second.startswith('<div class="fragment"><p>The top is at:</p>')
    assert 'class="out fragment"' in last


def test_the_notes_say_what_is_left_out_and_each_saying_is_at_its_heading(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "## Plan\n\n| 50 | 90 | slide | do |\n|---|---|---|---|\n| 1 | 2 | One? | Ask. |\n| – | 3 | Two? | Wait. |\n\n"
        '## They will say\n\n- *"A."* No.\n- *"B."* Nor\n  that.\n  <!-- at Two -->\n- *"C."* Yes.\n',
        encoding="utf-8",
    )
    cells = [
        new_markdown_cell(f"{mark} {name}?\n\nHere.")
        for mark, name in (("#", "T"), *(("##", n) for n in ("One", "Two", "Three")))
    ]
    columns = deck.deck(new_notebook(cells=cells), guide.read(page))
    title, one, two, three = ("".join(column.slides[0].notes) for column in columns)
    assert "plan" not in title
    assert "1 minute in 50, 2 minutes in 90." in one
    assert "In 50 left to reading, 3 minutes in 90." in two
    assert "Not in the plan" in three
    assert ["A." in one, "B." in one, "C." in one] == [True, False, True]
    assert "Nor\nthat." in two.replace("  ", "")
    assert "<!--" not in one + two


def test_an_answer_to_a_guess_is_a_step_and_a_figure_between_is_not():
    guess, figure = (
        new_code_cell("guess_it = None  # points"),
        printed("draw()", "2 1", jupyter={"source_hidden": True}),
    )
    answer = printed("quiz.reveal(guess_it, 3)", "computed: 3. You have not written a guess: set it above.\n")
    column = made(new_markdown_cell("## Who?\n\n**Guess.** How many?"), guess, figure, answer)[-1]
    first, drawn, last = column.slides
    assert "Write it down: points" in first.body[-1]
    assert "fragment" not in drawn.body[0]
    assert "How many?" in last.body[0] or "fragment" not in last.body[0]
    assert "fragment" in last.body[-1]
    assert "computed: 3" in last.body[-1]
    assert "not written" not in last.body[-1]


@pytest.mark.parametrize(("mark", "shown"), [("slide", True), ("notes", False), ("skip", False), ("", False)])
def test_marks_of_nbconvert_overrule_the_rule(mark, shown):
    cell = new_markdown_cell("This reads a result.", metadata={"slideshow": {"slide_type": mark}} if mark else {})
    column = made(new_markdown_cell("## Who?\n\nFirst."), cell)[-1]
    body = "".join(text for slide in column.slides for text in slide.body)
    assert ("reads a result" in body) is shown
    assert ("reads a result" in "".join(column.slides[-1].notes)) is (mark in ("notes", ""))


def test_markup_in_code_and_outputs_is_text():
    column = made(
        new_markdown_cell("## Who?\n\nFirst."), printed("x = '<b>'  # </script>", "<script>alert(1)</script>")
    )[-1]
    text = "".join(column.slides[-1].body)
    assert "<script" not in text
    assert "&lt;/script&gt;" in text


def test_an_answer_whose_code_is_folded_is_asked_for_once_more_on_its_slide():
    guess = new_code_cell("guess_it = None")
    answer = printed("quiz.reveal(guess_it, 3)", "computed: 3.\n", jupyter={"source_hidden": True})
    column = made(new_markdown_cell("## Who?\n\n**Guess.** How many?"), guess, answer)[-1]
    asked, step = column.slides[-1].body
    assert 'class="asked again"' in asked
    assert "How many?" in asked
    assert "fragment" in step


def test_a_picture_that_answers_waits_and_its_number_stands_under_it():
    guess = new_code_cell("guess_it = None")
    both = printed("quiz.reveal(guess_it, 3)", "computed: 3.\n", jupyter={"source_hidden": True})
    both.outputs.insert(0, new_output("display_data", data={"text/html": "<figure><svg></svg></figure>"}))
    column = made(new_markdown_cell("## Who?\n\n**Guess.** How many?"), guess, both)[-1]
    asked, picture, number = column.slides[-1].body
    assert "What did you write down?" in asked
    assert 'class="picture fragment"' in picture
    assert "computed: 3." in number


def test_a_line_more_goes_under_what_was_printed_before_it():
    more = printed("x", "one line more\n", jupyter={"source_hidden": True})
    column = made(new_markdown_cell("## Who?\n\nFirst."), printed("f(x)", "2\n"), more)[-1]
    assert len(column.slides) == 1
    assert "one line more" in column.slides[0].body[-1]


def test_code_and_a_long_output_are_two_slides_and_each_fits():
    long = "\n".join(f"{number} " + "x" * 100 for number in range(20))
    column = made(new_markdown_cell("## Who?\n\nFirst."), printed("\n".join(["f(x)"] * 12), long))[-1]
    _, code, output = column.slides
    assert 'class="code"' in code.body[0]
    assert "fragment" in output.body[0]
    assert all(slide.filled <= deck.ROOM + deck._GAP for slide in column.slides)


def test_a_tall_table_goes_on_under_its_head():
    table = "| a | b |\n|---|---|\n" + "\n".join(f"| {n} | word |" for n in range(40))
    column = made(new_markdown_cell(f"## Who?\n\n{table}"))[-1]
    assert len(column.slides) > 2
    assert all("<th>a</th>" in slide.body[0] for slide in column.slides)
    assert "".join(slide.body[0] for slide in column.slides).count("<td>word</td>") == 40


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("## A\nb", ["heading", "prose"]),
        ("a\n\n$$x\n\ny$$\n\nb", ["prose", "formula", "prose"]),
        ("<details><summary>s</summary>\n\na\n\n</details>\n\n1. b\n2. c", ["details", "list"]),
        ("a\n\n## B\n\n| c |\n|---|\n\n> d", ["prose", "heading", "table", "quote"]),
        ("```\na\n\nb\n```", ["code"]),
        ("", []),
        ("<!-- practice -->[six tasks](../x.ipynb)<!-- /practice -->", ["prose"]),
    ],
)
def test_prose_is_cut_where_lines_are_empty_and_nowhere_else(source, kinds):
    assert [block.kind for block in prose.blocks(source)] == kinds


def test_links_are_words_on_a_slide_and_brackets_in_formulas_stay():
    (block,) = prose.blocks("See [lesson 04](04.ipynb) and $E[y](x)$.")
    assert block.text == "See lesson 04 and $E[y](x)$."


# The bytes, and the file.


def test_a_script_cannot_end_itself():
    assert document._inlined('a = "</script><!-- x"') == 'a = "<\\/script>\\x3c!-- x"'


def test_without_reveal_there_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(carried, "user_cache_path", lambda _: tmp_path / "cache")
    monkeypatch.setattr(carried, "_fetched", lambda *_: False)
    with pytest.raises(CourseError, match="could not be fetched"):
        slides.make("04_shrinkage", tmp_path / "x.html")


def test_a_file_of_somebody_else_is_not_replaced(tmp_path):
    (tmp_path / "x.html").write_text("<p>mine</p>", encoding="utf-8")
    with pytest.raises(CourseError, match="no slides made by this command"):
        slides.make("04_shrinkage", tmp_path / "x.html")
    with pytest.raises(CourseError, match="is a folder"):
        slides.make("04_shrinkage", tmp_path)
    assert (tmp_path / "x.html").read_text(encoding="utf-8") == "<p>mine</p>"


def test_what_somebody_types_wrong_gets_a_sentence(tmp_path, monkeypatch):
    def said(*words):
        return CliRunner().invoke(app, ["slides", *words])

    assert "there is no lesson '99'" in str(said("99").exception)
    assert said("04", "--present", "--out", "x.html").exit_code == 2
    assert "neither a folder nor a zip archive" in str(said("04", "--reveal", str(tmp_path / "nothing")).exception)
    monkeypatch.setitem(sys.modules, "latex2mathml", None)
    assert "latex2mathml is missing" in str(said("04", "--out", str(tmp_path / "x.html")).exception)
    assert list(tmp_path.iterdir()) == []

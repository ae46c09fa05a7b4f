"""A student's paper as a page that a browser opens from a file: it collects answers and saves them as the notebook."""

from __future__ import annotations

import html
import json
from importlib.resources import files

from course.app.classroom import pages
from course.app.classroom.exam import drawing, sheets
from course.app.classroom.exam.variants import Sheet
from course.app.classroom.submissions import Question
from course.drills.questions import Question as Asked
from course.drills.text import with_mathml

_BEFORE = """<div id="before"><p>The clock starts when you press the button. Your answers stay in this browser while you
work: close the page by accident, open it again here, and go on. At the end you save a file and hand that in.</p>
<p><button type="button" id="begin">Begin</button></p></div>"""
_BAR = """<div class="bar"><p id="clock" role="timer"></p><p id="count"></p><p id="news" role="status"></p></div>
<p id="not-kept" class="notice" role="alert" hidden>This browser keeps nothing: if you close or reload this page, your
answers are gone. Save the file before you do.</p>"""
_END = """<h2>Hand in</h2><p><button type="button" id="hand-in">Save the file to hand in</button></p>
<p id="handed" role="status"></p>
<details id="no-file" hidden><summary>No file appeared?</summary>
<p><label class="field" for="copy">Copy this text into a file that ends in .ipynb, and hand that in.</label>
<textarea id="copy" rows="6" readonly></textarea></p></details>"""


def text(sheet: Sheet) -> str:
    """Return the page of a student.

    Parameters
    ----------
    sheet : Sheet
        The student's.
    """
    share = files("course.app.classroom.exam") / "share"
    script, style = (share.joinpath(name).read_text(encoding="utf-8") for name in ("exam.js", "exam.css"))
    asked = [_question(sheet, n, one) for n, one in enumerate(sheet.questions, 1)]
    return pages.page(
        sheet.exam.name,
        pages.text(sheets.head(sheet).partition("\n\n")[2]),
        '<noscript><p class="notice">This page needs JavaScript, which is turned off here.</p></noscript>',
        _BEFORE,
        f'<div id="during" hidden>{_BAR}<form id="answers" autocomplete="off">',
        *asked,
        f"</form>{_END}</div>",
        f'<script type="application/json" id="paper">{_data(sheet)}</script>',
        style=style,
        script=script,
    )


def _data(sheet: Sheet) -> str:
    """What the page saves, and what it needs to fill that in; nothing of what is right."""
    names = {f"q{n}-answer": one.expression for n, one in enumerate(sheet.questions, 1) if one.id in sheet.asked}
    held = {
        "key": sheets.KEY,
        "minutes": sheet.minutes,
        "names": names,
        "notebook": sheets.notebook(sheet),
    }
    return json.dumps(held, ensure_ascii=False).replace("<", "\\u003c")


def _question(sheet: Sheet, n: int, question: Question) -> str:
    heading = html.escape(sheets.heading(sheet, question).removeprefix("## "))
    if asked := sheet.asked.get(question.id):
        prompt, answer = asked.prompt, _choice(n, asked) if asked.options else _number(n, asked)
    else:
        prompt, answer = sheets.prompt(question), _code(n, sheet.tasks[question.id])
    asks = f'<div class="prompt" id="q{n}-prompt">{with_mathml(prompt)}</div>'
    return f'<section aria-labelledby="q{n}"><h2 id="q{n}" tabindex="-1">{heading}</h2>{asks}{answer}</section>'


def _number(n: int, asked: Asked) -> str:
    how = f' <span class="aside how" id="q{n}-how">{html.escape(asked.enough)}</span>' if asked.enough else ""
    described = f"q{n}-prompt q{n}-how" if how else f"q{n}-prompt"
    label = f'<label class="field" for="q{n}-answer">Your number for question {n}</label>'
    field = f'<input type="text" id="q{n}-answer" name="q{n}-answer" maxlength="200" aria-describedby="{described}">'
    return f"{label}{field}{how}"


def _choice(n: int, asked: Asked) -> str:
    rows = []
    for letter, option in zip("abcdef", asked.options, strict=False):
        said = with_mathml(option.text).removeprefix("<p>").removesuffix("</p>")
        field = f'<input type="radio" name="q{n}-answer" value="{letter}">'
        rows.append(f'<label class="choice">{field}<span><strong>{letter})</strong> {said}</span></label>')
    legend = f'<legend class="field">Your choice for question {n}</legend>'
    return f'<fieldset aria-describedby="q{n}-prompt">{legend}{"".join(rows)}</fieldset>'


def _code(n: int, task: Question) -> str:
    imports, _ = drawing.code_of(task)
    before = f"<p>This runs before your code:</p>{pages.code(imports)}" if imports else ""
    stub = sheets.stub(task)
    rows = max(10, stub.count("\n") + 4)
    label = f'<label class="field" for="q{n}-answer">Your code for question {n}</label>'
    settings = 'spellcheck="false" autocapitalize="off" wrap="off"'
    field = f'<textarea id="q{n}-answer" name="q{n}-answer" rows="{rows}" {settings} aria-describedby="q{n}-prompt">'
    return f"{before}{label}{field}\n{html.escape(stub)}</textarea>"

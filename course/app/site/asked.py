"""Questions and drills on a page as they stand before Python is there: native controls that `drills.js` lets answer."""

from __future__ import annotations

import html
import json
from typing import Final

from course import syllabus
from course.app.site.boxes import WHY
from course.drills import page, shipped
from course.drills.cards import AnyCard

_STILL: Final = "This copy of the site was built without Python, so it has no drills. The installed course has them."


def form(id: str, *, live: bool) -> str:
    """Make the form of a lesson's question.

    Parameters
    ----------
    id : str
        Of the question.
    live : bool
        Whether the site has Python; if not, the answer is folded out.
    """
    put = json.loads(page.question(id))
    named = f"question-{id}"
    if put["kind"] == "choice":
        fields = "\n".join(
            f'<label><input type="radio" name="answer" value="{letter}"> <span>{text}</span></label>'
            for letter, text in zip("abcdef", put["options"], strict=False)
        )
    else:
        fields = (
            '<label>Answer <input type="text" name="answer" autocomplete="off" placeholder="0.5, 1/2 or 50%"></label>\n'
            '<button type="submit">Check</button>'
        )
    said = f'<div class="question-verdict" role="status"><span class="waits">It does not answer: {WHY}</span></div>'
    if not live:
        said = f"<details><summary>The answer</summary>{json.loads(page.judge(id, put['key']))['html']}</details>"
    return _in_markdown(
        f'<form class="question" data-id="{id}" role="group" aria-labelledby="{named}">\n'
        f'<div id="{named}">{put["prompt"]}</div>\n{fields}\n{said}\n</form>'
    )


def drills(*, live: bool) -> str:
    """Make the place of the drills: what `drills.js` fills, and where new cards and reviews are managed.

    Parameters
    ----------
    live : bool
        Whether the site has Python.
    """
    if not live:
        return _STILL
    names = sorted({card.lesson for card in shipped.entries().values() if isinstance(card, AnyCard)})
    titles = {lesson.name: f"{lesson.number:02d} · {lesson.title}" for lesson in syllabus.lessons()}
    options = [("", "the lessons you have begun"), (" ".join(names), "all lessons"), *((n, titles[n]) for n in names)]
    listed = "".join(f'<option value="{value}">{html.escape(text)}</option>' for value, text in options)
    return _in_markdown(
        '<div id="drills">\n'
        '<p class="drills-head" role="status"></p>\n<div class="drills-body"></div>\n'
        '<div class="drills-verdict" role="status"></div>\n'
        '<div class="drills-bar"><div class="drills-controls"></div><div class="drills-foot"></div></div>\n'
        '<p class="drills-news waits" role="status">'
        f"There are no drills here: {WHY}</p>\n"
        '<details class="drills-more"><summary>New cards, and your reviews</summary>\n'
        f'<p><label for="drills-lessons">New cards from</label><select id="drills-lessons">{listed}</select></p>\n'
        '<p><button type="button" class="drills-button drills-save">Save your reviews to a file</button></p>\n'
        '<p><label for="drills-file">Add reviews from a file</label>'
        '<input type="file" id="drills-file" accept=".jsonl"></p>\n</details>\n</div>'
    )


def _in_markdown(text: str) -> str:
    """Leave no line empty: in Markdown it would end the HTML."""
    return text.replace("\n\n", "\n&#10;")

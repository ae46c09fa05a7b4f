"""The deck as a package for Anki, with stable ids: a second import updates the cards and keeps Anki's own schedule."""

from __future__ import annotations

import hashlib
import html
import random
import tempfile
from pathlib import Path

import genanki

from course.drills.cards import KINDS, AnyCard, Say
from course.drills.decks import Deck
from course.drills.questions import Question, ask, lettered
from course.drills.text import as_html
from course.errors import CourseError, expanded, writing_to
from course.records.files import write_atomically
from course.syllabus import notebook_of

_DECK = "Borrowing Strength"
_LOOKS = """
.card { font-family: sans-serif; font-size: 18px; line-height: 1.45; text-align: left; max-width: 42em; margin: auto; }
.lesson { opacity: 0.7; font-size: 14px; }
pre { overflow-x: auto; padding: 0.5em; border: 1px solid; border-radius: 4px; font-size: 15px; }
"""


def _number(name: str) -> int:
    """Return the same whole number for a name on every computer; Anki takes 31 bits as an id."""
    return 1 << 30 | int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") >> 2


def _model() -> genanki.Model:
    return genanki.Model(
        _number("borrowing-strength model 1"),
        "Borrowing Strength drill",
        fields=[{"name": "Id"}, {"name": "Question"}, {"name": "Answer"}, {"name": "Lesson"}],
        templates=[
            {
                "name": "Drill",
                "qfmt": '<div class="lesson">{{Lesson}}</div>{{Question}}',
                "afmt": '{{FrontSide}}<hr id="answer">{{Answer}}',
            }
        ],
        css=_LOOKS,
    )


def write(deck: Deck, path: Path) -> Path:
    """Write cards as an ``.apkg`` file.

    Parameters
    ----------
    deck : mapping of str to card
        The cards; each worked number gets one draw of values, always the same.
    path : Path
        The file to write; replaced when it is there.

    Returns
    -------
    Path
        Where it is.

    Raises
    ------
    CourseError
        If the name does not end in ``.apkg``, or the place cannot be written.
    """
    path = expanded(path, "the file")
    if path.suffix != ".apkg":
        raise CourseError(f"Anki imports files that end in .apkg, and this is {path.name!r}", "Name it out.apkg")
    parts: dict[str, genanki.Deck] = {}
    model = _model()
    for card in deck.values():
        name = f"{_DECK}::{card.lesson.replace('_', ' ')}"
        part = parts.setdefault(name, genanki.Deck(_number(name), name))
        part.add_note(_note(card, model))
    with writing_to(path.parent, "Name a file in a folder of yours."), tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "deck.apkg"
        genanki.Package(list(parts.values())).write_to_file(made)
        write_atomically(path, made.read_bytes())
    return path.absolute()


def _note(card: AnyCard, model: genanki.Model) -> genanki.Note:
    question = ask(card, random.Random(card.id))
    where = notebook_of(card.lesson, further=card.further)
    fields = [card.id, _front(question), _back(question), html.escape(f"{where}, {card.section}")]
    tags = [card.kind, f"level{card.level}", card.lesson]
    return genanki.Note(model, fields, guid=genanki.guid_for("borrowing-strength", card.id), tags=tags)


def _page(text: str) -> str:
    return as_html(text, r"\(", r"\)")


def _list(heading: str, lines: tuple[str, ...]) -> str:
    return _page(f"**{heading}**\n\n" + "\n".join(f"- {line}" for line in lines)) if lines else ""


def _front(question: Question) -> str:
    how = f"({question.enough})" if question.enough else ""
    aloud = f"(Say it aloud in {question.card.seconds} seconds.)" if isinstance(question.card, Say) else ""
    kind = KINDS[question.card.kind] if question.options else ""
    return "".join(
        _page(part) for part in (question.prompt, question.choices, how, aloud, f"({kind})" if kind else "") if part
    )


def _back(question: Question) -> str:
    key = f"**{question.key}**" if question.key else ""
    whys = lettered(option.why for option in question.options)
    body = whys or question.answer
    pages = [_page(part) for part in (key, body) if part]
    return "".join([*pages, *(_list(heading, lines) for heading, lines in question.lists.items())])

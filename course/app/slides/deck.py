"""Slides from a lesson that ran: a heading opens a column, and what a class has to see stands in it.

The rule needs few marks. Shown are headings, guesses, formulas, lists, claims, code that the lesson shows, what it
prints and draws; what reads a result is the teacher's to say, and goes into its notes, and what opens the next one into
the notes of the next. An answer that was guessed for is a step of its own. Where a cell should do otherwise, its
metadata say so in nbconvert's words, ``slideshow: {slide_type: ...}``: ``slide`` shows all of a cell's prose, ``notes``
none, ``skip`` leaves the cell out, and ``fragment`` lets what it says, or what comes of its code, wait for a step.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from course.app.notebooks import is_folded
from course.app.site import pages
from course.app.slides import prose, told
from course.app.slides.guide import Guide
from course.drills import page as questions

ROOM: Final = 720 - 40 - 50  # what the stage leaves above and below
_OPENS, _GOES_ON = 96, 52  # what a heading takes, large and small
_GAP: Final = 18
_PICTURE: Final = 400  # no picture is smaller for the words above it
_LARGEST, _BESIDE, _SMALLEST = 25, 18, 15  # letters of code, of what it prints beside it, of what is wide: pixels
_SHORT: Final = 4  # lines of what is printed that may stand under something else
_WIDE: Final = 0.605  # of a letter, in its height
_UNFOLDED_IMPORTS: Final = re.compile(r"(?:import|from) ")


@dataclass
class Slide:
    """What it shows, as HTML, and what is said to it."""

    body: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    filled: int = 0
    waits: bool = False  # its words wait for a step, and so does what stands under them
    words: bool = True  # words alone, and no guess that waits: what is computed next may stand under them
    prints: bool = False  # what was computed, last

    def add(self, text: str, height: int) -> None:
        """Put something under what is there."""
        self.body.append(text)
        self.filled += height + _GAP


@dataclass
class Column:
    """A heading and the slides under it; the heading stands on each, large on the first."""

    title: str
    level: int = 2
    slides: list[Slide] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)  # notes that came before there was a slide

    def room(self) -> int:
        """Return how much of a new slide its heading leaves."""
        return ROOM - (_GOES_ON if self.slides else _OPENS)

    def new(self) -> Slide:
        """Begin a slide."""
        slide = Slide(notes=self.unsaid, filled=_GOES_ON if self.slides else _OPENS)
        self.unsaid = []
        self.slides.append(slide)
        return slide

    def under(self, height: int) -> Slide | None:
        """Return the last slide, if it has words alone and room under them."""
        last = self.slides[-1] if self.slides else None
        return last if last and last.words and last.filled + height <= ROOM else None

    def say(self, text: str, *, next: bool = False) -> None:
        """Add to the notes of the last slide, or of the one to come."""
        (self.unsaid if next or not self.slides else self.slides[-1].notes).append(text)

    def settle(self) -> None:
        """Give the last slide what was kept for one that did not come."""
        if self.slides:
            self.slides[-1].notes += self.unsaid
            self.unsaid = []


def deck(notebook: Any, guide: Guide | None, *, live: bool = False) -> list[Column]:
    """Make the columns.

    Parameters
    ----------
    notebook : NotebookNode
        A lesson, with outputs.
    guide : Guide, optional
        Its teacher's page, which goes into the notes.
    live : bool
        Whether explorers get controls, for a page that is served with Python beside it.
    """
    maker = _Maker(guide, live=live)
    for cell in notebook.cells:
        maker.take(cell)
    maker.columns[-1].settle()
    if guide:
        told.parts(maker.columns, guide)
    return [column for column in maker.columns if column.slides]


class _Maker:
    def __init__(self, guide: Guide | None, *, live: bool) -> None:
        self.guide = guide
        self.live = live
        self.columns: list[Column] = []
        self.waiting: set[str] = set()  # names of guesses without an answer yet
        self.asked: dict[str, prose.Block] = {}  # by the name of a guess, what asks for it
        self.last: prose.Block | None = None  # what asked last for a guess
        self.after_prose = False  # whether the last cell was prose

    def take(self, cell: Any) -> None:
        mark = cell.metadata.get("slideshow", {}).get("slide_type", "")
        if mark == "skip":
            return
        if cell.cell_type == "markdown":
            self._prose(cell.source, mark)
        elif cell.cell_type == "code":
            self._code(cell, mark)
            self.columns[-1].settle()
        self.after_prose = cell.cell_type == "markdown"

    # Prose.

    def _prose(self, source: str, mark: str) -> None:
        part: list[prose.Block] = []
        opens = False
        for block in prose.blocks(source):
            if block.kind == "heading":
                self._show(part, opens, mark)
                part, opens = [], True
                self._open(*prose.heading(block.text))
            else:
                part.append(block)
        self._show(part, opens, mark)

    def _open(self, level: int, title: str) -> None:
        if self.columns:
            self.columns[-1].settle()
        self.columns.append(Column(title, level))
        if self.guide and level > 1:
            self.columns[-1].say(told.row(self.guide.plan.get(title)))

    def _show(self, part: list[prose.Block], opens: bool, mark: str) -> None:
        if not part:
            return
        column = self.columns[-1]
        if mark == "notes":
            found = prose.Shown((), tuple(block for block in part if not prose.is_aside(block)))
        else:
            found = prose.chosen(tuple(part), opens=opens, whole=mark == "slide")
        reads = 0 if opens or self.after_prose or not found.shown else found.before
        for block in found.said[:reads]:
            column.say(prose.as_html(block))
        slide = None
        for blocks in prose.grouped(found.shown) if mark == "fragment" else [(whole,) for whole in found.shown]:
            here = ROOM - slide.filled if slide else column.room()
            for group in [(cut,) for cut in self._cut(blocks[0], here)] if len(blocks) == 1 else [blocks]:
                tall = sum(map(prose.height, group))
                if slide is None or slide.filled + tall > ROOM:
                    slide = column.new()
                text = "".join(map(prose.as_html, group))
                slide.waits = mark == "fragment"
                slide.add(f'<div class="fragment">{text}</div>' if slide.waits else text, tall)
                if prose.is_guess(group[-1]):
                    slide.words, self.last = False, group[-1]
        opens_next = not opens and not found.shown
        for block in found.said[reads:]:
            asks = block is found.said[-1] and block.text.endswith((":", "?"))
            column.say(prose.as_html(block), next=opens_next and (self.after_prose or asks))

    @staticmethod
    def _cut(block: prose.Block, here: int) -> Iterator[prose.Block]:
        return prose.split(block, ROOM - _GOES_ON - _GAP, here - _GAP)

    # Code, and what came of it.

    def _code(self, cell: Any, mark: str) -> None:
        column = self.columns[-1]
        lines = [line for line in cell.source.splitlines() if line.strip()]
        if guesses := pages.guesses_in(lines):
            self.waiting |= guesses.keys()
            self.asked |= {name: self.last for name in guesses if self.last}
            if column.slides:
                column.slides[-1].add(f'<p class="write">Write it down{prose.escaped(_units(guesses))}</p>', 40)
            return
        if ids := pages.asked_in(lines):
            for id in ids:
                self._question(id)
            return
        answers = self.waiting.intersection(pages.REVEALED.findall(cell.source))
        self.waiting -= answers
        printed, drawn = _outputs(cell, live=self.live)
        left_out = any(output.output_type != "stream" for output in cell.outputs) and not (printed or drawn)
        plays = left_out or any("explorer" in text for text in drawn)  # what only a kernel shows has no use for code
        shows_code = not (is_folded(cell) or plays or mark == "notes" or _imports(lines))
        under = printed.rstrip() if drawn and not shows_code and printed.count("\n") <= _SHORT else ""
        if answers and not shows_code:
            self._ask_again(answers, "" if drawn else printed)
        waits = bool(answers) or mark == "fragment"
        if not under:
            self._print(cell.source if shows_code else "", printed, step=waits or shows_code)
        for place, text in enumerate(drawn):
            self._draw(text, under if place == 0 else "", step=waits)
        if not shows_code and not _imports(lines):
            column.say(f"<details><summary>Its code</summary><pre>{prose.escaped(cell.source)}</pre></details>")

    def _ask_again(self, names: set[str], printed: str) -> None:
        """Begin the slide of an answer with what was asked, since the answer itself waits for a step."""
        slide = self.columns[-1].new()
        asked = list(dict.fromkeys(self.asked[name] for name in sorted(names) if name in self.asked))
        tall = sum(prose.height(block) + _GAP for block in asked)
        size = _letters(printed, ROOM - slide.filled - tall) if printed else 0
        if printed and asked and size >= _BESIDE and slide.filled + tall + _tall(printed, size) <= ROOM:
            for block in asked:
                slide.add(prose.as_html(block).replace('class="asked"', 'class="asked again"'), prose.height(block))
        else:
            slide.add('<p class="write">What did you write down?</p>', 40)

    def _print(self, source: str, printed: str, *, step: bool) -> None:
        """Code and what it prints on one slide where both can be read on it, otherwise on two."""
        column = self.columns[-1]
        text = printed.rstrip()
        last = column.slides[-1] if column.slides else None
        short = bool(text) and text.count("\n") < _SHORT and _letters(text, ROOM) == _LARGEST
        if short and not source and not step and last and last.prints and last.filled + _tall(text, _LARGEST) <= ROOM:
            last.add(_pre(text, "out fragment", _LARGEST), _tall(text, _LARGEST))  # a line more to the last
            return
        pieces = [(text, kind) for text, kind in ((source.rstrip(), "code"), (printed.rstrip(), "out")) if text]
        best = [_letters(text, ROOM - _OPENS - _GAP) for text, _ in pieces]
        together = sum(_tall(text, size) + _GAP for (text, _), size in zip(pieces, best, strict=True))
        slide = last if step and not source and pieces else column.under(together) if pieces else None
        for (text, kind), size in zip(pieces, best, strict=True):
            if slide is not None and slide.filled + _tall(text, size) > ROOM:
                size = _letters(text, ROOM - slide.filled)
                slide = slide if size >= _BESIDE else None
            if slide is None:
                slide = column.new()
                size = _letters(text, ROOM - slide.filled)
            waits = slide.waits or (kind == "out" and step)
            slide.add(_pre(text, kind + " fragment" * waits, size), _tall(text, size))
            slide.words, slide.prints = False, kind == "out"

    def _draw(self, text: str, under: str, *, step: bool) -> None:
        """A picture, and under it what the same cell prints, if that is short."""
        column = self.columns[-1]
        last = column.slides[-1] if step and column.slides else None
        begun = last if last and last.filled + _PICTURE <= ROOM else None
        slide = begun or column.under(_PICTURE) or column.new()
        slide.words, step = False, step or slide.waits
        kinds = {'class="explorer"': "played", "<svg": "picture", "<table": "table"}
        kind = next((kind for mark, kind in kinds.items() if mark in text), "words")
        size = _letters(under, ROOM) if under else 0
        room = ROOM - slide.filled - (_tall(under, size) + _GAP if under else 0)
        slide.add(f'<div class="{kind}{" fragment" * step}" style="--room: {room}px">{text}</div>', room - _GAP)
        if under:
            slide.add(_pre(under, "out fragment", size), _tall(under, size))

    def _question(self, id: str) -> None:
        """A self-check question, and its answer as a step."""
        column = self.columns[-1]
        slide = Slide(notes=column.unsaid)
        column.unsaid = []
        column.slides.append(slide)
        put = json.loads(questions.question(id))
        said = json.loads(questions.judge(id, put["key"]))["html"]
        listed = "".join(f"<li>{text}</li>" for text in put.get("options") or ())
        options = f'<ol class="options" type="a">{listed}</ol>' if listed else ""
        said = said.replace("Right.", f"{prose.escaped(str(put['key']))}.", 1)  # nobody has answered yet
        slide.add(f'<div class="question">{put["prompt"]}{options}</div><div class="answer fragment">{said}</div>', 0)
        slide.words = False


def _units(guesses: dict[str, str]) -> str:
    """Say in which unit; and of several guesses, which."""
    if len(guesses) == 1:
        return "".join(f": {says}" for says in guesses.values() if says)
    return ": " + ", ".join(pages.label(name, says).removeprefix("Your guess: ") for name, says in guesses.items())


def _imports(lines: list[str]) -> bool:
    return bool(lines) and bool(_UNFOLDED_IMPORTS.match(lines[0]))


def _pre(text: str, kind: str, size: int) -> str:
    return f'<pre class="{kind}" style="font-size: {size}px">{prose.escaped(text)}</pre>'


def _letters(text: str, room: int) -> int:
    """Return the largest size of letters at which a text fits, but none that cannot be read."""
    lines = text.splitlines()
    widest = max(map(len, lines))
    fits = min((prose.WIDTH - 44) / (_WIDE * widest), (room - 28) / (1.36 * len(lines)))
    return max(_SMALLEST, min(_LARGEST, math.floor(fits)))


def _tall(text: str, size: int) -> int:
    return math.ceil(len(text.splitlines()) * 1.36 * size) + 28


def _outputs(cell: Any, *, live: bool) -> tuple[str, list[str]]:
    """Return what a cell printed, and what it showed as HTML, without what only a kernel can use."""
    printed: list[str] = []
    drawn: list[str] = []
    for output in filter(None, (pages.still(output, live) for output in cell.outputs)):
        if output.output_type == "stream":
            printed.append("".join(output.text))
            continue
        data = output.get("data", {})
        if "text/html" in data:
            drawn.append("".join(data["text/html"]))
        elif "text/markdown" in data:
            drawn.append("".join(map(prose.as_html, prose.blocks("".join(data["text/markdown"])))))
        elif "text/plain" in data:
            printed.append("".join(data["text/plain"]) + "\n")
    return "".join(printed), drawn

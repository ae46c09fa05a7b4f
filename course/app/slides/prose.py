"""A lesson's prose in blocks: which of them a slide shows, how tall they stand on it, and as HTML."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, NamedTuple

WIDTH: Final = 1180  # of what a slide holds, in pixels of the stage
_LETTERS: Final = 80  # in a line of prose
_LINE: Final = 42
_CELLS: Final = 88  # letters in a row of a table
_LITTLE: Final = 250  # less is no room to begin a table in
_LEAD: Final = 45  # words that open a question on its slide

_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_LINK: Final = re.compile(r"(?<![\\$\w])\[([^\]\n]+)\]\([^)\s]+\)")
_HEADING: Final = re.compile(r"(#{1,2}) (.*)")
_LISTED: Final = re.compile(r"(?:\d+\.|[-*]) ")
_BETWEEN_SENTENCES: Final = re.compile(r"(?<=[.?!:])\s+(?=[A-Z\"*$(])")
_GUESS: Final = re.compile(r"\*\*(Predict first|Guess)\.?\*\*\s*")
_KEPT: Final = re.compile(r"\*\*(?:The one thing to remember|To remember):?\*\*")
_CLAIM: Final = re.compile(r"\*\"[^*]+\"\*|She says: ")
_BESIDE: Final = re.compile(r'[("]?<span class="math inline">(?:(?!</span>).){,900}</span>[.,;:?!)"]*', re.DOTALL)
_REFERS: Final = re.compile(r"(?:It|Its|This|That|These|Those|They|Their|Both)\b")
_ASIDE: Final = re.compile(r"To practise|To keep it|Further reading|Next:|Your own table|\*Stop here")


class Block(NamedTuple):
    """A paragraph, or what stands for one: ``kind`` is prose, heading, formula, list, table, quote, details or code."""

    kind: str
    text: str


def blocks(source: str) -> Iterator[Block]:
    """Cut Markdown where lines are empty; what is fenced, folded or between two pairs of dollars stays in one piece.

    Parameters
    ----------
    source : str
        Of a cell.
    """
    piece: list[str] = []
    for line in [*_LINK.sub(r"\1", _COMMENT.sub("", source)).strip().splitlines(), ""]:
        if line.strip() or _is_open("\n".join(piece)):
            if piece and _HEADING.match(piece[-1]):
                yield _block(piece)
                piece = []
            if piece and _HEADING.match(line) and not _is_open("\n".join(piece)):
                yield _block(piece)
                piece = []
            piece.append(line)
        elif piece:
            yield _block(piece)
            piece = []


def _is_open(text: str) -> bool:
    return text.count("<details>") > text.count("</details>") or text.count("```") % 2 == 1 or text.count("$$") % 2 == 1


def _block(lines: list[str]) -> Block:
    text, first = "\n".join(lines), lines[0]
    for kind, here in (
        ("heading", _HEADING.match(first)),
        ("formula", first.startswith("$$")),
        ("details", first.startswith("<details>")),
        ("code", first.startswith("```")),
        ("table", first.startswith("|")),
        ("quote", first.startswith(">")),
        ("list", _LISTED.match(first)),
    ):
        if here:
            return Block(kind, text)
    return Block("prose", text)


def heading(text: str) -> tuple[int, str]:
    """Return the level of a heading and its words."""
    found = _HEADING.match(text)
    assert found is not None
    return len(found[1]), found[2].strip()


def is_guess(block: Block) -> bool:
    """Say whether a block asks for a guess."""
    return block.kind == "prose" and bool(_GUESS.search(block.text))


def is_aside(block: Block) -> bool:
    """Say whether a block leads elsewhere: to exercises, further reading, the next lesson."""
    return bool(_ASIDE.match(block.text))


class Shown(NamedTuple):
    """What goes onto a slide (``shown``) and what is left to be said (``said``), of which ``before`` come before it."""

    shown: tuple[Block, ...]
    said: tuple[Block, ...]
    before: int = 0


def chosen(cell: tuple[Block, ...], *, opens: bool, whole: bool = False) -> Shown:
    """Choose of a cell's blocks those that a class has to see.

    A guess, a formula with the sentence before it, a list, a table, a claim, what to remember; of the words that open a
    question the first. What reads a result is said and not shown.

    Parameters
    ----------
    cell : tuple of Block
        Without its heading.
    opens : bool
        Whether they stand under a heading of their own.
    whole : bool
        Whether all of it is shown.
    """
    cell = tuple(block for block in cell if not is_aside(block))
    if whole:
        return Shown(cell, ())
    shown: list[Block] = []
    said: list[Block] = []
    before = 0
    for place, block in enumerate(cell):
        after = cell[place + 1].kind if place + 1 < len(cell) else ""
        kept, left = _of(block, first=opens and place == 0, after=after)
        said += [left] if left else []
        before = before if shown or (kept and left and block.text.startswith(kept.text)) else len(said)
        shown += [kept] if kept else []
    return Shown(tuple(shown), tuple(said), before)


def grouped(shown: tuple[Block, ...]) -> Iterator[tuple[Block, ...]]:
    """Put a formula to the sentence before it: they are one step.

    Parameters
    ----------
    shown : tuple of Block
        Of a slide.
    """
    before: tuple[Block, ...] = ()
    for block in shown:
        if before and block.kind != "formula":
            yield before
            before = ()
        before += (block,)
    if before:
        yield before


def _of(block: Block, *, first: bool, after: str) -> tuple[Block | None, Block | None]:
    if block.kind in ("formula", "list", "table", "quote"):
        return block, None
    if block.kind in ("details", "code"):
        return None, block
    if found := _GUESS.search(block.text):
        before, asked = block.text[: found.start()].strip(), block.text[found.start() :]
        return Block("prose", asked), Block("prose", before) if before else None
    if _KEPT.match(block.text):
        return block, None
    sentences = _BETWEEN_SENTENCES.split(block.text)
    if first or _CLAIM.match(block.text):
        return _cut(sentences, _LEAD)
    if after == "formula" or (after in ("list", "table") and sentences[-1].endswith(":")):
        start = next(n for n in reversed(range(len(sentences))) if n == 0 or not _REFERS.match(sentences[n]))
        return _joined(sentences[start:]), _joined(sentences[:start])
    return None, block


def _cut(sentences: list[str], most: int) -> tuple[Block | None, Block | None]:
    """Keep sentences from the front while they hold no more than so many words; the first in any case."""
    taken, words = 0, 0
    for sentence in sentences:
        words += len(sentence.split())
        if taken and words > most:
            break
        taken += 1
    return _joined(sentences[:taken]), _joined(sentences[taken:])


def _joined(sentences: list[str]) -> Block | None:
    return Block("prose", " ".join(sentences)) if sentences else None


# How tall a block stands, and what to do with one that is too tall.


def height(block: Block) -> int:
    """Return about how tall a block stands on a slide, in pixels; a test in a browser finds what is not so."""
    if block.kind == "formula":
        rows = 1 + block.text.count(r"\\")
        return 40 + rows * (70 if re.search(r"\\d?frac|\\sum|\\prod|\\under", block.text) else 50)
    if block.kind == "table":
        return _table(block.text)
    lines = block.text.splitlines() if block.kind == "list" else [block.text]
    return sum(math.ceil(len(_bare(line)) / _LETTERS) for line in lines) * _LINE + 24


def _bare(text: str) -> str:
    """Leave of formulas about as many letters as they are wide."""
    return re.sub(
        r"\$([^$]*)\$", lambda found: re.sub(r"\\[a-zA-Z]+|[{}_^]", "o", found[1])[: len(found[1]) // 2 + 1], text
    )


def _rows(table: str) -> list[list[str]]:
    lines = [line for line in table.splitlines() if not re.fullmatch(r"[|\s:-]+", line)]
    return [[one.strip() for one in line.strip("|").split("|")] for line in lines]


def _table(table: str) -> int:
    """A browser gives a column room by its longest cell; a row is as tall as its tallest one."""
    rows = [[len(_bare(cell)) for cell in row] for row in _rows(table)]
    longest: list[int] = [max(column) for column in zip(*rows, strict=True)]
    shares = [max(8.0, _CELLS * one / sum(longest)) for one in longest]
    lines = [max(math.ceil(n / share) for n, share in zip(row, shares, strict=True)) for row in rows]
    return 18 * len(rows) + 33 * sum(lines) + 20


def split(block: Block, room: int, first: int) -> Iterator[Block]:
    """Cut a table that is too tall between its rows, with its head on each part.

    Parameters
    ----------
    block : Block
        Any; what is no table stays whole.
    room : int
        How tall a part may be.
    first : int
        How tall the first may be, under what is there already.
    """
    if block.kind != "table" or height(block) <= first:
        yield block
        return
    head, rule, *lines = block.text.splitlines()
    part: list[str] = []
    if first < _LITTLE:
        first = room
    for line in lines:
        if part and height(Block("table", "\n".join([head, rule, *part, line]))) > first:
            yield Block("table", "\n".join([head, rule, *part]))
            part, first = [], room
        part.append(line)
    yield Block("table", "\n".join([head, rule, *part]))


def as_html(block: Block) -> str:
    """Return a block as HTML, with formulas as MathML.

    Parameters
    ----------
    block : Block
        Any but a heading.
    """
    text = block.text
    if found := _GUESS.match(text):
        return f'<div class="asked"><p class="label">{found[1]}</p>{_rendered(text[found.end() :])}</div>'
    if _KEPT.match(text):
        return f'<div class="kept">{_rendered(text)}</div>'
    return _rendered(text)


def _rendered(text: str) -> str:
    """Keep signs beside a short formula in its line: a browser would put a full stop after one into the next."""
    return _BESIDE.sub(lambda found: f'<span class="one">{found[0]}</span>', str(_page().render(text)))


def inline(text: str) -> str:
    """Return a line of Markdown as HTML without a paragraph around it."""
    return _BESIDE.sub(lambda found: f'<span class="one">{found[0]}</span>', str(_page().renderInline(text)))


@cache
def _page() -> Any:
    from latex2mathml.converter import convert
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    def formula(latex: str, options: dict[str, Any]) -> str:
        return str(convert(latex, display="block" if options["display_mode"] else "inline"))

    page = MarkdownIt("commonmark", {"html": True}).enable("table")
    dollarmath_plugin(page, renderer=formula, allow_space=True, allow_digits=True, double_inline=True)
    return page


def escaped(text: str) -> str:
    """Return text for HTML."""
    return html.escape(text, quote=False)


def plain(text: str) -> str:
    """Return a line of Markdown without its marks."""
    return re.sub(r"[*`$]", "", text)

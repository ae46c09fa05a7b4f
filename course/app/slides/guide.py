"""The teacher's page of a lesson: its plan by heading, and its parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

FOLDER: Final = Path("docs") / "teaching"
_NONE: Final = "–"
_PART: Final = re.compile(r"^## (.+)$", re.MULTILINE)
_ITEM: Final = re.compile(r"\n+(?=- |\d+\. )|\n\n+")
AT: Final = re.compile(r"<!-- at (.+?) -->\s*")


class Row(NamedTuple):
    """A row of a plan: minutes in an hour of 50 and in one of 90 (0 where the slide is left to reading), what to do."""

    fifty: int
    ninety: int
    what: str


class Guide(NamedTuple):
    """``plan`` by the headings of the lesson, ``parts`` by their own, as Markdown."""

    plan: Mapping[str, Row]
    parts: Mapping[str, str]

    def placed(self, name: str) -> Iterator[tuple[str, str]]:
        """Cut a part where it is said: how a heading begins, and what is said there.

        A paragraph or an item of a list names the heading, ``<!-- at Empirical Bayes -->``, or leaves it open: "".

        Parameters
        ----------
        name : str
            Of the part.
        """
        for heading, items in groupby(_ITEM.split(self.parts[name]), key=_heading):
            yield heading, "\n\n".join(AT.sub("", item) for item in items)


def _heading(item: str) -> str:
    found = AT.search(item)
    return found[1] if found else ""


def read(path: Path) -> Guide:
    """Read a page.

    Parameters
    ----------
    path : Path
        In ``docs/teaching``.
    """
    _, *found = _PART.split(path.read_text(encoding="utf-8"))
    parts = {name: text.strip() for name, text in zip(found[::2], found[1::2], strict=True)}
    return Guide(dict(_rows(parts.pop("Plan"))), parts)


def _rows(table: str) -> list[tuple[str, Row]]:
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [(heading, Row(_minutes(fifty), _minutes(ninety), what)) for fifty, ninety, heading, what in cells]


def _minutes(cell: str) -> int:
    return 0 if cell == _NONE else int(cell)

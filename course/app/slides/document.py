"""The slides as one HTML file that asks nobody for anything: reveal.js, looks, figures and formulas are inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from course.app.slides import prose
from course.app.slides.deck import Column, Slide

MADE: Final = '<meta name="generator" content="course slides">'  # marks a file that may be replaced
_SHARE: Final = Path(__file__).parent / "share"


def document(columns: list[Column], reveal: Path, *, module: str = "") -> str:
    """Write the file.

    Parameters
    ----------
    columns : list of Column
        As `deck.deck` made them.
    reveal : Path
        The folder with reveal.js.
    module : str
        The address of a script that makes explorers live, where there is one.
    """
    title = prose.plain(columns[0].title)
    styles = "".join(
        f"<style>{text}</style>\n" for text in (_read(reveal / "reveal.css"), _read(_SHARE / "slides.css"))
    )
    live = f'<script type="module" src="{module}"></script>\n' if module else ""
    scripts = (_read(reveal / "reveal.js"), _read(reveal / "notes.js"), _read(_SHARE / "slides.js"))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'{MADE}\n<link rel="icon" href="data:,">\n<title>{prose.escaped(title)}</title>\n{styles}</head>\n<body>\n'
        f'<main class="reveal"><div class="slides">\n{"".join(map(_column, columns))}</div></main>\n'
        f"{''.join(f'<script>{_inlined(text)}</script>' for text in scripts)}\n{live}</body>\n</html>\n"
    )


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _inlined(script: str) -> str:
    """Keep a script that holds markup from ending itself."""
    return re.sub(r"</(?=script)|<(?=!--)", lambda found: "<\\/" if found[0] == "</" else "\\x3c", script)


def _column(column: Column) -> str:
    return f"<section>\n{''.join(_slides(column))}</section>\n"


def _slides(column: Column) -> Iterator[str]:
    for place, slide in enumerate(column.slides):
        yield _slide(column, slide, first=place == 0)


def _slide(column: Column, slide: Slide, *, first: bool) -> str:
    tag = f"h{column.level}"
    kind = "" if first else ' class="goes-on"'
    title = f"<{tag}{kind}>{prose.inline(column.title)}</{tag}>"
    notes = f'<aside class="notes">{"".join(slide.notes)}</aside>' if slide.notes else ""
    body = "\n".join(slide.body)
    return f'<section class="level-{column.level}">{title}\n{body}{notes}</section>\n'

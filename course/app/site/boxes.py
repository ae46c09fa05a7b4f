"""Explorers on a page: the still picture, and beside it in JSON what `site.js` needs to put controls under it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from course import explore
from course.explore import answers

# Stands on a page, and appears after a while, until a script takes it away.
WHY: Final = "this page was opened as a file, or this browser is too old for its scripts or does not run them."
_LEFT: Final = re.compile(r'<div data-explorer="(\w+)" data-state="([^"]*)">(.*)</div>', re.DOTALL)


def of_output(text: str, *, live: bool) -> str:
    """Make the box of an explorer from the HTML that it leaves in a notebook; other HTML, and a still one, stay."""
    if not live or not (found := _LEFT.fullmatch(text)):
        return text
    name, state, picture = found.groups()
    return _box(name, json.loads(html.unescape(state)) if state else {}, picture)


def opening(name: str, *, live: bool, eager: bool = False) -> str:
    """Make the box of an explorer as it stands at first.

    Parameters
    ----------
    name : str
        As in the syllabus.
    live : bool
        Whether the site has Python.
    eager : bool
        Whether Python is fetched without waiting for a touch, unless the reader saves data.
    """
    picture = getattr(explore.module(name), f"{name}_picture")(explore.arithmetic(name).state())._repr_html_()
    return _box(name, {}, picture, eager=eager) if live else picture


def write_charts(static: Path) -> None:
    """Write the charts in Vega-Lite, which refer to their tables by name, and Vega, once for all pages."""
    from course.explore import page  # Altair, which takes seconds and which no page of text needs

    folder = static / "explorers"
    folder.mkdir()
    for name in explore.rooms():
        text = json.dumps(explore.module(name).EXPLORER.chart().to_dict(), separators=(",", ":"))
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    (static / "vega.js").write_text(page.library(), encoding="utf-8")


def _box(name: str, state: Mapping[str, Any], picture: str, *, eager: bool = False) -> str:
    scene = answers.scene(name, state)
    said = json.loads(answers.answer(name, json.dumps(scene["state"])))
    about = {"controls": scene["controls"], "idle": said["idle"], "summary": said["summary"]}
    data = json.dumps(about, separators=(",", ":")).replace("</", "<\\/")
    return (
        f'<div class="explorer" data-explorer="{name}"{" data-eager" * eager}>'
        f'<div class="explorer-picture">{picture}</div><script type="application/json">{data}</script>'
        f'<p class="explorer-news waits">The picture stands still: {WHY}</p></div>'
    )

"""Pages for a browser that need no network: a head, a style, what is printed on paper as well, and hardly a script."""

from __future__ import annotations

import html
from datetime import timedelta
from functools import cache

from markdown_it import MarkdownIt

from course.app.site.policy import hash_of
from course.drills.text import for_terminal

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52em; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.6em; } h2 { font-size: 1.2em; margin-top: 2em; border-top: 1px solid; padding-top: .6em; }
pre { border: 1px solid; padding: .6em; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere;
  font-size: .9em; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3em .8em .3em 0; vertical-align: top; }
thead th { border-bottom: 1px solid; }
.number { text-align: right; font-variant-numeric: tabular-nums; } td.number { white-space: nowrap; }
@media (max-width: 40em) {
  table { font-size: .8em; } th, td { padding-right: .5em; }
  tbody th, code { overflow-wrap: anywhere; } td.number { white-space: normal; }
}
.verdict { border-left: .3em solid; padding-left: .8em; } .aside { opacity: .75; }
@media print { body { margin: 0; max-width: none; font-size: 11pt; } h2, tr { break-inside: avoid; } }
"""


def page(title: str, *parts: str, style: str = "", script: str = "") -> str:
    """Return a whole page.

    Parameters
    ----------
    title : str
        Its title and its heading, as text.
    *parts : str
        HTML.
    style : str
        More of it.
    script : str
        The one script that it may run.
    """
    style = f"{_STYLE}{style}"
    policy = "default-src 'none'; style-src 'unsafe-inline'"  # whatever stands in it, nothing of it is run
    if script:
        allowed = f"script-src '{hash_of(script)}'; style-src '{hash_of(style)}'"
        policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    run = f"<script>{script}</script>\n" if script else ""
    said = html.escape(title)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{said}</title>'
        f"<style>{style}</style></head>\n<body><main>\n<h1>{said}</h1>\n{chr(10).join(parts)}\n</main>{run}</body>\n</html>\n"
    )


def text(said: str) -> str:
    """Return a text as a paragraph."""
    return f"<p>{html.escape(said)}</p>"


def span(time: timedelta) -> str:
    """Write a length of time, to the minute or, from a day on, to the hour: "2 h 5 min"."""
    minutes = max(1, round(time.total_seconds() / 60))
    days, hours = divmod(minutes // 60, 24)
    parts = {"d": days, "h": hours, "min": 0 if days else minutes % 60}
    return " ".join(f"{n} {unit}" for unit, n in parts.items() if n)


def code(source: str) -> str:
    """Return code as it was written."""
    return f"<pre><code>{html.escape(source)}</code></pre>"


def markdown(source: str) -> str:
    """Return the course's own Markdown as HTML, formulas in Unicode; HTML within it is shown and not used."""
    return str(_markdown().render(for_terminal(source)))


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")

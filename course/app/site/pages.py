"""A notebook that ran, made into a page: guesses ask before they show, folds stay, nothing wants a kernel."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any, Final

from course.app.notebooks import is_folded
from course.app.site import asked, boxes
from course.app.site.policy import NOTEBOOKS
from course.checks.task import task
from course.checks.verdict import as_html

_WIDGET: Final = "application/vnd.jupyter.widget-view+json"
_GRAPH: Final = "```mermaid"
_NODE: Final = re.compile(r"^(\w+)\(\[\w+ ~ (\w+)\]\)$", re.MULTILINE)
_EDGE: Final = re.compile(r"^(\w+) --> (\w+)$", re.MULTILINE)
_PLATE: Final = re.compile(r'^subgraph "([^"]+)"\n((?:\s+\w+\n)+)end$', re.MULTILINE)
_GUESS: Final = re.compile(r"(\w+) = None(?:\s*# ?(.*))?")
# What is printed where a notebook was run without a guess.
_NAG: Final = re.compile(r" You have not written a guess:[^\n]*")
REVEALED: Final = re.compile(r"\bquiz\.reveal\(\s*(\w+)\s*,")
_ASKED: Final = re.compile(r"quiz\.ask\([\"']([\w-]+)[\"']\)")
_CHECKED: Final = re.compile(r"check\([\"']([\w.]+)[\"'],")
_FOLD: Final = '<details class="revealed">\n<summary>Guessed? Then see what comes out</summary>'
_DRILL: Final = re.compile(r"`course drill --lesson (\d+)`")
_HEADING: Final = re.compile(r"#{1,6} ")


def page(notebook: Any, *, live: bool, top: str = "../") -> Any:
    """Make a notebook that ran into what Sphinx reads.

    A cell that waits for guesses becomes fields; what answers them, and the text up to the next heading that tells it
    again, is behind a fold that says so. Self-check questions become forms that `drills.js` makes answer.

    Parameters
    ----------
    notebook : NotebookNode
        With outputs.
    live : bool
        Whether the site has Python.
    top : str
        From the page to the first page's folder.

    Returns
    -------
    NotebookNode
        Another one; cells that only a kernel could use are gone.
    """
    made = notebook.copy()
    made.metadata = {key: value for key, value in notebook.metadata.items() if key != "widgets"}
    made.cells = list(_cells(notebook.cells, live, top))
    return made


def ways(path: PurePath, *, here: bool, hub: str) -> str:
    """Return the line under a page's title: where the notebook itself is.

    Parameters
    ----------
    path : PurePath
        Of the notebook, in the course.
    here : bool
        Whether it is an exercise that can be solved in the browser.
    hub : str
        Where a class opens a notebook, with ``{path}`` in it; empty if nowhere.
    """
    place = path.as_posix()
    links = [f'<a href="{path.name}" download>Download the notebook</a>']
    if here:
        address = f"{'../' * len(path.parent.parts)}{NOTEBOOKS}/notebooks/index.html?path={place}"
        links.insert(0, f'<a class="solve" href="{address}">Solve them in this browser</a>')
    if hub:
        address = html.escape(hub.replace("{path}", place))
        links.append(f'<a href="{address}" rel="noreferrer">Open it in your class\'s hub</a>')
    said = f'<p class="ways">{" · ".join(links)}</p>'
    if path.parts[0] == "exercises":
        said += "\n<p>In the browser all but models are judged; the check of a model needs an installation: "
        said += "in a clone of the repository, <code>pip install uv &amp;&amp; uv run course lab</code>.</p>"
    return said


def _cells(cells: Iterable[Any], live: bool, top: str) -> Iterator[Any]:
    waiting: set[str] = set()
    folded = False
    for cell in cells:
        lines = [line for line in cell.source.splitlines() if line.strip()]
        code = cell.cell_type == "code"
        guesses = guesses_in(lines) if code else {}
        if folded and (guesses or (not code and _HEADING.match(cell.source))):
            folded = False
            yield _prose("</details>")
        if guesses:
            waiting |= guesses.keys()
            yield _prose(_fields(guesses))
        elif code and (questions := asked_in(lines)):
            yield _prose("\n\n".join(asked.form(id, live=live) for id in questions))
        elif code and (hinted := _checked(lines)):
            yield _run(cell, live)
            yield _prose(_hints(hinted))
        elif code:
            if not folded and waiting.intersection(REVEALED.findall(cell.source)):
                folded = True
                yield _prose(_FOLD)
            yield _run(cell, live)
            yield from map(_guessed, filter(waiting.__contains__, REVEALED.findall(cell.source)))
        else:
            made = cell.copy()
            if live:
                made.source = _DRILL.sub(
                    rf'<a href="{top}drills.html?lesson=\1">asked in this browser</a>', cell.source
                )
            yield made
    if folded:
        yield _prose("</details>")


def _run(cell: Any, live: bool) -> Any:
    made = cell.copy()
    made.outputs = [kept for output in cell.outputs if (kept := still(output, live)) is not None]
    tags = [*cell.metadata.get("tags", []), *(["hide-input"] if is_folded(cell) else [])]
    made.metadata = {**cell.metadata, "tags": tags}
    return made


def guesses_in(lines: list[str]) -> dict[str, str]:
    """Names of guesses and what stands beside them, where a cell has nothing else."""
    found = [_GUESS.fullmatch(line) for line in lines]
    return {one[1]: one[2] or "" for one in found if one} if found and all(found) else {}


def asked_in(lines: list[str]) -> list[str]:
    """Ids of the questions that a cell asks, where it does nothing else."""
    found = [_ASKED.fullmatch(line) for line in lines]
    return [one[1] for one in found if one] if found and all(found) else []


def _checked(lines: list[str]) -> str:
    """Return the id of the task that a cell checks, if it does nothing else."""
    found = _CHECKED.match(lines[0]) if len(lines) == 1 else None
    return found[1] if found else ""


def _hints(id: str) -> str:
    """Return a task's hints, each in a fold within the one before it."""
    hints = task(id).hints
    folds = [
        f'<details class="hint"><summary>Hint {number} of {len(hints)}</summary><p>{as_html(text)}</p>'
        for number, text in enumerate(hints, 1)
    ]
    return "\n".join(folds) + "</details>" * len(folds)


def _fields(guesses: dict[str, str]) -> str:
    rows = "\n".join(
        f'<label>{html.escape(label(name, says))} <input type="text" name="{name}" autocomplete="off"></label>'
        for name, says in guesses.items()
    )
    return f'<div class="guess" role="group" aria-label="Your guess">\n{rows}\n</div>'


def label(name: str, says: str) -> str:
    """What a field for a guess is called, from the guess's name and what stands beside it."""
    called = name.removeprefix("guess_").replace("_", " ")
    return f"Your guess: {called}" + (f" ({says})" if says else "")


def _guessed(name: str) -> Any:
    """Return where `guesses.js` says what was guessed, behind what was computed."""
    return _prose(f'<p class="guessed" data-guess="{name}"></p>')


def _prose(text: str) -> Any:
    from nbformat.v4 import new_markdown_cell

    return new_markdown_cell(text)


def _in_words(graph: str) -> str:
    """Write a model's graph as a list: each variable, what it is given, and how many there are."""
    laws = dict(_NODE.findall(graph))
    given: dict[str, list[str]] = {name: [] for name in laws}
    for parent, child in _EDGE.findall(graph):
        given[child].append(parent)
    plates = {name: plate for plate, inside in _PLATE.findall(graph) for name in inside.split()}
    lines = [
        f"- **{name}** ~ {laws[name]}"
        + (f", given {' and '.join(given[name])}" if given[name] else "")
        + (f", in the plate {plates[name]}" if name in plates else "")
        for name in sorted(laws, key=lambda name: len(given[name]))
    ]
    return "\n".join(lines)


def still(output: Any, live: bool) -> Any | None:
    """Take from an output what only a kernel or JupyterLab can show; None if nothing is left."""
    if output.output_type == "stream":
        if output.name == "stderr":
            return None
        output = output.copy()
        output["text"] = _NAG.sub("", "".join(output.text))  # the page knows the guess, the notebook that ran did not
        return output
    data = output.get("data", {})
    if _GRAPH in "".join(
        data.get("text/markdown", "")
    ):  # which JupyterLab draws, with a library that pages do not load
        output = output.copy()
        output["data"] = {"text/markdown": _in_words("".join(data["text/markdown"]))}
    if _WIDGET in data:
        if "text/html" not in data:
            return None
        output = output.copy()
        output["data"] = {"text/html": boxes.of_output("".join(data["text/html"]), live=live)}
    return output

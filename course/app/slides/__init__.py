"""A lesson as slides: one HTML file, made from the lesson that ran, with the teacher's page in its notes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from course import bundle
from course.errors import CourseError, writing_to

_LIVE: Final = ("site.js", "keep.js", "python.js", "worker.js")  # of the website: they make explorers follow the hand


def make(name: str, out: Path, *, reveal: Path | None = None, told: Callable[[str], None] = print) -> None:
    """Write the slides of a lesson.

    Parameters
    ----------
    name : str
        The lesson's whole name.
    out : Path
        The file; replaced if it holds slides made before.
    reveal : Path, optional
        Where reveal.js is, see `course.app.carried`.
    told : callable
        Is given a line when the lesson has to be run first.

    Raises
    ------
    CourseError
        If ``out`` holds anything else, a tool or reveal.js is missing, or the lesson fails.
    """
    root = bundle.require_checkout("course slides")
    _require_free(out)
    text = _document(root, name, reveal=reveal, live=False, told=told)
    with writing_to(out.parent, "Name another place with --out"):
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")


def present(
    name: str,
    *,
    port: int,
    browser: bool,
    reveal: Path | None = None,
    python: Path | None = None,
    told: Callable[[str], None] = print,
) -> None:
    """Serve the slides of a lesson on this computer, with explorers that can be moved, until Ctrl-C.

    Parameters
    ----------
    name : str
        The lesson's whole name.
    port : int
        Where to listen.
    browser : bool
        Whether to open them in the browser.
    reveal, python : Path, optional
        Where reveal.js and Pyodide are, see `course.app.carried`.
    told : callable
        Is given a line for what takes time, and for what is missing.
    """
    root = bundle.require_checkout("course slides")
    with tempfile.TemporaryDirectory(prefix="slides-") as folder:
        live = lay_out(root, name, Path(folder), reveal=reveal, python=python, told=told)
        if not live:
            told("  Pyodide could not be fetched: pictures stand still.")
        from course.app import site

        site.serve(Path(folder), port=port, browser=browser)


def lay_out(
    root: Path, name: str, folder: Path, *, reveal: Path | None, python: Path | None, told: Callable[[str], None]
) -> bool:
    """Put into a folder what is served, and say whether Python is in it."""
    text = _document(root, name, reveal=reveal, live=True, told=told)
    from course.app.site import boxes, engine, pyodide

    if (files := pyodide.found(python)) is None:
        text = _document(root, name, reveal=reveal, live=False, told=told)
    else:
        static = folder / "_static"
        engine.write(files, static / "pyodide")
        boxes.write_charts(static)
        for script in _LIVE:
            shutil.copyfile(Path(pyodide.__file__).parent / "share" / script, static / script)
    (folder / "index.html").write_text(text, encoding="utf-8")
    return files is not None


def _document(root: Path, name: str, *, reveal: Path | None, live: bool, told: Callable[[str], None]) -> str:
    try:
        import latex2mathml.converter  # noqa: F401  what a formula needs later

        from course.app.site import executed
        from course.app.slides import deck, document, guide, revealjs
    except ModuleNotFoundError as error:
        remedy = f"Install it with: {bundle.SYNC} --extra site"
        raise CourseError(f"the package {error.name} is missing", remedy) from error
    files = revealjs.REVEAL.found(reveal)
    if files is None:
        raise CourseError(
            f"{revealjs.REVEAL.name} {revealjs.REVEAL.version}, which turns the slides, could not be fetched",
            f"Give it with --reveal: a folder, or the wheel of {revealjs.REVEAL.carrier}",
        )
    path, page = root / "notebooks" / f"{name}.ipynb", root / guide.FOLDER / f"{name}.md"
    lesson = executed.executed([path], told=told)[path]
    columns = deck.deck(lesson, guide.read(page) if page.is_file() else None, live=live)
    return document.document(columns, files, module="_static/site.js" if live else "")


def _require_free(out: Path) -> None:
    from course.app.slides.document import MADE

    if out.is_dir():
        raise CourseError(f"{out} is a folder", "Name a file with --out")
    if out.is_file() and MADE not in out.read_text(encoding="utf-8", errors="replace")[:2000]:
        raise CourseError(
            f"{out} holds something that is no slides made by this command", "Name another file with --out"
        )

"""A lesson as slides: one HTML file, made from the lesson that ran, with the teacher's page in its notes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from course import bundle
from course.errors import CourseError, writing_to


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
    try:
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
    columns = deck.deck(lesson, guide.read(page) if page.is_file() else None)
    with writing_to(out.parent, "Name another place with --out"):
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(document.document(columns, files), encoding="utf-8")


def _require_free(out: Path) -> None:
    from course.app.slides.document import MADE

    if out.is_dir():
        raise CourseError(f"{out} is a folder", "Name a file with --out")
    if out.is_file() and MADE not in out.read_text(encoding="utf-8", errors="replace")[:2000]:
        raise CourseError(f"{out} holds something that is no slides made by this command", "Name another file with --out")

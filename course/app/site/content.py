"""What Sphinx reads: pages of `docs/site`, the teacher's guide, notebooks that ran, and what the course lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from course import bundle, data, syllabus
from course.app import notebooks, written
from course.app.site import asked, executed, lite, pages, shown

# The rooms that a reader of a lesson calls; `scale` on one's own table first.
LIBRARY: Final = (
    "scale", "exact", "shrinkage", "pooling", "marginal", "regression", "bandits", "multitask", "funnel", "models",
    "diagnostics", "situations", "simulate", "data", "plots",
)  # fmt: skip


def write(root: Path, source: Path, *, live: bool, told: Callable[[str], None], hub: str = "") -> None:
    """Write all of it.

    Parameters
    ----------
    root : Path
        The repository.
    source : Path
        The folder to write into.
    live : bool
        Whether the site has Python.
    told : callable
        Is given a line for each notebook that ran.
    hub : str
        Where a class opens a notebook, with ``{path}`` in it.
    """
    import nbformat

    made = {
        **{
            path: pages.page(notebook, live=live, top="../" * len(path.relative_to(root).parent.parts))
            for path, notebook in executed.executed(_lessons(root), told=told).items()
        },
        **{path: pages.page(notebooks.read(path), live=live) for path in sorted((root / "exercises").glob("*.ipynb"))},
    }
    inside = lite.exercises(root) if live else ()
    for path, notebook in made.items():
        ways = pages.ways(path.relative_to(root), here=path in inside, hub=hub)
        notebook.cells.insert(1, nbformat.v4.new_markdown_cell(ways))
    for path, notebook in made.items():
        place = source / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, place)
    texts = {"lessons": _contents(root), "explorers": _explorers(), "library": _library(), "data": _data()}
    texts |= {"drills": asked.drills(live=live), **shown.texts(root)}
    for path in sorted((root / "docs" / "site").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        for name, words in texts.items():
            text = text.replace(f"{{{name}}}\n", f"{words}\n")
        filled = written.fill(text, written.Page(written.README, root))
        (source / path.name).write_text(filled, encoding="utf-8")
    _teaching(root / "docs" / "teaching", source / "teaching")


def write_notebooks(root: Path, site: Path) -> None:
    """Write the notebooks beside their pages, as a learner gets them.

    Parameters
    ----------
    root : Path
        The repository.
    site : Path
        The folder of pages.
    """
    for path in (*_lessons(root), *sorted((root / "exercises").glob("*.ipynb"))):
        (site / path.relative_to(root)).write_bytes(bundle.handout(path))


def _lessons(root: Path) -> Iterator[Path]:
    for lesson in syllabus.lessons():
        yield root / "notebooks" / f"{lesson.name}.ipynb"
        if lesson.further:
            yield root / "notebooks" / syllabus.FURTHER / f"{lesson.name}.ipynb"


def _teaching(pages_in: Path, place: Path) -> None:
    """Copy the teacher's guide, and say in its index what it holds."""
    place.mkdir()
    for path in sorted(pages_in.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if path.stem == "index":
            named = [lesson.name for lesson in syllabus.lessons()]
            more = sorted({page.stem for page in pages_in.glob("*.md")} - {"index", *named})
            names = [*more, *named]
            text += "\n```{toctree}\n:hidden:\n\n" + "\n".join(names) + "\n```\n"
        (place / path.name).write_text(text, encoding="utf-8")


def _contents(root: Path) -> str:
    names = [*_lessons(root), *sorted((root / "exercises").glob("*.ipynb"))]
    return "\n".join(path.relative_to(root).with_suffix("").as_posix() for path in names)


def _explorers() -> str:
    return "\n\n".join(
        f"## {about.question}\n\n{about.scene}\n\n```{{explorer}} {name}\n```"
        for name, (about, _) in syllabus.explorers().items()
    )


def _library() -> str:
    options = "   :members:\n   :imported-members:"
    return "\n\n".join(
        f"## `course.{name}`\n\n```{{eval-rst}}\n.. automodule:: course.{name}\n{options}\n```" for name in LIBRARY
    )


def _data() -> str:
    cards = [data.card(name) for name in data.names()]
    rows = [f"| `{card.name}` | {card.title} | {card.source} | {card.licence} |" for card in cards]
    return "\n".join(["| name | what | source | licence |", "|---|---|---|---|", *rows])

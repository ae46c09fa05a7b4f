"""Notebooks with their outputs: run once, then kept until they or the course change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from platformdirs import user_cache_path

from course import bundle
from course.app import build, notebooks
from course.records.files import write_atomically

# What an output depends on beside the notebook: the course, and what it computes and draws with.
_PACKAGES: Final = ("arviz", "matplotlib", "numba", "numpy", "nutpie", "pymc", "scipy")
_SUFFIXES: Final = frozenset({".py", ".toml", ".csv", ".mplstyle", ".js", ".css"})


def executed(
    paths: Iterable[Path], *, workers: int = 2, kept: Path | None = None, told: Callable[[str], None] = print
) -> Mapping[Path, Any]:
    """Run notebooks that have not been run since they or the course changed.

    Parameters
    ----------
    paths : iterable of Path
        The notebooks.
    workers : int
        How many run at once.
    kept : Path, optional
        The folder of those that ran; by default in the user's cache.
    told : callable
        Is given a line for each notebook that ran.

    Returns
    -------
    dict of Path to NotebookNode
        In the order of ``paths``, with outputs.

    Raises
    ------
    CourseError
        When a cell fails, naming notebook and cell.
    """
    import nbformat

    folder = kept or user_cache_path("borrowing-strength") / "executed"
    course = _course()
    places = {path: folder / f"{path.stem}-{_fingerprint(path, course)}.ipynb" for path in paths}
    missing = [path for path, place in places.items() if not place.is_file()]
    with ProcessPoolExecutor(min(workers, len(missing)) or 1) as pool:
        # The later lessons take longest: begun first, they leave no worker idle at the end.
        last_first = sorted(missing, key=lambda path: path.name, reverse=True)
        running = {pool.submit(partial(_run, path, places[path])): path for path in last_first}
        for done in as_completed(running):
            done.result()
            told(f"  {running[done].relative_to(bundle.root()).as_posix()} has run")
    return {path: nbformat.read(place, as_version=4) for path, place in places.items()}


def _run(path: Path, place: Path) -> None:
    import nbformat

    notebook = notebooks.read(path)
    build.execute(notebook, path)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(place, nbformat.writes(notebook).encode())


def _fingerprint(path: Path, course: bytes) -> str:
    return hashlib.sha256(path.read_bytes() + course).hexdigest()[:16]


def _course() -> bytes:
    package = Path(__file__).resolve().parents[2]
    files = sorted(path for path in package.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
    # This room writes pages of what ran; nothing that runs depends on it.
    text = b"".join(path.read_bytes() for path in files if package / "app" not in path.parents)
    versions = " ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return hashlib.sha256(text + versions.encode()).digest()

"""The course as a static website: `build` makes it, any host of files can serve it."""

from __future__ import annotations

import shutil
import tempfile
import webbrowser
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from filelock import FileLock

from course import bundle
from course.app import ports
from course.errors import CourseError

_OURS: Final = ".borrowing-strength"  # marks a folder that may be replaced


def build(out: Path, *, python: Path | None = None, hub: str = "", told: Callable[[str], None] = print) -> None:
    """Make the website.

    Parameters
    ----------
    out : Path
        The folder; replaced if it is a website made before.
    python : Path, optional
        Where Pyodide's files are, see `course.app.site.pyodide.found`.
    hub : str
        Address at which a class opens a notebook of the course, with ``{path}`` where its place in the course belongs.
    told : callable
        Is given a line for each thing that takes time, and for what is missing.

    Raises
    ------
    CourseError
        If ``out`` holds anything else, a tool is missing, a notebook fails, or Sphinx finds something wrong.
    """
    root = bundle.require_checkout("course site")
    _require_free(out)
    if hub and ("{path}" not in hub or not hub.startswith(("https://", "http://"))):
        raise CourseError(
            f"the address of the hub is {hub!r}",
            "Give one that begins with https:// and has {path} where `notebooks/NAME.ipynb` belongs",
        )
    try:
        from course.app.site import content, offline, policy, pyodide, sphinx
    except ModuleNotFoundError as error:
        remedy = f"Install it with: {bundle.SYNC} --extra site"
        raise CourseError(f"the package {error.name} is missing", remedy) from error
    files = pyodide.found(python)
    if files is None:
        told(f"  Pyodide {pyodide.VERSION} could not be fetched: pictures stand still. Give it with --pyodide.")
    with tempfile.TemporaryDirectory(prefix="site-") as folder, ProcessPoolExecutor(1) as pool:
        source, made, live = (Path(folder) / name for name in ("source", "made", "live"))
        source.mkdir()
        # Beside the pages, which need nothing of it.
        running = pool.submit(_write_live, files, root, live) if files else None
        content.write(root, source, live=files is not None, hub=hub, told=told)
        told("  The pages are being written.")
        sphinx.run(source, made, live=files is not None)
        content.write_notebooks(root, made)
        if running:
            told("  The exercises are being made ready for the browser.")
            running.result()
            shutil.copytree(live, made, dirs_exist_ok=True)
        policy.write(made)
        offline.write(made)
        (made / _OURS).touch()
        _put(made, out)


def _put(made: Path, out: Path) -> None:
    """Put a new website in the place of the one before: a kill at any moment leaves one of them whole."""
    fresh, before, lock = (out.with_name(f".{out.name}.{which}") for which in ("new", "before", "lock"))
    fresh.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):  # another `course site` would move its pages among ours; the system ends a dead one's lock
        if before.exists() and out.exists():  # else a kill came between the two renames below
            shutil.rmtree(before)
        if fresh.exists():
            shutil.rmtree(fresh)
        shutil.move(made, fresh)  # may be a copy, from another disk
        if out.exists():
            out.rename(before)
        fresh.rename(out)
        if before.exists():
            shutil.rmtree(before)


def _write_live(files: Path, root: Path, made: Path) -> None:
    """Write what a browser runs: Python, the charts, JupyterLite."""
    from course.app.site import boxes, drilled, engine, lite

    python = made / "_static" / "pyodide"
    engine.write(files, python)
    (python / "drills.zip").write_bytes(drilled.archive())
    engine.write_sums(python)
    boxes.write_charts(made / "_static")
    lite.write(files, root, made)


def serve(out: Path, *, port: int, browser: bool) -> None:
    """Serve a website on this computer only, until Ctrl-C.

    Parameters
    ----------
    out : Path
        The folder.
    port : int
        Where to listen.
    browser : bool
        Whether to open it in the browser.
    """
    with ThreadingHTTPServer((ports.LOCALHOST, port), partial(Quiet, directory=out)) as server:
        if browser:
            webbrowser.open(f"http://{ports.LOCALHOST}:{port}/")
        with suppress(KeyboardInterrupt):
            server.serve_forever()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing of it: a page asks for dozens."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _require_free(out: Path) -> None:
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / _OURS).is_file()):
        raise CourseError(f"{out} holds something that is no website made by this command", "Name another folder")

"""The course as a static website: `build` makes it, any host of files can serve it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from course import bundle
from course.errors import CourseError

_OURS: Final = ".borrowing-strength"  # marks a folder that may be replaced



def build(out: Path, *, told: Callable[[str], None] = print) -> None:
    """Make the website.

    Parameters
    ----------
    out : Path
        The folder; replaced if it is a website made before.
    told : callable
        Is given a line for each thing that takes time.

    Raises
    ------
    CourseError
        If ``out`` holds anything else, a tool is missing, a notebook fails, or Sphinx finds something wrong.
    """
    root = bundle.require_checkout("course site")
    _require_free(out)
    try:
        from course.app.site import content, sphinx
    except ModuleNotFoundError as error:
        remedy = f"Install it with: {bundle.SYNC} --extra site"
        raise CourseError(f"the package {error.name} is missing", remedy) from error
    with tempfile.TemporaryDirectory(prefix="site-") as folder:
        source, made = Path(folder) / "source", Path(folder) / "made"
        source.mkdir()
        content.write(root, source, told=told)
        told("  pages are being written")
        sphinx.run(source, made)
        (made / _OURS).touch()
        if out.exists():
            shutil.rmtree(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, out)


def _require_free(out: Path) -> None:
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / _OURS).is_file()):
        raise CourseError(f"{out} holds something that is no website made by this command", "Name another folder")

"""Sphinx, called as a library: what it warns of ends the build, since a reader would meet it as a broken link."""

from __future__ import annotations

import io
import re
from pathlib import Path

from sphinx.application import Sphinx

from course.app.site.settings import SETTINGS
from course.errors import CourseError

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def run(source: Path, out: Path, *, live: bool) -> None:
    """Write the pages.

    Parameters
    ----------
    source, out : Path
        Where they are read and written.
    live : bool
        Whether the site has Python.

    Raises
    ------
    CourseError
        With all that Sphinx warned of.
    """
    said = io.StringIO()
    settings = {**SETTINGS, "course_live": live}
    trees = source.parent / "doctrees"
    app = Sphinx(source, None, out, trees, "html", settings, status=None, warning=said, parallel=2)
    app.build()
    if found := _COLOURS.sub("", said.getvalue()).replace(f"{source}/", "").strip():
        raise CourseError(f"the pages are not as they should be:\n{found}", "Mend what is named")

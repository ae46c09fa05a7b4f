"""reveal.js, which turns the slides: MIT licence, carried by a package on PyPI."""

from __future__ import annotations

from typing import Final

from course.app.carried import Carried

REVEAL: Final = Carried(
    name="reveal.js",
    version="?",
    sums={"reveal.js": "", "reveal.css": "", "notes.js": ""},
    carrier="sphinx-revealjs==3.2.1",
)

"""reveal.js, which turns the slides (MIT licence): npm's files of 5.2.1, which a package on PyPI carries unchanged."""

from __future__ import annotations

from typing import Final

from course.app.carried import Carried

REVEAL: Final = Carried(
    name="reveal.js",
    version="5.2.1",
    sums={
        "reveal.js": "46538b52db48724192f59bf46f5e851a18e302777c46f4a34c32709d010d6a29",
        "reveal.css": "68f915a11ebf7203c0446576b7e952ff61c5dd02134a8a226ffaf62ed42136d2",
        "notes.js": "df1201d19d03241a2897d39c3d38768177df1cbd4bde06327b321cb83461ae89",
    },
    carrier="sphinx-revealjs==3.2.1",
)

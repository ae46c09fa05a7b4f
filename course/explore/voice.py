"""The spoken half of every explorer: names of sliders, alternative text of the picture, a line that is read out."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import anywidget
import traitlets

_HERE: Final = Path(__file__).parent


class Voice(anywidget.AnyWidget):  # type: ignore[misc]
    """One line of summary under the controls, in a live region that stays while its text changes.

    It also gives the sliders around it the names that ipywidgets leaves out, and the picture its alternative text: all
    three need the page, and one widget that looks around itself spares every explorer its own.

    Attributes
    ----------
    summary : str
        What the controls have brought about, in one sentence.
    picture : str
        What the chart shows now, for readers who do not see it.
    """

    _esm = (_HERE / "voice.js").read_text(encoding="utf-8")
    _css = (_HERE / "voice.css").read_text(encoding="utf-8")

    summary = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)

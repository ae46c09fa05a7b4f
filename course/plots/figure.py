"""Figures that follow the reader's theme: drawn by Matplotlib, shown as SVG whose ink is the colour of the text around.

A PNG would be a white box in a dark theme, or dark text on dark ground; and it has no place for alternative text.
"""

from __future__ import annotations

import html
import io
import itertools
import re
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import matplotlib
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from numpy.typing import NDArray

# Okabe and Ito's palette: distinct under the common kinds of colour blindness; every use adds a marker or a line style.
NONE: Final = "#D55E00"
COMPLETE: Final = "#CC79A7"
PARTIAL: Final = "#0072B2"
SERIES: Final = (PARTIAL, NONE, "#009E73", COMPLETE, "#E69F00", "#56B4E9")
# Matplotlib's own default for text and lines. Shown, black becomes the colour of the text around the figure.
INK: Final = "#000000"
EXACT: Final = INK


class Look(NamedTuple):
    """Colour, marker and line style that always stand for one thing, so that colour alone never carries it."""

    color: str
    marker: str
    dash: str


# No pooling, complete pooling, partial pooling, in this order.
POOLINGS: Final = (Look(NONE, "o", ":"), Look(COMPLETE, "s", "--"), Look(PARTIAL, "D", "-"))

_STYLE: Final = Path(__file__).with_name("course.mplstyle")
_serial = itertools.count()


def style() -> AbstractContextManager[None]:
    """Context in which Matplotlib draws in the style of the course; for figures that ArviZ makes."""
    return matplotlib.rc_context(fname=_STYLE)


def subplots(
    rows: int = 1, columns: int = 1, *, size: tuple[float, float] | None = None, **options: Any
) -> tuple[Figure, Any]:
    """Make a figure and its axes in the style of the course.

    Parameters
    ----------
    rows, columns : int
        Number of panels.
    size : tuple of float, optional
        Width and height in inches.
    **options
        Passed on to `matplotlib.figure.Figure.subplots`, for example ``sharey=True``.

    Returns
    -------
    Figure, Axes or ndarray of Axes
        As Matplotlib's own ``subplots`` does; unknown to pyplot, so that nothing is shown twice or kept alive.
    """
    with style():
        figure = Figure(figsize=size)
        axes: Axes | NDArray[Any] = figure.subplots(rows, columns, **options)
    return figure, axes


@dataclass(frozen=True)
class Picture:
    """A figure with its alternative text, as HTML for the notebook and as text elsewhere."""

    svg: str = field(repr=False)
    alt: str
    caption: str

    def _repr_html_(self) -> str:
        label = html.escape(self.alt, quote=True)
        caption = f"<figcaption>{html.escape(self.caption)}</figcaption>" if self.caption else ""
        image = f'<div role="img" aria-label="{label}">{self.svg}</div>'
        return f'<figure style="margin: 0.5em 0">{image}{caption}</figure>'


def picture(figure: Figure, *, alt: str, caption: str = "") -> Picture:
    """Turn a figure into a picture; see `show`.

    Raises
    ------
    ValueError
        If the alternative text is empty: a reader who cannot see the figure would be left with nothing.
    """
    if not isinstance(figure, Figure):
        raise ValueError(f"figure must be a Matplotlib figure, got {type(figure).__name__}; subplots returns it first")
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError("alt must say what the figure shows, got an empty text; name the axes and what stands out")
    figure.patch.set_visible(False)  # the page shows through
    for ax in figure.axes:
        ax.patch.set_visible(False)
    for legend in figure.findobj(Legend):
        legend.set_frame_on(False)
    buffer = io.StringIO()
    with style():
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return Picture(_inline(buffer.getvalue()), alt, caption)


def show(figure: Figure, *, alt: str, caption: str = "") -> None:
    """Show a figure in the notebook.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure; it is released afterwards.
    alt : str
        What the picture shows, in a sentence or two, for readers who do not see it.
    caption : str
        Text under the figure.
    """
    display(picture(figure, alt=alt, caption=caption))
    if "matplotlib.pyplot" in sys.modules:  # a figure that ArviZ made would be shown once more at the end of the cell
        sys.modules["matplotlib.pyplot"].close(figure)


def _inline(svg: str) -> str:
    """SVG element for use inside a page: theme's ink, no fixed size, ids that no other figure has."""
    svg = svg[svg.index("<svg") :]
    svg = svg.replace(INK, "currentColor").replace("<svg ", '<svg fill="currentColor" ', 1)
    width = re.search(r'<svg[^>]*?width="([\d.]+)pt"', svg)
    size = f'style="width: 100%; max-width: {float(width[1]) * 4 / 3:.0f}px; height: auto"' if width else ""
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', rf'\1 {size} aria-hidden="true" focusable="false"', svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[\d.]+pt"', r"\1", svg, count=1)
    prefix = f"fig{next(_serial)}-"
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{prefix}", svg)

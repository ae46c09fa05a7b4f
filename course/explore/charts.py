"""What the charts of all explorers share: ink of the page, palette, panels with a title and units."""

from __future__ import annotations

from typing import Any, Final

import altair as alt

from course import plots

NONE: Final = plots.NONE
COMPLETE: Final = plots.COMPLETE
PARTIAL: Final = plots.PARTIAL
GREEN: Final = plots.SERIES[2]
INK: Final = "currentColor"  # the colour of the text around the chart: one chart for every theme
SOLID: Final[list[float]] = [1, 0]
DASHED: Final[list[float]] = [6, 4]
DOTTED: Final[list[float]] = [1.5, 3]
NO_SCALE: Final = alt.Axis(labels=False, ticks=False)  # of a density only the shape is read
DASHDOT: Final[list[float]] = [7, 3, 1.5, 3]


def x_axis(field: str, title: str, low: float, high: float, *, axis: Any = alt.Undefined, **scale: Any) -> alt.X:
    """Horizontal position, with a fixed range."""
    return alt.X(f"{field}:Q", title=title, scale=alt.Scale(domain=[low, high], nice=False, **scale), axis=axis)


def y_axis(field: str, title: str, low: float, high: float, *, axis: Any = alt.Undefined, **scale: Any) -> alt.Y:
    """Vertical position, with a fixed range."""
    return alt.Y(f"{field}:Q", title=title, scale=alt.Scale(domain=[low, high], nice=False, **scale), axis=axis)


def table(name: str) -> Any:
    """A chart of the table that an explorer pushes under this name."""
    return alt.Chart(alt.NamedData(name=name))


class Looks:
    """Colour and dash that say the same, so that colour alone never carries a meaning; with one legend.

    Parameters
    ----------
    **looks : tuple of str and list of float
        Colour and dash of each line by name; underscores stand for spaces.
    """

    def __init__(self, **looks: tuple[str, list[float]]) -> None:
        names = [name.replace("_", " ") for name in looks]
        legend = alt.Legend(title=None, orient="top", columns=3, symbolType="stroke", symbolSize=400, labelLimit=320)
        color = alt.Scale(domain=names, range=[color for color, _ in looks.values()])
        dash = alt.Scale(domain=names, range=[dash for _, dash in looks.values()])
        self._channels = (
            alt.Color("name:N", scale=color, legend=legend),
            alt.StrokeDash("name:N", scale=dash, legend=legend),
        )

    def line(self, chart: Any, name: str, y: alt.Y, **mark: Any) -> Any:
        """Draw one field of a chart as the line of this name."""
        return chart.transform_calculate(name=f"'{name}'").mark_line(**mark).encode(y, *self._channels)


def finish(chart: Any) -> Any:
    """Give a chart the look of the course: no ground, axes and words in the ink of the page."""
    ink = {"labelColor": INK, "titleColor": INK, "tickColor": INK, "domainColor": INK}
    return (
        chart.configure(background="transparent", aria=False, font="sans-serif")
        .configure_mark(aria=False)  # the picture is described as a whole, see `page`
        .configure_view(stroke=None)
        .configure_line(strokeWidth=2)
        .configure_axis(grid=False, labelFontSize=12, titleFontSize=12, titleFontWeight="normal", **ink)
        .configure_legend(labelColor=INK, titleColor=INK, labelFontSize=12)
        .configure_title(color=INK, fontSize=13, fontWeight="normal", anchor="start")
        .configure_text(color=INK)
        .configure_rule(color=INK)
    )

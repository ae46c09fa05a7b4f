"""Ten thousand cities: when intervals may take the population for known, by the number of cities, without a chain.

Groups of one size and normal noise: then the estimated spread depends on one sum of squares, whose distribution is
known, and coverage is a sum over its quantiles.
"""

from __future__ import annotations

from typing import Any, Final

import altair as alt

from course import plots
from course.explore import charts
from course.explore.live import Explorer, opening
from course.lessons.ten_thousand_cities.cities_arrays import (
    ARITHMETIC,
    CITIES,
    FEWEST,
    MOST,
    CitiesState,
    cities_arrays,
    cities_words,
)
from course.situations.expected import LEVEL


def cities_chart() -> Any:
    """Left the coverage, right the width, by number of cities; a mark at the chosen one."""
    ticks = alt.Axis(values=[4, 10, 100, 1000, 10_000], format=",d")
    x = charts.x_axis("cities", "number of cities (log scale)", FEWEST, MOST, type="log", axis=ticks)
    looks = charts.Looks(
        population_plugged_in=(charts.PARTIAL, charts.SOLID),
        population_known=(charts.GREEN, charts.DOTTED),
        no_pooling=(charts.NONE, charts.DASHED),
    )
    base, here = charts.table("along").encode(x), charts.table("here").encode(x)

    def panel(title: str, *layers: Any) -> Any:
        return alt.layer(*layers).properties(width=310, height=220, title=title)

    def share(field: str) -> alt.Y:
        return charts.y_axis(field, "share of cities inside", 0, 1, axis=alt.Axis(format="%"))

    def wide(field: str) -> alt.Y:
        return charts.y_axis(field, "width, no pooling at the top", 0, 1, axis=charts.NO_SCALE)

    mark = {"filled": True, "size": 70, "opacity": 1, "color": charts.INK}
    left = panel(
        "How many of the 89% intervals hold", looks.line(base, "population known", share("wanted")),
        looks.line(base, "population plugged in", share("coverage"), clip=True),
        here.mark_point(clip=True, **mark).encode(share("coverage")),
    )  # fmt: skip
    right = panel(
        "How wide they are, in log odds", looks.line(base, "no pooling", wide("own")),
        looks.line(base, "population known", wide("known")), looks.line(base, "population plugged in", wide("width")),
        here.mark_point(**mark).encode(wide("width")),
        here.mark_text(dy=14, fontSize=12).encode(wide("width"), text="said:N"),
    )  # fmt: skip
    return charts.finish(alt.hconcat(left, right, spacing=30))


def cities_picture(state: CitiesState) -> plots.Picture:
    """The same picture for a page without a kernel."""
    found = cities_arrays(state)
    figure, (left, right) = plots.subplots(1, 2, size=(9, 3.2))
    left.plot(CITIES, found.coverage, color=plots.PARTIAL, label="population plugged in")
    left.axhline(LEVEL, color=charts.GREEN, linestyle=":", label="population known")
    left.plot(state.cities, found.here[0], "o", color=plots.INK)
    right.plot(CITIES, found.width, color=plots.PARTIAL)
    right.axhline(found.known, color=charts.GREEN, linestyle=":")
    right.axhline(found.own, color=plots.NONE, linestyle="--", label="no pooling")
    right.plot(state.cities, found.here[1], "o", color=plots.INK)
    for ax in (left, right):
        ax.set(xscale="log", xlabel="number of cities (log scale)")
        ax.set_xticks([10, 100, 1000, 10_000], ["10", "100", "1,000", "10,000"])
        ax.legend()
    left.set(ylabel="share of 89% intervals that hold", ylim=(0, 1))
    right.set(ylabel="mean width (log odds)", ylim=(0, 1.1 * max(found.own, found.known)))
    return plots.picture(figure, alt=cities_words(found))


EXPLORER: Final = Explorer(ARITHMETIC, cities_chart, cities_picture)

cities = opening(
    EXPLORER,
    "cities",
    "Explore plugged-in intervals: number of cities, their users and spread; coverage and width follow.",
)

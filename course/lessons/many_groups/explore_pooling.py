"""Cities of many sizes: what no, complete and partial pooling cost, and which of them wins."""

from __future__ import annotations

from typing import Any, Final

import altair as alt

from course import plots
from course.explore import charts
from course.explore.live import Explorer, opening
from course.lessons.many_groups.pooling_arrays import (
    ARITHMETIC,
    ERRORS,
    NAMES,
    SIZES,
    PoolingState,
    pooling_arrays,
    pooling_words,
)


def pooling_chart() -> Any:
    """Left the error by city size, right the average over all cities."""
    looks = charts.Looks(
        no_pooling=(charts.NONE, charts.DOTTED),
        complete_pooling=(charts.COMPLETE, charts.DASHED),
        partial_pooling=(charts.PARTIAL, charts.SOLID),
    )
    ticks = alt.Axis(values=[1, 10, 100, 1000, 10_000, 100_000], format="~s")
    base = charts.table("city").encode(charts.x_axis("users", "users in the city", *SIZES, type="log", axis=ticks))

    def error(field: str) -> alt.Y:
        axis = alt.Axis(values=[0.1, 1, 10], format="~g")
        return charts.y_axis(field, "root mean squared error (points)", *ERRORS, type="log", clamp=True, axis=axis)

    fields = [("none", "circle"), ("complete", "square"), ("partial", "diamond")]
    lines = [looks.line(base, f"{field} pooling".replace("none", "no"), error(field)) for field, _ in fields]
    ends = base.transform_filter("datum.end")  # all there is to see when the cities are of one size
    colors = (charts.NONE, charts.COMPLETE, charts.PARTIAL)
    points = [
        ends.mark_point(filled=True, opacity=1, size=50, shape=shape, color=color).encode(error(field))
        for (field, shape), color in zip(fields, colors, strict=True)
    ]
    left = alt.layer(*lines, *points).properties(width=330, height=220, title="Error by city size")
    return charts.finish(alt.hconcat(left, _overall(), spacing=30))


def _overall() -> Any:
    base = charts.table("overall").encode(
        alt.Y("name:N", sort=list(NAMES), title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=200)),
        charts.x_axis("error", "points", *ERRORS, type="log", clamp=True, axis=alt.Axis(values=[0.1, 1, 10])),
    )
    shapes = alt.Scale(domain=list(NAMES), range=["circle", "square", "diamond", "triangle-up"])
    colors = alt.Scale(domain=list(NAMES), range=[charts.NONE, charts.COMPLETE, charts.PARTIAL, charts.GREEN])
    marks = base.mark_point(filled=True, size=110, opacity=1).encode(
        alt.Shape("name:N", scale=shapes, legend=None), alt.Color("name:N", scale=colors, legend=None)
    )
    text = base.mark_text(dy=-14, fontSize=12).encode(alt.Text("error:Q", format=".2f"))
    return (
        alt.layer(marks, text)
        .resolve_scale(color="independent")
        .properties(width=200, height=220, title="All cities together")
    )


def pooling_picture(state: PoolingState) -> plots.Picture:
    """The same picture for a page without a kernel."""
    found = pooling_arrays(state)
    figure, (left, right) = plots.subplots(1, 2, size=(9, 3.2), width_ratios=[3, 2])
    lines = zip(("no pooling", "complete pooling", "partial pooling"), found[2:5], plots.POOLINGS, strict=True)
    for name, line, look in lines:
        left.plot(found.users, line, look.dash, marker=look.marker, markersize=3, color=look.color, label=name)
    left.set(xscale="log", yscale="log", xlim=SIZES, ylim=ERRORS)
    left.set(xlabel="users in the city", ylabel="root mean squared error (points)", title="Error by city size")
    left.legend()
    colors = (plots.NONE, plots.COMPLETE, plots.PARTIAL, charts.GREEN)
    for row, (error, color, marker) in enumerate(zip(found.overall, colors, "osD^", strict=True)):
        right.plot(error, -row, marker, color=color)
    right.set_yticks([0, -1, -2, -3], NAMES)
    right.set(xscale="log", xlim=ERRORS, xlabel="points", title="All cities together")
    plots.plain_numbers(left, right)
    return plots.picture(figure, alt=pooling_words(found))


EXPLORER: Final = Explorer(ARITHMETIC, pooling_chart, pooling_picture)

pooling = opening(
    EXPLORER,
    "pooling",
    "Explore pooling: how many cities, how different, how large; which of the three options errs least.",
)

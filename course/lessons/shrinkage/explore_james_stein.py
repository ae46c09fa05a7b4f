"""James-Stein: how the exact risk falls with the number of groups, for a fixed target and for the groups' own mean."""

from __future__ import annotations

from typing import Any, Final

import altair as alt

from course import plots
from course.explore import charts
from course.explore.live import Explorer, opening
from course.lessons.shrinkage.james_stein_arrays import (
    ARITHMETIC,
    DISTANCES,
    FARTHEST,
    GROUPS,
    MOST_GROUPS,
    SteinState,
    stein_arrays,
    stein_words,
)


def stein_chart() -> Any:
    """Left the risk by number of groups, right by distance of the target; a mark at the chosen place."""
    ticks = alt.Axis(values=[4, 10, 20, 50, 100])
    groups = charts.x_axis("k", "number of groups k", 4, MOST_GROUPS, type="log", axis=ticks)
    away = charts.x_axis("distance", "distance of the target (standard errors)", 0, FARTHEST)
    left = _panel("groups", groups, "Risk by number of groups")
    right = _panel("distance", away, "Risk by distance of the target")
    return charts.finish(alt.hconcat(left, right, spacing=30))


def _panel(table: str, x: alt.X, title: str) -> Any:
    looks = charts.Looks(
        fixed_target=(charts.NONE, charts.DASHED),
        own_mean=(charts.PARTIAL, charts.SOLID),
        best_factor_for_the_target=(charts.GREEN, charts.DOTTED),
    )

    def risk(field: str) -> alt.Y:
        return charts.y_axis(field, "risk per group (squared standard errors)", 0, 1.1)

    base = charts.table(table).encode(x)
    fields = (("fixed", "fixed target"), ("mean", "own mean"), ("best", "best factor for the target"))
    here = charts.table("here").encode(x)
    names = ["towards a fixed target", "towards the groups' mean", "best factor for the target"]
    shapes = alt.Shape("name:N", scale=alt.Scale(domain=names, range=["square", "diamond", "circle"]), legend=None)
    return alt.layer(
        alt.Chart(alt.InlineData(values=[{"one": 1}])).mark_rule(opacity=0.6).encode(risk("one")),
        *(looks.line(base, name, risk(field)) for field, name in fields),
        here.mark_rule(strokeDash=charts.DASHED, opacity=0.6, strokeWidth=1),
        here.mark_point(filled=True, size=70, opacity=1, color=charts.INK).encode(risk("risk"), shapes),
    ).properties(width=310, height=220, title=title)


def james_stein_picture(state: SteinState) -> plots.Picture:
    """The same picture for a page without a kernel."""
    found = stein_arrays(state)
    figure, (left, right) = plots.subplots(1, 2, size=(9, 3.4), sharey=True)
    looks = ((plots.NONE, "--"), (plots.PARTIAL, "-"), (charts.GREEN, ":"))
    names = ("towards a fixed target", "towards the groups' mean", "best factor for the target")
    for j, ((color, dash), name) in enumerate(zip(looks, names, strict=True)):
        left.plot(GROUPS, found.by_k[:, j], dash, color=color, label=name)
        right.plot(DISTANCES, found.by_distance[:, j], dash, color=color)
        for ax, x in ((left, state.k), (right, state.distance)):
            ax.plot(x, found.here[j], "sDo"[j], color=plots.INK, markersize=5)
    left.set(xscale="log", xlabel="number of groups k", ylabel="risk per group", ylim=(0, 1.1))
    left.set_xticks([4, 10, 20, 50, 100], ["4", "10", "20", "50", "100"])
    right.set(xlabel="distance of the target (standard errors)")
    left.legend()
    return plots.picture(figure, alt=stein_words(found))


EXPLORER: Final = Explorer(ARITHMETIC, stein_chart, james_stein_picture)

james_stein = opening(
    EXPLORER,
    "james_stein",
    "Explore James-Stein: number of groups, distance of the target, spread of the truth; the exact risk follows.",
)

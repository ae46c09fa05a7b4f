"""Lines of 85 counties: from one line for all to a line for each, with the houses of one county in front."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import numpy as np

from course import plots
from course.explore import charts
from course.explore.live import Explorer, opening
from course.lessons.linear_regression.lines_arrays import (
    ARITHMETIC,
    LEVELS,
    LOGS,
    STEPS,
    LinesState,
    lines_arrays,
    lines_words,
)


def lines_chart() -> Any:
    """Left the lines with the houses of one county, right every county's level and step."""
    floors = alt.Axis(values=[0, 1], labelExpr="datum.value == 0 ? 'basement' : 'first floor'")

    def along(field: str) -> alt.X:
        return charts.x_axis(field, "floor", -0.15, 1.15, axis=floors)

    height = charts.y_axis("alpha", "log radon (log pCi/L)", *LOGS)

    def line(name: str, **mark: Any) -> Any:
        return (
            charts.table(name)
            .mark_rule(clip=True, **mark)
            .encode(along("left"), alt.X2("right:Q"), height, alt.Y2("end:Q"))
        )

    left = alt.layer(
        line("county", color=charts.INK, strokeWidth=0.6, opacity=0.35),
        line("every", color=charts.COMPLETE, strokeDash=charts.DASHED, strokeWidth=2),
        line("own", color=charts.NONE, strokeDash=charts.DOTTED, strokeWidth=2.5),
        line("front", color=charts.PARTIAL, strokeWidth=3),
        charts.table("house").mark_point(size=25, opacity=0.7, color=charts.INK, clip=True)
        .encode(along("x"), charts.y_axis("y", "log radon (log pCi/L)", *LOGS)),
    ).properties(width=280, height=230, title="Bold: your county; dotted: its own; dashed: all houses")  # fmt: skip
    across = charts.x_axis("alpha", "level in the basement (log pCi/L)", *LEVELS)
    up = charts.y_axis("beta", "step to the first floor", *STEPS)
    right = alt.layer(
        charts.table("start").mark_point(size=25, color=charts.NONE, opacity=0.6, clip=True).encode(across, up),
        charts.table("county").mark_point(size=25, shape="diamond", filled=True, color=charts.PARTIAL, opacity=0.6)
        .encode(across, up),
        charts.table("front").mark_point(size=160, shape="diamond", strokeWidth=2.5, color=charts.INK, opacity=1)
        .encode(across, up),
    ).properties(width=280, height=230, title="Circles: own lines. Diamonds: partially pooled")  # fmt: skip
    return charts.finish(alt.hconcat(left, right, spacing=30))


def lines_picture(state: LinesState) -> plots.Picture:
    """The same picture for a page without a kernel."""
    found = lines_arrays(state)
    figure, (left, right) = plots.subplots(1, 2, size=(9, 3.8))
    j, has = found.chosen, found.has_line > 0
    left.plot([0, 1], [found.alpha, found.alpha + found.beta], color=plots.INK, linewidth=0.6, alpha=0.35)
    left.plot([0, 1], [found.everyone[0], sum(found.everyone)], "--", color=plots.COMPLETE, label="all houses")
    if has[j]:
        left.plot([0, 1], found.own_alpha[j] + found.own_beta[j] * np.array([0, 1]), ":", color=plots.NONE, label="own")
    left.plot(
        [0, 1], found.alpha[j] + found.beta[j] * np.array([0, 1]), color=plots.PARTIAL, linewidth=3, label="pooled"
    )
    left.plot(found.x, found.y, "o", color=plots.INK, fillstyle="none", markersize=4)
    left.set(xticks=[0, 1], ylim=LOGS, ylabel="log radon (log pCi/L)", title=found.state.county)
    left.set_xticklabels(["basement", "first floor"])
    left.legend()
    right.plot(found.own_alpha[has], found.own_beta[has], "o", color=plots.NONE, fillstyle="none", markersize=4)
    right.plot(found.alpha, found.beta, "D", color=plots.PARTIAL, markersize=3, alpha=0.6)
    right.plot(found.alpha[j], found.beta[j], "D", color=plots.INK, fillstyle="none", markersize=10)
    right.set(xlim=LEVELS, ylim=STEPS, xlabel="level in the basement", ylabel="step to the first floor")
    right.set_title("circles: own lines; diamonds: pooled")
    return plots.picture(figure, alt=lines_words(found))


EXPLORER: Final = Explorer(ARITHMETIC, lines_chart, lines_picture)

lines = opening(EXPLORER, "lines", "Explore lines: how much counties differ, from one line for all to a line for each.")

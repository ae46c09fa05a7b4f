"""When does it help, drawn: error against data per group, who wins where, and what is gained here."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import numpy as np

from course import plots
from course.explore import charts
from course.explore.live import Explorer, opening
from course.lessons.when_it_helps.when_arrays import (
    ARITHMETIC,
    KINDS,
    MOST_DATA,
    NAMES,
    WhenState,
    count,
    stretches,
    when_arrays,
    when_words,
)


def when_chart() -> Any:
    """Left the errors against data per group and who wins where; right what partial pooling gains here."""
    left = alt.vconcat(_errors(), _wins(), spacing=4).resolve_scale(color="independent", strokeDash="independent")
    return charts.finish(alt.hconcat(left, _gains(), spacing=40))


def _across(field: str, title: str | None, axis: Any = alt.Undefined) -> alt.X:
    return charts.x_axis(field, title or "", 1, MOST_DATA, type="log", axis=axis)


def _errors() -> Any:
    looks = charts.Looks(
        no_pooling=(charts.NONE, charts.DOTTED),
        complete_pooling=(charts.COMPLETE, charts.DASHED),
        partial_pooling=(charts.PARTIAL, charts.SOLID),
    )
    base = charts.table("curve").encode(_across("data", None, charts.NO_SCALE))

    def height(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title="root mean squared error", scale=alt.Scale(type="log", nice=False))

    fields = zip(("none", "complete", "partial"), NAMES, strict=True)
    lines = [looks.line(base, name, height(field)) for field, name in fields]
    here = charts.table("here").encode(_across("data", None, charts.NO_SCALE))
    points = here.mark_point(filled=True, size=60, opacity=1, color=charts.INK).encode(height("error"))
    said = charts.table("said").mark_text(align="left", fontSize=12).encode(
        alt.Text("said:N"), x=alt.value(0), y=alt.value(-8)
    )  # fmt: skip
    rule = here.mark_rule(strokeDash=charts.DASHED, strokeWidth=1)
    return alt.layer(*lines, rule, points, said).properties(width=440, height=260)


def _wins() -> Any:
    """A strip under the curves: each stretch has its winner's colour and its name."""
    color = alt.Color(
        "pooling:N",
        scale=alt.Scale(domain=list(NAMES), range=[charts.NONE, charts.COMPLETE, charts.PARTIAL]),
        legend=None,
    )
    base = charts.table("wins")
    ticks = alt.Axis(values=[1, 10, 100, 1000, MOST_DATA], format=",")

    def at(field: str) -> alt.X:
        return _across(field, "pieces of data in each group", ticks)

    bars = base.mark_bar(opacity=0.35, height=20).encode(at("start"), alt.X2("end:Q"), color)
    names = base.mark_text(fontSize=12).encode(at("middle"), alt.Text("said:N"))
    title = alt.TitleParams("smallest error:", fontSize=12)
    return alt.layer(bars, names).properties(width=440, height=24, title=title)


def _gains() -> Any:
    rows = alt.Y("over:N", title=None, sort=None, axis=alt.Axis(labelLimit=140))
    base = charts.table("gain").encode(rows)

    def at(field: str) -> alt.X:
        axis = alt.Axis(format="%", tickCount=5)
        return charts.x_axis(field, "squared error saved by partial pooling", -1, 2, clamp=True, axis=axis)

    zero = charts.table("gain").transform_calculate(one="0").mark_rule(strokeWidth=1).encode(at("one"))
    return alt.layer(
        zero,
        base.mark_rule(strokeWidth=4, opacity=0.4, color=charts.PARTIAL).encode(at("low"), alt.X2("high:Q")),
        base.mark_point(filled=True, size=90, opacity=1, color=charts.PARTIAL).encode(at("gain")),
    ).properties(width=210, height=140, title="Gain here: mean, and 89% of platforms")


def when_picture(state: WhenState) -> plots.Picture:
    """The same picture for a page without a kernel."""
    found = when_arrays(state)
    kind = KINDS[state.situation]
    figure, (left, right) = plots.subplots(1, 2, size=(9.5, 4), width_ratios=[2, 1])
    for risk, here, name, look in zip(found.risk, found.here, NAMES, plots.POOLINGS, strict=True):
        left.plot(found.data, risk, look.dash, color=look.color, label=name)
        left.plot(count(state), here, look.marker, color=look.color)
    left.set(xscale="log", yscale="log", xlabel=f"{kind.data} (log scale)", ylabel=f"error ({kind.unit}, log scale)")
    left.axvline(count(state), color=plots.INK, linewidth=0.8, linestyle="--")
    plots.plain_numbers(left)
    for run in stretches(found):
        look = plots.POOLINGS[NAMES.index(run.name)]
        left.axvspan(run.start, run.end, ymax=0.05, color=look.color, alpha=0.35, linewidth=0)
        if run.end / run.start > 3:
            left.text(np.sqrt(run.start * run.end), 0.005, f"least: {run.name.split()[0]}", ha="center", fontsize=8.5,
                transform=left.get_xaxis_transform())  # fmt: skip
    left.legend(fontsize=8.5)
    rows = [1, 0]
    right.hlines(rows, found.gain[:, 1], found.gain[:, 2], color=plots.PARTIAL, alpha=0.4, linewidth=4)
    right.plot(found.gain[:, 0], rows, "D", color=plots.PARTIAL)
    right.axvline(0, color=plots.INK, linewidth=0.8)
    right.set(
        yticks=rows, yticklabels=["over none", "over complete"], ylim=(-0.6, 1.6), xlabel="share of squared error saved"
    )
    right.set_title("gain here, and 89% of platforms", fontsize=10)
    return plots.picture(figure, alt=when_words(found))


EXPLORER: Final = Explorer(ARITHMETIC, when_chart, when_picture)

when = opening(
    EXPLORER, "when", "Explore when partial pooling helps: six situations, more or fewer groups, more or less data."
)

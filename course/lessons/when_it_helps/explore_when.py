"""When does it help, drawn: error against data per group, who wins where, and what is gained here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import altair as alt
import ipywidgets as widgets
import numpy as np

from course import plots
from course.explore import charts, controls
from course.explore.live import Explorer, Tables, opening
from course.lessons.when_it_helps.when_arrays import (
    KINDS,
    MOST_DATA,
    NAMES,
    WhenArrays,
    WhenState,
    count,
    stretches,
    when_arrays,
)


def when_tables(found: WhenArrays) -> Tables:
    """Tables of the chart."""
    kind, wins = KINDS[found.state.situation], stretches(found)
    middle = [float(np.sqrt(run.start * run.end)) for run in wins]
    wide = [run.end / run.start > 2 for run in wins]
    none, complete, partial = found.risk
    return {
        "curve": {"data": found.data.round(3), "none": none, "complete": complete, "partial": partial},
        "here": {"data": count(found.state), "pooling": np.array(NAMES), "error": found.here},
        "wins": {
            "pooling": np.array([run.name for run in wins]),
            "start": np.array([run.start for run in wins]).round(3),
            "end": np.array([run.end for run in wins]).round(3),
            "middle": np.array(middle).round(3),
            "said": np.array([run.name.split()[0] if w else "" for run, w in zip(wins, wide, strict=True)]),
        },
        "gain": {
            "over": np.array(["over no pooling", "over complete"]),
            "gain": found.gain[:, 0].round(4),
            "low": np.maximum(found.gain[:, 1], -1.0).round(4),
            "high": np.minimum(found.gain[:, 2], 2.0).round(4),
        },
        "said": {"said": f"{kind.measured}; error in {kind.unit}, against {kind.data}"},
    }


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


def when_summary(found: WhenArrays) -> str:
    """Who wins here, in two sentences."""
    best = NAMES[int(np.argmin(found.here))]
    kind = KINDS[found.state.situation]
    none, complete = (_change(found.gain[i, 0]) for i in range(2))
    return (
        f"With {count(found.state):,} {kind.data}, {best} has the smallest error: {found.here.min():.2g} {kind.unit}. "
        f"Partial pooling {none} against no pooling and {complete} against complete; it was closer on "
        f"{found.ahead[0]:.0%} and {found.ahead[1]:.0%} of platforms."
    )


def _change(gain: float) -> str:
    return f"saves {gain:.0%} of the squared error" if gain >= 0 else f"adds {-gain:.0%} to the squared error"


def when_words(found: WhenArrays) -> str:
    """Alternative text of the picture."""
    kind, state = KINDS[found.state.situation], found.state
    runs = ", ".join(f"{run.name} from {run.start:,.0f} to {run.end:,.0f}" for run in stretches(found))
    (saved, low, high), (other, other_low, other_high) = found.gain
    errors = ", ".join(f"{error:.2g} with {name}" for error, name in zip(found.here, NAMES, strict=True))
    return (
        f"Left: root mean squared error of {kind.measured}, in {kind.unit}, against {kind.data}, for {state.groups} "
        f"groups. Partial pooling puts one estimate of tau, by moments, into its formula. "
        f"At {count(state):,} it is {errors}. Smallest error: {runs}. Right: partial pooling saves "
        f"{saved:.0%} of no pooling's squared error, {low:.0%} to {high:.0%} on 89% of platforms, and {other:.0%} of "
        f"complete pooling's, {other_low:.0%} to {other_high:.0%}."
    )


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


def when_controls(start: WhenState) -> Mapping[str, widgets.Widget]:
    """Controls, one a field of the state."""
    return {
        "situation": controls.choice("Situation", start.situation, tuple(KINDS)),
        "groups": controls.count("Groups", start.groups, 2, 100),
        "data": controls.log_slider("Data in each group", start.data, 1.0, float(MOST_DATA), steps=48),
        "spread": controls.slider("Groups differ, times the usual", start.spread, 0.0, 5.0, 0.05),
    }


EXPLORER: Final = Explorer(
    WhenState, when_arrays, when_tables, when_chart, when_summary, when_words, when_controls, when_picture
)

when = opening(
    EXPLORER, "when", "Explore when partial pooling helps: six situations, more or fewer groups, more or less data."
)

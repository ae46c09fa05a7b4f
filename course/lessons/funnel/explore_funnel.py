"""The funnel: who can follow a kick, in which coordinates, and where."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import numpy as np

from course import plots
from course.explore import charts
from course.explore.live import Explorer, opening
from course.lessons.funnel.funnel_arrays import (
    ARITHMETIC,
    DIVERGED,
    FORMS,
    LOWEST,
    REACH,
    SIDE,
    FunnelState,
    funnel_arrays,
    funnel_words,
    verdict,
)
from course.lessons.funnel.rolling import STEPS

TAUS: Final = (0.03, 60.0)
_LOOKS: Final = {"centred": (charts.NONE, charts.DOTTED), "non": (charts.PARTIAL, charts.SOLID)}
_PANELS: Final = (
    ("centred", "own", "log_tau", "theta of one group", "log tau", "Centred"),
    ("non", "own", "log_tau", "eta of the same group", "log tau", "Non-centred"),
    ("non", "together", "mu", "mean of all eta", "mu", "Non-centred, another side"),
)


def funnel_chart() -> Any:
    """Top: the walk in each form over exact draws; bottom: its energy error, and the step that each draw allows."""
    walks = alt.hconcat(*(_walk_panel(*panel) for panel in _PANELS), spacing=20)
    return charts.finish(alt.vconcat(walks, alt.hconcat(_errors(), _limits(), spacing=30), spacing=12))


def _walk_panel(name: str, x: str, y: str, across: str, up: str, heading: str) -> Any:
    color, _ = _LOOKS[name]
    ticks = alt.Axis(values=[-4, -2, 0, 2, 4])
    place = (charts.x_axis(x, across, -SIDE, SIDE, axis=ticks), charts.y_axis(y, up, -SIDE, SIDE, axis=ticks))
    cloud, walk, start, lost, said = (
        charts.table(f"{name}{part}") for part in ("_cloud", "", "_start", "_lost", "_said")
    )
    cross = {"shape": "cross", "angle": 45, "size": 170, "filled": True, "opacity": 1, "color": charts.INK}
    return alt.layer(
        cloud.mark_circle(size=9, opacity=0.45, color=charts.INK, clip=True).encode(*place, alt.Key("draw:N")),
        walk.mark_line(color=color, clip=True, strokeWidth=1.5).encode(*place, alt.Order("n:Q")),
        walk.mark_circle(size=20, opacity=1, color=color, clip=True).encode(*place),
        start.mark_point(size=130, strokeWidth=2, opacity=1, color=color, clip=True).encode(*place),
        lost.mark_point(**cross).encode(*place),
        said.mark_text(align="left", baseline="bottom", fontSize=12, x=4, y=14).encode(alt.Text("said:N")),
    ).properties(width=180, height=200, title=heading)


def _errors() -> Any:
    looks = charts.Looks(centred=_LOOKS["centred"], **{"non-centred": _LOOKS["non"]})
    ticks = alt.Axis(values=[-10, 0, 1, 10, 100, 1000])
    off = charts.y_axis("error", "energy error", LOWEST, 1.6 * DIVERGED, type="symlog", axis=ticks)
    steps = charts.x_axis("n", "leapfrog step", 0, STEPS)
    limit = alt.Chart(alt.InlineData(values=[{"error": DIVERGED}]))
    cross = {"shape": "cross", "angle": 45, "size": 170, "filled": True, "opacity": 1}
    ends = [
        charts.table(f"{name}_lost").mark_point(**cross, color=color).encode(steps, off)
        for name, (color, _) in _LOOKS.items()
    ]
    return alt.layer(
        limit.mark_rule(strokeDash=charts.DASHED, opacity=0.6, strokeWidth=1).encode(off),
        looks.line(charts.table("centred").encode(steps), "centred", off),
        looks.line(charts.table("non").encode(steps), "non-centred", off),
        *ends,
    ).properties(width=280, height=170, title="Energy out of nothing (dashed: a divergence)")


def _limits() -> Any:
    ticks = alt.Axis(values=[0.1, 1, 10], format="~g")
    across = charts.x_axis("tau", "tau (points, log scale)", *TAUS, type="log", axis=ticks)

    def height(field: str) -> alt.Y:
        axis = alt.Axis(values=[0.01, 0.1, 1, 10], format="~g")
        return charts.y_axis(field, "longest stable step", *REACH, type="log", axis=axis)

    chosen = charts.table("chosen")
    centred, non = (charts.table(f"{name}_cloud") for name in _LOOKS)
    hollow = {"shape": "triangle-down", "size": 22, "strokeWidth": 1}
    # With a key a dot is moved; without, Vega would take it out and put in another, hundreds at each step of a slider.
    place = (across, height("limit"), alt.Key("draw:N"))
    return alt.layer(
        centred.mark_point(**hollow, opacity=0.8, color=charts.NONE, clip=True).encode(*place),
        non.mark_circle(size=16, opacity=0.8, color=charts.PARTIAL, clip=True).encode(*place),
        chosen.mark_rule(strokeDash=charts.DASHED).encode(alt.Y("step:Q")),
        chosen.mark_point(size=110, strokeWidth=2, opacity=1, color=charts.INK).encode(across, alt.Y("step:Q")),
    ).properties(width=280, height=170, title="What each draw allows (triangles: centred; dashed: you)")


def funnel_picture(state: FunnelState) -> plots.Picture:
    """The same picture for a page without a kernel."""
    found = funnel_arrays(state)
    figure, (tops, (errors, limits, rest)) = plots.subplots(2, 3, size=(10, 6.2))
    looks = {"centred": (plots.NONE, ":", "v"), "non": (plots.PARTIAL, "-", "o")}
    pairs = dict(zip(looks, zip(found.clouds, found.walks, strict=True), strict=True))
    for ax, (name, x, y, across, up, heading) in zip(tops, _PANELS, strict=True):
        cloud, walk = pairs[name]
        color = looks[name][0]
        ax.plot(getattr(cloud, x), getattr(cloud, y), ".", markersize=2.5, color=plots.INK, alpha=0.5)
        ax.plot(getattr(walk, x), getattr(walk, y), ".-", color=color, linewidth=1)
        ax.plot(getattr(walk, x)[0], getattr(walk, y)[0], "o", color=color, fillstyle="none", markersize=9)
        if walk.diverged >= 0:
            end = np.clip([getattr(walk, x)[-1], getattr(walk, y)[-1]], -SIDE, SIDE)
            ax.plot(*end, "x", color=plots.INK, markersize=10, markeredgewidth=2)
        ax.set(xlim=(-SIDE, SIDE), ylim=(-SIDE, SIDE), xlabel=across, ylabel=up, title=heading)
        ax.text(0.02, 0.93, verdict(walk), transform=ax.transAxes, fontsize=9)
    for (cloud, walk), (color, dash, marker), form in zip(pairs.values(), looks.values(), FORMS, strict=True):
        errors.plot(np.clip(walk.error, LOWEST, DIVERGED), dash, color=color, label=form)
        if walk.diverged >= 0:
            errors.plot(walk.diverged, DIVERGED, "x", color=color, markersize=9, markeredgewidth=2)
        hollow = "none" if form == "centred" else "full"
        limits.plot(found.tau, cloud.limit, marker, color=color, fillstyle=hollow, markersize=3, label=form)
    errors.set(yscale="symlog", ylim=(LOWEST, 2 * DIVERGED), xlim=(0, STEPS), xlabel="leapfrog step")
    errors.set_title("energy error (dashed: a divergence)")
    plots.reference_line(errors, DIVERGED, "", vertical=False)
    plots.reference_line(limits, state.step, "your step", vertical=False)
    limits.set(xscale="log", yscale="log", xlim=TAUS, ylim=REACH, xlabel="tau (points)", title="longest stable step")
    rest.axis("off")
    rest.legend(*limits.get_legend_handles_labels(), loc="upper left")
    plots.plain_numbers(errors, limits)
    return plots.picture(figure, alt=funnel_words(found))


EXPLORER: Final = Explorer(ARITHMETIC, funnel_chart, funnel_picture)

funnel = opening(
    EXPLORER,
    "funnel",
    "Explore the funnel: data per group, step size, start and kick; the same ball rolls in both coordinate systems.",
)

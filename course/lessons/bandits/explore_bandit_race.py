"""Bandits: two policies race on the same arms, and what they believe of each arm moves as pulls arrive."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import numpy as np

from course import plots
from course.explore import charts
from course.explore.live import Explorer, opening
from course.lessons.bandits.bandit_race_arrays import (
    ARITHMETIC,
    HORIZON,
    PLATFORMS,
    RATES,
    RaceState,
    race_arrays,
    race_words,
)

_LOOKS: Final = {"first": (charts.NONE, charts.DASHED), "second": (charts.PARTIAL, charts.SOLID)}


def race_chart() -> Any:
    """Top: what each policy believes of each arm, and how often it showed it; bottom: clicks lost by both."""
    beliefs = alt.hconcat(_beliefs("first", "First policy"), _beliefs("second", "Second policy"), spacing=30)
    return charts.finish(alt.vconcat(beliefs, _lost(), spacing=12))


def _beliefs(place: str, heading: str) -> Any:
    color, _ = _LOOKS[place]
    ranks = alt.Y("rank:O", title="articles, best first", axis=alt.Axis(labels=False, ticks=False, domain=False))
    base = charts.table(place).encode(ranks)

    def at(field: str) -> alt.X:
        return charts.x_axis(field, "click rate", *RATES, clamp=True, axis=alt.Axis(format="%", tickCount=5))

    size = alt.Size("shown:Q", scale=alt.Scale(domain=[0, HORIZON], range=[15, 400], clamp=True), legend=None)
    cross = {"shape": "cross", "angle": 45, "size": 45, "filled": True, "opacity": 1, "color": charts.INK}
    said = charts.table(f"{place}_said").mark_text(align="left", fontSize=12).encode(
        alt.Text("said:N"), x=alt.value(110), y=alt.value(-8)
    )  # fmt: skip
    return alt.layer(
        base.mark_rule(strokeWidth=3, opacity=0.5, color=color).encode(at("low"), alt.X2("high:Q")),
        base.mark_point(filled=True, opacity=0.9, color=color).encode(at("centre"), size),
        base.mark_point(**cross).encode(at("theta")),
        said,
    ).properties(width=290, height=260, title=heading)


def _lost() -> Any:
    looks = charts.Looks(first_policy=_LOOKS["first"], second_policy=_LOOKS["second"])
    across = charts.x_axis("visitors", "visitors", 0, HORIZON)
    height = alt.Y("lost:Q", title="clicks lost")
    top = charts.table("at").mark_point(opacity=0).encode(alt.Y("most:Q"))  # holds the axis still while time moves
    lines = [looks.line(charts.table(f"{p}_lost").encode(across), f"{p} policy", height) for p in _LOOKS]
    here = charts.table("at").mark_rule(strokeDash=charts.DASHED, strokeWidth=1).encode(across)
    title = f"Clicks lost, mean of {PLATFORMS} other platforms"
    return alt.layer(here, top, *lines).properties(width=610, height=150, title=title)


def bandit_race_picture(state: RaceState) -> plots.Picture:
    """The same picture for a page without a kernel."""
    found = race_arrays(state)
    figure, axes = plots.subplots(1, 3, size=(10, 4.2), width_ratios=[3, 3, 2.6])
    rows = -np.arange(found.theta.size)
    looks = zip(axes, found.runners, (plots.NONE, plots.PARTIAL), ("--", "-"), strict=False)
    for ax, runner, color, dash in looks:
        ax.hlines(rows, runner.low, runner.high, color=color, alpha=0.5, linewidth=3)
        ax.scatter(runner.centre, rows, s=6 + 0.3 * runner.shown, color=color)
        ax.plot(found.theta, rows, "x", color=plots.INK, markersize=5)
        ax.set(xlim=RATES, yticks=[], xlabel="click rate", title=runner.name)
        axes[2].plot(found.times, runner.lost, dash, color=color, label=runner.name)
    axes[0].set_ylabel("articles, best first")
    axes[2].set(xlabel="visitors", ylabel="clicks lost", xlim=(0, HORIZON), ylim=(0, 1.05 * found.most))
    axes[2].set_title(f"mean of {PLATFORMS} other platforms")
    axes[2].legend(fontsize=8)
    return plots.picture(figure, alt=race_words(found))


EXPLORER: Final = Explorer(ARITHMETIC, race_chart, bandit_race_picture)

bandit_race = opening(
    EXPLORER, "bandit_race", "Explore bandits: two policies on the same articles, visitor by visitor."
)

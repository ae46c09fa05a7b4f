"""Multi-task learning: heads on their way from alone to all alike, and what training and test make of it."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import numpy as np

from course import plots
from course.explore import charts
from course.explore.live import Explorer, opening
from course.lessons.multitask.sharing_arrays import (
    ALIKE,
    ALONE,
    ARITHMETIC,
    IS_LARGE,
    PENALTIES,
    SharingState,
    sharing_arrays,
    sharing_words,
)

_LEVELS, _SLOPES = (-40.0, 40.0), (-20.0, 60.0)  # the part of the plane that is shown


def sharing_chart() -> Any:
    """Left: heads in the plane of their two coefficients; right: errors along the dial."""
    errors = alt.vconcat(_train_and_test(), _small_and_large(), spacing=10)
    return charts.finish(alt.hconcat(_heads(), errors, spacing=30))


def _heads() -> Any:
    def at(level: str, slope: str) -> dict[str, Any]:
        return {
            "x": charts.x_axis(level, "level (croissants a day)", *_LEVELS, clamp=True),
            "y": charts.y_axis(slope, "warmth: croissants for a standard deviation", *_SLOPES, clamp=True),
        }

    base = charts.table("heads")
    size = alt.Size("size:N", scale=alt.Scale(domain=["small", "large"], range=[45, 160]), legend=None)
    way = base.mark_rule(strokeWidth=1, opacity=0.6).encode(
        **at("own_level", "own_slope"), x2=alt.X2("level:Q"), y2=alt.Y2("slope:Q")
    )
    own = base.mark_point(filled=False, color=charts.NONE, opacity=1).encode(size, **at("own_level", "own_slope"))
    now = base.mark_point(filled=True, color=charts.PARTIAL, opacity=1).encode(size, **at("level", "slope"))
    cross = {"shape": "cross", "angle": 45, "size": 40, "filled": True, "opacity": 0.8, "color": charts.INK}
    true = base.mark_point(**cross).encode(**at("true_level", "true_slope"))
    middle = charts.table("mean").mark_point(shape="diamond", size=260, filled=False, color=charts.COMPLETE, opacity=1)
    layers = alt.layer(way, own, now, true, middle.encode(**at("level", "slope")))
    return layers.properties(width=290, height=320, title="Circles alone, dots now, diamond mean head, x truth")


def _across() -> alt.X:
    axis = alt.Axis(values=[0.01, 1, 100, 10_000], format="~g")
    return charts.x_axis("penalty", "lambda, the pull to the mean head", ALONE, ALIKE, type="log", axis=axis)


_LOOKS: Final = {
    "train error": (charts.NONE, charts.DOTTED),
    "test error": (charts.PARTIAL, charts.SOLID),
    "small shops": (charts.GREEN, charts.DASHDOT),
    "large shops": (charts.COMPLETE, charts.DASHED),
}
_PANEL: Final = {"width": 320, "height": 130}


def _lines(names: tuple[str, str]) -> list[Any]:
    looks = charts.Looks(**{name.replace(" ", "_"): look for name, look in _LOOKS.items()})
    along, here = charts.table("along").encode(_across()), charts.table("here").encode(_across())
    layers = [
        charts.table("learned").mark_rule(strokeDash=charts.DASHED).encode(_across()),
        here.mark_rule(strokeWidth=1),
    ]
    for name in names:
        height = alt.Y(f"{name.split()[0]}:Q", title="croissants a day", scale=alt.Scale(zero=False))
        layers.append(looks.line(along, name, height))
        layers.append(here.mark_point(filled=True, size=60, opacity=1, color=_LOOKS[name][0]).encode(height))
    return layers


def _train_and_test() -> Any:
    title = "Solid rule: here; dashed: lambda learned (ticks: in other worlds)"
    others = charts.table("others").mark_tick(opacity=0.5, height=8, color=charts.INK)
    ticks = others.encode(_across(), y=alt.value(126))
    return alt.layer(ticks, *_lines(("train error", "test error"))).properties(**_PANEL, title=title)


def _small_and_large() -> Any:
    layers = _lines(("small shops", "large shops"))
    return alt.layer(*layers).properties(**_PANEL, title="Test error beyond noise")


_STYLES: Final = {
    "train": (charts.NONE, ":"),
    "test": (charts.PARTIAL, "-"),
    "small": (charts.GREEN, "-."),
    "large": (charts.COMPLETE, "--"),
}


def sharing_picture(state: SharingState) -> plots.Picture:
    """The same picture for a page without a kernel."""
    found = sharing_arrays(state)
    figure, axes = plots.subplots(1, 3, size=(10.5, 3.8), width_ratios=[1.1, 1, 1])
    left, *right = axes
    for own, now in zip(found.alone, found.now, strict=True):
        left.plot(*zip(own, now, strict=True), color=plots.INK, linewidth=0.8, alpha=0.6)
    for group, marker in ((~IS_LARGE, 5), (IS_LARGE, 9)):
        left.plot(*found.alone[group].T, "o", color=plots.NONE, fillstyle="none", markersize=marker)
        left.plot(*found.now[group].T, "o", color=plots.PARTIAL, markersize=marker)
    left.plot(*found.truth.T, "x", color=plots.INK, markersize=5)
    left.plot(*found.mean, "D", color=plots.COMPLETE, fillstyle="none", markersize=13)
    left.set(xlim=_LEVELS, ylim=_SLOPES, xlabel="level (croissants a day)", ylabel="warmth (croissants a sd)")
    left.set_title("circles alone, dots now, diamond mean head, x truth", fontsize=9)
    for ax, names in zip(right, (("train", "test"), ("small", "large")), strict=True):
        for name in names:
            color, style = _STYLES[name]
            ax.plot(PENALTIES, getattr(found.path, name), linestyle=style, color=color, label=name)
            ax.plot(state.penalty, getattr(found.here, name)[0], "o", color=color, markersize=6)
        ax.axvline(state.penalty, color=plots.INK, linewidth=0.9)
        ax.axvline(found.learned[0], color=plots.INK, linewidth=0.9, linestyle=(0, (4, 3)))
        ax.set(xscale="log", xlabel="lambda (dashed: learned)" if ax is right[1] else "lambda (ticks: other worlds)")
        plots.plain_numbers(ax)
        ax.legend()
    ticks = right[0].get_xaxis_transform()
    right[0].plot(found.learned[1:], np.full(found.learned.size - 1, 0.03), "|", color=plots.INK, transform=ticks)
    right[0].set(ylabel="error of a day (croissants)")
    right[1].set(ylabel="test error beyond noise (croissants)")
    return plots.picture(figure, alt=sharing_words(found))


EXPLORER: Final = Explorer(ARITHMETIC, sharing_chart, sharing_picture)

sharing = opening(
    EXPLORER, "sharing", "Explore multi-task learning: pull the heads of twelve shops from alone to all alike."
)

"""Multi-task learning: heads on their way from alone to all alike, and what training and test make of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import altair as alt
import ipywidgets as widgets
import numpy as np

from course import plots
from course.explore import charts, controls
from course.explore.live import Explorer, Tables, opening
from course.lessons.multitask.sharing_arrays import (
    ALIKE,
    ALONE,
    IS_LARGE,
    LARGE,
    MOST_ROWS,
    PENALTIES,
    SMALL,
    SharingArrays,
    SharingState,
    sharing_arrays,
)

_LEVELS, _SLOPES = (-40.0, 40.0), (-20.0, 60.0)  # the part of the plane that is shown


def sharing_tables(found: SharingArrays) -> Tables:
    """Tables of the chart."""
    size = np.where(IS_LARGE, "large", "small")
    heads = {
        "size": size, "level": found.now[:, 0].round(2), "slope": found.now[:, 1].round(2),
        "own_level": found.alone[:, 0].round(2), "own_slope": found.alone[:, 1].round(2),
        "true_level": found.truth[:, 0].round(2), "true_slope": found.truth[:, 1].round(2),
    }  # fmt: skip
    along = {"penalty": PENALTIES.round(5)} | {name: values.round(3) for name, values in found.path._asdict().items()}
    here = {"penalty": found.state.penalty} | {name: values.round(3) for name, values in found.here._asdict().items()}
    return {
        "heads": heads, "mean": {"level": found.mean[0].round(2), "slope": found.mean[1].round(2)}, "along": along,
        "here": here, "learned": {"penalty": found.learned[:1]}, "others": {"penalty": found.learned[1:]},
    }  # fmt: skip


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


def _most_likely(found: SharingArrays) -> str:
    first = found.learned[0]
    return "without end: one head for all" if first >= ALIKE else f"{first:.2g}"


def sharing_summary(found: SharingArrays) -> str:
    """What sharing does to training, test, small and large shops."""
    here = found.here
    return (
        f"At lambda {found.state.penalty:.3g} a day is missed by {here.train[0]:.1f} in training and "
        f"{here.test[0]:.1f} on test. Beyond noise small shops are off by {here.small[0]:.1f} and large ones by "
        f"{here.large[0]:.1f}. Learned from these shops, lambda is {_most_likely(found)}; "
        f"the test error is lowest at {found.best:.2g}, on average."
    )


def sharing_words(found: SharingArrays) -> str:
    """Alternative text of the picture."""
    width = np.ptp(found.now, axis=0).max() if found.state.penalty < ALIKE else 0.0
    path = found.path
    return (
        f"Left: heads of {SMALL} small and {LARGE} large shops in the plane of level and effect of warmth, each joined "
        f"to where it would be alone; at lambda {found.state.penalty:.3g} they span {width:.1f} croissants around the "
        f"mean head ({found.mean[0]:.1f}, {found.mean[1]:.1f}). Right, against lambda: the train error rises from "
        f"{path.train[0]:.1f} to {path.train[-1]:.1f}; the test error starts at {path.test[0]:.1f}, is lowest, "
        f"{path.test.min():.1f}, near {found.best:.2g} and ends at {path.test[-1]:.1f}. Small shops are off by "
        f"{path.small[0]:.1f} at the left end and {path.small[-1]:.1f} at the right, large ones by "
        f"{path.large[0]:.1f} and {path.large[-1]:.1f}, noise not counted. The learned lambda: {_most_likely(found)}; "
        f"{np.sum(found.learned >= ALIKE)} of {found.learned.size} worlds learn one head for all."
    )


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


def sharing_controls(start: SharingState) -> Mapping[str, widgets.Widget]:
    """Controls, one a field of the state."""
    return {
        "penalty": controls.log_slider("Pull to the mean head, lambda", start.penalty, ALONE, ALIKE, steps=60),
        "spread": controls.slider("How much shops differ, tau", start.spread, 0.0, 20.0, 1.0),
        "rows": controls.count("Days of a small shop", start.rows, 2, MOST_ROWS),
        "noise": controls.slider("Noise of a day, sigma", start.noise, 5.0, 45.0, 5.0),
    }


EXPLORER: Final = Explorer(
    SharingState,
    sharing_arrays,
    sharing_tables,
    sharing_chart,
    sharing_summary,
    sharing_words,
    sharing_controls,
    sharing_picture,
)

sharing = opening(
    EXPLORER, "sharing", "Explore multi-task learning: pull the heads of twelve shops from alone to all alike."
)

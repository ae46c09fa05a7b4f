"""The funnel: who can follow a kick, in which coordinates, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import altair as alt
import ipywidgets as widgets
import numpy as np

from course import plots
from course.explore import charts, controls
from course.explore.live import Explorer, Tables, show
from course.explore.two_forms import (
    CURVE,
    FORMS,
    REACH,
    SAFE,
    STEPS,
    TAUS,
    FunnelArrays,
    FunnelState,
    funnel_arrays,
    number,
    verdict,
)

THETAS: Final = (-30.0, 45.0)
ETAS: Final = (-5.0, 5.0)
_DIVERGED: Final = 1000.0
_LOWEST: Final = -10.0


def funnel_tables(found: FunnelArrays) -> Tables:
    """Tables of the chart."""
    tables: dict[str, Mapping[str, Any]] = {
        "cloud": {"tau": found.tau.round(4), "theta": found.theta.round(3), "eta": found.eta.round(3)},
        "limit": {"tau": CURVE, "centred": found.limit[0].round(4), "non": found.limit[1].round(4)},
        "chosen": {"step": found.state.step, "tau": found.walks[0].tau[0]},
        "posterior": {"low": found.interval[0], "high": found.interval[1], "height": REACH[0] * 1.25},
    }
    for name, walk in zip(("centred", "non"), found.walks, strict=True):
        count = walk.tau.size
        tables[name] = {
            "n": np.arange(count), "own": walk.own, "tau": walk.tau, "start": np.arange(count) == 0,
            "lost": (np.arange(count) == count - 1) & (walk.diverged >= 0),
            "error": np.clip(walk.error, _LOWEST, _DIVERGED),
        }  # fmt: skip
        gone = [walk.diverged] if walk.diverged >= 0 else []
        tables[f"{name}_end"] = {"n": gone, "error": [_DIVERGED] * len(gone)}
        tables[f"{name}_said"] = {"said": verdict(walk)}
    return tables


_LOOKS: Final = {"centred": (charts.NONE, charts.DOTTED), "non": (charts.PARTIAL, charts.SOLID)}


def funnel_chart() -> Any:
    """Top: the walk in each form over exact draws; bottom: its energy error, and the step that each tau allows."""
    walks = alt.hconcat(
        _walk_panel("centred", "theta", "theta of one group", THETAS, "Centred form"),
        _walk_panel("non", "eta", "eta of the same group", ETAS, "Non-centred form"),
        spacing=30,
    )
    return charts.finish(alt.vconcat(walks, alt.hconcat(_errors(), _limits(), spacing=30), spacing=12))


def _tau_axis() -> alt.Axis:
    return alt.Axis(values=[0.1, 1, 10], format="~g")


def _walk_panel(name: str, field: str, title: str, ends: tuple[float, float], heading: str) -> Any:
    color, _ = _LOOKS[name]
    height = charts.y_axis("tau", "tau (log scale)", *TAUS, type="log", axis=_tau_axis())
    cloud = charts.table("cloud").mark_circle(size=9, opacity=0.45, color=charts.INK, clip=True)
    walk = charts.table(name).encode(charts.x_axis("own", title, *ends), height)
    said = charts.table(f"{name}_said").mark_text(align="left", baseline="bottom", fontSize=12, x=6, y=14)
    return alt.layer(
        cloud.encode(charts.x_axis(field, title, *ends), height),
        walk.mark_line(color=color, clip=True).encode(alt.Order("n:Q")),
        walk.mark_circle(size=22, opacity=1, color=color, clip=True),
        walk.transform_filter("datum.start").mark_point(size=130, strokeWidth=2, opacity=1, color=color, clip=True),
        walk.transform_filter("datum.lost").mark_point(
            shape="cross", angle=45, size=170, filled=True, opacity=1, color=charts.INK, clip=True
        ),
        said.encode(alt.Text("said:N")),
    ).properties(width=300, height=210, title=heading)


def _errors() -> Any:
    looks = charts.Looks(centred=_LOOKS["centred"], **{"non-centred": _LOOKS["non"]})
    off = charts.y_axis(
        "error",
        "energy error",
        _LOWEST,
        1.6 * _DIVERGED,
        type="symlog",
        axis=alt.Axis(values=[-10, 0, 1, 10, 100, 1000]),
    )
    steps = charts.x_axis("n", "leapfrog step", 0, STEPS)
    base = {name: charts.table(name).encode(steps) for name in _LOOKS}
    limit = alt.Chart(alt.InlineData(values=[{"error": _DIVERGED}]))
    ends = [
        charts.table(f"{name}_end")
        .mark_point(shape="cross", angle=45, size=170, filled=True, opacity=1, color=color)
        .encode(steps, off)
        for name, (color, _) in _LOOKS.items()
    ]
    return alt.layer(
        limit.mark_rule(strokeDash=charts.DASHED, opacity=0.6, strokeWidth=1).encode(off),
        looks.line(base["centred"], "centred", off),
        looks.line(base["non"], "non-centred", off),
        *ends,
    ).properties(width=300, height=170, title="Energy out of nothing (dashed: reported as a divergence)")


def _limits() -> Any:
    looks = charts.Looks(centred=_LOOKS["centred"], **{"non-centred": _LOOKS["non"]})
    across = charts.x_axis("tau", "tau (log scale)", *TAUS, type="log", axis=_tau_axis())

    def height(field: str) -> alt.Y:
        axis = alt.Axis(values=[0.01, 0.1, 1, 10], format="~g")
        return charts.y_axis(field, "longest stable step", *REACH, type="log", axis=axis)

    base, chosen = charts.table("limit").encode(across), charts.table("chosen")
    here = charts.table("posterior").mark_rule(strokeWidth=6, opacity=0.5, strokeCap="butt")
    return alt.layer(
        here.encode(alt.X("low:Q"), alt.X2("high:Q"), alt.Y("height:Q")),
        looks.line(base, "centred", height("centred"), clip=True),
        looks.line(base, "non-centred", height("non"), clip=True),
        chosen.mark_rule(strokeDash=charts.DASHED).encode(alt.Y("step:Q")),
        chosen.mark_point(size=110, strokeWidth=2, opacity=1, color=charts.INK).encode(across, alt.Y("step:Q")),
    ).properties(width=300, height=170, title="The step each tau allows (bar: 90% of tau; dashed: yours)")


def winner(found: FunnelArrays) -> str:
    """Form that can take the longer step; neither where they differ by less than a fifth."""
    centred, non = found.reach
    return "neither form" if max(centred, non) < 1.2 * min(centred, non) else f"the {FORMS[int(non > centred)]} form"


def funnel_summary(found: FunnelArrays) -> str:
    """Who strides further and what became of the kick, in two sentences."""
    centred, non = found.reach
    lost, other = (verdict(walk).partition(",")[0] for walk in found.walks)
    return (
        f"Information {number(found.state.information)}: a step is stable over {SAFE:.0%} of the posterior up to "
        f"{number(centred)} centred and {number(non)} non-centred, so {winner(found)} strides further. "
        f"With your step of {number(found.state.step)} the centred ball: {lost}; the non-centred: {other}."
    )


def funnel_words(found: FunnelArrays) -> str:
    """Alternative text of the picture."""
    low, high = found.interval
    theta, eta = (np.quantile(x, (0.05, 0.95)) for x in (found.theta, found.eta))
    return (
        f"Top: exact draws of tau (90% from {low:.2g} to {high:.2g}) against theta of one group (90% from "
        f"{theta[0]:.1f} to {theta[1]:.1f}) and against its eta ({eta[0]:.1f} to {eta[1]:.1f}), each with a "
        f"trajectory of {STEPS} steps of {found.state.step:.2g} from tau = {found.walks[0].tau[0]:.2g}. Centred: "
        f"{verdict(found.walks[0])}. Non-centred: {verdict(found.walks[1])}. Bottom: energy error by step, and the "
        f"longest stable step against tau: centred from {found.limit[0, 0]:.2g} at the smallest tau to "
        f"{found.limit[0, -1]:.2g} at the largest, non-centred from {found.limit[1, 0]:.2g} to "
        f"{found.limit[1, -1]:.2g}. The chosen step is stable over {found.share[0]:.0%} of the posterior centred "
        f"and {found.share[1]:.0%} non-centred."
    )


def funnel_picture(state: FunnelState) -> plots.Picture:
    """The same picture for a page without a kernel."""
    found = funnel_arrays(state)
    figure, ((centred, non), (errors, limits)) = plots.subplots(2, 2, size=(9, 6.4))
    looks = ((plots.NONE, ":"), (plots.PARTIAL, "-"))
    panels = ((centred, found.theta, THETAS, "theta"), (non, found.eta, ETAS, "eta"))
    for (ax, cloud, ends, name), walk, (color, dash), form, limit in zip(
        panels, found.walks, looks, FORMS, found.limit, strict=True
    ):
        ax.plot(cloud, found.tau, ".", markersize=2.5, color=plots.INK, alpha=0.5)
        ax.plot(walk.own, walk.tau, ".-", color=color, linewidth=1)
        ax.plot(walk.own[0], walk.tau[0], "o", color=color, fillstyle="none", markersize=9)
        ax.set(yscale="log", ylim=TAUS, xlim=ends, xlabel=f"{name} of one group", ylabel="tau")
        ax.set_title(f"{form}: {verdict(walk).partition(',')[0]}")
        errors.plot(np.clip(walk.error, _LOWEST, _DIVERGED), dash, color=color, label=form)
        if walk.diverged >= 0:
            ax.plot(walk.own[-1], walk.tau[-1], "x", color=plots.INK, markersize=10, markeredgewidth=2)
            errors.plot(walk.diverged, _DIVERGED, "x", color=color, markersize=9, markeredgewidth=2)
        limits.plot(CURVE, limit, dash, color=color, label=form)
    errors.set(yscale="symlog", ylim=(_LOWEST, 2 * _DIVERGED), xlim=(0, STEPS), xlabel="leapfrog step")
    errors.set_title("energy error (a divergence from 1000)")
    plots.reference_line(errors, _DIVERGED, "", vertical=False)
    plots.reference_line(limits, state.step, "your step", vertical=False)
    limits.plot(found.interval, [REACH[0] * 1.25] * 2, color=plots.INK, linewidth=5, alpha=0.5)
    limits.set(xscale="log", yscale="log", xlim=TAUS, ylim=REACH, xlabel="tau", title="longest stable step")
    errors.legend()
    plots.plain_numbers(centred, non, errors, limits)
    return plots.picture(figure, alt=funnel_words(found))


def funnel_controls(start: FunnelState) -> Mapping[str, widgets.Widget]:
    """Controls, one a field of the state."""
    return {
        "information": controls.log_slider(
            "Information per group, tau²/sigma²", start.information, 0.01, 1000, steps=50
        ),
        "step": controls.log_slider("Step size (posterior sd)", start.step, *REACH, steps=60),
        "start": controls.slider("Start: percentile of tau", start.start, 1.0, 99.0, 1.0),
        "kick": controls.count("Kick, one of twenty", start.kick, 1, 20),
    }


FUNNEL: Final = Explorer(funnel_arrays, funnel_tables, funnel_chart, funnel_summary, funnel_words, funnel_controls)


def funnel(start: FunnelState | None = None) -> widgets.VBox:
    """Explore the funnel: data per group, step size, start and kick; the same ball rolls in both coordinate systems.

    Parameters
    ----------
    start : FunnelState, optional
        Where the controls stand at first.

    Returns
    -------
    ipywidgets.VBox
        Picture, controls and a line that says what they did.
    """
    return show(FUNNEL, start or FunnelState())

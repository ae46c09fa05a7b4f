"""Shrinkage given tau: a line moves through the triptych, and weights and estimates follow."""

from __future__ import annotations

from typing import Any, Final

import altair as alt

from course import plots
from course.explore import charts
from course.explore.live import Explorer, opening
from course.lessons.shrinkage.shrinkage_arrays import (
    ARITHMETIC,
    EFFECTS,
    FARTHEST_TAU,
    SCHOOLS,
    STEPS,
    ShrinkageState,
    shrinkage_arrays,
    shrinkage_words,
)


def shrinkage_chart() -> Any:
    """Density of tau and paths of the means with a line at tau; below, weights and the moves to the mean."""
    base = charts.table("tau").encode(charts.x_axis("tau", "tau (points)", 0, FARTHEST_TAU))
    line = charts.table("at").mark_rule(strokeWidth=1.5, strokeDash=charts.DASHED).encode(alt.X("tau:Q"))
    height = alt.Y("density:Q", title="density", axis=charts.NO_SCALE)
    first = alt.layer(
        base.mark_area(opacity=0.15, color=charts.PARTIAL).encode(height),
        base.mark_line(color=charts.PARTIAL).encode(height),
        line,
    ).properties(width=270, height=150, title="p(tau | y), and the tau you chose")
    top = alt.hconcat(first, _paths(base, line), spacing=30)
    return charts.finish(alt.vconcat(top, alt.hconcat(_weights(), _moves(), spacing=30), spacing=12))


def _paths(base: Any, line: Any) -> Any:
    def effect(field: str) -> alt.Y:
        return charts.y_axis(field, "E[theta | tau, y] (points)", *EFFECTS)

    thin = [base.mark_line(color=charts.INK, strokeWidth=1, opacity=0.5).encode(effect(name)) for name in SCHOOLS]
    bold = base.mark_line(color=charts.NONE, strokeWidth=2.5).encode(effect("chosen"))
    dots = charts.table("school").mark_point(filled=True, size=35, opacity=1)
    dots = dots.encode(alt.X("tau:Q"), effect("mean"), _highlight(), _diamond())
    title = "Estimates fan out as tau grows (bold: your school)"
    return alt.layer(*thin, bold, line, dots).properties(width=300, height=150, title=title)


def _highlight() -> alt.Color:
    return alt.Color(
        "chosen:N", scale=alt.Scale(domain=[True, False], range=[charts.NONE, charts.PARTIAL]), legend=None
    )


def _diamond() -> alt.Shape:
    """What tells the chosen school from the others where its colour does not."""
    return alt.Shape("chosen:N", scale=alt.Scale(domain=[True, False], range=["diamond", "circle"]), legend=None)


def _large() -> alt.Size:
    return alt.Size("chosen:N", scale=alt.Scale(domain=[True, False], range=[110, 60]), legend=None)


def _rows() -> Any:
    axis = alt.Axis(domain=False, ticks=False, labelPadding=6)
    return charts.table("school").encode(alt.Y("school:N", title="school", axis=axis))


def _weights() -> Any:
    base = _rows().encode(charts.x_axis("weight", "lambda = tau² / (tau² + sigma²)", 0, 1))
    chosen, others = base.transform_filter("datum.chosen"), base.transform_filter("!datum.chosen")
    text = alt.Text("weight:Q", format=".2f")
    return alt.layer(
        base.mark_bar(height=9).encode(_highlight()),
        chosen.mark_bar(height=12, filled=False, stroke=charts.INK, strokeWidth=2),
        others.mark_text(align="left", dx=5, fontSize=11).encode(text),
        chosen.mark_text(align="left", dx=5, fontSize=12, fontWeight="bold").encode(text),
    ).properties(width=270, height=170, title="Weight on the own report (outlined: your school)")


def _moves() -> Any:
    def at(field: str) -> alt.X:
        return charts.x_axis(field, "effect of coaching (SAT-V points)", *EFFECTS)

    base = _rows()
    mu = charts.table("at").mark_rule(strokeDash=charts.DASHED, strokeWidth=1).encode(alt.X("mu:Q"))
    way = (
        base.transform_filter("datum.chosen").mark_rule(strokeWidth=3, opacity=0.6).encode(at("own"), alt.X2("mean:Q"))
    )
    return alt.layer(
        mu,
        base.mark_rule(strokeWidth=1, opacity=0.6).encode(at("own"), alt.X2("mean:Q")),
        way,
        base.mark_point(strokeWidth=2, opacity=1).encode(at("own"), _highlight(), _diamond(), _large()),
        base.mark_point(filled=True, opacity=1).encode(at("mean"), _highlight(), _diamond(), _large()),
    ).properties(width=300, height=170, title="From own report (open) to the mean (diamond: your school)")


def shrinkage_picture(state: ShrinkageState) -> plots.Picture:
    """The same picture for a page without a kernel."""
    found = shrinkage_arrays(state)
    figure, axes = plots.subplots(2, 2, size=(9, 5.6))
    (first, paths), (weights, moves) = axes
    plots.density(first, STEPS, found.density)
    plots.reference_line(first, state.tau, f"tau {state.tau:.1f}")
    first.set(xlabel="tau (points)", title="p(tau | y)")
    for j, path in enumerate(found.paths.T):
        bold = j == found.chosen
        paths.plot(STEPS, path, color=plots.NONE if bold else plots.INK, linewidth=2.5 if bold else 0.8)
    plots.reference_line(paths, state.tau, "")
    paths.set(xlabel="tau (points)", title="E[theta | tau, y] (points)", ylim=EFFECTS)
    colors = [plots.NONE if j == found.chosen else plots.PARTIAL for j in range(len(SCHOOLS))]
    bars = weights.barh(range(len(SCHOOLS))[::-1], found.weight, height=0.5, color=colors, tick_label=list(SCHOOLS))
    bars[found.chosen].set(edgecolor=plots.INK, linewidth=1.5)
    weights.set(xlabel="lambda, weight on the school's own report", xlim=(0, 1))
    plots.slopes(moves, found.own, found.mean, SCHOOLS, mu=found.mu)
    moves.set(xlabel="effect of coaching (SAT-V points)", xlim=EFFECTS)
    for label in (*weights.get_yticklabels(), *moves.get_yticklabels()):
        label.set_fontweight("bold" if label.get_text() == state.school else "normal")
    return plots.picture(figure, alt=shrinkage_words(found))


EXPLORER: Final = Explorer(ARITHMETIC, shrinkage_chart, shrinkage_picture)

shrinkage = opening(
    EXPLORER,
    "shrinkage",
    "Explore shrinkage: move tau and one school's standard error, see weights and estimates follow.",
)

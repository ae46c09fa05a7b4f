"""Shrinkage given tau: a line moves through the triptych, and weights and estimates follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

import altair as alt
import ipywidgets as widgets
import numpy as np
from scipy import stats

from course import data, exact, plots
from course.explore import charts, controls
from course.explore.live import Explorer, Tables, opening
from course.shrinkage import data_weight
from course.validate import FloatArray

FARTHEST_TAU: Final = 30.0  # points
EFFECTS: Final = (-10.0, 32.0)
_STEPS: Final = np.linspace(0.0, FARTHEST_TAU, 61)
_SCHOOLS: Final = tuple("ABCDEFGH")


@dataclass(frozen=True)
class ShrinkageState:
    """What the learner can set: tau, and the standard error of one school. SAT-V points."""

    tau: float = 6.5
    school: str = "A"
    sigma: float = 15.0


class ShrinkageArrays(NamedTuple):
    """What the setting means. Units are SAT-V points; the weights lambda are between 0 and 1.

    density has shape (61,) and paths (61, 8), at 0 to 30 points; own, sigma, weight, mean have shape (8,), given tau.
    """

    state: ShrinkageState
    density: FloatArray
    paths: FloatArray
    own: FloatArray
    sigma: FloatArray
    weight: FloatArray
    mean: FloatArray
    mu: float

    @property
    def chosen(self) -> int:
        """Place of the school whose standard error the learner sets."""
        return _SCHOOLS.index(self.state.school)


@lru_cache(maxsize=64)
def _posterior(school: str, sigma: float) -> tuple[exact.NormalPosterior, FloatArray, FloatArray]:
    """Posterior, density of tau and paths of the means: none depends on tau, the slider that is moved most."""
    found = data.load("eight_schools")
    se = np.where(found.school == school, sigma, found.sigma.astype(float))
    prior = stats.halfnorm(scale=10)
    posterior = exact.normal_posterior(found.effect.astype(float), se, mu_prior=(0.0, 10.0), tau_prior=prior)
    density = np.interp(_STEPS, posterior.tau_grid, posterior.tau_density)
    return posterior, density, posterior.conditional(_STEPS).theta_mean


def shrinkage_arrays(state: ShrinkageState) -> ShrinkageArrays:
    """Exact posterior given tau, under lesson 04's priors."""
    posterior, density, paths = _posterior(state.school, state.sigma)
    given = posterior.conditional(state.tau)
    weight = data_weight(posterior.sigma, state.tau)
    return ShrinkageArrays(
        state, density, paths, posterior.y, posterior.sigma, weight, given.theta_mean[0], float(given.mu_mean[0])
    )


def shrinkage_tables(found: ShrinkageArrays) -> Tables:
    """Tables of the chart."""
    names = np.array(_SCHOOLS)
    here = names == found.state.school
    paths = {name: found.paths[:, j] for j, name in enumerate(_SCHOOLS)}
    return {
        "tau": {"tau": _STEPS, "density": found.density, **paths, "chosen": found.paths[:, found.chosen]},
        "at": {"tau": found.state.tau, "mu": found.mu},
        "school": {
            "school": names, "own": found.own, "mean": found.mean, "weight": found.weight, "chosen": here,
            "tau": found.state.tau,
        },
    }  # fmt: skip


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

    thin = [base.mark_line(color=charts.INK, strokeWidth=1, opacity=0.5).encode(effect(name)) for name in _SCHOOLS]
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


def shrinkage_summary(found: ShrinkageArrays) -> str:
    """What happens to the chosen school, in one sentence."""
    j, state = found.chosen, found.state
    return (
        f"At tau = {state.tau:.1f} points school {state.school} (standard error {state.sigma:.0f}) keeps "
        f"{found.weight[j]:.0%} of its own report: {found.own[j]:.0f} becomes {found.mean[j]:.1f}, "
        f"the mean being {found.mu:.1f} points."
    )


def shrinkage_words(found: ShrinkageArrays) -> str:
    """Alternative text of the picture."""
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in zip(_SCHOOLS, found.weight, strict=True))
    return (
        f"Top: density of tau from 0 to {FARTHEST_TAU:.0f} points, and the eight conditional means fanning out from "
        f"{found.paths[0].mean():.1f} at tau 0, with a line at tau = {found.state.tau:.1f}. Bottom: weights on the own "
        f"report, {weights}; and each report moved towards the mean {found.mu:.1f}, to between "
        f"{found.mean.min():.1f} and {found.mean.max():.1f} points."
    )


def shrinkage_picture(state: ShrinkageState) -> plots.Picture:
    """The same picture for a page without a kernel."""
    found = shrinkage_arrays(state)
    figure, axes = plots.subplots(2, 2, size=(9, 5.6))
    (first, paths), (weights, moves) = axes
    plots.density(first, _STEPS, found.density)
    plots.reference_line(first, state.tau, f"tau {state.tau:.1f}")
    first.set(xlabel="tau (points)", title="p(tau | y)")
    for j, path in enumerate(found.paths.T):
        bold = j == found.chosen
        paths.plot(_STEPS, path, color=plots.NONE if bold else plots.INK, linewidth=2.5 if bold else 0.8)
    plots.reference_line(paths, state.tau, "")
    paths.set(xlabel="tau (points)", title="E[theta | tau, y] (points)", ylim=EFFECTS)
    colors = [plots.NONE if j == found.chosen else plots.PARTIAL for j in range(len(_SCHOOLS))]
    bars = weights.barh(range(len(_SCHOOLS))[::-1], found.weight, height=0.5, color=colors, tick_label=list(_SCHOOLS))
    bars[found.chosen].set(edgecolor=plots.INK, linewidth=1.5)
    weights.set(xlabel="lambda, weight on the school's own report", xlim=(0, 1))
    plots.slopes(moves, found.own, found.mean, _SCHOOLS, mu=found.mu)
    moves.set(xlabel="effect of coaching (SAT-V points)", xlim=EFFECTS)
    for label in (*weights.get_yticklabels(), *moves.get_yticklabels()):
        label.set_fontweight("bold" if label.get_text() == state.school else "normal")
    return plots.picture(figure, alt=shrinkage_words(found))


def shrinkage_controls(start: ShrinkageState) -> Mapping[str, widgets.Widget]:
    """Controls, one a field of the state."""
    return {
        "tau": controls.slider("tau (points)", start.tau, 0.0, FARTHEST_TAU, 0.5),
        "school": controls.choice("Your school", start.school, _SCHOOLS),
        "sigma": controls.slider("Its standard error (points)", start.sigma, 1.0, 40.0, 1.0),
    }


EXPLORER: Final = Explorer(
    ShrinkageState,
    shrinkage_arrays,
    shrinkage_tables,
    shrinkage_chart,
    shrinkage_summary,
    shrinkage_words,
    shrinkage_controls,
    shrinkage_picture,
)

shrinkage = opening(
    EXPLORER,
    "shrinkage",
    "Explore shrinkage: move tau and one school's standard error, see weights and estimates follow.",
)

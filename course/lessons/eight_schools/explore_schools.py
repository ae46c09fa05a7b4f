"""Eight schools: the prior moves, the exact posterior of tau and of the eight effects moves with it."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import numpy as np

from course import plots
from course.explore import charts
from course.explore.live import Explorer, opening
from course.lessons.eight_schools.schools_arrays import (
    ARITHMETIC,
    EFFECTS,
    FARTHEST_TAU,
    SchoolsState,
    schools_arrays,
    schools_words,
)


def schools_chart() -> Any:
    """Left the density of tau with its prior, right one row a school."""
    looks = charts.Looks(posterior=(charts.PARTIAL, charts.SOLID), prior=(charts.NONE, charts.DASHED))
    base = charts.table("tau").encode(charts.x_axis("tau", "tau: spread between schools (points)", 0, FARTHEST_TAU))

    def height(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title="density", axis=charts.NO_SCALE)

    left = alt.layer(
        base.mark_area(opacity=0.15, color=charts.PARTIAL).encode(height("posterior")),
        looks.line(base, "posterior", height("posterior")),
        looks.line(base, "prior", height("prior")),
    ).properties(width=250, height=210, title="How much do schools differ?")
    return charts.finish(alt.hconcat(left, _rows(), spacing=30))


def _rows() -> Any:
    base = charts.table("effect").encode(y=alt.Y("school:N", title="school", axis=alt.Axis(domain=False, ticks=False)))
    title = "effect of coaching (SAT-V points)"

    def at(field: str) -> alt.X:
        return charts.x_axis(field, title, *EFFECTS)

    return alt.layer(
        base.mark_rule(color=charts.PARTIAL, strokeWidth=1.5).encode(x=at("low"), x2="high:Q"),
        base.mark_rule(color=charts.PARTIAL, strokeWidth=5).encode(x=at("lower"), x2="upper:Q"),
        base.mark_point(shape="diamond", filled=True, opacity=1, color=charts.INK, size=70).encode(x=at("mean")),
        base.mark_point(color=charts.NONE, size=70, strokeWidth=2, opacity=1).encode(x=at("own")),
    ).properties(width=330, height=210, title="Circle: own report. Diamond: posterior mean, with 50% and 89%")


def schools_picture(state: SchoolsState) -> plots.Picture:
    """The same picture for a page without a kernel."""
    found = schools_arrays(state)
    figure, (left, right) = plots.subplots(1, 2, size=(9, 3.4))
    plots.density(left, found.tau, found.density, label="posterior")
    left.plot(found.tau, found.prior, "--", color=plots.NONE, label="prior")
    left.set(xlim=(0, FARTHEST_TAU), xlabel="tau: spread between schools (points)")
    left.legend()
    rows = np.arange(len(found.school))[::-1]
    for (low, high), width in (((0, 3), 1.5), ((1, 2), 4.0)):
        right.hlines(rows, found.interval[low], found.interval[high], color=plots.PARTIAL, linewidth=width)
    plots.slopes(right, found.own, found.mean, found.school)
    right.set(xlim=EFFECTS, xlabel="effect of coaching (SAT-V points)")
    return plots.picture(figure, alt=schools_words(found))


EXPLORER: Final = Explorer(ARITHMETIC, schools_chart, schools_picture)

schools = opening(
    EXPLORER, "schools", "Explore the eight schools: choose the prior on tau and mu, see the exact posterior move."
)

"""Eight schools: the prior moves, the exact posterior of tau and of the eight effects moves with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, NamedTuple, get_args

import altair as alt
import ipywidgets as widgets
import numpy as np
from scipy import stats

from course import data, exact, plots
from course.explore import charts, controls
from course.explore.live import Explorer, Tables, opening
from course.validate import FloatArray

Family = Literal["half-normal", "half-Cauchy", "exponential", "uniform from 0 to scale", "flat (no scale)"]

_FLAT: Final[Family] = "flat (no scale)"
FARTHEST_TAU: Final = 30.0  # points: the right end of the picture
EFFECTS: Final = (-30.0, 60.0)
_LEVELS: Final = (0.055, 0.25, 0.75, 0.945)


@dataclass(frozen=True)
class SchoolsState:
    """What the learner can set: the prior on tau, and the prior standard deviation of mu. SAT-V points."""

    family: Family = "half-normal"
    scale: float = 10.0
    mu_sd: float = 10.0
    flat_mu: bool = False


class SchoolsArrays(NamedTuple):
    """What the setting means. Units are SAT-V points.

    tau, density and prior have shape (n,); own, mean have shape (8,); interval has shape (4, 8), at 5.5, 25, 75,
    94.5%.
    """

    state: SchoolsState
    school: tuple[str, ...]
    tau: FloatArray
    density: FloatArray
    prior: FloatArray
    tau_median: float
    own: FloatArray
    mean: FloatArray
    interval: FloatArray


@cache
def _schools() -> tuple[tuple[str, ...], FloatArray, FloatArray]:
    found = data.load("eight_schools")
    return tuple(found.school), found.effect.astype(float), found.sigma.astype(float)


def tau_prior(state: SchoolsState) -> Any:
    """Frozen prior on tau; None for the flat one."""
    made = {
        "half-normal": stats.halfnorm,
        "half-Cauchy": stats.halfcauchy,
        "exponential": stats.expon,
        "uniform from 0 to scale": stats.uniform,
    }
    return made[state.family](scale=state.scale) if state.family in made else None


def schools_arrays(state: SchoolsState) -> SchoolsArrays:
    """Exact posterior under this prior, by quadrature."""
    names, y, sigma = _schools()
    prior = tau_prior(state)
    posterior = exact.normal_posterior(
        y, sigma, mu_prior=None if state.flat_mu else (0.0, state.mu_sd), tau_prior=prior
    )
    seen = np.flatnonzero(posterior.tau_grid <= FARTHEST_TAU)[::2]  # every second node still draws a smooth line
    tau, density = posterior.tau_grid[seen], posterior.tau_density[seen]
    height = np.zeros(tau.shape) if prior is None else np.asarray(prior.pdf(tau))
    return SchoolsArrays(
        state, names, tau, density, height, posterior.quantile("tau", 0.5), y,
        posterior.mean("theta"), posterior.quantile("theta", _LEVELS),
    )  # fmt: skip


def schools_tables(found: SchoolsArrays) -> Tables:
    """Tables of the chart."""
    low, lower, upper, high = found.interval
    return {
        "tau": {"tau": found.tau, "posterior": found.density, "prior": found.prior},
        "effect": {
            "school": np.array(found.school), "own": found.own, "mean": found.mean,
            "low": low, "lower": lower, "upper": upper, "high": high,
        },
    }  # fmt: skip


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


def schools_summary(found: SchoolsArrays) -> str:
    """What the prior has done, in one sentence."""
    mean = found.mean
    return (
        f"The posterior median of tau is {found.tau_median:.1f} points; school A's mean moves from 28 to "
        f"{mean[0]:.1f}, and the eight posterior means lie between {mean.min():.1f} and {mean.max():.1f} points."
    )


def schools_words(found: SchoolsArrays) -> str:
    """Alternative text of the picture."""
    low, _, _, high = found.interval
    state = found.state
    scale = "" if state.family == _FLAT else f" with scale {state.scale:.3g} points"
    peak = found.tau[np.argmax(found.density)]
    return (
        f"Left: posterior density of tau from 0 to {FARTHEST_TAU:.0f} points under a {state.family} prior{scale}, "
        f"highest at {peak:.1f}, median {found.tau_median:.1f}. Right: one row a school, own report and posterior "
        f"mean with intervals; the means run from {found.mean.min():.1f} to {found.mean.max():.1f} points, and school "
        f"A's 89% interval from {low[0]:.0f} to {high[0]:.0f}."
    )


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


def schools_controls(start: SchoolsState) -> Mapping[str, widgets.Widget]:
    """Controls, one a field of the state; those that the others leave without effect are disabled."""
    found: dict[str, Any] = {
        "family": controls.choice("Prior on tau", start.family, get_args(Family)),
        "scale": controls.log_slider("Scale of that prior (points)", start.scale, 0.5, 200.0),
        "mu_sd": controls.log_slider("Prior sd of the mean mu (points)", start.mu_sd, 1.0, 100.0),
        "flat_mu": controls.switch("Flat prior on mu instead", start.flat_mu),
    }
    widgets.dlink((found["flat_mu"], "value"), (found["mu_sd"], "disabled"))
    widgets.dlink((found["family"], "value"), (found["scale"], "disabled"), lambda family: family == _FLAT)
    return found


EXPLORER: Final = Explorer(
    SchoolsState,
    schools_arrays,
    schools_tables,
    schools_chart,
    schools_summary,
    schools_words,
    schools_controls,
    schools_picture,
)

schools = opening(
    EXPLORER, "schools", "Explore the eight schools: choose the prior on tau and mu, see the exact posterior move."
)

"""Eight schools, the arithmetic: the exact posterior of tau and of the eight effects under the prior that is set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, NamedTuple, get_args

import numpy as np

from course import data, exact
from course.exact import priors
from course.explore.parts import Arithmetic, Choice, Controls, LogSlider, Switch, Tables
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


def tau_prior(state: SchoolsState) -> priors.Prior | None:
    """Frozen prior on tau; None for the flat one."""
    made = {
        "half-normal": priors.halfnorm,
        "half-Cauchy": priors.halfcauchy,
        "exponential": priors.expon,
        "uniform from 0 to scale": priors.uniform,
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


def schools_idle(state: SchoolsState) -> frozenset[str]:
    """Controls that the others leave without effect: a flat prior has no scale."""
    flat = {"mu_sd": state.flat_mu, "scale": state.family == _FLAT}
    return frozenset(name for name, is_flat in flat.items() if is_flat)


_CONTROLS: Final[Controls] = {
    "family": Choice("Prior on tau", get_args(Family)),
    "scale": LogSlider("Scale of that prior (points)", 0.5, 200.0),
    "mu_sd": LogSlider("Prior sd of the mean mu (points)", 1.0, 100.0),
    "flat_mu": Switch("Flat prior on mu instead"),
}
ARITHMETIC: Final = Arithmetic(
    SchoolsState, schools_arrays, schools_tables, schools_summary, schools_words, _CONTROLS, schools_idle
)

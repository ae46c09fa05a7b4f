"""Shrinkage given tau, the arithmetic: weights, estimates, and where the line stands in the triptych."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from course import data, exact
from course.exact.priors import halfnorm
from course.explore.parts import Arithmetic, Choice, Controls, Slider, Tables
from course.shrinkage import data_weight
from course.validate import FloatArray

FARTHEST_TAU: Final = 30.0  # points
EFFECTS: Final = (-10.0, 32.0)
STEPS: Final = np.linspace(0.0, FARTHEST_TAU, 61)
SCHOOLS: Final = tuple("ABCDEFGH")


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
        return SCHOOLS.index(self.state.school)


@lru_cache(maxsize=64)
def _posterior(school: str, sigma: float) -> tuple[exact.NormalPosterior, FloatArray, FloatArray]:
    """Posterior, density of tau and paths of the means: none depends on tau, the slider that is moved most."""
    found = data.load("eight_schools")
    se = np.where(found.school == school, sigma, found.sigma.astype(float))
    prior = halfnorm(scale=10)
    posterior = exact.normal_posterior(found.effect.astype(float), se, mu_prior=(0.0, 10.0), tau_prior=prior)
    density = np.interp(STEPS, posterior.tau_grid, posterior.tau_density)
    return posterior, density, posterior.conditional(STEPS).theta_mean


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
    names = np.array(SCHOOLS)
    here = names == found.state.school
    paths = {name: found.paths[:, j] for j, name in enumerate(SCHOOLS)}
    return {
        "tau": {"tau": STEPS, "density": found.density, **paths, "chosen": found.paths[:, found.chosen]},
        "at": {"tau": found.state.tau, "mu": found.mu},
        "school": {
            "school": names, "own": found.own, "mean": found.mean, "weight": found.weight, "chosen": here,
            "tau": found.state.tau,
        },
    }  # fmt: skip


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
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in zip(SCHOOLS, found.weight, strict=True))
    return (
        f"Top: density of tau from 0 to {FARTHEST_TAU:.0f} points, and the eight conditional means fanning out from "
        f"{found.paths[0].mean():.1f} at tau 0, with a line at tau = {found.state.tau:.1f}. Bottom: weights on the own "
        f"report, {weights}; and each report moved towards the mean {found.mu:.1f}, to between "
        f"{found.mean.min():.1f} and {found.mean.max():.1f} points."
    )


def _reported() -> dict[str, float]:
    """Standard error of each school as it was reported: where the slider goes when the school is chosen."""
    found = data.load("eight_schools")
    return dict(zip(found.school.tolist(), found.sigma.astype(float).tolist(), strict=True))


_CONTROLS: Final[Controls] = {
    "tau": Slider("tau (points)", 0.0, FARTHEST_TAU, 0.5),
    "school": Choice("Your school", SCHOOLS, {name: {"sigma": se} for name, se in _reported().items()}),
    "sigma": Slider("Its standard error (points)", 1.0, 40.0, 1.0),
}
ARITHMETIC: Final = Arithmetic(
    ShrinkageState, shrinkage_arrays, shrinkage_tables, shrinkage_summary, shrinkage_words, _CONTROLS
)

"""Lines of 85 counties, the arithmetic: from one line for all to a line for each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from course import data, regression
from course.explore.parts import Arithmetic, Choice, Controls, Slider, Tables
from course.validate import FloatArray

COUNTIES: Final = (
    *("Aitkin", "Clay", "Douglas", "Hennepin", "Lac qui Parle", "Lincoln", "Ramsey", "Redwood", "St. Louis"),
    *("Stearns", "Washington", "Wilkin"),
)
LOGS: Final = (-2.5, 4.0)
LEVELS: Final = (-0.5, 3.5)
STEPS: Final = (-2.6, 1.8)
MOST: Final = 2.0


@dataclass(frozen=True)
class LinesState:
    """What the learner can set: the county in front, spread of levels and of steps (log pCi/L), their correlation."""

    county: str = "Lac qui Parle"
    tau_alpha: float = 0.35
    tau_beta: float = 0.35
    rho: float = 0.0


class LinesArrays(NamedTuple):
    """What the setting means, in log pCi/L.

    alpha and beta are the partially pooled lines, own and all of least squares; y and x are the houses of the county
    in front. has_line says which counties have a line of their own.
    """

    state: LinesState
    alpha: FloatArray
    beta: FloatArray
    own_alpha: FloatArray
    own_beta: FloatArray
    has_line: FloatArray
    everyone: tuple[float, float]
    y: FloatArray
    x: FloatArray
    chosen: int
    weight: float


class _Radon(NamedTuple):
    rows: regression.Rows
    sums: regression.Sums
    own: regression.OwnLines
    one: regression.OneLine
    sigma: float


@cache
def _radon() -> _Radon:
    found = data.load("radon")
    rows = regression.group_rows(found.log_radon, found.floor, found.county)
    totals = regression.sums(rows)
    return _Radon(rows, totals, regression.own_lines(rows), regression.one_line(rows), regression.within_sd(totals))


def lines_arrays(state: LinesState) -> LinesArrays:
    """Exact lines given these spreads, about the mean line that suits them best."""
    rows, totals, own, one, sigma = _radon()
    spread = regression.Population(0.0, 0.0, state.tau_alpha, state.tau_beta, state.rho, sigma)
    middle = regression.best_mean_line(totals, spread)
    lines = regression.lines_given(totals, spread._replace(mu_alpha=middle[0], mu_beta=middle[1]))
    chosen = int(np.flatnonzero(rows.groups.labels == state.county)[0])
    here = rows.groups.of_row == chosen
    # As in lesson 04, where the variance given mu and tau is tau^2 (1 - lambda).
    share = lines.sd_alpha[chosen] / state.tau_alpha if state.tau_alpha > 1e-6 else 1.0
    weight = 1.0 - min(share, 1.0) ** 2
    return LinesArrays(
        state, lines.alpha, lines.beta, own.alpha.filled(0.0), own.beta.filled(0.0), own.has_line.astype(float),
        (one.alpha, one.beta), rows.y[here], rows.x[here], chosen, float(weight),
    )  # fmt: skip


def lines_tables(found: LinesArrays) -> Tables:
    """Tables of the chart."""
    count, j = found.alpha.size, found.chosen
    front = np.arange(count) == j
    has = found.has_line > 0
    own = {"alpha": found.own_alpha[has & front], "end": (found.own_alpha + found.own_beta)[has & front]}
    return {
        "county": {
            "alpha": found.alpha.round(3), "beta": found.beta.round(3),
            "end": (found.alpha + found.beta).round(3), "left": 0, "right": 1,
        },
        "front": {
            "alpha": found.alpha[front], "beta": found.beta[front],
            "end": (found.alpha + found.beta)[front], "left": 0, "right": 1,
        },
        "own": {**own, "beta": found.own_beta[has & front], "left": [0] * int((has & front).sum()), "right": 1},
        "every": {"alpha": found.everyone[0], "end": sum(found.everyone), "left": 0, "right": 1},
        "house": {"x": found.x + 0.03 * np.linspace(-1, 1, found.x.size), "y": found.y},
        "start": {"alpha": found.own_alpha[has].round(3), "beta": found.own_beta[has].round(3)},
    }  # fmt: skip


def lines_summary(found: LinesArrays) -> str:
    """What the county's line has become, in one sentence."""
    state, j = found.state, found.chosen
    basement = np.exp(found.alpha[j])
    return (
        f"{state.county}, {found.y.size} house{'s' if found.y.size > 1 else ''}: its own data have weight "
        f"{found.weight:.2f} in its level, a typical basement has {basement:.1f} pCi/L and the first floor "
        f"{np.exp(found.beta[j]):.2f} times as much; levels of all counties run from "
        f"{np.exp(found.alpha.min()):.1f} to {np.exp(found.alpha.max()):.1f} pCi/L."
    )


def lines_words(found: LinesArrays) -> str:
    """Alternative text of the picture."""
    j = found.chosen
    own = (
        f"own line {found.own_alpha[j]:.2f} and {found.own_beta[j]:+.2f}"
        if found.has_line[j]
        else "no line of its own, since all its houses are on one floor"
    )
    return (
        f"Left: log radon against floor, partially pooled lines of {found.alpha.size} counties and the "
        f"{found.y.size} houses of {found.state.county}; its level and step are {found.alpha[j]:.2f} and "
        f"{found.beta[j]:+.2f}, {own}, the line of all houses {found.everyone[0]:.2f} and {found.everyone[1]:+.2f}. "
        f"Right: steps against levels; own lines scatter widely, the pooled ones have levels from "
        f"{found.alpha.min():.2f} to {found.alpha.max():.2f} and steps from {found.beta.min():.2f} to "
        f"{found.beta.max():.2f}."
    )


_CONTROLS: Final[Controls] = {
    "county": Choice("Your county", COUNTIES),
    "tau_alpha": Slider("tau alpha: counties differ in level", 0.0, MOST, 0.05),
    "tau_beta": Slider("tau beta: counties differ in step", 0.0, MOST, 0.05),
    "rho": Slider("rho: correlation of the two", -0.95, 0.95, 0.05),
}
ARITHMETIC: Final = Arithmetic(LinesState, lines_arrays, lines_tables, lines_summary, lines_words, _CONTROLS)

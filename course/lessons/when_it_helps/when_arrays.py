"""When does it help: expected errors of the three poolings in six situations, and their spread over platforms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from course.explore.parts import Arithmetic, Choice, Controls, Count, LogSlider, Slider, Tables
from course.situations import expected
from course.validate import FloatArray

MOST_DATA: Final = 10_000
PLATFORMS: Final = (
    300  # simulated once for each number of groups: the spread moves with the controls, not with the dice
)
NAMES: Final = ("no pooling", "complete pooling", "partial pooling")
_DATA: Final = np.geomspace(1.0, MOST_DATA, 49)
_TAILS: Final = (0.055, 0.945)
_SEED: Final = 20_261_124


class Kind(NamedTuple):
    """What is measured in a situation, its unit, what one piece of data is, and standard deviations in that unit.

    ``noise`` is that of a single piece of data about its group, ``tau`` that of groups as usual. Counts are taken as
    normal, which is rough where fewer than ten are counted.
    """

    measured: str
    unit: str
    data: str
    noise: float
    tau: float


KINDS: Final[Mapping[str, Kind]] = {
    "newcomers to a recommender": Kind("a user's mean rating", "stars", "ratings by each user", 0.94, 0.5),
    "fraud by city": Kind("frauds in 1,000 transactions", "frauds", "transactions of each city", 70.5, 3.52),
    "trials of a vaccine": Kind("log odds ratio", "log odds", "people in each arm (5% fall ill)", 7.9, 0.6),
    "a rare language": Kind("chance of an e after an r", "points", "r's read in each language", 38.0, 9.0),
    "an A/B test by segment": Kind("sales added to 100 customers", "points", "customers in each arm", 30.8, 0.5),
    "prices by city": Kind("log odds of buying at 50 euros", "log odds", "visitors of each city", 2.0, 2.1),
}


@dataclass(frozen=True)
class WhenState:
    """What the learner can set.

    Attributes
    ----------
    situation : str
        One of `KINDS`.
    groups : int
        How many there are.
    data : float
        Pieces of data in each group, rounded to a whole number.
    spread : float
        How much groups differ, as a multiple of what is usual in the situation.
    """

    situation: str = "fraud by city"
    groups: int = 20
    data: float = 100.0
    spread: float = 1.0


class WhenArrays(NamedTuple):
    """Root mean squared errors in the unit of the situation.

    data and winner (place in `NAMES`) have shape (n,); risk and here are of the three poolings, (3, n) and (3,).
    gain has shape (2, 3): of partial pooling over no and over complete pooling, the mean and the ends of the middle 89%
    of platforms, as shares of the other's mean squared error; ahead, shape (2,), the share of platforms on which
    partial pooling was closer.
    """

    state: WhenState
    data: FloatArray
    risk: FloatArray
    winner: FloatArray
    here: FloatArray
    gain: FloatArray
    ahead: FloatArray


@lru_cache(maxsize=64)
def _dice(groups: int) -> expected.Dice:
    return expected.throw(groups, PLATFORMS, np.random.default_rng(_SEED))


def count(state: WhenState) -> int:
    """Pieces of data in each group, a whole number."""
    return max(1, round(state.data))


def when_arrays(state: WhenState) -> WhenArrays:
    """Expected errors, exact; their spread over platforms from common random numbers."""
    kind = KINDS[state.situation]
    tau = state.spread * kind.tau
    at = np.append(_DATA, count(state))
    risk = np.array(expected.risks(state.groups, tau, kind.noise / np.sqrt(at))[:3])
    lost = expected.losses(_dice(state.groups), state.groups, tau, kind.noise / np.sqrt(at[-1]))
    saved = lost[:2] - lost[2]
    low, high = np.quantile(saved, _TAILS, axis=1)
    others = risk[:2, -1]
    gain = np.column_stack([others - risk[2, -1], low, high]) / others[:, None]
    error = np.sqrt(risk)
    # Equal to rounding is a draw, which goes to the simpler one.
    winner = np.argmin(risk[:, :-1] * [[1.0], [1.0], [1.0 + 1e-9]], axis=0).astype(float)
    return WhenArrays(state, _DATA, error[:, :-1], winner, error[:, -1], gain, np.mean(saved > 0, axis=1))


class Stretch(NamedTuple):
    """Where on the data axis one pooling wins."""

    name: str
    start: float
    end: float


def stretches(found: WhenArrays) -> list[Stretch]:
    """Runs of one winner; they meet half way between the points that differ."""
    changes = np.flatnonzero(np.diff(found.winner))
    edges = [found.data[0], *np.sqrt(found.data[changes] * found.data[changes + 1]), found.data[-1]]
    names = [NAMES[int(found.winner[i])] for i in [*changes, found.winner.size - 1]]
    return [Stretch(*run) for run in zip(names, edges[:-1], edges[1:], strict=True)]


def when_tables(found: WhenArrays) -> Tables:
    """Tables of the chart."""
    kind, wins = KINDS[found.state.situation], stretches(found)
    middle = [float(np.sqrt(run.start * run.end)) for run in wins]
    wide = [run.end / run.start > 2 for run in wins]
    none, complete, partial = found.risk
    return {
        "curve": {"data": found.data.round(3), "none": none, "complete": complete, "partial": partial},
        "here": {"data": count(found.state), "pooling": np.array(NAMES), "error": found.here},
        "wins": {
            "pooling": np.array([run.name for run in wins]),
            "start": np.array([run.start for run in wins]).round(3),
            "end": np.array([run.end for run in wins]).round(3),
            "middle": np.array(middle).round(3),
            "said": np.array([run.name.split()[0] if w else "" for run, w in zip(wins, wide, strict=True)]),
        },
        "gain": {
            "over": np.array(["over no pooling", "over complete"]),
            "gain": found.gain[:, 0].round(4),
            "low": np.maximum(found.gain[:, 1], -1.0).round(4),
            "high": np.minimum(found.gain[:, 2], 2.0).round(4),
        },
        "said": {"said": f"{kind.measured}; error in {kind.unit}, against {kind.data}"},
    }


def when_summary(found: WhenArrays) -> str:
    """Who wins here, in two sentences."""
    best = NAMES[int(np.argmin(found.here))]
    kind = KINDS[found.state.situation]
    none, complete = (_change(found.gain[i, 0]) for i in range(2))
    return (
        f"With {count(found.state):,} {kind.data}, {best} has the smallest error: {found.here.min():.2g} {kind.unit}. "
        f"Partial pooling {none} against no pooling and {complete} against complete; it was closer on "
        f"{found.ahead[0]:.0%} and {found.ahead[1]:.0%} of platforms."
    )


def _change(gain: float) -> str:
    return f"saves {gain:.0%} of the squared error" if gain >= 0 else f"adds {-gain:.0%} to the squared error"


def when_words(found: WhenArrays) -> str:
    """Alternative text of the picture."""
    kind, state = KINDS[found.state.situation], found.state
    runs = ", ".join(f"{run.name} from {run.start:,.0f} to {run.end:,.0f}" for run in stretches(found))
    (saved, low, high), (other, other_low, other_high) = found.gain
    errors = ", ".join(f"{error:.2g} with {name}" for error, name in zip(found.here, NAMES, strict=True))
    return (
        f"Left: root mean squared error of {kind.measured}, in {kind.unit}, against {kind.data}, for {state.groups} "
        f"groups. Partial pooling puts one estimate of tau, by moments, into its formula. "
        f"At {count(state):,} it is {errors}. Smallest error: {runs}. Right: partial pooling saves "
        f"{saved:.0%} of no pooling's squared error, {low:.0%} to {high:.0%} on 89% of platforms, and {other:.0%} of "
        f"complete pooling's, {other_low:.0%} to {other_high:.0%}."
    )


_CONTROLS: Final[Controls] = {
    "situation": Choice("Situation", tuple(KINDS)),
    "groups": Count("Groups", 2, 100),
    "data": LogSlider("Data in each group", 1.0, float(MOST_DATA), steps=48),
    "spread": Slider("Groups differ, times the usual", 0.0, 5.0, 0.05),
}
ARITHMETIC: Final = Arithmetic(WhenState, when_arrays, when_tables, when_summary, when_words, _CONTROLS)

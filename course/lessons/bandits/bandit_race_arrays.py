"""Two policies on the same arms, the arithmetic: what they believe of each arm, and what they have lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np

from course import bandits
from course.bandits.arms import IntArray
from course.explore.parts import Arithmetic, Choice, Controls, Count, LogSlider, Tables
from course.pooling import BetaPopulation
from course.validate import FloatArray

MEAN: Final = 0.05  # of the click rates of every platform
HORIZON: Final = 1000
PLATFORMS: Final = 32  # beside the one that is watched, for the mean regret
RATES: Final = (0.0, 0.4)  # the part of the axis that is shown
_SHOWN: Final = np.unique(np.r_[1, np.linspace(0, HORIZON, 51).astype(int)[1:]])
PLACES: Final = ("first", "second")
_SEED: Final = 20_261_123
POLICIES: Final[Mapping[str, Any]] = {
    "Thompson, flat prior": bandits.Thompson(),
    "Thompson, hierarchical": bandits.HierarchicalThompson(),
    "Thompson, empirical Bayes": bandits.EmpiricalBayesThompson(),
    "Thompson, true population": None,  # made for each concentration
    "UCB1": bandits.UCB1(),
    "epsilon-greedy": bandits.EpsilonGreedy(0.1),
}


@dataclass(frozen=True)
class RaceState:
    """What the learner can set.

    Attributes
    ----------
    visitors : int
        How far the race has gone.
    first, second : str
        The two policies.
    arms : int
        Articles on the platform.
    concentration : float
        How alike their click rates are, in visitors; their mean is 5%.
    """

    visitors: int = 300
    first: str = "Thompson, flat prior"
    second: str = "Thompson, hierarchical"
    arms: int = 20
    concentration: float = 40.0


class Runner(NamedTuple):
    """One policy so far.

    shown has shape (n_arms,): visitors that each arm got; centre, low and high likewise: what is believed of it; lost
    has shape (n_times,): clicks lost, the mean of many platforms; here is clicks lost on the one that is watched.
    """

    name: str
    shown: FloatArray
    centre: FloatArray
    low: FloatArray
    high: FloatArray
    lost: FloatArray
    here: float


class RaceArrays(NamedTuple):
    """True rates of the watched platform, shape (n_arms,), highest first, times of the lines, and both runners.

    ``most`` is the most that either has lost at the end of the race: the end of the axis, wherever time stands.
    """

    state: RaceState
    theta: FloatArray
    times: IntArray
    runners: tuple[Runner, Runner]
    most: float


def _policy(name: str, concentration: float) -> Any:
    """The policy of this name."""
    return POLICIES[name] or bandits.Thompson(BetaPopulation(MEAN, concentration), name)


@lru_cache(maxsize=64)
def _run(name: str, arms: int, concentration: float) -> bandits.Race:
    """The whole race of one policy; time is the slider that is moved most, and moves through what is stored."""
    world = bandits.DrawnArms(arms, BetaPopulation(MEAN, concentration))
    rng = np.random.default_rng(_SEED)
    return bandits.simulate(_policy(name, concentration), world, HORIZON, replications=PLATFORMS + 1, rng=rng)


def _believes(policy: Any, tally: bandits.Tally) -> bandits.View:
    """What a policy believes after this tally of one platform."""
    state = policy.resume(*tally) if hasattr(policy, "resume") else tally
    found: bandits.View = policy.view(state)
    return found


def _times(state: RaceState) -> IntArray:
    """Visitors at which the lines have a point."""
    return _SHOWN[: np.searchsorted(_SHOWN, state.visitors, side="right")]


def _runner(name: str, state: RaceState) -> Runner:
    race = _run(name, state.arms, state.concentration)
    tally = race.tally(state.visitors)
    order = np.argsort(-race.theta[0], kind="stable")
    one = bandits.Tally(*(counts[:1, order] for counts in tally))
    seen = _believes(_policy(name, state.concentration), one)
    times = _times(state)
    lost = race.regret[:, 1:].mean(axis=1)[times - 1]
    here = float(race.regret[state.visitors - 1, 0])
    return Runner(name, one.trials[0], seen.centre[0], seen.low[0], seen.high[0], lost, here)


def race_arrays(state: RaceState) -> RaceArrays:
    """Both runners on the same platforms, after the same visitors."""
    races = [_run(name, state.arms, state.concentration) for name in (state.first, state.second)]
    most = max(float(race.regret[-1, 1:].mean()) for race in races)
    runners = _runner(state.first, state), _runner(state.second, state)
    return RaceArrays(state, np.sort(races[0].theta[0])[::-1], _times(state), runners, most)


def race_tables(found: RaceArrays) -> Tables:
    """Tables of the chart."""
    rank = np.arange(1, found.theta.size + 1)
    tables: dict[str, Mapping[str, Any]] = {"at": {"visitors": found.state.visitors, "most": round(found.most, 1)}}
    for place, runner in zip(PLACES, found.runners, strict=True):
        tables[place] = {
            "rank": rank, "theta": found.theta.round(4), "shown": runner.shown, "centre": runner.centre.round(4),
            "low": runner.low.round(4), "high": np.minimum(runner.high, RATES[1]).round(4),
        }  # fmt: skip
        tables[f"{place}_lost"] = {"visitors": found.times, "lost": runner.lost.round(2)}
        tables[f"{place}_said"] = {"said": runner.name}
    return tables


def race_summary(found: RaceArrays) -> str:
    """Who is ahead, in two sentences."""
    first, second = found.runners
    lost = [runner.lost[-1] for runner in found.runners]
    if abs(lost[0] - lost[1]) < 0.5:
        verdict = "the two are level"
    else:
        ahead, behind = (first, second) if lost[0] < lost[1] else (second, first)
        verdict = f"{ahead.name} is ahead of {behind.name}"
    best = [f"{runner.shown[0]:.0f}" for runner in found.runners]
    return (
        f"After {found.state.visitors} visitors {verdict}: {lost[0]:.1f} clicks lost by the first, {lost[1]:.1f} by "
        f"the second, on average. On the platform above the best article got {best[0]} visitors and {best[1]}."
    )


def race_words(found: RaceArrays) -> str:
    """Alternative text of the picture."""
    parts = []
    for place, runner in zip(PLACES, found.runners, strict=True):
        width = runner.high - runner.low
        parts.append(
            f"{place.capitalize()} policy, {runner.name}: intervals of the articles' click rates are "
            f"{width.min():.2f} to {width.max():.2f} wide; {np.sum(runner.shown == 0)} articles were never shown, the "
            f"best one {runner.shown[0]:.0f} times; {runner.here:.1f} clicks lost here"
        )
    return (
        f"Top: {found.theta.size} articles, best first, true click rates from {found.theta[0]:.2f} down to "
        f"{found.theta[-1]:.3f} as crosses, after {found.state.visitors} visitors. {parts[0]}. "
        f"{parts[1]}. Bottom: clicks lost against visitors, the mean of {PLATFORMS} other platforms, "
        f"{found.runners[0].lost[-1]:.1f} and {found.runners[1].lost[-1]:.1f} so far."
    )


_CONTROLS: Final[Controls] = {
    "visitors": Count("Visitors so far", 10, HORIZON, step=10),
    "first": Choice("First policy", tuple(POLICIES)),
    "second": Choice("Second policy", tuple(POLICIES)),
    "arms": Choice("Articles", (5, 10, 20, 40)),
    "concentration": LogSlider("Concentration: how alike", 5.0, 320.0, steps=6),
}
ARITHMETIC: Final = Arithmetic(RaceState, race_arrays, race_tables, race_summary, race_words, _CONTROLS)

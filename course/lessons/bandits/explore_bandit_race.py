"""Bandits: two policies race on the same arms, and what they believe of each arm moves as pulls arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

import altair as alt
import ipywidgets as widgets
import numpy as np

from course import bandits, plots
from course.bandits.arms import IntArray
from course.explore import charts, controls
from course.explore.live import Explorer, Tables, opening
from course.pooling import BetaPopulation
from course.validate import FloatArray

MEAN: Final = 0.05  # of the click rates of every platform
HORIZON: Final = 1000
PLATFORMS: Final = 32  # beside the one that is watched, for the mean regret
RATES: Final = (0.0, 0.4)  # the part of the axis that is shown
_SHOWN: Final = np.unique(np.r_[1, np.linspace(0, HORIZON, 51).astype(int)[1:]])
_LOOKS: Final = {"first": (charts.NONE, charts.DASHED), "second": (charts.PARTIAL, charts.SOLID)}
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
    for place, runner in zip(_LOOKS, found.runners, strict=True):
        tables[place] = {
            "rank": rank, "theta": found.theta.round(4), "shown": runner.shown, "centre": runner.centre.round(4),
            "low": runner.low.round(4), "high": np.minimum(runner.high, RATES[1]).round(4),
        }  # fmt: skip
        tables[f"{place}_lost"] = {"visitors": found.times, "lost": runner.lost.round(2)}
        tables[f"{place}_said"] = {"said": runner.name}
    return tables


def race_chart() -> Any:
    """Top: what each policy believes of each arm, and how often it showed it; bottom: clicks lost by both."""
    beliefs = alt.hconcat(_beliefs("first", "First policy"), _beliefs("second", "Second policy"), spacing=30)
    return charts.finish(alt.vconcat(beliefs, _lost(), spacing=12))


def _beliefs(place: str, heading: str) -> Any:
    color, _ = _LOOKS[place]
    ranks = alt.Y("rank:O", title="articles, best first", axis=alt.Axis(labels=False, ticks=False, domain=False))
    base = charts.table(place).encode(ranks)

    def at(field: str) -> alt.X:
        return charts.x_axis(field, "click rate", *RATES, clamp=True, axis=alt.Axis(format="%", tickCount=5))

    size = alt.Size("shown:Q", scale=alt.Scale(domain=[0, HORIZON], range=[15, 400], clamp=True), legend=None)
    cross = {"shape": "cross", "angle": 45, "size": 45, "filled": True, "opacity": 1, "color": charts.INK}
    said = charts.table(f"{place}_said").mark_text(align="left", fontSize=12).encode(
        alt.Text("said:N"), x=alt.value(110), y=alt.value(-8)
    )  # fmt: skip
    return alt.layer(
        base.mark_rule(strokeWidth=3, opacity=0.5, color=color).encode(at("low"), alt.X2("high:Q")),
        base.mark_point(filled=True, opacity=0.9, color=color).encode(at("centre"), size),
        base.mark_point(**cross).encode(at("theta")),
        said,
    ).properties(width=290, height=260, title=heading)


def _lost() -> Any:
    looks = charts.Looks(first_policy=_LOOKS["first"], second_policy=_LOOKS["second"])
    across = charts.x_axis("visitors", "visitors", 0, HORIZON)
    height = alt.Y("lost:Q", title="clicks lost")
    top = charts.table("at").mark_point(opacity=0).encode(alt.Y("most:Q"))  # holds the axis still while time moves
    lines = [looks.line(charts.table(f"{p}_lost").encode(across), f"{p} policy", height) for p in _LOOKS]
    here = charts.table("at").mark_rule(strokeDash=charts.DASHED, strokeWidth=1).encode(across)
    title = f"Clicks lost, mean of {PLATFORMS} other platforms"
    return alt.layer(here, top, *lines).properties(width=610, height=150, title=title)


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
    for place, runner in zip(_LOOKS, found.runners, strict=True):
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


def bandit_race_picture(state: RaceState) -> plots.Picture:
    """The same picture for a page without a kernel."""
    found = race_arrays(state)
    figure, axes = plots.subplots(1, 3, size=(10, 4.2), width_ratios=[3, 3, 2.6])
    rows = -np.arange(found.theta.size)
    looks = zip(axes, found.runners, (plots.NONE, plots.PARTIAL), ("--", "-"), strict=False)
    for ax, runner, color, dash in looks:
        ax.hlines(rows, runner.low, runner.high, color=color, alpha=0.5, linewidth=3)
        ax.scatter(runner.centre, rows, s=6 + 0.3 * runner.shown, color=color)
        ax.plot(found.theta, rows, "x", color=plots.INK, markersize=5)
        ax.set(xlim=RATES, yticks=[], xlabel="click rate", title=runner.name)
        axes[2].plot(found.times, runner.lost, dash, color=color, label=runner.name)
    axes[0].set_ylabel("articles, best first")
    axes[2].set(xlabel="visitors", ylabel="clicks lost", xlim=(0, HORIZON), ylim=(0, 1.05 * found.most))
    axes[2].set_title(f"mean of {PLATFORMS} other platforms")
    axes[2].legend(fontsize=8)
    return plots.picture(figure, alt=race_words(found))


def race_controls(start: RaceState) -> Mapping[str, widgets.Widget]:
    """Controls, one a field of the state."""
    names = tuple(POLICIES)
    visitors = controls.count("Visitors so far", start.visitors, 10, HORIZON)
    visitors.step = 10
    return {
        "visitors": visitors,
        "first": controls.choice("First policy", start.first, names),
        "second": controls.choice("Second policy", start.second, names),
        "arms": controls.choice("Articles", start.arms, (5, 10, 20, 40)),
        "concentration": controls.log_slider("Concentration: how alike", start.concentration, 5.0, 320.0, steps=6),
    }


EXPLORER: Final = Explorer(
    RaceState, race_arrays, race_tables, race_chart, race_summary, race_words, race_controls, bandit_race_picture
)

bandit_race = opening(
    EXPLORER, "bandit_race", "Explore bandits: two policies on the same articles, visitor by visitor."
)

"""The funnel's explorer, its arithmetic: one posterior in two coordinate systems, one kick, one step size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np

from course.explore.parts import Arithmetic, Controls, Count, LogSlider, Slider, Tables
from course.lessons.funnel.rolling import STEPS, Cloud, Walk, both_forms, kicked
from course.validate import FloatArray

# Coordinates of each form that are drawn; the name of the form begins the names of its tables.
SEEN: Final = {"centred": ("own", "log_tau"), "non": ("own", "log_tau", "together", "mu")}
FORMS: Final = ("centred", "non-centred")
SAFE: Final = 0.95  # of the posterior
SIDE: Final = 5.0  # posterior standard deviations from the middle of a picture to its edge
REACH: Final = (0.003, 10.0)  # step sizes that the picture holds
DIVERGED: Final = 1000.0
LOWEST: Final = -10.0


@dataclass(frozen=True)
class FunnelState:
    """What the learner can set.

    Attributes
    ----------
    information : float
        tau^2 / sigma^2 of every group, with tau the true one.
    step : float
        Leapfrog step; each coordinate is measured in its own posterior standard deviations.
    start : float
        Where the trajectory starts: percentile of tau's posterior.
    kick : int
        Which of the fixed random kicks it gets.
    """

    information: float = 0.1
    step: float = 10**-0.6
    start: float = 30.0
    kick: int = 1


class FunnelArrays(NamedTuple):
    """What the setting means; pairs are in the order of `FORMS`.

    tau holds the draws' spread in points, shape (80,); start is the tau of the starting point. reach is the step that
    is stable at 95% of the posterior draws, share the part of them at which the chosen step is stable.
    """

    state: FunnelState
    tau: FloatArray
    start: float
    interval: FloatArray
    clouds: tuple[Cloud, Cloud]
    reach: FloatArray
    share: FloatArray
    walks: tuple[Walk, Walk]


def funnel_arrays(state: FunnelState) -> FunnelArrays:
    """Exact draws, stable steps, and the trajectory in both coordinate systems."""
    found = both_forms(state.information)
    start = float(np.interp(state.start, np.arange(1, 100), found.percentiles))
    walk = partial(kicked, found, start, state.step, state.kick)
    limits = [form.limit for form in found.forms]
    return FunnelArrays(
        state,
        found.tau,
        start,
        found.percentiles[[4, 94]],
        (found.forms[0].cloud, found.forms[1].cloud),
        np.array([np.quantile(limit, 1.0 - SAFE) for limit in limits]),
        np.array([np.mean(limit > state.step) for limit in limits]),
        (walk(centered=True), walk(centered=False)),
    )


def number(value: float) -> str:
    """Two significant digits, as a person would say them."""
    return f"{float(f'{value:.2g}'):g}"


def part(share: float) -> str:
    """Per cent that never round to all or nothing."""
    return "over 99%" if 0.99 < share < 1 else "under 1%" if 0 < share < 0.01 else f"{share:.0%}"


def verdict(walk: Walk) -> str:
    """What became of a trajectory, in a few words."""
    if walk.diverged >= 0:
        return f"diverges at step {walk.diverged}"
    return f"ends {round(walk.error[-1], 2) + 0.0:+.2f} in energy"  # no minus before zero


def funnel_tables(found: FunnelArrays) -> Tables:
    """Tables of the chart."""
    tables: dict[str, Mapping[str, Any]] = {"chosen": {"step": found.state.step, "tau": found.start}}
    for (name, fields), cloud, walk in zip(SEEN.items(), found.clouds, found.walks, strict=True):
        seen = {field: getattr(walk, field).round(3) for field in fields}
        tables[f"{name}_cloud"] = {
            "draw": np.arange(found.tau.size),
            **{field: getattr(cloud, field).round(2) for field in fields},
            "tau": found.tau.round(3),
            "limit": np.clip(cloud.limit, *REACH).round(4),
        }
        error = np.clip(walk.error, LOWEST, DIVERGED).round(3)
        tables[name] = {"n": np.arange(error.size), **seen, "error": error}
        tables[f"{name}_start"] = {field: values[:1] for field, values in seen.items()}
        gone = [walk.diverged] if walk.diverged >= 0 else []
        lost = {field: np.clip(values[-1:], -SIDE, SIDE)[: len(gone)] for field, values in seen.items()}
        tables[f"{name}_lost"] = {"n": gone, "error": [DIVERGED] * len(gone), **lost}
        tables[f"{name}_said"] = {"said": verdict(walk)}
    return tables


def winner(found: FunnelArrays) -> str:
    """Form that allows the longer step, or a tie where they differ by less than a fifth."""
    centred, non = found.reach
    return "both allow about the same" if max(centred, non) < 1.2 * min(centred, non) else (
        f"the {FORMS[int(non > centred)]} form allows the longer one"
    )  # fmt: skip


def funnel_summary(found: FunnelArrays) -> str:
    """Which form allows the longer step and what became of the kick, in two sentences."""
    centred, non = (number(reach) for reach in found.reach)
    return (
        f"Information {number(found.state.information)}: at {SAFE:.0%} of the posterior a step is stable up to "
        f"{centred} centred and {non} non-centred, so {winner(found)}. With your step of "
        f"{number(found.state.step)} the centred walk {verdict(found.walks[0])}, the other {verdict(found.walks[1])}."
    )


def funnel_words(found: FunnelArrays) -> str:
    """Alternative text of the picture."""
    low, high = found.interval
    centred, non = found.clouds
    neck = np.corrcoef(np.abs(centred.own), centred.log_tau)[0, 1]
    ridge = np.corrcoef(non.together, non.mu)[0, 1]
    limits = [np.quantile(cloud.limit, (0.05, 0.95)) for cloud in found.clouds]
    return (
        f"Top, in posterior standard deviations: exact draws of tau (90% between {number(low)} and {number(high)} "
        f"points) against theta of one group, whose distance from the middle has correlation {neck:.1f} with log tau; "
        f"against its eta; and mu against the mean of all eta, correlation {ridge:.1f}. Over them a trajectory of "
        f"{STEPS} steps of {number(found.state.step)} from tau = {number(found.start)}. Centred: "
        f"{verdict(found.walks[0])}. Non-centred: {verdict(found.walks[1])}. Bottom: energy error by step, and the "
        f"longest stable step at each draw, centred {number(limits[0][0])} to {number(limits[0][1])} and non-centred "
        f"{number(limits[1][0])} to {number(limits[1][1])} (90%). The chosen step is stable at {part(found.share[0])} "
        f"of the draws centred and at {part(found.share[1])} non-centred."
    )


_CONTROLS: Final[Controls] = {
    "information": LogSlider("Information per group, tau²/sigma²", 0.01, 1000.0, steps=50),
    "step": LogSlider("Step size (posterior sd)", 0.01, 10.0, steps=60),
    "start": Slider("Start: percentile of tau", 1.0, 99.0, 1.0),
    "kick": Count("Kick, one of twenty", 1, 20),
}
ARITHMETIC: Final = Arithmetic(FunnelState, funnel_arrays, funnel_tables, funnel_summary, funnel_words, _CONTROLS)

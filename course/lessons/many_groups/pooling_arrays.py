"""Cities of many sizes, the arithmetic: what no, complete and partial pooling cost, and which of them wins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from course.exact.hierarchy import conditional_theta, hyper
from course.explore.parts import Arithmetic, Controls, Count, LogSlider, Slider, Tables
from course.validate import FloatArray

SIZES: Final = (1.0, 100_000.0)  # users: the ends of the picture
ERRORS: Final = (0.03, 60.0)  # points
MOST_CITIES: Final = 200
MOST_WORLDS: Final = 10_000  # simulated once, so that the picture moves with the controls and not with the dice
_DICE: Final = 50_000  # cities in all worlds together: few cities, whose worlds differ most, get most worlds
_DOUBTS: Final = 2.0  # of Monte Carlo's standard errors: what is closer than that is level
_MOST_SHOWN: Final = 40
NAMES: Final = ("no pooling", "complete pooling", "partial, spread known", "partial, spread learned")


@dataclass(frozen=True)
class PoolingState:
    """What the learner can set.

    Attributes
    ----------
    cities : int
        Number of cities.
    tau, sigma : float
        Spread of the cities' true rates, and of single users' outcomes within a city; percentage points. Lessons call
        sigma a group's standard error; here that is ``sigma / sqrt(users)``.
    smallest : float
        Users in the smallest city.
    ratio : float
        How many times larger the largest is; sizes lie between in even ratios.
    """

    cities: int = 20
    tau: float = 3.0
    sigma: float = 24.0
    smallest: float = 10.0
    ratio: float = 100.0


class PoolingArrays(NamedTuple):
    """Root mean squared errors, percentage points.

    users, none, complete and partial have shape (cities,), all exact; overall has shape (4,), as `NAMES`: the average
    over cities, the last of them simulated, with the standard error ``doubt``.
    """

    state: PoolingState
    users: FloatArray
    none: FloatArray
    complete: FloatArray
    partial: FloatArray
    overall: FloatArray
    doubt: float


@cache
def _dice() -> tuple[FloatArray, FloatArray]:
    """Standard normal draws for true rates and reports, shapes (_DICE,)."""
    rng = np.random.default_rng(20_261_122)
    return rng.standard_normal(_DICE), rng.standard_normal(_DICE)


def pooling_arrays(state: PoolingState) -> PoolingArrays:
    """Exact errors by city size; the error with a learned spread from simulated worlds."""
    users = np.maximum(1.0, np.rint(np.geomspace(state.smallest, state.smallest * state.ratio, state.cities)))
    se = state.sigma / np.sqrt(users)
    share = users / users.sum()
    # The pooled mean misses a city by the city's own departure, less its share in the mean, and by all others' noise.
    own = state.tau**2 * ((1.0 - share) ** 2 + np.sum(share**2) - share**2)
    complete = np.sqrt(own + np.sum((share * se) ** 2))
    tau = np.array([state.tau])
    origin = np.zeros(state.cities)  # errors do not depend on the reports
    partial = conditional_theta(tau, hyper(tau, origin, se, None), origin, se)[1][0]
    exact = np.array([np.mean(e**2) for e in (se, complete, partial)])
    learned, doubt = _held_against(exact, _losses(state.tau, se))
    return PoolingArrays(
        state, users, se, complete, partial, np.sqrt([*exact, learned]), doubt / (2 * np.sqrt(learned))
    )


def _losses(tau: float, se: FloatArray) -> FloatArray:
    """Mean squared error over the cities of each option of `NAMES`, shape (worlds, 4).

    The last estimates tau by DerSimonian and Laird's moments, and takes the estimate for the truth.
    """
    worlds = min(MOST_WORLDS, _DICE // se.size)
    true, noise = (dice[: worlds * se.size].reshape(worlds, se.size) for dice in _dice())
    theta = tau * true
    y = theta + se * noise
    precision = (se.min() / se) ** 2  # in units of the least noisy city's
    total = precision.sum()
    common = (y @ precision / total)[:, None]
    excess = (y - common) ** 2 @ precision - (se.size - 1) * se.min() ** 2
    tau2 = np.maximum(excess / (total - np.sum(precision**2) / total), 0.0)[:, None]
    estimates = (y, common, _pooled(y, np.array([[tau**2]]), se), _pooled(y, tau2, se))
    return np.stack([np.mean((estimate - theta) ** 2, axis=1) for estimate in estimates], axis=1)


def _pooled(y: FloatArray, tau2: FloatArray, se: FloatArray) -> FloatArray:
    """Partially pooled estimates in every world, for its tau squared."""
    precision = 1.0 / (tau2 + se**2)
    mu = np.sum(y * precision, axis=1, keepdims=True) / np.sum(precision, axis=1, keepdims=True)
    return np.asarray(mu + tau2 * precision * (y - mu))


def _held_against(exact: FloatArray, losses: FloatArray) -> tuple[float, float]:
    """Mean and standard error of the last loss; the others' luck, which is known, is taken out of it.

    Simulated losses of the three options in closed form miss their means by chance, and the last one with them: control
    variates, of which the exact means are known.
    """
    luck = losses[:, :3] - exact
    slope = np.linalg.lstsq(luck - luck.mean(axis=0), losses[:, 3] - losses[:, 3].mean(), rcond=None)[0]
    left = losses[:, 3] - luck @ slope
    return float(max(left.mean(), 0.0)), float(left.std(ddof=1) / np.sqrt(len(left)))


def pooling_tables(found: PoolingArrays) -> Tables:
    """Tables of the chart."""
    count = found.users.size
    some = np.unique(np.linspace(0, count - 1, min(count, _MOST_SHOWN)).astype(int))
    return {
        "city": {
            "users": found.users[some], "none": found.none[some],
            "complete": found.complete[some], "partial": found.partial[some],
            "end": (some == 0) | (some == count - 1),
        },
        "overall": {"name": np.array(NAMES), "error": found.overall},
    }  # fmt: skip


def winner(found: PoolingArrays) -> str:
    """Name of the option with the smallest error, among those that a real data set allows; both, where two tie."""
    options = sorted((0, 1, 3), key=lambda i: found.overall[i])
    best = [i for i in options if found.overall[i] - found.overall[options[0]] < _tie(found, {i, options[0]})]
    return " and ".join(NAMES[i].partition(",")[0].removesuffix(" pooling") for i in best)


def _tie(found: PoolingArrays, pair: set[int]) -> float:
    """How close two options are level: half the last digit shown, or what simulation cannot tell apart."""
    return max(0.005, _DOUBTS * found.doubt if 3 in pair else 0.0)


def pooling_summary(found: PoolingArrays) -> str:
    """Who wins, in one sentence."""
    none, complete, known, learned = found.overall
    best = winner(found)
    verb = "pooling are level" if " and " in best else "pooling wins"
    return (
        f"{best.capitalize()} {verb} over all {found.users.size} cities: typical error "
        f"{none:.2f} points without pooling, {complete:.2f} with complete, {learned:.2f} with partial pooling "
        f"that learns the spread ({known:.2f} if it were known)."
    )


def pooling_words(found: PoolingArrays) -> str:
    """Alternative text of the picture."""
    lines = [("no", found.none), ("complete", found.complete), ("partial", found.partial)]
    ends = "; ".join(f"{name} pooling from {line[0]:.2f} to {line[-1]:.2f}" for name, line in lines)
    return (
        f"Left: typical error against users in a city, both axes logarithmic, from {found.users[0]:,.0f} to "
        f"{found.users[-1]:,.0f} users: {ends} points. Right, all cities together: "
        + ", ".join(f"{name} {error:.2f}" for name, error in zip(NAMES, found.overall, strict=True))
        + " points."
    )


_CONTROLS: Final[Controls] = {
    "cities": Count("Number of cities", 2, MOST_CITIES),
    "tau": Slider("tau: spread between cities (points)", 0.0, 20.0, 0.25),
    "sigma": Slider("Spread of users within a city (points)", 5.0, 50.0, 1.0),
    "smallest": LogSlider("Users in the smallest city", 1.0, 100.0),
    "ratio": LogSlider("Largest city, times the smallest", 1.0, 1000.0, steps=30),
}
ARITHMETIC: Final = Arithmetic(PoolingState, pooling_arrays, pooling_tables, pooling_summary, pooling_words, _CONTROLS)

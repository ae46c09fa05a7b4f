"""Plugged-in intervals, the arithmetic: how often they hold and how wide they are, by the number of cities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from scipy import special

from course.explore.parts import Arithmetic, Controls, LogSlider, Slider, Tables
from course.situations.expected import LEVEL, Z, plugged_in
from course.validate import FloatArray

FEWEST: Final = 4.0
MOST: Final = 16_384.0
USER: Final = 2.0  # noise of one user in log odds: at even chances a user is worth 1/4
CITIES: Final = np.unique(np.round(np.geomspace(FEWEST, MOST, 25)))


@dataclass(frozen=True)
class CitiesState:
    """What the learner can set.

    Attributes
    ----------
    cities : float
        Number of cities, 4 to 16,384; rounded.
    users : float
        Users of each city, 2 to 2,048.
    tau : float
        Spread of the cities, in log odds.
    """

    cities: float = 8.0
    users: float = 8.0
    tau: float = 0.8


class CitiesArrays(NamedTuple):
    """What plugging in the estimated population does to 89% intervals; widths in log odds.

    coverage and width, shape (n_sizes,), are those of the plugged-in intervals at each number of cities of ``CITIES``;
    here is both at the chosen number, ``own`` the width without pooling, ``known`` that with the true population; flat
    is the chance that the estimated spread is 0.
    """

    state: CitiesState
    coverage: FloatArray
    width: FloatArray
    here: FloatArray
    own: float
    known: float
    flat: float


def cities_arrays(state: CitiesState) -> CitiesArrays:
    """Coverage and width at every number of cities, and at the chosen one."""
    noise, chosen = USER**2 / state.users, round(state.cities)
    along = np.array([plugged_in(int(n), noise, state.tau) for n in CITIES])
    total = state.tau**2 + noise
    flat = float(special.gammainc((chosen - 1) / 2, chosen * noise / total / 2))
    known = 2 * Z * np.sqrt(noise * state.tau**2 / total)
    here = plugged_in(chosen, noise, state.tau)
    return CitiesArrays(state, along[:, 0], along[:, 1], here, float(2 * Z * np.sqrt(noise)), float(known), flat)


def cities_tables(found: CitiesArrays) -> Tables:
    """Tables of the chart."""
    top = 1.1 * max(found.own, found.known)
    return {
        "along": {
            "cities": CITIES, "coverage": found.coverage.round(4), "width": (found.width / top).round(4),
            "own": found.own / top, "known": found.known / top, "wanted": LEVEL,
        },
        "here": {
            "cities": found.state.cities, "coverage": found.here[0].round(4), "width": (found.here[1] / top).round(4),
            "said": f"{found.here[1]:.2f}",
        },
    }  # fmt: skip


def _percent(share: float) -> str:
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"


def cities_summary(found: CitiesArrays) -> str:
    """What plugging in costs here, in two sentences."""
    state, (cover, width) = found.state, found.here
    flat = f" In {_percent(found.flat)} of such worlds the estimated spread is 0." if found.flat > 5e-4 else ""
    return (
        f"With {round(state.cities):,} cities of {round(state.users):,} users, one normal number a city and no slope, "
        f"{_percent(cover)} of the 89% intervals hold that take the estimated population for known; "
        f"their mean width is {width:.2f} log odds, against {found.known:.2f} with the true population and "
        f"{found.own:.2f} without pooling.{flat}"
    )


def cities_words(found: CitiesArrays) -> str:
    """Alternative text of the picture."""
    state = found.state
    return (
        f"Cities of {round(state.users):,} users, spread {state.tau:.1f}. Left: the share of 89% intervals that hold "
        f"with the population plugged in goes from {found.coverage[0]:.0%} with {CITIES[0]:.0f} cities to "
        f"{found.coverage[-1]:.0%} with {CITIES[-1]:,.0f}; at {round(state.cities):,} it is {found.here[0]:.0%}. "
        f"Right: their mean width goes from {found.width[0]:.2f} to {found.width[-1]:.2f} log odds; with the "
        f"population known it is {found.known:.2f}, without pooling {found.own:.2f}."
    )


_CONTROLS: Final[Controls] = {
    "cities": LogSlider("Number of cities", FEWEST, MOST, steps=96, readout=",.0f"),
    "users": LogSlider("Users of each city", 2.0, 2048.0, steps=80, readout=",.0f"),
    "tau": Slider("Spread of the cities (log odds)", 0.0, 3.0, 0.1),
}
ARITHMETIC: Final = Arithmetic(CitiesState, cities_arrays, cities_tables, cities_summary, cities_words, _CONTROLS)

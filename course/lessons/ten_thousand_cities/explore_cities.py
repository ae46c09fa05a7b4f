"""Ten thousand cities: when intervals may take the population for known, by the number of cities, without a chain.

Groups of one size and normal noise: then the estimated spread depends on one sum of squares, whose distribution is
known, and coverage is a sum over its quantiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import altair as alt
import ipywidgets as widgets
import numpy as np
from scipy import special

from course import plots
from course.explore import charts, controls
from course.explore.live import Explorer, Tables, opening
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


def cities_chart() -> Any:
    """Left the coverage, right the width, by number of cities; a mark at the chosen one."""
    ticks = alt.Axis(values=[4, 10, 100, 1000, 10_000], format=",d")
    x = charts.x_axis("cities", "number of cities (log scale)", FEWEST, MOST, type="log", axis=ticks)
    looks = charts.Looks(
        population_plugged_in=(charts.PARTIAL, charts.SOLID),
        population_known=(charts.GREEN, charts.DOTTED),
        no_pooling=(charts.NONE, charts.DASHED),
    )
    base, here = charts.table("along").encode(x), charts.table("here").encode(x)

    def panel(title: str, *layers: Any) -> Any:
        return alt.layer(*layers).properties(width=310, height=220, title=title)

    def share(field: str) -> alt.Y:
        return charts.y_axis(field, "share of cities inside", 0, 1, axis=alt.Axis(format="%"))

    def wide(field: str) -> alt.Y:
        return charts.y_axis(field, "width, no pooling at the top", 0, 1, axis=charts.NO_SCALE)

    mark = {"filled": True, "size": 70, "opacity": 1, "color": charts.INK}
    left = panel(
        "How many of the 89% intervals hold", looks.line(base, "population known", share("wanted")),
        looks.line(base, "population plugged in", share("coverage"), clip=True),
        here.mark_point(clip=True, **mark).encode(share("coverage")),
    )  # fmt: skip
    right = panel(
        "How wide they are, in log odds", looks.line(base, "no pooling", wide("own")),
        looks.line(base, "population known", wide("known")), looks.line(base, "population plugged in", wide("width")),
        here.mark_point(**mark).encode(wide("width")),
        here.mark_text(dy=14, fontSize=12).encode(wide("width"), text="said:N"),
    )  # fmt: skip
    return charts.finish(alt.hconcat(left, right, spacing=30))


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


def cities_picture(state: CitiesState) -> plots.Picture:
    """The same picture for a page without a kernel."""
    found = cities_arrays(state)
    figure, (left, right) = plots.subplots(1, 2, size=(9, 3.2))
    left.plot(CITIES, found.coverage, color=plots.PARTIAL, label="population plugged in")
    left.axhline(LEVEL, color=charts.GREEN, linestyle=":", label="population known")
    left.plot(state.cities, found.here[0], "o", color=plots.INK)
    right.plot(CITIES, found.width, color=plots.PARTIAL)
    right.axhline(found.known, color=charts.GREEN, linestyle=":")
    right.axhline(found.own, color=plots.NONE, linestyle="--", label="no pooling")
    right.plot(state.cities, found.here[1], "o", color=plots.INK)
    for ax in (left, right):
        ax.set(xscale="log", xlabel="number of cities (log scale)")
        ax.set_xticks([10, 100, 1000, 10_000], ["10", "100", "1,000", "10,000"])
        ax.legend()
    left.set(ylabel="share of 89% intervals that hold", ylim=(0, 1))
    right.set(ylabel="mean width (log odds)", ylim=(0, 1.1 * max(found.own, found.known)))
    return plots.picture(figure, alt=cities_words(found))


def cities_controls(start: CitiesState) -> Mapping[str, widgets.Widget]:
    """Controls, one a field of the state."""
    return {
        "cities": controls.log_slider("Number of cities", start.cities, FEWEST, MOST, steps=96, readout=",.0f"),
        "users": controls.log_slider("Users of each city", start.users, 2, 2048, steps=80, readout=",.0f"),
        "tau": controls.slider("Spread of the cities (log odds)", start.tau, 0.0, 3.0, 0.1),
    }


EXPLORER: Final = Explorer(
    CitiesState,
    cities_arrays,
    cities_tables,
    cities_chart,
    cities_summary,
    cities_words,
    cities_controls,
    cities_picture,
)

cities = opening(
    EXPLORER,
    "cities",
    "Explore plugged-in intervals: number of cities, their users and spread; coverage and width follow.",
)

"""The prices' explorer, its arithmetic: the most credible curves of ten cities for a given spread between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from scipy import special

from course import regression, simulate
from course.explore.parts import Arithmetic, Choice, Controls, Count, LogSlider, Tables
from course.lessons.logistic_regression.most_credible import TRIED, most_credible
from course.validate import FloatArray

CITIES: Final = tuple("ABCDEFGHIJ")
SPREADS: Final = (0.05, 20.0)  # multiples of the true spread
MENU: Final = np.arange(20.0, 101.0)  # euros
_PATH: Final = np.geomspace(*SPREADS, 31)
LEAST_LOST, MOST_LOST = 0.02, 40.0  # euros, on a logarithmic axis
_WORLDS: Final = 20
_EVERY: Final = slice(None, None, 2)  # every second price is enough for a line


@dataclass(frozen=True)
class PricesState:
    """What the learner can set.

    Attributes
    ----------
    spread : float
        Spread of the cities' curves about their mean, as a multiple of the true one.
    city : str
        Whose curve is shown, A (20 users) to J (200).
    world : int
        Which of the simulated worlds; 7 is the lesson's.
    """

    spread: float = 1.0
    city: str = "D"
    world: int = 7


class World(NamedTuple):
    """Ten cities: purchases and users at each tried price, shape (10, 9), true curves and both extremes of pooling."""

    bought: FloatArray
    asked: FloatArray
    alpha: FloatArray
    beta: FloatArray
    one: regression.OneCurve
    own: regression.OwnCurves
    path: FloatArray  # euros a visitor lost at each spread of the path, shape (31, 10)


class PricesArrays(NamedTuple):
    """What the setting means. Chances at whole prices from 20 to 100 euros, shape (81,); none is empty without a curve.

    seen holds price, share and users of the chosen city where it was asked; price, best and complete_price are in
    euros, lost and lost_complete in euros a visitor of each city, shape (10,); path is the loss at each spread,
    shape (31, 10).
    """

    state: PricesState
    yours: FloatArray
    complete: FloatArray
    none: FloatArray
    truth: FloatArray
    seen: FloatArray
    price: float
    best: float
    complete_price: float
    lost: FloatArray
    lost_complete: FloatArray
    spreads: FloatArray
    path: FloatArray

    @property
    def chosen(self) -> int:
        """Place of the city that is shown."""
        return CITIES.index(self.state.city)


def prices_arrays(state: PricesState) -> PricesArrays:
    """Most credible curves given the spread, the price that each would charge, and what that costs."""
    world, j = _world(state.world), CITIES.index(state.city)
    curves = most_credible(world.bought, world.asked, np.array([state.spread]))[0]
    price = _best(curves[:, 0], curves[:, 1])
    exists, seen = bool(world.own.exists[j]), world.asked[j] > 0
    one = np.full((10, 2), world.one)
    everywhere = _best(one[:, 0], one[:, 1])
    none = _chance(float(world.own.alpha[j]), float(world.own.beta[j])) if exists else np.zeros(0)
    dots = np.array([10 * TRIED, world.bought[j] / np.maximum(world.asked[j], 1), world.asked[j]])[:, seen]
    return PricesArrays(
        state, _chance(*curves[j]), _chance(*world.one), none, _chance(world.alpha[j], world.beta[j]), dots,
        float(price[j]), float(_best(world.alpha, world.beta)[j]), float(everywhere[j]), _lost(world, price),
        _lost(world, everywhere), _PATH, world.path,
    )  # fmt: skip


@lru_cache(maxsize=32)
def _world(seed: int) -> World:
    """Cities of a world and what each spread of the path would cost in them: independent of the other controls."""
    made = simulate.priced_cities(np.random.default_rng(seed))
    cells = regression.cells(made.bought, made.price / 10, made.city)
    bought, asked = np.zeros((2, 10, TRIED.size))
    at = (cells.groups.of_row, np.searchsorted(TRIED, cells.x))
    bought[at], asked[at] = cells.successes, cells.trials
    one, own = regression.one_curve(cells), regression.own_curves(cells)
    world = World(bought, asked, made.alpha, made.beta, one, own, np.zeros((0, 10)))
    curves = most_credible(bought, asked, _PATH)
    return world._replace(path=np.array([_lost(world, _best(c[:, 0], c[:, 1])) for c in curves]))


def _chance(alpha: float, beta: float) -> FloatArray:
    return np.asarray(special.expit(alpha + beta * MENU / 10))


def _best(alpha: FloatArray, beta: FloatArray) -> FloatArray:
    return 10 * regression.best_price(alpha, beta, MENU / 10).price


def _lost(world: World, price: FloatArray) -> FloatArray:
    return 10 * regression.revenue_lost(price / 10, world.alpha, world.beta, MENU / 10)


def prices_tables(found: PricesArrays) -> Tables:
    """Tables of the chart."""
    price, j = MENU[_EVERY], found.chosen
    curves = {"complete": found.complete, "yours": found.yours, "truth": found.truth}
    own = found.none[_EVERY].round(4)
    return {
        "curve": {
            "price": price,
            **{name: values[_EVERY].round(4) for name, values in curves.items()},
            "takings": (MENU * found.yours)[_EVERY].round(2),
            "true_takings": (MENU * found.truth)[_EVERY].round(2),
        },
        "own": {"price": price[: own.size], "own": own},
        "seen": {"price": found.seen[0], "share": found.seen[1].round(3), "asked": found.seen[2]},
        "charged": {"price": found.price, "takings": takings_at(found, found.price)},
        "best": {"price": found.best, "takings": takings_at(found, found.best)},
        "path": {"spread": found.spreads, "ten": on_axis(found.path.mean(axis=1)), "city": on_axis(found.path[:, j])},
        "here": {
            "spread": found.state.spread,
            "ten": on_axis(found.lost.mean()),
            "city": on_axis(found.lost[j]),
            "ten_one": on_axis(found.lost_complete.mean()),
        },
    }


def on_axis(lost: Any) -> Any:
    """Losses within the ends of their logarithmic axis."""
    return np.clip(lost, LEAST_LOST, MOST_LOST).round(3)


def takings_at(found: PricesArrays, price: float) -> float:
    """What a price really earns."""
    return round(float(price * np.interp(price, MENU, found.truth)), 2)


def prices_summary(found: PricesArrays) -> str:
    """Price, what it costs here and in all cities."""
    j = found.chosen
    alone = "" if found.none.size else ", which has no curve of its own,"
    return (
        f"Spread {found.state.spread:.2g} times the true one: city {found.state.city}{alone} is charged "
        f"{found.price:.0f} euros where {found.best:.0f} would be best, and loses {found.lost[j]:.2f} euros a visitor. "
        f"All ten lose {found.lost.mean():.2f} on average, with one price for all {found.lost_complete.mean():.2f}."
    )


def prices_words(found: PricesArrays) -> str:
    """Alternative text of the picture."""
    steep = [f"{curve[0]:.2f} at 20 to {curve[-1]:.2f} at 100 euros" for curve in (found.yours, found.truth)]
    none = f"falls from {found.none[0]:.2f} to {found.none[-1]:.2f}" if found.none.size else "does not exist"
    ten = found.path.mean(axis=1)
    return (
        f"City {found.state.city} of world {found.state.world}, {found.seen[2].sum():.0f} users. Left: chance of a "
        f"purchase by price. With your spread it goes from {steep[0]}, in truth from {steep[1]}; the curve for all "
        f"from {found.complete[0]:.2f} to {found.complete[-1]:.2f}; the city's own curve {none}. Middle: takings, "
        f"charged {found.price:.0f} euros, best {found.best:.0f}. Right: euros a visitor lost against the spread; "
        f"the mean of ten cities falls from {ten[0]:.2f} at {SPREADS[0]:g} to {ten.min():.2f} at "
        f"{found.spreads[ten.argmin()]:.2g} and is {ten[-1]:.2f} at {SPREADS[1]:g}."
    )


_CONTROLS: Final[Controls] = {
    "spread": LogSlider("Spread of cities, times the true one", *SPREADS, steps=60),
    "city": Choice("City, A (20 users) to J (200)", CITIES),
    "world": Count("World (7 is the lesson's)", 1, _WORLDS),
}
ARITHMETIC: Final = Arithmetic(PricesState, prices_arrays, prices_tables, prices_summary, prices_words, _CONTROLS)

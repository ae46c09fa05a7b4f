"""The prices' explorer, its arithmetic: the most credible curves of ten cities for a given spread between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from scipy import special

from course import regression, simulate
from course.validate import FloatArray

CITIES: Final = tuple("ABCDEFGHIJ")
SPREADS: Final = (0.05, 20.0)  # multiples of the true spread
MENU: Final = np.arange(20.0, 101.0)  # euros
_TRIED: Final = np.arange(2.0, 11.0)  # prices in tens of euros, the unit of beta
_TRUE_TAU: Final = np.array([1.5, 0.3])
_PATH: Final = np.geomspace(*SPREADS, 31)
_TALLEST: Final = 400.0  # no log odds of a curve need to be told from this


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
    dots = np.array([10 * _TRIED, world.bought[j] / np.maximum(world.asked[j], 1), world.asked[j]])[:, seen]
    return PricesArrays(
        state, _chance(*curves[j]), _chance(*world.one), none, _chance(world.alpha[j], world.beta[j]), dots,
        float(price[j]), float(_best(world.alpha, world.beta)[j]), float(everywhere[j]), _lost(world, price),
        _lost(world, everywhere), _PATH, world.path,
    )  # fmt: skip


def most_credible(bought: FloatArray, asked: FloatArray, spread: FloatArray) -> FloatArray:
    r"""Curves and mean curve at which likelihood times population is highest, for each spread: (n_spreads, 10, 2).

    Newton's steps on all alpha, beta and the two means at once; the cities are eliminated one by one, since they meet
    only in the means. A step that does not descend is halved.

    Parameters
    ----------
    bought, asked : ndarray, shape (n_cities, 9)
        Purchases and users at prices of 20, 30, ..., 100 euros.
    spread : ndarray, shape (n_spreads,)
        Multiples of the true standard deviations, which are 1.5 for alpha and 0.3 for beta. All > 0.
    """
    d = (1 / (spread[:, None] * _TRUE_TAU) ** 2)[:, None]  # precision of the population, (s, 1, 2)
    start = np.array([5.0, -0.8])
    theta, mu = np.tile(start, (spread.size, len(bought), 1)), np.tile(start, (spread.size, 1, 1))
    loss = _loss(theta, mu, d, bought, asked)
    for _ in range(60):
        step, step_mu = _newton(theta, mu, d, bought, asked)
        size = np.ones((spread.size, 1, 1))
        for _ in range(12):
            after = _loss(theta + size * step, mu + size * step_mu, d, bought, asked)
            worse = after > loss + 1e-12 * np.abs(loss)
            if not worse.any():
                break
            size[worse] /= 2
        done = bool(np.all(np.abs(size * step) < 1e-7 * (1 + np.abs(theta))))
        theta, mu, loss = theta + size * step, mu + size * step_mu, after
        if done:
            break
    return theta


def _newton(
    theta: FloatArray, mu: FloatArray, d: FloatArray, bought: FloatArray, asked: FloatArray
) -> tuple[FloatArray, FloatArray]:
    p = special.expit(theta[..., :1] + theta[..., 1:] * _TRIED)
    left, w = asked * p - bought, asked * p * (1 - p)
    pull = d * (theta - mu)
    g = np.stack([left.sum(-1), left @ _TRIED], axis=-1) + pull
    h_aa, h_ab, h_bb = w.sum(-1) + d[..., 0], w @ _TRIED, w @ _TRIED**2 + d[..., 1]
    inverse = np.stack([np.stack([h_bb, -h_ab], -1), np.stack([-h_ab, h_aa], -1)], -2)
    inverse /= (h_aa * h_bb - h_ab**2)[..., None, None]
    moved = np.einsum("sjkl,sjl->sjk", inverse, g)
    # The means' own system, cities eliminated: sum of D - D H^-1 D.
    system = len(bought) * d[:, 0, :, None] * np.eye(2) - d[:, 0, :, None] * inverse.sum(axis=1) * d[:, 0, None, :]
    right = (pull - d * moved).sum(axis=1)
    step_mu = np.linalg.solve(system, right[..., None])[..., 0][:, None]
    return np.einsum("sjkl,sjl->sjk", inverse, d * step_mu) - moved, step_mu


def _loss(theta: FloatArray, mu: FloatArray, d: FloatArray, bought: FloatArray, asked: FloatArray) -> FloatArray:
    log_odds = np.clip(theta[..., :1] + theta[..., 1:] * _TRIED, -_TALLEST, _TALLEST)
    fit = asked * np.logaddexp(0.0, log_odds) - bought * log_odds
    return np.asarray((fit.sum((1, 2)) + 0.5 * (d * (theta - mu) ** 2).sum((1, 2)))[:, None, None])


@lru_cache(maxsize=32)
def _world(seed: int) -> World:
    """Cities of a world and what each spread of the path would cost in them: independent of the other controls."""
    made = simulate.priced_cities(np.random.default_rng(seed))
    cells = regression.cells(made.bought, made.price / 10, made.city)
    bought, asked = np.zeros((2, 10, _TRIED.size))
    at = (cells.groups.of_row, np.searchsorted(_TRIED, cells.x))
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

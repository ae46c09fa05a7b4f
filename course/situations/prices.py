r"""A price for each city, from few visitors.

:math:`\text{logit } p = \alpha_j + \beta_j\,\text{price}`, curves drawn from a population. Groups are cities, sparse
because each visitor sees one price once. Exchangeable until a rival opens in some of them.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from course import regression, simulate
from course.regression import Cells, LinePriors
from course.situations.scores import Scores
from course.validate import FloatArray, as_rng, as_whole

MENU: Final = np.arange(1.0, 12.01, 0.1)  # prices in tens of euros
PRIORS: Final = LinePriors((5.0, 2.0), (-1.0, 0.5), tau_alpha=1.5, tau_beta=0.4, sigma=1.0, eta=2.0)
USERS: Final = (8, 10, 12, 15, 18, 22, 27, 33, 40, 50)


class Prices(NamedTuple):
    """Price for each city under the three poolings, each of shape (n_cities,), in tens of euros."""

    none: FloatArray
    complete: FloatArray
    partial: FloatArray


def estimates(cells: Cells) -> Prices:
    """Price that each pooling would charge.

    A city without a curve of its own gets, under no pooling, the price it was asked that took most per visitor.
    """
    own, one = regression.own_curves(cells), regression.one_curve(cells)
    at_own = regression.best_price(own.alpha.filled(0.0), own.beta.filled(0.0), MENU).price
    none = np.where(own.exists, at_own, best_tried(cells))
    common = regression.best_price([one.alpha], [one.beta], MENU).price
    exact = regression.exact_choices(cells, PRIORS)
    return Prices(none, np.repeat(common, none.size), MENU[exact.revenue(MENU).argmax(axis=1)])


def best_tried(cells: Cells) -> FloatArray:
    """Price asked in each city that took most per visitor asked, shape (n_cities,)."""
    took = cells.x * cells.successes / cells.trials
    who = cells.groups.of_row
    return np.array([cells.x[who == j][np.argmax(took[who == j])] for j in range(len(cells.groups.labels))])


def losses(
    replications: int, rng: np.random.Generator, *, spread: float = 1.0, users: tuple[int, ...] = USERS
) -> FloatArray:
    """Euros a visitor lost against the best price for each city's true curve.

    Parameters
    ----------
    replications : int
        Worlds; each costs some hundredths of a second.
    rng : numpy.random.Generator
        Source of randomness.
    spread : float
        How much cities differ, as a multiple of tau = (1.5, 0.3).
    users : tuple of int
        Visitors of each city.

    Returns
    -------
    ndarray, shape (replications, 3, n_cities)
        No, complete and partial pooling.

    Raises
    ------
    ValueError
        From `regression.exact_choices` in the rare world in which a city's curve leaves its grid.
    """
    tau = (1.5 * spread, 0.3 * spread)
    lost = np.empty((as_whole("replications", replications, "it is how many worlds are simulated"), 3, len(users)))
    for world_lost in lost:
        world = simulate.priced_cities(as_rng(rng), users=users, tau=tau)
        with threadpool_limits(1, "blas"):  # many small products: threads that wait for each other cost ten times more
            chosen = estimates(regression.cells(world.bought, world.price / 10, world.city))
        world_lost[:] = [10 * regression.revenue_lost(p, world.alpha, world.beta, MENU) for p in chosen]
    return lost


def play(replications: int, rng: np.random.Generator, *, spread: float = 1.0) -> Scores:
    """Euros a visitor lost, mean over cities; arguments as for `losses`."""
    return scores(losses(replications, rng, spread=spread))


def scores(lost: FloatArray) -> Scores:
    """Scores of what `losses` returns, mean over cities."""
    return Scores(*lost.mean(axis=2).T)

r"""A price for each city, from few visitors.

:math:`\text{logit } p = \alpha_j + \beta_j\,\text{price}`, curves drawn from a population. Groups are cities, sparse
because each visitor sees one price once. Exchangeable until somebody knows in which of them a rival opens.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from course import regression, simulate
from course.regression import Cells, LinePriors, Population
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


def estimates(cells: Cells, priors: LinePriors = PRIORS) -> Prices:
    r"""Price that each pooling would charge: in all three the one with the highest mean revenue over a posterior.

    Complete pooling is the model with both tau at 0. No pooling gives each city the prior that the model gives a single
    one, :math:`\alpha_j \sim N(m, s^2 + t^2)` where :math:`\mu_\alpha \sim N(m, s^2)` and tau_alpha is half-normal of
    scale t, beta likewise: the same mean and variance, but normal. Beyond that cities tell each other nothing.
    """
    (mean_a, sd_a), (mean_b, sd_b) = priors.mu_alpha, priors.mu_beta
    single = Population(mean_a, mean_b, float(np.hypot(sd_a, priors.tau_alpha)), float(np.hypot(sd_b, priors.tau_beta)))
    everybody = regression.cells(cells.successes, cells.x, np.zeros(cells.x.size), trials=cells.trials)
    none = regression.curves_given(cells, single)
    common = regression.curves_given(everybody, Population(mean_a, mean_b, sd_a, sd_b))
    partial = regression.exact_choices(cells, priors)
    posteriors = np.concatenate([none.curves, common.curves, partial.curves])  # all on one grid: the menu is read once
    price = MENU[replace(partial, curves=posteriors).revenue(MENU).argmax(axis=1)]
    cities = len(none.curves)
    return Prices(price[:cities], np.repeat(price[cities], cities), price[cities + 1 :])


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
        chosen = estimates(regression.cells(world.bought, world.price / 10, world.city))
        world_lost[:] = [10 * regression.revenue_lost(p, world.alpha, world.beta, MENU) for p in chosen]
    return lost


def play(replications: int, rng: np.random.Generator, *, spread: float = 1.0) -> Scores:
    """Euros a visitor lost, mean over cities; arguments as for `losses`."""
    return scores(losses(replications, rng, spread=spread))


def scores(lost: FloatArray) -> Scores:
    """Scores of what `losses` returns, mean over cities."""
    return Scores(*lost.mean(axis=2).T)

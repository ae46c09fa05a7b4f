r"""Rare fraud by city: where to send a few inspectors.

Groups are cities, sparse because fraud is rare and most cities are small. :math:`y_j \sim \text{Binomial}(n_j,
\theta_j)`, :math:`\theta_j \sim \text{Beta}`. Exchangeable until more is known of the
cities: a port, or that rates go with size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from course.pooling import BetaPopulation, beta_binomial_mle, beta_binomial_pool
from course.situations.normal import Three
from course.situations.scores import Scores
from course.validate import FloatArray, as_counts, as_rng, as_whole

CHECKED = 1000  # transactions that one inspector looks at


@dataclass(frozen=True)
class Country:
    """Cities, what they report and how many inspectors there are.

    Attributes
    ----------
    cities, inspectors : int
        How many of each.
    transactions : float
        Of the median city last year.
    spread : float
        Standard deviation of the logarithm of transactions; 0 makes all cities equal in size.
    rate, concentration : float
        Mean (0 to 1) and concentration (transactions) of the beta population of fraud rates.
    """

    cities: int = 200
    inspectors: int = 10
    transactions: float = 300.0
    spread: float = 1.5
    rate: float = 0.005
    concentration: float = 400.0

    def __post_init__(self) -> None:
        as_whole("inspectors", self.inspectors, "nobody to send is no decision")
        if not (self.inspectors <= self.cities and self.transactions >= 2 and self.spread >= 0):
            raise ValueError(f"country must have a city for each inspector, transactions >= 2, spread >= 0, got {self}")
        if not (0 < self.rate < 1 and self.concentration > 0):
            raise ValueError(f"country must have 0 < rate < 1 and concentration > 0, got {self}")


class Reports(NamedTuple):
    """Frauds, transactions and true fraud rate of each city, all of shape (cities,)."""

    frauds: FloatArray
    transactions: FloatArray
    rate: FloatArray


def simulate(country: Country, rng: np.random.Generator) -> Reports:
    """One year's reports; each city has two transactions at least."""
    size = as_rng(rng).lognormal(np.log(country.transactions), country.spread, country.cities)
    n = np.maximum(2.0, np.rint(size))
    a, b = country.rate * country.concentration, (1 - country.rate) * country.concentration
    rate = rng.beta(a, b, country.cities)
    return Reports(rng.binomial(n.astype(np.int64), rate).astype(float), n, rate)


def population(frauds: FloatArray, transactions: FloatArray) -> BetaPopulation:
    """Population that the marginal likelihood likes best; all alike where no city has reported a fraud."""
    y, n = as_counts(frauds, transactions)
    if not 0 < y.sum() < n.sum():
        return BetaPopulation(float(y.sum() / n.sum()), np.inf)
    return beta_binomial_mle(y, n)


def estimates(frauds: FloatArray, transactions: FloatArray) -> Three:
    """Fraud rates under the three poolings, each of shape (cities,)."""
    own = frauds / transactions
    return Three(
        own,
        np.full(own.shape, frauds.sum() / transactions.sum()),
        beta_binomial_pool(frauds, transactions, population(frauds, transactions)),
    )


def caught(estimate: FloatArray, rate: FloatArray, inspectors: int) -> float:
    """Frauds that inspectors find in the cities with the highest estimates; among equals they are sent by lot.

    Parameters
    ----------
    estimate, rate : ndarray, shape (cities,)
        Estimated and true fraud rates.
    inspectors : int
        Each looks at `CHECKED` transactions of one city. Expected frauds are counted, no dice thrown.
    """
    edge = np.sort(estimate)[-inspectors]
    sure, tied = estimate > edge, estimate == edge
    return float(CHECKED * (rate[sure].sum() + (inspectors - sure.sum()) * rate[tied].mean()))


def play(country: Country, replications: int, rng: np.random.Generator) -> Scores:
    """Frauds missed by each inspector, against inspectors who know all true rates."""
    missed = np.empty((as_whole("replications", replications, "it is how many years are simulated"), 3))
    for row in missed:
        y, n, rate = simulate(country, rng)
        best = caught(rate, rate, country.inspectors)
        found = [caught(rates, rate, country.inspectors) for rates in estimates(y, n)]
        row[:] = (best - np.array(found)) / country.inspectors
    return Scores(*missed.T)

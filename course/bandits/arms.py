"""Worlds to play in: fixed arms, arms drawn from a population, arms that arrive over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.pooling import BetaPopulation
from course.validate import FloatArray, as_floats, as_whole, refuse

IntArray = NDArray[np.intp]


class World(NamedTuple):
    """Click rates of every replication, shape (replications, n_arms), and the step at which each arm opens, (n_arms,).

    ``opens`` never falls, so that the arms that are open at a step are the first ones; the first opens at step 0.
    """

    theta: FloatArray
    opens: IntArray


class Arms(Protocol):
    """What `simulate` asks of an environment: as many worlds as there are replications."""

    def draw(self, replications: int, rng: np.random.Generator) -> World:
        """Draw the worlds."""
        ...


@dataclass(frozen=True, eq=False)
class FixedArms:
    """The same arms in every replication, all open from the start.

    Parameters
    ----------
    theta : array_like, shape (n_arms,)
        Probability of a reward for each arm, 0 to 1.

    Raises
    ------
    ValueError
        Without arms, or with a probability outside [0, 1], naming the first.
    """

    theta: ArrayLike

    def __post_init__(self) -> None:
        object.__setattr__(self, "theta", as_rates(self.theta))

    def draw(self, replications: int, rng: np.random.Generator) -> World:
        """Repeat the arms; nothing is random."""
        theta = as_rates(self.theta)
        return World(np.tile(theta, (replications, 1)), np.zeros(theta.size, dtype=np.intp))


@dataclass(frozen=True)
class DrawnArms:
    """New arms in every replication, theta_j ~ Beta(alpha, beta), all open from the start.

    Parameters
    ----------
    n_arms : int
        Number of arms, at least 1.
    population : BetaPopulation
        Mean (0 to 1) and concentration (in pulls) of the rates.

    Raises
    ------
    ValueError
        On a number of arms that is no positive whole number, or a population without a density.
    """

    n_arms: int
    population: BetaPopulation

    def __post_init__(self) -> None:
        as_whole("n_arms", self.n_arms, "a platform needs something to choose from")
        as_density("population", self.population)

    def draw(self, replications: int, rng: np.random.Generator) -> World:
        """Draw the rates of every replication."""
        theta = rng.beta(self.population.alpha, self.population.beta, (replications, self.n_arms))
        return World(theta, np.zeros(self.n_arms, dtype=np.intp))


@dataclass(frozen=True)
class ArrivingArms:
    """Arms from a population of which ``first`` are open at the start and one more opens every so many steps.

    Parameters
    ----------
    n_arms : int
        Number of arms in the end.
    population : BetaPopulation
        Where their rates come from.
    first : int
        How many are open at step 0.
    every : int
        Steps between two arrivals.

    Raises
    ------
    ValueError
        On numbers that are not positive and whole, or more first arms than arms.
    """

    n_arms: int
    population: BetaPopulation
    first: int
    every: int

    def __post_init__(self) -> None:
        as_density("population", self.population)
        for name in ("n_arms", "first", "every"):
            as_whole(name, getattr(self, name), "see the docstring of ArrivingArms")
        if self.first > self.n_arms:
            raise ValueError(f"first must not exceed n_arms = {self.n_arms}, got {self.first}; are the two swapped?")

    def draw(self, replications: int, rng: np.random.Generator) -> World:
        """Draw the rates of every replication; the times of arrival are the same in all."""
        theta = rng.beta(self.population.alpha, self.population.beta, (replications, self.n_arms))
        return World(theta, np.maximum(0, np.arange(self.n_arms) - self.first + 1) * self.every)


def as_rates(theta: ArrayLike) -> FloatArray:
    """Probabilities of a reward, one for each arm."""
    rates = as_floats("theta", theta)
    if rates.ndim != 1 or not rates.size:
        raise ValueError(f"theta must have one rate for each of at least one arm, got shape {rates.shape}; no arms?")
    refuse((rates < 0) | (rates > 1), "theta", rates, "must lie in [0, 1]", "it is a probability; is it a percentage?")
    return rates


def as_density(name: str, population: BetaPopulation) -> BetaPopulation:
    """A population that beta variates can be drawn from."""
    if not (0 < population.mean < 1 and 0 < population.concentration < np.inf):
        alike = population.concentration == np.inf or population.mean in (0.0, 1.0)
        way_out = "arms that are all alike are FixedArms" if alike else "FixedArms takes rates of 0 and 1"
        raise ValueError(
            f"{name} must have 0 < mean < 1 and a finite concentration above 0, got mean = {population.mean:g} and "
            f"concentration = {population.concentration:g}; {way_out}"
        )
    return population

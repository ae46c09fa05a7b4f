r"""Thompson sampling that learns the population of arms from all arms together.

:math:`\theta_j \sim \text{Beta}(mc, (1-m)c)` with unknown mean m and concentration c, both on a grid. The marginal
likelihood of a grid point, the arms integrated out, need not be computed anew after each pull: by the chain rule it
gains the probability that the point gave to the last reward,

.. math:: p(y = 1 \mid m, c, \text{past}) = \frac{mc + s}{c + n},

for an arm with s rewards in n pulls. So one pull costs one multiplication a grid point, however many arms there are.

References
----------
Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., section 5.3; Kveton et al. (2021), Meta-Thompson sampling,
ICML.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from course.bandits.arms import IntArray, as_density
from course.bandits.policies import FLAT, Choice, Rewards, Tally, View, beta_view
from course.marginal import beta_binomial_log_likelihood, count_table
from course.pooling import BetaPopulation
from course.validate import Counts, FloatArray, as_floats, refuse


@dataclass(frozen=True, eq=False)
class PopulationGrid:
    """Populations that are thought possible, and the prior weight of each; all of shape (n_points,).

    Parameters
    ----------
    mean, concentration : array_like
        Mean rate (strictly between 0 and 1) and concentration (in pulls, above 0, finite).
    weight : array_like
        Prior weights; they are scaled to sum to 1.

    Raises
    ------
    ValueError
        On unequal lengths, no points, or a value outside its range, naming it.
    """

    mean: FloatArray
    concentration: FloatArray
    weight: FloatArray

    def __post_init__(self) -> None:
        for name in ("mean", "concentration", "weight"):
            object.__setattr__(self, name, as_floats(name, getattr(self, name)))
        m, c, w = self.mean, self.concentration, self.weight
        if not (m.ndim == 1 and m.size and m.shape == c.shape == w.shape):
            raise ValueError(
                f"mean, concentration and weight must have one value for each of at least one point, got shapes "
                f"{m.shape}, {c.shape} and {w.shape}; population_grid makes all combinations"
            )
        refuse((m <= 0) | (m >= 1), "mean", m, "must lie strictly between 0 and 1", "is it a percentage?")
        refuse((c <= 0) | np.isinf(c), "concentration", c, "must be positive and finite", "did you pass its log?")
        refuse((w < 0) | np.isinf(w), "weight", w, "must be finite and not negative", "did you pass log weights?")
        if not w.sum() > 0:
            raise ValueError("weight must be positive somewhere, got 0 everywhere; did the log weights underflow?")
        object.__setattr__(self, "weight", w / w.sum())

    @property
    def alpha(self) -> FloatArray:
        """First parameter of the beta distribution of each point."""
        return self.mean * self.concentration

    @property
    def beta(self) -> FloatArray:
        """Second parameter of the beta distribution of each point."""
        return (1.0 - self.mean) * self.concentration


def population_grid(
    mean: tuple[float, float] = (0.005, 0.9),
    concentration: tuple[float, float] = (2.0, 1000.0),
    points: tuple[int, int] = (32, 10),
) -> PopulationGrid:
    """All combinations of means, evenly spaced in their logit, and concentrations, evenly in their log.

    Every point has the same weight: a hyperprior that is flat in logit mean and log concentration between the ends.

    Parameters
    ----------
    mean, concentration : tuple of float
        Lowest and highest.
    points : tuple of int
        How many of each. The grid should be finer than the posterior is wide.
    """
    low, high = special.logit(mean)
    m = special.expit(np.linspace(low, high, points[0]))
    c = np.geomspace(*concentration, points[1])
    grid = np.meshgrid(m, c, indexing="ij")
    return PopulationGrid(grid[0].ravel(), grid[1].ravel(), np.ones(grid[0].size))


class Believed(NamedTuple):
    """Tally of the arms and weight of every grid point, shape (replications, n_points), each row with sum 1."""

    tally: Tally
    weight: FloatArray


@dataclass(frozen=True, eq=False)
class _Learner:
    """What the two hierarchical policies share: a tally and the weights of a grid, updated pull by pull."""

    grid: PopulationGrid = field(default_factory=population_grid)

    def start(self, replications: int, n_arms: int) -> Believed:
        """No pulls, and the prior of the population."""
        return Believed(Tally.empty(replications, n_arms), np.tile(self._prior(), (replications, 1)))

    def learn(self, state: Believed, arm: IntArray, reward: Rewards) -> Believed:
        """Count the pulls; each grid point gains the probability that it gave to the rewards."""
        tally = state.tally.add(arm, reward)
        rows = np.arange(len(arm))
        s, f = (counts[rows, arm][:, None] for counts in state.tally)
        base = np.stack([self.grid.beta, self.grid.alpha])[np.asarray(reward, dtype=np.intp)]
        base += np.where(np.asarray(reward)[:, None] == 1, s, f)
        base /= self.grid.concentration + (s + f)
        base *= state.weight
        base /= base.sum(axis=1, keepdims=True)
        return Believed(tally, base)

    def resume(self, successes: ArrayLike, failures: ArrayLike) -> Believed:
        """State after these counts, shape (replications, n_arms): the marginal likelihood itself, not its chain."""
        tally = Tally(*(np.atleast_2d(as_floats(n, c)) for n, c in (("successes", successes), ("failures", failures))))
        log_weight = np.array([
            beta_binomial_log_likelihood(count_table(Counts(s, s + f)), self.grid.alpha, self.grid.beta)
            for s, f in zip(*tally, strict=True)
        ])  # fmt: skip
        weight = self._prior() * np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
        return Believed(tally, weight / weight.sum(axis=1, keepdims=True))

    def _prior(self) -> FloatArray:
        return self.grid.weight

    def _pull(self, tally: Tally, mean: FloatArray, c: FloatArray, n_open: int, rng: np.random.Generator) -> Choice:
        """Highest of one draw for each arm, given the population of each replication."""
        s, f = tally.successes[:, :n_open], tally.failures[:, :n_open]
        draws = rng.beta(s + (mean * c)[:, None], f + ((1.0 - mean) * c)[:, None])
        return Choice(np.argmax(draws, axis=1), mean, c)


@dataclass(frozen=True, eq=False)
class HierarchicalThompson(_Learner):
    """Thompson sampling from the joint posterior of population and arms.

    Each step draws a population from its posterior, then each arm's rate given that population and the arm's own pulls,
    and pulls the highest: one exact draw (up to the grid) of everything that is unknown.

    Parameters
    ----------
    grid : PopulationGrid
        Hyperprior.
    name : str
        Short name for legends.
    """

    name: str = "Thompson, hierarchical"

    def choose(self, state: Believed, n_open: int, rng: np.random.Generator) -> Choice:
        """Draw a population, then the arms."""
        heap = np.cumsum(state.weight, axis=1)
        point = np.sum(heap < rng.random((len(heap), 1)) * heap[:, -1:], axis=1)
        return self._pull(state.tally, self.grid.mean[point], self.grid.concentration[point], n_open, rng)

    def view(self, state: Believed) -> View:
        """Posterior mean of each arm, exact, and 89% interval of the beta with the same mean and variance."""
        tried = state.tally.trials[..., None] + self.grid.concentration
        at = (state.tally.successes[..., None] + self.grid.alpha) / tried
        mean, weight = np.einsum("rkg,rg->rk", at, state.weight), state.weight
        variance = np.einsum("rkg,rg->rk", at * (1.0 - at) / (tried + 1.0) + (at - mean[..., None]) ** 2, weight)
        trials = mean * (1.0 - mean) / variance - 1.0
        return beta_view(mean * trials, (1.0 - mean) * trials)._replace(centre=mean)


@dataclass(frozen=True, eq=False)
class EmpiricalBayesThompson(_Learner):
    """Thompson sampling with the population at which the marginal likelihood is highest, as if it were known.

    Two guards, since the likelihood has places without a maximum. Where no arm was pulled twice it is the same for
    every concentration, and where all rewards are equal it runs to the edge in the mean: until an arm has two pulls and
    both outcomes have been seen, the policy uses the population ``before``. And where the arms differ no more than
    chance allows, it rises with the concentration for ever: the highest of the grid ends the climb. (The lowest ends
    the opposite one, towards arms that are all or nothing.) The weights of ``grid`` are not used; only its points are.

    Parameters
    ----------
    grid : PopulationGrid
        Points among which the maximum is sought.
    before : BetaPopulation
        What is assumed as long as the likelihood cannot say.
    guarded : bool
        False leaves the first guard out: the first of the highest points is taken from the first pull on.
    name : str
        Short name for legends.
    """

    before: BetaPopulation = FLAT
    guarded: bool = True
    name: str = "Thompson, empirical Bayes"

    def __post_init__(self) -> None:
        as_density("before", self.before)

    def _prior(self) -> FloatArray:
        return np.full(self.grid.mean.size, 1.0 / self.grid.mean.size)

    def population(self, state: Believed) -> tuple[FloatArray, FloatArray]:
        """Mean and concentration in use, both of shape (replications,)."""
        # A chain of products and one of sums differ by rounding: points that are equal to it count as equal.
        top = state.weight >= state.weight.max(axis=1, keepdims=True) * (1.0 - 1e-9)
        point = np.argmax(top, axis=1)
        if not self.guarded:
            return self.grid.mean[point], self.grid.concentration[point]
        s, f = state.tally
        can_say = ((s + f).max(axis=1) >= 2) & (s.max(axis=1) > 0) & (f.max(axis=1) > 0)
        return (
            np.where(can_say, self.grid.mean[point], self.before.mean),
            np.where(can_say, self.grid.concentration[point], self.before.concentration),
        )

    def choose(self, state: Believed, n_open: int, rng: np.random.Generator) -> Choice:
        """Draw the arms, given the likeliest population."""
        return self._pull(state.tally, *self.population(state), n_open, rng)

    def view(self, state: Believed) -> View:
        """Mean and 89% interval (equal tails) of each arm, given the likeliest population."""
        mean, c = (values[:, None] for values in self.population(state))
        return beta_view(state.tally.successes + mean * c, state.tally.failures + (1.0 - mean) * c)

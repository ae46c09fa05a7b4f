"""Policies without a hierarchy, as pure steps: choose from a state, learn into a new one.

A policy's state says all it knows, for every replication at once. `choose` reads it and needs a source of randomness;
`learn` returns the next state and changes nothing. Only the first ``n_open`` arms can be chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol, Self

import numpy as np
from scipy import special

from course.bandits.arms import IntArray, as_density
from course.pooling import BetaPopulation
from course.validate import BoolArray, FloatArray, as_number

Rewards = FloatArray | BoolArray
FLAT: Final = BetaPopulation(0.5, 2.0)  # Beta(1, 1): every rate as likely as any other
_TIES: Final = 1e-11  # less than any two different rates differ by in 100,000 pulls
_UNTRIED: Final = 100.0  # above every index, and small enough to break ties beside it


class Tally(NamedTuple):
    """Rewards and failures of each arm so far, both of shape (replications, n_arms)."""

    successes: FloatArray
    failures: FloatArray

    @property
    def trials(self) -> FloatArray:
        """Pulls of each arm."""
        return self.successes + self.failures

    @classmethod
    def empty(cls, replications: int, n_arms: int) -> Self:
        """Nothing pulled yet."""
        return cls(np.zeros((replications, n_arms)), np.zeros((replications, n_arms)))

    def add(self, arm: IntArray, reward: Rewards) -> Tally:
        """Tally after one more pull in each replication.

        Raises
        ------
        ValueError
            If a reward is neither 0 nor 1.
        """
        reward = as_rewards(reward)
        rows = np.arange(len(arm))
        successes, failures = self.successes.copy(), self.failures.copy()
        successes[rows, arm] += reward
        failures[rows, arm] += 1.0 - reward
        return Tally(successes, failures)


class Choice(NamedTuple):
    """Arm chosen in each replication, and the population (mean, concentration) it was chosen with, if any.

    All of shape (replications,).
    """

    arm: IntArray
    mean: FloatArray | None = None
    concentration: FloatArray | None = None


class View(NamedTuple):
    """What a policy holds of each arm: centre and ends of an interval, all of shape (replications, n_arms)."""

    centre: FloatArray
    low: FloatArray
    high: FloatArray


class Policy[State](Protocol):
    """What `simulate` asks of a policy."""

    @property
    def name(self) -> str:
        """Short name for legends."""
        ...

    def start(self, replications: int, n_arms: int) -> State:
        """State before the first pull."""
        ...

    def choose(self, state: State, n_open: int, rng: np.random.Generator) -> Choice:
        """Choose one of the first ``n_open`` arms in each replication."""
        ...

    def learn(self, state: State, arm: IntArray, reward: Rewards) -> State:
        """State after these pulls."""
        ...


@dataclass(frozen=True)
class EpsilonGreedy:
    """Pull the arm with the highest own rate, and with probability epsilon any arm.

    An arm that was never pulled counts as 0; ties are broken at random. With epsilon = 1 nothing is ever learned: the
    answer of complete pooling, to which all arms are one.
    """

    epsilon: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= as_number("epsilon", self.epsilon) <= 1:
            raise ValueError(f"epsilon must lie in [0, 1], got {self.epsilon:g}; it is the share of random pulls")

    @property
    def name(self) -> str:
        """Short name for legends."""
        return "random" if self.epsilon == 1 else "epsilon-greedy"

    def start(self, replications: int, n_arms: int) -> Tally:
        """No pulls."""
        return Tally.empty(replications, n_arms)

    def choose(self, state: Tally, n_open: int, rng: np.random.Generator) -> Choice:
        """Best own rate, or any arm."""
        noise = rng.random((len(state.successes), n_open))
        best = np.argmax(_own_rate(state)[:, :n_open] + _TIES * noise, axis=1)
        explore = rng.random(len(best)) < self.epsilon
        return Choice(np.where(explore, rng.integers(n_open, size=len(best)), best))

    def learn(self, state: Tally, arm: IntArray, reward: Rewards) -> Tally:
        """Count the pulls."""
        return state.add(arm, reward)

    def view(self, state: Tally) -> View:
        """Its own rate of each arm, without doubt."""
        rate = _own_rate(state)
        return View(rate, rate, rate)


class _Index:
    """Pull the arm with the highest index, untried arms first and in random order; a subclass says what it is."""

    def start(self, replications: int, n_arms: int) -> Tally:
        """No pulls."""
        return Tally.empty(replications, n_arms)

    def choose(self, state: Tally, n_open: int, rng: np.random.Generator) -> Choice:
        """Highest index; untried arms first, in random order."""
        index = self._index(state)[:, :n_open]
        return Choice(np.argmax(index + _TIES * rng.random(index.shape), axis=1))

    def learn(self, state: Tally, arm: IntArray, reward: Rewards) -> Tally:
        """Count the pulls."""
        return state.add(arm, reward)

    def view(self, state: Tally) -> View:
        """Own rate of each arm up to its index, which is not a probability and is cut at 1."""
        rate = _own_rate(state)
        return View(rate, rate, np.minimum(self._index(state), 1.0))

    def _index(self, state: Tally) -> FloatArray:
        n = state.trials
        pulls = np.maximum(n.sum(axis=1, keepdims=True), 1.0)
        return np.where(n > 0, self._plausible(_own_rate(state), np.log(pulls) / np.maximum(n, 1.0)), _UNTRIED)

    def _plausible(self, rate: FloatArray, allowed: FloatArray) -> FloatArray:
        """Highest rate still plausible where doubt of log t / n is allowed."""
        raise NotImplementedError


@dataclass(frozen=True)
class UCB1(_Index):
    r"""Pull the arm with the highest :math:`\bar y_j + \sqrt{2 \log t / n_j}`, each arm once at first.

    References
    ----------
    Auer, Cesa-Bianchi and Fischer (2002), Machine Learning 47, 235-256.
    """

    @property
    def name(self) -> str:
        """Short name for legends."""
        return "UCB1"

    def _plausible(self, rate: FloatArray, allowed: FloatArray) -> FloatArray:
        return rate + np.sqrt(2.0 * allowed)


@dataclass(frozen=True)
class KLUCB(_Index):
    r"""Pull the arm with the highest rate q that is still plausible: :math:`n_j KL(\bar y_j, q) \le \log t`.

    KL is that of Bernoulli rewards, so that doubt about low rates is as small as it is; `UCB1` has the same idea for
    rewards anywhere between 0 and 1. Each arm once at first.

    References
    ----------
    Garivier and Cappe (2011), The KL-UCB algorithm for bounded stochastic bandits and beyond, COLT.
    """

    @property
    def name(self) -> str:
        """Short name for legends."""
        return "KL-UCB"

    def _plausible(self, rate: FloatArray, allowed: FloatArray) -> FloatArray:
        return highest_plausible(rate, allowed)


def highest_plausible(rate: FloatArray, allowed: FloatArray) -> FloatArray:
    """Largest q with KL(rate, q) <= allowed, by Newton's steps from above, where the divergence is convex."""
    entropy = -special.entr(rate) - special.entr(1.0 - rate)
    # Three bounds from above: from KL >= 2 (q - p)^2, from KL >= (q - p)^2 / 2q, and from q <= 1 in the first term.
    by_square = rate + np.sqrt(allowed / 2.0)
    by_low_rate = rate + allowed + np.sqrt(allowed**2 + 2.0 * allowed * rate)
    failing = np.maximum(1.0 - rate, 1e-12)
    by_failing = 1.0 - failing * np.exp(-np.minimum((allowed + special.entr(rate)) / failing, 700.0))
    q = np.minimum(np.minimum(by_square, by_low_rate), by_failing)
    for _ in range(8):
        inside = (q > rate) & (q < 1.0)
        at = np.where(inside, q, 0.5)
        gap = entropy - special.xlogy(rate, at) - special.xlog1py(1.0 - rate, -at) - allowed
        step = gap * at * (1.0 - at) / np.where(inside, at - rate, 1.0)
        q = np.where(inside, np.maximum(at - step, rate), q)
    return np.asarray(np.clip(q, rate, 1.0))


@dataclass(frozen=True)
class Thompson:
    """Thompson sampling: draw a rate for each arm from its posterior, pull the arm with the highest draw.

    Parameters
    ----------
    prior : BetaPopulation
        Prior of every arm. `FLAT` learns nothing from the other arms; the population that the arms were drawn from is
        what an oracle would know.
    name : str
        Short name for legends.

    Raises
    ------
    ValueError
        If the prior has no density.

    References
    ----------
    Thompson (1933), Biometrika 25, 285-294; Russo et al. (2018), Foundations and Trends in Machine Learning 11(1).
    """

    prior: BetaPopulation = FLAT
    name: str = "Thompson, flat prior"

    def __post_init__(self) -> None:
        as_density("prior", self.prior)

    def start(self, replications: int, n_arms: int) -> Tally:
        """No pulls."""
        return Tally.empty(replications, n_arms)

    def choose(self, state: Tally, n_open: int, rng: np.random.Generator) -> Choice:
        """Highest of one draw for each arm."""
        s, f = state.successes[:, :n_open], state.failures[:, :n_open]
        return Choice(np.argmax(rng.beta(s + self.prior.alpha, f + self.prior.beta), axis=1))

    def learn(self, state: Tally, arm: IntArray, reward: Rewards) -> Tally:
        """Count the pulls: the posterior of an arm is Beta(alpha + rewards, beta + failures)."""
        return state.add(arm, reward)

    def view(self, state: Tally) -> View:
        """Posterior mean and 89% interval with equal tails."""
        return beta_view(state.successes + self.prior.alpha, state.failures + self.prior.beta)


def beta_view(a: FloatArray, b: FloatArray) -> View:
    """Mean and 89% interval (equal tails) of Beta(a, b)."""
    low, high = (special.betaincinv(a, b, q) for q in (0.055, 0.945))
    return View(a / (a + b), low, high)


def as_rewards(reward: Rewards) -> FloatArray:
    """Rewards that are 0 or 1, or True or False."""
    found = np.asarray(reward, dtype=np.float64)
    if np.asarray(reward).dtype == bool:
        return found
    if not np.all((found == 0.0) | (found == 1.0)):
        first = int(np.argmin((found == 0.0) | (found == 1.0)))
        raise ValueError(
            f"rewards must be 0 or 1, got reward[{first}] = {found.flat[first]:g}; a beta posterior counts clicks: "
            "turn amounts into clicks or use another model"
        )
    return found


def _own_rate(state: Tally) -> FloatArray:
    return state.successes / np.maximum(state.trials, 1.0)

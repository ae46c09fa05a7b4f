"""Let a policy play: many replications at once, step by step."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from course.bandits.arms import Arms, IntArray, World
from course.bandits.policies import Choice, Policy, Tally
from course.validate import FloatArray, as_rng, as_whole


class Race(NamedTuple):
    """What happened, step by step; the first axis is time, the second the replication.

    Attributes
    ----------
    theta : ndarray, shape (replications, n_arms)
        True rates.
    opens : ndarray, shape (n_arms,)
        Step at which each arm opens.
    choices, rewards : ndarray, shape (horizon, replications)
        Arm pulled, and its reward, 0 or 1.
    regret : ndarray, shape (horizon, replications)
        Expected rewards lost so far against the best arm that was open at each step.
    mean, concentration : ndarray, shape (horizon, replications), or None
        Population that the policy used at each step, for policies that learn one.
    """

    theta: FloatArray
    opens: IntArray
    choices: NDArray[np.int32]
    rewards: NDArray[np.uint8]
    regret: FloatArray
    mean: FloatArray | None
    concentration: FloatArray | None

    def tally(self, steps: int) -> Tally:
        """Rewards and failures of each arm in the first ``steps`` steps."""
        replications, n_arms = self.theta.shape
        cell = self.choices[:steps] + n_arms * np.arange(replications)
        wins = self.rewards[:steps].astype(float)
        won, lost = (
            np.bincount(cell.ravel(), weights=weights.ravel(), minlength=replications * n_arms)
            for weights in (wins, 1.0 - wins)
        )
        return Tally(won.reshape(replications, n_arms), lost.reshape(replications, n_arms))


def simulate(policy: Policy[Any], arms: Arms, horizon: int, *, replications: int, rng: np.random.Generator) -> Race:
    """Let a policy play on as many independent platforms as there are replications.

    Two policies that are given generators of the same seed meet the same worlds and the same luck: at one step, the
    same arm pays both or neither. Differences between them are then less noisy than each alone.

    Parameters
    ----------
    policy : Policy
        Chooses and learns.
    arms : Arms
        `FixedArms`, `DrawnArms` or `ArrivingArms`.
    horizon : int
        Number of steps, at least 1.
    replications : int
        Number of platforms, at least 1.
    rng : numpy.random.Generator
        Source of randomness; one stream for the worlds and their luck and one for the policy are spawned from it.

    Returns
    -------
    Race

    Raises
    ------
    ValueError
        On a horizon or a number of replications that is no positive whole number, or a policy that chooses an arm that
        does not exist or is not open yet.
    """
    horizon = as_whole("horizon", horizon, "it is the number of pulls on each platform")
    replications = as_whole("replications", replications, "it is the number of platforms")
    luck, whim = as_rng(rng).spawn(2)
    world = arms.draw(replications, luck)
    n_open = np.searchsorted(world.opens, np.arange(horizon), side="right")
    rows = np.arange(replications)
    state = policy.start(*world.theta.shape)
    choices: list[Choice] = []
    rewards = np.empty((horizon, replications), dtype=np.uint8)
    for step in range(horizon):
        choice = policy.choose(state, int(n_open[step]), whim)
        arm = _existing(choice.arm, int(n_open[step]), replications, step)
        reward = luck.random(replications) < world.theta[rows, arm]
        state = policy.learn(state, arm, reward)
        rewards[step] = reward
        choices.append(choice)
    pulled = np.array([choice.arm for choice in choices], dtype=np.int32)
    path = [_path([getattr(choice, name) for choice in choices]) for name in ("mean", "concentration")]
    return Race(world.theta, world.opens, pulled, rewards, _regret(world, n_open, pulled), *path)


def _existing(arm: IntArray, n_open: int, replications: int, step: int) -> IntArray:
    """The arms that a policy chose, if they are arms."""
    arm = np.asarray(arm)
    if arm.shape != (replications,) or arm.dtype.kind not in "iu":
        raise ValueError(
            f"a policy must choose one arm for each of {replications} replications, got shape {arm.shape} of "
            f"{arm.dtype} at step {step}; argmax over axis 1 gives that"
        )
    if arm.astype(np.uint64).max() >= n_open:  # a negative number becomes a very large one
        first = int(np.argmax((arm < 0) | (arm >= n_open)))
        raise ValueError(
            f"a policy must choose an arm from 0 to {n_open - 1}, got {arm[first]} in replication {first} at step "
            f"{step}; only the first n_open arms are there yet"
        )
    return arm


def _path(values: list[FloatArray | None]) -> FloatArray | None:
    found = [value for value in values if value is not None]
    return np.array(found) if found else None


def _regret(world: World, n_open: IntArray, pulled: NDArray[np.int32]) -> FloatArray:
    """Cumulative, shape (horizon, replications)."""
    best = np.maximum.accumulate(world.theta, axis=1)[:, n_open - 1].T
    return np.cumsum(best - world.theta[np.arange(len(world.theta)), pulled], axis=0)

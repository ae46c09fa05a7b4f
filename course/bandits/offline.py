"""What a policy would have earned, from the log of another one."""

from __future__ import annotations

from typing import NamedTuple

from numpy.typing import ArrayLike
from scipy import special

from course.validate import FloatArray, as_floats, refuse


class Value(NamedTuple):
    """Estimated rewards per round, and the ends of an interval for the true value."""

    estimate: float
    low: float
    high: float


def inverse_propensity(reward: ArrayLike, chance: ArrayLike, propensity: ArrayLike, *, mass: float = 0.89) -> Value:
    r"""Value of a policy by inverse propensity: the mean of reward times chance / propensity.

    The interval is made for rare rewards, where a normal approximation gives ends below 0 and covers too seldom:
    rewards are taken as Poisson counts, each with its weight, and the sum of weighted counts is matched to a gamma
    distribution. With equal weights it is the exact Poisson interval, which covers at least as often as it says. It
    takes the policy as given: the rewards must not be those that the policy was learned from.

    Parameters
    ----------
    reward : array_like, shape (n_rounds,)
        0 or 1.
    chance : array_like, shape (n_rounds,)
        Probability with which the policy that is judged would have made the choice in the log.
    propensity : array_like, shape (n_rounds,)
        Probability with which the logging policy made it; above 0.
    mass : float
        Share of the interval, equal tails.

    Returns
    -------
    Value
        In rewards per round.

    Raises
    ------
    ValueError
        On unequal lengths, no rounds, a reward that is neither 0 nor 1, a chance outside [0, 1], or a propensity
        outside (0, 1]: a choice that is never logged cannot be judged.

    References
    ----------
    Horvitz and Thompson (1952), JASA 47, 663-685; Fay and Feuer (1997), Statistics in Medicine 16, 791-801.
    """
    y, p, q = _log(reward, chance, propensity)
    if not 0 < mass < 1:
        raise ValueError(f"mass must lie strictly between 0 and 1, got {mass:g}; 0.89 is this course's default")
    refuse(q < 1e-50, "propensity", q, "must be 1e-50 at least", "what is never logged cannot be judged")
    weight = p / q / y.size
    total, variance, largest = float(y @ weight), float(y @ weight**2), float(weight.max())
    tail = (1.0 - mass) / 2.0
    low = special.gammaincinv(total**2 / variance, tail) * variance / total if variance > 0 else 0.0
    more, spread = total + largest, variance + largest**2
    high = special.gammainccinv(more**2 / spread, tail) * spread / more if spread > 0 else 0.0
    return Value(total, float(low), float(high))


def _log(reward: ArrayLike, chance: ArrayLike, propensity: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Columns of a log, judged."""
    y, p, q = (as_floats(n, v) for n, v in (("reward", reward), ("chance", chance), ("propensity", propensity)))
    if not (y.ndim == 1 and y.size and y.shape == p.shape == q.shape):
        raise ValueError(
            f"reward, chance and propensity must have one value for each of at least one round, got shapes {y.shape}, "
            f"{p.shape} and {q.shape}; was the log filtered?"
        )
    refuse((y != 0) & (y != 1), "reward", y, "must be 0 or 1", "a click is a click")
    refuse((p < 0) | (p > 1), "chance", p, "must lie in [0, 1]", "it is a probability; was it divided already?")
    refuse((q <= 0) | (q > 1), "propensity", q, "must lie in (0, 1]", "what is never logged cannot be judged")
    return y, p, q

"""James-Stein, the arithmetic: the exact risk by number of groups and by distance of the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from course.explore.parts import Arithmetic, Controls, Count, Slider, Tables
from course.shrinkage import james_stein_risk
from course.validate import FloatArray

MOST_GROUPS: Final = 100
FARTHEST: Final = 6.0  # standard errors
# The mean of the groups costs one more dimension: it needs four.
GROUPS: Final = np.unique(np.geomspace(4, MOST_GROUPS, 36).astype(int))
DISTANCES: Final = np.linspace(0.0, FARTHEST, 49)


@dataclass(frozen=True)
class SteinState:
    """What the learner can set.

    Attributes
    ----------
    k : int
        Number of groups, 4 to 100.
    distance : float
        From the fixed target to the mean of the true values; standard errors.
    spread : float
        Standard deviation of the true values around their mean; standard errors.
    """

    k: int = 10
    distance: float = 1.0
    spread: float = 1.0


class SteinArrays(NamedTuple):
    """Risk per group, in squared standard errors; without shrinkage it is 1.

    by_k and by_distance have shapes (n_k, 3) and (n_distance, 3): towards the fixed target, towards the groups' mean,
    and with the best factor towards the target, which nobody knows. here has shape (3,).
    """

    state: SteinState
    by_k: FloatArray
    by_distance: FloatArray
    here: FloatArray


def risks(k: int, distance: FloatArray | float, spread: float) -> FloatArray:
    """Exact risk per group at each distance, shape (..., 3).

    Towards the mean the estimator works in the k - 1 dimensions orthogonal to it and leaves the mean's own variance.
    """
    norm2 = np.asarray(distance) ** 2 + spread**2
    fixed = james_stein_risk(k * norm2, k) / k
    own_mean = (1.0 + james_stein_risk(k * spread**2, k - 1)) / k
    return np.stack([fixed, np.broadcast_to(own_mean, norm2.shape), norm2 / (1.0 + norm2)], axis=-1)


def stein_arrays(state: SteinState) -> SteinArrays:
    """Exact risks by number of groups, by distance, and at the chosen place."""
    by_k = np.stack([risks(int(k), state.distance, state.spread) for k in GROUPS])
    by_distance = risks(state.k, DISTANCES, state.spread)
    return SteinArrays(state, by_k, by_distance, risks(state.k, state.distance, state.spread))


def stein_tables(found: SteinArrays) -> Tables:
    """Tables of the chart."""
    fixed, mean, best = found.by_k.T
    far_fixed, far_mean, far_best = found.by_distance.T
    names = np.array(["towards a fixed target", "towards the groups' mean", "best factor for the target"])
    return {
        "groups": {"k": GROUPS, "fixed": fixed, "mean": mean, "best": best},
        "distance": {"distance": DISTANCES, "fixed": far_fixed, "mean": far_mean, "best": far_best},
        "here": {"k": found.state.k, "distance": found.state.distance, "risk": found.here, "name": names},
    }


def stein_summary(found: SteinArrays) -> str:
    """What shrinkage gains here, in one sentence."""
    fixed, mean, best = found.here
    better = "their own mean is" if mean < fixed else "the fixed target is"
    verdict = "both are about equally good" if abs(mean - fixed) < 0.005 else f"{better} the better place to shrink to"
    return (
        f"With {found.state.k} groups the risk per group is {fixed:.2f} when they shrink to a target "
        f"{found.state.distance:.1f} standard errors away, and {mean:.2f} to their own mean (1 without shrinkage): "
        f"{verdict}. The best factor for the target would give {best:.2f}."
    )


def stein_words(found: SteinArrays) -> str:
    """Alternative text of the picture."""
    first, last, far = found.by_k[0], found.by_k[-1], found.by_distance[-1]
    return (
        f"Risk per group of James-Stein, 1 without shrinkage. Left, from {GROUPS[0]} to {GROUPS[-1]} groups: towards a "
        f"fixed target it goes from {first[0]:.2f} to {last[0]:.2f}, towards the groups' mean from {first[1]:.2f} to "
        f"{last[1]:.2f}; the best factor for the target gives {last[2]:.2f}. Right, at {FARTHEST:.0f} standard "
        f"errors from the target, with {found.state.k} groups: {far[0]:.2f} towards the target, "
        f"{far[1]:.2f} towards the mean."
    )


_CONTROLS: Final[Controls] = {
    "k": Count("Number of groups k", 4, MOST_GROUPS),
    "distance": Slider("Distance of the target (se)", 0.0, FARTHEST, 0.1),
    "spread": Slider("Spread of the true values (se)", 0.0, FARTHEST, 0.1),
}
ARITHMETIC: Final = Arithmetic(SteinState, stein_arrays, stein_tables, stein_summary, stein_words, _CONTROLS)

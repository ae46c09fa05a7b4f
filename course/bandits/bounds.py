"""What no consistent policy can beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from course.bandits.arms import as_rates


def lai_robbins(theta: ArrayLike) -> float:
    r"""Slope of the smallest possible regret in log time.

    :math:`\sum_j (\theta_* - \theta_j) / KL(\theta_j, \theta_*)`, over the arms that are not best.

    Of a policy whose regret grows more slowly than any power of time on *every* set of arms, the regret after T steps
    divided by log T tends to at least this. It is a statement about the limit: at a finite T regret may lie below
    slope times log T.

    Parameters
    ----------
    theta : array_like, shape (n_arms,)
        Probability of a reward for each arm.

    Returns
    -------
    float
        Rewards lost per unit of log steps; 0 when all arms are best, or the best arm never fails (one failure of
        another arm then tells it apart for good).

    Raises
    ------
    ValueError
        Without arms, or with a probability outside [0, 1].

    References
    ----------
    Lai and Robbins (1985), Advances in Applied Mathematics 6, 4-22.
    """
    rates = as_rates(theta)
    best = rates.max()
    worse = rates[rates < best]
    divergence = special.rel_entr(worse, best) + special.rel_entr(1.0 - worse, 1.0 - best)
    return float(np.sum((best - worse) / divergence))

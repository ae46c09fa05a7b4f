"""How much to make when demand is uncertain: each piece too many costs something, each piece too few more."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from course.validate import FloatArray, as_floats, refuse


def best_order(mean: ArrayLike, sd: ArrayLike, *, over: float, under: float) -> FloatArray:
    """Amount that costs least on average when demand is normal: its quantile at under / (under + over).

    Parameters
    ----------
    mean, sd : array_like
        Mean and standard deviation of demand, what is not known of the mean included.
    over, under : float
        Cost of each piece that is left over and of each that is missing, positive.

    References
    ----------
    Arrow, Harris and Marschak (1951), Optimal inventory policy, Econometrica 19(3), 250-272.
    """
    share = _share(over, under)
    return np.asarray(as_floats("mean", mean) + _spread(sd) * stats.norm.ppf(share))


def expected_cost(order: ArrayLike, mean: ArrayLike, sd: ArrayLike, *, over: float, under: float) -> FloatArray:
    """Mean cost of an order when demand is normal, in units of ``over``; arguments as in `best_order`."""
    _share(over, under)
    made, middle, spread = as_floats("order", order), as_floats("mean", mean), _spread(sd)
    u = (made - middle) / spread
    left_over = spread * (u * stats.norm.cdf(u) + stats.norm.pdf(u))  # E max(order - demand, 0)
    return np.asarray(under * (middle - made) + (under + over) * left_over)


def _spread(sd: ArrayLike) -> FloatArray:
    spread = as_floats("sd", sd)
    refuse(~((spread > 0) & np.isfinite(spread)), "sd", spread, "must be positive and finite", "demand is uncertain")
    return spread


def _share(over: float, under: float) -> float:
    costs = np.array([over, under], dtype=float)
    refuse(~((costs > 0) & np.isfinite(costs)), "costs", costs, "must be positive and finite", "over first, then under")
    return float(under / (under + over))

"""How much to make when demand is uncertain: each piece too many costs something, each piece too few more."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from course.validate import FloatArray, as_floats, as_positive, refuse, refuse_huge


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
    share, middle = _share(over, under), as_floats("mean", mean)
    refuse_huge("mean", middle)
    return np.asarray(middle + _spread(sd) * special.ndtri(share))


def expected_cost(order: ArrayLike, mean: ArrayLike, sd: ArrayLike, *, over: float, under: float) -> FloatArray:
    """Mean cost of an order when demand is normal, in units of ``over``; arguments as in `best_order`."""
    over, under = as_positive("over", over, "it is a cost"), as_positive("under", under, "it is a cost")
    made, middle, spread = as_floats("order", order), as_floats("mean", mean), _spread(sd)
    refuse_huge("order", made)
    refuse_huge("mean", middle)
    u = (made - middle) / spread
    left_over = spread * (u * special.ndtr(u) + np.exp(-0.5 * u**2) / np.sqrt(2.0 * np.pi))  # E max(order - demand, 0)
    return np.asarray(under * (middle - made) + (under + over) * left_over)


def _spread(sd: ArrayLike) -> FloatArray:
    spread = as_floats("sd", sd)
    refuse(~((spread > 0) & np.isfinite(spread)), "sd", spread, "must be positive and finite", "demand is uncertain")
    refuse((spread < 1e-50) | (spread > 1e50), "sd", spread, "must be from 1e-50 to 1e50", "measure in another unit")
    return spread


def _share(over: float, under: float) -> float:
    left, missing = as_positive("over", over, "it is a cost"), as_positive("under", under, "it is a cost")
    return missing / (missing + left)

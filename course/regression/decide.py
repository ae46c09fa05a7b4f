r"""What to charge: revenue per visitor as a function of the price, the best price, and what a wrong one costs.

The chance of a purchase is :math:`\text{logit}^{-1}(\alpha_j + \beta_j x)`, with the price in whatever unit x has.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from course.regression.groups import Cells
from course.validate import FloatArray, as_counts, as_floats, refuse, refuse_huge


class Best(NamedTuple):
    """Best price on the menu for each group and the revenue per visitor expected there, arrays of shape (n_groups,)."""

    price: FloatArray
    revenue: FloatArray


class Calibration(NamedTuple):
    """Predicted and observed rates by bin, with an interval for the observed one; arrays of shape (n_bins,)."""

    predicted: FloatArray
    observed: FloatArray
    low: FloatArray
    high: FloatArray
    trials: FloatArray


def revenue_curves(alpha: ArrayLike, beta: ArrayLike, prices: ArrayLike) -> FloatArray:
    """Revenue per visitor at each price, price times the chance of a purchase.

    Parameters
    ----------
    alpha, beta : array_like, shape (n_groups,) or (n_draws, n_groups)
        Log odds of buying at price 0 and their change for a unit of price.
    prices : array_like, shape (n_prices,)
        Positive, in the unit of beta.

    Returns
    -------
    ndarray, shape (n_groups, n_prices) or (n_draws, n_groups, n_prices)

    Raises
    ------
    ValueError
        On prices that are not positive, or masked curves: a group without a curve has no revenue.
    """
    a, b, menu = as_floats("alpha", alpha), as_floats("beta", beta), as_floats("prices", prices)
    if menu.ndim != 1 or menu.size < 2:
        raise ValueError(f"prices must be a list of at least two, got shape {menu.shape}")
    refuse(~((menu > 0) & np.isfinite(menu)), "prices", menu, "must be positive and finite", "is a price missing?")
    if a.shape != b.shape or a.ndim not in (1, 2):
        raise ValueError(f"alpha and beta must have groups last and one shape, got {a.shape} and {b.shape}")
    return np.asarray(menu * special.expit(a[..., None] + b[..., None] * menu))


def best_price(alpha: ArrayLike, beta: ArrayLike, prices: ArrayLike) -> Best:
    """Price with the highest expected revenue in each group.

    Parameters
    ----------
    alpha, beta, prices
        As for `revenue_curves`. With draws, the *mean revenue* over draws is maximised: the best price for the mean
        curve, or the mean of the best prices, would each be something else.

    Returns
    -------
    Best
        The end of the menu when revenue is still rising there: look at the price before you charge it.
    """
    curves = revenue_curves(alpha, beta, prices)
    expected = curves.mean(axis=0) if curves.ndim == 3 else curves
    at = expected.argmax(axis=1)
    return Best(as_floats("prices", prices)[at], np.take_along_axis(expected, at[:, None], axis=1)[:, 0])


def revenue_lost(price: ArrayLike, alpha: ArrayLike, beta: ArrayLike, prices: ArrayLike) -> FloatArray:
    """Revenue per visitor that charging ``price`` forgoes, against the best price on the menu for the true curve.

    Parameters
    ----------
    price : array_like, shape (n_groups,)
        What is charged.
    alpha, beta : array_like, shape (n_groups,) or (n_draws, n_groups)
        True curves, or draws of them: then the loss under each draw.
    prices : array_like, shape (n_prices,)
        The menu.

    Returns
    -------
    ndarray, shape (n_groups,) or (n_draws, n_groups)
        Not negative for a price on the menu.
    """
    charged = as_floats("price", price)
    best = revenue_curves(alpha, beta, prices).max(axis=-1)
    a, b = as_floats("alpha", alpha), as_floats("beta", beta)
    if charged.shape != a.shape[-1:]:
        raise ValueError(f"price must have one value for each of {a.shape[-1]} groups, got shape {charged.shape}")
    refuse(~(charged > 0), "price", charged, "must be positive", "nothing is earned at a price of 0")
    refuse_huge("price", charged)
    return np.asarray(best - charged * special.expit(a + b * charged))


def calibration(predicted: ArrayLike, cells: Cells, *, bins: int = 10, prob: float = 0.89) -> Calibration:
    """Compare predicted with observed rates: of the trials given 30%, did 30% succeed?

    Parameters
    ----------
    predicted : array_like, shape (n_cells,)
        Predicted rate of each cell, 0 to 1.
    cells : Cells
        Successes and trials.
    bins : int
        Bins of about equally many trials; fewer where predictions coincide.
    prob : float
        Probability of the interval, Jeffreys' for a rate.

    Returns
    -------
    Calibration
        ``predicted`` is the mean prediction in the bin, weighted by trials.

    References
    ----------
    Brown, Cai and DasGupta (2001), Interval estimation for a binomial proportion, Statistical Science 16(2), 101-133.
    """
    p, (y, n) = as_floats("predicted", predicted), as_counts(cells.successes, cells.trials)
    refuse((p < 0) | (p > 1), "predicted", p, "must be from 0 to 1", "did you pass log odds?")
    if p.shape != n.shape:
        raise ValueError(f"predicted must have one value for each of {n.size} cells, got shape {p.shape}")
    if bins < 1 or not 0 < prob < 1:
        raise ValueError(f"bins must be at least 1 and prob between 0 and 1, got {bins} and {prob}")
    order = np.argsort(p, kind="stable")
    middle = (np.cumsum(n[order]) - n[order] / 2) / n.sum()
    bin_of = np.empty(p.size, dtype=int)
    bin_of[order] = np.minimum((middle * bins).astype(int), bins - 1)
    used = np.unique(bin_of)
    trials, successes, sum_p = (np.bincount(bin_of, v, minlength=bins)[used] for v in (n, y, n * p))
    tail = (1 - prob) / 2
    low, high = (special.betaincinv(successes + 0.5, trials - successes + 0.5, q) for q in (tail, 1 - tail))
    return Calibration(sum_p / trials, successes / trials, low, high, trials)

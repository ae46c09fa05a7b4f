"""The most credible curves of cities for a given spread between them: what the prices' explorer moves through."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from course.validate import FloatArray

TRIED: Final = np.arange(2.0, 11.0)  # prices in tens of euros, the unit of beta
_TRUE_TAU: Final = np.array([1.5, 0.3])
_TALLEST: Final = 400.0  # no log odds of a curve need to be told from this


def most_credible(bought: FloatArray, asked: FloatArray, spread: FloatArray) -> FloatArray:
    r"""Curves and mean curve at which likelihood times population is highest, for each spread: (n_spreads, 10, 2).

    Newton's steps on all alpha, beta and the two means at once; the cities are eliminated one by one, since they meet
    only in the means. A step that does not descend is halved.

    Parameters
    ----------
    bought, asked : ndarray, shape (n_cities, 9)
        Purchases and users at prices of 20, 30, ..., 100 euros.
    spread : ndarray, shape (n_spreads,)
        Multiples of the true standard deviations, which are 1.5 for alpha and 0.3 for beta. All > 0.
    """
    d = (1 / (spread[:, None] * _TRUE_TAU) ** 2)[:, None]  # precision of the population, (s, 1, 2)
    start = np.array([5.0, -0.8])
    theta, mu = np.tile(start, (spread.size, len(bought), 1)), np.tile(start, (spread.size, 1, 1))
    loss = _loss(theta, mu, d, bought, asked)
    for _ in range(60):
        step, step_mu = _newton(theta, mu, d, bought, asked)
        size = np.ones((spread.size, 1, 1))
        for _ in range(12):
            after = _loss(theta + size * step, mu + size * step_mu, d, bought, asked)
            worse = after > loss + 1e-12 * np.abs(loss)
            if not worse.any():
                break
            size[worse] /= 2
        done = bool(np.all(np.abs(size * step) < 1e-7 * (1 + np.abs(theta))))
        theta, mu, loss = theta + size * step, mu + size * step_mu, after
        if done:
            break
    return theta


def _newton(
    theta: FloatArray, mu: FloatArray, d: FloatArray, bought: FloatArray, asked: FloatArray
) -> tuple[FloatArray, FloatArray]:
    p = special.expit(theta[..., :1] + theta[..., 1:] * TRIED)
    left, w = asked * p - bought, asked * p * (1 - p)
    pull = d * (theta - mu)
    g = np.stack([left.sum(-1), left @ TRIED], axis=-1) + pull
    h_aa, h_ab, h_bb = w.sum(-1) + d[..., 0], w @ TRIED, w @ TRIED**2 + d[..., 1]
    inverse = np.stack([np.stack([h_bb, -h_ab], -1), np.stack([-h_ab, h_aa], -1)], -2)
    inverse /= (h_aa * h_bb - h_ab**2)[..., None, None]
    moved = np.einsum("sjkl,sjl->sjk", inverse, g)
    # The means' own system, cities eliminated: sum of D - D H^-1 D.
    system = len(bought) * d[:, 0, :, None] * np.eye(2) - d[:, 0, :, None] * inverse.sum(axis=1) * d[:, 0, None, :]
    right = (pull - d * moved).sum(axis=1)
    step_mu = np.linalg.solve(system, right[..., None])[..., 0][:, None]
    return np.einsum("sjkl,sjl->sjk", inverse, d * step_mu) - moved, step_mu


def _loss(theta: FloatArray, mu: FloatArray, d: FloatArray, bought: FloatArray, asked: FloatArray) -> FloatArray:
    log_odds = np.clip(theta[..., :1] + theta[..., 1:] * TRIED, -_TALLEST, _TALLEST)
    fit = asked * np.logaddexp(0.0, log_odds) - bought * log_odds
    return np.asarray((fit.sum((1, 2)) + 0.5 * (d * (theta - mu) ** 2).sum((1, 2)))[:, None, None])

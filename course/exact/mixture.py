"""Finite mixtures of normals, one per quantity: what a normal hierarchy leaves once tau is integrated numerically."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from course.exact.hierarchy import BLOCK
from course.validate import FloatArray, as_floats, as_probability

_TINY = float(np.finfo(float).tiny)


@dataclass(frozen=True)
class NormalMixture:
    """Mixtures of normals with common weights: ``sum_t weight[t] * N(loc[t, i], scale[t, i]^2)`` for each i.

    Attributes
    ----------
    weight : ndarray, shape (n_nodes,)
        Sums to 1.
    loc, scale : ndarray, shape (n_nodes, ...)
        Means and standard deviations of the components, in units of the quantity; a scale may be 0.
    moments : int
        Highest moment that is finite (2 stands for 2 or more).
    """

    weight: FloatArray
    loc: FloatArray
    scale: FloatArray
    moments: int = 2

    def mean(self) -> FloatArray:
        """Mean of each quantity, shape as a quantity.

        Raises
        ------
        ValueError
            If there is none: the tails on both sides are too heavy, as a Cauchy's are.
        """
        if self.moments < 1:
            raise ValueError("this distribution has no mean, its tails are as heavy as a Cauchy's; use quantile(0.5)")
        return np.asarray(np.tensordot(self.weight, self.loc, axes=1))

    def sd(self) -> FloatArray:
        """Standard deviation of each quantity, shape as a quantity; inf where it is infinite."""
        if self.moments < 2:
            return np.full(self.loc.shape[1:], np.inf)
        return weighted_rms(self.weight, np.hypot(self.loc - self.mean(), self.scale))

    def pdf(self, x: ArrayLike) -> FloatArray:
        """Density at x, shape x.shape + quantity shape."""
        z, scale = self._standardise(x)
        with np.errstate(over="ignore"):
            heights = np.exp(-0.5 * z * z) / (scale * np.sqrt(2 * np.pi))
        return np.asarray(np.tensordot(heights, self.weight, axes=([np.ndim(x)], [0])))

    def cdf(self, x: ArrayLike) -> FloatArray:
        """Probability of at most x, shape x.shape + quantity shape."""
        z, _ = self._standardise(x)
        return np.asarray(np.tensordot(special.ndtr(z), self.weight, axes=([np.ndim(x)], [0])))

    def _standardise(self, x: ArrayLike) -> tuple[FloatArray, FloatArray]:
        x = as_floats("x", x)
        points = x.reshape(x.shape + (1,) * self.loc.ndim)
        scale = np.maximum(self.scale, _TINY)
        with np.errstate(over="ignore"):
            return (points - self.loc) / scale, scale

    def quantile(self, q: ArrayLike) -> FloatArray:
        """Points below which the probabilities q lie, shape q.shape + quantity shape.

        Raises
        ------
        ValueError
            If any q is outside (0, 1).
        """
        q = as_probability(q)
        loc, scale = (a.reshape(len(self.weight), -1) for a in (self.loc, self.scale))
        block = max(1, BLOCK // (len(self.weight) * max(q.size, 1)))
        parts = [
            _quantiles(self.weight, loc[:, i : i + block], scale[:, i : i + block], q.ravel())
            for i in range(0, loc.shape[1], block)
        ]
        return np.concatenate(parts, axis=1).reshape(q.shape + self.loc.shape[1:])


def weighted_rms(weight: FloatArray, deviation: FloatArray) -> FloatArray:
    """Root of the weighted mean square along the first axis, also where squares leave the range of floats."""
    unit = np.maximum(np.abs(deviation).max(axis=0), _TINY)
    return np.asarray(unit * np.sqrt(np.tensordot(weight, (deviation / unit) ** 2, axes=1)))


def _quantiles(weight: FloatArray, loc: FloatArray, scale: FloatArray, q: FloatArray) -> FloatArray:
    """Quantiles of each mixture, shape (len(q), n): Newton steps kept inside a shrinking bracket."""
    heavy = weight > 1e-18
    weight, loc, scale = weight[heavy], loc[heavy], np.maximum(scale[heavy], _TINY)
    # One problem for each pair of q and quantity; those that are solved leave.
    p, which = (a.ravel() for a in np.meshgrid(q, np.arange(loc.shape[1]), indexing="ij"))
    each = loc[:, which] + special.ndtri(p) * scale[:, which]
    low, high = each.min(axis=0), each.max(axis=0)
    x = np.clip(weight @ each, low, high)
    found, active, width = x.copy(), np.arange(len(x)), high - low
    for _ in range(200):
        here = which[active]
        with np.errstate(over="ignore"):
            standard = (x - loc[:, here]) / scale[:, here]
            excess = weight @ special.ndtr(standard) - p[active]
            height = weight @ (np.exp(-0.5 * standard**2) / scale[:, here]) / np.sqrt(2 * np.pi)
        low, high = np.where(excess <= 0, x, low), np.where(excess >= 0, x, high)
        step = x - excess / np.where(height > 0, height, np.inf)
        step = np.where((step >= low) & (step <= high), step, 0.5 * low + 0.5 * high)
        found[active] = step
        moved = np.abs(step - x) > 1e-13 * np.abs(step) + 1e-14 * width[active]
        going = moved & (np.abs(excess) > 1e-15 * p[active])  # below that a step only follows rounding
        if not going.any():
            break
        active, x, low, high = active[going], step[going], low[going], high[going]
    return np.asarray(found.reshape(len(q), -1))

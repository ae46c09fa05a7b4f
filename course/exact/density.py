"""A one-dimensional density held as polynomials on panels, so that integrals and quantiles are exact to rounding.

The density is given through its logarithm, up to a constant, on [low, high]. Panels are halved where a Gauss-Legendre
rule on the whole panel and on its halves disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import legendre

from course.validate import FloatArray

ORDER = 12
_NODES, _WEIGHTS = legendre.leggauss(ORDER)
# Values at the nodes -> Legendre coefficients of the polynomial through them, and of its integral from -1.
_COEFFICIENTS = (legendre.legvander(_NODES, ORDER - 1) * _WEIGHTS[:, None]).T * (np.arange(ORDER)[:, None] + 0.5)
_INTEGRAL = np.column_stack([legendre.legint(np.eye(ORDER)[k], lbnd=-1) for k in range(ORDER)]) @ _COEFFICIENTS
# Values at the nodes -> integral from the left end to each node.
_LEFT_OF_NODE = legendre.legvander(_NODES, ORDER) @ _INTEGRAL

_CHUNK = 4096  # draws at a time, so that their coefficients stay in the cache
_EPS = float(np.finfo(float).eps)
_MOST_LEVELS = 2500  # twice the halvings of a panel: enough for a density like x ** -0.9 at 0
_MOST_DOUBT = 1e-7  # of the integral, where a singularity cannot be resolved any further

LogDensity = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class PanelDensity:
    """A normalised density on panels.

    Attributes
    ----------
    edges : ndarray, shape (n_panels + 1,)
        Ascending ends of the panels.
    nodes, weights : ndarray, shape (n_panels * ORDER,)
        Ascending quadrature nodes and the probability that each stands for: ``sum(weights) == 1`` and
        ``sum(weights * f(nodes))`` is the mean of f.
    density : ndarray, shape (n_panels * ORDER,)
        Density at the nodes.
    log_constant : float
        Log of the integral of the density as it was given.
    """

    edges: FloatArray
    nodes: FloatArray
    weights: FloatArray
    density: FloatArray
    log_constant: float

    def quantile(self, probability: FloatArray) -> FloatArray:
        """Points below which the given probabilities lie; same shape as ``probability``, values in [0, 1]."""
        q = np.asarray(probability, dtype=float)
        half = 0.5 * np.diff(self.edges)
        values = self.density.reshape(-1, ORDER)
        mass = values @ _WEIGHTS * half
        below = np.concatenate([[0.0], np.cumsum(mass)])
        # The first guess comes from the distribution function at the nodes; two or three Newton steps finish it.
        at_nodes = below[:-1, None] + values @ _LEFT_OF_NODE.T * half[:, None]
        table = np.concatenate([np.column_stack([below[:-1], at_nodes]).ravel(), below[-1:]])
        inside = self.nodes.reshape(-1, ORDER)
        points = np.concatenate([np.column_stack([self.edges[:-1], inside]).ravel(), self.edges[-1:]])
        full = np.where(mass > 1e-250, mass, 1.0)  # a panel without mass is nowhere asked for
        scaled = values * (half / full)[:, None]
        integral, slope = (matrix @ scaled.T for matrix in (_INTEGRAL, _COEFFICIENTS))

        def solve(some: FloatArray) -> FloatArray:
            panel = np.clip(np.searchsorted(below, some, side="right") - 1, 0, len(mass) - 1)
            guess = (np.interp(some, table, points) - self.edges[panel]) / half[panel] - 1.0
            share = np.clip((some - below[panel]) / full[panel], 0.0, 1.0)
            place = _invert(integral[:, panel], slope[:, panel], share, np.clip(guess, -1, 1))
            return np.asarray(self.edges[panel] + half[panel] * (place + 1.0))

        flat = q.ravel()
        parts = [solve(flat[i : i + _CHUNK]) for i in range(0, flat.size, _CHUNK)]
        return np.concatenate([*parts, flat[:0]]).reshape(q.shape)


def _invert(integral: FloatArray, slope: FloatArray, share: FloatArray, x: FloatArray) -> FloatArray:
    """Solve integral(x) = share on [-1, 1], given Legendre coefficients, by Newton steps inside a shrinking bracket."""
    low, high = np.full(share.shape, -1.0), np.ones(share.shape)
    for _ in range(60):
        excess = legendre.legval(x, integral, tensor=False) - share
        low, high = np.where(excess < 0, x, low), np.where(excess > 0, x, high)
        rate = legendre.legval(x, slope, tensor=False)
        step = x - excess / np.where(rate > 0, rate, np.inf)
        step = np.where((step >= low) & (step <= high), step, 0.5 * (low + high))
        moved, x = np.abs(step - x).max(initial=0.0), step
        if moved < 1e-7:  # a further Newton step would move by about the square of this
            break
    return x


def panel_density(log_density: LogDensity, edges: FloatArray, *, tolerance: float = 1e-12) -> PanelDensity:
    """Integrate exp(log_density) over panels, halving those where a coarse and a fine rule disagree.

    Parameters
    ----------
    log_density : callable
        Array of points, shape (n,) -> log density there, up to a constant; -inf where it is zero.
    edges : ndarray, shape (n + 1,)
        Ends of the first panels, ascending; put one wherever the density has a kink or a jump.
    tolerance : float
        Largest disagreement of a panel kept, relative to the whole integral.

    Raises
    ------
    ValueError
        If the density is zero on all panels, is not a number somewhere, or cannot be resolved.
    """
    low, high = edges[:-1], edges[1:]
    values = _evaluate(log_density, low, high)
    peak, total, doubt = -np.inf, 0.0, 0.0  # total and doubt: what is done already, relative to exp(peak)
    done: list[tuple[FloatArray, FloatArray, FloatArray]] = []
    while len(low):
        middle = 0.5 * (low + high)
        halves = _evaluate(log_density, np.concatenate([low, middle]), np.concatenate([middle, high]))
        before, peak = peak, max(peak, float(values.max()), float(halves.max()))
        if not np.isfinite(peak):
            raise ValueError(
                "the posterior density of the hyperparameter is zero or infinite everywhere; is a prior's scale off?"
            )
        total, doubt = total * np.exp(before - peak), doubt * np.exp(before - peak)
        coarse = np.exp(values - peak) @ _WEIGHTS * 0.5 * (high - low)
        first, second = (np.exp(halves - peak) @ _WEIGHTS).reshape(2, -1) * 0.25 * (high - low)
        error = np.abs(first + second - coarse)
        # The log density itself is known to rounding only, and a panel cannot be narrower than floats are apart.
        noise = 8.0 * _EPS * abs(peak) * coarse
        good = error <= tolerance * (total + np.sum(first + second)) + noise
        smallest = high - low <= 1e4 * _EPS * np.maximum(np.abs(low), np.abs(high)) + 1e-290
        good |= smallest
        total, doubt = total + np.sum((first + second)[good]), doubt + np.sum(error[good & smallest])
        if len(done) > _MOST_LEVELS or doubt > _MOST_DOUBT * total:
            raise ValueError(
                "the posterior density of the hyperparameter is too rough to integrate; has its prior jumps?"
            )
        left, right = halves[: len(low)], halves[len(low) :]
        done += [(low[good], middle[good], left[good]), (middle[good], high[good], right[good])]
        again = ~good
        low, middle, high = low[again], middle[again], high[again]
        values = np.concatenate([left[again], right[again]])
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
    return _assemble(done, peak)


def where_the_mass_is(
    log_density: LogDensity, low: float, high: float, *, drop: float = 40.0, points: int = 257
) -> tuple[float, float]:
    """Ends of the region where the density is above exp(-drop) of its peak; zooms in until that is an eighth of it."""
    for _ in range(40):
        u = np.linspace(low, high, points)
        inner = u.copy()  # the density may be infinite, or jump, at the very ends
        inner[0], inner[-1] = u[0] + 1e-3 * (u[1] - u[0]), u[-1] - 1e-3 * (u[-1] - u[-2])
        values = log_density(inner)
        if not np.isfinite(values.max()):
            raise ValueError("the posterior of tau is zero or infinite everywhere: check the parameters of tau_prior")
        kept = np.flatnonzero(values >= values.max() - drop)
        first, last = max(kept[0] - 1, 0), min(kept[-1] + 1, points - 1)
        low, high = float(u[first]), float(u[last])
        if last - first > points // 8:
            break
    return low, high


def _points(low: FloatArray, high: FloatArray) -> FloatArray:
    return np.asarray(0.5 * (low + high)[:, None] + 0.5 * (high - low)[:, None] * _NODES)


def _evaluate(log_density: LogDensity, low: FloatArray, high: FloatArray) -> FloatArray:
    """Log density at the nodes of each panel, shape (n_panels, ORDER)."""
    values = log_density(_points(low, high).ravel()).reshape(-1, ORDER)
    if np.isnan(values).any():
        raise ValueError("the prior gives a log density that is not a number; check its parameters")
    return values


def _assemble(done: list[tuple[FloatArray, FloatArray, FloatArray]], peak: float) -> PanelDensity:
    low, high, values = (np.concatenate(parts) for parts in zip(*done, strict=True))
    order = np.argsort(low)
    low, high, heights = low[order], high[order], np.exp(values[order] - peak)
    weights = heights * _WEIGHTS * 0.5 * (high - low)[:, None]
    total = float(weights.sum())
    return PanelDensity(
        edges=np.append(low, high[-1]),
        nodes=_points(low, high).ravel(),
        weights=(weights / total).ravel(),
        density=(heights / total).ravel(),
        log_constant=peak + float(np.log(total)),
    )

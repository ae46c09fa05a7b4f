"""A one-dimensional density held as polynomials on panels, so that integrals, quantiles and draws are exact to rounding.

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
        panel = np.clip(np.searchsorted(below, q, side="right") - 1, 0, len(mass) - 1)
        # The first guess comes from the distribution function at the nodes; two or three Newton steps finish it.
        at_nodes = below[:-1, None] + values @ _LEFT_OF_NODE.T * half[:, None]
        table = np.concatenate([np.column_stack([below[:-1], at_nodes]).ravel(), below[-1:]])
        points = np.concatenate(
            [np.column_stack([self.edges[:-1], self.nodes.reshape(-1, ORDER)]).ravel(), self.edges[-1:]]
        )
        guess = (np.interp(q, table, points) - self.edges[panel]) / half[panel] - 1.0
        scaled = values * (half / np.where(mass > 0, mass, 1.0))[:, None]
        share = np.clip((q - below[panel]) / np.where(mass[panel] > 0, mass[panel], 1.0), 0.0, 1.0)
        integral, slope = ((matrix @ scaled.T)[:, panel] for matrix in (_INTEGRAL, _COEFFICIENTS))
        place = _invert(integral, slope, share, np.clip(guess, -1, 1))
        return np.asarray(self.edges[panel] + half[panel] * (place + 1.0))


def _invert(integral: FloatArray, slope: FloatArray, share: FloatArray, x: FloatArray) -> FloatArray:
    """Solve integral(x) = share on [-1, 1] by Newton steps kept inside a shrinking bracket; Legendre coefficients first."""
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
        If the density is zero on all panels, or is not finite somewhere.
    """
    low, high = edges[:-1], edges[1:]
    values = _evaluate(log_density, low, high)
    peak = float(values.max())
    if not np.isfinite(peak):
        raise ValueError("the posterior density of the hyperparameter is zero or infinite everywhere: check the prior")
    done: list[tuple[FloatArray, FloatArray, FloatArray]] = []
    for _ in range(50):
        middle = 0.5 * (low + high)
        halves = [_evaluate(log_density, low, middle), _evaluate(log_density, middle, high)]
        peak = max(peak, float(halves[0].max()), float(halves[1].max()))
        coarse, first, second = (
            np.exp(v - peak) @ _WEIGHTS * 0.5 * w
            for v, w in zip([values, *halves], [high - low, middle - low, high - middle])
        )
        total = sum(float(np.sum(np.exp(v - peak) @ _WEIGHTS * 0.5 * (b - a))) for a, b, v in done) + np.sum(
            first + second
        )
        good = np.abs(first + second - coarse) <= tolerance * total
        done += [(low[good], middle[good], halves[0][good]), (middle[good], high[good], halves[1][good])]
        if good.all():
            break
        again = ~good
        low, middle, high = low[again], middle[again], high[again]
        values = np.concatenate([halves[0][again], halves[1][again]])
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
    else:
        raise ValueError("the posterior density of the hyperparameter is too rough to integrate: check the prior")
    return _assemble(done, peak)


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

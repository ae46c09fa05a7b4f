"""Posterior of each group's rate: Beta(alpha + y, beta + n - y), averaged over the population's mean and concentration.

The averages are sums over the grid. Where the concentration is large a rate hardly leaves the population's mean, so
that its density is narrower than the grid's step; there the grid is made finer first.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from course.exact.count_grid import Grid, Ruler
from course.exact.density import panel_density, where_the_mass_is
from course.validate import FloatArray

_LOGIT_END = 740.0  # expit(-740) is about the smallest float
_FINEST = 64  # most points in place of one: what is then still narrower than the step is widened to it


class Mixture(NamedTuple):
    """Populations that matter: weight (sum 1), mean, 1 - mean, concentration, and that cut at what is resolved."""

    weight: FloatArray
    mean: FloatArray
    rest: FloatArray
    concentration: FloatArray
    resolved: FloatArray


def mixture(grid: Grid) -> Mixture:
    """Populations of the grid, as few as still integrate it exactly and as many as the rates need."""
    every = next(s for s in (4, 2, 1) if _integrates(grid.probability, s))
    logit, probability = grid.logit_mean[::every], grid.probability[::every, ::every]
    even = grid.ruler.to_even(logit)
    c, heavy = np.exp(grid.log_concentration[::every]), probability.sum(axis=0)
    widest = [_widest(logit, column) for column in probability.T]
    # Beyond some concentration every rate is the mean, as far as the finest steps show: one column for them all.
    near = _spread(logit[probability.max(axis=1) > 1e-6 * probability.max()])
    limits = (near * _FINEST / np.array(widest)) ** 2
    columns = [(probability[:, k], c[k]) for k in np.flatnonzero((c <= limits) & (heavy > 1e-13 * heavy.max()))]
    if np.any(far := c > limits):
        columns.append((probability[:, far].sum(axis=1), heavy[far].sum() / np.sum(heavy[far] / c[far])))
    least = 1e-12 * max(float(column.max()) for column, _ in columns)
    parts = [_refine(grid.ruler, even, column, at, near, least) for column, at in columns if column.max() > least]
    weight, *others = (np.concatenate(values) for values in zip(*parts, strict=True))
    return Mixture(weight / weight.sum(), *others)


def _widest(logit: FloatArray, column: FloatArray) -> float:
    """Widest step of the logit where a column has its mass."""
    kept = np.flatnonzero(column > 1e-6 * column.max())
    first, last = (int(kept[0]), int(kept[-1])) if kept.size else (0, 1)
    steps = np.diff(logit[max(first - 1, 0) : last + 2])
    return float(steps.max())


def _integrates(probability: FloatArray, step: int) -> bool:
    parts = [probability[i::step, j::step].sum() * step**2 for i in range(step) for j in range(step)]
    return bool(np.ptp(parts) < 1e-9)


def _spread(logit: FloatArray) -> float:
    """Standard deviation of logit(x) for x ~ Beta(m c, (1 - m) c), times sqrt(c), for large c; the least of these m."""
    return float(np.sqrt(1.0 / special.expit(logit) + 1.0 / special.expit(-logit)).min())


def _refine(
    ruler: Ruler, even: FloatArray, column: FloatArray, c: float, near: float, least: float
) -> tuple[FloatArray, ...]:
    """The populations of one concentration, with steps in logit mean no wider than a beta distribution's spread."""
    step, logit = even[1] - even[0], ruler.to_logit(even)
    widest = _widest(logit, column)
    resolved = min(c, (near * _FINEST / widest) ** 2)
    spread = _spread(logit[column > 1e-6 * column.max()]) / np.sqrt(resolved)
    finer = int(np.clip(np.ceil(widest / spread), 1, _FINEST))
    inside = even[column > least]
    fine = np.linspace(inside[0], inside[-1], 1 + round((inside[-1] - inside[0]) / step) * finer)
    weight = np.sinc((fine[:, None] - even) / step) @ column / finer
    keep = weight > least / finer
    weight, at, same = weight[keep], ruler.to_logit(fine[keep]), np.ones(keep.sum())
    return weight, special.expit(at), special.expit(-at), c * same, resolved * same


def _rate_means(over: Mixture, y: float, n: float) -> tuple[FloatArray, FloatArray]:
    """Mean of the rate under each population, and 1 minus it: own data and population, weighted n to c."""
    own, of_population = n / (over.concentration + n), over.concentration / (over.concentration + n)
    share = y / n if n > 0 else 0.0
    return of_population * over.mean + own * share, of_population * over.rest + own * (1.0 - share)


def rate_moments(over: Mixture, y: float, n: float) -> tuple[float, float]:
    """Mean and standard deviation of one rate."""
    rate, rest = _rate_means(over, y, n)
    mean = float(over.weight @ rate)
    variance = rate * rest / (over.concentration + n + 1.0) + (rate - mean) ** 2
    return mean, float(np.sqrt(over.weight @ variance))


def rate_quantiles(over: Mixture, y: float, n: float, q: FloatArray) -> FloatArray:
    """Quantiles of one rate, from the exact density of its logit."""
    rate, rest = _rate_means(over, y, n)
    total = over.resolved + n
    height = np.log(over.weight) + _log_beta_peak(total * rate, total * rest)
    # The divergence below is written from the rarer outcome, on the logit scale; ``sign`` turns it round.
    sign, rare, centre = np.where(rate <= rest, 1.0, -1.0), np.minimum(rate, rest), np.log(rate) - np.log(rest)

    def log_density(logit: FloatArray, part: slice = slice(None)) -> FloatArray:
        off = sign[part] * (logit[:, None] - centre[part])
        near = np.minimum(off, 500.0)
        # Kullback-Leibler divergence from the peak, which keeps its digits where a and b are huge.
        divergence = np.log1p(rare[part] * np.expm1(near)) + (off - near) - rare[part] * off
        divergence *= -total[part]
        divergence += height[part]
        return _log_sum_exp(divergence)

    # A thin selection of populations is enough to find where the mass is.
    thin = slice(None, None, max(1, len(rate) // 64))
    low, high = where_the_mass_is(lambda x: log_density(x, thin), -_LOGIT_END, _LOGIT_END, points=65)
    margin = 0.1 * (high - low)
    edges = np.linspace(max(low - margin, -_LOGIT_END), min(high + margin, _LOGIT_END), 9)
    density = panel_density(log_density, edges, tolerance=1e-10)
    zero, one = (
        _at_the_end(over.weight, total * rate, total * rest),
        _at_the_end(over.weight, total * rest, total * rate),
    )
    inside = special.expit(density.quantile(np.clip((q - zero) / max(1.0 - zero - one, 1e-300), 0.0, 1.0)))
    return np.asarray(np.where(q <= zero, 0.0, np.where(q >= 1.0 - one, 1.0, inside)))


def _log_sum_exp(rows: FloatArray) -> FloatArray:
    """Log of the sum of exponentials of each row, which is overwritten: SciPy copies, and takes four times as long."""
    top = rows.max(axis=1, keepdims=True)
    top[~np.isfinite(top)] = 0.0
    rows -= top
    with np.errstate(divide="ignore"):  # a row of -inf
        return np.asarray(top[:, 0] + np.log(np.exp(rows, out=rows).sum(axis=1)))


def _at_the_end(weight: FloatArray, a: FloatArray, b: FloatArray) -> float:
    """Probability that a beta rate is so small that its logit is below -_LOGIT_END: 0 to a float."""
    with np.errstate(under="ignore"):
        return float(weight @ np.exp(np.minimum(-_LOGIT_END * a - np.log(a) - special.betaln(a, b), 0.0)))


def _log_beta_peak(a: FloatArray, b: FloatArray) -> FloatArray:
    """Log density of logit(x) at x = a / (a + b) when x is Beta(a, b): Stirling's formula and what it leaves over."""
    return np.asarray(0.5 * np.log(a / (a + b) * b / (2 * np.pi)) + _stirling(a + b) - _stirling(a) - _stirling(b))


def _stirling(z: FloatArray) -> FloatArray:
    """log Gamma(z) minus Stirling's formula for it."""
    large = np.maximum(z, 10.0)
    series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / large**2) / large**2) / large**2) / large
    exact = special.gammaln(z) - ((z - 0.5) * np.log(z) - z + 0.5 * np.log(2 * np.pi))
    return np.asarray(np.where(z > 10.0, series, exact))

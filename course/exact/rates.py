"""Posterior of each group's rate: Beta(alpha + y, beta + n - y), averaged over the population's mean and concentration.

The averages are sums over the grid. Where the concentration is large a rate hardly leaves the population's mean, so
that its density is narrower than the grid's step; there the grid is made finer first.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from course.exact.count_grid import Grid
from course.exact.density import panel_density, where_the_mass_is
from course.validate import FloatArray

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
    step = next(s for s in (4, 2, 1) if _integrates(grid.probability, s))
    logit, probability = grid.logit_mean[::step], grid.probability[::step, ::step]
    c, heavy = np.exp(grid.log_concentration[::step]), probability.sum(axis=0)
    # Beyond some concentration every rate is the mean, as far as the finest steps show: one column for them all.
    near = logit[probability.max(axis=1) > 1e-6 * probability.max()]
    limit = (_spread(near) * _FINEST / (logit[1] - logit[0])) ** 2
    columns = [(probability[:, k], c[k]) for k in np.flatnonzero((c <= limit) & (heavy > 1e-13 * heavy.max()))]
    if np.any(far := c > limit):
        columns.append((probability[:, far].sum(axis=1), heavy[far].sum() / np.sum(heavy[far] / c[far])))
    parts = [_refine(logit, column, at, limit) for column, at in columns if column.max() > 0]
    weight, *others = (np.concatenate(values) for values in zip(*parts, strict=True))
    keep = weight > 1e-12 * weight.max()
    return Mixture(weight[keep] / weight[keep].sum(), *(values[keep] for values in others))


def _integrates(probability: FloatArray, step: int) -> bool:
    parts = [probability[i::step, j::step].sum() * step**2 for i in range(step) for j in range(step)]
    return bool(np.ptp(parts) < 1e-9)


def _spread(logit: FloatArray) -> float:
    """Standard deviation of logit(x) for x ~ Beta(m c, (1 - m) c), times sqrt(c), for large c; the least of these m."""
    return float(np.sqrt(1.0 / special.expit(logit) + 1.0 / special.expit(-logit)).min())


def _refine(logit: FloatArray, column: FloatArray, c: float, limit: float) -> tuple[FloatArray, ...]:
    """The populations of one concentration, with steps in logit mean no wider than a beta distribution's spread."""
    step, resolved = logit[1] - logit[0], min(c, limit)
    spread = _spread(logit[column > 1e-6 * column.max()]) / np.sqrt(resolved)
    finer = int(np.clip(np.ceil(step / spread), 1, _FINEST))
    fine = np.linspace(logit[0], logit[-1], 1 + (len(logit) - 1) * finer)
    weight = np.maximum(np.sinc((fine[:, None] - logit) / step) @ column / finer, 0.0)
    same = np.ones(len(fine))
    return weight, special.expit(fine), special.expit(-fine), c * same, resolved * same


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
        return np.asarray(special.logsumexp(height[part] - total[part] * divergence, axis=1))

    # A thin selection of populations is enough to find where the mass is.
    thin = slice(None, None, max(1, len(rate) // 64))
    low, high = where_the_mass_is(lambda x: log_density(x, thin), -1e5, 1e5, points=65)
    margin = 0.1 * (high - low)
    density = panel_density(log_density, np.linspace(low - margin, high + margin, 9), tolerance=1e-10)
    return np.asarray(special.expit(density.quantile(q)))


def _log_beta_peak(a: FloatArray, b: FloatArray) -> FloatArray:
    """Log density of logit(x) at x = a / (a + b) when x is Beta(a, b): Stirling's formula and what it leaves over."""
    return np.asarray(0.5 * np.log(a / (a + b) * b / (2 * np.pi)) + _stirling(a + b) - _stirling(a) - _stirling(b))


def _stirling(z: FloatArray) -> FloatArray:
    """log Gamma(z) minus Stirling's formula for it."""
    large = np.maximum(z, 10.0)
    series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / large**2) / large**2) / large**2) / large
    exact = special.gammaln(z) - ((z - 0.5) * np.log(z) - z + 0.5 * np.log(2 * np.pi))
    return np.asarray(np.where(z > 10.0, series, exact))

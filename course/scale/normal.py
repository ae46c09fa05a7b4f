"""Fitting lines that vary by group, rows normal about them: passes run over the groups' sums, not over the rows."""

from __future__ import annotations

from math import log, pi
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.scale import small
from course.scale.ascent import report
from course.scale.compiled import compiled
from course.scale.coordinates import Coordinates
from course.scale.fits import NormalFit
from course.scale.grouped import Grouped, IntArray, sort_rows
from course.scale.laplace import add_score, group_score
from course.scale.moments import Moments, judge, moments
from course.scale.newton import place
from course.scale.search import Found, Options, search
from course.validate import FloatArray, as_floats, refuse


class GroupSums(NamedTuple):
    """All that a line asks of its rows: Z'Z, shape (n_groups, k, k), Z'y, (n_groups, k), y'y and rows, (n_groups,).

    Predictors and outcome are measured from their means in standard deviations, which keeps the digits.
    """

    cross: FloatArray
    right: FloatArray
    square: FloatArray
    rows: FloatArray


def fit_normal(
    x: ArrayLike | None, y: ArrayLike, group: ArrayLike, *, start: NormalFit | None = None, tolerance: float = 1e-8,
    max_passes: int = 200, progress: bool = True,
) -> NormalFit:  # fmt: skip
    """Fit lines whose intercept and slopes vary by group, with a full covariance, by maximum likelihood.

    Here Laplace's approximation is exact. It is maximum likelihood, not REML: with few groups the spread comes out a
    little small (`regression.fit_mixed` has both, for one predictor).

    Parameters
    ----------
    x, group, tolerance, max_passes, progress
        As in `fit_logistic`.
    y : array_like, shape (n_rows,)
        Outcomes, finite.
    start : NormalFit, optional
        An earlier fit with the same predictors, to start from.

    Returns
    -------
    NormalFit
        PopulationRoot, noise, groups, trace.

    Raises
    ------
    ValueError
        As `fit_logistic`.

    Warns
    -----
    NotConverged
        If the search stopped before the maximum, with its trace.

    References
    ----------
    Laird & Ware (1982), Biometrics 38, 963-974.
    """
    options = Options(1, tolerance, max_passes, progress)
    outcome = as_floats("y", y)
    refuse(~np.isfinite(outcome), "y", outcome, "must be finite", "did a logarithm meet a 0?")
    rows = sort_rows(x, outcome, group)
    known = judge(moments(rows))
    units = known.coordinates
    sums = group_sums(rows.x, rows.y, rows.starts, known.mean, np.sqrt(np.diag(known.square) / known.rows))
    plain = Coordinates(np.zeros(rows.k - 1), np.ones(rows.k - 1), extra=1)

    def passed(vector: FloatArray) -> FloatArray:
        r = rows.k + rows.k**2 + 1
        total = np.zeros(3 + r + r * r)
        normal_sums(*sums, *plain.population(vector), float(np.exp(vector[-1])), total)
        return total

    vector = _first(plain, units, known, start)
    found = search(passed, plain, vector, known.rows, known.groups, options, warm=start is not None)
    report(found.summit.trace, 0)
    return _as_fit(found, rows, sums, known)


def _first(plain: Coordinates, units: Coordinates, known: Moments, start: NormalFit | None) -> FloatArray:
    """Half of the variance between groups, half within; or an earlier fit, in standard units."""
    sd = float(np.sqrt(known.square[0, 0] / known.rows))
    if start is None:
        return np.asarray(np.r_[np.zeros(plain.k), 0.7 * np.eye(plain.k)[plain.lower], np.log(0.7)])
    if start.mean.size != plain.k:
        raise ValueError(f"start must have {plain.k - 1} predictors, got {start.mean.size - 1}; is it of other data?")
    level = np.r_[known.mean[0], np.zeros(plain.k - 1)]
    there = units.vector((start.mean - level) / sd, start.cov / sd**2)
    return np.asarray(np.r_[there, np.log(start.sigma / sd)])


def _as_fit(found: Found, rows: Grouped, sums: GroupSums, known: Moments) -> NormalFit:
    """Back to the units of the rows."""
    k, units, sd = rows.k, known.coordinates, float(np.sqrt(known.square[0, 0] / known.rows))
    back, level = sd * units.back, np.r_[known.mean[0], np.zeros(rows.k - 1)]
    sigma = float(np.exp(found.summit.vector[-1]))
    mode, cov = np.empty((known.groups, k)), np.empty((known.groups, k, k))
    normal_posteriors(*sums, *found.population, sigma, mode, cov)
    wide = np.zeros((k + k * k + 1, k + k * k + 1))
    wide[:k, :k], wide[k:-1, k:-1], wide[-1, -1] = back, np.kron(back, back), sd * sigma
    errors = np.sqrt(np.maximum(np.diag(wide @ found.spread @ wide.T), 0.0)) if found.summit.trace.converged else None
    if errors is None:
        errors = np.full(k + k * k + 1, np.inf)
    root = back @ found.population.root
    return NormalFit(
        rows.labels, level + back @ found.population.mean, errors[:k], root @ root.T, errors[k:-1].reshape(k, k),
        level + mode @ back.T, back @ cov @ back.T, found.summit.sums.value - known.rows * log(sd), found.summit.trace,
        root, sd * sigma, float(errors[-1]),
    )  # fmt: skip


def group_sums(x: FloatArray, y: FloatArray, starts: IntArray, centre: FloatArray, unit: FloatArray) -> GroupSums:
    """Sums of each group, outcome and predictors standardised."""
    groups, k = starts.size - 1, x.shape[0] + 1
    found = GroupSums(np.zeros((groups, k, k)), np.zeros((groups, k)), np.zeros(groups), np.diff(starts).astype(float))
    _add_up(x, y, starts, centre, unit, found.cross, found.right, found.square)
    return found


@compiled
def _add_up(
    x: FloatArray, y: FloatArray, starts: IntArray, centre: FloatArray, unit: FloatArray, cross: FloatArray,
    right: FloatArray, square: FloatArray,
) -> None:  # fmt: skip
    k = x.shape[0] + 1
    z = np.ones(k)
    for j in range(starts.size - 1):
        for i in range(starts[j], starts[j + 1]):
            away = (y[i] - centre[0]) / unit[0]
            for a in range(1, k):
                z[a] = (x[a - 1, i] - centre[a]) / unit[a]
            square[j] += away * away
            for a in range(k):
                right[j, a] += z[a] * away
                for b in range(k):
                    cross[j, a, b] += z[a] * z[b]


@compiled
def _solve_group(
    cross: FloatArray, right: FloatArray, mean: FloatArray, root: FloatArray, sigma: float, b: FloatArray,
    curve: FloatArray, inner: FloatArray, eta: FloatArray, pull: FloatArray,
) -> float:  # fmt: skip
    """b = Z'(y - Z mean) / sigma^2, A, the factor of K, pull = R'b and eta = K^-1 R'b; returns log |K|."""
    k = mean.size
    for i in range(k):
        b[i] = right[i]
        for m in range(k):
            b[i] -= cross[i, m] * mean[m]
            curve[i, m] = cross[i, m] / sigma**2
        b[i] /= sigma**2
    small.pulled(root, curve, inner)
    log_det = small.factor(inner)
    for i in range(k):
        pull[i] = 0.0
        for m in range(k):
            pull[i] += root[m, i] * b[m]
        eta[i] = pull[i]
    small.solve(inner, eta)
    return log_det


@compiled
def normal_sums(
    cross: FloatArray, right: FloatArray, square: FloatArray, rows: FloatArray, mean: FloatArray, root: FloatArray,
    sigma: float, total: FloatArray,
) -> None:  # fmt: skip
    """Add value, score in mean, root and log sigma, and its outer product, of all groups."""
    k = mean.size
    b, eta, pull, zero, h = np.empty(k), np.empty(k), np.empty(k), np.zeros(k), np.empty((k + 2, k))
    curve, inner, inverse = np.empty((k, k)), np.empty((k, k)), np.empty((k, k))
    score, wide = np.empty(k + k * k + 1), np.empty((k, k))
    for j in range(square.size):
        log_det = _solve_group(cross[j], right[j], mean, root, sigma, b, curve, inner, eta, pull)
        left = square[j]
        for i in range(k):
            # y - Z mean, squared: b holds Z'(y - Z mean) / sigma^2
            left -= mean[i] * (right[j, i] + b[i] * sigma**2)
        left /= sigma**2
        gained = 0.0
        for i in range(k):
            gained += eta[i] * pull[i]
        total[0] += 0.5 * (gained - left - log_det - rows[j] * log(2.0 * pi * sigma**2))
        small.inverse(inner, inverse)
        small.spread(root, inverse, wide)
        at_mode, trace = left - 2.0 * gained, 0.0
        for a in range(k):
            for c in range(k):
                trace += curve[a, c] * wide[a, c]
        # eta' R'AR eta = eta'(K - I) eta
        for i in range(k):
            at_mode += eta[i] * (pull[i] - eta[i])
        for a in range(k):
            for c in range(k):
                for m in range(k):
                    b[a] -= curve[a, c] * root[c, m] * eta[m]
        group_score(mean, root, eta, b, curve, inverse, zero, h, score)
        score[k + k * k] = at_mode + trace - rows[j]
        add_score(score, total)


@compiled
def normal_posteriors(
    cross: FloatArray, right: FloatArray, square: FloatArray, rows: FloatArray, mean: FloatArray, root: FloatArray,
    sigma: float, mode: FloatArray, cov: FloatArray,
) -> None:  # fmt: skip
    """Mean and covariance of each group's coefficients given population and noise."""
    k = mean.size
    b, eta, pull = np.empty(k), np.empty(k), np.empty(k)
    curve, inner, inverse = np.empty((k, k)), np.empty((k, k)), np.empty((k, k))
    for j in range(square.size):
        _solve_group(cross[j], right[j], mean, root, sigma, b, curve, inner, eta, pull)
        place(mean, root, eta, mode[j])
        small.inverse(inner, inverse)
        small.spread(root, inverse, cov[j])

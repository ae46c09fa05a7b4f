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
from course.scale.fits import Near, NormalFit
from course.scale.generalized import described, names_of, start_vector
from course.scale.grouped import Grouped, IntArray, Outcome, sort_rows
from course.scale.laplace import add_score, group_score
from course.scale.moments import Moments, judge, moments
from course.scale.newton import place
from course.scale.search import Found, Options, search
from course.validate import FloatArray, as_column, same_index, tied_spreads

_LEAST_NOISE = 5e-6  # over the spread of the outcome: below it the sums of a group have lost the noise


class GroupSums(NamedTuple):
    """All that a line asks of its rows: W'W, shape (n_groups, n, n), W'y, (n_groups, n), y'y and rows, (n_groups,).

    W has n columns: 1, the predictors of groups, and those with one slope for all.

    Predictors and outcome are measured from their means in standard deviations, which keeps the digits.
    """

    cross: FloatArray
    right: FloatArray
    square: FloatArray
    rows: FloatArray


def fit_normal(
    x: ArrayLike | None, y: ArrayLike, group: ArrayLike, *, fixed: ArrayLike | None = None, reml: bool = False,
    start: NormalFit | None = None, tolerance: float = 1e-8, max_passes: int = 200, progress: bool = True,
) -> NormalFit:  # fmt: skip
    """Fit lines whose intercept and slopes vary by group, with a full covariance, by maximum likelihood or by REML.

    In R's notation: ``y ~ x + fixed + (x | group)``. Here Laplace's approximation is exact.

    Parameters
    ----------
    x, group, fixed, tolerance, max_passes, progress
        As in `fit_logistic`.
    y : array_like, shape (n_rows,)
        Outcomes, finite.
    reml : bool
        Integrate the mean coefficients out, by restricted maximum likelihood: with few groups, maximum likelihood
        makes the spreads a little small, as if the mean were known. Likelihoods of REML compare only fits with the
        same predictors.
    start : NormalFit, optional
        An earlier fit with the same predictors, to start from.

    Returns
    -------
    NormalFit
        Population, shared slopes, noise, groups, trace. ``print`` it for a summary.

    Raises
    ------
    ValueError
        As `fit_logistic`; or if the spreads between groups and the noise cannot be told apart, as with as many effects
        of each group as it has rows.

    Warns
    -----
    NotConverged
        If the search stopped before the maximum, with its trace.

    References
    ----------
    Laird & Ware (1982), Biometrics 38, 963-974; Patterson & Thompson (1971), Biometrika 58, 545-554; Bates et al.
    (2015), J. Stat. Software 67(1).
    """
    options = Options(1, tolerance, max_passes, progress, "do two columns nearly agree?")
    same_index(x=x, y=y, group=group, fixed=fixed)
    rows = sort_rows(x, Outcome(as_column("y", y)), group, fixed)
    known = judge(moments(rows))
    units, n, k = known.coordinates, known.mean.size, rows.k
    sums = group_sums(np.vstack([rows.x, rows.fixed]), rows.y, rows.starts, known.mean, known.unit)
    names = names_of(x, fixed, rows)
    _told_apart(sums, names[:k])
    _scattered(sums, k)
    plain = Coordinates(np.zeros(n - 1), np.ones(n - 1), extra=1, fixed=known.fixed)

    def passed(vector: FloatArray, _: int) -> FloatArray:
        r = n + k**2 + 1
        total, at, sigma = np.zeros(3 + r + r * r), plain.population(vector), float(np.exp(vector[-1]))
        normal_sums(*sums, *at, sigma, total)
        if reml:
            value, score = restricted(sums, at.root, sigma)
            total[0] += value
            total[1 + n : 1 + r] += score
        return total

    vector = _first(plain, units, known, start)
    found = search(passed, plain, vector, known.rows, known.groups, options, warm=start is not None)
    report(found.summit.trace, 0)
    return _as_fit(found, rows, sums, known, names, reml)


def _told_apart(sums: GroupSums, names: tuple[str, ...]) -> None:
    """Refuse rows whose spreads between groups and noise cannot be told apart."""
    k, most = len(names), int(sums.rows.max())
    tied = tied_spreads(sums.cross[:, :k, :k], sums.rows, names)
    if tied:
        found = f"; no group has more than {most} rows for its {k} effects" if most <= k else ""
        raise ValueError(
            f"x must leave the spreads of its effects and the noise apart, got {', '.join(tied)}, of which other "
            f"spreads give every group the same covariance{found}; give columns whose slope need not vary as fixed=, "
            "or more rows of a group"
        )


def _scattered(sums: GroupSums, k: int) -> None:
    """Refuse rows that lie on lines of their groups: then the likelihood rises for ever as the noise shrinks."""
    own = np.linalg.pinv(sums.cross[:, :k, :k], rcond=1e-12, hermitian=True)
    seen = np.concatenate([sums.cross, sums.right[:, :, None]], axis=2)
    pull = seen[:, :k, k:]
    whole = np.concatenate([seen[:, k:, k:], np.concatenate(
        [np.swapaxes(sums.right[:, k:, None], 1, 2), sums.square[:, None, None]], axis=2)], axis=1)  # fmt: skip
    left = (whole - np.swapaxes(pull, 1, 2) @ own @ pull).sum(axis=0)
    beside, own_right = left[:-1, :-1], left[:-1, -1]
    scatter = left[-1, -1] - own_right @ np.linalg.pinv(beside, rcond=1e-12, hermitian=True) @ own_right
    least = _LEAST_NOISE**2 * float(sums.rows.sum())
    if scatter < least:
        raise ValueError(
            "y must scatter about the lines of its groups, got rows that lie on them to "
            f"{_LEAST_NOISE:g} of the spread of y: without noise the likelihood has no maximum; take the lines"
        )


def restricted(sums: GroupSums, root: FloatArray, sigma: float) -> tuple[float, FloatArray]:
    r"""What REML adds to the log likelihood, and its derivative in root, row by row, and log sigma.

    :math:`-\tfrac12 \log |M| + \tfrac{n}{2} \log 2\pi` with :math:`M = \sum_j W_j' V_j^{-1} W_j` over groups and W
    all n columns. With :math:`G = W'V^{-1}Z` the derivative in R is :math:`\sum_j G_j' M^{-1} G_j R`; that in log sigma
    follows, since M is of degree -2 in R and sigma together.
    """
    k, n = len(root), sums.cross.shape[1]
    cross = sums.cross / sigma**2
    beside = cross[:, :, :k]
    inner = np.linalg.inv(np.eye(k) + root.T @ cross[:, :k, :k] @ root)
    spread = root @ inner @ root.T
    whole = (cross - beside @ spread @ np.swapaxes(beside, 1, 2)).sum(axis=0)
    seen = beside - beside @ spread @ cross[:, :k, :k]
    slope = np.einsum("gab,ac,gcd->bd", seen, np.linalg.inv(whole), seen) @ root
    value = 0.5 * (n * log(2 * pi) - float(np.linalg.slogdet(whole)[1]))
    return value, np.r_[slope.ravel(), n - float(np.sum(slope * root))]


def _first(plain: Coordinates, units: Coordinates, known: Moments, start: NormalFit | None) -> FloatArray:
    """Half of the variance between groups, half within; or an earlier fit, in standard units."""
    if start is None:
        return np.asarray(np.r_[np.zeros(plain.size), 0.7 * np.eye(plain.k)[plain.lower], np.log(0.7)])
    sd = float(known.unit[0])
    there = start_vector(units, start, np.zeros(plain.size - 1))
    there[: plain.size] -= np.r_[known.mean[0], np.zeros(plain.size - 1)]
    return np.asarray(np.r_[there / sd, np.log(start.sigma / sd)])


def _as_fit(
    found: Found, rows: Grouped, sums: GroupSums, known: Moments, names: tuple[str, ...], reml: bool
) -> NormalFit:
    """Back to the units of the rows."""
    n, k, sd, origin = known.mean.size, rows.k, float(known.unit[0]), known.origin
    sigma = float(np.exp(found.summit.vector[-1]))
    mode, cov = np.empty((known.groups, k)), np.empty((known.groups, k, k))
    normal_posteriors(*sums, *found.population, sigma, mode, cov)
    level = np.r_[known.mean[0], np.zeros(n - 1)]
    here = described(found, mode, cov, sd * known.coordinates.back, level)
    near = None
    if origin.any():
        there = described(found, mode, cov, sd * known.since(origin).coordinates.back, level)
        near = Near(origin, there.mean, there.root, there.mode, there.mode_cov)
    noise_se = float(np.sqrt(max(found.spread[-1, -1], 0.0))) if found.spread.size else np.inf
    log_units = known.rows * log(sd) - reml * (n * log(sd) - float(np.log(known.unit[1:]).sum()))
    return NormalFit(
        rows.labels, here.mean[:k], here.se[:k], here.root @ here.root.T, here.cov_se, here.mode, here.mode_cov,
        found.summit.sums.value - log_units, found.summit.trace, here.root, here.mean[k:], here.se[k:], names,
        known.rows, 1, near, sigma=sd * sigma, sigma_se=sd * sigma * noise_se, reml=reml,
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
    """b = W'(y - W mean) / sigma^2, A, the factor of K, pull = R'b and eta = K^-1 R'b; returns log |K|.

    W are all columns, those of the group's own k coefficients first.
    """
    k = eta.size
    for i in range(mean.size):
        b[i] = right[i]
        for m in range(mean.size):
            b[i] -= cross[i, m] * mean[m]
        b[i] /= sigma**2
        for m in range(k):
            curve[i, m] = cross[i, m] / sigma**2
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
    n, k = mean.size, root.shape[0]
    b, eta, pull, zero, h = np.empty(n), np.empty(k), np.empty(k), np.zeros(n), np.empty((n + 2, k))
    curve, inner, inverse = np.empty((n, k)), np.empty((k, k)), np.empty((k, k))
    score, wide = np.empty(n + k * k + 1), np.empty((k, k))
    for j in range(square.size):
        log_det = _solve_group(cross[j], right[j], mean, root, sigma, b, curve, inner, eta, pull)
        left = square[j]
        for i in range(n):
            # y - W mean, squared: b holds W'(y - W mean) / sigma^2
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
        for a in range(n):
            for c in range(k):
                for m in range(k):
                    b[a] -= curve[a, c] * root[c, m] * eta[m]
        group_score(mean, root, eta, b, curve, inverse, zero, h, score)
        score[n + k * k] = at_mode + trace - rows[j]
        add_score(score, total)


@compiled
def normal_posteriors(
    cross: FloatArray, right: FloatArray, square: FloatArray, rows: FloatArray, mean: FloatArray, root: FloatArray,
    sigma: float, mode: FloatArray, cov: FloatArray,
) -> None:  # fmt: skip
    """Mean and covariance of each group's coefficients given population and noise."""
    n, k = mean.size, root.shape[0]
    b, eta, pull = np.empty(n), np.empty(k), np.empty(k)
    curve, inner, inverse = np.empty((n, k)), np.empty((k, k)), np.empty((k, k))
    for j in range(square.size):
        _solve_group(cross[j], right[j], mean, root, sigma, b, curve, inner, eta, pull)
        place(mean, root, eta, mode[j])
        small.inverse(inner, inverse)
        small.spread(root, inverse, cov[j])

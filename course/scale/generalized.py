"""From sorted rows of counts to a fit: what log odds and log rates have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from course.scale.ascent import ENDLESS, report
from course.scale.coordinates import Coordinates
from course.scale.fits import CountFit, GroupFit, Near, carried, from_origin
from course.scale.grouped import POISSON, Grouped, Labels, column_names
from course.scale.moments import Moments, judge, moments
from course.scale.outcomes import link
from course.scale.passes import logistic_pass, logistic_posteriors
from course.scale.search import Found, Options, first_vector, search
from course.validate import FloatArray


class Described(NamedTuple):
    """A population and its groups in some units: shared coefficients last in ``mean`` and ``se``."""

    mean: FloatArray
    se: FloatArray
    root: FloatArray
    cov_se: FloatArray
    mode: FloatArray
    mode_cov: FloatArray


def described(found: Found, mode: FloatArray, mode_cov: FloatArray, back: FloatArray, level: FloatArray) -> Described:
    """What was found in other units: level + back @ coefficients, with back of shape (size, size)."""
    n, k = len(level), len(found.cov_se)
    own = back[:k, :k]
    mean, root = found.population
    moved = carried(mode, mode_cov, back, level, mean[k:])
    if np.array_equal(back, np.eye(n)) and not level.any():
        return Described(mean, found.se, root, found.cov_se, *moved)
    if not found.spread.size:
        return Described(level + back @ mean, found.se, own @ root, found.cov_se, *moved)
    wide = np.zeros((n + k * k, n + k * k))
    wide[:n, :n], wide[n:, n:] = back, np.kron(own, own)
    within = found.spread[: n + k * k, : n + k * k]
    errors = np.sqrt(np.maximum(np.einsum("ab,bc,ac->a", wide, within, wide), 0.0))
    return Described(level + back @ mean, errors[:n], own @ root, errors[n:].reshape(k, k), *moved)


def fit_counts[F: CountFit](
    kind: type[F], rows: Grouped, names: tuple[str, ...], options: Options, start: GroupFit | None, threads: int
) -> F:
    """Judge, search, and put the fit together."""
    known = judge(moments(rows))
    origin = known.origin
    rows, known = rows.since(origin), known.since(origin)
    where = known.coordinates
    eta = start_modes(rows.labels, start, rows.k)

    def passed(vector: FloatArray, nodes: int) -> FloatArray:
        return logistic_pass(rows, where.population(vector), eta, nodes, threads)

    found = sought(passed, where, known, options, start, origin)
    if not found.summit.trace.converged and separated(rows):
        found = _named(found, rows.family)
    report(found.summit.trace, found.summit.sums.lost)
    groups = logistic_posteriors(rows, found.population, eta, threads)
    return assembled(kind, found, rows.labels, *groups, names, known.rows, origin, options.n_quadrature, rows)


def sought(
    passed: Callable[[FloatArray, int], FloatArray], where: Coordinates, known: Moments, options: Options,
    start: GroupFit | None, origin: FloatArray,
) -> Found:  # fmt: skip
    """Search from the pooled level, or from an earlier fit."""
    vector = first_vector(where, link(known.total / known.chances, known.family))
    if start is not None:
        vector = start_vector(where, start, origin)

    def complete(vector: FloatArray) -> FloatArray:
        total = passed(vector, options.n_quadrature)
        total[0] += known.constant
        return total

    return search(complete, where, vector, known.rows, known.groups, options, warm=start is not None)


def assembled[F: CountFit](
    kind: type[F], found: Found, labels: Labels, mode: FloatArray, mode_cov: FloatArray, names: tuple[str, ...],
    n_rows: int, origin: FloatArray, n_quadrature: int, rows: Grouped | None,
) -> F:  # fmt: skip
    """Put a fitted population and its groups together, measured from 0 and, where that is far, from the origin."""
    k = mode.shape[1]
    here = described(found, mode, mode_cov, from_origin(origin), np.zeros(origin.size + 1))
    near = Near(origin, *found.population, mode, mode_cov) if origin.any() else None
    return kind(
        labels, here.mean[:k], here.se[:k], here.root @ here.root.T, here.cov_se, here.mode, here.mode_cov,
        found.summit.sums.value, found.summit.trace, here.root, here.mean[k:], here.se[k:], names, n_rows, n_quadrature,
        near, rows=rows,
    )  # fmt: skip


def names_of(x: ArrayLike | None, fixed: ArrayLike | None, rows: Grouped) -> tuple[str, ...]:
    """Names of the intercept, of the slopes that vary and of those that are shared."""
    own = column_names(x, rows.k - 1, "slope") if x is not None else ()
    return ("intercept", *own, *(column_names(fixed, len(rows.fixed), "fixed") if fixed is not None else ()))


def start_vector(where: Coordinates, start: GroupFit, origin: FloatArray) -> FloatArray:
    """The population of an earlier fit.

    Raises
    ------
    ValueError
        If that had another number of predictors.
    """
    for name, wanted, got in (("predictors", where.k, start.mean.size), ("fixed ones", where.fixed, start.fixed.size)):
        if got != wanted:
            less = 1 if name == "predictors" else 0
            raise ValueError(f"start must have {wanted - less} {name}, got {got - less}; is it of other data?")
    near = start.close
    move = from_origin(near.origin - origin)
    root = move[: where.k, : where.k] @ near.root
    return where.vector(move @ near.mean, root @ root.T)


def start_modes(labels: Labels, start: GroupFit | None, k: int) -> FloatArray:
    """Where to look for each group's eta, shape (n_groups, k): where an earlier fit found it, or at 0."""
    eta = np.zeros((len(labels), k))
    if start is not None and start.mean.size == k:
        near, at = start.close, start.place(labels)
        known = at >= 0
        eta[known] = (near.mode[at[known]] - near.mean[:k]) @ np.linalg.pinv(near.root, rcond=1e-8).T
    return eta


def separated(rows: Grouped) -> bool:
    """Whether one line over all groups has no success on its lower and no failure on its upper side; ties on it may be.

    Of counts without a limit: whether one has all events on it and rows without any below. Then, and only then, a
    pooled fit has no maximum. The line is looked for by linear programming: of all that have every row on its right
    side, the one with the largest sum of distances. Not tried with more than 100,000 rows.

    References
    ----------
    Albert & Anderson (1984), Biometrika 71, 1-10; Konis (2007), D.Phil. thesis, University of Oxford.
    """
    if rows.y.size > 100_000:
        return False
    given = np.vstack([rows.x, rows.fixed]) if rows.fixed.size else rows.x
    spread = np.maximum(given.std(axis=1, keepdims=True), 1e-300)
    columns = np.vstack([np.ones(rows.y.size), (given - given.mean(axis=1, keepdims=True)) / spread]).T
    some, short = rows.y > 0, rows.y < (rows.trials if rows.trials.size else 1)
    if rows.family == POISSON:
        some, short = np.zeros(rows.y.size, dtype=bool), rows.y == 0
    signed = np.vstack([columns[some & ~short], -columns[short & ~some]])
    exact = columns[some & short] if rows.family != POISSON else columns[rows.y > 0]
    ties = {"A_eq": exact, "b_eq": np.zeros(len(exact))} if len(exact) else {}
    best = optimize.linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1), **ties)
    return bool(best.status == 0 and -best.fun > 1e-6)


def _named(found: Found, family: int) -> Found:
    what = "tell rows without any event from the others" if family == POISSON else "separate ones from zeros"
    why = f"{ENDLESS}: the predictors {what}, so there is no maximum; leave one out, or use a prior"
    summit = found.summit
    return found._replace(summit=summit._replace(trace=summit.trace._replace(reason=why)))

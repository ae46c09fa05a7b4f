"""From sorted rows of counts to a fit: what log odds and log rates have in common."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from course.scale.ascent import ENDLESS, NotTrusted, metric, report
from course.scale.coordinates import Coordinates, PopulationRoot
from course.scale.fits import CountFit, GroupFit, Near, carried, from_origin
from course.scale.grouped import POISSON, Grouped, Labels, chosen, column_names
from course.scale.moments import Moments, judge, moments
from course.scale.outcomes import link
from course.scale.passes import NODES, compared, logistic_pass, logistic_posteriors, nothing
from course.scale.search import Found, Options, as_sums, first_vector, search
from course.validate import FloatArray

EVENTLESS = "has some kind of row no event at all?"
SWAY = 0.1  # share of a spread that Laplace's approximation may be wrong by before it is not trusted
PLENTY = 10  # of the rarer outcome, for each coefficient of a group: with so many, Laplace is not doubted
SAMPLED, MOST_SPARED = 250, 20  # the search begins with at least so many groups, and at least one in so many
VISITS = 200_000  # of rows that finding that out may cost in any case
MOST_CHECKED = 4  # coefficients of a group: with more, nodes are too many
MOST_VISITS = 100_000_000  # of rows in a pass of quadrature that nobody asked for


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


class Sought(NamedTuple):
    """What was found, with how many nodes a dimension, and what there is to say about it."""

    found: Found
    n_quadrature: int
    note: str


class Asked(NamedTuple):
    """What a search asks of the rows, wherever they are.

    ``sums`` of a pass at a population, with so many nodes a dimension, and what is wanted of it (`newton`); ``some``,
    those of one group in so many (`spared`), always by Laplace; ``compared``, those of a sample of groups by Laplace
    and by quadrature, shape (2, ...); ``afresh`` forgets where the groups' modes were.
    """

    sums: Callable[[PopulationRoot, int, int], FloatArray]
    some: Callable[[PopulationRoot, int], FloatArray]
    compared: Callable[[PopulationRoot], FloatArray]
    afresh: Callable[[], object]


def fit_counts[F: CountFit](
    kind: type[F], rows: Grouped, names: tuple[str, ...], options: Options, start: GroupFit | None, threads: int
) -> F:
    """Judge, search, and put the fit together."""
    known = judge(moments(rows))
    origin = known.origin
    rows, known = rows.since(origin), known.since(origin)
    eta = start_modes(rows.labels, start, rows.k)
    some = Sample(rows, every) if (every := spared(known.groups)) > 1 and start is None else None
    asked = Asked(
        lambda at, nodes, wanted: logistic_pass(rows, at, eta, nodes, threads, wanted),
        lambda at, wanted: some.sums(at, threads, wanted) if some else np.empty(0),
        lambda at: compared(rows, at, eta, VISITS + rows.y.size // 2),
        lambda: eta.fill(0.0),
    )
    found, n_quadrature, note = sought(asked, known, options, start, origin)
    if not found.summit.trace.converged and separated(rows):
        found = _named(found, rows.family)
    report(found.summit.trace, found.summit.sums.lost)
    groups = logistic_posteriors(rows, found.population, eta, threads)
    made = assembled(kind, found, rows.labels, *groups, names, known.rows, origin, n_quadrature, rows)
    return replace(made, note=note)


def spared(groups: int) -> int:
    """One group in how many the search begins with; 1 where there are too few to begin with some."""
    return max(1, min(groups // SAMPLED, MOST_SPARED))


class Sample:
    """About one group in ``every``, by its label alone, so that it is the same wherever the rows are."""

    def __init__(self, rows: Grouped, every: int) -> None:
        import pandas as pd

        labels = rows.labels.astype(object) if rows.labels.dtype.kind in "US" else rows.labels
        some = np.flatnonzero(pd.util.hash_array(labels) % np.uint64(every) == 0)
        self._rows, self._eta = chosen(rows, some), np.zeros((len(some), rows.k))

    def sums(self, at: PopulationRoot, threads: int, wanted: int) -> FloatArray:
        """What `logistic_pass` adds up."""
        if not len(self._eta):
            return nothing(at)
        return logistic_pass(self._rows, at, self._eta, 1, threads, wanted)


def _near_the_top(asked: Asked, where: Coordinates, cold: FloatArray, known: Moments) -> FloatArray | None:
    """The population of some groups, which is a start for all at a fraction of the cost; None if it has none."""
    every = spared(known.groups)
    share, groups = known.rows // every, known.groups // every
    held = Options(1, 1e-2, 40, progress=False)
    found = search(
        lambda v, wanted: asked.some(where.population(v), wanted),
        where,
        cold,
        share,
        groups,
        held,
        warm=False,
        with_errors=False,
    )
    return found.summit.vector if found.summit.trace.converged else None


def sought(asked: Asked, known: Moments, options: Options, start: GroupFit | None, origin: FloatArray) -> Sought:
    """Search from the pooled level or an earlier fit; see whether Laplace can be trusted, and what to do if not."""
    where = known.coordinates

    def climbed(nodes: int, vector: FloatArray, *, warm: bool) -> Found:
        def passed(vector: FloatArray, wanted: int) -> FloatArray:
            total = asked.sums(where.population(vector), nodes, wanted)
            total[0] += known.constant
            return total

        held = replace(options, n_quadrature=nodes)
        return search(passed, where, vector, known.rows, known.groups, held, warm=warm)

    cold, nodes = first_vector(where, link(known.total / known.chances, known.family)), options.n_quadrature or 1
    near = None if start is None else start_vector(where, start, origin)
    if start is None and spared(known.groups) > 1:
        near = _near_the_top(asked, where, cold, known)
    found = climbed(nodes, cold if near is None else near, warm=near is not None)
    if near is not None and not found.summit.trace.converged and options.max_passes > len(found.summit.trace.steps):
        asked.afresh()  # a start from somewhere else entirely
        found = climbed(nodes, cold, warm=False)
    rarer = known.total if known.family == POISSON else min(known.total, known.chances - known.total)
    plenty = rarer >= PLENTY * where.k * known.groups
    if nodes > 1 or plenty or not found.summit.trace.converged or where.k > MOST_CHECKED:
        return Sought(found, nodes, "")
    apart = _sway(asked.compared(found.population), where, found, known.rows)
    if apart < SWAY:
        return Sought(found, nodes, "")
    why = "Laplace's approximation misjudges the spread, since groups have so few rows"
    if options.n_quadrature == 1 or known.rows * NODES**where.k > MOST_VISITS:
        why = f"{why}, by some {min(apart, 9.99):.0%}; n_quadrature={NODES} corrects it"
        if options.n_quadrature is None:
            warnings.warn(why, NotTrusted, 4)
        return Sought(found, nodes, why)
    asked.afresh()
    return Sought(climbed(NODES, cold, warm=False), NODES, f"with {NODES} nodes a dimension: {why}")


def _sway(both: FloatArray, where: Coordinates, found: Found, rows: int) -> float:
    """By what share quadrature would change a spread, about: one Newton step by the difference of the scores.

    Taken for a sample of groups at Laplace's maximum, whose own score there is taken off.
    """
    laplace, other = (as_sums(total, where, rows) for total in both)
    step = metric(laplace) @ (other.score - laplace.score)
    before, after = (where.population(v).cov for v in (found.summit.vector, found.summit.vector + step))
    sd, moved = (np.sqrt(np.maximum(np.diag(cov), 0.0)) for cov in (before, after))
    seen = np.diag(before) > 1e-6 * found.se[: where.k] ** 2  # a spread of 0 has no share
    return float(np.max(np.abs(moved[seen] / sd[seen] - 1.0), initial=0.0))


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

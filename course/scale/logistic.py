"""Fitting varying intercepts and slopes of log odds: arrays in this process."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from course.scale.ascent import ENDLESS, report
from course.scale.coordinates import Coordinates, PopulationRoot
from course.scale.fits import GroupFit, LogisticFit
from course.scale.grouped import Grouped, Labels, sort_rows
from course.scale.moments import judge, moments
from course.scale.passes import logistic_pass, logistic_posteriors, threads_here
from course.scale.search import Found, Options, first_vector, search
from course.validate import FloatArray, as_choice_rows, as_floats, refuse


def fit_logistic(
    x: ArrayLike | None, y: ArrayLike, group: ArrayLike, *, n_quadrature: int = 1, start: GroupFit | None = None,
    tolerance: float = 1e-8, max_passes: int = 200, threads: int | None = None, progress: bool = True,
) -> LogisticFit:  # fmt: skip
    r"""Fit log odds whose intercept and slopes vary by group, with a full covariance, by maximum marginal likelihood.

    :math:`\text{logit } p_{ij} = z_{ij}' \theta_j`, :math:`z = (1, x)`, :math:`\theta_j \sim N(\mu, \Sigma)`; the
    groups' coefficients are integrated out by Laplace's approximation and the result is maximised over mu and Sigma.

    Parameters
    ----------
    x : array_like, shape (n_rows,) or (n_rows, k - 1), or None
        Predictors; the intercept is added. None for an intercept alone.
    y : array_like, shape (n_rows,)
        0 or 1.
    group : array_like, shape (n_rows,)
        Label of each row's group: numbers or text, in any order.
    n_quadrature : int
        Nodes a dimension of adaptive Gauss-Hermite quadrature, at least 5; 1 is Laplace. With few rows a group Laplace
        misjudges the spread; 7 nodes correct it, at 7 ** k visits of each row a pass in place of some four.
    start : GroupFit, optional
        An earlier fit with the same predictors, to start from.
    tolerance : float
        Stop when no more log likelihood than this is to be gained, about.
    max_passes : int
        Passes over the rows after which the search is given up.
    threads : int, optional
        Threads; all processors unless told. The result does not depend on it.
    progress : bool
        Show a bar when the fit takes more than five seconds.

    Returns
    -------
    LogisticFit
        PopulationRoot, groups, trace.

    Raises
    ------
    ValueError
        On input that cannot be what is meant: unequal lengths, NaN, missing labels, a predictor that does not vary,
        outcomes all equal, fewer than three groups, or no group with two rows.

    Warns
    -----
    NotConverged
        If the search stopped before the maximum, or there is none because the predictors separate ones from zeros;
        with its trace.

    References
    ----------
    Tierney & Kadane (1986), J. Amer. Stat. Assoc. 81, 82-86; Pinheiro & Chao (2006), J. Comput. Graph. Stat. 15, 58-81.
    """
    options = Options(n_quadrature, tolerance, max_passes, progress)
    rows = sort_rows(x, as_choice_rows(y), group)
    known = judge(moments(rows))
    where = known.coordinates
    threads = threads or threads_here()
    vector = first_vector(where, float(special.logit(known.mean[0])))
    if start is not None:
        vector = start_vector(where, start)
    eta = start_modes(rows.labels, start, rows.k)

    def passed(vector: FloatArray) -> FloatArray:
        return logistic_pass(rows, where.population(vector), eta, n_quadrature, threads)

    found = search(passed, where, vector, known.rows, known.groups, options, warm=start is not None)
    if not found.summit.trace.converged and separated(rows):
        found = _named(found)
    report(found.summit.trace, found.summit.sums.lost)
    mode, mode_cov = logistic_posteriors(rows, found.population, eta, threads)
    return as_logistic_fit(found, rows.labels, mode, mode_cov, rows)


def separated(rows: Grouped) -> bool:
    """Whether one line over all groups has no 1 on its lower and no 0 on its upper side; ties on it may be.

    Then, and only then, a pooled fit has no maximum. The line is looked for by linear programming: of all that have
    every row on its right side, the one with the largest sum of distances. Not tried with more than 100,000 rows.

    References
    ----------
    Albert & Anderson (1984), Biometrika 71, 1-10; Konis (2007), D.Phil. thesis, University of Oxford.
    """
    if rows.y.size > 100_000:
        return False
    spread = np.maximum(rows.x.std(axis=1, keepdims=True), 1e-300)
    columns = np.vstack([np.ones(rows.y.size), (rows.x - rows.x.mean(axis=1, keepdims=True)) / spread])
    signed = (columns * (2.0 * rows.y - 1.0)).T
    best = optimize.linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
    return bool(best.status == 0 and -best.fun > 1e-6)


def _named(found: Found) -> Found:
    why = f"{ENDLESS}: the predictors separate ones from zeros, so there is no maximum; leave one out, or use a prior"
    summit = found.summit
    return found._replace(summit=summit._replace(trace=summit.trace._replace(reason=why)))


class Modes(NamedTuple):
    """Labels, sorted; most probable coefficients, shape (n_groups, k); inverse curvatures there, (n_groups, k, k)."""

    labels: Labels
    mode: FloatArray
    mode_cov: FloatArray


def modes_given(x: ArrayLike | None, y: ArrayLike, group: ArrayLike, mean: ArrayLike, cov: ArrayLike) -> Modes:
    """Find every group's coefficients given the population: Newton's method, group by group.

    Parameters
    ----------
    x, y, group
        As in `fit_logistic`.
    mean : array_like, shape (k,)
        Mean of the population, intercept first.
    cov : array_like, shape (k, k)
        Its covariance; may be singular.

    Returns
    -------
    Modes
        Labels, modes and inverse curvatures.

    Raises
    ------
    ValueError
        On rows that `fit_logistic` refuses, or a population of another size or with a negative variance.
    """
    rows = sort_rows(x, as_choice_rows(y), group)
    centre, spread = as_floats("mean", mean), as_floats("cov", cov)
    if centre.shape != (rows.k,) or spread.shape != (rows.k, rows.k):
        raise ValueError(f"mean and cov must be of {rows.k} coefficients, got shapes {centre.shape}, {spread.shape}")
    values, vectors = np.linalg.eigh(spread)
    refuse(values < -1e-9 * np.abs(values).max(), "eigenvalues of cov", values, "must not be negative", "is it a cov?")
    at = PopulationRoot(centre, np.ascontiguousarray(vectors * np.sqrt(np.maximum(values, 0.0))))
    return Modes(rows.labels, *logistic_posteriors(rows, at, np.zeros((len(rows.labels), rows.k)), threads_here()))


def as_logistic_fit(
    found: Found, labels: Labels, mode: FloatArray, mode_cov: FloatArray, rows: Grouped | None
) -> LogisticFit:
    """Put a fitted population and its groups together."""
    mean, root = found.population
    value, trace = found.summit.sums.value, found.summit.trace
    return LogisticFit(
        labels, mean, found.se, found.population.cov, found.cov_se, mode, mode_cov, value, trace, root, rows
    )


def start_vector(where: Coordinates, start: GroupFit) -> FloatArray:
    """The population of an earlier fit.

    Raises
    ------
    ValueError
        If that had another number of predictors.
    """
    if start.mean.size != where.k:
        raise ValueError(f"start must have {where.k - 1} predictors, got {start.mean.size - 1}; is it of other data?")
    return where.vector(start.mean, start.cov)


def start_modes(labels: Labels, start: GroupFit | None, k: int) -> FloatArray:
    """Where to look for each group's eta, shape (n_groups, k): where an earlier fit found it, or at 0."""
    eta = np.zeros((len(labels), k))
    if start is not None:
        at = start.place(labels)
        known = at >= 0
        eta[known] = (start.mode[at[known]] - start.mean) @ np.linalg.pinv(start.root, rcond=1e-8).T
    return eta

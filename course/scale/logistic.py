"""Fitting varying intercepts and slopes of log odds and of log rates: arrays in this process."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.scale.coordinates import PopulationRoot
from course.scale.fits import GroupFit, LogisticFit, PoissonFit
from course.scale.generalized import EVENTLESS, fit_counts, names_of, separated
from course.scale.grouped import Labels, sort_rows
from course.scale.outcomes import as_choices, as_events
from course.scale.passes import logistic_posteriors, threads_here
from course.scale.search import Options
from course.validate import FloatArray, as_choice_rows, as_floats, refuse, same_index

__all__ = ["Modes", "fit_logistic", "fit_poisson", "modes_given", "separated"]


def fit_logistic(
    x: ArrayLike | None, y: ArrayLike, group: ArrayLike, *, fixed: ArrayLike | None = None,
    trials: ArrayLike | None = None, n_quadrature: int | None = None, start: GroupFit | None = None,
    tolerance: float = 1e-8, max_passes: int = 200, threads: int | None = None, progress: bool = True,
) -> LogisticFit:  # fmt: skip
    r"""Fit log odds whose intercept and slopes vary by group, with a full covariance, by maximum marginal likelihood.

    :math:`\text{logit } p_{ij} = z_{ij}' \theta_j + w_{ij}' \beta`, :math:`z = (1, x)`,
    :math:`\theta_j \sim N(\mu, \Sigma)`; the groups' coefficients are integrated out by Laplace's approximation and the
    result is maximised over mu, beta and Sigma. In R's notation: ``y ~ x + fixed + (x | group)``.

    Groups that cross or are nested, and an offset, are in Bambi and in R's lme4 and glmmTMB.

    Parameters
    ----------
    x : array_like, shape (n_rows,) or (n_rows, k - 1), or None
        Predictors whose slopes vary by group; the intercept is added. None for an intercept alone.
    y : array_like, shape (n_rows,)
        0 or 1; with ``trials`` the number of successes among them.
    group : array_like, shape (n_rows,)
        Label of each row's group: numbers or text, in any order.
    fixed : array_like, shape (n_rows,) or (n_rows, n_fixed), optional
        Predictors with one slope for all groups; not those of ``x``, whose mean slope is fitted already.
    trials : array_like, shape (n_rows,) or one number, optional
        Trials of each row.
    n_quadrature : int, optional
        Nodes a dimension of adaptive Gauss-Hermite quadrature, at least 5; 1 is Laplace. With few rows a group Laplace
        misjudges the spread; 7 nodes correct it, at 7 ** k visits of each row a pass in place of some four. Unless
        told: Laplace, but 7 nodes where a sample of the groups shows that it is off by more than a tenth of a spread;
        the fit's ``note`` says so.
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
        Population, shared slopes, groups, trace. ``print`` it for a summary.

    Raises
    ------
    ValueError
        On input that cannot be what is meant: unequal lengths, NaN, missing labels, a predictor that does not vary or
        follows from others, outcomes all equal, fewer than three groups, or no group with two rows.

    Warns
    -----
    NotConverged
        If the search stopped before the maximum, or there is none because the predictors separate ones from zeros;
        with its trace.
    NotTrusted
        If Laplace misjudges the spread and quadrature would take too long to be done without being asked for.

    Notes
    -----
    How often 95% intervals held in simulated worlds of some 20 rows a group, spreads of 1 and 0.4
    (`benchmarks/scale_coverage.txt`): with 10 groups 61% of the groups' slopes and 81% and 79% of the two variances,
    ``cov`` ± 1.96 ``cov_se``; with 100 groups 89%, 91% and 90%. With 10,000 groups the groups' intervals hold in 94%,
    but Laplace's spreads are low by 2% and 4%, which is more than their standard errors then: 70% and 44% hold. Ask
    for ``n_quadrature=7`` where the spread itself is the question.

    References
    ----------
    Tierney & Kadane (1986), J. Amer. Stat. Assoc. 81, 82-86; Pinheiro & Chao (2006), J. Comput. Graph. Stat. 15, 58-81;
    Bates et al. (2015), J. Stat. Software 67(1).
    """
    options = Options(n_quadrature, tolerance, max_passes, progress)
    same_index(x=x, y=y, group=group, fixed=fixed, trials=trials)
    rows = sort_rows(x, as_choices(y, trials), group, fixed)
    return fit_counts(LogisticFit, rows, names_of(x, fixed, rows), options, start, threads or threads_here())


def fit_poisson(
    x: ArrayLike | None, y: ArrayLike, group: ArrayLike, *, fixed: ArrayLike | None = None,
    exposure: ArrayLike | None = None, n_quadrature: int | None = None, start: GroupFit | None = None,
    tolerance: float = 1e-8, max_passes: int = 200, threads: int | None = None, progress: bool = True,
) -> PoissonFit:  # fmt: skip
    r"""Fit log rates of events whose intercept and slopes vary by group, by maximum marginal likelihood.

    :math:`y_{ij} \sim \text{Poisson}(e_{ij} \exp(z_{ij}' \theta_j + w_{ij}' \beta))`; the rest is as in `fit_logistic`.
    Counts that scatter more than Poisson within a group can be given the row's number as the group; the negative
    binomial is in Bambi and R's glmmTMB.

    Parameters
    ----------
    x, group, fixed, n_quadrature, start, tolerance, max_passes, threads, progress
        As in `fit_logistic`.
    y : array_like, shape (n_rows,)
        Number of events.
    exposure : array_like, shape (n_rows,) or one number, optional
        What they happened in: time, area, people watched; positive. 1 unless told.

    Returns
    -------
    PoissonFit
        Population, shared slopes, groups, trace. ``print`` it for a summary.

    Raises
    ------
    ValueError
        As `fit_logistic`; on y that are no counts, or no event at all. A group may have one row.

    Warns
    -----
    NotConverged
        If the search stopped before the maximum, or there is none because the predictors tell rows without any event
        from the others; with its trace.

    Notes
    -----
    As in `fit_logistic`, at exposures of 0.2 to 5: with 10 groups 95% intervals held in 75% of the groups' slopes and
    in 80% and 75% of the two variances; with 100 groups in 94%, 94% and 92%.

    References
    ----------
    Breslow & Clayton (1993), J. Amer. Stat. Assoc. 88, 9-25; Bates et al. (2015), J. Stat. Software 67(1).
    """
    options = Options(n_quadrature, tolerance, max_passes, progress, EVENTLESS)
    same_index(x=x, y=y, group=group, fixed=fixed, exposure=exposure)
    rows = sort_rows(x, as_events(y, exposure), group, fixed)
    return fit_counts(PoissonFit, rows, names_of(x, fixed, rows), options, start, threads or threads_here())


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

"""From raw sums over rows to a fitted population: where to start, EM, the climb, and standard errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import linalg

from course.scale.ascent import ENDLESS, Evaluate, Summit, Sums, climb
from course.scale.coordinates import Coordinates, PopulationRoot
from course.scale.newton import CURVED, EXACT
from course.scale.progress import Progress
from course.validate import FloatArray

RawPass = Callable[[FloatArray, int], FloatArray]


@dataclass(frozen=True)
class Options:
    """How to fit.

    Attributes
    ----------
    n_quadrature : int
        Nodes a dimension; 1 is Laplace's approximation; None for that, as long as it can be trusted.
    tolerance : float
        Log likelihood that may be left to gain, about.
    max_passes : int
        Passes over the rows after which the search is given up.
    progress : bool
        Show a bar when the fit takes more than five seconds.
    question : str
        What to ask where the likelihood seems to rise for ever.
    """

    n_quadrature: int | None = None
    tolerance: float = 1e-8
    max_passes: int = 200
    progress: bool = True
    question: str = "do the predictors separate ones from zeros?"

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        n = self.n_quadrature
        if n is not None and not (isinstance(n, int | np.integer) and (n == 1 or 5 <= n <= 50)):
            raise ValueError(
                f"n_quadrature must be 1 (Laplace) or a whole number from 5 to 50, got {n!r}; fewer are too coarse"
            )
        if not self.tolerance > 0:
            raise ValueError(f"tolerance must be positive, got {self.tolerance}; it is in units of log likelihood")
        if self.max_passes < 1:
            raise ValueError(f"max_passes must be at least 1, got {self.max_passes}")


class Found(NamedTuple):
    """A fitted population: the summit, what it stands for, standard errors of mean and covariance, shaped like them.

    ``spread`` is the covariance of the errors of mean, covariance row by row, and extras.

    Where the search did not converge the errors are infinite.
    """

    summit: Summit
    population: PopulationRoot
    se: FloatArray
    cov_se: FloatArray
    spread: FloatArray


def search(
    passed: RawPass,
    where: Coordinates,
    start: FloatArray,
    rows: int,
    groups: int,
    options: Options,
    *,
    warm: bool,
    with_errors: bool = True,
) -> Found:
    """Fit the population.

    Parameters
    ----------
    passed : callable
        Raw sums of one pass, given what is wanted of it: value, score, outer products, perhaps second derivatives,
        sweeps, lost groups.
    where : Coordinates
        Units of the search.
    start : ndarray
        Vector to start from.
    rows, groups : int
        How many there are.
    options : Options
        How to fit.
    warm : bool
        Whether the start is near: then EM is left out.
    with_errors : bool
        Whether standard errors are wanted; without them nobody sees whether the summit is one.
    """

    def evaluate(vector: FloatArray, wanted: int) -> Sums:
        return as_sums(passed(vector, wanted), where, rows)

    def em(vector: FloatArray, sums: Sums) -> FloatArray:
        return _em(where, vector, sums, rows, groups)

    with Progress(options.tolerance, shown=options.progress) as told:
        summit = climb(
            evaluate, start, em, em_steps=0 if warm else min(4, options.max_passes - 1), tolerance=options.tolerance,
            max_passes=options.max_passes, by_score=(options.n_quadrature or 1) > 1, told=told,
        )  # fmt: skip
        if with_errors:
            summit, variance = _judged(evaluate, summit, where.size, options.question)
    population = where.population(summit.vector)
    n, k = where.size, where.k
    if not summit.trace.converged or not with_errors:
        return Found(summit, population, np.full(n, np.inf), np.full((k, k), np.inf), np.empty((0, 0)))
    spread = where.jacobian(summit.vector) @ variance @ where.jacobian(summit.vector).T
    errors = np.sqrt(np.maximum(np.diag(spread), 0.0))
    return Found(summit, population, errors[:n], errors[n : n + k * k].reshape(k, k), spread)


def as_sums(total: FloatArray, where: Coordinates, n_rows: int) -> Sums:
    """Raw sums in the coordinates of the search."""
    r = where.size + where.k**2 + where.extra
    lower = [np.tril(part) for part in total[1 + r : -2].reshape(-1, r, r)]
    pull, score = where.pull, total[1 : 1 + r]
    outer, *bend = (pull @ (part + np.tril(part, -1).T) @ pull.T for part in lower)
    information = -bend[0] if bend and bend[0].any() else None
    return Sums(float(total[0]), pull @ score, outer, total[-2] / n_rows, int(total[-1]), score, information)


def _em(where: Coordinates, vector: FloatArray, sums: Sums, rows: int, groups: int) -> FloatArray:
    """One step of EM: mean and covariance of the groups' eta are hidden in the score."""
    n, k, (mean, root) = where.size, where.k, where.population(vector)
    shift = root.T @ sums.raw[:k] / groups
    second = np.eye(k) + root.T @ sums.raw[n : n + k * k].reshape(k, k) / groups
    inner = 0.5 * (second + second.T) - np.outer(shift, shift)
    moved = where.vector(mean + np.r_[root @ shift, np.zeros(n - k)], root @ inner @ root.T)
    # The extra parameter there may be is the log of the noise; its score holds the noise that is left.
    noise = vector[len(moved) :] + 0.5 * np.log1p(sums.raw[n + k * k :] / rows)
    return np.asarray(np.r_[moved, noise])


def _judged(evaluate: Evaluate, summit: Summit, k: int, question: str) -> tuple[Summit, FloatArray]:
    """The summit with its covariance, or the finding that it is none: a slope that is still rising far away."""
    if not summit.trace.converged:
        # In standard deviations of the predictors: odds that change by a factor of e ** 30 are no finding.
        far = bool(np.any(np.abs(summit.vector[1:k]) > 30.0))
        return (_endless(summit, question) if far else summit), np.empty(0)
    if summit.sums.information is None:
        summit = summit._replace(sums=evaluate(summit.vector, CURVED))
    variance = covariance(evaluate, summit)
    # In standard deviations of the predictors, where 1 is a large coefficient.
    if np.sqrt(np.diag(variance)[:k].max()) > 100.0:
        summit = _endless(summit, question)
    return summit, variance


def _endless(summit: Summit, question: str) -> Summit:
    why = f"it seems that {ENDLESS}: {question}"
    return summit._replace(trace=summit.trace._replace(converged=False, reason=why))


def covariance(evaluate: Evaluate, summit: Summit) -> FloatArray:
    """Inverse of the observed information: minus the derivative of the exact score, where need be by differences."""
    size, here = summit.vector.size, summit.sums
    if here.information is not None:
        return _inverse(here.information)
    outer = here.outer + 1e-8 * np.trace(here.outer) / size * np.eye(size)
    # A thousandth of a standard error: far above rounding, far below where the curvature changes.
    steps = np.minimum(1e-3 * np.sqrt(np.diag(linalg.inv(outer))), 1e-3)
    moves = np.diag(steps)
    rows = [
        (here.score - evaluate(summit.vector + move, EXACT).score) / step
        for move, step in zip(moves, steps, strict=True)
    ]
    return _inverse(0.5 * (np.array(rows) + np.array(rows).T))


def _inverse(information: FloatArray) -> FloatArray:
    values, vectors = linalg.eigh(information)
    # A direction in which the likelihood does not fall is one in which nothing is known; it must not look certain.
    least = max(1e-12 * float(np.abs(values).max()), 1e-100)
    return np.asarray((vectors / np.maximum(values, least)) @ vectors.T)


def first_vector(where: Coordinates, centre: float) -> FloatArray:
    """A start that fits all data: the pooled level, no slopes, spreads of 1."""
    return np.asarray(np.r_[centre, np.zeros(where.size - 1), np.eye(where.k)[where.lower]])

"""Three ways in which a hierarchy goes wrong: two kinds of groups, one like no other, too few. Errors have sd 1."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course.exact import normal_posterior
from course.exact.priors import halfnorm
from course.situations.heavy import tailed
from course.situations.normal import Three, pool, three
from course.situations.scores import Scores
from course.validate import BoolArray, FloatArray, as_rng, as_whole

TAU_SCALE = 2.0  # standard errors; half-normal prior


class Kinds(NamedTuple):
    """Root mean squared errors in groups of the usual and of the rare kind, without and with the kind as predictor."""

    usual: Scores
    rare: Scores
    usual_told: Scores
    rare_told: Scores


class Outlier(NamedTuple):
    """Root mean squared errors of the ordinary groups and of the odd one, normal and Student-t population."""

    ordinary: Scores
    odd: Scores
    ordinary_heavy: Scores
    odd_heavy: Scores


def _errors(found: Three, theta: FloatArray, here: BoolArray) -> Scores:
    """Root mean squared errors over some of the groups."""
    return Scores(*(np.sqrt(np.mean((one - theta)[:, here] ** 2, axis=1)) for one in found))


def two_kinds(
    replications: int,
    rng: np.random.Generator,
    *,
    groups: int = 20,
    rare: int = 3,
    gap: float = 4.0,
    tau: float = 0.5,
) -> Kinds:
    """Groups of two kinds that a model takes for one.

    Parameters
    ----------
    replications : int
        Data sets.
    rng : numpy.random.Generator
        Source of randomness.
    groups, rare : int
        Groups in all and of the rare kind.
    gap : float
        Between the means of the two kinds, in standard errors.
    tau : float
        Standard deviation within a kind, in standard errors.
    """
    if not 1 <= as_whole("rare", rare, "it is how many groups are of the other kind") < groups:
        raise ValueError(f"rare must be fewer than the groups, got {rare} of {groups}; the usual kind is the other one")
    kind = np.arange(groups) < rare
    shape = (as_whole("replications", replications, "it is how many data sets are simulated"), groups)
    theta = gap * kind + tau * as_rng(rng).standard_normal(shape)
    y, sigma = theta + rng.standard_normal(shape), np.ones(groups)
    blind = three(y, sigma, tau_scale=TAU_SCALE)
    told = blind._replace(partial=pool(y, sigma, tau_scale=TAU_SCALE, predictor=kind.astype(float)).theta)
    return Kinds(*(_errors(found, theta, here) for found in (blind, told) for here in (~kind, kind)))


def outlier(
    replications: int,
    rng: np.random.Generator,
    *,
    groups: int = 10,
    odd: float = 8.0,
    tau: float = 0.5,
    degrees: float = 4.0,
) -> Outlier:
    """One group like no other, under a normal and under a Student-t population.

    Parameters
    ----------
    replications : int
        Data sets.
    rng : numpy.random.Generator
        Source of randomness.
    groups : int
        Groups in all, the first of them odd.
    odd : float
        Where its truth lies, in standard errors from the mean of the others; 0 makes it ordinary.
    tau : float
        Standard deviation of the others, in standard errors.
    degrees : float
        Degrees of freedom of the heavy population.
    """
    shape = (as_whole("replications", replications, "it is how many data sets are simulated"), groups)
    theta = tau * as_rng(rng).standard_normal(shape)
    theta[:, 0] += odd
    y = theta + rng.standard_normal(shape)
    normal = three(y, np.ones(groups), tau_scale=TAU_SCALE)
    heavy = normal._replace(partial=tailed(y, degrees=degrees, tau_scale=TAU_SCALE).theta)
    first = np.arange(groups) == 0
    return Outlier(*(_errors(found, theta, here) for found in (normal, heavy) for here in (~first, first)))


def few(groups: int, replications: int, rng: np.random.Generator, *, tau: float, scale: float) -> Scores:
    """Root mean squared errors with few groups, when tau ~ HalfNormal(scale) and the truth is tau.

    Parameters
    ----------
    groups, replications : int
        Groups, and data sets.
    rng : numpy.random.Generator
        Source of randomness; the same seed gives the same data for every scale.
    tau, scale : float
        Truth and prior, in standard errors.
    """
    shape = (as_whole("replications", replications, "it is how many data sets are simulated"), groups)
    theta = tau * as_rng(rng).standard_normal(shape)
    y = theta + rng.standard_normal(shape)
    found = three(y, np.ones(groups), tau_scale=scale)
    return _errors(found, theta, np.ones(groups, dtype=bool))


class Checks(NamedTuple):
    """Share of data sets in which a check finds the odd group, each (same groups, new groups), by its statistic."""

    largest: tuple[float, float]
    ratio: tuple[float, float]


def checks(replications: int, rng: np.random.Generator, *, odd: float = 8.0, draws: int = 1000) -> Checks:
    """Two levels and two statistics of a posterior predictive check, under a normal population.

    Ten groups, nine of which differ by 0.5. New reports are of the same groups (their posterior, and new noise) or of
    new groups (drawn from the fitted population, and noise). The statistic is the largest distance from the median, or
    that over the median distance. A check finds something where fewer than 5% of new reports are as extreme.

    Parameters
    ----------
    replications : int
        Data sets.
    rng : numpy.random.Generator
        Source of randomness.
    odd : float
        Where the odd group's truth lies, in standard errors from the mean of the others.
    draws : int
        New reports for each data set.
    """
    count, rng = as_whole("replications", replications, "it is how many data sets are simulated"), as_rng(rng)
    found = np.empty((count, 2, 2))  # data set, statistic, level
    for row in found:
        y = np.append(odd, np.zeros(9)) + np.hypot(0.5, 1.0) * rng.standard_normal(10)
        posterior = normal_posterior(y, np.ones(10), mu_prior=None, tau_prior=halfnorm(scale=TAU_SCALE))
        drawn = posterior.draws(draws, rng)
        new = drawn.mu[:, None] + drawn.tau[:, None] * rng.standard_normal((draws, 10))
        for level, groups in enumerate((drawn.theta, new)):
            again = _extremes(groups + rng.standard_normal((draws, 10)))
            row[:, level] = np.mean(again >= _extremes(y)[:, None], axis=1) < 0.05
    return Checks(*(tuple(share.tolist()) for share in found.mean(axis=0)))


def _extremes(y: FloatArray) -> FloatArray:
    """Return the largest distance from the median, and that over the median distance, shape (2, ...)."""
    away = np.abs(y - np.median(y, axis=-1, keepdims=True))
    return np.array([away.max(axis=-1), away.max(axis=-1) / np.median(away, axis=-1)])

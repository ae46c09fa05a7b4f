r"""A clinical meta-analysis: 13 trials of one vaccine, and the question whether to give it at a place not tried.

Groups are trials, sparse because each had few cases. :math:`y_j` is a log odds ratio with a standard error,
:math:`\theta_j \sim N(\mu, \tau^2)`. Exchangeable until one knows something of the places, such as the latitude.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from course import data
from course.exact import NormalPosterior, normal_posterior
from course.exact.priors import halfnorm, norm
from course.pooling import complete_pool
from course.situations.scores import Scores
from course.validate import Estimates, FloatArray, as_counts, as_rng, as_whole

MU_SD, TAU_SCALE = 2.0, 1.0  # log odds ratio: priors N(0, 2) and HalfNormal(1)


class Tables(NamedTuple):
    """Cases and people in the two arms of each trial, all of shape (n_trials,)."""

    cases_vaccine: FloatArray
    people_vaccine: FloatArray
    cases_control: FloatArray
    people_control: FloatArray


def bcg() -> Tables:
    """The 13 trials of the BCG vaccine."""
    found = data.load("bcg")
    return Tables(*(np.asarray(found.columns[name], dtype=float) for name in Tables._fields))


def log_odds_ratios(tables: Tables) -> Estimates:
    """Log odds ratio of each trial, below 0 where the vaccine protects, and its standard error (Woolf).

    A table with an empty cell gets half a person in each of its cells.

    References
    ----------
    Woolf (1955), Annals of Human Genetics 19, 251-253; Haldane (1956), ibid. 20, 309-311.
    """
    ill, people = as_counts(tables.cases_vaccine, tables.people_vaccine)
    ill_0, people_0 = as_counts(tables.cases_control, tables.people_control)
    cells = np.array([ill, people - ill, ill_0, people_0 - ill_0])
    cells = cells + 0.5 * np.any(cells == 0, axis=0)
    return Estimates(np.log(cells[0] * cells[3] / (cells[1] * cells[2])), np.sqrt(np.sum(1 / cells, axis=0)))


def posterior(y: ArrayLike, sigma: ArrayLike) -> NormalPosterior:
    """Exact posterior under mu ~ N(0, 2) and tau ~ HalfNormal(1), both log odds ratios."""
    return normal_posterior(y, sigma, mu_prior=(0.0, MU_SD), tau_prior=halfnorm(scale=TAU_SCALE))


def split(tables: Tables, rng: np.random.Generator) -> tuple[Tables, Tables]:
    """Send each person to one of two halves by lot; a half of an arm is a half to within one person."""
    half = []
    for cases, people in ((tables.cases_vaccine, tables.people_vaccine), (tables.cases_control, tables.people_control)):
        size = (people + as_rng(rng).integers(0, 2, people.size)) // 2
        ill, well, taken = (part.astype(np.int64) for part in (cases, people - cases, size))
        half += [rng.hypergeometric(ill, well, taken), size]
    first = Tables(*(np.asarray(part, dtype=float) for part in half))
    return first, Tables(*(all_ - part for all_, part in zip(tables, first, strict=True)))


def judged(learn: Estimates, judge: Estimates) -> FloatArray:
    """Minus the log density that each pooling of one half gave to the other half's estimates, mean over trials."""
    mean, se = complete_pool(*learn)
    found = posterior(*learn)
    none = norm(learn.y, np.hypot(learn.sigma, judge.sigma)).logpdf(judge.y)
    complete = norm(mean, np.hypot(se, judge.sigma)).logpdf(judge.y)
    given = found.conditional()
    density = norm(given.theta_mean, np.hypot(given.theta_sd, judge.sigma)).pdf(judge.y)
    partial = np.log(found.tau_weight @ density)
    return -np.array([none.mean(), complete.mean(), partial.mean()])


def play(tables: Tables, replications: int, rng: np.random.Generator) -> Scores:
    """Minus log predictive density per trial over random splits of the same people.

    The splits are of the same people: the standard error over splits says how well so many stand for all splits of
    *these* data, and nothing of what other trials would have said; for that there is `leave_one_out`.
    """
    count = as_whole("replications", replications, "it is how often people are split")
    halves = (split(tables, rng) for _ in range(count))
    return Scores(*np.array([judged(*map(log_odds_ratios, half)) for half in halves]).T)


def alike(tables: Tables, rng: np.random.Generator) -> Tables:
    """Simulate trials of these sizes and control risks in all of which the vaccine does the same, the pooled effect."""
    common = complete_pool(*log_odds_ratios(tables)).mean
    risk = (tables.cases_control + 0.5) / (tables.people_control + 1.0)
    ill = special.expit(special.logit(risk) + common)
    drawn = [
        as_rng(rng).binomial(people.astype(np.int64), chance).astype(float)
        for people, chance in ((tables.people_vaccine, ill), (tables.people_control, risk))
    ]
    return Tables(drawn[0], tables.people_vaccine, drawn[1], tables.people_control)


def play_alike(tables: Tables, replications: int, rng: np.random.Generator) -> Scores:
    """The same game in worlds whose trials all have one true effect; each replication is a new world, then split."""
    count = as_whole("replications", replications, "it is how many worlds are simulated")
    halves = (split(alike(tables, rng), rng) for _ in range(count))
    return Scores(*np.array([judged(*map(log_odds_ratios, half)) for half in halves]).T)


class LeftOut(NamedTuple):
    """Minus log predictive density of each trial from all others, shape (n_trials,); no pooling has no prediction."""

    complete: FloatArray
    partial: FloatArray


def leave_one_out(y: ArrayLike, sigma: ArrayLike) -> LeftOut:
    """Predict each trial as a new one."""
    y, sigma = Estimates(np.asarray(y, dtype=float), np.asarray(sigma, dtype=float))
    complete, partial = np.empty(y.size), np.empty(y.size)
    for j in range(y.size):
        rest = np.arange(y.size) != j
        mean, se = complete_pool(y[rest], sigma[rest])
        complete[j] = -norm(mean, np.hypot(se, sigma[j])).logpdf(y[j])
        new = posterior(y[rest], sigma[rest])
        given = new.conditional()
        sd = np.sqrt(given.mu_sd**2 + given.tau**2 + sigma[j] ** 2)
        partial[j] = -np.log(new.tau_weight @ norm(given.mu_mean, sd).pdf(y[j]))
    return LeftOut(complete, partial)

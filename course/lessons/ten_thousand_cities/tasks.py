"""Tasks of lesson 11: a new city, one Newton step, sums from partitions, and what an approximation costs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from course.checks.answers import Claim, Slip, claims, number
from course.checks.forms import Form, Misuse, effects, every_form, misuses
from course.checks.functions import WrongVersion, function
from course.checks.law import Names
from course.checks.models import WrongModel, posterior
from course.checks.task import Task
from course.validate import FloatArray

if TYPE_CHECKING:
    import pymc as pm

# A new city.


def _mean_chance(middle: float, variance: float) -> float:
    """Average the logistic curve over a normal: Gauss-Hermite quadrature with 60 nodes."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    return float(weights @ special.expit(middle + np.sqrt(variance) * nodes) / weights.sum())


_new = number(
    lambda: _mean_chance(-2.2, 4.68),
    within=0.001,
    means="The mean of the curves is flatter than the curve of the mean: every chance moves towards one half.",
    slips=(
        Slip(lambda: special.expit(-2.2), "that is the chance in the average city. Average the chances of all cities."),
        Slip(
            lambda: _mean_chance(-2.2, 2.25 + 7.29),
            "that leaves the covariance out: intercepts and slopes are tied, with correlation -0.6.",
        ),
        Slip(
            lambda: _mean_chance(-2.2, 2.25 + 7.29 + 4.86),
            "that adds the covariance with a plus. The correlation is negative, so it narrows the log odds.",
        ),
        Slip(
            lambda: _mean_chance(-2.2, 2.25 + 7.29 - 2.43), "that has the covariance once. In a variance it is twice."
        ),
        Slip(
            lambda: _mean_chance(-2.2, 2.25),
            "that lets the intercepts differ alone: at 90 euros beta counts nine times.",
        ),
        Slip(lambda: _mean_chance(-2.2, 7.29), "that lets the slopes differ alone. The intercepts differ too."),
        Slip(
            lambda: _mean_chance(-2.2, 2.25 + 0.09 - 0.54),
            "that has the spread of a slope once. The slope is multiplied by 9, and so is its spread.",
        ),
        Slip(
            lambda: _mean_chance(-2.2, 4.2**2), "that adds standard deviations. Variances add, and twice a covariance."
        ),
        Slip(
            lambda: _mean_chance(-2.2, 4.68**2),
            "that has the variance of the log odds as their standard deviation; `rng.normal` wants its root.",
        ),
        Slip(-2.2, "those are the mean log odds. A chance is asked for."),
        Slip(lambda: np.exp(-2.2), "those are the odds in the average city. A chance is odds/(1 + odds)."),
    ),
)

# One Newton step.


def _newton(x: Any, y: Any, theta: Any, mean: Any, cov: Any, *, prior: bool = True, weights: bool = True) -> FloatArray:
    z, precision = np.column_stack([np.ones(len(x)), x]), np.linalg.inv(cov)
    p = special.expit(z @ theta)
    slope = z.T @ (y - p) - (precision @ (theta - mean) if prior else 0)
    w = p * (1 - p) if weights else np.ones(len(x))
    after: FloatArray = theta + np.linalg.solve(z.T @ (z * w[:, None]) + (precision if prior else 0), slope)
    return after


def _slope(x: Any, y: Any, theta: Any, mean: Any, cov: Any) -> FloatArray:
    z = np.column_stack([np.ones(len(x)), x])
    slope: FloatArray = z.T @ (y - special.expit(z @ theta)) - np.linalg.solve(cov, theta - mean)
    return slope


def _by_rows(x: Any, theta: Any, slope: Any) -> Any:
    """The step with the curvature of the rows alone."""
    z = np.column_stack([np.ones(len(x)), x])
    p = special.expit(z @ theta)
    return np.linalg.solve(z.T @ (z * (p * (1 - p))[:, None]), slope)


def _city(rng: np.random.Generator, n: int = 5) -> tuple[Any, ...]:
    x = rng.uniform(2, 10, n)
    root = rng.normal(0, 1, (2, 2))
    mean = rng.normal([4, -0.7], [2, 0.3])
    return x, rng.integers(0, 2, n).astype(float), mean + rng.normal(0, 0.1, 2), mean, root @ root.T + 0.2 * np.eye(2)


_POPULATION = np.array([5.0, -0.8]), np.array([[2.25, -0.27], [-0.27, 0.09]])
_step = function(
    _newton,
    (
        (np.array([2.0, 6.0, 9.0]), np.array([1.0, 1, 0]), np.array([5.0, -0.8]), *_POPULATION),
        (np.array([4.0]), np.array([0.0]), np.array([3.0, -0.5]), *_POPULATION),
        (
            *(np.array([4.0]), np.array([0.0]), np.array([3.0, -0.5])),
            *(np.array([4.0, -0.7]), np.array([[1.0, 0.9], [0.9, 1.0]])),
        ),
    ),
    random=lambda rng: _city(rng),
    means="Residuals pull to the data, the population pulls home, and both bend: one user is enough for a step.",
    mistakes=(
        WrongVersion(
            lambda x, y, theta, mean, cov: 2 * theta - _newton(x, y, theta, mean, cov),
            "You step downhill: the step is H^-1 times the slope, added.",
        ),
        WrongVersion(
            lambda x, y, theta, mean, cov: _newton(x, y, theta, mean, cov, weights=False),
            "The weights p(1 - p) are missing from the curvature.",
        ),
        WrongVersion(
            lambda x, y, theta, mean, cov: _newton(x, y, theta, mean, np.linalg.inv(cov)),
            "The population's covariance stands where its inverse belongs.",
        ),
        WrongVersion(
            lambda x, y, theta, mean, cov: _newton(x, y, theta, theta, cov),
            "The population bends the hill in it and does not pull: Σ^-1 (theta - mean) is missing from the slope.",
        ),
        WrongVersion(
            lambda x, y, theta, mean, cov: _newton(x, y, theta, mean, cov) - theta,
            "That is the step alone; return theta plus the step.",
        ),
        WrongVersion(
            lambda x, y, theta, mean, cov: _newton(x, y, theta, mean, cov, prior=False),
            "The population is not in it: that is a step of maximum likelihood.",
        ),
        WrongVersion(
            lambda x, y, theta, mean, cov: _newton(x, 1 - y, theta, mean, cov),
            "The residual is p - y with y and 1 - y exchanged there: a purchase is a 1.",
        ),
        WrongVersion(
            lambda x, y, theta, mean, cov: theta + _slope(x, y, theta, mean, cov),
            "That is a step along the slope as it is. Newton divides it by the curvature first: np.linalg.solve.",
        ),
        WrongVersion(
            lambda x, y, theta, mean, cov: _newton(x, y, theta, 2 * theta - mean, cov),
            "The population pushes away from its mean there: the sign of Σ^-1 (theta - mean) is turned.",
        ),
        WrongVersion(
            lambda x, y, theta, mean, cov: theta + _by_rows(x, theta, _slope(x, y, theta, mean, cov)),
            "The population pulls in it and does not bend the hill: Σ^-1 is missing from the curvature.",
        ),
    ),
)

# Sums from partitions, with two bugs.


def _population(parts: Any, *, weighed: bool = True, within: bool = True) -> tuple[FloatArray, FloatArray]:
    counts = np.array([n for n, *_ in parts], float)
    total = counts.sum()
    mean: FloatArray = sum(s for _, s, *_ in parts) / total
    if not weighed:
        mean = np.mean([s / n for n, s, *_ in parts], axis=0)
    cov: FloatArray = sum(q for _, _, q, _ in parts) / total - np.outer(mean, mean)
    return mean, cov + (sum(v for *_, v in parts) / total if within else 0)


def _less_one(parts: Any) -> Any:
    total = sum(n for n, *_ in parts)
    between = _population(parts, within=False)[1]
    return between * total / (total - 1) + sum(v for *_, v in parts) / total


def _parts(rng: np.random.Generator) -> tuple[list[tuple[Any, ...]]]:
    found = []
    for n in rng.integers(2, 30, 3):
        modes = rng.normal([5, -0.8], [1.5, 0.3], (n, 2))
        root = rng.normal(0, 1, (2, 2))
        found.append((int(n), modes.sum(axis=0), modes.T @ modes, n * root @ root.T))
    return (found,)


_FEW = (
    [
        (2, np.array([9.0, -1.5]), np.array([[41.0, -6.9], [-6.9, 1.17]]), np.array([[0.8, 0.0], [0.0, 0.04]])),
        (1, np.array([6.0, -0.9]), np.array([[36.0, -5.4], [-5.4, 0.81]]), np.array([[0.3, 0.0], [0.0, 0.01]])),
    ],
)
_bug = function(
    _population,
    (_FEW,),
    random=_parts,
    start=WrongVersion(
        lambda parts: _population(parts, weighed=False, within=False),
        "Try it on two or three cities whose mean you know.",
    ),
    means="Only sums travel, so it does not matter which worker had which city.",
    mistakes=(
        WrongVersion(
            lambda parts: _population(parts, within=False),
            "The mean is mended. The covariance is that of the modes alone: how uncertain each city is belongs to it "
            "too.",
        ),
        WrongVersion(
            lambda parts: _population(parts, weighed=False),
            "The covariance has its second part now. But a worker with two cities still counts as much as one with "
            "two thousand.",
        ),
        WrongVersion(
            lambda parts: (_population(parts)[0], _population(parts)[1] + np.outer(*[_population(parts)[0]] * 2)),
            "The squares are taken around zero: subtract the outer product of the mean.",
        ),
        WrongVersion(
            lambda parts: (_population(parts)[0], sum(v for *_, v in parts) / sum(n for n, *_ in parts)),
            "That is the mean uncertainty of a city. How far apart the modes are is missing.",
        ),
        WrongVersion(
            lambda parts: (
                _population(parts)[0],
                _population(parts, within=False)[1] + np.mean([v / n for n, *_, v in parts], axis=0),
            ),
            "The mean is mended. In the covariance a worker with two cities still counts as much as one with two "
            "thousand.",
        ),
        WrongVersion(
            lambda parts: (_population(parts)[0], _population(parts, within=False)[1] + sum(v for *_, v in parts)),
            "The mean is mended. The cities' own covariances are added there and not divided by how many they are.",
        ),
        WrongVersion(
            lambda parts: (_population(parts)[0], _less_one(parts)),
            "The squares are divided by N - 1 there, for an unbiased covariance. EM divides by N.",
        ),
    ),
)

# The sampler's model of a small subset.

BOUGHT = np.array([0, 4, 9, 2, 30, 1])
USERS = np.array([3, 9, 20, 2, 55, 8])


def _rates(
    *, form: Form = "standard", link: Any = None, tau: float = 2, rate: Any = None, misuse: Misuse = ""
) -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu, spread = pm.Normal("mu", 0, 5), pm.HalfNormal("tau", tau)
        alpha = effects(form, "alpha", mu, spread, misuse=misuse, shape=6)
        chance = {"p": link(alpha)} if link else {"logit_p": rate(alpha) if rate else alpha}
        pm.Binomial("bought", n=USERS, **chance, observed=BOUGHT)
    return model


def _probit(alpha: Any) -> Any:
    import pymc as pm

    return pm.math.invprobit(alpha)


_model = posterior(
    *every_form(_rates),
    means="What fit_logistic(None, bought, city) maximises, with two priors besides and alpha kept.",
    names=Names("the chance behind bought[{}]"),
    mistakes=(
        *misuses(_rates, "cities"),
        WrongModel(partial(_rates, link=_probit), "the link is the probit in it; the log odds are asked for."),
        WrongModel(partial(_rates, rate=lambda alpha: alpha[0]), "the log odds of every city are those of the first."),
    ),
)

# What it costs.

_claims = claims(
    {
        "A": Claim(
            False,
            "Laplace's error is made in each city, and it is largest in the tiny ones. More cities do not cure it.",
        ),
        "B": Claim(True, "its standard error falls with the number of cities, and the bias of the modes stays."),
        "C": Claim(
            False,
            "it is the few that suffer: with eight cities of 60 users about 60% of the 89% intervals held, with a "
            "hundred such cities about 87%, with a thousand about 88%.",
        ),
        "D": Claim(True, "the population is held, so every other city stays as it was to the last bit."),
        "E": Claim(
            False,
            "a million cities were fitted on one computer. A cluster is for rows that fit on no disk.",
        ),
    },
    means="Few groups: a sampler. Tiny groups: quadrature. Many groups: sums, one night, one computer.",
)

TASKS = (
    Task(
        "ten_thousand_cities.new",
        "The chance in a new city",
        _new,
        (
            "The log odds in a new city are normal. What are their mean and their variance?",
            "The variance of alpha + 9 beta needs both variances and the covariance. And a mean chance is not "
            "the chance at the mean.",
            "Draw a million log odds with mean -2.2 and variance 4.68 and average their chances, or use quadrature.",
        ),
    ),
    Task(
        "ten_thousand_cities.step",
        "One Newton step for one city",
        _step,
        (
            "What pulls theta besides the city's own rows?",
            "Write down the log posterior of theta: a sum over rows and one term of the population. Differentiate "
            "once for the slope, twice for the curvature.",
            "Z has the columns 1 and x, p = 1/(1 + exp(-Z theta)). Slope: Z'(y - p) - Σ^-1 (theta - mean). H: "
            "Z'WZ + Σ^-1, W diagonal with p(1 - p). Then theta + np.linalg.solve(H, slope).",
        ),
    ),
    Task(
        "ten_thousand_cities.sums",
        "Two bugs in a reduction",
        _bug,
        (
            "Split the same cities over workers in two ways. What must not change?",
            "Add sums, divide once. And what is the total covariance made of?",
            "mean = sum of sums / N; covariance = sum of squares / N - mean mean' + sum of the cities' covariances / "
            "N.",
        ),
    ),
    Task(
        "ten_thousand_cities.model",
        "The sampler's model of six cities",
        _model,
        (
            "An intercept a city, from a normal population; a binomial for each.",
            "pm.Binomial takes logit_p.",
            "mu, tau, alpha with shape=6, and pm.Binomial(..., n=users, logit_p=alpha, observed=bought).",
        ),
    ),
    Task(
        "ten_thousand_cities.claims",
        "What an approximation costs",
        _claims,
        (
            "Look for one case in which a sentence fails: one is enough.",
            "Ask of each: is it about how many groups there are, or about how much data one of them has?",
            "Two are true. One of them is about a bias that stays.",
        ),
    ),
)

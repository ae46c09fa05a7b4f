"""Tasks of lesson 06: what a county shrinks to, what its houses share, and where somebody put the zero."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from course.checks.answers import Slip, choice, number
from course.checks.forms import Form, Misuse, effects, every_form, misuses
from course.checks.functions import WrongVersion, function
from course.checks.law import Names
from course.checks.models import WrongModel, posterior
from course.checks.task import Task

if TYPE_CHECKING:
    import pymc as pm

# A spread on the log scale.

_ratio = number(
    lambda: np.exp(2 * 0.34),
    within=0.01,
    means="About twice: a standard deviation of logarithms is a factor.",
    slips=(
        Slip(lambda: np.exp(0.34), "that is from the middle to one tau above it; the lower county is a tau below."),
        Slip(0.68, "that is the difference of the logarithms. By which factor do the counties differ?"),
        Slip(0.34, "that is tau itself, a difference of logarithms. By which factor do two counties differ?"),
        Slip(1.68, "that is 1 + 2 tau, which is the factor only for a small tau."),
        Slip(1.34, "that is 1 + tau. And one county is above the middle, the other below."),
        Slip(lambda: 2 * np.exp(0.34), "that is twice exp(tau). Differences of logarithms add, and factors multiply."),
        Slip(lambda: np.exp(-0.68), "that is the lower county over the higher one."),
        Slip(lambda: np.exp(4 * 0.34), "that is two taus above the middle against two below."),
        Slip(lambda: 10**0.68, "that has a logarithm of base ten. The lesson's logarithms are natural ones."),
        Slip(lambda: 2**0.68, "that has a logarithm of base two. The lesson's logarithms are natural ones."),
        Slip(lambda: np.exp(0.34**2), "that squares tau, which is a standard deviation already."),
        Slip(lambda: np.exp(2 * 0.34**2), "that squares tau, which is a standard deviation already."),
    ),
)

# The level of a county with a predictor.


def _level(mean: Any, n: Any, u: Any, mu: float, gamma: float, tau: float, sigma: float) -> Any:
    weight = tau**2 / (tau**2 + sigma**2 / n)
    return weight * mean + (1 - weight) * (mu + gamma * u)


_county = function(
    _level,
    (
        (np.array([2.5]), np.array([2.0]), np.array([0.5]), 1.5, 0.8, 0.14, 0.75),
        (np.array([2.5, 1.0]), np.array([1.0, 116.0]), np.array([0.5, -0.3]), 1.5, 0.8, 0.34, 0.75),
        (np.array([-2.0, 0.1]), np.array([1.0, 3.0]), np.array([1.5, -0.3]), -1.5, -2.0, 3.0, 2.0),
    ),
    random=lambda rng: (
        *(rng.normal(1.4, 0.5, 5), rng.integers(1, 60, 5).astype(float), rng.normal(0, 0.4, 5)),
        *(rng.normal(1.5, 0.1), rng.normal(0.8, 0.1), rng.uniform(0.05, 0.6), rng.uniform(0.4, 1)),
    ),
    means="A county goes to the line at its own soil, and the further the fewer houses it has.",
    mistakes=(
        WrongVersion(
            lambda mean, n, u, mu, gamma, tau, sigma: _level(mean, n, 0 * u, mu, gamma, tau, sigma),
            "You pull every county to mu. With a predictor each has its own target, mu + gamma u.",
        ),
        WrongVersion(
            lambda mean, n, u, mu, gamma, tau, sigma: _level(mean, 1.0, u, mu, gamma, tau, sigma),
            "The weight does not know how many houses there are: the mean of n houses has variance sigma²/n.",
        ),
        WrongVersion(
            lambda mean, n, u, mu, gamma, tau, sigma: _level(mean, n**2, u, mu, gamma, tau, sigma),
            "sigma/n is not the standard error of a mean: its variance is sigma²/n.",
        ),
        WrongVersion(
            lambda mean, n, u, mu, gamma, tau, sigma: mean + mu + gamma * u - _level(mean, n, u, mu, gamma, tau, sigma),
            "The two weights are swapped: yours trusts a county the less, the more houses it has.",
        ),
        WrongVersion(
            lambda mean, n, u, mu, gamma, tau, sigma: _level(mean, n, u, mu, gamma, np.sqrt(tau), np.sqrt(sigma)),
            "The weight is made of standard deviations. Precision is one over the variance.",
        ),
        WrongVersion(
            lambda mean, n, u, mu, gamma, tau, sigma: mu + gamma * u,
            "That is the line at every county's soil. Its own houses are not in it.",
        ),
        WrongVersion(
            lambda mean, n, u, mu, gamma, tau, sigma: mean,
            "Those are the counties' own means: nothing is pooled.",
        ),
        WrongVersion(
            lambda mean, n, u, mu, gamma, tau, sigma: _level(mean - gamma * u, n, 0 * u, mu, gamma, tau, sigma),
            "That is what is left of a level when the line's slope is taken out. Pull the mean itself, to mu + gamma "
            "u.",
        ),
        WrongVersion(
            lambda mean, n, u, mu, gamma, tau, sigma: _level(
                mean, np.sqrt(n), u, mu, gamma, np.sqrt(tau), np.sqrt(sigma)
            ),
            "The weight is made of tau and sigma/sqrt(n), which are standard deviations. Precision is one over the "
            "variance.",
        ),
    ),
)

# The joint density of a county's houses.


def _evidence(y: Any, mu: float, tau: float, sigma: float) -> float:
    n = len(y)
    return float(stats.multivariate_normal.logpdf(y, np.full(n, mu), sigma**2 * np.eye(n) + tau**2))


_bug = function(
    _evidence,
    (
        (np.array([1.0, 2.0]), 1.5, 0.5, 0.8),
        (np.array([2.7, 2.4, 3.1]), 1.5, 0.5, 0.8),
        (np.array([1.0]), 1.5, 0.5, 0.8),
        (np.array([-3.0, 1.0]), -0.7312, 2.0, 3.0),
        (np.array([50.0]), 1.5, 0.5, 0.8),  # so far out that the density is 0 on a computer
    ),
    random=lambda rng: (rng.normal(1.5, 1, 4), rng.normal(0, 2), rng.uniform(0.1, 2), rng.uniform(0.3, 2)),
    start=WrongVersion(
        lambda y, mu, tau, sigma: stats.norm.logpdf(y, mu, tau + sigma).sum(),
        "Try it on one house, whose density you can write down.",
    ),
    means="Houses of one county share its level: three high ones are far less of a surprise together than one by one.",
    mistakes=(
        WrongVersion(
            lambda y, mu, tau, sigma: stats.norm.logpdf(y, mu, np.hypot(tau, sigma)).sum(),
            "The spread of one house is mended. The houses still count as strangers, although they share one level.",
        ),
        WrongVersion(
            lambda y, mu, tau, sigma: stats.norm.logpdf(y, mu, sigma).sum(),
            "That takes the county's level to be mu exactly: tau is nowhere in it.",
        ),
        WrongVersion(
            lambda y, mu, tau, sigma: stats.multivariate_normal.logpdf(
                y, np.full(len(y), mu), sigma**2 + tau**2 * np.eye(len(y))
            ),
            "The two variances are swapped: what houses share is the county's level, with variance tau².",
        ),
        WrongVersion(
            lambda y, mu, tau, sigma: stats.norm.logpdf(y.mean(), mu, np.sqrt(tau**2 + sigma**2 / len(y))),
            "That is the density of the county's mean. The density of all its houses is asked for.",
        ),
        WrongVersion(
            lambda y, mu, tau, sigma: stats.multivariate_normal.logpdf(
                y, np.full(len(y), mu), sigma * np.eye(len(y)) + tau
            ),
            "The covariance is made of standard deviations there. It holds variances: tau² and sigma².",
        ),
        WrongVersion(
            lambda y, mu, tau, sigma: stats.multivariate_normal.logpdf(
                y, np.full(len(y), mu), sigma**2 * np.eye(len(y)) + tau**2 * (1 - np.eye(len(y)))
            ),
            "Two houses share tau² there, as they should. On the diagonal it is missing: one house varies by tau² + "
            "sigma².",
        ),
        WrongVersion(
            lambda y, mu, tau, sigma: np.exp(_evidence(y, mu, tau, sigma)),
            "That is the density. Its logarithm is asked for.",
        ),
        WrongVersion(
            lambda y, mu, tau, sigma: np.log(np.exp(_evidence(y, mu, tau, sigma))),
            "That is the logarithm of a density which no computer can tell from 0. Use logpdf from the start.",
        ),
        WrongVersion(
            lambda y, mu, tau, sigma: stats.norm.logpdf(y, mu, np.hypot(tau, sigma)),
            "It returns one value a house, and as if they were strangers. One number is asked for: the log density "
            "of all together.",
        ),
        WrongVersion(
            lambda y, mu, tau, sigma: stats.norm.logpdf(y, mu, tau**2 + sigma**2).sum(),
            "The variance of one house is right, but norm.logpdf wants its root. And houses of one county are no "
            "strangers.",
        ),
        WrongVersion(
            lambda y, mu, tau, sigma: stats.norm.logpdf(y, mu, np.hypot(tau, sigma)).mean(),
            "That is a mean over houses, as if they were strangers. One log density of all together is asked for.",
        ),
    ),
)

# Varying intercepts with a county predictor.

LOG_RADON = np.array([1.2, 0.9, 0.3, 2.1, 2.6, 1.8, 0.7, 1.1, 1.5, 0.2])
FLOOR = np.array([0.0, 0, 1, 0, 0, 1, 0, 0, 0, 1])
COUNTY = np.array([0, 0, 0, 1, 1, 1, 2, 2, 3, 3])
URANIUM = np.array([-0.3, 0.4, -0.5, 0.0])


def _radon(
    level: Any = None,
    *,
    form: Form = "centred",
    predictor: bool = True,
    sigma: Any = None,
    slope_sd: float = 1.0,
    misuse: Misuse = "",
) -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu, beta = pm.Normal("mu", 1, 1), pm.Normal("beta", 0, slope_sd)
        tau, noise = pm.HalfNormal("tau", 0.5), pm.HalfNormal("sigma", 1)
        middle = mu + pm.Normal("gamma", 0, 1) * URANIUM if predictor else mu
        alpha = effects(form, "alpha", middle, tau, misuse=misuse, shape=4)
        rows = level(alpha) if level else alpha[COUNTY]
        pm.Normal("y", rows + beta * FLOOR, sigma(noise) if sigma else noise, observed=LOG_RADON)
    return model


_model = posterior(
    *every_form(_radon),
    means="Counties shrink to the line through their soil, and houses scatter around their county.",
    names=Names("the line at log_radon[{}]", "the spread around the line at log_radon[{}]"),
    mistakes=(
        *misuses(_radon, "counties on one soil"),
        WrongModel(
            partial(_radon, predictor=False),
            "uranium is not in it: every county shrinks to the same mu. Its mean is mu + gamma u.",
        ),
        WrongModel(
            partial(_radon, lambda alpha: alpha[0]),
            "all houses get the level of one county: index alpha by the house's county.",
        ),
        WrongModel(
            partial(_radon, lambda alpha: alpha[COUNTY[::-1]]), "houses and counties are matched in the wrong order."
        ),
        WrongModel(
            partial(_radon, sigma=lambda s: s**2),
            "the noise is handed over as sigma²; pm.Normal wants the standard deviation.",
        ),
    ),
)

# Another origin.


def _moved(tau_alpha: float, tau_beta: float, rho: float, origin: float) -> tuple[float, float]:
    covariance = rho * tau_alpha * tau_beta
    tau = np.sqrt(tau_alpha**2 + 2 * origin * covariance + origin**2 * tau_beta**2)
    return float(tau), float((covariance + origin * tau_beta**2) / (tau * tau_beta))


_origin = function(
    _moved,
    ((25.0, 5.9, 0.0, 9.0), (25.0, 5.9, 0.07, 9.0), (1.0, 0.5, -0.3, -2.0)),
    random=lambda rng: (*np.exp(rng.normal(0, 1.5, 2)), rng.uniform(-0.9, 0.9), rng.normal(0, 3)),
    means="Eighteen people, one population, and a correlation that is whatever the origin makes of it.",
    mistakes=(
        WrongVersion(
            lambda tau_alpha, tau_beta, rho, origin: (_moved(tau_alpha, tau_beta, rho, origin)[0], rho),
            "The spread is right. The correlation changes too: the new intercept contains the slope.",
        ),
        WrongVersion(
            lambda tau_alpha, tau_beta, rho, origin: (
                np.hypot(tau_alpha, origin * tau_beta),
                _moved(tau_alpha, tau_beta, rho, origin)[1],
            ),
            "The spread lacks the covariance: the variance of alpha + d beta has the term 2 d rho tau_alpha tau_beta.",
        ),
        WrongVersion(
            lambda tau_alpha, tau_beta, rho, origin: _moved(tau_alpha, tau_beta, rho, -origin),
            "The sign of the shift is wrong: the intercept at x = d is alpha + d beta.",
        ),
        WrongVersion(
            lambda tau_alpha, tau_beta, rho, origin: (
                _moved(tau_alpha, tau_beta, rho, origin)[0] ** 2,
                _moved(tau_alpha, tau_beta, rho, origin)[1],
            ),
            "The first value is the variance; the standard deviation is asked for.",
        ),
        WrongVersion(
            lambda tau_alpha, tau_beta, rho, origin: (tau_alpha, rho),
            "Nothing has moved. The new intercept is alpha + d beta, another number for every person.",
        ),
        WrongVersion(
            lambda tau_alpha, tau_beta, rho, origin: _moved(tau_alpha, tau_beta, rho, origin)[::-1],
            "Both are right, in the wrong order: the standard deviation first.",
        ),
        WrongVersion(
            lambda tau_alpha, tau_beta, rho, origin: (
                _moved(tau_alpha, tau_beta, rho, origin)[0],
                (rho * tau_alpha * tau_beta + origin * tau_beta**2) / (tau_alpha * tau_beta),
            ),
            "The spread is right. The correlation is divided by the old spread there; the new intercept has the new "
            "one.",
        ),
        WrongVersion(
            lambda tau_alpha, tau_beta, rho, origin: (
                _moved(tau_alpha, tau_beta, rho, origin)[0],
                rho * tau_alpha * tau_beta + origin * tau_beta**2,
            ),
            "The spread is right. The second value is the covariance; divide it by the two standard deviations.",
        ),
        WrongVersion(
            lambda tau_alpha, tau_beta, rho, origin: (
                _moved(tau_alpha, tau_beta, rho, origin)[0],
                rho * tau_alpha / _moved(tau_alpha, tau_beta, rho, origin)[0],
            ),
            "The spread is right. The covariance with the slope has a second part: d times the variance of the slope.",
        ),
        WrongVersion(
            lambda tau_alpha, tau_beta, rho, origin: (tau_alpha + origin * tau_beta, rho),
            "Standard deviations are added there. Of alpha + d beta the variances add, and twice the covariance; the "
            "correlation changes too.",
        ),
        WrongVersion(
            lambda tau_alpha, tau_beta, rho, origin: (
                np.hypot(tau_alpha, origin * tau_beta),
                origin * tau_beta / np.hypot(tau_alpha, origin * tau_beta),
            ),
            "rho is nowhere in it. That is right for independent intercepts and slopes alone.",
        ),
    ),
)

# Which prediction.

_which = choice(
    {
        "A": "that is how well a house is predicted whose neighbours were seen. In the new county nobody was.",
        "C": "the error on data that were used for fitting says little about any new house.",
        "D": "houses of one county share its line; scored one by one they count the county's surprise many times.",
    },
    "B",
    of="linear_regression.which",
    means="Hide what you will not have: here a whole county, and its houses are scored together.",
)

TASKS = (
    Task(
        "linear_regression.ratio",
        "A spread of logarithms",
        _ratio,
        (
            "How far apart are the two counties on the log scale?",
            "A difference of natural logarithms is a factor. Which function leads from the one to the other?",
            "exp(2 tau) with tau = 0.34.",
        ),
    ),
    Task(
        "linear_regression.county",
        "What a county shrinks to",
        _county,
        (
            "Lesson 04's formula, with two changes: the standard error of a mean of n, and the target.",
            "How noisy is the mean of n houses? And where would you expect a county on this soil, had nobody "
            "measured there?",
            "weight = tau² / (tau² + sigma²/n), then weight times mean plus the rest times mu + gamma u.",
        ),
    ),
    Task(
        "linear_regression.evidence",
        "Two bugs in a county's score",
        _bug,
        (
            "Try one house first: what is its variance? Then two houses that are equally high: a surprise twice over?",
            "Independent deviations add variances. And two houses of a county share the county's deviation: "
            "covariance.",
            "Covariance tau² between any two houses, tau² + sigma² on the diagonal; stats.multivariate_normal.",
        ),
    ),
    Task(
        "linear_regression.model",
        "Counties on a line",
        _model,
        (
            "Two levels: counties around a line in uranium, houses around their county.",
            "alpha has one value a county; alpha[county] has one value a house.",
            'alpha = pm.Normal("alpha", mu + gamma * uranium, tau, shape=4), and alpha[county] + beta * floor for the '
            "houses.",
        ),
    ),
    Task(
        "linear_regression.origin",
        "Somebody else's zero",
        _origin,
        (
            "Write the intercept at x = origin by means of the old intercept and the slope.",
            "It is alpha + origin beta. What are the variance of this sum and its covariance with beta?",
            "Variance: tau_alpha² + 2 origin rho tau_alpha tau_beta + origin² tau_beta². Covariance with beta: "
            "rho tau_alpha tau_beta + origin tau_beta², over both spreads.",
        ),
    ),
    Task(
        "linear_regression.which",
        "What to leave out",
        _which,
        (
            "What will you have when you predict, and what not?",
            "Hide from the model exactly what it will not have. And which houses share a surprise?",
            "It is a county that nobody has measured: leave out counties; their houses are one score.",
        ),
    ),
)

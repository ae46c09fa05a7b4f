"""Tasks of lesson 03: three poolings, the exact posterior given tau, and three predictions."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from course import data, exact
from course.checks.answers import Slip, choice, number, values
from course.checks.forms import Form, Misuse, effects, every_form, misuses
from course.checks.functions import WrongVersion, function
from course.checks.law import Names
from course.checks.models import WrongModel, posterior
from course.checks.task import Task

if TYPE_CHECKING:
    import pymc as pm

_REPORTS = data.load("eight_schools")
EFFECT, SIGMA = _REPORTS.effect, _REPORTS.sigma

# A against C without pooling.

_gap = number(
    lambda: stats.norm.sf(0, 18 - 8, np.hypot(10, 10)),
    within=0.01,
    means="The standard error of a difference is the root of the sum of the squares.",
    slips=(
        Slip(
            lambda: stats.norm.sf(0, 10, 20),
            "that has the sum of the two standard errors. Independent errors add their squares.",
        ),
        Slip(lambda: stats.norm.sf(0, 10, 200), "that has the variance of the difference as its standard deviation."),
        Slip(lambda: stats.norm.sf(0, 10, 100), "that has a variance, 10², where a standard deviation belongs."),
        Slip(lambda: stats.norm.sf(0, 10, 10), "that is one school's standard error. Both reports are noisy."),
        Slip(
            lambda: stats.norm.sf(0, 10, np.sqrt(50)),
            "that has the error of a *mean* of two reports. A difference is noisier than each of them.",
        ),
        Slip(
            lambda: stats.norm.sf(0, 10, np.sqrt(20)),
            "that has the root of 10 + 10. It is the squares of the standard errors that add.",
        ),
        Slip(lambda: stats.norm.cdf(0, 10, np.hypot(10, 10)), "that is the probability that B is better."),
        Slip(
            lambda: 1 / np.sqrt(2),
            "that is the difference in units of its standard error. How much of a normal lies below that?",
        ),
        Slip(lambda: np.hypot(10, 10), "that is the standard error of the difference. The probability comes next."),
        Slip(
            10.0,
            "that is the difference itself (or one standard error). How probable is it that the true one is above 0?",
        ),
        Slip(0.5, "that would be so for two equal reports. G reports 10 more."),
    ),
)

# Complete pooling.


def _complete(y: Any, sigma: Any) -> tuple[float, float]:
    precision = 1 / sigma**2
    return float((y * precision).sum() / precision.sum()), float(precision.sum() ** -0.5)


_everyone = function(
    _complete,
    ((np.array([28.0, 8.0]), np.array([15.0, 10.0])), (EFFECT, SIGMA), (np.array([-3.0, 1.0]), np.array([0.3, 0.9]))),
    random=lambda rng: (rng.normal(0, 10, 5), rng.uniform(0.5, 20, 5)),
    start=WrongVersion(
        lambda y, sigma: (np.average(y, weights=1 / sigma), 1 / (sigma**-2.0).sum()),
        "Try it on two schools of which you know what it should return.",
    ),
    means="For the eight schools 7.7 points, with standard error 4.1, if all effects were equal.",
    mistakes=(
        WrongVersion(
            lambda y, sigma: (np.average(y, weights=1 / sigma), _complete(y, sigma)[1]),
            "The error is mended. The mean is weighed by one over the standard error; precision is one over the "
            "variance.",
        ),
        WrongVersion(
            lambda y, sigma: (np.mean(y), _complete(y, sigma)[1]),
            "That is the plain mean. A noisy school has to count less.",
        ),
        *(
            WrongVersion(
                version,
                "Those are the plain mean and its error. A noisy school has to count less.",
            )
            for version in (
                lambda y, sigma: (np.mean(y), np.sqrt((sigma**2).sum()) / len(y)),
                lambda y, sigma: (np.mean(y), sigma.mean() / np.sqrt(len(y))),
                lambda y, sigma: (np.mean(y), np.std(y, ddof=1) / np.sqrt(len(y))),
            )
        ),
        WrongVersion(
            lambda y, sigma: (_complete(y, sigma)[0], 1 / (sigma**-2.0).sum()),
            "The mean is right. The second value is its variance; the standard error is the square root.",
        ),
        WrongVersion(
            lambda y, sigma: (_complete(y, sigma)[0], np.sqrt((sigma**2).mean() / len(y))),
            "The mean is right. That standard error is the one of a plain mean. Precisions add: one over the root of "
            "their "
            "sum.",
        ),
        WrongVersion(
            lambda y, sigma: (_complete(y, sigma)[0], np.std(y, ddof=1) / np.sqrt(len(y))),
            "The mean is right. Its error follows from the standard errors, not from the scatter of the reports.",
        ),
        WrongVersion(
            lambda y, sigma: (np.average(y, weights=sigma**2), _complete(y, sigma)[1]),
            "The error is mended. The mean is weighed by the variance, so that the noisiest report counts most.",
        ),
        WrongVersion(
            lambda y, sigma: (_complete(y, sigma)[0], 1 / (1 / sigma).sum()),
            "The mean is right. The error sums up one over the standard errors; precisions add, which are one over "
            "variances.",
        ),
        WrongVersion(
            lambda y, sigma: (_complete(y, sigma)[0], (sigma**-2.0).sum()),
            "The mean is right. The second value is its precision; the standard error is one over the square root of "
            "that.",
        ),
        WrongVersion(
            lambda y, sigma: (_complete(y, sigma)[0], (1 / sigma).sum() ** -0.5),
            "The mean is right. Under the root are one over standard errors; precisions are one over variances.",
        ),
        WrongVersion(
            lambda y, sigma: (_complete(y, sigma)[0], sigma.mean() / np.sqrt(len(y))),
            "The mean is right. That would be the error of a plain mean of equally noisy reports. Precisions add: "
            "one over the root of their sum.",
        ),
    ),
)

# The hierarchical model.


def _schools(
    *,
    form: Form = "standard",
    tau: Any = None,
    sigma: Any = SIGMA,
    mu_sd: float = 10,
    effect: Any = EFFECT,
    misuse: Misuse = "",
) -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu = pm.Normal("mu", 0, mu_sd)
        spread = tau() if tau else pm.Exponential("tau", 0.1)
        pm.Normal("y", effects(form, "theta", mu, spread, misuse=misuse, shape=8), sigma, observed=effect)
    return model


def _exponential(rate: float) -> Any:
    import pymc as pm

    return pm.Exponential("tau", rate)


def _eta_alone() -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu, tau = pm.Normal("mu", 0, 10), _exponential(0.1)
        eta = pm.Normal("eta", 0, 1, shape=8)
        pm.Normal("y", mu + eta, (SIGMA**2 + tau**2) ** 0.5, observed=EFFECT)
    return model


def _integrated() -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu, tau = pm.Normal("mu", 0, 10), _exponential(0.1)
        pm.Normal("y", mu, (SIGMA**2 + tau**2) ** 0.5, observed=EFFECT)
    return model


_model = posterior(
    *every_form(_schools),
    means="Centred or not, it is one posterior. Lesson 05 is about which of the two a sampler likes.",
    names=Names("the effect of school {}", "the standard error of school {}'s report", tuple("ABCDEFGH")),
    mistakes=(
        WrongModel(
            partial(_schools, tau=lambda: _exponential(10)),
            "the Exponential has mean 1/10 in it. PyMC's argument is the rate, one over the mean.",
            prior=True,
        ),
        WrongModel(partial(_schools, sigma=SIGMA**2), "you hand variances to pm.Normal, which wants standard errors."),
        WrongModel(
            partial(_schools, mu_sd=100),
            "mu has a standard deviation of 100 in it: 10², where pm.Normal wants 10 itself.",
            prior=True,
        ),
        WrongModel(
            _integrated,
            "theta is integrated out in it, which adds tau² to the variance of a report. The task keeps theta.",
        ),
        *misuses(_schools, "schools"),
        WrongModel(_eta_alone, "eta is not multiplied by tau in it: theta is mu + tau * eta."),
    ),
)

# The posterior of tau on a grid.


def _log_posterior(tau: float, y: Any, sigma: Any) -> float:
    v = sigma**2 + tau**2
    cov = np.diag(v) + 100.0
    return float(stats.multivariate_normal.logpdf(y, np.zeros(len(y)), cov) + stats.halfnorm.logpdf(tau, scale=10))


def _profile(tau: float, y: Any, sigma: Any, *, prior: bool = True, mean: bool = True) -> float:
    """The same with mu at its conditional mean instead of integrated out, or without the prior."""
    v = sigma**2 + tau**2
    precision = (1 / v).sum() + 0.01
    mu, sd = (y / v).sum() / precision, precision**-0.5
    log_p = stats.norm.logpdf(mu, 0, 10) + stats.norm.logpdf(y, mu, np.sqrt(v)).sum()
    log_p -= stats.norm.logpdf(mu, mu, sd) if mean else 0.0
    return float(log_p + (stats.halfnorm.logpdf(tau, scale=10) if prior else 0.0))


def _flat(tau: float, y: Any, sigma: Any) -> float:
    """The log likelihood of tau when mu has a flat prior."""
    precision = 1 / (sigma**2 + tau**2)
    mu = np.average(y, weights=precision)
    return float(stats.norm.logpdf(y, mu, precision**-0.5).sum() - 0.5 * np.log(precision.sum()))


def _differences(version: Any) -> Any:
    """Only differences between two values of tau count, so that constants are free."""
    return lambda taus, y, sigma: np.diff([version(tau, y, sigma) for tau in taus])


_ratio = function(
    _differences(_log_posterior),
    ((np.array([1.0, 5.0, 15.0]), EFFECT, SIGMA), (np.array([0.0, 2.0]), EFFECT[:3], SIGMA[:3])),
    random=lambda rng: (rng.uniform(0, 20, 3), rng.normal(5, 10, 5), rng.uniform(2, 20, 5)),
    means="That is the posterior of tau but for a constant, and no chain was needed.",
    mistakes=(
        WrongVersion(
            _differences(lambda tau, y, sigma: _profile(tau, y, sigma, mean=False)),
            "You put in mu's conditional mean and left it at that: the profile. Integrating mu out divides by p(mu | "
            "tau, "
            "y) at that point as well.",
        ),
        WrongVersion(
            _differences(lambda tau, y, sigma: _profile(tau, y, sigma, prior=False)),
            "That is the likelihood of tau; its prior, HalfNormal(10), is missing.",
        ),
        WrongVersion(
            _differences(
                lambda tau, y, sigma: (
                    stats.norm.logpdf(y, 0, np.sqrt(sigma**2 + tau**2 + 100)).sum()
                    + stats.halfnorm.logpdf(tau, scale=10)
                )
            ),
            "Each report has that distribution, but they are not independent: all share one mu. Integrate it out of "
            "their joint density.",
        ),
        WrongVersion(
            _differences(lambda tau, y, sigma: _flat(tau, y, sigma) + stats.halfnorm.logpdf(tau, scale=10)),
            "mu has a flat prior there. The lesson's is N(0, 10²).",
        ),
        WrongVersion(
            _differences(
                lambda tau, y, sigma: (
                    stats.norm.logpdf(y, 0, np.sqrt(sigma**2 + tau**2)).sum() + stats.halfnorm.logpdf(tau, scale=10)
                )
            ),
            "mu is 0 there, and known. It is not: its prior N(0, 10²) adds 100 to the covariance of any two reports.",
        ),
        WrongVersion(
            _differences(
                lambda tau, y, sigma: (
                    stats.norm.logpdf(y, y.mean(), np.sqrt(sigma**2 + tau**2)).sum()
                    + stats.halfnorm.logpdf(tau, scale=10)
                )
            ),
            "mu is held at the mean of the reports there. It is not known: integrate over it.",
        ),
        WrongVersion(
            _differences(
                lambda tau, y, sigma: (
                    stats.multivariate_normal.logpdf(y, np.zeros(len(y)), np.diag(sigma**2 + tau**2) + 10.0)
                    + stats.halfnorm.logpdf(tau, scale=10)
                )
            ),
            "Two reports have covariance 10 there. What they share is mu, and its variance is 10².",
        ),
        WrongVersion(
            _differences(lambda tau, y, sigma: np.exp(_log_posterior(tau, y, sigma))),
            "That is the density. Its logarithm is asked for.",
        ),
    ),
)

# Three predictions.


@cache
def _lesson() -> exact.NormalPosterior:
    return exact.normal_posterior(EFFECT, SIGMA, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10))


def _three_sds() -> tuple[float, float, float]:
    post = _lesson()
    return float(post.sd("mu")), float(post.sd("theta")[0]), float(post.predict_new().sd())


_predictions = values(
    _three_sds,
    rtol=0.01,
    means="The mean is the surest, a new school the least: it has the doubt about mu and the whole spread tau besides.",
    slips=(
        Slip(
            lambda: tuple(sd**2 for sd in _three_sds()),
            "those are variances; standard deviations in points are asked for.",
        ),
        Slip(
            lambda: (_lesson().mean("mu"), _lesson().mean("theta")[0], _lesson().predict_new().mean()),
            "those are the three means. How sure is each: its standard deviation is asked for.",
        ),
    ),
    parts={
        0: (
            Slip(lambda: _lesson().mean("mu"), "that is the mean of mu. Its standard deviation is asked for."),
            Slip(lambda: _lesson().sd("tau"), "that is the standard deviation of tau. The mean effect is mu."),
            Slip(lambda: _lesson().mean("tau"), "that is the mean of tau, how much schools differ. How sure is mu?"),
            Slip(lambda: _complete(EFFECT, SIGMA)[1], "that is the error of complete pooling, as if all were equal."),
            Slip(lambda: _three_sds()[0] ** 2, "that is the variance of mu."),
        ),
        1: (
            Slip(lambda: _three_sds()[0], "that is the doubt about the mean again. School A's own effect is wanted."),
            Slip(lambda: SIGMA[0], "that is the standard error of A's report. What is left of it after pooling?"),
            Slip(lambda: _lesson().mean("theta")[0], "that is the mean of A's effect, not its standard deviation."),
            Slip(
                lambda: _lesson().sd("theta"),
                "those are all eight schools. School A comes first in the list.",
            ),
            Slip(lambda: _three_sds()[1] ** 2, "that is the variance of A's effect."),
        ),
        2: (
            Slip(lambda: _three_sds()[0], "that is the doubt about mu. A new school also differs from mu, by tau."),
            Slip(lambda: _three_sds()[1], "that is school A again. A new school has no report of its own."),
            Slip(lambda: _lesson().mean("tau"), "that is the mean of tau. Where the mean lies is not known either."),
            Slip(lambda: _lesson().sd("tau"), "that says how sure tau is, not where a new school may lie."),
            Slip(
                lambda: np.hypot(_lesson().mean("tau"), _lesson().sd("tau")),
                "that is the root of the mean of tau². The doubt about mu comes on top.",
            ),
            Slip(
                lambda: np.hypot(_three_sds()[0], _lesson().mean("tau")),
                "that puts in the mean of tau. It is the mean of tau *squared* that adds to the variance of mu.",
            ),
            Slip(lambda: _three_sds()[0] + _lesson().mean("tau"), "that adds standard deviations. Variances add."),
            Slip(lambda: _three_sds()[2] ** 2, "that is the variance of a new school's effect."),
        ),
    },
)

# What a table of diagnostics says.

_diagnosis = choice(
    {
        "A": "R-hat of 1.07 is above 1.01: the chains do not agree on where tau is. Digits come after that.",
        "B": "more draws of the same kind do not mend divergences; they say where the sampler could not go.",
        "C": "thinning throws draws away and changes nothing about where they come from.",
    },
    "D",
    of="eight_schools.diagnosis",
    means="First the coordinates, then the draws. R-hat and the divergences both say that this run is not to be read.",
)

TASKS = (
    Task(
        "eight_schools.gap",
        "Is one school better?",
        _gap,
        (
            "Look at the difference of the two reports: what is its standard error?",
            "The two errors are independent, so their variances add.",
            "The difference is 10 with standard error sqrt(10² + 10²); the probability is that of a normal above 0.",
        ),
    ),
    Task(
        "eight_schools.complete",
        "Two bugs in complete pooling",
        _everyone,
        (
            "Try it on two schools, one with standard error 1 and one with 2. How should they be weighed?",
            "Precision is 1 / sigma². Precisions of independent reports add; what is the sum the precision of?",
            "The weights are sigma**-2.0, and the standard error is weights.sum()**-0.5.",
        ),
    ),
    Task(
        "eight_schools.model",
        "Another prior",
        _model,
        (
            "Only the line of tau differs from the lesson's model. What does pm.Exponential take?",
            "Its argument is the rate; an exponential with rate r has mean 1/r.",
            'tau = pm.Exponential("tau", 0.1), and theta = mu + tau * eta with eta standard normal.',
        ),
    ),
    Task(
        "eight_schools.tau",
        "How credible is a tau?",
        _ratio,
        (
            "Given tau everything is normal. What is the joint distribution of the reports when mu is integrated out?",
            "Either divide by p(mu | tau, y) as the lesson does, or give the reports a covariance: what do two share?",
            "With mu ~ N(0, 10²) two reports have covariance 100, and one has variance 100 + sigma² + tau². Add "
            "the log prior.",
        ),
    ),
    Task(
        "eight_schools.predictions",
        "Three questions, three spreads",
        _predictions,
        (
            "Which of the three should be largest, and why?",
            "The posterior's sd(...) takes a name; predict_new() returns a distribution with an sd() of its own.",
            'post.sd("mu"), post.sd("theta")[0], post.predict_new().sd(), with the priors of the lesson.',
        ),
    ),
    Task(
        "eight_schools.diagnosis",
        "What a run is telling you",
        _diagnosis,
        (
            "Which of the numbers are on the wrong side of their limits?",
            "R-hat, the effective sample size and the divergences are, and they agree about the run.",
            "Fewer draws, or more of them, do not reach a place that this sampler cannot enter. Which answer "
            "changes the place?",
        ),
    ),
)

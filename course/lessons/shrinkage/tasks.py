"""Tasks of lesson 04: weight, pooled estimate, the mean that it pulls to, and what empirical Bayes maximises."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from course import data, shrinkage
from course.checks.answers import Claim, Slip, claims, number
from course.checks.functions import WrongVersion, function
from course.checks.law import Names
from course.checks.models import WrongModel, posterior
from course.checks.seen import Seen
from course.checks.task import Task
from course.validate import FloatArray

if TYPE_CHECKING:
    import pymc as pm

# The weight of one report.

_weight = number(
    lambda: shrinkage.data_weight(6, 3),
    within=0.01,
    means="One fifth: the report's variance is four times the population's, so the population gets four parts of five.",
    slips=(
        Slip(3 / 9, "that is 3/(3 + 6), which weighs by standard deviations. Precision is one over the variance."),
        Slip(
            0.8, "that is the shrinkage factor B, the share of the way to the mean. The weight on the data is the rest."
        ),
        Slip(2 / 3, "that is 6/(3 + 6): standard deviations instead of variances, and the two swapped."),
        Slip(
            0.25, "that is tau²/sigma², a ratio of two variances. A weight is a part of a whole: divide by their sum."
        ),
        Slip(4.0, "that is the population's mean (or sigma²/tau²). A weight is a part of a whole, between 0 and 1."),
        Slip(
            0.5, "that is tau/sigma, a ratio of two standard deviations. A weight is a part of a whole, of variances."
        ),
        Slip(
            2.0,
            "that is how far the pooled estimate stays from the mean (or sigma/tau). What share of 10 points is it?",
        ),
        Slip(7.2, "that is lambda sigma², the variance that is left. The weight itself is asked for."),
        Slip(lambda: np.sqrt(7.2), "that is the standard deviation that is left. The weight itself is asked for."),
        Slip(1 / 9, "that is the precision of the population. What share of the two precisions has the report's?"),
        Slip(5 / 36, "those are the two precisions together. What share of them has the report's?"),
        Slip(6.0, "that is the pooled estimate in points (or sigma). How much of the report went into it?"),
        Slip(lambda: 3 / np.hypot(3, 6), "that is the root of the weight. Weights are made of variances."),
        Slip(1 / 36, "that is the precision of the report. What share is it of the two precisions together?"),
    ),
)

# Estimate and standard deviation of every group.


def _pooled(y: Any, sigma: Any, mu: float, tau: float) -> tuple[FloatArray, FloatArray]:
    weight = shrinkage.data_weight(sigma, tau)
    return weight * y + (1 - weight) * mu, np.sqrt(weight) * sigma


def _weighed_by(weight: Any, y: Any, mu: float) -> Any:
    return weight * y + (1 - weight) * mu


def _by_precisions(y: Any, sigma: Any, mu: float, tau: float) -> tuple[Any, Any]:
    own, others = sigma**-2.0, tau**-2.0
    return (own * y + others * mu) / (own + others), (own + others) ** -0.5


_POOLED_MISTAKES = (
    WrongVersion(
        lambda y, sigma, mu, tau: (
            _weighed_by(tau / (tau + sigma), y, mu),
            np.sqrt(tau / (tau + sigma)) * sigma,
        ),
        "Your weight is tau/(tau + sigma), made of standard deviations. Precision is one over the variance.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: (
            _weighed_by(1 - shrinkage.data_weight(sigma, tau), y, mu),
            np.sqrt(1 - shrinkage.data_weight(sigma, tau)) * sigma,
        ),
        "The two weights are swapped: yours gives the noisier report the larger say.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: (
            _pooled(y, sigma, mu, tau)[0],
            shrinkage.data_weight(sigma, tau) * sigma**2,
        ),
        "The estimate is right. The second value is the variance; its square root is asked for.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: (
            _pooled(y, sigma, mu, tau)[0],
            shrinkage.data_weight(sigma, tau) * sigma,
        ),
        "The estimate is right. The standard deviation shrinks with the square root of the weight: it is the variance "
        "that is multiplied by lambda.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: (
            _pooled(y, sigma, mu, tau)[0],
            np.sqrt(sigma**2 + tau**2),
        ),
        "The estimate is right. Two pieces of evidence leave less doubt than either alone: precisions are added, not "
        "variances.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: (_pooled(y, sigma, mu, tau)[0], sigma),
        "The estimate is right. sigma is the doubt before the population was asked; with it there is less.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: (
            _pooled(y, sigma, mu, tau)[0],
            np.sqrt(1 - shrinkage.data_weight(sigma, tau)) * sigma,
        ),
        "The estimate is right. The standard deviation grows there as tau falls to 0; the surer the population, the "
        "less "
        "doubt is left.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: (_pooled(y, sigma, mu, tau)[0], 1 / sigma**2 + 1 / tau**2),
        "The estimate is right. The second value is the sum of the precisions: one over its root is the standard "
        "deviation.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: _pooled(y, sigma, mu, tau) if tau else (np.full(len(y), mu), sigma),
        "At tau > 0 that is right. At tau = 0 every group is mu exactly: no doubt is left, and the standard deviation "
        "is 0.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: _pooled(y, sigma, mu, tau) if tau else (y, sigma),
        "At tau > 0 that is right. At tau = 0 the groups do not differ: that is complete pooling, and yours is none.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: _pooled(y, sigma, mu, tau) if tau else (y, 0 * sigma),
        "At tau > 0 that is right, and at tau = 0 so is the doubt. But the groups do not differ then: each is mu.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: _pooled(y, sigma, y.mean(), tau),
        "The estimates are pulled to the mean of the reports. They are pulled to mu, which is given.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: _pooled(y, sigma, _mu_hat(y, sigma, tau), tau),
        "The estimates are pulled to mu-hat, which is estimated. They are pulled to mu, which is given.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: (y, sigma),
        "Those are the reports as they came: no pooling.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: _pooled(y, sigma, mu, tau)[0],
        "Those are the estimates, and right. Return their standard deviations as well, behind a comma.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: _by_precisions(y, sigma, mu, tau) if tau else np.nan,
        "At tau > 0 that is right. At tau = 0 the population's precision 1/tau² is a division by zero: multiply above "
        "and below by tau² first.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: (
            _weighed_by(1 - shrinkage.data_weight(sigma, tau), y, mu),
            _pooled(y, sigma, mu, tau)[1],
        ),
        "The standard deviations are right. The two weights are swapped in the estimates: the noisier report has the "
        "larger say.",
    ),
    WrongVersion(
        lambda y, sigma, mu, tau: (
            _pooled(y, sigma, mu, tau)[0],
            np.sqrt(shrinkage.data_weight(sigma, tau)) * tau,
        ),
        "The estimate is right. The square root of the weight multiplies sigma, the doubt of the report alone.",
    ),
)

_estimate = function(
    _pooled,
    (
        (
            np.array([14.0, 2.0, 5.0]),
            np.array([6.0, 4.0, 3.0]),
            4.0,
            3.0,
        ),  # of one report alone, its mean is the report
        (np.array([14.0]), np.array([6.0]), 4.0, 3.0),
        (np.array([28.0, 8.0, -3.0]), np.array([15.0, 10.0, 16.0]), 8.0, 5.0),
        (np.array([28.0, 8.0]), np.array([15.0, 10.0]), 8.0, 0.0),
    ),
    random=lambda rng: (rng.normal(0, 10, 6), rng.uniform(1, 20, 6), rng.normal(), rng.uniform(0.5, 20)),
    means="Every group keeps the share lambda of its distance from mu, and at tau = 0 nothing of it.",
    mistakes=_POOLED_MISTAKES,
)

# The mean that they are pulled to.


def _mu_hat(y: Any, sigma: Any, tau: float) -> float:
    return float(np.average(y, weights=1 / (sigma**2 + tau**2)))


_mean = function(
    _mu_hat,
    (
        (np.array([0.0, 10.0]), np.array([1.0, 3.0]), 1.0),
        (np.array([28.0, 8.0, -3.0, 7.0]), np.array([15.0, 10.0, 16.0, 11.0]), 5.0),
        (np.array([28.0, 8.0, -3.0, 7.0]), np.array([15.0, 10.0, 16.0, 11.0]), 0.0),
        (np.array([-0.3, 0.1, -0.2]), np.array([0.2, 0.5, 0.1]), 0.1),
    ),
    random=lambda rng: (rng.normal(0, 10, 6), rng.uniform(0.1, 20, 6), rng.uniform(0, 2)),
    means="A report strays from mu by its own noise and by the spread of groups; both variances are in the weight.",
    mistakes=(
        WrongVersion(
            lambda y, sigma, tau: np.mean(y),
            "That is the plain mean, which lets a report with much noise speak as loudly as one with little.",
        ),
        WrongVersion(
            lambda y, sigma, tau: np.average(y, weights=1 / sigma**2),
            "You weigh by 1/sigma², complete pooling's weights. A report's distance from mu also holds its group's own "
            "deviation, which has variance tau².",
        ),
        WrongVersion(
            lambda y, sigma, tau: np.average(y, weights=1 / (sigma + tau) ** 2),
            "You add standard deviations and then square. Independent deviations add their variances.",
        ),
        WrongVersion(
            lambda y, sigma, tau: np.average(y, weights=1 / np.sqrt(sigma**2 + tau**2)),
            "You weigh by one over the standard deviation. Precision is one over the variance.",
        ),
        WrongVersion(
            lambda y, sigma, tau: np.average(y, weights=sigma**2 + tau**2),
            "You weigh by the variance itself, so that the noisiest report counts most.",
        ),
        WrongVersion(
            lambda y, sigma, tau: np.sum(y / (sigma**2 + tau**2)),
            "The weights do not add up to 1: divide by their sum.",
        ),
        WrongVersion(
            lambda y, sigma, tau: np.average(y, weights=sigma**-2.0 + tau**-2.0),
            "You add precisions, as for two reports of one thing. The noise and the group's own deviation are added "
            "in y; their variances add.",
        ),
        WrongVersion(
            lambda y, sigma, tau: np.average(y, weights=tau**2 / (sigma**2 + tau**2)) if tau else np.nan,
            "At tau > 0 that is right, but your weights are lambda_j, which are all 0 at tau = 0. Leave the tau² above "
            "the line away: weights count only in proportion.",
        ),
        WrongVersion(
            lambda y, sigma, tau: np.average(y, weights=1 / (sigma + tau)),
            "You add standard deviations. Independent deviations add their variances, and the weight is one over "
            "that sum.",
        ),
        WrongVersion(
            lambda y, sigma, tau: np.average(y, weights=1 / sigma),
            "You weigh by 1/sigma. A weight is one over a variance, and the distance from mu has two of them: sigma² "
            "and tau².",
        ),
        WrongVersion(
            lambda y, sigma, tau: np.average(y, weights=sigma**2),
            "You weigh by the variance itself, so that the noisiest report counts most.",
        ),
        WrongVersion(
            lambda y, sigma, tau: _pooled(y, sigma, y.mean(), tau)[0].mean(),
            "That is the mean of estimates that were pulled already, all to the plain mean. Average the reports.",
        ),
        WrongVersion(
            lambda y, sigma, tau: np.median(y),
            "That is the median, which does not know how noisy each report is.",
        ),
    ),
)

# James and Stein, with two bugs.


def _js(y: Any, lost: int, target: float, around: float) -> Any:
    return target + (1 - (len(y) - lost) / ((y - around) ** 2).sum()) * (y - target)


def _around(y: Any) -> float:
    return float(((y - y.mean()) ** 2).sum())


def _with_factor(y: Any, factor: float) -> Any:
    return y.mean() + factor * (y - y.mean())


def _over(of: Callable[[Any], Any], why: str) -> tuple[WrongVersion, ...]:
    """Return the versions that divide by something else than the sum of squares, with both counts."""
    return (
        WrongVersion(lambda y: _with_factor(y, 1 - (len(y) - 3) / of(y)), f"The count is mended. {why}"),
        WrongVersion(lambda y: _with_factor(y, 1 - (len(y) - 2) / of(y)), f"{why} And the count is the old one."),
    )


_SUM = "The sum of the squares around the mean belongs there."
_CLIPPED = "A factor below 0 is made 0 there: keep it, that is no bug."

_bug = function(
    lambda y: _js(y, 3, y.mean(), y.mean()),
    (
        (np.array([4.0, 0.0, 0.0, 0.0, 1.0]),),
        (np.array([9.0, 7.0, 8.0, 12.0, 11.0, 13.0]),),
        (np.array([-2.21, -1.93, -2.02, -2.14, -1.8567]),),  # so close together that the factor is below 0
        (np.array([0.4, -0.3, 0.1, 0.6]),),  # and so is the factor as it was given
        (np.array([-20.0, -19.0, -23.0, -24.0]),),
    ),
    random=lambda rng: (rng.normal(rng.normal(0, 5), 3, 8),),
    start=WrongVersion(lambda y: _js(y, 2, y.mean(), 0.0), "Try it on reports near 1000."),
    means="Squares are taken around the target, and estimating that target from the groups costs one more of them.",
    mistakes=(
        WrongVersion(
            lambda y: _js(y, 2, y.mean(), y.mean()),
            "One bug is mended. The target is now estimated from the same reports; how many does the lesson subtract "
            "from k then?",
        ),
        WrongVersion(
            lambda y: _js(y, 3, y.mean(), 0.0),
            "One bug is mended. The squares still measure distance from 0, not from the target.",
        ),
        WrongVersion(
            lambda y: _js(y, 2, 0.0, 0.0),
            "That shrinks towards 0, a fixed target. The mean of the reports is asked for.",
        ),
        WrongVersion(
            lambda y: _with_factor(y, max(0.0, 1 - (len(y) - 3) / _around(y))),
            "That is the positive-part rule, which is better still, but a change beyond the two bugs.",
        ),
        WrongVersion(
            lambda y: _with_factor(y, max(0.0, 1 - (len(y) - 2) / _around(y))),
            f"Squares are around the target now. {_CLIPPED} The count is the old one.",
        ),
        WrongVersion(
            lambda y: _with_factor(y, max(0.0, 1 - (len(y) - 3) / (y**2).sum())),
            f"The count is mended. {_CLIPPED} The squares still measure distance from 0.",
        ),
        WrongVersion(
            lambda y: _with_factor(y, max(0.0, 1 - (len(y) - 2) / (y**2).sum())),
            f"{_CLIPPED} Both bugs are still there: try it on reports near 1000.",
        ),
        WrongVersion(
            lambda y: _js(y, 3, 0.0, y.mean()),
            "Squares are around the mean now, and the reports are pulled to 0: pull them to the mean.",
        ),
        *_over(lambda y: y.var(), f"What divides is the *mean* of the squares. {_SUM}"),
        *_over(lambda y: y.var(ddof=1), f"What divides is a variance, the sum of squares over k - 1. {_SUM}"),
        *_over(lambda y: len(y) * y.var(ddof=1), f"What divides is k times a variance that is over k - 1. {_SUM}"),
        *_over(lambda y: np.sqrt(_around(y)), f"What divides is the root of the sum of squares. {_SUM}"),
        *_over(lambda y: np.abs(y - y.mean()).sum(), f"What divides is the sum of the distances, unsquared. {_SUM}"),
        *_over(lambda y: y.std(), f"What divides is a standard deviation. {_SUM}"),
        *_over(
            lambda y: (y - y.mean()).sum() ** 2, f"The distances are added before they are squared: they cancel. {_SUM}"
        ),
        WrongVersion(
            lambda y: _js(y, 3, np.median(y), np.median(y)),
            "Count and squares are mended. But the reports are pulled to their median; the mean is asked for.",
        ),
        WrongVersion(
            lambda y: _with_factor(y, 1 - (len(y) - 1) / _around(y)),
            "Squares are around the target now. k - 1 would estimate a variance; James-Stein subtracts more.",
        ),
        WrongVersion(
            lambda y: _with_factor(y, (len(y) - 3) / _around(y)),
            "Squares and count are mended. That is the share that is taken away; 1 minus it is kept.",
        ),
        WrongVersion(
            lambda y: y.mean() + (1 - (len(y) - 3) / _around(y)) * y,
            "Squares and count are mended. What is multiplied by the factor is the distance from the target.",
        ),
    ),
)

# The model that empirical Bayes maximises.

_REPORTS = data.load("eight_schools")
EFFECT, SIGMA = _REPORTS.effect, _REPORTS.sigma


def _marginal(spread: Any) -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu = pm.Normal("mu", 0, 10)
        tau = pm.HalfNormal("tau", 10)
        pm.Normal("y", mu, spread(tau), observed=EFFECT)
    return model


def _with_theta() -> pm.Model:
    from course import models

    return models.schools(EFFECT, SIGMA, list("ABCDEFGH"), centered=True)


def _two(model: Seen) -> str:
    left = model.strays()
    return (
        f"the data are right and {left[0]} is still drawn in it, for nothing: mu and tau alone are wanted."
        if left
        else ""
    )


_model = posterior(
    lambda: _marginal(lambda tau: (SIGMA**2 + tau**2) ** 0.5),
    means="Two unknowns instead of ten, and the same posterior of mu and tau: theta is integrated out.",
    names=Names("the mean of report {}", "the spread of report {}", tuple("ABCDEFGH")),
    form=_two,
    mistakes=(
        WrongModel(
            lambda: _marginal(lambda tau: SIGMA),
            "tau plays no part in it: the reports scatter around mu by sigma alone.",
        ),
        WrongModel(
            lambda: _marginal(lambda tau: (SIGMA**2 + tau**2) ** -0.5),
            "sigma² + tau² is used as a precision in it; it is the variance of a report.",
        ),
        WrongModel(
            lambda: _marginal(lambda tau: SIGMA + tau),
            "the spread of a report around mu is sigma + tau in it. Independent deviations add their variances.",
        ),
        WrongModel(
            lambda: _marginal(lambda tau: SIGMA**2 + tau**2),
            "you hand the variance sigma² + tau² to pm.Normal, which wants a standard deviation.",
        ),
        WrongModel(
            lambda: _marginal(lambda tau: tau),
            "the reports scatter by tau alone in it; their standard errors are missing.",
        ),
        WrongModel(
            _with_theta,
            "that is the model of lesson 03, with theta in it. Integrate theta out by hand: what is the distribution "
            "of a report when only mu and tau are given?",
        ),
    ),
)

# What results show and do not show.

_reading = claims(
    {
        "A": Claim(
            False,
            "a top at 0 says that the data cannot tell small differences from none: tau = 5 had nearly three quarters "
            "of the likelihood of tau = 0.",
        ),
        "B": Claim(
            False,
            "lambda is a curved function of tau, so its mean is not its value at the mean of tau; and mu-hat moves "
            "with tau as well.",
        ),
        "C": Claim(
            True,
            "it is the total that James-Stein lowers. In the lesson the outlier's own error nearly tripled meanwhile.",
        ),
        "D": Claim(
            True,
            "lambda is the weight on the group's own data, and one tenth is left for the population. Elsewhere the "
            "letter may stand for the rest.",
        ),
        "E": Claim(
            False,
            "a fixed penalty pulls a report of 100 by the same share as one of 28. The hierarchy learns tau from all "
            "groups, and lets go of a report that noise cannot explain.",
        ),
    },
    means="What holds given mu and tau need not hold when they are estimated, and a better total is not a better each.",
)

TASKS = (
    Task(
        "shrinkage.weight",
        "The weight of one report",
        _weight,
        (
            "Two pieces of evidence: the report, and the population it comes from. Which of the two is noisier here?",
            "The weight of each is its precision, one over its variance, as a share of the two precisions together.",
            "lambda = tau² / (tau² + sigma²), with tau = 3 and sigma = 6.",
        ),
    ),
    Task(
        "shrinkage.estimate",
        "Pooled estimates and their doubt",
        _estimate,
        (
            "Compute the weight of every group first; NumPy does it for all at once.",
            "The estimate is a weighted mean of y and mu. For the doubt, add the two precisions and turn the sum "
            "back into a standard deviation.",
            "weight * y + (1 - weight) * mu, and sqrt(weight) * sigma. With weight = tau² / (tau² + sigma²) nothing "
            "is divided by tau, so tau = 0 needs no special case.",
        ),
    ),
    Task(
        "shrinkage.mean",
        "The mean that they are pulled to",
        _mean,
        (
            "How far does a report stray from mu, for two reasons at once?",
            "Its distance from mu is its noise (variance sigma²) plus its group's deviation (variance tau²).",
            "np.average(y, weights=...) with one over that total variance.",
        ),
    ),
    Task(
        "shrinkage.model",
        "The model that empirical Bayes maximises",
        _model,
        (
            "The free variables are mu and tau, and no others. What is left for y?",
            "A report is theta plus noise, and theta is mu plus a deviation. A sum of two normals is normal.",
            'pm.Normal("y", mu, (sigma**2 + tau**2) ** 0.5, observed=effect)',
        ),
    ),
    Task(
        "shrinkage.bug",
        "Two bugs in James-Stein",
        _bug,
        (
            "Add 1000 to every report. What should happen to the estimates, and what does happen?",
            "The sum of squares must not change when everything moves by 1000. And what does an estimated target cost?",
            "Use ((y - target) ** 2).sum() and k - 3.",
        ),
    ),
    Task(
        "shrinkage.claims",
        "What is shown and what is not",
        _reading,
        (
            "Look for one case in which a sentence fails: one is enough.",
            "Ask of each: is it about one group or the total? given tau, or with tau unknown?",
            "The two true ones are about James-Stein's total and about a weight close to 1.",
        ),
    ),
)

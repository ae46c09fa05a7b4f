"""Tasks of lesson 08: what a worse arm costs, the marginal likelihood pull by pull, and a newcomer's posterior."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from course.checks.answers import Claim, Slip, claims, number
from course.checks.functions import WrongVersion, function
from course.checks.law import Names
from course.checks.models import WrongModel, posterior
from course.checks.task import Task

if TYPE_CHECKING:
    import pymc as pm

# Lai and Robbins for two arms.


def _kl(p: float, q: float) -> float:
    return float(p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)))


_slope = number(
    lambda: 0.1 / _kl(0.1, 0.2),
    within=0.01,
    means="A showing of the worse article costs a tenth of a click, and about 27 of them are needed a unit of log t.",
    slips=(
        Slip(lambda: 1 / _kl(0.1, 0.2), "those are the showings. Each of them loses only the gap of the two rates."),
        Slip(
            lambda: 0.1 / _kl(0.2, 0.1),
            "that has KL the other way round. It is what a showing of the *worse* arm tells: its rate comes first.",
        ),
        Slip(
            lambda: 1 / _kl(0.2, 0.1),
            "those are showings, and with KL the other way round: the rate of the worse arm comes first, and each "
            "showing loses the gap.",
        ),
        Slip(
            lambda: 0.1 * _kl(0.1, 0.2),
            "that multiplies the gap by KL. The less a showing tells, the *more* of them are needed.",
        ),
        Slip(lambda: _kl(0.1, 0.2), "that is KL itself, what one showing tells. How many are needed, at what price?"),
        Slip(lambda: 0.2 / _kl(0.1, 0.2), "that loses the better rate with each showing. What is lost is the gap."),
        Slip(lambda: 0.1**2 / _kl(0.1, 0.2), "the gap is squared in that. Each showing loses it once."),
        Slip(
            lambda: 0.1 / _kl(0.1, 0.2) * np.log(2),
            "that is the answer with a logarithm of base two in KL. The lesson's logarithms are natural ones.",
        ),
        Slip(
            lambda: 0.1 / _kl(0.1, 0.2) * np.log(10),
            "that is the answer with a logarithm of base ten in KL. The lesson's logarithms are natural ones.",
        ),
    ),
)

# The marginal likelihood, visitor by visitor.


def _log_marginal(arms: Any, clicked: Any, m: float, c: float) -> float:
    total, seen, hits = 0.0, dict.fromkeys(arms, 0), dict.fromkeys(arms, 0)
    for arm, hit in zip(arms, clicked, strict=True):
        chance = (m * c + hits[arm]) / (c + seen[arm])
        total += np.log(chance if hit else 1 - chance)
        seen[arm], hits[arm] = seen[arm] + 1, hits[arm] + int(hit)
    return float(total)


def _as_one(arms: Any, clicked: Any, m: float, c: float) -> float:
    return _log_marginal([0] * len(arms), clicked, m, c)


def _fixed(arms: Any, clicked: Any, m: float, c: float) -> float:
    return float(sum(np.log(m if hit else 1 - m) for hit in clicked))


def _after(arms: Any, clicked: Any, m: float, c: float) -> float:
    """Every visitor is predicted from a past to which they belong themselves."""
    total, seen, hits = 0.0, dict.fromkeys(arms, 0), dict.fromkeys(arms, 0)
    for arm, hit in zip(arms, clicked, strict=True):
        seen[arm], hits[arm] = seen[arm] + 1, hits[arm] + int(hit)
        chance = (m * c + hits[arm]) / (c + seen[arm])
        total += np.log(chance if hit else 1 - chance)
    return float(total)


def _any_order(arms: Any, clicked: Any, m: float, c: float) -> float:
    shown, hits = (
        np.unique(arms, return_counts=True)[1],
        [sum(x for a, x in zip(arms, clicked, strict=True) if a == arm) for arm in np.unique(arms)],
    )
    return float(stats.betabinom.logpmf(hits, shown, m * c, (1 - m) * c).sum())


# 4,000 visitors of three articles: the probability of what they did is 0 on any computer.
_LONG = ([0, 1, 2, 1, 0] * 800, [1, 0, 0, 1, 0, 0, 0, 0, 1, 0] * 400, 0.05, 40.0)

_marginal = function(
    _log_marginal,
    (
        ([0], [1], 0.05, 40.0),
        ([0, 0, 1], [1, 0, 0], 0.1, 5.0),
        ([0, 1, 0, 2, 1, 1, 0, 2], [0, 1, 0, 0, 0, 0, 0, 0], 0.1, 2.0),
        _LONG,
    ),
    random=lambda rng: (
        [int(a) for a in rng.integers(0, 3, 12)],
        [int(x) for x in rng.random(12) < 0.3],
        rng.uniform(0.02, 0.5),
        rng.uniform(1, 60),
    ),
    means="A chain of predictions, each from the article's own past: multiplied out, the beta-binomial likelihood.",
    mistakes=(
        WrongVersion(
            _as_one,
            "All articles share one past there. Each has a rate of its own: keep clicks and showings by article.",
        ),
        WrongVersion(
            _fixed,
            "Each visitor clicks with chance m there, whatever the article did before: its past says something about "
            "its rate.",
        ),
        WrongVersion(
            lambda arms, clicked, m, c: np.exp(_log_marginal(arms, clicked, m, c)),
            "That is the likelihood. Its logarithm is asked for.",
        ),
        WrongVersion(
            lambda arms, clicked, m, c: np.log(np.exp(_log_marginal(arms, clicked, m, c))),
            "That is the logarithm of a product, and after some thousand visitors the product is 0 on any computer. "
            "Add "
            "logarithms.",
        ),
        WrongVersion(
            _any_order,
            "That is the probability of so many clicks in any order, as betabinom counts. What happened came in one "
            "order: its binomial coefficient is too much.",
        ),
        WrongVersion(
            _after,
            "Each visitor is predicted from a past that they are already in. First predict, then count.",
        ),
        WrongVersion(
            lambda arms, clicked, m, c: -_log_marginal(arms, clicked, m, c),
            "The sign is turned. The logarithm of a probability is below 0.",
        ),
        WrongVersion(
            lambda arms, clicked, m, c: _log_marginal(arms, clicked, 0.5, 2.0),
            "That is the flat prior, Beta(1, 1), whatever m and c are.",
        ),
        WrongVersion(
            lambda arms, clicked, m, c: _log_marginal(arms, [1 - x for x in clicked], m, c),
            "Clicks and misses are swapped.",
        ),
        WrongVersion(
            lambda arms, clicked, m, c: stats.betabinom.logpmf(sum(clicked), len(clicked), m * c, (1 - m) * c),
            "All articles share one rate there, and betabinom counts the clicks in any order. Each has a rate of its "
            "own, and one order came.",
        ),
    ),
)

# A posterior with two bugs.


def _parameters(clicks: Any, shown: Any, m: float, c: float) -> tuple[Any, Any]:
    return m * c + clicks, (1 - m) * c + shown - clicks


_bug = function(
    _parameters,
    (
        (np.array([0, 2]), np.array([0, 10]), 0.05, 40.0),
        (np.array([5, 0, 30]), np.array([50, 3, 200]), 0.1, 20.0),
    ),
    random=lambda rng: (
        rng.integers(0, 5, 4),
        rng.integers(5, 90, 4),
        rng.uniform(0.02, 0.5),
        rng.uniform(2, 90),
    ),
    start=WrongVersion(
        lambda clicks, shown, m, c: (m + clicks, 1 - m + shown),
        "Try it on an article whose belief you can write down.",
    ),
    means="A newcomer starts from the population, c visitors strong, and every visitor adds one to one of the two.",
    mistakes=(
        WrongVersion(
            lambda clicks, shown, m, c: (m * c + clicks, (1 - m) * c + shown),
            "The population counts now. But a click is added to both parameters: the second counts misses.",
        ),
        WrongVersion(
            lambda clicks, shown, m, c: (m + clicks, 1 - m + shown - clicks),
            "Misses are right now. But the population counts as one visitor there: it is worth c of them.",
        ),
        WrongVersion(
            lambda clicks, shown, m, c: (1 + clicks, 1 + shown - clicks),
            "That is the flat prior: the population that the platform has learned is not in it.",
        ),
        WrongVersion(
            lambda clicks, shown, m, c: (m * c + clicks, c + shown),
            "The second parameter is alpha plus beta. Beta itself is asked for.",
        ),
        WrongVersion(
            lambda clicks, shown, m, c: _parameters(clicks, shown, m, c)[::-1],
            "Both are right, in the wrong order: alpha, which counts clicks, comes first.",
        ),
        WrongVersion(
            lambda clicks, shown, m, c: (
                m * c + clicks / np.maximum(shown, 1),
                (1 - m) * c + 1 - clicks / np.maximum(shown, 1),
            ),
            "You add rates. Counts are added: every visitor weighs as much as one of the population's c.",
        ),
        WrongVersion(
            lambda clicks, shown, m, c: ((m * c + clicks) / (c + shown), c + shown),
            "Those are the mean and the concentration of the belief. The two parameters of the beta are asked for.",
        ),
        WrongVersion(
            lambda clicks, shown, m, c: (m * c + clicks, c + shown - clicks),
            "Alpha is right. Of the c visitors that the population is worth, beta gets those who do not click: (1 - "
            "m) c.",
        ),
    ),
)

# The population and its articles.

CLICKS = np.array([0, 2, 1, 0, 9, 0])
SHOWN = np.array([12, 40, 25, 3, 90, 0])


def _platform(
    alpha_beta: Any, *, log_c: tuple[float, float] = (3.0, 1.0), rates: bool = True, shape: int = 6
) -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        z, w = pm.Normal("z", -3, 1), pm.Normal("w", *log_c)
        alpha, beta = alpha_beta(z, w)
        if rates:
            pm.Binomial("clicks", n=SHOWN, p=pm.Beta("theta", alpha, beta, shape=shape) + np.zeros(6), observed=CLICKS)
        else:
            pm.BetaBinomial("clicks", n=SHOWN, alpha=alpha, beta=beta, observed=CLICKS)
    return model


def _right(z: Any, w: Any) -> Any:
    import pymc as pm

    m, c = pm.math.invlogit(z), pm.math.exp(w)
    return m * c, (1 - m) * c


def _no_exp(z: Any, w: Any) -> Any:
    import pymc as pm

    m, c = pm.math.invlogit(z), pm.math.abs(w)
    return m * c, (1 - m) * c


def _as_they_are(z: Any, w: Any) -> Any:
    import pymc as pm

    return pm.math.invlogit(z), pm.math.exp(w)


def _both_exp(z: Any, w: Any) -> Any:
    import pymc as pm

    m, c = pm.math.exp(z), pm.math.exp(w)
    return m * c, (1 - m) * c


def _flat() -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        pm.Normal("z", -3, 1)
        pm.Normal("w", 3, 1)
        pm.Binomial("clicks", n=SHOWN, p=pm.Beta("theta", 1, 1, shape=6), observed=CLICKS)
    return model


_model = posterior(
    lambda: _platform(_right),
    lambda: _platform(_right, rates=False),
    means="Two unknowns for the platform, and a rate for each article, also for the one that nobody has seen.",
    names=Names("the click rate behind clicks[{}]"),
    mistakes=(
        WrongModel(
            lambda: _platform(_as_they_are),
            "m and c go into pm.Beta as if they were alpha and beta; alpha = m c, beta = (1 - m) c.",
        ),
        WrongModel(
            lambda: _platform(_both_exp),
            "m is exp(z) in it, which is not confined to 0 and 1. The inverse of the logit is pm.math.invlogit.",
        ),
        WrongModel(
            partial(_platform, _right, shape=1),
            "all articles share one rate in it, drawn from the population: the task wants one for each, `shape`.",
        ),
        WrongModel(_flat, "every article has the flat prior in it: the population plays no part."),
        *(
            WrongModel(
                partial(_platform, lambda z, w: tuple(part * w for part in _right(z, 0)), rates=rates),
                "w is taken for c in it: c is e to the w.",
            )
            for rates in (True, False)
        ),
        WrongModel(lambda: _platform(_no_exp), "c is not exp(w) in it; w is the logarithm of c."),
    ),
)

# What a race shows.

_claims = claims(
    {
        "A": Claim(
            False,
            "the line is about the limit of many visitors: at 10,000 the lesson's runs lay below it, and no theorem "
            "broke.",
        ),
        "B": Claim(
            False, "with three arms at high rates, and with newcomers from elsewhere, it lost to the flat prior."
        ),
        "C": Claim(
            True, "after one showing of each the likelihood is the same for every c, that is for any difference."
        ),
        "D": Claim(
            False,
            "in the lesson a prior with too low a mean beat it: Thompson sampling shows what may be best and weighs no "
            "cost.",
        ),
        "E": Claim(
            True,
            "in the lesson's log the nineteen clicks of a half told neither Thompson policy from chance.",
        ),
    },
    means="Who wins depends on arms, time and newcomers, and few clicks decide nothing.",
)

TASKS = (
    Task(
        "bandits.slope",
        "What must exploring cost?",
        _slope,
        (
            "How much is lost when the worse article is shown? And how much does one showing of it tell?",
            "The showings for each unit of log t are one over a KL divergence. Between which rates, and which "
            "comes first?",
            "The gap over KL(p, q) = p log(p/q) + (1 - p) log((1 - p)/(1 - q)), with p the worse rate, in natural "
            "logarithms.",
        ),
    ),
    Task(
        "bandits.marginal",
        "The marginal likelihood, visitor by visitor",
        _marginal,
        (
            "What is the chance that the next visitor of an article clicks, given m, c and the article's past?",
            "Its rate has a beta: the population's, with the article's own clicks and misses added. What is the mean "
            "of a beta?",
            "(m c + s)/(c + n) for a click after s clicks in n showings of that article, one minus it for a "
            "miss; add the logs.",
        ),
    ),
    Task(
        "bandits.parameters",
        "Two bugs in a posterior",
        _bug,
        (
            "Compute the mean of the belief for an article that was never shown. Is it m, and as firm as c visitors?",
            "What are the two parameters of a population of mean m and concentration c? What does a visitor add to "
            "each?",
            "The population is Beta(m c, (1 - m) c). A click adds one to the first parameter, a visitor without a "
            "click one to the second.",
        ),
    ),
    Task(
        "bandits.model",
        "A platform and its articles",
        _model,
        (
            "Two normals for the population; from them m and c; from these alpha and beta.",
            "z is a logit and w a logarithm: undo both. Then go from mean and concentration to alpha and beta.",
            "m = pm.math.invlogit(z), c = pm.math.exp(w); pm.Beta for the six rates with m c and (1 - m) c; "
            "pm.Binomial for the clicks.",
        ),
    ),
    Task(
        "bandits.claims",
        "What a race shows",
        _claims,
        (
            "Look for one case in which a sentence fails: one is enough.",
            "Ask of each: always, or in this world and until this time?",
            "Two are true, and both are about too little data.",
        ),
    ),
)

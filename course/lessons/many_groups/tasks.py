"""Tasks of lesson 01: a pooled click rate, who errs by how much, and what a launch list promises."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from course.checks.answers import Slip, choice, number
from course.checks.functions import WrongVersion, function
from course.checks.law import Names
from course.checks.models import WrongModel, posterior
from course.checks.task import Task
from course.checks.values import agree

if TYPE_CHECKING:
    import pymc as pm

# One rate.

_rate = number(
    (3 + 0.04 * 80) / (20 + 80),
    within=0.0005,
    means="80 extra users who click at 4% outvote 20 real ones, four to one.",
    slips=(
        Slip(3 / 20, "that is the city's own rate: no pooling."),
        Slip(0.04, "that is everybody's rate: complete pooling."),
        Slip((3 + 80) / (20 + 80), "that lets all of the 80 extra users click. They click at the average rate."),
        Slip((3 / 20 + 0.04) / 2, "that averages the two rates as equals. They are weighed by users: 20 against 80."),
        Slip(0.8 * 3 / 20 + 0.2 * 0.04, "the weights are swapped: the 20 real users have weight 20/(20 + 80)."),
        Slip(
            (3 + 0.04) / (20 + 80),
            "that has the 80 extra users and hardly any of their clicks. Each of them clicks at the rate m.",
        ),
        Slip((3 + 0.04 * 80) / 20, "that adds the extra clicks, and not the extra users."),
        Slip((3 + 0.04 * 80) / 80, "that divides by the extra users alone. The city's own users count as well."),
        Slip(3 + 0.04 * 80, "those are the clicks, the extra ones too. They are still to be divided by all users."),
        Slip(20 / (20 + 80), "that is the weight of the city's own rate, not yet the rate."),
        Slip(80 / (20 + 80), "that is the weight of the average rate, not yet the rate."),
        Slip(0.8 * 0.04, "that is the part of the 80 extra users alone. The city's own 3 clicks are missing."),
        Slip((3 + 0.04) / (20 + 1), "that is one extra user, with m of a click. There are c of them."),
    ),
)

# All cities at once, the empty one too.


def _pool(clicks: Any, users: Any, m: float, c: float) -> Any:
    return (clicks + m * c) / (users + c)


_pooled = function(
    _pool,
    (
        (np.array([3, 8]), np.array([20, 50]), 0.04, 80.0),
        (np.array([0, 1, 300]), np.array([0, 1, 6000]), 0.06, 61.0),
    ),
    random=lambda rng: (*_counts(rng, 6), rng.uniform(0.02, 0.2), rng.uniform(5, 200)),
    means="A city without users gets the mean of all, and one with thousands keeps its own rate.",
    mistakes=(
        WrongVersion(
            lambda clicks, users, m, c: (clicks + c) / (users + c),
            "The extra users all click there. They click at the average rate m, so the extra clicks are m * c.",
        ),
        WrongVersion(
            lambda clicks, users, m, c: (clicks + m) / (users + c),
            "You add m to the clicks. That is one extra user's share; there are c of them.",
        ),
        WrongVersion(
            lambda clicks, users, m, c: np.where(users > 0, _mix(clicks, users, m, c / (users + c)), m),
            "The weights are swapped: the own rate has weight n/(n + c), which grows with the city.",
        ),
        WrongVersion(
            lambda clicks, users, m, c: np.where(users > 0, _mix(clicks, users, m, c / (users + c)), 0.0),
            "The weights are swapped: the own rate has weight n/(n + c), which grows with the city. And the empty city "
            "gets 0, as if its users had been asked and had not clicked.",
        ),
        WrongVersion(
            lambda clicks, users, m, c: np.where(users > 0, _mix(clicks, users, m, 0.5), m),
            "You average own rate and mean as equals, whatever the size of the city.",
        ),
        WrongVersion(
            lambda clicks, users, m, c: _mix(clicks, users, m, c / (users + c)),
            "The weights are swapped: the own rate has weight n/(n + c), which grows with the city. And the own rate "
            "of an empty city is 0/0.",
        ),
        WrongVersion(
            lambda clicks, users, m, c: _mix(clicks, users, m, 1.0),
            "Those are the own rates: nothing is pooled, and the empty city has none.",
        ),
        WrongVersion(
            lambda clicks, users, m, c: np.where(users > 0, _mix(clicks, users, m, 1.0), m),
            "Those are the own rates, with m for the empty city: nothing else is pooled. A city with one user needs "
            "help too.",
        ),
        WrongVersion(
            lambda clicks, users, m, c: np.full(len(users), m),
            "Every city gets m there, whatever its own users did: complete pooling.",
        ),
        WrongVersion(
            lambda clicks, users, m, c: (clicks + m * c) / users + c,
            "A pair of brackets is missing: users + c as a whole is what clicks + m * c are divided by.",
        ),
        WrongVersion(
            lambda clicks, users, m, c: clicks + m * c / (users + c),
            "A pair of brackets is missing: clicks + m * c as a whole is divided.",
        ),
        WrongVersion(
            lambda clicks, users, m, c: _mix(clicks, users, m, users / (users + c)),
            "For cities with users that is right. The own rate 0/0 of the empty one is NaN; add clicks and users "
            "before you divide, and no special case is left.",
        ),
        WrongVersion(
            lambda clicks, users, m, c: np.where(users > 0, (clicks + m * c) / users, np.inf),
            "The extra users click there and are not counted: c is missing below the line.",
        ),
        WrongVersion(
            lambda clicks, users, m, c: np.where(users > 0, _pool(clicks, users, m, c), 0.0),
            "For cities with users that is right. The empty city gets 0 there, as if its users had been asked and "
            "had not clicked.",
        ),
    ),
)


def _counts(rng: np.random.Generator, n: int) -> tuple[Any, Any]:
    users = rng.integers(1, 200, n)
    return rng.binomial(users, 0.1), users


def _mix(clicks: Any, users: Any, m: float, weight: Any) -> Any:
    with np.errstate(invalid="ignore"):
        return weight * (clicks / users) + (1 - weight) * m


# Who errs by how much.


def _three(v: float, n: float, c: float) -> tuple[float, float, float]:
    return v * c / n, v, v * c / (n + c)


def _errors(n: float, m: float, c: float) -> tuple[float, float, float]:
    return _three(m * (1 - m) / (c + 1), n, c)


def _near(got: Any, right: tuple[float, ...]) -> bool:
    return agree(got, right, rtol=0.02)


def _third(n: float, m: float, c: float, third: float) -> tuple[float, float, float]:
    return (*_errors(n, m, c)[:2], third)


_squares = function(
    _errors,
    ((10.0, 0.05, 50.0), (50.0, 0.05, 50.0), (1000.0, 0.2, 9.0)),
    random=lambda rng: (float(rng.integers(1, 500)), rng.uniform(0.02, 0.4), rng.uniform(5, 200)),
    about=lambda got, n, m, c: (
        "The exact formulas are wanted: a simulation only comes near." if _near(got, _errors(n, m, c)) else ""
    ),
    means="At n = c the two naive options are equally bad, and partial pooling halves their squared error.",
    mistakes=(
        WrongVersion(
            lambda n, m, c: _three(m * (1 - m) / c, n, c),
            "The variance of a Beta with mean m and concentration c is m(1 - m)/(c + 1).",
        ),
        WrongVersion(
            lambda n, m, c: tuple(np.sqrt(_errors(n, m, c))),
            "Those are the roots. The squared errors are asked for.",
        ),
        WrongVersion(
            lambda n, m, c: (m * (1 - m) / n, *_errors(n, m, c)[1:]),
            "The first is the noise of a city whose true rate is exactly m. Averaged over the cities' true rates it is "
            "smaller: v c/n.",
        ),
        WrongVersion(
            lambda n, m, c: (_errors(n, m, c)[1], _errors(n, m, c)[0], _errors(n, m, c)[2]),
            "No pooling comes first, then complete, then partial: yours are swapped.",
        ),
        WrongVersion(
            lambda n, m, c: (*_errors(n, m, c)[:2], sum(_errors(n, m, c)[:2]) / 2),
            "Partial pooling is not half way between the other two. It is below both.",
        ),
        WrongVersion(
            lambda n, m, c: (
                m * (1 - m) / n,
                _errors(n, m, c)[1],
                1 / (n / (m * (1 - m)) + 1 / _errors(n, m, c)[1]),
            ),
            "The second is right. The first is the noise of a city whose true rate is exactly m, and the third is made "
            "of it. Averaged over the cities' true rates that noise is smaller: v c/n.",
        ),
        WrongVersion(
            lambda n, m, c: (
                m * (1 - m) / n,
                _errors(n, m, c)[1],
                (n / (n + c)) ** 2 * m * (1 - m) / n + (c / (n + c)) ** 2 * _errors(n, m, c)[1],
            ),
            "The second is right, and so are the weights of the third. The first is the noise of a city whose true "
            "rate is exactly m, and the third is made of it. Averaged over true rates that noise is smaller: v c/n.",
        ),
        WrongVersion(
            lambda n, m, c: _third(n, m, c, 2 * _errors(n, m, c)[2]),
            "The first two are right. The third is twice too large: it is a weighted *error* that is squared, so its "
            "weights are squared with it.",
        ),
        WrongVersion(
            lambda n, m, c: _third(n, m, c, m * (1 - m) / (n + c + 1)),
            "The first two are right. The third is the posterior's variance in a city whose pooled rate is exactly m. "
            "Averaged over cities it is smaller.",
        ),
        WrongVersion(
            lambda n, m, c: _three(m * (1 - m), n, c),
            "m(1 - m) is the variance of one click. The rates vary less: v = m(1 - m)/(c + 1).",
        ),
        WrongVersion(
            lambda n, m, c: (*_errors(n, m, c)[:2], _errors(n, m, c)[1] * n / (n + c)),
            "The first two are right. The third grows with n there, from 0 to v; what is left unknown about a rate "
            "shrinks with n.",
        ),
        WrongVersion(
            lambda n, m, c: (_errors(n, m, c)[1] / n, *_errors(n, m, c)[1:]),
            "The first is v/n there. A visitor's click is noisier than rates are: its variance is m(1 - m), on "
            "average v c.",
        ),
        WrongVersion(
            lambda n, m, c: (m * (1 - m) / n, _errors(n, m, c)[1], m * (1 - m) / (n + c)),
            "The second is right. The others hold m(1 - m), the variance of a click where the rate is exactly m. "
            "Averaged over the true rates it is v c.",
        ),
    ),
)

# Learning the population.

CLICKS = np.array([0, 3, 1, 12, 2, 40, 0, 7])
USERS = np.array([2, 20, 30, 150, 9, 800, 0, 60])


def _population(alpha_beta: Any, c_scale: float = 100.0) -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        m, c = pm.Beta("m", 1, 9), pm.HalfNormal("c", c_scale)
        alpha, beta = alpha_beta(m, c)
        pm.BetaBinomial("clicks", n=USERS, alpha=alpha, beta=beta, observed=CLICKS)
    return model


def _right(m: Any, c: Any) -> Any:
    return m * c, (1 - m) * c


def _with_rates(shape: int = len(USERS)) -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        m, c = pm.Beta("m", 1, 9), pm.HalfNormal("c", 100)
        rate = pm.Beta("rate", m * c, (1 - m) * c, shape=shape) + np.zeros(len(USERS))
        pm.Binomial("clicks", n=USERS, p=rate, observed=CLICKS)
    return model


def _one_rate() -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        pm.Binomial("clicks", n=USERS, p=pm.Beta("m", 1, 9), observed=CLICKS)
    return model


_model = posterior(
    lambda: _population(_right),
    _with_rates,
    means="Two numbers for eight cities: how high rates are, and how alike.",
    names=Names("the click rate behind clicks[{}]"),
    mistakes=(
        WrongModel(
            lambda: _population(lambda m, c: (m, c)),
            "m and c go into BetaBinomial as if they were alpha and beta. alpha = m c, beta = (1 - m) c.",
        ),
        WrongModel(
            lambda: _population(lambda m, c: ((1 - m) * c, m * c)),
            "clicks and misses are swapped in it: with alpha = m c and m around 0.1 most users do not click.",
        ),
        WrongModel(
            lambda: _population(lambda m, c: (m * c, c)), "beta is c in it: (1 - m) c is what remains for the misses."
        ),
        WrongModel(
            partial(_with_rates, 1),
            "all cities share one rate in it, drawn from the population: the task wants one for each, `shape`.",
        ),
        WrongModel(_one_rate, "all cities share one rate in it: complete pooling."),
    ),
)

# A pooled list with two bugs. How the overall rate is taken is not one of them: every sensible mean is accepted.


def _list(overall: Any, clicks: Any, users: Any, c: float) -> Any:
    return (clicks + c * overall) / (users + c)


def _share(clicks: Any, users: Any) -> float:
    return float(clicks.sum() / users.sum())


def _mean_of_rates(clicks: Any, users: Any) -> float:
    seen = users > 0
    return float((clicks[seen] / users[seen]).mean())


def _best_mean(clicks: Any, users: Any, c: float) -> float:
    return float(np.sum(clicks / (users + c)) / np.sum(users / (users + c)))


_Means = Callable[[Any, Any, float], float]
_MEANS: tuple[_Means, ...] = (
    lambda clicks, users, c: _share(clicks, users),
    lambda clicks, users, c: _mean_of_rates(clicks, users),
    _best_mean,
)


def _with_each_mean(version: Callable[[Any, Any, float, float], Any], why: str) -> tuple[WrongVersion, ...]:
    """Return a wrong version once for every sensible mean."""

    def with_mean(mean: _Means) -> WrongVersion:
        return WrongVersion(lambda clicks, users, c: version(clicks, users, c, mean(clicks, users, c)), why)

    return tuple(map(with_mean, _MEANS))


_SWAPPED = "the own rate has n/(n + c), which grows with the city."
_ONE_USER = "The empty city counts as one user who did not click there. It has none: its rate is the mean."

_bug = function(
    lambda clicks, users, c: _list(_share(clicks, users), clicks, users, c),
    ((np.array([0, 1, 30]), np.array([0, 1, 600]), 60.0), (np.array([1, 30]), np.array([1, 600]), 60.0)),
    random=lambda rng: (*_counts(rng, 5), rng.uniform(10, 100)),
    start=WrongVersion(
        lambda clicks, users, c: _mix(clicks, users, _share(clicks, users), c / (users + c)),
        "Try it on two or three cities of which you know what they should get.",
    ),
    also=(
        lambda clicks, users, c: _list(_mean_of_rates(clicks, users), clicks, users, c),
        lambda clicks, users, c: _list(_best_mean(clicks, users, c), clicks, users, c),
    ),
    means="A large city keeps its own rate, and the empty one gets the mean.",
    mistakes=(
        *_with_each_mean(
            lambda clicks, users, c, mean: np.where(users > 0, _mix(clicks, users, mean, c / (users + c)), mean),
            f"The empty city is mended. The weights are still swapped: {_SWAPPED}",
        ),
        *_with_each_mean(
            lambda clicks, users, c, mean: _mix(clicks, users, mean, users / (users + c)),
            "The weights are mended. The own rate 0/0 of the empty city is still NaN.",
        ),
        *_with_each_mean(
            lambda clicks, users, c, mean: np.where(users > 0, _mix(clicks, users, mean, c / (users + c)), 0.0),
            "The empty city gets 0 there, as if its users had been asked and had not clicked; and the weights are "
            f"still swapped: {_SWAPPED}",
        ),
        *_with_each_mean(
            lambda clicks, users, c, mean: np.where(users > 0, _list(mean, clicks, users, c), 0.0),
            "The weights are mended. The empty city gets 0 there, as if its users had been asked and had not clicked.",
        ),
        *_with_each_mean(lambda clicks, users, c, mean: _list(mean, clicks, np.maximum(users, 1), c), _ONE_USER),
        *_with_each_mean(
            lambda clicks, users, c, mean: _mix(clicks, np.maximum(users, 1), mean, c / (np.maximum(users, 1) + c)),
            f"{_ONE_USER} And the weights are still swapped: {_SWAPPED}",
        ),
        WrongVersion(
            lambda clicks, users, c: _list(_share(clicks, np.maximum(users, 1)), clicks, np.maximum(users, 1), c),
            _ONE_USER,
        ),
        WrongVersion(
            lambda clicks, users, c: _list((clicks / np.maximum(users, 1)).mean(), clicks, users, c),
            "The empty city's rate goes into the mean as 0 there. It has none: average the others.",
        ),
        *_with_each_mean(
            lambda clicks, users, c, mean: np.full(len(users), mean),
            "That is the overall rate for everybody: complete pooling.",
        ),
        WrongVersion(
            lambda clicks, users, c: _list(clicks.mean(), clicks, users, c),
            "The mean is clicks per city there. A rate is clicks per user.",
        ),
        WrongVersion(
            lambda clicks, users, c: _mix(clicks, users, 0.0, 1.0),
            "Those are the own rates: nothing is pooled any more.",
        ),
    ),
)

# Why the list lied.

_lie = choice(
    {
        "A": "each own rate is unbiased before you choose. It is the choosing that spoils it.",
        "C": "the large cities' rates are the most reliable on any list; hardly one of them is on this one.",
        "D": "the counts are right. Collect them again and another hundred tiny cities will promise as much.",
    },
    "B",
    of="many_groups.list",
    means="The maximum of many noisy numbers is mostly noise. Pooled first, the list kept its promise.",
)

TASKS = (
    Task(
        "many_groups.rate",
        "One city's rate",
        _rate,
        (
            "Give the city some extra users. How many, and how often do they click?",
            "The population counts like c more users, who click at its mean rate. Add first, and divide once.",
            "(y + m c) / (n + c), with y = 3 and n = 20.",
        ),
    ),
    Task(
        "many_groups.pool",
        "All cities, also an empty one",
        _pooled,
        (
            "The same arithmetic as in the first task, on arrays.",
            "How many extra clicks, and how many extra users, does every city get in terms of m and c?",
            "return (clicks + ...) / (users + ...): two sums and one division, no `if`.",
        ),
    ),
    Task(
        "many_groups.errors",
        "Who errs by how much",
        _squares,
        (
            "Begin with v, the variance of the true rates; all three errors are v times something.",
            "Complete pooling errs by v itself. As n falls to 0 one of the other two grows without end, and one does "
            "not.",
            "v = m (1 - m) / (c + 1); then v c / n for no pooling, v for complete, v c / (n + c) for partial.",
        ),
    ),
    Task(
        "many_groups.model",
        "A model of the population",
        _model,
        (
            "How does a Beta's alpha follow from its mean and its concentration?",
            "pm.BetaBinomial takes n, alpha and beta; alpha and beta are both part of c.",
            "alpha = m * c and beta = (1 - m) * c, with m from pm.Beta and c from pm.HalfNormal.",
        ),
    ),
    Task(
        "many_groups.bug",
        "Two bugs in a launch list",
        _bug,
        (
            "Try it with a city that has no users. Then with one of 600: how far is the answer from its own rate?",
            "On whose data should the answer for a large city rest, and which weight do they have here?",
            "The weight of the own rate is n/(n + c). Adding clicks and users before dividing mends both at once.",
        ),
    ),
    Task(
        "many_groups.list",
        "Why the list lied",
        _lie,
        (
            "Who was on that list: large cities or small ones?",
            "Ask what happens to the highest of many noisy numbers, even when each of them is fair.",
            "Whoever is first was good, or lucky. With one user in the city, which?",
        ),
    ),
)

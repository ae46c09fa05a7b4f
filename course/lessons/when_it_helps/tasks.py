"""Tasks of lesson 10: a new place, a fair comparison, a table of counts, and a group that is like no other."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from course.checks.answers import Claim, Slip, claims, number
from course.checks.forms import Form, Misuse, effects, every_form, misuses
from course.checks.functions import WrongVersion, function
from course.checks.law import Names
from course.checks.models import WrongModel, posterior
from course.checks.task import Task

if TYPE_CHECKING:
    import pymc as pm

# A new place.

_new = number(
    lambda: stats.norm.cdf(0.7 / np.hypot(0.2, 0.6)),
    within=0.002,
    means="The average is nearly certain to be a benefit; a new place is not.",
    slips=(
        Slip(
            lambda: stats.norm.cdf(0.7 / 0.2),
            "that is the average place. A new one has its own deviation, of size tau.",
        ),
        Slip(lambda: stats.norm.cdf(0.7 / 0.6), "that takes mu to be known. Its doubt adds to tau, squared."),
        Slip(lambda: stats.norm.cdf(0.7 / 0.8), "that adds the two standard deviations. Their squares add."),
        Slip(lambda: stats.norm.cdf(0.7 / 0.4), "that has the variance, 0.4, where the standard deviation belongs."),
        Slip(lambda: stats.norm.cdf(0.7 / np.sqrt(0.8)), "that has the root of 0.2 + 0.6. It is the squares that add."),
        Slip(
            lambda: stats.norm.cdf(0.7 / np.sqrt(0.32)),
            "that takes one variance off the other. Two independent doubts add theirs.",
        ),
        Slip(lambda: stats.norm.sf(0.7 / np.hypot(0.2, 0.6)), "that is the probability of harm."),
        Slip(
            lambda: 0.7 / np.hypot(0.2, 0.6),
            "that is how many standard deviations lie between mu and 0. Which share of a normal is below that?",
        ),
        Slip(lambda: np.hypot(0.2, 0.6), "that is the standard deviation of a new place. The probability comes next."),
    ),
)

# A gain and its standard error.


def _gain(partial: Any, other: Any) -> tuple[float, float]:
    difference = other - partial
    return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(len(difference)))


_compare = function(
    _gain,
    (
        (np.array([1.0, 3.0, 5.0]), np.array([2.0, 4.5, 6.0])),
        (np.array([10.0, 20.0, 30.0, 40.0]), np.array([11.0, 20.5, 32.0, 41.0])),
    ),
    random=lambda rng: _worlds(rng),
    means="World by world: what makes a world hard for both drops out, and a gain stands out that was lost in it.",
    mistakes=(
        WrongVersion(
            lambda partial, other: (
                _gain(partial, other)[0],
                np.sqrt((partial.var(ddof=1) + other.var(ddof=1)) / len(partial)),
            ),
            "The gain is right. Its error treats the two as if they had met different worlds; they met the same ones.",
        ),
        WrongVersion(
            lambda partial, other: (_gain(partial, other)[0], (other - partial).std(ddof=1)),
            "The gain is right. That is the spread of single worlds; the error of their mean is smaller by sqrt(n).",
        ),
        WrongVersion(
            lambda partial, other: (-_gain(partial, other)[0], _gain(partial, other)[1]),
            "The sign is wrong: losses are given, and a gain is what the other lost *more*.",
        ),
        WrongVersion(
            lambda partial, other: (_gain(partial, other)[0], (other - partial).std() / np.sqrt(len(partial))),
            "Nearly. The mean is estimated from the same worlds: divide by n - 1 for the variance (ddof=1).",
        ),
        WrongVersion(
            lambda partial, other: (
                _gain(partial, other)[0],
                (other - partial).std(ddof=1) / len(partial),
            ),
            "The gain is right. The error falls with the square root of the number of worlds.",
        ),
        WrongVersion(
            lambda partial, other: (np.median(other - partial), _gain(partial, other)[1]),
            "The first is the median. The gain on average is asked for: the mean.",
        ),
        WrongVersion(
            lambda partial, other: _gain(partial, other)[::-1],
            "Both are right, in the wrong order: the gain first, then its standard error.",
        ),
        WrongVersion(
            lambda partial, other: ((other - partial).mean(), (other - partial).var(ddof=1) / len(partial)),
            "The gain is right. The second value is the variance of the mean; the standard error is its square root.",
        ),
        WrongVersion(
            lambda partial, other: (_gain(partial, other)[0], (other - partial).std(ddof=1) / np.sqrt(len(other) - 1)),
            "Nearly. With ddof=1 the n - 1 is in the standard deviation already; the root holds n.",
        ),
    ),
)


def _worlds(rng: np.random.Generator) -> tuple[Any, Any]:
    hard = rng.gamma(2, 5, 8)
    noise = rng.choice([0.3, 30])
    return hard + noise * rng.random(8), hard + noise * (0.2 + rng.random(8))


# Counts to log odds ratios.


def _odds(ill: Any, n: Any, ill_control: Any, n_control: Any) -> tuple[Any, Any]:
    well, well_control = n - ill, n_control - ill_control
    error = np.sqrt(1 / ill + 1 / well + 1 / ill_control + 1 / well_control)
    return np.log(ill * well_control / (well * ill_control)), error


def _risk(ill: Any, n: Any, ill_control: Any, n_control: Any) -> Any:
    return np.log((ill / n) / (ill_control / n_control))


_counts = function(
    _odds,
    (
        (np.array([4.0]), np.array([123.0]), np.array([11.0]), np.array([139.0])),
        (np.array([30.0, 5.0]), np.array([60.0, 20.0]), np.array([40.0, 10.0]), np.array([70.0, 25.0])),
        (np.array([1.0]), np.array([3.0]), np.array([1.0]), np.array([2.0])),
    ),
    random=lambda rng: tuple(np.sort(rng.integers(5, 200, (4, 3)), axis=0)[[0, 2, 1, 3]].astype(float)),
    start=WrongVersion(
        lambda ill, n, ill_control, n_control: (
            _risk(ill, n, ill_control, n_control),
            1 / ill + 1 / (n - ill) + 1 / ill_control + 1 / (n_control - ill_control),
        ),
        "Try it on a trial whose odds you know without a computer.",
    ),
    means="Odds are ill over well, and four counts give four terms of one variance.",
    mistakes=(
        WrongVersion(
            lambda ill, n, ill_control, n_control: (
                _risk(ill, n, ill_control, n_control),
                _odds(ill, n, ill_control, n_control)[1],
            ),
            "The error is mended. The estimate is still a ratio of risks, ill over all; odds are ill over well.",
        ),
        WrongVersion(
            lambda ill, n, ill_control, n_control: (
                _odds(ill, n, ill_control, n_control)[0],
                _odds(ill, n, ill_control, n_control)[1] ** 2,
            ),
            "The estimate is mended. The second value is still the variance.",
        ),
        WrongVersion(
            lambda ill, n, ill_control, n_control: (
                -_odds(ill, n, ill_control, n_control)[0],
                _odds(ill, n, ill_control, n_control)[1],
            ),
            "The ratio is upside down: treated over control, so that protection is below 0.",
        ),
        WrongVersion(
            lambda ill, n, ill_control, n_control: (
                _odds(ill, n, ill_control, n_control)[0],
                np.sqrt(1 / ill + 1 / ill_control),
            ),
            "The estimate is mended. The error has four terms: those who stayed well count as well.",
        ),
        WrongVersion(
            lambda ill, n, ill_control, n_control: (
                np.exp(_odds(ill, n, ill_control, n_control)[0]),
                _odds(ill, n, ill_control, n_control)[1],
            ),
            "The first is the odds ratio. Its logarithm is asked for.",
        ),
        WrongVersion(
            lambda ill, n, ill_control, n_control: (
                _odds(ill, n, ill_control, n_control)[0],
                np.sqrt(1 / ill + 1 / n + 1 / ill_control + 1 / n_control),
            ),
            "The estimate is mended. The error has the numbers of all in it where those who stayed well belong.",
        ),
        WrongVersion(
            lambda ill, n, ill_control, n_control: (
                _odds(ill, n, ill_control, n_control)[0] / np.log(10),
                _odds(ill, n, ill_control, n_control)[1],
            ),
            "The logarithm to the base of 10 was taken. Natural ones are asked for: np.log.",
        ),
        WrongVersion(
            lambda ill, n, ill_control, n_control: (
                _odds(ill, n, ill_control, n_control)[0],
                sum(1 / np.sqrt(count) for count in (ill, n - ill, ill_control, n_control - ill_control)),
            ),
            "The estimate is mended. Four standard deviations are added there; variances add, and then comes the root.",
        ),
    ),
)

# A population with a heavy tail.

Y = np.array([0.3, -0.6, 1.1, 0.2, -0.4, 7.9])
SIGMA = np.array([1.0, 0.8, 1.2, 1.0, 0.9, 1.0])


def _heavy(
    *, form: Form = "centred", nu: float = 4, sigma: Any = SIGMA, tau: float = 5, misuse: Misuse = ""
) -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu, spread = pm.Normal("mu", 0, 10), pm.HalfNormal("tau", tau)
        theta = effects(form, "theta", mu, spread, partial(pm.StudentT, nu=nu), misuse, shape=6)
        pm.Normal("y", theta, sigma, observed=Y)
    return model


def _normal(*, form: Form = "centred") -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu, tau = pm.Normal("mu", 0, 10), pm.HalfNormal("tau", 5)
        pm.Normal("y", effects(form, "theta", mu, tau, shape=6), SIGMA, observed=Y)
    return model


def _heavy_noise(*, form: Form = "centred") -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu, tau = pm.Normal("mu", 0, 10), pm.HalfNormal("tau", 5)
        pm.StudentT("y", 4, mu=effects(form, "theta", mu, tau, shape=6), sigma=SIGMA, observed=Y)
    return model


_model = posterior(
    *every_form(_heavy),
    means="The odd group may be far from the others without dragging tau after it.",
    names=Names("theta behind y[{}]", "the standard error of y[{}]"),
    mistakes=(
        *misuses(_heavy, "groups"),
        WrongModel(_normal, "the population is normal in it: to reach the odd group tau has to grow for all."),
        WrongModel(
            _heavy_noise,
            "the heavy tail is in the noise of the reports there. It is the groups that may be odd: put it on theta.",
        ),
        WrongModel(partial(_heavy, nu=1), "the tail has one degree of freedom in it, a Cauchy; the task asks for 4."),
        WrongModel(partial(_heavy, sigma=SIGMA**2), "variances are handed over as sigma in the likelihood."),
    ),
)


# What was on the board.

_claims = claims(
    {
        "A": Claim(
            False, "groups of equal size are all pulled by the same share: the order stays, and the choice with it."
        ),
        "B": Claim(
            True,
            "it was at most a tenth of the way from the best to the worst. Mind that the lesson's authors chose the "
            "settings.",
        ),
        "C": Claim(
            False, "with two groups that differ about as much as their errors it did; elsewhere the prior decides."
        ),
        "D": Claim(
            True, "in the lesson the rare kind paid and the usual kind gained more, so that the total looked fine."
        ),
        "E": Claim(
            False, "a heavy tail pulls the odd group less, and still a little: its own report alone erred less."
        ),
    },
    means="Score the decision, group by group, with all three on the board.",
)

TASKS = (
    Task(
        "when_it_helps.new",
        "A place where nobody has tried",
        _new,
        (
            "Two things are not known of a new place: where the average is, and how far this place is from it.",
            "The two doubts are independent. What of them adds: the standard deviations or the variances?",
            "stats.norm.cdf of 0.7 over the root of 0.2² + 0.6².",
        ),
    ),
    Task(
        "when_it_helps.gain",
        "A gain and its standard error",
        _compare,
        (
            "Both poolings met the same worlds. What is the unit that is repeated?",
            "A world that is hard for one is hard for the other. What can you compute in every single world, so that "
            "this drops out?",
            "(other - partial).mean(), and its std with ddof=1 over the root of the number of worlds.",
        ),
    ),
    Task(
        "when_it_helps.odds",
        "Two bugs in a table of counts",
        _counts,
        (
            "What are the odds of 10 ill among 20? And is a variance a standard error?",
            "One line still speaks of risks, which are not odds; the other still of a variance.",
            "log(ill * well_control / (well * ill_control)), and the root of the sum of one over each of the "
            "four counts.",
        ),
    ),
    Task(
        "when_it_helps.model",
        "A group like no other",
        _model,
        (
            "Which level may surprise you: a report given its group, or a group given the population?",
            "Only the line of theta changes: another distribution, with one more number.",
            'pm.StudentT("theta", 4, mu=mu, sigma=tau, shape=6) in place of pm.Normal.',
        ),
    ),
    Task(
        "when_it_helps.claims",
        "What was on the board",
        _claims,
        (
            "Look for one case in which a sentence fails: one is enough.",
            "Ask of each: for which groups, on average or for one, and is it about values or about their order?",
            "Two are true. One of them is about a total that hides who pays.",
        ),
    ),
)

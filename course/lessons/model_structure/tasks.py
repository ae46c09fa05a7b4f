"""Tasks of lesson 02: a joint density term by term, what exchangeability claims, and a group predictor."""

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

# The Jacobian.

_jacobian = number(
    lambda: np.log(5),
    within=0.01,
    means="d tau = tau d log tau: per unit of log tau the density is tau times as high.",
    slips=(
        Slip(
            lambda: -np.log(5), "that has the wrong sign: a step of log tau covers tau units of tau, so it holds more."
        ),
        Slip(
            5.0,
            "that is how many times as high the density is (or tau). The difference of the logarithms is asked for.",
        ),
        Slip(1 / 5, "that is 1/tau. Which of the two densities is the higher one, and what is its logarithm?"),
        Slip(lambda: 8 * np.log(5), "that counts it for each group. Only tau is transformed, and once."),
        Slip(lambda: 9 * np.log(5), "that counts it for mu and each group as well. Only tau is transformed, and once."),
        Slip(40.0, "that is 8 times 5. Only tau is transformed, once, and the scale is that of logarithms."),
        Slip(0.0, "they are not equal: a density changes with the unit that it is per."),
        Slip(lambda: np.log10(5), "that is the logarithm of base ten. Log densities have natural ones."),
        Slip(lambda: np.log2(5), "that is the logarithm of base two. Log densities have natural ones."),
        Slip(lambda: np.exp(5), "that is e^5, which takes 5 to be log tau. It is tau."),
        Slip(lambda: np.log(8), "that is the logarithm of the number of groups. It plays no part."),
    ),
)

# The joint density.


def _joint(mu: float, tau: float, theta: Any, y: Any, sigma: Any) -> float:
    hyper = stats.norm.logpdf(mu, 0, 10) + stats.halfnorm.logpdf(tau, scale=5)
    return float(hyper + stats.norm.logpdf(theta, mu, tau).sum() + stats.norm.logpdf(y, theta, sigma).sum())


def _groups(mu: float, tau: float, theta: Any) -> float:
    return float(stats.norm.logpdf(theta, mu, tau).sum())


_log_joint = function(
    _joint,
    (
        (1.0, 2.0, np.array([0.0, 3.0]), np.array([1.0, 5.0]), np.array([1.0, 2.0])),
        (-4.0, 0.5, np.array([-4.0, -3.0, -5.0]), np.array([2.0, 0.0, -9.0]), np.array([9.0, 4.0, 4.0])),
        (0.0, 0.5, np.array([30.0]), np.array([31.0]), np.array([1.0])),  # a density too small for a computer
    ),
    random=lambda rng: (rng.normal(), rng.uniform(0.2, 6), *rng.normal(0, 3, (2, 5)), rng.uniform(0.5, 9, 5)),
    means="Three levels, one sum: what a sampler walks on, but for the logarithm of tau.",
    mistakes=(
        WrongVersion(
            lambda mu, tau, theta, y, sigma: (
                _joint(mu, tau, theta, y, sigma) + stats.norm.logpdf(tau, 0, 5) - stats.halfnorm.logpdf(tau, scale=5)
            ),
            "The prior on tau is a whole normal there. A HalfNormal has its mass on one side, so it is twice as high.",
        ),
        WrongVersion(
            lambda mu, tau, theta, y, sigma: _joint(mu, tau, theta, y, sigma) - _groups(mu, tau, theta),
            "The middle level is missing: the density of theta given mu and tau.",
        ),
        WrongVersion(
            lambda mu, tau, theta, y, sigma: _groups(mu, tau, theta) + stats.norm.logpdf(y, theta, sigma).sum(),
            "The priors on mu and tau are missing.",
        ),
        WrongVersion(
            lambda mu, tau, theta, y, sigma: (
                _joint(mu, tau, theta, y, sigma) - stats.norm.logpdf(y, theta, sigma).sum()
            ),
            "The bottom level is missing: the density of the data given theta.",
        ),
        WrongVersion(
            lambda mu, tau, theta, y, sigma: (
                _joint(mu, tau, theta, y, sigma) - _groups(mu, tau, theta) + _groups(mu, tau**2, theta)
            ),
            "You hand tau squared to norm.logpdf, which wants a standard deviation.",
        ),
        WrongVersion(
            lambda mu, tau, theta, y, sigma: _joint(mu, tau, theta, y, sigma) + np.log(tau),
            "You added log tau. That is the density per unit of log tau; the one per unit of tau is asked for.",
        ),
        WrongVersion(
            lambda mu, tau, theta, y, sigma: (
                stats.norm.logpdf(mu, 0, 10)
                + stats.halfnorm.logpdf(tau, scale=5)
                + stats.norm.logpdf(theta, mu, tau)
                + stats.norm.logpdf(y, theta, sigma)
            ),
            "It returns one value a group. They are one joint density: add the logarithms over groups, and the two "
            "priors once.",
        ),
        WrongVersion(
            lambda mu, tau, theta, y, sigma: (
                _joint(mu, tau, theta, y, sigma) + stats.norm.logpdf(mu, 0, 100) - stats.norm.logpdf(mu, 0, 10)
            ),
            "The spread of mu is 100 there. norm.logpdf wants a standard deviation, and that is 10.",
        ),
        WrongVersion(
            lambda mu, tau, theta, y, sigma: (
                _joint(mu, tau, theta, y, sigma)
                + stats.norm.logpdf(y, theta, sigma**2).sum()
                - stats.norm.logpdf(y, theta, sigma).sum()
            ),
            "You hand sigma squared to norm.logpdf, which wants a standard deviation.",
        ),
        WrongVersion(
            lambda mu, tau, theta, y, sigma: (
                _joint(mu, tau, theta, y, sigma) + stats.halfnorm.logpdf(tau, 5) - stats.halfnorm.logpdf(tau, scale=5)
            ),
            "The 5 moves the HalfNormal there and does not stretch it: the second argument of halfnorm.logpdf is "
            "loc. Write scale=5.",
        ),
        WrongVersion(
            lambda mu, tau, theta, y, sigma: np.exp(_joint(mu, tau, theta, y, sigma)),
            "That is the density. Its logarithm is asked for.",
        ),
        WrongVersion(
            lambda mu, tau, theta, y, sigma: np.log(np.exp(_joint(mu, tau, theta, y, sigma))),
            "That is the logarithm of a density which no computer can tell from 0. Add logarithms from the start.",
        ),
        WrongVersion(
            lambda mu, tau, theta, y, sigma: (
                _joint(mu, tau, theta, y, sigma)
                + stats.norm.logpdf(y, mu, sigma).sum()
                - stats.norm.logpdf(y, theta, sigma).sum()
            ),
            "The data lie around mu there. They lie around their own group's theta.",
        ),
        WrongVersion(
            lambda mu, tau, theta, y, sigma: (
                _joint(mu, tau, theta, y, sigma)
                + stats.norm.logpdf(y, theta, np.hypot(sigma, tau)).sum()
                - stats.norm.logpdf(y, theta, sigma).sum()
            ),
            "tau is in the spread of the data there. Once theta is given, only sigma is left.",
        ),
        WrongVersion(
            lambda mu, tau, theta, y, sigma: (
                stats.norm.logpdf(mu, 0, 10)
                + stats.halfnorm.logpdf(tau, scale=5)
                + stats.norm.logpdf(theta, mu, tau).mean()
                + stats.norm.logpdf(y, theta, sigma).mean()
            ),
            "Groups and data are averaged there. The log of a product is a sum.",
        ),
    ),
)

# Exchangeable is not independent.


def _shared(mu_sd: float, tau_scale: float) -> float:
    return mu_sd**2 / (mu_sd**2 + tau_scale**2)


_correlation = function(
    _shared,
    ((10.0, 10.0), (3.0, 4.0), (5.0, 0.0)),
    random=lambda rng: tuple(rng.uniform(0.5, 20, 2)),
    means="What two groups share is mu; the surer you are of it beforehand, the less one tells you about another.",
    mistakes=(
        WrongVersion(
            lambda mu_sd, tau_scale: mu_sd / (mu_sd + tau_scale),
            "Those are standard deviations. A correlation is a covariance over a variance.",
        ),
        WrongVersion(
            lambda mu_sd, tau_scale: mu_sd**2 / (mu_sd**2 + tau_scale**2 * 2 / np.pi),
            "You squared the mean of tau. The variance of theta holds the mean of tau squared: scale².",
        ),
        WrongVersion(
            lambda mu_sd, tau_scale: 0.0,
            "Given mu their correlation would be 0. But mu is not known: one depot's average says something about it.",
        ),
        WrongVersion(
            lambda mu_sd, tau_scale: tau_scale**2 / (mu_sd**2 + tau_scale**2),
            "That is the share of its own in a group's variance. What two groups share is mu.",
        ),
        WrongVersion(
            lambda mu_sd, tau_scale: mu_sd / np.sqrt(mu_sd**2 + tau_scale**2),
            "That is the correlation of a group with mu. Between two groups it comes in twice: square it.",
        ),
        WrongVersion(
            lambda mu_sd, tau_scale: mu_sd**2,
            "That is the covariance of two groups. Divide it by the variance of one.",
        ),
        WrongVersion(
            lambda mu_sd, tau_scale: mu_sd**2 / tau_scale**2,
            "That is a ratio of two variances. A correlation divides by the whole variance of a group, which is "
            "their sum.",
        ),
        WrongVersion(
            lambda mu_sd, tau_scale: mu_sd**2 / (mu_sd**2 + tau_scale**2 * (1 - 2 / np.pi)),
            "You took the variance of tau. The variance of theta holds the mean of tau squared: scale².",
        ),
    ),
)

# A group predictor.

MINUTES = np.array([31.0, 41, 28, 39, 33, 36, 30, 42])
ERROR = np.array([1.0, 2, 1.5, 3, 2, 2, 1, 4])
COUNTRY = np.array([0.0, 1, 0, 1, 0, 1, 0, 1])


def _depots(
    centre: Any = None, *, form: Form = "centred", tau_scale: float = 10, slope: bool = True, misuse: Misuse = ""
) -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu, tau = pm.Normal("mu", 30, 10), pm.HalfNormal("tau", tau_scale)
        beta = pm.Normal("beta", 0, 10) if slope else 0.0
        middle = centre(mu, beta) if centre else mu + beta * COUNTRY
        theta = effects(form, "theta", middle, tau, misuse=misuse, shape=8)
        pm.Normal("y", theta, ERROR, observed=MINUTES)
    return model


def _shifted_data() -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu, tau, beta = pm.Normal("mu", 30, 10), pm.HalfNormal("tau", 10), pm.Normal("beta", 0, 10)
        theta = pm.Normal("theta", mu, tau, shape=8)
        pm.Normal("y", theta + beta * COUNTRY + mu, ERROR, observed=MINUTES)
    return model


def _integrated() -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu, tau, beta = pm.Normal("mu", 30, 10), pm.HalfNormal("tau", 10), pm.Normal("beta", 0, 10)
        pm.Normal("y", mu + beta * COUNTRY, (ERROR**2 + tau**2) ** 0.5, observed=MINUTES)
    return model


_model = posterior(
    *every_form(_depots),
    means="Exchangeable again, once the countryside is in: tau is the spread of depots around others of their kind.",
    names=Names("the mean behind minutes[{}]", "the standard error of minutes[{}]"),
    mistakes=(
        WrongModel(
            partial(_depots, slope=False),
            "the countryside is not in it. Depots are exchangeable only among their kind: theta's mean is mu + beta x.",
        ),
        WrongModel(
            partial(_depots, lambda mu, beta: mu + beta),
            "beta is added to every depot in it. It belongs to those in the countryside: multiply it by x.",
        ),
        WrongModel(
            partial(_depots, lambda mu, beta: mu + beta * (1 - COUNTRY)),
            "beta is added to the town depots in it: x is 1 in the countryside.",
        ),
        *misuses(_depots, "depots of a kind"),
        WrongModel(
            _integrated,
            "theta is integrated out in it, which adds tau² to the variance of a report. The task keeps theta.",
        ),
        WrongModel(_shifted_data, "mu is in it twice: all reports lie around twice mu."),
    ),
)

# Two bugs in a likelihood.


def _likelihood(minutes: Any, depot: Any, theta: Any, sigma: float) -> float:
    return float(stats.norm.logpdf(minutes, np.asarray(theta)[depot], sigma).sum())


def _last_mean(minutes: Any, depot: Any, theta: Any, sigma: float) -> float:
    last = len(theta) - 1
    return float(stats.norm.logpdf(minutes[depot == last], theta[last], sigma).mean())


_bug = function(
    _likelihood,
    (
        (np.array([30.0, 41, 35]), np.array([0, 1, 1]), np.array([32.0, 38.0]), 8.0),
        (np.array([30.0, 41, 35, 20]), np.array([2, 0, 1, 0]), np.array([32.0, 38.0, 29.0]), 5.0),
        (np.array([300.0, 31]), np.array([0, 1]), np.array([32.0, 38.0]), 5.0),  # a density of 0 on a computer
    ),
    random=lambda rng: (rng.normal(30, 9, 6), np.array([0, 1, 2, 2, 1, 0]), rng.normal(30, 5, 3), rng.uniform(2, 9)),
    start=WrongVersion(_last_mean, "Try it on two or three deliveries whose log densities you can add by hand."),
    means="Every delivery counts, and counts once: their log densities are added over deliveries and depots.",
    mistakes=(
        WrongVersion(
            lambda minutes, depot, theta, sigma: sum(
                stats.norm.logpdf(minutes[depot == j], t, sigma).mean() for j, t in enumerate(theta)
            ),
            "All depots are in now. The mean makes one delivery out of many: a depot of 40 would count as one of 3.",
        ),
        WrongVersion(
            lambda minutes, depot, theta, sigma: stats.norm.logpdf(
                minutes[depot == len(theta) - 1], theta[-1], sigma
            ).sum(),
            "All deliveries of a depot count now. But only the last depot is left at the end of the loop.",
        ),
        WrongVersion(
            lambda minutes, depot, theta, sigma: stats.norm.logpdf(minutes, np.asarray(theta)[depot], sigma).mean(),
            "That is the mean over deliveries. The log of a product is a sum.",
        ),
        WrongVersion(
            lambda minutes, depot, theta, sigma: np.prod(stats.norm.pdf(minutes, np.asarray(theta)[depot], sigma)),
            "That is the density itself. Its logarithm is asked for.",
        ),
        WrongVersion(
            lambda minutes, depot, theta, sigma: np.log(np.exp(_likelihood(minutes, depot, theta, sigma))),
            "That is the logarithm of a density which no computer can tell from 0. Add logarithms from the start.",
        ),
        WrongVersion(
            lambda minutes, depot, theta, sigma: stats.norm.logpdf(minutes, np.asarray(theta)[depot], sigma),
            "It returns one value a delivery. Together they are one log density: their sum.",
        ),
        WrongVersion(
            lambda minutes, depot, theta, sigma: _likelihood(minutes, depot, theta, sigma) / len(theta),
            "All deliveries count now. The depots are averaged there: add them too.",
        ),
        WrongVersion(
            lambda minutes, depot, theta, sigma: np.array(
                [stats.norm.logpdf(minutes[depot == j], t, sigma).sum() for j, t in enumerate(theta)]
            ),
            "It returns one value a depot. Together they are one log density: their sum.",
        ),
    ),
)

# What exchangeability and priors claim.

_exchangeable = claims(
    {
        "A": Claim(
            False,
            "they are independent only given mu and tau. Before that, each tells you about mu and so about the others.",
        ),
        "B": Claim(
            False,
            "how much data a group has enters at the bottom level. Exchangeability is about the true averages: being "
            "busy says nothing about being fast.",
        ),
        "C": Claim(True, "exchangeability is claimed only for what is left when your knowledge is in."),
        "D": Claim(
            True,
            "in the lesson HalfCauchy(25) gave one world in ten a gap of hours between depots, and with three depots "
            "the answers depended on the prior.",
        ),
        "E": Claim(
            False, "maximum likelihood needs none: lesson 01 fitted its population of cities so. Nor does REML."
        ),
    },
    means="Exchangeability is about your knowledge, and a prior about the worlds that it makes.",
)

TASKS = (
    Task(
        "model_structure.jacobian",
        "Per unit of tau or of log tau",
        _jacobian,
        (
            "A density is probability per unit. How many units of tau lie in a small step of log tau?",
            "The step has the same probability in both units. What is the derivative of tau by log tau?",
            "The density per unit of log tau is tau times the other. Take the logarithm at tau = 5.",
        ),
    ),
    Task(
        "model_structure.log_joint",
        "The joint density by hand",
        _log_joint,
        (
            "Four distributions make four terms; write one line for each.",
            "stats.norm.logpdf and stats.halfnorm.logpdf take a location and a scale; sum over groups.",
            "log p(mu) + log p(tau) + the sum of log p(theta_j | mu, tau) + the sum of log p(y_j | theta_j).",
        ),
    ),
    Task(
        "model_structure.correlation",
        "How much one group says about another",
        _correlation,
        (
            "theta_j = mu + tau eta_j. Which part of it is common to two groups?",
            "Covariance over variance. Both share tau as well: what does tau times independent etas add to the "
            "covariance?",
            "The variance of one theta is mu_sd² + tau_scale²; the covariance of two is what mu gives, mu_sd².",
        ),
    ),
    Task(
        "model_structure.model",
        "Depots in town and countryside",
        _model,
        (
            "One line for each distribution. Which of the numbers were measured?",
            "country stands where x is, in the mean of theta; the reports take observed=.",
            "Give pm.Normal for theta the mean mu + beta * country, the spread tau and shape=8.",
        ),
    ),
    Task(
        "model_structure.bug",
        "Two bugs in a likelihood",
        _bug,
        (
            "Call it for two depots and change a delivery of the first. What happens?",
            "One bug is in the assignment inside the loop, the other in how a depot's deliveries are put together.",
            "Add with +=, and add with sum(); or index theta by depot and do without the loop.",
        ),
    ),
    Task(
        "model_structure.claims",
        "What exchangeability claims",
        _exchangeable,
        (
            "Look for one case in which a sentence fails: one is enough.",
            "Ask for each: always? What if you know nothing more of the groups, and what if you do?",
            "The two true ones speak of putting knowledge into the model, and of a prior with a heavy tail.",
        ),
    ),
)

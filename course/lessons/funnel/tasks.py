"""Tasks of lesson 05: the funnel's density, the step that its neck allows, and other coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from course import data
from course.checks.answers import Claim, Slip, claims, number
from course.checks.functions import WrongVersion, function
from course.checks.law import Names
from course.checks.models import WrongModel, posterior
from course.checks.seen import Seen
from course.checks.task import Task

if TYPE_CHECKING:
    import pymc as pm

# The longest stable step.


def _sd(sigma: float, tau: float) -> float:
    return float((sigma**-2 + tau**-2) ** -0.5)


_step = number(
    lambda: 2 * _sd(10, 3),
    within=0.01,
    means="In the neck the step has to follow tau. In the mouth, at tau = 20, steps of nearly 18 would be stable.",
    slips=(
        Slip(lambda: _sd(10, 3), "that is the standard deviation of theta there. A step is stable up to twice that."),
        Slip(
            lambda: 2 * np.hypot(10, 3),
            "that adds variances, as for a new report. Given mu, data and population both *narrow* theta.",
        ),
        Slip(lambda: np.hypot(10, 3), "that adds variances. Given mu, data and population both *narrow* theta."),
        Slip(20.0, "that is twice the standard error of the data. At tau = 3 the population is far narrower."),
        Slip(6.0, "that is twice tau. The data narrow theta as well, a little."),
        Slip(3.0, "that is tau. Theta has the data besides, and a step is stable up to twice its standard deviation."),
        Slip(lambda: 2 * _sd(10, 3) ** 2, "that is twice the variance."),
        Slip(lambda: _sd(10, 3) ** 2, "that is the variance of theta. A step is measured in standard deviations."),
        Slip(
            lambda: 2 / (1 / 10 + 1 / 3),
            "that adds one over the standard deviations. Precision is one over the variance.",
        ),
        Slip(lambda: 1 / 10**2 + 1 / 3**2, "that is the precision of theta. Which standard deviation belongs to it?"),
        Slip(
            lambda: 2 * np.sqrt(1 / 10**2 + 1 / 3**2),
            "that is twice the root of the precision. The standard deviation is one over that root.",
        ),
    ),
)

# Neal's funnel.


def _neal(v: float, x: Any) -> float:
    return float(stats.norm.logpdf(v, 0, 3) + stats.norm.logpdf(x, 0, np.exp(v / 2)).sum())


_density = function(
    _neal,
    (
        (0.0, np.array([0.0, 1.0])),
        (2.0, np.array([1.0, -2.0])),
        (-4.0, np.array([0.1, 0.0, -0.2])),
        (-4.0, np.array([10.0])),  # so far out that the density is 0 on a computer
    ),
    random=lambda rng: (rng.normal(0, 3), rng.normal(0, 2, 4)),
    means="Each x has the height of its own bell: where v is small, it is tall and thin. That is the neck.",
    mistakes=(
        WrongVersion(
            lambda v, x: stats.norm.logpdf(v, 0, 3) + stats.norm.logpdf(x, 0, np.exp(v)).sum(),
            "x has standard deviation exp(v/2) in the funnel; exp(v) is its variance.",
        ),
        WrongVersion(
            lambda v, x: stats.norm.logpdf(v, 0, 9) + stats.norm.logpdf(x, 0, np.exp(v / 2)).sum(),
            "v has standard deviation 3; 9 is its variance.",
        ),
        WrongVersion(
            lambda v, x: stats.norm.logpdf(v, 0, 3) + stats.norm.logpdf(x, 0, np.exp(v / 2)).mean(),
            "The x are several; the log of their joint density is the sum over them, not the mean.",
        ),
        WrongVersion(
            lambda v, x: stats.norm.logpdf(v, 0, 3) - 0.5 * (np.asarray(x) ** 2 * np.exp(-v)).sum(),
            "The height of a bell changes with its width: log(exp(v/2)) for every x is missing, and it is no constant.",
        ),
        WrongVersion(
            lambda v, x: stats.norm.logpdf(x, 0, np.exp(v / 2)).sum(),
            "The density of v itself is missing.",
        ),
        WrongVersion(
            lambda v, x: _neal(v, x) + np.log(3) + (len(x) + 1) / 2 * np.log(2 * np.pi),
            "You left the constants away: every bell has 1/(sd sqrt(2π)) in its height. A sampler would not miss "
            "them, but the density itself is asked for.",
        ),
        WrongVersion(
            lambda v, x: _neal(v, x) + (len(x) + 1) / 2 * np.log(2 * np.pi),
            "Right but for a constant: every bell has 1/sqrt(2π) in its height. A sampler would not miss it, but the "
            "density itself is asked for.",
        ),
        WrongVersion(
            lambda v, x: stats.norm.logpdf(v, 0, 3) + stats.norm.logpdf(x, 0, np.exp(v / 2)),
            "It returns one value for every x. They are one joint density: add the logarithms of all x, and that of "
            "v once.",
        ),
        WrongVersion(
            lambda v, x: np.exp(_neal(v, x)),
            "That is the density. Its logarithm is asked for.",
        ),
        WrongVersion(
            lambda v, x: np.log(np.exp(_neal(v, x))),
            "That is the logarithm of a density which no computer can tell from 0. Add logarithms from the start.",
        ),
        WrongVersion(
            lambda v, x: stats.norm.logpdf(v, 0, 3) + stats.norm.logpdf(x, 0, v**2).sum(),
            "v is the logarithm of the variance, so the standard deviation of x is exp(v/2).",
        ),
        WrongVersion(
            lambda v, x: stats.norm.logpdf(v, 0, 3) + stats.norm.logpdf(x, 0, np.exp(-v / 2)).sum(),
            "The funnel is upside down: the standard deviation of x grows with v.",
        ),
        WrongVersion(
            lambda v, x: -(v**2) / 18 - (x**2).sum() * np.exp(-v) / 2,
            "That has no heights: every bell has 1/(sd sqrt(2π)) in it, and the sd of x changes with v.",
        ),
        WrongVersion(
            lambda v, x: stats.norm.logpdf(v, 0, 3) * stats.norm.logpdf(x, 0, np.exp(v / 2)).prod(),
            "The logarithms are multiplied. Densities multiply; their logarithms add.",
        ),
    ),
)

# A leapfrog step, with two bugs, on a bell curve.


def _leapfrog(q: float, p: float, step: float, sd: float, *, first: float = 0.5, last: float = 0.5) -> Any:
    p = p - first * step * q / sd**2
    q = q + step * p
    return q, p - last * step * q / sd**2


def _drift_first(q: float, p: float, step: float, sd: float) -> Any:
    middle = q + step / 2 * p
    p = p - step * middle / sd**2
    return middle + step / 2 * p, p


def _stale(q: float, p: float, step: float, sd: float, half: float = 0.5) -> Any:
    force = q / sd**2
    p = p - half * step * force
    return q + step * p, p - half * step * force


_bug = function(
    lambda q, p, step, sd: _leapfrog(q, p, step, sd),
    ((1.0, 0.0, 0.1, 1.0), (0.0, 1.0, 0.5, 2.0), (3.0, -1.0, 1.9, 1.0)),
    random=lambda rng: (*rng.normal(0, 1, 2), rng.uniform(0.05, 1), rng.uniform(0.5, 3)),
    start=WrongVersion(
        lambda q, p, step, sd: _stale(q, p, step, sd, 1.0),
        "From q = 1, p = 0 with short steps the energy q²/2 + p²/2 must hardly change. Does it?",
    ),
    means="Half a kick, a full roll, half a kick with the force of the new place: the energy stays nearly the same.",
    mistakes=(
        WrongVersion(
            lambda q, p, step, sd: _stale(q, p, step, sd),
            "The kicks are halves now. The second one still uses the force of the old place.",
        ),
        WrongVersion(
            lambda q, p, step, sd: _leapfrog(q, p, step, sd, first=1.0, last=1.0),
            "The force is taken at the new place now. But the two kicks together are two steps long.",
        ),
        WrongVersion(
            lambda q, p, step, sd: _leapfrog(q, p, step, sd, first=1.0, last=0.0),
            "One whole kick and a roll: that is a step of the symplectic Euler method, off by half a kick at each end.",
        ),
        WrongVersion(
            lambda q, p, step, sd: (q + step * p, p - step * q / sd**2),
            "Roll and kick both start from the old place: Euler's method, whose energy grows with every step.",
        ),
        WrongVersion(
            lambda q, p, step, sd: _drift_first(q, p, step, sd),
            "That is a leapfrog too, half a roll, a kick, half a roll, and its energy stays as well. Mend this one: "
            "half a kick, a roll, half a kick.",
        ),
        WrongVersion(
            lambda q, p, step, sd: _leapfrog(q, p, step, sd, last=0.0),
            "One half kick and a roll: the second half of the kick is missing.",
        ),
        WrongVersion(
            lambda q, p, step, sd: _leapfrog(q, p, step, sd, last=1.0),
            "The first kick is half a kick and the second a whole one: together they are a step and a half.",
        ),
        WrongVersion(
            lambda q, p, step, sd: _leapfrog(q, p, step, sd, first=1.0),
            "The first kick is a whole one and the second half a kick: together they are a step and a half.",
        ),
        WrongVersion(
            lambda q, p, step, sd: (lambda new: (new[0], p - step / 2 * new[0] / sd**2))(_leapfrog(q, p, step, sd)),
            "The second half kick starts from the old momentum: the first one is lost.",
        ),
        WrongVersion(
            lambda q, p, step, sd: _leapfrog(q, p, step, sd)[::-1],
            "Both are right, in the wrong order: the position first.",
        ),
    ),
)

# Non-centred.

_REPORTS = data.load("eight_schools")
EFFECT, SIGMA = _REPORTS.effect, _REPORTS.sigma


def _schools(theta: Any = None, eta_sd: float = 1.0) -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu, tau = pm.Normal("mu", 0, 10), pm.HalfNormal("tau", 10)
        if theta is None:
            effect = pm.Normal("theta", mu, tau, shape=8)
        else:
            effect = theta(mu, tau, pm.Normal("eta", 0, eta_sd, shape=8))
        pm.Normal("y", effect, SIGMA, observed=EFFECT)
    return model


def _tau_twice() -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu, tau = pm.Normal("mu", 0, 10), pm.HalfNormal("tau", 10)
        eta = pm.Normal("eta", 0, tau, shape=8)
        pm.Normal("y", mu + tau * eta, SIGMA, observed=EFFECT)
    return model


def _offset() -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu, tau = pm.Normal("mu", 0, 10), pm.HalfNormal("tau", 10)
        eta = pm.Normal("eta", 0, tau, shape=8)
        pm.Normal("y", mu + eta, SIGMA, observed=EFFECT)
    return model


def _integrated() -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu, tau = pm.Normal("mu", 0, 10), pm.HalfNormal("tau", 10)
        pm.Normal("y", mu, (SIGMA**2 + tau**2) ** 0.5, observed=EFFECT)
    return model


def _centred(model: Seen) -> str:
    bound = model.dependent()
    return f"it is not non-centred yet: the prior of {bound[0]} depends on another variable." if bound else ""


_model = posterior(
    lambda: _schools(lambda mu, tau, eta: mu + tau * eta),
    means="The same posterior of mu, tau and theta, in coordinates whose width does not follow tau.",
    names=Names("the effect of school {}", "the standard error of school {}'s report", tuple("ABCDEFGH")),
    form=_centred,
    mistakes=(
        WrongModel(
            _schools, "this is still the centred form: what the sampler moves is theta, whose width is tau.", form=True
        ),
        WrongModel(
            _offset,
            "the deviations still have width tau in it. Moving mu out of them is half of the way: draw eta with width "
            "1 "
            "and multiply.",
            form=True,
        ),
        WrongModel(
            lambda: _schools(lambda mu, tau, eta: mu + eta),
            "tau plays no part in it: the effects lie around mu with spread 1, whatever tau is.",
        ),
        WrongModel(
            lambda: _schools(lambda mu, tau, eta: mu + tau * eta[0] + 0 * eta),
            "all schools share one eta in it, and the task wants eight: look at `shape`.",
        ),
        WrongModel(
            _integrated,
            "theta is integrated out in it, which adds tau² to the variance of a report. The task keeps theta.",
        ),
        WrongModel(
            _tau_twice, "tau is in it twice: the deviations from mu have the width tau², where the task has tau."
        ),
        WrongModel(
            lambda: _schools(lambda mu, tau, eta: tau * (mu + eta)),
            "mu is multiplied by tau in it: theta = mu + tau eta.",
        ),
    ),
)

# What is so and what is not.

_claims = claims(
    {
        "A": Claim(
            False,
            "with much data per group its coordinates are tied into a thin ridge: at information 100 it lost badly.",
        ),
        "B": Claim(
            False,
            "four chains that all miss the neck agree perfectly: the lesson cut it off, and R-hat said 1.00.",
        ),
        "C": Claim(
            True,
            "of twenty centred runs of the eight schools none saw the neck, and in five the mean of tau was off by "
            "less than its error.",
        ),
        "D": Claim(
            False,
            "the coordinates come first: a shorter step is still one step for neck and mouth, and costs more work.",
        ),
        "E": Claim(
            True, "each group has a coordinate of its own: those with much data may be centred and the others not."
        ),
    },
    means="Coordinates first, patience last; and no diagnostic sees where no chain has been.",
)

TASKS = (
    Task(
        "funnel.step",
        "How long may a step be?",
        _step,
        (
            "Given mu, theta has two sources of evidence. Which of them is the narrow one here?",
            "The standard deviation of theta given mu and tau is that of lesson 04: precisions add.",
            "2 / sqrt(1/10² + 1/3²): the leapfrog is stable up to twice the standard deviation.",
        ),
    ),
    Task(
        "funnel.density",
        "Neal's funnel in two lines",
        _density,
        (
            "Two terms: one for v, one for all x given v.",
            "stats.norm.logpdf takes standard deviations: 3 for v. What is it for x, when exp(v) is the variance?",
            "logpdf(v, 0, 3) plus the sum of logpdf(x, 0, exp(v/2)).",
        ),
    ),
    Task(
        "funnel.leapfrog",
        "Two bugs in a leapfrog step",
        _bug,
        (
            "Does the energy grow, shrink or stay? A step must look the same forwards and backwards.",
            "How long are the two kicks together? And from where does the second one take its force?",
            "Half a kick before q moves and half after; compute the force again after q has moved.",
        ),
    ),
    Task(
        "funnel.model",
        "The eight schools in other coordinates",
        _model,
        (
            "What should the sampler move, so that its width does not depend on tau?",
            "eta = (theta - mu)/tau is standard normal. Let PyMC draw that.",
            'eta = pm.Normal("eta", 0, 1, shape=8), and mu + tau * eta where theta stood.',
        ),
    ),
    Task(
        "funnel.claims",
        "Five sentences about samplers",
        _claims,
        (
            "Look for one case in which a sentence fails: one is enough.",
            "Ask of each what happens with much data per group, and what chains can know of places they never saw.",
            "Two are true. One of them is about groups that are not alike.",
        ),
    ),
)

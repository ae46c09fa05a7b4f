"""Tasks of lesson 09: how hard heads are pulled, to where, and what the words of two fields mean."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from course.checks.answers import Claim, Slip, claims, number
from course.checks.forms import Form, Misuse, effects, every_form, misuses
from course.checks.functions import WrongVersion, function
from course.checks.law import Names
from course.checks.models import WrongModel, posterior
from course.checks.task import Task

if TYPE_CHECKING:
    import pymc as pm

# The pull.

_pull = number(
    6.25,
    within=0.01,
    means="Noisy days and similar shops: a pull worth about six days of one feature.",
    slips=(
        Slip(0.16, "that is tau²/sigma², the other way up: the more alike the shops, the harder the pull."),
        Slip(2.5, "that is sigma/tau. Both terms of the loss are squares: the ratio of the variances is wanted."),
        Slip(0.4, "that is tau/sigma. Write both terms of the log density over 2 sigma² and look at the second."),
        Slip(100 / 725, "that is tau²/(tau² + sigma²), a weight on the data. The pull is a ratio of two variances."),
        Slip(625 / 725, "that is sigma²/(tau² + sigma²), a share. The pull is a ratio of two variances."),
        Slip(625.0, "that is sigma² alone. The head's own squares stand over tau²."),
        Slip(100.0, "that is tau² alone, and a large tau means a weak pull."),
        Slip(0.01, "that is 1/tau². The days' squares stand over sigma²: multiply both terms by it."),
        Slip(6.0, "that may be the right one, rounded to a whole number: give two digits after the point."),
        Slip(25.0, "that is sigma."),
        Slip(10.0, "that is tau."),
        Slip(
            250.0,
            "that is sigma times tau. The pull is a ratio: the noisier the days, the harder, and the more shops "
            "differ, the weaker.",
        ),
        Slip(1 / 625, "that is 1/sigma², a day's precision. What is 1/tau² in units of it?"),
        Slip(0.005, "that is 1/(2 tau²). The days' squares stand over 2 sigma²: multiply both terms by it."),
        Slip(3.125, "that is half of it: the factor 1/2 stands before both terms and cancels."),
        Slip(12.5, "that is twice it: the factor 1/2 stands before both terms and cancels."),
    ),
)

# A head pulled to the mean head.


def _head(x: Any, y: Any, mean_head: Any, pull: float) -> Any:
    return np.linalg.solve(x.T @ x + pull * np.eye(x.shape[1]), x.T @ y + pull * mean_head)


def _penalised(x: Any, y: Any, mean_head: Any, pull: float, which: Any) -> Any:
    penalty = pull * np.diag(which.astype(float))
    return np.linalg.solve(x.T @ x + penalty, x.T @ y + penalty @ mean_head)


def _with_pull(other: Callable[[float, int], float], why: str) -> tuple[WrongVersion, ...]:
    return (WrongVersion(lambda x, y, mean_head, pull: _head(x, y, mean_head, other(pull, len(y))), why),)


_ridge = function(
    _head,
    (
        (np.eye(2), np.array([4.0, 2.0]), np.array([1.0, 1.0]), 1.0),
        (np.array([[1.0, 2.0]]), np.array([3.0]), np.array([1.0, -1.0]), 0.5),
        (np.array([[1.0, 0.5], [1.0, -1.0], [1.0, 2.0]]), np.array([3.0, 1.0, 8.0]), np.array([2.0, 1.0]), 10.0),
    ),
    random=lambda rng: (rng.normal(0, 1, (6, 3)), rng.normal(0, 5, 6), rng.normal(0, 3, 3), rng.uniform(0.1, 20)),
    rtol=1e-6,
    means="With no pull it is least squares, with an endless one the mean head, and one day is enough for an answer.",
    mistakes=(
        WrongVersion(
            lambda x, y, mean_head, pull: _head(x, y, 0 * mean_head, pull),
            "That is pulled to zero: weight decay. The mean head comes in where the penalty is differentiated.",
        ),
        WrongVersion(
            lambda x, y, mean_head, pull: _head(x, y, mean_head, 0.0),
            "That is least squares: nothing is pulled anywhere.",
        ),
        WrongVersion(
            lambda x, y, mean_head, pull: _head(x, y, mean_head, 0.0) if pull == 0 else _head(x, y, mean_head, pull**2),
            "The pull is squared there. It stands before the squares, not in them.",
        ),
        WrongVersion(
            lambda x, y, mean_head, pull: mean_head + _head(x, y, 0 * mean_head, pull),
            "You add the mean head to a head that was pulled to zero. Pull what is *left* of y when the mean head has "
            "forecast.",
        ),
        WrongVersion(
            lambda x, y, mean_head, pull: _head(x, y, mean_head / pull, pull),
            "In X'y + pull * mean_head the pull is missing before the mean head.",
        ),
        WrongVersion(
            lambda x, y, mean_head, pull: np.linalg.solve(x.T @ x + pull, x.T @ y + pull * mean_head),
            "The pull is added to every entry of X'X there. It belongs on the diagonal: pull times the identity.",
        ),
        WrongVersion(
            lambda x, y, mean_head, pull: _head(x, y, mean_head, len(y) * pull),
            "The pull counts once for every day there. The misfit is a sum over days in the task, not a mean.",
        ),
        *_with_pull(
            lambda pull, days: pull / days,
            "The pull is divided by the number of days there. The misfit is a sum over days in the task, not a mean.",
        ),
        *_with_pull(
            lambda pull, days: 2 * pull,
            "The pull is doubled there. Both squares have the same factor when they are differentiated: it cancels.",
        ),
        *_with_pull(
            lambda pull, days: pull / 2,
            "The pull is halved there. Both squares have the same factor when they are differentiated: it cancels.",
        ),
        *_with_pull(
            lambda pull, days: 1 / pull, "The pull is upside down there: the larger it is, the nearer to the mean head."
        ),
        WrongVersion(
            lambda x, y, mean_head, pull: (len(y) * _head(x, y, mean_head, 0.0) + pull * mean_head) / (len(y) + pull),
            "That weighs least squares by n/(n + pull), which is right only where X'X is n times the identity.",
        ),
        WrongVersion(
            lambda x, y, mean_head, pull: _penalised(x, y, mean_head, pull, np.arange(x.shape[1]) > 0),
            "The first coefficient is not pulled there. In the task all of them are.",
        ),
        WrongVersion(
            lambda x, y, mean_head, pull: (x.T @ y + pull * mean_head) / ((x**2).sum(axis=0) + pull),
            "Of X'X the diagonal alone is used there, as if the features had nothing in common.",
        ),
        WrongVersion(
            lambda x, y, mean_head, pull: _head(x, y - x @ mean_head, 0 * mean_head, pull),
            "That is the head's distance from the mean head. Add the mean head to it.",
        ),
        WrongVersion(
            lambda x, y, mean_head, pull: mean_head,
            "That is the mean head: no day of this task is in it.",
        ),
        WrongVersion(
            lambda x, y, mean_head, pull: np.linalg.solve(
                x.T @ x + pull * np.eye(x.shape[1]), x.T @ y - pull * mean_head
            ),
            "The mean head has the wrong sign there: the head is pushed away from it.",
        ),
    ),
)

# A loss with two bugs.


def _loss(
    x: Any, y: Any, task: Any, heads: Any, mean_head: Any, pull: float, *, own: bool = True, to_mean: bool = True
) -> float:
    forecast = (x * heads[task]).sum(axis=1) if own else x @ heads[0]
    prior = ((heads - mean_head) ** 2).sum() if to_mean else (heads**2).sum()
    return float(((y - forecast) ** 2).sum() + pull * prior)


_ALL_HAVE_DAYS = 0.5


def _tasks(rng: np.random.Generator) -> tuple[Any, ...]:
    unit = rng.choice([0.02, 3])  # small losses show what is rounded
    x, y, heads = rng.normal(0, 1, (6, 2)), rng.normal(0, unit, 6), rng.normal(0, unit, (3, 2))
    without = np.array([[0, 2, 2, 2, 0, 0], [0, 1, 1, 1, 0, 0], [1, 2, 2, 2, 1, 1]])  # the newest stands last
    task = np.array([0, 1, 2, 2, 1, 0]) if rng.random() < _ALL_HAVE_DAYS else rng.choice(without)
    return x, y, task, heads, rng.normal(0, unit, 2), rng.uniform(0.1, 10)


def _squares(distance: Any) -> float:
    return float((distance**2).sum())


def _forecast_by(rule: Callable[[Any, Any, Any, Any], Any], why: str) -> tuple[WrongVersion, ...]:
    """Return the versions with another forecast, the prior mended and not."""
    return (
        WrongVersion(
            lambda x, y, task, heads, mean_head, pull: (
                _squares(y - rule(x, task, heads, mean_head)) + pull * _squares(heads - mean_head)
            ),
            f"The prior is mended. {why}",
        ),
        WrongVersion(
            lambda x, y, task, heads, mean_head, pull: (
                _squares(y - rule(x, task, heads, mean_head)) + pull * _squares(heads)
            ),
            f"{why} And the heads are still pulled to zero.",
        ),
    )


_X, _Y = np.array([[1.0, 2.0], [1.0, -1.0], [1.0, 0.5]]), np.array([5.0, 1.0, 2.0])
_HEADS = np.array([[1.0, 2.0], [3.0, 0.5]])
_bug = function(
    _loss,
    (
        (_X, _Y, np.array([0, 1, 1]), _HEADS, np.array([2.0, 1.0]), 1.5),
        (_X, _Y, np.array([0, 2, 2]), np.array([[1.0, 2.0], [4.0, 0.0], [3.0, 0.5]]), np.array([2.0, 1.0]), 1.5),
        (_X, _Y, np.array([0, 1, 1]), np.array([[1.0, 2.0], [3.0, 0.5], [4.0, 0.0]]), np.array([2.0, 1.0]), 1.5),
    ),
    random=_tasks,
    start=WrongVersion(
        lambda x, y, task, heads, mean_head, pull: _loss(x, y, task, heads, mean_head, pull, own=False, to_mean=False),
        "Try it on two tasks with a day each, and add the loss up by hand.",
    ),
    means="The line with the mean head is the prior; delete it, and no task knows of another.",
    mistakes=(
        WrongVersion(
            lambda x, y, task, heads, mean_head, pull: _loss(x, y, task, heads, mean_head, pull, to_mean=False),
            "Each row meets its own head now. But the heads are still pulled to zero: decay shares nothing.",
        ),
        WrongVersion(
            lambda x, y, task, heads, mean_head, pull: _loss(x, y, task, heads, mean_head, pull, own=False),
            "The prior is mended. But all rows are forecast with the first head: index heads by task.",
        ),
        *(
            WrongVersion(
                lambda x, y, task, heads, mean_head, pull, of=of: (
                    _loss(x, y, task, heads, mean_head, 0.0) + pull * _squares(heads[of(task)] - mean_head)
                ),
                "Both bugs are mended. But a task without a day has dropped out of the prior: its head is pulled too.",
            )
            for of in (np.unique, lambda task: np.arange(task.max() + 1))
        ),
        *_forecast_by(
            lambda x, task, heads, mean_head: x @ heads[task].T,
            "Every row meets the heads of all rows there: x @ heads[task].T is a table. Row by row it is "
            "(x * heads[task]).sum(axis=1).",
        ),
        *_forecast_by(
            lambda x, task, heads, mean_head: x @ mean_head,
            "All rows are forecast with the mean head: each task has its own, heads[task].",
        ),
        *_forecast_by(
            lambda x, task, heads, mean_head: x @ heads.mean(axis=0),
            "All rows are forecast with the average of the heads: each task has its own, heads[task].",
        ),
        WrongVersion(
            lambda x, y, task, heads, mean_head, pull: (
                _loss(x, y, task, heads, mean_head, 0.0) / len(y) + pull * ((heads - mean_head) ** 2).mean()
            ),
            "Both bugs are mended. But misfit and prior have become means; they were sums.",
        ),
        WrongVersion(
            lambda x, y, task, heads, mean_head, pull: _loss(x, y, task, heads, mean_head, pull) / 2,
            "Both bugs are mended. But it is half of what it was to be: no factor 1/2 was there.",
        ),
        WrongVersion(
            lambda x, y, task, heads, mean_head, pull: (
                _loss(x, y, task, heads, mean_head, 0.0) + pull * np.sqrt(_squares(heads - mean_head))
            ),
            "Both bugs are mended. But the prior has become a norm; it was its square.",
        ),
        WrongVersion(
            lambda x, y, task, heads, mean_head, pull: (
                _loss(x, y, task, heads, mean_head, 0.0) + pull * np.sqrt(((heads - mean_head) ** 2).sum(axis=1)).sum()
            ),
            "Both bugs are mended. But the prior has become a sum of norms; it was one of their squares.",
        ),
        WrongVersion(
            lambda x, y, task, heads, mean_head, pull: (
                np.sqrt(_loss(x, y, task, heads, mean_head, 0.0)) + pull * np.sqrt(_squares(heads - mean_head))
            ),
            "Both bugs are mended. But misfit and prior have become norms; they were their squares.",
        ),
        WrongVersion(
            lambda x, y, task, heads, mean_head, pull: _loss(x, y, task, heads, heads.mean(axis=0), pull),
            "The heads are pulled to their average. The mean head is a parameter of its own; here it is given.",
        ),
        WrongVersion(
            lambda x, y, task, heads, mean_head, pull: _loss(x, y, task, heads, mean_head, 1.0),
            "The pull is nowhere in it.",
        ),
        WrongVersion(
            lambda x, y, task, heads, mean_head, pull: (
                ((y - (x * heads[task]).sum(axis=1)) ** 2).mean() + pull * ((heads - mean_head) ** 2).sum()
            ),
            "Both bugs are mended. The misfit has become a mean over days; it was a sum.",
        ),
        WrongVersion(
            lambda x, y, task, heads, mean_head, pull: (
                _loss(x, y, task, heads, mean_head, pull)
                + pull * (((heads[task] - mean_head) ** 2).sum() - ((heads - mean_head) ** 2).sum())
            ),
            "The prior counts a head once for every day of its task. It has one term a task.",
        ),
        WrongVersion(
            lambda x, y, task, heads, mean_head, pull: (
                _loss(x, y, task, heads, mean_head, 0.0) + pull * ((heads - mean_head) ** 2).mean()
            ),
            "Both bugs are mended. The prior has become a mean; it was a sum.",
        ),
        WrongVersion(
            lambda x, y, task, heads, mean_head, pull: (
                _loss(x, y, task, heads, mean_head, 0.0) + pull * ((heads[0] - mean_head) ** 2).sum()
            ),
            "The forecast is mended. The prior holds the first head alone: all of them are pulled.",
        ),
    ),
)

# The hierarchy behind it.

X = np.array([[1.0, 0.3], [1.0, -1.2], [1.0, 0.8], [1.0, 1.9], [1.0, -0.4], [1.0, 0.0], [1.0, -0.7]])
Y = np.array([12.0, -20.0, 25.0, 30.0, -2.0, 9.0, -11.0])
SHOP = np.array([0, 0, 0, 1, 1, 2, 2])


def _shops(
    rows: Any = None, *, form: Form = "standard", tau: float = 20, noise: Any = None, misuse: Misuse = ""
) -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mean = pm.Normal("mean_head", 0, 30, shape=2)
        spread = pm.HalfNormal("tau", tau)
        sigma = pm.HalfNormal("sigma", 50)
        heads = effects(form, "heads", mean, spread, misuse=misuse, shape=(3, 2))
        forecast = rows(heads) if rows else (X * heads[SHOP]).sum(axis=1)
        pm.Normal("y", forecast, noise(sigma) if noise else sigma, observed=Y)
    return model


def _to_zero() -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        tau, sigma = pm.HalfNormal("tau", 20), pm.HalfNormal("sigma", 50)
        pm.Normal("mean_head", 0, 30, shape=2)
        heads = pm.Normal("heads", 0, tau, shape=(3, 2))
        pm.Normal("y", (X * heads[SHOP]).sum(axis=1), sigma, observed=Y)
    return model


_model = posterior(
    *every_form(_shops),
    means="Its most credible heads, with tau and sigma fixed, are the ridge of the second task.",
    names=Names("the forecast of y[{}]", "the spread around the forecast of y[{}]"),
    mistakes=(
        *misuses(_shops, "heads"),
        WrongModel(_to_zero, "the heads are pulled to zero in it, not to the mean head."),
        WrongModel(
            partial(_shops, lambda h: (X * h[0]).sum(axis=1)), "every day meets the head of the first shop in it."
        ),
        WrongModel(partial(_shops, noise=lambda s: s**2), "sigma is handed over squared."),
    ),
)

# Two fields, one idea.

_claims = claims(
    {
        "A": Claim(
            False,
            "decay pulls each head to zero and none to another: at a fixed strength, double one task's sales, and no "
            "other head moves.",
        ),
        "B": Claim(
            True, "the training loss falls whenever the pull gets weaker. The marginal likelihood charges for that."
        ),
        "C": Claim(
            False, "the heads of all tasks lie in the trunk's two directions, and no number of days adds a third."
        ),
        "D": Claim(True, "the joint density of heads, mean head and tau grows without bound when tau goes to 0."),
        "E": Claim(False, "a task that is the opposite of the others is far worse off when it is pulled to them."),
    },
    means="Sharing is what the mean head does, and how hard it pulls is learned by integrating the heads out.",
)

TASKS = (
    Task(
        "multitask.pull",
        "How hard to pull",
        _pull,
        (
            "Write minus the log density of a day and of a head, and multiply both by 2 sigma².",
            "The days come out with factor 1. What stands before the squares of the heads?",
            "The pull is sigma² / tau², with sigma = 25 and tau = 10.",
        ),
    ),
    Task(
        "multitask.head",
        "Ridge to the mean head",
        _ridge,
        (
            "Set the derivative of the loss to zero; it is linear in the head.",
            "Each of the two squares gives a term with w and a term without. Collect those with w on one side.",
            "Solve (X'X + pull I) w = X'y + pull * mean_head with np.linalg.solve.",
        ),
    ),
    Task(
        "multitask.loss",
        "Two bugs in a loss",
        _bug,
        (
            "Move the head of one task. Which rows should notice, and which do?",
            "One bug is in the forecast, one in the prior. Which line would make the tasks know of each other?",
            "heads[task] gives each row its own head; the prior holds heads - mean_head.",
        ),
    ),
    Task(
        "multitask.model",
        "The hierarchy behind the loss",
        _model,
        (
            "Three shops, two coefficients each: heads have the shape (3, 2). What do they scatter around?",
            "A mean head of two coefficients, one tau, one sigma.",
            "(x * heads[shop]).sum(axis=1) is the forecast of each day.",
        ),
    ),
    Task(
        "multitask.claims",
        "Two fields, one idea",
        _claims,
        (
            "Look for one case in which a sentence fails: one is enough.",
            "Ask of each: what is pulled, to where, and who decides how hard?",
            "The true ones are about what training cannot choose, and about a density without a top.",
        ),
    ),
)

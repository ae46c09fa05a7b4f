"""Tasks of lesson 07: odds, separation, a hierarchy of curves, and what a price earns."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from course.checks.answers import Claim, Slip, claims, number
from course.checks.forms import Form, effects, every_form
from course.checks.functions import WrongVersion, function
from course.checks.law import Names
from course.checks.models import WrongModel, posterior
from course.checks.task import Task

if TYPE_CHECKING:
    import pymc as pm

# Ten euros more.

_chance = number(
    lambda: special.expit(-0.8),
    within=0.002,
    means="The odds fall from 1 to e^-0.8; the chance is odds/(1 + odds).",
    slips=(
        Slip(0.3, "that is the tangent, a quarter of the slope for every step. Ten euros are too long a step for it."),
        Slip(lambda: 0.5 * np.exp(-0.8), "it is the odds that are multiplied by e^-0.8, not the chance."),
        Slip(lambda: np.exp(-0.8), "those are the odds. A chance is odds/(1 + odds)."),
        Slip(lambda: special.expit(0.8), "that is the chance ten euros cheaper."),
        Slip(-0.3, "0.8 was taken off the chance. It comes off the log odds."),
    ),
)

# Is there a curve?


def _overlap(price: Any, bought: Any, *, ties: bool = False, both_ways: bool = True) -> bool:
    yes, no = price[bought == 1], price[bought == 0]
    if not len(yes) or not len(no):
        return False
    more = np.greater_equal if ties else np.greater
    falling = bool(more(yes.max(), no.min()))
    return falling and (not both_ways or bool(more(no.max(), yes.min())))


_SEPARATED = np.array([20.0, 20, 30, 40, 50])
_curve = function(
    _overlap,
    (
        (_SEPARATED, np.array([1, 1, 1, 0, 0])),
        (_SEPARATED, np.array([1, 1, 0, 1, 0])),
        (np.array([20.0, 30, 30, 40]), np.array([1, 1, 0, 0])),
        (_SEPARATED, np.array([1, 1, 1, 1, 1])),
        (_SEPARATED, np.array([0, 0, 0, 0, 0])),
        (_SEPARATED, np.array([0, 0, 0, 1, 1])),
    ),
    random=lambda rng: (rng.choice(np.arange(20.0, 60, 10), 5), rng.integers(0, 2, 5)),
    n_random=30,
    means="A curve exists when buyers and others overlap, and a tie at the threshold is no overlap.",
    mistakes=(
        WrongVersion(
            lambda price, bought: _overlap(price, bought, ties=True),
            "A tie at the threshold is not an overlap: a steeper curve through it still fits better (city D).",
        ),
        WrongVersion(
            lambda price, bought: _overlap(price, bought, both_ways=False),
            "You look at one direction only. If all buyers saw the *higher* prices, the slope runs off to plus "
            "infinity.",
        ),
        WrongVersion(
            lambda price, bought: bool(0 < np.sum(bought) < len(bought)),
            "That somebody bought and somebody did not is needed, and not enough: one threshold may split them.",
        ),
        WrongVersion(
            lambda price, bought: not _overlap(price, bought),
            "That is the other way round: True when a curve exists, False when the data are separated.",
        ),
    ),
)

# A price from draws.


def _best(alpha: Any, beta: Any, menu: Any) -> float:
    chance = special.expit(alpha[:, None] + np.outer(beta, menu)).mean(axis=0)
    return float(menu[(menu * chance).argmax()])


def _each(alpha: Any, beta: Any, menu: Any) -> Any:
    revenue = menu * special.expit(alpha[:, None] + np.outer(beta, menu))
    return menu[revenue.argmax(axis=1)]


_MENU = np.arange(2.0, 10.05, 0.1)
_WIDE = (np.array([2.0, 9.0, 5.0, 12.0]), np.array([-0.9, -0.9, -2.0, -1.3]), _MENU)
_price = function(
    _best,
    (_WIDE, (np.array([5.0]), np.array([-0.8]), _MENU), (np.array([1.0, 8.0]), np.array([-0.5, -0.9]), _MENU)),
    random=lambda rng: (rng.normal(5, 3, 50), -rng.lognormal(-0.3, 0.7, 50), _MENU),
    n_random=12,
    means="Average the revenue first, then choose: the price is known when it is set, the curve is not.",
    mistakes=(
        WrongVersion(
            lambda alpha, beta, menu: _best(np.array([alpha.mean()]), np.array([beta.mean()]), menu),
            "You took the curve at the mean alpha and beta. The mean of the curves is another curve.",
        ),
        WrongVersion(
            lambda alpha, beta, menu: _each(alpha, beta, menu).mean(),
            "You averaged the best prices. Each is best for one curve; you want the price that earns most over all.",
        ),
        WrongVersion(
            lambda alpha, beta, menu: menu[special.expit(alpha[:, None] + np.outer(beta, menu)).mean(axis=0).argmax()],
            "That is the price at which most people buy. Revenue is the price times the chance.",
        ),
        WrongVersion(
            lambda alpha, beta, menu: (menu * special.expit(alpha[:, None] + np.outer(beta, menu)).mean(axis=0)).max(),
            "That is the revenue at the best price. The price is asked for.",
        ),
    ),
)

# A hierarchy of curves.

CITY = np.array([0, 0, 0, 1, 1, 1, 2, 2, 3, 3])
PRICE = np.array([2.0, 5, 9, 2, 5, 9, 3, 7, 4, 8])
ASKED = np.array([5, 6, 4, 20, 22, 19, 9, 8, 40, 35])
BOUGHT = np.array([5, 4, 1, 19, 10, 2, 9, 2, 30, 6])


def _curves(
    log_odds: Any = None,
    *,
    form: Form = "standard",
    slopes: Form | None = None,
    tau_beta: float = 0.5,
    price: Any = PRICE,
) -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu_alpha, mu_beta = pm.Normal("mu_alpha", 4, 2), pm.Normal("mu_beta", -0.7, 0.3)
        spread, step = pm.HalfNormal("tau_alpha", 2), pm.HalfNormal("tau_beta", tau_beta)
        alpha = effects(form, "alpha", mu_alpha, spread, shape=4)
        beta = effects(slopes or form, "beta", mu_beta, step, shape=4)
        line = log_odds(alpha, beta, price) if log_odds else alpha[CITY] + beta[CITY] * price
        pm.Binomial("bought", n=ASKED, logit_p=line, observed=BOUGHT)
    return model


def _one_slope() -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        alpha = pm.Normal("alpha", pm.Normal("mu_alpha", 4, 2), pm.HalfNormal("tau_alpha", 2), shape=4)
        beta = pm.Normal("beta", -0.7, 0.3)
        pm.Binomial("bought", n=ASKED, logit_p=alpha[CITY] + beta * PRICE, observed=BOUGHT)
    return model


_model = posterior(
    *every_form(_curves),
    lambda: _curves(form="centred", slopes="standard"),
    lambda: _curves(form="standard", slopes="centred"),
    means="Ten cells in place of 168 users, and every city a curve, also those whose own data are separated.",
    names=Names("the chance of cell {}"),
    mistakes=(
        WrongModel(
            partial(_curves, price=PRICE - PRICE.mean()),
            "the price is centred in it, and alpha keeps the prior for price 0.",
        ),
        WrongModel(_one_slope, "all cities share one slope in it: beta needs a value a city, with mean and spread."),
        WrongModel(
            partial(_curves, price=10 * PRICE),
            "the price is in euros in it. The priors on the slope are per 10 euros, and so is `price` as given.",
        ),
        WrongModel(
            partial(_curves, lambda alpha, beta, price: alpha[0] + beta[0] * price),
            "all cells get the curve of one city: index alpha and beta by the cell's city.",
        ),
        WrongModel(
            partial(_curves, lambda alpha, beta, price: alpha[CITY] - beta[CITY] * price),
            "the slope is subtracted in it, and its prior is negative already: the dearer, the better it would sell.",
        ),
    ),
)

# What a price loses.


def _lost(price: Any, alpha: float, beta: float, menu: Any, *, by: str = "revenue", at: str = "price") -> Any:
    chance = special.expit(alpha + beta * menu)
    best = menu[(chance if by == "chance" else menu * chance).argmax()]
    here = price if at == "price" else best
    return best * special.expit(alpha + beta * best) - price * special.expit(alpha + beta * here)


_bug = function(
    _lost,
    ((4.0, 5.0, -0.8, _MENU), (9.0, 5.0, -0.8, _MENU), (2.0, 3.0, -0.5, _MENU)),
    random=lambda rng: (rng.uniform(2, 10), rng.normal(5, 1.5), -rng.lognormal(-0.3, 0.3), _MENU),
    start=WrongVersion(
        lambda price, alpha, beta, menu: _lost(price, alpha, beta, menu, by="chance", at="best"),
        "A loss is never negative. Is it?",
    ),
    means="For a price on the menu never negative, and zero at the best alone: that is what money lost looks like.",
    mistakes=(
        WrongVersion(
            lambda price, alpha, beta, menu: _lost(price, alpha, beta, menu, at="best"),
            "The best price is mended. But your price is credited with the chance at the best one.",
        ),
        WrongVersion(
            lambda price, alpha, beta, menu: _lost(price, alpha, beta, menu, by="chance"),
            "The chance at your price is mended. But the best price is still the one at which most people buy.",
        ),
        WrongVersion(
            lambda price, alpha, beta, menu: np.abs(price - _best(np.array([alpha]), np.array([beta]), menu)),
            "That is the distance of two prices. Money is lost in revenue, and a flat top forgives a distance.",
        ),
    ),
)

# What is so.

_claims = claims(
    {
        "A": Claim(False, "nothing is wrong with the optimiser: the likelihood has no maximum to find."),
        "B": Claim(True, "complete pooling was nearly calibrated over all users and lost euros in single cities."),
        "C": Claim(False, "it is a correlation at x = 0. At the mean price the same cities have another one."),
        "D": Claim(
            False, "in a third of the lesson's worlds the cities' own curves lost less. It is better on average."
        ),
        "E": Claim(
            True, "ten draws from a population have their own mean and spread, and the data are about those ten."
        ),
    },
    means="Ask of what, over whom, and at which x, before you believe an average.",
)

TASKS = (
    Task(
        "logistic_regression.chance",
        "Ten euros more",
        _chance,
        (
            "At an even chance, what are the log odds?",
            "The log odds fall by 0.8, from 0. Then back to a chance.",
            "1 / (1 + e^0.8).",
        ),
    ),
    Task(
        "logistic_regression.curve",
        "Is there a curve?",
        _curve,
        (
            "When can one threshold in price put all buyers on one side and all others on the other?",
            "Compare the highest price of a buyer with the lowest of another; then the same the other way round.",
            "Both must exist; yes.max() > no.min() and no.max() > yes.min(), without equality.",
        ),
    ),
    Task(
        "logistic_regression.price",
        "A price from uncertain curves",
        _price,
        (
            "You set one price and meet one of these curves, you do not know which. What do you want to be largest?",
            "Which average do you need for one price, before you compare prices?",
            "A table with a row a draw and a column a price, alpha[:, None] + np.outer(beta, menu), is the start.",
        ),
    ),
    Task(
        "logistic_regression.model",
        "A hierarchy of curves",
        _model,
        (
            "Four cities, so alpha and beta have four values each; ten cells, so the likelihood has ten.",
            "alpha[city] + beta[city] * price are the log odds of a cell.",
            "pm.Binomial takes n=asked and logit_p=...; four population parameters with the priors as given.",
        ),
    ),
    Task(
        "logistic_regression.lost",
        "Two bugs in a loss",
        _bug,
        (
            "Try a price near the middle of the menu, and then a better one. What does the loss do?",
            "What is maximised to find the best price? And at which price is the chance taken in each of the terms?",
            "The best price maximises price times chance; the second term has the chance at your own price.",
        ),
    ),
    Task(
        "logistic_regression.claims",
        "Five sentences about curves",
        _claims,
        (
            "Look for one case in which a sentence fails: one is enough.",
            "Ask of each: over which users, at which price, in how many worlds?",
            "The true ones are about calibration over everybody, and about the ten cities that were drawn.",
        ),
    ),
)

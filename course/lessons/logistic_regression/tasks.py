"""Tasks of lesson 07: odds, separation, a hierarchy of curves, and what a price earns."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from course.checks.answers import Claim, Slip, claims, number
from course.checks.forms import Form, Misuse, effects, every_form, misuses
from course.checks.functions import WrongVersion, function
from course.checks.law import Names
from course.checks.models import WrongModel, posterior
from course.checks.task import Task
from course.checks.values import as_number

if TYPE_CHECKING:
    import pymc as pm

# Ten euros more.

_chance = number(
    lambda: special.expit(-0.8),
    within=0.005,
    means="The odds fall from 1 to e^-0.8; the chance is odds/(1 + odds).",
    slips=(
        Slip(0.3, "that is the tangent's value: a quarter of the slope, 0.2, taken off. For ten euros a curve bends."),
        Slip(lambda: 0.5 * np.exp(-0.8), "that multiplies the chance by e^-0.8. It is the odds that are multiplied."),
        Slip(lambda: np.exp(-0.8), "those are the odds. A chance is odds/(1 + odds)."),
        Slip(lambda: np.exp(0.8), "those are the odds of *not* buying."),
        Slip(lambda: special.expit(0.8), "that is the chance ten euros cheaper."),
        Slip(-0.3, "that takes 0.8 off the chance. It comes off the log odds."),
        Slip(-0.8, "those are the log odds. The chance comes next."),
        Slip(0.1, "that multiplies the chance by 1 - 0.8. The slope moves the log odds."),
        Slip(lambda: special.expit(-0.08), "that takes the slope to be per 100 euros. It is per 10 euros."),
        Slip(lambda: special.expit(-8), "that takes the slope to be per euro. It is per 10 euros."),
        Slip(
            lambda: special.expit(-0.8 * 7),
            "that counts the price from 0, with log odds of 0 there. The log odds are 0 at 60 euros.",
        ),
        Slip(lambda: special.expit(0.5 - 0.8), "that starts from log odds of 0.5. The *chance* is 0.5 at 60 euros."),
        Slip(0.5, "that is the chance at 60 euros. Ten euros more move it."),
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


def _tie(price: Any, bought: Any) -> bool:
    """Say whether the data overlap when one direction, in which buyers pay more, is strict and the other is not."""
    forward, back = _overlap(price, bought, both_ways=False), _overlap(-price, bought, ties=True, both_ways=False)
    return forward and back


def _about_curve(got: Any, price: Any, bought: Any) -> str:
    if len(set(bought)) == 1:
        return f"{'Everybody' if bought[0] else 'Nobody'} bought there: {_NO_TOP[bool(got)]}"
    if len(set(price)) == 1:
        return "All saw one price there: many curves fit it equally well."
    if not _overlap(price, bought):
        return f"One threshold in price splits those who bought from those who did not: {_NO_TOP[bool(got)]}"
    return "Some who bought saw a higher price than some who did not, and some a lower one: the data overlap."


_NO_TOP = {
    False: "the likelihood has no maximum.",
    True: "the likelihood has no maximum. An optimiser stops somewhere all the same, and may call that success.",
}
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
        (np.array([30.0, 30, 30]), np.array([1, 0, 1])),
    ),
    random=lambda rng: (rng.choice(np.arange(20.0, 60, 10), 5), rng.integers(0, 2, 5)),
    n_random=30,
    about=_about_curve,
    means="A curve exists when buyers and others overlap, and a tie at the threshold is no overlap.",
    mistakes=(
        *(
            WrongVersion(
                version,
                "A tie at the threshold is not an overlap: a steeper curve through it still fits better (city D).",
            )
            for version in (
                lambda price, bought: _overlap(price, bought, ties=True),
                lambda price, bought: len(set(price)) > 1 and _overlap(price, bought, ties=True),
            )
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
            lambda price, bought: _overlap(-price, bought, both_ways=False),
            "You look at one direction only. If all buyers saw the *lower* prices, the slope runs off to minus "
            "infinity.",
        ),
        WrongVersion(
            lambda price, bought: True,
            "It says True of everybody, also of data that one price separates. (An optimiser that reports success has "
            "only stopped.)",
        ),
        WrongVersion(
            lambda price, bought: False,
            "It says False of everybody. Look at data in which buyers and others saw prices from one range.",
        ),
        WrongVersion(
            lambda price, bought: (
                bool(0 < np.sum(bought) < len(bought))
                and (_overlap(price, bought, both_ways=False) or _overlap(-price, bought, both_ways=False))
            ),
            "It says True whenever some bought, some did not and prices differ. One threshold in price may still split "
            "them: compare in both directions, and let both hold.",
        ),
        *(
            WrongVersion(
                version,
                "One direction is right. In the other a tie passes for an overlap: a steeper curve fits better.",
            )
            for version in (
                lambda price, bought: _overlap(price, bought) or _tie(price, bought),
                lambda price, bought: _overlap(price, bought) or _tie(-price, bought),
            )
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


def _revenue(alpha: Any, beta: Any, menu: Any) -> Any:
    return menu * special.expit(alpha[:, None] + np.outer(beta, menu))


def _about_price(got: Any, menu: Any) -> str:
    number = as_number(got)
    off = number is not None and np.isfinite(number) and not np.isclose(number, menu).any()
    return "That price is not on the menu." if off else ""


def _each(alpha: Any, beta: Any, menu: Any) -> Any:
    return menu[_revenue(alpha, beta, menu).argmax(axis=1)]


def _most_often(prices: Any) -> float:
    values, counts = np.unique(prices, return_counts=True)
    return float(values[counts.argmax()])


_MENU = np.arange(2.0, 10.05, 0.1)
_FINE = np.arange(1000, 6000) / 1000
_WIDE = (np.array([2.0, 9.0, 5.0, 12.0]), np.array([-0.9, -0.9, -2.0, -1.3]), _MENU)
_price = function(
    _best,
    (
        _WIDE,
        (np.array([5.0]), np.array([-0.8]), _MENU),
        (np.array([1.0, 8.0]), np.array([-0.5, -0.9]), _MENU),
        (np.array([-2.0, -1.0]), np.array([0.3, 0.1]), np.array([9.0, 3.0, 6.0])),
        (np.array([1.0, -5.0, -1.0]), np.array([-1.0, 0.5, -0.1]), np.array([1.0, 2.0, 4.0, 8.0])),
        (np.array([-9.0]), np.array([-0.5034]), _FINE),  # hardly anybody buys
        (np.array([3.1234, 2.8]), np.array([-0.7034, -0.65]), _FINE),
    ),
    random=lambda rng: (rng.normal(1, 3, 20), rng.normal(-0.5, 0.6, 20), np.round(rng.uniform(0.5, 12, 9), 1)),
    n_random=12,
    about=lambda got, alpha, beta, menu: _about_price(got, menu),
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
        WrongVersion(
            lambda alpha, beta, menu: int(np.flatnonzero(menu == _best(alpha, beta, menu))[0]),
            "That is the place of the best price on the menu. The price itself is asked for: menu[...].",
        ),
        WrongVersion(
            lambda alpha, beta, menu: 10 * _best(alpha, beta, menu),
            "That is the best price in euros. It is asked for as it stands on the menu, in tens of euros.",
        ),
        WrongVersion(
            lambda alpha, beta, menu: np.median(_each(alpha, beta, menu)),
            "You took the median of the best prices. Each is best for one curve; you want the price that earns most "
            "over all.",
        ),
        *(
            WrongVersion(
                version,
                "You took the price that is most often the best. You want the one that earns most on average: "
                "how much counts too.",
            )
            for version in (  # where two are best equally often, each way of counting takes another
                lambda alpha, beta, menu: _most_often(_each(alpha, beta, menu)),
                lambda alpha, beta, menu: Counter(_each(alpha, beta, menu).tolist()).most_common(1)[0][0],
                lambda alpha, beta, menu: max(menu, key=lambda price: np.sum(_each(alpha, beta, menu) == price)),
            )
        ),
        WrongVersion(
            lambda alpha, beta, menu: menu[np.abs(menu - _each(alpha, beta, menu).mean()).argmin()],
            "That is the price nearest to the mean of the best prices. Each is best for one curve; you want the price "
            "that earns most over all.",
        ),
        WrongVersion(
            lambda alpha, beta, menu: menu[np.median(_revenue(alpha, beta, menu), axis=0).argmax()],
            "That is the price with the highest *median* revenue. The average over the draws is asked for.",
        ),
        WrongVersion(
            lambda alpha, beta, menu: menu[_revenue(alpha, beta, menu).mean(axis=1).argmax()],
            "The mean is over the prices there, and chooses a draw. Average over the draws: axis=0.",
        ),
        WrongVersion(
            lambda alpha, beta, menu: _each(alpha, beta, menu),
            "Those are the best prices of every single curve. You set one price, before you know which curve it is.",
        ),
        WrongVersion(
            lambda alpha, beta, menu: _best(np.array([np.median(alpha)]), np.array([np.median(beta)]), menu),
            "You took the curve at the median alpha and beta. The mean of the curves is another curve.",
        ),
        WrongVersion(
            lambda alpha, beta, menu: (menu * special.expit(alpha[:, None] + np.outer(beta, menu))).mean(axis=0),
            "Those are the expected revenues at all prices. Which price has the highest?",
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
    misuse: Misuse = "",
) -> pm.Model:
    import pymc as pm

    with pm.Model() as model:
        mu_alpha, mu_beta = pm.Normal("mu_alpha", 4, 2), pm.Normal("mu_beta", -0.7, 0.3)
        spread, step = pm.HalfNormal("tau_alpha", 2), pm.HalfNormal("tau_beta", tau_beta)
        alpha = effects(form, "alpha", mu_alpha, spread, misuse=misuse, shape=4)
        beta = effects(slopes or form, "beta", mu_beta, step, misuse=misuse, shape=4)
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
    names=Names("the chance behind bought[{}]"),
    mistakes=(
        WrongModel(
            partial(_curves, price=PRICE - PRICE.mean()),
            "the price is centred in it, and alpha keeps the prior for price 0.",
        ),
        *misuses(_curves, "curves"),
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
            "the dearer, the better it sells in it: the slope is subtracted, or its prior's mean has the wrong sign.",
        ),
    ),
)

# What a price loses.


def _lost(price: Any, alpha: float, beta: float, menu: Any, *, by: str = "revenue", at: str = "price") -> Any:
    chance = special.expit(alpha + beta * menu)
    best = menu[(chance if by == "chance" else menu * chance).argmax()]
    here = price if at == "price" else best
    return best * special.expit(alpha + beta * best) - price * special.expit(alpha + beta * here)


def _hidden(bug: dict[str, str], why: str) -> tuple[WrongVersion, ...]:
    """Return the versions with one bug left whose sign is taken away."""
    return (
        WrongVersion(lambda price, alpha, beta, menu: abs(_lost(price, alpha, beta, menu, **bug)), why),
        WrongVersion(lambda price, alpha, beta, menu: max(0.0, _lost(price, alpha, beta, menu, **bug)), why),
    )


def _looked_up(price: float, menu: Any, *, last: bool = False) -> float:
    place = np.searchsorted(menu, price)
    return float(menu[min(place, len(menu) - 1) if last else place])


def _where_equal(price: Any, alpha: float, beta: float, menu: Any, *, otherwise: Any) -> Any:
    revenue = menu * special.expit(alpha + beta * menu)
    found = revenue[menu == price]
    return revenue.max() - found[0] if len(found) else otherwise


_bug = function(
    _lost,
    (
        (4.7, 5.0, -0.8, np.array([2.0, 6.0, 10.0])),  # a better price off the menu
        (4.0, 5.0, -0.8, _MENU),
        (9.0, 5.0, -0.8, _MENU),
        (2.0, 3.0, -0.5, _MENU),
        (4.0, -3.0, 0.4, np.array([9.0, 2.0, 5.0])),
        (1.5, -1.0, -0.2, np.array([1.0, 3.0, 9.0])),
        (3.0, -9.0, -0.5, np.array([1.0, 2.0, 2.6, 4.0])),  # hardly anybody buys
        (3.75, 3.1234, -0.7034, _FINE),  # close to the best
    ),
    random=lambda rng: (
        rng.uniform(1, 12),
        rng.normal(0, 3),
        rng.normal(-0.5, 0.5),
        np.round(rng.uniform(0.5, 12, 4), 1),
    ),
    start=WrongVersion(
        lambda price, alpha, beta, menu: _lost(price, alpha, beta, menu, by="chance", at="best"),
        "For a price on the menu a loss is never negative. Is it?",
    ),
    means="For a price on the menu never negative, and zero at the best alone. Off the menu there may be a better one.",
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
        WrongVersion(
            lambda price, alpha, beta, menu: abs(_lost(price, alpha, beta, menu)),
            "Both bugs are mended, but it hides a sign. A price off the menu may earn more than the best on it, and "
            "then the loss is below 0.",
        ),
        WrongVersion(
            lambda price, alpha, beta, menu: max(0.0, _lost(price, alpha, beta, menu)),
            "Both bugs are mended, but it hides a sign. A price off the menu may earn more than the best on it, and "
            "then the loss is below 0.",
        ),
        WrongVersion(
            lambda price, alpha, beta, menu: abs(_lost(price, alpha, beta, menu, by="chance", at="best")),
            "The two bugs are still there; their sign alone is hidden. For a price on the menu the right loss is "
            "never negative by itself.",
        ),
        WrongVersion(
            lambda price, alpha, beta, menu: max(0.0, _lost(price, alpha, beta, menu, by="chance", at="best")),
            "The two bugs are still there; their sign alone is hidden. For a price on the menu the right loss is "
            "never negative by itself.",
        ),
        *_hidden(
            {"at": "best"},
            "The best price is mended. But your price is credited with the chance at the best one, and a sign is "
            "hidden.",
        ),
        *_hidden(
            {"by": "chance"},
            "The chance at your price is mended. But the best price is still the one at which most people buy, and a "
            "sign is hidden.",
        ),
        WrongVersion(
            lambda price, alpha, beta, menu: _lost(menu[np.abs(menu - price).argmin()], alpha, beta, menu),
            "For a price on the menu that is right. A price that is not on it gets the revenue of its neighbour there.",
        ),
        WrongVersion(
            lambda price, alpha, beta, menu: _lost(_looked_up(price, menu), alpha, beta, menu),
            "The price is looked up on the menu there: one that is not on it gets another one's revenue.",
        ),
        WrongVersion(
            lambda price, alpha, beta, menu: _lost(_looked_up(price, menu, last=True), alpha, beta, menu),
            "The price is looked up on the menu there: one that is not on it gets another one's revenue.",
        ),
        *(
            WrongVersion(
                partial(_where_equal, otherwise=otherwise),
                "The price is looked up on the menu there, and need not be on it: its revenue follows from the curve.",
            )
            for otherwise in (np.array([]), np.nan)
        ),
        WrongVersion(
            lambda price, alpha, beta, menu: -_lost(price, alpha, beta, menu),
            "Both bugs are mended, and the sign is turned: it is the revenue at the best price, less that at yours.",
        ),
        WrongVersion(
            lambda price, alpha, beta, menu: (
                _best(np.array([alpha]), np.array([beta]), menu)
                * (
                    special.expit(alpha + beta * _best(np.array([alpha]), np.array([beta]), menu))
                    - special.expit(alpha + beta * price)
                )
            ),
            "Both chances are multiplied by the best price. Whoever buys at your price pays your price.",
        ),
        WrongVersion(
            lambda price, alpha, beta, menu: price * special.expit(alpha + beta * price),
            "That is the revenue at your price. How much less is it than at the best?",
        ),
    ),
)

# What is so.

_claims = claims(
    {
        "A": Claim(False, "nothing is wrong with the optimiser: the likelihood has no maximum to find."),
        "B": Claim(
            True,
            "calibration over all users is an average: chances that are too low in one city and too high in the next "
            "cancel in it, and both get a wrong price. Complete pooling lost most.",
        ),
        "C": Claim(
            False,
            "intercepts are the log odds at x = 0: move the zero, and the same cities have another correlation.",
        ),
        "D": Claim(
            False,
            "it lost less on average over many worlds. In the lesson's own the two lost 0.49 euros a visitor each, and "
            "one world cannot decide.",
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
            "Ten euros more move the log odds, not the chance. By how much, and how do you get back to a chance?",
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

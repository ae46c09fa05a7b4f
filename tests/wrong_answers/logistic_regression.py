import statistics
from collections import Counter

import numpy as np
import pymc as pm
from scipy import optimize
from scipy.special import expit

from course.lessons.logistic_regression.tasks import ASKED, BOUGHT, CITY, PRICE
from tests.wrong_answers import Wrong, built


def has_curve(compare=np.greater, both=True):
    def exists(price, bought):
        yes, no = price[bought == 1], price[bought == 0]
        if len(yes) == 0 or len(no) == 0:
            return False
        return bool(compare(yes.max(), no.min()) and (not both or compare(no.max(), yes.min())))

    return exists


def one_tie(one, other):
    def exists(price, bought):
        yes, no = price[bought == 1], price[bought == 0]
        return bool(len(yes) and len(no) and one(yes.max(), no.min()) and other(no.max(), yes.min()))

    return exists


def optimised(price, bought):
    def loss(at):
        line = at[0] + at[1] * (price - price.mean()) / 10
        return np.sum(np.logaddexp(0, line) - bought * line)

    return optimize.minimize(loss, [0.0, 0.0], method="Nelder-Mead")


def at_the_mean(alpha, beta, menu):
    return menu[(menu * expit(alpha.mean() + beta.mean() * menu)).argmax()]


def mean_of_best(alpha, beta, menu):
    return np.mean([menu[(menu * expit(a + b * menu)).argmax()] for a, b in zip(alpha, beta, strict=True)])


def bests(alpha, beta, menu):
    return [menu[(menu * expit(a + b * menu)).argmax()] for a, b in zip(alpha, beta, strict=True)]


def what_sells(alpha, beta, menu):
    return menu[expit(alpha[:, None] + np.outer(beta, menu)).mean(axis=0).argmax()]


def the_revenue(alpha, beta, menu):
    return (menu * expit(alpha[:, None] + np.outer(beta, menu)).mean(axis=0)).max()


def curves(line=lambda a, b: a[CITY] + b[CITY] * PRICE, tau=lambda: pm.HalfNormal("tb", 0.5), bought=BOUGHT):
    with pm.Model() as model:
        a = pm.Normal("a", pm.Normal("ma", 4, 2), pm.HalfNormal("ta", 2), shape=4)
        b = pm.Normal("b", pm.Normal("mb", -0.7, 0.3), tau(), shape=4)
        pm.Binomial("y", n=ASKED, logit_p=line(a, b), observed=bought)
    return model


def one_slope():
    with pm.Model() as model:
        a = pm.Normal("a", pm.Normal("ma", 4, 2), pm.HalfNormal("ta", 2), shape=4)
        pm.Binomial("y", n=ASKED, logit_p=a[CITY] + pm.Normal("b", -0.7, 0.3) * PRICE, observed=BOUGHT)
    return model


def lost(best_by, at_own):
    def loss(price, alpha, beta, menu):
        chance = expit(alpha + beta * menu)
        best = menu[best_by(menu, chance).argmax()]
        here = price if at_own else best
        return best * expit(alpha + beta * best) - price * expit(alpha + beta * here)

    return loss


def hidden(sign, *given, **how):
    return lambda *args: sign(lost(*given, **how)(*args))


def from_menu(where):
    def loss(price, alpha, beta, menu):
        revenue = menu * expit(alpha + beta * menu)
        return revenue.max() - revenue[where(price, menu)]

    return loss


def distance(price, alpha, beta, menu):
    return abs(price - menu[(menu * expit(alpha + beta * menu)).argmax()])


RIGHT_CLAIMS = {"A": False, "B": True, "C": False, "D": False, "E": True}

WRONG = {
    "logistic_regression.chance": [
        Wrong(0.3, "the tangent"),
        Wrong(0.5 * np.exp(-0.8), "the odds that are multiplied"),
        Wrong(np.exp(-0.8), "those are the odds"),
        Wrong(expit(0.8), "ten euros cheaper"),
        Wrong(31.0, "percentage"),
    ],
    "logistic_regression.curve": [
        Wrong(has_curve(compare=np.greater_equal), "A tie at the threshold"),
        Wrong(
            lambda price, bought: len(set(price)) > 1 and has_curve(compare=np.greater_equal)(price, bought),
            "A tie at the threshold",
        ),
        Wrong(has_curve(both=False), "one direction only"),
        Wrong(lambda price, bought: bool(0 < bought.sum() < len(bought)), "not enough"),
        Wrong(lambda price, bought: not has_curve()(price, bought), "the other way round"),
        Wrong(lambda price, bought: price[bought == 1].max() > price[bought == 0].min(), "ValueError"),
        Wrong(lambda price, bought: True, "True of everybody"),
        Wrong(lambda price, bought: 0, "False of everybody"),
        Wrong(lambda price, bought: 0 < bought.sum() < len(bought) and len(np.unique(price)) > 1, "and let both hold"),
        Wrong(one_tie(np.greater_equal, np.greater), "One direction is right"),
        Wrong(one_tie(np.greater, np.greater_equal), "One direction is right"),
        Wrong(
            lambda price, bought: optimised(price, bought).success,
            "(An optimiser that reports success has only stopped.)",
        ),
        Wrong(lambda price, bought: bool(abs(optimised(price, bought).x[1]) < 15), "An optimiser stops somewhere"),
        Wrong(lambda price, bought: bool(np.corrcoef(price, bought)[0, 1] < 0), "in price splits"),
    ],
    "logistic_regression.price": [
        Wrong(at_the_mean, "the mean alpha and beta"),
        Wrong(mean_of_best, "averaged the best prices"),
        Wrong(what_sells, "most people buy"),
        Wrong(the_revenue, "the revenue at the best price"),
        Wrong(
            lambda alpha, beta, menu: (menu * expit(alpha[:, None] + beta[:, None] * menu).mean(axis=0)).argmax(),
            "the place of the best price",
        ),
        Wrong(
            lambda alpha, beta, menu: (
                10 * menu[(menu * expit(alpha[:, None] + beta[:, None] * menu).mean(axis=0)).argmax()]
            ),
            "in euros",
        ),
        Wrong(lambda alpha, beta, menu: Counter(bests(alpha, beta, menu)).most_common(1)[0][0], "most often the best"),
        Wrong(lambda alpha, beta, menu: statistics.mode(sorted(bests(alpha, beta, menu))), "most often the best"),
        Wrong(
            lambda alpha, beta, menu: menu[np.abs(menu - np.mean(bests(alpha, beta, menu))).argmin()],
            "nearest to the mean",
        ),
        Wrong(
            lambda alpha, beta, menu: menu[
                np.median(menu * expit(alpha[:, None] + beta[:, None] * menu), axis=0).argmax()
            ],
            "*median* revenue",
        ),
        Wrong(
            lambda alpha, beta, menu: menu[(menu * expit(alpha[:, None] + beta[:, None] * menu)).mean(axis=1).argmax()],
            "axis=0",
        ),
        Wrong(
            lambda alpha, beta, menu: (
                optimize.minimize_scalar(
                    lambda price: -price * expit(alpha + beta * price).mean(),
                    bounds=(menu.min(), menu.max()),
                    method="bounded",
                ).x
            ),
            "not on the menu",
        ),
    ],
    "logistic_regression.model": [
        built(one_slope, "one slope"),
        built(lambda: curves(lambda a, b: a[CITY] + b[CITY] * 10 * PRICE), "in euros"),
        built(lambda: curves(lambda a, b: a[0] + b[0] * PRICE), "share one deviation"),
        built(lambda: curves(lambda a, b: a[CITY] - b[CITY] * PRICE), "subtracted"),
        built(lambda: curves(tau=lambda: pm.HalfNormal("tb", 2)), "your tb is HalfNormal(2)"),
        built(lambda: curves(bought=BOUGHT[::-1]), "not in one order"),
    ],
    "logistic_regression.lost": [
        Wrong(lost(lambda menu, chance: menu * chance, at_own=False), "credited with the chance"),
        Wrong(lost(lambda menu, chance: chance, at_own=True), "most people buy"),
        Wrong(distance, "the distance of two prices"),
        Wrong(
            lambda price, alpha, beta, menu: abs(
                (menu * expit(alpha + beta * menu)).max() - price * expit(alpha + beta * price)
            ),
            "hides a sign",
        ),
        Wrong(
            lambda price, alpha, beta, menu: np.maximum(
                (menu * expit(alpha + beta * menu)).max() - price * expit(alpha + beta * price), 0
            ),
            "hides a sign",
        ),
        Wrong(hidden(abs, lambda menu, chance: menu * chance, at_own=False), "credited with the chance"),
        Wrong(hidden(lambda x: max(0, x), lambda menu, chance: chance, at_own=True), "most people buy, and a sign"),
        Wrong(from_menu(lambda price, menu: np.abs(menu - price).argmin()), "of its neighbour"),
        Wrong(from_menu(lambda price, menu: min(np.searchsorted(menu, price), len(menu) - 1)), "another one's revenue"),
        Wrong(from_menu(lambda price, menu: np.searchsorted(menu, price)), "another one's revenue"),
        Wrong(from_menu(lambda price, menu: menu == price), "follows from the curve"),
        Wrong(from_menu(lambda price, menu: np.flatnonzero(menu == price)[0]), "follows from the curve"),
        Wrong(from_menu(lambda price, menu: list(menu).index(price)), "follows from the curve"),
    ],
    "logistic_regression.claims": [
        Wrong({**RIGHT_CLAIMS, "A": True}, "to A. A is "),
        Wrong({**RIGHT_CLAIMS, "C": True}, "to C. C is "),
        Wrong({**RIGHT_CLAIMS, "D": True}, "to D. D is "),
    ],
}

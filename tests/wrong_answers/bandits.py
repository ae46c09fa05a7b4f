import numpy as np
import pymc as pm
from scipy import stats

from course.lessons.bandits.tasks import CLICKS, SHOWN
from tests.wrong_answers import Wrong, built


def kl(p, q):
    return p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))


def marginal(own_past=True, learns=True, flip=False, flat=False):
    def log_marginal(arms, clicked, m, c):
        m, c = (0.5, 2.0) if flat else (m, c)
        total, past = 0.0, {}
        for arm, x in zip(arms, clicked, strict=True):
            hit, key = (1 - x if flip else x), (arm if own_past else 0)
            s, n = past.get(key, (0, 0)) if learns else (0, 0)
            chance = (m * c + s) / (c + n)
            total += np.log(chance if hit else 1 - chance)
            past[key] = (s + hit, n + 1)
        return total

    return log_marginal


def log_of_product(arms, clicked, m, c):
    product, past = 1.0, {}
    for arm, x in zip(arms, clicked, strict=True):
        s, n = past.get(arm, (0, 0))
        product *= (m * c + s) / (c + n) if x else 1 - (m * c + s) / (c + n)
        past[arm] = (s + x, n + 1)
    return np.log(product)


def in_any_order(arms, clicked, m, c):
    arms, clicked = np.array(arms), np.array(clicked)
    mine = [clicked[arms == arm] for arm in set(arms)]
    return sum(stats.betabinom.logpmf(x.sum(), len(x), m * c, (1 - m) * c) for x in mine)


def counted_before(arms, clicked, m, c):
    total, past = 0.0, {}
    for arm, x in zip(arms, clicked, strict=True):
        s, n = past.get(arm, (0, 0))
        past[arm] = s, n = s + x, n + 1
        total += np.log((m * c + s) / (c + n) if x else 1 - (m * c + s) / (c + n))
    return total


def platform(population, c=lambda: pm.Normal("w", 3, 1)):
    with pm.Model() as model:
        z, w = pm.Normal("z", -3, 1), c()
        theta = pm.Beta("rates", *population(z, w), shape=6)
        pm.Binomial("y", n=SHOWN, p=theta, observed=CLICKS)
    return model


def right(z, w):
    m, c = pm.math.invlogit(z), pm.math.exp(w)
    return m * c, (1 - m) * c


def m_is_exp(z, w):
    return pm.math.exp(z) * pm.math.exp(w), (1 - pm.math.exp(z)) * pm.math.exp(w)


RIGHT_CLAIMS = {"A": False, "B": False, "C": True, "D": False, "E": True}

WRONG = {
    "bandits.slope": [
        Wrong(1 / kl(0.1, 0.2), "those are the showings"),
        Wrong(0.1 / kl(0.2, 0.1), "KL the other way round"),
        Wrong(0.1 * kl(0.1, 0.2), "multiplies the gap by KL"),
        Wrong(0.1 / kl(0.1, 0.2) * np.log(2), "logarithm of base two"),
    ],
    "bandits.marginal": [
        Wrong(marginal(own_past=False), "share one past"),
        Wrong(marginal(learns=False), "whatever the article did before"),
        Wrong(marginal(flip=True), "swapped"),
        Wrong(marginal(flat=True), "the flat prior"),
        Wrong(lambda *args: np.exp(marginal()(*args)), "That is the likelihood"),
        Wrong(log_of_product, "the product is 0 on any computer"),
        Wrong(in_any_order, "in any order, as betabinom counts"),
        Wrong(counted_before, "First predict, then count"),
    ],
    "bandits.parameters": [
        Wrong(lambda clicks, shown, m, c: (m * c + clicks, (1 - m) * c + shown), "the second counts misses"),
        Wrong(lambda clicks, shown, m, c: (m + clicks, 1 - m + shown - clicks), "as one visitor"),
        Wrong(lambda clicks, shown, m, c: (1 + clicks, 1 + shown - clicks), "the flat prior"),
        Wrong(
            lambda clicks, shown, m, c: (m * c + clicks) / (c + shown),
            "2 arrays are wanted, in this order and separated by a comma; this is 2 values",
        ),
        Wrong(lambda clicks, shown, m, c: ((1 - m) * c + shown - clicks, m * c + clicks), "in the wrong order"),
    ],
    "bandits.model": [
        built(lambda: platform(lambda z, w: (pm.math.invlogit(z), pm.math.exp(w))), "as if they were alpha and beta"),
        built(lambda: platform(m_is_exp), "not confined to 0 and 1"),
        built(lambda: platform(lambda z, w: (1, 1)), "the flat prior"),
        built(lambda: platform(right, lambda: pm.Normal("w", 0, 1)), "your w is Normal(0, 1)"),
    ],
    "bandits.claims": [
        Wrong({**RIGHT_CLAIMS, "A": True}, "to A. A is "),
        Wrong({**RIGHT_CLAIMS, "B": True}, "to B. B is "),
        Wrong({**RIGHT_CLAIMS, "D": True}, "to D. D is "),
    ],
}

import numpy as np
import pymc as pm
from scipy.special import expit

from course.lessons.ten_thousand_cities.tasks import BOUGHT, USERS
from tests.wrong_answers import Wrong, built

RNG = np.random.default_rng(0)


def mean_chance(sd):
    return expit(RNG.normal(-2.2, sd, 4_000_000)).mean()


def newton(sign=1, weigh=True, pull=True, bend=np.linalg.inv, step_only=False):
    def step(x, y, theta, mean, cov):
        z = np.column_stack([np.ones(len(x)), x])
        p, precision = expit(z @ theta), bend(cov)
        slope = z.T @ (y - p) - pull * precision @ (theta - mean)
        w = p * (1 - p) if weigh else np.ones(len(x))
        return (not step_only) * theta + sign * np.linalg.solve(z.T @ (z * w[:, None]) + precision, slope)

    return step


def population(weighed=True, within=True, centred=True, between=True):
    def found(parts):
        total = sum(n for n, *_ in parts)
        mean = sum(s for _, s, *_ in parts) / total
        if not weighed:
            mean = np.mean([s / n for n, s, *_ in parts], axis=0)
        modes = sum(outer for _, _, outer, _ in parts) / total - centred * np.outer(mean, mean)
        return mean, between * modes + within * sum(own for *_, own in parts) / total

    return found


def cities(chance=lambda a: {"logit_p": a}, tau=lambda: pm.HalfNormal("t", 2), bought=BOUGHT):
    with pm.Model() as model:
        a = pm.Normal("a", pm.Normal("m", 0, 5), tau(), shape=6)
        pm.Binomial("y", n=USERS, observed=bought, **chance(a))
    return model


RIGHT_CLAIMS = {"A": False, "B": True, "C": False, "D": True, "E": False}

WRONG = {
    "ten_thousand_cities.new": [
        Wrong(expit(-2.2), "the average city"),
        Wrong(mean_chance(np.sqrt(2.25 + 7.29)), "leaves the covariance out"),
        Wrong(-2.2, "mean log odds"),
        Wrong(21.4, "percentage"),
    ],
    "ten_thousand_cities.step": [
        Wrong(newton(sign=-1), "downhill"),
        Wrong(newton(weigh=False), "missing from the curvature"),
        Wrong(newton(pull=False), "does not pull"),
        Wrong(newton(bend=lambda cov: cov), "where its inverse belongs"),
        Wrong(newton(step_only=True), "the step alone"),
    ],
    "ten_thousand_cities.sums": [
        Wrong(population(within=False), "The mean is mended"),
        Wrong(population(weighed=False), "two thousand"),
        Wrong(population(centred=False), "around zero"),
        Wrong(population(between=False), "How far apart the modes are"),
    ],
    "ten_thousand_cities.model": [
        built(lambda: cities(lambda a: {"p": pm.math.invprobit(a)}), "the probit"),
        built(lambda: cities(lambda a: {"logit_p": a[0]}), "share one deviation"),
        built(lambda: cities(tau=lambda: pm.HalfNormal("t", 5)), "your t is HalfNormal(5)"),
        built(lambda: cities(bought=BOUGHT[::-1]), "not in one order"),
    ],
    "ten_thousand_cities.claims": [
        Wrong({**RIGHT_CLAIMS, "A": True}, "to A. A is "),
        Wrong({**RIGHT_CLAIMS, "C": True}, "to C. C is "),
        Wrong({**RIGHT_CLAIMS, "E": True}, "to E. E is "),
    ],
}

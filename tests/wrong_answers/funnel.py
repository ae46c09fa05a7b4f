import numpy as np
import pymc as pm
from scipy import stats

from course.lessons.funnel.tasks import EFFECT, SIGMA
from tests.wrong_answers import Wrong, built


def density(v_sd=3.0, x_sd=lambda v: np.exp(v / 2), together=np.sum, with_v=True):
    def log_density(v, x):
        return with_v * stats.norm.logpdf(v, 0, v_sd) + together(stats.norm.logpdf(x, 0, x_sd(v)))

    return log_density


def without_height(v, x):
    return -(v**2) / 18 - np.log(3 * np.sqrt(2 * np.pi)) - 0.5 * (x**2 / np.exp(v)).sum()


def stale_halves(q, p, step, sd):
    force = -q / sd**2
    p = p + step / 2 * force
    return q + step * p, p + step / 2 * force


def whole_kicks(q, p, step, sd):
    p = p - step * q / sd**2
    q = q + step * p
    return q, p - step * q / sd**2


def drift_kick_drift(q, p, step, sd):
    q = q + step * p / 2
    p = p - step * q / sd**2
    return q + step * p / 2, p


def euler(q, p, step, sd):
    return q + step * p, p - step * q / sd**2


def one_kick(q, p, step, sd):
    p = p - step * q / sd**2
    return q + step * p, p


def schools(width=lambda t: 1, theta=lambda m, t, e: m + t * e, tau=lambda: pm.HalfNormal("t", 10)):
    with pm.Model() as model:
        m, t = pm.Normal("m", 0, 10), tau()
        e = pm.Normal("e", 0, width(t), shape=8)
        pm.Normal("report", theta(m, t, e), SIGMA, observed=EFFECT)
    return model


def centred():
    with pm.Model() as model:
        m, t = pm.Normal("m", 0, 10), pm.HalfNormal("t", 10)
        pm.Normal("report", pm.Normal("theta", m, t, shape=8), SIGMA, observed=EFFECT)
    return model


RIGHT_CLAIMS = {"A": False, "B": False, "C": True, "D": False, "E": True}

WRONG = {
    "funnel.step": [
        Wrong((1 / 100 + 1 / 9) ** -0.5, "standard deviation of theta there"),
        Wrong(2 * np.hypot(10, 3), "adds variances"),
        Wrong(20, "the standard error of the data"),
        Wrong(6, "twice tau"),
    ],
    "funnel.density": [
        Wrong(density(x_sd=np.exp), "exp(v) is its variance"),
        Wrong(density(v_sd=9), "9 is its variance"),
        Wrong(density(together=np.mean), "not the mean"),
        Wrong(without_height, "it is no constant"),
        Wrong(density(with_v=False), "v itself is missing"),
        Wrong(lambda v, x: -(v**2) / 18 - len(x) * v / 2 - (x**2).sum() / np.exp(v) / 2, "You left the constants away"),
        Wrong(
            lambda v, x: -(v**2) / 18 - np.log(3) - len(x) * v / 2 - (x**2).sum() / np.exp(v) / 2,
            "Right but for a constant",
        ),
        Wrong(density(together=lambda terms: terms), "one value for every x"),
        Wrong(lambda v, x: np.exp(density()(v, x)), "That is the density"),
        Wrong(
            lambda v, x: np.log(stats.norm.pdf(v, 0, 3) * stats.norm.pdf(x, 0, np.exp(v / 2)).prod()),
            "no computer can tell from 0",
        ),
    ],
    "funnel.leapfrog": [
        Wrong(stale_halves, "the force of the old place"),
        Wrong(whole_kicks, "two steps long"),
        Wrong(one_kick, "symplectic Euler"),
        Wrong(euler, "Euler's method"),
        Wrong(drift_kick_drift, "a leapfrog too"),
    ],
    "funnel.model": [
        built(centred, "still the centred form"),
        built(lambda: schools(lambda t: t, lambda m, t, e: m + e), "half of the way"),
        built(lambda: schools(lambda t: t), "twice"),
        built(lambda: schools(theta=lambda m, t, e: t * (m + e)), "mu is multiplied by tau"),
        built(lambda: schools(tau=lambda: pm.HalfNormal("t", 5)), "your t is HalfNormal(5)"),
    ],
    "funnel.claims": [
        Wrong({**RIGHT_CLAIMS, "A": True}, "to A. A is "),
        Wrong({**RIGHT_CLAIMS, "B": True}, "to B. B is "),
        Wrong({**RIGHT_CLAIMS, "D": True}, "to D. D is "),
    ],
}

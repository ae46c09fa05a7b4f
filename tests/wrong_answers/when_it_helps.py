import numpy as np
import pymc as pm
from scipy import stats

from course.lessons.when_it_helps.tasks import SIGMA, Y
from tests.wrong_answers import Wrong, built


def gain(error=lambda p, o: (o - p).std(ddof=1) / np.sqrt(len(p)), sign=1):
    return lambda partial, other: (sign * (other - partial).mean(), error(partial, other))


def unpaired(partial, other):
    return np.sqrt((partial.var(ddof=1) + other.var(ddof=1)) / len(partial))


def odds(estimate="odds", variance=False, sign=1):
    def found(ill, n, ill_control, n_control):
        well, well_control = n - ill, n_control - ill_control
        value = (ill / well) / (ill_control / well_control)
        value = (ill / n) / (ill_control / n_control) if estimate == "risk" else value
        error = 1 / ill + 1 / well + 1 / ill_control + 1 / well_control
        return sign * np.log(value), error if variance else np.sqrt(error)

    return found


def hierarchy(theta, noise=lambda t: pm.Normal("report", t, SIGMA, observed=Y), tau=lambda: pm.HalfNormal("t", 5)):
    with pm.Model() as model:
        m, t = pm.Normal("m", 0, 10), tau()
        noise(theta(m, t))
    return model


def student(nu):
    return lambda m, t: pm.StudentT("g", nu, mu=m, sigma=t, shape=6)


RIGHT_CLAIMS = {"A": False, "B": True, "C": False, "D": True, "E": False}

WRONG = {
    "when_it_helps.new": [
        Wrong(stats.norm.cdf(0.7 / 0.2), "the average place"),
        Wrong(stats.norm.cdf(0.7 / 0.6), "takes mu to be known"),
        Wrong(stats.norm.cdf(0.7 / 0.8), "adds the two standard deviations"),
        Wrong(stats.norm.sf(0.7 / np.hypot(0.2, 0.6)), "probability of harm"),
    ],
    "when_it_helps.gain": [
        Wrong(gain(unpaired), "they met the same ones"),
        Wrong(gain(lambda p, o: (o - p).std(ddof=1)), "the spread of single worlds"),
        Wrong(gain(sign=-1), "The sign is wrong"),
        Wrong(gain(lambda p, o: (o - p).std() / np.sqrt(len(p))), "ddof=1"),
        Wrong(lambda partial, other: (other - partial).mean(), "2 values are wanted"),
        Wrong(
            lambda partial, other: (np.median(other - partial), (other - partial).std(ddof=1) / len(other) ** 0.5),
            "the median",
        ),
    ],
    "when_it_helps.odds": [
        Wrong(odds("risk"), "The error is mended"),
        Wrong(odds(variance=True), "The estimate is mended. The second value"),
        Wrong(odds(sign=-1), "upside down"),
        Wrong(
            lambda a, n, b, k: (a / (n - a) / (b / (k - b)), np.sqrt(1 / a + 1 / (n - a) + 1 / b + 1 / (k - b))),
            "the odds ratio",
        ),
    ],
    "when_it_helps.model": [
        built(lambda: hierarchy(lambda m, t: pm.Normal("g", m, t, shape=6)), "the population is normal"),
        built(
            lambda: hierarchy(
                lambda m, t: pm.Normal("g", m, t, shape=6),
                lambda g: pm.StudentT("report", 4, mu=g, sigma=SIGMA, observed=Y),
            ),
            "the noise of the reports",
        ),
        built(lambda: hierarchy(student(1)), "a Cauchy"),
        built(lambda: hierarchy(student(4), tau=lambda: pm.HalfNormal("t", 1)), "your t is HalfNormal(1)"),
    ],
    "when_it_helps.claims": [
        Wrong({**RIGHT_CLAIMS, "A": True}, "to A. A is "),
        Wrong({**RIGHT_CLAIMS, "C": True}, "to C. C is "),
        Wrong({**RIGHT_CLAIMS, "E": True}, "to E. E is "),
    ],
}

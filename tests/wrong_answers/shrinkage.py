import numpy as np
import pymc as pm

from course import data
from tests.wrong_answers import Wrong, built


def pooled_right(y, sigma, mu, tau):
    weight = tau**2 / (tau**2 + sigma**2)
    return weight * y + (1 - weight) * mu, np.sqrt(weight) * sigma


def at_zero(otherwise):
    return lambda y, sigma, mu, tau: pooled_right(y, sigma, mu, tau) if tau else otherwise(y, sigma, mu)


def pooled_by_sd(y, sigma, mu, tau):
    weight = tau / (tau + sigma)
    return weight * y + (1 - weight) * mu, np.sqrt(weight) * sigma


def pooled_swapped(y, sigma, mu, tau):
    weight = sigma**2 / (tau**2 + sigma**2)
    return weight * y + (1 - weight) * mu, np.sqrt(weight) * sigma


def pooled_with_variance(y, sigma, mu, tau):
    weight = tau**2 / (tau**2 + sigma**2)
    return weight * y + (1 - weight) * mu, weight * sigma**2


def pooled_nan_at_zero(y, sigma, mu, tau):
    with np.errstate(all="ignore"):
        a, b = 1 / np.asarray(sigma) ** 2, 1 / np.float64(tau) ** 2
        return (a * y + b * mu) / (a + b), (a + b) ** -0.5


def pooled_divides(y, sigma, mu, tau):
    both = [1 / s**2 + 1 / tau**2 for s in sigma]
    return [(yj / s**2 + mu / tau**2) / p for yj, s, p in zip(y, sigma, both, strict=True)], [p**-0.5 for p in both]


def model(spread, prior=None, observed=slice(None)):
    schools = data.load("eight_schools")
    effect, sigma = schools.effect, schools.sigma
    with pm.Model() as built_model:
        m = pm.Normal("m", 0, 10)
        t = prior() if prior else pm.HalfNormal("t", 10)
        pm.Normal("report", m, spread(sigma, t), observed=effect[observed])
    return built_model


def right_spread(sigma, tau):
    return (sigma**2 + tau**2) ** 0.5


def james_stein(lost, around_mean):
    def estimate(y):
        centre = y.mean() if around_mean else 0.0
        return y.mean() + (1 - (len(y) - lost) / ((y - centre) ** 2).sum()) * (y - y.mean())

    return estimate


def divided_by(of, lost=3):
    def estimate(y):
        distance = y - y.mean()
        return y.mean() + (1 - (len(y) - lost) / of(distance)) * distance

    return estimate


RIGHT_CLAIMS = {"A": False, "B": False, "C": True, "D": True, "E": False}


def by_precisions(y, sigma, mu, tau):
    return (y / sigma**2 + mu / tau**2) / (1 / sigma**2 + 1 / tau**2), (1 / sigma**2 + 1 / tau**2) ** -0.5


WRONG = {
    "shrinkage.weight": [
        Wrong(3 / 9, "standard deviations"),
        Wrong(0.8, "the shrinkage factor B"),
        Wrong(20, "percentage"),
        Wrong(2, "how far the pooled estimate stays from the mean (or sigma/tau)"),
        Wrong(4, "the population's mean (or sigma²/tau²)"),
        Wrong(7.2, "the variance that is left"),
        Wrong(2.68, "the standard deviation that is left"),
        Wrong(1 / 9, "the precision of the population"),
        Wrong(5 / 36, "the two precisions together"),
        Wrong(9 / 36, "a ratio of two variances"),
        Wrong("1/5", "without quotation marks"),
        Wrong([0.2, 0.8], "one number is wanted"),
    ],
    "shrinkage.estimate": [
        Wrong(pooled_by_sd, "made of standard deviations"),
        Wrong(pooled_swapped, "swapped"),
        Wrong(pooled_with_variance, "the variance; its square root"),
        Wrong(pooled_nan_at_zero, "NaN"),
        Wrong(pooled_divides, "ZeroDivisionError"),
        Wrong(lambda y, sigma, mu, tau: y, "2 arrays are wanted"),
        Wrong(lambda y, sigma, mu, tau: (y, sigma), "no pooling"),
        Wrong(by_precisions, "is a division by zero"),
        Wrong(
            lambda y, sigma, mu, tau: (tau**2 * y + sigma**2 * mu) / (tau**2 + sigma**2),
            "their standard deviations as well",
        ),
        Wrong(
            lambda y, sigma, mu, tau: ((tau**2 * y + sigma**2 * mu) / (tau**2 + sigma**2), sigma),
            "before the population was asked",
        ),
        Wrong(lambda y, sigma, mu, tau: (*pooled_right(y, sigma, mu, tau), tau), "the first 2 are right"),
        Wrong(lambda y, sigma, mu, tau: (y, sigma, tau), "these are 3"),
        Wrong(lambda y, sigma, mu, tau: pooled_right(y, sigma, y.mean(), tau), "to the mean of the reports"),
        Wrong(
            lambda y, sigma, mu, tau: pooled_right(y, sigma, np.average(y, weights=1 / (sigma**2 + tau**2)), tau),
            "to mu-hat",
        ),
        Wrong(
            lambda y, sigma, mu, tau: (pooled_right(y, sigma, mu, tau)[0], sigma**-2.0 + (tau**-2.0 if tau else 0)),
            "the sum of the precisions",
        ),
        Wrong(at_zero(lambda y, sigma, mu: (0 * y + mu, sigma)), "no doubt is left"),
        Wrong(at_zero(lambda y, sigma, mu: (y, sigma)), "complete pooling, and yours is none"),
        Wrong(at_zero(lambda y, sigma, mu: (y, 0 * y)), "each is mu"),
    ],
    "shrinkage.mean": [
        Wrong(lambda y, sigma, tau: np.mean(y), "plain mean"),
        Wrong(lambda y, sigma, tau: np.average(y, weights=sigma**-2.0), "complete pooling's weights"),
        Wrong(lambda y, sigma, tau: np.average(y, weights=(sigma + tau) ** -2.0), "add standard deviations"),
        Wrong(lambda y, sigma, tau: (y / (sigma**2 + tau**2)).sum(), "do not add up to 1"),
        Wrong(lambda y, sigma, tau: np.average(y, weights=tau**2 / (sigma**2 + tau**2)), "all 0 at tau = 0"),
        Wrong(
            lambda y, sigma, tau: np.average(y, weights=sigma**-2.0 + tau**-2.0) if tau else np.mean(y),
            "as for two reports of one thing",
        ),
        Wrong(lambda y, sigma, tau: pooled_right(y, sigma, y.mean(), tau)[0].mean(), "were pulled already"),
        Wrong(lambda y, sigma, tau: np.average(y, weights=1 / (sigma + tau)), "You add standard deviations"),
    ],
    "shrinkage.model": [
        built(lambda: model(lambda s, t: s + t), "sigma + tau"),
        built(lambda: model(lambda s, t: s**2 + t**2), "wants a standard deviation"),
        built(lambda: model(lambda s, t: t), "standard errors are missing"),
        built(lambda: model(right_spread, lambda: pm.HalfCauchy("t", 10)), "your t has a HalfCauchy"),
        built(lambda: model(right_spread, lambda: pm.HalfNormal("t", 5)), "HalfNormal(5)"),
        built(lambda: model(lambda s, t: (s[:7] ** 2 + t**2) ** 0.5, observed=slice(7)), "it observes 7 numbers"),
    ],
    "shrinkage.bug": [
        Wrong(james_stein(2, around_mean=True), "One bug is mended. The target is now estimated"),
        Wrong(james_stein(3, around_mean=False), "One bug is mended. The squares still measure"),
        Wrong(lambda y: (1 - (len(y) - 2) / (y**2).sum()) * y, "a fixed target"),
        Wrong(
            lambda y: y.mean() + max(0, 1 - (len(y) - 3) / ((y - y.mean()) ** 2).sum()) * (y - y.mean()),
            "positive-part",
        ),
        Wrong(lambda y: y.mean() + (1 - (len(y) - 3) / y.var()) * (y - y.mean()), "the *mean* of the squares"),
        Wrong(lambda y: (1 - (len(y) - 3) / ((y - y.mean()) ** 2).sum()) * y, "pulled to 0"),
        Wrong(divided_by(lambda d: (d**2).mean()), "the *mean* of the squares"),
        Wrong(divided_by(lambda d: (d**2).mean(), lost=2), "the *mean* of the squares"),
        Wrong(divided_by(lambda d: d.sum() ** 2), "they cancel"),
        Wrong(divided_by(np.linalg.norm), "the root of the sum"),
        Wrong(divided_by(lambda d: np.abs(d).sum()), "unsquared"),
        Wrong(divided_by(lambda d: d.std()), "a standard deviation"),
        Wrong(divided_by(lambda d: len(d) * d.var(ddof=1)), "k times a variance"),
        Wrong(
            lambda y: np.median(y) + (1 - (len(y) - 3) / ((y - np.median(y)) ** 2).sum()) * (y - np.median(y)),
            "to their median",
        ),
        Wrong(
            lambda y: y.mean() + max(0, 1 - (len(y) - 2) / (y**2).sum()) * (y - y.mean()),
            "Both bugs are still there",
        ),
    ],
    "shrinkage.claims": [
        Wrong({**RIGHT_CLAIMS, "A": True}, "to A. A is "),
        Wrong({**RIGHT_CLAIMS, "C": False}, "to C. C is "),
        Wrong({**RIGHT_CLAIMS, "E": True}, "to E. E is "),
    ],
}

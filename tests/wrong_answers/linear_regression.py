import numpy as np
import pymc as pm
from scipy import stats

from course.lessons.linear_regression.tasks import COUNTY, FLOOR, LOG_RADON, URANIUM
from tests.wrong_answers import Wrong, built


def levels(variance=lambda sigma, n: sigma**2 / n, target=lambda mu, gamma, u: mu + gamma * u, swap=False):
    def pooled(mean, n, u, mu, gamma, tau, sigma):
        weight = tau**2 / (tau**2 + variance(sigma, n))
        weight = 1 - weight if swap else weight
        return weight * mean + (1 - weight) * target(mu, gamma, u)

    return pooled


def evidence(shared=lambda tau, sigma: tau**2, own=lambda tau, sigma: sigma**2):
    def log_density(y, mu, tau, sigma):
        covariance = own(tau, sigma) * np.eye(len(y)) + shared(tau, sigma)
        return stats.multivariate_normal.logpdf(y, np.full(len(y), mu), covariance)

    return log_density


def radon(gamma=True, rows=lambda a: a[COUNTY], noise=lambda s: s, tau=lambda: pm.HalfNormal("t", 0.5)):
    with pm.Model() as model:
        m, b, spread, s = pm.Normal("m", 1, 1), pm.Normal("b", 0, 1), tau(), pm.HalfNormal("s", 1)
        middle = m + pm.Normal("g", 0, 1) * URANIUM if gamma else m
        a = pm.Normal("a", middle, spread, shape=4)
        pm.Normal("radon", rows(a) + b * FLOOR, noise(s), observed=LOG_RADON)
    return model


def moved(tau_alpha, tau_beta, rho, origin):
    both = rho * tau_alpha * tau_beta
    new = np.sqrt(tau_alpha**2 + 2 * origin * both + origin**2 * tau_beta**2)
    return new, (both + origin * tau_beta**2) / (new * tau_beta)


WRONG = {
    "linear_regression.ratio": [
        Wrong(np.exp(0.34), "the lower county is a tau below"),
        Wrong(0.68, "the difference of the logarithms"),
        Wrong(2 * np.exp(0.34), "that is twice exp(tau)"),
        Wrong(10**0.68, "natural"),
    ],
    "linear_regression.county": [
        Wrong(levels(target=lambda mu, gamma, u: mu), "pull every county to mu"),
        Wrong(levels(variance=lambda sigma, n: sigma**2), "how many houses"),
        Wrong(levels(variance=lambda sigma, n: (sigma / n) ** 2), "sigma/n is not"),
        Wrong(levels(swap=True), "swapped"),
        Wrong(lambda mean, n, u, mu, gamma, tau, sigma: mu + gamma * u, "Its own houses are not in it"),
        Wrong(lambda mean, *_: mean, "nothing is pooled"),
    ],
    "linear_regression.evidence": [
        Wrong(lambda y, mu, tau, sigma: stats.norm.logpdf(y, mu, np.hypot(tau, sigma)).sum(), "strangers"),
        Wrong(lambda y, mu, tau, sigma: stats.norm.logpdf(y, mu, sigma).sum(), "tau is nowhere in it"),
        Wrong(evidence(lambda tau, sigma: sigma**2, lambda tau, sigma: tau**2), "swapped"),
        Wrong(evidence(lambda tau, sigma: tau, lambda tau, sigma: sigma), "made of standard deviations"),
        Wrong(lambda *args: np.log(np.exp(evidence()(*args))), "no computer can tell from 0"),
        Wrong(lambda y, mu, tau, sigma: stats.norm.logpdf(y, mu, np.sqrt(tau**2 + sigma**2)), "one value a house"),
    ],
    "linear_regression.model": [
        built(lambda: radon(gamma=False), "uranium is not in it"),
        built(lambda: radon(rows=lambda a: a[0]), "the level of one county"),
        built(lambda: radon(noise=lambda s: s**2), "wants the standard deviation"),
        built(lambda: radon(tau=lambda: pm.HalfNormal("t", 1)), "your t is HalfNormal(1)"),
        built(lambda: radon(rows=lambda a: a[COUNTY[::-1]]), "wrong order"),
    ],
    "linear_regression.origin": [
        Wrong(
            lambda tau_alpha, tau_beta, rho, origin: (moved(tau_alpha, tau_beta, rho, origin)[0], rho), "changes too"
        ),
        Wrong(lambda tau_alpha, tau_beta, rho, origin: moved(tau_alpha, tau_beta, rho, -origin), "sign of the shift"),
        Wrong(
            lambda tau_alpha, tau_beta, rho, origin: (
                moved(tau_alpha, tau_beta, rho, origin)[0] ** 2,
                moved(tau_alpha, tau_beta, rho, origin)[1],
            ),
            "the variance; the standard deviation",
        ),
        Wrong(
            lambda tau_alpha, tau_beta, rho, origin: (
                np.hypot(tau_alpha, origin * tau_beta),
                moved(tau_alpha, tau_beta, rho, origin)[1],
            ),
            "lacks the covariance",
        ),
        Wrong(lambda *args: moved(*args)[::-1], "wrong order"),
        Wrong(
            lambda a, b, rho, d: (moved(a, b, rho, d)[0], moved(a, b, rho, d)[0] * b * moved(a, b, rho, d)[1]),
            "the covariance; divide",
        ),
    ],
    "linear_regression.which": [
        Wrong("A", "whose neighbours were seen"),
        Wrong("C", "used for fitting"),
        Wrong("D", "share its line"),
    ],
}

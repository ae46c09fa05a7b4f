import numpy as np
import pymc as pm
from scipy import stats

from course import exact
from course.lessons.eight_schools.tasks import EFFECT, SIGMA
from tests.wrong_answers import Wrong, built


def complete(weight=lambda s: s**-2.0, error=lambda y, s: (s**-2.0).sum() ** -0.5):
    return lambda y, sigma: (np.average(y, weights=weight(sigma)), error(y, sigma))


def schools(tau=lambda: pm.Exponential("t", 0.1), sigma=SIGMA, mu_sd=10, theta=lambda m, t, e: m + t * e):
    with pm.Model() as model:
        m, t = pm.Normal("m", 0, mu_sd), tau()
        e = pm.Normal("e", 0, 1, shape=8)
        pm.Normal("report", theta(m, t, e), sigma, observed=EFFECT)
    return model


def differences(log_p):
    return lambda taus, y, sigma: np.diff([log_p(t, y, sigma) for t in taus])


def at_the_mean(tau, y, sigma):
    v = sigma**2 + tau**2
    mu = (y / v).sum() / ((1 / v).sum() + 0.01)
    return (
        stats.norm.logpdf(mu, 0, 10) + stats.norm.logpdf(y, mu, np.sqrt(v)).sum() + stats.halfnorm.logpdf(tau, scale=10)
    )


def likelihood(tau, y, sigma):
    return stats.multivariate_normal.logpdf(y, np.zeros(len(y)), np.diag(sigma**2 + tau**2) + 100)


def log_density_flat(tau, y, sigma):
    w = 1 / (sigma**2 + tau**2)
    mu = (w * y).sum() / w.sum()
    return 0.5 * (np.log(w).sum() - np.log(w.sum()) - (w * (y - mu) ** 2).sum())


def as_if_independent(tau, y, sigma):
    return stats.norm.logpdf(y, 0, np.sqrt(sigma**2 + tau**2 + 100)).sum() + stats.halfnorm.logpdf(tau, scale=10)


POST = exact.normal_posterior(EFFECT, SIGMA, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10))
MEAN, A, NEW = POST.sd("mu"), POST.sd("theta")[0], POST.predict_new().sd()

WRONG = {
    "eight_schools.gap": [
        Wrong(stats.norm.sf(0, 10, 20), "the sum of the two standard errors"),
        Wrong(stats.norm.sf(0, 10, 10), "one school's standard error"),
        Wrong(stats.norm.cdf(0, 10, np.hypot(10, 10)), "that B is better"),
        Wrong(76.02, "percentage"),
    ],
    "eight_schools.complete": [
        Wrong(complete(weight=lambda s: 1 / s), "The error is mended"),
        Wrong(complete(weight=np.ones_like), "plain mean"),
        Wrong(complete(error=lambda y, s: 1 / (s**-2.0).sum()), "its variance"),
        Wrong(complete(np.ones_like, lambda y, s: (s**2).sum() ** 0.5 / len(y)), "the plain mean and its error"),
        Wrong(complete(np.ones_like, lambda y, s: s.mean() / len(y) ** 0.5), "the plain mean and its error"),
        Wrong(complete(error=lambda y, s: y.std(ddof=1) / len(y) ** 0.5), "the scatter of the reports"),
        Wrong(lambda y, sigma: np.average(y, weights=sigma**-2.0), "2 values are wanted"),
        Wrong(complete(weight=lambda s: s**2), "the noisiest report counts most"),
        Wrong(complete(error=lambda y, s: (s**-2.0).sum()), "its precision"),
        Wrong(complete(error=lambda y, s: 1 / (1 / s).sum()), "one over the standard errors"),
    ],
    "eight_schools.model": [
        built(lambda: schools(tau=lambda: pm.Exponential("t", 10)), "the rate, one over the mean"),
        built(lambda: schools(sigma=SIGMA**2), "wants standard errors"),
        built(lambda: schools(mu_sd=100), "wants 10 itself"),
        built(lambda: schools(tau=lambda: pm.HalfNormal("t", 10)), "not that of the task's Exponential(scale=10)"),
        built(lambda: schools(theta=lambda m, t, e: m + e), "tau plays no part"),
    ],
    "eight_schools.tau": [
        Wrong(differences(at_the_mean), "the profile"),
        Wrong(differences(likelihood), "its prior"),
        Wrong(differences(as_if_independent), "all share one mu"),
        Wrong(lambda taus, y, sigma: 0.0, "2 values wanted"),
        Wrong(differences(lambda t, y, s: stats.norm.logpdf(y, 0, np.hypot(s, t)).sum() - t**2 / 200), "mu is 0 there"),
        Wrong(
            differences(lambda t, y, s: stats.norm.logpdf(y, y.mean(), np.hypot(s, t)).sum() - t**2 / 200),
            "the mean of the reports",
        ),
        Wrong(differences(lambda t, y, s: log_density_flat(t, y, s) - t**2 / 200), "mu has a flat prior"),
    ],
    "eight_schools.predictions": [
        Wrong((MEAN, MEAN, NEW), "the doubt about the mean again"),
        Wrong((NEW, A, MEAN), "in the wrong order"),
        Wrong((MEAN**2, A**2, NEW**2), "variances"),
        Wrong(MEAN, "3 values are wanted"),
        Wrong((MEAN, 15.0, NEW), "number 2 of 3: that is the standard error of A's report"),
    ],
    "eight_schools.diagnosis": [
        Wrong("A", "the chains do not agree"),
        Wrong("B", "do not mend divergences"),
        Wrong("C", "throws draws away"),
    ],
}

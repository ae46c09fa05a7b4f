import numpy as np
import pymc as pm
from scipy import stats

from course.lessons.model_structure.tasks import COUNTRY, ERROR, MINUTES
from tests.wrong_answers import Wrong, built


def joint(tau_prior=lambda t: stats.halfnorm.logpdf(t, scale=5), parts="hgo", spread=lambda t: t, extra=lambda t: 0.0):
    def log_joint(mu, tau, theta, y, sigma):
        terms = {
            "h": stats.norm.logpdf(mu, 0, 10) + tau_prior(tau),
            "g": stats.norm.logpdf(theta, mu, spread(tau)).sum(),
            "o": stats.norm.logpdf(y, theta, sigma).sum(),
        }
        return sum(terms[part] for part in parts) + extra(tau)

    return log_joint


def depots(mean=lambda mu, beta: mu + beta * COUNTRY, tau=lambda: pm.HalfNormal("tau", 10), observed=MINUTES):
    with pm.Model() as model:
        mu, beta, spread = pm.Normal("m", 30, 10), pm.Normal("b", 0, 10), tau()
        theta = pm.Normal("theta", mean(mu, beta), spread, shape=8)
        pm.Normal("y", theta, ERROR, observed=observed)
    return model


def no_predictor():
    with pm.Model() as model:
        theta = pm.Normal("theta", pm.Normal("mu", 30, 10), pm.HalfNormal("tau", 10), shape=8)
        pm.Normal("y", theta, ERROR, observed=MINUTES)
    return model


def means_added(minutes, depot, theta, sigma):
    return sum(stats.norm.logpdf(minutes[depot == j], t, sigma).mean() for j, t in enumerate(theta))


def last_depot(minutes, depot, theta, sigma):
    for j, t in enumerate(theta):
        total = stats.norm.logpdf(minutes[depot == j], t, sigma).sum()
    return total


RIGHT_CLAIMS = {"A": False, "B": False, "C": True, "D": True, "E": False}

WRONG = {
    "model_structure.jacobian": [
        Wrong(-np.log(5), "wrong sign"),
        Wrong(5, "how many times as high the density is"),
        Wrong(8 * np.log(5), "counts it for each group"),
        Wrong(0, "not equal"),
    ],
    "model_structure.log_joint": [
        Wrong(joint(tau_prior=lambda t: stats.norm.logpdf(t, 0, 5)), "twice as high"),
        Wrong(joint(parts="ho"), "The middle level is missing"),
        Wrong(joint(parts="go"), "The priors on mu and tau are missing"),
        Wrong(joint(parts="hg"), "The bottom level is missing"),
        Wrong(joint(spread=lambda t: t**2), "wants a standard deviation"),
        Wrong(joint(extra=np.log), "per unit of log tau"),
    ],
    "model_structure.correlation": [
        Wrong(lambda mu_sd, tau_scale: mu_sd / (mu_sd + tau_scale), "standard deviations"),
        Wrong(lambda mu_sd, tau_scale: 0.0, "Given mu their correlation would be 0"),
        Wrong(lambda mu_sd, tau_scale: mu_sd**2 / (mu_sd**2 + 2 / np.pi * tau_scale**2), "squared the mean of tau"),
        Wrong(lambda mu_sd, tau_scale: tau_scale**2 / (mu_sd**2 + tau_scale**2), "What two groups share is mu"),
        Wrong(lambda mu_sd, tau_scale: mu_sd * mu_sd, "the covariance of two groups"),
        Wrong(lambda mu_sd, tau_scale: (mu_sd / tau_scale) ** 2, "a ratio of two variances"),
    ],
    "model_structure.model": [
        built(no_predictor, "the countryside is not in it"),
        built(lambda: depots(lambda mu, beta: mu + beta), "added to every depot"),
        built(lambda: depots(lambda mu, beta: mu + beta * (1 - COUNTRY)), "the town depots"),
        built(lambda: depots(tau=lambda: pm.HalfCauchy("tau", 10)), "your tau has a HalfCauchy"),
        built(lambda: depots(observed=MINUTES[::-1]), "in another order"),
    ],
    "model_structure.bug": [
        Wrong(means_added, "All depots are in now"),
        Wrong(last_depot, "only the last depot"),
        Wrong(lambda minutes, depot, theta, sigma: stats.norm.logpdf(minutes, theta[depot], sigma).mean(), "is a sum"),
        Wrong(lambda minutes, depot, theta, sigma: stats.norm.logpdf(minutes, theta, sigma).sum(), "ValueError"),
        Wrong(
            lambda minutes, depot, theta, sigma: stats.norm.logpdf(minutes, theta[depot], sigma), "one value a delivery"
        ),
        Wrong(
            lambda minutes, depot, theta, sigma: np.log(stats.norm.pdf(minutes, theta[depot], sigma).prod()),
            "no computer can tell from 0",
        ),
    ],
    "model_structure.claims": [
        Wrong({**RIGHT_CLAIMS, "A": True}, "to A. A is "),
        Wrong({**RIGHT_CLAIMS, "B": True}, "to B. B is "),
        Wrong({**RIGHT_CLAIMS, "E": True}, "to E. E is "),
    ],
}

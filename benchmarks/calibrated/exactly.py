"""Worlds for the posteriors that `course` draws without a chain: truth and data from the prior, draws by the course."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from course import data, exact, regression, simulate
from course.regression import LinePriors

DRAWS = 99
Floats = NDArray[np.float64]
# Truth and draws, both by name; draws of shape (DRAWS,).
Draw = Callable[[np.random.Generator], dict[str, tuple[float, Floats]]]

SCHOOLS = data.load("eight_schools")
BATTERS = data.load("baseball")
SLEEP = data.load("sleepstudy")
SLEEP_ROWS = regression.group_rows(SLEEP.reaction, SLEEP.days, SLEEP.subject)
SLEEP_PRIORS = LinePriors((250, 100), (0, 50), 50, 20, sigma=50)
CITIES = simulate.priced_cities(np.random.default_rng(7))
CELLS = regression.cells(CITIES.bought, CITIES.price / 10, CITIES.city)
CITY_PRIORS = LinePriors((4, 2), (-0.7, 0.3), tau_alpha=2, tau_beta=0.5)


def schools(rng: np.random.Generator) -> dict[str, tuple[float, Floats]]:
    """`exact.normal_posterior`, the eight schools' standard errors, priors of lesson 03."""
    mu, tau = rng.normal(0, 10), abs(rng.normal(0, 10))
    theta = rng.normal(mu, tau, 8)
    y = rng.normal(theta, SCHOOLS.sigma)
    found = exact.normal_posterior(y, SCHOOLS.sigma, mu_prior=(0, 10), tau_prior=stats.halfnorm(0, 10))
    of = found.draws(DRAWS, rng)
    groups = {f"theta[{j}]": (theta[j], of.theta[:, j]) for j in (0, 7)}
    return {"mu": (mu, of.mu), "tau": (tau, of.tau)} | groups


def batters(rng: np.random.Generator) -> dict[str, tuple[float, Floats]]:
    """`exact.beta_binomial_posterior`, 18 batters, mean ~ Beta(1, 1), concentration ~ Gamma(2, 0.01)."""

    def log_prior(alpha: Floats, beta: Floats) -> Floats:  # Gamma's c exp(-c / 100), and 1 / c from (m, c) to (a, b)
        return -(alpha + beta) / 100

    mean, c = rng.beta(1, 1), rng.gamma(2, 100)
    rate = rng.beta(mean * c, (1 - mean) * c, len(BATTERS.at_bats))
    hits = rng.binomial(BATTERS.at_bats, rate)
    of = exact.beta_binomial_posterior(hits, BATTERS.at_bats, log_prior=log_prior).draws(DRAWS, rng)
    groups = {f"rate[{j}]": (rate[j], of.theta[:, j]) for j in (0, 17)}
    return {"mean": (mean, of.mean), "concentration": (c, of.concentration)} | groups


def lines(rng: np.random.Generator, priors: LinePriors = SLEEP_PRIORS) -> dict[str, tuple[float, Floats]]:
    """`regression.exact_population`, 18 subjects; ``priors`` are those of the fit, the worlds are ours."""
    truth = _population(rng, SLEEP_PRIORS)
    z = rng.standard_normal((2, len(SLEEP_ROWS.groups.labels)))
    alpha = truth.mu_alpha + truth.tau_alpha * z[0]
    beta = truth.mu_beta + truth.tau_beta * (truth.rho * z[0] + np.sqrt(1 - truth.rho**2) * z[1])
    who = SLEEP_ROWS.groups.of_row
    y = alpha[who] + beta[who] * SLEEP_ROWS.x + truth.sigma * rng.standard_normal(who.size)
    found = regression.exact_population(SLEEP_ROWS._replace(y=y), priors, rng, draws=DRAWS, tries=10_000).population
    names = ("mu_alpha", "mu_beta", "tau_alpha", "tau_beta", "rho", "sigma")
    return {name: (float(getattr(truth, name)), getattr(found, name)) for name in names}


def choices(rng: np.random.Generator) -> dict[str, tuple[float, Floats]]:
    """`regression.exact_choices`, ten cities, priors of lesson 07."""
    p = CITY_PRIORS
    mu = rng.normal(*p.mu_alpha), rng.normal(*p.mu_beta)
    tau = abs(rng.normal(0, p.tau_alpha)), abs(rng.normal(0, p.tau_beta))
    alpha, beta = (rng.normal(mu[i], tau[i], len(CELLS.groups.labels)) for i in range(2))
    city = CELLS.groups.of_row
    bought = rng.binomial(CELLS.trials.astype(int), special.expit(alpha[city] + beta[city] * CELLS.x))
    found = regression.exact_choices(CELLS._replace(successes=bought.astype(float)), p)
    of, (own_alpha, own_beta) = found.population_draws(DRAWS, rng), found.curve_draws(0, DRAWS, rng)
    return {
        "mu_alpha": (mu[0], of.mu_alpha), "mu_beta": (mu[1], of.mu_beta), "tau_alpha": (tau[0], of.tau_alpha),
        "tau_beta": (tau[1], of.tau_beta), "alpha[0]": (alpha[0], own_alpha), "beta[0]": (beta[0], own_beta),
    }  # fmt: skip


def _population(rng: np.random.Generator, p: LinePriors) -> regression.Population:
    tau = [abs(rng.normal(0, s)) for s in (p.tau_alpha, p.tau_beta)]
    rho = 2 * rng.beta(p.eta, p.eta) - 1
    return regression.Population(
        rng.normal(*p.mu_alpha), rng.normal(*p.mu_beta), *tau, rho, abs(rng.normal(0, p.sigma))
    )

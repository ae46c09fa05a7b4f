"""Do the models of lessons 06 and 07 find what they are given? Simulation-based calibration, Talts et al. (2020).

A population is drawn from the prior and data from it; the rank of the truth among posterior draws is then uniform.
simuk does it for the PyMC models; `exact_population`, which has no model to hand over, has its own loop.
Run it from the top folder: ``uv run python -m benchmarks.calibration [simulations]``; calibration.txt has its table.
"""

import logging
import sys
import time
import warnings
from typing import NamedTuple

import numpy as np
import pymc as pm
import simuk
from numpy.typing import NDArray
from scipy import stats

from course import data, models, regression, simulate

INTERVAL = 0.89
DRAWS, TUNE, CHAINS = 500, 1000, 2
SLEEP = data.load("sleepstudy")
SLEEP_ROWS = regression.group_rows(SLEEP.reaction, SLEEP.days, SLEEP.subject)
SLEEP_PRIORS = regression.LinePriors((250, 100), (0, 50), 50, 20, sigma=50)
CITIES = simulate.priced_cities(np.random.default_rng(7))
CELLS = regression.cells(CITIES.bought, CITIES.price / 10, CITIES.city)
CITY_PRIORS = regression.LinePriors(mu_alpha=(0, 5), mu_beta=(0, 1), tau_alpha=2, tau_beta=0.5)

Ranks = dict[str, NDArray[np.float64]]


class Verdict(NamedTuple):
    """Kolmogorov-Smirnov p-value of uniform ranks, and how often the central interval holds the truth."""

    p: float
    covered: float


def by_simuk(model: pm.Model, simulations: int, seed: int = 1) -> Ranks:
    """Rank of each scalar parameter, and of the first and last group's, as a share of the draws."""
    options = {"draws": DRAWS, "tune": TUNE, "chains": CHAINS, "quiet": True}
    run = simuk.SBC(
        model, num_simulations=simulations, seed=seed, sample_kwargs=options, progress_bar=False, keep_fits=False
    )
    run.run_simulations()
    ranks: Ranks = {}
    for name, array in run.simulations["prior_sbc"].data_vars.items():
        values = array.values[0]
        parts = (
            {str(name): values}
            if values.ndim == 1
            else {f"{name}[first]": values[:, 0], f"{name}[last]": values[:, -1]}
        )
        ranks |= {key: (value + 0.5) / (DRAWS * CHAINS + 1) for key, value in parts.items()}
    return ranks


def of_exact(simulations: int, seed: int = 2, *, priors: regression.LinePriors = SLEEP_PRIORS) -> Ranks:
    """Ranks of the population that `exact_population` finds with these priors in data simulated from ours."""
    rng, ranks = np.random.default_rng(seed), []
    names = ("mu_alpha", "mu_beta", "tau_alpha", "tau_beta", "rho", "sigma")
    for _ in range(simulations):
        truth = _from_prior(rng)
        rows = _reactions(truth, rng)
        found = regression.exact_population(rows, priors, rng, draws=999, tries=10_000).population
        ranks.append([(np.sum(getattr(found, name) < getattr(truth, name)) + 0.5) / 1000 for name in names])
    return dict(zip(names, np.array(ranks).T, strict=True))


def _from_prior(rng: np.random.Generator) -> regression.Population:
    p = SLEEP_PRIORS
    tau = [abs(rng.normal(0, s)) for s in (p.tau_alpha, p.tau_beta)]
    rho = 2 * rng.beta(p.eta, p.eta) - 1
    return regression.Population(
        rng.normal(*p.mu_alpha), rng.normal(*p.mu_beta), *tau, rho, abs(rng.normal(0, p.sigma))
    )


def _reactions(truth: regression.Population, rng: np.random.Generator) -> regression.Rows:
    z = rng.standard_normal((2, len(SLEEP_ROWS.groups.labels)))
    alpha = truth.mu_alpha + truth.tau_alpha * z[0]
    beta = truth.mu_beta + truth.tau_beta * (truth.rho * z[0] + np.sqrt(1 - truth.rho**2) * z[1])
    who = SLEEP_ROWS.groups.of_row
    y = alpha[who] + beta[who] * SLEEP_ROWS.x + truth.sigma * rng.standard_normal(who.size)
    return SLEEP_ROWS._replace(y=y)


def judge(rank: NDArray[np.float64]) -> Verdict:
    """Uniform or not."""
    covered = float(np.mean(np.abs(rank - 0.5) < INTERVAL / 2))
    return Verdict(float(stats.kstest(rank, "uniform").pvalue), covered)


def report(title: str, ranks: Ranks, seconds: float) -> None:
    """Print one table."""
    n = len(next(iter(ranks.values())))
    verdicts = {name: judge(rank) for name, rank in ranks.items()}
    smallest = min(v.p for v in verdicts.values())
    print(f"{title}: {n} simulations, {seconds:.0f} s")
    print(f"{'':18}{'p (uniform)':>12}{f'in {INTERVAL:.0%} interval':>17}")
    for name, (p, covered) in verdicts.items():
        print(f"{name:18}{p:12.2f}{covered:17.2f}")
    sd = np.sqrt(INTERVAL * (1 - INTERVAL) / n)
    print(
        f"smallest of {len(ranks)} p-values {smallest:.3f}; by chance the share strays by {sd:.2f}\n",
        flush=True,
    )


def main(simulations: int) -> None:
    """Calibrate all three and print their tables."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    tasks = {
        "varying_choices, independent, ten cities": lambda: by_simuk(
            models.varying_choices(CELLS, CITY_PRIORS), simulations
        ),
        "varying_lines, correlated, 18 subjects": lambda: by_simuk(
            models.varying_lines(SLEEP_ROWS, SLEEP_PRIORS), simulations
        ),
        "exact_population, 18 subjects": lambda: of_exact(2 * simulations),
        "varying_choices, correlated, ten cities": lambda: by_simuk(
            models.varying_choices(CELLS, CITY_PRIORS, correlated=True), simulations
        ),
    }
    for title, task in tasks.items():
        start = time.perf_counter()
        report(title, task(), time.perf_counter() - start)
    print(
        f"Ranks among {CHAINS} x {DRAWS} draws of pm.sample ({TUNE} of tuning), not thinned: their autocorrelation\n"
        "blurs a rank by some hundredths. level is the height at the mean x, eta_beta the slope given the height."
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)

"""What the better-written model of lesson 07 saves: one posterior, as it is usually written and as the course does.

Run it on a quiet machine, from the top folder: ``uv run python -m benchmarks.choices``; choices.txt has the last table.
"""

import logging
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import arviz as az
import numpy as np
import pymc as pm

from course import diagnostics, models, regression, simulate

CITIES = simulate.priced_cities(np.random.default_rng(0))
CELLS = regression.cells(CITIES.bought, CITIES.price / 10, CITIES.city)
PRIORS = regression.LinePriors(mu_alpha=(0, 5), mu_beta=(0, 1), tau_alpha=2, tau_beta=0.5)
NAMES = ["mu_alpha", "mu_beta", "tau_alpha", "tau_beta", "alpha", "beta"]


class Run(NamedTuple):
    """Seconds from model to draws, compilation included, and what the draws are worth."""

    seconds: float
    ess: float
    divergences: int
    rhat: float
    steps: float


def usual(*, added_up: bool = False) -> pm.Model:
    """Bernoulli rows (or their sums), intercept at price 0, both effects non-centred."""
    with pm.Model(coords={"group": range(CITIES.users.size)}) as model:
        mu_alpha, mu_beta = pm.Normal("mu_alpha", *PRIORS.mu_alpha), pm.Normal("mu_beta", *PRIORS.mu_beta)
        tau_alpha, tau_beta = pm.HalfNormal("tau_alpha", PRIORS.tau_alpha), pm.HalfNormal("tau_beta", PRIORS.tau_beta)
        eta = [pm.Normal(f"eta_{name}", 0, 1, dims="group") for name in ("alpha", "beta")]
        alpha = pm.Deterministic("alpha", mu_alpha + tau_alpha * eta[0], dims="group")
        beta = pm.Deterministic("beta", mu_beta + tau_beta * eta[1], dims="group")
        if added_up:
            city, x = CELLS.groups.of_row, CELLS.x
            pm.Binomial("y", CELLS.trials.astype(int), logit_p=alpha[city] + beta[city] * x, observed=CELLS.successes)
        else:
            city, x = CITIES.city, CITIES.price / 10
            pm.Bernoulli("y", logit_p=alpha[city] + beta[city] * x, observed=CITIES.bought)
    return model


def ours(level: bool, slope: bool) -> pm.Model:
    """Sums, heights at the mean price, each block in its own coordinates."""
    return models.varying_choices(CELLS, PRIORS, blocks=models.Blocks(level, slope))


def measure(
    build: Callable[[], pm.Model], draws: int, *, target_accept: float = 0.8, seeds: tuple[int, ...] = (1, 2, 3)
) -> Run:
    """Median over seeds of one call of pm.sample with its compilation, four chains."""
    return Run(*np.median([_once(build, draws, seed, target_accept) for seed in seeds], axis=0))


def _once(build: Callable[[], pm.Model], draws: int, seed: int, target_accept: float = 0.8) -> Run:
    start = time.perf_counter()
    with build():
        trace: Any = pm.sample(
            draws, chains=4, random_seed=seed, target_accept=target_accept, progressbar=False, quiet=True
        )
    seconds = time.perf_counter() - start
    found = diagnostics.convergence(trace, NAMES)
    bulk = az.ess(trace, var_names=NAMES, method="bulk")
    bulk = bulk["posterior"] if "posterior" in getattr(bulk, "children", {}) else bulk
    ess = min(float(bulk[name].min()) for name in NAMES)
    return Run(seconds, ess, found.divergences, found.max_rhat, float(trace.sample_stats["n_steps"].mean()))


def main() -> None:
    """Measure every way to write the model and print one table."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    _once(usual, 100, 0), _once(lambda: ours(True, False), 100, 0)  # the first compilation of a process is not counted
    base = measure(usual, 1000)
    runs = {
        "usual: rows, price 0, non-centred": base,
        "usual, rows added up": measure(lambda: usual(added_up=True), 1000),
        "at the mean price: neither centred": measure(lambda: ours(False, False), 1000),
        "at the mean price: slopes centred": measure(lambda: ours(False, True), 1000),
        "at the mean price: both centred": measure(lambda: ours(True, True), 1000),
        "ours: heights centred, slopes not": measure(lambda: ours(True, False), 1000),
        "ours, 2,000 draws a chain": measure(lambda: ours(True, False), 2000),
        "  and target_accept=0.95": measure(lambda: ours(True, False), 2000, target_accept=0.95),
    }
    print(
        f"{'ten cities, ' + str(CITIES.city.size) + ' users, ' + str(CELLS.x.size) + ' cells':36}"
        f"{'seconds':>8}{'ESS':>7}{'ESS/s':>7}{'times':>7}{'R-hat':>7}{'diverged':>9}{'leapfrogs':>10}"
    )
    for name, run in runs.items():
        rate = run.ess / run.seconds
        print(
            f"{name:36}{run.seconds:8.1f}{run.ess:7.0f}{rate:7.0f}{rate / (base.ess / base.seconds):7.1f}"
            f"{run.rhat:7.3f}{run.divergences:9.0f}{run.steps:10.0f}"
        )
    print(
        "\nSeconds from model to draws, compilation included, of four chains of 1,000 + 1,000 draws by pm.sample's\n"
        "defaults, later calls of one process; ESS: ArviZ's bulk ESS of the worst of mu, tau and the twenty\n"
        "city effects. Medians of three seeds. All rows of the table are one posterior."
    )


if __name__ == "__main__":
    main()

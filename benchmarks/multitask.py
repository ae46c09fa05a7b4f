"""How hard to pull, three ways to find out, and the posterior with and without a Markov chain.

    uv run python -m benchmarks.multitask

One run, one table; multitask.txt keeps the last one. The chain of lesson 09: 24 shops, 3 to 200 days, 5 coefficients.
"""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pymc as pm
from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

from course import multitask

DAYS = np.round(np.geomspace(3, 200, 24)).astype(int)
MEAN, TAU, SIGMA = np.array([0.0, 20, -10, 12, 6]), 8.0, 25.0
PULLS = np.geomspace(0.1, 1000, 41)
PRIORS = multitask.TaskPriors(30, 20, 50)
CHAINS = 100


def best_seconds(task: Callable[[], object], times: int = 3) -> float:
    found = []
    for _ in range(times):
        start = time.perf_counter()
        task()
        found.append(time.perf_counter() - start)
    return min(found)


def draw(worlds: int) -> list[multitask.TaskRows]:
    rng = np.random.default_rng(90)
    return [multitask.draw_tasks(DAYS, rng, mean=MEAN, tau=TAU, sigma=SIGMA) for _ in range(worlds)]


def sums(rows: multitask.TaskRows, which: np.ndarray | slice = slice(None)) -> multitask.TaskSums:
    return multitask.task_sums(rows.x[which], rows.y[which], rows.task[which], DAYS.size)


def statsmodels_fit(rows: multitask.TaskRows):
    blocks = [rows.x[rows.task == j] for j in range(DAYS.size)]
    spec = VCSpec(["head"], [[[str(k) for k in range(5)]] * DAYS.size], [blocks])
    nothing = np.empty((rows.y.size, 0))
    model = MixedLM(rows.y, pd.DataFrame(rows.x), rows.task, exog_re=nothing, exog_vc=spec)
    return model.fit(reml=True)


def cross_validated(rows: multitask.TaskRows, rng: np.random.Generator, folds: int = 5) -> float:
    """Pull with the lowest squared error on days left out, a fifth at a time."""
    fold, lost = rng.integers(folds, size=rows.y.size), np.zeros(PULLS.size)
    for k in range(folds):
        heads = multitask.path(sums(rows, fold != k), PULLS).heads
        out = fold == k
        forecast = np.einsum("nd,pnd->pn", rows.x[out], heads[:, rows.task[out]])
        lost += np.sum((rows.y[out] - forecast) ** 2, axis=1)
    return float(PULLS[lost.argmin()])


def nuts(rows: multitask.TaskRows) -> object:
    with pm.Model():
        mean = pm.Normal("mean", 0, 30, shape=5)
        tau, sigma = pm.HalfNormal("tau", 20), pm.HalfNormal("sigma", 50)
        heads = mean + tau * pm.Normal("eta", 0, 1, shape=(DAYS.size, 5))
        pm.Normal("y", (heads[rows.task] * rows.x).sum(axis=1), sigma, observed=rows.y)
        return pm.sample(chains=4, random_seed=1, quiet=True)


def main() -> None:
    """Measure everything and print one table."""
    chains = draw(CHAINS)
    one, theirs = sums(chains[0]), statsmodels_fit(chains[0])
    ours = multitask.learn(one)
    slow, fast = (
        best_seconds(task) for task in (lambda: statsmodels_fit(chains[0]), lambda: multitask.learn(sums(chains[0])))
    )
    print(
        f"REML, one chain of {DAYS.sum()} days: statsmodels {slow:.2f} s, ours from the rows {1e3 * fast:.1f} ms:",
        end="",
    )
    print(f" {slow / fast:.0f} x; tau {np.sqrt(theirs.vcomp[0]):.4f} and {ours.tau:.4f}")
    stacked = multitask.stack([sums(rows) for rows in chains])
    truth, rng = np.array([rows.truth for rows in chains]), np.random.default_rng(1)
    start = time.perf_counter()
    validated = np.array([cross_validated(rows, rng) for rows in chains])
    for_cv = (time.perf_counter() - start) / CHAINS
    pulls = {"learned": multitask.learn(stacked).penalty, "5-fold cross-validation": validated}
    known = multitask.excess_error(multitask.to_mean(stacked, SIGMA**2 / TAU**2).heads, truth).mean(axis=1)
    print(f"{CHAINS} chains, squared error per shop with the true lambda {known.mean():.1f}; more than that:")
    for name, pull in pulls.items():
        more = multitask.excess_error(multitask.to_mean(stacked, pull).heads, truth).mean(axis=1) - known
        low, high = np.quantile(pull, [0.1, 0.9])
        print(f"  {name:24} {more.mean():5.2f} +- {more.std(ddof=1) / np.sqrt(CHAINS):.2f}", end="")
        print(f"   lambda 80% from {low:.1f} to {high:.1f}, true {SIGMA**2 / TAU**2:.1f}")
    print(f"  cross-validation over {PULLS.size} pulls takes {1e3 * for_cv:.0f} ms a chain: {for_cv / fast:.0f} x")
    slow = best_seconds(lambda: nuts(chains[0]), times=2)
    fast = best_seconds(lambda: multitask.task_posterior(one, PRIORS))
    print(
        f"full posterior: PyMC's NUTS, compiled before, {slow:.1f} s, the grid {1e3 * fast:.0f} ms: {slow / fast:.0f} x"
    )


if __name__ == "__main__":
    main()

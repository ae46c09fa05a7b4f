"""What exactness costs: the eight-schools posterior by quadrature, against its limits and against NUTS, in one run.

Run it on a quiet machine, from the top folder: ``uv run python -m benchmarks.exact``. exact.txt keeps the last table.
"""

import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import arviz as az
import numpy as np
import nutpie
import pymc as pm
from scipy import stats

from course import data, exact, models
from course.app.speed import code_line

SCHOOLS = data.load("eight_schools")
CHAINS, TUNE, DRAWS = 4, 1000, 5000


def posterior() -> exact.NormalPosterior:
    return exact.normal_posterior(SCHOOLS.effect, SCHOOLS.sigma, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10))


def all_summaries() -> None:
    found = posterior()
    for name in ("mu", "tau", "theta", "weight"):
        found.mean(name), found.sd(name), found.quantile(name, [0.05, 0.25, 0.5, 0.75, 0.95])


def median_seconds(task: Callable[[], Any], times: int = 15) -> float:
    """Median of several runs after one that is not counted."""
    task()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        task()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


def worst_ess(mu: Any, tau: Any, theta: Any) -> float:
    """Bulk effective size of the worst of ten parameters; arrays of shape (chain, draw), theta with schools last."""
    columns = [mu, tau, *np.moveaxis(theta, -1, 0)]
    return min(float(az.ess(np.asarray(column), method="bulk")) for column in columns)


def exact_rate(draws: int = 100_000) -> float:
    found, rng = posterior(), np.random.default_rng(1)
    seconds = median_seconds(lambda: found.draws(draws, rng))
    sample = found.draws(draws, rng)
    chains = (CHAINS, draws // CHAINS)
    effective = worst_ess(sample.mu.reshape(chains), sample.tau.reshape(chains), sample.theta.reshape(*chains, -1))
    return effective / seconds


def model(centered: bool) -> pm.Model:
    return models.schools(SCHOOLS.effect, SCHOOLS.sigma, SCHOOLS.school, centered=centered)


def nutpie_rate(centered: bool) -> float:
    """Effective draws per second; the model is compiled before the clock starts and one run is not counted."""
    compiled = nutpie.compile_pymc_model(model(centered))

    def run() -> Any:
        return nutpie.sample(compiled, chains=CHAINS, tune=TUNE, draws=DRAWS, seed=1, progress_bar=False)

    run()
    start = time.perf_counter()
    sample = run().posterior
    seconds = time.perf_counter() - start
    return worst_ess(sample.mu.values, sample.tau.values, sample.theta.values) / seconds


def sample_with(sampler: str, centered: bool, draws: int) -> tuple[Any, float]:
    """Posterior and seconds of the second call of pm.sample in this process, as in a lesson: compilation included."""
    for _ in range(2):
        start = time.perf_counter()
        with model(centered):
            trace = pm.sample(
                draws, tune=TUNE, chains=CHAINS, nuts_sampler=sampler, random_seed=1, progressbar=False, quiet=True
            )
        seconds = time.perf_counter() - start
    return trace.posterior, seconds


def pymc_rate(centered: bool) -> float:
    """Effective draws per second by PyMC's own clock, which starts after compilation."""
    sample, _ = sample_with("pymc", centered, DRAWS)
    return worst_ess(sample.mu.values, sample.tau.values, sample.theta.values) / float(sample.attrs["sampling_time"])


def lesson_rate(sampler: str) -> float:
    """Effective draws per second of the non-centred model as a lesson calls it: 1,000 draws a chain, all included."""
    sample, seconds = sample_with(sampler, False, 1000)
    return worst_ess(sample.mu.values, sample.tau.values, sample.theta.values) / seconds


def import_seconds() -> float:
    """`import course` in a fresh interpreter, over a bare one; below a millisecond it is noise."""

    def start_with(program: str) -> float:
        return median_seconds(lambda: subprocess.run([sys.executable, "-c", program], check=True))

    return start_with("import course") - start_with("pass")


def limits() -> list[tuple[str, str, str]]:
    """Rows (what, measured, limit) of the times that have one."""
    rng = np.random.default_rng(1)
    return [
        (
            "all means, sds, 5 quantiles of 10 parameters, 8 weights",
            f"{1e3 * median_seconds(all_summaries):.1f} ms",
            "10 ms",
        ),
        ("100,000 joint draws", f"{1e3 * median_seconds(lambda: posterior().draws(100_000, rng)):.0f} ms", "100 ms"),
        ("import course, over a bare interpreter", f"{max(1, round(1e3 * import_seconds()))} ms", "100 ms"),
    ]


def comparison() -> list[tuple[str, str, str]]:
    """Rows (what, measured, limit) of effective draws per second."""
    ours = exact_rate()
    rates = {
        f"{sampler}, {'centred' if centered else 'non-centred'}": rate(centered)
        for sampler, rate in (("nutpie", nutpie_rate), ("PyMC", pymc_rate))
        for centered in (False, True)
    }
    lesson = {sampler: lesson_rate(sampler) for sampler in ("nutpie", "pymc")}
    return [
        ("effective draws per second: exact", f"{ours:,.0f}", ""),
        *((f"  {name}, sampling only", f"{rate:,.0f}", "") for name, rate in rates.items()),
        *((f"  pm.sample with {name}, non-centred, all included", f"{rate:,.0f}", "") for name, rate in lesson.items()),
        ("exact over the best NUTS, sampling only", f"{ours / max(rates.values()):,.0f} x", "1,000 x wanted"),
        ("exact over the best pm.sample, all included", f"{ours / max(lesson.values()):,.0f} x", "1,000 x wanted"),
    ]


def main() -> None:
    """Measure everything and print one table."""
    warnings.simplefilter("ignore")  # divergences of the centred model are lesson 05's subject
    rows = [("eight schools, mu ~ N(0, 10), tau ~ HalfNormal(10)", "measured", "limit"), *limits(), *comparison()]
    width = max(len(what) for what, _, _ in rows)
    for what, measured, limit in rows:
        print(f"{what:{width}}  {measured:>10}  {limit}".rstrip())
    print(
        "\nEffective draws: ArviZ's bulk ESS of the worst of mu, tau and the eight theta, over seconds.\n"
        f"Sampling only: {CHAINS} chains, {TUNE:,} + {DRAWS:,} draws, tuning included and compilation not.\n"
        f"All included: second call in one process, {CHAINS} chains of {TUNE:,} + 1,000 draws, with compilation.\n"
        + code_line("exact")
    )


if __name__ == "__main__":
    main()

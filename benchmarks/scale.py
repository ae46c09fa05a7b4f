"""Ten thousand cities: course.scale against glmer, glmmTMB, statsmodels and NUTS, one pass's cost, and its growth.

    uv run python -m benchmarks.scale [--quick | --models]

One run, one table, ratios; the load of the machine stands beside. glmer and glmmTMB need R (Debian: r-base-core,
r-cran-lme4 and r-cran-glmmtmb), Bambi is `uv run --with bambi`; what is absent is skipped with a message. ``--models``
is the part on shared slopes, trials and exposure alone.
"""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import special

from course import models, regression, scale, simulate
from course.app.speed import code_line

GLMER_LIMIT = 600.0  # seconds
PART_LIMIT = 900.0  # seconds for R's packages in the part on shared slopes, trials and exposure
SCRIPT = """
suppressMessages(library(lme4))
args <- commandArgs(trailingOnly = TRUE)
d <- read.csv(args[1])
took <- system.time(f <- glmer(y ~ x + (x | city), data = d, family = binomial, nAGQ = as.integer(args[2])))
v <- VarCorr(f)$city
cat(took[["elapsed"]], fixef(f), v[1, 1], v[1, 2], v[2, 2], logLik(f), "\\n")
"""


MODELS = """
args <- commandArgs(trailingOnly = TRUE)
d <- read.csv(args[1])
library(args[3], character.only = TRUE, quietly = TRUE)
f <- list(logistic = bought ~ x + w1 + w2 + (x | city), trials = cbind(ones, n - ones) ~ x + w1 + w2 + (x | city),
          poisson = events ~ w1 + w2 + offset(log(share)) + (1 | city))[[args[2]]]
family <- if (args[2] == "poisson") poisson else binomial
fit <- if (args[3] == "glmmTMB") glmmTMB else glmer
took <- system.time(m <- fit(f, data = d, family = family))
v <- VarCorr(m)
v <- if (args[3] == "glmmTMB") v$cond$city else v$city
b <- if (args[3] == "glmmTMB") fixef(m)$cond else fixef(m)
options(digits = 12)
cat(took[["elapsed"]], as.numeric(logLik(m)), b, sqrt(diag(v)), "\n")
"""


def rows_of(cities: int, mean_users: float = 110.0) -> dict[str, np.ndarray]:
    """Cities with two more predictors whose slopes do not vary, and trials and exposure beside the choices."""
    x, _, city = arrays(world(cities, mean_users))
    rng = np.random.default_rng(2)
    w, n, share = rng.normal(size=(2, city.size)), rng.integers(1, 9, city.size), rng.exponential(2.0, city.size) + 0.1
    theta = rng.normal(size=(cities, 2)) @ np.array([[0.8, -0.1], [0.0, 0.15]])
    odds = 1.0 + theta[city, 0] + (theta[city, 1] - 0.2) * x + 0.3 * w[0] - 0.2 * w[1]
    bought, ones = rng.random(city.size) < special.expit(odds), rng.binomial(n, special.expit(odds))
    events = rng.poisson(share * np.exp(-3.0 + theta[city, 0] - 0.05 * x + 0.3 * w[0] - 0.2 * w[1]))
    return {"x": x, "w1": w[0], "w2": w[1], "bought": bought.astype(int), "ones": ones, "n": n, "share": share,
            "events": events, "city": city}  # fmt: skip


def ours(model: str, d: dict[str, np.ndarray]) -> scale.GroupFit:
    """The same models here."""
    w = np.column_stack([d["w1"], d["w2"]])
    if model == "poisson":
        return scale.fit_poisson(None, d["events"], d["city"], fixed=w, exposure=d["share"], progress=False)
    if model == "trials":
        return scale.fit_logistic(d["x"], d["ones"], d["city"], fixed=w, trials=d["n"], progress=False)
    return scale.fit_logistic(d["x"], d["bought"], d["city"], fixed=w, progress=False)


def shared_slopes() -> None:
    """Two slopes that do not vary beside intercept and slope; exposure: 10,000 cities."""
    d = rows_of(10_000)
    one_pass = seconds(lambda: special.expit(d["x"]), 21)
    for model in ("logistic", "trials"):
        took, work = seconds(lambda m=model: ours(m, d), 5), processor(lambda m=model: ours(m, d), 3)
        print(
            f"{model}, intercept and slope vary, two slopes do not, 10,000 cities, {d['x'].size:,} rows: {took:.2f} s"
        )
        print(f"  ({work:.2f} s of the processor's time);")
        print(f"  {took / one_pass:.0f} logistic functions over the rows; {load()}")
    w = np.column_stack([d["w1"], d["w2"]])
    for name, fixed in (("and two shared slopes", w), ("alone", None)):
        took = seconds(lambda f=fixed: scale.fit_poisson(None, d["events"], d["city"], fixed=f, exposure=d["share"]), 5)
        print(f"Poisson with exposure, an intercept that varies {name}: {took:.2f} s; {load()}", flush=True)


def elsewhere(package: str, models: tuple[str, ...], sizes: tuple[int, ...], end: float) -> None:
    """The same rows in R, in sizes that grow until it does not finish in ten minutes, or the part's time is over."""
    if shutil.which("Rscript") is None:
        print(f"{package}: skipped, no Rscript here")
        return
    for model in models:
        for cities in sizes:
            limit = min(GLMER_LIMIT, end - time.monotonic())
            if limit < 1:
                print(f"{package} {model}, {cities:,} cities: not tried, this part's time is over", flush=True)
                break
            d = rows_of(cities)
            begin = load()
            found = run_r(MODELS, d, [model, package], limit)
            if found is None:
                print(f"{package} {model}, {cities:,} cities: not finished in {limit:.0f} s", flush=True)
                break
            fit = ours(model, d)
            took = seconds(lambda m=model, d=d: ours(m, d), 5)
            print(
                f"{package} {model}, {cities:,} cities, {d['x'].size:,} rows: {found[0]:.1f} s, ours {took:.3f} s:",
                end="",
            )
            print(f" {found[0] / took:.0f} times; {begin}")
            mine = np.r_[fit.mean, fit.fixed, np.sqrt(np.diag(fit.cov))]
            print(f"  estimates apart by at most {np.max(np.abs(found[2:] / mine - 1)):.2%}; log likelihood", end="")
            print(f" {found[1]:.3f}, ours {fit.log_marginal:.3f}", flush=True)


def run_r(script: str, d: dict[str, np.ndarray], arguments: list[str], limit: float) -> np.ndarray | None:
    """Numbers that an R script prints; None if it takes too long or fails."""
    with tempfile.TemporaryDirectory() as folder:
        code, table = Path(folder) / "fit.R", Path(folder) / "data.csv"
        code.write_text(script, encoding="utf-8")
        np.savetxt(table, np.column_stack(list(d.values())), "%.10g", ",", header=",".join(d), comments="")
        command = ["Rscript", "--vanilla", str(code), str(table), *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=limit)
        except subprocess.TimeoutExpired:
            return None
        except subprocess.CalledProcessError as error:
            print(f"  R failed: {error.stderr.strip()[-200:]}")
            return None
    return np.array(done.stdout.split(), dtype=float)


def bambi(cities: int) -> None:
    """Bambi with nutpie: the whole posterior of the Poisson model."""
    try:
        import bambi as bmb
    except ImportError:
        print("Bambi: skipped, not installed (uv run --with bambi)")
        return
    import pandas as pd

    d = rows_of(cities)
    table = pd.DataFrame(d).assign(log_share=np.log(d["share"]))
    begin = time.perf_counter()
    model = bmb.Model("events ~ w1 + w2 + offset(log_share) + (1|city)", table, family="poisson")
    model.fit(inference_method="nutpie", chains=4, random_seed=1, progressbar=False)
    theirs = time.perf_counter() - begin
    took = seconds(lambda: ours("poisson", d), 5)
    print(f"Bambi poisson, {cities:,} cities, {d['x'].size:,} rows: {theirs:.0f} s, ours {took:.3f} s:", end="")
    print(f" {theirs / took:.0f} times; {load()}", flush=True)


def models_people_have() -> None:
    """The part on shared slopes, trials and exposure."""
    for model in ("logistic", "trials", "poisson"):
        ours(model, rows_of(50))
    shared_slopes()
    # Each package as far as it comes: a size that it does not finish in ten minutes ends its row of sizes.
    end = time.monotonic() + PART_LIMIT
    elsewhere("glmmTMB", ("poisson",), (1000, 10_000), end)
    elsewhere("glmmTMB", ("logistic", "trials"), (300, 1000), end)
    elsewhere("lme4", ("logistic", "trials", "poisson"), (300,), end)
    bambi(200)


def world(cities: int, mean_users: float = 110.0, seed: int = 1) -> simulate.PricedCities:
    """Cities of heavy-tailed size; intercepts and slopes are correlated."""
    rng = np.random.default_rng(seed)
    users = np.maximum(1, np.floor(rng.lognormal(np.log(mean_users) - 0.5, 1.0, cities)))
    return simulate.priced_cities(rng, users=users, rho=-0.6)


def arrays(found: simulate.PricedCities) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return found.price / 10, found.bought, found.city


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Median time."""
    found = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return float(np.median(found))


def processor(work: Callable[[], object], repeats: int) -> float:
    """Median of processor time, which a busy machine hardly changes."""
    found = []
    for _ in range(repeats):
        begin = time.process_time()
        work()
        found.append(time.process_time() - begin)
    return float(np.median(found))


def load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


def headline() -> None:
    """The opening problem, the limit, memory."""
    data = arrays(world(10_000))
    begin = time.perf_counter()
    scale.fit_logistic(*data)
    first = time.perf_counter() - begin
    ours = seconds(lambda: scale.fit_logistic(*data), 7)
    one_pass = seconds(lambda: special.expit(data[0]), 21)
    sweeps = sum(step.sweeps for step in scale.fit_logistic(*data).trace.steps)
    print(f"10,000 cities, {data[0].size:,} users: {ours:.2f} s (first call in this process {first:.2f} s); {load()}")
    print(
        f"  one vectorised logistic function over the rows {1e3 * one_pass:.1f} ms: {ours / one_pass:.0f} times that;"
    )
    print(f"  the search itself visits each row {sweeps:.0f} times, standard errors come on top")
    for name, again in (("shuffled rows", shuffled(data)), ("shuffled rows, names for numbers", named(data))):
        print(f"  {name}: {seconds(lambda a=again: scale.fit_logistic(*a), 3):.2f} s")
    fit = scale.fit_logistic(*data)
    warm = seconds(lambda: scale.fit_logistic(*data, start=fit), 3)
    quadrature = seconds(lambda: scale.fit_logistic(*data, n_quadrature=7), 1)
    print(f"  from yesterday's fit {warm:.2f} s; with 7 x 7 nodes of quadrature {quadrature:.1f} s")
    print(f"  peak memory {memory(shuffled(data)):.1f} times the data (numbers for labels, shuffled)")


def shuffled(data: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    order = np.random.default_rng(0).permutation(data[0].size)
    return tuple(part[order] for part in data)


def named(data: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    x, y, city = shuffled(data)
    return x, y, np.array([f"city {c}" for c in range(city.max() + 1)], dtype=object)[city]


def memory(data: tuple[np.ndarray, ...]) -> float:
    """Data and all that is allocated beside it, over the data."""
    tracemalloc.start()
    scale.fit_logistic(*data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    size = sum(part.nbytes for part in data)
    return (size + peak) / size


def growth(most: int) -> None:
    """Time per row from a thousand groups to a million, 20 rows each on average."""
    print("growth, 20 users a city on average: cities, rows; seconds and ns a row of processor time with one thread;")
    print("of the clock with all threads; of processor time with one thread for shuffled rows; up to 10,000 cities the")
    print("mean of five worlds, since one needs more steps than another")
    a_row: dict[int, np.ndarray] = {}
    for cities in 10 ** np.arange(3, int(np.log10(most)) + 1):
        found, rows = [], []
        for seed in range(1, 6 if cities <= 10_000 else 2):
            data = arrays(world(int(cities), 20.0, seed))
            repeats, mixed = min(9, max(1, int(100_000 // cities))), shuffled(data)
            one = processor(lambda d=data: scale.fit_logistic(*d, threads=1), repeats)
            both = seconds(lambda d=data: scale.fit_logistic(*d), repeats)
            found.append((one, both, processor(lambda d=mixed: scale.fit_logistic(*d, threads=1), repeats)))
            rows.append(data[0].size)
        a_row[int(cities)] = 1e9 * np.sum(found, axis=0) / sum(rows)
        parts = "".join(
            f" {t:8.3f} {ns:6.0f}" for t, ns in zip(np.mean(found, axis=0), a_row[int(cities)], strict=True)
        )
        print(f"  {cities:9,} {round(np.mean(rows)):11,}{parts}   {load()}", flush=True)
    for name, cities in (("thousand", 1000), ("million", most)):
        if cities in (1000, 1_000_000):
            ratio = a_row[cities][0] / a_row[10_000][0]
            print(f"a row of a {name} cities over one of 10,000, one thread: {ratio:.2f} times")


def glmer(sizes: tuple[int, ...]) -> None:
    """The same data, the same approximation."""
    if shutil.which("Rscript") is None:
        print("glmer: skipped, no Rscript here (Debian: apt-get install r-base-core r-cran-lme4)")
        return
    for cities in sizes:
        data = arrays(world(cities))
        fit = scale.fit_logistic(*data)
        for nodes in (1, 0) if cities < 4000 else (1,):
            found = run_glmer(data, nodes)
            if found is None:
                print(f"glmer nAGQ={nodes}, {cities:,} cities: not finished in {GLMER_LIMIT:.0f} s")
                continue
            ours = seconds(lambda d=data: scale.fit_logistic(*d), 5)
            print(
                f"glmer nAGQ={nodes}, {cities:,} cities, {data[0].size:,} rows: {found[0]:.1f} s, ours {ours:.3f} s:",
                end="",
            )
            print(f" {found[0] / ours:.0f} times; {load()}")
            means = np.abs(found[1:3] / fit.mean - 1)
            spreads = np.abs(found[3:6] / fit.cov[[0, 0, 1], [0, 1, 1]] - 1)
            print(
                f"  fixed effects apart by at most {means.max():.3%}, variance components by {spreads.max():.3%};",
                end="",
            )
            print(f" its log likelihood {found[6]:.4f}, ours {fit.log_marginal:.4f}", flush=True)


def run_glmer(data: tuple[np.ndarray, ...], nodes: int) -> np.ndarray | None:
    """Seconds, fixed effects, variances and log likelihood, as R prints them."""
    with tempfile.TemporaryDirectory() as folder:
        script, table = Path(folder) / "fit.R", Path(folder) / "data.csv"
        script.write_text(SCRIPT.replace("cat(took", "options(digits = 12); cat(took"), encoding="utf-8")
        np.savetxt(table, np.column_stack(data), delimiter=",", header="x,y,city", comments="", fmt="%g")
        command = ["Rscript", "--vanilla", str(script), str(table), str(nodes)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=GLMER_LIMIT)
        except subprocess.TimeoutExpired:
            return None
    return np.array(done.stdout.split(), dtype=float)


def statsmodels(cities: int) -> None:
    """Variational Bayes without a correlation: another model, and what statsmodels has."""
    import scipy.sparse as sp
    from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

    x, y, city = arrays(world(cities))
    levels = sp.csr_matrix((np.ones(city.size), (np.arange(city.size), city)))
    slopes = sp.csr_matrix((x, (np.arange(city.size), city)))
    design, effects = np.column_stack([np.ones(city.size), x]), sp.hstack([levels, slopes]).tocsr()
    kinds = np.repeat([0, 1], cities)
    begin = time.perf_counter()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        fit = BinomialBayesMixedGLM(y, design, effects, kinds, vcp_p=1, fe_p=5).fit_vb()
    theirs = time.perf_counter() - begin
    ours_fit = scale.fit_logistic(x, y, city)
    ours = seconds(lambda: scale.fit_logistic(x, y, city), 5)
    print(
        f"BinomialBayesMixedGLM.fit_vb, {cities:,} cities: {theirs:.1f} s, ours {ours:.3f} s: {theirs / ours:.0f} times"
    )
    print(
        f"  (no correlation in its model) fixed effects {fit.fe_mean.round(3)}, ours {ours_fit.mean.round(3)};", end=""
    )
    print(f" sds {np.exp(fit.vcp_mean).round(3)}, ours {np.sqrt(np.diag(ours_fit.cov)).round(3)}")


def nuts(cities: int) -> None:
    """1,000 draws in each of 4 chains, of the full posterior: more than a point, and what it costs."""
    import pymc as pm

    x, y, city = arrays(world(cities))
    cells = regression.cells(y, x, city)
    priors = regression.LinePriors((0, 10), (0, 5), tau_alpha=5, tau_beta=2, eta=1)
    begin = time.perf_counter()
    with models.varying_choices(cells, priors, correlated=True):
        draws = pm.sample(chains=4, random_seed=1, quiet=True, progressbar=False).posterior
    theirs = time.perf_counter() - begin
    fit = scale.fit_logistic(x, y, city, n_quadrature=7)
    ours = seconds(lambda: scale.fit_logistic(x, y, city), 5)
    print(f"PyMC NUTS (nutpie), {cities:,} cities: {theirs:.0f} s, ours {ours:.3f} s: {theirs / ours:,.0f} x; {load()}")
    for name, value in (("mu_alpha", fit.mean[0]), ("mu_beta", fit.mean[1]), ("tau_alpha", fit.cov[0, 0] ** 0.5),
                        ("tau_beta", fit.cov[1, 1] ** 0.5)):  # fmt: skip
        mean, sd = float(draws[name].mean()), float(draws[name].std())
        print(f"  {name}: posterior {mean:.3f} +- {sd:.3f}; maximum with 7 x 7 nodes {value:.3f}")


def dask(cities: int) -> None:
    """Two workers against one."""
    from dask.distributed import Client, LocalCluster

    data = arrays(world(cities, 20.0))
    with tempfile.TemporaryDirectory() as folder:
        scale.write_partitions(folder, *data, n_partitions=8, names=["price"])
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        print(f"Dask, {cities:,} cities, {data[0].size:,} rows, 8 Parquet files of {size / 8e6:.1f} MB:", flush=True)
        columns = {"x": "price", "y": "y", "group": "group", "progress": False}
        taken: dict[int, list[float]] = {1: [], 2: []}
        cpu: dict[int, list[float]] = {1: [], 2: []}
        for workers in (1, 2, 1, 2):
            options = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
            with LocalCluster(**options) as made, Client(made) as client:
                client.run(lambda: __import__("course.scale"))
                before = client.run(time.process_time)
                taken[workers].append(seconds(lambda c=client: scale.fit_partitions(folder, **columns, client=c), 1))
                busy = [after - before[name] for name, after in client.run(time.process_time).items()]
            cpu[workers].append(max(busy))
            print(f"  {workers} worker(s): {taken[workers][-1]:.1f} s, processor time of the busiest", end=" ")
            print(f"{cpu[workers][-1]:.1f} s; {load()}", flush=True)
        print(f"  two workers are {min(taken[1]) / min(taken[2]):.2f} times as fast as one (best of two each),")
        print(f"  by processor time, as on a machine with nothing else to do, {min(cpu[1]) / min(cpu[2]):.2f} times")


def main() -> None:
    """Measure everything and print one table."""
    quick = "--quick" in sys.argv
    if "--models" in sys.argv:
        models_people_have()
        return
    scale.fit_logistic(*arrays(world(50)))
    headline()
    growth(100_000 if quick else 1_000_000)
    dask(100_000 if quick else 1_000_000)
    glmer((200,) if quick else (1000,))
    models_people_have()
    statsmodels(200)
    nuts(200)
    if not quick:
        nuts(1000)
        glmer((4000,))
    print(code_line("scale"))


if __name__ == "__main__":
    main()

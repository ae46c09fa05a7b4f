"""What lesson 05 says of centred and non-centred runs, over many seeds: the schools, the dial, and groups not alike.

python -m benchmarks.funnel [SEEDS] > benchmarks/funnel.txt
"""

import sys

import arviz as az
import numpy as np
import pymc as pm
from scipy import stats

from course import data, exact, models

PRIOR = {"mu_prior": (0, 10), "tau_prior": stats.halfnorm(0, 10)}
COLUMNS = (
    "div",
    "step",
    "leapfrogs",
    "work",
    "ESS mu",
    "ESS tau",
    "ESS eta",
    "ESS theta",
    "off",
    "neck",
    "E-BFMI",
    "R-hat",
)


def judged(model, posterior, seed, draws, **options):
    """One row: work is effective draws of tau per 1000 leapfrog steps, off the error of E[tau] in MCSEs; the ESS of
    eta and theta is the median over the groups."""
    with model:
        trace = pm.sample(draws, chains=4, random_seed=seed, quiet=True, progressbar=False, **options)
    found, tau, energy = trace.sample_stats, trace.posterior["tau"], trace.sample_stats["energy"]
    ess = az.ess(trace, var_names=[n for n in trace.posterior.data_vars if not n.startswith("tau_log")])
    groups = {own: [float(ess[n].median()) for n in ess.data_vars if n.startswith(own)] for own in ("eta", "theta")}
    off = (float(tau.mean()) - posterior.mean("tau")) / float(az.mcse(trace, var_names=["tau"])["tau"])
    bfmi = (energy.diff("draw") ** 2).sum("draw") / ((energy - energy.mean("draw")) ** 2).sum("draw")
    leapfrogs = float(found["n_steps"].mean())
    return (
        int(found["diverging"].sum()),
        float(found["step_size"].mean()),
        leapfrogs,
        1000 * float(ess["tau"]) / (4 * draws * leapfrogs),
        float(ess["mu"]),
        float(ess["tau"]),
        min(groups["eta"], default=np.nan),
        min(groups["theta"], default=np.nan),
        off,
        float((tau < posterior.quantile("tau", 0.05)).mean()),
        float(bfmi.min()),
        float(az.rhat(trace, var_names=["tau"])["tau"]),
    )


def table(name, rows):
    """Smallest, median and largest of each column over the seeds."""
    for label, row in zip(("least", "median", "most"), np.quantile(rows, [0, 0.5, 1], axis=0), strict=True):
        print(f"{name if label == 'median' else '':24}{label:8}", *(f"{v:9.3g}" for v in row), flush=True)


def groups(information, seed):
    """Twenty groups of this information; one world a seed."""
    noise = np.random.default_rng(seed).standard_normal((2, 20))
    sigma = 5 / np.sqrt(np.broadcast_to(information, (20,)))
    return 3 + 5 * noise[0] + sigma * noise[1], sigma


def mixed(y, sigma):
    """Ten rich groups centred, ten poor ones not."""
    with pm.Model() as model:
        mu, tau = pm.Normal("mu", 0, 10), pm.HalfNormal("tau", 10)
        theta = pm.Normal("theta_rich", mu, tau, shape=10)
        eta = pm.Normal("eta_poor", 0, 1, shape=10)
        pm.Normal("y_rich", theta, sigma[:10], observed=y[:10])
        pm.Normal("y_poor", mu + tau * eta, sigma[10:], observed=y[10:])
    return model


def main(seeds):
    print(f"4 chains; {seeds} seeds; smallest, median and largest over the seeds")
    print(f"{'':32}", *(f"{c:>9}" for c in COLUMNS), flush=True)
    schools = data.load("eight_schools")
    truth = exact.normal_posterior(schools.effect, schools.sigma, **PRIOR)
    for name, centered, options in (
        ("schools centred", True, {}),
        ("schools non-centred", False, {}),
        ("schools centred, 0.99", True, {"target_accept": 0.99}),
    ):
        model = models.schools(schools.effect, schools.sigma, schools.school, centered=centered)
        rows = np.array([judged(model, truth, seed, 1000, **options) for seed in range(seeds)])
        table(name, rows)
        print(f"   mean of tau within one MCSE: {np.mean(abs(rows[:, 8]) < 1):.0%}", end="")
        print(f"; E-BFMI of the worst chain below 0.3: {np.mean(rows[:, 10] < 0.3):.0%}", flush=True)

    labels = [str(j) for j in range(20)]
    for information in (0.1, 1.0, 10.0, 100.0, "unlike"):
        rows = {"centred": [], "non-centred": [], "each its own": []}
        for seed in range(seeds):
            y, sigma = groups(np.repeat([100.0, 0.1], 10) if information == "unlike" else information, seed)
            posterior = exact.normal_posterior(y, sigma, **PRIOR)
            for form in rows:
                if form != "each its own":
                    model = models.schools(y, sigma, labels, centered=form == "centred")
                elif information == "unlike":
                    model = mixed(y, sigma)
                else:
                    continue
                rows[form].append(judged(model, posterior, seed, 500))
        rows = {form: np.array(found) for form, found in rows.items() if found}
        for form, found in rows.items():
            table(f"{information} {form}", found)
        ratio = rows["non-centred"][:, 3] / rows["centred"][:, 3]
        steps = rows["non-centred"][:, 1] / rows["centred"][:, 1]
        print(f"   non-centred / centred, work: {np.quantile(ratio, [0, 0.5, 1]).round(3)}", end="")
        print(f"; step: {np.quantile(steps, [0, 0.5, 1]).round(2)}; wins in {np.mean(ratio > 1):.0%}", end="")
        share = np.log(steps) / np.log(ratio)
        print(f"; part of log work that is the step: {np.quantile(share, [0, 0.5, 1]).round(2)}", flush=True)
        if information == "unlike":
            best = np.maximum(rows["centred"][:, 3], rows["non-centred"][:, 3])
            gain = np.quantile(rows["each its own"][:, 3] / best, [0, 0.5, 1]).round(2)
            print(f"   each its own / better pure form: {gain}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)

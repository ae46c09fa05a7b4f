"""What lessons 03 and 05 say of a run of the eight schools, over many seeds: both forms, by target_accept.

python benchmarks/divergences.py [SEEDS] > benchmarks/divergences.txt
"""

import sys
from itertools import product

import arviz as az
import numpy as np
import pymc as pm
from scipy import stats

from course import data, diagnostics, exact, models

SEEDS = int(sys.argv[1]) if len(sys.argv) > 1 else 40
REPORTED = ["mu", "tau", "theta"]


def one(model, posterior, target_accept, seed):
    """Divergences, share in the neck, error of tau in MCSEs, largest R-hat, smallest ESS, steps, share that is low."""
    with model:
        trace = pm.sample(chains=4, target_accept=target_accept, random_seed=seed, quiet=True, progressbar=False)
    tau, found = trace.posterior["tau"], diagnostics.convergence(trace, REPORTED)
    neck = float((tau < posterior.quantile("tau", 0.05)).mean())
    off = (float(tau.mean()) - posterior.mean("tau")) / float(az.mcse(trace, var_names=["tau"])["tau"])
    steps = float(trace.sample_stats["n_steps"].mean())
    at = tau.values[trace.sample_stats["diverging"].values]
    low = np.mean(at < posterior.quantile("tau", 0.5)) if at.size else np.nan
    return found.divergences, neck, off, found.max_rhat, found.min_ess, steps, low


schools = data.load("eight_schools")
posterior = exact.normal_posterior(schools.effect, schools.sigma, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10))
print(f"eight schools, 4 chains of 1000 draws, {SEEDS} seeds: smallest, median and largest over the seeds")
print("neck: share of draws below the exact 5% quantile of tau; low: share of divergences below its median")
print(f"{'form':13}{'accept':>6}{'steps':>7}{'divergences':>14}{'any':>6}{'neck':>21}{'tau, in MCSEs':>20}", end="")
print(f"{'low':>6}{'R-hat > 1.01':>14}{'ESS < 400':>11}")
for centered, accept in product((True, False), (0.8, 0.99)):
    model = models.schools(schools.effect, schools.sigma, schools.school, centered=centered)
    rows = np.array([one(model, posterior, accept, seed) for seed in range(SEEDS)])
    low, middle, high = np.quantile(rows, [0, 0.5, 1], axis=0)
    print(f"{'centred' if centered else 'non-centred':13}{accept:6}{middle[5]:7.0f}", end="")
    print(f"{low[0]:5.0f}{middle[0]:5.0f}{high[0]:4.0f}{np.mean(rows[:, 0] > 0):6.0%}", end="")
    print(f"{low[1]:9.3f}{middle[1]:6.3f}{high[1]:6.3f}{low[2]:8.1f}{middle[2]:6.1f}{high[2]:6.1f}", end="")
    shares = rows[~np.isnan(rows[:, 6]), 6]
    print(f"{np.median(shares) if shares.size else np.nan:6.0%}", end="")
    print(f"{np.mean(rows[:, 3] > 1.01):14.0%}{np.mean(rows[:, 4] < 400):11.0%}", flush=True)

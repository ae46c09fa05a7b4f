"""One model by its other names: what `course.scale`, PyMC, lme4 and glmmTMB say of lesson 13's routes.

    python -m benchmarks.names

R's part runs where `Rscript` is found with lme4 and glmmTMB, Bambi's where it can be imported; what is missing is said.
names.txt keeps the last table.
"""

import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from course import data, scale

IN_R = """
suppressMessages({library(lme4); library(glmmTMB)})
d <- read.csv("past.csv")
f <- cancelled ~ 1 + (1 | route) + offset(log(planned))
say <- function(name, mean, se, tau) cat(sprintf("%-24s mean %.4f (%.4f), tau %.4f\\n", name, mean, se, tau))
for (n in c(1, 9)) {
  m <- glmer(f, family = poisson, data = d, nAGQ = n)
  say(sprintf("lme4, nAGQ = %d", n), fixef(m), sqrt(diag(as.matrix(vcov(m)))), attr(VarCorr(m)$route, "stddev"))
}
m <- glmer(f, family = poisson, data = d, control = glmerControl(tolPwrss = 1e-12))  # the default stops early
say("lme4, tolPwrss = 1e-12", fixef(m), sqrt(diag(as.matrix(vcov(m)))), attr(VarCorr(m)$route, "stddev"))
m <- glmmTMB(f, family = poisson, data = d)
say("glmmTMB", fixef(m)$cond, sqrt(diag(vcov(m)$cond)), attr(VarCorr(m)$cond$route, "stddev"))
cat("lme4", as.character(packageVersion("lme4")), "glmmTMB", as.character(packageVersion("glmmTMB")), "\\n")
"""


def routes() -> pd.DataFrame:
    """Flights planned and cancelled on each route in the first half."""
    flights = pd.DataFrame(data.load("flights").columns)
    flights["route"] = flights.origin + " " + flights.airline + " " + flights.destination
    return flights[flights.month <= 6].groupby("route", as_index=False)[["planned", "cancelled"]].sum()


def by_scale(past: pd.DataFrame) -> None:
    """Maximum marginal likelihood, as the lesson has it."""
    for nodes in (1, 9):
        fit = scale.fit_poisson(
            None, past.cancelled, past.route, exposure=past.planned, n_quadrature=nodes, progress=False
        )
        name, tau = f"course.scale, nodes {nodes}", np.sqrt(fit.cov[0, 0])
        print(f"{name:24} mean {fit.mean[0]:.4f} ({fit.se[0]:.4f}), tau {tau:.4f}")


def by_pymc(past: pd.DataFrame) -> None:
    """The posterior, with the lesson's priors."""
    import pymc as pm

    with pm.Model():
        mu, tau = pm.Normal("mu", np.log(0.02), 1), pm.HalfNormal("tau", 1)
        alpha = pm.Normal("alpha", mu, tau, shape=len(past))
        pm.Poisson("cancelled", past.planned.to_numpy() * pm.math.exp(alpha), observed=past.cancelled.to_numpy())
        found = pm.sample(chains=4, random_seed=1, progressbar=False).posterior
    _of_draws("PyMC", found["mu"], found["tau"])


def by_bambi(past: pd.DataFrame) -> None:
    """The posterior, with Bambi's own priors."""
    if importlib.util.find_spec("bambi") is None:
        print("Bambi is not installed: not run")
        return
    import bambi

    model = bambi.Model("cancelled ~ 1 + offset(log(planned)) + (1|route)", past, family="poisson")
    found = model.fit(chains=4, random_seed=1, progressbar=False).posterior
    _of_draws(f"Bambi {bambi.__version__}", found["Intercept"], found["1|route_sigma"])


def _of_draws(name: str, mu: object, tau: object) -> None:
    m, t = np.asarray(mu), np.asarray(tau)
    print(f"{name:24} mean {m.mean():.3f} ({m.std():.3f}), tau {t.mean():.3f} ({t.std():.3f}): posterior means and sds")


def by_r(past: pd.DataFrame) -> None:
    """Run lme4 and glmmTMB in a folder that is thrown away."""
    if shutil.which("Rscript") is None:
        print("there is no Rscript: lme4 and glmmTMB not run")
        return
    with tempfile.TemporaryDirectory() as folder:
        past.to_csv(Path(folder, "past.csv"), index=False)
        done = subprocess.run(["Rscript", "-e", IN_R], cwd=folder, capture_output=True, text=True, check=False)
    print(done.stdout.rstrip() or f"R could not run it: {done.stderr.strip()[-200:]}")


if __name__ == "__main__":
    table = routes()
    for way in (by_scale, by_r, by_bambi, by_pymc):
        way(table)

"""The funnel's posterior in both forms, exact draws of it, and what becomes of a kick."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final, NamedTuple

import numpy as np

from course import exact
from course.exact.priors import halfnorm
from course.funnel import hierarchy, leapfrog, scaled, stable_step
from course.shrinkage import data_weight, partial_pool
from course.validate import FloatArray

GROUPS: Final = 20
TRUE_TAU: Final = 5.0
STEPS: Final = 20  # leapfrog steps of a trajectory: the same work whatever the step size
_SHOWN: Final = 80
_DRAWS: Final = 160
_PRIOR: Final = halfnorm(scale=10)


class Walk(NamedTuple):
    """One trajectory up to its last point before a divergence, in posterior standard deviations from the mean.

    mu, log_tau, own (one group's coordinate), together (mean of all groups') and the energy error have shape (n,), for
    n - 1 steps; diverged is the step of the divergence or -1.
    """

    mu: FloatArray
    log_tau: FloatArray
    own: FloatArray
    together: FloatArray
    error: FloatArray
    diverged: int


class Cloud(NamedTuple):
    """Exact draws as a form sees them, shape (80,), in posterior standard deviations from the mean, as in `Walk`.

    limit is the longest step that is stable at the draw.
    """

    mu: FloatArray
    log_tau: FloatArray
    own: FloatArray
    together: FloatArray
    limit: FloatArray


class _Form(NamedTuple):
    """One form of a posterior: zero and unit of each coordinate, and the exact draws in them."""

    zero: FloatArray
    unit: FloatArray
    width: float  # of the mean of the groups' coordinates, in their unit
    cloud: Cloud
    limit: FloatArray


class Posterior(NamedTuple):
    """What does not depend on step, start or kick."""

    exact: exact.NormalPosterior
    tau: FloatArray
    percentiles: FloatArray
    forms: tuple[_Form, _Form]


@cache
def _noise() -> tuple[FloatArray, int]:
    """Standard normal departures of the groups and of their reports, (2, GROUPS); the group that is drawn."""
    noise = np.random.default_rng(5).standard_normal((2, GROUPS))
    return noise, int(np.argmax(noise[0]))


@lru_cache(maxsize=64)
def both_forms(information: float) -> Posterior:
    """The posterior in both forms, for this tau^2 / sigma^2 of every group."""
    (true, error), _ = _noise()
    se = TRUE_TAU / np.sqrt(information)
    y = 3.0 + TRUE_TAU * true + se * error
    posterior = exact.normal_posterior(y, np.full(GROUPS, se), mu_prior=(0, 10), tau_prior=_PRIOR)
    mu, tau, theta = posterior.draws(_DRAWS, np.random.default_rng(1))
    forms = _form(y, se, (mu, tau, theta), True), _form(y, se, (mu, tau, theta), False)
    below = np.cumsum(posterior.tau_weight) - 0.5 * posterior.tau_weight
    percentiles = np.interp(np.arange(1, 100) / 100, below, posterior.tau_grid)
    return Posterior(posterior, tau[:_SHOWN], percentiles, forms)


def _form(y: FloatArray, se: float, draws: tuple[FloatArray, FloatArray, FloatArray], centered: bool) -> _Form:
    mu, tau, theta = draws
    own = theta if centered else (theta - mu[:, None]) / tau[:, None]
    q = np.column_stack([mu, np.log(tau), own])
    zero, unit = q.mean(axis=0), q.std(axis=0)
    unit[2:] = np.sqrt(np.mean(unit[2:] ** 2))  # one unit for all groups
    limit = stable_step(y, se, draws, centered=centered, scale=(unit[0], unit[1], unit[2]))
    z = (q - zero) / unit
    width = float(z[:, 2:].mean(axis=1).std())
    return _Form(zero, unit, width, Cloud(*_seen(z[:_SHOWN], width), limit[:_SHOWN]), limit)


def _seen(z: FloatArray, width: float) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Coordinates that are drawn."""
    return z[:, 0], z[:, 1], z[:, 2 + _noise()[1]], z[:, 2:].mean(axis=1) / width


def kicked(found: Posterior, start: float, step: float, kick: int, *, centered: bool) -> Walk:
    """Kick a typical point with this tau and follow it."""
    rng, posterior = np.random.default_rng([kick, 7]), found.exact
    spread, momentum = rng.standard_normal(GROUPS), rng.standard_normal(GROUPS + 2)
    mu = float(posterior.conditional(start).mu_mean[0])
    weight = data_weight(posterior.sigma, start)
    theta = partial_pool(posterior.y, posterior.sigma, mu, start) + np.sqrt(weight) * posterior.sigma * spread
    own = theta if centered else (theta - mu) / start
    zero, unit, width = found.forms[0 if centered else 1][:3]
    target = scaled(hierarchy(posterior.y, posterior.sigma, centered=centered), unit)
    path = leapfrog(target, np.r_[mu, np.log(start), own] / unit, momentum, step=step, n_steps=STEPS)
    kept = slice(None) if path.diverged < 0 else slice(path.diverged)
    return Walk(*_seen((path.q - zero / unit)[kept], width), (path.energy - path.energy[0])[kept], path.diverged)

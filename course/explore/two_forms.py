"""The funnel's explorer, its arithmetic: one posterior in two coordinate systems, one kick, one step size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, NamedTuple

import numpy as np
from scipy import stats

from course import exact
from course.funnel import hierarchy, leapfrog, scaled, stable_step
from course.shrinkage import data_weight, partial_pool
from course.validate import FloatArray

GROUPS: Final = 20
TRUE_TAU: Final = 5.0
STEPS: Final = 24  # leapfrog steps of a trajectory: the same work whatever the step size
TAUS: Final = (0.05, 50.0)
REACH: Final = (0.01, 10.0)  # step sizes that the picture holds
SAFE: Final = 0.95  # of the posterior
FORMS: Final = ("centred", "non-centred")
_SHOWN: Final = 200
CURVE: Final = np.geomspace(*TAUS, 41)
_PRIOR: Final = stats.halfnorm(scale=10)


@dataclass(frozen=True)
class FunnelState:
    """What the learner can set.

    Attributes
    ----------
    information : float
        tau^2 / sigma^2 of every group, with tau the true one.
    step : float
        Leapfrog step; each coordinate is measured in its own posterior standard deviations.
    start : float
        Where the trajectory starts: percentile of tau's posterior.
    kick : int
        Which of the fixed random kicks it gets.
    """

    information: float = 0.1
    step: float = 10**-0.6
    start: float = 30.0
    kick: int = 1


class Walk(NamedTuple):
    """One trajectory: group's own coordinate, tau and energy error, shape (n,); n - 1 steps; step of divergence or -1.

    It ends with the last point before a divergence.
    """

    own: FloatArray
    tau: FloatArray
    error: FloatArray
    diverged: int


class FunnelArrays(NamedTuple):
    """What the setting means; pairs are in the order of `FORMS`.

    tau, theta, eta have shape (200,): exact draws, with the coordinates of one group. limit has shape (2, 41): the
    longest stable step at each tau of the picture. reach is the step that is stable over 95% of the posterior, share
    the part of the posterior where the chosen step is stable. interval is the 90% interval of tau.
    """

    state: FunnelState
    tau: FloatArray
    theta: FloatArray
    eta: FloatArray
    interval: FloatArray
    limit: FloatArray
    reach: FloatArray
    share: FloatArray
    walks: tuple[Walk, Walk]


class _Posterior(NamedTuple):
    """What does not depend on step, start or kick."""

    y: FloatArray
    sigma: FloatArray
    units: tuple[FloatArray, FloatArray]
    cloud: FloatArray
    interval: FloatArray
    limit: FloatArray
    weight: FloatArray
    limit_at_nodes: FloatArray
    percentiles: FloatArray


@cache
def _noise() -> tuple[FloatArray, int]:
    """Standard normal departures of the groups and of their reports, (2, GROUPS); the group that is drawn."""
    noise = np.random.default_rng(5).standard_normal((2, GROUPS))
    return noise, int(np.argmax(noise[0]))


@lru_cache(maxsize=64)
def _posterior(information: float) -> _Posterior:
    (true, error), shown = _noise()
    se = TRUE_TAU / np.sqrt(information)
    y = 3.0 + TRUE_TAU * true + se * error
    posterior = exact.normal_posterior(y, np.full(GROUPS, se), tau_prior=_PRIOR)
    mu, tau, theta = posterior.draws(2 * _SHOWN, np.random.default_rng(1))
    eta = (theta - mu[:, None]) / tau[:, None]
    weight, at = posterior.tau_weight, posterior.tau_grid
    units, limit, nodes = [], [], []
    for own, centered in ((theta, True), (eta, False)):
        unit = (float(mu.std()), float(np.sqrt(own.var(axis=0).mean())))
        units.append(np.array([unit[0], np.log(tau).std(), *[unit[1]] * GROUPS]))
        limit.append(stable_step(CURVE, se, GROUPS, centered=centered, scale=unit))
        nodes.append(stable_step(at, se, GROUPS, centered=centered, scale=unit))
    cloud = np.stack([tau, theta[:, shown], eta[:, shown]])[:, :_SHOWN]
    percentiles = posterior.quantile("tau", np.arange(1, 100) / 100)
    return _Posterior(
        y, posterior.sigma, (units[0], units[1]), cloud, percentiles[[4, 94]],
        np.stack(limit), weight, np.stack(nodes), percentiles,
    )  # fmt: skip


def _reach(limit: FloatArray, weight: FloatArray) -> float:
    """Longest step that is stable over `SAFE` of the posterior."""
    order = np.argsort(limit)
    return float(limit[order][np.searchsorted(np.cumsum(weight[order]), 1.0 - SAFE)])


def _start(found: _Posterior, state: FunnelState) -> float:
    """Value of tau at the chosen percentile."""
    return float(np.interp(state.start, np.arange(1, 100), found.percentiles))


def _walk(found: _Posterior, state: FunnelState, centered: bool) -> Walk:
    """Kick a typical point with this tau and follow it."""
    rng, tau = np.random.default_rng([state.kick, 7]), _start(found, state)
    spread, momentum = rng.standard_normal(GROUPS), rng.standard_normal(GROUPS + 2)
    weight, mu = data_weight(found.sigma, tau), float(found.y.mean())
    theta = partial_pool(found.y, found.sigma, mu, tau) + np.sqrt(weight) * found.sigma * spread
    own = theta if centered else (theta - mu) / tau
    unit = found.units[0 if centered else 1]
    target = scaled(hierarchy(found.y, found.sigma, centered=centered), unit)
    path = leapfrog(target, np.r_[mu, np.log(tau), own] / unit, momentum, step=state.step, n_steps=STEPS)
    seen = slice(None) if path.diverged < 0 else slice(path.diverged)
    q = path.q[seen] * unit
    shown = 2 + _noise()[1]
    # A log of tau of -700 or 700 is as far out as a number can be and still be drawn.
    return Walk(q[:, shown], np.exp(np.clip(q[:, 1], -700, 700)), (path.energy - path.energy[0])[seen], path.diverged)


def funnel_arrays(state: FunnelState) -> FunnelArrays:
    """Exact posterior, stable steps, and the trajectory in both coordinate systems."""
    found = _posterior(state.information)
    pairs = found.limit_at_nodes
    reach = np.array([_reach(limit, found.weight) for limit in pairs])
    share = np.array([found.weight[limit > state.step].sum() for limit in pairs])
    walks = _walk(found, state, True), _walk(found, state, False)
    tau, theta, eta = found.cloud
    return FunnelArrays(state, tau, theta, eta, found.interval, found.limit, reach, share, walks)


def verdict(walk: Walk) -> str:
    """What became of a trajectory, in a few words."""
    if walk.diverged >= 0:
        return f"diverges at step {walk.diverged}"
    error = float(walk.error[-1])
    return f"energy off by {abs(error):.2f}, kept with probability {np.exp(-max(error, 0.0)):.2f}"


def number(value: float) -> str:
    """Two significant digits, in words a person would say."""
    return f"{float(f'{value:.2g}'):g}"

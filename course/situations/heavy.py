r"""A population with heavy tails, so that one group that is like no other is let go.

:math:`y_j \sim N(\theta_j, 1)`, :math:`\theta_j = \mu + \tau t_j` with t from Student's distribution or a normal one.
Standard errors are the unit. Nothing is in closed form any more; everything is a sum over grids of theta, mu and tau.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from course.situations.normal import spread_nodes
from course.validate import FloatArray, as_floats, refuse

_STEP: Final = 0.1  # standard errors, of theta
_MEANS, _SPREADS = 61, 32


class Tailed(NamedTuple):
    """Posterior means of theta, shape (replications, n_groups), and of tau, shape (replications,)."""

    theta: FloatArray
    tau: FloatArray


def tailed(y: ArrayLike, *, degrees: float, tau_scale: float) -> Tailed:
    """Posterior means under a flat prior on mu and tau ~ HalfNormal(tau_scale), all replications at once.

    Parameters
    ----------
    y : array_like, shape (replications, n_groups)
        Estimates, in units of their standard error; three groups at least.
    degrees : float
        Degrees of freedom of the population: 4 is heavy, inf is the normal one.
    tau_scale : float
        Scale of the prior on tau, same units, from 0.2 on.

    Returns
    -------
    Tailed

    Raises
    ------
    ValueError
        On too few groups, values that are not finite, or settings out of range.

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., section 17.2.
    """
    y = np.atleast_2d(as_floats("y", y))
    refuse(~np.isfinite(y), "y", y, "must be finite", "divide estimates by their standard error")
    if y.ndim != 2 or y.shape[1] < 3 or not (degrees > 0 and 0.2 <= tau_scale < np.inf):
        raise ValueError(
            f"y must have three groups at least, degrees be positive and tau_scale 0.2 or more, got {y.shape}, "
            f"{degrees} and {tau_scale}"
        )
    away = y - np.median(y, axis=1, keepdims=True)
    grid = _population(away, degrees, tau_scale)
    likelihood = np.exp(-0.5 * (away.ravel()[:, None] - grid.theta) ** 2)
    evidence = likelihood @ grid.mass.T  # groups of all replications, by populations
    first = (likelihood * grid.theta) @ grid.mass.T
    shape = (*y.shape, -1)
    log_weight = np.log(np.maximum(evidence, 1e-300)).reshape(shape).sum(axis=1) + grid.log_prior
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    theta = np.einsum("rjg,rg->rj", (first / np.maximum(evidence, 1e-300)).reshape(shape), weight)
    return Tailed(theta + y - away, weight @ grid.tau)


class _Grid(NamedTuple):
    """Values of theta, and populations (mu, tau) with the mass that each has at every theta and a log prior."""

    theta: FloatArray
    mass: FloatArray
    tau: FloatArray
    log_prior: FloatArray


def _population(away: FloatArray, degrees: float, tau_scale: float) -> _Grid:
    """Grids wide enough for these departures from the median."""
    theta = np.arange(away.min() - 6.0, away.max() + 6.0, _STEP)
    reach = 3.0 + float(np.abs(away.mean(axis=1)).max() + 3.0 * away.std(axis=1).max() / np.sqrt(away.shape[1]))
    one, log_prior = spread_nodes(tau_scale, _SPREADS)
    mu, tau = (part.ravel() for part in np.meshgrid(np.linspace(-reach, reach, _MEANS), one))
    edges = np.append(theta, theta[-1] + _STEP) - _STEP / 2
    at = (edges - mu[:, None]) / tau[:, None]
    below = special.ndtr(at) if np.isinf(degrees) else special.stdtr(degrees, at)
    # The mass of each cell and not the height at its middle: a population narrower than a step keeps its mass.
    return _Grid(theta, np.diff(below, axis=1), tau, np.repeat(log_prior, _MEANS))

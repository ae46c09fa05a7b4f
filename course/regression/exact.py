r"""The posterior of the population of lines without a Markov chain: the groups integrated out, the rest by importance.

Five to eight numbers are left once the lines are integrated out in closed form (`log_evidence`). Independent draws come
from a multivariate t around the mode and are weighted by posterior over proposal; two more rounds start from the
weighted moments of the one before. The weights say themselves whether they can be trusted.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from course.regression.groups import Rows, as_group_predictor, sums
from course.regression.mixed import most_likely, refuse_exact_lines
from course.regression.population import Population, log_evidence
from course.regression.priors import LinePriors, check_priors, log_prior
from course.regression.scores import pareto_smooth
from course.validate import FloatArray, as_draw_count, as_rng

# Tails heavier and a spread wider than the posterior's: the weights must be bounded where the posterior still has mass.
_DEGREES, _WIDER, _ROUNDS = 4.0, 1.5, 3


class ExactPopulation(NamedTuple):
    """Independent draws of the population, and how good the weights were that made them.

    ``effective`` is the number of equally weighted draws that the weighted ones are worth, ``pareto_k`` the shape of
    the tail of the weights: below 0.5 their variance is finite (Vehtari et al. 2024).
    """

    population: Population
    effective: float
    pareto_k: float


class _Problem(NamedTuple):
    rows: Rows
    priors: LinePriors
    predictor: FloatArray | None
    on_slope: bool
    location: FloatArray
    unit: FloatArray


def exact_population(
    rows: Rows,
    priors: LinePriors,
    rng: np.random.Generator,
    predictor: ArrayLike | None = None,
    *,
    on_slope: bool = False,
    draws: int = 4000,
    tries: int = 20_000,
) -> ExactPopulation:
    """Draw from the posterior of mu, tau, rho, sigma (and gamma), lines integrated out.

    Parameters
    ----------
    rows, priors, predictor, on_slope
        As in `models.varying_lines`, whose posterior this is.
    rng : numpy.random.Generator
        Source of randomness.
    draws : int
        Independent draws to return.
    tries : int
        Draws of the proposal in each round.

    Returns
    -------
    ExactPopulation
        Pass its population to `lines_given` for the lines.

    Raises
    ------
    ValueError
        If the weights cannot be trusted (Pareto k above 0.7).

    References
    ----------
    Vehtari et al. (2024), Pareto smoothed importance sampling, J. Machine Learning Research 25(72).
    """
    draws, rng = as_draw_count(draws), as_rng(rng)
    problem = _problem(rows, priors, predictor, on_slope)
    centre, spread = _mode(problem)
    for _ in range(_ROUNDS):
        proposal = scipy.stats.multivariate_t(centre, spread, df=_DEGREES)
        q = _draw(centre, spread, as_draw_count(tries), rng)
        log_weight, k = pareto_smooth(_log_posterior(problem, q) - proposal.logpdf(q))
        weight = np.exp(log_weight)
        centre = weight @ q
        # A little of the last spread stays, so that few heavy weights cannot flatten the next one.
        spread = _WIDER * (q - centre).T @ ((q - centre) * weight[:, None]) + 0.01 * spread
    if not k <= 0.7:
        raise ValueError(f"importance weights must have a light tail, got Pareto k = {k:.2f} (limit 0.7); raise tries")
    return ExactPopulation(_as_population(problem, q[_resample(weight, draws, rng)]), float(1.0 / np.sum(weight**2)), k)


def _draw(centre: FloatArray, spread: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """Draw from the proposal by its Cholesky root: SciPy's eigenvectors have signs that differ between computers."""
    normal = rng.standard_normal((count, centre.size)) @ np.linalg.cholesky(spread).T
    return np.asarray(centre + normal / np.sqrt(rng.chisquare(_DEGREES, (count, 1)) / _DEGREES))


def _resample(weight: FloatArray, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Choose draws in proportion to their weights, each by a random number of its own.

    `Generator.choice` walks along the cumulative weights: a change in the fourth digit of one weight, as between two
    computers, would give most places to a neighbour, and all Monte Carlo errors would be others.
    """
    wanted = count + 6.0 * np.sqrt(count) + 6.0  # of which the first are taken
    copies = np.floor(wanted * weight + rng.random(weight.size)).astype(np.intp)
    order = np.argsort(rng.random(weight.size))
    return np.repeat(order, copies[order])[:count]


def _problem(rows: Rows, priors: LinePriors, predictor: ArrayLike | None, on_slope: bool) -> _Problem:
    """Coordinates near 0 and of size near 1, about the REML fit: mean line, logarithms of spreads, atanh rho."""
    u = None if predictor is None else as_group_predictor(predictor, len(rows.groups.labels))
    if on_slope and u is None:
        raise ValueError("predictor must be given when on_slope is True, got None; what would shift the slope?")
    if float(np.ptp(rows.y)) == 0:
        raise ValueError("y must vary, got the same value in all rows: there is no noise to learn")
    refuse_exact_lines(rows)
    coefficients = 2 + (u is not None) + on_slope
    fit = most_likely(rows, u, on_slope=on_slope, method="reml" if rows.y.size > coefficients else "ml")
    p, errors = fit.population, np.ones(4)
    errors[: len(fit.standard_errors)] = fit.standard_errors
    # On the boundary the logarithm of a spread has no value: start where the data could still tell it from 0.
    tau = np.maximum([float(p.tau_alpha), float(p.tau_beta)], errors[:2])
    log_scale = np.log([*tau, p.sigma])
    rho = np.arctanh(np.clip(p.rho, -0.8, 0.8))
    location = np.array([p.mu_alpha, p.mu_beta, *log_scale[:2], rho, log_scale[2], p.gamma_alpha, p.gamma_beta])
    unit = np.array([*errors[:2], 1.0, 1.0, 1.0, 1.0, *errors[2:]], dtype=float)
    return _Problem(rows, check_priors(priors), u, on_slope, location, unit)


def _as_population(problem: _Problem, q: FloatArray) -> Population:
    full = np.zeros((len(q), 8))
    full[:, : q.shape[1]] = q
    v = problem.location + problem.unit * full
    with np.errstate(over="ignore"):
        tau, rho, sigma = np.exp(v[:, 2:4]).T, np.tanh(v[:, 4]), np.exp(v[:, 5])
    return Population(v[:, 0], v[:, 1], tau[0], tau[1], rho, sigma, v[:, 6], v[:, 7])


def _log_posterior(problem: _Problem, q: FloatArray) -> FloatArray:
    """Log density in the coordinates q, shape (n,), Jacobian included."""
    p = _as_population(problem, q)
    z = np.abs(problem.location[4] + q[:, 4])  # rho = tanh z, whose derivative is 1 / cosh(z)^2
    jacobian = (
        np.log(p.tau_alpha) + np.log(p.tau_beta) + np.log(p.sigma) - 2 * (z + np.log1p(np.exp(-2 * z)) - np.log(2))
    )
    with_gamma = problem.predictor is not None
    prior = log_prior(p, problem.priors, with_gamma=with_gamma, on_slope=problem.on_slope)
    data = sums(problem.rows)
    return np.asarray(prior + jacobian + log_evidence(data, p, problem.predictor).sum(axis=1))


def _mode(problem: _Problem) -> tuple[FloatArray, FloatArray]:
    """Highest point of the posterior in these coordinates and the inverse of its curvature there."""
    size = 6 + (problem.predictor is not None) + problem.on_slope

    def height(q: FloatArray) -> float:
        return -float(_log_posterior(problem, q[None])[0])

    bounds = [(-20.0, 20.0)] * 2 + [(-8.0, 3.0)] * 2 + [(-3.0, 3.0), (-2.0, 2.0)] + [(-20.0, 20.0)] * (size - 6)
    found = scipy.optimize.minimize(
        height, np.zeros(size), method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13, "gtol": 1e-7}
    )
    step = 1e-3 * np.eye(size)
    at = found.x
    curve = (
        np.array(
            [
                [height(at + a + b) - height(at + a - b) - height(at - a + b) + height(at - a - b) for b in step]
                for a in step
            ]
        )
        / 4e-6
    )
    values, vectors = np.linalg.eigh(curve)
    # A direction that the data hardly hold is given a standard deviation of 3 at the most.
    return at, np.asarray((vectors / np.clip(values, 1 / 9, None)) @ vectors.T)

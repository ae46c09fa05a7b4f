r"""Full posterior over tasks and their population: a grid over (tau, sigma), everything else by formula.

:math:`m \sim N(0, s^2 I)`, :math:`\tau` and :math:`\sigma` half-normal, :math:`w_j \sim N(m, \tau^2 I)`. Given tau and
sigma the mean head and all heads are normal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from course.multitask.evidence import Learned, Marginal, Spectrum, heads_given, learn, marginal, spectrum
from course.multitask.linear import to_mean
from course.multitask.tasks import TaskSums
from course.validate import FloatArray, refuse


class TaskPriors(NamedTuple):
    """Scales of the priors, in units of the outcome: of each entry of the mean head, of tau, of sigma."""

    mean: float
    tau: float
    sigma: float


@dataclass(frozen=True)
class TaskPosterior:
    """Posterior of heads and population.

    Attributes
    ----------
    tau, sigma, weight : ndarray, shape (n,)
        The grid and the posterior weight of its points, which sum to 1.
    mean : ndarray, shape (d,)
        Posterior mean of the mean head.
    heads : ndarray, shape (n_tasks, d)
        Posterior means.
    covariance : ndarray, shape (n_tasks, d, d)
        Posterior covariance of each head, what is not known of the population included.
    """

    tau: FloatArray
    sigma: FloatArray
    weight: FloatArray
    mean: FloatArray
    heads: FloatArray
    covariance: FloatArray

    @property
    def sd(self) -> FloatArray:
        """Posterior standard deviation of each coefficient, shape (n_tasks, d)."""
        return np.sqrt(np.diagonal(self.covariance, axis1=-2, axis2=-1))

    def forecast(self, x: FloatArray, task: int) -> tuple[FloatArray, FloatArray]:
        """Mean and standard deviation of new days of a task, shape (n,): noise, head and population are all unknown."""
        noise = self.average(self.sigma**2)
        return x @ self.heads[task], np.sqrt(noise + np.sum(x @ self.covariance[task] * x, axis=-1))

    def average(self, values: FloatArray) -> float:
        """Posterior mean of a function of tau and sigma, given on the grid."""
        return float(self.weight @ values)


class PluggedIn(NamedTuple):
    """Heads, (n_tasks, d), with covariances, (n_tasks, d, d), as if tau, sigma and perhaps the mean head were known."""

    heads: FloatArray
    covariance: FloatArray
    learned: Learned

    @property
    def sd(self) -> FloatArray:
        """Standard deviation of each coefficient, shape (n_tasks, d); with a known mean head 0 where tau is 0."""
        return np.sqrt(np.diagonal(self.covariance, axis1=-2, axis2=-1))

    def forecast(self, x: FloatArray, task: int) -> tuple[FloatArray, FloatArray]:
        """Mean and standard deviation of new days of a task, shape (n,): noise and head."""
        within = np.sum(x @ self.covariance[task] * x, axis=-1)
        return x @ self.heads[task], np.sqrt(self.learned.sigma**2 + within)


def plug_in(data: TaskSums, known: Learned | None = None, *, mean_known: bool = True) -> PluggedIn:
    """Empirical Bayes: learn tau, sigma and the mean head, then forget that they were learned.

    Parameters
    ----------
    data : TaskSums
        From `task_sums`, without leading axes.
    known : Learned, optional
        The tau and sigma to plug in; None for those that the rows make most likely.
    mean_known : bool
        Forget of the mean head, too, that it was learned; else its variance under a flat prior is added.
    """
    learned = learn(data) if known is None else known
    inverse = np.linalg.inv(np.eye(data.cross.shape[-1]) + (learned.tau / learned.sigma) ** 2 * data.gram)
    covariance = learned.tau**2 * inverse
    if not mean_known:  # `inverse` is the share of the mean head that stays in each head
        of_mean = learned.sigma**2 * np.linalg.inv((data.gram @ inverse).sum(axis=0))
        covariance = covariance + inverse @ of_mean @ inverse.swapaxes(-1, -2)
    return PluggedIn(to_mean(data, learned.penalty).heads, covariance, learned)


def task_posterior(data: TaskSums, priors: TaskPriors, *, points: tuple[int, int] = (48, 20)) -> TaskPosterior:
    """Compute the posterior by sums over a grid that is laid where the weight is.

    Parameters
    ----------
    data : TaskSums
        From `task_sums`, without leading axes. A task without rows is a new task: it gets the population.
    priors : TaskPriors
        Scales.
    points : tuple of int
        Points of the grid in tau and in log sigma; of the latter more where rows hardly tell noise from heads.

    Raises
    ------
    ValueError
        On a scale that is not positive, or fewer rows than features.

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., section 15.2.
    """
    scales = np.asarray(priors, dtype=float)
    refuse(~((scales > 0) & np.isfinite(scales)), "priors", scales, "must be positive and finite", "they are scales")
    of, near = spectrum(data), learn(data)
    half_width = 7.0 / np.sqrt(2.0 * max(float(of.n) - _freedom(of), 2.0))
    first = np.log(float(near.sigma)) + half_width * np.array([-1.0, 1.0])
    highest = 6.0 * min(priors.tau, 4.0 * _largest_spread(data, near.sigma))
    tau, log_sigma = _where_the_weight_is(of, priors, np.array([[0.0, highest], first]), points)
    tau, log_sigma = (values.ravel() for values in np.meshgrid(tau, log_sigma, indexing="ij"))
    found = marginal(of, (tau / np.exp(log_sigma)) ** 2)
    weight = _weights(of, found, tau, log_sigma, priors)
    return _summarise(of, found, tau, np.exp(log_sigma), weight, priors)


def _freedom(of: Spectrum) -> float:
    """Directions that the heads can take up at most: those of rows, or of features, whichever are fewer."""
    return float(np.sum(of.values > 1e-9 * of.values.max()))


def _midpoints(ends: FloatArray, n: int) -> FloatArray:
    low, high = ends
    return np.asarray(low + (high - low) * (np.arange(n) + 0.5) / n)


def _largest_spread(data: TaskSums, sigma: FloatArray) -> float:
    """A tau beyond which no data point: the size of the outcome."""
    return float(np.sqrt(data.square.sum() / data.n.sum()) + sigma)


def _where_the_weight_is(
    of: Spectrum, priors: TaskPriors, ends: FloatArray, points: tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    """Grid of tau and of log sigma over the part that holds all weight but a millionth or so, sought from some ends.

    Where rows hardly tell noise from heads, sigma may be as small as one likes: only its prior is a bound.
    """
    least = 0.0, 0.5 * np.log(1e-13 * float(of.square))  # of tau; and of log sigma, below which rounding speaks
    for _ in range(30):
        axes = [_midpoints(pair, n) for pair, n in zip(ends, points, strict=True)]
        tau, log_sigma = (values.ravel() for values in np.meshgrid(*axes, indexing="ij"))
        weight = _weights(of, marginal(of, (tau / np.exp(log_sigma)) ** 2), tau, log_sigma, priors).reshape(points)
        shares, before = (weight.sum(axis=1), weight.sum(axis=0)), ends
        found = np.array([_around(*one) for one in zip(axes, shares, least, strict=True)])
        wider = np.column_stack([np.minimum(before[:, 0], found[:, 0]), np.maximum(before[:, 1], found[:, 1])])
        if np.any(np.diff(wider) > (1 + 1e-9) * np.diff(before)):  # first wide enough: one axis hangs on the other
            ends = wider
            continue
        ends = found
        if np.all(np.diff(found) > 0.5 * np.diff(before)):
            break
    # However much the heads may take up, a row tells no more of log sigma than if there were none.
    finer = max(1.0, float(np.diff(ends[1])[0]) * np.sqrt(2.0 * float(of.n)) / 14.0)
    return _midpoints(ends[0], points[0]), _midpoints(ends[1], int(np.ceil(finer * points[1])))


def _around(axis: FloatArray, weight: FloatArray, least: float) -> tuple[float, float]:
    """Ends of an axis around its points that have weight; beyond an end that has some, too."""
    heavy, step = np.flatnonzero(weight > 1e-8), axis[1] - axis[0]
    below, above = (0.5 * axis.size if touched else 1.5 for touched in (heavy[0] == 0, heavy[-1] == axis.size - 1))
    return max(least, axis[heavy[0]] - below * step), axis[heavy[-1]] + above * step


def _weights(of: Spectrum, found: Marginal, tau: FloatArray, log_sigma: FloatArray, priors: TaskPriors) -> FloatArray:
    """Posterior weight of each point of an even grid in tau and log sigma."""
    variance = np.exp(2 * log_sigma)
    precision, shift = _mean_head(found, variance, priors)
    moved = np.einsum("gd,gd->g", shift, np.linalg.solve(precision, shift[..., None])[..., 0])
    log_rows = -0.5 * (found.quad / variance + found.log_det) - of.n * log_sigma
    log_rows += 0.5 * (moved - np.linalg.slogdet(precision)[1])
    log_prior = -0.5 * ((tau / priors.tau) ** 2 + variance / priors.sigma**2) + log_sigma  # the Jacobian of log sigma
    weight = np.exp(log_rows + log_prior - np.max(log_rows + log_prior))
    return np.asarray(weight / weight.sum())


def _mean_head(found: Marginal, variance: FloatArray, priors: TaskPriors) -> tuple[FloatArray, FloatArray]:
    """Precision and shift of the mean head given tau and sigma, its prior included."""
    d = found.shift.shape[-1]
    return found.precision / variance[:, None, None] + np.eye(d) / priors.mean**2, found.shift / variance[:, None]


def _summarise(
    of: Spectrum, found: Marginal, tau: FloatArray, sigma: FloatArray, weight: FloatArray, priors: TaskPriors
) -> TaskPosterior:
    """Means and covariances of the heads: those given the grid point, averaged, and how the means move over it."""
    heavy = weight > 1e-9
    tau, sigma, weight = tau[heavy], sigma[heavy], weight[heavy] / weight[heavy].sum()
    precision, shift = _mean_head(Marginal(*(part[heavy] for part in found)), sigma**2, priors)
    spread = np.linalg.inv(precision)
    mean = np.einsum("gde,ge->gd", spread, shift)
    rho = (tau / sigma) ** 2
    heads = heads_given(of, rho, mean)
    kept = 1.0 / (1.0 + rho[:, None, None] * of.values)  # (g, j, e): share of the mean head that stays
    move = np.einsum("jde,gje,jfe->gjdf", of.vectors, kept, of.vectors, optimize=True)
    inner = np.einsum("g,gjdf->jdf", weight * tau**2, move, optimize=True)
    inner += np.einsum("g,gjde,gef,gjhf->jdh", weight, move, spread, move, optimize=True)
    centre = np.einsum("g,gjd->jd", weight, heads)
    away = heads - centre
    covariance = inner + np.einsum("g,gjd,gje->jde", weight, away, away, optimize=True)
    return TaskPosterior(tau, sigma, weight, weight @ mean, centre, covariance)

r"""The posterior of curves that vary by group without a Markov chain: sums over grids of curves and populations.

With alpha and beta independent between groups the density of a curve is a product, :math:`a_k(\alpha)\,b_l(\beta)`;
k stands for (mu_alpha, tau_alpha) and l for (mu_beta, tau_beta). The evidence of group j under all populations at once
is then two matrix products, :math:`A L_j B^\top`, with :math:`L_j` its likelihood at the grid's curves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from course.exact.priors import halfnorm, norm
from course.regression import between_nodes
from course.regression.groups import Cells
from course.regression.population import Population, checked
from course.regression.priors import LinePriors, check_priors
from course.threads import one_blas_thread
from course.validate import FloatArray, as_draw_count, as_floats, as_rng

# Steps of about one standard deviation of alpha given beta with 200 rows, where sums are still integrals.
_ALPHA: Final = np.linspace(-12.0, 28.0, 161)
_BETA: Final = np.linspace(-5.5, 4.5, 201)
_MEANS, _SPREADS = 12, 11  # nodes of a population mean and of a population spread
_WIDE: Final = 5.0  # posterior standard deviations of a mean that its nodes reach on either side
_REST: Final = 1e-5  # posterior probability of spreads beyond their nodes
_EDGE: Final = 1e-3


class _Side(NamedTuple):
    """Nodes of (mu, tau) of one coefficient, flattened, their prior weights and the density each gives to the grid."""

    mu: FloatArray
    tau: FloatArray
    log_prior: FloatArray
    density: FloatArray


@dataclass(frozen=True, eq=False)
class ExactChoices:
    """Posterior of varying choices on grids.

    Attributes
    ----------
    alpha, beta : ndarray, shapes (n_alpha,) and (n_beta,)
        The grid of curves.
    curves : ndarray, shape (n_groups, n_alpha, n_beta)
        Posterior probability of each curve of the grid for each group, sums to 1.
    population : Population
        Nodes of mu and tau; alpha's have shape (n, 1), beta's (1, m).
    weight : ndarray, shape (n, m)
        Posterior probability of each pair of nodes, sums to 1.
    """

    alpha: FloatArray
    beta: FloatArray
    curves: FloatArray
    population: Population
    weight: FloatArray

    def mean(self, name: str) -> FloatArray:
        """Posterior mean of "alpha" or "beta", shape (n_groups,), or of a parameter of the population, shape ()."""
        return self._moment(name, 1)

    def sd(self, name: str) -> FloatArray:
        """Posterior standard deviation, shapes as for `mean`."""
        return np.sqrt(np.maximum(self._moment(name, 2) - self.mean(name) ** 2, 0.0))

    def revenue(self, prices: ArrayLike) -> FloatArray:
        """Expected revenue per visitor at each price, averaged over each group's curves: (n_groups, n_prices)."""
        return np.asarray(as_floats("prices", prices) * self.chance(prices))

    @one_blas_thread
    def chance(self, x: ArrayLike) -> FloatArray:
        """Posterior mean of the chance of success at each x, shape (n_groups, n_x)."""
        at = np.atleast_1d(as_floats("x", x))
        return np.tensordot(self.curves, _chances(self.alpha.tobytes(), self.beta.tobytes(), at.tobytes()), axes=2)

    def curve_draws(self, group: int, draws: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Independent draws of alpha and beta of one group, by its place, from the nodes of the grid; (draws,) each."""
        flat = as_rng(rng).choice(self.curves[group].size, as_draw_count(draws), p=self.curves[group].ravel())
        a, b = np.divmod(flat, self.beta.size)
        return self.alpha[a], self.beta[b]

    def population_draws(self, draws: int, rng: np.random.Generator) -> Population:
        """Independent draws of the population, between its nodes, fields of shape (draws,); see `between_nodes`."""
        n, rng, p = as_draw_count(draws), as_rng(rng), self.population
        if self.weight.size == 1:
            return Population(*(np.full(n, np.asarray(value).item()) for value in p[:4]))
        a, b = (
            between_nodes.side(np.ravel(mu)[::_SPREADS], np.ravel(tau)[:_SPREADS])
            for mu, tau in ((p.mu_alpha, p.tau_alpha), (p.mu_beta, p.tau_beta))
        )
        mu_alpha, tau_alpha, mu_beta, tau_beta = between_nodes.draws(a, b, self.weight, n, rng)
        return Population(mu_alpha, mu_beta, tau_alpha, tau_beta)

    def _moment(self, name: str, power: int) -> FloatArray:
        if name == "alpha":
            return np.asarray(self.curves.sum(axis=2) @ self.alpha**power)
        if name == "beta":
            return np.asarray(self.curves.sum(axis=1) @ self.beta**power)
        if name not in ("mu_alpha", "mu_beta", "tau_alpha", "tau_beta"):
            raise ValueError(f"name must be alpha, beta, or mu or tau of one of them, got {name!r}")
        return np.asarray(np.sum(self.weight * getattr(self.population, name) ** power))


@lru_cache(maxsize=1)  # the same menu is read for every data set
def _chances(alpha: bytes, beta: bytes, x: bytes) -> FloatArray:
    """Chance of success of every curve of a grid at every x, shape (n_alpha, n_beta, n_x)."""
    a, b, at = (np.frombuffer(part) for part in (alpha, beta, x))
    return np.asarray(special.expit(a[:, None, None] + b[:, None] * at))


@one_blas_thread
def exact_choices(cells: Cells, priors: LinePriors) -> ExactChoices:
    r"""Compute the posterior of `models.varying_choices` with ``correlated=False`` by quadrature, in 0.1 s.

    Parameters
    ----------
    cells : Cells
        From `cells`, x in a unit in which a slope is a few tenths, prices in tens for example.
    priors : LinePriors
        ``sigma``, ``gamma`` and ``eta`` are not used.

    Returns
    -------
    ExactChoices

    Raises
    ------
    ValueError
        If a group's posterior leaves the grid, alpha from -12 to 28 and beta from -5.5 to 4.5.
    """
    check_priors(priors)
    likelihood = _likelihood(cells)
    ends_a, ends_b = _ends(priors.mu_alpha, priors.tau_alpha), _ends(priors.mu_beta, priors.tau_beta)
    for step in (4, 2, 1):  # from the priors' range to the posterior's, on finer and finer grids of curves
        a = _side(_ALPHA[::step], ends_a, priors.mu_alpha, priors.tau_alpha)
        b = _side(_BETA[::step], ends_b, priors.mu_beta, priors.tau_beta)
        on_grid = np.ascontiguousarray(likelihood[:, ::step, ::step])  # BLAS takes no strides
        evidence = np.maximum(a.density @ on_grid @ b.density.T, 1e-300)
        log_weight = np.log(evidence).sum(axis=0) + a.log_prior[:, None] + b.log_prior
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        ends_a, ends_b = _narrowed(a, weight.sum(axis=1)), _narrowed(b, weight.sum(axis=0))
    curves = likelihood * (a.density.T @ (weight / evidence) @ b.density)
    edge = 1 - curves[:, 1:-1, 1:-1].sum(axis=(1, 2))
    if edge.max() > _EDGE:
        raise ValueError(
            f"x must be in a unit in which curves stay on the grid, got a share of {edge.max():.2g} at its edge in "
            f"group {str(cells.groups.labels[edge.argmax()])!r}; measure prices in tens, or sample the model"
        )
    nodes = Population(a.mu[:, None], b.mu[None], a.tau[:, None], b.tau[None])
    return ExactChoices(_ALPHA, _BETA, curves / curves.sum(axis=(1, 2), keepdims=True), nodes, weight)


@one_blas_thread
def choices_alone(cells: Cells, priors: LinePriors) -> ExactChoices:
    """Posterior of each group's curve when no other group is known: the same model and priors, on one group at a time.

    Of one group alone nothing can be learned of the population beyond its prior, so that a curve's own prior is the
    model's, averaged over the population's. What `exact_choices` gives beyond this is what groups lend each other.

    Parameters
    ----------
    cells, priors
        As for `exact_choices`.

    Returns
    -------
    ExactChoices
        With the nodes and weights of the prior in place of a posterior of the population.
    """
    check_priors(priors)
    prior = np.outer(_prior(_ALPHA, priors.mu_alpha, priors.tau_alpha), _prior(_BETA, priors.mu_beta, priors.tau_beta))
    curves = _likelihood(cells) * prior
    a = _side(_ALPHA, _ends(priors.mu_alpha, priors.tau_alpha), priors.mu_alpha, priors.tau_alpha)
    b = _side(_BETA, _ends(priors.mu_beta, priors.tau_beta), priors.mu_beta, priors.tau_beta)
    weight = np.exp(a.log_prior[:, None] + b.log_prior)
    nodes = Population(a.mu[:, None], b.mu[None], a.tau[:, None], b.tau[None])
    return ExactChoices(_ALPHA, _BETA, curves / curves.sum(axis=(1, 2), keepdims=True), nodes, weight / weight.sum())


@one_blas_thread
def curves_given(cells: Cells, population: Population) -> ExactChoices:
    """Posterior of every group's curve given the population, rho included, on the same grid.

    Parameters
    ----------
    cells : Cells
        As for `exact_choices`.
    population : Population
        Single numbers; tau above 0 and rho inside (-1, 1). ``sigma`` and the gammas are not used.

    Returns
    -------
    ExactChoices
        With the given population as its only node.

    Raises
    ------
    ValueError
        On draws in place of single numbers, or a population without spread.
    """
    p = checked(population)
    if any(value.size > 1 for value in p):
        raise ValueError("population must be single numbers, got draws; pass their means or one draw at a time")
    mu_a, mu_b, tau_a, tau_b, rho = (float(value[0, 0]) for value in p[:5])
    if not (tau_a > 0 and tau_b > 0 and abs(rho) < 1):
        raise ValueError(
            f"population must have spread, got tau {tau_a:g} and {tau_b:g}, rho {rho:g}: that is complete pooling, see "
            "one_curve"
        )
    u, v = (_ALPHA[:, None] - mu_a) / tau_a, (_BETA - mu_b) / tau_b
    prior = np.exp(-0.5 * (u**2 - 2 * rho * u * v + v**2) / (1 - rho**2))
    curves = _likelihood(cells) * prior
    nodes = Population(*(np.full((1, 1), value) for value in (mu_a, mu_b, tau_a, tau_b, rho)))
    return ExactChoices(_ALPHA, _BETA, curves / curves.sum(axis=(1, 2), keepdims=True), nodes, np.ones((1, 1)))


def _likelihood(cells: Cells) -> FloatArray:
    """Likelihood of each group at each curve, relative to its highest, shape (n_groups, n_alpha, n_beta)."""
    menu = np.unique(cells.x)
    log_odds = _ALPHA[:, None, None] + _BETA[:, None] * menu
    yes = special.log_expit(log_odds)
    no = yes - log_odds
    at = np.searchsorted(menu, cells.x)
    labels, who = cells.groups
    bought, left = (np.zeros((len(labels), yes.shape[2])) for _ in range(2))
    np.add.at(bought, (who, at), cells.successes)
    np.add.at(left, (who, at), cells.trials - cells.successes)
    log_likelihood = np.tensordot(bought, yes, axes=(1, 2)) + np.tensordot(left, no, axes=(1, 2))
    return np.asarray(np.exp(log_likelihood - log_likelihood.max(axis=(1, 2), keepdims=True)))


def _ends(mu_prior: tuple[float, float], tau_scale: float) -> tuple[float, float, float, float]:
    return mu_prior[0] - 3 * mu_prior[1], mu_prior[0] + 3 * mu_prior[1], 0.0, 4 * tau_scale


def _prior(grid: FloatArray, mu_prior: tuple[float, float], tau_scale: float) -> FloatArray:
    """Prior mass of one coefficient of one group on the grid: N(m, s^2 + tau^2), averaged over the prior of tau."""
    points, weights = np.polynomial.legendre.leggauss(60)
    tau = 4 * tau_scale * (points + 1) / 2
    sd = np.hypot(mu_prior[1], tau)
    weights = weights * halfnorm(scale=tau_scale).pdf(tau)
    edges = (grid[:-1] + grid[1:]) / 2
    below = special.ndtr((edges[:, None] - mu_prior[0]) / sd) @ weights
    return np.diff(below, prepend=0.0, append=float(weights.sum()))


def _narrowed(side: _Side, weight: FloatArray) -> tuple[float, float, float, float]:
    """Where the posterior of (mu, tau) is, and a margin; the top of tau where nothing is left above it."""
    mean = float(weight @ side.mu)
    cell = float(np.ptp(side.mu)) / (_MEANS - 1)
    reach = _WIDE * float(np.sqrt(weight @ (side.mu - mean) ** 2)) + cell / 2
    order = np.argsort(side.tau)
    above = 1 - np.cumsum(weight[order])
    top = float(side.tau[order][np.searchsorted(-above, -_REST)])
    return mean - reach, mean + reach, 0.0, top + 2 * float(side.tau.min())


def _side(
    grid: FloatArray, ends: tuple[float, float, float, float], mu_prior: tuple[float, float], tau_scale: float
) -> _Side:
    """Nodes and weights; a spread below the grid's step puts its mass on the nearest curves, and little is there."""
    mu_low, mu_high, tau_low, tau_high = ends
    # Even steps where the density ends in nothing on both sides; Gauss and Legendre's where it is cut off at 0.
    points, weights = np.polynomial.legendre.leggauss(_SPREADS)
    middles = (np.arange(_MEANS) + 0.5) / _MEANS
    mu = np.repeat(mu_low + (mu_high - mu_low) * middles, _SPREADS)
    tau = np.tile(tau_low + (tau_high - tau_low) * (points + 1) / 2, _MEANS)
    log_prior = norm(*mu_prior).logpdf(mu) + halfnorm(scale=tau_scale).logpdf(tau)
    log_prior += np.tile(np.log(weights), _MEANS)
    # The mass of the cell about each node, not the height at it: the narrowest population keeps its mass of 1.
    half = (grid[1] - grid[0]) / 2
    inner = (grid[:-1] + half - mu[:, None]) / tau[:, None]
    below = np.concatenate([np.zeros((mu.size, 1)), special.ndtr(inner), np.ones((mu.size, 1))], axis=1)
    return _Side(mu, tau, np.asarray(log_prior), np.diff(below, axis=1))

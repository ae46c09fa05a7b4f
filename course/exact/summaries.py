"""What can be asked of a posterior of the normal hierarchy, once tau is on a grid of quadrature nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.exact.density import PanelDensity
from course.exact.hierarchy import BLOCK, Hyper, conditional_theta, data_weights, hyper, own_sds
from course.exact.mixture import NormalMixture, weighted_rms
from course.validate import FloatArray, as_draw_count, as_floats, as_probability, as_rng, refuse

Name = Literal["mu", "tau", "theta", "weight"]


class Conditional(NamedTuple):
    """Posterior given tau: the second and third picture of the triptych. Units of the outcome.

    tau, mu_mean, mu_sd have shape (n,); theta_mean and theta_sd (n, n_groups).
    """

    tau: FloatArray
    mu_mean: FloatArray
    mu_sd: FloatArray
    theta_mean: FloatArray
    theta_sd: FloatArray


class Draws(NamedTuple):
    """Independent joint draws: mu and tau of shape (n,), theta of shape (n, n_groups). Units of the outcome."""

    mu: FloatArray
    tau: FloatArray
    theta: FloatArray


@dataclass(frozen=True)
class NormalPosterior:
    """Posterior of mu, tau, theta and the weights lambda; made by `normal_posterior`.

    Attributes
    ----------
    y, sigma : ndarray, shape (n_groups,)
        The data.
    mu_prior : tuple of float or None
        Mean and standard deviation of the normal prior on mu; None for flat.
    moments : int
        Highest moment of tau that is finite (2 stands for 2 or more): under flat priors on mu and tau with four groups
        tau has a mean but no standard deviation.
    """

    y: FloatArray
    sigma: FloatArray
    mu_prior: tuple[float, float] | None
    moments: int
    _density: PanelDensity
    _scale: float

    @cached_property
    def tau_grid(self) -> FloatArray:
        """Quadrature nodes of tau, ascending, shape (n_nodes,); closer where the posterior bends."""
        return np.asarray(self._scale * np.sinh(self._density.nodes))

    @cached_property
    def tau_density(self) -> FloatArray:
        """Posterior density of tau at ``tau_grid``, per unit of the outcome."""
        return np.asarray(self._density.density / (self._scale * np.cosh(self._density.nodes)))

    @property
    def tau_weight(self) -> FloatArray:
        """Probability that each node stands for: ``sum(tau_weight * f(tau_grid))`` is the posterior mean of f(tau)."""
        return self._density.weights

    @cached_property
    def _hyper(self) -> Hyper:
        return hyper(self.tau_grid, self.y, self.sigma, self.mu_prior)

    def mean(self, name: Name) -> Any:
        """Posterior mean: a float for "mu" and "tau", shape (n_groups,) for "theta" and "weight" (lambda).

        The mean of tau is inf where its integral diverges (a flat prior and three groups).

        Raises
        ------
        ValueError
            If the name is unknown, or mu has no mean because tau has none.
        """
        if name == "tau":
            return float(self.tau_weight @ self.tau_grid) if self.moments >= 1 else np.inf
        if name == "weight":
            return self._join(self.tau_weight @ self._weights(block) for block in self._blocks())
        return self._of(name, lambda m: m.mean())

    def sd(self, name: Name) -> Any:
        """Posterior standard deviation, shaped as `mean`; inf where the integral diverges."""
        if name == "tau":
            return float(self._sd(self.tau_grid)) if self.moments >= 2 else np.inf
        if name == "weight":
            return self._join(self._sd(self._weights(block)) for block in self._blocks())
        return self._of(name, lambda m: m.sd())

    def quantile(self, name: Name, q: ArrayLike) -> Any:
        """Posterior quantiles, shape q.shape (+ (n_groups,) for "theta" and "weight"); a float for a single number.

        Raises
        ------
        ValueError
            If the name is unknown or any q is outside (0, 1).
        """
        q = as_probability(q)
        if name in ("tau", "weight"):
            tau = np.asarray(self._scale * np.sinh(self._density.quantile(q)))
            # lambda_j rises with tau, so its quantiles are those of tau, transformed.
            return _plain(tau if name == "tau" else data_weights(tau.ravel(), self.sigma).reshape(*tau.shape, -1))
        return self._of(name, lambda m: m.quantile(q))

    def marginal(self, name: Name) -> NormalMixture:
        """Posterior of "mu", or of every "theta" at once, as a mixture of normals over the nodes of tau."""
        if name == "mu":
            moments = self.moments if self.mu_prior is None else 2
            return NormalMixture(self.tau_weight, self._hyper.mean, self._hyper.sd, moments)
        if name == "theta":
            return self._theta(slice(None))
        raise ValueError(f"name must be 'mu' or 'theta', got {name!r}; for 'tau' there are tau_grid and tau_density")

    def conditional(self, tau: ArrayLike | None = None) -> Conditional:
        """Posterior means and standard deviations of mu and theta given tau.

        Parameters
        ----------
        tau : array_like, shape (n,), optional
            Values of tau, 0 and inf included. None: ``tau_grid``.

        Raises
        ------
        ValueError
            If any tau is negative or NaN.
        """
        at = self.tau_grid if tau is None else np.atleast_1d(as_floats("tau", tau))
        refuse(at < 0, "tau", at, "must not be negative", "it is a standard deviation; did you pass log tau?")
        if at.ndim > 1:
            raise ValueError(f"tau must be a number or one list of numbers, got shape {at.shape}; flatten it")
        given = self._hyper if tau is None else hyper(at, self.y, self.sigma, self.mu_prior)
        loc, scale = conditional_theta(at, given, self.y, self.sigma)
        return Conditional(at, given.mean, given.sd, loc, scale)

    def group(self, j: int) -> NormalMixture:
        """Posterior of one group's theta, with mean, sd, quantile, pdf and cdf."""
        if not 0 <= j < self.y.size:
            raise ValueError(f"j must be a group, 0 to {self.y.size - 1}, got {j}; groups count from 0")
        mixture = self._theta(slice(j, j + 1))
        return NormalMixture(mixture.weight, mixture.loc[:, 0], mixture.scale[:, 0])

    def contrast(self, i: int, j: int) -> NormalMixture:
        """Posterior of theta_i - theta_j; ``1 - contrast(0, 2).cdf(0)`` is P(theta_0 > theta_2)."""
        for place, group in (("i", i), ("j", j)):
            if not -self.y.size <= group < self.y.size:
                raise ValueError(f"{place} must be a group, 0 to {self.y.size - 1}, got {group}; groups count from 0")
        pair = [i, j]
        weight = data_weights(self.tau_grid, self.sigma[pair])
        loc = weight * self.y[pair] + (1.0 - weight) * self._hyper.mean[:, None]
        own = np.hypot(*own_sds(self.tau_grid, self.sigma[pair]).T) if i != j else np.zeros(len(weight))
        # Both lean on the same uncertain mu, each by its own B; what they share cancels.
        scale = np.hypot(own, (weight[:, 0] - weight[:, 1]) * self._hyper.sd)
        return NormalMixture(self.tau_weight, loc[:, 0] - loc[:, 1], scale)

    def predict_new(self) -> NormalMixture:
        """Distribution of theta for a group not yet seen: spread of the population plus what is unknown about it."""
        return NormalMixture(self.tau_weight, self._hyper.mean, np.hypot(self._hyper.sd, self.tau_grid), self.moments)

    def draws(self, n: int, rng: np.random.Generator) -> Draws:
        """Independent draws from the joint posterior: tau, then mu given tau, then theta given both.

        Parameters
        ----------
        n : int
            Number of draws, at least 1.
        rng : numpy.random.Generator
            Source of randomness.
        """
        n, rng = as_draw_count(n), as_rng(rng)
        tau = self._scale * np.sinh(self._density.quantile(rng.random(n)))
        mu, theta = np.empty(n), np.empty((n, self.y.size))
        step = max(1, BLOCK // (8 * self.y.size))  # about eight temporaries share the cache
        for part in (slice(i, i + step) for i in range(0, n, step)):
            given = hyper(tau[part], self.y, self.sigma, self.mu_prior)
            mu[part] = given.mean + given.sd * rng.standard_normal(given.mean.size)
            weight = data_weights(tau[part], self.sigma)
            noise = own_sds(tau[part], self.sigma) * rng.standard_normal(weight.shape)
            theta[part] = weight * self.y + (1.0 - weight) * mu[part, None] + noise
        return Draws(mu, tau, theta)

    def _weights(self, block: slice) -> FloatArray:
        return data_weights(self.tau_grid, self.sigma[block])

    def _theta(self, block: slice) -> NormalMixture:
        loc, scale = conditional_theta(self.tau_grid, self._hyper, self.y[block], self.sigma[block])
        return NormalMixture(self.tau_weight, loc, scale)

    def _blocks(self) -> Iterator[slice]:
        step = max(1, BLOCK // self.tau_grid.size)
        return (slice(i, i + step) for i in range(0, self.y.size, step))

    def _of(self, name: str, summary: Callable[[NormalMixture], FloatArray]) -> Any:
        """Apply a summary of a mixture to mu, or to theta block by block."""
        if name == "mu":
            return _plain(summary(self.marginal("mu")))
        if name == "theta":
            return self._join(summary(self._theta(block)) for block in self._blocks())
        raise ValueError(f"name must be 'mu', 'tau', 'theta' or 'weight', got {name!r}")

    def _sd(self, values: FloatArray) -> FloatArray:
        """Standard deviation of a function of tau, given at the nodes along the first axis."""
        return weighted_rms(self.tau_weight, values - np.tensordot(self.tau_weight, values, axes=1))

    @staticmethod
    def _join(parts: Iterator[FloatArray]) -> FloatArray:
        return np.concatenate(list(parts), axis=-1)


def _plain(values: ArrayLike) -> Any:
    """A float where there is one number, an array otherwise."""
    array = np.asarray(values)
    return float(array) if array.ndim == 0 else array

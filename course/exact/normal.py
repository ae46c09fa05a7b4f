r"""Exact posterior of the normal hierarchy with known standard errors.

:math:`y_j \sim N(\theta_j, \sigma_j^2)`, :math:`\theta_j \sim N(\mu, \tau^2)`. Given tau everything is normal and known in
closed form; what is left is one integral over tau, done by adaptive Gauss-Legendre quadrature.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from course.exact.density import PanelDensity, panel_density
from course.exact.mixture import NormalMixture
from course.validate import FloatArray, as_estimates, as_floats, refuse

Name = Literal["mu", "tau", "theta", "weight"]
_BLOCK = 2_000_000  # elements of the largest temporary array, so that 100,000 groups fit in memory


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


class _Hyper(NamedTuple):
    """Posterior mean and variance of mu given each tau, and log p(y | tau) up to a constant; shapes (n,)."""

    mean: FloatArray
    variance: FloatArray
    log_likelihood: FloatArray


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
        Highest moment of tau that is finite (2 stands for 2 or more): under a flat prior with four groups tau has a mean
        but no standard deviation.
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
    def _hyper(self) -> _Hyper:
        return _hyper(self.tau_grid, self.y, self.sigma, self.mu_prior)

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
            spread = self.tau_weight @ (self.tau_grid - self.mean("tau")) ** 2 if self.moments >= 2 else np.inf
            return float(np.sqrt(spread))
        if name == "weight":
            return self._join(_weighted_sd(self.tau_weight, self._weights(block)) for block in self._blocks())
        return self._of(name, lambda m: m.sd())

    def quantile(self, name: Name, q: ArrayLike) -> Any:
        """Posterior quantiles, shape q.shape (+ (n_groups,) for "theta" and "weight"); a float for a single number.

        Raises
        ------
        ValueError
            If the name is unknown or any q is outside (0, 1).
        """
        q = as_floats("q", q)
        refuse((q <= 0) | (q >= 1), "q", q, "must lie strictly between 0 and 1", "is it a percentage?")
        if name in ("tau", "weight"):
            tau = self._scale * np.sinh(self._density.quantile(q))
            # lambda_j rises with tau, so its quantiles are those of tau, transformed.
            return _plain(tau if name == "tau" else 1.0 / (1.0 + (self.sigma / np.asarray(tau)[..., None]) ** 2))
        return self._of(name, lambda m: m.quantile(q))

    def marginal(self, name: Name) -> NormalMixture:
        """Posterior of "mu", or of every "theta" at once, as a mixture of normals over the nodes of tau."""
        if name == "mu":
            moments = self.moments if self.mu_prior is None else 2
            return NormalMixture(self.tau_weight, self._hyper.mean, np.sqrt(self._hyper.variance), moments)
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
        hyper = self._hyper if tau is None else _hyper(at, self.y, self.sigma, self.mu_prior)
        loc, scale = _conditional_theta(at, hyper, self.y, self.sigma)
        return Conditional(at, hyper.mean, np.sqrt(hyper.variance), loc, scale)

    def contrast(self, i: int, j: int) -> NormalMixture:
        """Posterior of theta_i - theta_j; ``1 - contrast(0, 2).cdf(0)`` is P(theta_0 > theta_2)."""
        weight = data = self._weights(slice(None))[:, [i, j]]
        data = weight * self.y[[i, j]] + (1.0 - weight) * self._hyper.mean[:, None]
        own = (weight * self.sigma[[i, j]] ** 2).sum(axis=1)
        # Both lean on the same uncertain mu, each by its own B; what they share cancels.
        variance = own + (weight[:, 0] - weight[:, 1]) ** 2 * np.nan_to_num(self._hyper.variance)
        return NormalMixture(self.tau_weight, data[:, 0] - data[:, 1], np.sqrt(variance))

    def predict_new(self) -> NormalMixture:
        """Distribution of theta for a group not yet seen: spread of the population plus what is unknown about it."""
        variance = self._hyper.variance + self.tau_grid**2
        return NormalMixture(self.tau_weight, self._hyper.mean, np.sqrt(variance), self.moments)

    def draws(self, n: int, rng: np.random.Generator) -> Draws:
        """Independent draws from the joint posterior: tau, then mu given tau, then theta given both.

        Parameters
        ----------
        n : int
            Number of draws, at least 1.
        rng : numpy.random.Generator
            Source of randomness.
        """
        if n < 1:
            raise ValueError(f"n must be at least 1, got {n}; it is the number of draws")
        tau = self._scale * np.sinh(self._density.quantile(rng.random(n)))
        mu, theta = np.empty(n), np.empty((n, self.y.size))
        step = max(1, _BLOCK // self.y.size)
        for part in (slice(i, i + step) for i in range(0, n, step)):
            hyper = _hyper(tau[part], self.y, self.sigma, self.mu_prior)
            mu[part] = hyper.mean + np.sqrt(hyper.variance) * rng.standard_normal(hyper.mean.size)
            weight = _data_weight(tau[part], self.sigma)
            noise = np.sqrt(weight) * self.sigma * rng.standard_normal(weight.shape)
            theta[part] = weight * self.y + (1.0 - weight) * mu[part, None] + noise
        return Draws(mu, tau, theta)

    def _weights(self, block: slice) -> FloatArray:
        return _data_weight(self.tau_grid, self.sigma[block])

    def _theta(self, block: slice) -> NormalMixture:
        loc, scale = _conditional_theta(self.tau_grid, self._hyper, self.y[block], self.sigma[block])
        return NormalMixture(self.tau_weight, loc, scale)

    def _blocks(self) -> Iterator[slice]:
        step = max(1, _BLOCK // self.tau_grid.size)
        return (slice(i, i + step) for i in range(0, self.y.size, step))

    def _of(self, name: str, summary: Any) -> Any:
        """Apply a summary of a mixture to mu, or to theta block by block."""
        if name == "mu":
            return _plain(summary(self.marginal("mu")))
        if name == "theta":
            return self._join(summary(self._theta(block)) for block in self._blocks())
        raise ValueError(f"name must be 'mu', 'tau', 'theta' or 'weight', got {name!r}")

    @staticmethod
    def _join(parts: Iterator[FloatArray]) -> FloatArray:
        return np.concatenate(list(parts), axis=-1)


def _plain(values: ArrayLike) -> Any:
    """A float where there is one number, an array otherwise."""
    array = np.asarray(values)
    return float(array) if array.ndim == 0 else array


def _weighted_sd(weight: FloatArray, values: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(weight @ (values - weight @ values) ** 2))


def _data_weight(tau: FloatArray, sigma: FloatArray) -> FloatArray:
    """lambda for every tau and group, shape (n, n_groups); tau may be 0 or inf."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(1.0 / (1.0 + (sigma / tau[:, None]) ** 2))


def _hyper(tau: FloatArray, y: FloatArray, sigma: FloatArray, mu_prior: tuple[float, float] | None) -> _Hyper:
    """Integrate theta out, then mu: Gelman et al. (2013), eq. 5.20 and 5.21, with a normal prior on mu added."""
    step = max(1, _BLOCK // y.size)
    parts = [_hyper_block(tau[i : i + step], y, sigma, mu_prior) for i in range(0, len(tau), step)]
    return _Hyper(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _hyper_block(tau: FloatArray, y: FloatArray, sigma: FloatArray, mu_prior: tuple[float, float] | None) -> _Hyper:
    # Variances in units of the least noisy group's, so that nothing overflows and tau = inf has its limit.
    variance = sigma**2 + tau[:, None] ** 2
    unit = sigma.min() ** 2 + tau**2
    with np.errstate(invalid="ignore"):
        share = np.where(np.isinf(tau)[:, None], 1.0, unit[:, None] / variance)
    total = share.sum(axis=1)
    centre, prior_sd = mu_prior if mu_prior is not None else (0.0, np.inf)
    prior_share = np.minimum(unit / prior_sd**2, np.finfo(float).max) if np.isfinite(prior_sd) else np.zeros(len(tau))
    mean = centre + share @ (y - centre) / (total + prior_share)
    mu_variance = unit / (total + prior_share)
    if mu_prior is not None:
        mu_variance = np.where(np.isinf(tau), prior_sd**2, mu_variance)
        mean = np.where(np.isinf(tau), centre, mean)
    residual = (y - mean[:, None]) ** 2
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        fit = np.sum(residual / variance, axis=1) + (mean - centre) ** 2 / prior_sd**2
        log_likelihood = 0.5 * (np.log(mu_variance) - np.log(variance).sum(axis=1) - fit)
    return _Hyper(mean, mu_variance, log_likelihood)


def _conditional_theta(
    tau: FloatArray, hyper: _Hyper, y: FloatArray, sigma: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of theta given tau, mu integrated out; shapes (n, n_groups)."""
    weight = _data_weight(tau, sigma)
    loc = weight * y + (1.0 - weight) * hyper.mean[:, None]
    with np.errstate(invalid="ignore"):
        from_mu = np.where(np.isinf(tau)[:, None], 0.0, (1.0 - weight) ** 2 * hyper.variance[:, None])
    return loc, np.sqrt(weight * sigma**2 + from_mu)


def normal_posterior(
    y: ArrayLike, sigma: ArrayLike, *, mu_prior: tuple[float, float] | None = (0.0, 10.0), tau_prior: Any
) -> NormalPosterior:
    r"""Exact posterior of the normal hierarchy.

    Parameters
    ----------
    y, sigma : array_like, shape (n_groups,)
        Estimate of each group and its standard error, in units of the outcome.
    mu_prior : tuple of float or None
        Mean and standard deviation of a normal prior on mu; None for a flat one.
    tau_prior : frozen scipy.stats distribution or None
        Prior on tau, for example ``stats.halfnorm(scale=10)``; None for a flat one on (0, inf).

    Returns
    -------
    NormalPosterior
        Means, standard deviations, quantiles, conditionals, predictions and independent draws.

    Raises
    ------
    ValueError
        On unequal lengths, NaN, ``sigma <= 0``, a prior that allows negative tau, or a posterior that is improper
        (a flat prior on tau with fewer than three groups).

    References
    ----------
    Gelman et al. (2013), *Bayesian Data Analysis*, 3rd ed., section 5.4.
    """
    y, sigma = as_estimates(y, sigma)
    prior_mu = _as_mu_prior(mu_prior)
    low, high = _tau_support(tau_prior)
    log_prior = (lambda tau: np.zeros(tau.shape)) if tau_prior is None else tau_prior.logpdf

    def log_density(tau: FloatArray) -> FloatArray:
        return np.asarray(log_prior(tau) + _hyper(tau, y, sigma, prior_mu).log_likelihood)

    spread = max(float(sigma.max()), float(np.ptp(y)), abs(prior_mu[0] - float(y.mean())) if prior_mu else 0.0)
    # Without an upper end, go to where neither the likelihood nor the prior leaves any mass that a float can show.
    reach = max(1e14 * spread, 0.0 if tau_prior is None else float(tau_prior.isf(1e-15)))
    moments = _finite_moments(log_density, 1e3 * reach) if np.isinf(high) else 2
    if moments < 0:
        raise ValueError(
            f"the posterior of tau is improper: a flat prior on tau needs at least {3 if prior_mu is None else 2} groups, "
            f"got {y.size}; pass a proper tau_prior such as stats.halfnorm(scale=10)"
        )
    scale = float(sigma.min())

    def log_density_u(u: FloatArray) -> FloatArray:
        # tau = scale * sinh(u): even steps near zero, even ratios far out.
        return log_density(scale * np.sinh(u)) + np.log(np.cosh(u))

    edges = _where_the_mass_is(log_density_u, np.arcsinh(low / scale), np.arcsinh(min(high, reach) / scale))
    return NormalPosterior(y, sigma, prior_mu, moments, panel_density(log_density_u, edges), scale)


def _as_mu_prior(mu_prior: tuple[float, float] | None) -> tuple[float, float] | None:
    if mu_prior is None:
        return None
    mean, sd = (float(value) for value in mu_prior)
    if not (np.isfinite(mean) and np.isfinite(sd) and sd > 0):
        raise ValueError(f"mu_prior must be (mean, sd) with finite numbers and sd > 0, got {mu_prior}; None means flat")
    return mean, sd


def _tau_support(tau_prior: Any) -> tuple[float, float]:
    if tau_prior is None:
        return 0.0, np.inf
    if not (hasattr(tau_prior, "logpdf") and hasattr(tau_prior, "support")):
        raise ValueError(
            f"tau_prior must be None or a frozen continuous scipy.stats distribution, got {tau_prior!r:.60}; "
            "write stats.halfnorm(scale=10), not stats.halfnorm or a number"
        )
    if isinstance(tau_prior, stats.rv_continuous):
        raise ValueError(
            "tau_prior must be frozen, got a distribution without parameters; write stats.halfnorm(scale=10)"
        )
    low, high = (float(end) for end in tau_prior.support())
    if low < 0:
        raise ValueError(f"tau_prior must not allow negative tau, its support starts at {low:g}; use halfnorm for norm")
    return low, high


def _finite_moments(log_density: Any, far: float) -> int:
    """Highest finite moment (at most 2) of a density with a tail like tau**-slope; -1 where it cannot be normalised."""
    near_value, far_value = log_density(np.array([far, 2.0 * far]))
    if far_value == -np.inf:
        return 2
    slope = (near_value - far_value) / np.log(2.0)
    return int(np.clip(np.ceil(slope - 1.0 - 1e-6) - 1, -1, 2))


def _where_the_mass_is(
    log_density: Any, low: float, high: float, *, drop: float = 40.0, points: int = 257
) -> FloatArray:
    """Ends of eight panels over the region where the density is above exp(-drop) of its peak; zooms until it fills it."""
    for _ in range(20):
        u = np.linspace(low, high, points)
        inner = np.concatenate([[u[0] + 1e-3 * (u[1] - u[0])], u[1:-1], [u[-1] - 1e-3 * (u[-1] - u[-2])]])
        values = log_density(inner)
        if not np.isfinite(values.max()):
            raise ValueError("the posterior of tau is zero or infinite everywhere: check the parameters of tau_prior")
        kept = np.flatnonzero(values > values.max() - drop)
        first, last = max(kept[0] - 1, 0), min(kept[-1] + 1, points - 1)
        low, high = float(u[first]), float(u[last])
        if last - first > points // 8:
            break
    return np.linspace(low, high, 9)

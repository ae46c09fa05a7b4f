"""Slow and simple mathematics to hold the library against; nothing here imports it.

`NormalOracle` integrates over tau with mpmath's tanh-sinh rule in 32 digits, with the normal hierarchy written in
precisions (the library uses ratios of standard deviations). `CountOracle` integrates the hierarchy for counts in (mean,
concentration ** -1/2), where BDA3's prior is flat, with the likelihood as a product of fractions (the library has log
gamma functions and a grid in logit and log).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import mpmath as mp
import numpy as np
from mpmath.calculus.quadrature import TanhSinh
from scipy import special

DIGITS = 32
_RULE = TanhSinh(mp.mp)  # one for all, since it keeps the nodes that it has computed
EIGHT_Y = (28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0)
EIGHT_SIGMA = (15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0)


def halfnorm(scale: float) -> Callable[[Any], Any]:
    return lambda t: mp.exp(-((t / scale) ** 2) / 2)


def halfcauchy(scale: float) -> Callable[[Any], Any]:
    return lambda t: 1 / (1 + (t / scale) ** 2)


def gamma(shape: float, scale: float, loc: float = 0.0) -> Callable[[Any], Any]:
    return lambda t: (t - loc) ** (mp.mpf(shape) - 1) * mp.exp(-(t - loc) / scale)


def flat(_: Any) -> Any:
    return mp.mpf(1)


class NormalOracle:
    """Posterior of the normal hierarchy at the nodes of a quadrature rule in many digits."""

    def __init__(
        self,
        y: Sequence[float],
        sigma: Sequence[float],
        mu_prior: tuple[float, float] | None,
        prior: Callable[[Any], Any],
        breaks: Sequence[float],
        degree: int = 5,
    ) -> None:
        mp.mp.dps = DIGITS
        self.y, self.s2 = [mp.mpf(v) for v in y], [mp.mpf(v) ** 2 for v in sigma]
        self.prior, self.breaks, self.degree = prior, [mp.mpf(b) for b in breaks], degree
        self.mu0, self.precision0 = (0, mp.mpf(0)) if mu_prior is None else (mu_prior[0], 1 / mp.mpf(mu_prior[1]) ** 2)
        self._panels: dict[tuple[Any, Any], tuple[list[Any], list[Any]]] = {}
        self.tau, self.weight = self._nodes(self.breaks)
        self.total = mp.fsum(self.weight)
        self.weight = [w / self.total for w in self.weight]

    def _nodes(self, breaks: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        panels = [self._panel(low, high) for low, high in itertools.pairwise(breaks)]
        return [t for taus, _ in panels for t in taus], [w for _, weights in panels for w in weights]

    def _panel(self, low: Any, high: Any) -> tuple[list[Any], list[Any]]:
        if (low, high) not in self._panels:  # a quantile asks for all panels below it again
            nodes = _RULE.get_nodes(low, high, self.degree, mp.mp.prec)
            # One level of nodes is a rule by itself once it is divided by their density.
            scale = mp.mpf(2) ** (1 - self.degree)
            self._panels[low, high] = [t for t, _ in nodes], [w * scale * self.density(t) for t, w in nodes]
        return self._panels[low, high]

    def given(self, tau: Any) -> tuple[Any, Any]:
        """Precision of mu and its precision times its mean."""
        a = self.precision0 + mp.fsum(1 / (s + tau**2) for s in self.s2)
        return a, self.precision0 * self.mu0 + mp.fsum(y / (s + tau**2) for y, s in zip(self.y, self.s2, strict=True))

    def density(self, tau: Any) -> Any:
        a, b = self.given(tau)
        v = [s + tau**2 for s in self.s2]
        c = self.precision0 * self.mu0**2 + mp.fsum(y**2 / u for y, u in zip(self.y, v, strict=True))
        return self.prior(tau) * mp.exp(-(c - b**2 / a) / 2) / mp.sqrt(a * mp.fprod(v))

    @cached_property
    def mu(self) -> list[tuple[Any, Any]]:
        """Mean and variance of mu at each node."""
        return [(b / a, 1 / a) for a, b in map(self.given, self.tau)]

    def theta(self, j: int) -> list[tuple[Any, Any]]:
        """Mean and variance of theta_j at each node."""
        found = []
        for tau, (mean, variance) in zip(self.tau, self.mu, strict=True):
            own, population = 1 / self.s2[j], 1 / tau**2
            total = own + population
            found.append(
                ((own * self.y[j] + population * mean) / total, 1 / total + (population / total) ** 2 * variance)
            )
        return found

    def moments(self, parts: Sequence[tuple[Any, Any]]) -> tuple[float, float]:
        """Mean and standard deviation of a mixture of (mean, variance)."""
        mean = mp.fsum(w * m for w, (m, _) in zip(self.weight, parts, strict=True))
        square = mp.fsum(w * (v + (m - mean) ** 2) for w, (m, v) in zip(self.weight, parts, strict=True))
        return float(mean), float(mp.sqrt(square))

    def miss(self, parts: Sequence[tuple[Any, Any]], x: float, q: float) -> float:
        """How far x is from the q quantile of a mixture of normals, in first order."""
        # Two nodes of five, towards the ends, weigh less than 1e-25 each: to 1e-22 they add nothing to a probability.
        heavy = [(w, m, mp.sqrt(v)) for w, (m, v) in zip(self.weight, parts, strict=True) if w > 1e-25]
        z = [(w, (x - m) / s, s) for w, m, s in heavy]
        cdf = mp.fsum(w * mp.ncdf(t) for w, t, _ in z)
        pdf = mp.fsum(w * mp.npdf(t) / s for w, t, s in z)
        return float((cdf - q) / pdf)

    def tau_miss(self, x: float, q: float) -> float:
        """How far x is from the q quantile of tau, in first order."""
        x = mp.mpf(x)
        below = [b for b in self.breaks if b < x] + [x]
        cdf = mp.fsum(self._nodes(below)[1]) / self.total
        return float((cdf - q) / (self.density(x) / self.total))

    def of_tau(self, function: Callable[[Any], Any]) -> list[tuple[Any, Any]]:
        return [(function(t), mp.mpf(0)) for t in self.tau]


class CountOracle:
    """Posterior under BDA3's prior, on Gauss-Legendre panels in m and v = c ** -1/2 = s / (1 - s)."""

    def __init__(self, successes: Sequence[int], trials: Sequence[int], panels: int = 40) -> None:
        self.y, self.n = successes, trials
        self.m, wm = _panels(0.0, 1.0, panels)
        self.s, ws = _panels(0.0, 1.0, panels)
        self.c = ((1.0 - self.s) / self.s) ** 2
        weight = self.likelihood(self.m[:, None], self.c) * wm[:, None] * ws / (1.0 - self.s) ** 2
        self.total = weight.sum()
        self.weight = weight / self.total

    def likelihood(self, m: Any, c: Any) -> Any:
        value = np.ones(np.broadcast_shapes(np.shape(m), np.shape(c)))
        for y, n in zip(self.y, self.n, strict=True):
            for i in range(n):
                value = value * ((m * c + i) if i < y else ((1 - m) * c + (i - y))) / (c + i)
        return value

    def mean(self, values: Any) -> float:
        return float(np.sum(self.weight * values))

    def sd(self, values: Any) -> float:
        return float(np.sqrt(self.mean((values - self.mean(values)) ** 2)))

    def cdf_concentration(self, c: float) -> float:
        return 1.0 - self._beyond(np.full(self.m.shape, c))

    def cdf_alpha(self, alpha: float) -> float:
        return 1.0 - self._beyond(alpha / self.m)

    def cdf_beta(self, beta: float) -> float:
        return 1.0 - self._beyond(beta / (1.0 - self.m))

    def _beyond(self, c: Any) -> float:
        """Probability of a concentration above c, one limit for each mean."""
        end = 1.0 / (1.0 + np.sqrt(c))
        nodes, weights = _panels(0.0, 1.0, 20)
        s = end[:, None] * nodes
        inner = self.likelihood(self.m[:, None], ((1.0 - s) / s) ** 2) / (1.0 - s) ** 2 @ weights * end
        return float(_panels(0.0, 1.0, len(self.m) // 12)[1] @ inner / self.total)

    def cdf_mean(self, m: float) -> float:
        nodes, weights = _panels(0.0, m, 20)
        _, ws = _panels(0.0, 1.0, len(self.s) // 12)
        return float(weights @ (self.likelihood(nodes[:, None], self.c) @ (ws / (1.0 - self.s) ** 2)) / self.total)

    def cdf_theta(self, j: int, x: float) -> float:
        a, b = self.m[:, None] * self.c + self.y[j], (1.0 - self.m[:, None]) * self.c + (self.n[j] - self.y[j])
        return float(np.sum(self.weight * special.betainc(a, b, x)))


def _panels(low: float, high: float, panels: int, order: int = 12) -> tuple[Any, Any]:
    x, w = np.polynomial.legendre.leggauss(order)
    edges = np.linspace(low, high, panels + 1)
    half = 0.5 * np.diff(edges)[:, None]
    return ((edges[:-1, None] + half) + half * x).ravel(), (half * w).ravel()


def log_marginal(y: Sequence[float], sigma: Sequence[float], mu: Any, tau: Any) -> Any:
    """Log density of normal y in mpmath."""
    v = [mp.mpf(s) ** 2 + mp.mpf(tau) ** 2 for s in sigma]
    return mp.fsum(-((mp.mpf(a) - mu) ** 2) / u / 2 - mp.log(2 * mp.pi * u) / 2 for a, u in zip(y, v, strict=True))


def count_log_likelihood(successes: Sequence[int], trials: Sequence[int], alpha: Any, beta: Any) -> Any:
    """Log beta-binomial likelihood without the binomial coefficients, from the definition of the beta function."""
    return mp.fsum(
        mp.log(mp.beta(alpha + int(y), beta + int(n) - int(y)) / mp.beta(alpha, beta))
        for y, n in zip(successes, trials, strict=True)
    )

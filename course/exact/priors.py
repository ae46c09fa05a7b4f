"""Priors: five usual ones, what `normal_posterior` demands of them, and how heavy a tail they leave tau.

Any frozen continuous distribution of scipy.stats will do. The five here are called as there and say the same, by
scipy.special alone: scipy.stats loads nearly all of SciPy, which takes two seconds in a browser.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from course.exact.density import LogDensity
from course.validate import FloatArray, as_floats, as_number, refuse


class _Law(NamedTuple):
    """A distribution in standard form: its ends, log density between them and inverse survival function."""

    low: float
    high: float
    logpdf: Callable[[FloatArray], FloatArray]
    isf: Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Prior:
    """A distribution with its parameters, as a frozen one of scipy.stats; ``loc`` and ``scale`` may be arrays."""

    law: _Law
    loc: FloatArray
    scale: FloatArray

    def support(self) -> tuple[FloatArray, FloatArray]:
        """Return the ends of the values that it allows."""
        return self.loc + self.scale * self.law.low, self.loc + self.scale * self.law.high

    def logpdf(self, x: ArrayLike) -> FloatArray:
        """Return the log density, -inf outside the support."""
        with np.errstate(over="ignore", invalid="ignore"):  # far out, where the density is 0
            z = (np.asarray(x, dtype=float) - self.loc) / self.scale
            outside = (z < self.law.low) | (z > self.law.high)
            return np.asarray(np.where(outside, -np.inf, self.law.logpdf(z) - np.log(self.scale)))

    def pdf(self, x: ArrayLike) -> FloatArray:
        """Return the density."""
        return np.exp(self.logpdf(x))

    def isf(self, probability: ArrayLike) -> FloatArray:
        """Return the values above which the given probabilities lie, in (0, 1)."""
        return self.loc + self.scale * self.law.isf(np.asarray(probability, dtype=float))


_HALF: Final = 0.5 * np.log(2.0 / np.pi)
_HALF_NORMAL: Final = _Law(0.0, np.inf, lambda z: _HALF - 0.5 * z**2, lambda p: -special.ndtri(0.5 * p))
_HALF_CAUCHY: Final = _Law(0.0, np.inf, lambda z: 2.0 * _HALF - np.log1p(z**2), lambda p: 1.0 / np.tan(0.5 * np.pi * p))
_EXPONENTIAL: Final = _Law(0.0, np.inf, lambda z: -z, lambda p: -np.log(p))
_UNIFORM: Final = _Law(0.0, 1.0, lambda z: 0.0 * z, lambda p: 1.0 - p)
_NORMAL: Final = _Law(-np.inf, np.inf, lambda z: _HALF - np.log(2.0) - 0.5 * z**2, lambda p: -special.ndtri(p))


def halfnorm(*, scale: ArrayLike = 1.0) -> Prior:
    """Return the half-normal distribution, whose density falls from 0."""
    return _made(_HALF_NORMAL, 0.0, scale)


def halfcauchy(*, scale: ArrayLike = 1.0) -> Prior:
    """Return the half-Cauchy distribution; its median is the scale, and it has no mean."""
    return _made(_HALF_CAUCHY, 0.0, scale)


def expon(*, scale: ArrayLike = 1.0) -> Prior:
    """Return the exponential distribution with this mean."""
    return _made(_EXPONENTIAL, 0.0, scale)


def uniform(loc: ArrayLike = 0.0, scale: ArrayLike = 1.0) -> Prior:
    """Return the uniform distribution from ``loc`` to ``loc + scale``."""
    return _made(_UNIFORM, loc, scale)


def norm(loc: ArrayLike = 0.0, scale: ArrayLike = 1.0) -> Prior:
    """Return the normal distribution with this mean and standard deviation."""
    return _made(_NORMAL, loc, scale)


def _made(law: _Law, loc: ArrayLike, scale: ArrayLike) -> Prior:
    sizes = as_floats("scale", scale)
    refuse(
        ~((sizes > 0) & np.isfinite(sizes)), "scale", sizes, "must be positive and finite", "a distribution has a width"
    )
    return Prior(law, as_floats("loc", loc), sizes)


def as_mu_prior(mu_prior: tuple[float, float] | None) -> tuple[float, float] | None:
    """(mean, sd) of a normal prior, both finite and sd > 0; None for a flat one."""
    if mu_prior is None:
        return None
    try:
        mean, sd = (as_number("mu_prior", value) for value in mu_prior)
    except (TypeError, ValueError) as error:
        raise ValueError(f"mu_prior must be (mean, sd), got {mu_prior!r}: {error}; None means flat") from None
    if sd <= 0:
        raise ValueError(f"mu_prior must be (mean, sd) with sd > 0, got sd = {sd:g} in {mu_prior}; None means flat")
    return mean, sd


def tau_support(tau_prior: Any) -> tuple[float, float]:
    """Where a frozen continuous prior on tau lives; (0, inf) for None."""
    if tau_prior is None:
        return 0.0, np.inf
    if hasattr(tau_prior, "freeze") and hasattr(tau_prior, "logpdf"):
        raise ValueError(
            f"tau_prior must be frozen, got {tau_prior.name} without parameters; write stats.halfnorm(scale=10)"
        )
    if not all(hasattr(tau_prior, method) for method in ("logpdf", "support", "isf")):
        raise ValueError(
            f"tau_prior must be None or a frozen continuous scipy.stats distribution, got {tau_prior!r:.60}; "
            "write stats.halfnorm(scale=10)"
        )
    low, high = tau_prior.support()
    if np.ndim(low) or np.ndim(high):
        raise ValueError(f"tau_prior must be one distribution, got {np.size(low)}; call once for each")
    if not low < high:
        raise ValueError(f"tau_prior must have valid parameters, got the support {low:g} to {high:g}; is a scale <= 0?")
    if low < 0:
        raise ValueError(f"tau_prior must not allow negative tau, its support starts at {low:g}; use halfnorm for norm")
    return float(low), float(high)


def tail_slope(log_density: LogDensity, scale: float) -> float:
    """Power with which a density falls at large values, tau ** -slope; inf where it falls faster than any power."""
    # As far out as the prior can be computed: some of SciPy's densities underflow long before others do.
    for far in (power * scale for power in (1e123, 1e60, 1e30, 1e15)):
        near_value, far_value = log_density(np.array([min(far, 1e305), 2.0 * min(far, 1e305)]))
        if np.isfinite(far_value):
            return float((near_value - far_value) / np.log(2.0))
    return np.inf


def finite_moments(slope: float) -> int:
    """Highest finite moment (at most 2) of a density that falls like tau ** -slope; -1 where it has no integral."""
    return int(np.clip(np.ceil(slope - 2.0 - 1e-6), -1, 2))

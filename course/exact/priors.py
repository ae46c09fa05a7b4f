"""What `normal_posterior` demands of its priors, and how heavy a tail they leave tau."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from course.exact.density import LogDensity
from course.validate import as_number


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
    if isinstance(tau_prior, stats.rv_continuous):
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

"""PyMC models that more than one place needs. Builds only: nothing here samples."""

from __future__ import annotations

from collections.abc import Sequence

import pymc as pm
from numpy.typing import ArrayLike

from course.validate import as_estimates

__all__ = ["schools"]


def schools(
    effect: ArrayLike,
    sigma: ArrayLike,
    labels: Sequence[str],
    *,
    centered: bool,
    mu_prior: tuple[float, float] = (0.0, 10.0),
    tau_scale: float = 10.0,
) -> pm.Model:
    """Build the normal hierarchy of lesson 03: mu ~ N(mu_prior), tau ~ HalfNormal(tau_scale), known standard errors.

    Parameters
    ----------
    effect, sigma : array_like, shape (n_groups,)
        Estimate and standard error of each group, in units of the outcome.
    labels : sequence of str, length n_groups
        Names of the groups, the coordinate "school".
    centered : bool
        Draw theta itself (True), or eta = (theta - mu) / tau (False). The posterior of mu, tau and theta is the same;
        the shape that the sampler walks on is not (lesson 05).
    mu_prior : tuple of float
        Mean and standard deviation of the normal prior on mu.
    tau_scale : float
        Scale of the half-normal prior on tau.

    Returns
    -------
    pymc.Model
        With variables mu, tau, theta (and eta) and the observed y.
    """
    effect, sigma = as_estimates(effect, sigma)
    if len(labels) != effect.size or len(set(labels)) != len(labels):
        raise ValueError(f"labels must give each of {effect.size} groups its own name, got {list(labels)!r:.50}")
    if not tau_scale > 0:
        raise ValueError(f"tau_scale must be positive, got {tau_scale}; it is the scale of a half-normal prior")
    with pm.Model(coords={"school": list(labels)}) as model:
        mu, tau = pm.Normal("mu", *mu_prior), pm.HalfNormal("tau", tau_scale)
        if centered:
            theta = pm.Normal("theta", mu, tau, dims="school")
        else:
            eta = pm.Normal("eta", 0, 1, dims="school")
            theta = pm.Deterministic("theta", mu + tau * eta, dims="school")
        pm.Normal("y", theta, sigma, observed=effect, dims="school")
    return model

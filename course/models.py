"""PyMC models that more than one place needs. Builds only: nothing here samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pymc as pm
from numpy.typing import ArrayLike

from course.regression import Cells, LinePriors, Rows, as_group_predictor, check_priors
from course.validate import FloatArray, as_estimates

__all__ = ["Blocks", "schools", "varying_choices", "varying_lines"]


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


class Blocks(NamedTuple):
    """Coordinates of the two blocks of group effects: True draws them directly (centred), False draws their eta.

    ``level`` is the height of each group's line at ``at``; ``slope`` is its slope given that height. Heights that the
    data know well want True, slopes that they know badly False.
    """

    level: bool = True
    slope: bool = False


_USUAL = Blocks()


def varying_lines(
    rows: Rows,
    priors: LinePriors,
    predictor: ArrayLike | None = None,
    *,
    on_slope: bool = False,
    blocks: Blocks = _USUAL,
    at: float | None = None,
) -> pm.Model:
    r"""Build the model of lesson 06: every group its own line, lines correlated, rows normal about them.

    :math:`(\alpha_j, \beta_j) \sim N(m_j, \Sigma)` with an LKJ prior on the correlation, as in `Population`. The
    posterior of mu, tau, rho, sigma, alpha and beta is the same for all ``blocks`` and ``at``; the shape that the
    sampler walks on is not (lesson 05).

    Parameters
    ----------
    rows : Rows
        From `regression.group_rows`; its labels become the coordinate "group".
    priors : LinePriors
        On the scale of the rows.
    predictor : array_like, shape (n_groups,), optional
        Group predictor of the mean intercept, from `regression.group_values`.
    on_slope : bool
        Let the predictor shift the mean slope too.
    blocks : Blocks
        Coordinates of heights and slopes.
    at : float, optional
        Value of x at which the heights are taken; None for the mean of x.

    Returns
    -------
    pymc.Model
        With mu_alpha, mu_beta, tau_alpha, tau_beta, rho, sigma, alpha, beta (and gamma_alpha, gamma_beta), observed y.
    """
    at = float(np.mean(rows.x)) if at is None else float(at)
    if on_slope and predictor is None:
        raise ValueError("predictor must be given when on_slope is True, got None; what would shift the slope?")
    labels, index = rows.groups
    with pm.Model(coords={"group": labels.tolist()}) as model:
        sigma = pm.HalfNormal("sigma", check_priors(priors).sigma)
        u = None if predictor is None else as_group_predictor(predictor, len(labels))
        level, beta = _effects(priors, u, on_slope, True, blocks, at)
        pm.Normal("y", level[index] + beta[index] * (rows.x - at), sigma, observed=rows.y)
    return model


def varying_choices(
    cells: Cells,
    priors: LinePriors,
    *,
    correlated: bool = False,
    blocks: Blocks = _USUAL,
    at: float | None = None,
) -> pm.Model:
    r"""Build the model of lesson 07: the log odds of a choice are a line in x, and every group has its own.

    :math:`\text{logit } p = \alpha_j + \beta_j x`, alpha and beta independent or correlated between groups.

    Parameters
    ----------
    cells : Cells
        From `regression.cells`; its labels become the coordinate "group".
    priors : LinePriors
        On the scale of the cells; ``sigma`` is not used.
    correlated : bool
        Learn the correlation rho; False takes it to be 0.
    blocks, at
        As in `varying_lines`.

    Returns
    -------
    pymc.Model
        With mu_alpha, mu_beta, tau_alpha, tau_beta, alpha, beta (and rho), observed successes.
    """
    at = float(np.average(cells.x, weights=cells.trials)) if at is None else float(at)
    labels, index = cells.groups
    trials, successes = cells.trials.astype(int), cells.successes.astype(int)
    with pm.Model(coords={"group": labels.tolist()}) as model:
        level, beta = _effects(check_priors(priors), None, False, correlated, blocks, at)
        log_odds = level[index] + beta[index] * (cells.x - at)
        pm.Binomial("successes", trials, logit_p=log_odds, observed=successes)
    return model


def _effects(
    priors: LinePriors, u: FloatArray | None, on_slope: bool, correlated: bool, blocks: Blocks, at: float
) -> tuple[Any, Any]:
    """Height at ``at`` and slope of each group; alpha, the height at 0, is derived, and so is its population.

    The priors are on the population at 0, whatever ``at`` is: a change of coordinates must not change the posterior.
    """
    mu_beta = pm.Normal("mu_beta", *priors.mu_beta)
    # Far from the data mu_alpha and mu_beta are nearly one number; the mean height and mu_beta are not.
    mu_level = pm.Normal("mu_level", priors.mu_alpha[0] + at * mu_beta, priors.mu_alpha[1])
    pm.Deterministic("mu_alpha", mu_level - at * mu_beta)
    tau_alpha, tau_beta = pm.HalfNormal("tau_alpha", priors.tau_alpha), pm.HalfNormal("tau_beta", priors.tau_beta)
    rho = _correlation(priors.eta) if correlated else 0.0
    if u is not None:
        gamma = pm.Normal("gamma_alpha", 0, priors.gamma)
        mu_level = mu_level + gamma * u
        if on_slope:
            gamma_beta = pm.Normal("gamma_beta", 0, priors.gamma)
            mu_level, mu_beta = mu_level + at * gamma_beta * u, mu_beta + gamma_beta * u
    # Variance of the heights at `at`, and the regression of slopes on heights: Sigma, factored the other way round.
    tau_level = pm.math.sqrt(tau_alpha**2 + 2 * at * rho * tau_alpha * tau_beta + (at * tau_beta) ** 2)
    drift = (rho * tau_alpha * tau_beta + at * tau_beta**2) / tau_level
    rest = tau_alpha * tau_beta * pm.math.sqrt(1 - rho**2) / tau_level
    level, eta = _block("level", mu_level, tau_level, blocks.level)
    beta, _ = _block("beta", mu_beta + drift * eta, rest, blocks.slope)
    pm.Deterministic("alpha", level - at * beta, dims="group")
    return level, beta


def _correlation(eta: float) -> Any:
    """The LKJ prior in two dimensions is a beta distribution of the one correlation there is, stretched to (-1, 1)."""
    return pm.Deterministic("rho", 2 * pm.Beta("rho_unit", eta, eta) - 1)


def _block(name: str, mean: Any, sd: Any, centered: bool) -> tuple[Any, Any]:
    """Group effects and their eta = (effect - mean) / sd; one of the two is what the sampler moves."""
    if centered:
        effect = pm.Normal(name, mean, sd, dims="group")
        return effect, (effect - mean) / sd
    eta = pm.Normal(f"eta_{name}", 0, 1, dims="group")
    return pm.Deterministic(name, mean + sd * eta, dims="group"), eta

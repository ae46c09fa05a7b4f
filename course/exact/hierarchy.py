r"""The normal hierarchy given tau: everything is normal and known in closed form.

:math:`y_j \sim N(\theta_j, \sigma_j^2)`, :math:`\theta_j \sim N(\mu, \tau^2)`, :math:`\mu` normal or flat. All take
many values of tau at once, 0 and inf included. They work with ratios of standard deviations, since squares leave the
range of floats.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course.validate import FloatArray

BLOCK = 200_000  # elements of a temporary array: small enough for the cache, whatever the number of groups


class Hyper(NamedTuple):
    """Posterior mean and standard deviation of mu given each tau, and log p(y | tau) up to a constant; shapes (n,)."""

    mean: FloatArray
    sd: FloatArray
    log_likelihood: FloatArray


def data_weights(tau: FloatArray, sigma: FloatArray) -> FloatArray:
    """lambda for every tau and group, shape (n, n_groups)."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(1.0 / (1.0 + (sigma / tau[:, None]) ** 2))


def own_sds(tau: FloatArray, sigma: FloatArray) -> FloatArray:
    """Standard deviation of theta given mu and tau, shape (n, n_groups): precisions add."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(1.0 / np.hypot(1.0 / tau[:, None], 1.0 / sigma))


def hyper(tau: FloatArray, y: FloatArray, sigma: FloatArray, mu_prior: tuple[float, float] | None) -> Hyper:
    """Integrate theta out, then mu: Gelman et al. (2013), eq. 5.20 and 5.21, with a normal prior on mu added."""
    step = max(1, BLOCK // y.size)
    parts = [_hyper_block(tau[i : i + step], y, sigma, mu_prior) for i in range(0, len(tau), step)]
    return Hyper(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _hyper_block(tau: FloatArray, y: FloatArray, sigma: FloatArray, mu_prior: tuple[float, float] | None) -> Hyper:
    centre, prior_sd = mu_prior if mu_prior is not None else (float(np.median(y)), np.inf)
    # In units of the least noisy group's marginal standard deviation.
    sd = np.hypot(sigma, tau[:, None])
    unit = np.hypot(sigma.min(), tau)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = np.where(np.isinf(tau)[:, None], 1.0, (unit[:, None] / sd) ** 2)
        total = share.sum(axis=1)
        prior_share = (unit / prior_sd) ** 2 if mu_prior is not None else np.zeros(len(tau))
        offset = share @ (y - centre) / (total + prior_share)
        mu_sd = 1.0 / np.hypot(np.sqrt(total) / unit, 1.0 / prior_sd)
        fit = np.sum(((y - centre - offset[:, None]) / sd) ** 2, axis=1) + (offset / prior_sd) ** 2
        log_likelihood = np.log(mu_sd) - np.log(sd).sum(axis=1) - 0.5 * fit
    return Hyper(centre + offset, mu_sd, log_likelihood)


def conditional_theta(tau: FloatArray, given: Hyper, y: FloatArray, sigma: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of theta given tau, mu integrated out; shapes (n, n_groups)."""
    weight = data_weights(tau, sigma)
    loc = weight * y + (1.0 - weight) * given.mean[:, None]
    # As tau goes to inf the flat prior's sd of mu does too, but B = 1 - lambda goes to 0 as its square.
    from_mu = (1.0 - weight) * np.where(np.isinf(tau), 0.0, given.sd)[:, None]
    return loc, np.hypot(own_sds(tau, sigma), from_mu)

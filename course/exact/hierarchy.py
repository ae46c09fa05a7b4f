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
    """Posterior mean and standard deviation of mu given each tau, shapes (n,)."""

    mean: FloatArray
    sd: FloatArray


def data_weights(tau: FloatArray, sigma: FloatArray) -> FloatArray:
    """lambda for every tau and group, shape (n, n_groups)."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(1.0 / (1.0 + (sigma / tau[:, None]) ** 2))


def own_sds(tau: FloatArray, sigma: FloatArray) -> FloatArray:
    """Standard deviation of theta given mu and tau, shape (n, n_groups): precisions add."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(1.0 / np.hypot(1.0 / tau[:, None], 1.0 / sigma))


def hyper(tau: FloatArray, y: FloatArray, sigma: FloatArray, mu_prior: tuple[float, float] | None) -> Hyper:
    """Integrate theta out and condition mu on y: Gelman et al. (2013), eq. 5.20, with a normal prior on mu added."""
    centre, _ = _prior(y, mu_prior)
    parts = [_mu(part, y, sigma, mu_prior)[1:] for part in _blocks(tau, y)]
    offset, mu_sd = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Hyper(centre + offset, mu_sd)


def log_likelihood(
    tau: FloatArray, y: FloatArray, sigma: FloatArray, mu_prior: tuple[float, float] | None
) -> FloatArray:
    """log p(y | tau) up to a constant, theta and mu integrated out: Gelman et al. (2013), eq. 5.21; shape (n,)."""
    centre, prior_sd = _prior(y, mu_prior)

    def of(part: FloatArray) -> FloatArray:
        sd, offset, mu_sd = _mu(part, y, sigma, mu_prior)
        with np.errstate(over="ignore", invalid="ignore"):
            fit = np.sum(((y - centre - offset[:, None]) / sd) ** 2, axis=1) + (offset / prior_sd) ** 2
            return np.asarray(np.log(mu_sd) - np.log(sd).sum(axis=1) - 0.5 * fit)

    return np.concatenate([of(part) for part in _blocks(tau, y)])


def _blocks(tau: FloatArray, y: FloatArray) -> list[FloatArray]:
    step = max(1, BLOCK // y.size)
    return [tau[i : i + step] for i in range(0, max(len(tau), 1), step)]


def _prior(y: FloatArray, mu_prior: tuple[float, float] | None) -> tuple[float, float]:
    """Mean and standard deviation of mu; a flat prior is centred on the data, to keep digits."""
    return mu_prior if mu_prior is not None else (float(np.median(y)), np.inf)


def _mu(
    tau: FloatArray, y: FloatArray, sigma: FloatArray, mu_prior: tuple[float, float] | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Marginal sd of each y, shape (n, n_groups); mean of mu less its prior's, and sd of mu, shapes (n,)."""
    centre, prior_sd = _prior(y, mu_prior)
    # In units of the least noisy group's marginal standard deviation.
    sd = np.hypot(sigma, tau[:, None])
    unit = np.hypot(sigma.min(), tau)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = np.where(np.isinf(tau)[:, None], 1.0, (unit[:, None] / sd) ** 2)
        total = share.sum(axis=1)
        prior_share = (unit / prior_sd) ** 2 if mu_prior is not None else np.zeros(len(tau))
        offset = share @ (y - centre) / (total + prior_share)
        return sd, offset, 1.0 / np.hypot(np.sqrt(total) / unit, 1.0 / prior_sd)


def conditional_theta(tau: FloatArray, given: Hyper, y: FloatArray, sigma: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of theta given tau, mu integrated out; shapes (n, n_groups)."""
    weight = data_weights(tau, sigma)
    loc = weight * y + (1.0 - weight) * given.mean[:, None]
    # As tau goes to inf the flat prior's sd of mu does too, but B = 1 - lambda goes to 0 as its square.
    from_mu = (1.0 - weight) * np.where(np.isinf(tau), 0.0, given.sd)[:, None]
    return loc, np.hypot(own_sds(tau, sigma), from_mu)

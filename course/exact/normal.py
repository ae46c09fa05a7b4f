r"""Exact posterior of the normal hierarchy with known standard errors.

:math:`y_j \sim N(\theta_j, \sigma_j^2)`, :math:`\theta_j \sim N(\mu, \tau^2)`. Given tau everything is normal and known
in closed form; what is left is one integral over tau, done by adaptive Gauss-Legendre quadrature.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course.exact.density import panel_density, where_the_mass_is
from course.exact.hierarchy import log_likelihood
from course.exact.priors import as_mu_prior, finite_moments, tail_slope, tau_support
from course.exact.summaries import NormalPosterior
from course.validate import FloatArray, as_estimates

_LEFT_OUT: Any = object()
_REACH = 1e120  # in units of the data: how far to look for the end of a heavy tail


def normal_posterior(
    y: ArrayLike, sigma: ArrayLike, *, mu_prior: tuple[float, float] | None = _LEFT_OUT, tau_prior: Any
) -> NormalPosterior:
    r"""Exact posterior of the normal hierarchy.

    Parameters
    ----------
    y, sigma : array_like, shape (n_groups,)
        Estimate of each group and its standard error, in units of the outcome.
    mu_prior : tuple of float or None
        Mean and standard deviation of a normal prior on mu, in units of the outcome; None for a flat one. To leave it
        out means (0, 10) as it once did, with a warning.
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
    if mu_prior is _LEFT_OUT:  # as in copies of lessons that were delivered before it had to be said
        warnings.warn("mu_prior is left out, and mu ~ Normal(0, 10) taken: say mu_prior=(0, 10)", FutureWarning, 2)
        mu_prior = (0.0, 10.0)
    prior_mu = as_mu_prior(mu_prior)
    low, high = tau_support(tau_prior)

    def log_density(tau: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):  # SciPy's densities overflow quietly where they are zero
            prior = 0.0 if tau_prior is None else tau_prior.logpdf(tau)
        return np.asarray(prior + log_likelihood(tau, y, sigma, prior_mu))

    spread = max(float(sigma.max()), float(np.ptp(y)), float(np.abs(y - prior_mu[0]).max()) if prior_mu else 0.0)
    median, far = (spread, spread) if tau_prior is None else (float(tau_prior.isf(p)) for p in (0.5, 1e-15))
    reach = min(_REACH * max(spread, far), 1e300)
    slope = tail_slope(log_density, max(spread, far)) if np.isinf(high) else np.inf
    moments = finite_moments(slope)
    if moments < 0:
        raise ValueError(
            f"the posterior of tau is improper: a flat prior on tau needs at least {3 if prior_mu is None else 2} "
            f"groups, got {y.size}; pass a proper tau_prior such as stats.halfnorm(scale=10)"
        )
    high = min(high, reach)
    scale = max(min(float(sigma.min()), median), 1e-300 * high)

    def log_density_u(u: FloatArray) -> FloatArray:
        # tau = scale * sinh(u): even steps near zero, even ratios far out.
        return log_density(scale * np.sinh(u)) + np.log(np.cosh(u))

    ends = (float(np.arcsinh(low / scale)), float(np.arcsinh(high / scale)))
    first, last = where_the_mass_is(log_density_u, *ends)
    if slope < 60.0:  # a heavy tail holds no mass that matters, but it may hold the mean and the variance
        last = max(last, where_the_mass_is(lambda u: log_density_u(u) + moments * np.log(np.sinh(u)), *ends)[1])
    edges = np.linspace(first, last, 1 + max(8, int(np.ceil((last - first) / 2.0))))
    return NormalPosterior(y, sigma, prior_mu, moments, panel_density(log_density_u, edges), scale)

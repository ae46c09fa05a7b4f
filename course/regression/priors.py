"""Priors of the models with lines that vary by group, written down once for the sampler and for the exact answer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from course.exact.priors import halfnorm, norm
from course.regression.population import Population, checked
from course.validate import FloatArray


class LinePriors(NamedTuple):
    """Priors on the population, on the scale of x as it is given to the model.

    ``mu_alpha`` and ``mu_beta`` are mean and standard deviation of normal priors, the taus and ``sigma`` scales of
    half-normal ones, ``gamma`` the standard deviation of normal priors about 0, and ``eta`` the shape of the LKJ prior:
    in two dimensions (rho + 1) / 2 ~ Beta(eta, eta), so that 1 is flat.
    """

    mu_alpha: tuple[float, float]
    mu_beta: tuple[float, float]
    tau_alpha: float
    tau_beta: float
    sigma: float = 1.0
    gamma: float = 1.0
    eta: float = 2.0


def check_priors(priors: LinePriors) -> LinePriors:
    """Return the priors if every scale is positive and finite.

    Raises
    ------
    ValueError
        Naming the first that is not.
    """
    scales = {
        "mu_alpha[1]": priors.mu_alpha[1],
        "mu_beta[1]": priors.mu_beta[1],
        **{name: getattr(priors, name) for name in ("tau_alpha", "tau_beta", "sigma", "gamma", "eta")},
    }
    for name, value in scales.items():
        if not 0 < value < np.inf:
            raise ValueError(f"{name} must be positive and finite, got {value}; it is the scale of a prior")
    return priors


def log_prior(population: Population, priors: LinePriors, *, with_gamma: bool, on_slope: bool) -> FloatArray:
    """Log density of the priors at each draw of the population, shape (n,); gammas only if they are in the model.

    References
    ----------
    Lewandowski, Kurowicka and Joe (2009), Generating random correlation matrices, J. Multivariate Analysis 100, 1989.
    """
    p, priors = checked(population), check_priors(priors)
    total = norm(*priors.mu_alpha).logpdf(p.mu_alpha) + norm(*priors.mu_beta).logpdf(p.mu_beta)
    for name in ("tau_alpha", "tau_beta", "sigma"):
        total = total + halfnorm(scale=getattr(priors, name)).logpdf(getattr(p, name))
    share, shape = (p.rho + 1) / 2, priors.eta - 1  # the share is Beta(eta, eta), and rho has twice its width
    total = total + special.xlogy(shape, share) + special.xlog1py(shape, -share)
    total = total - special.betaln(priors.eta, priors.eta) - np.log(2)
    if with_gamma:
        total = total + norm(0, priors.gamma).logpdf(p.gamma_alpha)
    if on_slope:
        total = total + norm(0, priors.gamma).logpdf(p.gamma_beta)
    return np.asarray(total)[:, 0]

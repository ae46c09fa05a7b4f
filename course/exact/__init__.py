"""Exact posteriors, by quadrature and without a Markov chain.

`normal_posterior` is the normal hierarchy with known standard errors, `beta_binomial_posterior` that for counts.
Both integrate everything but the hyperparameters in closed form, and those on a grid that adapts to the data.
"""

from course.exact.beta_binomial import BetaBinomialPosterior, beta_binomial_posterior
from course.exact.mixture import NormalMixture
from course.exact.normal import normal_posterior
from course.exact.summaries import Conditional, Draws, NormalPosterior

__all__ = [
    "BetaBinomialPosterior",
    "Conditional",
    "Draws",
    "NormalMixture",
    "NormalPosterior",
    "beta_binomial_posterior",
    "normal_posterior",
]

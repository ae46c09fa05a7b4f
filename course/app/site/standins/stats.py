"""In a page, in place of scipy.stats, which takes two seconds to load: what the course's cards call, and no more.

That it is enough, and says the same, is a test (`tests/test_site_drills.py`).
"""

from __future__ import annotations

from math import atan, pi, sqrt
from typing import Any

import numpy as np
from scipy import special


class norm:
    """The normal distribution."""

    @staticmethod
    def cdf(x: Any, loc: float = 0.0, scale: float = 1.0) -> Any:
        """Return P(X <= x)."""
        return special.ndtr((np.asarray(x) - loc) / scale)

    @staticmethod
    def sf(x: Any, loc: float = 0.0, scale: float = 1.0) -> Any:
        """Return P(X > x)."""
        return special.ndtr((loc - np.asarray(x)) / scale)

    @staticmethod
    def ppf(q: Any, loc: float = 0.0, scale: float = 1.0) -> Any:
        """Return the quantile."""
        return loc + scale * special.ndtri(q)


class binom:
    """The binomial distribution."""

    @staticmethod
    def pmf(k: Any, n: Any, p: float) -> Any:
        """Return P(X = k)."""
        k, n = np.asarray(k, float), np.asarray(n, float)
        coefficient = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
        return np.exp(coefficient + special.xlogy(k, p) + special.xlog1py(n - k, -p))

    @staticmethod
    def std(n: float, p: float) -> float:
        """Return the standard deviation."""
        return sqrt(n * p * (1 - p))


class beta:
    """The beta distribution."""

    @staticmethod
    def cdf(x: Any, a: float, b: float) -> Any:
        """Return P(X <= x)."""
        return special.betainc(a, b, x)

    @staticmethod
    def std(a: float, b: float) -> float:
        """Return the standard deviation."""
        return sqrt(a * b / (a + b + 1)) / (a + b)


class halfnorm:
    """The half-normal distribution."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def logpdf(self, x: Any) -> Any:
        """Return the log density."""
        return 0.5 * np.log(2 / pi) - np.log(self.scale) - (np.asarray(x) / self.scale) ** 2 / 2

    @staticmethod
    def mean(scale: float = 1.0) -> float:
        """Return the mean."""
        return scale * sqrt(2 / pi)

    @staticmethod
    def std(scale: float = 1.0) -> float:
        """Return the standard deviation."""
        return scale * sqrt(1 - 2 / pi)


class halfcauchy:
    """The half-Cauchy distribution."""

    @staticmethod
    def sf(x: float, scale: float = 1.0) -> float:
        """Return P(X > x)."""
        return 2 / pi * atan(scale / x) if x > 0 else 1.0

"""A new checkout, tried in segments of customers: ship it or not, segment by segment.

Groups are segments, sparse because a test is sized for the whole shop. Exchangeable until somebody says which segments
the change was made for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course.situations.normal import Three, three
from course.situations.scores import Scores
from course.validate import BoolArray, FloatArray, as_floats, as_rng, as_whole

TAU_SCALE = 1.0  # points; half-normal prior on how much segments differ


@dataclass(frozen=True)
class Shop:
    """A shop and its test.

    Attributes
    ----------
    segments, customers : int
        Segments, and customers in each arm of the smallest one.
    ratio : float
        How many times larger the largest segment is; sizes lie between in even ratios.
    rate : float
        Percentage of customers who buy.
    mean, tau : float
        Mean and standard deviation over segments of what the new checkout adds, percentage points.
    """

    segments: int = 12
    customers: int = 1000
    ratio: float = 10.0
    rate: float = 5.0
    mean: float = 0.5
    tau: float = 0.5

    def __post_init__(self) -> None:
        as_whole("segments", self.segments, "it is how many there are")
        as_whole("customers", self.customers, "a segment nobody visits has no test")
        if not (self.segments >= 2 and self.ratio >= 1 and 0 < self.rate < 100 and self.tau >= 0):
            raise ValueError(f"shop must have 2 segments, ratio >= 1, 0 < rate < 100 and tau >= 0, got {self}")

    @property
    def size(self) -> FloatArray:
        """Customers in each arm, shape (segments,)."""
        return np.rint(np.geomspace(self.customers, self.customers * self.ratio, self.segments))

    @property
    def sigma(self) -> FloatArray:
        """Standard error of each segment's measured effect, percentage points."""
        return np.asarray(np.sqrt(2 * self.rate * (100 - self.rate) / self.size))


def simulate(shop: Shop, replications: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """True effects and measured ones, percentage points, both (replications, segments); rates taken as normal."""
    shape = (as_whole("replications", replications, "it is how many shops are simulated"), shop.segments)
    theta = shop.mean + shop.tau * as_rng(rng).standard_normal(shape)
    return theta, theta + shop.sigma * rng.standard_normal(shape)


def estimates(shop: Shop, y: FloatArray) -> Three:
    """Estimated effects under the three poolings."""
    return three(y, shop.sigma, tau_scale=TAU_SCALE)


def lost(ship: BoolArray, theta: FloatArray, size: FloatArray) -> FloatArray:
    """Sales lost for 1,000 customers by shipping what harms and withholding what helps, shape (replications,).

    Parameters
    ----------
    ship : ndarray of bool, shape (replications, segments)
        The decisions.
    theta : ndarray, same shape
        True effects, percentage points.
    size : ndarray, shape (segments,)
        Customers of each segment: a mistake in a large one costs more.
    """
    decided, share = np.asarray(ship, dtype=bool), as_floats("size", size) / np.sum(size)
    return np.asarray(10 * np.where(decided == (theta > 0), 0.0, np.abs(theta)) @ share)


def play(shop: Shop, replications: int, rng: np.random.Generator) -> Scores:
    """Ship where the estimate is above 0; sales lost for 1,000 customers."""
    theta, y = simulate(shop, replications, rng)
    return Scores(*(lost(found > 0, theta, shop.size) for found in estimates(shop, y)))

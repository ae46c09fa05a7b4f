r"""Ratings by users of items, both of which may be new.

:math:`y_{ui} = \mu + a_u + b_i + e`, with :math:`a_u \sim N(0, \tau_u^2)`, :math:`b_i \sim N(0, \tau_i^2)`. Groups are
users and items, two ways of grouping the same ratings; sparse because most users rate little and most items are rated
little. Exchangeable until newcomers arrive by another door than the old users did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from course.situations.scores import Scores
from course.validate import BoolArray, FloatArray, as_rng, as_whole

RATED: Final = (0, 1, 3, 10)  # items that a newcomer has rated
MIDDLE: Final = 3.0  # of the scale: what one says of a user of whom nothing is known
WORTH: Final = 4.0  # stars from which an item is worth the evening
_LOGS: Final = (-9.0, 3.0)  # of a variance over that of the noise
_NO_PULL: Final = 1e7  # a variance over that of the noise at which nobody is shrunk


@dataclass(frozen=True)
class Platform:
    """A platform of items and users.

    Attributes
    ----------
    users, items, newcomers : int
        Old users, items, and newcomers for each number in `RATED`.
    ratings : int
        Ratings by each old user; popular items get most of them.
    mean, tau_user, tau_item, noise : float
        Mean rating and standard deviations of users, items and single ratings, in stars.
    """

    users: int = 60
    items: int = 40
    newcomers: int = 10
    ratings: int = 8
    mean: float = 3.6
    tau_user: float = 0.5
    tau_item: float = 0.5
    noise: float = 0.8

    def __post_init__(self) -> None:
        for name in ("users", "items", "newcomers", "ratings"):
            as_whole(name, getattr(self, name), "an empty platform has nothing to learn from")
        if not (self.items > max(*RATED, self.ratings) and self.users >= 2):
            raise ValueError(f"platform must have more items than anybody rates and two users, got {self}")
        if not (self.tau_user >= 0 and self.tau_item >= 0 and self.noise > 0):
            raise ValueError(f"platform must have tau >= 0 and noise > 0, got {self}")


class Ratings(NamedTuple):
    """Ratings, shape (n,): user, item and stars; and the true appeal, shape (all users, items).

    Newcomers are the last users; ``rated`` is how many items each user has rated.
    """

    user: NDArray[np.intp]
    item: NDArray[np.intp]
    stars: FloatArray
    appeal: FloatArray
    rated: NDArray[np.intp]


class Stars(NamedTuple):
    """Predicted appeal under the three poolings, each of shape (all users, items), in stars."""

    none: FloatArray
    complete: FloatArray
    partial: FloatArray


class Effects(NamedTuple):
    """Mean, users' and items' departures, in stars, and the variances of both over that of the noise."""

    mean: float
    user: FloatArray
    item: FloatArray
    ratio: tuple[float, float]


def simulate(platform: Platform, rng: np.random.Generator) -> Ratings:
    """Ratings of old users and newcomers; whom an item meets depends on its rank and not on its quality."""
    p, rng = platform, as_rng(rng)
    rated = np.r_[np.full(p.users, p.ratings), np.repeat(RATED, p.newcomers)]
    popular = np.log(1.0 / np.arange(1, p.items + 1))
    # The largest of Gumbel's: so many items without replacement, by their popularity.
    order = np.argsort(-(popular + rng.gumbel(size=(rated.size, p.items))), axis=1)
    user = np.repeat(np.arange(rated.size), rated)
    item = np.concatenate([row[:count] for row, count in zip(order, rated, strict=True)])
    a, b = (tau * rng.standard_normal(n) for tau, n in ((p.tau_user, rated.size), (p.tau_item, p.items)))
    appeal = p.mean + a[:, None] + b
    return Ratings(user, item, appeal[user, item] + p.noise * rng.standard_normal(user.size), appeal, rated)


class _Sums(NamedTuple):
    """Sufficient statistics: ratings of each user and item, who met what, and sums of stars."""

    of_user: FloatArray
    of_item: FloatArray
    met: FloatArray
    by_user: FloatArray
    by_item: FloatArray
    squares: float


def _sums(found: Ratings) -> _Sums:
    users, items = found.appeal.shape
    met = np.bincount(found.user * items + found.item, minlength=users * items).reshape(users, items).astype(float)
    by_user = np.bincount(found.user, found.stars, users)
    by_item = np.bincount(found.item, found.stars, items)
    return _Sums(met.sum(1), met.sum(0), met, by_user, by_item, float(found.stars @ found.stars))


def _solve(sums: _Sums, ratio: tuple[float, float]) -> tuple[FloatArray, FloatArray, float, float]:
    """Users' and (mean, items') effects given the variance ratios, log determinant and residual: users go first."""
    own = sums.of_user + 1.0 / ratio[0]
    rest = np.column_stack([sums.of_user, sums.met])  # users by (mean, items)
    inner = np.zeros((sums.of_item.size + 1,) * 2)
    inner[0, 0], inner[0, 1:], inner[1:, 0] = sums.of_user.sum(), sums.of_item, sums.of_item
    inner[np.arange(1, inner.shape[0]), np.arange(1, inner.shape[0])] = sums.of_item + 1.0 / ratio[1]
    schur = inner - rest.T @ (rest / own[:, None])
    right = np.r_[sums.by_user.sum(), sums.by_item]
    fixed = np.linalg.solve(schur, right - rest.T @ (sums.by_user / own))
    user = (sums.by_user - rest @ fixed) / own
    log_det = float(np.log(own).sum() + np.linalg.slogdet(schur)[1])
    return user, fixed, log_det, float(sums.squares - sums.by_user @ user - right @ fixed)


def restricted_log_likelihood(found: Ratings, ratio: tuple[float, float]) -> float:
    """Log likelihood of the variance ratios, everything else integrated or maximised out, up to a constant."""
    return _profile(_sums(found), ratio)


def _profile(sums: _Sums, ratio: tuple[float, float]) -> float:
    *_, log_det, residual = _solve(sums, ratio)
    count = sums.of_user.sum() - 1.0
    spread = sums.of_user.size * np.log(ratio[0]) + sums.of_item.size * np.log(ratio[1])
    return float(-0.5 * (count * np.log(residual / count) + log_det + spread))


def learn(found: Ratings) -> Effects:
    """Learn how much users and items differ (restricted maximum likelihood), and shrink every one as far as that says.

    References
    ----------
    Robinson (1991), That BLUP is a good thing, Statistical Science 6(1), 15-32.
    """
    sums = _sums(found)

    def loss(logs: FloatArray) -> float:
        inside = np.clip(logs, *_LOGS)
        return -_profile(sums, (float(np.exp(inside[0])), float(np.exp(inside[1])))) + float(
            np.sum((logs - inside) ** 2)
        )

    best = scipy.optimize.minimize(
        loss, np.array([-1.0, -1.0]), method="Nelder-Mead", options={"xatol": 0.01, "fatol": 1e-3}
    )
    log_user, log_item = np.clip(best.x, *_LOGS)
    ratio = float(np.exp(log_user)), float(np.exp(log_item))
    user, fixed, *_ = _solve(sums, ratio)
    return Effects(float(fixed[0]), user, fixed[1:], ratio)


def estimates(found: Ratings) -> Stars:
    """Appeal of every item to every user.

    No pooling believes each user's own mean, and has only the middle of the scale for a user without ratings. Complete
    pooling takes users for one user, and believes each item's own mean (the mean of all for an item without ratings).
    """
    sums, everything = _sums(found), found.stars.mean()
    with np.errstate(invalid="ignore"):
        own = np.where(sums.of_user > 0, sums.by_user / sums.of_user, MIDDLE)
        item = np.where(sums.of_item > 0, sums.by_item / sums.of_item, everything)
    shape = found.appeal.shape
    e = learn(found)
    return Stars(np.broadcast_to(own[:, None], shape), np.broadcast_to(item, shape), e.mean + e.user[:, None] + e.item)


def least_squares(found: Ratings) -> FloatArray:
    """Appeal of every item to every user by the same additive model, with nobody shrunk: shape (all users, items).

    What no rating determines (a user or an item without any) stays at the mean of the others, as the limit of ever
    weaker shrinkage leaves it. Beside ``partial`` of `estimates` it has the same model and the same ratings: what
    differs is the shrinkage, and nothing else.
    """
    user, fixed, *_ = _solve(_sums(found), (_NO_PULL, _NO_PULL))
    return np.asarray(fixed[0] + user[:, None] + fixed[1:])


class Newcomers(NamedTuple):
    """Losses on items that newcomers have not rated, by how many they have rated.

    ``error``: root mean squared error, in stars. ``lost``: stars lost for each item, by recommending what is worth less
    than `WORTH` and keeping quiet of what is worth more. ``unshrunk_error`` and ``unshrunk_lost`` are the same for the
    additive model by least squares, each of shape (replications,), on the same platforms.
    """

    error: dict[int, Scores]
    lost: dict[int, Scores]
    unshrunk_error: dict[int, FloatArray]
    unshrunk_lost: dict[int, FloatArray]


def play(platform: Platform, replications: int, rng: np.random.Generator) -> Newcomers:
    """Simulate platforms and judge what newcomers are told."""
    count = as_whole("replications", replications, "it is how many platforms are simulated")
    losses = np.empty((2, len(RATED), count, 4))
    for r in range(count):
        found = simulate(platform, rng)
        predicted = *estimates(found), least_squares(found)
        for place, rated in enumerate(RATED):
            here = _unseen(platform, found, rated)
            truth = found.appeal[here] - WORTH
            said = np.array([stars[here] for stars in predicted]) - WORTH
            losses[0, place, r] = np.sqrt(np.mean((said - truth) ** 2, axis=1))
            losses[1, place, r] = np.mean(np.where((said > 0) == (truth > 0), 0.0, np.abs(truth)), axis=1)
    error, lost = ({rated: Scores(*loss[place].T[:3]) for place, rated in enumerate(RATED)} for loss in losses)
    unshrunk = ({rated: loss[place, :, 3] for place, rated in enumerate(RATED)} for loss in losses)
    return Newcomers(error, lost, *unshrunk)


def _unseen(platform: Platform, found: Ratings, rated: int) -> BoolArray:
    """Pairs of a newcomer with so many ratings and an item that is not among them, shape (all users, items)."""
    new = (np.arange(found.rated.size) >= platform.users) & (found.rated == rated)
    here = np.broadcast_to(new[:, None], found.appeal.shape).copy()
    here[found.user, found.item] = False
    return here

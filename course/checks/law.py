"""Whether draws from two priors have one joint law, with known power, and in plain numbers where they have not.

Compared are the means of many functions of the draws, and of products of two of them: of each centre and spread, of
differences between neighbours, and of some sums. A difference is called found when one of these means is
`THRESHOLD` standard errors from the other, which chance alone does in one comparison of a hundred million.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.checks.worlds import Likelihood, Worlds
from course.validate import FloatArray

# A difference in one of the means of 2.1% of its standard deviation is seen with probability 0.99 in 400,000 draws:
# (7 + 2.3) sqrt(2 / n). A prior whose scale is 3% too large is seen in other coordinates; in the task's own, any.
THRESHOLD = 7.0
DRAWS, FEWER, FIRST = 400_000, 50_000, 5_000  # most differences are seen in few draws
_SEED = 20260101
_EDGE = 1e-12  # nobody reads numbers nearer to 0
_COMBINATIONS = 6
_MOST_UNSOUND = 1e-3  # 0/0 of two gammas that underflow: a matter of floating point, not of the law


@dataclass(frozen=True)
class _Moments:
    """Means of features and of their products with each other, with their variances."""

    mean: FloatArray
    variance: FloatArray
    n: int

    def distance(self, other: _Moments) -> float:
        """Return the largest distance of two means in standard errors."""
        error = np.sqrt(self.variance / self.n + other.variance / other.n)
        gap = np.abs(self.mean - other.mean)
        return float(np.max(gap / np.maximum(error, 1e-9)))


class Law:
    """The joint law of what the data need in one model, as the yardstick for others.

    Parameters
    ----------
    likelihood : Likelihood
        Of the model that others are compared with.
    """

    def __init__(self, likelihood: Likelihood):
        self.likelihood = likelihood
        self._few: dict[int, _Moments] = {}

    @cached_property
    def worlds(self) -> Worlds:
        """Some draws, for scales."""
        return self.likelihood.draw(FIRST, _SEED)

    @cached_property
    def _weights(self) -> FloatArray:
        """Combinations of columns, shape (n_columns, n_combinations): singles, differences of neighbours, some sums."""
        d = self.worlds.columns.shape[1]
        rng = np.random.default_rng(_SEED)
        sums = [rng.choice([-1.0, 0.0, 1.0], d) for _ in range(_COMBINATIONS)]
        neighbours = [np.eye(d)[i] - np.eye(d)[i + 1] for i in range(d - 1)]
        _, first, group = np.unique(self.worlds.columns[:8], axis=1, return_index=True, return_inverse=True)
        singles = np.eye(d)
        for j, i in enumerate(first[group.ravel()]):
            singles[j, i] -= i != j  # a column that repeats another: that it does is what is looked at
        return np.column_stack([*singles, *neighbours, *sums])

    @cached_property
    def _scale(self) -> tuple[FloatArray, FloatArray]:
        looked: FloatArray = self.worlds.columns @ self._weights
        low, middle, high = np.quantile(looked, (0.25, 0.5, 0.75), axis=0)
        return middle, (high - low) / 2

    @cached_property
    def _fixed(self) -> NDArray[np.bool_]:
        """Which combinations are the same number in every draw."""
        looked: FloatArray = self.worlds.columns @ self._weights
        fixed: NDArray[np.bool_] = np.ptp(looked, axis=0) <= 1e-9 * (1 + np.abs(looked[0]))
        return fixed

    def is_law_of(self, other: Likelihood, draws: int = DRAWS) -> bool:
        """Say whether another model has this law, as far as so many draws can tell.

        Parameters
        ----------
        other : Likelihood
            Its data have been matched with those of this one.
        draws : int
            How many worlds of each.
        """
        if other.kind != self.likelihood.kind:
            return False
        if other.kind == "Normal" and _rank(other.draw(FIRST, _SEED + 1)) != self._rank:
            return False
        for n in sorted({FIRST, FEWER, draws}):
            theirs = self._moments(other, n, _SEED + 1)
            if theirs is None or self._own(n).distance(theirs) > THRESHOLD:
                return False
        return True

    @cached_property
    def _rank(self) -> int:
        return _rank(self.worlds)

    def _own(self, n: int) -> _Moments:
        if n not in self._few:
            moments = self._moments(self.likelihood, n, _SEED + 2 * DRAWS)
            assert moments is not None, "a model of the course whose draws are not finite"
            self._few[n] = moments
        return self._few[n]

    def _moments(self, likelihood: Likelihood, n: int, seed: int) -> _Moments | None:
        """Return moments over n draws, or None where what is fixed here is not there, or a number is none."""
        sums: list[FloatArray] = []
        used = 0
        for start in range(0, n, FEWER):
            columns = likelihood.draw(min(FEWER, n - start), seed + start).columns
            sound = np.isfinite(columns).all(axis=1)
            if np.mean(~sound) > _MOST_UNSOUND:
                return None
            columns = columns[sound]
            looked: FloatArray = columns @ self._weights
            middle, width = self._scale
            fixed = self._fixed
            if np.abs(looked[:, fixed] - middle[fixed]).max(initial=0.0) > 1e-6 * (1 + np.abs(middle).max()):
                return None
            t = (looked[:, ~fixed] - middle[~fixed]) / np.maximum(width[~fixed], 1e-12)
            t = t.astype(np.float32)  # rounding is far below the error of so many draws, and it is twice as fast
            features = np.column_stack([t / (1 + np.abs(t)), np.log1p(np.abs(t))])
            squares = features**2
            sums.append(np.array([features.T @ features, squares.T @ squares, np.diag(features.sum(axis=0))], float))
            used += len(features)
        products, fourth, first = np.sum(sums, axis=0) / used
        mean = np.diag(first)
        square = np.diag(products)
        return _Moments(
            np.concatenate([mean, products.ravel()]),
            np.concatenate([square - mean**2, (fourth - products**2).ravel()]),
            used,
        )


def _rank(worlds: Worlds) -> int:
    """In how many directions Normal centres vary: no number of draws would tell a spread of 0 from a very small one.

    Not of rates: close to 1 their log odds are rounded.
    """
    centre = worlds.centre[np.isfinite(worlds.centre).all(axis=1)]
    if not len(centre):
        return 0
    low, middle, high = np.quantile(centre, (0.25, 0.5, 0.75), axis=0)
    width = np.where(high > low, high - low, 1.0)
    usual = (centre - middle)[(np.abs(centre - middle) <= 20 * width).all(axis=1)] / width
    return int(np.linalg.matrix_rank(usual, rtol=1e-7))


# In words.


@dataclass(frozen=True)
class Names:
    """How the numbers behind the data are called: "the rate of city {}", with what stands for the place, from 0 on."""

    centre: str
    spread: str = ""
    places: Sequence[str] = ()

    def centre_of(self, i: int) -> str:
        """Name the centre, or the rate, behind datum i."""
        return self.centre.format(self._place(i))

    def spread_of(self, i: int) -> str:
        """Name the spread behind datum i."""
        return self.spread.format(self._place(i))

    def _place(self, i: int) -> str:
        return self.places[i] if self.places else str(i)


@dataclass(frozen=True)
class Difference:
    """How far two laws are apart in one respect, as a share of the draws, and how to say so of any draws."""

    gap: float
    tell: Callable[[Worlds, Worlds], str]


def difference(theirs: Worlds, ours: Worlds, names: Names) -> Difference:
    """Find what happens in more of the draws from one model than from the other: what was found, no cause.

    Parameters
    ----------
    theirs, ours : Worlds
        Draws from the learner's model and from the task's.
    names : Names
        How the quantities are called.
    """
    best, needed = Difference(-1.0, lambda theirs, ours: ""), -1.0
    for looked in (_singles, _pairs, _together):
        found = max(looked(theirs, ours, names), key=lambda one: one.gap)
        if found.gap > needed:  # the more complicated sentence has to say much more
            best, needed = found, 1.5 * found.gap
        if best.gap > 0.1:
            break
    return best


def slight(theirs: Likelihood, ours: Likelihood, names: Names) -> str:
    """Find a share of the draws that is small, or slightly another, and not so by chance; nothing where none is found.

    Parameters
    ----------
    theirs, ours : Likelihood
        The learner's and the task's, their data matched.
    names : Names
        How the quantities are called.
    """
    quantities = list(_named(ours.draw(8, 1), names))
    points = np.array([1e-3, 0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97, 0.99, 0.997, 0.999])
    some = ours.draw(FEWER, 1)
    at = np.array([[_readable(p) for p in np.quantile(quantity(some), points)] for _, quantity in quantities])
    chosen = _shares_above(theirs, at, quantities, 2), _shares_above(ours, at, quantities, 3)
    apart = np.abs(_in_errors(*chosen))
    simple = len(some.centre[0]) * (1 if some.spread is None else 2)
    apart[simple:] /= 1.5  # the more complicated sentence has to say more
    i, j = np.unravel_index(np.argmax(apart), at.shape)
    one = [quantities[i]]
    here, there = (
        _shares_above(of, at[i : i + 1, j : j + 1], one, seed)[0, 0] for of, seed in ((theirs, 4), (ours, 5))
    )
    if abs(_in_errors(here, there)) < THRESHOLD:
        return ""
    what, value = quantities[i][0], f"{at[i, j]:g}"
    if here + there > 1:
        return f"{what} is at most {value} in {_shares(1 - here, 1 - there)}"
    return f"{what} exceeds {value} in {_shares(here, there)}"


def _readable(value: float) -> float:
    return float(_round(value)) if abs(value) > _EDGE else _EDGE


def _named(few: Worlds, names: Names) -> Iterator[tuple[str, Quantity]]:
    d = few.centre.shape[1]
    for i in range(d):
        yield names.centre_of(i), partial(_centre, i)
    for i in range(0 if few.spread is None else d):
        yield names.spread_of(i), partial(_spread, i)
    if d > 1:
        yield f"the standard deviation, over all i, of {names.centre.format('i')}", _between
    for i in range(d - 1):
        what = f"the distance between {names.centre_of(i)} and {names.centre_of(i + 1)}"
        yield what, partial(_distance, i, i + 1)


def _shares_above(
    likelihood: Likelihood, at: FloatArray, quantities: Sequence[tuple[str, Quantity]], seed: int
) -> FloatArray:
    """Shares of `DRAWS` draws in which each quantity exceeds each of its values, of the shape of ``at``."""
    above = np.zeros(at.shape)
    for start in range(0, DRAWS, FEWER):
        worlds = likelihood.draw(FEWER, seed * 7 * DRAWS + start)
        for row, values, (_, quantity) in zip(above, at, quantities, strict=True):
            below = np.bincount(np.searchsorted(values, quantity(worlds)), minlength=len(values) + 1)
            row += FEWER - np.cumsum(below)[:-1]
    return above / DRAWS


def _in_errors(here: Any, there: Any) -> Any:
    """Difference of two shares of `DRAWS` draws in standard errors; of a share of none, in those of one draw."""
    middle = np.clip((here + there) / 2, 1 / DRAWS, 1 - 1 / DRAWS)
    return (here - there) / np.sqrt(2 * middle * (1 - middle) / DRAWS)


Quantity = Callable[[Worlds], FloatArray]


def _centre(i: int, worlds: Worlds) -> FloatArray:
    return worlds.centre[:, i]


def _spread(i: int, worlds: Worlds) -> FloatArray:
    assert worlds.spread is not None
    return worlds.spread[:, i]


def _between(worlds: Worlds) -> FloatArray:
    found: FloatArray = worlds.centre.std(axis=1)
    return found


def _distance(i: int, j: int, worlds: Worlds) -> FloatArray:
    return np.abs(worlds.centre[:, i] - worlds.centre[:, j])


def _singles(theirs: Worlds, ours: Worlds, names: Names) -> Iterator[Difference]:
    for i in range(ours.centre.shape[1]):
        if ours.spread is None and np.abs(theirs.centre[:, i] - 0.5).max() > 0.5:
            yield Difference(2.0, partial(_no_chance, names.centre_of(i), partial(_centre, i)))
        yield _exceeds(names.centre_of(i), partial(_centre, i), theirs, ours)
    for i in range(0 if ours.spread is None else ours.spread.shape[1]):
        yield _exceeds(names.spread_of(i), partial(_spread, i), theirs, ours)


def _pairs(theirs: Worlds, ours: Worlds, names: Names) -> Iterator[Difference]:
    for i, j in combinations(range(ours.centre.shape[1]), 2):
        what = f"the distance between {names.centre_of(i)} and {names.centre_of(j)}"
        yield _exceeds(what, partial(_distance, i, j), theirs, ours)


def _together(theirs: Worlds, ours: Worlds, names: Names) -> Iterator[Difference]:
    """Two quantities may each have the right law, and not the right one together: are both above their medians?"""
    d = ours.centre.shape[1]
    words = [names.centre_of(i) for i in range(d)]
    words += [f"the distance between {names.centre_of(i)} and {names.centre_of(i + 1)}" for i in range(d - 1)]
    if ours.spread is not None:
        words += [names.spread_of(i) for i in range(d)]

    def all_of(worlds: Worlds) -> FloatArray:
        spread = [] if worlds.spread is None else [worlds.spread]
        return np.hstack([worlds.centre, np.abs(np.diff(worlds.centre, axis=1)), *spread])

    middle = np.array([float(_round(m)) for m in np.median(all_of(ours), axis=0)])
    above = [(all_of(worlds) > middle).astype(np.float32) for worlds in (theirs, ours)]
    gaps = np.triu(np.abs(above[0].T @ above[0] - above[1].T @ above[1]) / len(above[0]), 1)
    i, j = np.unravel_index(np.argmax(gaps), gaps.shape)

    def tell(theirs: Worlds, ours: Worlds) -> str:
        both = f"{words[i]} exceeds {middle[i]:g} and {words[j]} exceeds {middle[j]:g}"
        shares = [float(np.mean((all_of(w)[:, [i, j]] > middle[[i, j]]).all(axis=1))) for w in (theirs, ours)]
        return f"{both} in {_shares(*shares)}"

    yield Difference(float(gaps[i, j]), tell)


def _no_chance(what: str, quantity: Quantity, theirs: Worlds, _: Worlds) -> str:
    outside = float(np.mean(np.abs(quantity(theirs) - 0.5) > 0.5))
    return f"{what} is below 0 or above 1 in {outside:.1%} of the draws from your prior"


def _exceeds(what: str, quantity: Quantity, theirs: Worlds, ours: Worlds) -> Difference:
    """Return where the two laws of one quantity are farthest apart."""
    t, o = quantity(theirs), quantity(ours)
    bad = float(np.mean(~np.isfinite(t)))
    if bad > _MOST_UNSOUND:
        return Difference(
            1.0 + bad, lambda theirs, ours: f"{what} is no number in {bad:.1%} of the draws from your prior"
        )
    if np.ptp(o) <= 1e-12 * np.abs(o).max(initial=1.0) and np.ptp(t) <= 1e-12 * np.abs(t).max(initial=1.0):
        same = np.isclose(t[0], o[0], rtol=1e-6)
        said = f"{what} is {t[0]:.4g} in your model, in the task's {o[0]:.4g}"
        return Difference(-1.0 if same else 1.0, lambda theirs, ours: said)
    some = [np.sort(values[:: 1 + len(values) // 10_000]) for values in (t, o)]
    points = np.nanquantile(np.concatenate(some), np.linspace(0.02, 0.98, 49))
    candidates = np.array(sorted({float(_round(point)) for point in points}))
    above = [1 - np.searchsorted(values, candidates, side="right") / len(values) for values in some]
    at = candidates[np.argmax(np.abs(above[0] - above[1]))]

    def shares(theirs: Worlds, ours: Worlds) -> list[float]:
        return [float(np.mean(quantity(worlds) > at)) for worlds in (theirs, ours)]

    here, there = shares(theirs, ours)
    return Difference(
        abs(here - there), lambda theirs, ours: f"{what} exceeds {at:g} in {_shares(*shares(theirs, ours))}"
    )


def _round(value: float) -> str:
    return f"{value:.2g}" if abs(value) < 100 else f"{float(f'{value:.2g}'):g}"


def _shares(theirs: float, ours: float) -> str:
    gap = abs(theirs - ours)
    digits = 0 if gap >= 0.05 else 1 if gap >= 0.005 else 2
    here, there = (f"{share:.{digits}%}" if share else "none" for share in (theirs, ours))
    return f"{here} of the draws from your prior, in {there} of those from the task's"

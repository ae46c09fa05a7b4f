"""The arithmetic of the shared heads: twelve shops in many worlds, and their errors along the dial."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from course import multitask
from course.explore.parts import Arithmetic, Controls, Count, LogSlider, Slider, Tables
from course.multitask import TaskSums
from course.validate import FloatArray

MEAN: Final = np.array([0.0, 20.0])  # level and effect of warmth, in croissants a day
SMALL, LARGE = 10, 2  # shops
LARGE_ROWS: Final = 30
MOST_ROWS: Final = 20  # of a small shop
WORLDS: Final = 24  # the first is drawn, the curves are means over all
ALONE, ALIKE = 0.01, 1e4  # ends of the dial
PENALTIES: Final = np.geomspace(ALONE, ALIKE, 61)
IS_LARGE: Final = np.arange(SMALL + LARGE) >= SMALL


@dataclass(frozen=True)
class SharingState:
    """What the learner can set.

    Attributes
    ----------
    penalty : float
        Pull on the heads towards the mean head, lambda.
    spread : float
        How much shops differ in truth, tau, in croissants.
    rows : int
        Days that a small shop has been open.
    noise : float
        Standard deviation of a day, sigma, in croissants.
    """

    penalty: float = 1.0
    spread: float = 8.0
    rows: int = 4
    noise: float = 25.0


class Errors(NamedTuple):
    """Per day, in croissants: train and test over the rows of all shops; small and large shops beyond noise, on test.

    Root mean squares over all worlds, each of shape (n,) for n penalties.
    """

    train: FloatArray
    test: FloatArray
    small: FloatArray
    large: FloatArray


class SharingArrays(NamedTuple):
    """Heads of the shops drawn, all of shape (n_shops, 2): true, alone and now; mean head, (2,); errors.

    ``path`` holds the errors along the dial, ``here`` those where it stands. ``learned`` is the most likely penalty of
    each world, (WORLDS,), the one drawn first, within the ends of the dial; ``best`` has the lowest test error.
    """

    state: SharingState
    truth: FloatArray
    alone: FloatArray
    now: FloatArray
    mean: FloatArray
    path: Errors
    here: Errors
    learned: FloatArray
    best: float


class _World(NamedTuple):
    """Sums and true heads of all worlds, and what does not change while lambda does."""

    data: TaskSums
    truth: FloatArray
    path: Errors
    learned: FloatArray


@lru_cache(maxsize=1)
def _luck() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Standard normals behind truth, warmth and days, the same at every setting: what moves is the setting."""
    rng = np.random.default_rng(20_261_123)
    shape = WORLDS, SMALL + LARGE
    return rng.standard_normal((*shape, 2)), rng.standard_normal((*shape, 30)), rng.standard_normal((*shape, 30))


@lru_cache(maxsize=64)
def _worlds(spread: float, rows: int, noise: float) -> _World:
    z, warmth, e = _luck()
    truth = MEAN + spread * z
    n = np.where(IS_LARGE, LARGE_ROWS, rows)
    open_days = np.arange(30) < n[:, None]
    x = np.stack([np.ones_like(warmth), warmth], axis=-1) * open_days[..., None]
    y = np.einsum("wjid,wjd->wji", x, truth) + noise * e * open_days
    gram, cross = np.einsum("wjid,wjie->wjde", x, x), np.einsum("wjid,wji->wjd", x, y)
    data = TaskSums(np.broadcast_to(n.astype(float), y.shape[:2]), gram, cross, np.sum(y**2, axis=-1))
    path = _errors(data, truth, multitask.path(data, PENALTIES).heads, noise)
    learned = PENALTIES[multitask.log_evidence(data, PENALTIES).argmax(axis=-1)]
    return _World(data, truth, path, learned)


def _errors(data: TaskSums, truth: FloatArray, heads: FloatArray, noise: float) -> Errors:
    """Errors for heads of shape (worlds, n, shops, 2)."""
    n = data.n[0]
    fitted = np.einsum("wnjd,wjde,wnje->wnj", heads, data.gram, heads, optimize=True)
    left = data.square[:, None] - 2 * np.einsum("wnjd,wjd->wnj", heads, data.cross) + fitted
    excess = multitask.excess_error(heads, truth[:, None]).mean(axis=0)
    train = np.maximum(left, 0.0).sum(axis=-1).mean(axis=0) / n.sum()
    test = noise**2 + excess @ n / n.sum()
    small, large = excess[:, ~IS_LARGE].mean(axis=1), excess[:, IS_LARGE].mean(axis=1)
    return Errors(*(np.sqrt(part) for part in (train, test, small, large)))


def sharing_arrays(state: SharingState) -> SharingArrays:
    """Heads and errors at this pull."""
    world = _worlds(state.spread, state.rows, state.noise)
    found = multitask.path(world.data, [ALONE, state.penalty])
    here = _errors(world.data, world.truth, found.heads[:, 1:], state.noise)
    best = float(PENALTIES[world.path.test.argmin()])
    alone, now = found.heads[0]
    return SharingArrays(state, world.truth[0], alone, now, found.mean[0, 1], world.path, here, world.learned, best)


def sharing_tables(found: SharingArrays) -> Tables:
    """Tables of the chart."""
    size = np.where(IS_LARGE, "large", "small")
    heads = {
        "size": size, "level": found.now[:, 0].round(2), "slope": found.now[:, 1].round(2),
        "own_level": found.alone[:, 0].round(2), "own_slope": found.alone[:, 1].round(2),
        "true_level": found.truth[:, 0].round(2), "true_slope": found.truth[:, 1].round(2),
    }  # fmt: skip
    along = {"penalty": PENALTIES.round(5)} | {name: values.round(3) for name, values in found.path._asdict().items()}
    here = {"penalty": found.state.penalty} | {name: values.round(3) for name, values in found.here._asdict().items()}
    return {
        "heads": heads, "mean": {"level": found.mean[0].round(2), "slope": found.mean[1].round(2)}, "along": along,
        "here": here, "learned": {"penalty": found.learned[:1]}, "others": {"penalty": found.learned[1:]},
    }  # fmt: skip


def _most_likely(found: SharingArrays) -> str:
    first = found.learned[0]
    return "without end: one head for all" if first >= ALIKE else f"{first:.2g}"


def sharing_summary(found: SharingArrays) -> str:
    """What sharing does to training, test, small and large shops."""
    here = found.here
    return (
        f"At lambda {found.state.penalty:.3g} a day is missed by {here.train[0]:.1f} in training and "
        f"{here.test[0]:.1f} on test. Beyond noise small shops are off by {here.small[0]:.1f} and large ones by "
        f"{here.large[0]:.1f}. Learned from these shops, lambda is {_most_likely(found)}; "
        f"the test error is lowest at {found.best:.2g}, on average."
    )


def sharing_words(found: SharingArrays) -> str:
    """Alternative text of the picture."""
    width = np.ptp(found.now, axis=0).max() if found.state.penalty < ALIKE else 0.0
    path = found.path
    return (
        f"Left: heads of {SMALL} small and {LARGE} large shops in the plane of level and effect of warmth, each joined "
        f"to where it would be alone; at lambda {found.state.penalty:.3g} they span {width:.1f} croissants around the "
        f"mean head ({found.mean[0]:.1f}, {found.mean[1]:.1f}). Right, against lambda: the train error rises from "
        f"{path.train[0]:.1f} to {path.train[-1]:.1f}; the test error starts at {path.test[0]:.1f}, is lowest, "
        f"{path.test.min():.1f}, near {found.best:.2g} and ends at {path.test[-1]:.1f}. Small shops are off by "
        f"{path.small[0]:.1f} at the left end and {path.small[-1]:.1f} at the right, large ones by "
        f"{path.large[0]:.1f} and {path.large[-1]:.1f}, noise not counted. The learned lambda: {_most_likely(found)}; "
        f"{np.sum(found.learned >= ALIKE)} of {found.learned.size} worlds learn one head for all."
    )


_CONTROLS: Final[Controls] = {
    "penalty": LogSlider("Pull to the mean head, lambda", ALONE, ALIKE, steps=60),
    "spread": Slider("How much shops differ, tau", 0.0, 20.0, 1.0),
    "rows": Count("Days of a small shop", 2, MOST_ROWS),
    "noise": Slider("Noise of a day, sigma", 5.0, 45.0, 5.0),
}
ARITHMETIC: Final = Arithmetic(SharingState, sharing_arrays, sharing_tables, sharing_summary, sharing_words, _CONTROLS)

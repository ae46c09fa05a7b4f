r"""Heads that scatter with a covariance matrix of their own: soft sharing that pulls harder in some directions.

:math:`w_j \sim N(m, S)` with S free, as the lines of lesson 06 had two spreads and a correlation. `evidence` is the
case :math:`S = \tau^2 I`, a pull of the same strength in every direction.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course.multitask.evidence import learn
from course.multitask.tasks import TaskSums
from course.validate import FloatArray


class LearnedCovariance(NamedTuple):
    """Heads, (..., n_tasks, d), mean head, (..., d), covariance of heads, (..., d, d), and noise of rows, (...)."""

    heads: FloatArray
    mean: FloatArray
    covariance: FloatArray
    sigma: FloatArray


class _Step(NamedTuple):
    """Posterior means of heads and mean head, and covariances of the heads and of their distances from the mean."""

    heads: FloatArray
    mean: FloatArray
    of_heads: FloatArray
    of_distances: FloatArray


def learn_covariance(data: TaskSums, *, steps: int = 200) -> LearnedCovariance:
    r"""Covariance of heads and noise that make the rows most likely, by EM, and the heads that follow from them.

    Heads and mean head are integrated out, the mean head under a flat prior (REML), as `learn` does it. Each step takes
    their posterior given S and sigma, then the S and sigma that fit it best; no step makes the rows less likely. Where
    the likeliest S has no spread in some direction, steps only creep towards it: stop when the heads no longer move.

    Parameters
    ----------
    data : TaskSums
        From `task_sums` or `stack`; every world gets its own.
    steps : int
        Steps of EM, 1 or more, from the equal spread of `learn`.

    Raises
    ------
    ValueError
        On no steps, or when there are no more rows than the mean head has numbers.

    References
    ----------
    Laird and Ware (1982), Random-effects models for longitudinal data, Biometrics 38(4), 963-974.
    """
    if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 1:
        raise ValueError(f"steps must be a whole number from 1, got {steps!r}; each step climbs a little")
    start, d = learn(data), data.cross.shape[-1]
    variance = start.sigma**2
    spread = np.maximum(start.tau**2, 0.01 * variance / data.n.sum(axis=-1))  # from exactly 0 no step leads away
    covariance = spread[..., None, None] * np.eye(d)
    for _ in range(steps):
        found = _given(data, covariance, variance)
        away = found.heads - found.mean[..., None, :]
        covariance = np.mean(away[..., :, None] * away[..., None, :] + found.of_distances, axis=-3)
        variance = _misfit(data, found) / data.n.sum(axis=-1)
    found = _given(data, covariance, variance)
    return LearnedCovariance(found.heads, found.mean, covariance, np.sqrt(variance))


def _given(data: TaskSums, covariance: FloatArray, variance: FloatArray) -> _Step:
    """Posterior of heads and mean head given S and sigma²; S need not have an inverse."""
    gram, cross = data.gram / variance[..., None, None, None], data.cross / variance[..., None, None]
    own, eye = covariance[..., None, :, :], np.eye(data.cross.shape[-1])
    kept = np.linalg.inv(eye + own @ gram)  # what stays of the mean head
    inner = kept @ own
    of_mean = np.linalg.inv((gram @ kept).sum(axis=-3))
    pulled = (kept.swapaxes(-1, -2) @ cross[..., None]).sum(axis=-3)
    mean = of_mean @ pulled
    heads = (inner @ cross[..., None] + kept @ mean[..., None, :, :])[..., 0]
    moved = of_mean[..., None, :, :]
    of_heads = inner + kept @ moved @ kept.swapaxes(-1, -2)
    of_distances = inner + (kept - eye) @ moved @ (kept - eye).swapaxes(-1, -2)
    return _Step(heads, mean[..., 0], of_heads, of_distances)


def _misfit(data: TaskSums, found: _Step) -> FloatArray:
    """Squared errors of all rows, expected under the posterior of the heads."""
    w = found.heads
    fitted = np.sum((data.gram @ w[..., None])[..., 0] * w - 2 * data.cross * w, axis=-1)
    return np.asarray(np.sum(data.square + fitted + np.sum(data.gram * found.of_heads, axis=(-1, -2)), axis=-1))

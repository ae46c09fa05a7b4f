"""Climbing the marginal likelihood: a few steps of EM, then quasi-Newton from the groups' own scores.

One pass over the rows yields value, score and the sum of outer products of the groups' scores. With many groups that
sum is nearly the curvature, which is why a handful of passes is enough.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import linalg

from course.scale.newton import CURVED, EXACT, ROUGH
from course.validate import FloatArray

_HILL = 0.05  # information over outer products, which agree where the model holds, from where Newton may be trusted
ENDLESS = "the likelihood rises for ever"


class NotConverged(UserWarning):
    """A fit stopped before it reached the maximum; its ``trace`` says how far it came."""


class NotTrusted(UserWarning):
    """A fit is at the maximum of an approximation that is too coarse for its groups."""


class Sums(NamedTuple):
    """What one pass over the rows adds up, for some vector of parameters.

    ``value`` log marginal likelihood; ``score`` (p,) its derivative; ``outer`` (p, p) sum over groups of s s';
    ``sweeps`` times that a row was visited, on average; ``lost`` groups whose mode was not found; ``raw`` the score in
    mean and root of the population; ``information`` minus the second derivatives, (p, p), where the pass has them.
    """

    value: float
    score: FloatArray
    outer: FloatArray
    sweeps: float
    lost: int
    raw: FloatArray
    information: FloatArray | None = None


class Step(NamedTuple):
    """One pass: what it was, the log marginal likelihood, what is still to gain (about), sweeps and seconds so far."""

    kind: str
    value: float
    to_gain: float
    sweeps: float
    seconds: float


class Trace(NamedTuple):
    """All passes of a fit over all its rows, and whether it ended at the maximum."""

    steps: tuple[Step, ...]
    converged: bool
    reason: str

    def __str__(self) -> str:
        """Table of the passes."""
        head = f"{'pass':10}{'log marginal':>20}{'still to gain':>15}{'sweeps':>8}{'seconds':>9}"
        rows = [f"{s.kind:10}{s.value:20.6f}{s.to_gain:15.2e}{s.sweeps:8.1f}{s.seconds:9.2f}" for s in self.steps]
        return "\n".join([head, *rows, self.reason])


class Summit(NamedTuple):
    """Where the climb ended, the sums there and the trace."""

    vector: FloatArray
    sums: Sums
    trace: Trace


Evaluate = Callable[[FloatArray, int], Sums]


class _Log:
    """Writes the trace, and tells whoever shows progress."""

    def __init__(self, told: Callable[[Step], None] | None) -> None:
        self.steps: list[Step] = []
        self._told, self._start = told, time.perf_counter()

    def add(self, kind: str, sums: Sums, to_gain: float) -> None:
        self.steps.append(Step(kind, sums.value, to_gain, sums.sweeps, time.perf_counter() - self._start))
        if self._told is not None:
            self._told(self.steps[-1])


def climb(
    evaluate: Evaluate, vector: FloatArray, em: Callable[[FloatArray, Sums], FloatArray] | None, *,
    em_steps: int, tolerance: float, max_passes: int, by_score: bool = False,
    told: Callable[[Step], None] | None = None,
) -> Summit:  # fmt: skip
    """Maximise.

    Parameters
    ----------
    evaluate : callable
        One pass, of which something is wanted (`newton`).
    vector : ndarray, shape (p,)
        Where to start.
    em : callable, optional
        The next vector of EM; None to do without.
    em_steps : int
        Steps of EM at first.
    tolerance : float
        Stop when no more than this is to be gained in log likelihood, about: half the squared distance to the
        maximum, in standard errors.
    max_passes : int
        Passes after which the climb is given up.
    by_score : bool
        Whether the score is only nearly the slope of the value, as with quadrature: then the top is where it is 0.
    told : callable, optional
        Hears of every pass.
    """
    log = _Log(told)
    sums = evaluate(vector, ROUGH if em is not None and em_steps else EXACT)
    if not (np.isfinite(sums.value) and np.isfinite(sums.outer).all()):
        return Summit(vector, sums, Trace((), False, "the likelihood has no value where the search starts"))
    steps = em_steps if em is not None else 0
    for left in range(steps, 0, -1):
        log.add("EM", sums, _to_gain(sums, metric(sums)))
        vector = em(vector, sums)  # type: ignore[misc]
        sums = evaluate(vector, ROUGH if left > 1 else EXACT)
    inverse = _newton(sums, metric(sums))
    while len(log.steps) < max_passes:
        gain = _to_gain(sums, inverse)
        log.add("Newton", sums, gain)
        if gain <= tolerance:
            return Summit(vector, sums, Trace(tuple(log.steps), True, "converged"))
        # Second derivatives cost as much as some three visits: they are taken where the top is, for the errors too.
        wanted = CURVED if gain < 1e3 * tolerance else EXACT
        moved = _search(evaluate, vector, sums, inverse, log, max_passes, by_score, wanted)
        if moved is None:
            break
        inverse = _newton(moved[1], _update(inverse, moved[0] - vector, sums.score - moved[1].score))
        vector, sums = moved
    passes = len(log.steps)
    why = f"stopped after {passes} passes" if passes >= max_passes else "no step uphill was found"
    return Summit(vector, sums, Trace(tuple(log.steps), False, why))


def metric(sums: Sums) -> FloatArray:
    """Inverse of the summed outer products; directions in which the groups say nothing get a short step."""
    size = np.trace(sums.outer) / sums.score.size
    ridge = 1e-6 * size + 1e-8
    return np.asarray(linalg.inv(sums.outer + ridge * np.eye(sums.score.size)))


def _newton(sums: Sums, otherwise: FloatArray) -> FloatArray:
    """Inverse of the information, if the pass has one and the likelihood is a hill there."""
    if sums.information is None or not np.isfinite(sums.information).all():
        return otherwise
    root = linalg.inv(linalg.cholesky(linalg.inv(metric(sums)), lower=True))
    values, vectors = linalg.eigh(root @ sums.information @ root.T)
    if values[0] < _HILL:
        return otherwise
    wide = root.T @ vectors
    return np.asarray((wide / values) @ wide.T)


def _to_gain(sums: Sums, metric: FloatArray) -> float:
    return float(0.5 * sums.score @ metric @ sums.score)


def _search(
    evaluate: Evaluate, vector: FloatArray, sums: Sums, metric: FloatArray, log: _Log, max_passes: int, by_score: bool,
    wanted: int,
) -> tuple[FloatArray, Sums] | None:  # fmt: skip
    """A point uphill along the quasi-Newton direction: the whole step, or a part of it."""
    move = metric @ sums.score
    rise = float(move @ sums.score)
    slack = 1e-13 * abs(sums.value)
    part = min(1.0, 3.0 / float(np.abs(move).max()))  # never further than three standardised units at once
    while part > 1e-8 and len(log.steps) < max_passes:
        there = evaluate(vector + part * move, wanted)
        # Close to the top, and with quadrature, whose score is not to the last digit the slope of its value, what
        # counts is that the score shrinks.
        near, less = (10.0, 0.45) if by_score else (1e-2, 0.125)
        nearer = rise < near and _to_gain(there, metric) < less * rise
        if nearer or there.value >= sums.value + 1e-4 * part * rise - slack:
            return vector + part * move, there
        log.add("too far", there, 0.5 * rise)
        bend = 2.0 * (sums.value + part * rise - there.value)  # the parabola through both values and the slope
        part *= float(np.clip(part * rise / bend, 0.1, 0.5)) if np.isfinite(bend) else 0.1
    return None


def _update(metric: FloatArray, step: FloatArray, fall: FloatArray) -> FloatArray:
    """BFGS: make the inverse curvature agree with what the last step has shown."""
    along = float(step @ fall)
    if along <= 1e-12 * float(np.linalg.norm(step) * np.linalg.norm(fall)):
        return metric
    turn = np.eye(step.size) - np.outer(step, fall) / along
    return np.asarray(turn @ metric @ turn.T + np.outer(step, step) / along)


def report(trace: Trace, lost: int) -> None:
    """Warn of what did not converge: a fit never fails in silence. Groups lost on a climb without end have no say."""
    if lost and ENDLESS not in trace.reason:
        warnings.warn(f"{lost} groups have no mode after 60 Newton steps", NotConverged, 4)
    if not trace.converged:
        warnings.warn(f"the fit is not at the maximum: {trace.reason}\n{trace}", NotConverged, stacklevel=4)

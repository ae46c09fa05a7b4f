"""Binary choices without pooling and with complete pooling: when a curve exists, and which one it is."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

import numpy as np
from scipy import special

from course.regression.groups import Cells
from course.regression.lines import MaskedArray
from course.validate import BoolArray, FloatArray


class Separation(Enum):
    """How far a group's own data let its two outcomes be told apart by x.

    With anything but ``OVERLAP`` maximum likelihood has no maximum: it rises towards an infinite coefficient.
    """

    OVERLAP = "overlap"
    ALL_ALIKE = "all alike"
    NO_SPREAD = "one x"
    COMPLETE = "complete"
    QUASI = "quasi-complete"


class OwnCurves(NamedTuple):
    """Maximum-likelihood curve of each group, arrays of shape (n_groups,); masked where ``exists`` is False."""

    alpha: MaskedArray
    beta: MaskedArray
    exists: BoolArray
    separation: tuple[Separation, ...]


class OneCurve(NamedTuple):
    """The curve for all groups: log odds at 0 and their change for a unit of x."""

    alpha: float
    beta: float


def separation(cells: Cells) -> tuple[Separation, ...]:
    """Say for each group whether x separates its successes from its failures.

    With one predictor the order of the values decides: the curve exists if and only if the ranges of x with successes
    and with failures overlap in more than a point.

    Returns
    -------
    tuple of Separation, one for each group

    References
    ----------
    Albert and Anderson (1984), On the existence of maximum likelihood estimates, Biometrika 71(1), 1-10.
    """
    labels, who = cells.groups
    return tuple(_separation_of(*(v[who == j] for v in cells[:3])) for j in range(len(labels)))


def _separation_of(successes: FloatArray, trials: FloatArray, x: FloatArray) -> Separation:
    yes, no = x[successes > 0], x[successes < trials]
    if not yes.size or not no.size:
        return Separation.ALL_ALIKE
    if x.min() == x.max():
        return Separation.NO_SPREAD
    if yes.max() < no.min() or no.max() < yes.min():
        return Separation.COMPLETE
    if yes.max() == no.min() or no.max() == yes.min():
        return Separation.QUASI
    return Separation.OVERLAP


def own_curves(cells: Cells) -> OwnCurves:
    """No pooling: maximum likelihood in each group by itself, masked where it has no maximum.

    Returns
    -------
    OwnCurves
        A masked group is one of which no pooling has nothing to say, however many digits an optimiser prints.
    """
    labels, who = cells.groups
    kinds = separation(cells)
    exists = np.array([kind is Separation.OVERLAP for kind in kinds])
    fits = np.zeros((len(labels), 2))
    for j in np.flatnonzero(exists):
        fits[j] = _maximise(*(v[who == j] for v in cells[:3]))
    alpha, beta = (np.ma.array(column, mask=~exists) for column in fits.T)
    return OwnCurves(alpha, beta, exists, kinds)


def one_curve(cells: Cells) -> OneCurve:
    """Complete pooling: maximum likelihood of one curve for all rows, whatever their group.

    Raises
    ------
    ValueError
        If x separates the outcomes of all rows together, so that there is no maximum.
    """
    kind = _separation_of(*cells[:3])
    if kind is Separation.ALL_ALIKE:
        raise ValueError(
            f"successes must include at least one success and one failure, got {cells.successes.sum():g} of "
            f"{cells.trials.sum():g} in all: there is no maximum; a prior helps, see models.varying_choices"
        )
    if kind is not Separation.OVERLAP:
        raise ValueError(
            f"x must not separate the outcomes of all rows, got {kind.value} separation: there is no maximum; "
            "a prior helps, see models.varying_choices"
        )
    return OneCurve(*_maximise(*cells[:3]))


def _maximise(successes: FloatArray, trials: FloatArray, x: FloatArray) -> tuple[float, float]:
    """Newton's way up a concave hill, with steps halved where they overshoot, x centred and scaled meanwhile."""
    centre, unit = float(np.average(x, weights=trials)), float(x.std())
    z = (x - centre) / unit

    def loss(q: FloatArray) -> float:
        log_odds = q[0] + q[1] * z
        yes, no = special.log_expit(log_odds), special.log_expit(-log_odds)
        return -float(successes @ yes + (trials - successes) @ no)

    q, height = np.zeros(2), loss(np.zeros(2))
    for _ in range(500):
        p = special.expit(q[0] + q[1] * z)
        left, w = trials * p - successes, trials * p * (1 - p)
        curvature = np.array([[w.sum(), w @ z], [w @ z, w @ z**2]])
        step = np.linalg.solve(curvature, [left.sum(), left @ z])
        # A step that gains nothing but rounding is the last.
        while not (after := loss(q - step)) <= height + 1e-14 * height:
            step = step / 2
        q, height = q - step, after
        if np.all(np.abs(step) <= 1e-9 * (1 + np.abs(q))):
            break
    beta = float(q[1]) / unit
    return float(q[0]) - beta * centre, beta

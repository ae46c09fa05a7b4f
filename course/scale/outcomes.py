"""What may be counted in a row: yes or no, successes of some trials, events in some exposure. Judged here, once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from course.scale.grouped import LOGISTIC, POISSON, Grouped, Outcome
from course.validate import FloatArray, as_choice_rows, as_floats, refuse, refuse_above, shown


def as_choices(y: ArrayLike, trials: ArrayLike | None) -> Outcome:
    """0 or 1 in each row or, with trials, the number of successes among them.

    Raises
    ------
    ValueError
        On what is no such count, or more successes than trials.
    """
    if trials is None:
        held = np.asarray(y) if type(y) is np.ndarray or isinstance(y, list | tuple) else None
        if held is not None and held.dtype.kind == "U":
            raise ValueError(f"y must be one 0 or 1 for each row, got {shown(y)}; code yes as 1 and no as 0")
        if held is not None and held.dtype.kind == "f":
            cause = "drop rows without an outcome; counts need trials="
            refuse(~((held == 0) | (held == 1)), "y", held, "must be 0 or 1", cause)
        return Outcome(as_choice_rows(y))
    ones = _counts("y", y, "with trials, y is the number of successes and not their share")
    n = _beside("trials", trials, ones.size)
    refuse(~(np.isfinite(n) & (n >= 0) & (n == np.floor(n))), "trials", n, "must be whole numbers", "they are counted")
    refuse_above("y", ones, n, "with trials, y is the number of successes")
    return Outcome(ones, n)


def as_events(y: ArrayLike, exposure: ArrayLike | None) -> Outcome:
    """Number of events in each row and the log of what they happened in.

    Raises
    ------
    ValueError
        On what is no count, or an exposure that is not positive.
    """
    events = _counts("y", y, "y is the number of events; their rate comes of exposure=")
    if exposure is None:
        return Outcome(events, family=POISSON)
    share = _beside("exposure", exposure, events.size)
    good = np.isfinite(share) & (share > 0)
    refuse(~good, "exposure", share, "must be positive and finite", "where nothing was observed nothing could happen")
    return Outcome(events, base=np.log(share), family=POISSON)


def _counts(name: str, values: ArrayLike, cause: str) -> FloatArray:
    array = as_floats(name, values)
    if not array.size:
        raise ValueError(f"{name} must hold rows, got none; did a filter leave nothing?")
    if array.ndim != 1:
        raise ValueError(f"{name} must be one count for each row, got shape {array.shape}; {cause}")
    refuse(~(np.isfinite(array) & (array >= 0) & (array == np.floor(array))), name, array, "must be counts", cause)
    return array


def _beside(name: str, values: ArrayLike, rows: int) -> FloatArray:
    array = as_floats(name, values)
    if array.shape not in ((), (rows,)):
        raise ValueError(f"{name} must be one number or one for each of {rows} rows, got shape {array.shape}")
    return np.ascontiguousarray(np.broadcast_to(array, (rows,)))


def constant(rows: Grouped) -> float:
    """What the passes leave out of the log likelihood, since it does not depend on the population."""
    if rows.family == POISSON:
        return -float(special.gammaln(rows.y + 1.0).sum())
    if not rows.trials.size:
        return 0.0
    n, ones = rows.trials, rows.y
    return float((special.gammaln(n + 1) - special.gammaln(ones + 1) - special.gammaln(n - ones + 1)).sum())


def opportunities(rows: Grouped) -> FloatArray:
    """Trials, or exposure, of each row: what its count is to be divided by; one number for all if it is the same."""
    if rows.family == POISSON:
        return np.exp(rows.base) if rows.base.size else np.ones(1)
    return rows.trials if rows.trials.size else np.ones(1)


def link(rate: float, family: int) -> float:
    """Linear predictor of a rate."""
    return float(special.logit(rate) if family == LOGISTIC else np.log(rate))

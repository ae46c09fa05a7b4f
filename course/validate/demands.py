"""What the concept modules demand of numbers: estimates and standard errors, counts, probabilities, draws."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.validate.reading import FloatArray, as_floats, plain_array, refuse, shown
from course.validate.tables import same_index


class Estimates(NamedTuple):
    """Group estimates y, shape (n_groups,), and their standard errors sigma, same shape and units."""

    y: FloatArray
    sigma: FloatArray


class Counts(NamedTuple):
    """Successes and trials per group, both of shape (n_groups,), whole numbers held as floats."""

    successes: FloatArray
    trials: FloatArray


def as_number(name: str, value: ArrayLike) -> float:
    """One finite number."""
    array = as_floats(name, value)
    if array.ndim:
        raise ValueError(f"{name} must be one number, got shape {array.shape}; call once for each {name}")
    refuse(~np.isfinite(array), name, array, "must be finite", "it is a location in units of the outcome")
    return float(array)


def as_positive(name: str, value: ArrayLike, cause: str) -> float:
    """One positive number, of a size whose square is in the range of floats."""
    array = as_floats(name, value)
    if array.ndim:
        raise ValueError(f"{name} must be one number, got shape {array.shape}; call once for each {name}")
    refuse(~((array > 0) & np.isfinite(array)), name, array, "must be positive and finite", cause)
    refuse((array < 1e-50) | (array > 1e50), name, array, "must be from 1e-50 to 1e50", "measure it in another unit")
    return float(array)


def as_probability(q: ArrayLike, name: str = "q") -> FloatArray:
    """Probabilities strictly between 0 and 1, any shape."""
    array = as_floats(name, q)
    refuse(~((array > 0) & (array < 1)), name, array, "must lie strictly between 0 and 1", "is it a percentage?")
    return array


def as_draw_count(n: int) -> int:
    """Number of draws: a whole number of at least 1."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(f"n must be a whole number of at least 1, got {n!r}; it is the number of draws")
    return int(n)


def as_rng(rng: object) -> np.random.Generator:
    """Source of randomness: a NumPy generator, and not the seed that one is made of."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng must be a NumPy generator, got {rng!r:.40}; write np.random.default_rng(42)")
    return rng


def as_sigma(sigma: ArrayLike) -> FloatArray:
    """Standard errors: positive, possibly infinite (a group without information)."""
    array = as_floats("sigma", sigma)
    cause = "it is a standard error, did you pass deviations from the mean, or a variance that rounded to 0?"
    refuse(array <= 0, "sigma", array, "must be positive", cause)
    return array


def as_tau(tau: float) -> float:
    """Population standard deviation: one number >= 0, possibly infinite."""
    array = as_floats("tau", tau)
    if array.ndim:
        raise ValueError(f"tau must be one number, got shape {array.shape}; call once for each tau")
    refuse(array < 0, "tau", array, "must not be negative", "it is a standard deviation; did you pass log tau?")
    return float(array)


def as_estimates(y: ArrayLike, sigma: ArrayLike) -> Estimates:
    """Finite estimates and finite positive standard errors, one of each per group; a single sigma serves all."""
    same_index(y=y, sigma=sigma)
    y, sigma = np.atleast_1d(as_floats("y", y)), as_sigma(sigma)
    if sigma.ndim == 0:
        sigma = np.full(y.shape, float(sigma))
    if y.ndim != 1 or y.shape != sigma.shape:
        raise ValueError(
            f"y and sigma must have one value for each group, got shapes {y.shape} and {sigma.shape}; "
            "is a group missing from one of them?"
        )
    if not y.size:
        raise ValueError("y must have at least one group, got none; was everything filtered out?")
    refuse(np.isinf(y), "y", y, "must be finite", "did a ratio divide by 0, or a logit meet a rate of 0 or 1?")
    refuse(np.isinf(sigma), "sigma", sigma, "must be finite", "a group without data is a new group: use predict_new()")
    return Estimates(y, sigma)


def as_counts(successes: ArrayLike, trials: ArrayLike) -> Counts:
    """Whole numbers, 0 <= successes <= trials, one of each per group; a single number of trials serves all."""
    same_index(successes=successes, trials=trials)
    y, n = np.atleast_1d(as_floats("successes", successes)), as_floats("trials", trials)
    if n.ndim == 0:
        n = np.full(y.shape, float(n))
    if y.ndim != 1 or y.shape != n.shape:
        raise ValueError(
            f"successes and trials must have one value for each group, got shapes {y.shape} and {n.shape}; "
            "is a group missing from one of them?"
        )
    if not y.size:
        raise ValueError("successes must have at least one group, got none; was everything filtered out?")
    for name, counts in (("successes", y), ("trials", n)):
        refuse(counts < 0, name, counts, "must not be negative", "it is a count")
        whole = np.isfinite(counts) & (counts == np.floor(counts))
        refuse(~whole, name, counts, "must be whole numbers", "did you pass rates instead of counts?")
        refuse(counts > 2.0**53, name, counts, "must be at most 2**53", "a float cannot tell larger ones apart")
    refuse_above("successes", y, n, "are the two arguments swapped?")
    return Counts(y, n)


def refuse_above(name: str, counts: FloatArray, trials: FloatArray, cause: str) -> None:
    """More successes than trials: the first place, and both numbers there."""
    over = counts > trials
    if over.any():
        j = int(np.argmax(over))
        got = f"{name}[{j}] = {counts[j]:.12g} of trials[{j}] = {trials[j]:.12g}"
        raise ValueError(f"{name} must not exceed trials, got {got}; {cause}")


def as_whole(name: str, value: object, cause: str) -> int:
    """A whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}; {cause}")
    return int(value)


def as_choice_rows(y: ArrayLike) -> NDArray[np.int8]:
    """Outcomes 0 or 1, one a row, held in one byte each: rows may be many."""
    rule = "y must be one 0 or 1 for each row"
    held = plain_array("y", y)
    if held.dtype.kind in "UST":
        raise ValueError(f"{rule}, got {shown(y)}, which is text; code yes as 1 and no as 0")
    # Arrays of numbers as they are: a copy of many rows in floats is eight times as large.
    array = held if type(y) is np.ndarray and held.dtype.kind in "biuf" else as_floats("y", y)
    if array.ndim != 1 or not array.size:
        raise ValueError(
            f"{rule}, got shape {array.shape}; {'pass one column' if array.size else 'was everything filtered out?'}"
        )
    bad = ~((array == 0) | (array == 1))
    refuse(bad, "y", array, "must be 0 or 1", "drop rows without an outcome; counts need one row a trial")
    return array.astype(np.int8)

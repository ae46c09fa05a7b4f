"""Comparing what a learner returned with what is right, and writing values so that they can be read."""

from __future__ import annotations

import math
import numbers
import sys
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from course.validate import FloatArray
from course.verdicts.numbers import brief
from course.verdicts.reading import cut

_DEEPEST = 9
_MOST_PARTS = 6


def is_blank(value: object) -> bool:
    """Say whether this is what an exercise holds before anybody has worked on it."""
    return value is None or value is ...


def as_array(value: object) -> FloatArray | None:
    """Turn numbers, arrays, lists, series and tables into floats; None for what is not numeric."""
    if isinstance(value, str | bytes | dict | set | frozenset):
        return None
    try:
        if isinstance(value, np.ma.MaskedArray):
            return np.ma.filled(value.astype(float), np.nan)
        array = np.asarray(value)
        if array.dtype.kind == "O":  # fractions, decimals, whole numbers beyond 64 bits, columns of mixed type
            return np.reshape([_as_float(one) for one in array.flat], array.shape)
        if array.dtype.kind == "c" and not array.imag.any():
            array = array.real
        return array.astype(float) if array.dtype.kind in "biuf" else None
    except (TypeError, ValueError):
        return None


def _as_float(value: Any) -> float:
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real | Decimal):
        raise TypeError
    try:
        return float(value)
    except OverflowError:
        return math.inf if value == abs(value) else -math.inf


def only(value: object) -> object:
    """Return what is alone in a list, a tuple, a set, an array or a series, at any depth; else the value itself."""
    for _ in range(_DEEPEST):  # a list may hold itself
        inner = _alone(value)
        if inner is value:
            break
        value = inner
    return value


def _alone(value: object) -> object:
    if isinstance(value, list | tuple | set | frozenset) and len(value) == 1:
        return next(iter(value))
    if getattr(value, "size", 0) == 1 and hasattr(value, "to_numpy"):  # a series or a table of pandas
        return value.to_numpy()
    return value.item() if isinstance(value, np.ndarray) and value.size == 1 and value.dtype != float else value


def as_number(value: object) -> float | None:
    """Read one number, bare or alone in a list, an array or a series; None for all else, True and False included."""
    value = only(value)
    array = None if is_truth(value) else as_array(value)
    return float(array.reshape(())) if array is not None and array.size == 1 else None


def is_truth(value: object) -> bool:
    """Say whether it is True or False, or an array of them."""
    return isinstance(value, bool | np.bool_) or (isinstance(value, np.ndarray) and value.dtype.kind == "b")


def agree(got: object, wanted: object, *, rtol: float, atol: float = 1e-12) -> bool:
    """Say whether two values are the same: numbers within the tolerance and of one shape, tuples part by part.

    What is alone in a list or an array counts as a number, and a row or a column as an array: what is meant is clear.
    True and False count as numbers only where they are wanted.
    """
    if isinstance(wanted, tuple):
        return any(
            all(agree(g, w, rtol=rtol, atol=atol) for g, w in zip(parts, wanted, strict=True))
            for parts in readings(got, len(wanted))
        )
    if isinstance(wanted, str):
        return isinstance(got, str) and got.strip().casefold() == wanted.casefold()
    both = matched(got, wanted)
    return both is not None and bool(np.allclose(*both, rtol=rtol, atol=atol, equal_nan=True))


def matched(got: object, wanted: object) -> tuple[FloatArray, FloatArray] | None:
    """Return what is given, in the shape of what is wanted, and what is wanted; None where they do not compare."""
    got = only(got)
    ours, theirs = as_array(wanted), as_array(got)
    if ours is None or theirs is None or (is_truth(got) and not is_truth(wanted)):
        return None
    line = ours.ndim <= 1 and theirs.size == max(theirs.shape, default=1)  # a number, a row or a column
    if theirs.shape != ours.shape and not (line and theirs.size == ours.size):
        return None
    return theirs.reshape(ours.shape), ours


def readings(value: object, count: int) -> list[list[object]]:
    """Return the ways in which a value holds so many parts: a tuple's or a list's, the columns or rows of a table."""
    found: list[list[object]] = []
    if isinstance(value, tuple | list) and len(value) == count:
        found.append(list(value))
    array = as_array(value)
    if array is not None and array.ndim == 2 and array.shape[1] == count:
        found.append(list(array.T))
    if array is not None and array.ndim and array.shape[0] == count and not isinstance(value, tuple | list):
        found.insert(len(found) if hasattr(value, "columns") else 0, list(array))
    return found


def shape_of(value: object) -> str:
    """Name the shape of a value: "one number", "8 values", "a 3 by 2 table"."""
    array = as_array(value)
    if array is None:
        return _kind_of(value)
    match array.shape:
        case () | (1,):
            return "one number"
        case (n,):
            return f"{n} values"
        case (n, k):
            return f"a {n} by {k} table"
    return f"an array of shape {array.shape}"


def _kind_of(value: object) -> str:
    match value:
        case str():
            return "text"
        case set() | frozenset():
            return "a set, which has no order"
        case _ if callable(value):
            return "a function that was not called: put brackets behind it"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def show(value: Any) -> str:
    """Write a value briefly: four digits, and the first few of many."""
    if isinstance(value, str):
        return repr(cut(value))
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | Fraction) and not -sys.float_info.max <= value <= sys.float_info.max:
        return "a number beyond all floats"
    if isinstance(value, numbers.Real) and as_array(value) is not None:
        return brief(float(value))
    if isinstance(value, tuple):
        return f"({', '.join([*map(show, value[:_MOST_PARTS]), *['…'] * (len(value) > _MOST_PARTS)])})"
    array = as_array(value)
    if array is None:
        return cut(repr(value))
    if array.ndim == 0:
        return show(float(array))
    if is_truth(np.asarray(value)):
        array = np.asarray(value)
    text = np.array2string(
        array, formatter={"float_kind": lambda x: brief(float(x))}, threshold=6, edgeitems=2, separator=", "
    )
    return " ".join(text.split())

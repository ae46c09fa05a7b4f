"""Comparing what a learner returned with what is right, and writing values so that they can be read."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from course.validate import FloatArray

_LONGEST = 60


def is_blank(value: object) -> bool:
    """Say whether this is what an exercise holds before anybody has worked on it."""
    return value is None or value is ...


def as_array(value: object) -> FloatArray | None:
    """Turn numbers, arrays, lists and tables into floats; None for what is not numeric."""
    if isinstance(value, str | bytes | dict | set):
        return None
    try:
        array = np.asarray(value)
        return array.astype(float) if array.dtype.kind in "biuf" else None
    except (TypeError, ValueError, OverflowError):
        return None


def agree(got: object, wanted: object, *, rtol: float, atol: float = 1e-12) -> bool:
    """Say whether two values are the same: numbers within the tolerance and of one shape, tuples part by part."""
    if isinstance(wanted, tuple):
        parts = parts_of(got, len(wanted))
        return parts is not None and all(agree(g, w, rtol=rtol, atol=atol) for g, w in zip(parts, wanted, strict=True))
    if isinstance(wanted, str):
        return isinstance(got, str) and got.strip().casefold() == wanted.casefold()
    ours, theirs = as_array(wanted), as_array(got)
    if ours is None or theirs is None or ours.shape != theirs.shape:
        return False
    return bool(np.allclose(theirs, ours, rtol=rtol, atol=atol, equal_nan=True))


def parts_of(value: object, count: int) -> list[object] | None:
    """Return the parts of a tuple, a list or an array of so many rows; None for anything else."""
    if not isinstance(value, tuple | list):
        array = as_array(value)  # an array, or a column of a table
        value = [] if array is None or array.ndim == 0 else list(array)
    parts = list(value)
    return parts if len(parts) == count else None


def shape_of(value: object) -> str:
    """Name the shape of a value: "one number", "8 values", "a 3 by 2 table"."""
    array = as_array(value)
    if array is None:
        return f"a {type(value).__name__}"
    match array.shape:
        case ():
            return "one number"
        case (n,):
            return f"{n} values"
        case (n, k):
            return f"a {n} by {k} table"
    return f"an array of shape {array.shape}"


def show(value: Any) -> str:
    """Write a value briefly: four digits, and the first few of many."""
    if isinstance(value, bool | np.bool_ | str):
        return repr(value) if isinstance(value, str) else str(bool(value))
    if isinstance(value, numbers.Real) and as_array(value) is not None:
        return f"{float(value):.4g}"
    if isinstance(value, tuple):
        return f"({', '.join(map(show, value))})"
    array = as_array(value)
    if array is None:
        text = " ".join(repr(value).split())
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    if array.ndim == 0:
        return show(float(array))
    text = np.array2string(
        array, formatter={"float_kind": lambda x: f"{x:.4g}"}, threshold=6, edgeitems=2, separator=", "
    )
    return " ".join(text.split())

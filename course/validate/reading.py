"""Numbers out of what people have: lists, arrays, columns of tables. What is no number is named, with its place.

One rule for what is missing: None, NaN, NaT, pandas' NA and whatever a mask hides are one and the same, and refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_DROP = "leave rows without a value out, or say what they stand for"


def as_floats(name: str, values: ArrayLike) -> FloatArray:
    """Turn input into a new float array, or say which value is not a number; nothing is guessed at.

    Whatever Python and pandas call a number is taken (bool, Int64, Decimal, Fraction, objects that hold them). Text is
    not, even where it looks like a number, nor are dates and categories: their numbers are codes. Of a table each
    column is read by itself, so that it may mix kinds.
    """
    if (columns := columns_of(name, values)) is not None:
        parts = [as_floats(f"{name}[{key!r}]", column) for key, column in columns]
        return np.column_stack(parts) if parts else np.empty(np.shape(values))
    refuse_masked(name, values)
    given: Any = values
    if callable(given):
        way = 'a column of that name is table["count"], not table.count'
        raise ValueError(f"{name} must be numbers in a rectangular array, got {shown(values)}, a function; {way}")
    array = plain_array(name, values)
    if array.dtype.kind == "O":
        array = _as_objects(name, values, array)
    elif array.dtype.kind not in "biuf":
        raise ValueError(_no_numbers(name, values, array))
    with np.errstate(over="ignore"):  # a long double beyond the range of floats is infinite
        array = array.astype(float)
    missing = np.isnan(array)
    how_many = f"{np.count_nonzero(missing)} of {array.size} are missing: {_DROP}"
    refuse(missing, name, array, "must not contain NaN or None", how_many)
    return array


def plain_array(name: str, values: object) -> NDArray[Any]:
    """What NumPy makes of the input; categories are refused, since NumPy takes them for numbers if they are digits."""
    if type(values) is np.ndarray:
        return values
    if (categories := getattr(getattr(values, "dtype", None), "categories", None)) is not None:
        some = ", ".join(repr(one) for one in list(categories)[:3]) + (", ..." if len(categories) > 3 else "")
        raise ValueError(f"{name} must be numbers, got categories ({some}): {_CATEGORIES}")
    try:
        return np.asarray(values)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        raise ValueError(
            f"{name} must be numbers in a rectangular array, got {shown(values)}; are its rows of different lengths?"
        ) from None


_CATEGORIES = "write .astype(float) if they are amounts, or make columns of 0 and 1 of them"


def columns_of(name: str, values: Any) -> list[tuple[str, Any]] | None:
    """Columns of a table with names (a data frame, a structured array); None for anything else."""
    if isinstance(values, np.ndarray):
        return None if values.dtype.names is None else [(key, values[key]) for key in values.dtype.names]
    if not hasattr(values, "columns") or len(getattr(values, "shape", ())) != 2:
        return None
    by_place = hasattr(values, "iloc")
    found = [(key, values.iloc[:, i] if by_place else values[key]) for i, key in enumerate(values.columns)]
    names = [str(key) for key, _ in found]
    twice = next((key for i, key in enumerate(names) if key in names[:i]), None)
    if twice is not None:
        raise ValueError(f"{name} must have a name of its own for each column, got {twice!r} twice; rename one")
    return list(zip(names, (column for _, column in found), strict=True))


def is_missing(value: object) -> bool:
    """Whether one value stands for no value: None, NaN, NaT, pandas' NA, or a masked one."""
    if value is None or value is np.ma.masked:
        return True
    try:
        return bool(value != value)
    except ValueError:  # an array: compared with itself it gives many answers
        return False
    except (TypeError, ArithmeticError):  # NA compares to NA, which is neither true nor false
        return True


def refuse_masked(name: str, values: object) -> None:
    """Raise ValueError if a mask hides some of the values, at the first place where it does."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        at = np.unravel_index(int(np.argmax(np.ma.getmaskarray(values))), values.shape)
        raise ValueError(f"{name} must have no masked values, got {name}{place_of(at)} masked; {_DROP}")
    if isinstance(values, list | tuple):
        for i, value in enumerate(values):
            if value is np.ma.masked:
                raise ValueError(f"{name} must have no masked values, got {name}[{i}] masked; {_DROP}")
            if isinstance(value, np.ma.MaskedArray | list | tuple):
                refuse_masked(f"{name}[{i}]", value)


def refuse(bad: BoolArray, name: str, array: FloatArray, rule: str, cause: str) -> None:
    """Raise ValueError at the first place where ``bad`` holds."""
    if not np.any(bad):
        return
    place = np.unravel_index(int(np.argmax(bad)), np.shape(bad))
    raise ValueError(f"{name} {rule}, got {name}{place_of(place)} = {array[place]:.12g}; {cause}")


_LARGEST = 1e50  # so that a product of three squares stays in the range of floats


def refuse_huge(name: str, array: FloatArray) -> None:
    """Refuse what is not finite, or so large that squares of it leave the range of floats."""
    refuse(~np.isfinite(array), name, array, "must be finite", "did a logarithm meet a 0? Say how you code zeros")
    refuse(np.abs(array) > _LARGEST, name, array, "must be at most 1e50 in size", "measure it in a larger unit")


def place_of(index: Iterable[Any]) -> str:
    """An index as it is written behind a name: ``[1, 2]``, or nothing for a single number."""
    inside = ", ".join(str(int(i)) for i in index)
    return f"[{inside}]" if inside else ""


def shown(value: object) -> str:
    """The beginning of what was passed, for a message: writing an array out costs more than most computations here."""
    return " ".join(repr(value).split())[:80]


def _as_objects(name: str, values: object, array: NDArray[Any]) -> NDArray[Any]:
    """Floats of an array of Python objects, NaN where one is missing; refuses what is no number, at its place."""
    if set(map(type, array.flat)) <= {int, float, bool}:
        with suppress(OverflowError):  # of a whole number, whose place is found below
            return array.astype(float)
    found = np.empty(array.shape)
    for at in np.ndindex(array.shape):
        value: Any = array[at]
        try:
            if is_missing(value):
                found[at] = np.nan
            elif isinstance(value, str | bytes | np.timedelta64 | np.datetime64):
                raise TypeError
            else:
                found[at] = float(value)
        except (TypeError, ValueError, OverflowError, RuntimeError) as error:
            if isinstance(value, str | bytes):
                raise ValueError(f"{name} must be numbers in a rectangular array, got {_text(name, array)}") from None
            what = "which is beyond the range of floats" if isinstance(error, OverflowError) else _what(value)
            where = f"{name}{place_of(at)} = {shown(value)}" if at else shown(values)
            raise ValueError(f"{name} must be numbers in a rectangular array, got {where}, {what}") from None
    return found


def _text(name: str, array: NDArray[Any]) -> str:
    """Quote the first text that is no number, if there is one, and say how it becomes one."""
    texts = [(at, value) for at, value in np.ndenumerate(array) if isinstance(value, str | bytes)]
    at, value = next((one for one in texts if not _is_number(one[1])), texts[0])
    words = sorted({str(one) for _, one in texts})
    if _is_number(value):
        way = "digits in quotation marks become numbers by .astype(float)"
    elif _is_number(str(value).replace(",", "")):
        way = "take the commas out, then .astype(float)"
    elif 2 * sum(not _is_number(one) for _, one in texts) < array.size:
        way = "most are numbers: write one there, or leave the row out"
    elif len(words) == 2:
        way = f"of two words one counts, such as (column == {words[1]!r})"
    else:
        way = "words become columns of 0 and 1, by pandas.get_dummies"
    return f"{f'{name}{place_of(at)} = ' if at else ''}{shown(value)}, which is text; {way}"


def _is_number(text: Any) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _what(value: Any) -> str:
    if isinstance(value, list | tuple | np.ndarray):
        return "which is no number; are its rows of different lengths?"
    return f"which is no number but {type(value).__name__}"


def _no_numbers(name: str, values: object, array: NDArray[Any]) -> str:
    kind = {"U": "text", "S": "text", "T": "text", "c": "complex", "M": "a date", "m": "a span of time"}
    what = kind.get(array.dtype.kind, str(array.dtype))
    if what == "text":
        return f"{name} must be numbers in a rectangular array, got {_text(name, array.astype(object))}"
    ways = {
        "complex": "take the real part if that is meant",
        "a date": "count days or years from a day of your own",
        "a span of time": "divide by one unit, such as np.timedelta64(1, 'D')",
    }
    way = f"; {ways[what]}" if what in ways else ""
    return f"{name} must be numbers in a rectangular array, got {shown(values)}, of which some is {what}{way}"

"""Rows as people have them: predictors with names, labels of groups, columns that stand beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from numbers import Number
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.validate.reading import (
    BoolArray,
    FloatArray,
    as_floats,
    columns_of,
    is_missing,
    plain_array,
    refuse,
    shown,
)

Labels = NDArray[Any]
IntArray = NDArray[np.intp]


class Columns(NamedTuple):
    """Predictors: a name for each, and their values, shape (n_rows, n_columns)."""

    names: tuple[str, ...]
    values: FloatArray


class Grouping(NamedTuple):
    """Labels of the groups, sorted, shape (n_groups,), and the number of each row's group among them, (n_rows,)."""

    labels: Labels
    of_row: IntArray


def same_index(**arrays: object) -> None:
    """Refuse pandas objects of different index beside each other, named as in the call.

    What stands in one row belongs together, and only the index says what stands in one row. Nothing is put into
    another order here: that would repair what may be a mistake. Lists and arrays have no index and go by position.

    Raises
    ------
    ValueError
        Naming the first two whose index differs, and where.
    """
    indices = [(name, index) for name, values in arrays.items() if (index := _index_of(values)) is not None]
    for name, index in indices[1:]:
        first, other = indices[0]
        if len(index) != len(other):
            continue  # whoever asks for one length says more about it
        if index is not other and not index.equals(other):
            i = next((i for i, (a, b) in enumerate(zip(other, index, strict=True)) if a is not b and a != b), 0)
            raise ValueError(
                f"{first} and {name} must have the same index, got {shown(other[i])} and {shown(index[i])} in row {i}: "
                f"rows would be paired by position; write {name}.loc[{first}.index] if the index says which rows "
                "belong together, .to_numpy() if their order does"
            )


def _index_of(values: object) -> Any:
    index = getattr(values, "index", None)
    return index if hasattr(index, "equals") and not callable(index) else None


def as_column(name: str, values: ArrayLike) -> FloatArray:
    """One finite number for each row, shape (n_rows,), at least one."""
    array = as_floats(name, values)
    if array.ndim != 1 or not array.size:
        cause = "was everything filtered out?" if not array.size else "pass one column"
        raise ValueError(f"{name} must have one value for each row, got shape {array.shape}; {cause}")
    refuse(~np.isfinite(array), name, array, "must be finite", "did a logarithm meet a 0? Say how you code zeros")
    return array


def as_columns(name: str, values: ArrayLike | Mapping[str, ArrayLike] | None, n_rows: int) -> Columns:
    """Finite predictors of rows, names kept where they have some; None for no predictors.

    Parameters
    ----------
    name : str
        What the argument is called.
    values : array_like, shape (n_rows,) or (n_rows, k), data frame, mapping or None
        Columns of a table may be of different kinds, as long as each holds numbers.
    n_rows : int
        How many rows there have to be.

    Raises
    ------
    ValueError
        On a column that holds no finite numbers, two columns of one name or another number of rows.
    """
    if values is None:
        return Columns((), np.empty((n_rows, 0)))
    if isinstance(values, Mapping):
        table: list[tuple[str, Any]] | None = [(str(key), column) for key, column in values.items()]
    else:
        table = columns_of(name, values)
    if table is not None:
        names = tuple(key for key, _ in table)
        places = [f"{name}[{key!r}]" for key in names]
        parts = [as_floats(place, column) for place, (_, column) in zip(places, table, strict=True)]
    else:
        array = as_floats(name, values)  # type: ignore[arg-type]
        if array.ndim not in (1, 2):
            raise ValueError(
                f"{name} must have one row for each outcome and one column for each predictor, got shape {array.shape}"
                + ("; write [...]" if not array.ndim else "")
            )
        own = getattr(values, "name", None)
        parts = [array] if array.ndim == 1 else list(array.T)
        one = (str(own) if own is not None else name,)
        names = one if array.ndim == 1 else tuple(f"{name}{k + 1}" for k in range(len(parts)))
        places = [name] if array.ndim == 1 else [f"{name}[:, {k}]" for k in range(len(parts))]
    for place, column in zip(places, parts, strict=True):
        if column.shape != (n_rows,):
            raise ValueError(
                f"{place} must have one value for each of {n_rows} rows, got shape {column.shape}; "
                "was only one of them filtered?"
            )
        refuse(~np.isfinite(column), place, column, "must be finite", "drop rows without it, or fill them")
    return Columns(names, np.column_stack(parts) if parts else np.empty((n_rows, 0)))


def as_labels(name: str, group: ArrayLike) -> Labels:
    """One label for each row, shape (n_rows,): anything that can be a key of a dict, all of one kind, none missing.

    Raises
    ------
    ValueError
        Naming the first row without a label, or the first two kinds.
    """
    given = _labels(name, group)
    if given.ndim != 1 or not given.size:
        if given.ndim == 0:
            raise ValueError(f"{name} must have one label for each row, got {shown(group)} alone; write [...]")
        cause = "was everything filtered out?" if not given.size else "join the columns to one label"
        raise ValueError(f"{name} must have one label for each row, got shape {given.shape}; {cause}")
    missing = _missing_labels(given)
    if missing.any():
        i = int(np.argmax(missing))
        what = shown(given[i].item() if isinstance(given[i], np.generic) else given[i])
        masked = isinstance(group, np.ma.MaskedArray) and bool(np.ma.getmaskarray(group)[i])
        raise ValueError(
            f"{name} must name the group of every row, got {name}[{i}]{' masked' if masked else f' = {what}'}; "
            "drop the row or name it"
        )
    if given.dtype.kind == "O":
        kinds: dict[str, int] = {}
        for i, label in enumerate(given):
            kinds.setdefault(_kind(label), i)
            try:
                hash(label)
            except TypeError:
                raise ValueError(
                    f"{name} must have one label for each row that can be a key of a dict, got {name}[{i}] = "
                    f"{shown(label)}; turn it into text or a tuple"
                ) from None
        if len(kinds) > 1:
            (one, i), (two, j) = list(kinds.items())[:2]
            raise ValueError(
                f"{name} must have labels of one kind, got {one} and {two}: {name}[{i}] = {shown(given[i])} and "
                f"{name}[{j}] = {shown(given[j])}; turn them all into text"
            )
        given = _simplest(given, next(iter(kinds)))
    return given


def _labels(name: str, group: object) -> Labels:
    """The labels as an array, none of them changed by being put beside others."""
    if (columns := columns_of(name, group)) is not None:
        keys = ", ".join(repr(key) for key, _ in columns)
        raise ValueError(f"{name} must be one column of labels, got a table with {keys}; take one column of it")
    if isinstance(group, np.ma.MaskedArray):
        held = np.asarray(group.data)
        if np.ma.is_masked(group):
            held = held.astype(object)
            held[np.ma.getmaskarray(group)] = None
        return held
    if isinstance(group, list | tuple):
        # NumPy would turn [1, "a"] into text and [(1, "a")] into a table: each label stays what it is.
        return objects([label.item() if isinstance(label, np.generic) else label for label in group])
    if isinstance(group, str | bytes | dict | set | frozenset) or not hasattr(group, "__len__"):
        return np.array(None, dtype=object)
    if getattr(getattr(group, "dtype", None), "categories", None) is not None:
        return np.asarray(group.astype(object))  # type: ignore[attr-defined]
    array = plain_array(name, group)
    return array.astype(object) if array.dtype.kind == "T" else array


def objects(values: Sequence[Any]) -> Labels:
    """An array of these objects, shape (len(values),), whatever they are."""
    array = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        array[i] = value
    return array


def _missing_labels(given: Labels) -> BoolArray:
    if given.dtype.kind == "f":
        return np.asarray(np.isnan(given))
    if given.dtype.kind in "Mm":
        return np.asarray(np.isnat(given))
    if given.dtype.kind == "O":
        return np.array([_has_no_name(label) for label in given], dtype=bool)
    return np.asarray(given == "") if given.dtype.kind == "U" else np.zeros(given.shape, dtype=bool)


def _has_no_name(label: object) -> bool:
    if isinstance(label, str):
        return label == ""
    return any(map(is_missing, label)) if isinstance(label, tuple) else is_missing(label)


def _kind(label: object) -> str:
    """What sort of thing a label is, in a word; numbers of all types are one sort, since 1 == 1.0."""
    if isinstance(label, bool | np.bool_):
        return "True or False"
    for kind, name in ((str, "text"), (Number, "numbers"), (date | np.datetime64, "dates")):
        if isinstance(label, kind):
            return name
    if isinstance(label, timedelta | np.timedelta64):
        return "spans of time"
    return f"{type(label).__name__}s"


def kind_of_labels(labels: Labels) -> str:
    """What sort of labels these are, in words: "text", "numbers", "dates" and the like."""
    named = {"b": "True or False", "i": "numbers", "u": "numbers", "f": "numbers", "U": "text", "S": "bytes"}
    named |= {"M": "dates", "m": "spans of time", "c": "numbers"}
    return named.get(labels.dtype.kind) or (_kind(labels.flat[0]) if labels.size else "nothing")


def as_same_labels(name: str, group: ArrayLike, labels: Labels) -> Labels:
    """Labels of the sort of those that are known, missing ones refused; new ones are allowed.

    Raises
    ------
    ValueError
        From `as_labels`, and on another sort, such as text where numbers are known.
    """
    given = as_labels(name, group)
    mine, theirs = kind_of_labels(given), kind_of_labels(labels)
    if mine != theirs:
        raise ValueError(
            f"{name} must be labels like {shown(_item(labels[0]))} ({theirs}), got {shown(_item(given[0]))} ({mine}); "
            "labels of different kinds are never equal"
        )
    return given


def _item(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label


def _simplest(given: Labels, kind: str) -> Labels:
    """The array of one type that holds the same labels, where there is one; else the objects."""
    types = set(map(type, given))
    if kind == "text" and types == {str} and not any(label.endswith("\0") for label in given):
        return given.astype(str)
    if types == {bool}:
        return given.astype(bool)
    if types <= {int, float} and kind == "numbers":
        array = np.array(given.tolist())
        # A float cannot hold every whole number: those beyond 2**53 would become one group.
        if array.dtype.kind in "iuf" and array.tolist() == given.tolist():
            return array
    return given


def group_by(name: str, group: ArrayLike) -> Grouping:
    """Number the labels of rows: sorted where they can be sorted, in their first order where they cannot."""
    labels = as_labels(name, group)
    if labels.dtype.kind != "O":
        names, index = np.unique(labels, return_inverse=True)
        return Grouping(names, index.astype(np.intp))
    distinct = list(dict.fromkeys(labels.tolist()))
    with suppress(TypeError):
        distinct = sorted(distinct)
    number = {label: j for j, label in enumerate(distinct)}
    return Grouping(objects(distinct), np.array([number[label] for label in labels.tolist()], dtype=np.intp))


def same_length(**arrays: NDArray[Any]) -> None:
    """Refuse columns of different lengths, named as in the call."""
    if len({array.size for array in arrays.values()}) > 1:
        shapes = ", ".join(f"{name} {array.size}" for name, array in arrays.items())
        raise ValueError(f"all must have one value for each row, got {shapes}; was only one of them filtered?")

"""The data that pass from the room of the learner's code to the judge: JSON, and arrays as bytes beside it.

The learner's code may write whatever it likes on this wire. So what is read here is believed to be data and nothing
else: sizes are bounded before anything is made of them, and what is no data becomes a `Thing` with a number.
"""

from __future__ import annotations

import json
import re
import struct
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

import numpy as np

MOST_BYTES = 32_000_000  # of an answer that is not asked for more
_MOST_JSON = 16_000_000
_MOST_PARTS = 200_000
_MOST_TEXT = 20_000
_MOST_DIGITS = 4_000  # hexadecimal
_DEEPEST = 10
_AXES, _LONGEST_AXIS = 8, 10_000_000
_KINDS = "biufcSUmM"
_HEAD = struct.Struct(">QQ")

Node = list[Any]


class NotDataError(Exception):
    """What came back is no answer; the message says in what."""


@dataclass(frozen=True)
class Thing:
    """Something of the learner's that is no data: a function, a model, or any other object, kept inside by number."""

    kind: str
    number: int
    name: str
    shown: str


class Packer:
    """Writes values as JSON and bytes.

    Parameters
    ----------
    kept : list
        Things are added to it; their number is their place.
    """

    def __init__(self, kept: list[Any]) -> None:
        self._kept = kept
        self._blobs: list[bytes] = []
        self._parts = 0

    def frame(self, value: Any) -> bytes:
        """Return an answer, as it goes over the wire."""
        tree = self._pack(value, 0)
        text = json.dumps({"tree": tree, "sizes": list(map(len, self._blobs))}).encode()
        return b"".join([_HEAD.pack(len(text), sum(map(len, self._blobs))), text, *self._blobs])

    def _pack(self, value: Any, deep: int) -> Node:
        self._parts += 1
        if self._parts > _MOST_PARTS or deep > _DEEPEST:
            return self._thing(value)
        if value is None or value is ...:
            return ["none" if value is None else "dots"]
        if isinstance(value, np.ndarray | np.generic):
            return self._array(value, deep)
        if isinstance(value, bool | float):
            return ["bool", bool(value)] if isinstance(value, bool) else ["float", float(value).hex()]
        if isinstance(value, int) and abs(value) < 16**_MOST_DIGITS:
            return ["int", hex(value)]
        if isinstance(value, str):
            return ["text", str(value)[:_MOST_TEXT]]
        if isinstance(value, bytes):
            return ["bytes", value[:_MOST_TEXT].hex()]
        if isinstance(value, tuple | list | set | frozenset):
            kind = next(name for name, of in _GATHERED.items() if isinstance(value, of))
            parts = [kind, [self._pack(part, deep + 1) for part in value]]
            return ["named", parts, self._thing(value)] if kind == "tuple" and type(value) is not tuple else parts
        if isinstance(value, dict):
            return ["dict", [[self._pack(k, deep + 1), self._pack(v, deep + 1)] for k, v in value.items()]]
        if isinstance(value, Fraction | Decimal):
            return [type(value).__name__, str(value)[:_MOST_TEXT]]
        return self._of_pandas(value, deep) or self._thing(value)

    def _array(self, value: Any, deep: int) -> Node:
        if isinstance(value, np.ma.MaskedArray):
            data, mask = np.asarray(value.data), np.ma.getmaskarray(value)
            return ["masked", self._pack(data, deep + 1), self._pack(mask, deep + 1)]
        array = np.asarray(value)
        scalar = isinstance(value, np.generic)
        if array.dtype.kind == "O" and not scalar:
            return ["objects", list(array.shape), [self._pack(one, deep + 1) for one in array.ravel().tolist()]]
        if array.dtype.kind not in _KINDS:
            return self._thing(value)
        self._blobs.append(np.ascontiguousarray(array).tobytes())
        return ["scalar" if scalar else "array", array.dtype.str, list(array.shape)]

    def _of_pandas(self, value: Any, deep: int) -> Node | None:
        pandas, xarray = sys.modules.get("pandas"), sys.modules.get("xarray")
        if pandas and value is pandas.NA:
            return ["none"]
        if pandas and isinstance(value, pandas.DataFrame):
            columns = [self._pack(value.iloc[:, place].to_numpy(), deep + 1) for place in range(value.shape[1])]
            return ["frame", self._pack(value.columns, deep + 1), columns, self._pack(value.index, deep + 1)]
        if pandas and isinstance(value, pandas.Series):
            name, index = self._pack(value.name, deep + 1), self._pack(value.index, deep + 1)
            return ["series", self._pack(value.to_numpy(), deep + 1), index, name]
        if pandas and isinstance(value, pandas.MultiIndex):
            names = self._pack(list(value.names), deep + 1)
            return ["levels", self._pack([tuple(one) for one in value], deep + 1), names]
        if pandas and isinstance(value, pandas.RangeIndex):
            return ["range", *(hex(n) for n in (value.start, value.stop, value.step)), self._pack(value.name, deep + 1)]
        if pandas and isinstance(value, pandas.Index):
            return ["index", self._pack(value.to_numpy(), deep + 1), self._pack(value.name, deep + 1)]
        if xarray and isinstance(value, xarray.DataArray):
            return self._pack(np.asarray(value.values), deep + 1)
        return None

    def _thing(self, value: Any) -> Node:
        pymc = sys.modules.get("pymc")
        model = getattr(pymc, "Model", ())
        if isinstance(value, type):
            kind = "model class" if model and issubclass(value, model) else "class"
        else:
            kind = "model" if isinstance(value, model) else "function" if callable(value) else "object"
        try:
            shown = repr(value)[:_MOST_TEXT]
        except Exception as error:  # the learner's own __repr__
            shown = f"<{type(value).__name__}, whose repr raised {type(error).__name__}>"
        name = getattr(value, "__name__", "") if kind not in ("model", "object") else type(value).__name__
        self._kept.append(value)
        return ["thing", kind, len(self._kept) - 1, str(name)[:80], shown[:300]]


_GATHERED: dict[str, Any] = {"tuple": tuple, "list": list, "set": set, "frozenset": frozenset}


def sizes(head: bytes, most: int) -> tuple[int, int]:
    """Return how long JSON and bytes of an answer are, which its head says; refuse too much."""
    text, blobs = _HEAD.unpack(head)
    if text > _MOST_JSON or blobs > most:
        raise NotDataError("the answer is too large")
    return text, blobs


HEAD = _HEAD.size


def read(text: bytes, blob: bytes, bring: Callable[[Thing], Any]) -> Any:
    """Make a value of an answer.

    Parameters
    ----------
    text, blob : bytes
        JSON and the bytes beside it.
    bring : callable
        Makes something to hold of a `Thing`.

    Raises
    ------
    NotDataError
        If they are not what `Packer.frame` writes.
    """
    try:
        said = json.loads(text)
        lengths = [int(length) for length in said["sizes"]]
        if any(length < 0 for length in lengths) or sum(lengths) != len(blob):
            raise NotDataError("its bytes are not those that it announces")
        starts = np.cumsum([0, *lengths])[:-1].tolist()
        view = memoryview(blob)
        pieces = [view[start : start + length] for start, length in zip(starts, lengths, strict=True)]
        return _Reader(pieces, bring).value(said["tree"], 0)
    except NotDataError:
        raise
    except Exception as error:  # whatever was put there in place of an answer
        raise NotDataError(f"it cannot be read ({type(error).__name__})") from error


class Named(tuple[Any, ...]):
    """A tuple of a class of its own: its parts are data, and its attributes are asked of a thing."""

    thing: Any

    def __new__(cls, parts: Iterable[Any], thing: Any) -> Self:
        """Make it of its parts, and of what stands for it."""
        made = super().__new__(cls, parts)
        made.thing = thing
        return made

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "thing":
            raise AttributeError(name)
        return getattr(self.thing, name)


class _Reader:
    def __init__(self, pieces: Sequence[memoryview], bring: Callable[[Thing], Any]) -> None:
        self._pieces = iter(pieces)
        self._bring = bring
        self._parts = 0

    def value(self, node: Any, deep: int) -> Any:
        self._parts += 1
        if self._parts > 2 * _MOST_PARTS or deep > 2 * _DEEPEST:
            raise NotDataError("it has too many parts")
        tag, *rest = node

        def inner(one: Any) -> Any:
            return self.value(one, deep + 1)

        match tag, rest:
            case "none", []:
                return None
            case "dots", []:
                return ...
            case "bool", [bool(truth)]:
                return truth
            case "float", [str(text)]:
                return float.fromhex(text[:40])
            case "int", [str(text)]:
                return int(text[: _MOST_DIGITS + 4], 16)
            case "text", [str(text)]:
                return text[:_MOST_TEXT]
            case "bytes", [str(text)]:
                return bytes.fromhex(text)
            case (("tuple" | "list" | "set" | "frozenset"), [list(parts)]):
                return _GATHERED[tag](inner(part) for part in parts)
            case "named", [["tuple", list(parts)], ["thing", *thing]]:
                return Named(map(inner, parts), inner(["thing", *thing]))
            case "dict", [list(pairs)]:
                return {inner(key): inner(one) for key, one in pairs}
            case "Fraction", [str(text)] if re.fullmatch(r"-?\d{1,4000}(/\d{1,4000})?", text):
                return Fraction(text)
            case "Decimal", [str(text)] if re.fullmatch(
                r"-?(\d{1,400}(\.\d{1,400})?(E[+-]?\d{1,4})?|NaN|Infinity)", text
            ):
                return Decimal(text)
            case (("array" | "scalar"), [str(dtype), list(shape)]):
                array = self._array(dtype, shape)
                return array[()] if tag == "scalar" else array
            case "masked", [data, mask]:
                return np.ma.MaskedArray(inner(data), mask=inner(mask))
            case "objects", [list(shape), list(parts)]:
                objects = np.empty(len(parts), dtype=object)
                for place, part in enumerate(parts):
                    objects[place] = inner(part)
                return objects.reshape(_shape(shape))
            case "thing", [str(kind), int(number), str(name), str(shown)]:
                return self._bring(Thing(kind, number, name[:80], shown[:300]))
        return self._of_pandas(tag, rest, inner)

    def _of_pandas(self, tag: Any, rest: list[Any], inner: Callable[[Any], Any]) -> Any:
        import pandas as pd

        match tag, rest:
            case "index", [values, name]:
                return pd.Index(inner(values), name=inner(name))
            case "range", [str(start), str(stop), str(step), name]:
                numbers = range(int(start[:20], 16), int(stop[:20], 16), int(step[:20], 16))
                if len(numbers) > _LONGEST_AXIS:
                    raise NotDataError("it has an index of no sensible length")
                return pd.RangeIndex(numbers, name=inner(name))
            case "levels", [values, names]:
                return pd.MultiIndex.from_tuples(inner(values), names=inner(names))
            case "series", [values, index, name]:
                return pd.Series(inner(values), index=inner(index), name=inner(name))
            case "frame", [names, list(columns), index]:
                labels, arrays, rows = inner(names), [inner(column) for column in columns], inner(index)
                # With their kind, or pandas makes text of objects, and of a None a NaN.
                series = [pd.Series(array, index=rows, dtype=array.dtype) for array in arrays]
                frame = pd.DataFrame(dict(enumerate(series)), index=rows)
                frame.columns = labels
                return frame
        raise NotDataError("it has a part of no known kind")

    def _array(self, dtype: str, shape: list[Any]) -> Any:
        kind = np.dtype(dtype)
        if kind.kind not in _KINDS:
            raise NotDataError("it has an array of no known kind")
        return np.frombuffer(next(self._pieces), kind).reshape(_shape(shape)).copy()


def _shape(shape: list[Any]) -> tuple[int, ...]:
    if len(shape) > _AXES or not all(isinstance(n, int) and 0 <= n <= _LONGEST_AXIS for n in shape):
        raise NotDataError("it has an array of no sensible shape")
    return tuple(shape)

"""The half of an explorer that needs no page: state, arrays, tables, words, and its controls as data.

It is the same under ipywidgets and in a page whose worker computes it, so NumPy is all that it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import log10
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

Table = Mapping[str, ArrayLike]
Tables = Mapping[str, Table]


@dataclass(frozen=True)
class Slider:
    """Even steps from low to high; ``readout`` is the format of a value."""

    label: str
    low: float
    high: float
    step: float
    readout: str = ".3g"

    def values(self) -> list[float]:
        """Return all it can be set to."""
        return [round(self.low + k * self.step, 10) + 0.0 for k in range(round((self.high - self.low) / self.step) + 1)]

    def read(self, value: Any) -> float:
        """Return a value that is legal; raise a ValueError that says the rule for any other."""
        return _within(value, self.low, self.high)


@dataclass(frozen=True)
class LogSlider:
    """Even ratios from low to high, so many steps in all; ``readout`` is the format of a value."""

    label: str
    low: float
    high: float
    steps: int = 40
    readout: str = ".3g"

    @property
    def exponents(self) -> tuple[float, float, float]:
        """Lowest and highest power of ten, and the step between two."""
        low, high = log10(self.low), log10(self.high)
        return low, high, (high - low) / self.steps

    def values(self) -> list[float]:
        """Return all it can be set to."""
        low, _, step = self.exponents
        return [10 ** (low + k * step) for k in range(self.steps + 1)]

    def read(self, value: Any) -> float:
        """Return a value that is legal; raise a ValueError that says the rule for any other."""
        return _within(value, self.low, self.high)


@dataclass(frozen=True)
class Count:
    """Whole numbers from low to high."""

    label: str
    low: int
    high: int
    step: int = 1
    readout: str = "d"

    def values(self) -> list[int]:
        """Return all it can be set to."""
        return list(range(self.low, self.high + 1, self.step))

    def read(self, value: Any) -> int:
        """Return a value that is legal; raise a ValueError that says the rule for any other."""
        number = _within(value, self.low, self.high)
        if number != round(number):
            raise ValueError(f"must be a whole number, got {number:g}")
        return int(number)


@dataclass(frozen=True)
class Choice:
    """One of several."""

    label: str
    options: tuple[Any, ...]

    def read(self, value: Any) -> Any:
        """Return a value that is legal; raise a ValueError that says the rule for any other."""
        if isinstance(value, bool) or value not in self.options:
            raise ValueError(f"must be one of {', '.join(map(str, self.options))}, got {value!r}")
        return self.options[self.options.index(value)]


@dataclass(frozen=True)
class Switch:
    """On or off."""

    label: str

    def read(self, value: Any) -> bool:
        """Return a value that is legal; raise a ValueError that says the rule for any other."""
        if not isinstance(value, bool):
            raise ValueError(f"must be true or false, got {value!r}")
        return value


Control = Slider | LogSlider | Count | Choice | Switch


def _within(value: Any, low: float, high: float) -> float:
    # The ends of a logarithmic slider are powers of ten, which may miss them by a rounding.
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not low - 1e-9 * abs(low) <= value <= high + 1e-9 * abs(high):
        raise ValueError(f"must be a number from {low:g} to {high:g}, got {value!r}")
    return float(value)


def _all_matter(_: Any) -> AbstractSet[str]:
    return frozenset()


@dataclass(frozen=True)
class Arithmetic[State, Arrays]:
    """What an explorer computes and says.

    Attributes
    ----------
    state : type
        The frozen dataclass of its states; without arguments it makes the one that the controls stand at first.
    arrays : callable
        State -> arrays: what the setting means, by the concept modules.
    tables : callable
        Arrays -> the tables of the chart by name, each a mapping of columns, of which a number stands for every row.
    summary, describe : callable
        Arrays -> one sentence that is read out, and the alternative text of the picture.
    controls : mapping
        A control for each field of the state, under the field's name.
    idle : callable
        State -> names of the controls that the others leave without effect.
    """

    state: type[State]
    arrays: Callable[[State], Arrays]
    tables: Callable[[Arrays], Tables]
    summary: Callable[[Arrays], str]
    describe: Callable[[Arrays], str]
    controls: Mapping[str, Control]
    idle: Callable[[State], AbstractSet[str]] = _all_matter

    def setting(self, values: Mapping[str, Any]) -> State:
        """Make a state of values by their fields; what is left out stands where it stands at first.

        Raises
        ------
        ValueError
            If there is no such field, or no such value.
        """
        read = {}
        for field, value in values.items():
            if field not in self.controls:
                raise ValueError(f"there is no control {field!r:.60}; there are {', '.join(self.controls)}")
            try:
                read[field] = self.controls[field].read(value)
            except ValueError as error:
                raise ValueError(f"{field} ({self.controls[field].label}) {error}") from None
        return self.state(**read)


def columns(table: Table) -> dict[str, list[Any]]:
    """Turn a table into lists of one length, one for each column."""
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(column)) for column in table.values()))
    return {name: array.tolist() for name, array in zip(table, arrays, strict=True)}


def described(control: Control, value: Any) -> dict[str, Any]:
    """Describe a control that stands at a value to a page, in what JSON has.

    A slider of any kind is its ``values``, how each is ``written``, and the place ``at`` which it stands: a page counts
    steps and computes nothing.
    """
    about = {"kind": type(control).__name__.lower(), "label": control.label, "value": value}
    if isinstance(control, Choice):
        return about | {"options": list(control.options)}
    if isinstance(control, Switch):
        return about
    values = control.values()
    at = int(np.argmin(np.abs(np.asarray(values) - value)))
    return about | {"values": values, "written": [_written(each, control.readout) for each in values], "at": at}


def _written(value: float, readout: str) -> str:
    text = f"{value:{readout}}"
    return f"{float(text):,g}" if readout.endswith("g") else text  # three digits, without an exponent

"""The half of an explorer that needs no page: state, arrays, tables, words, and its controls as data.

It is the same under ipywidgets and in a page whose worker computes it, so NumPy is all that it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Count:
    """Whole numbers from low to high."""

    label: str
    low: int
    high: int
    step: int = 1
    readout: str = "d"


@dataclass(frozen=True)
class Choice:
    """One of several; ``sets`` says by option where other controls go when it is chosen."""

    label: str
    options: tuple[Any, ...]
    sets: Mapping[Any, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Switch:
    """On or off."""

    label: str


Control = Slider | LogSlider | Count | Choice | Switch
Controls = Mapping[str, Control]


def values_of(control: Slider | LogSlider | Count) -> list[float]:
    """Return all that a slider can be set to."""
    if isinstance(control, LogSlider):
        low, _, step = control.exponents
        return [10 ** (low + k * step) for k in range(control.steps + 1)]
    steps = range(round((control.high - control.low) / control.step) + 1)
    return [round(control.low + k * control.step, 10) + 0 for k in steps]  # no minus before zero


def read(control: Control, value: Any) -> Any:
    """Return a value that is legal for a control; raise a ValueError that says the rule for any other."""
    match control:
        case Switch():
            if not isinstance(value, bool):
                raise ValueError(f"must be true or false, got {value!r:.60}")
            return value
        case Choice(options=options):
            if isinstance(value, bool) or value not in options:
                raise ValueError(f"must be one of {', '.join(map(str, options))}, got {value!r:.60}")
            return options[options.index(value)]
    low, high = control.low, control.high
    slack = 1e-9 * low if isinstance(control, LogSlider) else 0.0  # its ends are powers of ten, to rounding
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not low - slack <= value <= high + slack:
        raise ValueError(f"must be a number from {low:g} to {high:g}, got {value!r:.60}")
    if not isinstance(control, Count):
        return float(value)
    if value != round(value):
        raise ValueError(f"must be a whole number, got {value:g}")
    return round(value)


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
    controls: Controls
    idle: Callable[[State], AbstractSet[str]] = _all_matter

    def setting(self, values: Mapping[str, Any]) -> State:
        """Make a state of values by their fields; what is left out stands where it stands at first.

        Raises
        ------
        ValueError
            If there is no such field, or no such value.
        """
        found = {}
        for name, value in values.items():
            if name not in self.controls:
                raise ValueError(f"there is no control {name!r:.60}; there are {', '.join(self.controls)}")
            try:
                found[name] = read(self.controls[name], value)
            except ValueError as error:
                raise ValueError(f"{name} ({self.controls[name].label}) {error}") from None
        return self.state(**found)


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
        return about | {"options": list(control.options), "sets": control.sets}
    if isinstance(control, Switch):
        return about
    values = values_of(control)
    at = int(np.argmin(np.abs(np.asarray(values) - value)))
    return about | {"values": values, "written": [_written(each, control.readout) for each in values], "at": at}


def _written(value: float, readout: str) -> str:
    text = f"{value:{readout}}"
    return f"{float(text):,g}" if readout.endswith("g") else text  # three digits, without an exponent

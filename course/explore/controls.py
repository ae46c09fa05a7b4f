"""Controls with real labels, wide enough to read; the name of a slider's handle is given by `page`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import ipywidgets as widgets

_WIDE: Final = {"description_width": "20em"}


def _layout() -> widgets.Layout:
    return widgets.Layout(width="42em", max_width="100%")


def slider(label: str, value: float, low: float, high: float, step: float) -> widgets.FloatSlider:
    """Even steps from low to high."""
    return widgets.FloatSlider(
        value=value,
        min=low,
        max=high,
        step=step,
        description=label,
        style=_WIDE,
        layout=_layout(),
        readout_format=".3g",
    )


def log_slider(
    label: str, value: float, low: float, high: float, *, steps: int = 40, readout: str = ".3g"
) -> widgets.FloatLogSlider:
    """Even ratios from low to high, so many steps in all; ``readout`` says how the value is written."""
    ends = math.log10(low), math.log10(high)
    return widgets.FloatLogSlider(
        value=value,
        base=10,
        min=ends[0],
        max=ends[1],
        step=(ends[1] - ends[0]) / steps,
        description=label,
        style=_WIDE,
        layout=_layout(),
        readout_format=readout,
    )


def count(label: str, value: int, low: int, high: int) -> widgets.IntSlider:
    """Whole numbers."""
    return widgets.IntSlider(value=value, min=low, max=high, description=label, style=_WIDE, layout=_layout())


def choice(label: str, value: Any, options: Sequence[Any]) -> widgets.Dropdown:
    """One of several, by name."""
    return widgets.Dropdown(value=value, options=list(options), description=label, style=_WIDE, layout=_layout())


def switch(label: str, value: bool) -> widgets.Checkbox:
    """On or off."""
    return widgets.Checkbox(value=value, description=label, style=_WIDE, layout=_layout(), indent=True)

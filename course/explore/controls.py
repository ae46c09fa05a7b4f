"""Controls as ipywidgets, wide enough to read; the name of a slider's handle is given by `page`."""

from __future__ import annotations

from typing import Any, Final

import ipywidgets as widgets

from course.explore.parts import Arithmetic, Choice, Control, Count, LogSlider, Slider

_WIDE: Final = {"description_width": "20em"}


def widgets_of[State, Arrays](arithmetic: Arithmetic[State, Arrays], start: State) -> dict[str, Any]:
    """Make one widget for each field of the state, set to its value; those without effect are disabled.

    Parameters
    ----------
    arithmetic : Arithmetic
        What they move.
    start : object
        The state at which they stand.
    """
    made = {field: _widget(control, getattr(start, field)) for field, control in arithmetic.controls.items()}

    def follow(name: str) -> None:
        for other, value in getattr(arithmetic.controls[name], "sets", {}).get(made[name].value, {}).items():
            made[other].value = value

    def disable(_: Any = None) -> None:
        idle = arithmetic.idle(setting(arithmetic, made))
        for field, widget in made.items():
            widget.disabled = field in idle

    for field, widget in made.items():
        widget.observe(lambda _, name=field: follow(name), names="value")
        widget.observe(disable, names="value")
    disable()
    return made


def setting[State, Arrays](arithmetic: Arithmetic[State, Arrays], made: dict[str, Any]) -> State:
    """Return the state that the widgets are set to."""
    return arithmetic.state(**{field: widget.value for field, widget in made.items()})


def _widget(control: Control, value: Any) -> widgets.Widget:
    look = {"style": _WIDE, "layout": widgets.Layout(width="42em", max_width="100%")}
    common = {"value": value, "description": control.label, **look}
    match control:
        case Slider(_, low, high, step, readout):
            return widgets.FloatSlider(min=low, max=high, step=step, readout_format=readout, **common)
        case LogSlider(readout=readout):
            low, high, step = control.exponents
            return widgets.FloatLogSlider(base=10, min=low, max=high, step=step, readout_format=readout, **common)
        case Count(_, low, high, step):
            return widgets.IntSlider(min=low, max=high, step=step, **common)
        case Choice(options=options):
            return widgets.Dropdown(options=options, **common)
    return widgets.Checkbox(indent=True, **common)

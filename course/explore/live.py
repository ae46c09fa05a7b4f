"""An explorer on a page of Jupyter: arithmetic, chart and still picture put together, and moved by its controls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import ipywidgets as widgets

from course.explore import controls
from course.explore.page import Page, Rows, Scene, frame
from course.explore.parts import Arithmetic, Table, columns


@dataclass(frozen=True)
class Explorer[State, Arrays]:
    """What one explorer is made of; all of it works without a browser.

    Attributes
    ----------
    arithmetic : Arithmetic
        What it computes and says, and its controls.
    chart : callable
        () -> the chart, which names its tables and holds no numbers.
    picture : callable
        State -> the picture standing still, for a page without a kernel.
    """

    arithmetic: Arithmetic[State, Arrays]
    chart: Callable[[], Any]
    picture: Callable[[State], HasHTML]


class HasHTML(Protocol):
    """What a notebook shows as HTML."""

    def _repr_html_(self) -> str: ...


class Live(widgets.VBox):  # type: ignore[misc]
    """An explorer on a page, which carries its still picture inside the same output.

    A page shows the richest form it can: the widgets where there is a kernel, the picture on paper, on a website or
    where a saved notebook is only looked at; never both.

    Parameters
    ----------
    children : list of Widget
        Picture, controls, and the line that says what they did.
    still : callable
        () -> the picture.
    """

    def __init__(self, children: list[widgets.Widget], still: Callable[[], HasHTML]) -> None:
        super().__init__(children)
        self._still = still

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        live: dict[str, Any] = super()._repr_mimebundle_(**options)
        return live | {"text/html": self._still()._repr_html_()}


def rows(table: Table) -> Rows:
    """Turn columns into the records that Vega reads; a number stands for every row."""
    found = columns(table)
    return [dict(zip(found, record, strict=True)) for record in zip(*found.values(), strict=True)]


def show[State, Arrays](explorer: Explorer[State, Arrays], start: State | None) -> widgets.VBox:
    """Put an explorer together: its chart, the controls under it, and the line that says what they did.

    Parameters
    ----------
    explorer : Explorer
        The parts.
    start : object or None
        Where the controls stand at first; None for the state's own defaults.

    Returns
    -------
    ipywidgets.VBox
        Shown by the notebook when it ends a cell.
    """
    arithmetic = explorer.arithmetic
    state = arithmetic.state() if start is None else start
    scene = Scene(explorer.chart().to_dict(), **_contents(arithmetic, state))
    made = controls.widgets_of(arithmetic, state)

    def update(_: Any) -> None:
        scene.show(**_contents(arithmetic, controls.setting(arithmetic, made)))

    for widget in made.values():
        widget.observe(update, names="value")
    panel = widgets.VBox(list(made.values()))
    panel.add_class("course-controls")
    box = Live([frame(), panel, Page(scene)], partial(explorer.picture, state))
    box.add_class("course-explorer")
    return box


def opening[State, Arrays](
    explorer: Explorer[State, Arrays], name: str, says: str
) -> Callable[[State | None], widgets.VBox]:
    """Make the function that a notebook calls to open an explorer.

    Parameters
    ----------
    explorer : Explorer
        The parts.
    name : str
        Of the function.
    says : str
        What one explores with it, in a sentence: the first line of its help.
    """

    def open_it(start: State | None = None) -> widgets.VBox:
        return show(explorer, start)

    open_it.__name__ = open_it.__qualname__ = name
    state = explorer.arithmetic.state.__name__
    open_it.__doc__ = (
        f"{says}\n\nParameters\n----------\nstart : {state}, optional\n    Where the controls stand at first.\n\n"
        "Returns\n-------\nipywidgets.VBox\n    Picture, controls and a line that says what they did.\n"
    )
    return open_it


def _contents[State, Arrays](arithmetic: Arithmetic[State, Arrays], state: State) -> dict[str, Any]:
    found = arithmetic.arrays(state)
    tables = {name: rows(table) for name, table in arithmetic.tables(found).items()}
    return {"tables": tables, "summary": arithmetic.summary(found), "picture": arithmetic.describe(found)}

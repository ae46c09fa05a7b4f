"""The pattern of every explorer: frozen state -> arrays -> tables of one chart -> controls that make a new state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import ipywidgets as widgets
import numpy as np
from numpy.typing import ArrayLike

from course.explore.page import Page, Rows, Scene, frame

Table = Mapping[str, ArrayLike]
Tables = Mapping[str, Table]


@dataclass(frozen=True)
class Explorer[State, Arrays]:
    """What one explorer is made of; everything but ``controls`` works without a browser.

    Attributes
    ----------
    state : type
        The class of its states; without arguments it makes the one that the controls stand at first.
    arrays : callable
        State -> arrays: what the setting means, by the concept modules.
    tables : callable
        Arrays -> the tables of the chart by name, each a mapping of columns.
    chart : callable
        () -> the chart, which names its tables and holds no numbers.
    summary, describe : callable
        Arrays -> one sentence that is read out, and the alternative text of the picture.
    controls : callable
        State -> one widget for each field of the state, under the field's name, set to its value.
    picture : callable
        State -> the picture standing still, for a page without a kernel.
    """

    state: type[State]
    arrays: Callable[[State], Arrays]
    tables: Callable[[Arrays], Tables]
    chart: Callable[[], Any]
    summary: Callable[[Arrays], str]
    describe: Callable[[Arrays], str]
    controls: Callable[[State], Mapping[str, widgets.Widget]]
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
    columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(column)) for column in table.values()))
    return [dict(zip(table, record, strict=True)) for record in zip(*(c.tolist() for c in columns), strict=True)]


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
    state = explorer.state() if start is None else start
    scene = Scene(explorer.chart().to_dict(), **_contents(explorer, explorer.arrays(state)))
    controls = explorer.controls(state)

    def update(_: Any) -> None:
        found = explorer.arrays(explorer.state(**{name: control.value for name, control in controls.items()}))
        scene.show(**_contents(explorer, found))

    for control in controls.values():
        control.observe(update, names="value")
    panel = widgets.VBox(list(controls.values()))
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
    state = explorer.state.__name__
    open_it.__doc__ = (
        f"{says}\n\nParameters\n----------\nstart : {state}, optional\n    Where the controls stand at first.\n\n"
        "Returns\n-------\nipywidgets.VBox\n    Picture, controls and a line that says what they did.\n"
    )
    return open_it


def _contents[State, Arrays](explorer: Explorer[State, Arrays], found: Arrays) -> dict[str, Any]:
    tables = {name: rows(table) for name, table in explorer.tables(found).items()}
    return {"tables": tables, "summary": explorer.summary(found), "picture": explorer.describe(found)}

"""The pattern of every explorer: frozen state -> arrays -> tables of one chart -> controls that make a new state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import ipywidgets as widgets
import numpy as np
from numpy.typing import ArrayLike

from course.explore.voice import Voice

Table = Mapping[str, ArrayLike]
Tables = Mapping[str, Table]
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Explorer[State, Arrays]:
    """What one explorer is made of; everything but ``controls`` works without a browser.

    Attributes
    ----------
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
    """

    arrays: Callable[[State], Arrays]
    tables: Callable[[Arrays], Tables]
    chart: Callable[[], Any]
    summary: Callable[[Arrays], str]
    describe: Callable[[Arrays], str]
    controls: Callable[[State], Mapping[str, widgets.Widget]]


def rows(table: Table) -> Rows:
    """Turn columns into the records that Vega reads; a number stands for every row."""
    columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(column)) for column in table.values()))
    return [dict(zip(table, record, strict=True)) for record in zip(*(c.tolist() for c in columns), strict=True)]


def show[State, Arrays](explorer: Explorer[State, Arrays], start: State) -> widgets.VBox:
    """Put an explorer together: its chart, the controls under it, and the line that says what they did.

    Parameters
    ----------
    explorer : Explorer
        The parts.
    start : object
        Where the controls stand at first.

    Returns
    -------
    ipywidgets.VBox
        Shown by the notebook when it ends a cell.
    """
    arrays = explorer.arrays(start)
    live = LiveChart(explorer.chart(), explorer.tables(arrays))
    voice = Voice(summary=explorer.summary(arrays), picture=explorer.describe(arrays))
    controls = explorer.controls(start)
    make_state = type(start)

    def update(_: Any) -> None:
        found = explorer.arrays(make_state(**{name: control.value for name, control in controls.items()}))
        live.push(explorer.tables(found))
        with voice.hold_sync():
            voice.picture, voice.summary = explorer.describe(found), explorer.summary(found)

    for control in controls.values():
        control.observe(update, names="value")
    panel = widgets.VBox(list(controls.values()))
    panel.add_class("course-controls")
    box = widgets.VBox([live.widget, panel, voice])
    box.add_class("course-explorer")
    return box


class LiveChart:
    """A chart whose tables are replaced in the running view, which is never drawn anew.

    Vega parameters would do it as well, but JupyterChart sends each one back to the kernel: during a drag an old
    picture can overtake a new one. The channel used here goes one way.

    Parameters
    ----------
    chart : altair chart
        Refers to its tables by name.
    tables : mapping
        The first contents.
    """

    def __init__(self, chart: Any, tables: Tables) -> None:
        alt.JupyterChart.enable_offline()
        first = {name: rows(table) for name, table in tables.items()}
        options = {"actions": False, "renderer": "svg"}  # SVG takes the ink of the page, in whatever theme
        self.widget = alt.JupyterChart(chart.properties(datasets=first), embed_options=options)

    def push(self, tables: Tables) -> None:
        """Replace the contents of the tables that changed, all in one redraw."""
        shown = self.widget.spec["datasets"]
        now = {name: found for name, table in tables.items() if (found := rows(table)) != shown[name]}
        if not now:
            return
        # Changed in place, so that nobody is told and nothing is drawn anew: a page that is loaded again starts here.
        shown.update(now)
        self.widget._py_to_js_updates = [
            {"namespace": "data", "name": name, "scope": [], "value": value} for name, value in now.items()
        ]

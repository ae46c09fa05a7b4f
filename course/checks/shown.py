"""Showing something in a notebook once, wherever in a cell it was made."""

from __future__ import annotations

import sys
from typing import Any


class Shown:
    """What is displayed when it is made, and by being a cell's last value only if it was made in another cell."""

    _cell: int | None = None

    def _ipython_display_(self) -> None:
        shell = _shell()
        if shell is None or shell.execution_count != self._cell:
            _display(self)


def show[T: Shown](made: T) -> T:
    """Display something now, where there is a notebook; elsewhere its caller gets it and nothing else happens.

    Parameters
    ----------
    made : Shown
        What to show.

    Returns
    -------
    Shown
        The same.
    """
    shell = _shell()
    if shell is not None:
        object.__setattr__(made, "_cell", shell.execution_count)  # it is frozen for everybody else
        _display(made)
    return made


def _shell() -> Any:
    """Return the shell of a notebook's kernel; None in a script, a terminal or a test."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell if getattr(shell, "kernel", None) else None


def _display(made: Any) -> None:
    from IPython.display import display

    page = {"text/plain": repr(made), "text/html": made._repr_html_()}
    display(page, raw=True)

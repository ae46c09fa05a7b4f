"""A bar for fits that take long; one that is over in five seconds shows nothing."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import numpy as np

from course.scale.ascent import Step

PATIENCE = 5.0  # seconds


class Progress:
    """Hears of every pass and, on a terminal or in a notebook, shows how far the climb is on a logarithmic scale."""

    def __init__(self, tolerance: float, *, shown: bool) -> None:
        self._tolerance, self._shown = tolerance, shown
        self._bar: Any = None
        self._task: Any = None
        self._first = 1.0

    def __enter__(self) -> Progress:
        """Nothing is shown yet."""
        return self

    def __call__(self, step: Step) -> None:
        """Move the bar."""
        self._first = max(self._first, step.to_gain)
        if self._shown and self._bar is None and step.seconds > PATIENCE:
            self._open()
        if self._bar is not None:
            done = np.log(self._first / max(step.to_gain, self._tolerance)) / np.log(self._first / self._tolerance)
            text = f"{step.kind}: log marginal {step.value:,.2f}, still to gain {step.to_gain:.1e}"
            self._bar.update(self._task, completed=float(done), description=text)

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        console = Console()
        if console.is_terminal or console.is_jupyter:
            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                TimeElapsedColumn(),
                console=console,
                transient=True,
                refresh_per_second=2,
            )
            self._bar.start()
            self._task = self._bar.add_task("", total=1.0)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

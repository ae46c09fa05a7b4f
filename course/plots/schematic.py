"""Networks as one would draw them on a whiteboard: boxes, arrows and springs. Nothing is measured here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from course.plots.figure import COMPLETE, INK, NONE, PARTIAL

_HEADS = (0.17, 0.5, 0.83)  # where the three heads stand


def sharing(axes: Sequence[Axes]) -> None:
    """Draw three ways to train three tasks, on three axes: a hard-shared trunk, a soft pull to the mean head, decay."""
    for ax, title in zip(axes, ("hard sharing", "soft sharing", "weight decay"), strict=True):
        ax.set(xlim=(0, 1), ylim=(0, 1), title=title)
        ax.axis("off")
        _box(ax, 0.5, 0.08, "features of the day", INK)
        for x, name in zip(_HEADS, "ABC", strict=True):
            _box(ax, x, 0.62, f"head {name}", PARTIAL)
    _box(axes[0], 0.5, 0.34, "trunk: one for all", NONE, linewidth=2.5)
    _arrow(axes[0], (0.5, 0.14), (0.5, 0.28))
    for x in _HEADS:
        _arrow(axes[0], (0.5, 0.4), (x, 0.56))
        for ax in axes[1:]:
            _arrow(ax, (0.5, 0.14), (x, 0.56))
        _spring(axes[1], (x, 0.68), (0.5, 0.88))
        _spring(axes[2], (x, 0.68), (x, 0.88))
        _box(axes[2], x, 0.93, "0", INK)
    _box(axes[1], 0.5, 0.93, "mean head", COMPLETE)


def _box(ax: Axes, x: float, y: float, text: str, color: str, **frame: Any) -> None:
    box = {"boxstyle": "round,pad=0.35", "edgecolor": color, "facecolor": "none", "linewidth": 1.5} | frame
    ax.text(x, y, text, ha="center", va="center", fontsize=9, bbox=box)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    ax.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": INK, "linewidth": 1.2})


def _spring(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A zigzag: what it joins may move, and pays for it."""
    along = np.linspace(0, 1, 12)
    side = np.r_[0, 0.018 * (-1.0) ** np.arange(10), 0]
    dx, dy = np.subtract(end, start)
    length = np.hypot(dx, dy)
    ax.plot(
        start[0] + along * dx - side * dy / length, start[1] + along * dy + side * dx / length, color=INK, linewidth=1
    )

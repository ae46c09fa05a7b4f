"""Pictures that more than one lesson draws. Arrays in, marks on axes out; nothing is computed here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from course.plots.figure import COMPLETE, INK, NONE, PARTIAL, POOLINGS, SERIES, Look


def reference_line(ax: Axes, at: float, label: str, *, vertical: bool = True, **options: Any) -> None:
    """Draw a dashed line across the axes with its name at the end."""
    line, place = (ax.axvline, {"x": at, "y": 1.0}) if vertical else (ax.axhline, {"x": 1.0, "y": at})
    line(at, color=INK, linewidth=0.9, linestyle=(0, (4, 3)), alpha=0.7, **options)
    transform = ax.get_xaxis_transform() if vertical else ax.get_yaxis_transform()
    side: Any = {"ha": "center", "va": "bottom"} if vertical else {"ha": "right", "va": "bottom"}
    ax.text(place["x"], place["y"], label, transform=transform, fontsize=9, **side)


def plain_numbers(*axes: Axes) -> None:
    """Write the ticks of logarithmic axes as numbers, not as powers of ten."""
    for ax in axes:
        for axis in (ax.xaxis, ax.yaxis):
            if axis.get_scale() != "linear":
                axis.set_major_formatter("{x:,g}")
        ax.minorticks_off()


def slopes(ax: Axes, own: ArrayLike, pooled: ArrayLike, labels: Sequence[str], *, mu: float | None = None) -> None:
    """Join each group's own estimate (open circle) to its pooled one (filled); one row a group, first on top."""
    own, pooled = np.asarray(own), np.asarray(pooled)
    rows = np.arange(len(labels))[::-1]
    ax.hlines(rows, own, pooled, color=INK, linewidth=1.0, alpha=0.6)
    ax.plot(own, rows, "o", color=NONE, markerfacecolor="none", markersize=7, markeredgewidth=1.6, label="own estimate")
    ax.plot(pooled, rows, "o", color=PARTIAL, markersize=6, label="partially pooled")
    ax.set_yticks(rows, labels)
    if mu is not None:
        reference_line(ax, mu, f"mean {mu:.3g}")
    ax.margins(y=0.08)


def density(
    ax: Axes, x: ArrayLike, height: ArrayLike, *, color: str = PARTIAL, label: str | None = None, **line: Any
) -> None:
    """Draw a density as a line over a light area, with a base at zero and no scale: only its shape is read."""
    ax.fill_between(np.asarray(x), np.asarray(height), color=color, alpha=0.15, linewidth=0)
    ax.plot(x, height, color=color, label=label, **line)
    ax.set_ylim(bottom=0)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)


def histogram(
    ax: Axes,
    draws: ArrayLike,
    *,
    range: tuple[float, float] | None = None,
    color: str = PARTIAL,
    label: str | None = None,
) -> None:
    """Draw a histogram of Monte Carlo draws, scaled as a density, light enough for a line on top."""
    ax.hist(np.asarray(draws).ravel(), bins=60, range=range, density=True, color=color, alpha=0.4, label=label)


def measured(ax: Axes, x: ArrayLike, measured: ArrayLike, exact: ArrayLike, look: Look, *, label: str) -> None:
    """Draw measured values as markers over the line that theory gives for them."""
    ax.plot(x, measured, look.marker, color=look.color, markersize=5.5, label=label)
    ax.plot(x, exact, look.dash, color=look.color)


def band(ax: Axes, x: ArrayLike, middle: ArrayLike, half: ArrayLike, look: Look, *, label: str) -> None:
    """Draw a line and, lightly, the band of this half width around it."""
    middle, half = np.asarray(middle), np.asarray(half)
    ax.fill_between(np.asarray(x), middle - half, middle + half, color=look.color, alpha=0.2, linewidth=0)
    ax.plot(x, middle, linestyle=look.dash, color=look.color, label=label)


def trajectory(ax: Axes, x: ArrayLike, y: ArrayLike, energy: ArrayLike, *, label: str) -> None:
    """Draw a trajectory point by point from its start (open circle), with the largest energy error in its name.

    A second one on the same axes gets another colour and marker.
    """
    x, y, energy = (np.asarray(a, dtype=float) for a in (x, y, energy))
    look = POOLINGS[2] if len(ax.lines) == 0 else POOLINGS[0]
    error = np.max(np.abs(energy - energy[0]))
    name = f"{label}: energy off by {error:.2g}" if np.isfinite(error) else f"{label}: diverges"
    ax.plot(x, y, look.dash, marker=look.marker, markersize=3, color=look.color, label=name)
    ax.plot(x[0], y[0], "o", color=INK, markerfacecolor="none", markersize=9)


def risk_axes(ax: Axes) -> None:
    """Label axes for risk per group against the distance of the truth from the target."""
    reference_line(ax, 1, "no shrinkage", vertical=False)
    ax.set(xlabel="distance of the truth from the target (standard errors)", ylabel="risk per group", ylim=(0, 1.15))
    ax.legend(loc="lower right")


def by_size(ax: Axes, size: str = "size of the group", error: str = "root mean squared error") -> None:
    """Label axes for errors against the size of groups, both logarithmic, in plain numbers."""
    ax.set(xscale="log", yscale="log", xlabel=size, ylabel=error)
    ax.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
    ax.set_yticks([0.3, 1, 3, 10, 30], ["0.3", "1", "3", "10", "30"])
    ax.minorticks_off()
    ax.legend()


def triptych(
    axes: Sequence[Axes],
    tau: ArrayLike,
    height: ArrayLike,
    mean: ArrayLike,
    sd: ArrayLike,
    labels: Sequence[str],
    unit: str = "",
) -> None:
    """Draw p(tau | y), E[theta_j | tau, y] and sd[theta_j | tau, y] against tau, each line named at its end."""
    tau, mean, sd = np.asarray(tau), np.asarray(mean), np.asarray(sd)
    density(axes[0], tau, height, color=COMPLETE)
    behind = f" ({unit})" if unit else ""
    for ax, title in zip(
        axes, ("p(tau | y)", f"E[theta | tau, y]{behind}", f"sd[theta | tau, y]{behind}"), strict=True
    ):
        ax.set(xlabel=f"tau{behind}", title=title)
    for ax, values in zip(axes[1:], (mean, sd), strict=True):
        for j in range(len(labels)):
            color, dash = SERIES[j % len(SERIES)], ("-", "--", ":")[j // len(SERIES) % 3]
            ax.plot(tau, values[:, j], color=color, linestyle=dash, linewidth=1.4)
        _name_ends(ax, tau[-1], values[-1], labels)
        ax.set_xlim(tau[0], tau[-1])


def _name_ends(ax: Axes, x: float, heights: Any, labels: Sequence[str]) -> None:
    """Write names at the right ends of lines, lines that end together on one row."""
    order = np.argsort(heights)
    gap = 0.045 * (float(np.max(ax.get_ylim())) - float(np.min(ax.get_ylim())))
    groups: list[list[int]] = []
    for j in order:
        if groups and heights[j] - heights[groups[-1][0]] < gap:
            groups[-1].append(int(j))
        else:
            groups.append([int(j)])
    for group in groups:
        text, at = " ".join(labels[j] for j in sorted(group)), float(np.mean(heights[group]))
        ax.annotate(text, (x, at), xytext=(4, 0), textcoords="offset points", fontsize=8.5, va="center")


def poolings(ax: Axes, x: ArrayLike, curves: Sequence[ArrayLike | None], band: ArrayLike, truth: ArrayLike) -> None:
    """Draw one group's curve under no, complete and partial pooling (None: there is none), a band and the truth."""
    low, high = np.asarray(band)
    ax.fill_between(np.asarray(x), low, high, color=PARTIAL, alpha=0.2, linewidth=0)
    for curve, look, label in zip(curves, POOLINGS, ("none", "complete", "partial, 89%"), strict=True):
        if curve is not None:
            ax.plot(x, curve, look.dash, color=look.color, label=label)
    ax.plot(x, truth, color=INK, linewidth=1.2, label="truth")


def calibration(ax: Axes, predicted: ArrayLike, observed: ArrayLike, look: Look, *, title: str) -> None:
    """Draw observed shares against predicted chances, with the diagonal on which both agree."""
    ax.plot([0, 1], [0, 1], color=INK, linewidth=0.8, alpha=0.6)
    ax.plot(predicted, observed, look.marker, color=look.color, markersize=6)
    ax.set(xlabel="predicted chance", ylabel="observed share", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), title=title)

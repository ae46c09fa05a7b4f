"""No pooling and complete pooling of lines, and the arrows from there to partial pooling."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from course.regression.groups import Rows, Sums, sums
from course.regression.population import Lines
from course.validate import BoolArray, FloatArray

MaskedArray = np.ma.MaskedArray[Any, np.dtype[np.float64]]


class OwnLines(NamedTuple):
    """Least-squares line of each group, arrays of shape (n_groups,).

    ``alpha`` and ``beta`` are masked where a group has no line of its own: ``has_line`` is False where all of its rows
    share one x (a single row does). Their mean outcome is known, at that x and nowhere else.
    """

    alpha: MaskedArray
    beta: MaskedArray
    has_line: BoolArray


class OneLine(NamedTuple):
    """The line for all groups, and the standard deviation of the rows about it (n - 2 in the denominator)."""

    alpha: float
    beta: float
    sigma: float


class Arrows(NamedTuple):
    """From each group's own line to its partially pooled one: arrays of shape (n_arrows,) for groups with both."""

    from_alpha: FloatArray
    from_beta: FloatArray
    to_alpha: FloatArray
    to_beta: FloatArray
    labels: NDArray[Any]
    without: NDArray[Any]


def own_lines(rows: Rows) -> OwnLines:
    """No pooling: least squares in each group by itself.

    Raises
    ------
    ValueError
        If no group has a line of its own.
    """
    data = sums(rows)
    has_line = data.xx > 0  # `sums` sees to it that equal numbers have exactly none
    if not has_line.any():
        raise ValueError(
            f"x must vary within some group, got one value in each of {data.n.size} groups: it is a predictor of groups"
        )
    beta = np.divide(data.xy, data.xx, out=np.zeros_like(data.xy), where=has_line)
    alpha = np.where(has_line, data.y - beta * data.x, 0.0)
    return OwnLines(np.ma.array(alpha, mask=~has_line), np.ma.array(beta, mask=~has_line), has_line)


def one_line(rows: Rows) -> OneLine:
    """Complete pooling: least squares through all rows, whatever their group."""
    y, x, _ = rows
    dx, dy = x - x.mean(), y - y.mean()
    beta = float(dx @ dy / (dx @ dx))
    left = max(float(dy @ dy) - beta * float(dx @ dy), 0.0)
    return OneLine(float(y.mean() - beta * x.mean()), beta, float(np.sqrt(left / max(len(y) - 2, 1))))


def within_sd(data: Sums) -> float:
    """Standard deviation of rows about their groups' own lines, pooled over groups with rows to spare.

    Raises
    ------
    ValueError
        If every group's line goes through all of its rows.
    """
    slope = data.xx > 0
    left = np.sum(data.yy - np.divide(data.xy**2, data.xx, out=np.zeros_like(data.xy), where=slope))
    spare = float(np.sum(data.n - 1 - slope))
    if spare <= 0:
        raise ValueError("rows must outnumber the lines' coefficients, got none to spare; every line fits perfectly")
    return float(np.sqrt(max(left, 0.0) / spare))


def arrows(own: OwnLines, pooled: Lines, labels: NDArray[Any]) -> Arrows:
    """Arrows in the plane of intercept and slope, for the groups that have a line of their own.

    Parameters
    ----------
    own : OwnLines
        From `own_lines`.
    pooled : Lines
        From `lines_given`: alpha and beta of shape (n_groups,), or (n, n_groups), which are averaged over draws.
    labels : ndarray, shape (n_groups,)
        Names of the groups.

    Returns
    -------
    Arrows
        ``without`` names the groups that have no arrow, since they have no line of their own to start from.
    """
    alpha, beta = (np.atleast_2d(values).mean(axis=0) for values in pooled[:2])
    if not len(labels) == len(own.has_line) == len(alpha):
        raise ValueError(
            f"own, pooled and labels must describe the same groups, got {len(own.has_line)}, {len(alpha)} and "
            f"{len(labels)}"
        )
    k = own.has_line
    start = (np.asarray(own.alpha.data[k]), np.asarray(own.beta.data[k]))
    return Arrows(*start, alpha[k], beta[k], labels[k], labels[~k])

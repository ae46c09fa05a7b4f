"""What a pooling costs, replication by replication, and what partial pooling gains over the other two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from course.validate import FloatArray, as_floats, refuse

Other = Literal["none", "complete"]


class Gain(NamedTuple):
    """Mean of the paired differences, its standard error over replications, and how many there were.

    Positive: partial pooling lost less. Units of the loss.
    """

    mean: float
    se: float
    replications: int

    def __str__(self) -> str:
        return f"{self.mean:+.3g} +- {self.se:.1g}"


@dataclass(frozen=True, eq=False)
class Scores:
    """Losses of the three poolings, each of shape (replications,); less is better.

    The three met the same worlds (or the same splits of one data set), so that they are compared in pairs.

    Raises
    ------
    ValueError
        If the three have unequal lengths, fewer than two replications, or a loss that is not finite.
    """

    none: FloatArray
    complete: FloatArray
    partial: FloatArray

    def __post_init__(self) -> None:
        for name in ("none", "complete", "partial"):
            loss = as_floats(name, getattr(self, name))
            refuse(
                ~np.isfinite(loss), name, loss, "must be finite", "did a pooling have no answer in this replication?"
            )
            object.__setattr__(self, name, loss)
        shapes = {self.none.shape, self.complete.shape, self.partial.shape}
        if len(shapes) > 1 or self.none.ndim != 1 or self.none.size < 2:
            raise ValueError(
                f"losses must be three lists of one length, two replications at least, got shapes {sorted(shapes)}; "
                "a standard error needs replications"
            )

    @property
    def means(self) -> tuple[float, float, float]:
        """Mean loss of no, complete and partial pooling."""
        return float(self.none.mean()), float(self.complete.mean()), float(self.partial.mean())

    def gain(self, over: Other) -> Gain:
        """What partial pooling saves against "none" or "complete"."""
        saved = (self.none if over == "none" else self.complete) - self.partial
        return Gain(float(saved.mean()), float(saved.std(ddof=1) / np.sqrt(saved.size)), saved.size)

    def best(self, sure: float = 4.0) -> tuple[str, ...]:
        """Poolings with the smallest mean loss, and those not told apart from it: within so many standard errors."""
        losses = {name: getattr(self, name) for name in ("none", "complete", "partial")}
        least = min(losses.values(), key=np.mean)
        return tuple(name for name, loss in losses.items() if _within(loss - least, sure))


def _within(more: FloatArray, sure: float) -> bool:
    """Whether a paired difference is no larger than so many standard errors, or than rounding."""
    return bool(more.mean() <= sure * more.std(ddof=1) / np.sqrt(more.size) + 1e-12)


def table(rows: Mapping[str, Scores], *, unit: str, digits: int = 2) -> str:
    """Lay out scores as text: the three mean losses, and the two gains of partial pooling with standard errors.

    Parameters
    ----------
    rows : mapping of str to Scores
        One line each.
    unit : str
        What is lost; the heading.
    digits : int
        Decimals.
    """
    width = max(len(unit), *(len(name) for name in rows)) + 2
    lines = [f"{unit:{width}}{'none':>8}{'complete':>10}{'partial':>9}{'gain over none':>17}{'over complete':>17}"]
    for name, scores in rows.items():
        none, complete, partial = (f"{loss:.{digits}f}" for loss in scores.means)
        gains = (f"{g.mean:+.{digits}f} +- {g.se:.{digits}f}" for g in (scores.gain("none"), scores.gain("complete")))
        lines.append(f"{name:{width}}{none:>8}{complete:>10}{partial:>9}" + "".join(f"{g:>17}" for g in gains))
    return "\n".join(lines)

"""The page "What is shown, and how": tables and a picture, made from what the runs in `benchmarks` have kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from course import plots
from course.errors import CourseError

RANKS: Final = 100  # a rank is 0 to 99
PANELS: Final = {"centred": "funnel_centred", "non-centred": "funnel_noncentred"}
_BAND = 0.99
_HEAD: Final = (
    "model", "worlds", "smallest p, corrected", "in 50%", "in 80%", "in 90%", "diverged", "slow", "refused",
    "parameters", "sampler", "where",
)  # fmt: skip
_TRIED: Final = (
    "module", "mutants", "tried", "killed", "equivalent", "killed since", "alive",
    "killed, of those not equivalent", "of those tried",
)  # fmt: skip
# Of these columns, in a line of calibration.txt; what follows a comma are the commits of the runs.
_AT: Final = (0, 1, 4, 5, 6, 7, 8, 9, 10, 2, 12, 13)


class Cell(NamedTuple):
    """Coverage of one interval in percent, its standard error, and whether each world has one such interval."""

    share: float
    error: float
    single: bool

    def __str__(self) -> str:
        """In bold where more than three standard errors and a point are missing."""
        text, error = f"{self.share:.1f} ± {self.error:.1f}", self.error
        if self.single and 0 < self.share < 95:  # the error of a share grows as the share falls: that of a true 95%
            error *= np.sqrt(95 * 5 / (self.share * (100 - self.share)))
        return f"**{text}**" if self.share < 95 - max(1.0, 3 * error) else text


def texts(root: Path) -> dict[str, str]:
    """What the page's markers stand for.

    Parameters
    ----------
    root : Path
        The repository.

    Returns
    -------
    dict of str
        By the name of the marker: verdict, table and picture of calibration; tables of coverage and of mutants.

    Raises
    ------
    CourseError
        If a file of a run is missing or has another form.
    """
    found = _read(root, "calibration")
    return {
        "calibrated": "\n".join(f"- {line}" for line in _verdict(found)),
        "calibration": _table(_HEAD, ([row[at].split(", ")[0] for at in _AT] for row in _rows(found, 14))),
        "ranks": f"```{{raw}} html\n{picture(root)._repr_html_()}\n```",
        "covered": coverage(_read(root, "scale_coverage")),
        "mutated": _table(_TRIED, iter(_rows(_read(root, "mutation"), len(_TRIED)))),
    }


def _read(root: Path, name: str) -> list[str]:
    path = root / "benchmarks" / f"{name}.txt"
    if not path.is_file():
        raise CourseError(f"{path.name} is missing", f"Make it with: python -m benchmarks.{name}")
    return path.read_text(encoding="utf-8").splitlines()


def _rows(lines: list[str], columns: int) -> list[list[str]]:
    """Cells of the first table: lines below the head, to the first empty one."""
    rows = [re.split(r"\s{2,}", line.strip()) for line in lines[1 : lines.index("")]]
    if wrong := [row for row in rows if len(row) != columns]:
        remedy = "Write it anew with --table, and mend course/app/site/shown.py if its form has changed"
        raise CourseError(f"a line has {len(wrong[0])} cells, not {columns}: {wrong[0]}", remedy)
    return rows


def _verdict(lines: list[str]) -> list[str]:
    """Between the first table and the second."""
    first = lines.index("") + 1
    return lines[first : lines.index("", first)]


def _table(head: tuple[str, ...], rows: Iterator[list[str]]) -> str:
    lines = (f"| {' | '.join(row)} |" for row in (list(head), ["---"] * len(head), *rows))
    return "\n".join(lines).replace(" ± ", "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}")


def coverage(lines: list[str]) -> str:
    """Coverage of 95% intervals: a row an interval, a column a number of groups.

    Parameters
    ----------
    lines : list of str
        Of scale_coverage.txt.
    """
    cells: dict[tuple[str, str], dict[str, Cell]] = {}
    for kind, groups, name, _, _, _, last, _ in _rows(lines, 8):
        share, error = map(float, last.split("±"))
        cells.setdefault((kind, name), {})[groups] = Cell(share, error, not name.startswith("groups"))
    sizes = sorted({one for row in cells.values() for one in row}, key=int)
    head = ("kind", "95% interval of", *(f"{int(one):,} groups" for one in sizes))
    return _table(head, ([*key, *(str(row.get(one, "")) for one in sizes)] for key, row in cells.items()))


def picture(root: Path) -> plots.Picture:
    """Share of worlds below each rank less what uniform ranks would have: both forms of the funnel, then all the rest.

    Parameters
    ----------
    root : Path
        The repository.
    """
    from arviz_stats.ecdf_utils import get_pointwise_confidence_band, simulate_confidence_bands

    names, kept = zip(*_kept(root), strict=True)
    wrong = re.findall(r"(\w+), p ", " ".join(_verdict(_read(root, "calibration"))))
    steps = np.arange(1, RANKS) / RANKS
    figure, axes = plots.subplots(1, 3, size=(10, 3.2), sharey=True)
    worlds = len(kept[names.index(PANELS["centred"])])
    inner: float = simulate_confidence_bands(  # type: ignore[no-untyped-call]
        worlds, 1, steps, _BAND, 2000, np.random.default_rng(1)
    )
    ends = get_pointwise_confidence_band(inner, worlds, steps)  # type: ignore[no-untyped-call]
    band = np.array(ends) - steps
    for ax, (title, name) in zip(axes, PANELS.items(), strict=False):
        ax.set_title(f"the funnel, {title}")
        for ranks, look in zip(kept[names.index(name)].T, ("-", "--", ":", "-."), strict=False):
            ax.plot(steps, _apart(ranks, steps), look, color=plots.INK)
    axes[2].set_title("models that should pass")
    for name, ranks in zip(names, kept, strict=True):
        scale = np.sqrt(len(ranks) / worlds)
        for one in () if name in wrong else ranks.T:
            axes[2].plot(steps[3::4], scale * _apart(one, steps[3::4]), color=plots.PARTIAL, linewidth=0.3)
    for ax in axes:
        ax.fill_between(steps, *band, color=plots.INK, alpha=0.15, linewidth=0)
        ax.set_xlabel("rank of the truth among 99 draws")
        ax.set_xticks([0, 0.5, 1], ["0", "50", "100"])
    axes[0].set_ylabel("share below, less uniform")
    return plots.picture(
        figure,
        alt="Three panels of wandering lines about zero and a grey band. Centred: the line of tau leaves the band. "
        "Non-centred: all lines stay in it. Models that should pass: many thin lines, nearly all of them in it.",
        caption=f"Grey: where a whole line stays in {_BAND:.0%} of cases if ranks are uniform, for {worlds} worlds; "
        "lines of other numbers of worlds are scaled to it. Left and middle: mu solid, tau dashed, two groups dotted.",
    )


def _kept(root: Path) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Ranks of each model, shape (worlds, parameters); without worlds that were refused."""
    for path in sorted((root / "benchmarks" / "calibrated" / "files").glob("*.csv")):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        if len(lines) > 1:
            ranks = np.genfromtxt(lines, delimiter=",", ndmin=2)[:, 4:]
            yield path.stem, ranks[(ranks >= 0).all(axis=1)]


def _apart(ranks: NDArray[np.float64], steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of one parameter."""
    return np.asarray(np.searchsorted(np.sort(ranks), RANKS * steps - 0.5) / len(ranks) - steps)

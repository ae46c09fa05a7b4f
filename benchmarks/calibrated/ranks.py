"""Ranks on disk, a file a model, and how they are judged.

A file begins with what it is of; then a line a world, in any order: its number, seconds in hundredths, divergences,
smallest effective size, ranks. A line is appended when its world is done, so that a run can be killed at any moment.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchmarks.calibrated.exactly import DRAWS
from benchmarks.calibrated.sampled import World

PLACE = Path(__file__).parent / "files"
LEVELS = (0.5, 0.8, 0.9)
NULLS = 50_000  # p-values down to 2e-5, for Holm's correction over hundreds of parameters

Ints = NDArray[np.int64]


class Kept(NamedTuple):
    """What a file holds: of which model, run at which commits; one row a world, sorted by number."""

    fingerprint: str
    commits: tuple[str, ...]
    names: tuple[str, ...]
    number: Ints
    seconds: NDArray[np.float64]
    divergent: Ints
    effective: Ints
    ranks: Ints

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Worlds that could not be fitted; their ranks are -1."""
        return np.asarray((self.ranks < 0).any(axis=1))


def begin(path: Path, fingerprint: str, commit: str, names: tuple[str, ...]) -> None:
    """Say what follows: at the beginning, and again where a run goes on under another commit."""
    path.parent.mkdir(exist_ok=True)
    text = f"# model {fingerprint} commit {commit}\n# world,centiseconds,divergent,effective,{'|'.join(names)}\n"
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(text)


def append(path: Path, number: int, seconds: float, world: World) -> None:
    """Keep one world: a single write, after what a kill may have left of a line."""
    torn = path.exists() and not path.read_bytes().endswith(b"\n")
    line = ",".join(map(str, (number, round(100 * seconds), world.divergent, world.effective, *world.ranks)))
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(("\n" if torn else "") + line + "\n")


def read(path: Path) -> Kept | None:
    """All whole lines of a file; None if there is none with a beginning. Of a world that was kept twice, the first."""
    if not path.exists():
        return None
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]  # without what follows the last end of line
    heads = [line.split() for line in lines if line.startswith("# model")]
    named = [line.split(",", 4)[4] for line in lines if line.startswith("# world")]
    if not (heads and named):
        return None
    names = tuple(named[0].split("|"))
    rows: dict[int, list[int]] = {}
    for line in lines:
        parts = line.split(",")
        if not line.startswith("#") and len(parts) == 4 + len(names):
            rows.setdefault(int(parts[0]), list(map(int, parts)))
    table = np.array([rows[k] for k in sorted(rows)], dtype=np.int64).reshape(-1, 4 + len(names))
    commits = tuple(dict.fromkeys(head[4] for head in heads))
    return Kept(heads[0][2], commits, names, table[:, 0], table[:, 1] / 100, *table[:, 2:4].T, table[:, 4:])


class Verdict(NamedTuple):
    """Of one parameter: p-value of uniform ranks, and shares of the 50%, 80% and 90% intervals that held the truth."""

    p: float
    covered: tuple[float, ...]


def judge(ranks: Ints) -> Verdict:
    """Judge the ranks of one parameter, shape (worlds,), each 0 to 99."""
    return Verdict(uniform(ranks), tuple(float(inside(ranks, level).mean()) for level in LEVELS))


def inside(ranks: Ints, level: float) -> NDArray[np.bool_]:
    """Whether the central interval holds the truth: so many of the 100 equally likely ranks lie in the middle."""
    out = round((1 - level) / 2 * (DRAWS + 1))
    return np.asarray((ranks >= out) & (ranks <= DRAWS - out))


def uniform(ranks: Ints) -> float:
    """p-value of the simultaneous test of Säilynoja, Bürkner & Vehtari (2022), Statistics and Computing 32, 32.

    At each of the 99 steps the number of smaller ranks is binomial. The statistic is the smallest of the 99 two-sided
    p-values; its law is simulated. ArviZ's `ecdf_pit` has the same band for one probability, but no p-value.
    """
    count = np.cumsum(np.bincount(ranks, minlength=DRAWS + 1))[:-1]
    least = _pointwise(ranks.size)[np.arange(DRAWS), count].min()
    return float((1 + np.searchsorted(_null(ranks.size), least * (1 + 1e-9), side="right")) / (NULLS + 1))


def band(worlds: int, probability: float = 0.99) -> tuple[Ints, Ints]:
    """Lowest and highest number of smaller ranks, at each of the 99 steps, that the simultaneous band allows."""
    gamma = _null(worlds)[int((1 - probability) * NULLS)]
    allowed = _pointwise(worlds) >= gamma
    return allowed.argmax(axis=1), worlds - allowed[:, ::-1].argmax(axis=1)


@cache
def _pointwise(worlds: int) -> NDArray[np.float64]:
    """Two-sided p-value of each count at each step, shape (99, worlds + 1)."""
    count, share = np.arange(worlds + 1), np.arange(1, DRAWS + 1)[:, None] / (DRAWS + 1)
    below, above = stats.binom.cdf(count, worlds, share), stats.binom.sf(count - 1, worlds, share)
    return np.asarray(np.minimum(1.0, 2 * np.minimum(below, above)))


@cache
def _null(worlds: int) -> NDArray[np.float64]:
    """The statistic of many worlds whose ranks are uniform, sorted."""
    rng, table, steps = np.random.default_rng(worlds), _pointwise(worlds), np.arange(DRAWS)
    blocks = []
    for _ in range(NULLS // 10_000):
        counts = rng.multinomial(worlds, np.full(DRAWS + 1, 1 / (DRAWS + 1)), 10_000).cumsum(axis=1)[:, :-1]
        blocks.append(table[steps, counts].min(axis=1))
    return np.sort(np.concatenate(blocks))


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust p-values for their number: Holm (1979), Scand. J. Statistics 6, 65-70."""
    order = np.argsort(p)
    scaled = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum(scaled, 1.0)
    return adjusted

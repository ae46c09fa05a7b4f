"""The README's table of speed: read from what benchmarks have kept, never older than the modules it is about."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from course import bundle
from course.errors import CourseError

_FIT: Final = (
    "ascent compiled coordinates counts curvature generalized grouped laplace logistic moments newton outcomes passes "
    "search small"
)
_NO_CODE: Final = (tokenize.COMMENT, tokenize.NL)
_BEFORE: Final = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
MEASURED: Final[Mapping[str, tuple[str, ...]]] = {
    "exact": ("course/__init__.py", "course/exact"),
    "bandits": ("course/bandits", "course/pooling.py"),
    "lessons": ("course/exact", "course/models.py", "course/plots", "notebooks/03_*.ipynb"),
    "scale": tuple(f"course/scale/{name}.py" for name in _FIT.split()),
    "checks": ("course/checks", "course/verdicts"),
    "drills": ("course/drills", "course/records", "course/app/cli_drill.py"),
    "site": (*(f"course/app/site/share/{name}.js" for name in ("keep", "python", "site", "worker")), "course/explore"),
}
"""By the name of a benchmark in the README's table: the code that its figures are about."""


class Row(NamedTuple):
    """A line of the table.

    Attributes
    ----------
    what : str
        Is measured.
    file : str
        The benchmark.
    found : tuple of str
        Patterns, each with a group for the figure; of several lines with one the range is said.
    unit : str
        Of the figures.
    aims : tuple of str
        As the figures.
    least : bool
        Whether an aim is the least, as a gain's is, and not the most.
    """

    what: str
    file: str
    found: tuple[str, ...]
    unit: str
    aims: tuple[str, ...]
    least: bool = False


ROWS: Final = (
    Row("`import course` over a bare interpreter", "exact", (r"^import course.* (\d+) ms +\d",), "ms", ("100",)),
    Row(
        "exact eight-schools posterior: all means, sds, 5 quantiles of 10 parameters and 8 weights",
        "exact", (r"^all means.* ([\d.]+) ms +\d",), "ms", ("10",),
    ),
    Row("100,000 independent joint draws of it", "exact", (r"^100,000 joint draws +(\d+) ms",), "ms", ("100",)),
    Row(
        "effective draws per second against `pm.sample` as a lesson calls it",
        "exact", (r"best pm.sample, all included +([\d,]+) x",), "x", ("1,000",), least=True,
    ),
    Row(
        "the same against the best NUTS (nutpie, non-centred), its compilation and start-up left out",
        "exact", (r"best NUTS, sampling only +([\d,]+) x",), "x", ("1,000",), least=True,
    ),
    Row(
        "Thompson sampling, 10 arms on 200 platforms: steps per second over MABWiser's loop; with NumPy's SFC64",
        "bandits", (r"^flat Thompson, 10 arms: .* (\d+) x$", r"SFC64 .* (\d+) x$"), "x", ("200", "200"), least=True,
    ),
    Row(
        "hierarchical Thompson sampling, 50 arms: over that loop with 50 arms; with 10",
        "bandits", (r"^Thompson, hier.* steps.s: (\d+) x", r"^Thompson, hier.* (\d+) x that with 10"),
        "x", ("20", "20"), least=True,
    ),
    Row(
        "lesson 03, kernel start to first posterior figure, imports included",
        "lessons", (r"first posterior figure +([\d.]+)",), "s", ("5",),
    ),
    Row(
        "10,000 cities, a million users, a line each: fit with standard errors",
        "scale", (r"^10,000 cities, 1,083,941 users: ([\d.]+) s",), "s", ("3",),
    ),
    Row("the same over a pass of the logistic function over the rows", "scale", (r"ms: (\d+) times",), "x", ("50",)),
    Row(
        "with two slopes that all cities share; Poisson with exposure and the same two",
        "scale", (r"^logistic, intercept and slope vary.*: ([\d.]+) s$", r"^Poisson .* two shared slopes: ([\d.]+) s"),
        "s", ("1.0", "0.6"),
    ),
    Row(
        "lme4's `glmer` (nAGQ = 1) over ours, 1,000 cities; 4,000, on a busy machine",
        "scale", (r"^glmer nAGQ=1, 1,000 cities.*: (\d+) times", r"^glmer nAGQ=1, 4,000 cities.*: (\d+) times"),
        "x", ("100", "100"), least=True,
    ),
    Row(
        "time per row, a million cities over 10,000; a thousand over 10,000",
        "scale", (r"^a row of a million .*: ([\d.]+) times", r"^a row of a thousand .*: ([\d.]+) times"),
        "x", ("1.2", "1.2"),
    ),
    Row(
        "an exercise's verdict, 95th percentile: number, function or reading; model",
        "checks", (r"^number, function, reading +\d+ +\S+ +([\d.]+)", r"^model +\d+ +\S+ +([\d.]+)"), "s", ("1", "5"),
    ),
    Row(
        "`course drill` to the first question; after 10,000 reviews",
        "drills", (r"nothing reviewed +([\d.]+)", r"question asked, 10,000 reviews +([\d.]+)"), "s", ("0.5", "0.7"),
    ),
    Row("10,000 reviews read and replayed through FSRS", "drills", (r"read and replayed +([\d.]+)",), "s", ("0.2",)),
    Row(
        "the website's first page: picture; live; live at 20 Mbit/s",
        "site", (r"this .* picture +([\d.]+) s", r"this .* live +([\d.]+) s", r"page, 20 .* live +([\d.]+) s"),
        "s", ("0.5", "4", "10"),
    ),
    Row(
        "key to repaint in the website, median of each picture; in JupyterLab, same run",
        "site", (r"^[a-z_]+ +(\d+) +\d+ +\d+ +\d+$", r"^[a-z_]+ +\d+ +\d+ +(\d+) +\d+$"), "ms", ("25", "40"),
    ),
)  # fmt: skip


def table(root: Path) -> str:
    """Write the table anew, in Markdown.

    Parameters
    ----------
    root : Path
        The repository.

    Raises
    ------
    CourseError
        If a file has no such figure.
    """
    lines = ["", "| what | measured | aim | kept in |", "|---|---|---|---|"]
    for row in ROWS:
        found = [_figures(root, row, pattern) for pattern in row.found]
        said = "; ".join(f"{' to '.join(dict.fromkeys((few[0], few[-1])))} {row.unit}" for few in found)
        aims = "; ".join(
            f"{aim} {row.unit}" + ("" if all(_reaches(one, aim, row.least) for one in few) else ", missed")
            for few, aim in zip(found, row.aims, strict=True)
        )
        lines.append(f"| {row.what} | {said} | {aims} | [{row.file}](benchmarks/{row.file}.txt) |")
    return "\n".join([*lines, ""])


def older(root: Path) -> Iterator[str]:
    """Find figures that are older than the code that they are about.

    Parameters
    ----------
    root : Path
        The repository.

    Yields
    ------
    str
        A sentence with the remedy, for each file of a benchmark.
    """
    for name in MEASURED:
        kept = re.findall(r"^code (.*)$", _read(root, name), re.MULTILINE)
        if kept != [stamp(root, name)]:
            code = ", ".join(MEASURED[name])
            yield f"benchmarks/{name}.txt is older than {code}: on a quiet computer, python -m benchmarks.{name}"


def code_line(name: str) -> str:
    """Return what a benchmark prints last: which code its figures are about.

    Parameters
    ----------
    name : str
        Of the benchmark, in `MEASURED`.
    """
    return f"code {stamp(bundle.root(), name)}"


def stamp(root: Path, name: str) -> str:
    """Sum up the code that a benchmark measures, without comments and docstrings: printed with its figures.

    Parameters
    ----------
    root : Path
        The repository.
    name : str
        Of the benchmark, in `MEASURED`.
    """
    total = hashlib.sha256()
    for place in MEASURED[name]:
        for path in sorted((root / place).rglob("*")) if (root / place).is_dir() else sorted(root.glob(place)):
            if path.suffix in {".py", ".js", ".ipynb"}:
                total.update(path.relative_to(root).as_posix().encode() + b"\0" + _code(path).encode() + b"\0")
    return total.hexdigest()[:12]


def _code(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code")
    if path.suffix == ".js":
        return text
    code: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NEWLINE and code and _is_text(code[-2:]):
            code.pop()
        elif token.type not in _NO_CODE:
            code.append(token)
    return " ".join(one.string.strip() or tokenize.tok_name[one.type] for one in code)


def _is_text(last: list[tokenize.TokenInfo]) -> bool:
    """Whether a line that ends here is a string and no more: a docstring."""
    return last[-1].type == tokenize.STRING and (len(last) == 1 or last[0].type in _BEFORE)


def _read(root: Path, name: str) -> str:
    path = root / "benchmarks" / f"{name}.txt"
    if not path.is_file():
        raise CourseError(f"{path.name} is missing", f"Make it with: python -m benchmarks.{name}")
    return path.read_text(encoding="utf-8")


def _figures(root: Path, row: Row, pattern: str) -> list[str]:
    """From the least to the most."""
    found = re.findall(pattern, _read(root, row.file), re.MULTILINE)
    if not found:
        remedy = "Measure anew, or mend the pattern in course/app/speed.py"
        raise CourseError(f"benchmarks/{row.file}.txt has no line for {row.what!r} ({pattern})", remedy)
    return sorted(found, key=_number)


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def _reaches(figure: str, aim: str, least: bool) -> bool:
    return _number(figure) >= _number(aim) if least else _number(figure) <= _number(aim)

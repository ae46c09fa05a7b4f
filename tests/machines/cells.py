"""What a lesson asserts, without the rest of it: many seeds in the time of one run.

``python -m tests.machines.cells notebooks/03 [--times 40] [--from 11]``: cells that assert something, and those that
they rest on, run in this process with other seeds each time.
"""

import argparse
import ast
import contextlib
import io
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat

from tests.machines import runs, shift

CLAIMS = ("assert ", "require_converged(")


def claims(notebook: Path) -> list[Any]:
    """Code cells that claim something of their run, and those before them that they need, in order."""
    cells = [cell for cell in nbformat.read(notebook, 4).cells if cell.cell_type == "code"]
    kept: list[Any] = []
    needed: set[str] = set()
    for cell in reversed(cells):
        made, used = _names(cell.source)
        if made & needed or any(word in cell.source for word in CLAIMS):
            kept.insert(0, cell)
            needed |= used
    return kept


def _names(source: str) -> tuple[set[str], set[str]]:
    """Names that a cell makes or changes in place, and names that it reads."""
    made, used = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else made).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            made.add(node.name)
        elif isinstance(node, ast.alias):
            made.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            made |= {child.id for child in ast.walk(node.value) if isinstance(child, ast.Name)}
    return made, used


def failures(cells: Sequence[Any], offsets: Sequence[int]) -> Iterator[tuple[int, str | None]]:
    """For each offset None, or the first cell that failed with its error."""
    compiled = [compile(cell.source, cell.id, "exec") for cell in cells]
    for offset in offsets:
        shift.install(offset)
        namespace: dict[str, Any] = {"__name__": "__main__", "display": lambda *_: None}
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                for code in compiled:
                    exec(code, namespace)
            yield offset, None
        except Exception as error:  # whatever a learner would have seen
            yield offset, f"{code.co_filename}: {type(error).__name__}: {error}"


def main() -> int:
    """Run them and say what failed; 1 if anything did."""
    parser = argparse.ArgumentParser(prog="python -m tests.machines.cells", description=__doc__)
    parser.add_argument("name", help="part of a notebook's path, such as notebooks/03")
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--from", dest="first", type=int, default=11, help="first offset")
    chosen = parser.parse_args()
    every = sorted([*runs.ROOT.glob("*/*.ipynb"), *runs.ROOT.glob("notebooks/*/*.ipynb")])
    (notebook,) = (path for path in every if chosen.name in path.as_posix())
    cells, start, failed = claims(notebook), time.monotonic(), 0
    print(f"{notebook.name}: {', '.join(cell.id for cell in cells)}", flush=True)
    for offset, what in failures(cells, range(chosen.first, chosen.first + chosen.times)):
        failed += what is not None
        if what:
            print(f"offset {offset}: {what}", flush=True)
    print(f"{chosen.times} times, {failed} failed, {(time.monotonic() - start) / chosen.times:.1f} s each")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())

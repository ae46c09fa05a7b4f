"""A table where the window is wide enough for one, and a list of its rows where it is not."""

import os
import shutil
from collections.abc import Sequence
from typing import Any, Literal

_NARROWEST = 60  # columns; below that a table is a grid of broken words
_USUAL = 80
# Typer draws frames about its help, which in a narrow window hold dots alone.
MARKUP: Literal["rich"] | None = "rich" if shutil.get_terminal_size().columns >= _NARROWEST else None


def width() -> int:
    """Columns of the window; 80 where there is none or where COLUMNS holds no positive number."""
    from rich.console import Console

    said = os.environ.get("COLUMNS", "")
    if said and not (said.isdecimal() and int(said) > 0):
        return _USUAL
    return Console().width or _USUAL


def show(headers: Sequence[str], rows: Sequence[Sequence[Any]], *, title: str = "") -> None:
    """Print rows under their headers, or in a narrow window one item a line.

    Parameters
    ----------
    headers : sequence of str
        One for each column; empty where a column needs none.
    rows : sequence of sequence
        Texts of Rich or strings, which are taken as they are.
    title : str
        Above it all.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    columns = width()
    texts = [[part if isinstance(part, Text) else Text(str(part), overflow="fold") for part in row] for row in rows]
    if columns >= _NARROWEST:
        table = Table(*headers, title=title or None)
        for row in texts:
            table.add_row(*row)
        Console(width=columns).print(table)
        return
    lines = [title] if title else []
    for row in texts:
        first, *rest = (part.plain for part in row)
        lines.append(first)
        lines += [
            f"  {f'{header}: ' if header else ''}{part}" for header, part in zip(headers[1:], rest, strict=True) if part
        ]
    print("\n".join(lines))

"""Data sets of the course: a CSV and a card each, inside the package, offline.

``load(name)`` returns the columns as NumPy arrays and checks the file against its card first, so that a damaged copy is
an error and not a wrong lesson.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import html
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Column", "DamagedDataError", "DataCard", "Dataset", "UnknownDataError", "card", "load", "names"]

# Where the default integer has 32 bits, as in a browser, the square of a count of people does not fit into it.
_TYPES: dict[str, type] = {"str": str, "int": np.int64, "float": float}
_MEND = "reinstall the package (or `git checkout course/data`)"


class UnknownDataError(ValueError):
    """No data set has this name."""


class DamagedDataError(ValueError):
    """The CSV in the package is not the one its card describes."""


@dataclass(frozen=True)
class Column:
    """What one column means: its type ("str", "int" or "float"), unit and meaning."""

    type: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class DataCard:
    """Where a data set comes from and what it contains."""

    name: str
    title: str
    source: str
    doi: str
    licence: str
    rows: int
    sha256: str
    notes: str
    columns: Mapping[str, Column]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Columns of a data set as read-only arrays, each also an attribute: ``load("rats").tumours``."""

    card: DataCard
    columns: Mapping[str, NDArray[Any]] = field(repr=False)

    def __getattr__(self, column: str) -> NDArray[Any]:
        # Only called for what is not a field; "columns" is absent while copy or pickle rebuild the object.
        columns = self.__dict__.get("columns", {})
        if column not in columns:
            raise AttributeError(f"{type(self).__name__} has no column {column!r}; it has {', '.join(columns)}")
        found: NDArray[Any] = columns[column]
        return found

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.columns]

    def __len__(self) -> int:
        return self.card.rows

    def __repr__(self) -> str:
        return f"<{self.card.name}: {len(self)} rows; columns {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        head = "".join(
            f"<th scope='col'>{name}<br><small>{html.escape(c.unit.replace('none', ''))}</small></th>"
            for name, c in self.card.columns.items()
        )
        rows = zip(*self.columns.values(), strict=True)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(str(value))}</td>" for value in row) + "</tr>" for row in rows
        )
        caption = html.escape(self.card.title)
        return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _folder() -> Traversable:
    return files(__package__) / "files"


def names() -> tuple[str, ...]:
    """Names of all data sets, in alphabetical order."""
    return tuple(sorted(f.name.removesuffix(".toml") for f in _folder().iterdir() if f.name.endswith(".toml")))


def card(name: str) -> DataCard:
    """Card of a data set: title, source, licence and the meaning of its columns.

    Raises
    ------
    UnknownDataError
        If there is none of this name; the message suggests the nearest.
    """
    if name not in names():
        near = difflib.get_close_matches(str(name), names(), n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names())}"
        raise UnknownDataError(f"no data set is called {name!r}: {hint}")
    fields = tomllib.loads((_folder() / f"{name}.toml").read_text(encoding="utf-8"))
    columns = {key: Column(**value) for key, value in fields.pop("columns").items()}
    return DataCard(name=name, columns=columns, **fields)


def load(name: str) -> Dataset:
    """Load a data set of the course.

    Parameters
    ----------
    name : str
        One of `names()`, for example ``"eight_schools"``.

    Returns
    -------
    Dataset
        Columns as attributes (read-only arrays) and the ``card`` that explains them.

    Raises
    ------
    UnknownDataError
        If there is none of this name; the message suggests the nearest.
    DamagedDataError
        If the file is not the one that the card describes.
    """
    about = card(name)
    try:
        content = (_folder() / f"{name}.csv").read_bytes()
    except OSError as error:
        raise DamagedDataError(f"{name}.csv cannot be read ({error.strerror}); {_MEND}") from None
    return parse(about, content)


def parse(about: DataCard, content: bytes) -> Dataset:
    """Read the bytes of a CSV as its card describes them; the checksum is over these bytes.

    Raises
    ------
    DamagedDataError
        If checksum, header, number of rows or a value differ from the card, naming the place.
    """
    # A checkout on Windows may have turned line ends into CRLF: the same data, so the same checksum.
    content = content.replace(b"\r\n", b"\n")
    found = hashlib.sha256(content).hexdigest()
    if found != about.sha256:
        raise DamagedDataError(
            f"{about.name}.csv has SHA-256 {found[:12]}..., its card says {about.sha256[:12]}...: the file was changed "
            f"or cut short ({_first_fault(about, content)}); {_MEND}"
        )
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8")))
    values = zip(*rows, strict=True)
    columns: dict[str, NDArray[Any]] = {
        key: np.array(v, dtype=_TYPES[about.columns[key].type]) for key, v in zip(header, values, strict=True)
    }
    for array in columns.values():
        array.flags.writeable = False
    return Dataset(about, columns)


def _first_fault(about: DataCard, content: bytes) -> str:
    """Where a damaged file first departs from its card."""
    try:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8", errors="replace"))))
    except csv.Error as error:
        return f"it is no CSV: {error}"
    header, rows = (lines[0], lines[1:]) if lines else ([], [])
    if header != list(about.columns):
        return f"its header is {header}, not {list(about.columns)}"
    for line, row in enumerate(rows, start=2):
        if len(row) != len(header):
            return f"line {line} has {len(row)} values, not {len(header)}"
        for key, text in zip(header, row, strict=True):
            try:
                _TYPES[about.columns[key].type](text)
            except (ValueError, OverflowError):
                return f"line {line}, column {key}: {text!r} is no {about.columns[key].type}"
    if len(rows) != about.rows:
        return f"it has {len(rows)} rows, not {about.rows}"
    return "every line can be read, so that some value is not the one it was"

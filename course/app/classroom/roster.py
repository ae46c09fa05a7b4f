"""Who is in the class: a table of students as offices and learning platforms export it."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from course.errors import CourseError, reason_of

_COLUMNS = {  # in English and German, as Moodle, Canvas, ILIAS and offices have them
    "id": (
        *("id", "student", "student id", "username", "user name", "login", "sis login id", "id number"),
        *("matriculation", "matrikelnummer", "matrikelnr.", "matrikelnr", "matr.-nr.", "id-nummer", "anmeldename"),
        *("benutzername", "kennung"),
    ),
    "first": ("first name", "firstname", "given name", "forename", "vorname", "vorname(n)"),
    "last": ("last name", "lastname", "surname", "family name", "nachname", "familienname"),
    "email": ("email", "e-mail", "email address", "e-mail address", "mail", "e-mail-adresse", "e-mail adresse"),
    "name": ("name", "full name", "student name", "student", "vollständiger name"),
}
_FORBIDDEN = re.compile(r"[/\\:*?\"<>|+\x00-\x1f]")
_SEPARATORS = ";\t,"


@dataclass(frozen=True)
class Student:
    """One of the class.

    Parameters
    ----------
    id : str
        What they are filed under; also the name of a folder.
    first, last, email : str
        As the roster has them, or nothing.
    """

    id: str
    first: str = ""
    last: str = ""
    email: str = ""


def read(path: Path) -> tuple[tuple[Student, ...], tuple[str, ...]]:
    """Read a roster.

    Parameters
    ----------
    path : Path
        A CSV file with a column ``id`` (or ``username``, ``Matrikelnummer`` ...), and if there are any ``first name``,
        ``last name``, ``email``, also in German. Separated by commas, semicolons or tabs, in UTF-8, UTF-16 or Windows'
        own letters.

    Returns
    -------
    tuple of tuple of Student and tuple of str
        The students in their order, and what was odd, a sentence each.

    Raises
    ------
    CourseError
        If it cannot be read, has no such column, or says two things of one student; with the line.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CourseError(f"cannot read the roster {path}: {reason_of(error)}", "Name a file in CSV") from error
    return parse(_decoded(raw), str(path))


def parse(text: str, name: str) -> tuple[tuple[Student, ...], tuple[str, ...]]:
    """Read the text of a roster, as `read` does a file called ``name``."""
    rows = list(_rows(text))
    if not rows:
        raise CourseError(f"the roster {name} is empty", "Give it a first line such as: id,first name,last name,email")
    place = _places(rows[0][1])
    if "id" not in place:
        columns = ", ".join(rows[0][1])
        wanted = "Name the column of their ids `id`, in the first line"
        raise CourseError(f"the roster {name} has no column of ids; its columns are {columns}", wanted)
    found: dict[str, tuple[int, Student]] = {}
    notes = []
    if not place.keys() & {"first", "last", "name"}:
        wanted = "name them `first name` and `last name`, or notebooks are known by their id alone"
        notes.append(f"No columns of names among {', '.join(rows[0][1])}: {wanted}.")
    for line, cells in rows[1:]:
        student = _student(cells, place, f"{name}, line {line}")
        same = student.id.casefold()  # on many disks two folders may not differ by capitals alone
        if same not in found:
            found[same] = (line, student)
        elif found[same][1] == student:
            notes.append(f"{student.id} stands in lines {found[same][0]} and {line}, and counts once.")
        else:
            said = f"lines {found[same][0]} and {line} of {name} are two students of one id, {student.id!r}"
            raise CourseError(said, "Give each student an id of their own, or remove one of the lines")
    return tuple(student for _, student in found.values()), tuple(notes)


def _decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")  # what spreadsheets write on Windows


def _rows(text: str) -> Iterable[tuple[int, list[str]]]:
    text = unicodedata.normalize("NFC", text)  # ü is one letter, however it was typed
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, [cell.strip() for cell in cells]


def _places(header: Sequence[str]) -> dict[str, int]:
    plain = [re.sub(r"[_\s]+", " ", cell).casefold().strip() for cell in header]
    found: dict[str, int] = {}
    for what, names in _COLUMNS.items():
        free = [name for name in names if name in plain and plain.index(name) not in found.values()]
        if free:
            found[what] = plain.index(free[0])
    return found


def _student(cells: Sequence[str], place: dict[str, int], where: str) -> Student:
    def cell(what: str) -> str:
        at = place.get(what)
        return cells[at] if at is not None and at < len(cells) else ""

    id = cell("id")
    if not id:
        raise CourseError(f"{where} has no id", "Give every student one")
    if _FORBIDDEN.search(id) or id.startswith(".") or id.endswith((".", " ")) or len(id) > 100:
        raise CourseError(f"{where}: {id!r} cannot be the name of a folder", "Use letters, digits, - and _")
    first, last = cell("first"), cell("last") or (cell("name") if "first" in place else "")  # Name; Vorname
    if not (first or last) and (name := cell("name")):
        last, _, first = (part.strip() for part in name.partition(",")) if "," in name else ("", "", "")
        if not last:
            first, _, last = (part.strip() for part in name.rpartition(" "))
    return Student(id, first, last, cell("email"))

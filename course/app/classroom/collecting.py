"""Taking in what students hand in: nbgrader's folders, or a folder of notebooks as learning platforms export it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from course.app.classroom import book
from course.app.classroom.folder import STAMP, Class, handed_in
from course.app.classroom.pupils import Pupils
from course.app.classroom.submissions import NoNotebookError, content, lesson_of
from course.errors import CourseError, writing_to
from course.records.files import write_atomically

_NOTEBOOK = (".ipynb", ".ipynb.txt", ".ipynb.json")  # as some browsers and mail programs name one
_ARCHIVES = {".zip", ".7z", ".rar", ".gz", ".tgz", ".tar"}
_KEPT = {".ipynb_checkpoints", "__MACOSX"}
_MOST_FILES = 20_000
_BESIDE = {".csv", ".tsv", ".txt", ".parquet", ".json"}
_MOST_BESIDE = 20_000_000


@dataclass
class Report:
    """What was taken in, and what was not.

    Parameters
    ----------
    taken : dict of tuple of str to Path
        By student and lesson: the file that counts.
    same : int
        So many of them had been collected before.
    notes : list of str
        What was odd, a sentence each.
    """

    taken: dict[tuple[str, str], Path] = field(default_factory=dict)
    same: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Handed:
    """A file as it came back: its bytes, its name, and whose it may be by its name or that of a folder around it."""

    raw: bytes
    name: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    path: Path
    raw: bytes
    when: datetime


def collect(
    of: Class, folder: Path, lesson: str | None = None, sort: Callable[[Handed], tuple[str, str]] | None = None
) -> Report:
    """Copy what was handed in into the folder of the class.

    A student is known by their id, or by first and last name, in the name of the file or of a folder around it; a
    lesson by the cells of its exercise. Of two notebooks of one student the later one counts, whenever each came.

    Parameters
    ----------
    of : Class
        The class.
    folder : Path
        What came back.
    lesson : str, optional
        Take this lesson alone.
    sort : callable, optional
        Returns the student and the name of what is no exercise; raises `NoNotebookError` to leave it out.

    Raises
    ------
    CourseError
        If there is no such folder.
    """
    if not folder.is_dir():
        hint = "Unpack it first" if folder.suffix.lower() in (".zip", ".gz", ".tar") else "Name a folder"
        raise CourseError(f"{folder} is no folder", hint)
    with of.alone():
        report = Report()
        pupils = Pupils(book.students(of))
        best: dict[tuple[str, str], _Found] = {}
        files = _files(folder)
        for path in filter(_is_notebook, files):
            _look(path, folder, lesson, pupils, best, report, sort)
        with writing_to(of.root, "Make room or give yourself permission there."):
            for (student, which), found in best.items():
                _take(of, student, which, found, report)
        _compare(best, report)
        _tell_others((path for path in files if not _is_notebook(path)), folder, pupils, report)
    return report


def _files(folder: Path) -> list[Path]:
    """Return what people have put there: no folders, and nothing that their system keeps for itself."""
    found = (path for path in folder.rglob("*") if not path.is_dir())
    own = (path for path in found if not _KEPT.intersection(path.parts) and not path.name.startswith("."))
    return sorted(islice(own, _MOST_FILES))


def _is_notebook(path: Path) -> bool:
    return path.name.lower().endswith(_NOTEBOOK)


def _tell_others(others: Iterable[Path], folder: Path, pupils: Pupils, report: Report) -> None:
    """Say what is there of students of whom no notebook was taken in: else a zip would be 0 points without a word."""
    taken = {student for student, _ in report.taken}
    left: dict[str, list[Path]] = {}
    for path in others:
        students = pupils.of(path.relative_to(folder))
        if len(students) == 1 and students[0] not in taken and path.name != STAMP:
            left.setdefault(students[0], []).append(path)
    for student, paths in left.items():
        packed = any(path.suffix.lower() in _ARCHIVES for path in paths)
        way = "unpack it where it is, and collect again" if packed else "ask for the file that ends in .ipynb"
        names = ", ".join(path.relative_to(folder).as_posix() for path in paths[:3])
        report.notes.append(f"No notebook of {student} was taken in, but there is {names}: {way}.")


def _look(
    path: Path,
    folder: Path,
    lesson: str | None,
    pupils: Pupils,
    best: dict[tuple[str, str], _Found],
    report: Report,
    sort: Callable[[Handed], tuple[str, str]] | None,
) -> None:
    name = path.relative_to(folder).as_posix()
    if not path.resolve().is_relative_to(folder.resolve()):
        report.notes.append(f"{name} is a link to a file elsewhere, and is not followed.")
        return
    if sort:
        try:
            raw = content(path)
            student, which = sort(Handed(raw, name, tuple(pupils.of(path.relative_to(folder)))))
        except NoNotebookError as error:
            report.notes.append(f"{name} was left out. {error}")
        else:
            _keep_later(best, report, folder, student, which, _Found(path, raw, handed_in(path)))
        return
    students = pupils.of(path.relative_to(folder))
    if len(students) != 1:
        if students:
            why = f"could be of {' and '.join(students)}: keep the id or the name of one in its path."
        else:
            why = "names nobody of the roster: put the student's id into the name of the file, or of its folder."
        report.notes.append(f"{name} {why}")
        return
    (student,) = students
    try:
        raw = content(path)
        which = lesson_of(raw, name)
    except NoNotebookError as error:
        if lesson is None:
            report.notes.append(f"{name}, of {student}, was left out. {error}")
            return
        raw, which = _readable(path), lesson  # graded all the same: the feedback says what is wrong with it
        report.notes.append(f"{name}, of {student}, has no points to find. {error}")
    if lesson is not None and which != lesson:
        report.notes.append(f"{name}, of {student}, was left out: it is the exercise of {which}, not {lesson}.")
        return
    _keep_later(best, report, folder, student, which, _Found(path, raw, handed_in(path)))


def _keep_later(
    best: dict[tuple[str, str], _Found], report: Report, folder: Path, student: str, which: str, found: _Found
) -> None:
    before = best.get((student, which))
    if before is not None:
        later, earlier = (found, before) if found.when >= before.when else (before, found)
        same = "the same twice" if later.raw == earlier.raw else "the later one counts"
        first, second = (one.path.relative_to(folder).as_posix() for one in (earlier, later))
        report.notes.append(f"{student} handed in {first}, and then {second}: {same}.")
        found = later
    best[student, which] = found


def _readable(path: Path) -> bytes:
    try:
        return content(path)
    except NoNotebookError:
        return b""


def _take(of: Class, student: str, lesson: str, found: _Found, report: Report) -> None:
    target = of.submitted(student, lesson)
    when, before = found.when, handed_in(target) if target.is_file() else None
    if before and target.read_bytes() == found.raw:
        report.same += 1
        when = min(when, before)  # unpacked once more, a file is dated today: that makes nobody late
    elif before and before > when:
        report.notes.append(
            f"{found.path.name} of {student}, of {when:%Y-%m-%d %H:%M}, was left out: what was collected before is of "
            f"{before:%Y-%m-%d %H:%M}, and the later one counts. To take the earlier one remove {target} first."
        )
        return
    else:
        write_atomically(target, found.raw)
    write_atomically(target.with_name(STAMP), when.strftime("%Y-%m-%d %H:%M:%S %Z\n").encode())
    report.taken[student, lesson] = found.path
    if [path for path in found.path.parent.iterdir() if _is_notebook(path) and path != found.path]:
        return  # a folder of many students' notebooks: whose a table is nobody knows
    for beside in found.path.parent.iterdir():
        table = beside.suffix.lower() in _BESIDE and beside.name != STAMP and beside != found.path
        plain = table and not beside.is_symlink()
        if plain and beside.is_file() and beside.stat().st_size <= _MOST_BESIDE:
            write_atomically(target.with_name(beside.name), beside.read_bytes())


def _compare(best: Mapping[tuple[str, str], _Found], report: Report) -> None:
    """Say whose notebooks are the same to the last byte."""
    by_content: dict[tuple[str, bytes], list[str]] = {}
    for (student, lesson), found in best.items():
        by_content.setdefault((lesson, found.raw), []).append(student)
    for (lesson, raw), students in by_content.items():
        if len(students) > 1 and raw:
            report.notes.append(f"{lesson} of {', '.join(students)} is one file, to the last byte.")

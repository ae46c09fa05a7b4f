"""The learner's own copy of the lessons, kept up to date without ever touching an edit.

A manifest in the workspace remembers what was delivered. A file that still has that fingerprint is ours to replace; any
other file belongs to the learner, and a newer lesson is put beside it.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from itertools import count
from pathlib import Path
from typing import Any

from course import __version__, bundle
from course.errors import CourseError, at_home, expanded, writing_to
from course.records.files import remove_leftovers, write_atomically

MANIFEST = ".course/manifest.json"
_FORMAT = 1
_DAMAGED = (ValueError, KeyError, TypeError, AttributeError, RecursionError)  # what reading foreign JSON can raise
_REMEDY = "Choose another folder (course lab --dir DIR, course start DIR), or mend that one."


class Action(Enum):
    """What to do with one file of the course."""

    DELIVER = "deliver"
    UPDATE = "update"
    OFFER = "put beside"
    LEAVE = "leave"


@dataclass(frozen=True)
class Entry:
    """What the manifest remembers about a file: the fingerprints last delivered, and last put beside an edited copy."""

    delivered: str | None
    offered: str | None = None


@dataclass(frozen=True)
class Report:
    """What `sync` did; names are relative to ``folder``, with forward slashes."""

    folder: Path
    delivered: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()  # (the edited lesson, the new version next to it)
    damaged_manifest: Path | None = None


def default_folder() -> Path:
    """Return the workspace used when none is named: ``$COURSE_DIR``, or a folder in the user's documents."""
    if chosen := os.environ.get("COURSE_DIR"):
        return expanded(chosen, "COURSE_DIR")
    from platformdirs import user_documents_path

    with at_home("COURSE_DIR"):
        return user_documents_path() / "borrowing-strength"


def fingerprint(path: Path) -> str:
    """Return a digest of what a learner can edit in a file.

    For a notebook that is the cells in their order: type, source, attachments and tags. Outputs, execution counts, cell
    ids and everything a front end adds by itself do not count, nor do empty cells: running the last cell of a notebook
    with Shift-Enter appends one. For any other file, and for a notebook that cannot be read, it is every byte.

    Parameters
    ----------
    path : Path
        An existing file.

    Returns
    -------
    str
        A hexadecimal SHA-256.
    """
    content = path.read_bytes()
    if path.suffix == ".ipynb":
        with suppress(*_DAMAGED):  # then it is not a notebook, and ours to replace only if it is ours byte for byte
            content = _editable(json.loads(content))
    return hashlib.sha256(content).hexdigest()


def _editable(notebook: dict[str, Any]) -> bytes:
    cells = [_cell(cell) for cell in notebook["cells"]]
    return json.dumps(
        [cell for cell in cells if cell["source"].strip() or cell["attachments"]], sort_keys=True
    ).encode()


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    metadata = cell.get("metadata", {})
    return {
        "type": cell["cell_type"],
        "source": "".join(cell["source"]),  # a string, or a list of lines: both are valid
        "attachments": cell.get("attachments") or {},
        "tags": sorted(metadata.get("tags", [])),
        "nbgrader": metadata.get("nbgrader"),
    }


def decide(packaged: str, current: str | None, entry: Entry | None) -> Action:
    """Choose what happens to one file.

    Parameters
    ----------
    packaged : str
        Fingerprint of the file in this version of the course.
    current : str or None
        Fingerprint of the file in the workspace, None when it is not there.
    entry : Entry or None
        What the manifest says; None when it says nothing, and then the file counts as edited.

    Returns
    -------
    Action
        `Action.UPDATE`, the only one that replaces a file, needs proof that the learner has not changed it.
    """
    if current is None:
        return Action.DELIVER
    if current == packaged:
        return Action.LEAVE
    if entry is not None and current == entry.delivered:
        return Action.UPDATE
    if entry is not None and packaged in (entry.delivered, entry.offered):
        return Action.LEAVE
    return Action.OFFER


def sync(folder: Path, *, source: Mapping[str, Path] | None = None, version: str = __version__) -> Report:
    """Bring a workspace up to date; safe to repeat and to interrupt.

    Parameters
    ----------
    folder : Path
        The workspace; made when it does not exist.
    source : mapping of str to Path, optional
        What to deliver; by default the lessons of this installation.
    version : str
        Named in the file put beside an edited lesson.

    Returns
    -------
    Report
        What was delivered, replaced and put beside.

    Raises
    ------
    CourseError
        If the folder cannot be written, is the repository itself, or there is nothing to deliver.
    """
    source = bundle.files() if source is None else source
    bundle.require_sound(source)
    _require_usable(folder, source)
    with writing_to(folder, _REMEDY):
        folder.mkdir(parents=True, exist_ok=True)
        entries, damaged = _read_manifest(folder)
        report = Report(folder, damaged_manifest=damaged)
        for name, path in source.items():
            report, entries[name] = _sync_one(report, name, path, entries.get(name), version)
        _write_manifest(folder, entries, version)
        _clean(folder, source)
    return report


def _require_usable(folder: Path, source: Mapping[str, Path]) -> None:
    if not source:
        again = bundle.REINSTALL
        raise CourseError("this installation contains no lessons", f"Install it again: {again}")
    if folder.resolve() == bundle.root():
        raise CourseError(
            f"{folder} is the course's own repository, not a place for a copy of it",
            "Open the repository itself with: course lab --author",
        )


def _sync_one(report: Report, name: str, source: Path, entry: Entry | None, version: str) -> tuple[Report, Entry]:
    target, packaged = report.folder / name, fingerprint(source)
    current = fingerprint(target) if target.exists() else None
    match decide(packaged, current, entry):
        case Action.LEAVE:
            return report, Entry(packaged) if entry is None or current == packaged else entry
        case Action.OFFER:
            beside = _offer(target, source, packaged, entry, version).relative_to(report.folder).as_posix()
            offered = Entry(entry.delivered if entry else None, packaged)
            return replace(report, beside=(*report.beside, (name, beside))), offered
        case Action.UPDATE:
            write_atomically(target, bundle.handout(source))
            return replace(report, updated=(*report.updated, name)), Entry(packaged)
        case Action.DELIVER:
            write_atomically(target, bundle.handout(source))
            return replace(report, delivered=(*report.delivered, name)), Entry(packaged)


def _offer(target: Path, source: Path, packaged: str, entry: Entry | None, version: str) -> Path:
    """Put the new version beside an edited one, over nothing but an untouched earlier offer."""
    replaceable = {packaged, entry.offered if entry else None}
    free = (path for path in _names_beside(target, version) if not path.exists() or fingerprint(path) in replaceable)
    beside = next(free)
    if not beside.exists() or fingerprint(beside) != packaged:
        write_atomically(beside, bundle.handout(source))
    return beside


def _names_beside(target: Path, version: str) -> Iterator[Path]:
    # No spaces or brackets: the name is also typed in shells and shown in addresses.
    stem = f"{target.stem}_new_in_{version}"
    yield target.with_name(f"{stem}{target.suffix}")
    yield from (target.with_name(f"{stem}_{number}{target.suffix}") for number in count(2))


def _read_manifest(folder: Path) -> tuple[dict[str, Entry], Path | None]:
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_bytes())
        if content["format"] != _FORMAT:
            raise ValueError(content["format"])
        return {str(name): Entry(**entry) for name, entry in content["files"].items()}, None
    except FileNotFoundError:
        return {}, None
    except _DAMAGED:
        return {}, _set_aside(path)


def _set_aside(path: Path) -> Path:
    # Kept, not deleted: it may be the only trace of what went wrong.
    names = (path.with_name(f"manifest.damaged-{number}.json") for number in count(1))
    return path.rename(next(name for name in names if not name.exists()))


def _write_manifest(folder: Path, entries: Mapping[str, Entry], version: str) -> None:
    files = {name: vars(entry) for name, entry in entries.items()}
    text = json.dumps({"format": _FORMAT, "version": version, "files": files}, indent=1, sort_keys=True) + "\n"
    path = folder / MANIFEST
    if not path.exists() or path.read_bytes() != text.encode():
        write_atomically(path, text.encode())


def _clean(folder: Path, names: Iterable[str]) -> None:
    for place in {(folder / name).parent for name in [*names, MANIFEST]}:
        remove_leftovers(place)

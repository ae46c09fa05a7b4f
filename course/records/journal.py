"""An append-only file of events that survives a kill at any moment, two writers at once, and an upgrade.

What its lines are is in `lines`. A record counts once its newline is on the disk. Nothing is ever rewritten in place:
a file that is not ours, or that something else has damaged, is set aside under another name, and what can be read of it
is carried over.
"""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

from course.errors import CourseError, at_home, expanded, reason_of, writing_to
from course.records.files import write_atomically
from course.records.lines import Contents, Event, contents, header, line, of_file

_PATIENCE = 10.0  # seconds to wait for another notebook that is writing
_REMEDY = "Make room or give yourself permission there, or name another folder in the variable COURSE_DATA."


def folder() -> Path:
    """Return where a learner's own records are kept: ``$COURSE_DATA``, or the platform's folder for user data."""
    if chosen := os.environ.get("COURSE_DATA"):
        return expanded(chosen, "COURSE_DATA")
    from platformdirs import user_data_path

    with at_home("COURSE_DATA"):
        return user_data_path("borrowing-strength", appauthor=False)


def place(kind: str) -> Path:
    """Return where the learner's own journal of a kind is; `folder` says where all of them are."""
    # JupyterLite takes a file with json in its name for one value, and never ends when it is more than one.
    return folder() / f"{kind}.{'txt' if sys.platform == 'emscripten' else 'jsonl'}"


def given(path: Path, kind: str) -> tuple[Path, Contents]:
    """Read a journal that somebody names, such as one from a browser.

    Parameters
    ----------
    path : Path
        As it was typed.
    kind : str
        What it should record.

    Returns
    -------
    tuple of Path and Contents
        Where it is, and what it holds.

    Raises
    ------
    CourseError
        If it cannot be read, or is no such file, or a newer version of the course wrote it.
    """
    path = expanded(path, "the file")
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = "there is none" if isinstance(error, FileNotFoundError) else error.strerror
        raise CourseError(f"cannot read {path}: {reason}", f"Name a file of {kind}") from error
    return path, of_file(content, kind, str(path))


@dataclass(frozen=True)
class Journal:
    """One file of events.

    Parameters
    ----------
    path : Path
        The file; made with the first event, with its folder.
    kind : str
        What it records (``"progress"``), written into its first line.
    """

    path: Path
    kind: str

    def read(self) -> tuple[Event, ...]:
        """Return all events in the order in which they were written; none when there is no file.

        Lines that are no record are passed over here, and mended by the next `append`.

        Raises
        ------
        CourseError
            If a newer version of the course wrote the file, or it cannot be read.
        """
        return self._contents().events

    def append(self, event: Event) -> Path | None:
        """Write one event, as `extend` writes several."""
        return self.extend((event,))

    def extend(self, events: Iterable[Event]) -> Path | None:
        """Write events; when this returns, they are on the disk.

        Parameters
        ----------
        events : iterable of mapping
            Each anything that JSON can hold.

        Returns
        -------
        Path or None
            Where a damaged or foreign file was set aside, None when all was well.

        Raises
        ------
        CourseError
            If the place cannot be written, another program holds the file, or a newer version of the course wrote it.
        """
        written = b"".join(map(line, events))
        with writing_to(self.path.parent, _REMEDY):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._locked():
                aside = self._mend()
                self._write(written if self.path.exists() else header(self.kind) + written)
        return aside

    def set_aside(self, why: str) -> Path | None:
        """Give the file another name, so that the next event begins a new one.

        Parameters
        ----------
        why : str
            A word for the name, such as ``"reset"``.

        Returns
        -------
        Path or None
            The new name; None when there was no file.
        """
        with writing_to(self.path.parent, _REMEDY):
            if not self.path.exists():
                return None
            with self._locked():
                return self.path.rename(self._free_name(why))

    def _contents(self) -> Contents:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return Contents()
        except OSError as error:
            raise CourseError(
                f"cannot read {self.path}: {reason_of(error).replace('write there', 'read it')}", _REMEDY
            ) from error
        return contents(content, self.kind, str(self.path))

    def _mend(self) -> Path | None:
        """Remove what a kill left at the end; set aside a file that something else has damaged."""
        if not self.path.exists():
            return None
        contents = self._contents()
        if contents.foreign or contents.bad or contents.dressed:
            # Copied, not renamed: a kill between the two steps must leave the file where it is looked for.
            aside = Path(shutil.copy2(self.path, self._free_name("damaged")))
            write_atomically(self.path, header(self.kind) + b"".join(map(line, contents.events)))
            return aside
        os.truncate(self.path, contents.end)
        if not contents.end:
            self.path.unlink()  # killed within the very first line: begin again, with a header
        return None

    def _write(self, content: bytes) -> None:
        with self.path.open("ab", buffering=0) as file:
            while content:  # a disk that has just filled takes a part, and says so only by how much
                content = content[file.write(content) :]
            os.fsync(file.fileno())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other notebooks from writing; the system ends the lock of a process that is killed."""
        try:
            lock = FileLock(self.path.with_name(self.path.name + ".lock"))
            with lock.acquire(timeout=_PATIENCE, poll_interval=0.005):
                yield
        except Timeout as error:
            raise CourseError(
                f"{self.path} has been held by another program for {_PATIENCE:.0f} s", "Close it and try again"
            ) from error

    def _free_name(self, why: str) -> Path:
        day = datetime.now().strftime("%Y-%m-%d")
        stem, suffix = self.path.stem, self.path.suffix
        names = (self.path.with_name(f"{stem}.{why}-{day}-{number}{suffix}") for number in count(1))
        return next(name for name in names if not name.exists())

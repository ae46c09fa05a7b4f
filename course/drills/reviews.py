"""A learner's reviews: what was asked, when, and how it went, in an append-only journal like that of the exercises."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from course.drills.history import KIND, Review, event_of, missing, named, of_file, told_of_file, understood, undo_of
from course.errors import expanded, writing_to
from course.records.files import write_atomically
from course.records.journal import Journal, given, place
from course.records.lines import header, line

if TYPE_CHECKING:
    import fsrs

is_kept = True


def journal() -> Journal:
    """Return the learner's journal of reviews."""
    return Journal(place(KIND), KIND)


def note(review: Review) -> tuple[Review, Path | None]:
    """Write a review down; it is on the disk when this returns.

    Parameters
    ----------
    review : Review
        What happened; its ``when`` has a time zone.

    Returns
    -------
    tuple of Review and Path or None
        The review with its id, and where a damaged journal was set aside.

    Raises
    ------
    CourseError
        If it cannot be written.
    """
    kept = named(review)
    return kept, journal().append(event_of(kept))


def take_back(review: Review) -> Path | None:
    """Write down that a review does not count; nothing is removed.

    Parameters
    ----------
    review : Review
        As `note` returned it.
    """
    return journal().append(undo_of(review))


def take(path: Path) -> tuple[str, Path | None]:
    """Take in a file of reviews, from a browser or another computer: what is not here yet.

    Parameters
    ----------
    path : Path
        As a page or `give` wrote it.

    Returns
    -------
    tuple of str and Path or None
        What came of it, in words, and where a damaged journal was set aside.

    Raises
    ------
    CourseError
        If it cannot be read, is no such file, or a later version of the course wrote it; then nothing is changed.
    """
    path, found = given(path, KIND)
    new = missing(journal().read(), found.events)
    aside = journal().extend(new) if new else None
    return told_of_file(path.name, found.events, new, found.bad), aside


def give(path: Path) -> Path:
    """Write all reviews into a file, for a browser or another computer; one that is there is replaced.

    Parameters
    ----------
    path : Path
        The file; only one of reviews is replaced.

    Returns
    -------
    Path
        Where it is.

    Raises
    ------
    CourseError
        If it holds anything else, or cannot be written.
    """
    path = expanded(path, "the file")
    with writing_to(path.parent, "Name a file in a folder of yours."):
        if path.exists() and path.read_bytes().strip():
            of_file(path.read_bytes(), str(path))
        write_atomically(path, header(KIND) + b"".join(map(line, journal().read())))
    return path


def read() -> tuple[Review, ...]:
    """Return all reviews that count, in the order in which they were written.

    Raises
    ------
    CourseError
        If the journal cannot be read.
    """
    return understood(journal().read())


def size() -> int:
    """Return the size of the journal in bytes: whether somebody else has written since."""
    path = journal().path
    return path.stat().st_size if path.exists() else 0


def scheduler() -> fsrs.Scheduler:
    """Return FSRS with the learner's weights, or with the usual ones."""
    from course.drills import weights  # which replays reviews

    return weights.scheduler()

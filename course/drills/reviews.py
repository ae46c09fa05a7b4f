"""A learner's reviews: what was asked, when, and how it went, in an append-only journal like that of the exercises."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from course.drills.history import KIND, Review, event_of, named, understood, undo_of
from course.records.journal import Journal, folder

if TYPE_CHECKING:
    import fsrs

is_kept = True


def journal() -> Journal:
    """Return the learner's journal of reviews."""
    return Journal(folder() / "reviews.jsonl", KIND)


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

"""What goes wrong through no fault of the code: a sentence that says what, and the command that mends it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class CourseError(Exception):
    """A mistake or a circumstance that the user can mend.

    Parameters
    ----------
    message : str
        One sentence: the rule, the value and the place, with or without its full stop.
    remedy : str
        What to do about it, if possible a command to copy.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        stop = "" if self.message.endswith((".", "?", "!")) else "."
        return f"{self.message}{stop} {self.remedy}"


# The reasons a learner meets, in words; anything else is quoted as the operating system says it.
_REASONS = {
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.EROFS: "it is on a read-only disk",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.ENOTDIR: "part of that path is a file, not a folder",
    errno.EEXIST: "there is a file of that name where a folder should be",
    errno.EISDIR: "there is a folder of that name where a file should be",
    errno.ENAMETOOLONG: "the path is too long for this system",
}


@contextmanager
def writing_to(folder: Path, remedy: str) -> Iterator[None]:
    """Turn any ``OSError`` inside the block into a `CourseError` that names the folder.

    Parameters
    ----------
    folder : Path
        Where the block writes.
    remedy : str
        What the user can do when it fails.
    """
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0) or str(error.strerror or error)
        place = f" (at {error.filename})" if error.filename and str(error.filename) != str(folder) else ""
        raise CourseError(f"cannot write to {folder}: {reason}{place}", remedy) from error

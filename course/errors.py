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


def reason_of(error: OSError) -> str:
    """Say why the system refused: in words for the reasons that a learner meets, else as it says it itself."""
    return _REASONS.get(error.errno or 0) or str(error.strerror or error)


def expanded(path: Path | str, where: str) -> Path:
    """Make a path absolute, with ``~`` replaced by a home folder.

    Parameters
    ----------
    path : Path or str
        As somebody wrote it.
    where : str
        Where they wrote it: an option or a variable, for the message.

    Raises
    ------
    CourseError
        If it begins with a ``~`` that stands for no home folder.
    """
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError:
        raise CourseError(
            f"{where} is {path}, and {Path(path).parts[0]} stands for no home folder on this computer",
            "Write the whole path, from / or the drive",
        ) from None


@contextmanager
def at_home(variable: str) -> Iterator[None]:
    """Turn the error of a system that knows no home folder into a `CourseError`.

    Parameters
    ----------
    variable : str
        The variable that names this one folder instead.
    """
    try:
        yield
    except (RuntimeError, KeyError):
        raise CourseError(
            "this account has no home folder: HOME is not set and the system's list of users does not name one",
            f"Set HOME to a folder that you may write to, or {variable} for this one alone",
        ) from None


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
        reason = reason_of(error)
        place = f" (at {error.filename})" if error.filename and str(error.filename) != str(folder) else ""
        raise CourseError(f"cannot write to {folder}: {reason}{place}", remedy) from error

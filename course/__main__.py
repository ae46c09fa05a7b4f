"""The `course` command: what can go wrong before anything else can be imported, and how every mistake is told."""

import errno
import os
import sys
from io import TextIOWrapper

from course import OLDEST_PYTHON

_UNHEARD = {errno.ENOSPC, errno.EPIPE, errno.EBADF, errno.EIO}  # the answer's file or pipe does not take it


def main() -> None:
    """Run the command; a user's mistake is a sentence on stderr and exit code 1, never a traceback."""
    if sys.version_info < OLDEST_PYTHON:
        needed, found = ".".join(map(str, OLDEST_PYTHON)), ".".join(map(str, sys.version_info[:2]))
        sys.exit(f"course: needs Python {needed} or later, and this is {found}. In a checkout: uv run course")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a Greek letter must not break a pipe of an old Windows code page
            stream.reconfigure(errors="replace")
    try:
        from course.app.cli import app
        from course.errors import CourseError, reason_of
    except ModuleNotFoundError as error:
        remedy = f"In a checkout: uv sync --inexact; else: pip install {error.name}"
        sys.exit(f"course: the package {error.name} is missing. {remedy}")
    if sys.stdin is None:  # closed by whoever started us: a question meets its end at once, as at the end of a pipe
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8")
    try:
        try:
            app(prog_name="course")
        finally:
            for stream in filter(None, (sys.stdout, sys.stderr)):
                stream.flush()  # here, and not when Python ends and can only complain
    except CourseError as error:
        sys.exit(f"course: {error}")
    except OSError as error:
        if error.errno not in _UNHEARD:
            raise
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)  # what is left unsaid must not be tried again at the end
        sys.exit(f"course: could not write its answer: {reason_of(error)}")


if __name__ == "__main__":
    main()

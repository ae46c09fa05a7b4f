"""The `course` command: what can go wrong before anything else can be imported, and how every mistake is told."""

import sys
from io import TextIOWrapper

from course import OLDEST_PYTHON


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
        from course.errors import CourseError
    except ModuleNotFoundError as error:
        remedy = f"In a checkout: uv sync --inexact; else: pip install {error.name}"
        sys.exit(f"course: the package {error.name} is missing. {remedy}")
    try:
        app(prog_name="course")
    except CourseError as error:
        sys.exit(f"course: {error}")


if __name__ == "__main__":
    main()

"""Taking progress along: from a page, whose files nobody else sees, or from one computer to another."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from course.checks.shown import Shown, show
from course.checks.verdict import block
from course.errors import CourseError
from course.records import results

_NAME = "progress.jsonl"
_READ = f"course import {_NAME}"


@dataclass(frozen=True, repr=False)
class Along(Shown):
    """A link that saves the journal of progress; in a terminal, where it is."""

    path: Path
    content: bytes
    trouble: str = ""

    def __repr__(self) -> str:
        if not self.content:
            return self.trouble or "No answer was judged so far: there is nothing to take along."
        return f"Your progress is in {self.path}. Another computer reads it with: {_READ}"

    def _repr_html_(self) -> str:
        if not self.content:
            return block(f"<p>{self!r}</p>")
        data = base64.b64encode(self.content).decode()
        link = f'<a download="{_NAME}" href="data:application/x-ndjson;base64,{data}">Save your progress</a>'
        return block(f"<p>{link} as a file. An installed course reads it with <code>{_READ}</code>.</p>")


def take_along() -> Along:
    """Show a link that saves what you have passed as a file, for `course import` on a computer with the course."""
    path = results.journal().path
    try:
        return show(Along(path, path.read_bytes() if results.journal().read() else b""))
    except (CourseError, OSError) as error:
        return show(Along(path, b"", str(error)))

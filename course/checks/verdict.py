"""How the verdict on a task looks in a notebook and in a terminal."""

from __future__ import annotations

import html
import os
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

from course.checks.shown import Shown
from course.verdicts.findings import Finding, Outcome

_WIDTH = 80


class NotRight(AssertionError):
    """Raised instead of a verdict when a program is grading."""


@dataclass(frozen=True, repr=False)
class Verdict(Shown):
    """A finding on a task, shown in the cell that asked for it; true when it is right.

    Parameters
    ----------
    task : str
        The task's id.
    finding : Finding
        What the judge found.
    notes : tuple of str
        What else the learner should know: what to do next, or that progress could not be saved.
    """

    task: str
    finding: Finding
    notes: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Not begun, wrong, or right."""
        return self.finding.outcome

    def __bool__(self) -> bool:
        return self.outcome is Outcome.RIGHT

    def __repr__(self) -> str:
        parts = [f"{self.finding.heading} {self.finding.text}", *self.notes]
        return "\n".join(textwrap.fill(part, _WIDTH, break_long_words=False) for part in parts)

    def _repr_html_(self) -> str:
        first = f"<p><strong>{self.finding.heading}</strong> {as_html(self.finding.text)}</p>"
        return block(first, *(f'<p style="opacity: 0.75">{as_html(note)}</p>' for note in self.notes))


def as_html(text: str) -> str:
    """Return a sentence for a page: what stands between backticks as code, a *word* between asterisks in italics."""
    parts = re.split(r"`([^`]+)`", html.escape(text, quote=False))
    parts[::2] = [re.sub(r"(?<!\S)\*([a-z]+)\*(?=[\s.,;:?)]|$)", r"<em>\1</em>", part) for part in parts[::2]]
    parts[1::2] = [f"<code>{part}</code>" for part in parts[1::2]]
    return "".join(parts)


def block(*paragraphs: str) -> str:
    """Return paragraphs that a screen reader reads out when they appear."""
    return f'<div role="status" style="max-width: 45em; line-height: 1.4">{"".join(paragraphs)}</div>'


def is_strict(environment: Mapping[str, str] = os.environ) -> bool:
    """Say whether a program is grading: nbgrader runs the notebook, or ``COURSE_STRICT`` is 1."""
    return bool(environment.get("NBGRADER_EXECUTION")) or environment.get("COURSE_STRICT") == "1"

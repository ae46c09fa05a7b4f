"""What a submission is held against: the exercise of a lesson, or one student's variant of an exam."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import course
from course.app.classroom.submissions import Question, questions, topic
from course.checks.desk import judge
from course.checks.task import task, tasks
from course.verdicts.findings import Finding


class Paper(Protocol):
    """What is asked, and who judges it. It goes to the process that grades, so it holds data alone."""

    @property
    def name(self) -> str:
        """What its submissions are filed under."""

    @property
    def lessons(self) -> tuple[str, ...]:
        """The lessons whose code its answers may need."""

    @property
    def questions(self) -> tuple[Question, ...]:
        """What is asked, in its order."""

    @property
    def version(self) -> str:
        """What its judges are: equal where they would find the same."""

    def title(self, id: str) -> str:
        """Return a few words for a question."""

    def judge(self, id: str, given: object) -> Finding:
        """Judge the value that a question's expression has."""

    def typed(self, id: str, source: str) -> Finding | None:
        """Judge the cell itself where the expression has no value; None where that is no answer."""


@dataclass(frozen=True)
class Exercise:
    """The exercise of a lesson.

    Parameters
    ----------
    name : str
        The name of its notebook.
    """

    name: str

    @property
    def lessons(self) -> tuple[str, ...]:
        """Itself."""
        return (self.name,)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Its tasks."""
        return questions(self.name)

    @property
    def version(self) -> str:
        """What its tasks and the judges are."""
        return judges(self.name)

    def title(self, id: str) -> str:
        """Return the title of a task."""
        return tasks(topic(self.name))[id].title

    def judge(self, id: str, given: object) -> Finding:
        """Judge as `check` does."""
        return judge(task(id), given)

    def typed(self, id: str, source: str) -> Finding | None:
        """Return None: a task is judged by what its code makes."""
        return None


@cache
def judges(lesson: str) -> str:
    """Return what the verdicts on a lesson's tasks depend on."""
    package = Path(course.__file__).parent
    parts = [course.__version__, lesson]
    for path in (package / "lessons" / topic(lesson) / "tasks.py", *sorted((package / "checks").glob("*.py"))):
        parts.append(hashlib.sha256(path.read_bytes()).hexdigest())
    return "\n".join(parts)

"""How far a learner has come, lesson by lesson, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from course import syllabus
from course.checks.task import Task, tasks
from course.records.results import Record


@dataclass(frozen=True)
class Row:
    """One lesson: its tasks in their order, each with its history."""

    notebook: str
    tasks: tuple[tuple[Task, Record], ...]

    @property
    def passed(self) -> int:
        """How many tasks are passed."""
        return sum(record.passed is not None for _, record in self.tasks)

    @property
    def tries(self) -> int:
        """Tries up to the first right answer, all tasks together."""
        return sum(record.tries for _, record in self.tasks)

    @property
    def hints(self) -> int:
        """Hints seen, all tasks together."""
        return sum(record.hints for _, record in self.tasks)

    @property
    def last_passed(self) -> str | None:
        """When a task was last passed: date and time in UTC, as ISO 8601."""
        return max((record.passed for _, record in self.tasks if record.passed), default=None)

    @property
    def next(self) -> Task | None:
        """The first task that is not passed."""
        return next((task for task, record in self.tasks if record.passed is None), None)


def rows(records: Mapping[str, Record]) -> tuple[Row, ...]:
    """Return a row for every lesson that has tasks.

    Parameters
    ----------
    records : mapping of str to Record
        As `course.records.results.records` returns them; tasks that this version does not know are left out.
    """
    every = {topic: tasks(topic) for topic in syllabus.topics()}
    return tuple(
        Row(syllabus.lesson(topic).name, tuple((task, records.get(id, Record())) for id, task in found.items()))
        for topic, found in every.items()
        if found
    )


def advice(overview: tuple[Row, ...]) -> str:
    """Say what to do next: go on with a lesson that is begun, or begin the first that is not finished.

    Parameters
    ----------
    overview : tuple of Row
        As `rows` returns it.
    """
    open_rows = [row for row in overview if row.next]
    if not open_rows:
        return "All tasks are passed."
    begun = [row for row in open_rows if row.tries or row.hints]
    row = (begun or open_rows)[0]
    task = row.next
    return f"Next: {task.title} ({task.id})\n  in exercises/{row.notebook}.ipynb" if task else ""

"""Tasks of the lesson funnel."""

from course.checks.task import Task

TASKS: tuple[Task, ...] = ()

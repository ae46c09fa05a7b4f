"""Tasks of the lesson many_groups."""

from course.checks.task import Task

TASKS: tuple[Task, ...] = ()

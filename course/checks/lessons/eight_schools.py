"""Tasks of the lesson eight_schools."""

from course.checks.task import Task

TASKS: tuple[Task, ...] = ()

"""Tasks of the lesson linear_regression."""

from course.checks.task import Task

TASKS: tuple[Task, ...] = ()

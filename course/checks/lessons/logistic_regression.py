"""Tasks of the lesson logistic_regression."""

from course.checks.task import Task

TASKS: tuple[Task, ...] = ()

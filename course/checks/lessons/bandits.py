"""Tasks of the lesson bandits."""

from course.checks.task import Task

TASKS: tuple[Task, ...] = ()

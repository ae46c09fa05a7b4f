"""Tasks of the lesson multitask."""

from course.checks.task import Task

TASKS: tuple[Task, ...] = ()

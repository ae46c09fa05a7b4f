"""Tasks of the lesson when_it_helps."""

from course.checks.task import Task

TASKS: tuple[Task, ...] = ()

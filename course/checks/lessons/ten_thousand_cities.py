"""Tasks of the lesson ten_thousand_cities."""

from course.checks.task import Task

TASKS: tuple[Task, ...] = ()

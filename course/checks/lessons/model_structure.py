"""Tasks of the lesson model_structure."""

from course.checks.task import Task

TASKS: tuple[Task, ...] = ()

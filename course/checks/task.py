"""What a task is, which lessons have tasks, and where to find one by its id."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from course.checks.verdict import Finding
from course.errors import CourseError
from course.lessons import LESSONS

Judge = Callable[[object], Finding]

# In the order of the lessons, 01 first. Ids are for ever: a learner's progress is filed under them.
TOPICS = tuple(name.partition("_")[2] for name in LESSONS[:-1])  # the interview room has drills instead


@dataclass(frozen=True)
class Task:
    """One task of an exercise notebook.

    Parameters
    ----------
    id : str
        The topic and a name, such as ``"shrinkage.weight"``.
    title : str
        A few words for tables.
    judge : callable
        From the learner's object to a `Finding`.
    hints : tuple of three str
        From a nudge to nearly the answer.
    """

    id: str
    title: str
    judge: Judge
    hints: tuple[str, str, str]

    @property
    def topic(self) -> str:
        """The lesson's name without its number."""
        return self.id.partition(".")[0]


def notebook_name(topic: str) -> str:
    """Return the name that lesson, exercise and solution share, such as ``"04_shrinkage"``."""
    return f"{TOPICS.index(topic) + 1:02d}_{topic}"


@cache
def tasks(topic: str) -> Mapping[str, Task]:
    """Return the tasks of a lesson by id, in their order; loading them loads no PyMC.

    Parameters
    ----------
    topic : str
        One of `TOPICS`.
    """
    found: tuple[Task, ...] = import_module(f"course.checks.lessons.{topic}").TASKS
    return {task.id: task for task in found}


def task(id: object) -> Task:
    """Find a task.

    Raises
    ------
    CourseError
        If there is none of that id; the message suggests the nearest.
    """
    topic = str(id).partition(".")[0]
    if topic in TOPICS and id in tasks(topic):
        return tasks(topic)[str(id)]
    known = [name for topic in TOPICS for name in tasks(topic)]
    near = difflib.get_close_matches(str(id), known, n=1, cutoff=0.3)
    raise CourseError(f"no task is called {id!r}", f"Did you mean {near[0]!r}?" if near else f"There are: {known}")

"""What a task is, which lessons have tasks, and where to find one by its id."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from course import bundle
from course.errors import CourseError
from course.syllabus import topics
from course.verdicts.findings import Finding
from course.verdicts.reading import cut

_IN_CELLS = "Each exercise has its tasks' ids in the cells that check them"

Judge = Callable[[object], Finding]


@dataclass(frozen=True)
class Task:
    """One task of an exercise notebook.

    Parameters
    ----------
    id : str
        For ever, since a learner's progress is filed under it: the topic and a name, such as ``"shrinkage.weight"``.
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


@cache
def tasks(topic: str) -> Mapping[str, Task]:
    """Return the tasks of a lesson by id, in their order; loading them loads no PyMC.

    Parameters
    ----------
    topic : str
        One of `syllabus.topics`.

    Raises
    ------
    CourseError
        If the lesson lacks them.
    """
    place = f"course.lessons.{topic}.tasks"
    try:
        found: tuple[Task, ...] = import_module(place).TASKS
    except (ModuleNotFoundError, AttributeError) as error:
        if isinstance(error, ModuleNotFoundError) and error.name != place:
            raise
        file = f"{place.replace('.', '/')}.py"
        what = f"{file} is missing" if isinstance(error, ModuleNotFoundError) else f"{file} has no tuple TASKS"
        remedy = (
            f"Write it, or say `exercises = false` of {topic!r} in course/syllabus.toml. No author? {bundle.REINSTALL}"
        )
        raise CourseError(what, remedy) from error
    return {task.id: task for task in found}


def task(id: object) -> Task:
    """Find a task.

    Raises
    ------
    CourseError
        If there is none of that id; the message suggests the nearest.
    """
    if not isinstance(id, str):
        raise CourseError(f"a task's id is text such as 'shrinkage.weight', not {type(id).__name__}", _IN_CELLS)
    topic, _, name = id.partition(".")
    if topic in topics() and id in tasks(topic):  # loads the tasks of one lesson
        return tasks(topic)[id]
    known = [one for every in topics() for one in tasks(every)]
    names = [one.partition(".")[2] for one in known if one.startswith(f"{topic}.")]
    if names:
        near = [f"{topic}.{one}" for one in difflib.get_close_matches(name, names, n=1)]
    else:
        near = difflib.get_close_matches(id, known, n=1, cutoff=0.7)
    there_are = f"The tasks of {topic} are {', '.join(names)}" if names else _IN_CELLS
    raise CourseError(f"no task is called {cut(id)!r}", f"Did you mean {near[0]!r}?" if near else there_are)

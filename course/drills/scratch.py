"""Cards, questions and tasks called by their ids, to have a look: nothing reaches the learner's record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from course.drills import schedule
from course.drills.bank import find, questions
from course.drills.cards import AnyEntry
from course.drills.decks import Deck
from course.drills.history import Review
from course.drills.session import Sitting
from course.syllabus import lesson

if TYPE_CHECKING:
    import fsrs

    from course.checks.task import Task


@dataclass
class Scratch:
    """A record of reviews that ends with the sitting."""

    kept: list[Review] = field(default_factory=list)
    changes: int = 0
    is_kept: bool = False

    def scheduler(self) -> fsrs.Scheduler:
        """Return FSRS as the package brings it."""
        return schedule.USUAL

    def size(self) -> int:
        """Return how often it has changed."""
        return self.changes

    def read(self) -> tuple[Review, ...]:
        """Return the reviews that count."""
        return tuple(self.kept)

    def note(self, review: Review) -> tuple[Review, None]:
        """Keep a review for now."""
        self.changes += 1
        self.kept.append(replace(review, id=str(self.changes)))
        return self.kept[-1], None

    def take_back(self, review: Review) -> None:
        """Forget a review."""
        self.changes += 1
        self.kept.remove(review)


def named(ids: Iterable[str], deck: Deck) -> tuple[Mapping[str, AnyEntry], tuple[Task, ...]]:
    """Find cards and questions, and tasks, by their ids.

    Parameters
    ----------
    ids : iterable of str
        Such as ``"04-weight"``; a task's has a dot in it: ``"shrinkage.weight"``.
    deck : mapping of str to card
        The cards there are.

    Raises
    ------
    CourseError
        If there is none of that id; the message suggests the nearest.
    """
    known: Mapping[str, AnyEntry] = {**deck, **questions()}
    entries: dict[str, AnyEntry] = {}
    tasks: list[Task] = []
    for id in ids:
        if "." in id:
            from course.checks.task import task  # later: the tasks load NumPy

            tasks.append(task(id))
        else:
            entries[id] = find(id, known)
    return entries, tuple(tasks)


def sit(entries: Mapping[str, AnyEntry]) -> Sitting:
    """Return a sitting that asks these in their order and leaves nothing behind.

    Parameters
    ----------
    entries : mapping of str to card or question
        What to ask.
    """
    return Sitting(entries, plan=tuple(entries), record=Scratch())


def about(task: Task) -> str:
    """Return what a task asks, its hints, its solution and where to hand it in, as Markdown.

    Parameters
    ----------
    task : Task
        The task.

    Raises
    ------
    CourseError
        If this installation lacks its notebook.
    """
    from course.checks.solutions import prompt_of, solution_of

    hints = "\n".join(f"{number}. {hint}" for number, hint in enumerate(task.hints, 1))
    code = f"```python\n{solution_of(task)}\n```"
    place = f"To hand it in: `check({task.id!r}, ...)` in `exercises/{lesson(task.topic).name}.ipynb`."
    return "\n\n".join((prompt_of(task), "**Hints**", hints, "**Solution**", code, place))

"""What the syllabus says, in the notebooks and the README: written by `course build` between two markers.

A marker is a comment that Markdown does not show, ``<!-- minutes -->30<!-- /minutes -->``; what each name stands for
is in `TEXTS`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from course import syllabus
from course.checks.task import tasks
from course.drills.bank import bank
from course.errors import CourseError
from course.syllabus import Lesson

_MARKED = re.compile(r"<!-- (?P<name>[a-z-]+) -->.*?<!-- /(?P=name) -->", re.DOTALL)
README: Final = "README.md"
OF_A_LESSON: Final = ("next", "practice")
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def fill(text: str, place: str, lesson: Lesson | None = None) -> str:
    """Write anew what stands between markers.

    Parameters
    ----------
    text : str
        Markdown.
    place : str
        Where it stands, for messages.
    lesson : Lesson, optional
        The lesson that the text belongs to; None for the README.

    Raises
    ------
    CourseError
        If a marker has a name that means nothing, or nothing there, or begins a line with text.
    """

    def one(found: re.Match[str]) -> str:
        name = found["name"]
        if "\n" not in found[0] and (found.start() == 0 or text[found.start() - 1] == "\n"):
            what = f"the marker {name!r} begins a line, so that Markdown takes the whole line for HTML"
            raise CourseError(f"{place}: {what}", "Put a word before it")
        if name in TEXTS and lesson is None and place != README:
            remedy = "Give the notebook its [[lesson]] in course/syllabus.toml"
            raise CourseError(f"{place}: the marker {name!r} stands in a notebook of no lesson", remedy)
        if name in TEXTS and lesson is None and name in OF_A_LESSON:
            raise CourseError(f"{place}: the marker {name!r} means something in a lesson only", "Take it out")
        if name in TEXTS:
            return f"<!-- {name} -->{TEXTS[name](lesson)}<!-- /{name} -->"
        known = ", ".join(TEXTS)
        raise CourseError(f"{place}: the marker {name!r} means nothing", f"Those that do: {known}")

    return _MARKED.sub(one, text)


def disagreements(root: Path) -> list[str]:
    """Compare the syllabus with what is on the disk, both ways.

    Parameters
    ----------
    root : Path
        The repository.

    Returns
    -------
    list of str
        A sentence with a remedy for each file that is missing and each that belongs to no lesson; none where there are
        no rooms of lessons, as in a folder of notebooks only.
    """
    wanted: dict[Path, str] = {}
    if not (root / "course" / "lessons").is_dir():
        return []
    for lesson in syllabus.lessons():
        room = Path("course", "lessons", lesson.topic)
        wanted |= dict.fromkeys((Path("notebooks", f"{lesson.name}.ipynb"), room / "questions.toml"), lesson.topic)
        if lesson.kind != "start":
            wanted[room / "cards.toml"] = lesson.topic
        if lesson.exercises:
            tried = Path("tests", "wrong_answers", f"{lesson.topic}.py")
            solution = Path("solutions", f"{lesson.name}.ipynb")  # of which the build makes the exercise
            wanted |= dict.fromkeys((solution, room / "tasks.py", tried), lesson.topic)
        wanted |= {room / f"explore_{explorer.name}.py": lesson.topic for explorer in lesson.explorer}
    patterns = ["notebooks/*.ipynb", "solutions/*.ipynb", "tests/wrong_answers/[!_]*.py"]
    patterns += [f"course/lessons/*/{name}" for name in ("questions.toml", "cards.toml", "tasks.py", "explore_*.py")]
    there = {path.relative_to(root) for pattern in patterns for path in root.glob(pattern)}
    missing = [
        f"{path.as_posix()} is missing: write it, or mend the lesson {wanted[path]!r} in course/syllabus.toml"
        for path in sorted(wanted.keys() - there)
    ]
    return missing + [
        f"{path.as_posix()} belongs to no lesson: give it one in course/syllabus.toml, or remove it"
        for path in sorted(there - wanted.keys())
    ]


def _table(lesson: Lesson | None) -> str:
    """Rows that link to the lessons: all but the start page, where that is where they are read."""
    folder = "" if lesson else "notebooks/"
    rows = [
        f"| [{one.number:02d} {one.title}]({folder}{one.name}.ipynb) | {one.question} | {one.minutes} |"
        for one in syllabus.lessons()
        if one is not lesson
    ]
    return "\n".join(["", "| lesson | question | minutes |", "|---|---|---|", *rows, ""])


def _next(lesson: Lesson | None) -> str:
    after = next((one for one in syllabus.lessons() if lesson and one.number > lesson.number), None)
    if after is None:
        return f"the [map of the course]({syllabus.lessons()[0].name}.ipynb)."
    announced = f", {after.announced}" if after.announced else ""
    return f"[{after.number:02d}, {after.title}]({after.name}.ipynb){announced}."


def _practice(lesson: Lesson | None) -> str:
    assert lesson is not None
    cards = f"the cards of this lesson, `course drill --lesson {lesson.number:02d}`."
    if not lesson.exercises:
        return cards
    count = len(tasks(lesson.topic))
    link = f"[{_count(count)} {'task that answers' if count == 1 else 'tasks that answer'} back]"
    link += f"(../exercises/{lesson.name}.ipynb)"
    return f"{link}; to keep it, {cards}"


def _count(number: int) -> str:
    return _WORDS[number] if number < len(_WORDS) else str(number)


def _span(lessons: Iterable[Lesson]) -> str:
    """Name the lessons that have exercises by their numbers: "01 to 11 and 13"."""
    runs = [
        f"{run[0].number:02d}" + (f" to {run[-1].number:02d}" if len(run) > 1 else "")
        for has, found in itertools.groupby(lessons, key=lambda one: one.exercises)
        if has and (run := list(found))
    ]
    return " and ".join(filter(None, [", ".join(runs[:-1]), runs[-1]]))


def _minutes(lesson: Lesson | None) -> str:
    return str(lesson.minutes if lesson else sum(one.minutes for one in syllabus.lessons()))


TEXTS: Final[Mapping[str, Callable[[Lesson | None], str]]] = {
    "lessons": _table,
    "minutes": _minutes,
    "next": _next,
    "practice": _practice,
    "span": lambda _: _span(syllabus.lessons()),
    "tasks": lambda _: str(sum(len(tasks(topic)) for topic in syllabus.topics())),
    "cards": lambda _: str(len(bank())),
    "numbers": lambda _: str(sum(card.kind == "number" for card in bank().values())),
}
"""What may stand between markers, by name; each is made from the lesson it stands in, None in the README."""

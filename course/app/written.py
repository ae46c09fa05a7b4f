"""What the syllabus says, in the notebooks and the README: written by `course build` between two markers.

A marker is a comment that Markdown does not show, ``<!-- minutes -->30<!-- /minutes -->``; what each name stands for
is in `TEXTS`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from course import syllabus
from course.app import notebooks, speed
from course.checks.task import tasks
from course.drills.bank import bank
from course.errors import CourseError
from course.syllabus import FURTHER, Lesson
from course.syllabus.glossary import terms

_MARKED = re.compile(r"<!-- (?P<name>[a-z-]+) -->.*?<!-- /(?P=name) -->", re.DOTALL)
README: Final = "README.md"
OF_A_LESSON: Final = ("further", "next", "practice")
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True)
class Page:
    """A text with markers: what messages call it, its repository, and the lesson it belongs to, None in the README."""

    name: str
    root: Path
    lesson: Lesson | None = None
    further: bool = False

    def core(self, lesson: Lesson) -> str:
        """Return the address of a lesson's core, seen from here."""
        return f"{'notebooks/' if self.lesson is None else '../' if self.further else ''}{lesson.name}.ipynb"


def fill(text: str, page: Page) -> str:
    """Write anew what stands between markers.

    Parameters
    ----------
    text : str
        Markdown.
    page : Page
        Where it stands.

    Raises
    ------
    CourseError
        If a marker has a name that means nothing, or nothing there, or begins a line with text.
    """

    def one(found: re.Match[str]) -> str:
        name = found["name"]
        if "\n" not in found[0] and (found.start() == 0 or text[found.start() - 1] == "\n"):
            what = f"the marker {name!r} begins a line, so that Markdown takes the whole line for HTML"
            raise CourseError(f"{page.name}: {what}", "Put a word before it")
        if name in TEXTS and page.lesson is None and page.name != README:
            remedy = "Give the notebook its [[lesson]] in course/syllabus.toml"
            raise CourseError(f"{page.name}: the marker {name!r} stands in a notebook of no lesson", remedy)
        if name in TEXTS and page.lesson is None and name in OF_A_LESSON:
            raise CourseError(f"{page.name}: the marker {name!r} means something in a lesson only", "Take it out")
        if name in TEXTS:
            return f"<!-- {name} -->{TEXTS[name](page)}<!-- /{name} -->"
        known = ", ".join(TEXTS)
        raise CourseError(f"{page.name}: the marker {name!r} means nothing", f"Those that do: {known}")

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
        if lesson.further:
            wanted[Path("notebooks", FURTHER, f"{lesson.name}.ipynb")] = lesson.topic
        if lesson.kind != "start":
            wanted[room / "cards.toml"] = lesson.topic
        if lesson.exercises:
            tried = Path("tests", "wrong_answers", f"{lesson.topic}.py")
            solution = Path("solutions", f"{lesson.name}.ipynb")  # of which the build makes the exercise
            wanted |= dict.fromkeys((solution, room / "tasks.py", tried), lesson.topic)
        for explorer in lesson.explorer:
            halves = (room / f"explore_{explorer.name}.py", room / f"{explorer.name}_arrays.py")
            wanted |= dict.fromkeys(halves, lesson.topic)
    patterns = [
        "notebooks/*.ipynb",
        f"notebooks/{FURTHER}/*.ipynb",
        "solutions/*.ipynb",
        "tests/wrong_answers/[!_]*.py",
    ]
    patterns += [
        f"course/lessons/*/{name}"
        for name in ("questions.toml", "cards.toml", "tasks.py", "explore_*.py", "*_arrays.py")
    ]
    there = {path.relative_to(root) for pattern in patterns for path in root.glob(pattern)}
    missing = [
        f"{path.as_posix()} is missing: write it, or mend the lesson {wanted[path]!r} in course/syllabus.toml"
        for path in sorted(wanted.keys() - there)
    ]
    return missing + [
        f"{path.as_posix()} belongs to no lesson: give it one in course/syllabus.toml, or remove it"
        for path in sorted(there - wanted.keys())
    ]


def _read(page: Page, lesson: Lesson, *, further: bool = False) -> int:
    """How long a notebook of a lesson takes."""
    folder = page.root / "notebooks" / (FURTHER if further else "")
    return notebooks.minutes(notebooks.read(folder / f"{lesson.name}.ipynb"))


def _minutes(page: Page) -> str:
    if page.lesson:
        return str(_read(page, page.lesson, further=page.further))
    return str(sum(_read(page, one) for one in syllabus.lessons()))


def _table(page: Page) -> str:
    """Rows that link to the lessons: all but the start page, where that is where they are read."""
    rows = [
        f"| [{one.number:02d} {one.title}]({page.core(one)}) | {one.question} | {_read(page, one)} |"
        for one in syllabus.lessons()
        if one is not page.lesson
    ]
    return "\n".join(["", "| lesson | question | minutes |", "|---|---|---|", *rows, ""])


def _next(page: Page) -> str:
    after = next((one for one in syllabus.lessons() if page.lesson and one.number > page.lesson.number), None)
    if after is None:
        return f"the [map of the course]({page.core(syllabus.lessons()[0])})."
    announced = f", {after.announced}" if after.announced else ""
    return f"[{after.number:02d}, {after.title}]({page.core(after)}){announced}."


def _further(page: Page) -> str:
    """Say what a lesson's second notebook holds, or from there, where the first is."""
    lesson = page.lesson
    assert lesson is not None
    if page.further:
        return f"[lesson {lesson.number:02d}, {lesson.title}]({page.core(lesson)})"
    if not lesson.further:
        remedy = "Say in course/syllabus.toml what is in it (further = ...), or take the marker out"
        raise CourseError(f"{page.name}: the lesson {lesson.topic!r} has no further reading", remedy)
    minutes = _read(page, lesson, further=True)
    return f"[{lesson.further}]({FURTHER}/{lesson.name}.ipynb) ({minutes} minutes)"


def _glossary(page: Page) -> str:
    """Rows of the words of the course, each with the lesson that explains it."""
    rows = []
    for term in terms():
        where = syllabus.lesson(term.topic)
        rows.append(f"| {term.name} | {term.means} | [{where.number:02d}]({page.core(where)}) |")
    return "\n".join(["", "| word | in a line | explained in |", "|---|---|---|", *rows, ""])


def _practice(page: Page) -> str:
    lesson = page.lesson
    assert lesson is not None
    cards = f"the cards of this lesson, `course drill --lesson {lesson.number:02d}`."
    if not lesson.exercises:
        return cards
    count = len(tasks(lesson.topic))
    link = f"[{_count(count)} {'task that answers' if count == 1 else 'tasks that answer'} back]"
    link += f"({'../' if page.further else ''}../exercises/{lesson.name}.ipynb)"
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


TEXTS: Final[Mapping[str, Callable[[Page], str]]] = {
    "further": _further,
    "glossary": _glossary,
    "lessons": _table,
    "minutes": _minutes,
    "next": _next,
    "practice": _practice,
    "speed": lambda page: speed.table(page.root),
    "span": lambda _: _span(syllabus.lessons()),
    "tasks": lambda _: str(sum(len(tasks(topic)) for topic in syllabus.topics())),
    "cards": lambda _: str(len(bank())),
    "numbers": lambda _: str(sum(card.kind == "number" for card in bank().values())),
}
"""What may stand between markers, by name; each is made from the page it stands in."""

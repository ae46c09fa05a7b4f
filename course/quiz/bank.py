"""The questions: what they ask, what is right and why each wrong answer is wrong."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from course.syllabus import lessons


@dataclass(frozen=True)
class Option:
    """One answer to choose, and what to say to whoever chooses it."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Choice:
    """A question with answers to choose from, exactly one of them right."""

    id: str
    lesson: str
    prompt: str
    options: tuple[Option, ...]
    verify: str = ""

    def judge(self, index: int) -> tuple[bool, str]:
        """Whether the chosen option is right, and why."""
        option = self.options[index]
        return option.right, option.why


@dataclass(frozen=True)
class Mistake:
    """A wrong number that has a known cause."""

    value: float
    why: str


@dataclass(frozen=True)
class Number:
    """A question whose answer is a number, right within an absolute tolerance."""

    id: str
    lesson: str
    prompt: str
    answer: float
    tolerance: float
    why: str
    mistakes: tuple[Mistake, ...]
    verify: str

    def judge(self, value: float) -> tuple[bool, str]:
        """Whether the number is right, and why; a known mistake is named."""
        if abs(value - self.answer) <= self.tolerance:
            return True, self.why
        for mistake in self.mistakes:
            if abs(value - mistake.value) <= self.tolerance:
                return False, mistake.why
        if abs(value - 100 * self.answer) <= 100 * self.tolerance:
            return False, "That is the right number in per cent; write the share itself, or put a % sign behind it."
        return False, f"{value:g} is too {'high' if value > self.answer else 'low'}. Work it through once more."


Question = Choice | Number


@cache
def questions() -> Mapping[str, Question]:
    """All questions by id."""
    found: dict[str, Question] = {}
    for lesson in lessons():
        file = files("course") / "lessons" / lesson.topic / "questions.toml"
        if not file.is_file():
            continue
        for entry in tomllib.loads(file.read_text(encoding="utf-8"))["question"]:
            if entry["id"] in found:
                raise ValueError(f"question id {entry['id']!r} occurs twice, again in {file.name}; ids are for ever")
            found[entry["id"]] = _question(lesson.name, entry)
    return found


def _question(lesson: str, entry: dict[str, object]) -> Question:
    fields = {"lesson": lesson, **entry}
    if "options" in fields:
        fields["options"] = tuple(Option(**option) for option in fields["options"])  # type: ignore[attr-defined]
        return Choice(**fields)  # type: ignore[arg-type]
    fields["mistakes"] = tuple(Mistake(**m) for m in fields.get("mistakes", []))  # type: ignore[attr-defined]
    return Number(**fields)  # type: ignore[arg-type]


def question(id: str) -> Question:
    """Find a question by its id.

    Raises
    ------
    KeyError
        If there is none; the message suggests the nearest.
    """
    if id not in questions():
        near = difflib.get_close_matches(str(id), questions(), n=1, cutoff=0.3)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(questions())}"
        raise KeyError(f"no question is called {id!r}; {hint}")
    return questions()[id]

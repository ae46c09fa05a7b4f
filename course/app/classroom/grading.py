"""Grading one submission in two rooms: its cells run in one, the learner's own judges sit in the other."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from course.app.classroom.papers import Exercise, Paper
from course.app.classroom.rooms.room import ClosedError, RaisedError, Room
from course.app.classroom.rooms.sandbox import Walls
from course.app.classroom.submissions import NoNotebookError, Question, Submission, questions, read
from course.errors import CourseError
from course.verdicts.findings import Finding, Outcome, not_yet, wrong

_ROOMS = 3  # so often is a notebook begun again without the cell that ended its room
FORMAT = 1


@dataclass(frozen=True)
class Grade:
    """What a submission was found to be.

    Parameters
    ----------
    lesson : str
        The name of its notebook.
    key : str
        What was graded by what: equal where grading again would find the same.
    findings : mapping of str to Finding
        By task.
    answers : mapping of str to str
        What was written in the cells of the answers.
    notes : tuple of str
        What is odd about the submission, a sentence each.
    seconds : float
        How long it took.
    """

    lesson: str
    key: str
    findings: Mapping[str, Finding]
    answers: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    def points(self, question: Question) -> float:
        """Return the points that it has for a task: all or none."""
        found = self.findings.get(question.id)
        return question.points if found and found.outcome is Outcome.RIGHT else 0.0

    @property
    def score(self) -> float:
        """All its points."""
        return sum(map(self.points, questions(self.lesson)))

    def text(self) -> str:
        """Write it down."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n"


def parse(text: str) -> Grade | None:
    """Read what `Grade.text` wrote; None where it is damaged, or of another version."""
    try:
        held: dict[str, Any] = json.loads(text)
        if held.pop("format") != FORMAT:
            return None
        findings = {id: Finding(Outcome(one["outcome"]), str(one["text"])) for id, one in held.pop("findings").items()}
        return Grade(findings=findings, **(held | {"notes": tuple(held["notes"])}))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def key_of(raw: bytes, lesson: str, paper: Paper | None = None) -> str:
    """Return what a grade depends on: the submission, and the judges."""
    return hashlib.sha256(raw + (paper or Exercise(lesson)).version.encode()).hexdigest()


def grade(raw: bytes, lesson: str, homework: Path, walls: Walls | None = None, paper: Paper | None = None) -> Grade:
    """Grade a submission.

    Parameters
    ----------
    raw : bytes
        The notebook.
    lesson : str
        Which exercise it should be.
    homework : Path
        The folder that its code may read, with the tables that were handed in beside it.
    walls : Walls, optional
        What stands around its code.
    paper : Paper, optional
        What it is held against; the exercise unless it is another.

    Raises
    ------
    CourseError
        If there is no room to run it in, through no fault of the submission.
    """
    begin = time.monotonic()
    paper = paper or Exercise(lesson)
    key = key_of(raw, lesson, paper)
    try:
        submission = read(raw, lesson, None if isinstance(paper, Exercise) else paper.questions)
    except NoNotebookError as error:
        return Grade(lesson, key, {}, notes=(str(error),))
    sitting = _Sitting(submission, paper, homework, walls or Walls())
    sitting.sit()
    return Grade(
        lesson,
        key,
        {one.id: sitting.found[one.id] for one in paper.questions},
        {id: source[:20_000] for id, source in submission.answers.items()},
        (*submission.notes, *sitting.notes),
        round(time.monotonic() - begin, 1),
    )


class _Sitting:
    def __init__(self, submission: Submission, paper: Paper, homework: Path, walls: Walls) -> None:
        self._submission, self._paper, self._questions = submission, paper, paper.questions
        self._homework, self._walls = homework, walls
        self._left_out: set[int] = set()
        self._raised: dict[int, str] = {}
        self._at: int | Question | None = None
        self.found: dict[str, Finding] = {}
        self.notes: list[str] = []

    def sit(self) -> None:
        """Run the cells and judge the tasks; begin again without a cell that ends the room."""
        for _ in range(_ROOMS):
            with Room(self._homework, self._walls) as room:
                try:
                    self._run(room)
                    return
                except ClosedError:
                    self._blame(room.closed)
        for one in self._questions:
            self.found.setdefault(one.id, wrong("it was not judged, because cells before it ended the notebook."))

    def _blame(self, why: str) -> None:
        if isinstance(self._at, Question):
            self.found[self._at.id] = wrong(f"your code could not be asked for it: {why}.")
        elif self._at is not None:
            self._left_out.add(self._at)
            self._note(self._at, f"was left out: {why}")
        else:  # nothing of the learner's has run: it is this computer's fault
            raise CourseError(f"the sandbox did not start: {why}", "See what `course doctor` says, and try again")

    def _note(self, place: int, what: str) -> None:
        first = next(filter(str.strip, self._submission.cells[place].splitlines()), "").strip()[:60]
        note = f"The cell that begins `{first}` {what}."
        if note not in self.notes:  # a notebook that is begun again
            self.notes.append(note)

    def _run(self, room: Room) -> None:
        self._at = None
        room.start()
        for place in range(len(self._submission.cells) + 1):
            for one in self._questions:
                if self._submission.after[one.id] == place and one.id not in self.found:
                    self._at = one
                    self.found[one.id] = self._judge(room, one)
                    if room.closed:
                        raise ClosedError(room.closed)
            if place < len(self._submission.cells) and place not in self._left_out:
                self._at = place
                self._raised[place] = why = room.run(self._submission.cells[place])
                if why.startswith(("ModuleNotFoundError", "ImportError")):  # what it costs is told far from its cause
                    self._note(place, f"raised {why.rstrip('.')}, and went no further")

    def _judge(self, room: Room, question: Question) -> Finding:
        try:
            given = room.ask("value", question.expression)
        except RaisedError as error:
            if error.kind != "NameError":
                return wrong(f"`{question.expression}` raised {error.kind}: {str(error)[:200]}.")
            if found := self._paper.typed(question.id, self._submission.answers.get(question.id, "")):
                return found
            why = self._raised.get(self._submission.after[question.id] - 1)
            return not_yet(f"{str(error)[:120].capitalize()}.{f' The cell before raised {why}.' if why else ''}")
        return self._paper.judge(question.id, given)

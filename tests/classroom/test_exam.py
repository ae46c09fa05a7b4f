"""An exam for each student: what is drawn, what is on the papers and what is not, what counts as an answer."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from course import syllabus
from course.app.classroom.exam import drawing, page, sheets, variants
from course.app.classroom.exam.variants import Sheet
from course.checks.solutions import solution_of
from course.checks.task import task
from course.drills.bank import bank
from course.drills.cards import Number, Option, Reading
from course.errors import CourseError
from course.verdicts.findings import Outcome
from tests.classroom.exams import CHOICE, EXAM, NAME, NUMBER, SHEET, drawn

# What is drawn.


def test_an_exam_has_cards_of_its_lessons_a_bug_and_a_model_and_fits_into_its_time() -> None:
    lessons = drawing.lessons("01-07")
    assert {card.lesson for card in EXAM.cards} == set(lessons)  # they take turns
    bug, model = map(drawing.task_of, EXAM.tasks)
    assert "bug" in bug.prompt
    assert "pm.Model" in drawing.code_of(model)[1]
    spent = sum(2 * {"number": 120, "code": 90, "false": 75}[card.kind] for card in EXAM.cards)
    assert spent / 60 + 4 * (bug.points + model.points) <= 60
    assert [len(drawn(minutes=n).tasks) for n in (15, 16, 39, 40)] == [0, 1, 1, 2]
    assert len(drawn(minutes=1).cards) == 1
    assert len(drawn(number=30).cards) == 30
    assert not [card.id for card in drawn(number=40).cards if isinstance(card, Reading) and card.prints]


@pytest.mark.parametrize("lesson", syllabus.topics())
def test_every_lesson_with_a_model_task_offers_it_and_its_bug(lesson: str) -> None:
    found = {kind: list(drawing.written(syllabus.lesson(lesson).name, kind)) for kind in ("bug", "model")}
    assert [len(tasks) for tasks in found.values()] == ([0, 0] if lesson == "own_data" else [1, 1])


def test_chance_depends_on_exam_and_student_alone_and_on_no_process() -> None:
    program = (
        "from course.app.classroom.exam import drawing, variants; from course.drills.bank import bank; import msgspec;"
        f"exam, _ = drawing.draw({NAME!r}, 's', drawing.lessons('01-07'), 60, None, bank());"
        "print(msgspec.json.encode((exam, variants.draw(exam, 'ab1'))).decode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONHASHSEED": "77", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.strip() == msgspec.json.encode((EXAM, SHEET.variant))
    assert drawn("t").cards != EXAM.cards
    other = variants.draw(EXAM, "cd2")
    assert other.mark != SHEET.variant.mark
    assert other.drawn != SHEET.variant.drawn
    assert len({variants.draw(EXAM, f"s{n}").mark for n in range(500)}) == 500


def test_what_is_drawn_is_read_back_as_it_was() -> None:
    for held in (EXAM, SHEET.variant):
        assert msgspec.json.decode(msgspec.json.encode(held), type=type(held)) == held


BAD = {
    "0": "there is no lesson '0'",
    "15": "there is no lesson '15'",
    "07-01": "run backwards",
    ",": "no lesson is named",
    "12": "no cards for an exam",
    "nothing": "there is no lesson",
}


@pytest.mark.parametrize("lessons", BAD)
def test_lessons_that_cannot_be_examined(lessons: str) -> None:
    with pytest.raises(CourseError, match=BAD[lessons]):
        drawn(lessons=lessons)


@pytest.mark.parametrize("minutes", [0, -5, 601])
def test_an_exam_takes_time(minutes: int) -> None:
    with pytest.raises(CourseError, match=f"1 to 600 minutes, got {minutes}"):
        drawn(minutes=minutes)


@pytest.mark.parametrize("number", [0, -1, 10_000])
def test_so_many_questions_there_are(number: int) -> None:
    with pytest.raises(CourseError, match=f"{number} questions are wanted, and the lessons have"):
        drawn(number=number)


def test_what_is_left_out_is_said() -> None:
    _, notes = drawing.draw(NAME, "s", drawing.lessons("12-13"), 20, None, bank())
    assert notes == [
        "12_interview_room has no cards for an exam.",
        "There is no task with bugs in it: these lessons have none.",
        "There is no task with a model in it: these lessons have none.",
    ]


@pytest.mark.parametrize("name", ["", "a/b", "..", "Mid term", "04", "funnel", "x" * 41])
def test_a_name_that_is_no_folder_or_is_taken(name: str) -> None:
    with pytest.raises(CourseError, match="cannot be the name of an exam"):
        drawing.named(name)


# The papers.


def without_keys(card: drawing.Fair) -> drawing.Fair:
    """The same card with another answer, and nothing to say."""
    if isinstance(card, Number):
        return msgspec.structs.replace(card, answer="12345", worked="X", mistakes=card.mistakes[:1], let={}, verify="X")
    place = (next(n for n, one in enumerate(card.options) if one.pick) + 1) % len(card.options)
    options = tuple(Option(one.text, "X", n == place) for n, one in enumerate(card.options))
    return msgspec.structs.replace(card, options=options)


@pytest.mark.parametrize("written", [sheets.text, page.text])
def test_a_paper_does_not_depend_on_what_is_right(written: Callable[[Sheet], str]) -> None:
    every = tuple(card for card in bank().values() if drawing.fair(card))
    exam = msgspec.structs.replace(EXAM, cards=every)
    other = msgspec.structs.replace(exam, cards=tuple(map(without_keys, every)))
    variant = variants.draw(exam, "ab1")
    assert written(Sheet(exam, variant)) == written(Sheet(other, variant))


@pytest.mark.parametrize("id", EXAM.tasks)
def test_a_paper_has_no_solution_and_no_check(id: str) -> None:
    held = sheets.text(SHEET) + page.text(SHEET)
    assert "check(" not in held
    assert "SOLUTION" not in held
    before = set(drawing.code_of(drawing.task_of(id))[1].splitlines())
    for line in solution_of(task(id)).splitlines():
        if line not in before and len(line.strip()) > 12:
            assert json.dumps(line.strip())[1:-1] not in held


@pytest.mark.parametrize("lesson", [topic for topic in syllabus.topics() if topic != "own_data"])
def test_every_task_can_be_solved_with_what_stands_before_it_and_runs_untouched(lesson: str) -> None:
    exam, _ = drawing.draw(NAME, "s", drawing.lessons(lesson), 60, 1, bank())
    sheet = Sheet(exam, variants.draw(exam, "ab1"))
    for id, one in sheet.tasks.items():
        space: dict[str, Any] = {}
        for cell in sheets.notebook(sheet)["cells"]:
            if cell["cell_type"] == "code":
                exec(cell["source"], space)  # nothing that is handed out raises
        assert sheet.judge(id, space.get(one.expression)).outcome is not Outcome.RIGHT
        exec(solution_of(task(one.id)), space)
        assert sheet.judge(id, space[one.expression]).outcome is Outcome.RIGHT


def test_a_notebook_is_one_and_says_nothing_of_whose_it_is() -> None:
    import nbformat

    held = sheets.notebook(SHEET)
    nbformat.validate(nbformat.from_dict(held))
    assert "ab1" not in sheets.text(SHEET).replace(SHEET.variant.mark, "")
    assert sheets.mark_of(held) == (NAME, SHEET.variant.mark)
    del held["metadata"]
    assert sheets.mark_of(held) == ("", SHEET.variant.mark)


# Answers.

UNREAD: dict[str, Any] = {
    "None": None,
    "...": ...,
    "blank": "  ",
    "NaN": math.nan,
    "infinite": math.inf,
    "nan in words": "nan",
    "beyond all numbers": "1e999",
    "a whole number beyond all": 10**400,
    "huge": "9" * 1_000_000,
    "a huge sum": "+".join(["1"] * 900),
    "a tower": "9**9**9**9",
    "units": "many points",
    "code": "__import__('os').system('true')",
    "a function": print,
    "a class": Outcome,
    "True": True,
    "two": [1.0, 2.0],
    "a table": {"a": 1},
    "zeros": b"\0\0",
    "half a letter": "\ud800",
    "all letters": "a, b, c, d",
    "markup": "<script>alert(1)</script>",
}


@pytest.mark.parametrize("given", UNREAD.values(), ids=UNREAD)
@pytest.mark.parametrize("id", [NUMBER, CHOICE], ids=["number", "choice"])
def test_what_is_no_answer_is_not_right_and_breaks_nothing(given: object, id: str) -> None:
    finding = SHEET.judge(id, given)
    assert finding.outcome is not Outcome.RIGHT
    assert len(finding.text) < 1000


def test_an_object_that_agrees_with_everything_has_no_points() -> None:
    class Yes(float):
        def __eq__(self, other: object) -> bool:
            return True

        def __sub__(self, other: object) -> float:
            return 0.0

        __hash__ = float.__hash__

    assert SHEET.judge(NUMBER, Yes(-123)).outcome is Outcome.WRONG


@pytest.mark.parametrize("student", [f"s{n}" for n in range(40)])
def test_every_variants_key_is_right_however_it_is_given_and_the_neighbours_is_not(student: str) -> None:
    sheet = Sheet(EXAM, variants.draw(EXAM, student))
    for id, asked in sheet.asked.items():
        cell = f"# My answer:\nanswer_1 = {asked.key}"
        assert sheet.judge(id, asked.key).outcome is Outcome.RIGHT, (id, asked.key)
        found = sheet.typed(id, cell)
        assert found is not None
        assert found.outcome is Outcome.RIGHT
        if asked.instance:
            value = asked.instance.answer
            for given in (value, np.float64(value), np.array([value]), f"{asked.key} {asked.instance.card.unit}"):
                assert sheet.judge(id, given).outcome is Outcome.RIGHT, (id, given)
        else:
            for given in (asked.key.upper(), f"{asked.key})", f"option {asked.key}"):
                assert sheet.judge(id, given).outcome is Outcome.RIGHT
            others = [letter for letter, _ in zip("abcdef", asked.options, strict=False) if letter != asked.key]
            assert {sheet.judge(id, letter).outcome for letter in others} == {Outcome.WRONG}


def test_a_cell_that_says_nothing_is_no_answer() -> None:
    for cell in ("answer_1 = ...", "", "# nothing", "answer_1 =", "x = 1\nanswer_1 = x"):
        assert SHEET.typed(NUMBER, cell) is None
    assert SHEET.typed(f"{NAME}.q{len(EXAM.cards) + 1}", "1") is None

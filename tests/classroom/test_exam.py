"""An exam for each student: what is drawn, what is on the papers and what is not, what comes back, the statement."""

import csv
import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from course import syllabus
from course.app.classroom import book, collecting, feedback, folder, grading
from course.app.classroom.exam import drawing, handing, page, returned, sheets, statement, variants
from course.app.classroom.exam.handing import Wish
from course.app.classroom.exam.variants import Sheet
from course.app.classroom.folder import Class
from course.app.classroom.grading import Grade
from course.app.classroom.roster import Student
from course.app.cli import app
from course.checks.solutions import answer_id, solution_of
from course.checks.task import task
from course.drills.bank import bank
from course.drills.cards import Number, Option, Reading
from course.errors import CourseError
from course.verdicts.findings import Outcome, not_yet, right, wrong
from tests.classroom.conftest import code, mark_of, raw

NAME = "midterm"
PUPILS = (Student("ab1", "Änne", "Müller"), Student("cd2", "José", "Neil"), Student("ef3"), Student("gh4"))
IDS = [student.id for student in PUPILS]


def drawn(seed: str = "s", lessons: str = "01-07", minutes: int = 60, number: int | None = None) -> drawing.Exam:
    return drawing.draw(NAME, seed, drawing.lessons(lessons), minutes, number, bank())[0]


EXAM = drawn()
SHEET = Sheet(EXAM, variants.draw(EXAM, "ab1"))
NUMBER = next(id for id, asked in SHEET.asked.items() if asked.instance)
CHOICE = next(id for id, asked in SHEET.asked.items() if asked.options)


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


def test_a_notebook_is_one_and_says_nothing_of_whose_it_is() -> None:
    import nbformat

    held = sheets.notebook(SHEET)
    nbformat.validate(nbformat.from_dict(held))
    assert "ab1" not in sheets.text(SHEET).replace(SHEET.variant.mark, "")
    assert sheets.mark_of(held) == (NAME, SHEET.variant.mark)
    del held["metadata"]
    assert sheets.mark_of(held) == ("", SHEET.variant.mark)


# The folder.


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Class:
    return folder.make(tmp_path_factory.mktemp("class") / "spring", PUPILS)


@pytest.fixture
def spring(made: Class) -> Class:
    """The class, with an exam that nobody has handed in."""
    for name in ("exams", "submitted", "verdicts", "feedback"):
        shutil.rmtree(made.root / name, ignore_errors=True)
    (made.root / "submitted").mkdir()
    handing.prepare(made, Wish(NAME, "04", 60, "s"), IDS)
    return made


def contents(of: Class) -> dict[str, bytes]:
    place = handing.folder(of, NAME)
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def test_fetching_twice_changes_nothing_and_a_late_student_changes_nobodys(spring: Class) -> None:
    before = contents(spring)
    assert handing.prepare(spring, Wish(NAME), IDS).kept == len(IDS)
    assert contents(spring) == before
    handed = handing.prepare(spring, Wish(NAME, "04", 60, "s"), ["zz9", *IDS])
    assert handed.kept == len(IDS)
    after = contents(spring)
    assert before.items() <= after.items()
    shutil.rmtree(handing.folder(spring, NAME))
    handing.prepare(spring, Wish(NAME, "04", 60, "s"), ["zz9"])  # alone, and on another day
    assert contents(spring)["variants/zz9.json"] == after["variants/zz9.json"]
    assert contents(spring)[f"handed_out/zz9/{NAME}.ipynb"] == after[f"handed_out/zz9/{NAME}.ipynb"]


def test_a_deleted_paper_is_made_again_and_a_page_added_later_is_of_the_same_variant(spring: Class) -> None:
    before = contents(spring)
    handing.paper(spring, NAME, "ab1", ".ipynb").unlink()
    (handing.folder(spring, NAME) / "variants" / "ab1.json").unlink()
    handing.prepare(spring, Wish(NAME), IDS, html=True)
    after = contents(spring)
    assert before.items() <= after.items()
    _, known = handing.opened(spring, NAME)
    assert known["ab1"].variant.mark in after[f"handed_out/ab1/{NAME}.html"].decode()


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(NAME, lessons="05"), "--lessons 04_shrinkage"),
        (Wish(NAME, minutes=30), "--minutes 60"),
        (Wish(NAME, seed="t"), "another --seed"),
        (Wish(NAME, number=3), "--questions"),
    ],
)
def test_an_exam_that_is_drawn_stays_as_it_is(wish: Wish, said: str, spring: Class) -> None:
    before = contents(spring)
    with pytest.raises(CourseError, match=f"was drawn with {said}"):
        handing.prepare(spring, wish, IDS)
    assert contents(spring) == before


def test_without_a_seed_it_is_a_secret(spring: Class) -> None:
    one, two = (handing.prepare(spring, Wish(name, "04"), ["ab1"]).exam for name in ("one", "two"))
    assert one.seed != two.seed
    assert len(one.seed) == 16


def test_a_damaged_record_says_what_to_do(spring: Class) -> None:
    place = handing.folder(spring, NAME)
    (place / "variants" / "ab1.json").write_text("{")
    with pytest.raises(CourseError, match="Delete it: the same command draws the same again"):
        handing.prepare(spring, Wish(NAME), IDS)
    (place / "exam.json").write_text('{"name": "midterm", "more": 1}')
    with pytest.raises(CourseError, match="Take it from a backup"):
        handing.opened(spring, NAME)
    with pytest.raises(CourseError, match="no exam 'final'\\. Name one of: midterm"):
        handing.opened(spring, "final")


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


# What comes back.


def filled(of: Class, student: str, answers: dict[int, str] | None = None) -> dict[str, Any]:
    """A student's notebook with all answers right, or with these in some cells."""
    sheet = handing.opened(of, NAME)[1][student]
    held: dict[str, Any] = json.loads(handing.paper(of, NAME, student, ".ipynb").read_bytes())
    for n, one in enumerate(sheet.questions, 1):
        cell = next(cell for cell in held["cells"] if mark_of(cell) == answer_id(one.id))
        key = solution_of(task(sheet.tasks[one.id].id)) if one.id in sheet.tasks else sheet.asked[one.id].key
        cell["source"] = key if one.id in sheet.tasks else f"answer_{n} = {key!r}"
        cell["source"] = (answers or {}).get(n, cell["source"])
    return held


def hand_in(where: Path, files: dict[str, dict[str, Any] | bytes]) -> Path:
    for name, content in files.items():
        path = where / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else raw(content))
    return where


def collected(of: Class, where: Path, accepted: tuple[str, ...] = ()) -> tuple[list[str], str]:
    report = returned.collect(of, NAME, where, accepted)
    return sorted(student for student, _ in report.taken), "\n".join(report.notes)


def test_whose_a_paper_is_is_told_by_its_name_and_its_mark(spring: Class, tmp_path: Path) -> None:
    papers = {student: filled(spring, student) for student in IDS}
    del papers["gh4"]["metadata"]
    came = {
        "Müller, Änne_12_assignsubmission_file_/midterm.ipynb": papers["ab1"],
        "midterm (1).ipynb": papers["cd2"],  # names nobody; its mark does
        "ef3/midterm.ipynb": papers["ab1"],
        "gh4.ipynb": papers["gh4"],
    }
    found, notes = collected(spring, hand_in(tmp_path, came))
    assert found == ["ab1", "cd2", "gh4"]
    assert "ef3/midterm.ipynb was left out. It came as that of ef3, and it is the paper of ab1" in notes
    assert collected(spring, tmp_path, ("ef3",))[0] == IDS
    assert spring.submitted("ef3", NAME).read_bytes() == raw(papers["ab1"])


def test_another_students_file_in_ones_own_folder_counts_for_nobody(spring: Class, tmp_path: Path) -> None:
    came = {"Müller, Änne_12_assignsubmission_file_/cd2.ipynb": filled(spring, "cd2")}
    found, notes = collected(spring, hand_in(tmp_path, came))
    assert found == []
    assert "Its path names ab1 and cd2" in notes


def test_what_is_no_paper_of_this_exam_is_told(spring: Class, tmp_path: Path) -> None:
    handing.prepare(spring, Wish("final", "04", 60, "s"), IDS)
    final = json.loads(handing.paper(spring, "final", "ab1", ".ipynb").read_bytes())
    nobody = filled(spring, "cd2")
    nobody["metadata"][sheets.KEY]["mark"] = "0" * 10
    odd = filled(spring, "gh4")
    odd["metadata"][sheets.KEY] = {"exam": [NAME] * 1000, "mark": {"x": "<b>"}}
    came = {
        "ab1/final.ipynb": final,
        "cd2/midterm.ipynb": nobody,
        "ef3/midterm.ipynb": raw(filled(spring, "ef3"))[:-50],
        "gh4/midterm.ipynb": odd,
        "gh4/empty.ipynb": b"",
        "gh4/list.ipynb": b"[]",
        "gh4/none.ipynb": raw({"cells": []}),
        "gh4/cells.ipynb": raw({"cells": [{"cell_type": "code", "source": ["x"], "metadata": None}]}),
        "exercise.ipynb": (Path(__file__).parents[2] / "exercises" / "04_shrinkage.ipynb").read_bytes(),
    }
    found, notes = collected(spring, hand_in(tmp_path, came))
    assert found == []
    assert "It is of the exam final, and that of midterm is wanted." in notes
    assert "Its mark 0000000000 is of nobody" in notes
    assert "ef3/midterm.ipynb was left out. The file is no notebook" in notes
    assert "gh4/empty.ipynb was left out. The file is empty." in notes
    assert "exercise.ipynb was left out. It is not the paper of an exam" in notes
    assert len(notes.splitlines()) == len(came)
    assert max(map(len, notes.splitlines())) < 400


def test_of_two_the_later_counts(spring: Class, tmp_path: Path) -> None:
    one, two = filled(spring, "ab1"), filled(spring, "ab1", {1: "answer_1 = 0"})
    hand_in(tmp_path, {"ab1/midterm.ipynb": one, "ab1/midterm (1).ipynb": two})
    os.utime(tmp_path / "ab1" / "midterm.ipynb", (1, 1))
    found, notes = collected(spring, tmp_path)
    assert found == ["ab1"]
    assert "the later one counts" in notes
    assert spring.submitted("ab1", NAME).read_bytes() == raw(two)


def test_it_is_no_exercise_for_the_usual_round(spring: Class, tmp_path: Path) -> None:
    report = collecting.collect(spring, hand_in(tmp_path, {"ab1/midterm.ipynb": filled(spring, "ab1")}))
    assert not report.taken
    assert "None of its cells is of an exercise" in report.notes[0]
    assert spring.released() == []


def test_time_that_was_taken_is_told(spring: Class, tmp_path: Path) -> None:
    held = {student: filled(spring, student) for student in ("ab1", "cd2", "ef3")}
    for student, minutes in (("ab1", 75.0), ("cd2", 60.9), ("ef3", "<b>")):
        held[student]["metadata"][sheets.KEY]["minutes_taken"] = minutes
    files: dict[str, dict[str, Any] | bytes] = {f"{one}.ipynb": paper for one, paper in held.items()}
    found, notes = collected(spring, hand_in(tmp_path, files))
    assert found == ["ab1", "cd2", "ef3"]
    assert notes == "ab1 took 75 minutes by the clock of their own computer; 60 were given."


def changed(held: dict[str, Any]) -> dict[str, Any]:
    """A notebook with a cell removed, some added, and one copied."""
    marks = [mark_of(cell) for cell in held["cells"]]
    last = marks.index(f"{NAME}-q3-answer")
    copy = json.loads(json.dumps(held["cells"][marks.index(f"{NAME}-q2-answer")]))
    held["cells"].insert(last + 1, code("answer_1, answer_4 = 99, 99"))
    held["cells"].append(copy)
    del held["cells"][last]
    held["cells"].insert(1, code("1 / 0"))
    return held


@pytest.mark.usefixtures("rooms")
def test_a_round_by_the_commands(spring: Class, tmp_path: Path) -> None:
    sheet = handing.opened(spring, NAME)[1]["cd2"]
    n = len(sheet.questions)
    number = int(next(id for id, asked in sheet.asked.items() if asked.instance).partition(".q")[2])
    tries = {number: f"class Yes(float):\n    __eq__ = lambda *_: True\n\nanswer_{number} = Yes(-123)"}
    tries |= {n - 1: "import os; os._exit(0)", n: "model = ..."}
    bare = filled(spring, "ef3")
    for cell in bare["cells"]:
        cell["metadata"] = {}
    came: dict[str, dict[str, Any] | bytes] = {
        "ab1/midterm.ipynb": changed(filled(spring, "ab1")),
        "cd2/midterm.ipynb": filled(spring, "cd2", tries),
        "ef3/midterm.ipynb": bare,
        "gh4/midterm.ipynb": filled(spring, "ab1"),
    }
    command = ["class", "exam", "grade", str(hand_in(tmp_path / "came", came)), "--name", NAME]
    result = CliRunner().invoke(app, [*command, "--dir", str(spring.root), "--jobs", "2"])
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "Not handed in: gh4" in said
    assert "it is the paper of ab1: it counts for nobody" in said
    grades = {student: spring.grade(student, NAME) for student in IDS}
    most = sum(one.points for one in sheet.questions)
    found = {student: grade and sum(map(grade.points, sheet.questions)) for student, grade in grades.items()}
    lost = 1 + sum(sheet.questions[place - 1].points for place in (n - 1, n))
    assert found == {"ab1": most - 1, "cd2": most - lost, "ef3": most, "gh4": None}
    assert grades["ab1"]
    assert grades["ab1"].notes == ("The cells of q3 are missing.", "The cell of q2 is in it twice.")

    book.export(spring, tmp_path / "grades.csv")
    with (tmp_path / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file) if row["assignment"] == NAME}
    assert {id: float(row["score"]) for id, row in rows.items()} == {**found, "gh4": 0.0}
    assert {float(row["max_score"]) for row in rows.values()} == {most}

    text = (spring.root / "feedback" / "cd2" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert f"{most - lost:g} of {most:g} points" in text
    assert "cd2" not in text
    assert "3 of 4 have handed in" in (handing.folder(spring, NAME) / "statement.html").read_text(encoding="utf-8")

    before = {path: path.read_bytes() for path in (spring.root / "verdicts").rglob("*.json")}
    summary, _ = returned.grade(spring, NAME, workers=1)
    assert (summary.done, summary.kept) == (0, 3)
    assert {path: path.read_bytes() for path in (spring.root / "verdicts").rglob("*.json")} == before


# The command.


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["class", "exam", *words])
    said = f"{result.output} {result.exception or ''}"
    return result.exit_code, " ".join(said.split())


def test_a_roster_makes_the_class_and_its_exam(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("id\nab1\nab1\ncd2\n", encoding="utf-8")
    words = ("--roster", str(tmp_path / "r.csv"), "--dir", str(tmp_path / "new"), "--name", NAME)
    status, said = run(*words, "--lessons", "04", "--minutes", "30", "--seed", "s", "--html")
    assert status == 0, said
    assert "ab1 stands in lines 2 and 3, and counts once" in said
    assert "2 papers in" in said
    place = tmp_path / "new" / "exams" / NAME / "handed_out"
    assert sorted(path.relative_to(place).as_posix() for path in place.rglob("*.*")) == [
        *(f"ab1/{NAME}.html", f"ab1/{NAME}.ipynb", f"cd2/{NAME}.html", f"cd2/{NAME}.ipynb")
    ]
    assert "2 of them as before" in run(*words)[1]
    (tmp_path / "bad.csv").write_text("id,first name\nx,Ann\nX,Bob\n", encoding="utf-8")
    status, said = run("--roster", str(tmp_path / "bad.csv"), "--dir", str(tmp_path / "new"))
    assert status
    assert "two students of one id" in said


def test_a_folder_that_is_no_class(tmp_path: Path) -> None:
    status, said = run("--dir", str(tmp_path))
    assert status
    assert "no folder of a class" in said


# The statement.


def given(rights: list[bool | None]) -> Grade:
    """A grade with these questions right, wrong, or not answered."""
    findings = {True: right("Yes."), False: wrong("No."), None: not_yet("There is no answer.")}
    return Grade(NAME, "k", {one.id: findings[is_so] for one, is_so in zip(SHEET.questions, rights, strict=False)})


def test_a_statement_counts_and_correlates_with_the_rest() -> None:
    rng = np.random.default_rng(1)
    skill = rng.normal(size=60)
    n = len(SHEET.questions)
    hits = skill[:, None] + rng.normal(size=(60, n)) > 0
    hits[:, 1] = ~hits[:, 0]  # a wrong key
    grades = {f"s{i}": given([bool(one) for one in row]) for i, row in enumerate(hits)}
    grades["s0"] = given([None] * n)
    hits[0] = False
    found = statement.items(grades, {"ab1": SHEET})
    assert [(one.n, one.answered, one.right) for one in found] == [(60, 59, int(column.sum())) for column in hits.T]
    points = hits * [one.points for one in SHEET.questions]
    rest = points.sum(axis=1) - points[:, 4]
    assert found[4].r == pytest.approx(stats.pointbiserialr(hits[:, 4], rest).statistic)
    assert found[1].reading == "look at it: those who know more get it wrong"
    text = statement.page(NAME, grades, {"ab1": SHEET})
    assert "60 of 1 have" in text
    assert "<script" not in text
    assert "s0" not in text


def test_its_standard_error_is_that_of_many_classes() -> None:
    """Tate's formula against the spread over 6000 classes: the spread itself is known to 0.9%."""
    rng, n, p = np.random.default_rng(2), 400, 0.3
    for gap in (0.0, 0.8, 2.0):
        ones = rng.random((6000, n)) < p
        values = rng.normal(size=ones.shape) + gap * ones
        told = [statement.point_biserial(list(a), list(b)) for a, b in zip(ones, values, strict=True)]
        r, error = np.array(told).T
        assert np.mean(error) == pytest.approx(np.std(r), rel=0.05)


FEW = {"nine students": (9, 4), "two have it right": (30, 2), "two have not": (30, 28), "nobody": (30, 0)}


@pytest.mark.parametrize(("n", "k"), FEW.values(), ids=FEW)
def test_too_few_to_tell(n: int, k: int) -> None:
    assert statement.point_biserial([i < k for i in range(n)], list(range(n))) is None
    assert statement.Item("x", n, n, k).reading == "too few to tell"


def test_equal_points_for_all_tell_nothing() -> None:
    assert statement.point_biserial([i < 10 for i in range(20)], [3.0] * 20) is None
    r, error = statement.point_biserial([i < 10 for i in range(20)], [float(i < 10) for i in range(20)]) or (0, 1)
    assert (r, error) == (pytest.approx(1), pytest.approx(0, abs=1e-6))


def test_a_statement_of_nobody() -> None:
    assert "0 of 1 have handed in" in statement.page(NAME, {}, {"ab1": SHEET})
    assert statement.items({}, {}) == []


def test_what_a_student_wrote_is_not_run_by_any_page(tmp_path: Path) -> None:
    answer = "<script>alert(1)</script>"
    grade = Grade(NAME, "k", {NUMBER: SHEET.judge(NUMBER, answer)}, {NUMBER: answer})
    for text in (feedback.page(grade, SHEET), statement.page(NAME, {"ab1": grade}, {"ab1": SHEET})):
        assert "<script" not in text


def test_a_grade_depends_on_the_variant() -> None:
    other = Sheet(EXAM, variants.draw(EXAM, "cd2"))
    assert grading.key_of(b"x", NAME, SHEET) != grading.key_of(b"x", NAME, other)

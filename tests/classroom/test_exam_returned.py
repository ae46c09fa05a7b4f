"""The folder of an exam: papers that stay as they are, what comes back of them, and the command."""

import csv
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from course.app.classroom import book, collecting, folder
from course.app.classroom.exam import handing, returned, sheets
from course.app.classroom.exam.handing import Wish
from course.app.classroom.folder import Class
from course.app.cli import app
from course.checks.solutions import answer_id, solution_of
from course.checks.task import task
from course.errors import CourseError
from course.verdicts.findings import Outcome
from tests.classroom.conftest import code, mark_of, raw
from tests.classroom.exams import IDS, NAME, PUPILS, SHEET

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


def test_who_gets_more_time_has_it_on_paper_and_page_and_the_same_questions(spring: Class) -> None:
    _, before = handing.opened(spring, NAME)
    shutil.rmtree(handing.folder(spring, NAME))
    wish = Wish(NAME, "04", 60, "s", extra={"ab1": 15})
    handing.prepare(spring, wish, IDS, html=True)
    kept = contents(spring)
    handing.prepare(spring, wish, IDS, html=True)  # the same again
    handing.prepare(spring, Wish(NAME), IDS)
    assert contents(spring) == kept
    _, after = handing.opened(spring, NAME)
    assert (after["ab1"].minutes, after["cd2"].minutes) == (75, 60)
    assert after["ab1"].variant.drawn == before["ab1"].variant.drawn
    assert after["cd2"].version == before["cd2"].version
    assert "75 minutes" in kept[f"handed_out/ab1/{NAME}.ipynb"].decode()
    assert '"minutes": 75' in kept[f"handed_out/ab1/{NAME}.html"].decode()
    assert "60 minutes" in kept[f"handed_out/cd2/{NAME}.ipynb"].decode()
    with pytest.raises(CourseError, match="ab1 has a paper with 75 minutes"):
        handing.prepare(spring, Wish(NAME, extra={"ab1": 20}), IDS)
    with pytest.raises(CourseError, match="--extra names nobody"):
        handing.prepare(spring, Wish(NAME, extra={"nobody": 20}), IDS)


@pytest.mark.parametrize("said", ["ab1", "ab1=", "=5", "ab1=-5", "ab1=0", "ab1=1.5", "ab1=²", "ab1=1000"])
def test_more_time_is_an_id_and_minutes(said: str, spring: Class) -> None:
    result = CliRunner().invoke(app, ["class", "exam", "--name", NAME, "--extra", said, "--dir", str(spring.root)])
    assert result.exit_code
    assert "ID=MINUTES" in str(result.output) + str(result.exception)


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
    with pytest.raises(CourseError, match="Delete it: `course class exam` draws the same again"):
        handing.prepare(spring, Wish(NAME), IDS)
    (place / "variants" / "ab1.json").write_bytes(msgspec.json.encode(SHEET.variant))
    with pytest.raises(CourseError, match="is not of the questions of"):
        handing.opened(spring, NAME)
    (place / "exam.json").write_text('{"name": "midterm", "more": 1}')
    with pytest.raises(CourseError, match="Take it from a backup"):
        handing.opened(spring, NAME)
    with pytest.raises(CourseError, match="no exam 'final'\\. Name one of: midterm"):
        handing.opened(spring, "final")


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
    with pytest.raises(CourseError, match="nobody has no paper of midterm"):
        returned.collect(spring, NAME, tmp_path, ["nobody"])


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
    odd["cells"][0]["source"] = "My exam"
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
        "gh4/five.ipynb": raw({"cells": [{"cell_type": "markdown", "source": 5}, 5], "metadata": 5}),
        "gh4/lines.ipynb": raw({"cells": [{"cell_type": "markdown", "source": [5, "Paper 0123456789."]}]}),
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
    assert not book.export(spring, tmp_path / "grades.csv")  # drawn, and nobody has 0 yet
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
    assert "José Neil (cd2)." in text
    assert not {"ab1", "ef3", "gh4"} & set(re.findall(r"\w+", text))
    assert "3 of 4 have handed in" in (handing.folder(spring, NAME) / "statement.html").read_text(encoding="utf-8")

    before = {path: path.read_bytes() for path in (spring.root / "verdicts").rglob("*.json")}
    summary, _ = returned.grade(spring, NAME, workers=1)
    assert (summary.done, summary.kept) == (0, 3)
    assert {path: path.read_bytes() for path in (spring.root / "verdicts").rglob("*.json")} == before


def test_a_submission_of_somebody_without_a_paper_is_told_and_the_rest_is_graded(spring: Class) -> None:
    target = spring.submitted("nobody", NAME)
    target.parent.mkdir(parents=True)
    target.write_bytes(raw(filled(spring, "ab1")))
    summary, outcome = returned.grade(spring, NAME, workers=1)
    assert summary.failed == ["nobody has handed in midterm and has no paper of it."]
    assert not outcome.grades


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


def test_cards_of_ones_own(tmp_path: Path) -> None:
    card = """[[drill]]
    id = "own-double"
    kind = "number"
    lesson = "12_interview_room"
    section = "x"
    level = 1
    prompt = "Twice <<x>>?"
    draw = { x = { low = 1, high = 9, step = 1 } }
    answer = "2 * x"
    digits = 0
    atol = 0.1
    worked = "<<answer>>"
    verify = "near(answer, x + x)"
    mistakes = [{ value = "x", why = "That is once." }]
    """
    (tmp_path / "own.toml").write_text(card, encoding="utf-8")
    (tmp_path / "r.csv").write_text("id\nab1\n", encoding="utf-8")
    place = ("--roster", str(tmp_path / "r.csv"), "--dir", str(tmp_path / "new"))
    status, said = run(*place, "--lessons", "12", "--deck", str(tmp_path / "own.toml"))
    assert status == 0, said
    (tmp_path / "own.toml").unlink()  # the exam keeps its questions
    exam, known = handing.opened(Class(tmp_path / "new"), "exam")
    assert [one.id for one in exam.cards] == ["own-double"]
    twice = 2 * float(known["ab1"].variant.drawn[0].values["x"])
    assert known["ab1"].judge("exam.q1", twice).outcome is Outcome.RIGHT
    assert known["ab1"].judge("exam.q1", twice / 2).text == "That is once."


def test_who_grades_an_exam_like_an_exercise_is_told_how(spring: Class) -> None:
    result = CliRunner().invoke(app, ["class", "grade", NAME, "--dir", str(spring.root)])
    assert "course class exam grade FOLDER --name midterm" in str(result.exception)


def test_a_folder_that_is_no_class(tmp_path: Path) -> None:
    status, said = run("--dir", str(tmp_path))
    assert status
    assert "no folder of a class" in said

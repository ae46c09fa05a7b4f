"""A teacher's round: a roster, an exercise handed out, a folder that came back, grades, pages, a board."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from course.app.classroom import board, book, collecting, feedback, folder, marking, pages, roster
from course.app.classroom.folder import Class
from course.app.classroom.grading import Grade, key_of
from course.app.classroom.pupils import Pupils
from course.app.classroom.roster import Student
from course.app.cli import app
from course.errors import CourseError
from course.verdicts.findings import not_yet, right, wrong
from tests.classroom.conftest import LESSON, notebook, raw, with_cells

RIGHT = with_cells(answers={"shrinkage-weight-answer": "weight = 0.2"})
WRONG = with_cells(answers={"shrinkage-weight-answer": "weight = 1 / 3"})


# The roster.


def parsed(text: str) -> tuple[tuple[Student, ...], tuple[str, ...]]:
    return roster.parse(text, "students.csv")


TWO = (Student("ab1", "Änne", "Müller", "a@x.org"), Student("cd2", "José", "O'Neil", ""))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_roster_as_offices_export_it(encoding: str, separator: str, tmp_path: Path) -> None:
    rows = (
        ("ID", "First Name", "Last name", "E-Mail"),
        ("ab1", "Änne", "Müller", "a@x.org"),
        ("cd2", "José", "O'Neil", ""),
    )
    path = tmp_path / "students.csv"
    path.write_bytes("\r\n".join(map(separator.join, rows)).encode(encoding))
    assert roster.read(path) == (TWO, ())


def test_names_in_one_column_and_letters_of_two_parts() -> None:
    (one, two), _ = parsed('username,name\nab1,"Mu\u0308ller, Änne"\ncd2,José Neil')
    assert (one.first, one.last) == ("Änne", "Müller")
    assert (two.first, two.last) == ("José", "Neil")


AS_EXPORTED = {
    "Moodle": "Vorname;Nachname;ID-Nummer;E-Mail-Adresse\nÄnne;Müller;ab1;a@x.org",
    "an office": "Matrikelnummer;Name;Vorname;E-Mail\nab1;Müller;Änne;a@x.org",
    "half and half": "ID;Nachname;Vorname;email address\nab1;Müller;Änne;a@x.org",
    "Canvas": 'Student,ID,Email,Section\n"Müller, Änne",ab1,a@x.org,A',
}


@pytest.mark.parametrize("whose", AS_EXPORTED)
def test_columns_are_called_as_platforms_and_german_offices_call_them(whose: str) -> None:
    assert parsed(AS_EXPORTED[whose]) == (TWO[:1], ())


def test_a_roster_without_names_says_what_that_costs() -> None:
    students, (note,) = parsed("id,nom\nab1,Müller\n")
    assert students == (Student("ab1"),)
    assert "id, nom: name them `first name` and `last name`" in note


def test_a_student_twice_counts_once_and_two_of_one_id_are_refused() -> None:
    students, notes = parsed("id,first name\na,Ann\na,Ann\n")
    assert len(students) == len(notes) == 1
    assert "lines 2 and 3" in notes[0]
    with pytest.raises(CourseError, match="lines 2 and 3"):
        parsed("id,first name\na,Ann\nA,Bob\n")


BAD_ROSTERS = {
    **{
        "": "is empty",
        "name\nAnn": "has no column of ids",
        "id\n../x": "name of a folder",
        "id\na/b": "name of a folder",
    },
    **{"id,email\n,x": "line 2 has no id", "id\n.hidden": "name of a folder", "id\n" + "x" * 200: "name of a folder"},
}


@pytest.mark.parametrize("text", BAD_ROSTERS)
def test_a_roster_that_cannot_be_used(text: str) -> None:
    with pytest.raises(CourseError, match=BAD_ROSTERS[text]):
        parsed(text)


# The folder.

CLASS = (
    *(Student("ab1", "Änne", "Müller"), Student("cd2", "José", "O'Neil"), Student("ef3", "Anna", "Li")),
    *(Student("gh4", "Anna Maria", "Li"), Student("ij5"), Student("kl6", "=1+1", "Smith, Jr.")),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Class:
    made = folder.make(tmp_path_factory.mktemp("class") / "spring", CLASS)
    folder.release(made, LESSON, "2026-12-01 23:59")
    return made


@pytest.fixture
def empty(made: Class) -> Class:
    """The class before anybody has handed in."""
    for name in ("submitted", "verdicts", "feedback"):
        shutil.rmtree(made.root / name, ignore_errors=True)
    (made.root / "submitted").mkdir()
    return made


def test_what_is_handed_out_is_the_exercise(made: Class) -> None:
    from tests.classroom.conftest import ROOT

    released = made.root / "release" / LESSON / f"{LESSON}.ipynb"
    assert released.read_bytes() == (ROOT / "exercises" / f"{LESSON}.ipynb").read_bytes()
    assert made.released() == [LESSON]
    assert "*" in (made.root / ".gitignore").read_text().splitlines()
    assert {student.id for student in book.students(made)} == {student.id for student in CLASS}


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(CourseError, match="no class"):
        folder.make(tmp_path, CLASS)
    with pytest.raises(CourseError, match="no folder of a class"):
        folder.opened(tmp_path)


def test_students_are_added_and_nothing_is_lost(made: Class) -> None:
    settings = (made.root / folder.CONFIG).read_bytes()
    folder.make(made.root, (*CLASS, Student("late", "Lou", "Late")))
    assert len(book.students(made)) == len(CLASS) + 1
    assert (made.root / folder.CONFIG).read_bytes() == settings


def hand_in(where: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = where / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return where


NAMED = {
    "ab1.ipynb": "ab1",
    "04_shrinkage_ab1.ipynb": "ab1",
    "ab1/04_shrinkage/04_shrinkage.ipynb": "ab1",
    "Müller, Änne_12345_assignsubmission_file_/04_shrinkage.ipynb": "ab1",
    "mullerAnne_98_76_04_shrinkage.ipynb": "ab1",
    "Mu\u0308ller A\u0308nne.ipynb": "ab1",
    "o'neil_jose-1.ipynb": "cd2",
    "Li, Anna Maria.ipynb": "gh4",
    "Anna Li.ipynb": "ef3",
    "IJ5 (1).ipynb": "ij5",
    "Li, Anna/ef3.ipynb": "ef3",
    "ab1.ipynb.txt": "ab1",
    "ab1.ipynb.json": "ab1",
}


@pytest.mark.parametrize("name", NAMED)
def test_whose_a_notebook_is_is_read_from_its_name(name: str, empty: Class, tmp_path: Path) -> None:
    report = collecting.collect(empty, hand_in(tmp_path, {name: RIGHT}))
    assert list(report.taken) == [(NAMED[name], LESSON)]
    assert empty.submitted(NAMED[name], LESSON).read_bytes() == RIGHT


def test_nobodys_notebook_and_everybodys_are_told(empty: Class, tmp_path: Path) -> None:
    report = collecting.collect(empty, hand_in(tmp_path, {"mine.ipynb": RIGHT, "ab1 cd2.ipynb": RIGHT}))
    assert not report.taken
    assert any("mine.ipynb names nobody" in note for note in report.notes)
    assert any("could be of ab1 and cd2" in note for note in report.notes)


def test_an_id_and_a_name_that_do_not_agree_are_told(empty: Class, tmp_path: Path) -> None:
    """A platform's own number may be the id of somebody else."""
    report = collecting.collect(empty, hand_in(tmp_path, {"Müller, Änne_cd2_file/04_shrinkage.ipynb": RIGHT}))
    assert not report.taken
    assert any("could be of ab1 and cd2: keep the id or the name of one" in note for note in report.notes)


def test_an_address_tells_whose_it_is() -> None:
    pupils = Pupils(
        (Student("b1", "Jörg", "Weiß", "j.weiss@uni.example"), Student("b2", "Max", "Li", "max@uni.example"))
    )
    assert pupils.of(Path("j.weiss@uni.example/x.ipynb")) == ["b1"]
    assert pupils.of(Path("j.weiss/x.ipynb")) == ["b1"]
    assert pupils.of(Path("max@uni.example_x.ipynb")) == ["b2"]
    assert pupils.of(Path("max/x.ipynb")) == []


def test_an_id_tells_two_of_one_name_apart() -> None:
    pupils = Pupils((Student("b1", "Lou", "Li"), Student("b2", "Lou", "Li")))
    assert pupils.of(Path("Lou Li/x.ipynb")) == ["b1", "b2"]
    assert pupils.of(Path("Lou Li/b2.ipynb")) == ["b2"]


def test_what_came_in_place_of_a_notebook_is_told(empty: Class, tmp_path: Path) -> None:
    files = {"ab1/all.zip": b"PK", "cd2.pdf": b"%PDF", "ef3/table.csv": b"a", "ef3/mine.ipynb": RIGHT, "marks.csv": b""}
    own = {"__MACOSX/gh4/x.zip": b"PK", ".gh4": b"", "gh4/.ipynb_checkpoints/x.zip": b"PK"}
    report = collecting.collect(empty, hand_in(tmp_path, files | own))
    assert list(report.taken) == [("ef3", LESSON)]
    said = "\n".join(report.notes)
    assert "No notebook of ab1 was taken in, but there is ab1/all.zip: unpack it" in said
    assert "No notebook of cd2 was taken in, but there is cd2.pdf: ask for" in said
    assert not [word for word in ("ef3", "gh4", "marks") if word in said]


def test_the_later_of_two_counts_and_one_file_of_two_is_told(empty: Class, tmp_path: Path) -> None:
    hand_in(tmp_path, {"ab1 new.ipynb": RIGHT, "ab1 old.ipynb": WRONG, "cd2.ipynb": RIGHT})
    os.utime(tmp_path / "ab1 old.ipynb", (1, 1))
    report = collecting.collect(empty, tmp_path)
    assert empty.submitted("ab1", LESSON).read_bytes() == RIGHT
    assert any("the later one counts" in note for note in report.notes)
    assert any("of ab1, cd2 is one file" in note for note in report.notes)
    assert collecting.collect(empty, tmp_path).same == 2


def test_the_later_of_two_counts_whichever_was_collected_first(empty: Class, tmp_path: Path) -> None:
    hand_in(tmp_path, {"new/ab1.ipynb": RIGHT, "old/ab1.ipynb": WRONG})
    os.utime(tmp_path / "old/ab1.ipynb", (1e9, 1e9))
    collecting.collect(empty, tmp_path / "new")
    report = collecting.collect(empty, tmp_path / "old")
    assert empty.submitted("ab1", LESSON).read_bytes() == RIGHT
    assert not report.taken
    assert "ab1.ipynb of ab1, of 2001-09-09 01:46, was left out" in report.notes[0]
    empty.submitted("ab1", LESSON).unlink()
    assert collecting.collect(empty, tmp_path / "old").taken
    assert collecting.collect(empty, tmp_path / "new").taken
    assert empty.submitted("ab1", LESSON).read_bytes() == RIGHT


def test_unpacking_a_download_again_makes_nobody_late(empty: Class, tmp_path: Path) -> None:
    hand_in(tmp_path, {"ab1.ipynb": RIGHT})
    stamp = empty.submitted("ab1", LESSON).with_name("timestamp.txt")
    for when in (1e9, 2e9):
        os.utime(tmp_path / "ab1.ipynb", (when, when))
        collecting.collect(empty, tmp_path)
        assert stamp.read_text().startswith("2001-09-09")


def test_links_and_what_is_no_notebook(empty: Class, tmp_path: Path) -> None:
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(raw(notebook("solutions")))
    came = hand_in(tmp_path / "came", {"cd2.ipynb": b"<html>", "ef3.ipynb": raw(notebook(lesson="05_funnel"))})
    (came / "ab1.ipynb").symlink_to(secret)
    (came / "gh4").symlink_to(tmp_path)
    report = collecting.collect(empty, came, LESSON)
    assert list(report.taken) == [("cd2", LESSON)]
    assert any("ab1.ipynb is a link" in note for note in report.notes)
    assert any("cd2.ipynb, of cd2, has no points to find" in note for note in report.notes)
    assert any("it is the exercise of 05_funnel" in note for note in report.notes)


def test_an_archive_is_to_be_unpacked(empty: Class, tmp_path: Path) -> None:
    (tmp_path / "all.zip").write_bytes(b"PK")
    with pytest.raises(CourseError, match="Unpack it first"):
        collecting.collect(empty, tmp_path / "all.zip")


def asked(*words: object) -> str:
    result = CliRunner().invoke(app, ["class", *map(str, words)])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_says_who_is_missing(empty: Class, tmp_path: Path) -> None:
    said = asked("collect", hand_in(tmp_path, {"ab1.ipynb": RIGHT}), "--lesson", "04", "--dir", empty.root)
    others = sorted({student.id for student in book.students(empty)} - {"ab1"})
    assert f"1 of {len(others) + 1} have handed in. Not: {', '.join(others)}." in said


def test_the_command_says_who_is_late(empty: Class, tmp_path: Path) -> None:
    came = hand_in(tmp_path, {"ab1.ipynb": RIGHT, "cd2.ipynb": RIGHT})
    for name, when in (("ab1", datetime(2026, 12, 1, 23, tzinfo=UTC)), ("cd2", datetime(2026, 12, 3, 1, tzinfo=UTC))):
        os.utime(came / f"{name}.ipynb", (when.timestamp(), when.timestamp()))
    said = asked("collect", came, "--lesson", "04", "--dir", empty.root)
    assert "04_shrinkage, late: cd2 by 1 d 1 h." in said


def test_the_command_says_who_is_not_in_the_roster_any_more(empty: Class, tmp_path: Path) -> None:
    (tmp_path / "less.csv").write_text("id,first name,last name\nef3,Anna,Li\ngh4,Anna Maria,Li\nij5,,\n", "utf-8")
    before = book.students(empty)
    said = asked("init", empty.root, "--roster", tmp_path / "less.csv")
    assert book.students(empty) == before
    assert "Not in this roster, and still in the class: ab1, cd2, kl6" in said
    assert f"{len(before)} students in" in said


MOMENTS = {
    "2026-12-01 23:59": "Tuesday 01 December 2026, 23:59 UTC",
    "2026-12-01 23:59 America/New_York": "Wednesday 02 December 2026, 04:59 UTC",
    "1.12.2026 23:59": "Monday 12 January 2026, 23:59 UTC",
}


@pytest.mark.parametrize("due", MOMENTS)
def test_a_date_is_the_moment_that_nbgrader_takes_it_for(due: str) -> None:
    assert f"{book.moment(due):%A %d %B %Y, %H:%M %Z}" == MOMENTS[due]


def test_the_moment_that_was_understood_is_said(tmp_path: Path) -> None:
    made = folder.make(tmp_path / "spring", CLASS[:1])
    assert "Due: Monday 12 January 2026, 23:59 UTC" in asked(
        "release", "04", "--due", "1.12.2026 23:59", "--dir", made.root
    )


def test_what_is_no_date_is_refused() -> None:
    with pytest.raises(CourseError, match="no date"):
        book.moment("tomorrow")


# Grades.


def grades(of: Class) -> dict[str, Any]:
    found = {student: of.grade(student, LESSON) for student, _ in of.submissions(LESSON)}
    return {student: grade and (grade.score, dict(grade.findings), grade.notes) for student, grade in found.items()}


def scores(of: Class, path: Path) -> dict[str, tuple[float, float]]:
    book.export(of, path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(file)}


@pytest.mark.usefixtures("rooms")
def test_a_round(empty: Class, tmp_path: Path) -> None:
    came = {"ab1.ipynb": RIGHT, "cd2.ipynb": WRONG, "ef3.ipynb": raw(notebook()), "gh4.ipynb": b"", "ij5.ipynb": RIGHT}
    report = collecting.collect(empty, hand_in(tmp_path / "came", came), LESSON)
    assert len(report.taken) == 5
    summary = marking.mark(empty, [LESSON], workers=2)
    assert (summary.done, summary.kept, summary.failed) == (5, 0, [])
    first = grades(empty)
    assert {student: one[0] for student, one in first.items()} == {"ab1": 1, "cd2": 0, "ef3": 0, "gh4": 0, "ij5": 1}
    assert first["gh4"][2] == ("The file is empty.",)

    again = marking.mark(empty, [LESSON], workers=2)
    assert (again.done, again.kept) == (0, 5)
    assert marking.mark(empty, [LESSON], workers=1, again=True).done == 5
    assert grades(empty) == first

    found = scores(empty, tmp_path / "grades.csv")
    assert found["ab1"] == (1.0, 12.0)
    assert found["cd2"] == found["kl6"] == (0.0, 12.0)
    assert "'=1+1" in (tmp_path / "grades.csv").read_text(encoding="utf-8-sig")

    pages = feedback.write(empty, LESSON)
    assert len(pages) == 5
    page = (empty.root / "feedback" / "cd2" / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")
    assert "weighs by standard deviations" in page
    assert "0 of 12 points" in page
    assert "José O&#x27;Neil (cd2)." in page
    assert "ab1" not in page
    assert "1 / 3" in page


@pytest.mark.usefixtures("rooms")
def test_a_grader_that_is_killed_goes_on_where_it_was(empty: Class, tmp_path: Path) -> None:
    came = {f"{student.id}.ipynb": RIGHT for student in CLASS}
    collecting.collect(empty, hand_in(tmp_path, came), LESSON)
    command = [sys.executable, "-m", "course", "class", "grade", "04", "--dir", str(empty.root), "--jobs", "1"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while not list((empty.root / "verdicts").glob("*/*.json")):
        assert running.poll() is None
        time.sleep(0.05)
    with pytest.raises(CourseError, match="another `course class` is at work"):
        marking.mark(empty, [LESSON], workers=1)
    running.send_signal(signal.SIGKILL)
    _, said = running.communicate()  # until the workers, who have the same pipe, are gone as well
    assert b"Traceback" not in said
    summary = marking.mark(empty, [LESSON], workers=1)
    assert summary.kept >= 1
    assert summary.done + summary.kept == len(CLASS)
    assert all(score == (1.0, 12.0) for id, score in scores(empty, tmp_path / "g.csv").items() if id != "late")


def given(of: Class, student: str, text: str, outcome: Any = wrong, when: str = "2026-11-30 12:00:00 UTC") -> Grade:
    """A grade that is on the disk without anybody having graded."""
    target = of.submitted(student, LESSON)
    target.parent.mkdir(parents=True)
    target.write_bytes(RIGHT)
    target.with_name("timestamp.txt").write_text(when)
    grade = Grade(LESSON, key_of(RIGHT, LESSON), {"shrinkage.weight": outcome(text)}, {"shrinkage.weight": text})
    of.write(of.verdict(student, LESSON), grade.text())
    return grade


def test_who_was_taken_out_of_the_class_is_told_and_stops_nobody(empty: Class, tmp_path: Path) -> None:
    given(empty, "ab1", "One fifth.", right)
    given(empty, "gone", "One fifth.", right)
    summary = marking.mark(empty, [LESSON], workers=1)
    assert (summary.done, summary.kept) == (0, 1)
    assert "gone has handed in 04_shrinkage and is not in the class" in summary.failed[0]
    assert [path.parents[1].name for path in feedback.write(empty, LESSON)] == ["ab1"]
    asked("board", "04", "--no-browser", "--dir", empty.root)
    assert "1 student." in (empty.root / "board.html").read_text(encoding="utf-8")
    assert scores(empty, tmp_path / "g.csv")["ab1"][0] == 1.0


def test_a_submission_that_was_taken_out_counts_no_more_and_stops_nobody(empty: Class) -> None:
    given(empty, "ab1", "One fifth.", right)
    given(empty, "cd2", "One fifth.", right)
    shutil.rmtree(empty.submitted("cd2", LESSON).parent)  # its verdict is still there
    assert marking.mark(empty, [LESSON], workers=1).kept == 1
    assert [path.parents[1].name for path in feedback.write(empty, LESSON)] == ["ab1"]


def test_what_is_late_costs_what_the_settings_say(empty: Class, tmp_path: Path) -> None:
    given(empty, "ab1", "One fifth.", right)
    given(empty, "cd2", "One fifth.", right, "2026-12-02 00:00:00 UTC")
    marking.mark(empty, [LESSON], workers=1)
    assert scores(empty, tmp_path / "g.csv")["cd2"][0] == 1.0
    assert "(cd2). Handed in 1 min late, which costs nothing." in page_of(empty, "cd2")
    settings = empty.root / folder.CONFIG
    before = settings.read_text()
    settings.write_text(before + '\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    try:
        marking.mark(empty, [LESSON], workers=1)
    finally:
        settings.write_text(before)
    found = scores(empty, tmp_path / "g.csv")
    assert (found["ab1"][0], found["cd2"][0]) == (1.0, 0.0)
    assert "Handed in 1 min late, which costs 1 point of what is below." in page_of(empty, "cd2")
    assert " late" not in page_of(empty, "ab1")


def page_of(of: Class, student: str) -> str:
    feedback.write(of, LESSON)
    return (of.root / "feedback" / student / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")


SPANS = {
    timedelta(seconds=1): "1 min",
    timedelta(minutes=65): "1 h 5 min",
    timedelta(hours=2): "2 h",
    timedelta(hours=23, minutes=59, seconds=59): "1 d",
    timedelta(days=3, hours=4, minutes=5): "3 d 4 h",
}


@pytest.mark.parametrize("time", SPANS)
def test_a_length_of_time_is_written_as_people_say_it(time: timedelta) -> None:
    assert pages.span(time) == SPANS[time]


def test_a_page_runs_nothing_of_what_a_student_wrote(empty: Class) -> None:
    given(empty, "ab1", "<script>alert(1)</script> `<img src=x onerror=alert(2)>`")
    feedback.write(empty, LESSON)
    page = (empty.root / "feedback" / "ab1" / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


# The board.


def test_the_board_counts_a_usual_mistake_whatever_the_numbers(empty: Class) -> None:
    why = "Your weight is tau/(tau + sigma), made of standard deviations. Precision is one over the variance."
    for student, case in (
        ("ab1", "for y = [1, 2]: you returned (0.3, 1.). "),
        ("cd2", "for y = 3.5: you returned 7. "),
    ):
        given(empty, student, case + why)
    given(empty, "ef3", "it is too high.")
    given(empty, "gh4", "Put your number.", not_yet)
    given(empty, "ij5", "One fifth.", right)
    found = {student: empty.grade(student, LESSON) for student in ("ab1", "cd2", "ef3", "gh4", "ij5")}
    standing = board.of_grades(LESSON, {student: grade for student, grade in found.items() if grade})[0]
    assert (standing.right, standing.wrong, standing.open) == (1, 3, 1)
    assert standing.mistakes[why] == ["ab1", "cd2"]
    page = board.page([(LESSON, [standing], 5)])
    assert "2 of 5:" in page
    assert "1 more" in page
    assert "Precision is one over the variance" in page
    assert not [student for student in found if student in page]
    assert "(ab1, cd2)" in board.page([(LESSON, [standing], 5)], names=True)
    assert "<script" not in page


def test_the_board_counts_no_more_where_nothing_was_counted_before(empty: Class) -> None:
    grades = {student: given(empty, student, f"{student} is too high.") for student in ("ab1", "cd2")}
    page = board.page([(LESSON, board.of_grades(LESSON, grades), 2)])
    assert "2 wrong, each in a way of their own" in page


def test_the_board_reads_records_that_were_handed_in(tmp_path: Path) -> None:
    head = {"format": "borrowing-strength journal", "kind": "progress", "version": 1}
    event = {"when": "2026-11-01T00:00:00+00:00", "task": "shrinkage.weight"}
    for name, whats in (("a", ("wrong", "wrong", "right")), ("b", ("hint", "wrong")), ("c", ("right",))):
        lines = [head, *(event | {"what": what} for what in whats)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "odd.jsonl").write_text("no journal\n")
    found, notes = board.records(tmp_path)
    assert len(found) == 3
    assert "odd.jsonl" in notes[0]
    standing = board.of_records(LESSON, found)[0]
    assert (standing.right, standing.wrong, standing.open) == (2, 1, 0)
    assert sorted(standing.tries) == [1, 1, 3]
    assert "tries (median)" in board.page([(LESSON, [standing], 3)])


def test_a_new_cell_of_ours_does_not_break_old_grades() -> None:
    grade = Grade(LESSON, "k", {"shrinkage.gone": right("Yes.")})
    assert grade.score == 0
    assert "There was no answer to judge" in feedback.page(grade)
    assert board.of_grades(LESSON, {"a": grade})[0].open == 1

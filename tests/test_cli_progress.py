"""`course status` and `course reset`, as they are typed."""

import pytest
from typer.testing import CliRunner

from course.app.cli import app
from course.checks.overview import advice, rows
from course.checks.task import tasks
from course.errors import CourseError
from course.records import results
from course.records.results import Kind, Record
from course.syllabus import topics

FIRST = next(iter(tasks("shrinkage")))


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")


def course(*arguments, **options):
    return CliRunner().invoke(app, arguments, **options)


def test_status_before_anything_was_done_says_where_to_begin():
    shown = course("status")
    assert shown.exit_code == 0
    assert "04_shrinkage" in shown.output
    assert "Next: " in shown.output
    assert max(map(len, shown.output.splitlines())) <= 80


def test_status_counts_and_names_the_next_task():
    results.note(FIRST, Kind.WRONG)
    results.note(FIRST, Kind.HINT)
    results.note(FIRST, Kind.RIGHT)
    count = len(tasks("shrinkage"))
    line = next(line for line in course("status").output.splitlines() if "04_shrinkage" in line)
    assert [cell.strip() for cell in line.split("│")[2:5]] == [f"1 of {count}", "2", "1"]
    assert list(tasks("shrinkage"))[1] in course("status").output


@pytest.mark.parametrize("name", ["4", "04", "shrinkage", "04_shrinkage"])
def test_one_lesson_task_by_task(name):
    results.note(FIRST, Kind.WRONG)
    shown = course("status", "--lesson", name).output
    assert all(id.partition(".")[2] in shown for id in tasks("shrinkage"))


def test_a_lesson_without_exercises_is_an_error_that_names_the_others():
    result = course("status", "--lesson", "99")
    assert isinstance(result.exception, CourseError)
    assert "04_shrinkage" in str(result.exception)


def test_what_is_begun_comes_first_and_the_end_is_the_end():
    begun = rows({FIRST: Record(tries=1)})
    assert "04_shrinkage" in advice(begun)
    done = {id: Record(tries=1, passed="2026") for topic in topics() for id in tasks(topic)}
    assert advice(rows(done)) == "All tasks are passed."


def test_reset_asks_and_keeps_the_old_record(tmp_path):
    assert "no progress" in course("reset").output
    results.note(FIRST, Kind.RIGHT)
    refused = course("reset", input="n\n")
    assert refused.exit_code == 1
    assert results.records()
    course("reset", input="y\n")
    assert results.records() == {}
    assert [file.name for file in tmp_path.glob("progress.reset-*.jsonl")]

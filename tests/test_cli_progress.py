"""`course status` and `course reset`, as they are typed."""

import base64

import pytest
from typer.testing import CliRunner

from course.app.cli import app
from course.checks import take_along
from course.checks.overview import advice, rows
from course.checks.task import tasks
from course.errors import CourseError
from course.records import results
from course.records.lines import header, line
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


# Progress from elsewhere.


def events(*what):
    return [{"when": f"2026-05-04T09:00:0{n}+00:00", "task": FIRST, "what": one} for n, one in enumerate(what)]


def file_of(folder, lines, kind="progress"):
    path = folder / "given.jsonl"
    path.write_bytes(header(kind) + b"".join(map(line, lines)))
    return path


def test_progress_of_a_browser_comes_along_once(tmp_path):
    results.note(FIRST, Kind.WRONG)
    path = file_of(tmp_path, events("wrong", "hint", "wrong", "right"))
    said = course("import", str(path)).output
    assert "4 of the 4 lines in given.jsonl are new, and are kept now; 1 more task is passed." in said
    assert results.records()[FIRST].tries == 4
    assert "0 of the 4 lines" in course("import", str(path)).output
    assert results.records()[FIRST].tries == 4


def test_a_file_that_grew_brings_what_is_new(tmp_path):
    course("import", str(file_of(tmp_path, events("wrong"))))
    assert "2 of the 3 lines" in course("import", str(file_of(tmp_path, events("wrong", "wrong", "right")))).output


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is no file of progress"),
        (b"PK\x03\x04\n\n", "is no file of progress"),
        (header("reviews"), "is no file of progress"),
        (header("progress").replace(b'"version":1', b'"version":2'), "newer version"),
        (None, "there is none"),
    ],
)
def test_another_file_is_a_sentence_and_changes_nothing(tmp_path, content, says):
    path = tmp_path / "given.jsonl"
    if content is not None:
        path.write_bytes(content)
    result = course("import", str(path))
    assert isinstance(result.exception, CourseError)
    assert says in str(result.exception)
    assert results.records() == {}


def test_a_link_takes_the_record_along(tmp_path):
    assert "nothing to take along" in repr(take_along())
    results.note(FIRST, Kind.RIGHT)
    shown = take_along()
    assert str(tmp_path) in repr(shown)
    data = shown._repr_html_().split("base64,")[1].split('"')[0]
    assert base64.b64decode(data) == (tmp_path / "progress.jsonl").read_bytes()

"""Nothing that a learner did is lost: not by a kill, not by a second notebook, not by a damaged file."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from course.errors import CourseError
from course.records import results
from course.records.journal import Journal, folder
from course.records.results import Kind, Record, summarise
from tests.killing import killed


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "data" / "progress.jsonl", "progress")


def test_what_was_written_is_read_in_order(journal):
    assert journal.read() == ()
    events = [{"n": n, "text": "λ\n"} for n in range(5)]
    assert [journal.append(event) for event in events] == [None] * 5
    assert list(journal.read()) == events
    assert Journal(journal.path, "progress").read() == journal.read()


@pytest.mark.parametrize("cut", [1, 5, 12])
def test_what_a_kill_left_at_the_end_is_passed_over_and_then_removed(journal, cut):
    journal.append({"n": 1})
    journal.append({"n": 222222})
    journal.path.write_bytes(journal.path.read_bytes()[:-cut])
    assert journal.read() == ({"n": 1},)
    assert journal.append({"n": 3}) is None
    assert journal.read() == ({"n": 1}, {"n": 3})


@pytest.mark.parametrize("content", [b"", b'{"form'])
def test_a_kill_within_the_first_line_leaves_a_journal_that_works(journal, content):
    journal.path.parent.mkdir()
    journal.path.write_bytes(content)
    assert journal.read() == ()
    assert journal.append({"n": 1}) is None
    assert journal.read() == ({"n": 1},)


def test_a_damaged_file_is_set_aside_and_what_can_be_read_is_carried_over(journal):
    journal.append({"n": 1})
    journal.append({"n": 2})
    damaged = journal.path.read_bytes().replace(b'{"n":1}', b"\xff\x00 not ours")
    journal.path.write_bytes(damaged)
    aside = journal.append({"n": 3})
    assert aside.read_bytes() == damaged
    assert journal.read() == ({"n": 2}, {"n": 3})
    assert journal.append({"n": 4}) is None


@pytest.mark.parametrize(
    "content", [b"my shopping list\n", b"[1, 2]\n", b'{"format": "borrowing-strength journal"}\n', b"\xff\n"]
)
def test_a_foreign_file_is_set_aside_never_overwritten(journal, content):
    journal.path.parent.mkdir()
    journal.path.write_bytes(content)
    first, second = journal.append({"n": 1}), None
    assert first.read_bytes() == content
    assert journal.read() == ({"n": 1},)
    journal.path.write_bytes(content)
    second = journal.append({"n": 2})
    assert second != first
    assert first.read_bytes() == second.read_bytes() == content


def test_a_file_of_a_newer_version_is_left_alone(journal):
    journal.append({"n": 1})
    newer = journal.path.read_bytes().replace(b'"version":1', b'"version":2')
    journal.path.write_bytes(newer)
    for act in (journal.read, lambda: journal.append({"n": 2})):
        with pytest.raises(CourseError, match="newer version"):
            act()
    assert journal.path.read_bytes() == newer


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match=r"cannot write to .*COURSE_DATA"):
        Journal(tmp_path / "file" / "x.jsonl", "progress").append({})


def test_many_writers_at_once_lose_nothing(journal):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: journal.append({"n": n}), range(100)))
    assert sorted(event["n"] for event in journal.read()) == list(range(100))


def test_setting_aside_keeps_everything(journal):
    assert journal.set_aside("reset") is None
    journal.append({"n": 1})
    content = journal.path.read_bytes()
    aside = journal.set_aside("reset")
    assert aside.read_bytes() == content
    assert journal.read() == ()


WRITER = """
from pathlib import Path
from course.records.journal import Journal
journal = Journal(Path({path!r}), "progress")
def write(kill, n, seed):
    journal.append({{"kill": kill, "n": n, "by": seed, "padding": "x" * 200}})
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="forks a writer 1000 times")
def test_a_thousand_kills_of_two_writers_lose_nothing(tmp_path):
    # Whatever append() returned from must be there: two writers on one file, each killed 500 times.
    path = tmp_path / "progress.jsonl"
    said = killed(WRITER.format(path=str(path)), seeds=(1, 2), kills=500, patience=0.08)
    kept = [(event["by"], event["kill"], event["n"]) for event in Journal(path, "progress").read()]
    assert len(kept) == len(set(kept))
    assert said <= set(kept)
    assert len({(by, kill) for by, kill, _ in said}) > 100  # kills that came after a write had returned
    assert [file.name for file in tmp_path.iterdir() if "damaged" in file.name] == []


def test_the_folder_is_the_platforms_unless_one_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert folder() == tmp_path
    monkeypatch.delenv("COURSE_DATA")
    assert folder().name == "borrowing-strength"


# Progress.


def test_events_add_up_to_a_history():
    words = ["wrong", "hint", "wrong", "right", "wrong", "right", "solution", "telepathy"]
    events = [{"task": "a.b", "what": word, "when": str(n)} for n, word in enumerate(words)]
    assert summarise(events) == {"a.b": Record(tries=3, hints=1, solution=True, passed="3")}


def test_events_that_are_not_understood_are_passed_over():
    assert summarise([{}, {"task": 3, "what": "right"}, {"what": "right"}]) == {}


def test_time_is_kept_in_utc(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    results.note("a.b", Kind.RIGHT, now=datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC))
    assert results.records()["a.b"].passed == "2026-05-04T03:02:01+00:00"


AS_SAVED = {
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text,
    "a mark and Windows' line ends": lambda text: b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"),
    "a mark and no last line end": lambda text: b"\xef\xbb\xbf" + text[:-1],
    "UTF-16": lambda text: text.decode().encode("utf-16"),
    "UTF-16, big end first": lambda text: b"\xfe\xff" + text.decode().encode("utf-16-be"),
    "blank first lines": lambda text: b"\n \r\n" + text,
    "Windows' line ends": lambda text: text.replace(b"\n", b"\r\n"),
    "blank lines between": lambda text: text.replace(b"\n", b"\n\n"),
}


@pytest.mark.parametrize("saved", AS_SAVED.values(), ids=AS_SAVED.keys())
def test_what_an_editor_makes_of_the_file_is_read_and_carried_over(journal, saved):
    events = [{"n": 1, "text": "λ"}, {"n": 2}, {"n": 3}]
    for event in events:
        journal.append(event)
    content = saved(journal.path.read_bytes())
    journal.path.write_bytes(content)
    assert list(journal.read()) == events
    aside = journal.append({"n": 4})
    assert [*events, {"n": 4}] == list(journal.read())
    assert aside is None or aside.read_bytes() == content
    assert journal.append({"n": 5}) is None
    assert list(journal.read()) == [*events, {"n": 4}, {"n": 5}]


def test_half_of_a_utf_16_file_is_foreign_and_not_lost(journal):
    journal.append({"n": 1})
    content = journal.path.read_text().encode("utf-16")[:-1]
    journal.path.write_bytes(content)
    assert journal.append({"n": 2}).read_bytes() == content
    assert journal.read() == ({"n": 2},)


def test_a_home_that_is_nobodys_is_named(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "~nosuchuser/x")
    with pytest.raises(CourseError, match="COURSE_DATA is ~nosuchuser/x, and ~nosuchuser stands for no home folder"):
        folder()

"""The README's table of speed: every figure is in a file that a benchmark has printed, and younger than its code."""

from pathlib import Path

import pytest

from course import bundle
from course.app import speed
from course.errors import CourseError


def test_no_figure_is_older_than_the_code_that_it_is_about():
    assert list(speed.older(bundle.root())) == []


def test_every_benchmark_of_the_table_names_code_that_is_there():
    assert {row.file for row in speed.ROWS} == set(speed.MEASURED)
    assert all(any(bundle.root().glob(place)) for places in speed.MEASURED.values() for place in places)


def repository(root: Path, code: str, kept: str) -> Path:
    for place in speed.MEASURED["checks"]:
        (root / place).mkdir(parents=True)
    (root / "benchmarks").mkdir()
    (root / speed.MEASURED["checks"][0] / "judge.py").write_text(code, encoding="utf-8")
    (root / "benchmarks" / "checks.txt").write_text(kept, encoding="utf-8")
    return root


CODE = 'def double(x):\n    """Say twice."""\n    return 2 * x  # twice\n'


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (CODE.replace("Say twice.", "Double it."), True),
        (CODE.replace("# twice", "# two times"), True),
        ('"""A head."""\n\n\n' + CODE, True),
        (CODE.replace("2 * x", "x + x"), False),
        (CODE.replace("return", 'name = """Say twice."""\n    return'), False),
        (CODE.replace("    return", "    if x:\n        return"), False),
    ],
)
def test_words_about_code_do_not_age_a_figure_and_code_does(tmp_path, other, same):
    first = repository(tmp_path / "first", CODE, "")
    second = repository(tmp_path / "second", other, "")
    assert (speed.stamp(first, "checks") == speed.stamp(second, "checks")) == same


def test_a_figure_that_is_not_there_is_named_with_its_file(tmp_path, monkeypatch):
    monkeypatch.setattr(speed, "ROWS", (speed.Row("a verdict", "checks", (r"^model +(\d+) s",), "s", ("5",)),))
    with pytest.raises(CourseError, match=r"checks\.txt has no line for 'a verdict'"):
        speed.table(repository(tmp_path / "none", CODE, "nothing\n"))
    with pytest.raises(CourseError, match=r"checks\.txt is missing"):
        speed.table(tmp_path)


@pytest.mark.parametrize(
    ("kept", "least", "cells"),
    [
        ("model 4 s\n", False, "| 4 s | 5 s |"),
        ("model 6 s\n", False, "| 6 s | 5 s, missed |"),
        ("model 6 s\nmodel 1,000 s\nmodel 50 s\n", True, "| 6 to 1,000 s | 5 s |"),
        ("model 6 s\nmodel 4 s\n", True, "| 4 to 6 s | 5 s, missed |"),
    ],
)
def test_a_range_reaches_its_aim_with_both_ends(tmp_path, monkeypatch, kept, least, cells):
    row = speed.Row("a verdict", "checks", (r"^model +([\d,]+) s",), "s", ("5",), least)
    monkeypatch.setattr(speed, "ROWS", (row,))
    assert cells in speed.table(repository(tmp_path / "one", CODE, kept))

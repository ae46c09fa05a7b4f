"""Honest work gets the verdict in two rooms that it gets in a notebook, word for word."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import course
from course import syllabus
from course.app.classroom import grading, marking
from course.app.classroom.rooms.room import Room
from course.app.classroom.rooms.sandbox import Walls
from course.checks.desk import judge
from course.checks.task import task, tasks
from course.verdicts.findings import Finding, Outcome
from tests.classroom.conftest import ROOT, notebook, raw

pytestmark = [pytest.mark.usefixtures("rooms"), pytest.mark.filterwarnings("ignore::RuntimeWarning")]
TOPICS = syllabus.topics()
# The wrong answers use the constants of the tasks: here, and for no student, they are seen inside.
LESSONS = Path(course.__file__).parent / "lessons"
OPEN = Walls(more={LESSONS: LESSONS, ROOT / "tests": ROOT / "tests"})
EVERY = {
    topic: [
        (id, place)
        for id, wrongs in importlib.import_module(f"tests.wrong_answers.{topic}").WRONG.items()
        for place, _ in enumerate(wrongs)
    ]
    for topic in TOPICS
}


@pytest.fixture(scope="module")
def sample() -> dict[str, Room]:
    return {}


@pytest.fixture(scope="module")
def rooms_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Room]]:
    """A room for each lesson, opened when it is needed: one at a time."""
    opened: dict[str, Room] = {}
    yield opened
    for room in opened.values():
        room.close()


def room_of(topic: str, opened: dict[str, Room], folder: Path) -> Room:
    if topic not in opened:
        for other in list(opened):
            opened.pop(other).close()
        folder.chmod(0o755)
        room = opened[topic] = Room(folder, OPEN)
        room.start()
        assert room.run(f"from tests.wrong_answers.{topic} import WRONG") == ""
    return opened[topic]


def both(topic: str, id: str, place: int, room: Room) -> tuple[Finding, Finding]:
    wrong = importlib.import_module(f"tests.wrong_answers.{topic}").WRONG[id][place]
    here = judge(task(id), wrong.build())
    there = judge(task(id), room.ask("value", f"WRONG[{id!r}][{place}].build()"))
    assert not room.closed
    return here, there


FEW = [(topic, *every[i]) for topic, every in EVERY.items() for i in {0, len(every) // 2, len(every) - 1}]
ALL = [(topic, *one) for topic, every in EVERY.items() for one in every]


def check_one(topic: str, id: str, place: int, opened: dict[str, Room], folder: Path) -> None:
    here, there = both(topic, id, place, room_of(topic, opened, folder))
    assert there == here
    assert there.outcome is Outcome.WRONG


@pytest.mark.parametrize(("topic", "id", "place"), FEW)
def test_a_wrong_answer_is_told_the_same(
    topic: str, id: str, place: int, rooms_of: dict[str, Room], tmp_path: Path
) -> None:
    check_one(topic, id, place, rooms_of, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("topic", "id", "place"), ALL)
def test_every_wrong_answer_is_told_the_same(
    topic: str, id: str, place: int, rooms_of: dict[str, Room], tmp_path: Path
) -> None:
    check_one(topic, id, place, rooms_of, tmp_path)


def solved(topic: str, folder: Path) -> grading.Grade:
    lesson = syllabus.lesson(topic).name
    marking.compile_for(lesson)
    folder.chmod(0o755)
    return grading.grade(raw(notebook("solutions", lesson)), lesson, folder)


def check_solution(topic: str, folder: Path) -> None:
    grade = solved(topic, folder)
    assert {id: f.outcome for id, f in grade.findings.items()} == dict.fromkeys(tasks(topic), Outcome.RIGHT)
    assert grade.notes == ()


@pytest.mark.parametrize("topic", ["shrinkage", "own_data"])
def test_a_solution_has_all_points(topic: str, tmp_path: Path) -> None:
    check_solution(topic, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("topic", TOPICS)
def test_every_solution_has_all_points(topic: str, tmp_path: Path) -> None:
    check_solution(topic, tmp_path)


def test_an_exercise_that_nobody_touched_is_not_begun(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    grade = grading.grade(raw(notebook()), "04_shrinkage", tmp_path)
    assert {f.outcome for f in grade.findings.values()} == {Outcome.NOT_YET}


VALUES: dict[str, Any] = {
    "None": None,
    "...": ...,
    "True": True,
    "(1, 2.5, 'a', [3, {4}])": (1, 2.5, "a", [3, {4}]),
    "{'A': True, 'B': None, 3: [4]}": {"A": True, "B": None, 3: [4]},
    "10**400": 10**400,
    "float('nan')": float("nan"),
    "b'bytes'": b"bytes",
    "__import__('fractions').Fraction(1, 3)": __import__("fractions").Fraction(1, 3),
    "__import__('decimal').Decimal('-0.10')": __import__("decimal").Decimal("-0.10"),
}


def test_data_come_back_as_they_are(tmp_path: Path) -> None:
    import numpy as np
    import pandas as pd

    tmp_path.chmod(0o755)
    with Room(tmp_path) as room:
        room.start()
        for source, value in VALUES.items():
            got = room.ask("value", source)
            assert type(got) is type(value)
            assert repr(got) == repr(value)
        room.run("import numpy as np, pandas as pd")
        for source in (
            *("np.arange(6.0).reshape(2, 3)", "np.float32(0.1)", "np.array(['a', 'bc'])", "np.array([])"),
            *("np.array([None, 1, 'x'], dtype=object)", "np.ma.masked_array([1.0, 2.0], [True, False])"),
            *("np.int64(3)", "np.bool_(True)", "np.array(['2026-01-01'], 'M8[D]')", "np.zeros((2, 0))"),
        ):
            want, got = eval(source, {"np": np}), room.ask("value", source)
            assert type(got) is type(want)
            assert np.asarray(got).dtype == np.asarray(want).dtype
            assert repr(got) == repr(want)
        for source in (
            "pd.DataFrame({'a': [1, 2], 'b': ['x', None]}, index=pd.Index([5, 6], name='i'))",
            "pd.Series([1.5, np.nan], index=['p', 'q'], name='s')",
            "pd.DataFrame({'t': pd.to_datetime(['2026-01-01', None])})",
            "pd.DataFrame(np.eye(2), columns=['a', 'a'])",
            "pd.DataFrame({'g': ['a', 'a', 'b'], 'x': [1, 2, 3]}).groupby('g').sum()",
        ):
            want, got = eval(source, {"np": np, "pd": pd}), room.ask("value", source)
            (pd.testing.assert_series_equal if isinstance(want, pd.Series) else pd.testing.assert_frame_equal)(
                got, want, check_dtype=False, check_index_type=False
            )

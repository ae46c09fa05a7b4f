"""What learners have: records, workspaces and copies of lessons that version 0.1 made before its rooms were moved."""

import importlib
import inspect
import json
import shutil
from pathlib import Path

import pytest
from scipy import stats

from course import exact
from course.app import workspace
from course.checks import overview
from course.drills import reviews
from course.drills.bank import bank
from course.records import results

FOLDER = Path(__file__).parent / "made_before"
NAMES = (FOLDER / "names.txt").read_text(encoding="utf-8").split()


@pytest.fixture
def data(monkeypatch, tmp_path):
    for name in ("progress.jsonl", "reviews.jsonl"):
        shutil.copy(FOLDER / name, tmp_path / name)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))


def test_exercises_that_were_passed_are_passed(data):
    shrinkage = next(row for row in overview.rows(results.records()) if row.notebook == "04_shrinkage")
    assert (shrinkage.passed, shrinkage.tries) == (1, 2)
    groups = next(row for row in overview.rows(results.records()) if row.notebook == "01_many_groups")
    assert (groups.passed, groups.tries, groups.hints) == (0, 1, 5)


def test_cards_that_were_reviewed_are_known(data):
    found = [(review.card, review.grade.name.casefold()) for review in reviews.read()]
    assert found == [
        ("groups-three-options", "good"),
        ("structure-three-levels", "again"),
        ("groups-lucky-small", "again"),
    ]
    assert {card for card, _ in found} <= bank().keys()


@pytest.fixture
def room(tmp_path):
    """A workspace with its record of what was delivered, of which one lesson is still there."""
    (tmp_path / ".course").mkdir()
    shutil.copy(FOLDER / "manifest.json", tmp_path / ".course" / "manifest.json")
    (tmp_path / "notebooks").mkdir()
    shutil.copy(FOLDER / "00_start_here.ipynb", tmp_path / "notebooks" / "00_start_here.ipynb")
    return tmp_path


def test_an_untouched_lesson_is_replaced_and_an_edited_one_is_kept(room):
    lesson = room / "notebooks" / "00_start_here.ipynb"
    delivered = lesson.read_text(encoding="utf-8")
    workspace.sync(room)
    assert lesson.read_text(encoding="utf-8") != delivered
    edited = json.loads(delivered)
    edited["cells"][2]["source"] = ["mine = 1"]
    lesson.write_text(json.dumps(edited), encoding="utf-8")
    shutil.copy(FOLDER / "manifest.json", room / ".course" / "manifest.json")
    workspace.sync(room)
    assert json.loads(lesson.read_text(encoding="utf-8"))["cells"][2]["source"] == ["mine = 1"]
    assert len(list((room / "notebooks").glob("00_start_here*"))) == 2


def named(name: str) -> object:
    place, _, wanted = name.rpartition(".")
    try:
        module = importlib.import_module(place)
    except ModuleNotFoundError:
        module = named(place)  # `from course import doctor`: a name that moved
    try:
        return getattr(module, wanted)
    except AttributeError:
        return importlib.import_module(name)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_copy_of_a_lesson_uses_is_still_there(name):
    assert named(name) is not None


@pytest.mark.parametrize("call", (FOLDER / "calls.txt").read_text(encoding="utf-8").splitlines())
def test_what_a_copy_of_a_lesson_calls_can_be_called_so(call):
    name, count, *keywords = call.split()
    inspect.signature(named(name)).bind(*range(int(count)), **dict.fromkeys(keywords))


def test_a_prior_that_older_lessons_left_out_is_the_one_they_meant_with_a_word():
    prior = stats.halfnorm(scale=10)
    with pytest.warns(FutureWarning, match=r"say mu_prior=\(0, 10\)"):
        older = exact.normal_posterior([1.0, 5.0], [2.0, 2.0], tau_prior=prior)
    today = exact.normal_posterior([1.0, 5.0], [2.0, 2.0], mu_prior=(0, 10), tau_prior=prior)
    assert older.mean("mu") == today.mean("mu")

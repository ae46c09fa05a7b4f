"""A clock that goes a year ahead and back: nothing is lost, and records keep their order."""

import os
import random
import shutil
import subprocess
import sys
from datetime import timedelta

import numpy as np
import pytest

from course.drills import history, reviews
from course.drills.history import Grade, Review
from course.records import results
from tests.drilling import MONDAY

YEAR = 365


@pytest.fixture(autouse=True)
def own_records(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))


def event(card, when, id):
    return history.event_of(Review(card, when, Grade.GOOD, 1.0, "browser", id))


def test_dates_that_nothing_contradicts_still_order_two_journals():
    days = [3, 1, 2]
    ours = [event("a-b", MONDAY + timedelta(days=day), f"ours-{day}") for day in (1, 4)]
    theirs = [event("a-b", MONDAY + timedelta(days=day), f"theirs-{day}") for day in days]
    both = [*ours, *history.missing(ours, theirs)]
    assert [review.when.day - MONDAY.day for review in history.understood(both)] == [1, 1, 2, 3, 4]


def test_a_thousand_jumps_keep_every_record_in_its_order():
    rng, said = random.Random(1), []
    for n in range(1000):
        now = MONDAY + timedelta(days=rng.uniform(-YEAR, YEAR))
        reviews.note(Review(f"card-{n}", now, Grade.GOOD))
        results.note(f"task.{n}", results.Kind.RIGHT, now=now)
        said.append((f"card-{n}", now.replace(microsecond=0)))
    assert [(review.card, review.when) for review in reviews.read()] == said
    assert list(results.records()) == [f"task.{n}" for n in range(1000)]
    assert all(results.records()[f"task.{n}"].passed == when.isoformat() for n, (_, when) in enumerate(said))


# The clock of a whole process, as the course itself reads it.

RECORD = """
import sys
from course.checks import check, hint
from course.drills import bank
from course.drills.history import Grade
from course.drills.session import Sitting
hint("shrinkage.weight")
check("shrinkage.weight", float(sys.argv[1]))
sitting = Sitting(bank.bank())
sitting.grade(sitting.next(), Grade.GOOD, 5.0)
"""
SHIFTS = {"+0d": 0.3, "+365d": 0.2, "-365d": 0.3, "+1d": 0.2, "+400d": 0.2, "-2d": 0.3}
"""How far the clock is set, and what is answered then: 0.2 is right."""


def at(shift, *command, typed=None):
    """What a command says by a clock that was set."""
    done = subprocess.run(
        ["faketime", "-f", shift, sys.executable, *command], input=typed, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    return " ".join(done.stdout.split())


def moments(journal):
    return [event["when"] for event in journal.read()]


@pytest.mark.skipif(
    shutil.which("faketime") is None and "CI" not in os.environ, reason="needs faketime: sudo apt-get install faketime"
)
def test_processes_whose_clock_was_set_lose_nothing_and_say_what_is_wrong(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for n, (shift, answer) in enumerate(SHIFTS.items(), 1):
        at(shift, "-c", RECORD, str(answer))
        record = results.records()["shrinkage.weight"]
        assert (record.tries, record.hints) == (min(n, 2), min(n, 3))
        assert len(results.journal().read()) == n + min(n, 3)  # each answer, and each hint once
        assert len(reviews.read()) == n
    dates = moments(reviews.journal())
    days = [int(shift.removesuffix("d")) for shift in SHIFTS]
    assert np.argsort(dates, stable=True).tolist() == np.argsort(days, stable=True).tolist()  # written by those clocks
    assert results.records()["shrinkage.weight"].passed == sorted(moments(results.journal()))[-3]
    drill, status = ("-m", "course", "drill", "--lesson", "04"), ("-m", "course", "status")
    told = "If its clock is wrong now, set it first. Nothing is lost either way."
    assert told in at("+0d", *drill, typed="q\n")
    assert told not in at("+401d", *drill, typed="q\n")
    for shift in ("+365d", "-365d"):
        assert "04_shrinkage" in at(shift, *status)
    assert moments(reviews.journal()) == dates

"""A clock that goes a year ahead and back: nothing is lost, records keep their order, and no card is due for ever."""

import os
import random
import shutil
import subprocess
import sys
from datetime import timedelta
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.drills import history, page, reviews, schedule
from course.drills.history import Grade, Review
from course.drills.session import Sitting
from course.records import results
from tests.drilling import MONDAY, Time, deck

YEAR = 365


@pytest.fixture(autouse=True)
def own_records(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))


def finished(time, record=reviews):
    """Answer what is due; how many questions that were, and at most fifty."""
    sitting, asked = Sitting(deck(), new=0, clock=time.clock, stopwatch=time.stopwatch, record=record), 0
    while asked < 50 and (question := sitting.next()) is not None:
        time.wait(minutes=1)
        sitting.grade(question, Grade.GOOD, 5.0)
        asked += 1
    return asked


def answer(record, card, day):
    """Answer one card, due or not, by a clock that says it is this day."""
    time = Time(MONDAY + timedelta(days=day))
    sitting = Sitting(deck(card), plan=[card], clock=time.clock, stopwatch=time.stopwatch, record=record)
    sitting.grade(sitting.next(), Grade.GOOD, 5.0)


def take_in(ours, theirs):
    """What `course drill import` and a page do with the other's journal."""
    ours.add(history.missing(ours.events, theirs.events))


def event(card, when, id):
    return history.event_of(Review(card, when, Grade.GOOD, 1.0, "browser", id))


def test_a_merge_after_a_clock_was_wrong_leaves_no_card_due_for_ever():
    time = Time()
    for days in (YEAR, 0):  # a year ahead, then right again, which heals
        time.now = MONDAY + timedelta(days=days)
        for card in deck():
            reviews.note(Review(card, time.now, Grade.GOOD))
    older = event("test-say", MONDAY - timedelta(days=2), "of-a-page")
    reviews.journal().extend(history.missing(reviews.journal().read(), [older]))
    time.now = MONDAY + timedelta(days=8)
    assert finished(time) <= 2 * len(deck())
    assert finished(time) == 0
    assert len(reviews.read()) >= 2 * len(deck()) + 1


@pytest.mark.parametrize("ahead", [(14,), (4, 14)])
@pytest.mark.parametrize("heals", ["before the merge", "after it, on the other computer"])
def test_after_a_clock_was_a_year_ahead_both_journals_say_what_they_would_had_it_been_right(ahead, heals):
    right, first, second = page.Lines(), page.Lines(), page.Lines()
    for day in (0, 1, 4, 14):
        answer(right, "test-say", day)
        answer(first, "test-say", day + YEAR * (day in ahead))
    answer(second, "test-recall", 3)
    take_in(first, second)
    take_in(second, first)
    now = MONDAY + timedelta(days=15)
    assert schedule.is_due(schedule.remember(second.read())["test-say"], now)
    for record in (right, first if heals == "before the merge" else second):
        answer(record, "test-say", 15)
    take_in(first, second)
    take_in(second, first)
    assert first.read() == second.read()
    due = [schedule.remember(record.read())["test-say"].due - now for record in (right, first)]
    assert due[0] > timedelta(days=30)
    assert due[0] / 2 < due[1] < due[0] * 1.2


def test_dates_that_never_happened_do_not_become_a_memory_of_a_year():
    for wrong in (YEAR, -YEAR):
        first, right = page.Lines(), page.Lines()
        for day in (0, 1, 4, 14, 40):
            answer(first, "test-say", day + wrong * (day == 14))
            answer(right, "test-say", day)
        spans = [schedule.remember(one.read())["test-say"].stability for one in (first, right)]
        assert spans[0] < 1.2 * spans[1]


MOMENTS = st.tuples(st.sampled_from(sorted(deck())), st.integers(-YEAR, YEAR))


@given(st.lists(st.one_of(MOMENTS, st.lists(MOMENTS, max_size=4)), max_size=8), st.integers(-YEAR, YEAR))
def test_whatever_the_clock_did_and_whatever_was_merged_a_sitting_ends(past, today):
    # A pair is a review by this computer's clock, a list is what came from another, whose clock may be wrong too.
    record, time, there = page.Lines(), Time(), 0
    for one in past:
        if isinstance(one, tuple):
            record.note(Review(one[0], MONDAY + timedelta(days=one[1]), Grade.GOOD))
            continue
        theirs = [event(card, MONDAY + timedelta(days=day), f"{there}-{n}") for n, (card, day) in enumerate(one)]
        there += 1
        record.add(history.missing(record.events, theirs))
    before = {review.id for review in record.read()}
    assert len(before) == sum(1 if isinstance(one, tuple) else len(one) for one in past)
    time.now = MONDAY + timedelta(days=today)
    assert finished(time, record) <= 2 * len(deck())
    assert finished(time, record) == 0
    assert before <= {review.id for review in record.read()}


STEPS = st.one_of(
    st.tuples(st.sampled_from((0, 1)), st.sampled_from(["test-say", "test-recall"]), st.integers(-YEAR, YEAR)),
    st.tuples(st.sampled_from((0, 1)), st.none(), st.none()),
)


@given(st.lists(STEPS, min_size=2, max_size=10), st.integers(-YEAR, YEAR))
def test_two_journals_of_wrong_clocks_have_one_schedule_and_each_card_the_order_in_which_it_was_answered(steps, today):
    journals = page.Lines(), page.Lines()
    for n, (at, card, day) in enumerate(steps):  # an answer in one of the two, or one takes the other in
        ours, theirs = journals[at], journals[1 - at]
        if card is None:
            take_in(ours, theirs)
            continue
        there = [review.id for review in ours.read() if review.card == card]
        answer(ours, card, day + n / 1440)  # nobody answers a card twice in a second
        assert [review.id for review in ours.read() if review.card == card][:-1] == there  # it comes after them all
    for at in (0, 1, 0):
        take_in(journals[at], journals[1 - at])
    assert schedule.remember(journals[0].read()) == schedule.remember(journals[1].read())
    if all(any("merged" in one for one in record.events) for record in journals):
        assert journals[0].read() == journals[1].read()
    for record in journals:
        time = Time(MONDAY + timedelta(days=today))
        assert finished(time, record) <= 4
        assert finished(time, record) == 0


@given(st.lists(st.integers(0, 8), min_size=1, max_size=7))
def test_possible_dates_leave_as_many_alone_as_there_can_be_and_the_last(days):
    given_ = [Review("a-b", MONDAY + timedelta(days=day), Grade.GOOD, id=str(n)) for n, day in enumerate(days)]
    found = schedule.dated(given_)
    dates = [(review.when - MONDAY).days for review in found]
    assert [review.id for review in found] == [review.id for review in given_]
    assert all(one <= other for one, other in pairwise(dates))
    assert dates[-1] == days[-1]
    chains = (
        chain
        for size in range(len(days))
        for chain in combinations(range(len(days) - 1), size)
        if all(days[one] <= days[other] for one, other in pairwise((*chain, len(days) - 1)))
    )
    assert sum(one == other for one, other in zip(dates, days, strict=True)) >= 1 + max(map(len, chains))
    assert schedule.dated(found) == found


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

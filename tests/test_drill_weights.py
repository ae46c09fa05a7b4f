"""Weights fitted to one's own reviews: judged on what they did not see, kept, replayed with, and given up again."""

import math
import random
from datetime import UTC, timedelta
from functools import cache

import fsrs
import pytest
from typer.testing import CliRunner

from course.app.cli import app
from course.drills import interview, reviews, schedule, scratch, today, weights
from course.drills.bank import bank
from course.drills.history import Grade, Review
from course.errors import CourseError
from tests.drilling import MONDAY

DAY = timedelta(days=1)
# After the first answer a memory lasts an eighth of the usual time, and grows by less than half as much with each one.
FORGETFUL = tuple(
    {**dict.fromkeys(range(4), w / 8), 8: w - 0.8}.get(n, w) for n, w in enumerate(fsrs.scheduler.DEFAULT_PARAMETERS)
)


@pytest.fixture(autouse=True)
def own_records(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")


@cache
def months(cards, days=90, truth=FORGETFUL, seed=1):
    """Reviews of a learner who forgets by other weights than those that the dates come from."""
    rng, usual, own = random.Random(seed), schedule.USUAL, schedule.scheduler(truth)
    dates, memory, found = {}, {}, []
    for day in range(days):
        new = [f"copy-{n}" for n in range(cards) if n % days == day]
        due = [id for id, card in dates.items() if schedule.is_due(card, MONDAY + day * DAY + timedelta(hours=1))]
        for id in due + new:
            while id not in dates or schedule.is_due(dates[id], MONDAY + day * DAY + timedelta(hours=1)):
                when = max(MONDAY + day * DAY, dates[id].due if id in dates else MONDAY)
                chance = own.get_card_retrievability(memory[id], when) if id in memory else 0.6
                grade = Grade.GOOD if rng.random() < chance else Grade.AGAIN
                dates[id] = schedule.after(dates.get(id), grade, when, usual)
                memory[id] = schedule.after(memory.get(id), grade, when, own)
                found.append(Review(id, when.astimezone(UTC), grade, 5.0))
    return tuple(sorted(found, key=lambda review: review.when))


def write(history):
    """Put reviews on record, all at once: one by one each of them waits for the disk."""
    reviews.note(history[0])
    line = '{{"when":"{}","card":"{}","grade":"{}","id":"{}"}}\n'
    with reviews.journal().path.open("a", encoding="utf-8") as file:
        for n, one in enumerate(history[1:]):
            file.write(line.format(one.when.isoformat(), one.card, one.grade.value, n))


def test_forecasts_are_those_of_fsrs_for_reviews_a_day_or_more_apart():
    moments = [MONDAY, MONDAY + timedelta(minutes=11), MONDAY + 4 * DAY, MONDAY + 9 * DAY]
    grades = [Grade.GOOD, Grade.GOOD, Grade.AGAIN, Grade.GOOD]
    history = [Review("a-b", when, grade) for when, grade in zip(moments, grades, strict=True)]
    before = schedule.remember(history[:2])["a-b"]
    found = weights.forecasts(history, schedule.USUAL)
    assert [known for _, known in found] == [False, True]
    assert found[0][0] == schedule.USUAL.get_card_retrievability(before, moments[2])
    assert weights.log_loss([(0.8, True), (0.4, False)]) == pytest.approx(-(math.log(0.8) + math.log(0.6)) / 2)


def test_too_few_reviews_are_refused_with_their_number():
    history = months(20, days=20)
    with pytest.raises(CourseError, match=rf"fitting takes 640 reviews .* of your {len(history)} there are \d+ such"):
        weights.fit(history, lambda _: pytest.fail("must not be asked"))


def test_weights_are_judged_by_reviews_that_the_fit_did_not_see():
    history, given = months(240), []

    def knows(logs):
        given.append(logs)
        return FORGETFUL

    fitted = weights.fit(history, knows)
    first, every = given
    assert len(every) == len(history)
    scored = len(weights.forecasts(history, schedule.USUAL))
    assert len(weights.forecasts(history[: len(first)], schedule.USUAL)) == scored - math.ceil(0.2 * scored) >= 512
    assert max(log.review_datetime for log in first) <= history[len(first)].when
    assert fitted.is_better
    assert fitted.weights == FORGETFUL
    assert fitted.reviews == scored


def test_weights_that_predict_no_better_are_not_taken(monkeypatch):
    write(months(240, truth=fsrs.scheduler.DEFAULT_PARAMETERS))
    monkeypatch.setattr(weights, "_optimise", lambda _: FORGETFUL)
    result = CliRunner().invoke(app, ["drill", "fit"])
    assert "That is no gain, or one that chance can make: nothing is changed." in result.output
    assert weights.read() is None


def test_fitted_weights_are_kept_replayed_with_and_given_up(monkeypatch):
    write(months(240))
    monkeypatch.setattr(weights, "_optimise", lambda _: FORGETFUL)
    usual = today.sit(today.Wish()).memory
    result = CliRunner().invoke(app, ["drill", "fit"])
    assert "held out: log loss 0." in result.output
    assert "Back to the usual ones: uv run course drill fit --none" in result.output
    own = today.sit(today.Wish()).memory
    assert own == schedule.remember(reviews.read(), schedule.scheduler(FORGETFUL))
    assert own != usual
    assert interview.sit(bank(), timedelta(minutes=9)).memory == own
    assert scratch.sit(bank()).memory == {}
    assert "Dates by weights fitted to" in CliRunner().invoke(app, ["status"]).output
    assert CliRunner().invoke(app, ["drill", "fit", "--none"]).output == "The usual weights count again.\n"
    assert CliRunner().invoke(app, ["drill", "fit", "--none"]).output == "The usual weights count already.\n"
    assert today.sit(today.Wish()).memory == usual


@pytest.mark.parametrize(
    "line",
    [
        b'{"weights":[1,2,3],"reviews":700,"before":1,"after":0.5,"error":0.1}',
        b'{"weights":"many","reviews":700,"before":1,"after":0.5,"error":0.1}',
        b'{"weights":[' + b",".join([b"1e9"] * 21) + b'],"reviews":700,"before":1,"after":0.5,"error":0.1}',
        b'{"weights":[' + b",".join([b"NaN"] * 21) + b'],"reviews":700,"before":1,"after":0.5,"error":0.1}',
        b'{"reviews":700}',
        b"\x00\xff",
    ],
)
def test_weights_that_are_none_of_fsrs_do_not_count(line):
    weights.keep(weights.Fitted(FORGETFUL, 700, 1.0, 0.5, 0.1, "2026-05-04"))
    with weights.journal().path.open("ab") as file:
        file.write(line + b"\n")
    assert weights.read().weights == FORGETFUL
    weights.journal().path.write_bytes(weights.journal().path.read_bytes().splitlines()[0] + b"\n" + line + b"\n")
    assert weights.scheduler() is schedule.USUAL


def test_without_pytorch_it_says_how_to_bring_it(monkeypatch):
    class Absent:
        def __init__(self, *_):
            raise ImportError("Optimizer is not installed.")

    monkeypatch.setattr(fsrs, "Optimizer", Absent)
    with pytest.raises(CourseError, match=r"needs PyTorch.*: uv run --extra torch course drill fit"):
        weights.fit(months(240))


@pytest.mark.torch
def test_the_packages_optimiser_finds_a_learner_who_forgets_sooner():
    pytest.importorskip("torch", reason="an extra: uv run --extra torch", exc_type=ImportError)
    fitted = weights.fit(months(240))
    assert fitted.after < fitted.before
    assert fitted.weights != fsrs.scheduler.DEFAULT_PARAMETERS
    assert schedule.scheduler(fitted.weights)

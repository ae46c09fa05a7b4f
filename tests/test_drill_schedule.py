"""Reviews and what FSRS makes of them: nothing is lost, nothing is asked too early, and a wrong clock heals."""

from datetime import UTC, datetime, timedelta, timezone

import fsrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from course.drills import history, report, reviews, schedule
from course.drills.history import Grade, Review
from course.drills.session import NEW_A_DAY, Sitting
from course.errors import CourseError
from tests.drilling import MONDAY, Time, deck
from tests.killing import killed

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def own_records(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))


@pytest.fixture
def time():
    return Time()


def sit(time, cards=None, **options):
    return Sitting(cards or deck(), clock=time.clock, stopwatch=time.stopwatch, **options)


def answer(sitting, grade=Grade.GOOD, seconds=5.0):
    question = sitting.next()
    sitting.grade(question, grade, seconds)
    return question.card.id


def finish(sitting, time, grade=Grade.GOOD):
    """Answer all there is, a minute each."""
    ids = []
    while (question := sitting.next(early=True)) is not None:
        time.wait(minutes=1)
        sitting.grade(question, grade, 60.0)
        ids.append(question.card.id)
    return ids


# Reviews.


def test_a_review_is_read_as_it_was_written():
    kept, aside = reviews.note(Review("a-card", MONDAY, Grade.HARD, 12.34, "notebook"))
    assert aside is None
    assert reviews.read() == (Review("a-card", MONDAY, Grade.HARD, 12.3, "notebook", kept.id),)


def test_time_is_kept_in_utc():
    local = datetime(2026, 5, 4, 11, 0, tzinfo=timezone(timedelta(hours=2)))
    reviews.note(Review("a-card", local, Grade.GOOD))
    assert reviews.read()[0].when == MONDAY
    assert reviews.read()[0].when.utcoffset() == timedelta(0)


def test_a_grade_that_was_taken_back_does_not_count_and_is_still_there():
    first, _ = reviews.note(Review("a-card", MONDAY, Grade.GOOD))
    second, _ = reviews.note(Review("a-card", MONDAY, Grade.AGAIN))
    reviews.take_back(second)
    assert reviews.read() == (first,)
    assert len(reviews.journal().read()) == 3


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"card": "x-y", "grade": "good"},
        {"card": "x-y", "grade": "good", "when": "yesterday"},
        {"card": "x-y", "grade": "good", "when": "2026-05-04T09:00:00"},
        {"card": 3, "grade": "good", "when": "2026-05-04T09:00:00+00:00"},
        {"card": "x-y", "grade": "superb", "when": "2026-05-04T09:00:00+00:00"},
        {"card": "x-y", "grade": ["good"], "when": "2026-05-04T09:00:00+00:00"},
        {"card": "x-y", "grade": "good", "when": 3},
        {"undo": 3},
    ],
)
def test_what_another_version_wrote_is_passed_over(event):
    ours = {"card": "a-b", "grade": "good", "when": "2026-05-04T09:00:00+00:00", "id": "1"}
    assert [review.card for review in history.understood([event, ours])] == ["a-b"]


def test_a_streak_is_days_in_a_row_where_the_learner_lives():
    paris = timezone(timedelta(hours=2))
    late = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)  # half past midnight there, the fifth
    days = [Review("a-b", when, Grade.GOOD) for when in (MONDAY - DAY, MONDAY, late)]
    assert history.streak(days, MONDAY + timedelta(hours=1), UTC) == 2
    assert history.streak(days, MONDAY + DAY, UTC) == 2  # today is not over
    assert history.streak(days, MONDAY + DAY, paris) == 3
    assert history.streak(days, MONDAY + 2 * DAY, UTC) == 0
    assert history.streak([], MONDAY) == 0


WRITER = """
from datetime import UTC, datetime
from course.drills import reviews
from course.drills.history import Grade, Review
def write(kill, n, seed):
    reviews.note(Review(f"card-{seed}-{kill}-{n}", datetime(2026, 5, 4, tzinfo=UTC), Grade.GOOD, 1.0))
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="forks a writer 1000 times")
def test_a_thousand_kills_lose_no_review():
    written = killed(WRITER, seeds=(1,), kills=1000, patience=0.08)
    said = {f"card-{seed}-{kill}-{n}" for seed, kill, n in written}
    kept = [review.card for review in reviews.read()]
    assert len(kept) == len(set(kept))
    assert said <= set(kept)
    assert len({kill for _, kill, _ in written}) > 100  # kills that came after a write had returned


# The schedule.


def test_a_replay_is_what_fsrs_itself_says():
    moments = [MONDAY, MONDAY + timedelta(minutes=11), MONDAY + 4 * DAY, MONDAY + 30 * DAY]
    grades = [Grade.GOOD, Grade.GOOD, Grade.AGAIN, Grade.EASY]
    scheduler, card = fsrs.Scheduler(enable_fuzzing=False), fsrs.Card(card_id=7, due=MONDAY)
    for grade, when in zip(grades, moments, strict=True):
        card, _ = scheduler.review_card(card, fsrs.Rating[grade.value.capitalize()], when)
    history = [Review("a-b", when, grade) for grade, when in zip(grades, moments, strict=True)]
    ours = schedule.remember(history)["a-b"]
    assert (ours.due, ours.stability, ours.difficulty) == (card.due, card.stability, card.difficulty)
    assert schedule.remember(history)["a-b"].due == ours.due  # no chance in it


@given(st.lists(st.sampled_from(Grade), max_size=6), st.integers(0, 40))
def test_a_better_grade_never_comes_back_sooner(before, days):
    card, when = None, MONDAY
    for grade in before:
        card = schedule.after(card, grade, when)
        when += timedelta(days=days)
    due = [schedule.after(card, grade, when).due for grade in Grade]
    assert due == sorted(due)
    assert due[0] > when


@given(st.lists(st.tuples(st.sampled_from(Grade), st.integers(-4000, 4000)), min_size=1, max_size=12))
def test_any_order_of_dates_can_be_replayed_and_heals(jumps):
    when, history = MONDAY, []
    for grade, days in jumps:
        when = min(max(when + timedelta(days=days), MONDAY - 9000 * DAY), MONDAY + 9000 * DAY)
        history.append(Review("a-b", when, grade))
    card = schedule.remember(history)["a-b"]
    assert card.last_review == when
    assert card.due > when
    now = when - 2 * DAY  # its date lies in the future: it cannot be trusted, and the card is asked
    assert schedule.is_due(card, now)
    assert not schedule.is_due(schedule.after(card, Grade.GOOD, now), now)


# A first sitting, and the next day.


def test_a_first_sitting_asks_every_new_card_until_it_is_learned_and_the_next_day_those_that_are_due(time):
    first = finish(sit(time), time)
    assert set(first) == set(deck())
    assert {first.count(id) for id in deck()} == {2}  # good twice, ten minutes apart, and a card is learned
    assert sit(time).next() is None
    time.wait(days=1)
    assert sit(time, new=0).ahead().due == ()
    time.wait(days=3)
    again = sit(time)
    assert set(again.ahead().due) == set(deck())
    assert again.ahead().new == ()
    assert set(finish(again, time)) == set(deck())


def test_what_was_not_known_comes_again_within_the_sitting(time):
    sitting = sit(time, deck("test-recall"))
    assert answer(sitting, Grade.AGAIN) == "test-recall"
    assert sitting.ahead().soon == ("test-recall",)
    time.wait(minutes=2)
    assert sitting.ahead().due == ("test-recall",)


def test_new_cards_are_ten_a_day_unless_a_number_is_given(time):
    cards = {f"copy-{n}": replace(deck()["test-recall"], id=f"copy-{n}") for n in range(30)}
    assert len(sit(time, cards).ahead().new) == NEW_A_DAY
    sitting = sit(time, cards)
    for _ in range(4):
        answer(sitting)
    assert len(sitting.ahead().new) == NEW_A_DAY - 4
    assert len(sit(time, cards).ahead().new) == NEW_A_DAY - 4  # the same day
    assert len(sit(time, cards, new=20).ahead().new) == 20
    assert sit(time, cards, new=0).ahead().new == ()
    time.wait(days=1)
    assert len(sit(time, cards).ahead().new) == NEW_A_DAY


def test_easy_cards_come_first_and_lessons_take_turns(time):
    assert sit(time).ahead().new == ("test-weight", "test-recall", "test-code", "test-false", "test-say")


def test_a_card_that_is_skipped_does_not_come_in_this_sitting(time):
    sitting = sit(time)
    sitting.skip(sitting.next())
    assert "test-weight" not in finish(sitting, time)
    assert "test-weight" in sit(time).ahead().new
    assert all(review.card != "test-weight" for review in reviews.read())


def test_the_last_grade_can_be_taken_back_and_its_card_comes_next(time):
    sitting = sit(time)
    assert sitting.undo() is None
    before = sitting.ahead()
    id = answer(sitting, Grade.EASY)
    assert sitting.undo().card.id == id
    assert sitting.ahead() == before
    assert sitting.next().card.id == id
    assert reviews.read() == ()


def test_two_places_share_one_history(time):
    terminal, notebook = sit(time), sit(time, place="notebook")
    done = answer(terminal, Grade.EASY)
    assert notebook.next().card.id != done
    answer(notebook)
    assert {review.place for review in reviews.read()} == {"terminal", "notebook"}
    assert len(terminal.ahead().new) == 3


def test_what_is_not_due_yet_comes_only_when_it_is_asked_for(time):
    sitting = sit(time, deck("test-recall"))
    answer(sitting)
    assert sitting.next() is None
    assert sitting.next(early=True).card.id == "test-recall"


def test_a_grade_can_be_changed_and_counts_once(time):
    sitting = sit(time, deck("test-recall", "test-say"))
    question = sitting.next()
    sitting.grade(question, Grade.GOOD, 7.0, {1})
    sitting.regrade(Grade.EASY)
    assert [(review.grade, review.seconds) for review in reviews.read()] == [(Grade.EASY, 7.0)]
    assert [one.points for one in sitting.asked] == [{1}]
    assert sitting.due_at(question) > time.now + 2 * DAY


def test_a_worked_number_has_other_values_each_time(time):
    sitting = sit(time, deck("test-weight"))
    drawn = []
    for _ in range(12):
        question = sitting.next()
        drawn.append(question.instance.values["sigma"])
        sitting.grade(question, Grade.AGAIN, 1.0)
        time.wait(minutes=2)
    assert len(set(drawn)) > 1


def test_a_clock_set_back_is_noticed_and_nothing_breaks(time):
    finish(sit(time), time)
    time.wait(days=-40)
    sitting = sit(time)
    assert sitting.clock_behind == max(review.when for review in reviews.read())
    assert set(sitting.ahead().due) == set(deck())
    assert len(finish(sitting, time)) >= 5
    assert sit(time).next() is None
    time.wait(days=50)
    assert set(sit(time).ahead().due) == set(deck())


def test_a_clock_that_is_a_little_behind_asks_nothing_twice(time):
    finish(sit(time), time)
    time.wait(hours=-3)
    assert sit(time).ahead().due == ()


def test_a_full_disk_is_an_error_that_says_so(time, monkeypatch, tmp_path):
    sitting = sit(time)
    question = sitting.next()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "file"))
    with pytest.raises(CourseError, match="cannot write to"):
        sitting.grade(question, Grade.GOOD, 1.0)
    assert sitting.asked == []


# What is said of it.


def test_standings_count_lessons(time):
    finish(sit(time, deck("test-weight", "test-say")), time)
    answer(sit(time, deck("test-recall")), Grade.AGAIN)
    rows = {row.lesson: row for row in report.standings(deck(), schedule.remember(reviews.read()), time.now)}
    assert (rows["04_shrinkage"].cards, rows["04_shrinkage"].seen, rows["04_shrinkage"].learned) == (2, 1, 1)
    assert (rows["03_eight_schools"].seen, rows["03_eight_schools"].learned, rows["03_eight_schools"].due) == (1, 0, 0)


def test_what_was_missed_is_to_be_read_again_in_the_order_of_the_lessons(time):
    sitting = sit(time)
    while (question := sitting.next()) is not None:
        points = {0, 2} if question.card.id == "test-say" else ()
        sitting.grade(question, Grade.AGAIN if question.card.id == "test-code" else Grade.GOOD, 1.0, points)
    found = report.to_revise(sitting.asked)
    assert [(place.notebook, place.section) for place in found] == [
        ("01_many_groups", "Neither obvious answer works"),
        ("05_funnel", "Why a neck stops the sampler"),
    ]
    assert found[1].missed == (r"the neck's width is $\tau$",)
    assert [(s.lesson, round(s.points, 2), s.of) for s in report.scores(sitting.asked)] == [
        ("01_many_groups", 0.0, 1),
        ("03_eight_schools", 1.0, 1),
        ("04_shrinkage", 2.0, 2),
        ("05_funnel", 0.67, 1),
    ]


def test_what_is_in_the_further_reading_is_looked_for_there(time):
    cards = deck("test-code", "test-recall")
    sitting = sit(time, cards | {"test-recall": replace(cards["test-recall"], further=True)})
    while (question := sitting.next()) is not None:
        sitting.grade(question, Grade.AGAIN, 1.0, ())
        if len(sitting.asked) == 2:
            break
    found = {place.notebook for place in report.to_revise(sitting.asked)}
    assert found == {"01_many_groups", "further/03_eight_schools"}


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ({"seconds": 5}, "in 1 minute"),
        ({"minutes": 10}, "in 10 minutes"),
        ({"minutes": 59.8}, "in 1 hour"),
        ({"hours": 5}, "in 5 hours"),
        ({"hours": 23}, "tomorrow"),
        ({"days": 2}, "in 2 days"),
        ({"days": 90}, "in 3 months"),
        ({"days": 800}, "in 2.2 years"),
    ],
)
def test_spans_are_said_in_words(span, words):
    assert report.in_words(timedelta(**span)) == words

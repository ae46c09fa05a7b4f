"""Where new cards come from: the lessons that were met, or a plan until an interview, played forward and kept."""

import errno
import itertools
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from course.app.cli import app
from course.drills import forward, notebook, plan, reviews, schedule, session, today
from course.drills.bank import bank
from course.drills.history import Grade, Review
from course.drills.plan import Plan
from course.drills.session import NEW_A_DAY, Sitting, day_of
from course.errors import CourseError
from course.records import results
from course.records.journal import Journal
from course.syllabus import names
from tests.drilling import DECK, MONDAY, Time

DAY = timedelta(days=1)
TODAY = day_of(MONDAY)
THEN = date(2026, 5, 15)  # eleven days on
SOON = "2026-05-15"


@pytest.fixture(autouse=True)
def own_records(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture(autouse=True)
def time(monkeypatch):
    """The clock of all that asks for none of its own."""
    time = Time()
    monkeypatch.setattr(session, "utc_now", time.clock)
    monkeypatch.setattr(today, "utc_now", time.clock)
    monkeypatch.setattr(
        today, "Sitting", lambda *arguments, **options: Sitting(*arguments, clock=time.clock, **options)
    )
    return time


def new(wish=None):
    return today.sit(wish or today.Wish()).ahead().new


def lessons_of(ids):
    return {bank()[id].lesson for id in ids}


def ask(ids, when, grade=Grade.EASY, place="terminal"):
    for id in ids:
        reviews.note(Review(id, when, grade, 30.0, place))


def first(n, lesson=None):
    return [id for id, card in bank().items() if lesson in (None, card.lesson)][:n]


def course(*arguments, typed="q\n"):
    result = CliRunner().invoke(app, arguments, input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return " ".join(result.output.split())


# Lessons that were met.


def test_on_the_first_day_cards_come_from_the_first_lesson_and_the_first_line_says_so():
    assert lessons_of(new()) == {"01_many_groups"}
    shown = course("drill")
    assert "New cards come from lesson 01, until you try an exercise of another." in shown
    assert "Others: uv run course drill --lesson 04, or --all of them; before an interview --until 2026-05-18." in shown
    assert "New cards come from lesson 01" in course("status")
    shown = notebook.Drill().panel.body.value
    assert "New cards come from lesson 01" in shown
    assert "<code>Drill(&quot;all&quot;)</code>" in shown


@pytest.mark.parametrize("what", results.Kind)
def test_a_lesson_is_met_when_a_task_of_it_was_tried(what):
    results.note("funnel.step", what)
    assert lessons_of(new(today.Wish(new=99))) == {"05_funnel"}
    assert "New cards come from lesson 05, which you have begun." in course("drill")


def test_a_lesson_is_met_when_a_card_of_it_was_asked_but_not_in_a_mock_interview():
    ask(first(1, "03_eight_schools"), MONDAY - DAY)
    ask(first(1, "08_bandits"), MONDAY - DAY)
    ask(first(1, "07_logistic_regression"), MONDAY - DAY, place="interview")
    assert lessons_of(new(today.Wish(new=99))) == {"03_eight_schools", "08_bandits"}
    assert "New cards come from lessons 03 and 08, which you have begun." in course("drill")


@pytest.mark.parametrize("task", ["gone.away", "funnel", "", "funnel.step.more"])
def test_a_task_that_this_version_does_not_know_meets_nothing_else(task):
    results.note(task, results.Kind.WRONG)
    assert lessons_of(new()) <= {"01_many_groups", "05_funnel"}


def test_whoever_asks_gets_cards_of_any_lesson():
    assert lessons_of(new(today.Wish(["09"]))) == {"09_multitask"}
    assert len(lessons_of(new(today.Wish([today.ALL])))) == NEW_A_DAY  # lessons take turns
    assert "New cards come from" not in course("drill", "--all")
    assert lessons_of(notebook.Drill("all", new=99).sitting.ahead().new) == set(names())
    assert lessons_of(new(today.Wish(kinds=["say"], new=99))) == {"01_many_groups"}


def test_when_every_lesson_is_met_nothing_is_said_of_them():
    for lesson in names():
        ask(first(1, lesson), MONDAY - DAY)
    assert today.sit(today.Wish()).source == ""


def test_what_is_due_comes_from_every_lesson():
    ask(first(3, "08_bandits"), MONDAY - 90 * DAY, place="interview")
    assert lessons_of(today.sit(today.Wish()).ahead().due) == {"08_bandits"}


def test_a_deck_of_ones_own_is_asked_for(tmp_path):
    (tmp_path / "mine.toml").write_text(DECK, encoding="utf-8")
    shown = course("drill", "--deck", str(tmp_path / "mine.toml"), "--new", "99")
    assert f"0 due, {len(first(99, '01_many_groups')) + 5} new" in shown


# A plan.


def test_a_plan_spreads_all_cards_over_the_days_and_plain_drills_follow_it(time):
    shown = course("drill", "--until", SOON)
    assert "Interview on" not in shown  # it is said once
    assert f"Until {SOON}: {len(bank())} new cards, {-(-len(bank()) // 11)} a day, the last on 2026-05-14." in shown
    time.wait(hours=1)
    asked = set()
    for day in range(11):
        ids = new()
        assert len(ids) <= -(-len(bank()) // 11)
        ask(ids, time.now)
        asked |= set(ids)
        assert new() == (), day  # today's are done
        time.wait(days=1)
    assert asked == set(bank())
    assert "2026-05-15 is today: no new cards. All its cards were asked." in course("drill")
    assert len(lessons_of(asked)) == len(names())


def test_whoever_misses_days_is_told_and_catches_up(time):
    course("drill", "--until", SOON)
    assert "behind" not in course("status")
    ask(new(), time.now)
    assert "behind" not in course("status")
    time.wait(days=3)
    missed = 2 * Plan(THEN, TODAY, len(bank())).meant
    left = len(bank()) - missed // 2
    assert f"in 8 days: {left} cards are new, {-(-left // 8)} a day. You are {missed} behind." in course("status")
    ask(first(150), time.now)
    assert "behind" not in course("drill")


def test_a_plan_is_never_slower_than_none():
    course("drill", "--until", "2026-08-30")
    assert len(new()) == NEW_A_DAY


def test_a_plan_may_be_for_some_lessons_and_kinds_and_is_one_plan():
    course("drill", "--until", SOON, "--lesson", "03", "--lesson", "04", "--kind", "say", "--kind", "number")
    cards = [c for c in bank().values() if c.lesson[:2] in ("03", "04") and c.kind in ("say", "number")]
    assert set(new(today.Wish())) <= {card.id for card in cards}
    assert f"{len(cards)} cards are new" in course("status")
    course("drill", "--until", "2026-05-06")
    assert f"in 2 days: {len(bank())} cards are new" in course("status")


def test_who_names_lessons_or_a_number_of_cards_gets_them_in_a_plan_too():
    course("drill", "--until", SOON)
    assert lessons_of(new(today.Wish(["09"]))) == {"09_multitask"}
    assert len(new(today.Wish(new=3))) == 3


def test_a_day_may_be_a_date():
    notebook.Drill(until=THEN)
    assert plan.read().until == THEN


def test_the_cell_of_a_notebook_that_is_run_again_keeps_the_plan_it_made(time):
    assert f"Until {SOON}:" in notebook.Drill(until=SOON).panel.body.value
    time.wait(days=2)
    shown = notebook.Drill(until=SOON).panel.body.value
    assert "Until" not in shown
    assert "behind" in shown
    assert plan.read().made == TODAY
    time.wait(days=20)
    assert f"The plan for {SOON} is over." in notebook.Drill(until=SOON).panel.body.value


def test_after_its_day_a_plan_is_over_and_can_be_dropped(time):
    course("drill", "--until", SOON)
    time.wait(days=12)
    shown = course("drill")
    assert f"The plan for {SOON} is over." in shown
    assert "New cards come from lesson 01" in shown
    assert lessons_of(new()) == {"01_many_groups"}
    assert "The plan is dropped." in course("drill", "--until", "none")
    assert "is over" not in course("drill")
    assert "There is no plan to drop." in course("drill", "--until", "NONE")


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("2026-05-03", "2026-05-03 is over: today is 2026-05-04"),
        ("2026-05-04", "is today, and leaves no day to plan"),
        ("2036-05-04", "is more than a year away"),
        ("2026-02-30", "there is no day 2026-02-30"),
        ("10.12.2026", "is not a date that is read here. Write year-month-day: 2026-12-10"),
        ("31.02.2026", "Write year-month-day: 2026-05-15"),
        ("12/10/2026", "is not a date that is read here. Write year-month-day: 2026-05-15"),
        ("20261210", "is not a date that is read here"),
        ("2026-W20-1", "is not a date that is read here"),
        ("soon", "is not a date that is read here"),
        ("", "is not a date that is read here"),
        ("9999-99-99", "there is no day 9999-99-99"),
        ("٢٠٢٦-٠٥-١٥", "is not a date that is read here"),
    ],
)
def test_a_date_that_is_none_to_plan_for_is_a_sentence_and_changes_nothing(typed, what):
    with pytest.raises(CourseError) as caught:
        course("drill", "--until", typed)
    assert what in str(caught.value)
    assert not plan.journal().path.exists()
    assert what in notebook.Drill(until=typed).panel.head.value.replace("&#x27;", "'")


def test_a_plan_for_tomorrow_says_what_one_day_can_hold():
    shown = course("drill", "--until", "2026-05-05")
    assert f"{len(bank())} new cards, all of them today. About" in shown
    assert "A card is asked twice until then;" in shown
    assert "That is more than an hour a day. An hour is enough for" in shown


@pytest.mark.parametrize("more", [("--new", "5"), ("--mock", "30m"), ("--card", "04-weight"), ("export",)])
def test_a_plan_is_made_alone(more):
    result = CliRunner().invoke(app, ["drill", "--until", SOON, *more])
    assert result.exit_code != 0
    assert not plan.journal().path.exists()


def test_a_plan_is_dropped_as_a_whole():
    with pytest.raises(CourseError, match="dropped as a whole"):
        today.sit(today.Wish(["03"], until="none"))


# Its record.


@pytest.mark.parametrize(
    "line",
    [b"{}", b'{"until":3}', b'{"until":"soon","made":"2026-05-04","unseen":3}', b"\xff", b'{"until":"2026-05-15"}'],
)
def test_a_line_that_is_no_plan_is_passed_over(line):
    course("drill", "--until", SOON)
    header, kept = plan.journal().path.read_bytes().splitlines()
    plan.journal().path.write_bytes(b"\n".join([header, kept, line, b""]))
    assert plan.read().until == THEN
    plan.journal().path.write_bytes(b"\n".join([header, line, b""]))
    assert plan.read() is None
    assert "The record of your plan is damaged" in course("drill")
    assert "The record of your plan is damaged" in course("status")
    course("drill", "--until", SOON)
    assert plan.read().until == THEN


def test_a_file_that_is_no_journal_is_kept_beside_the_new_plan():
    plan.journal().path.write_text("my own notes\n", encoding="utf-8")
    assert "The record of your plan is damaged" in course("status")
    assert "The record of plans was damaged. It is kept as" in course("drill", "--until", SOON)
    aside = next(plan.journal().path.parent.glob("plan.damaged-*"))
    assert aside.read_text(encoding="utf-8") == "my own notes\n"


def test_a_full_disk_is_a_sentence_and_the_plan_before_stays(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    course("drill", "--until", SOON)
    monkeypatch.setattr(Journal, "_write", full)
    with pytest.raises(CourseError, match=r"cannot write to .*: the disk is full"):
        today.sit(today.Wish(until="2026-06-01"))
    assert plan.read().until == THEN
    assert "the disk is full" in notebook.Drill(until="2026-06-01").panel.head.value


@pytest.mark.parametrize("until", [SOON, "none"])
def test_two_drills_at_once_ask_one_days_cards(until, time):
    course("drill", "--until", until)
    places = [today.sit(today.Wish()), today.sit(today.Wish(), place="notebook")]
    ids = set(places[0].ahead().new)
    asked = []
    for place in itertools.cycle(places):
        if (question := place.next()) is None:
            break
        place.grade(question, Grade.EASY, 3.0)
        asked.append(question.card.id)
    assert sorted(asked) == sorted(ids)
    time.wait(days=1)  # both are still open
    assert len(places[0].ahead().new) == len(places[1].ahead().new) >= min(NEW_A_DAY, len(places[0].unseen), 5)


# What lies ahead.


def outlook(days, a_day=None, history=(), cards=None):
    made = Plan(TODAY + days * DAY, TODAY, len(cards or bank()))
    ahead = forward.Forward(cards or bank(), made, history, MONDAY, days, schedule.USUAL)
    return ahead, ahead.outlook(a_day or made.meant)


def test_a_play_asks_what_fsrs_would_ask():
    id = first(1)[0]
    for known, times in ((1.0, 2), (0.0, 3)):  # good twice and it is learned; again comes before
        ahead, _ = outlook(1, cards={id: bank()[id]})
        ahead.habits = forward.Habits(known, 1.0)
        sight = ahead.outlook(1)
        assert (sight.first, sight.last, sight.seen) == (times, times, 1)
    ahead, _ = outlook(2, cards={id: bank()[id]})
    assert ahead.outlook(1).known > 0.9


def test_the_first_days_cards_are_asked_more_often_than_the_last_and_more_days_are_shorter():
    every = [outlook(days)[1] for days in (2, 5, 11, 20)]
    assert all(sight.seen == len(bank()) for sight in every)
    assert all(sight.first > sight.last >= 2 for sight in every)
    assert all(sight.longest >= sight.minutes for sight in every)
    assert all(a.minutes > b.minutes for a, b in itertools.pairwise(every))
    assert all(0.8 < sight.known <= 1 for sight in every)


def test_what_an_hour_holds_is_no_longer_than_an_hour():
    ahead, sight = outlook(11)
    held = ahead.affordable(sight.a_day)
    assert ahead.outlook(held).minutes <= 66  # averaged over more plays than the search had
    assert ahead.outlook(held + 3).minutes > 60
    assert f"An hour is enough for {held} new a day" in forward.too_much(ahead, sight)


def test_habits_are_ones_own_after_some_cards():
    assert forward.habits(bank(), ()) == forward.Habits(0.6, 1.0)
    ids = first(90)
    quick = [Review(id, MONDAY, Grade.AGAIN, 10.0) for id in ids]
    found = forward.habits(bank(), quick)
    assert found.known == pytest.approx(6 / 100)
    assert found.speed < 0.3
    asleep = [Review(id, MONDAY, Grade.GOOD, 9e4) for id in ids]
    assert forward.habits(bank(), asleep).speed < 3


def test_what_was_seen_before_is_not_planned_again():
    history = [Review(id, MONDAY - 3 * DAY, Grade.GOOD, 30.0) for id in first(200)]
    made = Plan(THEN, TODAY, len(bank()) - 200)
    at = plan.position(made, bank().keys(), history, TODAY)
    assert (at.unseen, at.behind, at.a_day) == (len(bank()) - 200, 0, NEW_A_DAY)
    done = [Review(id, MONDAY, Grade.GOOD) for id in bank()]
    assert "all cards of the plan were asked" in plan.words(made, plan.position(made, bank().keys(), done, TODAY))
    ahead = forward.Forward(bank(), made, done, MONDAY, 11, schedule.USUAL)
    assert "no card of the plan is new" in forward.words(made, ahead.outlook(10), 0)[0]

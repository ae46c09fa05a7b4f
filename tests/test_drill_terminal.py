"""`course drill` as it is typed: a first sitting, leaving at any moment, a mock interview, a narrow terminal."""

import io
import random
import re
import subprocess
import sys
from datetime import timedelta

import pytest
from rich.console import Console
from typer.testing import CliRunner

from course.app.cli import app
from course.drills import interview, reviews
from course.drills.bank import bank
from course.drills.session import Sitting
from course.drills.terminal import Desk
from course.drills.terminal_screen import Screen
from course.errors import CourseError
from tests.drilling import DECK, Time, deck


@pytest.fixture(autouse=True)
def own_records(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "80")


class Typist(Console):
    """A console at which the lines are typed beforehand; each takes so many seconds of the sitting's own time."""

    def __init__(self, lines, time, seconds=20, width=80):
        super().__init__(file=io.StringIO(), width=width, highlight=False)
        self.lines, self.time, self.wait_seconds = list(lines), time, seconds

    def input(self, prompt="", **_):
        self.print(prompt, end="", markup=False)
        self.time.wait(seconds=self.wait_seconds)
        if not self.lines:
            raise EOFError
        line = self.lines.pop(0)
        if isinstance(line, type):
            raise line
        self.print()
        return line

    @property
    def text(self):
        return self.file.getvalue()


def drill(*lines, ids=(), limit=None, width=80, seconds=20, **options):
    time = options.pop("time", None) or Time()
    sitting = Sitting(deck(*ids), clock=time.clock, stopwatch=time.stopwatch, **options)
    console = Typist(lines, time, seconds, width)
    Desk(sitting, limit, console).run()
    return console.text, sitting


def grades():
    return [(review.card, review.grade.value) for review in reviews.read()]


def test_a_wrong_number_is_explained_and_comes_again():
    shown, _ = drill("abc", "1,234", "0.99", "", "q", ids=["test-weight"])
    assert "'abc' is not read as a number; write 0.5, 0,5, 1/2 or 50%" in shown
    assert "can be read in two ways" in shown
    assert "✗ Wrong, because:" in shown
    assert "0.99 is too high." in shown
    assert re.search(r"4/\(4\+\d+\) = 0\.\d\d\d", shown)
    assert "again, 1:00; comes back in 1 minute" in shown
    assert grades() == [("test-weight", "again")]


def test_a_right_number_is_graded_by_the_learner():
    time = Time()
    sitting = Sitting(deck("test-weight"), clock=time.clock, stopwatch=time.stopwatch)

    class Knows(Typist):
        def input(self, prompt="", **options):
            if "Your answer" in prompt:
                sigma = int(re.findall(r"σ = (\d)", self.text)[-1])
                self.lines.insert(0, f"4/{4 + sigma**2}")
            return super().input(prompt, **options)

    console = Knows(["9", "4", "e", "q"], time)
    Desk(sitting, None, console).run()
    assert "✓ Right." in console.text
    assert console.text.count("Please type a word or its first letter") == 2  # numbers are for points, not for grades
    assert "easy instead" in console.text
    assert grades() == [("test-weight", "easy")]


@pytest.mark.parametrize("leave", ["q", KeyboardInterrupt, EOFError])
def test_a_right_answer_is_kept_by_whoever_leaves_before_grading_it(leave):
    drill("3", leave, ids=["test-code"])  # by its text, wherever the option stands
    assert grades() == [("test-code", "good")]


def test_undo_after_a_right_answer_takes_that_one_back():
    shown, _ = drill("", "g", "3", "u", "q", ids=["test-recall", "test-code"])
    assert "Taken back: What is printed?" in shown
    assert grades() == [("test-recall", "good")]


@pytest.mark.parametrize("card", ["test-code", "test-weight", "test-false"])
def test_enter_alone_however_often_fails_nothing(card):
    shown, _ = drill("", "", "", "q", ids=[card])
    assert shown.count("Type an answer, or n to see it; that counts as again.") == 3
    assert "Here is the answer." not in shown
    assert grades() == []


@pytest.mark.parametrize("typed", ["n", "N", " no idea "])
def test_whoever_has_no_idea_sees_the_answer_and_it_counts_as_not_known(typed):
    shown, _ = drill(typed, "", "q", ids=["test-code"])
    assert "Here is the answer." in shown
    assert "Your answer (a to c; n for no idea):" in shown
    assert "0 + 1 + 2 is three." in shown
    assert grades() == [("test-code", "again")]


def test_a_double_enter_after_the_last_card_ends_the_drill():
    shown, _ = drill("0.99", "", "", ids=["test-weight"])
    assert grades() == [("test-weight", "again")]
    assert "You left." not in shown
    assert "1 card in" in shown


class Hasty(Typist):
    """A keyboard at which a line that begins with a tab comes at once, like the second Enter of a double one."""

    @property
    def is_terminal(self):
        return True

    def input(self, prompt="", **options):
        if self.lines and isinstance(self.lines[0], str):
            self.wait_seconds = 0.1 if self.lines[0].startswith("\t") else 20
        return super().input(prompt, **options)


def test_the_second_enter_of_a_double_one_shows_no_answer():
    time = Time()
    sitting = Sitting(deck("test-weight", "test-recall"), clock=time.clock, stopwatch=time.stopwatch)
    console = Hasty(["0.99", "", "\t", "q"], time)  # wrong; on to the next card, twice
    Desk(sitting, None, console).run()
    assert console.text.count("Say it to yourself, then press Enter") == 2
    assert "Chains with each other" not in console.text
    assert grades() == [("test-weight", "again")]


@pytest.mark.parametrize("typed", ["h", "hard", " H "])
def test_something_to_know_is_graded_by_oneself_in_words(typed):
    shown, _ = drill("", typed, "q", ids=["test-recall"])
    assert "What does R̂ compare?" in shown
    assert shown.index("Chains with each other.") < shown.index("• not with the truth")  # no number to grade by mistake
    assert grades() == [("test-recall", "hard")]


def test_enter_alone_grades_nothing_that_was_not_judged():
    shown, _ = drill("", "", "1", "3", "g", "q", ids=["test-recall"])
    assert shown.count("Please type a word or its first letter: again, hard, good, easy.") == 3
    assert grades() == [("test-recall", "good")]


@pytest.mark.parametrize(
    ("typed", "grade"),
    [("all", "good"), ("1 2 3", "good"), ("1, 3", "hard"), ("2", "again"), ("none", "again"), ("0", "again")],
)
def test_what_is_said_aloud_is_held_against_the_rubric(typed, grade):
    shown, _ = drill("", typed, "q", ids=["test-say"], seconds=45)
    assert "You took 0:45, 15 s over." in shown
    assert re.search(r"2 the neck's width is τ", shown)
    assert "blames the priors" in shown
    assert "And with much data?" in shown
    assert grades() == [("test-say", grade)]


def test_points_that_are_none_are_asked_again():
    shown, _ = drill("", "4", "one", "-1", "", "1 2 3", "q", ids=["test-say"])
    assert shown.count("Please type numbers from 1 to 3, or 0.") == 4
    assert grades() == [("test-say", "good")]


@pytest.mark.parametrize("leave", ["q", "quit", " Q ", KeyboardInterrupt, EOFError])
def test_one_can_leave_at_any_prompt_and_what_was_graded_is_kept(leave):
    for typed in ([leave], ["", leave], ["", "g", leave], ["", "g", "", leave]):
        before = len(grades())
        shown, sitting = drill(*typed, ids=["test-recall", "test-say"], new=5)
        assert "You left. What you graded is kept." in shown
        assert len(grades()) == before + len(sitting.asked)


def test_help_skip_and_undo():
    shown, sitting = drill("?", "u", "s", "", "e", "u", "", "a", "q", ids=["test-weight", "test-recall", "test-code"])
    assert "u takes your last grade back" in shown
    assert "There is nothing to take back in this sitting." in shown
    assert "Taken back: What does R̂ compare?" in shown
    assert "Left for another day." in shown
    assert grades() == [("test-recall", "again")]
    assert sitting.skipped == {"test-weight"}


def test_a_drill_offers_to_stop_when_time_is_up_and_may_go_on():
    shown, _ = drill("", "g", "", "", "1 2 3", "q", limit=timedelta(seconds=30), ids=["test-recall", "test-say"])
    assert "0:30 are over" in shown
    assert len(grades()) == 2
    shown, _ = drill("", "g", "q", limit=timedelta(seconds=30), ids=["test-recall", "test-code"], new=2)
    assert "You left." in shown


def test_the_end_says_what_to_read_again_and_when_cards_are_due():
    shown, _ = drill("", "a", "q", ids=["test-recall"])
    end = shown[shown.index("1 card in") :]
    assert "0 known, 1 not, or in part" in end
    assert "So, which school is best?\n    in notebooks/03_eight_schools.ipynb" in end
    assert "– What does R̂ compare?" in end
    assert "within a day: 1" in end


@pytest.mark.parametrize("leave", ["", "q"])
def test_what_is_not_due_yet_is_asked_early_only_on_wish(leave):
    shown, _ = drill("", "g", leave, ids=["test-recall"])
    assert "1 card is to come back within 20 minutes. r repeats now, Enter ends" in " ".join(shown.split())
    assert len(grades()) == 1
    drill("r", "", "g", ids=["test-recall"])
    assert len(grades()) == 2


def test_a_bell_says_that_the_time_to_speak_is_over():
    console = Typist([], Time())
    Screen(console).ring(30)
    assert "0:30 are over: come to the end" in console.text


def test_when_nothing_is_due_it_says_how_to_get_more():
    time = Time()
    drill("", "e", ids=["test-recall"], time=time)
    shown, _ = drill(ids=["test-recall"], time=time)
    assert "There is nothing to ask now." in shown
    assert "course drill" not in shown  # there is no other card
    shown, _ = drill(ids=["test-recall", "test-code"], new=0, time=time)
    assert "For more new cards: uv run course drill --new 10" in " ".join(shown.split())
    shown, _ = drill(ids=["test-recall", "test-code"], fresh=(), time=time)
    assert "For more new cards: uv run course drill --all" in " ".join(shown.split())


def test_a_clock_that_was_set_back_is_told():
    time = Time()
    drill("", "g", "q", ids=["test-recall"], time=time)
    time.wait(days=-3)
    shown, _ = drill("q", ids=["test-recall"], time=time)
    assert "This computer says it is 2026-05-01 09:01 UTC" in shown
    assert "dated 2026-05-04 09:00" in " ".join(shown.split())


@pytest.mark.parametrize("width", [30, 38, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(width):
    lines = [] if width >= 46 else [""]
    typed = ["x", "", "n", "", "", "g", "n", "", "n", "", "", "1", "q"]
    shown, _ = drill(*lines, *typed, ids=[], width=width, source="New cards come from lesson 01, and so on. " * 3)
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= min(width, 88)
    assert ("This terminal has" in shown) == (width < 46)


def test_code_is_shown_as_it_is_in_eighty_columns():
    shown, _ = drill("q", ids=["test-code"])
    assert "import numpy as np" in shown
    assert "print(np.arange(3).sum())" in shown


# A mock interview.


def test_an_interview_asks_what_fits_keeps_time_and_ends_with_what_to_revise():
    cards, time = deck(), Time()
    plan = ["test-say", "test-code", "test-recall", "test-false", "test-weight"]
    sitting = Sitting(cards, plan=plan, place="interview", clock=time.clock, stopwatch=time.stopwatch)
    console = Typist(["", "1 2", "n", "", "", "g", "n", "", ""], time, seconds=30)
    Desk(sitting, timedelta(seconds=190), console).run()
    shown = console.text
    assert "Mock interview: 5 questions, 3:10" in shown
    assert "Question 2 of 5, 2:10 left" in shown
    assert "Time is up." in shown
    assert [card for card, _ in grades()] == plan[:4]
    assert {review.place for review in reviews.read()} == {"interview"}
    assert "0.7 of 1  05_funnel" in shown
    assert "Why a neck stops the sampler" in shown[shown.index("Read again:") :]


def test_what_was_failed_in_an_interview_is_due_soon_in_the_drill():
    time = Time()
    sitting = Sitting(deck(), plan=["test-code"], clock=time.clock, stopwatch=time.stopwatch)
    Desk(sitting, timedelta(minutes=5), Typist(["n", ""], time)).run()
    time.wait(minutes=2)
    assert Sitting(deck(), clock=time.clock).ahead().due == ("test-code",)


def test_a_plan_fits_into_its_time_and_takes_turns():
    for minutes in (1, 10, 30, 60):
        plan = interview.plan(bank(), timedelta(minutes=minutes), random.Random(minutes))
        seconds = sum(interview.seconds_for(bank()[id]) for id in plan)
        assert len(set(plan)) == len(plan)
        assert plan
        assert seconds <= 60 * minutes or len(plan) == 1
        assert max(interview.seconds_for(bank()[id]) for id in plan) <= max(15 * minutes, 120)
        if minutes >= 30:
            assert seconds > 60 * minutes - 60
            rooms = [bank()[id].section for id in plan if bank()[id].lesson == "12_interview_room"]
            assert len(set(rooms)) == len(rooms)  # nobody is asked the same thing at two lengths
            kinds = [bank()[id].kind == "say" for id in plan]
            assert 0.25 < sum(kinds) / len(kinds) < 0.75
            assert len({bank()[id].lesson for id in plan}) >= 6
    first, second = (interview.plan(bank(), timedelta(minutes=30), random.Random(n)) for n in (1, 2))
    assert first != second


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("30m", 30), ("30", 30), ("1h", 60), ("1h30m", 90), (" 45 min ", 45), ("90s", 1.5), ("1H 5m", 65)],
)
def test_a_length_of_time_is_read(typed, minutes):
    assert interview.duration(typed) == timedelta(minutes=minutes)


@pytest.mark.parametrize("typed", ["", "soon", "0m", "10s", "5h", "-3m", "3.5h", "30mm"])
def test_what_is_no_length_of_time_is_an_error(typed):
    with pytest.raises(CourseError, match="is not a length of time between a minute and four hours"):
        interview.duration(typed)


# The command.


def course(*arguments, typed=""):
    return CliRunner().invoke(app, arguments, input=typed)


def test_the_command_asks_and_leaves_without_losing_anything():
    result = course("drill", "--kind", "recall", "--new", "3", typed="\ng\n")
    assert result.exit_code == 0
    assert "0 due, 3 new" in result.output
    assert len(reviews.read()) == 1


def test_a_deck_of_ones_own_is_drilled_beside_ours(tmp_path):
    (tmp_path / "mine.toml").write_text(DECK, encoding="utf-8")
    result = course("drill", "--deck", str(tmp_path / "mine.toml"), "--lesson", "03", "--kind", "recall", "--new", "99")
    assert result.exit_code == 0
    (tmp_path / "mine.toml").write_text(DECK.replace("level = 3", "level = 4"), encoding="utf-8")
    result = course("drill", "--deck", str(tmp_path / "mine.toml"))
    assert re.search(r"mine.toml, line \d+, card test-say: level", str(result.exception))


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--lesson", "99"], "there is no lesson '99'"),
        (["--kind", "riddle"], "no cards of the kind 'riddle'"),
        (["--mock", "soon"], "is not a length of time"),
        (["--for", "0m"], "is not a length of time"),
    ],
)
def test_a_mistake_on_the_command_line_is_a_sentence(arguments, what):
    result = course("drill", *arguments)
    assert isinstance(result.exception, CourseError)
    assert what in str(result.exception)


def test_a_card_a_question_and_a_task_can_be_tried_and_nothing_is_kept(tmp_path):
    ids = ["--card", "04-weight", "--card", "test-recall", "--card", "shrinkage.weight"]
    (tmp_path / "mine.toml").write_text(DECK, encoding="utf-8")
    result = course("drill", *ids, "--deck", str(tmp_path / "mine.toml"), typed="20\n1/3\n\n\ne\n")
    assert result.exit_code == 0
    shown = " ".join(result.output.split())
    # The task: what it asks, hints, solution and where it belongs.
    assert "A district reports a gain of 14 points" in shown
    assert "Which of the two is noisier here?" in shown
    assert "weight = 3**2 / (3**2 + 6**2)" in shown
    assert "check('shrinkage.weight', ...) in exercises/04_shrinkage.ipynb" in shown
    # The question, and a card of somebody's own deck.
    assert "Question 1 of 2 · 04 shrinkage · a number to work out" in shown
    assert "20 is a percentage; write the share itself, 0.2, or write the % sign" in shown
    assert "✗ Wrong, because: That is 1/(1+2), which weighs by standard deviations." in shown
    assert "Chains with each other." in shown
    assert shown.count("not written down") == 2
    assert "Due now" not in shown
    assert not (tmp_path / "data").exists()


def test_undo_and_leaving_while_trying_keep_nothing_either(tmp_path):
    result = course("drill", "--card", "04-tau-zero", typed="b\nu\nq\n")
    assert "Taken back: Empirical Bayes reports tau = 0" in result.output
    assert result.output.count("Question 1 of 1") == 2
    assert "What you graded is kept" not in result.output
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("id", "what"),
    [
        ("04-wieght", "no card is called '04-wieght'. Did you mean '04-weight'?"),
        ("interview-poling-short", "Did you mean 'interview-pooling-short'?"),
        ("shrinkage.wieght", "no task is called 'shrinkage.wieght'. Did you mean 'shrinkage.weight'?"),
    ],
)
def test_an_unknown_name_gets_the_nearest(id, what):
    result = course("drill", "--card", id)
    assert isinstance(result.exception, CourseError)
    assert what in str(result.exception)


def test_a_card_by_its_name_is_not_chosen_in_another_way_too():
    assert course("drill", "--card", "04-weight", "--new", "3").exit_code == 2


def test_a_mock_interview_of_the_command_counts_as_reviews():
    result = course("drill", "--mock", "5m", typed="\n0\n" * 20)
    assert result.exit_code == 0
    assert "Mock interview: " in result.output
    assert {review.place for review in reviews.read()} == {"interview"}


def test_status_counts_what_is_due():
    assert re.search(r"Drills: 0 due, 0 of \d+ cards seen", course("status").output)
    course("drill", "--lesson", "04", "--kind", "recall", "--new", "1", typed="\ne\n")
    shown = course("status").output
    assert re.search(r"04_shrinkage +│ \d+ +│ 1 +│ 1 +│ 0 ", shown)
    assert re.search(r"0 due, 1 of \d+ cards seen", course("status", "--lesson", "4").output)
    assert max(map(len, shown.splitlines())) <= 80


def test_reset_of_the_drills_asks_and_keeps_the_old_record():
    assert "nothing to reset" in course("reset", "--drills").output
    course("drill", "--kind", "recall", "--new", "1", typed="\ne\n")
    assert course("reset", "--drills", typed="n\n").exit_code == 1
    assert len(reviews.read()) == 1
    course("reset", "--drills", typed="y\n")
    assert reviews.read() == ()


def test_the_terminal_does_not_pay_for_widgets_or_scipy():
    program = (
        "import sys; from course.drills import bank, interview, terminal, session; bank.bank();"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"ipywidgets", "IPython", "scipy", "numpy", "matplotlib", "pandas", "genanki"}

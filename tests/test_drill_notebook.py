"""`Drill()` and `Mock()` in a notebook: the same sitting, by buttons; a mistake is a sentence, never a traceback."""

import html
import re

import ipywidgets as widgets
import pytest

from course.drills import notebook, reviews
from course.drills.notebook_sheet import Sheet
from course.drills.session import Sitting
from tests.drilling import Time, deck


@pytest.fixture(autouse=True)
def own_records(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.setattr(Sheet, "slip", 0.0)  # nobody's finger slips, but in the tests of that


def sheet(*ids, time=None, **options):
    time = time or Time()
    made = Sheet(lambda: Sitting(deck(*ids), clock=time.clock, stopwatch=time.stopwatch, place="notebook", **options))
    made.panel.start.click()
    return made.panel


def shown(panel):
    """Which controls can be seen."""
    names = [
        "start",
        "entry",
        "check",
        "give_up",
        "clock",
        "show_answer",
        "made",
        "done",
        "next",
        "skip",
        "undo",
        "stop",
    ]
    found = {name for name in names if getattr(panel, name).layout.display != "none"}
    found |= {f"grade {button.description}" for button in panel.grades if button.layout.display != "none"}
    return found | {f"option {button.description}" for button in panel.options if button.layout.display != "none"}


def grades():
    return [(review.card, review.grade.value, review.place) for review in reviews.read()]


def press(panel, name):
    next(button for button in (*panel.grades, *panel.options) if button.description == name).click()


def enter(panel, typed):
    """What the browser sends when Enter is pressed: the key, and then the text."""
    panel.entry._handle_custom_msg({"event": "submit"}, [])
    panel.entry.value = typed


FOOT = {"skip", "undo", "stop"}


def test_a_number_is_judged_and_its_formula_left_to_the_page():
    panel = sheet("test-weight")
    assert shown(panel) == {"entry", "check", "give_up"} | FOOT
    assert r"$\lambda$" in panel.body.value
    panel.entry.value = "a fifth"
    panel.check.click()
    assert "is not read as a number" in panel.verdict.value
    assert grades() == []
    enter(panel, "0.99")
    assert "0.99 is too high." in panel.verdict.value
    assert grades() == [("test-weight", "again", "notebook")]
    assert shown(panel) == {"next", "undo", "stop"}
    panel.check.click()
    assert len(grades()) == 1  # a second press grades nothing twice
    panel.next.click()
    assert "1 graded" in panel.head.value


def test_what_became_of_the_last_card_stands_over_the_next():
    panel = sheet("test-weight", "test-recall")
    enter(panel, "0.99")
    panel.next.click()
    assert "the last one: again, comes back in 1 minute" in panel.head.value
    assert panel.entry.value == "0.99"
    panel.skip.click()
    panel.start.click()
    assert panel.entry.value == ""


def test_a_text_that_is_left_without_enter_is_not_judged():
    panel = sheet("test-weight")
    panel.entry.value = "0.9"  # and on to another button
    assert grades() == []
    panel.skip.click()
    assert grades() == []


def test_enter_judges_what_was_typed_whichever_comes_first():
    for order in ((0, 1), (1, 0)):
        reviews.journal().set_aside("before")
        panel = sheet("test-weight")
        acts = (
            lambda p=panel: p.entry._handle_custom_msg({"event": "submit"}, []),
            lambda p=panel: setattr(p.entry, "value", "7"),
        )
        for n in order:
            acts[n]()
        assert "7 is too high" in panel.verdict.value


def test_a_right_option_is_graded_by_the_learner_and_a_wrong_one_is_explained():
    panel = sheet("test-false")
    assert shown(panel) == {"option a", "option b", "option c", "give_up"} | FOOT
    press(panel, re.search(r"<strong>(.)\)</strong> Each improves", panel.body.value)[1])
    assert "The outlier pays for it." in panel.verdict.value
    assert shown(panel) == {"grade Hard", "grade Good", "grade Easy", "undo", "stop"}
    assert grades() == [("test-false", "good", "notebook")]  # at once: whoever leaves now loses nothing
    press(panel, "Easy")
    assert grades() == [("test-false", "easy", "notebook")]


def test_the_second_click_of_a_double_one_grades_nothing():
    panel = sheet("test-recall", "test-say")
    panel.show_answer.click()
    press(panel, "Good")
    press(panel, "Good")
    panel.done.click()
    assert grades() == [("test-recall", "good", "notebook")]


def test_what_is_not_due_yet_is_asked_by_whoever_goes_on():
    panel = sheet("test-recall")
    panel.show_answer.click()
    press(panel, "Good")
    assert "1 graded" in panel.head.value
    panel.start.click()
    assert "What does" in panel.body.value


def test_an_empty_answer_fails_nothing_and_not_knowing_is_a_button():
    panel = sheet("test-weight")
    panel.check.click()
    panel.entry.value = "  "
    panel.check.click()
    assert "that counts as again" in panel.verdict.value
    assert grades() == []
    panel.give_up.click()
    assert "Here is the answer" in panel.verdict.value
    assert grades() == [("test-weight", "again", "notebook")]


@pytest.mark.parametrize("card", ["test-code", "test-false", "test-recall", "test-say"])
def test_the_second_press_of_a_double_one_does_nothing_to_what_has_just_come(card, monkeypatch):
    panel = sheet(card)
    monkeypatch.setattr(Sheet, "slip", 600.0)  # whatever is pressed now comes too soon
    before = shown(panel)
    for button in (panel.options[0], panel.give_up, panel.show_answer, panel.done, *panel.grades, panel.next):
        button.click()
    assert shown(panel) == before
    assert panel.verdict.value == ""
    assert grades() == []
    monkeypatch.setattr(Sheet, "slip", 0.0)
    (panel.show_answer if "show_answer" in before else panel.give_up).click()
    assert panel.verdict.value


def test_what_is_said_to_a_wrong_number_is_not_pressed_away(monkeypatch):
    panel = sheet("test-weight", "test-recall")
    enter(panel, "0.99")
    monkeypatch.setattr(Sheet, "slip", 600.0)
    panel.next.click()
    assert "0.99 is too high." in panel.verdict.value


def test_giving_up_shows_the_answer():
    panel = sheet("test-code")
    assert "<pre>" in panel.body.value
    panel.give_up.click()
    assert "0 + 1 + 2 is three." in panel.verdict.value
    assert grades() == [("test-code", "again", "notebook")]


def test_something_to_know_is_shown_and_graded():
    panel = sheet("test-recall")
    assert shown(panel) == {"show_answer"} | FOOT
    panel.show_answer.click()
    assert "<em>with each other</em>" in panel.verdict.value
    press(panel, "Hard")
    assert grades() == [("test-recall", "hard", "notebook")]


def test_what_is_said_aloud_is_timed_and_its_points_are_ticked():
    time = Time()
    panel = sheet("test-say", time=time)
    assert shown(panel) == {"clock", "show_answer"} | FOOT
    assert (panel.play.max, panel.bar.max, panel.bar.description, panel.play.playing) == (30, 30, "of 30 s", True)
    time.wait(seconds=41)
    panel.show_answer.click()
    assert not panel.play.playing
    assert "You took 0:41, 11 s over." in panel.verdict.value
    assert [tick.description for tick in panel.ticks] == ["one step size", "the neck's width is τ", "divergences"]
    panel.ticks[0].value = panel.ticks[2].value = True
    panel.done.click()
    assert grades() == [("test-say", "hard", "notebook")]
    assert reviews.read()[0].seconds == 41


def test_skip_undo_and_the_end():
    panel = sheet("test-weight", "test-recall")
    panel.undo.click()
    assert "nothing to take back" in panel.verdict.value
    panel.skip.click()
    panel.show_answer.click()
    press(panel, "Again")
    panel.undo.click()
    assert grades() == []
    panel.show_answer.click()
    press(panel, "Again")
    assert 'href="03_eight_schools.ipynb"' in panel.verdict.value
    assert "1 graded, 0 of them known" in panel.head.value
    assert shown(panel) == {"start", "undo"}
    panel.start.click()  # goes on
    assert "show_answer" in shown(panel)
    panel.stop.click()
    assert "1 graded" in panel.head.value


def test_every_control_has_a_name_that_can_be_read_out():
    panel = sheet()
    for part in (*panel.grades, *panel.options, panel.start, panel.check, panel.show_answer, panel.done, panel.entry):
        assert part.description
    assert 'role="status"' in panel.head.value


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: notebook.Drill(lesson="99"), "there is no lesson '99'"),
        (lambda: notebook.Drill(kind=["riddle"]), "no cards of the kind"),
        (lambda: notebook.Drill(lesson=99), "there is no lesson '99'"),
        (lambda: notebook.Drill(lesson=3.5), "there is no lesson '3.5'"),
        (lambda: notebook.Drill(new="20"), "a whole number from 0 on, got '20'"),
        (lambda: notebook.Drill(new=-1), "a whole number from 0 on, got -1"),
        (lambda: notebook.Drill(until=20261210), "is not a date that is read here"),
        (lambda: notebook.Drill(until="2026-12-10", new=5), "says by itself how many new cards"),
        (lambda: notebook.Mock("soon"), "is not a length of time"),
        (lambda: notebook.Mock("30m", lesson="nothing"), "there is no lesson"),
    ],
)
def test_a_mistake_is_a_sentence_in_the_place_of_the_drill(make, what):
    made = make()
    assert what in html.unescape(made.panel.head.value)
    assert shown(made.panel) == set()


def test_a_full_disk_is_told_and_the_question_stays(tmp_path, monkeypatch):
    panel = sheet("test-recall")
    panel.show_answer.click()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "file"))
    press(panel, "Good")
    assert "cannot write to" in panel.head.value
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    press(panel, "Good")
    assert grades() == [("test-recall", "good", "notebook")]


def test_the_course_deck_opens_and_writes_nothing_by_itself():
    made = notebook.Drill(lesson="04", new=3)
    assert isinstance(made, widgets.VBox)
    assert "0 due, 3 new" in made.panel.head.value
    assert not reviews.journal().path.exists()


def test_a_mock_interview_keeps_time_and_ends():
    made = notebook.Mock("10m")
    time = Time()
    made.sitting.stopwatch = time.stopwatch
    made.sitting._began = 0.0
    assert "Mock interview, " in made.panel.head.value
    time.wait(minutes=30)  # reading the lesson first costs nothing
    made.panel.start.click()
    assert "10:00 left" in made.panel.head.value
    made.panel.give_up.click()
    if made.panel.show_answer.layout.display != "none":
        made.panel.show_answer.click()
        made.panel.done.click() if made.panel.done.layout.display != "none" else press(made.panel, "Again")
    time.wait(minutes=11)
    made._advance()
    assert "graded" in made.panel.head.value
    assert shown(made.panel) == {"undo"}
    assert {review.place for review in reviews.read()} == {"interview"}


def test_a_question_or_a_task_is_tried_by_its_name_and_nothing_is_kept(tmp_path):
    panel = notebook.Drill(card=["04-weight", "04-tau-zero"]).panel
    assert "2 questions to come." in panel.head.value
    panel.start.click()
    enter(panel, "20")
    assert "is a percentage" in panel.verdict.value
    enter(panel, "0.2")
    assert "Right." in panel.verdict.value
    panel.next.click()
    assert "the last one: good, not written down" in panel.head.value
    press(panel, "a")
    assert "Wrong, because:" in panel.verdict.value
    panel.next.click()
    assert "2 graded, 1 of them known. 0 questions to come." in panel.head.value
    assert not any(tmp_path.iterdir())
    panel = notebook.Drill(card="shrinkage.weight").panel
    assert "A district reports a gain of 14 points" in panel.body.value
    assert "weight = 3**2" in panel.body.value
    assert shown(panel) == set()
    assert "Did you mean '04-weight'?" in str(notebook.Drill(card="04-wieght").panel.head.value).replace("&#x27;", "'")
    assert not any(tmp_path.iterdir())

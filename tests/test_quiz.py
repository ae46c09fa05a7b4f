"""Questions: keys that are computed, answers that are judged and explained, numbers read as people write them."""

import math

import ipywidgets as widgets
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from course import data, exact, multitask, pooling, quiz, regression, scale, shrinkage, simulate
from course.lessons.ten_thousand_cities import explore_cities
from course.quiz import widget

QUESTIONS = tuple(quiz.questions().values())
CHOICES = [q for q in QUESTIONS if isinstance(q, quiz.Choice)]
NUMBERS = [q for q in QUESTIONS if isinstance(q, quiz.Number)]


def eight():
    schools = data.load("eight_schools")
    return exact.normal_posterior(schools.effect, schools.sigma, tau_prior=stats.halfnorm(scale=10))


def names():
    schools = data.load("eight_schools")
    modules = {"np": np, "stats": stats, "shrinkage": shrinkage, "pooling": pooling, "simulate": simulate}
    modules |= {"regression": regression, "multitask": multitask, "scale": scale, "many_cities": explore_cities}
    return modules | {"eight": eight, "schools": schools}


def by_id(questions):
    return pytest.mark.parametrize("question", questions, ids=lambda q: q.id)


@by_id([q for q in QUESTIONS if q.verify])
def test_the_key_follows_from_a_computation(question):
    assert bool(eval(question.verify, names()))


@by_id(NUMBERS)
def test_every_number_is_verified_and_explained(question):
    assert question.verify
    right, why = question.judge(question.answer)
    assert right
    assert why == question.why


@by_id(NUMBERS)
def test_usual_mistakes_are_named_and_are_mistakes(question):
    assert question.mistakes
    for mistake in question.mistakes:
        assert question.judge(mistake.value) == (False, mistake.why)


@by_id(NUMBERS)
def test_any_other_number_is_told_its_direction(question):
    assert question.judge(question.answer + 1e6)[1].endswith("too high. Work it through once more.")
    assert question.judge(question.answer - 1e6)[1].endswith("too low. Work it through once more.")


@by_id(CHOICES)
def test_one_option_is_right_and_each_says_why(question):
    assert sum(option.right for option in question.options) == 1
    assert len(question.options) >= 3
    for i, option in enumerate(question.options):
        assert question.judge(i) == (option.right, option.why)
        assert len(option.why) > 30


def test_every_lesson_after_the_first_has_three_questions():
    for lesson in sorted({q.lesson for q in QUESTIONS} - {"00_start_here"}):
        assert sum(q.lesson == lesson for q in QUESTIONS) == 3


def test_ids_begin_with_their_lesson():
    assert all(q.id.startswith(q.lesson[:2] + "-") for q in QUESTIONS)


def test_an_unknown_question_suggests_the_nearest():
    with pytest.raises(KeyError, match="no question is called '04-weigth'; did you mean '04-weight'"):
        quiz.question("04-weigth")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/2", 0.5),
        ("0,5", 0.5),
        ("50%", 0.5),
        (" .5 ", 0.5),
        ("50 %", 0.5),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("−3", -3),
        ("2e3", 2000),
    ],
)
def test_numbers_are_read_as_people_write_them(text, value):
    assert quiz.read_number(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "abc", "1/0", "nan", "inf", "1/2/3", "twenty"])
def test_what_is_no_number_is_asked_for_again(text):
    with pytest.raises(ValueError, match=r"is not read as a number; write 0.5, 0,5, 1/2 or 50%"):
        quiz.read_number(text)


@pytest.mark.parametrize(("text", "both"), [("1,234", "1234 or 1.234"), ("12,500%", "12500% or 12.500%")])
def test_a_comma_that_can_be_read_in_two_ways_is_asked_about(text, both):
    with pytest.raises(ValueError, match=f"can be read in two ways; write {both}"):
        quiz.read_number(text)
    assert quiz.read_number("0,125") == 0.125


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_printed_number_reads_back(value):
    assert math.isclose(quiz.read_number(repr(value)), value, rel_tol=1e-12)


def parts(box, kind):
    found = [child for child in box.children if isinstance(child, kind)]
    return found + [x for child in box.children if isinstance(child, widgets.Box) for x in parts(child, kind)]


def verdict(box):
    return box.children[-1].value


def test_choosing_answers_at_once_and_can_be_tried_again():
    box = widget.choice_box(quiz.question("04-tau-zero"))
    (buttons,) = parts(box, widgets.RadioButtons)
    assert buttons.index is None
    buttons.index = 0
    assert "Not yet." in verdict(box)
    buttons.index = 1
    assert "Right." in verdict(box)


def test_a_typed_number_is_judged_and_a_typed_word_is_asked_again():
    box = widget.number_box(quiz.question("04-weight"))
    (entry,) = parts(box, widgets.Text)
    entry.value = "1/3"
    assert "weighs by standard deviations" in verdict(box)
    entry.value = "a fifth"
    assert "is not read as a number" in verdict(box)
    entry.value = "20%"
    assert "Right." in verdict(box)


def test_what_a_learner_types_is_not_run_as_html():
    box = widget.number_box(quiz.question("04-weight"))
    (entry,) = parts(box, widgets.Text)
    entry.value = "<img src=x onerror=alert(1)>"
    assert "<img" not in verdict(box)


def test_a_guess_is_held_against_the_computed_value(capsys):
    quiz.reveal(12, 8.93, "points")
    assert capsys.readouterr().out == "your guess: 12.0 points   computed: 8.9 points   (3.1 too high)\n"
    quiz.reveal(None, 8.93, "points")
    assert "You have not written a guess" in capsys.readouterr().out
    quiz.reveal(0.65, 0.648, digits=2)
    assert "the same to this precision" in capsys.readouterr().out


def test_a_guess_in_quotation_marks_is_asked_for_without():
    with pytest.raises(ValueError, match="guess must be a number, got '5'; write it without quotation marks"):
        quiz.reveal("5", 6.0)

"""Questions: keys that are computed, answers that are judged and explained, numbers read as people write them."""

import math
import random
from fractions import Fraction
from pathlib import Path

import ipywidgets as widgets
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course import quiz
from course.drills import bank, decks
from course.drills.cards import Calculation, Choice
from course.drills.expressions import holds
from course.drills.questions import ask
from course.quiz import widget
from course.verdicts.findings import right, wrong

QUESTIONS = tuple(quiz.questions().values())
CHOICES = [q for q in QUESTIONS if isinstance(q, Choice)]
NUMBERS = [q for q in QUESTIONS if isinstance(q, Calculation)]


def asked(question):
    return ask(question, random.Random(0))


def by_id(questions):
    return pytest.mark.parametrize("question", questions, ids=lambda q: q.id)


@by_id([q for q in CHOICES if q.verify])
def test_the_key_follows_from_a_computation(question):
    assert holds(question.verify, {})


@by_id(NUMBERS)
def test_every_number_is_verified_and_explained(question):
    instance = asked(question).instance
    assert holds(question.verify, instance.names)
    assert not holds(question.verify, instance.names | {"answer": 1.1 * instance.answer})  # it looks at the answer
    assert asked(question).judge(instance.shown(instance.answer)) == right(question.worked)


@by_id(NUMBERS)
def test_usual_mistakes_are_named_and_are_mistakes(question):
    for value, why in asked(question).instance.mistakes():
        assert asked(question).judge(repr(value)) == wrong(why)


@by_id(NUMBERS)
def test_any_other_number_is_told_its_direction(question):
    answer = asked(question).instance.answer
    assert asked(question).judge(repr(answer + 1e6)).text.endswith("is too high.")
    assert asked(question).judge(repr(answer - 1e6)).text.endswith("is too low.")


@by_id(CHOICES)
def test_each_option_says_why(question):
    for letter, option in zip("abcdef", question.options, strict=False):  # in the order of the file
        assert asked(question).judge(letter) == (right if option.pick else wrong)(option.why)
        assert len(option.why) > 30


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("pick = true", "pick = false", "exactly one option must have `pick = true`, got 0"),
        ('kind = "choice"', 'kind = "say"', "`kind` must be one of number, choice"),
        ("prompt =", "promt =", "Object contains unknown field `promt`"),
    ],
)
def test_a_mistake_in_a_question_is_named_with_file_line_and_question(old, new, what):
    text = """
[[question]]
id = "04-x"
kind = "choice"
prompt = "Which?"
options = [
    { text = "A", why = "no" },
    { text = "B", why = "yes", pick = true },
    { text = "C", why = "no" },
]
"""
    assert list(decks.parse_questions(text, "mine.toml", "04_shrinkage")) == ["04-x"]
    with pytest.raises(decks.DeckError, match=r"mine.toml, line \d+, question 04-x: ") as caught:
        decks.parse_questions(text.replace(old, new), "mine.toml", "04_shrinkage")
    assert what in str(caught.value)


def test_an_id_is_for_ever():
    # Notebooks ask by it, learners' copies of them too: a question may be mended under its id, never renamed.
    assert [*quiz.questions()] == (Path(__file__).parent / "question_ids.txt").read_text(encoding="utf-8").split()


def test_a_question_and_a_card_have_no_id_in_common():
    assert not quiz.questions().keys() & bank.bank().keys()


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
    assert "Wrong, because:" in verdict(box)
    buttons.index = 1
    assert "Right." in verdict(box)


def test_a_typed_number_is_judged_and_a_typed_word_is_asked_again():
    box = widget.number_box(quiz.question("04-weight"))
    (entry,) = parts(box, widgets.Text)
    entry.value = "1/3"
    assert "weighs by standard deviations" in verdict(box)
    entry.value = "a fifth"
    assert "Not yet." in verdict(box)
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


@pytest.mark.parametrize(
    ("guess", "computed", "unit", "said"),
    [
        ("5", 6.0, "", "your guess: 5.0   computed: 6.0   (1.0 too low)"),
        ("6%", 6.0, "%", "your guess: 6.0%   computed: 6.0%   (the same to this precision)"),
        ("1/2", 0.65, "", "your guess: 0.5   computed: 0.7   (0.2 too low)"),
        (" Yes ", "yes", "", "your guess:  Yes    computed: yes   (the same)"),
        ("E", "L", "", "your guess: E   computed: L   (not the same)"),
        (5, "A", "", "your guess: 5   computed: A   (not the same)"),
        (Fraction(1, 2), 1.0, "", "your guess: 0.5   computed: 1.0   (0.5 too low)"),
        ([0.5], 1.0, "", "your guess: 0.5   computed: 1.0   (0.5 too low)"),
        ("2*3/12", 1.0, "", "your guess: 0.5   computed: 1.0   (0.5 too low)"),
    ],
)
def test_a_guess_is_read_as_people_write_it(guess, computed, unit, said, capsys):
    quiz.reveal(guess, computed, unit)
    assert capsys.readouterr().out == said + "\n"


@pytest.mark.parametrize("guess", ["about five", "", ..., [5, 6], float("nan"), max, {}, "1,234", 1j, True])
def test_a_guess_that_is_no_number_is_a_sentence_that_keeps_the_answer_back(guess, capsys):
    quiz.reveal(guess, 6.789, "points", digits=3)
    said = capsys.readouterr().out
    assert said.startswith("Your guess is not a number yet: ")
    assert "6.789" not in said

"""One judge: the same answer gets the same words in the quiz, in the drills and in an exercise."""

import random
from functools import partial

import pytest

from course import quiz
from course.checks import answers
from course.drills import decks
from course.drills.questions import ask
from course.verdicts.choices import Offer, judge_choice
from course.verdicts.findings import Outcome
from course.verdicts.numbers import Key
from tests.drilling import DECK

FOUR = DECK.replace("[1, 4, 5, 6]", "[4, 4]")  # the answer is 0.2


def drill(typed):
    return ask(decks.parse(FOUR, "x.toml")["test-weight"], random.Random(0)).judge(typed)


def exercise(typed):
    slips = (answers.Slip(1 / 3, "That weighs by standard deviations."),)
    return answers.number(0.2, within=0.005, means="x.", slips=slips)(float(typed))


def quizzed(typed):
    return ask(quiz.question("04-weight"), random.Random(0)).judge(typed)


@pytest.mark.parametrize("judge", [quizzed, drill, exercise])
@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("0.333", "That "),
        ("-0.2", "-0.2 has the right size and the wrong sign."),
        ("-0.3", "-0.3 is too low."),
        ("0.9", "0.9 is too high."),
        ("20", "20 is a percentage; write the share itself, 0.2"),
    ],
)
def test_the_same_number_gets_the_same_words_everywhere(judge, typed, text):
    finding = judge(typed)
    assert finding.text.startswith(text)
    # Whoever typed 20 can type it again with its sign; code that computed 20 is wrong.
    assert finding.outcome is (Outcome.NOT_YET if typed == "20" and judge is not exercise else Outcome.WRONG)


@pytest.mark.parametrize(
    ("key", "typed", "text"),
    [
        (Key(0.2, "yes", rtol=0.01), "20%", "yes"),
        (Key(0.2, "yes", rtol=0.01), "2000%", "20 is too high."),
        (Key(20, "yes", rtol=0.01, unit="euros"), "20 euros", "yes"),
        (Key(0.2, "yes", rtol=0.01, unit="euros"), "20 euros", "20 is too high."),
        (Key(20, "yes", rtol=0.01), "2000", "2000 is too high."),
        (Key(0, "yes", atol=0.01), "0.5", "0.5 is too high."),
        (Key(0.3, "yes", atol=0.005), "0.305", "yes"),
        (Key(0.2, "yes", atol=0.005, mistakes=lambda: [(20, "It is 1/5 of 100.")]), "20%", "yes"),
        (Key(20, "yes", atol=0.005, mistakes=lambda: [(0.2, "It is 1/5.")]), "0.2", "It is 1/5."),
        (Key(0.2, "yes", atol=0.005, mistakes=lambda: [(0.2, "never")]), "0.2", "yes"),
    ],
)
def test_what_is_a_share_a_unit_or_a_usual_mistake(key, typed, text):
    assert key.judge_typed(typed).text == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_is_said_to_be_so(value):
    finding = Key(0.2, "yes", atol=1).judge(value)
    assert finding.outcome is Outcome.WRONG
    assert "is not finite" in finding.text


def test_usual_mistakes_are_not_computed_for_a_right_answer():
    assert Key(0.2, "yes", atol=0.01, mistakes=partial(pytest.fail, "computed")).judge(0.2).text == "yes"


OFFERS = (Offer("A", "no", text="Nothing"), Offer("B", "yes", True, "All of it"), Offer("C", "neither", text="A"))


@pytest.mark.parametrize(
    ("given", "outcome", "text"),
    [
        ("b", Outcome.RIGHT, "yes"),
        (" B) ", Outcome.RIGHT, "yes"),
        ("b.", Outcome.RIGHT, "yes"),
        ("all OF it", Outcome.RIGHT, "yes"),
        ("nothing", Outcome.WRONG, "no"),
        ("a", Outcome.WRONG, "no"),  # a letter comes before a text
        ("B. All of", Outcome.RIGHT, "yes"),
        ("**b.** something else", Outcome.RIGHT, "yes"),
        ("a.b", Outcome.NOT_YET, "'a.b' is none of the letters A, B, C."),
        ("D", Outcome.NOT_YET, "'D' is none of the letters A, B, C."),
        ("  ", Outcome.NOT_YET, "Choose one of A, B, C."),
    ],
)
def test_a_choice_is_a_letter_or_a_text_in_any_case(given, outcome, text):
    finding = judge_choice(given, OFFERS)
    assert (finding.outcome, finding.text) == (outcome, text)


def test_an_empty_text_is_no_option():
    assert judge_choice("", [Offer("A", "no", text="Nothing"), Offer("B", "yes", True)]).outcome is Outcome.NOT_YET

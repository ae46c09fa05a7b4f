"""Numbers, tuples, letters and sentences: read as people hand them in, and told why in words that are true."""

import itertools
import math
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from course.checks.answers import Choice, Claim, Claims, Number, Values, choice, claims, number, values
from course.checks.differences import describe_difference
from course.checks.task import tasks
from course.checks.values import agree, as_number, shape_of
from course.checks.verdict import as_html
from course.syllabus import lesson, topics
from course.verdicts.findings import Outcome
from course.verdicts.numbers import Key, after_the_point
from course.verdicts.reading import read_number

ROOT = Path(__file__).parents[1]
EVERY = [found for topic in topics() for found in tasks(topic).values()]
NUMBERS = [found for found in EVERY if isinstance(found.judge, Number)]
TUPLES = [found for found in EVERY if isinstance(found.judge, Values)]
READINGS = [found for found in EVERY if isinstance(found.judge, Claims)]
LETTERS = [found for found in EVERY if isinstance(found.judge, Choice)]


def each(found):
    return {"argvalues": found, "ids": [one.id for one in found]}


# The tasks of the course.


def test_every_kind_of_task_was_found():
    assert all((NUMBERS, TUPLES, READINGS, LETTERS))


@pytest.mark.parametrize("task", **each(NUMBERS))
def test_no_two_causes_fit_one_number(task):
    key = task.judge.key()
    told = [(key.answer, key.means), *key.mistakes()]
    for (one, why), (other, reason) in itertools.combinations(told, 2):
        assert why == reason or not (key.fits(one, other) or key.fits(other, one)), (one, other)


@pytest.mark.parametrize("task", **each(NUMBERS))
def test_a_usual_mistake_is_told_its_cause(task):
    for value, why in task.judge.key().mistakes():
        assert task.judge(value).text.startswith(why)


def test_a_small_mistake_is_recognised_by_its_own_size():
    key = Key(6.25, "Yes.", atol=0.01, mistakes=lambda: [(0.01, "that is 1/tau²."), (0.0, "that is nothing.")])
    assert key.judge(0.01).text == "that is 1/tau²."
    assert key.judge(0.005).text == "that is nothing."
    assert key.judge(0.019).text == "0.019 is too low."


@pytest.mark.parametrize("task", **each(NUMBERS))
def test_as_many_digits_as_the_task_asks_for_are_right(task):
    key = task.judge.key()
    rounded, cut = round(key.answer, key.digits), math.trunc(key.answer * 10**key.digits) / 10**key.digits
    assert {task.judge(value).outcome for value in (rounded, cut)} == {Outcome.RIGHT}
    assert f"{after_the_point(key.digits).capitalize()} are enough" in prompt(task)


@pytest.mark.parametrize("task", **each(NUMBERS))
def test_a_number_with_too_few_digits_is_never_just_too_high_or_low(task):
    key = task.judge.key()
    for digits in range(1, key.digits):
        few = round(key.answer, digits)
        if abs(few - key.answer) < 0.05 * abs(key.answer):
            finding = task.judge(few)
            assert finding.outcome is Outcome.RIGHT or after_the_point(key.digits) in finding.text


def prompt(task):
    """The text of a task, from the notebook of its lesson."""
    cells = nbformat.read(ROOT / "solutions" / f"{lesson(task.topic).name}.ipynb", as_version=4).cells
    place = next(i for i, cell in enumerate(cells) if cell.source.startswith(f'check("{task.id}"'))
    return next(cell.source for cell in reversed(cells[:place]) if cell.cell_type == "markdown")


@pytest.mark.parametrize("task", **each(EVERY))
def test_a_prompt_is_short_and_its_normals_have_variances(task):
    text = prompt(task)
    assert len(text.split()) <= 120
    for _, spread in re.findall(r"N\(([^,)]+), ([^)]+)\)", text):
        assert spread.endswith("^2"), "N(a, b) has the variance, pm.Normal the standard deviation"


@pytest.mark.parametrize("task", **each(TUPLES))
def test_no_two_causes_fit_one_part_of_a_tuple(task):
    judge = task.judge
    wanted = judge.answer()
    for place, slips in judge.parts.items():
        told = [wanted[place], *(slip.computed() for slip in slips)]
        for one, other in itertools.combinations(told, 2):
            assert not agree(one, other, rtol=2 * judge.rtol, atol=judge.atol)
        for slip in slips:
            given = [*wanted[:place], slip.computed(), *wanted[place + 1 :]]
            assert judge(tuple(given)).text == f"number {place + 1} of {len(wanted)}: {slip.why}"
    for slip in judge.slips:
        assert judge(slip.computed()).text == slip.why


@pytest.mark.parametrize("task", **each(READINGS))
def test_each_reason_reads_on_after_because(task):
    for letter, claim in task.judge.answer.items():
        other = {**{name: one.true for name, one in task.judge.answer.items()}, letter: not claim.true}
        start = f"you said {not claim.true} to {letter}. {letter} is {str(claim.true).lower()}, because "
        assert task.judge(other).text == start + claim.why
        assert claim.why.endswith(".")
        assert claim.why[0].islower() or claim.why.startswith(("Laplace", "James-Stein"))


@pytest.mark.parametrize("task", **each(NUMBERS + TUPLES))
def test_a_cause_speaks_of_the_value_and_not_of_what_the_learner_did(task):
    slips = [*task.judge.slips, *itertools.chain(*getattr(task.judge, "parts", {}).values())]
    for slip in slips:
        assert slip.why[0].islower()
        assert slip.why.endswith((".", "?"))
        assert not re.search(r"\byou (added|used|averaged|let|put|squared|multiplied|took)\b", slip.why)


@pytest.mark.parametrize("task", **each(NUMBERS + TUPLES + READINGS + LETTERS))
def test_the_untouched_cell_is_told_how_to_answer_and_nothing_else(task):
    letters = isinstance(task.judge, Choice)
    for untouched in (..., None):
        finding = task.judge(untouched)
        assert finding.outcome is Outcome.NOT_YET
        assert finding.text.startswith("Write one of the letters" if letters else ("Put your", "Write True or False"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the *worse* arm", "the <em>worse</em> arm"),
        ("is *higher*. And `a *b* c` < 2", "is <em>higher</em>. And <code>a *b* c</code> &lt; 2"),
        ("the clicks are m * c * d", "the clicks are m * c * d"),
        ("2*x*y and *args, **options", "2*x*y and *args, **options"),
    ],
)
def test_a_stressed_word_is_set_in_italics_and_a_product_is_not(text, shown):
    assert as_html(text) == shown


# What counts as a number.

HALF = number(0.5, within=0.01, means="Half.")
ONE_HALF = [
    *(0.5, np.float32(0.5), np.array(0.5), np.array([0.5]), np.array([[0.5]]), [0.5], (0.5,), {0.5}, [[0.5]]),
    *(Fraction(1, 2), Decimal("0.5"), [Fraction(1, 2)], 0.5 + 0j, np.array([0.5 + 0j])),
    *(np.array([Fraction(1, 2)], dtype=object), pd.Series([0.5]), pd.DataFrame({"a": [0.5]}), pd.Series([0.5], ["x"])),
]


@pytest.mark.parametrize("given", ONE_HALF, ids=lambda one: f"{type(one).__name__}-{one}")
def test_one_number_is_read_however_it_is_wrapped_wherever_a_number_is_wanted(given):
    assert HALF(given).outcome is Outcome.RIGHT
    assert agree(given, 0.5, rtol=1e-6)
    assert agree((1, given), (1.0, 0.5), rtol=1e-6)
    assert agree(given, np.array([0.5]), rtol=1e-6)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (True, "a number is wanted, and this is True."),
        ([True], "a number is wanted, and this is True."),
        (np.bool_(1), "a number is wanted, and this is True."),
        (np.array([True]), "a number is wanted, and this is True."),
        (0.5 + 1j, "a number is wanted, and this is (0.5+1j)."),
        ("0.5", "that is text, not a number; write it without quotation marks."),
        (["0.5"], "that is text, not a number; write it without quotation marks."),
        ([0.5, 0.5], "one number is wanted, and you gave 2 values."),
        (np.ones((1, 2)), "one number is wanted, and you gave a 1 by 2 table."),
        (pd.Series([0.5]).mean, "this is a function that was not called: put brackets behind it."),
        (np.ma.masked, "nan is not finite"),
        (10**400, "no computer's arithmetic holds a number of that size."),
        ([], "one number is wanted, and you gave 0 values."),
        ({"a": 0.5}, "a number is wanted, and this is {'a': 0.5}."),
        (-0.0, "0 is too low."),
    ],
    ids=str,
)
def test_what_is_no_number_is_named(given, says):
    finding = HALF(given)
    assert finding.outcome is Outcome.WRONG
    assert says in finding.text


LOOP: list[object] = []
LOOP.append(LOOP)
HOSTILE = [
    *(LOOP, pd.NA, pd.Series([pd.NA, 1]), np.array([]), np.array([0.5, "a"], dtype=object), pd.DataFrame(), 10**5000),
    *(
        Fraction(10**400, 3),
        Decimal("sNaN"),
        np.datetime64("2020"),
        range(5),
        iter("AB"),
        object,
        np.mean,
        np.ones((5, 2)),
    ),
    *({"A": {}}, {"A": LOOP}, dict.fromkeys("ABCDE", LOOP), [LOOP] * 5, (1, LOOP, 3), np.array([None] * 5), {1, 2, 3}),
]


@pytest.mark.parametrize("judge", [HALF, *(found[0].judge for found in (TUPLES, READINGS, LETTERS))])
@pytest.mark.parametrize("given", HOSTILE, ids=lambda one: type(one).__name__)
def test_whatever_is_handed_in_gets_a_sentence_of_its_own(judge, given):
    finding = judge(given)
    assert finding.outcome is not Outcome.RIGHT
    assert finding.text.endswith((".", "?"))


@pytest.mark.parametrize("given", [[...], (None,), np.array([None])], ids=str)
def test_dots_in_a_list_are_still_dots(given):
    assert HALF(given).outcome is Outcome.NOT_YET


def test_true_and_false_are_numbers_only_where_they_are_wanted():
    assert not agree(True, 1.0, rtol=1e-6)
    assert not agree((True, 2), (1.0, 2.0), rtol=1e-6)
    assert agree(np.True_, True, rtol=1e-6)
    assert agree(1, True, rtol=1e-6)
    assert describe_difference(True, 0.5, rtol=0, atol=0) == "a number is wanted, and this is True."
    assert describe_difference(True, False, rtol=0, atol=0) == "True is not so."


# Arrays, tables and tuples.

PAIR = (np.array([1.0, 2.0, 3.0]), np.array([7.0, 5.0, 8.0]))


@pytest.mark.parametrize(
    "given",
    [
        PAIR,
        list(PAIR),
        np.array(PAIR),
        np.column_stack(PAIR),
        np.column_stack(PAIR).tolist(),
        pd.DataFrame({"alpha": PAIR[0], "beta": PAIR[1]}),
        (pd.Series(PAIR[0]), pd.Series(PAIR[1], index=list("abc"))),
        (PAIR[0][:, None], PAIR[1][None, :]),
    ],
    ids=lambda one: type(one).__name__,
)
def test_two_columns_are_read_from_any_table(given):
    assert agree(given, PAIR, rtol=1e-6)
    assert not agree(given, PAIR[::-1], rtol=1e-6)


def test_a_square_table_is_read_by_rows_or_by_columns():
    square = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert agree(square, (square[0], square[1]), rtol=1e-6)
    assert agree(square, (square[:, 0], square[:, 1]), rtol=1e-6)


RIGHT = np.array([1.0, 4.0, 9.5, 6.0])


@pytest.mark.parametrize(
    ("given", "wanted", "says"),
    [
        (-RIGHT, RIGHT, "all 4 values have the right size and the wrong sign."),
        (2 * RIGHT, RIGHT, "all 4 values are twice what is wanted."),
        (RIGHT / 100, RIGHT, "all 4 values are a hundredth of what is wanted."),
        (RIGHT**2, RIGHT, "all 4 values are the squares of what is wanted."),
        (np.sqrt(RIGHT), RIGHT, "all 4 values are the square roots of what is wanted."),
        (RIGHT[::-1], RIGHT, "all 4 values are right, and in reverse."),
        (np.sort(RIGHT), RIGHT, "all 4 values are right, and in the wrong order."),
        (1.37 * RIGHT, RIGHT, "all 4 values are off by one and the same factor."),
        (RIGHT + 0.3, RIGHT, "all 4 values are off by one and the same amount."),
        (np.array([0.0, 4.0]), np.array([0.0, 2.0]), "value 2 of 2, 4, is too high; the other is right."),  # 2x or x²
        (RIGHT + np.array([0, 1, 0, 0]), RIGHT, "value 2 of 4, 5, is too high; the others are right."),
        (RIGHT + np.array([0, 1, 2, 0]), RIGHT, "value 2 of 4, 5, is too high; 1 more of them is wrong."),
        (RIGHT + np.array([1, 2, 3, 5]), RIGHT, "value 1 of 4, 2, is too high; so are all others."),
        (RIGHT + np.array([1, -2, 3, 5]), RIGHT, "value 1 of 4, 2, is too high; all others are wrong as well."),
        (np.full(4, 5.0), RIGHT, "all 4 values are the same, 5; they differ in what is wanted."),
        (np.zeros(4), RIGHT, "all 4 values are the same, 0; they differ in what is wanted."),
        ((1.0, "2.5"), (1.0, 2.0), "number 2 of 2: '2.5' is text; write the number without quotation marks."),
        ((1.0, "two"), (1.0, 2.0), "number 2 of 2: 'two' is not what is asked for."),
        (np.ones(2), (RIGHT, RIGHT), "2 arrays are wanted, in this order and separated by a comma; this is 2 values."),
        (RIGHT[:3], RIGHT, "4 values wanted, and this is 3 values."),
        (RIGHT, 2.0, "one number wanted, and this is 4 values."),
        (RIGHT[:1], RIGHT, "4 values wanted, and this is one number."),
        (2.0, 1.0, "2 is too high."),  # of a single value no factor is told: it would be the answer
        (-1.0, 1.0, "-1 has the right size and the wrong sign."),
        (-0.0, 1.0, "0 is too low."),
        (1.0001, 1.0, "1 is off by less than a thousandth."),
        (0.0047, 0.004657, "0.0047 is near (if it is rounded, give all its digits)."),
        (0.0047123456789, 0.004657, "0.004712 is too high."),
        (np.nan, 1.0, "is NaN: was 0 divided by 0"),
        (np.array([np.inf, 2.0]), np.array([1.0, 2.0]), "value 1 of 2 is inf: was something divided by 0?"),
        (-np.inf, 1.0, "was something divided by 0, or the logarithm of 0 taken?"),
        (
            np.array([[1.0, 1.0], [2.0, 1.0]]),
            np.eye(2),
            "the value in row 1, column 2, 1, is too high; 1 more of them is wrong.",
        ),
        (([1.0, 2], 3.0), ([1.0, 2], 4.0), "number 2 of 2: 3 is too low."),
        ((3.0, 1.0, 2.0), (1.0, 2.0, 3.0), "the 3 values are right, and in the wrong order."),
        ((1.0, None), (1.0, 2.0), "number 2 of 2 is still open."),
        ((1.0, len), (1.0, 2.0), "number 2 of 2: this is a function that was not called"),
        (
            {1.0, 2.0},
            (1.0, 2.0),
            "2 values are wanted, in this order and separated by commas; this is a set, which has no order.",
        ),
    ],
    ids=str,
)
def test_how_values_differ_is_said_once_and_without_the_right_ones(given, wanted, says):
    wanted = tuple(map(np.asarray, wanted)) if isinstance(wanted, tuple) else wanted
    assert says in describe_difference(given, wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_a_shape_is_named_in_the_right_number(count):
    assert shape_of(np.ones(count)) == ("one number" if count == 1 else f"{count} values")


def test_a_tuple_with_an_open_place_is_not_judged():
    judge = values(lambda: (1.0, 2.0, 3.0), means="Yes.")
    assert judge((..., ..., ...)).outcome is Outcome.NOT_YET
    finding = judge((5.0, ..., None))
    assert finding.outcome is Outcome.NOT_YET
    assert finding.text == "Of your 3 values, number 2 and 3 are still open."


# Rounding.


@pytest.mark.parametrize(
    ("answer", "within", "given", "rounded"),
    [
        (5.747, 0.01, 5.7, True),
        (0.062, 0.001, 0.06, True),
        (2.725, 0.01, 2.7, True),
        (-2.725, 0.01, -2.7, True),
        (6.25, 0.01, 6.2, True),
        (6.25, 0.01, 6.3, True),  # half up, as by hand
        (-6.25, 0.01, -6.3, True),
        (5.7468, 0.001, 5.74, True),  # cut off
        (1.974, 0.01, 2, True),  # so near that it is hardly a guess
        (5.747, 0.01, 6, False),  # a whole number in the neighbourhood is a guess
        (0.24, 0.01, 0.2, False),
        (0.14, 0.01, 0.1, False),
        (0.31, 0.001, 0.32, False),
        (5.747, 0.01, 5.7001, False),
        (0.0, 0.01, 0.1, False),
        (1234.5, 12.0, 1250, False),
    ],
)
def test_the_right_number_with_too_few_digits_is_told_so(answer, within, given, rounded):
    finding = Key(answer, "Yes.", atol=within).judge(given)
    assert finding.outcome is Outcome.WRONG
    assert ("rounded too far: give" in finding.text) is rounded


def test_a_typed_number_that_is_rounded_too_far_can_be_typed_again():
    finding = Key(5.747, "Yes.", atol=0.01).judge_typed("5.7")
    assert finding.outcome is Outcome.NOT_YET
    assert finding.text == "5.7 is the right number, rounded too far: give two digits after the point."


def test_what_may_be_a_mistake_or_rounding_is_told_both():
    key = Key(0.31003, "Yes.", atol=0.005, mistakes=lambda: [(0.3, "that is the tangent's value.")])
    assert (
        key.judge(0.3).text == "that is the tangent's value. Or is it rounded? Then give three digits after the point."
    )


def test_what_may_be_a_mistake_or_a_percentage_is_told_both_and_not_the_share():
    key = Key(0.062, "Yes.", atol=0.001, mistakes=lambda: [(6.2, "those are clicks.")])
    assert key.judge(6.2).text == "those are clicks. Or is it a percentage? Then write the share."
    assert key.judge_typed("6.2%").text == "Yes."


ENDLESS = "a" * 10**5


def said(finding):
    return len(finding.text)


def test_what_is_echoed_is_cut():
    def raises(*_):
        raise KeyError(ENDLESS)

    given = [ENDLESS, {ENDLESS}, [ENDLESS] * 5, (ENDLESS,) * 9, {ENDLESS: 1}, tuple(range(1000))]
    functions = [lambda *_, one=one: one for one in given] + [raises]
    mixed = {"A": ENDLESS, "B": True, "C": 1, "D": "no", "E": 0}
    for one in EVERY:
        calls = functions if one.judge.__module__ == "course.checks.functions" else []
        assert max(said(one.judge(answer)) for answer in [*given, mixed, *calls]) < 800, one.id


# True and False.

FIVE = claims({letter: Claim(letter in "BD", f"{letter} it is.") for letter in "ABCDE"}, means="All.")
SAID = {"A": False, "B": True, "C": False, "D": True, "E": False}


@pytest.mark.parametrize(
    "given",
    [
        SAID,
        {letter: int(said) for letter, said in SAID.items()},
        {letter: str(said) for letter, said in SAID.items()},
        {letter: "ft"[said] for letter, said in SAID.items()},
        {letter: ("No", "YES ")[said] for letter, said in SAID.items()},
        {letter: np.float64(said) for letter, said in SAID.items()},
        {letter: [said] for letter, said in SAID.items()},
        {f"{letter.lower()}.": said for letter, said in SAID.items()},
        list(SAID.values()),
        tuple(SAID.values()),
        np.array(list(SAID.values())),
        np.array([0, 1, 0, 1, 0]),
        list("FTFTF"),
        pd.Series(SAID),
        pd.Series(list(SAID.values())),
        dict(reversed(SAID.items())),
        pd.DataFrame({"said": SAID.values()}, index=list(SAID)),
        pd.DataFrame({letter: [said] for letter, said in SAID.items()}),
        [list(SAID.values())],
    ],
    ids=str,
)
def test_true_and_false_are_read_however_they_are_written(given):
    assert FIVE(given).outcome is Outcome.RIGHT


@pytest.mark.parametrize(
    ("given", "outcome", "says"),
    [
        ({**SAID, "B": ...}, Outcome.NOT_YET, "There is no True or False for B yet."),
        ({"A": True}, Outcome.NOT_YET, "There is no True or False for B, C, D and E yet."),
        (dict.fromkeys("ABCDE", ...), Outcome.NOT_YET, "Write True or False behind each letter."),
        ([...] * 5, Outcome.NOT_YET, "Write True or False behind each letter."),
        ({**SAID, "B": "maybe"}, Outcome.NOT_YET, "'maybe' behind B is neither True nor False."),
        ({**SAID, "B": 0.5}, Outcome.NOT_YET, "0.5 behind B is neither True nor False."),
        ({**SAID, "A": 1}, Outcome.WRONG, "you said True to A. A is false, because A it is."),
        ({**SAID, "D": "f", "E": "t"}, Outcome.WRONG, "D it is. 1 more of your answers is wrong."),
        ([True] * 5, Outcome.WRONG, "A it is. 2 more of your answers are wrong."),
        ([True] * 4, Outcome.WRONG, "with the letters A, B, C, D, E, and this is"),
        ({True, False}, Outcome.WRONG, "a table such as"),
        (True, Outcome.WRONG, "a table such as"),
        ({"X": True}, Outcome.WRONG, "a table such as"),
        ({**SAID, "a": True}, Outcome.WRONG, "a table such as"),  # A is there twice
    ],
    ids=str,
)
def test_what_is_open_is_named_before_anything_is_judged(given, outcome, says):
    finding = FIVE(given)
    assert finding.outcome is outcome
    assert says in finding.text


# Letters.

LETTER = choice({"A": "a is not it.", "C": "c is not it."}, "B", means="Yes.")


@pytest.mark.parametrize(
    "given",
    ["B", "b", " B. ", "(b)", "'B'", "option B", ["B"], {"B"}, ("b",), np.array(["B"]), pd.Series(["B"])],
    ids=str,
)
def test_a_letter_is_read_however_it_is_wrapped(given):
    assert LETTER(given).outcome is Outcome.RIGHT


@pytest.mark.parametrize("task", **each(LETTERS))
def test_an_options_text_is_read_with_or_without_its_letter(task):
    options = re.findall(r"- (\*\*([A-Z])\.\*\* (.+))", prompt(task))
    assert len(options) == len(task.judge.offers)
    for whole, letter, text in options:
        for given in (whole, text, text.upper(), f"{letter}) {text}", text[: len(text) - 5]):
            assert task.judge(given) == task.judge(letter)
    assert "is none of the letters" in task.judge("the").text


@pytest.mark.parametrize("given", [1, True, ["A", "B"], {"A": 1}, 2.0, []], ids=str)
def test_what_is_no_letter_is_told_which_there_are(given):
    finding = LETTER(given)
    assert finding.outcome is Outcome.WRONG
    assert "is not one of the letters A, B, C, in quotation marks." in finding.text


# Arithmetic.


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6000*0.1**3", 6.0),
        ("6000 · 0,1^3", 6.0),
        ("(3+0.04*80)/(20+80)", 0.062),
        ("2/sqrt(1/100 + 1/9)", 5.74696),
        ("1/(1+e^0.8)", 0.31003),
        ("50%*20", 10.0),
        ("-(2 - 5)", 3.0),
        ("5²", 25.0),
        ("1e3/2", 500.0),
    ],
)
def test_plain_arithmetic_is_worked_out(text, value):
    assert read_number(text) == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize(
    "text",
    [
        *("9**9**9", "10**400", "1/0", "7%3", "1;2", "x=3", "1<2", "2(3)", "2pi", "3 if 1 else 2", "1/2/3", "0.2.1"),
        *("'a'*5", "__import__('os')", "lambda: 1", "(-1)**0.5", "(" * 150, "1+" * 5000 + "1", "[1]*9", "log(0)"),
    ],
)
def test_what_is_no_plain_arithmetic_is_refused_at_once_and_without_a_warning(text, recwarn):
    with pytest.raises(ValueError, match="is not read as a number"):
        read_number(text)
    assert not recwarn.list


def test_a_number_of_two_readings_is_asked_about_within_arithmetic_too():
    with pytest.raises(ValueError, match=r"1234 or 1\.234"):
        read_number("2*1,234")


def test_a_number_is_read_from_objects_by_one_rule():
    assert as_number([Fraction(1, 4)]) == 0.25
    assert as_number(True) is as_number("0.25") is as_number([1, 2]) is None

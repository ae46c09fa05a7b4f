"""Cards as they are read, asked and judged: a mistake in a deck is named with its place, an answer is read sensibly."""

import random

import pytest

from course.drills import bank, decks, text
from course.drills.expressions import ExpressionError, evaluate, holds
from course.drills.questions import ask
from course.drills.worked import draw, fill
from course.errors import CourseError
from course.verdicts.findings import Outcome
from tests.drilling import DECK, deck

CARDS = deck()


def question(id, seed=0):
    return ask(CARDS[id], random.Random(seed))


# A deck with a mistake: file, line and card are named.


def line_of(marker, content):
    return content[: content.index(marker)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "marker", "what"),
    [
        ("level = 3", "level = 9", "level = 9", "test-say: level: Expected `int` <= 3"),
        ('"recall"', '"recal"', 'kind = "recal"', "test-recall: `kind` must be one of recall, number, code"),
        ('"recall"', '["recall"]', 'kind = ["recall"]', "test-recall: `kind` must be one of recall, number, code"),
        ("seconds = 30", "second = 30", "second = 30", "test-say: Object contains unknown field `second`"),
        (
            '"05_funnel"',
            '"05_funel"',
            'lesson = "05_funel"',
            "there is no lesson '05_funel'; did you mean '05_funnel'?",
        ),
        ('id = "test-false"', 'id = "Test false"', 'id = "Test false"', "Test false: id: Expected `str` matching"),
        ("[1, 4, 5, 6]", "[1]", "draw = ", "test-weight: draw"),
        ("[1, 4, 5, 6]", "{ low = 3, high = 1, step = 1 }", "draw = ", "high must not be below low, got 1 < 3"),
    ],
)
def test_a_mistake_in_a_deck_is_named_with_file_line_and_card(old, new, marker, what):
    assert DECK.count(old) == 1
    content = DECK.replace(old, new)
    with pytest.raises(decks.DeckError) as caught:
        decks.parse(content, "mine.toml")
    assert f"mine.toml, line {line_of(marker, content)}, card " in str(caught.value)
    assert what in str(caught.value)


def test_a_deck_of_something_else_is_a_sentence():
    with pytest.raises(
        decks.DeckError, match=r"mine.toml, line 1, card number 1: drill = \['a'\] is a list of something"
    ):
        decks.parse('drill = ["a"]', "mine.toml")


@pytest.mark.parametrize(
    ("old", "new", "card", "what"),
    [
        ("seconds = 30\n", "", "test-say", "missing required field `seconds`"),
        ("atol = 0.005\n", "", "test-weight", "how far off is still right?"),
        ('is three.", pick = true', 'is three."', "test-code", "exactly one option must have `pick = true`, got 0"),
        ('id = "test-false"', 'id = "test-code"', "test-code", "'test-code' occurs twice"),
    ],
)
def test_what_a_card_lacks_is_named_with_the_card(old, new, card, what):
    assert DECK.count(old) == 1
    with pytest.raises(decks.DeckError, match=rf"mine.toml, line \d+, card {card}: ") as caught:
        decks.parse(DECK.replace(old, new), "mine.toml")
    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ('[[drill]\nid = "x"', "mine.toml is not TOML"),
        ("", "mine.toml has no cards"),
        ("drill = 3", "has no cards"),
        ("[other]\nx = 1", "has other"),
    ],
)
def test_a_file_that_is_no_deck_is_named(content, what):
    with pytest.raises(decks.DeckError, match=what.replace("(", r"\(")):
        decks.parse(content, "mine.toml")


def test_a_deck_of_ones_own_is_read_from_a_file_and_may_not_take_our_ids(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(DECK, encoding="utf-8")
    assert set(CARDS) < set(bank.with_decks([path]))
    taken = next(iter(bank.bank()))
    path.write_text(DECK.replace("test-weight", taken), encoding="utf-8")
    with pytest.raises(decks.DeckError, match=f"'{taken}' is taken by another card"):
        bank.with_decks([path])


@pytest.mark.parametrize("make", [lambda p: p, lambda p: p.mkdir(), lambda p: p.write_bytes(b"\xff\xfe\x00")])
def test_a_deck_that_cannot_be_read_is_named(tmp_path, make):
    make(tmp_path / "mine.toml")
    with pytest.raises(decks.DeckError, match=r"cannot read the deck .*mine.toml"):
        bank.with_decks([tmp_path / "mine.toml"])


@pytest.mark.parametrize(
    ("old", "new", "marker", "what"),
    [
        ('answer = "data_weight', 'answer = "data_wieght', "answer = ", "cannot evaluate `data_wieght([sigma], 2)[0]`"),
        ("near(answer, 4 / (4", "near(answer, 5 / (4", "verify = ", "does not hold for {'sigma': "),
        ("<<answer:.3f>>", "<<anwser:.3f>>", 'id = "test-weight"', "cannot evaluate `anwser`"),
        ("2 / (2 + sigma)", "2 / 0", 'id = "test-weight"', "cannot evaluate `2 / 0`"),
        ("digits = 3", 'digits = 3\nwhere = "sigma > 9"', "where = ", "no draw of test-weight in 1000 tries satisfies"),
    ],
)
def test_a_worked_number_of_somebody_elses_deck_is_tried_out_when_it_is_read(tmp_path, old, new, marker, what):
    assert DECK.count(old) == 1
    path, content = tmp_path / "mine.toml", DECK.replace(old, new)
    path.write_text(content, encoding="utf-8")
    with pytest.raises(decks.DeckError) as caught:
        bank.with_decks([path])
    assert f"mine.toml, line {line_of(marker, content)}, card test-weight: " in str(caught.value)
    assert what in str(caught.value)


def test_cards_are_chosen_by_lesson_and_kind():
    assert list(bank.choose(CARDS, ["4"], ["false"])) == ["test-false"]
    assert list(bank.choose(CARDS, ["shrinkage", "05"])) == ["test-weight", "test-false", "test-say"]
    with pytest.raises(CourseError, match="there is no lesson '99'"):
        bank.choose(CARDS, ["99"])
    with pytest.raises(CourseError, match="no cards of the kind 'quiz'"):
        bank.choose(CARDS, [], ["quiz"])
    with pytest.raises(CourseError, match="no card is of that lesson and kind"):
        bank.choose(CARDS, ["05"], ["number"])


# Expressions compute and do nothing else.


def test_an_expression_computes_with_the_library():
    assert evaluate("data_weight([sigma], 1)[0]", {"sigma": 2}) == pytest.approx(0.2)
    assert holds("near(answer, 0.2)", {"answer": 0.2 + 1e-9})
    assert not holds("array([1, 2]) == array([1, 3])", {})


@pytest.mark.parametrize(
    "bad",
    ["__import__('os').system('true')", "open('x')", "(1).__class__", "sigma +", "1 / 0", "nobody", "[1][3]"],
)
def test_an_expression_that_is_none_is_quoted(bad):
    with pytest.raises(ExpressionError, match="cannot evaluate"):
        evaluate(bad, {"sigma": 1})


def test_a_draw_that_nothing_satisfies_is_an_error_not_a_loop():
    card = decks.parse(DECK.replace("digits = 3", 'digits = 3\nwhere = "sigma > 100"'), "x.toml")["test-weight"]
    with pytest.raises(ExpressionError, match="no draw of test-weight"):
        draw(card, random.Random(0))


def test_holes_are_filled_and_formulas_left_alone():
    filled = fill(r"$\hat{\mu}_{j} = <<a>>$, <<a/4:.2f>>, <<b:.0%>>", {"a": 3, "b": 0.5})
    assert filled == r"$\hat{\mu}_{j} = 3$, 0.75, 50%"
    assert fill("<<x>>", {"x": 0.1 + 0.2}) == "0.3"
    with pytest.raises(ExpressionError, match="cannot write"):
        fill("<<x:.2f>>", {"x": "word"})


def test_values_of_a_grid_lie_on_it():
    grid = DECK.replace("sigma = [1, 4, 5, 6]", "sigma = { low = 0.1, high = 0.7, step = 0.1 }")
    card, rng = decks.parse(grid, "x.toml")["test-weight"], random.Random(0)
    seen = {draw(card, rng).values["sigma"] for _ in range(200)}
    assert seen == {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7}


# Numbers as people type them. sigma is 4: the answer is 0.2.


def number(typed):
    seed = next(seed for seed in range(99) if question("test-weight", seed).instance.values["sigma"] == 4)
    return question("test-weight", seed).judge(typed)


@pytest.mark.parametrize("typed", ["0.2", ".2", " .2 ", "0,2", "1/5", "20%", "20 %", "2e-1", "0.204"])
def test_a_right_number_is_right_however_it_is_written(typed):
    assert number(typed).outcome is Outcome.RIGHT


@pytest.mark.parametrize("typed", ["a fifth", "", "1/0", "0.2.1", "nan", "inf", "1,234", "20"])
def test_what_is_no_number_or_can_be_read_in_two_ways_is_asked_again(typed):
    assert number(typed).outcome is Outcome.NOT_YET


def test_a_wrong_number_is_told_why():
    assert number("1/3").text == "That weighs by standard deviations."
    assert number("0.9").text == "0.9 is too high."
    assert number("-3").text == "-3 is too low."
    assert number("-0.2").text == "-0.2 has the right size and the wrong sign."
    assert "write the % sign" in number("20").text


@pytest.mark.parametrize("id", ["test-code", "test-false"])
def test_options_are_shuffled_and_judged_by_their_number(id):
    orders = {tuple(option.text for option in question(id, seed).options) for seed in range(50)}
    assert len(orders) == 6
    asked = question(id, 1)
    assert asked.judge(f" {asked.key}. ").outcome is Outcome.RIGHT
    wrong = next(letter for letter in "abc" if letter != asked.key)
    assert asked.judge(wrong).outcome is Outcome.WRONG
    for typed in ("0", "d", "9", "", "²"):
        assert asked.judge(typed).outcome is Outcome.NOT_YET
    assert asked.judge("9").text == "'9' is none of the letters a, b, c."


def test_an_option_can_be_answered_by_its_text_and_an_answer_may_carry_its_unit():
    assert question("test-code").judge(" 3 ").outcome is Outcome.RIGHT
    assert question("test-code").judge("[0, 1, 3]").outcome is Outcome.WRONG
    points = decks.parse(DECK.replace("digits = 3", 'digits = 3\nunit = "points"'), "x.toml")["test-weight"]
    asked = ask(points, random.Random(0))
    assert asked.judge(f"{asked.key} points").outcome is Outcome.RIGHT
    assert asked.judge(f"{asked.key} euros").outcome is Outcome.NOT_YET


# Texts.


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\lambda_j = \tau^2/(\tau^2+\sigma_j^2)", "λⱼ = τ²/(τ²+σⱼ²)"),
        (r"\hat\mu, \bar y_j, \hat{R}", "μ̂, y̅ⱼ, R̂"),
        (r"\frac{a_1+b}{\sigma_j^2}", "(a₁+b)/σⱼ²"),
        (r"\sqrt{\tau^2+1}", "√(τ²+1)"),
        (r"E[\theta_j \mid y]", "E[θⱼ | y]"),
        (r"\log p(y)", "log p(y)"),
        (r"e^{-(a+b)/2}", "e^(-(a+b)/2)"),
        (r"\theta_{\mathrm{new}} \sim N(\mu, \tau^2)", "θ_new ∼ N(μ, τ²)"),
        (r"\|y\|^2 \le 10^{-8}", "‖y‖² ≤ 10⁻⁸"),
        (r"\sigma_\alpha", "σ_α"),
        (r"\tau = 2", "τ = 2"),
        (r"\mu + \beta x_j", "μ + β xⱼ"),
        (r"4000 \times 0.09", "4000 × 0.09"),
        (r"\log\tau - \log \sigma", "log τ - log σ"),
        (r"\sqrt{4} + \sqrt{a/b}", "√4 + √(a/b)"),
    ],
)
def test_a_formula_is_readable_as_unicode(latex, shown):
    assert text.unicode_math(latex) == shown


def test_a_terminal_gets_unicode_but_for_code():
    assert text.for_terminal(r"$\tau$ is `$tau$`, not $a*b_j$") == r"τ is `$tau$`, not a\*bⱼ"
    assert text.plain("**A** `code` of $x_j < 3$\nand more") == "A code of xⱼ < 3 and more"


def test_a_page_gets_formulas_for_mathjax_and_no_foreign_html():
    assert r"\(x_j &lt; 3\)" in text.as_html("$x_j < 3$", r"\(", r"\)")
    assert "<script>" not in text.as_html("<script>alert(1)</script> $<script>$")

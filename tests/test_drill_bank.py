"""The cards: permanent ids, links that lead somewhere, and keys that are computed, in a thousand draws of values."""

import contextlib
import io
import random
import re
import textwrap
from collections import Counter
from functools import cache
from pathlib import Path

import nbformat
import pytest

from course.drills import bank, text
from course.drills.cards import KINDS, Number, Reading, Recall, Say
from course.drills.expressions import holds
from course.drills.questions import Question, ask
from course.drills.worked import draw
from course.syllabus import lesson as lesson_on
from course.syllabus import notebook_of, topics
from course.verdicts.findings import Outcome, wrong

ROOT = Path(__file__).parents[1]
DECK = bank.bank()
IDS = ROOT / "tests" / "drill_ids.txt"
INSTANCES = 1000
ROUNDED = {
    "a whole number is enough": 0,
    "one digit after the point is enough": 1,
    "two digits after the point are enough": 2,
    "three digits after the point are enough": 3,
}
WIDEST_CODE = 72


def cards_of(*kinds):
    return [pytest.param(card, id=card.id) for card in DECK.values() if isinstance(card, kinds or object)]


def every_text(card):
    """All prose of a card, code left out."""
    options = getattr(card, "options", ())
    found = [card.prompt, *(part for option in options for part in (option.text, option.why))]
    found += [getattr(card, "answer", "")] * isinstance(card, Recall | Say)
    found += [getattr(card, "worked", ""), *getattr(card, "rubric", ()), *getattr(card, "traps", ())]
    found += [*getattr(card, "follow_ups", ()), *(mistake.why for mistake in getattr(card, "mistakes", ()))]
    return [part for part in found if part]


@cache
def headings(notebook):
    notebook = nbformat.read(ROOT / "notebooks" / f"{notebook}.ipynb", as_version=4)
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return {line.lstrip("#").strip() for line in prose.splitlines() if re.match(r"##? ", line)}


def test_the_deck_is_as_large_as_promised_and_covers_every_lesson_and_kind():
    cards = [card for card in DECK.values() if card.lesson != "12_interview_room"]
    assert len(cards) >= 150
    assert sum(isinstance(card, Number) for card in cards) >= 40
    lessons = Counter(card.lesson for card in cards)
    assert set(lessons) == {lesson_on(topic).name for topic in topics()}
    assert min(lessons.values()) >= 10
    for lesson in lessons:
        assert {card.kind for card in cards if card.lesson == lesson} == set(KINDS)


def test_an_id_is_for_ever():
    # Reviews are filed under it: a card may be mended under its id, never renamed; a retired id is not used again.
    assert [*DECK] == IDS.read_text(encoding="utf-8").split()


@pytest.mark.parametrize("card", cards_of())
def test_a_card_leads_to_a_section_of_its_lesson(card):
    assert card.section in headings(notebook_of(card.lesson, further=card.further))
    assert card.level == 3 or not card.further  # what the core does not teach is asked last
    assert bank.bank()[card.id] is card


@pytest.mark.parametrize("card", cards_of())
def test_a_card_reads_well_in_a_terminal(card):
    for part in every_text(card):
        for formula in re.findall(r"(?<![\\$])\$([^$]+)\$", part):
            assert "%" not in formula, "a % begins a comment in LaTeX: write the share, or put it behind the formula"
            shown = text.unicode_math(re.sub(r"<<[^>]*>>", "1", formula))
            assert not set(shown) & set("\\{}$"), shown
            assert shown
        assert part.count("$") % 2 == 0 or "`" in part
    assert not [line for line in getattr(card, "code", "").splitlines() if len(line) > WIDEST_CODE]


@pytest.mark.parametrize("card", [p for p in cards_of() if p.values[0].verify and not isinstance(p.values[0], Number)])
def test_what_a_card_says_follows_from_a_computation(card):
    assert holds(card.verify, {})


@pytest.mark.parametrize("card", cards_of(Number))
def test_a_worked_number_has_the_right_key_in_a_thousand_draws(card):
    rng = random.Random(card.id)
    drawn = set()
    for _ in range(INSTANCES):
        instance = draw(card, rng)
        if (values := tuple(instance.values.values())) in drawn:
            continue
        drawn.add(values)
        names = instance.names
        answer, slack = names["answer"], card.atol + card.rtol * abs(names["answer"])
        assert holds(card.verify, names), instance.values
        assert slack >= 0.5 * 10**-card.digits * (1 - 1e-9), "the answer as shown would be judged wrong"
        assert slack <= 0.1 * abs(answer) * (1 + 1e-9) or card.digits == 0 or answer == 0, "a guess would be right"
        question = Question(card, instance)
        shown = instance.shown(answer)
        assert question.judge(shown).outcome is Outcome.RIGHT, (instance.values, shown)
        # As people write it: with a decimal comma, spaced out.
        assert question.judge(f" {shown.replace('.', ',')} " if answer < 1000 else shown).outcome is not Outcome.WRONG
        # As exactly as the card says is enough, in its words.
        for part in question.enough.split(", "):
            if part in ROUNDED:
                assert question.judge(f"{answer:.{ROUNDED[part]}f}").outcome is Outcome.RIGHT, (instance.values, part)
            else:
                off = float(re.fullmatch(r"([\d.]+)% off is fine", part)[1]) / 100
                assert question.judge(repr(answer * (1 + 0.999 * off))).outcome is Outcome.RIGHT
                assert question.judge(repr(answer * (1 - 0.999 * off))).outcome is Outcome.RIGHT
        assert question.judge(repr(answer + 2.5 * slack)).outcome is not Outcome.RIGHT
        for value, why in instance.mistakes():
            assert abs(value - answer) > 2.5 * slack, (instance.values, value, "too near to the right answer")
            assert question.judge(repr(value)) == wrong(why.strip()), (instance.values, value, why)
        for filled in (instance.prompt, instance.worked):
            assert "<<" not in filled
            assert "nan" not in filled.split()
    assert len(drawn) >= 30, "so few draws would be learned by heart"


@pytest.mark.parametrize("card", [p for p in cards_of() if hasattr(p.values[0], "options")])
def test_each_option_says_why_and_one_is_to_be_picked(card):
    question = ask(card, random.Random(0))
    assert question.judge(question.key).outcome is Outcome.RIGHT
    texts = [option.text for option in card.options]
    assert len(set(texts)) == len(texts)
    assert all(len(option.why) > 20 for option in card.options)


@pytest.mark.parametrize("card", [p for p in cards_of(Reading) if p.values[0].prints])
def test_code_prints_what_the_card_says(card):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(textwrap.dedent(card.code), {"__name__": "card"})
    assert printed.getvalue().strip() == card.prints.strip()


@pytest.mark.parametrize("card", cards_of(Reading))
def test_code_is_python(card):
    compile(textwrap.dedent(card.code), card.id, "exec")


@pytest.mark.parametrize("card", [p for p in cards_of(Say) if p.id.endswith(("-short", "-long"))])
def test_lesson_12_says_what_its_cards_say(card):
    notebook = nbformat.read(ROOT / "notebooks" / "12_interview_room.ipynb", as_version=4)
    assert any(card.answer.strip() in cell.source for cell in notebook.cells)


@pytest.mark.parametrize("card", cards_of(Say))
def test_an_answer_can_be_said_in_its_time(card):
    assert len(card.answer.split()) <= 2.7 * card.seconds  # 160 words a minute is quick, and still speech

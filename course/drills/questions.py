"""A card as it is asked: texts filled, options shuffled, and what is said to an answer."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass

from course.drills.cards import KINDS, QUESTION_KINDS, AnyEntry, Calculation, Choice, Option, Reading, Recall, Say, Spot
from course.drills.text import plain
from course.drills.worked import Instance, draw
from course.verdicts.choices import Offer, judge_choice
from course.verdicts.findings import Finding, Outcome, wrong

_COUNTS = {2: "two", 3: "three", 4: "four"}
_KINDS = KINDS | QUESTION_KINDS
RUBRIC = "A good answer says:"


@dataclass(frozen=True)
class Question:
    """What is put to the learner; texts are Markdown with formulas between dollar signs.

    Parameters
    ----------
    card : Card or question
        The card behind it.
    instance : Instance or None
        The values drawn, for a worked number.
    options : tuple of Option
        The answers to choose from, in the order in which they are shown; empty when there are none.
    """

    card: AnyEntry
    instance: Instance | None = None
    options: tuple[Option, ...] = ()

    @property
    def judged(self) -> bool:
        """Whether the answer is judged by the program; if not, by the learner."""
        return bool(self.options) or self.instance is not None

    @property
    def prompt(self) -> str:
        """What is asked."""
        if self.instance is not None:
            return self.instance.prompt.strip()
        if isinstance(self.card, Reading):
            return f"{self.card.prompt.strip()}\n\n```python\n{self.card.code.strip()}\n```"
        return self.card.prompt.strip()

    @property
    def enough(self) -> str:
        """How exact an answer must be, in words; empty when it is no number.

        Every answer that is as exact as this says is right: rounded to so many digits, or so many percent off.
        """
        if not isinstance(self.card, Calculation):
            return ""
        parts = [_rounding(self.card.atol)] if self.card.atol else []
        parts += [f"{100 * self.card.rtol:g}% off is fine"] * bool(self.card.rtol)
        return ", ".join(parts)

    @property
    def choices(self) -> str:
        """The options as Markdown, each with its letter; empty when there are none."""
        return lettered(option.text for option in self.options)

    @property
    def letters(self) -> str:
        """Which letters to choose from: "a to d"."""
        return f"a to {_label(len(self.options) - 1)}"

    @property
    def answer(self) -> str:
        """The answer with what there is to say to it."""
        if self.instance is not None:
            return self.instance.worked.strip()
        if self.options:
            return next(
                f"**{_label(n)})** {one.text.strip()}  \n{one.why.strip()}"
                for n, one in enumerate(self.options)
                if one.pick
            )
        assert isinstance(self.card, Recall | Say)
        return self.card.answer.strip()

    @property
    def rubric(self) -> tuple[str, ...]:
        """The points that a good answer makes."""
        return self.card.rubric if isinstance(self.card, Recall | Say) else ()

    @property
    def traps(self) -> tuple[str, ...]:
        """What people get wrong."""
        return self.card.traps if isinstance(self.card, Recall | Say) else ()

    @property
    def lists(self) -> dict[str, tuple[str, ...]]:
        """What stands under the answer, each under its heading: rubric, traps, and what is asked next."""
        asks = self.card.follow_ups if isinstance(self.card, Say) else ()
        return {RUBRIC: self.rubric, "Where people go wrong:": self.traps, "And then they ask:": asks}

    @property
    def title(self) -> str:
        """The lesson and the kind of question, in words."""
        return f"{self.card.lesson.replace('_', ' ')} · {_KINDS[self.card.kind]}"

    @property
    def key(self) -> str:
        """What to type to be right: a number or the letter of an option; empty when nothing is typed."""
        if self.instance is not None:
            return self.instance.shown(self.instance.answer)
        return next((_label(n) for n, one in enumerate(self.options) if one.pick), "")

    def judge(self, text: str) -> Finding:
        """Judge what was typed; "not yet" means: ask again, this was no answer.

        Parameters
        ----------
        text : str
            A number in any usual form, with or without its unit; the letter of an option, or its text.
        """
        if self.instance is not None:
            return self.instance.solved.judge_typed(text)
        offers = [Offer(_label(n), one.why.strip(), one.pick, plain(one.text)) for n, one in enumerate(self.options)]
        return judge_choice(text, offers)

    def answered(self, text: str) -> Finding:
        """Judge what was typed; nothing at all gives up, and is wrong without a reason."""
        return self.judge(text) if text.strip() else wrong("")

    def after(self, finding: Finding) -> list[str]:
        """Return what to say to an answer: why, and where it was not right what is."""
        why = [finding.text] if finding.text else []
        return why if finding.outcome is Outcome.RIGHT else [*why, self.answer]


def heading(finding: Finding) -> str:
    """Return what stands over it; whoever gave up, so that there is no reason, is not told "wrong"."""
    return finding.heading if finding.text else "… Here is the answer."


def verdict(finding: Finding) -> str:
    """Return what a lesson says to an answer, as Markdown: an answer that was wrong can be tried again."""
    return f"**{finding.heading}** {finding.text}"


def ask(card: AnyEntry, rng: random.Random) -> Question:
    """Make a question of a card.

    Parameters
    ----------
    card : Card or question
        The card, or a lesson's question, whose options keep their order.
    rng : random.Random
        Draws the values of a worked number and shuffles options.
    """
    if isinstance(card, Calculation):
        return Question(card, instance=draw(card, rng))
    if isinstance(card, Reading | Spot):
        return Question(card, options=tuple(rng.sample(card.options, len(card.options))))
    return Question(card, options=card.options if isinstance(card, Choice) else ())


def _rounding(atol: float) -> str:
    """Say the coarsest rounding that is never further off than this."""
    digits = math.ceil(-math.log10(2 * atol) - 1e-9)
    if digits > 1:
        return f"{_COUNTS.get(digits, digits)} digits after the point are enough"
    if digits == 1:
        return "one digit after the point is enough"
    return f"{'a whole number' if digits == 0 else f'the nearest {10**-digits:,}'} is enough"


def lettered(texts: Iterable[str]) -> str:
    """Return texts as Markdown, a line each with its letter."""
    return "  \n".join(f"**{_label(n)})** {text.strip()}" for n, text in enumerate(texts))


def _label(n: int) -> str:
    return "abcdef"[n]

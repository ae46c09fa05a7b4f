"""Worked numbers: values drawn at random, the answer by the library, and texts filled with these values."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from course.drills.cards import Calculation, Grid, Number, Values
from course.drills.expressions import ExpressionError, evaluate, holds
from course.verdicts.numbers import Key

_TRIES = 1000
_HOLE = re.compile(r"<<(?P<expression>[^<>:]+)(?::(?P<format>[^<>]*))?>>")


@dataclass(frozen=True)
class Instance:
    """One draw of a worked number.

    Parameters
    ----------
    card : Calculation
        The template.
    values : mapping of str to float or str
        What was drawn.
    """

    card: Calculation
    values: Mapping[str, Any]

    @cached_property
    def names(self) -> dict[str, Any]:
        """All that the card's texts may refer to: what was drawn, what follows from it, and the answer."""
        names = dict(self.values)
        names["answer"] = self.answer
        for name, expression in self.card.let.items():
            names[name] = evaluate(expression, names)
        return names

    @cached_property
    def answer(self) -> float:
        """The right number, computed by the library."""
        return float(evaluate(self.card.answer, self.values))

    @property
    def prompt(self) -> str:
        """The question with its values."""
        return fill(self.card.prompt, self.values)

    def shown(self, value: float) -> str:
        """Write a number with the card's digits."""
        return f"{value:.{self.card.digits}f}"

    @property
    def worked(self) -> str:
        """The worked solution with its values."""
        return fill(self.card.worked, self.names).strip()

    def mistakes(self) -> list[tuple[float, str]]:
        """Return the wrong numbers with a known cause, and what to say to each."""
        names = self.names
        return [(float(evaluate(one.value, names)), fill(one.why, names).strip()) for one in self.card.mistakes]

    @cached_property
    def solved(self) -> Key:
        """What an answer is judged by."""
        card = self.card
        return Key(self.answer, self.worked, card.atol, card.rtol, self.mistakes, card.unit)


def draw(card: Calculation, rng: random.Random) -> Instance:
    """Draw the values of a worked number; a lesson's question has none to draw.

    Parameters
    ----------
    card : Calculation
        The template.
    rng : random.Random
        Where chance comes from.

    Raises
    ------
    ExpressionError
        If the card's ``where`` is true of no draw.
    """
    if not isinstance(card, Number):
        return Instance(card, {})
    for _ in range(_TRIES):
        values = {name: _one_of(choices, rng) for name, choices in card.draw.items()}
        if not card.where or holds(card.where, values):
            return Instance(card, values)
    raise ExpressionError(f"no draw of {card.id} in {_TRIES} tries satisfies `{card.where}`")


def _one_of(choices: Values, rng: random.Random) -> float | str:
    if isinstance(choices, Grid):
        steps = int((choices.high - choices.low) / choices.step + 1e-9)
        value: float | str = choices.low + rng.randint(0, steps) * choices.step
    else:
        value = rng.choice(choices)
    if isinstance(value, str):
        return value
    exact = float(f"{value:.10g}")  # 0.30000000000000004 is 0.3
    return int(exact) if exact.is_integer() else exact


def fill(text: str, names: Mapping[str, Any]) -> str:
    """Fill the holes of a text: ``<<sigma>>``, ``<<tau**2:.1f>>``.

    Parameters
    ----------
    text : str
        A text of a card.
    names : mapping of str to object
        What the holes may use.

    Raises
    ------
    ExpressionError
        If a hole cannot be filled.
    """

    def one(hole: re.Match[str]) -> str:
        value = evaluate(hole["expression"], names)
        try:
            return format(value, hole["format"]) if hole["format"] else _plain(value)
        except (TypeError, ValueError) as error:
            raise ExpressionError(f"cannot write {hole[0]}: {error}") from error

    return _HOLE.sub(one, text)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"

"""Judging one number, typed by somebody or computed by their code: one ladder for both."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from course.verdicts.findings import Finding, not_yet, right, wrong
from course.verdicts.reading import read_number

_ROUNDING = 1 + 1e-9  # 0.305 is within 0.005 of 0.3, whatever binary makes of it


@dataclass(frozen=True)
class Key:
    """The right number, and what is said to it and to the usual wrong ones.

    Parameters
    ----------
    answer : float
        The right number.
    means : str
        What to say when it is right.
    atol, rtol : float
        A number is right, or a usual mistake, within ``atol`` + ``rtol`` times its size.
    mistakes : callable
        Returns the usual wrong numbers, each with its reason; called only when the answer is not right.
    unit : str
        What may stand behind a typed number. With a unit it is no share, so that 20 is not taken for 20%.
    """

    answer: float
    means: str
    atol: float = 0.0
    rtol: float = 0.0
    mistakes: Callable[[], Iterable[tuple[float, str]]] = tuple
    unit: str = ""

    def judge_typed(self, text: str) -> Finding:
        """Judge what somebody typed; "not yet" means that it can be typed again.

        Parameters
        ----------
        text : str
            A number in any usual form, with or without its unit.
        """
        try:
            value = read_number(text.strip().removesuffix(self.unit or "\0"))
        except ValueError as error:
            return not_yet(f"{error}.")
        return self._judge(value, typed=text)

    def judge(self, value: float) -> Finding:
        """Judge a number that code has computed.

        Parameters
        ----------
        value : float
            The number; it need not be finite.
        """
        return self._judge(value)

    def _judge(self, value: float, typed: str = "") -> Finding:
        if not math.isfinite(value):
            return wrong(f"{value} is not finite; something was divided by zero, or a logarithm met zero, on the way.")
        if self._is_near(value, self.answer):
            return right(self.means)
        for mistake, why in self.mistakes():
            if self._is_near(value, mistake):
                return wrong(why)
        if self._is_percentage(value) and "%" not in typed:
            say = f"{value:g} is a percentage; write the share itself, {value / 100:g}"
            return not_yet(f"{say}, or write the % sign behind it.") if typed else wrong(f"{say}.")
        if self._is_near(-value, self.answer):
            return wrong(f"{value:g} has the right size and the wrong sign.")
        return wrong(f"{value:g} is too {'high' if value > self.answer else 'low'}.")

    def _is_near(self, value: float, wanted: float) -> bool:
        return abs(value - wanted) <= (self.atol + self.rtol * abs(wanted)) * _ROUNDING

    def _is_percentage(self, value: float) -> bool:
        return not self.unit and 0 < abs(self.answer) <= 1 and self._is_near(value / 100, self.answer)

"""Judging one number, typed by somebody or computed by their code: one ladder for both."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from course.verdicts.findings import Finding, not_yet, right, wrong
from course.verdicts.reading import read_number

_ROUNDING = 1 + 1e-9  # 0.305 is within 0.005 of 0.3, whatever binary makes of it
# A number is called the rounded answer only so near to it; a whole number, which may be a guess, only nearer still.
_ROUGH, _WHOLE = 0.05, 0.015


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
        A number is right within ``atol`` + ``rtol`` times its size, and so is a usual mistake recognised; a small
        one needs to be met to 5%.
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

    @property
    def digits(self) -> int:
        """How many digits after the point are enough, however they come about: rounded or cut off."""
        tolerance = self._tolerance(self.answer)
        return max(0, math.ceil(-math.log10(tolerance) - 1e-9)) if tolerance else 15

    def judge_typed(self, text: str) -> Finding:
        """Judge what somebody typed; "not yet" means that it can be typed again.

        Parameters
        ----------
        text : str
            A number in any usual form, with or without its unit, or plain arithmetic.
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
            return wrong(f"{value} is not finite: was something divided by zero, or the logarithm of zero taken?")
        if self._is_near(value, self.answer):
            return right(self.means)
        rounded, give = is_rounded(value, self.answer, self.digits), f"give {after_the_point(self.digits)}"
        percentage = self._is_percentage(value) and "%" not in typed
        for mistake, why in self.mistakes():
            if self.fits(value, mistake):  # whoever types has the tolerance before them: no question then
                also = f" Or is it rounded? Then {give}." if rounded and not typed else ""
                return wrong(f"{why}{' Or is it a percentage? Then write the share.' if percentage else also}")
        if rounded:
            say = f"{brief(value)} is the right number, rounded too far: {give}."
            return not_yet(say) if typed else wrong(say)
        if percentage:
            say = f"{value:g} is a percentage; write the share itself, {value / 100:g}"
            return not_yet(f"{say}, or write the % sign behind it.") if typed else wrong(f"{say}.")
        if self._is_near(-value, self.answer):
            return wrong(f"{value:g} has the right size and the wrong sign.")
        return wrong(f"{brief(value, 6)} is too {'high' if value > self.answer else 'low'}.")

    def fits(self, value: float, mistake: float) -> bool:
        """Say whether a number is a usual mistake: as near as a right one, and near for the mistake's own size."""
        near = abs(value - mistake) <= _ROUGH * abs(mistake) or mistake == 0
        return near and self._is_near(value, mistake)

    def _is_near(self, value: float, wanted: float) -> bool:
        return abs(value - wanted) <= self._tolerance(wanted) * _ROUNDING

    def _tolerance(self, wanted: float) -> float:
        return self.atol + self.rtol * abs(wanted)

    def _is_percentage(self, value: float) -> bool:
        return not self.unit and 0 < abs(self.answer) <= 1 and self._is_near(value / 100, self.answer)


def is_rounded(value: float, answer: float, digits: int) -> bool:
    """Say whether a value is the answer with fewer digits after the point: rounded, also half up by hand, or cut off.

    Parameters
    ----------
    value, answer : float
        What is given and what is right.
    digits : int
        So many digits, and any more, are not too few.
    """
    exponent = Decimal(repr(float(value))).normalize().as_tuple().exponent
    shown = max(0, -int(exponent))
    near = _ROUGH if shown else _WHOLE
    if shown >= digits or abs(value - answer) > near * abs(answer):
        return False
    unit, right = Decimal(1).scaleb(-shown), Decimal(repr(float(answer)))
    return any(
        math.isclose(value, float(right.quantize(unit, how))) for how in (ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_DOWN)
    )


def brief(value: float, digits: int = 4) -> str:
    """Write a number with so many digits; a zero has no sign."""
    text = f"{value:.{digits}g}"
    return "0" if text == "-0" else text


def after_the_point(digits: int) -> str:
    """Say in words how many digits: "two digits after the point"."""
    words = ("no", "one", "two", "three", "four", "five", "six")
    count = words[digits] if digits < len(words) else str(digits)
    return f"{count} digit{'' if digits == 1 else 's'} after the point"

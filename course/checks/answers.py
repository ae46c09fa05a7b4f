"""Judges for numbers, arrays and readings: what is right, and what each usual mistake looks like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from course.checks.differences import describe_difference, first_wrong
from course.checks.solutions import prompt_of
from course.checks.task import task
from course.checks.values import agree, as_array, as_number, is_blank, only, readings, shape_of, show
from course.errors import CourseError
from course.verdicts.choices import Offer, judge_choice, letter_of
from course.verdicts.findings import Finding, Outcome, not_yet, right, wrong
from course.verdicts.numbers import Key

Value = float | Callable[[], Any]
_OPTION = re.compile(r"^- \*\*([A-Z])\.\*\* (.+)$", re.MULTILINE)
_TRUTHS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}


@dataclass(frozen=True)
class Slip:
    """A wrong value that has a known cause; ``value`` is the value, or a function that computes it."""

    value: Value
    why: str

    def computed(self) -> Any:
        """The value, computed if need be."""
        return _value(self.value)


@dataclass(frozen=True)
class Number:
    """A judge of one number: see `number`."""

    answer: Value
    within: float
    means: str
    slips: tuple[Slip, ...] = ()

    def key(self) -> Key:
        """What is right, computed, and what is said to the rest."""

        def mistakes() -> Iterator[tuple[float, str]]:
            return ((float(slip.computed()), slip.why) for slip in self.slips)

        return Key(float(_value(self.answer)), self.means, atol=self.within, mistakes=mistakes)

    def __call__(self, given: object) -> Finding:
        """Judge what was handed in."""
        given = only(given)
        if is_blank(given):
            return not_yet("Put your number in place of the dots and run both cells again.")
        if isinstance(given, str):
            return wrong("that is text, not a number; write it without quotation marks.")
        got, array = as_number(given), as_array(given)
        if got is None and array is not None and array.size != 1:
            return wrong(f"one number is wanted, and you gave {shape_of(given)}.")
        if got is None:
            return wrong(f"a number is wanted, and this is {shape_of(given) if callable(given) else show(given)}.")
        if isinstance(given, int) and np.isinf(got):
            return wrong("no computer's arithmetic holds a number of that size.")
        return self.key().judge(got)


def number(answer: Value, *, within: float, means: str, slips: tuple[Slip, ...] = ()) -> Number:
    """Judge one number.

    Parameters
    ----------
    answer : float or callable
        The right value, or a function that computes it when it is first needed.
    within : float
        Largest absolute distance that still counts as right. The task's text says how many digits that makes.
    means : str
        What to say when it is right.
    slips : tuple of Slip
        Usual mistakes, recognised within the same distance.
    """
    return Number(answer, within, means, slips)


@dataclass(frozen=True)
class Values:
    """A judge of an array or a tuple: see `values`."""

    answer: Callable[[], Any]
    rtol: float
    atol: float
    means: str
    slips: tuple[Slip, ...] = ()
    parts: Mapping[int, tuple[Slip, ...]] = field(default_factory=dict)

    def __call__(self, given: object) -> Finding:
        """Judge what was handed in."""
        if is_blank(given) or (isinstance(given, tuple | list) and given and all(map(is_blank, given))):
            return not_yet("Put your values in place of the dots and run both cells again.")
        wanted = self.answer()
        if self._agree(given, wanted):
            return right(self.means)
        found = readings(given, len(wanted)) if isinstance(wanted, tuple) else []
        if open_ := [str(place + 1) for place, one in enumerate(found[0]) if is_blank(only(one))] if found else []:
            verb = "is" if len(open_) == 1 else "are"
            return not_yet(f"Of your {len(wanted)} values, number {_listed(open_)} {verb} still open.")
        for slip in self.slips:
            if self._agree(given, slip.computed()):
                return wrong(slip.why)
        if found:
            place = first_wrong(found[0], wanted, rtol=self.rtol, atol=self.atol)
            for slip in self.parts.get(place, ()):
                if self._agree(found[0][place], slip.computed()):
                    return wrong(f"number {place + 1} of {len(wanted)}: {slip.why}")
        return wrong(describe_difference(given, wanted, rtol=self.rtol, atol=self.atol))

    def _agree(self, given: object, wanted: object) -> bool:
        return agree(given, wanted, rtol=self.rtol, atol=self.atol)


def values(
    answer: Callable[[], Any],
    *,
    rtol: float = 1e-4,
    atol: float = 1e-9,
    means: str,
    slips: tuple[Slip, ...] = (),
    parts: Mapping[int, tuple[Slip, ...]] | None = None,
) -> Values:
    """Judge an array, or a tuple of numbers and arrays.

    Parameters
    ----------
    answer : callable
        Computes what is right when it is first needed.
    rtol, atol : float
        Relative and absolute tolerance of every element.
    means : str
        What to say when it is right.
    slips : tuple of Slip
        Usual mistakes.
    parts : mapping of int to tuple of Slip
        By place in the tuple: usual mistakes in that part, whatever the others are.
    """
    return Values(answer, rtol, atol, means, slips, parts or {})


@dataclass(frozen=True)
class Choice:
    """A judge of a letter: see `choice`."""

    offers: tuple[Offer, ...]
    id: str = ""

    def __call__(self, given: object) -> Finding:
        """Judge what was handed in."""
        given = only(given)
        letters = f"one of the letters {', '.join(offer.letter for offer in self.offers)}, in quotation marks"
        if is_blank(given) or (isinstance(given, str) and not given.strip()):
            return not_yet(f"Write {letters}.")
        if isinstance(given, str):
            finding = judge_choice(given, self.offers)
            return judge_choice(given, self._with_texts()) if finding.outcome is Outcome.NOT_YET else finding
        return wrong(f"{show(given)} is not {letters}.")

    def _with_texts(self) -> tuple[Offer, ...]:
        """Return the offers with their texts, which the exercise's notebook holds and nothing else."""
        try:
            prompt = prompt_of(task(self.id)) if self.id else ""
        except CourseError:  # an installation without it reads letters alone
            prompt = ""
        texts = dict(_OPTION.findall(prompt))
        return tuple(replace(offer, text=texts.get(offer.letter, "")) for offer in self.offers)


def choice(options: Mapping[str, str], answer: str, *, means: str, of: str = "") -> Choice:
    """Judge a letter.

    Parameters
    ----------
    options : mapping of str to str
        Each wrong letter, and why it is wrong.
    answer : str
        The right letter.
    means : str
        What to say when it is right.
    of : str
        The task's id, to read an option's text as well as its letter.
    """
    reasons = {**options, answer: means}
    return Choice(tuple(Offer(letter, reasons[letter], letter == answer) for letter in sorted(reasons)), of)


@dataclass(frozen=True)
class Claim:
    """A sentence that is true or false, and why: ``why`` is read after "C is true, because"."""

    true: bool
    why: str


@dataclass(frozen=True)
class Claims:
    """A judge of a table of True and False: see `claims`."""

    answer: Mapping[str, Claim]
    means: str

    def __call__(self, given: object) -> Finding:
        """Judge what was handed in."""
        given = only(given)
        if hasattr(given, "squeeze") and hasattr(given, "to_dict") and hasattr(given, "index"):  # pandas
            given = given.squeeze().to_dict()
        if is_blank(given):
            return not_yet("Write True or False behind each letter.")
        table = self._by_letter(given)
        if table is None:
            wanted = f"a table such as {{'A': True, 'B': False}} is wanted, with the letters {', '.join(self.answer)}"
            return wrong(f"{wanted}, and this is {show(given)}.")
        said = {letter: _truth(table.get(letter)) for letter in self.answer}
        missing = [letter for letter in self.answer if is_blank(only(table.get(letter)))]
        if len(missing) == len(self.answer):
            return not_yet("Write True or False behind each letter.")
        if missing:
            return not_yet(f"There is no True or False for {_listed(missing)} yet.")
        if unread := [letter for letter in self.answer if said[letter] is None]:
            return not_yet(f"{show(table[unread[0]])} behind {unread[0]} is neither True nor False.")
        off = [letter for letter, claim in self.answer.items() if said[letter] is not claim.true]
        if not off:
            return right(self.means)
        claim = self.answer[off[0]]
        others = len(off) - 1
        more = f" {others} more of your answers {'is' if others == 1 else 'are'} wrong." if others else ""
        return wrong(
            f"you said {not claim.true} to {off[0]}. {off[0]} is {str(claim.true).lower()}, because {claim.why}{more}"
        )

    def _by_letter(self, given: object) -> dict[str, object] | None:
        """Return what stands behind each letter, whatever its case, or by place in a list; None if neither is clear."""
        if isinstance(given, Mapping):
            by_letter = {letter_of(str(key)).upper(): value for key, value in given.items()}
            if any(letter in by_letter for letter in self.answer):
                return by_letter if len(by_letter) == len(given) else None
            given = list(given.values()) if list(given) == list(range(len(given))) else None
        if isinstance(given, np.ndarray):
            given = given.ravel().tolist()
        if isinstance(given, list | tuple) and len(given) == len(self.answer):
            return dict(zip(self.answer, given, strict=True))
        return None


def claims(answer: Mapping[str, Claim], *, means: str) -> Claims:
    """Judge a table of True and False, one for each lettered sentence.

    Parameters
    ----------
    answer : mapping of str to Claim
        By letter.
    means : str
        What to say when all are right.
    """
    return Claims(answer, means)


def _truth(given: object) -> bool | None:
    """Read True and False as people write them: T, no, 1, "false"; None for anything else."""
    given = only(given)
    if isinstance(given, str):
        return _TRUTHS.get(given.strip().casefold())
    if isinstance(given, bool | np.bool_):
        return bool(given)
    return {0.0: False, 1.0: True}.get(as_number(given))  # type: ignore[arg-type]


def _listed(letters: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(letters[:-1]), letters[-1])))


def _value(value: Value) -> Any:
    return value() if callable(value) else value

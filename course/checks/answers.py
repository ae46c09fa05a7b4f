"""Judges for numbers, arrays and readings: what is right, and what each usual mistake looks like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from course.checks.task import Judge
from course.checks.values import agree, as_array, is_blank, parts_of, shape_of, show
from course.verdicts.choices import Offer, judge_choice
from course.verdicts.findings import Finding, not_yet, right, wrong
from course.verdicts.numbers import Key

Value = float | Callable[[], Any]


@dataclass(frozen=True)
class Slip:
    """A wrong value that has a known cause; ``value`` is the value, or a function that computes it."""

    value: Value
    why: str


def number(answer: Value, *, within: float, means: str, slips: tuple[Slip, ...] = ()) -> Judge:
    """Judge one number.

    Parameters
    ----------
    answer : float or callable
        The right value, or a function that computes it when it is first needed.
    within : float
        Largest absolute distance that still counts as right.
    means : str
        What to say when it is right.
    slips : tuple of Slip
        Usual mistakes, recognised within the same distance.
    """

    def judge(given: object) -> Finding:
        if is_blank(given):
            return not_yet("Put your number in place of the dots and run both cells again.")
        if isinstance(given, str):
            return wrong("that is text, not a number; write it without quotation marks.")
        got = as_array(given)
        if got is None or isinstance(given, bool):
            return wrong(f"a number is wanted, and this is {show(given)}.")
        if got.size != 1:
            return wrong(f"one number is wanted, and you gave {shape_of(given)}.")

        def mistakes() -> Iterator[tuple[float, str]]:
            return ((float(_value(slip.value)), slip.why) for slip in slips)

        return Key(float(_value(answer)), means, atol=within, mistakes=mistakes).judge(float(got.reshape(())))

    return judge


def values(
    answer: Callable[[], Any], *, rtol: float = 1e-4, atol: float = 1e-9, means: str, slips: tuple[Slip, ...] = ()
) -> Judge:
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
    """

    def judge(given: object) -> Finding:
        if is_blank(given):
            return not_yet("Put your values in place of the dots and run both cells again.")
        wanted = answer()
        if agree(given, wanted, rtol=rtol, atol=atol):
            return right(means)
        for slip in slips:
            if agree(given, _value(slip.value), rtol=rtol, atol=atol):
                return wrong(slip.why)
        return wrong(describe_difference(given, wanted, rtol=rtol, atol=atol))

    return judge


def describe_difference(got: object, wanted: object, *, rtol: float, atol: float) -> str:
    """Say how values differ without giving the right ones away."""
    if isinstance(wanted, tuple):
        parts = parts_of(got, len(wanted))
        if parts is None:
            return f"{len(wanted)} values are wanted, in this order and separated by commas; this is {show(got)}."
        pairs = enumerate(zip(parts, wanted, strict=True))
        place = next(i for i, (g, w) in pairs if not agree(g, w, rtol=rtol, atol=atol))
        difference = describe_difference(parts[place], wanted[place], rtol=rtol, atol=atol)
        return f"number {place + 1} of {len(wanted)}: {difference}"
    ours, theirs = as_array(wanted), as_array(got)
    if ours is None or theirs is None:
        return f"{show(got)} is not what is asked for."
    if ours.shape != theirs.shape:
        return f"{shape_of(wanted)} wanted, and this is {shape_of(got)}."
    off = ~np.isclose(theirs, ours, rtol=rtol, atol=atol)
    first = tuple(int(i) for i in np.argwhere(off)[0]) if ours.ndim else ()
    value = float(theirs[first])
    if np.isnan(value):
        return f"it contains NaN{_at(first)}: something was divided by zero, or a logarithm met zero, on the way."
    side = "high" if value > float(ours[first]) else "low"
    many = f", and {int(off.sum()) - 1} more of {off.size} differ" if off.sum() > 1 else ""
    return f"{value:.4g}{_at(first)} is too {side}{many}."


def _at(place: tuple[int, ...]) -> str:
    return f" (at [{', '.join(map(str, place))}])" if place else ""


def choice(options: Mapping[str, str], answer: str, *, means: str) -> Judge:
    """Judge a letter.

    Parameters
    ----------
    options : mapping of str to str
        Each wrong letter, and why it is wrong.
    answer : str
        The right letter.
    means : str
        What to say when it is right.
    """
    reasons = {**options, answer: means}
    offers = [Offer(letter, reasons[letter], letter == answer) for letter in sorted(reasons)]
    letters = f"one of the letters {', '.join(sorted(reasons))}, in quotation marks"

    def judge(given: object) -> Finding:
        if is_blank(given) or given == "":
            return not_yet(f"Write {letters}.")
        return judge_choice(given, offers) if isinstance(given, str) else wrong(f"{show(given)} is not {letters}.")

    return judge


@dataclass(frozen=True)
class Claim:
    """A sentence that is true or false, and why."""

    true: bool
    why: str


def claims(answer: Mapping[str, Claim], *, means: str) -> Judge:
    """Judge a table of True and False, one for each lettered sentence.

    Parameters
    ----------
    answer : mapping of str to Claim
        By letter.
    means : str
        What to say when all are right.
    """

    def judge(given: object) -> Finding:
        if is_blank(given) or (isinstance(given, Mapping) and all(map(is_blank, given.values()))):
            return not_yet("Write True or False behind each letter.")
        if not isinstance(given, Mapping):
            return wrong(f"a table such as {{'A': True, 'B': False}} is wanted, and this is {show(given)}.")
        for letter in answer:
            if not isinstance(given.get(letter), bool | np.bool_):
                return not_yet(f"There is no True or False for sentence {letter} yet.")
        off = [letter for letter in answer if bool(given[letter]) is not answer[letter].true]
        if not off:
            return right(means)
        count, verb = ("one", "is") if len(off) == 1 else (str(len(off)), "are")
        return wrong(f"{count} of the {len(answer)} {verb} not so. Sentence {off[0]}: {answer[off[0]].why}")

    return judge


def _value(value: Value) -> Any:
    return value() if callable(value) else value

"""A judge for functions: tried on hand-made and on random cases, and held against known mistakes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from course.checks.answers import describe_difference
from course.checks.limit import SECONDS, Failed, TimedOut, on_copies, within
from course.checks.task import Judge
from course.checks.values import agree, is_blank, show
from course.verdicts.findings import Finding, not_yet, right, wrong

Args = tuple[Any, ...]
_SEED = 20260101


@dataclass(frozen=True)
class WrongVersion:
    """A usual wrong version of the function, and what to say to whoever wrote it.

    Where ``function`` raises, it says nothing about that case.
    """

    function: Callable[..., Any]
    why: str


def function(
    reference: Callable[..., Any],
    cases: Sequence[Args],
    *,
    means: str,
    mistakes: Sequence[WrongVersion] = (),
    start: WrongVersion | None = None,
    also: Sequence[Callable[..., Any]] = (),
    random: Callable[[np.random.Generator], Args] | None = None,
    n_random: int = 8,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    seconds: float = SECONDS,
) -> Judge:
    """Judge a function by what it returns.

    Parameters
    ----------
    reference : callable
        Returns what is right; its parameter names are used in messages.
    cases : sequence of tuple
        Arguments, simplest first; the first that fails is the one shown.
    means : str
        What to say when it is right.
    mistakes : sequence of WrongVersion
        Wrong versions, recognised when they return what the learner's does, in every case.
    start : WrongVersion, optional
        The version that the exercise begins with, when that is one with a bug: it counts as not begun.
    also : sequence of callable
        Other right versions, where the exercise leaves something open.
    random : callable, optional
        Makes the arguments of one more case.
    n_random : int
        How many of them.
    rtol, atol : float
        Tolerances.
    seconds : float
        Time for all cases together.
    """

    @cache
    def every() -> tuple[tuple[Args, ...], tuple[Any, ...]]:
        rng = np.random.default_rng(_SEED)
        args = (*cases, *(random(rng) for _ in range(n_random if random else 0)))  # type: ignore[misc]
        return args, tuple(reference(*one) for one in args)

    def judge(given: object) -> Finding:
        if is_blank(given):
            return not_yet("Write the function in the cell above and run it.")
        if not callable(given):
            return wrong(f"a function is wanted, and this is {show(given)}; pass its name without brackets.")
        args, wanted = every()
        got = within(seconds, lambda: [on_copies(given, one) for one in args])
        names = list(inspect.signature(reference).parameters)
        if isinstance(got, TimedOut):
            return wrong(f"after {seconds:g} s it had not returned; does a loop of yours ever end?")
        if is_blank(got[0]):
            return not_yet("The function returns nothing so far: what it computes goes behind `return`.")
        return _judge_all(names, args, wanted, got) or right(means)

    def _judge_all(names: list[str], args: Sequence[Args], wanted: Sequence[Any], got: Sequence[Any]) -> Finding | None:
        place = next((i for i, (w, g) in enumerate(zip(wanted, got, strict=True)) if not _same(g, w)), None)
        if place is None or any(_explains(version, args, got) for version in also):
            return None
        case = _case(names, args[place])
        if start and _explains(start.function, args, got):
            return not_yet(f"It is still as it was given. {start.why}")
        if isinstance(got[place], Failed):
            return wrong(f"{case} it raised {got[place].text}.")
        for mistake in mistakes:
            if _explains(mistake.function, args, got):
                return wrong(f"{case} you returned {show(got[place])}. {mistake.why}")
        if is_blank(got[place]):
            return wrong(f"{case} it returned nothing; is there a way through your function without a `return`?")
        return wrong(f"{case} {describe_difference(got[place], wanted[place], rtol=rtol, atol=atol)}")

    def _same(g: Any, w: Any) -> bool:
        return not isinstance(g, Failed) and agree(g, w, rtol=rtol, atol=atol)

    def _explains(version: Callable[..., Any], args: Sequence[Args], got: Sequence[Any]) -> bool:
        with np.errstate(all="ignore"):
            outcomes = [(on_copies(version, one), g) for one, g in zip(args, got, strict=True)]
        told = [(o, g) for o, g in outcomes if not isinstance(o, Failed)]
        return bool(told) and all(_same(g, o) for o, g in told)

    return judge


def _case(names: Sequence[str], args: Args) -> str:
    shown = ", ".join(f"{name} = {show(value)}" for name, value in zip(names, args, strict=False))
    return f"for {shown}:" if shown else "without arguments:"

"""A judge for functions: tried on hand-made and on random cases, and held against known mistakes."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from course.checks.differences import describe_difference
from course.checks.limit import SECONDS, Call, Failed, Trial, on_copies, trial
from course.checks.task import Judge
from course.checks.values import agree, as_array, is_blank, is_truth, matched, readings, show
from course.checks.verdict import is_strict
from course.verdicts.findings import Finding, Outcome, not_yet, right, wrong

Args = tuple[Any, ...]
_SEED = 20260101
_MOST_DIGITS = 9


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
    about: Callable[..., str] | None = None,
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
    about : callable, optional
        From what was returned and the arguments to a sentence about the case that is shown, for whoever made none of
        the known mistakes.
    random : callable, optional
        Makes the arguments of one more case.
    n_random : int
        How many of them.
    rtol, atol : float
        Tolerances.
    seconds : float
        Time for one case; all of them together have four times as long.
    """
    names = list(inspect.signature(reference).parameters)

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
        inputs, wanted = every()
        seen = trial(given, inputs, seconds)
        finding = _judge_all(inputs, wanted, seen)
        if finding.outcome is not Outcome.RIGHT and seen.printed.lines and not is_strict():
            print(seen.printed.first())
        return finding

    def _judge_all(inputs: Sequence[Args], wanted: Sequence[Any], seen: Trial) -> Finding:
        got = [call.result for call in seen.calls]
        if got and is_blank(got[0]):
            does = "prints, and returns" if seen.printed.lines else "returns"
            return not_yet(f"The function {does} nothing so far: what it computes goes behind `return`.")
        late = len(got) < len(inputs)
        place, wanted = _first_wrong(inputs, wanted, got)
        if place is None and not late:
            return right(means + _overwrites(seen.calls, "But it overwrites the caller's {}: work on a copy."))
        if place is None:
            return wrong(_too_late(inputs, seen))
        case = _case(names, inputs[place])
        if start and not late and _explains(start.function, inputs, got):
            return not_yet(f"It is still as it was given. {start.why}")
        failed = isinstance(got[place], Failed)
        did = f"it raised {got[place].text}" if failed else f"you returned {show(got[place])}"
        for mistake in () if late else mistakes:
            if _explains(mistake.function, inputs, got):
                return wrong(f"{case} {did}. {mistake.why}")
        if failed:
            return wrong(f"{case} {did}.")
        if not late and (less := _fewer_digits(got, wanted)):
            return wrong(f"{case} {did}. {less}")
        if is_blank(got[place]):
            return wrong(f"{case} it returned nothing; is there a way through your function without a `return`?")
        call = seen.calls[place]
        warned = f" The first warning was: {call.warning}." if call.warning else ""
        changed = _overwrites([call], "It also changes {}, which it was given: compute with a copy.")
        fact = f" {said}" if about and (said := about(got[place], *inputs[place])) else ""
        return wrong(f"{case} {_difference(got[place], wanted[place])}{fact}{warned}{changed}")

    def _first_wrong(inputs: Sequence[Args], wanted: Sequence[Any], got: Sequence[Any]) -> tuple[int | None, Any]:
        """Return the first case in which the result is not right, and what is right by the version nearest to it.

        A result that one right version shares is not shown as wrong, unless every single one is shared by some.
        """
        with np.errstate(all="ignore"):
            rights = [wanted, *([on_copies(version, one) for one in inputs] for version in also)]
        same = [[_same(g, w) for g, w in zip(got, one, strict=False)] for one in rights]
        nearest = max(range(len(rights)), key=lambda k: sum(same[k]))
        if all(same[nearest]):
            return None, rights[nearest]
        shared = [any(column) for column in zip(*same, strict=True)]
        return (same[nearest] if all(shared) else shared).index(False), rights[nearest]

    def _too_late(inputs: Sequence[Args], seen: Trial) -> str:
        """Say what was seen: how many were done, and how long the next one was waited for."""
        done = len(seen.calls)
        case = _case(names, inputs[done])
        if seen.waited > seen.seconds:
            before = f" Up to there it was right, and took {seen.seconds:.2g} s." if done else ""
            return f"{case} it had not returned after {seconds:g} s and was stopped.{before}"
        return (
            f"it is too slow: in {seen.seconds + seen.waited:.2g} s it was done with {done} of {len(inputs)} inputs, "
            "all right. What could be done once for all, or on whole arrays?"
        )

    def _overwrites(calls: Sequence[Call], sentence: str) -> str:
        places = sorted({k for call in calls for k in call.overwritten})
        return " " + sentence.format(" and ".join(f"`{names[k]}`" for k in places)) if places else ""

    def _difference(g: Any, w: Any) -> str:
        if isinstance(w, bool):
            answered = isinstance(g, bool | np.bool_)
            return f"{show(g)} is not so." if answered else f"True or False is wanted, and this is {show(g)}."
        return describe_difference(g, w, rtol=rtol, atol=atol)

    def _same(g: Any, w: Any) -> bool:
        return not isinstance(g, Failed) and agree(g, w, rtol=rtol, atol=atol)

    def _explains(version: Callable[..., Any], inputs: Sequence[Args], got: Sequence[Any]) -> bool:
        """Say whether a version returns the learner's results in every case; one that raises says nothing."""
        told = False
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a version may warn of more than NumPy's own errors
            for one, g in zip(inputs, got, strict=True):
                outcome = on_copies(version, one)
                if not isinstance(outcome, Failed):
                    if not _same(g, outcome) and not (isinstance(g, Failed) and _is_nan(outcome)):
                        return False  # Python raises where NumPy returns NaN: 1 / 0
                    told = True
        return told

    return judge


def _fewer_digits(got: Sequence[Any], wanted: Sequence[Any]) -> str:
    """Say so where all results are right but for digits that were cut off or rounded away; else nothing."""
    if all(_whole(g, w) for g, w in zip(got, wanted, strict=True)):
        return "An array of whole numbers cuts off what is put into it: make it one of floats, with `dtype=float`."
    for digits in range(_MOST_DIGITS):
        if all(_rounded(g, w, digits) for g, w in zip(got, wanted, strict=True)):
            return "That is right, and rounded. Return it as it is computed: a check compares to a millionth."
    return ""


def _whole(got: Any, wanted: Any) -> bool:
    """Say whether what is right was put into an array of whole numbers."""
    if isinstance(wanted, tuple):
        return any(all(map(_whole, parts, wanted)) for parts in readings(got, len(wanted)))
    both = matched(got, wanted)
    whole = isinstance(got, np.ndarray) and got.dtype.kind in "iu" and both is not None
    return whole and bool(np.array_equal(both[0], np.trunc(both[1])))  # type: ignore[index]


def _rounded(got: Any, wanted: Any, digits: int) -> bool:
    if isinstance(wanted, tuple):
        return any(
            all(_rounded(g, w, digits) for g, w in zip(parts, wanted, strict=True))
            for parts in readings(got, len(wanted))
        )
    both = matched(got, wanted)
    if both is None or is_truth(wanted):
        return False
    fewer = np.round(both[1], digits)
    kept = bool(fewer.any()) or not both[1].any()  # nothing but zeros may be anything
    return kept and bool(np.allclose(both[0], fewer, rtol=1e-12, atol=1e-14))


def _is_nan(outcome: Any) -> bool:
    if isinstance(outcome, tuple):
        return all(map(_is_nan, outcome))
    array = as_array(outcome)
    return array is not None and bool(np.isnan(array).all())


def _case(names: Sequence[str], args: Args) -> str:
    shown = ", ".join(f"{name} = {show(value)}" for name, value in zip(names, args, strict=False))
    return f"for {shown}:" if shown else "without arguments:"

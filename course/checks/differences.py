"""Saying how values differ from what is wanted, without giving the right ones away."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import permutations

import numpy as np

from course.checks.values import agree, as_array, as_number, is_blank, is_truth, matched, only, readings, shape_of, show
from course.validate import BoolArray, FloatArray
from course.verdicts.numbers import brief, is_rounded
from course.verdicts.reading import read_number

_Change = Callable[[FloatArray], FloatArray]
# What values may be that are all wrong in one way. Values that fit two of these are told neither.
_CHANGES: dict[str, _Change] = {
    "have the right size and the wrong sign": lambda right: -right,
    "are twice what is wanted": lambda right: 2 * right,
    "are half of what is wanted": lambda right: right / 2,
    "are a hundred times what is wanted": lambda right: 100 * right,
    "are a hundredth of what is wanted": lambda right: right / 100,
    "are the squares of what is wanted": lambda right: right**2,
    "are the square roots of what is wanted": np.sqrt,
    "are one over what is wanted": lambda right: 1 / right,
    "are the logarithms of what is wanted": np.log,
    "are e to the power of what is wanted": np.exp,
}
_NEARLY = 1e-3
_FULL = 10  # so many digits after the point look like a computer's
_TWO, _THREE = 2, 3
_MOST_PARTS = 4


def describe_difference(got: object, wanted: object, *, rtol: float, atol: float) -> str:
    """Say how values differ without giving the right ones away.

    Parameters
    ----------
    got, wanted : object
        Two values that do not `agree`.
    rtol, atol : float
        Relative and absolute tolerance of every element.
    """
    close = _closeness(rtol, atol)
    if isinstance(wanted, tuple):
        return _of_parts(got, wanted, rtol, atol)
    if not is_truth(wanted) and is_truth(only(got)):
        return f"a number is wanted, and this is {show(only(got))}."
    ours, theirs = as_array(wanted), as_array(only(got))
    if callable(got):
        return f"this is {shape_of(got)}."
    if ours is None or theirs is None:
        if ours is not None and _holds_a_number(got):
            return f"{show(got)} is text; write the number without quotation marks."
        if isinstance(got, list | tuple | np.ndarray) and any(isinstance(one, str) for one in got):
            return f"{show(got)} holds text; write numbers without quotation marks."
        return f"{show(got)} is not what is asked for."
    both = matched(got, wanted)
    if both is None:
        return f"{shape_of(wanted)} wanted, and this is {shape_of(theirs)}."
    theirs, ours = both
    if is_truth(wanted) and ours.ndim == 0:
        return f"{show(bool(theirs)) if theirs in (0, 1) else show(theirs)} is not so."
    return _in_common(theirs.ravel(), ours.ravel(), close) or _one_by_one(theirs, ours, close)


def _closeness(rtol: float, atol: float) -> Callable[..., BoolArray]:
    def close(one: FloatArray, other: FloatArray) -> BoolArray:
        return np.isclose(one, other, rtol=rtol, atol=atol)

    return close


def first_wrong(parts: list[object], wanted: tuple[object, ...], *, rtol: float, atol: float) -> int:
    """Return the place of the first part that does not agree."""
    return next(i for i, pair in enumerate(zip(parts, wanted, strict=True)) if not agree(*pair, rtol=rtol, atol=atol))


def _of_parts(got: object, wanted: tuple[object, ...], rtol: float, atol: float) -> str:
    count = len(wanted)
    found = readings(got, count)
    single = as_array(got)
    if single is not None and single.ndim == 1 and all(np.asarray(part).size > 1 for part in wanted):
        return f"{count} arrays are wanted, in this order and separated by a comma; this is {shape_of(got)}."
    if not found and isinstance(got, tuple | list) and len(got) > count:
        if agree(tuple(got[:count]), wanted, rtol=rtol, atol=atol):
            return f"the first {count} are right; return them alone."
        return f"{count} values are wanted, in this order, and these are {len(got)}."
    if not found:
        this = shape_of(got) if as_array(got) is not None or callable(got) or isinstance(got, set) else show(got)
        return f"{count} values are wanted, in this order and separated by commas; this is {this}."
    parts = found[0]
    if count <= _MOST_PARTS and any(agree(list(p), wanted, rtol=rtol, atol=atol) for p in permutations(parts)):
        return f"the {count} values are right, and in the wrong order."
    together = _together(parts, wanted)
    if together and (common := _in_common(*together, _closeness(rtol, atol))):
        return common
    place = first_wrong(parts, wanted, rtol=rtol, atol=atol)
    if is_blank(parts[place]):
        return f"number {place + 1} of {count} is still open."
    return f"number {place + 1} of {count}: {describe_difference(parts[place], wanted[place], rtol=rtol, atol=atol)}"


def _together(parts: list[object], wanted: tuple[object, ...]) -> tuple[FloatArray, FloatArray] | None:
    """Return parts that are a number each as one array, and what is wanted as another."""
    theirs, ours = [as_number(part) for part in parts], [as_number(part) for part in wanted]
    if None in theirs or None in ours:
        return None
    return np.array(theirs, dtype=float), np.array(ours, dtype=float)


def _holds_a_number(got: object) -> bool:
    try:
        return isinstance(got, str) and math.isfinite(read_number(got))
    except ValueError:
        return False


def _in_common(theirs: FloatArray, ours: FloatArray, close: Callable[..., BoolArray]) -> str:
    """Say what is wrong with all values at once, where that is one thing; they have to differ for it to be told."""
    n = ours.size
    if n < _TWO or np.ptp(ours) == 0 or not (np.isfinite(theirs).all() and np.isfinite(ours).all()):
        return ""
    all_of_them = "both values" if n == _TWO else f"all {n} values"
    if np.ptp(theirs) == 0:
        return f"{all_of_them} are the same, {brief(float(theirs[0]))}; they differ in what is wanted."
    with np.errstate(all="ignore"):
        found = [say for say, change in _CHANGES.items() if close(theirs, change(ours)).all()]
        if close(np.sort(theirs), np.sort(ours)).all():
            order = "in reverse" if n > _TWO and close(theirs[::-1], ours).all() else "in the wrong order"
            found.append(f"are right, and {order}")
        if n >= _THREE and not found:
            found += ["are off by one and the same factor"] * bool(close(theirs / ours, theirs[0] / ours[0]).all())
            found += ["are off by one and the same amount"] * bool(close(theirs - ours, theirs[0] - ours[0]).all())
    return f"{all_of_them} {found[0]}." if len(found) == 1 else ""


def _one_by_one(theirs: FloatArray, ours: FloatArray, close: Callable[..., BoolArray]) -> str:
    off = ~close(theirs, ours)
    first = tuple(int(i) for i in np.argwhere(off)[0])
    says = [_of_one(float(t), float(o), close) for t, o in zip(theirs[off], ours[off], strict=True)]
    value = float(theirs[first])
    if not np.isfinite(value):  # the question behind it is for all that are wrong
        return f"it {says[0]}" if ours.size == 1 else f"{_place(first, ours)} {says[0]}"
    if ours.size == 1:
        return f"{brief(value)} {says[0]}"
    rest = "the other is right" if ours.size == _TWO else "the others are right"
    if off.all():
        rest = "so is the other" if ours.size == _TWO else "so are all others"
        if len(set(says)) > 1:
            rest = "the other is wrong as well" if ours.size == _TWO else "all others are wrong as well"
    elif off.sum() > 1:
        rest = f"{off.sum() - 1} more of them {'is' if off.sum() == _TWO else 'are'} wrong"
    return f"{_place(first, ours)}, {brief(value)}, {says[0].removesuffix('.')}; {rest}."


def _place(first: tuple[int, ...], ours: FloatArray) -> str:
    if ours.ndim == 1:
        return f"value {first[0] + 1} of {ours.size}"
    return f"the value in row {first[0] + 1}, column {', '.join(str(i + 1) for i in first[1:])}"


def _of_one(value: float, wanted: float, close: Callable[..., BoolArray]) -> str:
    if np.isnan(value):
        return "is NaN: was 0 divided by 0, or the logarithm of a negative number taken?"
    if np.isinf(value) and value < 0:
        return (
            "is -inf: was something divided by 0, or the logarithm of 0 taken? "
            "A product of many small numbers is 0 on any computer."
        )
    if np.isinf(value):
        return "is inf: was something divided by 0?"
    if close(-value, wanted):
        return "has the right size and the wrong sign."
    if is_rounded(value, wanted, _FULL):
        return "is near (if it is rounded, give all its digits)."
    if abs(value - wanted) <= _NEARLY * abs(wanted):
        return "is off by less than a thousandth."
    return f"is too {'high' if value > wanted else 'low'}."

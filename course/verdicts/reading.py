"""Reading numbers as people write them."""

from __future__ import annotations

import ast
import math
import operator
import re
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

_DOTS_FOR_THOUSANDS = re.compile(r"([+-]?\d{1,3}(?:\.\d{3})+),(\d+%?)")
# One comma before exactly three digits: a decimal comma in Paris, a thousand in London. After a bare 0 it is a decimal.
_AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}%?")
# A number within arithmetic; what follows a letter belongs to a name, and 7%3 is no percentage.
_TERM = re.compile(r"(?<![\w.,])[.,]?\d[\d.,]*(?:e[+-]?\d+)?(?:%(?![\w.(]))?")
_ARITHMETIC = re.compile(rf"(?:{_TERM.pattern}|sqrt|exp|log|pi|e|[-+*/()])+")
_DATE = re.compile(r"[\d.,]+/[\d.,]+/[\d.,]+")  # a date, or who knows in which order
_SIGNS = str.maketrans({"\N{MINUS SIGN}": "-", "×": "*", "·": "*", "÷": "/", "^": "**", "²": "**2"})
_OPERATORS: dict[Any, Any] = {
    **{ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv},
    **{ast.Pow: operator.pow, ast.USub: operator.neg, ast.UAdd: operator.pos},
}
_LONGEST = 200


def cut(text: str, longest: int = 60) -> str:
    """Return a text that somebody handed in, on one line and no longer than can be shown."""
    line = " ".join(text[: 4 * longest].split())
    return line if len(line) <= longest and len(text) <= 4 * longest else f"{line[: longest - 1]}…"


def read_number(text: str) -> float:
    """Read a number such as "0.5", ".5", "0,5", "1/2" or "50%", or arithmetic such as "6000*0.1**3".

    Parameters
    ----------
    text : str
        What the learner typed.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If it is no number, saying which forms are read, or one that people read in two ways ("1,234").
    """
    body = "".join(text.split()).translate(_SIGNS)
    value = _plain(body) if len(body) <= _LONGEST else math.nan
    if not math.isfinite(value):
        value = _computed(body)
    if not math.isfinite(value):
        raise ValueError(f"{cut(text.strip())!r} is not read as a number; write 0.5, 0,5, 1/2 or 50%")
    return value


def _plain(body: str) -> float:
    """Read a number without a sum or a product in it; NaN for anything else."""
    if _AMBIGUOUS.fullmatch(body):
        both = f"{body.replace(',', '')} or {body.replace(',', '.')}"
        raise ValueError(f"{body!r} can be read in two ways; write {both}")
    if found := _DOTS_FOR_THOUSANDS.fullmatch(body):
        body = f"{found[1].replace('.', '')}.{found[2]}"
    percent = body.endswith("%")
    body = body.removesuffix("%")
    # A comma is a decimal comma, unless there is a point as well or it can only be a thousands mark.
    body = body.replace(",", "") if "." in body or body.count(",") > 1 else body.replace(",", ".")
    top, slash, bottom = body.partition("/")
    try:
        value = float(top) / (float(bottom) if slash else 1.0)
    except (ValueError, ZeroDivisionError):
        return math.nan
    return value / 100.0 if percent else value


def _computed(body: str) -> float:
    """Work plain arithmetic out; NaN for anything else. All its numbers are floats, so that no power takes long."""
    body = body.casefold()
    if len(body) > _LONGEST or not _ARITHMETIC.fullmatch(body) or _DATE.fullmatch(body):
        return math.nan
    arithmetic = _TERM.sub(lambda term: repr(_plain(term[0])), body)
    names = {"e": math.e, "pi": math.pi}
    functions = {"sqrt": math.sqrt, "exp": math.exp, "log": math.log}
    try:
        value = SimpleEval(operators=_OPERATORS, functions=functions, names=names).eval(arithmetic)
    except (InvalidExpression, SyntaxError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        return math.nan
    return value if isinstance(value, float) else math.nan

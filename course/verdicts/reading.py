"""Reading numbers as people write them."""

from __future__ import annotations

import math
import re

_DOTS_FOR_THOUSANDS = re.compile(r"([+-]?\d{1,3}(?:\.\d{3})+),(\d+%?)")
# One comma before exactly three digits: a decimal comma in Paris, a thousand in London. After a bare 0 it is a decimal.
_AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}%?")


def read_number(text: str) -> float:
    """Read a number such as "0.5", ".5", "0,5", "1/2" or "50%".

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
    body = "".join(text.split()).replace("\N{MINUS SIGN}", "-")
    if _AMBIGUOUS.fullmatch(body):
        both = f"{body.replace(',', '')} or {body.replace(',', '.')}"
        raise ValueError(f"{text.strip()!r} can be read in two ways; write {both}")
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
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{text.strip()!r} is not read as a number; write 0.5, 0,5, 1/2 or 50%")
    return value / 100.0 if percent else value

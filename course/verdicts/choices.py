"""Judging a choice among lettered options."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from course.verdicts.findings import Finding, not_yet, right, wrong
from course.verdicts.reading import cut

_LETTER = re.compile(r"\W*(?:(?:option|answer)\W+)?([a-z])\W*")
_BEFORE_TEXT = re.compile(r"\W*(?:(?:option|answer)\s+)?([a-z])\W*[.):]\W*\s.+", re.DOTALL)  # "B. The second one"
_LONGEST = 1000
_ENOUGH = 8  # so many letters of an option's beginning are no accident


@dataclass(frozen=True)
class Offer:
    """An option as it is offered: its letter, what to say to whoever takes it, and its text where that can be typed."""

    letter: str
    why: str
    is_right: bool = False
    text: str = ""


def judge_choice(given: str, offers: Sequence[Offer]) -> Finding:
    """Judge a choice; "not yet" means that nothing on offer was chosen.

    Parameters
    ----------
    given : str
        A letter, bare or as in "B.", "(b)" and "option B", or an option's text or the beginning of it, with or without
        its letter; upper or lower case.
    offers : sequence of Offer
        What there is to choose from.
    """
    typed = _words(given)
    by_letter = [offer for offer in offers if offer.letter.casefold() == letter_of(given)]
    by_text = [offer for offer in offers if typed and _words(offer.text) == typed]
    beginning = [offer for offer in offers if len(typed) >= _ENOUGH and _words(offer.text).startswith(typed)]
    before = _BEFORE_TEXT.fullmatch(given.strip().casefold())
    with_text = [offer for offer in offers if before and offer.letter.casefold() == before[1]]
    if len(chosen := by_letter or by_text or beginning or with_text) == 1:
        return right(chosen[0].why) if chosen[0].is_right else wrong(chosen[0].why)
    letters = ", ".join(offer.letter for offer in offers)
    given = cut(given.strip())
    return not_yet(f"{given!r} is none of the letters {letters}." if given else f"Choose one of {letters}.")


def _words(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text[:_LONGEST].casefold()).strip()


def letter_of(text: str) -> str:
    """Return the letter that a text names, in lower case: "b" of "B.", "(b)" or "option B"; empty when it is none."""
    found = _LETTER.fullmatch(text.strip().casefold())
    return found[1] if found else ""

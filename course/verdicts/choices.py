"""Judging a choice among lettered options."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from course.verdicts.findings import Finding, not_yet, right, wrong

_LETTER = re.compile(r"\W*(?:(?:option|answer)\W+)?([a-z])\W*")


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
        A letter, bare or as in "B.", "(b)" and "option B", or the text of an option; upper or lower case.
    offers : sequence of Offer
        What there is to choose from.
    """
    typed = given.strip().casefold()
    letter = letter_of(typed)
    by_letter = [offer for offer in offers if offer.letter.casefold() == letter]
    by_text = [offer for offer in offers if typed and offer.text.casefold() == typed]
    if len(chosen := by_letter or by_text) == 1:
        return right(chosen[0].why) if chosen[0].is_right else wrong(chosen[0].why)
    letters = ", ".join(offer.letter for offer in offers)
    return not_yet(f"{given.strip()!r} is none of the letters {letters}." if typed else f"Choose one of {letters}.")


def letter_of(text: str) -> str:
    """Return the letter that a text names, in lower case: "b" of "B.", "(b)" or "option B"; empty when it is none."""
    found = _LETTER.fullmatch(text.strip().casefold())
    return found[1] if found else ""

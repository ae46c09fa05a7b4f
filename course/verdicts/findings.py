"""What a judge finds, and the words for it: the same in quiz, drills and exercises."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """Not begun, wrong, or right."""

    NOT_YET = "not yet"
    WRONG = "wrong"
    RIGHT = "right"

    @property
    def mark(self) -> str:
        """A sign to go with the word, never instead of it."""
        return {"not yet": "…", "wrong": "✗", "right": "✓"}[self.value]


@dataclass(frozen=True)
class Finding:
    """What a judge found: the outcome and one or two sentences that say why."""

    outcome: Outcome
    text: str

    @property
    def heading(self) -> str:
        """The outcome in words, to stand before the sentences."""
        words = {Outcome.NOT_YET: "Not yet.", Outcome.WRONG: "Wrong, because:", Outcome.RIGHT: "Right."}
        return f"{self.outcome.mark} {words[self.outcome]}"


def not_yet(text: str) -> Finding:
    """There is nothing to judge so far; ``text`` says what to do."""
    return Finding(Outcome.NOT_YET, text)


def wrong(text: str) -> Finding:
    """The answer is wrong; ``text`` says because of what."""
    return Finding(Outcome.WRONG, text)


def right(text: str) -> Finding:
    """The answer is right; ``text`` says what it means."""
    return Finding(Outcome.RIGHT, text)

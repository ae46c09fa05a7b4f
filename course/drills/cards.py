"""What a drill card is, and a question of a lesson: frozen records that check themselves when they are read."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Id = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)+$")]
Text = Annotated[str, Meta(min_length=1)]
Level = Annotated[int, Meta(ge=1, le=3)]
Amount = Annotated[float, Meta(ge=0)]


class Option(Struct, frozen=True, forbid_unknown_fields=True):
    """One of the answers to choose from, with what to say to whoever chooses it; ``pick`` marks the one to choose."""

    text: Text
    why: Text
    pick: bool = False


Options = Annotated[tuple[Option, ...], Meta(min_length=3, max_length=6)]


class Grid(Struct, frozen=True, forbid_unknown_fields=True):
    """Values to draw from: low, low + step, ... up to high."""

    low: float
    high: float
    step: Annotated[float, Meta(gt=0)]

    def __post_init__(self) -> None:
        if self.high < self.low:
            raise ValueError(f"high must not be below low, got {self.high:g} < {self.low:g}")


Values = Annotated[tuple[float | str, ...], Meta(min_length=2)] | Grid


class Mistake(Struct, frozen=True, forbid_unknown_fields=True):
    """A wrong number with a known cause: an expression of the same values, and what to say."""

    value: Text
    why: Text


class Entry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What cards and a lesson's questions have in common.

    ``id`` is for ever: reviews are filed under it. ``verify`` is an expression that must be true (of every draw, where
    numbers are drawn).
    """

    id: Id
    lesson: Text
    prompt: Text
    verify: str = ""

    @property
    def kind(self) -> str:
        """The name of its kind, as in the deck."""
        return str(self.__struct_config__.tag)


class Card(Entry, frozen=True, kw_only=True):
    """What all cards have but numbers, which say it again: a record has one line of parents.

    ``section`` is the heading in the lesson to read again, in its further reading where ``further`` says so; ``source``
    a work outside the course.
    """

    section: Text
    level: Level
    source: str = ""
    further: bool = False


class Recall(Card, frozen=True, tag="recall"):
    """Something to know; graded by oneself."""

    answer: Text
    rubric: tuple[Text, ...] = ()
    traps: tuple[Text, ...] = ()


class Calculation(Entry, frozen=True, kw_only=True, tag="number"):
    """A number to compute, as a lesson asks it: always the same one.

    ``answer`` and ``let`` are expressions; ``digits`` are the decimals shown. An answer is right within ``atol`` +
    ``rtol`` times its size.
    """

    answer: Text
    digits: Annotated[int, Meta(ge=0, le=8)]
    worked: Text
    verify: Text
    mistakes: Annotated[tuple[Mistake, ...], Meta(min_length=1)]
    let: dict[str, Text] = {}
    unit: str = ""
    atol: Amount = 0.0
    rtol: Amount = 0.0

    def __post_init__(self) -> None:
        if self.atol + self.rtol == 0:
            raise ValueError("give `atol` or `rtol`: how far off is still right?")


class Number(Calculation, frozen=True, kw_only=True, tag="number"):
    """A worked number: values are drawn, the library computes the answer, the worked solution shows these values.

    ``where`` says which draws are fair.
    """

    section: Text
    level: Level
    draw: dict[str, Values]
    source: str = ""
    further: bool = False
    where: str = ""

    def __post_init__(self) -> None:
        if not self.draw:
            raise ValueError("`draw` must name at least one value to draw")
        super().__post_init__()


class Reading(Card, frozen=True, tag="code"):
    """Code to read, with answers to choose from. ``prints`` is what it prints, where it is complete."""

    code: Text
    options: Options
    prints: str = ""

    def __post_init__(self) -> None:
        _require_one(self.options)


class Spot(Card, frozen=True, tag="false"):
    """Statements of which exactly one is false: that is the one to pick."""

    options: Options

    def __post_init__(self) -> None:
        _require_one(self.options)


class Choice(Entry, frozen=True, tag="choice"):
    """A question of a lesson with answers to choose from."""

    options: Options

    def __post_init__(self) -> None:
        _require_one(self.options)


class Say(Card, frozen=True, tag="say"):
    """A question to answer aloud, then held against a rubric."""

    answer: Text
    rubric: Annotated[tuple[Text, ...], Meta(min_length=3, max_length=6)]
    traps: Annotated[tuple[Text, ...], Meta(min_length=1)]
    seconds: Annotated[int, Meta(ge=20, le=600)]
    follow_ups: tuple[Text, ...] = ()


AnyCard = Recall | Number | Reading | Spot | Say
AnyQuestion = Calculation | Choice
AnyEntry = AnyCard | AnyQuestion
KINDS: dict[str, str] = {
    "recall": "recall",
    "number": "a number to work out",
    "code": "code to read",
    "false": "spot the false statement",
    "say": "say it aloud",
}
"""The kinds of cards."""
QUESTION_KINDS = {"number": KINDS["number"], "choice": "one answer to choose"}
"""The kinds of questions in a lesson."""


def _require_one(options: tuple[Option, ...]) -> None:
    if (count := sum(option.pick for option in options)) != 1:
        raise ValueError(f"exactly one option must have `pick = true`, got {count}")

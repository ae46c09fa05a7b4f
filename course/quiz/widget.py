"""Questions as widgets that answer back, and guesses held against a computed value. Native controls, so keys work."""

from __future__ import annotations

import difflib
import math
import random
from typing import Any

import ipywidgets as widgets
from IPython.display import display

from course.checks.values import as_number
from course.drills import questions
from course.drills.bank import questions as every
from course.drills.cards import AnyQuestion, Calculation, Choice
from course.drills.notebook_panel import page
from course.drills.text import as_html, plain
from course.verdicts.findings import Finding
from course.verdicts.reading import read_number


def question(id: str) -> AnyQuestion:
    """Find a question by its id.

    Raises
    ------
    KeyError
        If there is none; the message suggests the nearest.
    """
    if id not in every():
        near = difflib.get_close_matches(str(id), every(), n=1, cutoff=0.3)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(every())}"
        raise KeyError(f"no question is called {id!r}; {hint}")
    return every()[id]


def ask(id: str) -> None:
    """Show a self-check question; the answer is judged at once and can be tried again.

    Parameters
    ----------
    id : str
        The question's id, for example ``"04-weight"``.
    """
    found = question(id)
    display(choice_box(found) if isinstance(found, Choice) else number_box(found))


def choice_box(found: Choice) -> widgets.VBox:
    """Radio buttons, one an option, and the verdict under them."""
    asked, verdict = _asked(found), widgets.HTMLMath()
    buttons = widgets.RadioButtons(
        options=[(plain(option.text), letter) for option, letter in zip(found.options, "abcdef", strict=False)],
        index=None,
        layout=widgets.Layout(width="auto"),
    )

    def judge(change: dict[str, Any]) -> None:
        if change["new"] is not None:
            verdict.value = _verdict(asked.judge(change["new"]))

    buttons.observe(judge, names="value")
    return widgets.VBox([_prompt(found), buttons, verdict])


def number_box(found: Calculation) -> widgets.VBox:
    """Text field that reads 1/2, 0,5 and 50%, and the verdict under it."""
    asked, verdict = _asked(found), widgets.HTMLMath()
    entry = widgets.Text(placeholder="your answer", description="Answer", continuous_update=False)
    check = widgets.Button(description="Check", tooltip="Judge the answer")

    def judge(_: Any) -> None:
        if entry.value.strip():
            verdict.value = _verdict(asked.judge(entry.value))

    entry.observe(judge, names="value")
    check.on_click(judge)
    return widgets.VBox([_prompt(found), widgets.HBox([entry, check]), verdict])


def _asked(found: AnyQuestion) -> questions.Question:
    return questions.ask(found, random.Random())  # nothing is drawn, and the options keep their order


def _prompt(found: AnyQuestion) -> widgets.HTMLMath:
    return widgets.HTMLMath(f'<div style="max-width: 45em; line-height: 1.4">{as_html(found.prompt)}</div>')


def _verdict(finding: Finding) -> str:
    return page(questions.verdict(finding))


def reveal(guess: float | str | None, computed: float | str, unit: str = "", *, digits: int = 1) -> None:
    """Print a guess beside the computed value.

    Parameters
    ----------
    guess : float, str or None
        What the learner wrote before the answer was shown: a number, also as text (``"6%"``, ``"1/2"``), or a word;
        None if nothing was written yet. A number that cannot be read is told so, and the answer is kept back.
    computed : float or str
        What the computation says; a word when a word was asked for.
    unit : str
        Unit of both, printed behind the numbers.
    digits : int
        Decimals to print.
    """
    behind = "%" if unit == "%" else f" {unit}" if unit else ""
    shown = computed if isinstance(computed, str) else f"{computed:.{digits}f}{behind}"
    if guess is None:
        print(f"computed: {shown}. You have not written a guess: set it above, it is worth more before than after.")
    elif isinstance(computed, str):
        how = "the same" if str(guess).strip().casefold() == computed.casefold() else "not the same"
        print(f"your guess: {guess}   computed: {shown}   ({how})")
    else:
        _hold(guess, float(computed), shown, behind, digits)


def _hold(guess: object, computed: float, shown: str, behind: str, digits: int) -> None:
    try:
        value = _number(guess, percent=behind == "%")
    except ValueError as error:
        print(f"Your guess is not a number yet: {error}. Mend it above and run both cells again.")
        return
    gap = value - computed
    how = "the same to this precision" if abs(gap) < 0.5 * 10**-digits else f"{abs(gap):.{digits}f} too {_side(gap)}"
    print(f"your guess: {value:.{digits}f}{behind}   computed: {shown}   ({how})")


def _number(guess: object, *, percent: bool) -> float:
    """Read a guess; where the answer is in percent, "6%" means 6."""
    if isinstance(guess, str):
        return read_number(guess.strip().removesuffix("%") if percent else guess)
    value = as_number(guess)
    if value is None:
        raise ValueError(f"{guess!r} is a {type(guess).__name__}")
    if not math.isfinite(value):
        raise ValueError(f"{value} is no value to compare with")
    return value


def _side(gap: float) -> str:
    return "high" if gap > 0 else "low"

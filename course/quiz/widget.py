"""Questions as widgets that answer back, and guesses held against a computed value. Native controls, so keys work."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as widgets
import numpy as np
from IPython.display import display

from course.quiz.bank import Choice, Number, question
from course.verdicts.reading import read_number

_RIGHT, _WRONG, _ASK = "✓ Right.", "✗ Not yet.", "Please write a number."


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
    buttons = widgets.RadioButtons(
        options=[(option.text, i) for i, option in enumerate(found.options)],
        index=None,
        layout=widgets.Layout(width="auto"),
    )
    verdict = widgets.HTMLMath()

    def judge(change: dict[str, Any]) -> None:
        if change["new"] is not None:
            verdict.value = _verdict(*found.judge(change["new"]))

    buttons.observe(judge, names="value")
    return widgets.VBox([_prompt(found.prompt), buttons, verdict])


def number_box(found: Number) -> widgets.VBox:
    """Text field that reads 1/2, 0,5 and 50%, and the verdict under it."""
    entry = widgets.Text(placeholder="your answer", description="Answer", continuous_update=False)
    check = widgets.Button(description="Check", tooltip="Judge the answer")
    verdict = widgets.HTMLMath()

    def judge(_: Any) -> None:
        if not entry.value.strip():
            return
        try:
            verdict.value = _verdict(*found.judge(read_number(entry.value)))
        except ValueError as error:
            verdict.value = _line(_ASK, str(error))

    entry.observe(judge, names="value")
    check.on_click(judge)
    return widgets.VBox([_prompt(found.prompt), widgets.HBox([entry, check]), verdict])


def _prompt(text: str) -> widgets.HTMLMath:
    return widgets.HTMLMath(f'<div style="max-width: 45em; line-height: 1.4"><p>{_safe(text)}</p></div>')


def _verdict(right: bool, why: str) -> str:
    return _line(_RIGHT if right else _WRONG, why)


def _line(mark: str, text: str) -> str:
    return (
        '<div role="status" aria-live="polite" style="max-width: 45em; line-height: 1.4">'
        f"<p><strong>{mark}</strong> {_safe(text)}</p></div>"
    )


def _safe(text: str) -> str:
    return html.escape(text.strip(), quote=False)


def reveal(guess: float | None, computed: float, unit: str = "", *, digits: int = 1) -> None:
    """Print a guess beside the computed value.

    Parameters
    ----------
    guess : float or None
        What the learner wrote before the answer was shown; None if nothing was written yet.
    computed : float
        What the computation says.
    unit : str
        Unit of both, printed behind the numbers.
    digits : int
        Decimals to print.
    """
    for name, value in (("guess", guess), ("computed", computed)):
        if value is not None and not isinstance(value, int | float | np.number):
            raise ValueError(f"{name} must be a number, got {value!r}; write it without quotation marks")
    behind = "%" if unit == "%" else f" {unit}" if unit else ""
    shown = f"{computed:.{digits}f}{behind}"
    if guess is None:
        print(f"computed: {shown}. You have not written a guess: set it above, it is worth more before than after.")
        return
    gap = guess - computed
    how = "the same to this precision" if abs(gap) < 0.5 * 10**-digits else f"{abs(gap):.{digits}f} too {_side(gap)}"
    print(f"your guess: {guess:.{digits}f}{behind}   computed: {shown}   ({how})")


def _side(gap: float) -> str:
    return "high" if gap > 0 else "low"

"""The controls of a drill in a notebook, made once and shown as they are needed, so that a keyboard keeps its place."""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ipywidgets as widgets

from course.drills.history import Grade
from course.drills.report import Revise
from course.drills.text import as_html, plain

GRADES = {"Again": Grade.AGAIN, "Hard": Grade.HARD, "Good": Grade.GOOD, "Easy": Grade.EASY}
_WIDTH = "46em"
_TOGETHER = 1.0  # seconds between Enter and the text that it sends

Act = Callable[..., None]


class Panel:
    """All parts of a drill.

    Parameters
    ----------
    acts : mapping of str to callable
        What to do when a button is pressed, by its name here; a callable gets the button.
    """

    def __init__(self, acts: Mapping[str, Act]) -> None:
        self.head, self.body, self.verdict = widgets.HTML(), widgets.HTMLMath(), widgets.HTMLMath()
        self.start = _button("Start", acts["start"], "Ask the first question")
        self.entry = widgets.Text(description="Answer", placeholder="0.5, 1/2 or 50%", continuous_update=False)
        self.entry.on_msg(lambda _, content, __: self._entered("key") if content.get("event") == "submit" else None)
        self.entry.observe(lambda change: self._entered("text") if change["new"] else None, names="value")
        self._moments: dict[str, float] = {}
        self.changed = 0.0  # when other controls were last shown
        self._judge = acts["check"]
        self.check = _button("Check", self._on_check, "Judge the answer; what cannot be read costs nothing")
        self.options = [_button(letter, acts["option"], f"Answer {letter}") for letter in "abcdef"]
        self.give_up = _button("Don't know", acts["give_up"], "Show the answer; it counts as again")
        self.show_answer = _button("Show the answer", acts["show"], "When you have said yours")
        self.play = widgets.Play(min=0, interval=1000, show_repeat=False)
        self.bar = widgets.IntProgress(description="Seconds", min=0)
        widgets.jslink((self.play, "value"), (self.bar, "value"))
        self.clock = widgets.HBox([self.play, self.bar])
        self.ticks: list[widgets.Checkbox] = []
        self.made = widgets.VBox()
        self.done = _button("Grade it", acts["points"], "By the points that you ticked")
        self.grades = [_button(name, acts["grade"], f"Grade: {name.lower()}") for name in GRADES]
        self.next = _button("Next", acts["advance"], "The next card")
        self.skip = _button("Skip", acts["skip"], "Leave this card for another day")
        self.undo = _button("Undo", acts["undo"], "Take the last grade back")
        self.stop = _button("End", acts["finish"], "See what to read again")

    def _entered(self, what: str) -> None:
        """Judge when Enter was pressed *and* the text has come: the browser sends them apart, in either order.

        On the key alone, what was typed a moment before would be judged; on the text alone, so would what somebody
        typed and then left for another button.
        """
        self._moments[what] = time.monotonic()
        if len(self._moments) == 2 and abs(self._moments["key"] - self._moments["text"]) < _TOGETHER:
            self._on_check()

    def _on_check(self, _: Any = None) -> None:
        self._moments.clear()
        self._judge()

    @property
    def rows(self) -> list[widgets.Widget]:
        """What stands below what."""
        wrap = widgets.Layout(flex_flow="row wrap")
        answering = [self.start, self.entry, self.check, *self.options, self.give_up, self.clock, self.show_answer]
        grading = [self.done, *self.grades, self.next]
        return [
            *(self.head, self.body, widgets.HBox(answering, layout=wrap), self.verdict, self.made),
            *(widgets.HBox(grading, layout=wrap), widgets.HBox([self.skip, self.undo, self.stop])),
        ]

    def show(self, *parts: widgets.Widget, focus: widgets.Widget | None = None) -> None:
        """Show these controls and no others, and put the keyboard on one of them."""
        self.changed = time.monotonic()
        alone = (self.start, self.entry, self.check, self.give_up, self.clock, self.show_answer, self.made, self.done)
        every = (*alone, *self.options, *self.grades, self.next, self.skip, self.undo, self.stop)
        for part in every:
            part.layout.display = "" if part in parts else "none"
        if focus is not None:
            focus.focus()

    def start_clock(self, seconds: int) -> None:
        """Start the clock of a question that is to be answered aloud."""
        self.play.max = self.bar.max = seconds
        self.bar.description = f"of {seconds} s"
        self.play.value = 0
        self.play.playing = True

    def rubric(self, points: Iterable[str]) -> None:
        """Offer the points of a rubric to tick."""
        wide = widgets.Layout(width="auto", max_width=_WIDTH)
        self.ticks = [widgets.Checkbox(description=plain(point), indent=False, layout=wide) for point in points]
        self.made.children = [widgets.HTML("<strong>Which did you say?</strong>"), *self.ticks]

    @property
    def ticked(self) -> frozenset[int]:
        """Which points are ticked, from 0."""
        return frozenset(n for n, box in enumerate(self.ticks) if box.value)


def page(*parts: str) -> str:
    """Return Markdown texts as HTML that a screen reader reads out when it changes."""
    inside = "".join(as_html(part) for part in parts if part)
    return f'<div role="status" style="max-width: {_WIDTH}; line-height: 1.4">{inside}</div>'


def status(text: str) -> str:
    """Return a line that says how things stand."""
    return f'<div role="status"><strong>{html.escape(text, quote=False)}</strong></div>'


def revise(places: Iterable[Revise]) -> str:
    """Return what to read again, with links to the lessons beside the notebook."""
    rows = [
        f'<li><a href="{place.notebook}.ipynb">{html.escape(place.notebook)}</a>: {html.escape(place.section)}'
        f"<ul>{''.join(f'<li>{html.escape(plain(one))}</li>' for one in place.missed)}</ul></li>"
        for place in places
    ]
    return f"<p><strong>Read again:</strong></p><ul>{''.join(rows)}</ul>" if rows else ""


def _button(name: str, act: Act, what: str) -> Any:
    button = widgets.Button(description=name, tooltip=what, layout=widgets.Layout(width="auto", min_width="4em"))
    button.on_click(act)
    return button

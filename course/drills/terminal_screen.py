"""What a drill writes to a terminal and reads from it: Markdown, formulas as Unicode, lines that may be commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding

from course.drills.report import clock
from course.drills.text import for_terminal

NARROWEST = 46
_WIDEST = 88
_HELP = """\
At any prompt: s leaves this card for another day, u takes your last grade back, q leaves.
0.5, .5, 0,5, 1/2 and 50% are one number. What cannot be read costs nothing; the first number that can counts.
n (no idea) shows the answer, and counts as again.
A grade decides when a card comes back: again within minutes, hard sooner than good, easy later."""


class Leave(Exception):
    """The learner wants to go."""


class Skip(Exception):
    """The learner wants another card."""


class Undo(Exception):
    """The learner takes the last grade back."""


class Screen:
    """A terminal of at most 88 columns.

    Parameters
    ----------
    console : Console, optional
        Where to write and read.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.console.width = min(self.console.width or _WIDEST, _WIDEST)

    def say(self, text: str = "", *, style: str | None = None) -> None:
        """Write a text as it is."""
        self.console.print(text, style=style, markup=False)

    def line(self) -> None:
        """Draw a line across, below an empty one."""
        self.console.print()
        self.console.rule(style="dim")

    def markdown(self, text: str, indent: int = 0) -> None:
        """Write Markdown with formulas."""
        shown = Markdown(for_terminal(text), code_theme="bw", hyperlinks=False)
        self.console.print(Padding(shown, (0, 0, 0, indent)))

    def entries(self, heading: str, lines: tuple[str, ...], *, numbered: bool = False) -> None:
        """Write a list under its heading; nothing when it is empty."""
        if lines:
            self.say(f"  {heading}", style="bold")
            self.markdown("\n".join(f"{n}. {line}" if numbered else f"- {line}" for n, line in enumerate(lines, 1)), 2)

    @contextmanager
    def bell_after(self, seconds: int) -> Iterator[None]:
        """Ring when the time to speak is over; only where somebody can hear it."""
        timer = Timer(seconds, self.ring, [seconds])
        timer.daemon = True
        if self.console.is_terminal:
            timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def ring(self, seconds: int) -> None:
        """Say, and ring, that the time to speak is over."""
        self.console.bell()
        self.say(f"\n{clock(seconds)} are over: come to the end, then press Enter.")

    def ask(self, prompt: str, *, card: bool = True) -> str:
        """Read a line; commands are obeyed.

        Parameters
        ----------
        prompt : str
            What to write before it.
        card : bool
            Whether a card is being asked, which can be skipped or give way to the one before.

        Raises
        ------
        Leave, Skip, Undo
            When that is what was typed.
        """
        while True:
            typed = self.console.input(prompt, markup=False).strip()
            match typed.casefold():
                case "q" | "quit" | "exit":
                    raise Leave
                case "s" | "skip" if card:
                    raise Skip
                case "u" | "undo" if card:
                    raise Undo
                case "?" | "help":
                    self.say(_HELP)
                case _:
                    return typed

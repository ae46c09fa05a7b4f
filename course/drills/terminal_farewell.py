"""How a sitting in a terminal ends: what was done, what to read again, and when the next cards are due."""

from __future__ import annotations

import statistics
import textwrap

from course.bundle import command
from course.drills import report
from course.drills.session import Sitting
from course.drills.terminal_screen import Screen
from course.drills.text import plain


def farewell(screen: Screen, sitting: Sitting) -> None:
    """Write the last page of a sitting.

    Parameters
    ----------
    screen : Screen
        Where to write.
    sitting : Sitting
        What was asked.
    """
    screen.line()
    if sitting.asked:
        _summary(screen, sitting)
        _revise(screen, sitting)
    forecast = report.forecast(sitting.deck, sitting.memory, sitting.clock())
    screen.say("Due " + ", ".join(f"{words}: {count}" for words, count in forecast.items()) + ".")
    if not sitting.asked and not sitting.ahead().order(early=True):
        more = "--new 10" if sitting.has_fresh else "--all" if sitting.unseen else ""
        screen.say(
            "There is nothing to ask now." + f" For more new cards: {command('course drill')} {more}" * bool(more)
        )


def _summary(screen: Screen, sitting: Sitting) -> None:
    asked = report.first_answers(sitting.asked)
    known = report.known(asked)
    middle = statistics.median(one.review.seconds for one in asked)
    cards = "1 card" if len(asked) == 1 else f"{len(asked)} cards"
    screen.say(
        f"{cards} in {report.clock(sitting.elapsed)}, {report.clock(middle)} each (median): "
        f"{known} known" + f", {len(asked) - known} not, or in part" * (known < len(asked)) + ".",
        style="bold",
    )
    if sitting.plan is not None:
        for score in report.scores(asked):
            screen.say(f"  {score.points:.1f} of {score.of}  {score.lesson}")


def _revise(screen: Screen, sitting: Sitting) -> None:
    if places := report.to_revise(sitting.asked):
        screen.say("Read again:", style="bold")
    for place in places:
        screen.say(f"  {place.section}\n    in notebooks/{place.notebook}.ipynb")
        for missed in place.missed:
            width, first, then = screen.console.width, "    – ", "      "
            screen.say(textwrap.fill(plain(missed), width, initial_indent=first, subsequent_indent=then))

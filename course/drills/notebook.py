"""What a notebook calls: `Drill` for what is due, `Mock` for an interview, `Rehearse` for cards of one's choice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from course.drills import bank, interview, report, scratch, today
from course.drills.notebook_panel import page
from course.drills.notebook_sheet import Sheet
from course.drills.session import Sitting

Names = str | Iterable[str] | None


class Drill(Sheet):
    """Cards that are due and a few new ones; shares its history with `course drill` in the terminal.

    A card, a lesson's question or a task can also be called by its id, to have a look: nothing is written down then.

    Parameters
    ----------
    lesson : str or list of str, optional
        Only these lessons, such as ``"08"``; ``"all"`` for new cards of every one. By default new cards come from the
        lessons that were met.
    kind : str or list of str, optional
        Only these kinds: recall, number, code, false, say.
    new : int, optional
        How many new cards; by default ten a day.
    card : str or list of str, optional
        Ids, such as ``"04-weight"`` or ``"shrinkage.weight"``.
    until : str or date, optional
        The day of an interview, such as ``"2026-12-10"``: makes a plan that later drills follow; ``"none"`` drops it.
    """

    def __init__(
        self,
        lesson: Names = None,
        kind: Names = None,
        new: int | None = None,
        card: Names = None,
        until: str | date | None = None,
    ) -> None:
        texts: list[str] = []

        def make() -> Sitting:
            if card is None:
                return today.sit(today.Wish(_names(lesson), _names(kind), new, until), place="notebook")
            entries, tasks = scratch.named(_names(card), bank.bank())
            texts.extend(map(scratch.about, tasks))
            return scratch.sit(entries)

        super().__init__(make)
        if texts:
            self.panel.body.value = page(*texts)
            self.panel.show(*[self.panel.start] * bool(self.sitting.left))


class Mock(Sheet):
    """A mock interview: questions drawn, time kept, grades taken, and a page of what to revise.

    Parameters
    ----------
    length : str
        How long it may take, such as ``"30m"``.
    lesson : str or list of str, optional
        Only these lessons.
    """

    def __init__(self, length: str = "30m", lesson: Names = None) -> None:
        self._limit = self._begun = 0.0

        def make() -> Sitting:
            limit = interview.duration(length)
            self._limit = limit.total_seconds()
            return interview.sit(bank.choose(bank.bank(), _names(lesson)), limit)

        super().__init__(make)

    def _ahead(self) -> str:
        return f"Mock interview, {super()._ahead()}"

    def _place(self) -> str:
        left = self._limit - self._used
        return f"{self._ahead()}, {report.clock(left)} left"

    @property
    def _used(self) -> float:
        """Seconds since the first question was asked: the clock does not run from the cell."""
        if not self._begun:
            self._begun = self.sitting.elapsed
        return self.sitting.elapsed - self._begun

    def _is_over(self) -> bool:
        return self._used >= self._limit


class Rehearse(Sheet):
    """Some cards in this order, whether they are due or not; the grades count as reviews.

    Parameters
    ----------
    *ids : str
        Ids of cards, such as ``"interview-pooling-short"``.
    """

    def __init__(self, *ids: str) -> None:
        def make() -> Sitting:
            return Sitting({id: bank.find(id, bank.bank()) for id in ids}, plan=ids, place="notebook")

        super().__init__(make)


def _names(wanted: Names) -> list[str]:
    if wanted is None or isinstance(wanted, str) or not isinstance(wanted, Iterable):
        return [] if wanted is None else [str(wanted)]  # a lesson may be typed as a number
    return [str(one) for one in wanted]

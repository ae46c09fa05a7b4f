"""What a notebook calls: `Drill` for what is due, `Mock` for an interview, `Rehearse` for cards of one's choice."""

from __future__ import annotations

from collections.abc import Iterable

from course.drills import bank, interview, report
from course.drills.session import Sitting
from course.drills.sheet import Sheet

Names = str | Iterable[str] | None


class Drill(Sheet):
    """Cards that are due and a few new ones; shares its history with `course drill` in the terminal.

    Parameters
    ----------
    lesson : str or list of str, optional
        Only these lessons, such as ``"08"``.
    kind : str or list of str, optional
        Only these kinds: recall, number, code, false, say.
    new : int, optional
        How many new cards; by default ten a day.
    """

    def __init__(self, lesson: Names = None, kind: Names = None, new: int | None = None) -> None:
        def make() -> Sitting:
            return Sitting(bank.choose(bank.bank(), _names(lesson), _names(kind)), new, place="notebook")

        super().__init__(make)


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
        sitting = self.sitting
        left = len(sitting.plan or ()) - len(sitting.asked) - len(sitting.skipped)
        return f"Mock interview, {left} questions to come"

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
            return Sitting({id: bank.card(id) for id in ids}, plan=ids, place="notebook")

        super().__init__(make)

    def _ahead(self) -> str:
        left = len(self.sitting.deck) - len(self.sitting.asked) - len(self.sitting.skipped)
        return f"{left} question{'' if left == 1 else 's'} to answer aloud"


def _names(wanted: Names) -> list[str]:
    return [wanted] if isinstance(wanted, str) else list(wanted or ())

"""Wrong answers that learners give, by task: what they hand in, and words of the reason that they must get.

One module a lesson, named as in `course.lessons`, with a dictionary ``WRONG``: task id -> list of `Wrong`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple


class Wrong(NamedTuple):
    """``answer`` is what is handed in; ``because`` must occur in the reason; ``make`` says that answer() builds it."""

    answer: Any
    because: str
    make: bool = False

    def build(self) -> Any:
        return self.answer() if self.make else self.answer


def built(answer: Callable[[], Any], because: str) -> Wrong:
    """A wrong answer that is built only when it is needed, such as a model."""
    return Wrong(answer, because, make=True)

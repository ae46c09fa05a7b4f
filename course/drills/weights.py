"""FSRS's weights fitted to a learner's own reviews: whether they predict better, and where they are kept.

The package's optimiser needs PyTorch, an extra of this course. It is the only thing here that does: what is kept is 21
numbers beside the reviews, and replaying with them needs nothing.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import fsrs

from course.bundle import command
from course.drills import schedule
from course.drills.history import Grade, Review
from course.errors import CourseError
from course.records.journal import Journal, folder
from course.records.lines import Event

NEEDED = 640
"""Reviews with a forecast: 512, the least that the package's optimiser takes, and a fifth to judge by."""
_HELD_OUT = 0.2

Weights = tuple[float, ...]
Optimise = Callable[[Sequence[fsrs.ReviewLog]], Sequence[float]]


@dataclass(frozen=True)
class Fitted:
    """Weights with what they were fitted to.

    Parameters
    ----------
    weights : tuple of float
        As FSRS takes them.
    reviews : int
        How many reviews with a forecast there were.
    before, after : float
        Log loss on the held-out reviews, with the usual weights and with those fitted to the reviews before them.
    error : float
        Standard error of their difference, review by review.
    when : str
        The day.
    """

    weights: Weights
    reviews: int
    before: float
    after: float
    error: float
    when: str = ""

    @property
    def is_better(self) -> bool:
        """Whether they predicted the held-out reviews better, by more than one standard error."""
        return self.before - self.after > self.error

    @property
    def words(self) -> str:
        """What came of it."""
        losses = f"log loss {self.before:.4f} with the usual weights, {self.after:.4f} with yours"
        gain = f"A gain of {self.before - self.after:.4f}, with a standard error of {self.error:.4f}."
        return f"The latest {round(100 * _HELD_OUT)}% of {self.reviews} reviews, held out: {losses}. {gain}"


def forecasts(history: Iterable[Review], by: fsrs.Scheduler) -> list[tuple[float, bool]]:
    """Return what FSRS forecast for each review a day or more after the card's last, and whether it was known.

    Parameters
    ----------
    history : iterable of Review
        In the order in which they were written.
    by : fsrs.Scheduler
        Whose weights to use.
    """
    memory: dict[str, fsrs.Card] = {}
    found = []
    for review in history:
        card = memory.get(review.card)
        if card is not None and card.last_review is not None and (review.when - card.last_review).days > 0:
            found.append((by.get_card_retrievability(card, review.when), review.grade is not Grade.AGAIN))
        memory[review.card] = schedule.after(card, review.grade, review.when, by)
    return found


def log_loss(forecast: Iterable[tuple[float, bool]]) -> float:
    """Return minus the mean log of the chance given to what happened; small is good."""
    return statistics.fmean(_losses(forecast))


def _losses(forecast: Iterable[tuple[float, bool]]) -> list[float]:
    return [-math.log(max(1e-9, chance if known else 1 - chance)) for chance, known in forecast]


def fit(history: Sequence[Review], optimise: Optimise | None = None) -> Fitted:
    """Fit FSRS's weights to all reviews, and judge fitting by the last fifth: predicted after a fit to those before.

    Parameters
    ----------
    history : sequence of Review
        All reviews.
    optimise : callable, optional
        Makes weights of review logs; by default the optimiser of the package.

    Raises
    ------
    CourseError
        If there are too few reviews, or PyTorch is not installed.
    """
    history = schedule.dated(history)
    usual = forecasts(history, schedule.USUAL)
    if len(usual) < NEEDED:
        raise CourseError(
            f"fitting takes {NEEDED} reviews made a day or more after the card's last one, 512 to fit and a fifth to "
            f"judge by; of your {len(history)} there are {len(usual)} such",
            "Until then the usual weights are the better guess",
        )
    optimise = optimise or _optimise
    held_out = math.ceil(_HELD_OUT * len(usual))
    first = _first_of(history, len(usual) - held_out)
    trained = optimise(logs(history[:first]))
    own = forecasts(history, schedule.scheduler(trained))
    before, after = _losses(usual[-held_out:]), _losses(own[-held_out:])
    error = statistics.stdev(a - b for a, b in zip(before, after, strict=True)) / math.sqrt(held_out)
    day = datetime.now(UTC).astimezone().date().isoformat()
    means = statistics.fmean(before), statistics.fmean(after)
    found = Fitted(tuple(map(float, trained)), len(usual), *means, error, day)
    return replace(found, weights=tuple(map(float, optimise(logs(history))))) if found.is_better else found


def _first_of(history: Sequence[Review], n: int) -> int:
    """Return how many reviews, from the first on, hold so many with a forecast."""
    last: dict[str, datetime] = {}
    seen = 0
    for place, review in enumerate(history):
        before = last.get(review.card)
        seen += before is not None and (review.when - before).days > 0
        if seen > n:
            return place
        last[review.card] = review.when
    return len(history)


def logs(history: Iterable[Review]) -> list[fsrs.ReviewLog]:
    """Return reviews as the package's optimiser takes them."""
    numbers: dict[str, int] = {}
    fresh = count()
    return [
        fsrs.ReviewLog(
            numbers[review.card] if review.card in numbers else numbers.setdefault(review.card, next(fresh)),
            schedule.RATINGS[review.grade],
            review.when,
            round(1000 * review.seconds),
        )
        for review in history
    ]


def _optimise(reviews: Sequence[fsrs.ReviewLog]) -> Sequence[float]:
    try:
        optimiser = fsrs.Optimizer(list(reviews))
    except ImportError as error:
        raise CourseError(
            "fitting needs PyTorch, which is not installed", f"It is large; to bring it once: {_with_torch()}"
        ) from error
    weights: Sequence[float] = optimiser.compute_optimal_parameters()
    return weights


def _with_torch() -> str:
    in_checkout = command("course drill fit").replace("uv run", "uv run --extra torch")
    return in_checkout if in_checkout.startswith("uv run") else 'pip install "fsrs[optimizer]"'


# The record.


def journal() -> Journal:
    """Return the learner's journal of weights; the last ones count."""
    return Journal(folder() / "weights.jsonl", "weights")


def read() -> Fitted | None:
    """Return the weights that are kept, None when the usual ones count."""
    for event in reversed(journal().read()):
        if event.get("weights", "") is None:
            return None
        if (found := _understood(event)) is not None:
            return found
    return None


def scheduler() -> fsrs.Scheduler:
    """Return FSRS with the learner's weights, or with the usual ones."""
    kept = read()
    return schedule.USUAL if kept is None else schedule.scheduler(kept.weights)


def keep(fitted: Fitted | None) -> Path | None:
    """Write weights down, or that the usual ones count again; it is on the disk when this returns.

    Returns
    -------
    Path or None
        Where a damaged record was set aside.
    """
    if fitted is None:
        return journal().append({"weights": None})
    event = {"weights": fitted.weights, "reviews": fitted.reviews, "when": fitted.when}
    return journal().append({**event, "before": fitted.before, "after": fitted.after, "error": fitted.error})


def _understood(event: Event) -> Fitted | None:
    with suppress(KeyError, TypeError, ValueError):
        weights = tuple(map(float, event["weights"]))
        schedule.scheduler(weights)  # raises where they are not FSRS's, or out of bounds
        before, after, error = (float(event[name]) for name in ("before", "after", "error"))
        return Fitted(weights, int(event["reviews"]), before, after, error, str(event.get("when", "")))
    return None

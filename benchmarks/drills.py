"""How fast a drill is ready, how fast reviews load, how fast a number is judged.

    uv run python -m benchmarks.drills

Seconds with the limit beside them, medians of several runs; "over fsrs" is the time over that of bare calls of the
scheduler's own `review_card` on the same reviews in the same run.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsrs

from course.app.speed import code_line
from course.drills import bank, reviews, schedule
from course.drills.cards import Number
from course.drills.history import Grade, Review
from course.drills.questions import Question
from course.drills.worked import draw

REVIEWS = 10_000
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PROMPTS = ("Your answer", "then press Enter")


def seconds(act: Callable[[], object], times: int) -> float:
    """Median time of an act."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        act()
        found.append(time.perf_counter() - begin)
    return statistics.median(found)


def first_prompt() -> None:
    """Start the command and read until it asks the first question."""
    with subprocess.Popen(
        [sys.executable, "-m", "course", "drill"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdin is not None
        text = ""
        while not any(prompt in text for prompt in PROMPTS):
            text += run.stdout.read(1) or sys.exit("the drill ended without a question")
        run.stdin.write("q\n")


def history() -> list[Review]:
    """Ten thousand reviews of all cards, forty minutes apart."""
    rng, ids = random.Random(0), list(bank.bank())
    moments = [BEGIN + timedelta(minutes=40 * n) for n in range(REVIEWS)]
    grades = [Grade.AGAIN, Grade.HARD, *[Grade.GOOD] * 3, Grade.EASY]
    return [
        Review(rng.choice(ids), when, rng.choice(grades), 12.3, "terminal", f"{n:08x}")
        for n, when in enumerate(moments)
    ]


def write(past: list[Review]) -> None:
    """Put them into the journal, as `reviews.note` writes them."""
    reviews.journal().append({"begin": 1})
    lines = [
        json.dumps({"when": r.when.isoformat(timespec="seconds"), "card": r.card, "grade": r.grade.value,
                    "seconds": r.seconds, "place": r.place, "id": r.id}, separators=(",", ":"))
        for r in past
    ]  # fmt: skip
    with reviews.journal().path.open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def bare_fsrs(past: list[Review]) -> None:
    """The same reviews by calls of the scheduler alone."""
    scheduler, cards = fsrs.Scheduler(enable_fuzzing=False), {}
    ratings = {grade: fsrs.Rating[grade.value.capitalize()] for grade in Grade}
    for review in past:
        card = cards.get(review.card) or fsrs.Card(card_id=0, due=review.when)
        cards[review.card], _ = scheduler.review_card(card, ratings[review.grade], review.when)


def judged() -> None:
    """Draw every worked number once and judge its own answer."""
    rng = random.Random(0)
    for card in bank.bank().values():
        if isinstance(card, Number):
            instance = draw(card, rng)
            Question(card, instance).judge(instance.shown(instance.answer))


def row(what: str, found: float, limit: float | None = None) -> None:
    """Print one line of the table."""
    aim = f"{limit:8.2f} {found / limit:7.2f}" if limit else f"{'':8} {'':7}"
    print(f"{what:58} {found:8.3f} {aim}")


def main() -> None:
    """Measure everything once and print the table."""
    print(f"{'what':58} {'seconds':>8} {'limit':>8} {'ratio':>7}")
    row("python -c pass", seconds(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), 11))
    row("course drill, first question asked, nothing reviewed", seconds(first_prompt, 11), 0.5)
    past = history()
    write(past)
    row(f"course drill, first question asked, {REVIEWS:,} reviews", seconds(first_prompt, 11), 0.5 + 0.2)
    load = seconds(lambda: schedule.remember(reviews.read()), 11)
    row(f"{REVIEWS:,} reviews: read and replayed", load, 0.2)
    row("  the replay by bare calls of fsrs", bare := seconds(lambda: bare_fsrs(past), 11))
    print(f"  over fsrs: {load / bare:.2f} times")
    row(f"one more review written behind {REVIEWS:,}", seconds(lambda: reviews.note(past[0]), 11))
    judged()  # imports the library once
    numbers = sum(isinstance(card, Number) for card in bank.bank().values())
    row(f"a worked number drawn and judged, mean of {numbers}", seconds(judged, 5) / numbers)
    print(code_line("drills"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COURSE_DATA"] = str(Path(folder))
        main()

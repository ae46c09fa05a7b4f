"""`course status`, `course import` and `course reset`: how far a learner has come with exercises and drills."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course.checks.overview import Row
    from course.drills.report import Standing

Lesson = Annotated[str | None, typer.Option("--lesson", metavar="NN", help="One lesson, task by task.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Drills = Annotated[bool, typer.Option("--drills", help="The reviews of the drills instead of the exercises.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="What `take_along()` saved in a notebook.")]


def status(lesson: Lesson = None) -> None:
    """Show which exercises are passed, which drill cards are due, and what to do next."""
    from course.checks import overview
    from course.drills import bank, report, reviews, schedule, today, weights
    from course.drills.session import utc_now
    from course.records import results

    tasks, history = results.records(), reviews.read()
    every = overview.rows(tasks)
    standings = report.standings(bank.bank(), schedule.remember(history, weights.scheduler()), utc_now())
    if lesson is not None:
        wanted = bank.lesson_name(lesson)
        if row := next((row for row in every if row.notebook == wanted), None):
            _show_lesson(row)
        _show_drills([one for one in standings if one.lesson == wanted])
        return
    _show_exercises(every)
    typer.echo(overview.advice(every))
    _show_drills(standings)
    _show_sentences(today.outlook(tasks, history))


def _show_exercises(every: "Sequence[Row]") -> None:
    from course.app import tables

    rows = [
        (row.notebook, f"{row.passed} of {len(row.tasks)}", row.tries, row.hints, (row.last_passed or "")[:10])
        for row in every
    ]
    tables.show(("lesson", "passed", "tries", "hints", "last passed"), rows)


def _show_lesson(row: "Row") -> None:
    from course.app import tables

    rows = [
        (task.id.partition(".")[2], task.title, record.tries, record.hints, (record.passed or "not yet")[:10])
        for task, record in row.tasks
    ]
    tables.show(("task", "", "tries", "hints", "passed"), rows, title=row.notebook)


def _show_drills(standings: "Sequence[Standing]") -> None:
    """Show the lessons of which a card was seen, and how many cards are due."""
    from course.app import tables
    from course.bundle import command

    rows = [(one.lesson, one.cards, one.seen, one.learned, one.due) for one in standings if one.seen]
    if rows:
        tables.show(("drills", "cards", "seen", "learned", "due now"), rows)
    due, seen, cards = (sum(getattr(one, name) for one in standings) for name in ("due", "seen", "cards"))
    typer.echo(f"Drills: {due} due, {seen} of {cards} cards seen.  {command('course drill')}")


def _show_sentences(sentences: "Sequence[str]") -> None:
    from rich.console import Console

    from course.app import tables

    for sentence in sentences:
        Console(highlight=False, width=tables.width()).print(sentence, markup=False)


def take(file: File) -> None:
    """Add progress from a file, such as that of the exercises on the website; nothing is counted twice."""
    from course.records import results

    said, aside = results.take(file)
    typer.echo(said)
    if aside is not None:
        typer.echo(f"The record that was here was damaged. It is kept as {aside}.")


def reset(drills: Drills = False, yes: Yes = False) -> None:
    """Begin the exercises or the drills anew; asks first, and keeps the old record under another name."""
    from course.drills import reviews
    from course.records import results

    journal = reviews.journal() if drills else results.journal()
    if not journal.path.exists():
        typer.echo("There is nothing to reset." if drills else "There is no progress to reset.")
        return
    what = f"{len(reviews.read())} reviews" if drills else f"{len(results.records())} tasks"
    if not yes and not typer.confirm(f"Begin anew? {what} are on record.", default=False):
        typer.echo("Nothing was changed.")
        raise typer.Exit(1)
    typer.echo(f"The old record is kept as {journal.set_aside('reset')}")

"""`course class exam`: what its options are called; the work is done in `course.app.classroom.exam`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from course.app import cli_class as of_class

app = typer.Typer(
    add_completion=False,
    invoke_without_command=True,
    help="Make an exam for each student of a class, or with `grade FOLDER` take it back.",
)

Students = Annotated[
    Path | None, typer.Option("--roster", metavar="FILE", help="Who writes it; default: all of the class.")
]
About = Annotated[
    str | None,
    typer.Option("--lessons", metavar="NN-NN", help="What it is about, such as 01-07 or 3,5; default: 01-07."),
]
Minutes = Annotated[int | None, typer.Option("--minutes", help="How long it takes; default: 60.")]
Seed = Annotated[
    str | None, typer.Option("--seed", help="Where all chance comes from; keep it to yourself. Default: a secret one.")
]
Number = Annotated[
    int | None,
    typer.Option("--questions", metavar="N", help="So many from the cards; default: what fits into the time."),
]
Name = Annotated[str, typer.Option("--name", metavar="NAME", help="What it is called.")]
Which = Annotated[str | None, typer.Option("--name", metavar="NAME", help="What it is called.")]
Where = Annotated[Path | None, typer.Option("--dir", metavar="DIR", help="The folder of the class; default: this one.")]
Html = Annotated[bool, typer.Option("--html", help="Also a page each, to be answered in a browser.")]
Decks = Annotated[
    list[Path] | None, typer.Option("--deck", metavar="FILE", help="Cards of your own beside ours; may be repeated.")
]
Extra = Annotated[
    list[str] | None,
    typer.Option("--extra", metavar="ID=MINUTES", help="Give a student so many minutes more; may be repeated."),
]
Accept = Annotated[
    list[str] | None, typer.Option("--accept", metavar="ID", help="Take this student's file whatever mark is on it.")
]


@app.callback(epilog="Example:  course class exam --lessons 01-07 --minutes 60 --name midterm")
def exam(
    context: typer.Context,
    roster: Students = None,
    lessons: About = None,
    minutes: Minutes = None,
    seed: Seed = None,
    questions: Number = None,
    name: Name = "exam",
    html: Html = False,
    deck: Decks = None,
    extra: Extra = None,
    root: of_class.Dir = of_class.HERE,
) -> None:
    """Make an exam for each student: the same questions, with numbers and an order of choices of their own.

    Run it again for students who came later: what was made stays as it is.
    """
    if context.invoked_subcommand:
        return
    from course.app.classroom import book
    from course.app.classroom import folder as folders
    from course.app.classroom import roster as rosters
    from course.app.classroom.exam import handing
    from course.drills import bank
    from course.errors import expanded

    folders.require_nbgrader()
    place = expanded(root, "--dir")
    if roster:
        students, notes = rosters.read(expanded(roster, "--roster"))
        of_class.say(notes)
        of = folders.make(place, students)
    else:
        of = folders.opened(place)
        students = tuple(book.students(of))
    more = dict(_extra(one) for one in extra or [])
    wish = handing.Wish(name, lessons, minutes, seed, questions, bank.with_decks(deck) if deck else None, more)
    handed = handing.prepare(of, wish, [student.id for student in students], html=html)
    of_class.say(handed.notes)
    drawn, tasks = handed.exam, len(handed.exam.tasks)
    besides = f" and {of_class.count(tasks, 'task')}" if tasks else ""
    typer.echo(f"{drawn.name}: {drawn.minutes} minutes, {of_class.count(len(drawn.cards), 'question')}{besides}.")
    kept = f", {handed.kept} of them as before" if handed.kept else ""
    typer.echo(
        f"{of_class.count(len(handed.papers), 'paper')} in {handing.folder(of, drawn.name) / 'handed_out'}{kept}"
    )
    typer.echo(f"When they come back: course class exam grade FOLDER --name {drawn.name}")


def _extra(said: str) -> tuple[str, int]:
    from course.errors import CourseError

    student, _, minutes = said.rpartition("=")
    if not student or not minutes.isascii() or not minutes.isdigit() or not 0 < int(minutes) <= 600:
        raise CourseError(f"--extra is {said!r}", "Write it as ID=MINUTES, such as ab12=15, with at most 600 minutes")
    return student, int(minutes)


@app.command(epilog="Example:  course class exam grade ~/Downloads/midterm --name midterm")
def grade(
    context: typer.Context,
    folder: of_class.From,
    name: Which = None,
    accept: Accept = None,
    jobs: of_class.Jobs = None,
    again: of_class.Again = False,
    unprotected: of_class.Unprotected = False,
    root: Where = None,
) -> None:
    """Take in and grade what came back, write each student's page, and say what the questions were worth."""
    from course.app import tables
    from course.app.classroom.exam import returned, statement
    from course.errors import expanded

    before = context.parent.params if context.parent else {}  # `course class exam --name midterm grade FOLDER`
    name = name or str(before["name"])
    of = of_class.opened(root or before["root"])
    report = returned.collect(of, name, expanded(folder, "FOLDER"), accept or [])
    of_class.say(report.notes)
    typer.echo(f"{of_class.count(len(report.taken), 'paper')} taken in.")
    walls = of_class.walls(unprotected)
    with of_class.told_as_it_goes() as (begin, told):
        summary, outcome = returned.grade(
            of, name, workers=jobs or os.cpu_count() or 1, walls=walls, again=again, begin=begin, told=told
        )
    of_class.say(summary.failed)
    missing = sorted(outcome.sheets.keys() - outcome.grades.keys())
    if missing:
        typer.echo(f"Not handed in: {', '.join(missing)}")
    rows = []
    for one in statement.items(outcome.grades, outcome.sheets):
        r = "" if one.r is None else f"{one.r:+.2f} ± {one.error:.2f}"
        rows.append((one.title, f"{one.answered} of {one.n}", f"{one.right} of {one.n}", r, one.reading))
    tables.show(("question", "answered", "right", "with the rest", ""), rows)
    typer.echo(f"The statement is {outcome.statement}; each student's page is in {of.root / 'feedback'}")
    raise typer.Exit(bool(summary.failed))

"""`course drill`: what its options are called; the work is done in `course.drills`, imported when needed."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)

Lessons = Annotated[
    list[str] | None, typer.Option("--lesson", metavar="NN", help="This lesson, met or not; may be repeated.")
]
Every = Annotated[bool, typer.Option("--all", help="New cards from all lessons, not only from those you have begun.")]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--kind", metavar="KIND", help="Only recall, number, code, false or say; may be repeated."),
]
New = Annotated[
    int | None, typer.Option("--new", min=0, help="New cards in this sitting. Default: ten a day.", show_default=False)
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="DATE",
        help="An interview on that day, such as 2026-12-10: plans all cards until then, and plain `course drill` "
        "follows. none drops the plan.",
    ),
]
Length = Annotated[
    str | None, typer.Option("--for", metavar="TIME", help="When to offer to stop; after 15m if left out.")
]
Mock = Annotated[
    str | None, typer.Option("--mock", metavar="TIME", help="A mock interview of that length instead, such as 30m.")
]
Decks = Annotated[
    list[Path] | None, typer.Option("--deck", metavar="FILE", help="Cards of your own beside ours; may be repeated.")
]
Named = Annotated[
    list[str] | None,
    typer.Option("--card", metavar="ID", help="Try a card, question or task; nothing is kept. May be repeated."),
]
Anki = Annotated[Path | None, typer.Option("--anki", metavar="FILE", help="The cards, as a package such as out.apkg.")]
Reviews = Annotated[
    Path | None,
    typer.Option("--reviews", metavar="FILE", help="Your reviews, such as reviews.jsonl, for a browser or computer."),
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="Such as reviews.jsonl.")]
Usual = Annotated[bool, typer.Option("--none", help="Go back to the usual weights.")]


@app.callback(invoke_without_command=True, epilog="Example:  course drill --lesson 08 --new 10")
def drill(
    context: typer.Context,
    lesson: Lessons = None,
    every: Every = False,
    kind: Kinds = None,
    new: New = None,
    until: Until = None,
    length: Length = None,
    mock: Mock = None,
    deck: Decks = None,
    card: Named = None,
) -> None:
    """Drill the cards that are due and a few new ones of the lessons you have begun, or sit a mock interview."""
    given = {"--lesson": lesson, "--all": every or None, "--kind": kind, "--new": new, "--until": until, "--mock": mock}
    if context.invoked_subcommand is not None:
        if context.args or deck or card or any(option is not None for option in given.values()):
            raise typer.BadParameter("put the options behind export, import or fit", param_hint="drill")
        return
    from course.drills import bank, interview, scratch, today
    from course.drills.terminal import Desk
    from course.drills.terminal_screen import Screen

    if card:
        if length is not None or any(option is not None for option in given.values()):
            raise typer.BadParameter("it chooses by itself: leave the other options out", param_hint="--card")
        entries, tasks = scratch.named(card, bank.with_decks(deck or []))
        for task in tasks:
            Screen().markdown(scratch.about(task))
        if entries:
            Desk(scratch.sit(entries)).run()
        return
    if every and lesson:
        raise typer.BadParameter("it is all lessons: leave --lesson out", param_hint="--all")
    if mock and until:
        raise typer.BadParameter("a mock interview is no plan: leave one of them out", param_hint="--until")
    limit = interview.duration(mock or length or "15m")
    wish = today.Wish([today.ALL] if every else lesson or [], kind or [], new, until, bank.with_decks(deck or []))
    if mock:
        Desk(interview.sit(wish.chosen, limit), limit).run()
    else:
        Desk(today.sit(wish), limit).run()


@app.command(epilog="Example:  course drill export --anki pooling.apkg --lesson 04")
def export(
    anki: Anki = None, reviews: Reviews = None, lesson: Lessons = None, kind: Kinds = None, deck: Decks = None
) -> None:
    """Write the cards as a package for Anki, which updates those that are there, or your reviews."""
    if (anki is None) == (reviews is None):
        raise typer.BadParameter("give one of them, with a file", param_hint="--anki, --reviews")
    if reviews is not None:
        if lesson or kind or deck:
            raise typer.BadParameter("all reviews are written: leave the other options out", param_hint="--reviews")
        from course.drills.reviews import give

        typer.echo(f"Your reviews are in {give(reviews)}.")
        return
    from course.drills import bank
    from course.drills.anki import write

    assert anki is not None
    cards = bank.choose(bank.with_decks(deck or []), lesson or [], kind or [])
    place = write(cards, anki)
    typer.echo(f"{'1 card' if len(cards) == 1 else f'{len(cards)} cards'} in {place}. In Anki: File, Import.")
    typer.echo("Each worked number has one set of values there; here it is drawn anew each time.")


@app.command("import", epilog="Example:  course drill import reviews.jsonl")
def take(file: File) -> None:
    """Add reviews from a file that the drills' page or `course drill export --reviews` wrote; none is counted twice."""
    from course.drills import report, reviews

    said, aside = reviews.take(file)
    typer.echo(said)
    if aside is not None:
        typer.echo(report.damaged(aside))


@app.command(epilog="Example:  course drill fit")
def fit(usual: Usual = False) -> None:
    """Fit the schedule to your own reviews, if that predicts them better; needs some months of drills, and PyTorch."""
    from course.bundle import command
    from course.drills import reviews, weights

    if usual:
        kept = weights.read() is not None
        aside = weights.keep(None) if kept else None
        typer.echo("The usual weights count again." if kept else "The usual weights count already.")
    else:
        fitted = weights.fit(reviews.read())
        typer.echo(fitted.words)
        if not fitted.is_better:
            typer.echo("That is no gain, or one that chance can make: nothing is changed.")
            return
        aside = weights.keep(fitted)
        typer.echo(f"Yours count from now on. Back to the usual ones: {command('course drill fit')} --none")
    if aside is not None:
        typer.echo(f"The record of weights was damaged. It is kept as {aside}.")

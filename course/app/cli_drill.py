"""`course drill`: what its options are called; the work is done in `course.drills`, imported when needed."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)

Lessons = Annotated[list[str] | None, typer.Option("--lesson", metavar="NN", help="Only this lesson; may be repeated.")]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--kind", metavar="KIND", help="Only recall, number, code, false or say; may be repeated."),
]
New = Annotated[
    int | None, typer.Option("--new", min=0, help="New cards in this sitting. Default: ten a day.", show_default=False)
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
Anki = Annotated[Path, typer.Option("--anki", metavar="FILE", help="The package to write, such as out.apkg.")]


@app.callback(invoke_without_command=True, epilog="Example:  course drill --lesson 08 --new 10")
def drill(
    context: typer.Context,
    lesson: Lessons = None,
    kind: Kinds = None,
    new: New = None,
    length: Length = None,
    mock: Mock = None,
    deck: Decks = None,
    card: Named = None,
) -> None:
    """Drill the cards that are due and a few new ones, or sit a mock interview."""
    if context.invoked_subcommand is not None:
        if context.args or any(option is not None for option in (lesson, kind, new, mock, deck, card)):
            raise typer.BadParameter("put the options behind export", param_hint="drill")
        return
    from course.drills import bank, interview, scratch
    from course.drills.session import Sitting
    from course.drills.terminal import Desk
    from course.drills.terminal_screen import Screen

    if card:
        if any(option is not None for option in (lesson, kind, new, mock, length)):
            raise typer.BadParameter("it chooses by itself: leave the other options out", param_hint="--card")
        entries, tasks = scratch.named(card, bank.with_decks(deck or []))
        for task in tasks:
            Screen().markdown(scratch.about(task))
        if entries:
            Desk(scratch.sit(entries)).run()
        return
    limit = interview.duration(mock or length or "15m")
    cards = bank.choose(bank.with_decks(deck or []), lesson or [], kind or [])
    if mock:
        Desk(interview.sit(cards, limit), limit).run()
    else:
        Desk(Sitting(cards, new), limit).run()


@app.command(epilog="Example:  course drill export --anki pooling.apkg --lesson 04")
def export(anki: Anki, lesson: Lessons = None, kind: Kinds = None, deck: Decks = None) -> None:
    """Write the cards as a package for Anki; exported again, it updates the cards that are there."""
    from course.drills import bank
    from course.drills.anki import write

    cards = bank.choose(bank.with_decks(deck or []), lesson or [], kind or [])
    place = write(cards, anki)
    typer.echo(f"{'1 card' if len(cards) == 1 else f'{len(cards)} cards'} in {place}. In Anki: File, Import.")
    typer.echo("Each worked number has one set of values there; here it is drawn anew each time.")

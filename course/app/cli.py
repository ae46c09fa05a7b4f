"""The `course` command: what each subcommand is called and says. The work is done elsewhere, imported when needed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from course import __version__
from course.app import cli_class, cli_drill, cli_exam, cli_progress, tables

if TYPE_CHECKING:
    from course.data import DataCard

app = typer.Typer(
    help="Borrowing Strength: a course on hierarchical models.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=tables.MARKUP,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Folder = Annotated[Path | None, typer.Option("--dir", metavar="DIR", help="The workspace; default: in your documents.")]
Author = Annotated[bool, typer.Option("--author", help="Open the repository itself, to edit lessons.")]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="Default: a free one.")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Only say the address.")]
NewFolder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make or bring up to date.")]
DataName = Annotated[str | None, typer.Argument(help="One data set, to see its columns.")]
Names = Annotated[list[str] | None, typer.Argument(help="Notebooks, such as 03_eight_schools; default: all.")]
Check = Annotated[bool, typer.Option("--check", help="Change nothing; exit with 1 when something is stale.")]
Run = Annotated[bool, typer.Option("--run", help="Run the notebooks first and store the output of golden cells.")]
SiteFolder = Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to make, or to make anew.")]
Pyodide = Annotated[
    Path | None, typer.Option("--pyodide", metavar="PATH", help="Where Pyodide is: a folder, an archive; else PyPI.")
]
Teaching = Annotated[bool, typer.Option("--class", help="Also what `course class` needs.")]
Hub = Annotated[
    str, typer.Option("--hub", metavar="URL", help="Where a class opens a notebook: an address with {path} in it.")
]
SlidesOf = Annotated[str, typer.Argument(metavar="NN", help="The lesson, such as 04.")]
SlidesFile = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="The file to write; default: in this folder.")
]
Reveal = Annotated[
    Path | None, typer.Option("--reveal", metavar="PATH", help="Where reveal.js is: a folder, an archive; else PyPI.")
]
Present = Annotated[bool, typer.Option("--present", help="Show them from this computer, with pictures that move.")]
Serve = Annotated[bool, typer.Option("--serve", help="Show it on this computer when it is made.")]
Only = Annotated[list[str] | None, typer.Option("--only", metavar="STEP", help="Run this step; may be repeated.")]
List = Annotated[bool, typer.Option("--list", help="Name the steps and run none.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"course {__version__}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")]


@app.callback(epilog="Example:  course lab")
def _course(version: Version = False) -> None:
    pass


@app.command(epilog="Example:  course lab --port 9000 --no-browser")
def lab(folder: Folder = None, author: Author = False, port: Port = None, no_browser: NoBrowser = False) -> None:
    """Open JupyterLab on the lessons, in a workspace of your own that keeps your edits."""
    from course import bundle
    from course.app import lab, places, ports

    if author and folder:
        raise typer.BadParameter("--author opens the repository; leave --dir out", param_hint="--author")
    if port is not None:
        ports.require_free(port)
    place = bundle.require_checkout("course lab --author") if author else _workspace(folder)
    first = bundle.FIRST_LESSON if (place / bundle.FIRST_LESSON).is_file() else None
    if not author:
        for sentence in places.make_room(place / ".course"):
            typer.echo(f"  {sentence}")
    typer.echo("Starting JupyterLab. To stop it, press Ctrl-C here.")
    options = lab.arguments(place, first=first, port=port, browser=not no_browser)
    lab.run(options if author else options + lab.for_learner(place))


@app.command(epilog="Example:  course playground --port 9000 --no-browser")
def playground(port: Port = None, no_browser: NoBrowser = False) -> None:
    """Open all explorers on one page without code: sliders and pictures, on this computer only."""
    from course.app import playground, ports

    if port is not None:
        ports.require_free(port)
    port = port or ports.find_free()
    typer.echo(f"Playground: http://{ports.LOCALHOST}:{port}/  To stop it, press Ctrl-C here.")
    playground.run(port=port, browser=not no_browser)


@app.command(epilog="Example:  course start ~/pooling")
def start(folder: NewFolder) -> None:
    """Put the lessons and exercises into a folder of your choice."""
    from course import bundle

    place = _workspace(folder)
    typer.echo(f'Open it with: {bundle.command("course lab")} --dir "{place}"')


def _workspace(folder: Path | None) -> Path:
    from course.app import workspace
    from course.errors import expanded

    place = expanded(folder, "--dir") if folder else workspace.default_folder()
    report = workspace.sync(place)
    typer.echo(f"Workspace: {place}")
    if report.delivered:
        typer.echo(f"  new: {', '.join(report.delivered)}")
    if report.updated:
        typer.echo(f"  replaced by a newer version, since you had not edited them: {', '.join(report.updated)}")
    for edited, beside in report.beside:
        typer.echo(f"  {edited} stays as you edited it; its newer version is beside it: {beside}")
    if report.damaged_manifest:
        typer.echo(
            f"  The record of what was delivered was damaged. It is now {report.damaged_manifest}; no lesson was lost."
        )
    return place


@app.command(epilog="Example:  course doctor --dir ~/pooling")
def doctor(folder: Folder = None, teaching: Teaching = False) -> None:
    """Say what is right and wrong with this computer's set-up, and the command that mends it."""
    from rich.text import Text

    from course.app import doctor
    from course.errors import expanded

    findings = doctor.examine(expanded(folder, "--dir") if folder else None)
    if teaching:
        findings += doctor.for_class()
    styles = {doctor.Status.OK: "green", doctor.Status.WARN: "yellow", doctor.Status.BAD: "bold red"}
    rows = []
    for finding in doctor.condense(findings):
        word = Text(f"[{finding.status.mark}] {finding.status.value}", style=styles[finding.status])
        needed = f"{finding.needed}\n-> {finding.remedy}" if finding.remedy else finding.needed
        rows.append((word, finding.item, finding.found, needed))
    tables.show(("", "item", "found", "needed, and how to mend it"), rows)
    typer.echo(doctor.verdict(findings))
    raise typer.Exit(any(finding.status is doctor.Status.BAD for finding in findings))


@app.command(epilog="Example:  course data eight_schools")
def data(name: DataName = None) -> None:
    """List the data sets with source and licence, or show the card of one."""
    from course import data
    from course.errors import CourseError

    if name is None:
        for card in map(data.card, data.names()):
            typer.echo(f"{card.name}\n  {card.title}\n  source: {card.source}\n  licence: {card.licence}")
        return
    try:
        loaded = data.load(name)  # not only its card: the file is checked against it
    except data.UnknownDataError as error:
        raise CourseError(str(error), "List them all with: course data") from error
    except data.DamagedDataError as error:
        raise CourseError(str(error), "See also: course doctor") from error
    _show(loaded.card)


def _show(card: "DataCard") -> None:
    lines = [f"{card.name}: {card.title}", card.notes.strip(), f"source: {card.source}"]
    lines += [f"DOI: {card.doi}"] * bool(card.doi)
    lines += [f"licence: {card.licence}", f"{card.rows} rows; columns:"]
    width = max(map(len, card.columns))
    lines += [f"  {name:<{width}}  {column.meaning} [{column.unit}]" for name, column in card.columns.items()]
    typer.echo("\n".join(line for line in lines if line))


app.add_typer(cli_drill.app, name="drill")
cli_class.app.add_typer(cli_exam.app, name="exam")
app.add_typer(cli_class.app, name="class")
app.command(epilog="Example:  course status --lesson 04")(cli_progress.status)
app.command("import", epilog="Example:  course import progress.jsonl")(cli_progress.take)
app.command(epilog="Example:  course reset")(cli_progress.reset)


@app.command(epilog="Example:  course site --serve")
def site(
    out: SiteFolder = Path("site"),
    python: Pyodide = None,
    hub: Hub = "",
    serve: Serve = False,
    port: Port = None,
    no_browser: NoBrowser = False,
) -> None:
    """Make the course as a website: a folder that any host of files can serve, its pictures live in the browser."""
    from course.app import ports, site

    if port is not None:
        ports.require_free(port)
    site.build(out, python=python, hub=hub, told=typer.echo)
    typer.echo(f"The website is in {out}.")
    if serve:
        port = port or ports.find_free()
        typer.echo(f"Open http://{ports.LOCALHOST}:{port}/  To stop, press Ctrl-C here.")
        site.serve(out, port=port, browser=not no_browser)


@app.command(epilog="Example:  course slides 04 --out shrinkage.html")
def slides(
    lesson: SlidesOf,
    out: SlidesFile = None,
    present: Present = False,
    reveal: Reveal = None,
    python: Pyodide = None,
    port: Port = None,
    no_browser: NoBrowser = False,
) -> None:
    """Make slides of a lesson (in a checkout): one file for a browser, which needs no network; S opens the notes."""
    from course.app import ports, slides
    from course.drills import bank
    from course.errors import expanded

    name = bank.lesson_name(lesson)
    if present:
        if out:
            raise typer.BadParameter(
                "--present serves the slides and writes no file; leave --out out", param_hint="--out"
            )
        if port is not None:
            ports.require_free(port)
        port = port or ports.find_free()
        typer.echo(f"Slides: http://{ports.LOCALHOST}:{port}/  S opens the notes. To stop, press Ctrl-C here.")
        slides.present(name, port=port, browser=not no_browser, reveal=reveal, python=python, told=typer.echo)
        return
    place = expanded(out, "--out") if out else Path(f"{name}_slides.html")
    slides.make(name, place, reveal=reveal, told=typer.echo)
    typer.echo(f"The slides are in {place}. Open it in a browser; S opens the notes.")


@app.command(epilog="Example:  course build --run 03_eight_schools")
def build(names: Names = None, check: Check = False, run: Run = False) -> None:
    """Make exercises from solutions and tidy the notebooks (for authors, in a checkout)."""
    from course import bundle
    from course.app import build
    from course.errors import writing_to

    root = bundle.require_checkout("course build")
    changes = build.plan(root, names or [], run=run)
    if not check:
        with writing_to(root, "Give yourself permission to write in the checkout."):
            build.apply(changes)
    for change in changes:
        verb = "stale" if check else ("wrote" if change.content is not None else "removed")
        typer.echo(f"{verb}  {change.path.relative_to(root).as_posix()}  ({change.why})")
    if not changes:
        typer.echo("Everything is up to date.")
    elif check:
        typer.echo("Mend it with: course build", err=True)
        raise typer.Exit(1)


@app.command(epilog="Example:  course test --only notebooks")
def test(only: Only = None, list_: List = False) -> None:
    """Run what CI runs (in a checkout)."""
    from course.app import selftest

    root = selftest.require_checkout()
    every = selftest.steps(root)
    chosen = selftest.choose(every, only or [])
    if list_:
        for step in every:
            typer.echo(f"{step.name:<10} {step.what}")
        return
    selftest.bring_tools(root)
    outcomes = []
    for step in chosen:
        typer.echo(f"\n=== {step.name}: {step.what} ===")
        outcomes.append(selftest.run(root, step))
    typer.echo(f"\n{selftest.summary(outcomes)}")
    raise typer.Exit(not all(outcome.ok for outcome in outcomes))

"""`course class`: what its options are called; the work is done in `course.app.classroom`, imported when needed."""

from __future__ import annotations

import os
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from course.app.classroom.folder import Class
    from course.app.classroom.grading import Grade
    from course.app.classroom.rooms.sandbox import Walls

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Hand out, collect and grade exercises of a class.")

New = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the class, to make or to add students to.")]
Roster = Annotated[Path, typer.Option("--roster", metavar="FILE", help="The students: CSV with a column id.")]
Dir = Annotated[Path, typer.Option("--dir", metavar="DIR", help="The folder of the class; default: this one.")]
Lesson = Annotated[str, typer.Argument(metavar="NN", help="The lesson, such as 04.")]
Lessons = Annotated[list[str] | None, typer.Argument(metavar="[NN]...", help="Lessons; default: all handed out.")]
Due = Annotated[
    str | None, typer.Option("--due", metavar="DATE", help='"2026-12-01 23:59 Europe/Rome"; without a zone, UTC.')
]
From = Annotated[Path, typer.Argument(metavar="FOLDER", help="What came back.")]
Only = Annotated[str | None, typer.Option("--lesson", metavar="NN", help="Take this lesson alone.")]
Jobs = Annotated[int | None, typer.Option("--jobs", min=1, help="So many at once; default: one a processor.")]
Again = Annotated[bool, typer.Option("--again", help="Grade also what is graded.")]
Unprotected = Annotated[
    bool, typer.Option("--unprotected", help="Where there can be no sandbox: run students' code as you run your own.")
]
To = Annotated[
    Path | None, typer.Option("--to", metavar="FILE", help="Default: grades.csv in the folder of the class.")
]
Page = Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Default: board.html there.")]
Records = Annotated[
    Path | None,
    typer.Option("--progress", metavar="FOLDER", help="Records that students handed in, in place of grades."),
]
WithNames = Annotated[bool, typer.Option("--names", help="Say who made which mistake.")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Only write the page.")]
HERE = Path()


@app.command(epilog="Example:  course class init spring --roster students.csv")
def init(folder: New, roster: Roster) -> None:
    """Make the folder of a class: nbgrader's layout and gradebook, the exercises, the students."""
    from course.app.classroom import folder as folders
    from course.app.classroom import roster as rosters
    from course.errors import expanded

    folders.require_nbgrader()
    students, notes = rosters.read(expanded(roster, "--roster"))
    made = folders.make(expanded(folder, "DIR"), students)
    say(notes)
    everybody = _students(made)
    if others := sorted(everybody - {student.id for student in students}):
        out = "To take one out, with all grades, in that folder: nbgrader db student remove ID --force"
        say([f"Not in this roster, and still in the class: {', '.join(others)}. {out}"])
    typer.echo(f"{count(len(everybody), 'student')} in {made.root}")
    typer.echo(f'Next: cd "{made.root}", then: course class release 04 --due "2026-12-01 23:59"')


@app.command(epilog='Example:  course class release 04 --due "2026-12-01 23:59"')
def release(lesson: Lesson, due: Due = None, root: Dir = HERE) -> None:
    """Make the notebook of an exercise that students get."""
    from course.app.classroom import book
    from course.app.classroom import folder as folders

    path = folders.release(opened(root), _named(lesson), due)
    if due is not None:  # "1.12." is a day in January, and nobody who leaves out the zone thinks of UTC
        when, form = book.moment(due), "%A %d %B %Y, %H:%M %Z"
        typer.echo(f"Due: {when:{form}}; by this computer's clock {when.astimezone():{form}}")
    typer.echo(f"Hand this out: {path}")


@app.command(epilog="Example:  course class collect ~/Downloads/submissions --lesson 04")
def collect(folder: From, lesson: Only = None, root: Dir = HERE) -> None:
    """Take in what students handed in: nbgrader's folders, or any folder of notebooks that name them."""
    from course.app.classroom import book, collecting, pages
    from course.errors import expanded

    of = opened(root)
    report = collecting.collect(of, expanded(folder, "FOLDER"), _named(lesson) if lesson else None)
    say(report.notes)
    known = f" ({report.same} of them as before)" if report.same else ""
    typer.echo(f"{count(len(report.taken), 'submission')} taken in{known}.")
    lessons = sorted({which for _, which in report.taken})
    released = of.released()
    everybody = _students(of)
    for which in lessons:
        here = {student for student, _ in of.submissions(which)}
        missing = f" Not: {', '.join(sorted(everybody - here))}." if everybody - here else ""
        typer.echo(f"  {which}: {len(here)} of {len(everybody)} have handed in.{missing}")
        late = [f"{student} by {pages.span(by)}" for student, by in book.lateness(of, which).items()]
        if late:
            typer.echo(f"  {which}, late: {', '.join(late)}.")
        if which not in released:
            typer.echo(f"  {which} was not handed out from here. Before grading: course class release {which[:2]}")


@app.command(epilog="Example:  course class grade 04")
def grade(
    lesson: Lessons = None, jobs: Jobs = None, again: Again = False, unprotected: Unprotected = False, root: Dir = HERE
) -> None:
    """Grade what is collected, in two rooms. Ctrl-C stops it, and the same command goes on."""
    from course.app.classroom import marking

    of = opened(root)
    lessons = _chosen(of, lesson)
    around = walls(unprotected)
    with told_as_it_goes() as (begin, told):
        summary = marking.mark(
            of, lessons, workers=jobs or os.cpu_count() or 1, walls=around, again=again, begin=begin, told=told
        )
    say(summary.failed)
    kept = f", {summary.kept} as before" if summary.kept else ""
    typer.echo(f"{count(summary.done, 'submission')} graded{kept}.")
    raise typer.Exit(bool(summary.failed))


@app.command(epilog="Example:  course class feedback 04")
def feedback(lesson: Lessons = None, root: Dir = HERE) -> None:
    """Write each student's page: their answers and the verdicts in words, no solution."""
    from course.app.classroom import feedback as answers

    of = opened(root)
    with of.alone():
        written = [path for one in _chosen(of, lesson) for path in answers.write(of, one)]
    typer.echo(f"{count(len(written), 'page')} in {of.root / 'feedback'}")


@app.command(epilog="Example:  course class export --to grades.csv")
def export(to: To = None, root: Dir = HERE) -> None:
    """Write all scores as CSV, as learning platforms and spreadsheets read it."""
    from course.app.classroom import book
    from course.errors import expanded, writing_to

    of = opened(root)
    target = expanded(to, "--to") if to else of.root / "grades.csv"
    with writing_to(target.parent, "Name another file with --to."):
        rows = book.export(of, target)
    typer.echo(f"{count(rows, 'row')} in {target}")


@app.command(epilog="Example:  course class board 04")
def board(
    lesson: Lessons = None,
    progress: Records = None,
    names: WithNames = False,
    to: Page = None,
    no_browser: NoBrowser = False,
    root: Dir = HERE,
) -> None:
    """Show where the class is stuck: each task, and which usual mistake how often. It names nobody."""
    from course import syllabus
    from course.app.classroom import board as boards
    from course.app.classroom import book
    from course.errors import expanded, writing_to
    from course.records.files import write_atomically

    shown = []
    if progress:
        found, notes = boards.records(expanded(progress, "--progress"))
        say(notes)
        every = [syllabus.lesson(topic).name for topic in syllabus.topics()]
        for one in [_named(name) for name in lesson] if lesson else every:
            standings = boards.of_records(one, found)
            if lesson or any(standing.tries for standing in standings):
                shown.append((one, standings, len(found)))
        target = expanded(to or Path("board.html"), "--to")
    else:
        of = opened(root)
        for one in _chosen(of, lesson):
            if grades := book.grades(of, one):
                shown.append((one, boards.of_grades(one, grades), len(grades)))
        target = expanded(to, "--to") if to else of.root / "board.html"
    with writing_to(target.parent, "Name another file with --to."):
        write_atomically(target, boards.page(shown, names=names).encode())
    typer.echo(f"The board is {target}")
    if not no_browser:
        webbrowser.open(target.as_uri())


@contextmanager
def told_as_it_goes() -> Iterator[tuple[Callable[[int], None], Callable[[str, Grade], None]]]:
    """Show how far grading is, and what is odd; Ctrl-C loses nothing, and says so."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console()
    columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=None)

        def begin(n: int) -> None:
            progress.update(bar, total=n)

        def told(student: str, grade: Grade) -> None:
            progress.advance(bar)
            for note in grade.notes:
                console.print(
                    _printable(f"{student}, {grade.lesson}: {note}"), markup=False, highlight=False, soft_wrap=True
                )

        try:
            yield begin, told
        except KeyboardInterrupt:
            progress.stop()
            typer.echo("Stopped. What is graded stays graded; the same command goes on.")
            raise typer.Exit(130) from None


def opened(root: Path) -> Class:
    """Return the class in a folder, where nbgrader is installed."""
    from course.app.classroom import folder as folders
    from course.errors import expanded

    folders.require_nbgrader()
    return folders.opened(expanded(root, "--dir"))


def walls(unprotected: bool) -> Walls:
    """Return what stands around students' code; ask before nothing does."""
    import sys

    from course.app.classroom.rooms import sandbox
    from course.errors import CourseError

    why = sandbox.missing()
    if not why:
        return sandbox.Walls()
    if sys.platform == "win32":
        raise CourseError(f"nothing on this system holds students' code back: {why}", "Grade on Linux, or in WSL")
    typer.echo(f"No sandbox: {why}.")
    typer.echo("Students' code could then read, change and send whatever you can, the solutions included.")
    if not unprotected and not typer.confirm("Run it all the same (--unprotected says yes)?", default=False):
        raise typer.Exit(1)
    return sandbox.Walls(closed=False)


def _named(lesson: str) -> str:
    from course.app.classroom import submissions

    return submissions.named(lesson)


def _chosen(of: Class, lessons: Sequence[str] | None) -> list[str]:
    from course.errors import CourseError

    if exams := [one for one in lessons or [] if (of.root / "exams" / one / "exam.json").is_file()]:
        raise CourseError(f"{exams[0]} is an exam", f"Grade it: course class exam grade FOLDER --name {exams[0]}")
    released = of.released()
    if not released:
        raise CourseError("nothing was handed out yet", "Make an exercise: course class release 04")
    chosen = [_named(lesson) for lesson in lessons] if lessons else released
    if missing := [lesson for lesson in chosen if lesson not in released]:
        raise CourseError(f"{missing[0]} was not handed out", f"Make it: course class release {missing[0][:2]}")
    return chosen


def _students(of: Class) -> set[str]:
    from course.app.classroom import book

    return {student.id for student in book.students(of)}


def say(notes: Sequence[str]) -> None:
    """Print sentences, a line each."""
    for note in notes:
        typer.echo(f"  {_printable(note)}")


def _printable(text: str) -> str:
    """Leave out what would command a terminal: names of files and cells are somebody else's."""
    return "".join(character if character.isprintable() else " " for character in text)


def count(n: int, what: str) -> str:
    """Write how many of something."""
    return f"{n} {what}{'' if n == 1 else 's'}"

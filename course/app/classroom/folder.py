"""The folder of a class, laid out as nbgrader has it: what is handed out, what came back, what was found."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from course import bundle, syllabus
from course.app.classroom import grading
from course.app.classroom.roster import Student
from course.errors import CourseError, writing_to
from course.records.files import write_atomically

CONFIG, STAMP = "nbgrader_config.py", "timestamp.txt"
_REMEDY = "Make room or give yourself permission there."
_NO_REPOSITORY = b"# Names, answers and grades: no repository takes this folder in until you remove the next line.\n*\n"
_SETTINGS = '''"""Settings of nbgrader for this class; every one of its own can be added."""

c = get_config()
c.CourseDirectory.course_id = "borrowing-strength"
# nbgrader's own stub raises an error, which stops "Run All" at the first task that is not done yet.
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE"}
# What is handed in after the date of `course class release --due` still counts. For no points instead:
# c.LateSubmissionPlugin.penalty_method = "zero"
# For a rule of your own name a class, see nbgrader's documentation of late submissions:
# c.AssignLatePenalties.plugin_class = "my_rules.SubMarks"
'''


def require_nbgrader() -> None:
    """Refuse without nbgrader.

    Raises
    ------
    CourseError
        With the line that installs it.
    """
    import importlib.util

    if importlib.util.find_spec("nbgrader") is None:
        raise CourseError(
            "the package nbgrader is missing; a class is kept in its gradebook",
            f"Install it: {bundle.bring('teacher')}",
        )


@dataclass(frozen=True)
class Class:
    """A folder that `make` has made.

    Parameters
    ----------
    root : Path
        The folder.
    """

    root: Path

    @property
    def database(self) -> str:
        """The address of nbgrader's gradebook."""
        return f"sqlite:///{self.root / 'gradebook.db'}"

    def released(self) -> list[str]:
        """Name the lessons that were handed out."""
        known = [syllabus.lesson(topic).name for topic in syllabus.topics()]
        return [name for name in known if (self.root / "release" / name / f"{name}.ipynb").is_file()]

    def submitted(self, student: str, lesson: str) -> Path:
        """Where the notebook of a student is, once it is collected."""
        return self.root / "submitted" / student / lesson / f"{lesson}.ipynb"

    def submissions(self, lesson: str) -> list[tuple[str, Path]]:
        """Return students and their notebooks of a lesson, in the order of their ids."""
        found = sorted((self.root / "submitted").glob(f"*/{lesson}/{lesson}.ipynb"))
        return [(path.parents[1].name, path) for path in found if not path.parents[1].name.startswith(".")]

    def handed_in(self, student: str, lesson: str) -> datetime:
        """Return when the notebook of a student came."""
        return handed_in(self.submitted(student, lesson))

    def verdict(self, student: str, lesson: str) -> Path:
        """Where the grade of a submission is."""
        return self.root / "verdicts" / lesson / f"{student}.json"

    def grade(self, student: str, lesson: str) -> grading.Grade | None:
        """Return the grade of a submission; None before it is graded."""
        try:
            return grading.parse(self.verdict(student, lesson).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            return None

    def write(self, path: Path, text: str) -> None:
        """Write a file of the class; a kill leaves either the old content or the new."""
        with writing_to(path.parent, _REMEDY):
            write_atomically(path, text.encode())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody else change the class.

        Raises
        ------
        CourseError
            If somebody does at this moment.
        """
        try:
            with FileLock(self.root / ".class.lock", timeout=0):
                yield
        except Timeout:
            raise CourseError(
                f"another `course class` is at work in {self.root}", "Wait for it; what it has graded stays graded"
            ) from None


def handed_in(notebook: Path) -> datetime:
    """Return when a notebook came: what nbgrader wrote beside it, else when the file was last changed; in UTC."""
    from nbgrader.utils import parse_utc

    try:
        stamp = notebook.with_name(STAMP)
        if not stamp.is_symlink():
            when: datetime = parse_utc(stamp.read_text(encoding="utf-8")[:100].strip())
            return when.replace(tzinfo=UTC)
    except Exception:  # there is none, or it is no date
        pass
    return datetime.fromtimestamp(notebook.stat().st_mtime, UTC)


def opened(root: Path) -> Class:
    """Return the class in a folder.

    Raises
    ------
    CourseError
        If it holds none.
    """
    if not (root / CONFIG).is_file() or not (root / "source").is_dir():
        raise CourseError(f"{root} is no folder of a class", "Make one: course class init DIR --roster students.csv")
    return Class(root)


def make(root: Path, students: Sequence[Student]) -> Class:
    """Make the folder of a class, or add students to it.

    Parameters
    ----------
    root : Path
        The folder; empty, or a class.
    students : sequence of Student
        As `course.app.classroom.roster.read` returns them.

    Raises
    ------
    CourseError
        If the folder holds anything else, or cannot be written.
    """
    from course.app.classroom import book

    if root.is_dir() and any(root.iterdir()) and not (root / CONFIG).is_file():
        raise CourseError(f"{root} holds something that is no class", "Name an empty folder, or a new one")
    made = Class(root)
    with writing_to(root, _REMEDY):
        root.mkdir(parents=True, exist_ok=True)
        with made.alone():
            for topic in syllabus.topics():
                name = syllabus.lesson(topic).name
                source = bundle.root() / "solutions" / f"{name}.ipynb"
                write_atomically(root / "source" / name / f"{name}.ipynb", source.read_bytes())
            for folder in ("submitted", "verdicts"):
                (root / folder).mkdir(exist_ok=True)
            book.enrol(made, students)
            if not (root / CONFIG).exists():  # last: it says that the folder is a class
                write_atomically(root / ".gitignore", _NO_REPOSITORY)
                write_atomically(root / CONFIG, _SETTINGS.encode())
    return made


def release(of: Class, lesson: str, due: str | None = None) -> Path:
    """Make the notebook that students get, with nbgrader's own command.

    Parameters
    ----------
    of : Class
        The class.
    lesson : str
        The name of the lesson.
    due : str, optional
        Until when, as nbgrader reads it: ``"2026-12-01 23:59"``, in UTC unless it names a zone.

    Returns
    -------
    Path
        The notebook.

    Raises
    ------
    CourseError
        If nbgrader refuses, with what it says.
    """
    from course.app.classroom import book

    if due is not None:
        book.moment(due)
    with of.alone():
        command = [sys.executable, "-m", "nbgrader", "generate_assignment", lesson, "--create", "--force"]
        with book.environment():
            done = subprocess.run(command, cwd=of.root, capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise CourseError(f"nbgrader could not make the exercise {lesson}: {said}", f"Try it: {' '.join(command)}")
        if due is not None:
            book.due(of, lesson, due)
    return of.root / "release" / lesson / f"{lesson}.ipynb"

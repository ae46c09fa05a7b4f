"""The folder of an exam in that of its class: what was drawn, each student's variant, and the papers to hand out."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from course.app.classroom import book
from course.app.classroom.exam import drawing, page, sheets, variants
from course.app.classroom.exam.drawing import Exam
from course.app.classroom.exam.variants import Sheet, Variant
from course.app.classroom.folder import Class
from course.drills import bank
from course.drills.decks import Deck
from course.errors import CourseError, reason_of

_DEFAULT_LESSONS, _DEFAULT_MINUTES = "01-07", 60
_REDRAW = "Delete it: `course class exam` draws the same again"


@dataclass(frozen=True)
class Wish:
    """What a teacher asks for; what is None is as it was drawn, or as usual.

    Parameters
    ----------
    name : str
        What the exam is called.
    lessons, seed : str or None
        What it is about, and where all chance comes from; a secret seed is made where there is none.
    minutes, number : int or None
        How long it takes, and how many cards.
    deck : mapping of str to card, optional
        What to draw from; the course's cards where there is none.
    extra : mapping of str to int
        Minutes beyond those, by student.
    """

    name: str
    lessons: str | None = None
    minutes: int | None = None
    seed: str | None = None
    number: int | None = None
    deck: Deck | None = None
    extra: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Handed:
    """What was prepared: the exam, papers by student, how many had theirs before, and what is odd."""

    exam: Exam
    papers: dict[str, Path] = field(default_factory=dict)
    kept: int = 0
    notes: list[str] = field(default_factory=list)


def prepare(of: Class, wish: Wish, students: Sequence[str], *, html: bool = False) -> Handed:
    """Make the papers of students who have none yet; what was made before stays to the last byte.

    Parameters
    ----------
    of : Class
        The class.
    wish : Wish
        Which exam.
    students : sequence of str
        Their ids.
    html : bool
        Make also a page for a browser.

    Raises
    ------
    CourseError
        If the exam was drawn before from something else, or cannot be drawn.
    """
    if not students:
        raise CourseError("there are no students to write an exam", "Name them: --roster students.csv")
    if unknown := sorted(wish.extra.keys() - set(students)):
        raise CourseError(f"--extra names {unknown[0]}, who does not write this exam", "Name a student by their id")
    with of.alone():
        exam, notes = _drawn(of, wish)
        handed = Handed(exam, notes=notes)
        for student in students:
            variant = _variant(of, exam, student, wish.extra.get(student))
            sheet = _sheet(folder(of, exam.name) / "exam.json", exam, variant)
            made = [_once(of, paper(of, exam.name, student, ".ipynb"), sheet, sheets.text)]
            if html:
                made.append(_once(of, paper(of, exam.name, student, ".html"), sheet, page.text))
            handed.kept += not any(made)
            handed.papers[student] = paper(of, exam.name, student, ".html" if html else ".ipynb")
        book.assign(of, exam.name, sheet.questions)
    return handed


def folder(of: Class, name: str) -> Path:
    """Where an exam is kept."""
    return of.root / "exams" / name


def paper(of: Class, name: str, student: str, suffix: str) -> Path:
    """Where the paper of a student is, to be handed out."""
    return folder(of, name) / "handed_out" / student / f"{name}{suffix}"


def opened(of: Class, name: str) -> tuple[Exam, Mapping[str, Sheet]]:
    """Return an exam that was drawn, and each student's sheet.

    Raises
    ------
    CourseError
        If there is none of that name, or a file of it is damaged.
    """
    place = folder(of, drawing.named(name)) / "exam.json"
    if not place.is_file():
        known = sorted(one.parent.name for one in (of.root / "exams").glob("*/exam.json"))
        raise CourseError(
            f"{of.root} has no exam {name!r}",
            f"Name one of: {', '.join(known)}" if known else "Draw one: course class exam --lessons 01-07",
        )
    exam = _read(place, Exam)
    found = [_read(path, Variant) for path in sorted((place.parent / "variants").glob("*.json"))]
    return exam, {one.student: _sheet(place, exam, one) for one in found}


def _sheet(place: Path, exam: Exam, variant: Variant) -> Sheet:
    if [one.card for one in variant.drawn] != [card.id for card in exam.cards]:
        where = place.with_name("variants") / f"{variant.student}.json"
        raise CourseError(f"{where} is not of the questions of {place}", _REDRAW)
    return Sheet(exam, variant)


def _drawn(of: Class, wish: Wish) -> tuple[Exam, list[str]]:
    name = drawing.named(wish.name)
    place = folder(of, name) / "exam.json"
    if place.is_file():
        exam = _read(place, Exam)
        _require_same(exam, wish)
        return exam, []
    about = drawing.lessons(wish.lessons or _DEFAULT_LESSONS)
    minutes = _DEFAULT_MINUTES if wish.minutes is None else wish.minutes
    seed = secrets.token_hex(8) if wish.seed is None else wish.seed
    deck = bank.bank() if wish.deck is None else wish.deck
    exam, notes = drawing.draw(name, seed, about, minutes, wish.number, deck)
    of.write(place, _written(exam))
    return exam, notes


def _require_same(exam: Exam, wish: Wish) -> None:
    pairs: dict[str, tuple[object, object]] = {
        "--lessons": (drawing.lessons(wish.lessons) if wish.lessons else None, exam.lessons),
        "--minutes": (wish.minutes, exam.minutes),
        "--seed": (wish.seed, exam.seed),
        "--questions": (wish.number, len(exam.cards)),
    }
    for option, (wanted, had) in pairs.items():
        if wanted is not None and wanted != had:
            said = ", ".join(had) if isinstance(had, tuple) else had
            how = "another --seed" if option == "--seed" else f"{option} {said}"
            raise CourseError(
                f"the exam {exam.name} was drawn with {how}, and stays as it is",
                "Leave the option out, or give a new exam a name of its own: --name",
            )


def _variant(of: Class, exam: Exam, student: str, extra: int | None) -> Variant:
    place = folder(of, exam.name) / "variants" / f"{student}.json"
    if place.is_file():
        variant = _read(place, Variant)
        if extra is not None and extra != (variant.extra or 0):
            has = f"{exam.minutes + (variant.extra or 0)} minutes"
            raise CourseError(f"{student} has a paper with {has}, and it stays as it is", "Leave --extra out")
        return variant
    variant = variants.draw(exam, student, extra or 0)
    of.write(place, _written(variant))
    return variant


def _once(of: Class, place: Path, sheet: Sheet, text: Callable[[Sheet], str]) -> bool:
    """Write a paper if it is not there, and say whether: what may be in a student's hands is not changed."""
    if place.is_file():
        return False
    of.write(place, text(sheet))
    return True


def _written(held: Exam | Variant) -> str:
    return msgspec.json.format(msgspec.json.encode(held), indent=1).decode() + "\n"


def _read[T](place: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(place.read_bytes(), type=kind)
    except OSError as error:
        raise CourseError(f"{place} cannot be read: {reason_of(error)}", "Give yourself permission to") from error
    except msgspec.DecodeError as error:
        how = _REDRAW if kind is Variant else "Take it from a backup"
        raise CourseError(f"{place} is damaged: {error}", how) from error

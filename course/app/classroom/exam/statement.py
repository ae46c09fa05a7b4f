"""What the questions of an exam were worth: how hard each was, and whether it tells who knows more."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from course.app.classroom import board, pages
from course.app.classroom.board import Standing
from course.app.classroom.exam.sheets import stub
from course.app.classroom.exam.variants import Sheet
from course.app.classroom.grading import Grade
from course.app.classroom.submissions import Question
from course.verdicts.findings import Finding, Outcome

_FEWEST = 15  # students; with fewer, one useless question in nine would seem to tell something
_FEWEST_OF_A_KIND = 3  # who have it right, and who have not


@dataclass(frozen=True)
class Item:
    """What became of a question.

    Parameters
    ----------
    title : str
        A few words for it.
    card : str
        The card that it was drawn from, or nothing.
    n, answered, right : int
        So many handed in, answered it, and have it right.
    r, error : float or None
        Correlation of having it right with the points for all other questions, and its standard error; None where
        there are too few to tell.
    """

    title: str
    card: str
    n: int
    answered: int
    right: int
    r: float | None = None
    error: float | None = None

    @property
    def reading(self) -> str:
        """What the correlation says, in words."""
        if self.r is None or self.error is None:
            return "too few to tell"
        if self.r + 2 * self.error < 0:
            return "look at it: those who know more get it wrong"
        if self.r - 2 * self.error > 0:
            return "tells who knows more"
        return "too few to tell it from 0"


def point_biserial(right: Sequence[bool], rest: Sequence[float]) -> tuple[float, float] | None:
    r"""Return the correlation of a yes or no with a number, and its standard error.

    Parameters
    ----------
    right : sequence of bool, length n
        Of each student: whether the question was answered right.
    rest : sequence of float, length n
        The points for all other questions: with the question's own, any question would agree with itself.

    Returns
    -------
    tuple of float and float, or None
        None with fewer than fifteen students, fewer than three of either kind, or equal points for all.

    References
    ----------
    Tate (1954), Correlation between a discrete and a continuous variable, Annals of Mathematical Statistics 25,
    603-607: for large n the variance of r is :math:`(1-\rho^2)^2 (1 - 3\rho^2/2 + \rho^2/(4pq)) / n`, with p the share
    of ones, q = 1 - p, and a normal number among either. In small classes that is too little, since r stands in for
    :math:`\rho`; n - 3 as in Fisher's z mends it to within 6% from 15 students on (a test draws thousands of classes).
    """
    ones, points = np.asarray(right, float), np.asarray(rest, float)
    n, k = ones.size, int(ones.sum())
    if n < _FEWEST or min(k, n - k) < _FEWEST_OF_A_KIND or np.ptp(points) == 0:
        return None
    r, p = float(np.corrcoef(ones, points)[0, 1]), k / n
    variance = (1 - r**2) ** 2 * (1 - 1.5 * r**2 + r**2 / (4 * p * (1 - p))) / (n - 3)
    return r, math.sqrt(max(variance, 0.0))


def items(grades: Mapping[str, Grade], sheets: Mapping[str, Sheet]) -> list[Item]:
    """Return what became of each question.

    Parameters
    ----------
    grades : mapping of str to Grade
        By student.
    sheets : mapping of str to Sheet
        What each of them, and anybody else, was asked.
    """
    if not sheets:
        return []
    first = next(iter(sheets.values()))
    points = np.array([[grade.points(one) for one in first.questions] for grade in grades.values()])
    found = []
    for place, one in enumerate(first.questions):
        findings = [grade.findings.get(one.id) for grade in grades.values()]
        answered = sum(_is_answered(grade, first, one) for grade in grades.values())
        right = [found is not None and found.outcome is Outcome.RIGHT for found in findings]
        told = point_biserial(right, points.sum(axis=1) - points[:, place]) if grades else None
        r, error = told or (None, None)
        found.append(Item(first.title(one.id), first.card(one.id), len(grades), answered, sum(right), r, error))
    return found


def _is_answered(grade: Grade, sheet: Sheet, question: Question) -> bool:
    """Say whether there is an answer: a task's code that nobody touched is none, whatever it does."""
    found = grade.findings.get(question.id)
    if found is None or found.outcome is Outcome.NOT_YET:
        return False
    given = grade.answers.get(question.id)
    return question.id not in sheet.tasks or given is None or given.strip() != stub(sheet.tasks[question.id]).strip()


def page(name: str, grades: Mapping[str, Grade], sheets: Mapping[str, Sheet]) -> str:
    """Return the statement as a page; it names nobody.

    Parameters
    ----------
    name : str
        The exam.
    grades : mapping of str to Grade
        By student.
    sheets : mapping of str to Sheet
        Of everybody who has a paper.
    """
    parts = [pages.text(f"{len(grades)} of {len(sheets)} have handed in.")]
    if grades:
        first = next(iter(sheets.values()))
        totals = np.array([sum(map(grade.points, first.questions)) for grade in grades.values()])
        most = sum(one.points for one in first.questions)
        middle = f"Half have at least {np.median(totals):g} of {most:g} points"
        parts.append(pages.text(f"{middle}; the fewest are {totals.min():g}, the most {totals.max():g}."))
    parts += [_table(items(grades, sheets)), pages.text(_HOW)]
    if grades:
        standings = board.of_grades(name, _as_one(grades, sheets), first.as_tasks())
        parts += ["<h2>Which mistakes</h2>", pages.text(_NUMBERS), *_mistakes(standings, len(grades))]
    return pages.page(f"{name}: what the questions were worth", *parts)


def _as_one(grades: Mapping[str, Grade], sheets: Mapping[str, Sheet]) -> dict[str, Grade]:
    """Say of a mistake to everybody what was said to the first who made it, whose numbers were others."""
    said: dict[tuple[str, str], str] = {}
    found = {}
    for student, grade in grades.items():
        findings = {}
        for id, one in grade.findings.items():
            usual = sheets[student].usual(id, one.text) if one.outcome is Outcome.WRONG else one.text
            text = said.setdefault((id, usual), one.text if usual.isdecimal() else usual)
            findings[id] = Finding(one.outcome, text)
        found[student] = replace(grade, findings=findings)
    return found


_NUMBERS = "Numbers in a sentence are those of one of these students."
_HOW = (
    "Correlation: of having a question right with the points for all others (point-biserial, corrected item-total), "
    "plus or minus its standard error by Tate (1954); beyond two errors from 0 it is said to tell something. Of a "
    "hundred questions that tell nothing some five are called so all the same, half of them for, half of them against, "
    "and in a class of fifteen some nine. Where nearly everybody has a question right, or wrong, even a good one has a "
    "small correlation as a rule. A negative one may mean a wrong key. Students who did not hand in are not counted. "
    "The name behind a question is its card's: course drill --card NAME asks it."
)


def _table(found: Sequence[Item]) -> str:
    rows = []
    for one in found:
        r = "" if one.r is None else f"{one.r:+.2f} ± {one.error:.2f}".replace("-", "\N{MINUS SIGN}")
        share = f"{100 * one.right / one.n:.0f}%" if one.n else ""
        cells = "".join(f'<td class="number">{cell}</td>' for cell in (f"{one.answered} of {one.n}", share, r))
        card = f" <code>{html.escape(one.card)}</code>" if one.card else ""
        head = f'<th scope="row">{html.escape(one.title)}{card}</th>'
        rows.append(f"<tr>{head}{cells}<td>{one.reading}</td></tr>")
    heads = "".join(f'<th scope="col" class="number">{what}</th>' for what in ("answered", "right", "correlation"))
    top = f'<thead><tr><th scope="col">question</th>{heads}<th scope="col">which says</th></tr></thead>'
    return f"<table>{top}<tbody>{''.join(rows)}</tbody></table>"


def _mistakes(standings: Sequence[Standing], n: int) -> list[str]:
    return board.mistakes(standings, n) or [pages.text("None.")]

"""A sitting in a notebook: the same as in the terminal, behind buttons and fields that a keyboard reaches."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import ipywidgets as widgets

from course.drills import report
from course.drills.cards import Say
from course.drills.history import Grade, grade_of
from course.drills.notebook_panel import GRADES, Panel, page, revise, status
from course.drills.questions import Question, heading
from course.drills.session import Sitting
from course.errors import CourseError
from course.verdicts.findings import Outcome

Make = Callable[[], Sitting]
_SLIP = 0.3  # seconds in which nobody reads what has come: the second Enter, or click, of a double one


def _told(act: Callable[..., None]) -> Callable[..., None]:
    """Show a user's mistake or a full disk as a sentence; what was graded before is kept."""

    @wraps(act)
    def guarded(self: Sheet, *arguments: Any) -> None:
        try:
            act(self, *arguments)
        except CourseError as error:
            self.panel.head.value = status(str(error))

    return guarded


def _no_slip(act: Callable[..., None]) -> Callable[..., None]:
    """Leave out a press that comes right after the controls changed: it was meant for what stood there before."""

    @wraps(act)
    def guarded(self: Sheet, *arguments: Any) -> None:
        if time.monotonic() - self.panel.changed >= self.slip:
            act(self, *arguments)

    return guarded


class Sheet(widgets.VBox):  # type: ignore[misc]
    """A sitting in a notebook; shown when it is the last value of a cell.

    Parameters
    ----------
    make : callable
        Makes the sitting. A `CourseError` that it raises is shown as a sentence, like any later one.
    """

    slip = _SLIP

    def __init__(self, make: Make) -> None:
        acts: dict[str, Callable[..., None]] = {
            **{"start": self._go_on, "advance": self._on_next, "check": self._on_check, "option": self._on_option},
            **{"give_up": self._on_give_up, "show": self._on_show, "points": self._on_points},
            **{"grade": self._on_grade, "skip": self._on_skip, "undo": self._on_undo, "finish": self._finish},
        }
        self.panel = Panel(acts)
        self._seconds = 0.0
        self._question: Question | None = None
        self._note, self._is_early, self._awaits_grade = "", False, False
        super().__init__(self.panel.rows)
        self._open(make)

    # The sitting.

    @_told
    def _open(self, make: Make) -> None:
        self.panel.show()
        self.sitting = make()
        self.panel.show(self.panel.start)
        opening = report.opening(self.sitting) if self.sitting.plan is None else f"{self._ahead()}."
        kept = "" if self.sitting.is_kept else " Only to try: nothing is written down."
        self.panel.head.value = status(opening + kept)
        self.panel.body.value = page(self.sitting.source.replace("\n", "\n\n"), report.clock_warning(self.sitting))

    def _ahead(self) -> str:
        if self.sitting.plan is None:
            return self.sitting.ahead().words
        left = len(self.sitting.left)
        return f"{left} question{'' if left == 1 else 's'} to come"

    def _place(self) -> str:
        return self._ahead()

    def _is_over(self) -> bool:
        return False

    @_told
    def _go_on(self, _: Any = None) -> None:
        self._is_early = not self.sitting.ahead().order(early=False)  # whoever goes on after the end repeats early
        self._advance()

    @_no_slip
    def _on_next(self, _: Any = None) -> None:
        self._advance()

    @_told
    def _advance(self, _: Any = None) -> None:
        self._awaits_grade = False
        question = None if self._is_over() else self.sitting.next(early=self._is_early)
        if question is None:
            self._finish()
            return
        self._question = question
        panel = self.panel
        panel.verdict.value = ""
        panel.head.value = status(f"{self._place()} · {question.title}{self._note}")
        enough = f"({question.enough})" if question.enough else ""
        panel.body.value = page(question.prompt, question.choices, enough)
        self._ask(question)

    def _ask(self, question: Question) -> None:
        panel, foot = self.panel, (self.panel.skip, self.panel.undo, self.panel.stop)
        if question.options:
            shown = panel.options[: len(question.options)]
            panel.show(*shown, panel.give_up, *foot, focus=shown[0])
        elif question.judged:
            panel.entry.value = ""
            panel.show(panel.entry, panel.check, panel.give_up, *foot, focus=panel.entry)
        elif isinstance(question.card, Say):
            panel.start_clock(question.card.seconds)
            panel.show(panel.clock, panel.show_answer, *foot, focus=panel.show_answer)
        else:
            panel.show(panel.show_answer, *foot, focus=panel.show_answer)

    # Answers.

    @_told
    def _on_check(self, _: Any = None) -> None:
        if self.panel.entry.value.strip():
            self._judge(self.panel.entry.value)
        elif self._question is not None:  # a slip of the finger gives nothing up
            self.panel.verdict.value = page("Type an answer, or press *Don't know* to see it; that counts as again.")

    @_no_slip
    def _on_option(self, button: widgets.Button) -> None:
        self._judge(button.description)

    @_no_slip
    def _on_give_up(self, _: Any = None) -> None:
        self._judge("")

    @_told
    def _judge(self, typed: str) -> None:
        question, panel = self._question, self.panel
        if question is None or not question.judged:
            return
        finding = question.answered(typed)
        if finding.outcome is Outcome.NOT_YET:
            panel.verdict.value = page(finding.text)
            return
        self._seconds = self.sitting.thought
        is_right = finding.outcome is Outcome.RIGHT
        panel.verdict.value = page(f"**{heading(finding)}**", *question.after(finding))
        self._write(Grade.GOOD if is_right else Grade.AGAIN)  # at once: whoever leaves now loses nothing
        if is_right and self.sitting.plan is None:
            self._awaits_grade = True
            panel.show(*panel.grades[1:], panel.undo, panel.stop, focus=panel.grades[2])
        else:
            panel.show(panel.next, panel.undo, panel.stop, focus=panel.next)

    @_no_slip
    @_told
    def _on_show(self, _: Any = None) -> None:
        question, panel = self._question, self.panel
        if question is None:
            return
        self._seconds, panel.play.playing = self.sitting.thought, False
        self._awaits_grade = True
        panel.verdict.value = page(*report.told(question, self._seconds))
        if isinstance(question.card, Say):
            panel.rubric(question.rubric)
            panel.show(panel.made, panel.done, panel.stop, focus=panel.ticks[0])
        else:
            panel.show(*panel.grades, panel.stop, focus=panel.grades[2])

    @_no_slip
    @_told
    def _on_points(self, _: Any = None) -> None:
        if not self._awaits_grade:  # the second click of a double one must not grade the next card
            return
        points = self.panel.ticked
        self._write(grade_of(len(points), len(self.panel.ticks)), points)
        self._advance()

    @_no_slip
    @_told
    def _on_grade(self, button: widgets.Button) -> None:
        if not self._awaits_grade:  # the second click of a double one must not grade the next card
            return
        grade = GRADES[button.description]
        if self._question is not None:
            self._write(grade)
        elif grade is not self.sitting.asked[-1].review.grade:  # judged right and written down as good
            self.sitting.regrade(grade)
            self._tell(grade, self.sitting.asked[-1].question)
        self._advance()

    def _write(self, grade: Grade, points: frozenset[int] = frozenset()) -> None:
        if self._question is None:
            return
        aside = self.sitting.grade(self._question, grade, self._seconds, points)
        self._tell(grade, self._question)
        if aside:
            self._note += f" {report.damaged(aside)}"
        self._question, self._awaits_grade = None, False

    def _tell(self, grade: Grade, question: Question) -> None:
        self._note = f" (the last one: {grade.value}, {report.comes_back(self.sitting, question)})"

    @_told
    def _on_skip(self, _: Any = None) -> None:
        if self._question is not None:
            self.sitting.skip(self._question)
        self._advance()

    @_told
    def _on_undo(self, _: Any = None) -> None:
        if self.sitting.undo() is None:
            self.panel.verdict.value = page("There is nothing to take back in this sitting.")
        else:
            self._note, self._is_early = "", False
            self._advance()

    @_told
    def _finish(self, _: Any = None) -> None:
        self._question, self._note, panel = None, "", self.panel
        panel.play.playing = False
        panel.start.description = "Go on"
        panel.show(*([] if self._is_over() else [panel.start]), panel.undo)
        asked = report.first_answers(self.sitting.asked)
        panel.head.value = status(f"{len(asked)} graded, {report.known(asked)} of them known. {self._ahead()}.")
        lines = [f"- {one.lesson}: {one.points:.1f} of {one.of}" for one in report.scores(asked)]
        panel.body.value = page("\n".join(lines) if self.sitting.plan is not None else "")
        panel.verdict.value = revise(report.to_revise(asked))

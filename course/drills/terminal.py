"""Drills in a terminal: a line is typed at a time, so that it works over SSH, in 80 columns and through a pipe."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import timedelta
from textwrap import shorten

from rich.console import Console

from course.drills import report
from course.drills.cards import Say
from course.drills.history import Grade, grade_of
from course.drills.questions import RUBRIC, Question, heading
from course.drills.session import Sitting
from course.drills.terminal_farewell import farewell
from course.drills.terminal_screen import NARROWEST, Leave, Screen, Skip, Undo
from course.drills.text import plain
from course.errors import CourseError
from course.verdicts.findings import Finding, Outcome

_GRADES = {word: grade for grade in Grade for word in (grade.value, grade.value[0])}  # words: points have numbers
_NO_IDEA = ("n", "no idea")
_SLIP = 0.5  # seconds in which nobody reads a question: the second Enter of a double one


class Desk:
    """The terminal's side of a sitting.

    Parameters
    ----------
    sitting : Sitting
        What is asked; with a plan it is an interview.
    limit : timedelta, optional
        When a drill offers to stop, and when an interview ends.
    console : Console, optional
        Where to write and read.
    """

    def __init__(self, sitting: Sitting, limit: timedelta | None = None, console: Console | None = None) -> None:
        self.sitting, self.limit = sitting, limit
        self.screen = Screen(console)
        self.is_interview = sitting.plan is not None
        self.is_early = False

    def run(self) -> None:
        """Ask until nothing is left, time is up or the learner leaves; then say what there is to revise."""
        try:
            self._greet()
            while self._in_time() and (question := self._next()) is not None:
                self._one(question)
        except (Leave, KeyboardInterrupt, EOFError):
            self.screen.say("\nYou left." + " What you graded is kept." * self.sitting.is_kept)
        except CourseError:  # a full disk: the summary first, then the reason
            farewell(self.screen, self.sitting)
            raise
        if self.sitting.is_kept:
            farewell(self.screen, self.sitting)

    # The sitting.

    def _greet(self) -> None:
        if self.screen.console.width < NARROWEST:
            self.screen.say(
                f"This terminal has {self.screen.console.width} columns; formulas and code read best in 80."
            )
            self.screen.ask("Widen it, or press Enter to go on as it is. ", card=False)
        if warning := report.clock_warning(self.sitting):
            self.screen.say(warning)
        if not self.sitting.is_kept:
            self.screen.say("Only to try: nothing is written down.", style="bold")
        elif self.is_interview:
            length = report.clock(self.limit.total_seconds()) if self.limit else "no limit"
            count = len(self.sitting.plan or ())
            questions = "1 question" if count == 1 else f"{count} questions"
            self.screen.say(f"Mock interview: {questions}, {length}. Speak aloud.", style="bold")
        else:
            self.screen.say(f"Drill: {report.opening(self.sitting)}", style="bold")
            if self.sitting.source:
                self.screen.say(self.sitting.source)
        self.screen.say("? explains the keys, q leaves.")

    def _in_time(self) -> bool:
        if self.limit is None or self.sitting.elapsed < self.limit.total_seconds():
            return True
        if self.is_interview:
            self.screen.say("\nTime is up.", style="bold")
            return False
        over, self.limit = report.clock(self.limit.total_seconds()), None
        if not (ahead := self.sitting.ahead()).order(early=self.is_early):
            return True
        self.screen.say(f"\n{over} are over, with {ahead.words}.", style="bold")
        self.screen.ask("Enter goes on, q leaves. ", card=False)
        return True

    def _next(self) -> Question | None:
        """Return the next question; before the first that is asked early, ask whether to."""
        question = self.sitting.next(early=self.is_early)
        if question is not None or self.is_early or self.sitting.plan is not None:
            return question
        if soon := self.sitting.ahead().soon:
            self.screen.say("\nAll that is due is done.", style="bold")
            cards = "card is" if len(soon) == 1 else "cards are"
            typed = self.screen.ask(
                f"{len(soon)} {cards} to come back within 20 minutes. r repeats now, Enter ends: ", card=False
            )
            self.is_early = typed.casefold() in ("r", "repeat")
        return self.sitting.next(early=self.is_early)

    def _one(self, question: Question) -> None:
        """Ask one question until it is graded, skipped, or gives way to one whose grade is taken back."""
        while True:
            try:
                self._show(question)
                if question.judged:
                    self._judged(question)
                else:
                    self._told(question)
                return
            except Skip:
                self.sitting.skip(question)
                self.screen.say("Left for another day.")
                return
            except Undo:
                if (last := self.sitting.undo()) is not None:
                    self.screen.say(f"Taken back: {shorten(plain(last.prompt), 60)}")
                    return
                self.screen.say("There is nothing to take back in this sitting.")

    def _show(self, question: Question) -> None:
        self.screen.line()
        self.screen.say(f"{self._place()} · {question.title}", style="bold")
        self.screen.markdown(question.prompt)
        if question.options:
            self.screen.markdown(question.choices)

    def _place(self) -> str:
        if self.sitting.plan is not None:
            left = self.limit.total_seconds() - self.sitting.elapsed if self.limit else 0
            number = len(self.sitting.plan) - len(self.sitting.left) + 1
            return f"Question {number} of {len(self.sitting.plan)}" + f", {report.clock(left)} left" * bool(self.limit)
        return self.sitting.ahead().words

    # One answer.

    def _judged(self, question: Question) -> None:
        """Take a number or the letter of an option; Enter alone is a slip, and costs nothing."""
        hint = f"Your answer ({question.enough or question.letters}; n for no idea): "
        while (finding := self._answer(question, hint)).outcome is Outcome.NOT_YET:
            self.screen.markdown(finding.text)
        seconds = self.sitting.thought
        is_right = finding.outcome is Outcome.RIGHT
        self.screen.say(heading(finding), style="bold")
        for text in question.after(finding):
            self.screen.markdown(text, 2)
        self._write(question, Grade.GOOD if is_right else Grade.AGAIN, seconds)  # at once: leaving now loses nothing
        if is_right and not self.is_interview:
            self._refine(self._grade("Enter if that was good, or h hard, e easy: ", Grade.GOOD))
        else:
            with suppress(Skip):
                self.screen.ask("Enter for the next one: ")

    def _answer(self, question: Question, hint: str) -> Finding:
        while not (typed := self.screen.ask(hint)):
            if self.sitting.thought > _SLIP:
                self.screen.say("Type an answer, or n to see it; that counts as again.")
        return question.answered("" if typed.casefold() in _NO_IDEA else typed)

    def _refine(self, grade: Grade) -> None:
        """Change the grade that was just written down."""
        if grade is not Grade.GOOD:
            self.sitting.regrade(grade)
            self.screen.say(f"→ {grade.value} instead", style="dim")

    def _told(self, question: Question) -> None:
        """Let the learner answer aloud, show the answer, and take their own grade."""
        card = question.card
        if isinstance(card, Say):
            with self.screen.bell_after(card.seconds):
                self._spoken(f"You have {report.clock(card.seconds)}. Say it aloud, then press Enter: ")
        else:
            self._spoken("Say it to yourself, then press Enter: ")
        seconds = self.sitting.thought
        if isinstance(card, Say):
            self.screen.say(report.took(card, seconds))
        self.screen.markdown(question.answer, 2)
        for title, lines in question.lists.items():
            self.screen.entries(title, lines, numbered=title == RUBRIC and isinstance(card, Say))
        if isinstance(card, Say):
            points = self._points(len(card.rubric))
            self._write(question, grade_of(len(points), len(card.rubric)), seconds, points)
        else:
            self._write(question, self._grade("How was it? a again, h hard, g good, e easy: "), seconds)

    def _spoken(self, prompt: str) -> None:
        """Wait for Enter; the second one of a double Enter, which only a keyboard sends, shows no answer."""
        self.screen.ask(prompt)
        while self.screen.console.is_terminal and self.sitting.thought < _SLIP:
            self.screen.ask(prompt)

    def _grade(self, prompt: str, on_enter: Grade | None = None) -> Grade:
        while True:
            typed = self.screen.ask(prompt).casefold()
            if not typed and on_enter is not None:
                return on_enter
            if typed in _GRADES:
                return _GRADES[typed]
            self.screen.say("Please type a word or its first letter: again, hard, good, easy.")

    def _points(self, of: int) -> frozenset[int]:
        """Take the numbers of the points that were made, from 1; returned from 0."""
        while True:
            typed = self.screen.ask("Which did you say? Numbers such as 1 3, or all, or 0 for none: ").casefold()
            if typed == "all":
                return frozenset(range(of))
            if typed in ("none", "0"):
                return frozenset()
            chosen = re.split(r"[\s,;]+", typed)
            if all(part.isdecimal() and 1 <= int(part) <= of for part in chosen):
                return frozenset(int(part) - 1 for part in chosen)
            self.screen.say(f"Please type numbers from 1 to {of}, or 0.")

    def _write(self, question: Question, grade: Grade, seconds: float, points: frozenset[int] = frozenset()) -> None:
        aside = self.sitting.grade(question, grade, seconds, points)
        when = report.comes_back(self.sitting, question)
        self.screen.say(f"→ {grade.value}, {report.clock(seconds)}; {when}", style="dim")
        if aside is not None:
            self.screen.say(report.damaged(aside))

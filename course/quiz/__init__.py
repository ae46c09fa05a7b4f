"""Self-check questions of the lessons, and the comparison of a guess with what the computation says."""

from course.drills.bank import questions
from course.quiz.widget import ask, question, reveal
from course.verdicts.reading import read_number

__all__ = ["ask", "question", "questions", "read_number", "reveal"]

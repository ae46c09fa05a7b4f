"""Self-check questions of the lessons, and the comparison of a guess with what the computation says.

Questions live in ``files/<lesson>.toml``; a test evaluates each one's ``verify`` expression, so that no key is a matter
of opinion.
"""

from course.quiz.bank import Choice, Number, Question, question, questions
from course.quiz.widget import ask, reveal
from course.verdicts.reading import read_number

__all__ = ["Choice", "Number", "Question", "ask", "question", "questions", "read_number", "reveal"]

"""Exercises that answer back: `check` an answer, ask for a `hint`, see the `solution` in the end."""

from course.checks.along import take_along
from course.checks.desk import check, hint, solution

__all__ = ["check", "hint", "solution", "take_along"]

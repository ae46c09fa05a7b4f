"""The doctor, as lesson 00 asks for it; the rest of it is in the app."""

from course.app.doctor import report

__all__ = ["report"]

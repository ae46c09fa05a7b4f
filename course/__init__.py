"""Borrowing Strength: the helper library of a course on hierarchical models.

Importing this package loads nothing else: ``from course import exact, shrinkage`` brings NumPy and SciPy, and only
``models``, ``diagnostics`` and ``plots`` bring PyMC, ArviZ and Matplotlib.
"""

__version__ = "0.1.0"

# The same as requires-python in pyproject.toml; here too, so that an older Python is told in a sentence.
OLDEST_PYTHON = (3, 12)

_MOVED = {"doctor": "course.app.doctor"}  # lesson 00 imports it from here


def __getattr__(name: str) -> object:
    if name in _MOVED:
        from importlib import import_module

        return import_module(_MOVED[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

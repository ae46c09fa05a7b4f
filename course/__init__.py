"""Borrowing Strength: the helper library of a course on hierarchical models.

Importing this package loads nothing else: ``from course import exact, shrinkage`` brings NumPy and SciPy, and only
``models``, ``diagnostics`` and ``plots`` bring PyMC, ArviZ and Matplotlib.
"""

__version__ = "0.1.0"

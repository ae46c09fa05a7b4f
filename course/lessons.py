"""The names of the lessons, and finding one by what a person types."""

from __future__ import annotations

from collections.abc import Iterable

LESSONS = (
    *("01_many_groups", "02_model_structure", "03_eight_schools", "04_shrinkage", "05_funnel", "06_linear_regression"),
    *("07_logistic_regression", "08_bandits", "09_multitask", "10_when_it_helps", "11_ten_thousand_cities"),
    "12_interview_room",
)
"""All lessons but the start page, in their order."""


def match(wanted: str, names: Iterable[str] = LESSONS) -> str | None:
    """Return the lesson that somebody means, None when there is none.

    Parameters
    ----------
    wanted : str
        Its number (``"04"`` or ``"4"``), its topic or its whole name.
    names : iterable of str
        The lessons to choose from.
    """
    short = wanted.strip().casefold().zfill(2)
    return next((name for name in names if short in (name, *name.split("_", 1))), None)

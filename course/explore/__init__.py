"""Live pictures: controls that move an exact result fast enough to think with.

An explorer is one file in the room of its lesson, ``explore_NAME.py``, with one pattern: see `course.explore.live`.
Here they are found by name, from the syllabus, and loaded when asked for: Altair alone takes two seconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from course.syllabus import explorers

_OLDER = {"stein_picture": "james_stein_picture"}  # in lessons that were delivered before


def module(name: str) -> Any:
    """Return the module of an explorer: its parts in ``EXPLORER``, the functions ``NAME`` and ``NAME_picture``.

    Parameters
    ----------
    name : str
        As in the syllabus.
    """
    return import_module(f"course.lessons.{explorers()[name][1].topic}.explore_{name}")


def __getattr__(name: str) -> Any:
    wanted = _OLDER.get(name, name)
    one = wanted.removesuffix("_picture")
    if one in explorers():
        return getattr(module(one), wanted)
    if wanted.endswith("State"):
        states = (module(each).EXPLORER.state for each in explorers())
        if found := next((state for state in states if state.__name__ == wanted), None):
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; the explorers are {', '.join(explorers())}")


def __dir__() -> list[str]:
    states = [module(name).EXPLORER.state.__name__ for name in explorers()]
    return sorted(["module", *explorers(), *(f"{name}_picture" for name in explorers()), *states])

"""Live pictures: controls that move an exact result fast enough to think with.

An explorer is two files in the room of its lesson: ``NAME_arrays.py`` computes and speaks (`course.explore.parts`), and
``explore_NAME.py`` draws (`course.explore.live`). Here they are found by name and loaded when asked for: Altair alone
takes two seconds, and a worker in a page has neither it nor what reads the syllabus.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from pkgutil import iter_modules
from typing import Any

from course.explore.parts import Arithmetic

_OLDER = {"stein_picture": "james_stein_picture"}  # in lessons that were delivered before


@cache
def rooms() -> Mapping[str, str]:
    """Return the topic of the lesson in whose room each explorer is, by its name."""
    places = (room for room in files("course.lessons").iterdir() if room.is_dir())
    found = ((module.name, room.name) for room in places for module in iter_modules([str(room)]))
    return {name.removesuffix("_arrays"): room for name, room in sorted(found) if name.endswith("_arrays")}


def arithmetic(name: str) -> Arithmetic[Any, Any]:
    """Return what an explorer computes and says, without what draws it.

    Parameters
    ----------
    name : str
        As in the syllabus.

    Raises
    ------
    ValueError
        If there is no such explorer.
    """
    if name not in rooms():
        raise ValueError(f"there is no explorer {name!r:.60}; there are {', '.join(rooms())}")
    found: Arithmetic[Any, Any] = import_module(f"course.lessons.{rooms()[name]}.{name}_arrays").ARITHMETIC
    return found


def module(name: str) -> Any:
    """Return the module that draws an explorer: ``EXPLORER``, the functions ``NAME`` and ``NAME_picture``."""
    return import_module(f"course.lessons.{rooms()[name]}.explore_{name}")


def __getattr__(name: str) -> Any:
    wanted = _OLDER.get(name, name)
    one = wanted.removesuffix("_picture")
    if one in rooms():
        return getattr(module(one), wanted)
    if wanted.endswith("State"):
        states = (arithmetic(each).state for each in rooms())
        if found := next((state for state in states if state.__name__ == wanted), None):
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; the explorers are {', '.join(rooms())}")


def __dir__() -> list[str]:
    states = [arithmetic(name).state.__name__ for name in rooms()]
    return sorted(["arithmetic", "module", *rooms(), *(f"{name}_picture" for name in rooms()), *states])

"""What a page asks of an explorer's arithmetic, in JSON: how it begins, and what a setting means."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from course.explore import arithmetic
from course.explore.parts import columns, described


def answer(name: str, state: str) -> str:
    """Say what a setting means; or, if it is not legal, why.

    Parameters
    ----------
    name : str
        Of the explorer, as in the syllabus.
    state : str
        JSON object: values by the fields of the state; what is left out stands where it stands at first.

    Returns
    -------
    str
        JSON object: ``tables`` (by name, each a list for every column, all of one length), ``summary``, ``picture``
        (the alternative text) and ``idle`` (names of the controls without effect); or ``error`` alone, a sentence.
    """
    try:
        part, values = arithmetic(name), json.loads(state)
        if not isinstance(values, dict):
            raise ValueError(f"a state must be a JSON object, got {state!r:.60}")
        setting = part.setting(values)
    except json.JSONDecodeError as error:
        return json.dumps({"error": f"a state must be a JSON object, got {state!r:.60}: {error}"})
    except ValueError as error:
        return json.dumps({"error": str(error)})
    found = part.arrays(setting)
    tables = {key: columns(table) for key, table in part.tables(found).items()}
    about = {"summary": part.summary(found), "picture": part.describe(found), "idle": sorted(part.idle(setting))}
    try:
        return json.dumps({"tables": tables, **about}, allow_nan=False)
    except ValueError:  # not a number, or without end: JSON has no such thing
        return json.dumps({"tables": _as_jupyter_sends(tables), **about}, allow_nan=False)


def _as_jupyter_sends(value: Any) -> Any:
    """Replace what JSON lacks by its name, as Jupyter's messages do: both pictures get the same."""
    if isinstance(value, dict):
        return {key: _as_jupyter_sends(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_as_jupyter_sends(each) for each in value]
    return repr(value) if isinstance(value, float) and not isfinite(value) else value


def scene(name: str) -> dict[str, Any]:
    """Say how an explorer begins: what a page needs before any control is moved, beside the chart and the answer.

    Parameters
    ----------
    name : str
        Of the explorer, as in the syllabus.

    Returns
    -------
    dict
        In what JSON has: ``name``, ``title``, ``question``, ``scene`` and the topic of its ``lesson`` as in the
        syllabus; ``state`` (values by field) and ``controls`` (by field, as `parts.described`).
    """
    from course.syllabus import explorers  # reads TOML with msgspec, which a worker has not

    about, lesson = explorers()[name]
    part = arithmetic(name)
    start = part.state()
    return {
        **{"name": name, "title": about.title, "question": about.question, "scene": about.scene},
        "lesson": lesson.topic,
        "state": {field: getattr(start, field) for field in part.controls},
        "controls": {field: described(control, getattr(start, field)) for field, control in part.controls.items()},
    }

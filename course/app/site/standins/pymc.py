"""In a page, in place of PyMC, which compiles: a model can be written down, and whoever asks for more hears why not."""

from __future__ import annotations

from typing import Any, NoReturn

from course.errors import CourseError


class NotHere(CourseError):
    """A model was asked for something; a notebook shows the sentence alone."""

    def __init__(self) -> None:
        super().__init__(
            "this task needs an installation, since a browser compiles no model",
            "In a clone of the repository: `pip install uv && uv run course lab`",
        )

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class Model:
    """What stands behind ``with``; the first variable in it ends its block."""

    def __init__(self, *given: Any, **options: Any) -> None:
        pass

    def __enter__(self) -> Model:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        return isinstance(error, NotHere)

    def __getattr__(self, name: str) -> NoReturn:
        __getattr__(name)


def __getattr__(name: str) -> NoReturn:
    if name.startswith("_"):  # what Python and IPython ask of anything
        raise AttributeError(name)
    raise NotHere

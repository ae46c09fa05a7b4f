"""The coordinates in which a learner may write group effects; all of them are one posterior."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from course.checks.models import WrongModel

if TYPE_CHECKING:
    import pymc as pm

# theta itself; mu + tau * eta with eta standard normal; mu + a deviation of size tau.
Form = Literal["centred", "standard", "offset"]
FORMS: tuple[Form, ...] = ("centred", "standard", "offset")


Misuse = Literal["", "squared", "forgotten", "precision", "pooled", "shared"]
_WORDS: dict[Misuse, str] = {
    "squared": "{groups} differ by tau² in it, where the task has the standard deviation tau.",
    "forgotten": "tau plays no part in it: {groups} differ by 1, whatever tau is.",
    "precision": "tau is used as a precision in it: {groups} differ by one over its root.",
    "pooled": "all {groups} are the same in it: complete pooling.",
    "shared": "all {groups} share one deviation in it, and the task wants one for each: see `shape` and index.",
}


def effects(
    form: Form, name: str, middle: Any, spread: Any, draw: Any = None, misuse: Misuse = "", **shape: Any
) -> Any:
    """Return group effects around ``middle``, drawn in one of the forms; inside a model.

    Parameters
    ----------
    form : str
        One of `FORMS`.
    name : str
        Of the variable that is drawn.
    middle, spread : tensor
        Location and scale of the population.
    draw : callable, optional
        The population's distribution, called with ``mu`` and ``sigma``; by default ``pm.Normal``.
    misuse : str, optional
        What a learner may do wrong with them, in the standard form.
    **shape
        ``shape`` or ``dims``.
    """
    import pymc as pm

    if misuse:
        form = "standard"
        spread = {"squared": spread**2, "forgotten": 1.0, "precision": spread**-0.5, "pooled": 0.0}.get(misuse, spread)
    location, width = {"centred": (middle, spread), "standard": (0, 1), "offset": (0, spread)}[form]
    own = (draw or pm.Normal)(name, mu=location, sigma=width, **shape)
    if misuse == "shared":
        own = own[:1] + 0 * own
    if form == "centred":
        return own
    return middle + spread * own if form == "standard" else middle + own


def every_form(build: Callable[..., pm.Model]) -> tuple[Callable[[], pm.Model], ...]:
    """Return the right model in all forms, from a builder that takes ``form``."""
    return tuple(partial(build, form=form) for form in FORMS)


def misuses(build: Callable[..., pm.Model], groups: str) -> tuple[WrongModel, ...]:
    """Return what is usually done wrong with group effects, from a builder that takes ``misuse``.

    Parameters
    ----------
    build : callable
        Of the task's model.
    groups : str
        How the groups are called, in the plural.
    """
    return tuple(
        WrongModel(partial(build, misuse=misuse), words.format(groups=groups)) for misuse, words in _WORDS.items()
    )

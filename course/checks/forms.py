"""The coordinates in which a learner may write group effects; all of them are one posterior."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pymc as pm

# theta itself; mu + tau * eta with eta standard normal; mu + a deviation of size tau.
Form = Literal["centred", "standard", "offset"]
FORMS: tuple[Form, ...] = ("centred", "standard", "offset")


def effects(form: Form, name: str, middle: Any, spread: Any, draw: Any = None, **shape: Any) -> Any:
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
    **shape
        ``shape`` or ``dims``.
    """
    import pymc as pm

    location, width = {"centred": (middle, spread), "standard": (0, 1), "offset": (0, spread)}[form]
    own = (draw or pm.Normal)(name, mu=location, sigma=width, **shape)
    if form == "centred":
        return own
    return middle + spread * own if form == "standard" else middle + own


def every_form(build: Callable[..., pm.Model]) -> tuple[Callable[[], pm.Model], ...]:
    """Return the right model in all forms, from a builder that takes ``form``."""
    return tuple(partial(build, form=form) for form in FORMS)

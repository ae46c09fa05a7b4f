"""A judge for PyMC models: two models are one posterior when their log densities differ by a constant everywhere.

Either parameterisation will do, under any names. What is different is named: a distribution, its numbers, the data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from course.checks.density import (
    Density,
    Term,
    compile_density,
    is_constant,
    matchings,
    renamed,
    same_posterior,
)
from course.checks.limit import Failed, on_copies
from course.checks.task import Judge
from course.checks.values import is_blank, show
from course.verdicts.findings import Finding, not_yet, right, wrong

if TYPE_CHECKING:
    import pymc as pm

Build = Callable[[], "pm.Model"]


@dataclass(frozen=True)
class WrongModel:
    """A usual wrong model, and what to say to whoever built it."""

    build: Build
    why: str


def both_forms(build: Callable[..., pm.Model], why: str, *args: Any, **options: Any) -> tuple[WrongModel, ...]:
    """Return the same mistake centred and not, from a builder that takes ``form``."""
    return tuple(WrongModel(partial(build, *args, form=form, **options), why) for form in ("centred", "standard"))


def posterior(*forms: Build, means: str, mistakes: Sequence[WrongModel] = ()) -> Judge:
    """Judge a `pymc.Model` by its log density.

    Parameters
    ----------
    *forms : callable
        Build the right model; the first is the one that messages refer to, the others are further parameterisations.
    means : str
        What to say when it is right.
    mistakes : sequence of WrongModel
        Usual wrong models, in any parameterisation.
    """

    @cache
    def compiled(build: Build) -> Density:
        return compile_density(build())

    def judge(given: object) -> Finding:
        import pymc as pm

        if is_blank(given):
            return not_yet("Build the model in the cell above and run it.")
        if callable(given) and not isinstance(given, pm.Model):
            given = on_copies(given, ())
        if isinstance(given, Failed):
            return wrong(f"building it raised {given.text}.")
        if not isinstance(given, pm.Model):
            return wrong(f"a pm.Model is wanted, and this is {show(given)}.")
        if not given.basic_RVs:
            return not_yet("The model has no variables so far.")
        return _judge_model(given)

    def _judge_model(model: pm.Model) -> Finding:
        try:
            theirs = compile_density(model)
        except Exception as error:  # whatever PyMC says of a model that holds together in parts only
            return wrong(f"its log density cannot be computed ({type(error).__name__}: {error}).")
        if any(same_posterior(theirs, compiled(form)) for form in forms):
            return right(means)
        for mistake in mistakes:
            if same_posterior(theirs, compiled(mistake.build)):
                return wrong(mistake.why)
        return wrong(explain(theirs, [compiled(form) for form in forms]))

    return judge


def explain(theirs: Density, forms: Sequence[Density]) -> str:
    """Say where a model departs from the nearest form of the right one.

    Parameters
    ----------
    theirs : Density
        The learner's model.
    forms : sequence of Density
        The right one in its parameterisations.
    """
    if not theirs.data and forms[0].data:
        return "nothing is observed in it: hand the data to the likelihood with `observed=`."
    fitting = [form for form in forms if sorted(form.shapes.values()) == sorted(theirs.shapes.values())]
    if not fitting:
        known = " or ".join(dict.fromkeys(map(_list, forms)))
        return f"it has other free variables. Yours: {_list(theirs)}. The task's: {known}."
    ours = forms[0].data
    same_data = len(theirs.data) == len(ours) and all(
        t.shape == o.shape and np.allclose(t, o) for t, o in zip(theirs.data, ours, strict=True)
    )
    if not same_data:
        return "what it observes are not the data of the task, or not in their order."
    best, names, form = min(
        ((_differences(theirs, form, names), names, form) for form in fitting for names in matchings(theirs, form)),
        key=lambda found: (len(found[0]), not all(our.observed is False for _, our in found[0])),
    )
    if best:
        return _word(*best[0])
    for their in theirs.terms:
        our = next((term for term in form.terms if term.name == names.get(their.name)), None)
        if our and our.distribution != their.distribution:
            return f"{_word(their, our)[:-1]}: they differ in which values they allow."
    return "its terms are the task's, but not together."


def _list(density: Density) -> str:
    sizes = {name: "×".join(map(str, shape)) or "one number" for name, shape in density.shapes.items()}
    return ", ".join(f"{name} ({size})" for name, size in sorted(sizes.items()))


def _differences(theirs: Density, ours: Density, names: dict[str, str]) -> list[tuple[Term | None, Term]]:
    """Return the terms of ours that theirs lack at some point, each with their term of the matched variable."""
    points, our_values = ours.known()
    their_values = np.array([theirs.evaluate(renamed(point, names)) for point in points])
    found: list[tuple[Term | None, Term]] = []
    for i, term in enumerate(ours.terms):
        place = _counterpart(theirs, ours, names, i)
        if place is None or not is_constant(their_values[:, place] - our_values[:, i], our_values[:, i]):
            found.append((None if place is None else theirs.terms[place], term))
    return found


def _counterpart(theirs: Density, ours: Density, names: dict[str, str], i: int) -> int | None:
    term = ours.terms[i]
    if not term.observed:
        return next((j for j, t in enumerate(theirs.terms) if names.get(t.name) == term.name), None)
    rank = [t.name for t in ours.terms if t.observed].index(term.name)
    places = [j for j, t in enumerate(theirs.terms) if t.observed]
    return places[rank] if rank < len(places) else None


def _word(their: Term | None, our: Term) -> str:
    if their is None:
        return f"it lacks the term {our.name}."
    what = f"your {their.name}"
    if their.distribution != our.distribution:
        return f"{what} has {_a(their.distribution)}, the task asks for {_a(our.distribution)}."
    if their.numbers and our.numbers:
        return f"{what} is {_call(their)}, the task asks for {_call(our)}."
    if our.observed:
        return f"{what} gets other parameters: compare each argument of its {our.distribution} with the task."
    return f"{what} is {_a(our.distribution)} with other parameters: compare each of its arguments with the task."


def _a(distribution: str) -> str:
    return f"{'an' if distribution[0] in 'AEIO' else 'a'} {distribution}"


def _call(term: Term) -> str:
    # PyMC keeps a location for the half distributions, and for an Exponential one over what one types.
    numbers = term.numbers or ()
    if term.distribution.startswith("Half") and len(numbers) > 1 and numbers[-2] == 0:
        numbers = (*numbers[:-2], numbers[-1])
    if term.distribution == "Exponential":
        return f"Exponential(scale={numbers[0]:g})"
    return f"{term.distribution}({', '.join(f'{number:g}' for number in numbers)})"

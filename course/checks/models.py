"""A judge for PyMC models: by their law, not by their form.

Two models are one for a task when the observed data, and what these need of the hierarchy, have one joint law under the
prior. In the task's own coordinates that is seen exactly, from log densities; in any others from many draws.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from course.checks.density import Density, Match, Term, compile_density, dependent, match
from course.checks.law import DRAWS, FEWER, Law, Names, difference
from course.checks.limit import Failed, on_copies
from course.checks.task import Judge
from course.checks.values import is_blank, show
from course.checks.worlds import (
    Likelihood,
    NotDrawnError,
    NotTogetherError,
    OtherFamilyError,
    article,
    distribution_of,
    likelihood,
)
from course.threads import one_blas_thread
from course.verdicts.findings import Finding, not_yet, right, wrong

if TYPE_CHECKING:
    import pymc as pm

Build = Callable[[], "pm.Model"]

_MOST_DATA = 100_000


@dataclass(frozen=True)
class WrongModel:
    """A usual wrong model, and what to say to whoever built it, in whatever coordinates."""

    build: Build
    why: str


def posterior(
    *forms: Build, means: str, names: Names, mistakes: Sequence[WrongModel] = (), independent: str = ""
) -> Judge:
    """Judge a `pymc.Model` by its law.

    Parameters
    ----------
    *forms : callable
        Build the right model; the first is the yardstick, the others are further coordinates to look in exactly.
    means : str
        What to say when it is right.
    names : Names
        How the numbers behind the data are called.
    mistakes : sequence of WrongModel
        Usual wrong models, in one form each.
    independent : str, optional
        Where the task asks for free variables that are independent under the prior: what to say when ``{name}`` is not.
    """

    @cache
    def density(build: Build) -> Density:
        return compile_density(build())

    @cache
    def law(build: Build) -> Law:
        return Law(likelihood(build()))

    @one_blas_thread
    def judge(given: object) -> Finding:
        import pymc as pm

        if is_blank(given):
            return not_yet("Build the model in the cell above and run it.")
        if callable(given) and not isinstance(given, type):
            given = on_copies(given, ())
        if isinstance(given, Failed):
            return wrong(f"building it raised {given.text}.")
        if not isinstance(given, pm.Model):
            return wrong(_no_model(given))
        if not given.basic_RVs:
            return not_yet("The model has no variables so far.")
        with warnings.catch_warnings(action="ignore"):  # of PyTensor about compiling: nothing that a learner could mend
            return wrong(said) if (said := _about_data(given)) else _judge_model(given)

    def _judge_model(model: pm.Model) -> Finding:
        try:
            theirs = compile_density(model)
        except Exception as error:  # whatever PyMC says of a model that holds together in parts only
            return wrong(f"its log density cannot be computed ({type(error).__name__}: {error}).")
        found = []
        for form in forms:
            if (one := match(theirs, density(form))) == Match():
                return right(means)
            found += [one] if one else []
        yardstick = law(forms[0])
        try:
            their = likelihood(model)
            paired = pair(their, yardstick.likelihood)
        except NotDrawnError as error:
            return _undrawn(model, theirs, found, error)
        if isinstance(paired, str):
            return wrong(paired)
        fewest = min(found, key=lambda one: len(one.priors), default=None)
        alone = fewest is not None and (fewest.beyond or len(fewest.priors) == 1)
        try:
            if not alone and yardstick.is_law_of(paired):
                return _in_its_form(model, theirs)
            for mistake in mistakes:
                if _is_mistake(mistake, their, theirs):
                    return wrong(mistake.why)
            if fewest:
                return wrong(_priors(fewest))
            if paired is not their and yardstick.is_law_of(their, FEWER):
                return wrong("its data stand in another order than the task's, and the rest does not.")
            return wrong(_difference(paired, yardstick, names))
        except NotDrawnError as error:
            return _undrawn(model, theirs, found, error)

    def _in_its_form(model: pm.Model, theirs: Density) -> Finding:
        if not independent or not (bound := dependent(model)):
            return right(means)
        known = (mistake.why for mistake in mistakes if match(theirs, density(mistake.build)) == Match())
        return wrong(next(known, independent.format(name=bound[0])))

    def _is_mistake(mistake: WrongModel, their: Likelihood, theirs: Density) -> bool:
        try:
            yardstick = law(mistake.build)
            paired = pair(their, yardstick.likelihood)
            return not isinstance(paired, str) and yardstick.is_law_of(paired, FEWER)
        except NotDrawnError:
            return match(theirs, density(mistake.build)) == Match()

    def _undrawn(model: pm.Model, theirs: Density, found: Sequence[Match], why: NotDrawnError) -> Finding:
        """Where there are no worlds to compare, only the task's own coordinates are left."""
        for mistake in mistakes:
            if match(theirs, density(mistake.build)) == Match():
                return wrong(mistake.why)
        for one in found:
            return wrong(_priors(one))
        if model.potentials:
            return not_yet("It has a Potential, which no world can be drawn from: write it as a distribution.")
        if isinstance(why, NotTogetherError) and not _where_it_fails(model):
            return not_yet(
                "This check cannot draw many worlds at once from it. Write it with the task's distributions."
            )
        if isinstance(why, OtherFamilyError):
            return wrong(f"{why}, in the task it has {_family(forms[0])}.")
        return wrong(f"{_where_it_fails(model) or why}.")

    return judge


def _no_model(given: object) -> str:
    import pymc as pm

    if isinstance(given, tuple | list | dict | set):
        held = list(given.values()) if isinstance(given, dict) else list(given)
        if held and all(isinstance(one, pm.Model) for one in held):
            return f"one model is wanted, and these are {len(held)}; hand in one of them."
    if isinstance(given, type) and issubclass(given, pm.Model):
        return "that is the class pm.Model itself; hand in the model that you built with it."
    return f"a pm.Model is wanted, and this is {show(given)}."


def _about_data(model: pm.Model) -> str:
    """Say what is wrong with the data of a model, before anything is drawn or compiled."""
    missing = [rv.name.removesuffix("_unobserved") for rv in model.free_RVs if rv.name.endswith("_unobserved")]
    if missing:
        return f"some of the data of {missing[0]} are missing (masked, or NaN), and PyMC draws them."
    if not model.observed_RVs and not model.potentials:
        return "nothing is observed in it: hand the data to the likelihood with `observed=`."
    sizes = [int(np.prod(model.rvs_to_values[rv].shape.eval())) for rv in model.observed_RVs]
    if sum(sizes) > _MOST_DATA:
        return f"it observes {sum(sizes):,} numbers; those are not the data of the task."
    return ""


def pair(their: Likelihood, our: Likelihood) -> Likelihood | str:
    """Put their data in the order of ours, rows that share a rate in every draw as one count where that is needed.

    Returns
    -------
    Likelihood or str
        The latter where the data are others: in what.
    """
    if their.kind != our.kind:
        return f"its data have {article(their.kind)} distribution given the rest, the task's {article(our.kind)}."
    for theirs, ours in ((their, our), (their.merged(), our.merged())):
        if (places := _order(theirs, ours)) is not None:
            return theirs if np.array_equal(places, np.arange(len(places))) else theirs.chosen(places)
    if our.trials is None or their.trials is None:
        return _other_data("the data", their.data, our.data)
    sums = their.data.sum() == our.data.sum() and their.trials.sum() == our.trials.sum()
    rates, wanted = len(their.merged().data), len(our.merged().data)
    if sums and rates != wanted:
        return (
            f"{rates} {'rate stands' if rates == 1 else 'rates stand'} behind all of its data, in the task {wanted} do."
        )
    if _same(np.sort(their.data), np.sort(our.data)):
        if _same(np.sort(their.trials), np.sort(our.trials)):
            return "its data and their numbers of trials are the task's, and not in one order."
        return _other_data("the numbers of trials, n,", their.trials, our.trials)
    return _other_data("the data", their.data, our.data)


def _order(theirs: Likelihood, ours: Likelihood) -> Any:
    keys = [(one.data, one.trials if one.trials is not None else one.data) for one in (theirs, ours)]
    if not all(_same(a, b) for a, b in zip(*(map(np.sort, key) for key in keys), strict=True)):
        return None
    if all(_same(a, b) for a, b in zip(*keys, strict=True)):
        return np.arange(len(theirs.data))
    their, our = (np.lexsort(key) for key in keys)
    if not all(_same(a[their], b[our]) for a, b in zip(*keys, strict=True)):
        return None
    places = np.empty(len(their), int)
    places[our] = their
    return places


def _same(a: Any, b: Any) -> bool:
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-9))


def _other_data(what: str, theirs: Any, ours: Any) -> str:
    if len(theirs) != len(ours):
        return f"it observes {_count(len(theirs))}, the task has {len(ours)}."
    return f"{what} in it are not the task's: they add up to {theirs.sum():.6g}, the task's to {ours.sum():.6g}."


def _count(n: int) -> str:
    return "one number" if n == 1 else f"{n:,} numbers"


def _family(build: Build) -> str:
    return article(distribution_of(build().observed_RVs[0]))


def _where_it_fails(model: pm.Model) -> str:
    """Name the first variable that cannot be drawn from the prior, and what was said to the attempt."""
    import pymc as pm

    for variable in model.free_RVs:
        try:
            pm.draw(variable, draws=200, mode="FAST_COMPILE", random_seed=1)
        except NotImplementedError:
            return f"its {variable.name} has {article(distribution_of(variable))} prior, which cannot be drawn from"
        except Exception as error:  # whatever a learner's prior makes NumPy say
            return f"{variable.name} cannot be drawn from its prior ({str(error).splitlines()[0]})"
    return ""


def _difference(their: Likelihood, yardstick: Law, names: Names) -> str:
    for n in (FEWER, DRAWS):
        said, gap = difference(their.draw(n, 1), yardstick.likelihood.draw(n, 2), names)
        if gap > 0.02:
            break
    return f"{said}."


def _priors(found: Match) -> str:
    if not found.priors:
        return "its densities are the task's where the task has any, and it allows values that the task does not."
    return f"{'; '.join(_prior(their, our) for their, our in found.priors[:2])}."


def _prior(their: Term, our: Term) -> str:
    what = f"your {their.name}"
    if their.distribution != our.distribution:
        return f"{what} has {article(their.distribution)}, the task asks for {article(our.distribution)}"
    if their.numbers and our.numbers:
        return f"{what} is {_call(their)}, the task asks for {_call(our)}"
    return f"{what} is {article(our.distribution)} with other parameters than the task's"


def _call(term: Term) -> str:
    # PyMC keeps a location for the half distributions, and for an Exponential one over what one types.
    numbers = term.numbers or ()
    if term.distribution.startswith("Half") and len(numbers) > 1 and numbers[-2] == 0:
        numbers = (*numbers[:-2], numbers[-1])
    if term.distribution == "Exponential":
        return f"Exponential(scale={numbers[0]:g})"
    return f"{term.distribution}({', '.join(f'{number:g}' for number in numbers)})"

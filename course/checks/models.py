"""A judge for PyMC models: by their law, not by their form.

Two models are one for a task when the observed data, and what these need of the hierarchy, have one joint law under the
prior. In the task's own coordinates that is seen exactly, from log densities; in any others from many draws.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from course.checks.density import Density, Match, Term, compile_density, match, same_priors
from course.checks.law import DRAWS, FEWER, Law, Names, difference, slight
from course.checks.limit import Failed, on_copies
from course.checks.seen import Here, Seen, look
from course.checks.task import Judge
from course.checks.values import is_blank, show
from course.checks.worlds import (
    Likelihood,
    NotDrawnError,
    NotTogetherError,
    OtherFamilyError,
    article,
    likelihood,
)
from course.threads import one_blas_thread
from course.verdicts.findings import Finding, not_yet, right, wrong

if TYPE_CHECKING:
    import pymc as pm

Build = Callable[[], "pm.Model"]

_MOST_DATA = 100_000
_NEAR = (
    f"its law is near the task's and not it, as {DRAWS:,} draws from each prior show together; no single share of them "
    "that was compared tells."
)
_CLEAR = 0.015  # of a share in 50,000 draws the standard error is 0.002


@dataclass(frozen=True)
class WrongModel:
    """A usual wrong model, and what to say to whoever built one of its law.

    With ``prior`` nothing but a prior is wrong, with ``form`` nothing but the form.
    """

    build: Build
    why: str
    prior: bool = False
    form: bool = False


def _any(model: Seen) -> str:
    return ""


def posterior(
    *forms: Build, means: str, names: Names, mistakes: Sequence[WrongModel] = (), form: Callable[[Seen], str] = _any
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
    form : callable, optional
        Where the task asks for a form as well as for a law: returns what is against a model's form, or nothing.
    """

    @cache
    def density(build: Build) -> Density:
        return compile_density(build())

    @cache
    def law(build: Build) -> Law:
        return Law(likelihood(build()))

    @one_blas_thread
    def judge(given: object) -> Finding:
        if is_blank(given):
            return not_yet("Build the model in the cell above and run it.")
        if callable(given) and not isinstance(given, type):
            given = on_copies(given, ())
        if isinstance(given, Failed):
            return wrong(f"building it raised {given.text}.")
        if isinstance(given, tuple | list) and len(given) == 1:
            (given,) = given
        model = look(given)
        if model is None:
            return wrong(_no_model(given))
        if not model.size():
            return not_yet("The model has no variables so far.")
        with warnings.catch_warnings(action="ignore"):  # of PyTensor about compiling: nothing that a learner could mend
            return wrong(said) if (said := _about_data(model)) else _judge_model(model)

    def _judge_model(model: Seen) -> Finding:
        theirs = _density_of(model)
        found = []
        for form in forms:
            one = theirs and match(theirs, density(form))
            if one == Match():
                return right(means)
            found += [one] if one else []
        yardstick = law(forms[0])
        try:
            their = model.likelihood()
            paired = pair(their, yardstick)
            if isinstance(paired, str):
                return wrong(paired)
            theirs_paired, yardstick = paired
            fewest = min(found, key=lambda one: len(one.priors), default=None)
            if not (fewest and fewest.is_certain) and yardstick.is_law_of(theirs_paired):
                return _in_its_form(model, theirs)
            in_priors = fewest is not None and fewest.is_in_priors
            for mistake in mistakes:
                possible = mistake.prior or not (in_priors and fewest and fewest.is_certain)
                if possible and not mistake.form and _is_mistake(mistake, their, theirs):
                    return wrong(mistake.why)
            if fewest and in_priors:
                return wrong(_priors(fewest, theirs.folded() if theirs else ()))
            if theirs_paired is not their and yardstick.is_law_of(their, FEWER):
                return wrong("its data stand in another order than the task's, and the rest does not.")
            said = _difference(theirs_paired, yardstick, names) or (
                _priors(fewest, theirs.folded() if theirs else ()) if fewest else ""
            )
            return wrong(_counted_first(model, said) if said else _slight(theirs_paired, yardstick, names))
        except NotDrawnError as error:
            return _undrawn(model, theirs, found, error)

    def _counted_first(model: Seen, said: str) -> str:
        """Say what is drawn in it, where there is no form of the task's model in which so many numbers are."""
        their, own = model.needed(), [(one.kinds(), one.needed()) for one in (Here(build()) for build in forms)]
        if any(sum(drawn.values()) == sum(their.values()) for _, drawn in own):
            return said
        alike = [drawn for kinds, drawn in own if kinds == model.kinds()] or [drawn for _, drawn in own]
        near = min(alike, key=lambda drawn: abs(sum(drawn.values()) - sum(their.values())))
        drawn = f"behind its data it draws {_listed(their)}; the task's model, {_listed(near)}."
        return f"{drawn} {said[0].upper()}{said[1:]}"

    def _in_its_form(model: Seen, theirs: Density | None) -> Finding:
        if not (against := form(model)):
            return right(means)
        return wrong(_exactly(theirs, [mistake for mistake in mistakes if mistake.form]) or against)

    def _exactly(theirs: Density | None, of: Sequence[WrongModel] = mistakes) -> str:
        """What is said to the mistake that has the learner's density, or nothing."""
        return next((m.why for m in of if theirs and match(theirs, density(m.build)) == Match()), "")

    def _is_mistake(mistake: WrongModel, their: Likelihood, theirs: Density | None) -> bool:
        try:
            paired = pair(their, law(mistake.build))
            return not isinstance(paired, str) and paired[1].is_law_of(paired[0], FEWER)
        except NotDrawnError:
            return theirs is not None and match(theirs, density(mistake.build)) == Match()

    def _undrawn(model: Seen, theirs: Density | None, found: Sequence[Match], why: NotDrawnError) -> Finding:
        """Where there are no worlds to compare, only the task's own coordinates are left."""
        if why_not := _exactly(theirs):
            return wrong(why_not)
        if found:
            return wrong(_priors(found[0]))
        if model.has_potential():
            if _is_ours_without_potentials(model):
                return wrong("without its Potential this is the task's model; with it the priors are others.")
            if theirs and any(same_priors(theirs, density(form)) for form in forms):
                return wrong(
                    "its log density is not the task's in these variables, and in others no Potential can be judged."
                )
            return not_yet("It has a Potential, which no world can be drawn from: write it as a distribution.")
        if any("lkj" in distribution.casefold() for distribution in model.distributions()):
            return wrong("a correlation is drawn in it, by an LKJ prior; in the task nothing correlates its effects.")
        if isinstance(why, NotTogetherError) and not model.fault():
            return not_yet(
                "This check cannot draw many worlds at once from it. Write it with the task's distributions."
            )
        if isinstance(why, OtherFamilyError):
            observed, wanted = sum(model.observed()), len(law(forms[0]).likelihood.data)
            if len(model.observed()) > 1 and observed != wanted:
                return wrong(f"it observes {_count(observed)}, the task has {wanted}.")
            return wrong(f"{why}, in the task it has {article(law(forms[0]).likelihood.kind)}.")
        return wrong(f"{model.fault() or why}.")

    def _is_ours_without_potentials(model: Seen) -> bool:
        try:
            paired = pair(model.likelihood(potentials=False), law(forms[0]))
            return not isinstance(paired, str) and paired[1].is_law_of(paired[0], FEWER)
        except NotDrawnError:
            return False

    return judge


def _density_of(model: Seen) -> Density | None:
    try:
        return model.density()
    except Exception:  # whatever PyMC says of a prior without a density: the draws are left
        return None


def _no_model(given: object) -> str:
    import pymc as pm

    if isinstance(given, tuple | list | dict | set):
        held = list(given.values()) if isinstance(given, dict) else list(given)
        if held and all(look(one) for one in held):
            return f"one model is wanted, and these are {len(held)}; hand in one of them."
    if isinstance(given, type) and issubclass(given, pm.Model):
        return "that is the class pm.Model itself; hand in the model that you built with it."
    return f"a pm.Model is wanted, and this is {show(given)}."


def _about_data(model: Seen) -> str:
    """Say what is wrong with the data of a model, before anything is drawn or compiled."""
    missing = [name.removesuffix("_unobserved") for name in model.free() if name.endswith("_unobserved")]
    if missing:
        return f"some of the data of {missing[0]} are missing (masked, or NaN), and PyMC draws them."
    if not model.observed() and not model.has_potential():
        return "nothing is observed in it: hand the data to the likelihood with `observed=`."
    if unnamed := model.outside():
        return f"it uses {article(unnamed)} that is no variable of it: what `.dist()` returns has no place in a model."
    if (observed := sum(model.observed())) > _MOST_DATA:
        return f"it observes {observed:,} numbers; those are not the data of the task."
    return ""


def pair(their: Likelihood, yardstick: Law) -> tuple[Likelihood, Law] | str:
    """Match their data with those of the yardstick, in its order.

    Where it is needed, rows that share a rate in every draw are one count, and counts of no trials are left out.

    Returns
    -------
    tuple of Likelihood and Law, or str
        The latter where the data are others: in what.
    """
    our = yardstick.likelihood
    if their.kind != our.kind:
        return f"its data have {article(their.kind)} distribution given the rest, the task's {article(our.kind)}."
    for theirs, ours in _views(their, our):
        if (places := _order(theirs, ours)) is not None:
            in_order = theirs if np.array_equal(places, np.arange(len(places))) else theirs.chosen(places)
            return in_order, yardstick if len(ours.data) == len(our.data) else Law(ours)
    if our.trials is None or their.trials is None:
        return _other_data("the data", their.data, our.data)
    if _same(np.sort(their.data), np.sort(our.trials)) and _same(np.sort(their.trials), np.sort(our.data)):
        return "its data are the numbers of trials, and its numbers of trials the data."
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


def _views(their: Likelihood, our: Likelihood) -> Iterator[tuple[Likelihood, Likelihood]]:
    """The data as they are, merged, and those that were tried: merging draws, so that it waits until it is needed."""
    yield their, our
    theirs, ours = their.merged(), our.merged()
    yield theirs, ours
    yield theirs.tried(), ours.tried()


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


def _difference(their: Likelihood, yardstick: Law, names: Names) -> str:
    found = difference(their.draw(FEWER, 1), yardstick.likelihood.draw(FEWER, 2), names)
    if found.gap < _CLEAR:
        return ""
    # Where they are farthest apart in some draws, they are a little less so in others: say what these show.
    return f"{found.tell(their.draw(2 * FEWER, 3), yardstick.likelihood.draw(2 * FEWER, 4))}."


def _slight(their: Likelihood, yardstick: Law, names: Names) -> str:
    found = slight(their, yardstick.likelihood, names)
    return f"{found}." if found else _NEAR


def _listed(drawn: Mapping[str, int]) -> str:
    words = [name if size == 1 else f"{name} ({size} numbers)" for name, size in drawn.items()]
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]])) or "nothing"


def _priors(found: Match, folded: Collection[str] = ()) -> str:
    if not found.priors:
        return "its densities are the task's where the task has any, and it allows values that the task does not."
    if len(found.priors) == 1:
        ((their, our),) = found.priors
        return f"your {their.name} {_prior(their, our, their.name in folded)}."
    # What a variable is for is seen from the rest of the model, and not from its name.
    swapped = {_written(their) for their, _ in found.priors} == {_written(our) for _, our in found.priors}
    places = "; ".join(
        f"where the task has {_written(our)}, yours has {their.name} ~ {_written(their)}"
        for their, our in found.priors[:2]
    )
    return f"{'priors, or what they are used for, are swapped: ' if swapped else ''}{places}."


_FOLDED = {"Normal": "HalfNormal", "Cauchy": "HalfCauchy", "Laplace": "Exponential"}


def _prior(their: Term, our: Term, folded: bool) -> str:
    size = _FOLDED.get(their.distribution)
    if folded and size == our.distribution and their.numbers and their.numbers[0] == 0:
        term = replace(their, distribution=size, numbers=their.numbers[1:])
        return f"is used by its size, {_written(term)}; the task asks for {_written(our)}"
    if their.distribution != our.distribution:
        return f"has {article(their.distribution)} whose law is not that of the task's {_written(our, '')}"
    if their.numbers and our.numbers:
        return f"is {_written(their)}, the task asks for {_written(our)}"
    others = [(t, o) for t, o in zip(their.constants, our.constants, strict=True) if t != o]
    if len(others) == 1 and None not in others[0]:
        return f"is {article(our.distribution)} with {others[0][0]:.4g} where the task has {others[0][1]:.4g}"
    return f"is {article(our.distribution)} with other parameters than the task's"


def _written(term: Term, a: str = "a ") -> str:
    # PyMC keeps a location for the half distributions, and for an Exponential one over what one types.
    numbers = term.numbers
    if numbers is None:
        return article(term.distribution) if a else term.distribution
    if term.distribution.startswith("Half") and len(numbers) > 1 and numbers[-2] == 0:
        numbers = (*numbers[:-2], numbers[-1])
    if term.distribution == "Exponential":
        return f"Exponential(scale={numbers[0]:.4g})"
    return f"{term.distribution}({', '.join(f'{number:.4g}' for number in numbers)})"

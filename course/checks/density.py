"""Log densities of PyMC models, compared at points of the prior, on the scale of the parameters and not the sampler's.

The variables of two models are matched by shape, and by name where that decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice, permutations, product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from course.checks.worlds import distribution_of
from course.checks.worlds import known as value_of
from course.validate import FloatArray

if TYPE_CHECKING:
    import pymc as pm

_SEED = 20260101
_FEW, _SOME, _MANY = 2, 30, 400  # a part of the prior of 1% is looked at in many with probability 0.98
_LOST, _ROUGH = -200.0, 5e-3  # log densities
_MOST_MATCHINGS, _TRIED = 720, 24  # those that are not tried are left to `law`

Point = dict[str, FloatArray]


@dataclass(frozen=True)
class Term:
    """One factor of a joint density: its variable, and the distribution with its numbers where these are fixed.

    A ``root`` is a free variable whose prior depends on no other variable. Of ``constants`` those are None that are
    drawn, or several.
    """

    name: str
    distribution: str
    numbers: tuple[float, ...] | None
    root: bool
    constants: tuple[float | None, ...] = ()


@dataclass(frozen=True, eq=False)
class Density:
    """A model, compiled.

    ``evaluate`` takes a point, on the scale of the parameters, and returns the log density of every term; ``known``
    returns so many points drawn from the prior, by name of the free variable, each with its terms' log densities, shape
    (n_points, n_terms); ``shapes`` are those of the free variables; ``folded`` names those of which only the size is
    used.
    """

    terms: tuple[Term, ...]
    shapes: dict[str, tuple[int, ...]]
    evaluate: Callable[[Point], FloatArray]
    known: Callable[[int], tuple[list[Point], FloatArray]]
    folded: Callable[[], frozenset[str]]


def compile_density(model: pm.Model) -> Density:
    """Compile a model's log density, without machine code: that takes milliseconds instead of seconds.

    Parameters
    ----------
    model : pymc.Model
        Left as it is.
    """
    from pymc.logprob.utils import ParameterValueError
    from pymc.model.transform.conditioning import remove_value_transforms

    plain = remove_value_transforms(model)
    terms_of: Any = plain.logp(sum=False, jacobian=False)
    logp = plain.compile_fn(terms_of, inputs=plain.value_vars, point_fn=False, mode=_stable(), on_unused_input="ignore")
    names = [value.name for value in plain.value_vars]

    def evaluate(point: Point) -> FloatArray:
        try:
            with np.errstate(all="ignore"):
                return np.array([float(np.sum(term)) for term in logp(*(point[name] for name in names))])
        except ParameterValueError:  # a negative tau, say, when variables are matched the wrong way round
            return np.full(len(terms), np.nan)

    sources = [*plain.free_RVs, *plain.observed_RVs, *plain.potentials]  # the order in which logp lists its terms
    roots = {rv.name for rv in plain.free_RVs} - set(dependent(plain))
    terms = tuple(_term(source, source.name in roots) for source in sources)
    start = plain.initial_point()
    shapes = {rv.name: tuple(np.shape(start[rv.name])) for rv in plain.free_RVs}

    @cache
    def known(n: int) -> tuple[list[Point], FloatArray]:
        points = _prior_draws(plain, n)
        return points, np.array([evaluate(point) for point in points])

    @cache
    def folded() -> frozenset[str]:
        try:
            points, values = known(_FEW)
        except (NotImplementedError, ValueError):
            return frozenset()
        found = []
        for i, name in enumerate(shapes):  # in the order of the terms
            turned = np.array([evaluate({**point, name: -point[name]}) for point in points])
            if np.allclose(np.delete(turned, i, 1), np.delete(values, i, 1), rtol=1e-9):
                found.append(name)
        return frozenset(found)

    return Density(terms, shapes, evaluate, known, folded)


def _stable() -> Any:
    """Compile nothing and rewrite only what would lose digits, such as the logarithm of a rate next to 1."""
    from pytensor.compile.mode import Mode
    from pytensor.graph.rewriting.db import RewriteDatabaseQuery

    plain: Any = Mode
    return plain(linker="py", optimizer=RewriteDatabaseQuery(include=["stabilize"]))


def _prior_draws(model: pm.Model, n: int) -> list[Point]:
    import pymc as pm

    try:
        drawn = pm.draw(model.free_RVs, draws=n, random_seed=_SEED, mode="FAST_COMPILE")
    except ValueError:  # some of its worlds there are not: fewer points, then, where these are
        if n == _FEW:
            raise
        return _prior_draws(model, max(_FEW, n // 10))
    names = [rv.name for rv in model.free_RVs]
    return [dict(zip(names, (np.asarray(values[i]) for values in drawn), strict=True)) for i in range(n)]


def dependent(model: pm.Model) -> list[str]:
    """Return the names of the free variables whose prior depends on another free variable."""
    from pytensor.graph.traversal import ancestors

    free = set(model.free_RVs)
    return [rv.name for rv in model.free_RVs if any(a in free for a in ancestors([rv]) if a is not rv)]


def needed(model: pm.Model) -> dict[str, int]:
    """Return how many numbers each free variable has that reaches the data, by name."""
    from pytensor.graph.traversal import ancestors

    reached = set(ancestors(model.observed_RVs))
    start = model.initial_point()
    sizes = {rv: start[model.rvs_to_values[rv].name] for rv in model.free_RVs if rv in reached}
    return {rv.name: int(np.size(size)) for rv, size in sizes.items()}


def _term(variable: Any, root: bool) -> Term:
    operation: Any = getattr(variable.owner, "op", None)
    if not hasattr(operation, "dist_params"):
        return Term(variable.name, "Potential", None, root)
    parameters = operation.dist_params(variable.owner)
    fixed = root and all(parameter.ndim == 0 for parameter in parameters)
    numbers = tuple(float(value_of(p)) for p in parameters) if fixed else None
    return Term(variable.name, distribution_of(variable), numbers, root, tuple(map(_constant, parameters)))


def _constant(parameter: Any) -> float | None:
    from pytensor.tensor import basic
    from pytensor.tensor.exceptions import NotScalarConstantError

    tensors: Any = basic
    try:
        return float(tensors.get_underlying_scalar_constant_value(parameter))
    except NotScalarConstantError:
        return None


@dataclass(frozen=True)
class Match:
    """Two models in the same coordinates: which variables differ, theirs and ours; none where the models are the same.

    ``beyond`` says that theirs differ only in that they allow values which ours do not.
    """

    priors: tuple[tuple[Term, Term], ...] = ()
    beyond: bool = False

    @property
    def is_certain(self) -> bool:
        """Whether another law follows: what one variable's distribution does, no other makes up for."""
        return self.beyond or len(self.priors) == 1

    @property
    def is_in_priors(self) -> bool:
        """Whether only variables differ that depend on no other."""
        return all(their.root and our.root for their, our in self.priors)


def match(theirs: Density, ours: Density) -> Match | None:
    """Compare two models by their log densities, variables paired in every way.

    Parameters
    ----------
    theirs, ours : Density
        The models.

    Returns
    -------
    Match or None
        None where the variables have other shapes, or more than the distributions of variables differs: then the models
        may still be one, in other coordinates.
    """
    if not ours.shapes or sorted(theirs.shapes.values()) != sorted(ours.shapes.values()):
        return None
    fewest: Match | None = None
    for names in matchings(theirs, ours):
        found = _match(theirs, ours, names)
        if found == Match():
            return found
        if found and (fewest is None or len(found.priors) < len(fewest.priors)):
            fewest = found
    return fewest


def _match(theirs: Density, ours: Density, names: dict[str, str]) -> Match | None:
    for n in (_SOME if _has_potential(theirs) else _FEW, _MANY):  # most pairings end after few
        points, wanted = ours.known(n)
        near = _near(theirs, wanted)
        if np.sum(near) < _FEW:
            if n == _MANY:
                return None
            continue
        points, wanted = [p for p, kept in zip(points, near, strict=True) if kept], wanted[near]
        got = np.array([theirs.evaluate(renamed(point, names)) for point in points])
        scale = wanted.sum(axis=1)
        whole = got.sum(axis=1) - scale
        data = got[:, len(names) :].sum(axis=1) - wanted[:, len(names) :].sum(axis=1)
        rough = _ROUGH * _has_potential(theirs)
        if not is_constant(whole, scale, rough) and not is_constant(data, scale, rough):
            return None
    if is_constant(whole, scale, rough):
        same = _same_where_they_are(theirs, ours, names, whole[0], scale)
        return Match() if same else _beyond(theirs, ours, names)
    rank = {term.name: i for i, term in enumerate(ours.terms)}
    free = [(i, their, rank[names[their.name]]) for i, their in enumerate(theirs.terms[: len(names)])]
    off = [(their, ours.terms[j]) for i, their, j in free if not is_constant(got[:, i] - wanted[:, j], wanted[:, j])]
    found = Match(tuple(off))
    return found if found.is_certain or found.is_in_priors else None


def _pairs(
    theirs: Density, ours: Density, names: dict[str, str], differ: Callable[[Term, Term], bool]
) -> tuple[tuple[Term, Term], ...]:
    own = {term.name: term for term in ours.terms if term.root}
    paired = [(term, own[names[term.name]]) for term in theirs.terms if term.root and names[term.name] in own]
    return tuple((their, our) for their, our in paired if differ(their, our))


def _beyond(theirs: Density, ours: Density, names: dict[str, str]) -> Match | None:
    """Name the variables that take values which ours do not; None where only their size is used, as in abs(c)."""
    try:
        points, _ = theirs.known(_SOME)
    except (ValueError, NotImplementedError):  # worlds that there are not, a spread below 0; or a flat prior
        different = lambda their, our: their.distribution != our.distribution  # noqa: E731
        return Match(_pairs(theirs, ours, names, different), beyond=True)
    own, rank = ours.known(_SOME)[0], {term.name: i for i, term in enumerate(ours.terms)}

    def leaves(name: str) -> bool:
        """Whether their values of this variable, the others as in our prior, are none of ours."""
        mixed = [{**mine, names[name]: their[name]} for mine, their in zip(own, points, strict=False)]
        return not all(np.isfinite(ours.evaluate(point)[rank[names[name]]]) for point in mixed)

    # One at a time: a negative scale makes all of a world impossible, and says nothing of its other variables.
    out = {our for name, our in names.items() if leaves(name)}
    wider = _pairs(theirs, ours, names, lambda _, our: our.name in out)
    return None if {their.name for their, _ in wider} <= theirs.folded() else Match(wider, beyond=True)


def _same_where_they_are(theirs: Density, ours: Density, names: dict[str, str], gap: float, scale: FloatArray) -> bool:
    """Look from their prior too: a Normal for tau is twice a HalfNormal where ours is, and goes on below 0."""
    try:
        points, values = theirs.known(_SOME)
    except NotImplementedError:  # a flat prior cannot be drawn from: look at the other side of 0 instead
        return _ends_where_ours_ends(theirs, ours, names)
    except ValueError:  # a spread below 0, say: such a prior makes worlds that there are not
        return False
    mine = np.array([ours.evaluate({names[name]: value for name, value in point.items()}) for point in points])
    near = _near(theirs, mine)
    mine = mine[near].sum(axis=1)
    difference = np.append(values[near].sum(axis=1) - mine, gap)
    return is_constant(difference, np.append(scale, mine), _ROUGH * _has_potential(theirs))


def _ends_where_ours_ends(theirs: Density, ours: Density, names: dict[str, str]) -> bool:
    for point, name in product(ours.known(_FEW)[0], ours.shapes):
        there = {**point, name: -point[name]}
        if not np.isfinite(ours.evaluate(there).sum()) and np.isfinite(theirs.evaluate(renamed(there, names)).sum()):
            return False
    return True


def _has_potential(density: Density) -> bool:
    return any(term.distribution == "Potential" for term in density.terms)


def _near(theirs: Density, ours: FloatArray) -> NDArray[np.bool_]:
    """Say which points are compared: all; of a Potential, those at which the data are not next to impossible.

    Of rates within rounding of 0 or 1 PyMC's likelihood says another number than a learner's own formula.
    """
    total = ours.sum(axis=1)
    return (total > _LOST) | ~np.isfinite(total) | (not _has_potential(theirs))


def same_priors(theirs: Density, ours: Density) -> bool:
    """Say whether the variables that depend on no other have the same priors in both, whatever their names."""
    roots = [sorted((t.distribution, t.numbers or ()) for t in density.terms if t.root) for density in (theirs, ours)]
    return roots[0] == roots[1] and sorted(theirs.shapes.values()) == sorted(ours.shapes.values())


def is_constant(difference: FloatArray, scale: FloatArray, rough: float = 0.0) -> bool:
    """Say whether differences of log densities are all the same, but for rounding at this scale."""
    if not np.all(np.isfinite(difference)):
        return False
    return bool(np.ptp(difference) <= max(rough, 1e-6 + 1e-11 * np.max(np.abs(scale))))


def renamed(point: Point, names: dict[str, str]) -> Point:
    """Return a point under their names, given ours by theirs."""
    return {theirs: point[ours] for theirs, ours in names.items()}


def matchings(theirs: Density, ours: Density) -> list[dict[str, str]]:
    """Return ways to pair their free variables with ours of the same shape: the likelier, the earlier.

    Likely is a pair with one name, or with one prior.
    """
    if set(theirs.shapes.items()) == set(ours.shapes.items()):
        return [{name: name for name in ours.shapes}]
    priors = {density: {t.name: (t.distribution, t.numbers) for t in density.terms} for density in (theirs, ours)}
    groups = []
    for shape in sorted(set(ours.shapes.values())):
        mine, their = ([name for name, own in d.shapes.items() if own == shape] for d in (ours, theirs))
        groups.append([list(zip(their, order, strict=True)) for order in islice(permutations(mine), _MOST_MATCHINGS)])
    found = [dict(chain(*parts)) for parts in islice(product(*groups), _MOST_MATCHINGS)]
    found.sort(key=lambda names: sum(t != o and priors[theirs][t] != priors[ours][o] for t, o in names.items()))
    return found[:_TRIED]

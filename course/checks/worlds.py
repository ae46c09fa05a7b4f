"""What the data of a model are drawn from, drawn from its prior: the same for every way to write the model.

A hierarchy may be written in many coordinates. What the observed data need of it are a centre and a spread, or a rate,
for each of them. Two models are one when these have the same joint law under the prior, and the data are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from course.validate import FloatArray

if TYPE_CHECKING:
    import pymc as pm

# What NumPy says of parameters, which it names by its own names.
_REFUSED = {
    "a <= 0": "the first parameter of a Beta is 0 or negative (a <= 0)",
    "b <= 0": "the second parameter of a Beta is 0 or negative (b <= 0)",
    "scale < 0": "a standard deviation or scale is negative (scale < 0)",
    "shape < 0": "the shape of a Gamma is negative (shape < 0)",
}

Kind = Literal["Normal", "Binomial"]

_CHUNK = 50_000
_DEEPEST = 200  # distributions made of others in one model
_MOST_VARIABLES = 20_000
_EDGE = 1e-15  # rates closer to 0 or 1 than this are the same as it, in double precision


class NotDrawnError(Exception):
    """A world cannot be drawn from the model's prior; the message is a clause that says why."""


class NotTogetherError(NotDrawnError):
    """One world can be drawn at a time, which takes too long."""


class OtherFamilyError(NotDrawnError):
    """The data are neither normal nor counts of successes."""


@dataclass(frozen=True)
class Worlds:
    """What the data need in some draws from the prior, shape (n_draws, n_data) each; ``spread`` of Normals alone."""

    centre: FloatArray
    spread: FloatArray | None

    @property
    def columns(self) -> FloatArray:
        """All of it on the whole line: centres and log spreads, or log odds, shape (n_draws, n_columns)."""
        with np.errstate(all="ignore"):
            if self.spread is not None:
                return np.hstack([self.centre, np.log(self.spread)])
            rate = np.clip(self.centre, _EDGE, 1 - _EDGE)
            return np.log(rate) - np.log1p(-rate)


@dataclass(frozen=True)
class Likelihood:
    """The observed part of a model.

    ``data`` has shape (n_data,), and ``trials`` too where these are counts. ``draw`` takes how many worlds, and a seed.
    """

    kind: Kind
    data: FloatArray
    trials: FloatArray | None
    draw: Callable[[int, int], Worlds]

    def chosen(self, places: NDArray[np.intp]) -> Likelihood:
        """Return the same with these of its data, in this order."""

        def draw(n: int, seed: int) -> Worlds:
            worlds = self.draw(n, seed)
            return Worlds(worlds.centre[:, places], None if worlds.spread is None else worlds.spread[:, places])

        trials = None if self.trials is None else self.trials[places]
        return Likelihood(self.kind, self.data[places], trials, draw)

    def merged(self) -> Likelihood:
        """Make one count of the rows that share a rate in every draw: Bernoulli rows of a city are its Binomial."""
        if self.trials is None:
            return self
        few = self.draw(8, 1).centre
        _, first, group = np.unique(few, axis=1, return_index=True, return_inverse=True)
        kept = np.sort(first)
        rank = np.searchsorted(kept, first)[group.ravel()]
        data, trials = (np.bincount(rank, counts) for counts in (self.data, self.trials))
        return Likelihood(self.kind, data, trials, self.chosen(kept).draw)

    def tried(self) -> Likelihood:
        """Leave out counts of no trials, which are 0 in every world."""
        return self if self.trials is None else self.chosen(np.flatnonzero(self.trials))


@dataclass(frozen=True)
class _Part:
    """One observed variable: its data and trials, flat, and the graphs of what they are drawn from."""

    kind: Kind
    data: FloatArray
    trials: FloatArray
    centre: Any
    spread: Any


def likelihood(model: pm.Model, *, potentials: bool = True) -> Likelihood:
    """Return what a model observes, and how to draw what that needs.

    Parameters
    ----------
    model : pymc.Model
        Left as it is.
    potentials : bool
        False to look at the model without its Potentials.

    Raises
    ------
    NotDrawnError
        If its data are neither normal nor counts of successes, or its prior cannot be drawn.
    """
    if model.potentials and potentials:
        raise NotDrawnError("it has a Potential, which changes the prior and cannot be drawn from")
    parts = [_part(model, variable) for variable in model.observed_RVs]
    kinds = {part.kind for part in parts}
    if len(kinds) != 1:
        raise OtherFamilyError("it observes data of two kinds")
    (kind,) = kinds
    data = np.concatenate([part.data for part in parts])
    _refuse_size(model)
    sample = _sampler(parts, kind)
    if kind == "Normal":
        return Likelihood(kind, data, None, sample)
    trials = np.concatenate([part.trials for part in parts])
    return Likelihood(kind, data, trials, sample)


def _part(model: pm.Model, variable: Any) -> _Part:
    import pymc as pm
    import pytensor.tensor

    pt: Any = pytensor.tensor
    node = variable.owner
    name = distribution_of(variable)
    data = np.asarray(known(model.rvs_to_values[variable]), float)
    parameters: Any = node.op.dist_params(node) if hasattr(node.op, "dist_params") else ()
    trials = np.ones_like(data)
    match name:
        case "Normal":
            centre, spread = parameters
        case "MultivariateNormal":
            centre, covariance = parameters
            spread = pt.sqrt(pt.diagonal(covariance, axis1=-2, axis2=-1))
            _refuse_correlation(variable.name, covariance)
        case "Bernoulli":
            (centre,), spread = parameters, None
        case "Binomial":
            (n, centre), spread = parameters, None
            trials = np.broadcast_to(_constant(n), data.shape).astype(float)
        case "Multinomial" | "DirichletMultinomial" if data.shape[-1] == 2:
            (n, p), spread = parameters, None
            data = data[..., 0]
            first, rest = pt.as_tensor(p)[..., 0], pt.as_tensor(p)[..., 1]
            centre = first if name == "Multinomial" else pm.Beta.dist(first, rest, size=data.shape)
            trials = np.broadcast_to(_constant(n), data.shape).astype(float)
        case "BetaBinomial":
            (n, alpha, beta), spread = parameters, None
            centre = pm.Beta.dist(alpha, beta, size=data.shape)
            trials = np.broadcast_to(_constant(n), data.shape).astype(float)
        case _:
            raise OtherFamilyError(f"its {variable.name} has {article(name)} distribution given the rest")
    kind: Kind = "Binomial" if spread is None else "Normal"
    return _Part(kind, data.ravel(), trials.ravel(), (centre, data.shape), (spread, data.shape))


def _refuse_size(model: pm.Model) -> None:
    from pytensor.graph.traversal import ancestors

    needed = set(ancestors(model.observed_RVs))
    shapes = [rv.type.shape if None not in rv.type.shape else rv.shape.eval() for rv in model.free_RVs if rv in needed]
    sizes = [int(np.prod(shape)) for shape in shapes]
    if sum(sizes) > _MOST_VARIABLES:
        raise NotTogetherError(f"its data depend on {sum(sizes):,} numbers that are drawn")


def _refuse_correlation(name: str, covariance: Any) -> None:
    (drawn,) = _compile([covariance])(8, 1)
    if np.abs(drawn - drawn * np.eye(drawn.shape[-1])).max() > 1e-9:
        raise OtherFamilyError(f"its {name} has a correlated MultivariateNormal distribution given the rest")


def _constant(n: Any) -> Any:
    from pytensor.graph.traversal import ancestors

    if any(is_random(variable) for variable in ancestors([n])):
        raise NotDrawnError("its number of trials is itself drawn")
    return known(n)


def known(variable: Any) -> Any:
    """Return the value of what is not drawn, without compiling where that can be."""
    if hasattr(variable, "data"):
        return variable.data
    return variable.get_value() if hasattr(variable, "get_value") else variable.eval()


def outside(model: pm.Model) -> str:
    """Name the distribution of something drawn that is no variable of the model, or nothing.

    What is handed to another distribution as a part of it, such as a component of a mixture, has its place there.
    """
    from pymc.distributions.distribution import SymbolicRandomVariable
    from pytensor.graph.traversal import ancestors
    from pytensor.tensor.shape import Shape, Shape_i

    own = set(model.basic_RVs)
    nodes = {v.owner for v in ancestors(model.basic_RVs) if v.owner}
    whole = (SymbolicRandomVariable, Shape, Shape_i)  # its shape may be asked for
    used = {given for node in nodes if not isinstance(node.op, whole) for given in node.inputs}
    drawn = (v for v in used if is_random(v) and v is v.owner.outputs[-1])
    return next((distribution_of(v) for v in drawn if v not in own), "")


def distribution_of(variable: Any) -> str:
    """Name the distribution of a random variable, as PyMC prints it."""
    return str(getattr(variable.owner.op, "_print_name", (type(variable.owner.op).__name__,))[0])


def article(name: str) -> str:
    """Put "a" or "an" before a name."""
    return f"{'an' if name[0] in 'AEIO' else 'a'} {name}"


def is_random(variable: Any) -> bool:
    """Say whether a variable of a graph is drawn."""
    from pymc.distributions.distribution import SymbolicRandomVariable
    from pytensor.tensor.random.op import RandomVariable

    return variable.owner is not None and isinstance(variable.owner.op, RandomVariable | SymbolicRandomVariable)


def _sampler(parts: Sequence[_Part], kind: Kind) -> Callable[[int, int], Worlds]:
    graphs = [graph for part in parts for graph in (part.centre, part.spread) if graph[0] is not None]
    compiled = _compile([graph for graph, _ in graphs])

    def one(n: int, seed: int) -> list[FloatArray]:
        flat = []
        for value, (graph, shape) in zip(compiled(n, seed), graphs, strict=True):
            batched = np.asarray(value, float)
            own = batched.ndim - graph.ndim  # 0 where nothing in it is drawn
            batched = batched.reshape(
                *(batched.shape[:own] or (1,)), *(1,) * (len(shape) - graph.ndim), *batched.shape[own:]
            )
            flat.append(np.broadcast_to(batched, (n, *shape)).reshape(n, -1))
        return flat

    def draw(n: int, seed: int) -> Worlds:
        pieces = [one(min(_CHUNK, n - start), seed + start) for start in range(0, n, _CHUNK)]
        values = [np.concatenate(column) for column in zip(*pieces, strict=True)]
        if kind == "Normal":
            return Worlds(np.hstack(values[::2]), np.hstack(values[1::2]))
        return Worlds(np.hstack(values), None)

    return draw


def _compile(outputs: Sequence[Any]) -> Callable[[int, int], list[Any]]:
    """Compile many draws at once, without machine code: some tens of milliseconds."""
    import pytensor.tensor as pt
    from pymc.pytensorf import compile as compile_graph
    from pymc.pytensorf import reseed_rngs
    from pytensor.compile.mode import Mode

    plain: Any = Mode
    n = pt.iscalar("n")
    try:
        batched = _batched(outputs, n)
        drawn, updates = compile_graph(
            [n],
            batched,
            random_seed=False,
            return_updates=True,
            mode=plain(linker="py", optimizer=None),
            on_unused_input="ignore",
        )
    except Exception as error:  # what PyTensor says of a part that it cannot draw many of at once
        raise NotTogetherError("this check cannot draw many worlds of it at once") from error

    def draw(count: int, seed: int) -> list[Any]:
        reseed_rngs(list(updates), seed)
        try:
            with np.errstate(all="ignore"):
                return list(drawn(count))
        except NotImplementedError as error:
            raise NotDrawnError("its prior has a part that cannot be drawn, such as a flat one") from error
        except Exception as error:  # whatever a learner's prior makes NumPy say
            what = (str(error) or type(error).__name__).splitlines()[0]
            raise NotDrawnError(f"in some draws from its prior {_REFUSED.get(what, what)}") from error

    return draw


def _batched(outputs: Sequence[Any], n: Any) -> list[Any]:
    """Return the graphs with a leading axis of n independent draws; what nothing random reaches stays as it is.

    As `pytensor.graph.vectorize_graph`, which fails where a first parameter is a constant and another is drawn.
    """
    import pytensor.tensor
    from pymc.distributions.shape_utils import change_dist_size
    from pytensor.graph.replace import _vectorize_node
    from pytensor.graph.traversal import toposort
    from pytensor.tensor.random.op import RandomVariable

    tensors: Any = pytensor
    pt = tensors.tensor
    new: dict[Any, Any] = {}
    outputs = _inlined(outputs)
    node: Any
    for node in toposort(list(outputs)):
        op = node.op
        random = any(is_random(output) for output in node.outputs)
        if not any(given in new for given in node.inputs):
            for output in node.outputs if random else ():
                if isinstance(output.type, pt.TensorType):
                    new[output] = change_dist_size(output, (n,), expand=True)
            continue
        inputs = [new.get(given, given) for given in node.inputs]
        if random and isinstance(node.op, RandomVariable):
            _, size, *parameters = inputs
            size = pt.concatenate([n[None], pt.as_tensor(node.outputs[1].shape)[: op.batch_ndim(node)]])
            rng = tensors.shared(np.random.default_rng())
            new[node.outputs[1]] = op.make_node(rng, size, *_aligned(node, parameters)).outputs[1]
            continue
        found: Any = _vectorize_node(node.op, node, *inputs)
        for old, out in zip(node.outputs, getattr(found, "outputs", found), strict=True):
            new[old] = out
    return [new.get(output, output) for output in outputs]


def _inlined(outputs: Sequence[Any]) -> list[Any]:
    """Replace what is drawn by a graph of its own, such as a LogitNormal, by that graph."""
    from pymc.distributions.distribution import SymbolicRandomVariable
    from pytensor.graph.replace import graph_replace
    from pytensor.graph.traversal import toposort

    for _ in range(_DEEPEST):
        nodes = [node for node in toposort(list(outputs)) if isinstance(node.op, SymbolicRandomVariable)]
        if not nodes:
            break
        node: Any = nodes[0]
        graph = node.op.fgraph.unfreeze()
        # Not `clone_replace`: it would copy what the node is given too, and two nodes would no longer share their tau.
        inner = graph_replace(list(graph.outputs), dict(zip(graph.inputs, node.inputs, strict=True)), strict=False)
        outputs = graph_replace(list(outputs), dict(zip(node.outputs, inner, strict=True)), strict=False)
    return list(outputs)


def _aligned(node: Any, parameters: Sequence[Any]) -> list[Any]:
    """Put missing axes behind the draws' axis: a tau in each draw is (n, 1) beside effects of shape (n, 8)."""
    import pytensor.tensor as pt

    batch = node.op.batch_ndim(node)
    aligned = []
    for new, old, core in zip(parameters, node.op.dist_params(node), node.op.ndims_params, strict=True):
        lacking = batch - (old.type.ndim - core)
        if new.type.ndim > old.type.ndim and lacking > 0:
            new = pt.expand_dims(new, tuple(range(1, 1 + lacking)))
        aligned.append(new)
    return aligned

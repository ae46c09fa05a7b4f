"""One world of a PyMC model: truth from its prior, data from its likelihood, draws by the sampler of `pm.sample`.

`pm.sample` of PyMC 6 calls nutpie. It is called here directly, so that a model is compiled once and each world only
swaps the data: the constant that the model observes becomes a shared variable with the same values.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import nutpie
import pymc as pm
import pytensor
from arviz_stats.base import array_stats
from numpy.typing import NDArray
from pymc.pytensorf import find_rng_nodes, reseed_rngs

from benchmarks.calibrated.exactly import DRAWS, Draw

CHAINS, TUNE, KEPT, EVERY = 4, 500, 500, 20  # every 20th of 4 x 500, without the last: 99, so that a rank is 0 to 99


class World(NamedTuple):
    """Rank of each truth among 99 draws, 0 to 99; divergences; the smallest effective size of the 2,000 draws."""

    ranks: tuple[int, ...]
    divergent: int = 0
    effective: int = DRAWS


Fit = Callable[[np.random.SeedSequence], World]


def exactly(draw: Draw, watch: tuple[str, ...]) -> Fit:
    """Worlds of a posterior whose draws are independent."""

    def fit(seed: np.random.SeedSequence) -> World:
        found = draw(np.random.default_rng(seed))
        return World(tuple(int(np.sum(found[name][1] < found[name][0])) for name in watch))

    return fit


def sampled(model: pm.Model, watch: tuple[str, ...], accept: float) -> Fit:
    """Worlds of a model, compiled once."""
    data = _shared(model)
    places = {name: place(name) for name in watch}
    names = sorted({variable for variable, _ in places.values()})
    draw = _forward(model, names, list(data))
    compiled = nutpie.compile_pymc_model(model, var_names=names)

    def fit(seed: np.random.SeedSequence) -> World:
        forward, chains = (int(part.generate_state(1, np.uint32)[0]) for part in seed.spawn(2))
        truth = draw(forward)
        world = compiled.with_data(**{shared.name: truth[name] for name, shared in data.items()})
        trace = nutpie.sample(
            world, draws=KEPT, tune=TUNE, chains=CHAINS, cores=1, seed=chains, target_accept=accept,
            save_warmup=False, progress_bar=False,
        )  # fmt: skip
        ranks, sizes = [], []
        for variable, index in places.values():
            of = trace["posterior"][variable].values[(..., *index)]
            thin = of[:, EVERY - 1 :: EVERY].ravel()[:DRAWS]
            ranks.append(int(np.sum(thin < truth[variable][index])))
            sizes.append(array_stats.ess(of, chain_axis=0, draw_axis=1))
        diverging = int(trace["sample_stats"]["diverging"].values.sum())
        return World(tuple(ranks), diverging, int(np.nan_to_num(min(sizes))))

    return fit


def place(name: str) -> tuple[str, tuple[int, ...]]:
    """Variable and index that ``theta[0]`` or ``w[0,1]`` names."""
    variable, *rest = re.split(r"[\[\],]+", name.rstrip("]"))
    return variable, tuple(map(int, rest))


def _shared(model: pm.Model) -> dict[str, Any]:
    """Put a shared variable in the place of each observed constant; by name of the observed variable."""
    made = {}
    for variable in model.observed_RVs:
        constant = model.rvs_to_values[variable]
        values = np.asarray(constant.data)
        shared = pytensor.shared(values, name=f"{variable.name}_seen", shape=values.shape)
        model.rvs_to_values[variable] = shared
        model.values_to_rvs.pop(constant)
        model.values_to_rvs[shared] = variable
        made[str(variable.name)] = shared
    return made


def _forward(model: pm.Model, names: list[str], observed: list[str]) -> Callable[[int], dict[str, NDArray[Any]]]:
    """One draw of everything from the prior, for a seed."""
    wanted = [*names, *observed]
    outputs = [model[name] for name in wanted]
    streams = find_rng_nodes(outputs)
    function = pm.compile([], outputs)

    def draw(seed: int) -> dict[str, NDArray[Any]]:
        reseed_rngs(streams, seed)
        return dict(zip(wanted, map(np.asarray, function()), strict=True))

    return draw

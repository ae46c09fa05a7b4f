"""In the kernel: other random numbers for the same notebook. No notebook knows of it."""

import functools
import inspect
import numbers
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

VARIABLE = "COURSE_SEED_OFFSET"
# What a lesson seeds lies below: lessons that loop over seeds 100 to 199 must not meet the same worlds again.
STRIDE = 1_000_000
SAMPLERS = ("sample", "sample_posterior_predictive", "sample_prior_predictive", "draw")


def moved(seed: Any, offset: int) -> Any:
    """Return the seed that stands in for this one; a generator or None stays as it is."""
    if isinstance(seed, numbers.Integral) and not isinstance(seed, bool):
        return int(seed) + offset * STRIDE
    if isinstance(seed, Sequence) and not isinstance(seed, str) and seed:
        return [moved(seed[0], offset), *seed[1:]]
    return seed


def _from_notebook(depth: int = 2) -> bool:
    """Whether a cell called: what the library seeds for itself, such as fixed quadrature points, stays."""
    return sys._getframe(depth).f_globals.get("__name__") == "__main__"


def install(offset: int) -> None:
    """Move the seeds that the notebook gives to NumPy and to PyMC from now on, in place of an earlier offset."""
    import pymc as pm

    plain = inspect.unwrap(np.random.default_rng)

    @functools.wraps(plain)
    def default_rng(seed: Any = None) -> np.random.Generator:
        return plain(moved(seed, offset) if _from_notebook() else seed)

    np.random.default_rng = default_rng
    for name in SAMPLERS:
        now = getattr(pm, name)
        setattr(pm, name, _moving(getattr(now, "plain", now), offset))


def _moving(sampler: Callable[..., Any], offset: int) -> Callable[..., Any]:
    @functools.wraps(sampler)
    def sample(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("random_seed") is not None and _from_notebook():
            kwargs["random_seed"] = moved(kwargs["random_seed"], offset)
        return sampler(*args, **kwargs)

    sample.plain = sampler  # type: ignore[attr-defined]
    return sample


def from_environment() -> None:
    """What the kernel's startup file calls."""
    offset = int(os.environ.get(VARIABLE, "0"))
    if offset:
        install(offset)

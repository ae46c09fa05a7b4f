"""What the judge of models asks of one, wherever it is: in this process, or in another that answers with data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, override

import numpy as np

from course.checks.density import Density, compile_density, dependent, needed
from course.checks.worlds import Likelihood, article, distribution_of, known, likelihood, outside

if TYPE_CHECKING:
    import pymc as pm


class Seen(ABC):
    """A model, as far as it is looked at; nothing changes it."""

    @abstractmethod
    def size(self) -> int:
        """Count its variables."""

    @abstractmethod
    def free(self) -> list[str]:
        """Name what is drawn."""

    @abstractmethod
    def distributions(self) -> list[str]:
        """Name the distributions of what is drawn."""

    @abstractmethod
    def observed(self) -> list[int]:
        """Count the numbers of each observed variable."""

    @abstractmethod
    def kinds(self) -> set[str]:
        """Name the distributions of what is observed."""

    @abstractmethod
    def has_potential(self) -> bool:
        """Say whether a Potential is in it."""

    @abstractmethod
    def outside(self) -> str:
        """Name the distribution of something that is drawn and no variable, or nothing."""

    @abstractmethod
    def needed(self) -> dict[str, int]:
        """Return how many numbers each free variable has that reaches the data."""

    @abstractmethod
    def dependent(self) -> list[str]:
        """Name the free variables whose prior depends on another free variable."""

    @abstractmethod
    def fault(self) -> str:
        """Name the first variable that cannot be drawn from the prior, and what was said to the attempt; or nothing."""

    @abstractmethod
    def density(self) -> Density:
        """Compile its log density."""

    @abstractmethod
    def likelihood(self, *, potentials: bool = True) -> Likelihood:
        """Return what it observes, and how to draw what that needs; `NotDrawnError` where that cannot be."""

    def strays(self) -> list[str]:
        """Name the free variables that reach no data."""
        reached = self.needed()
        return [name for name in self.free() if name not in reached]


class Here(Seen):
    """A model of this process."""

    def __init__(self, model: pm.Model) -> None:
        self._model = model

    @override
    def size(self) -> int:
        return len(self._model.basic_RVs)

    @override
    def free(self) -> list[str]:
        return [rv.name for rv in self._model.free_RVs]

    @override
    def distributions(self) -> list[str]:
        return [distribution_of(rv) for rv in self._model.free_RVs]

    @override
    def observed(self) -> list[int]:
        return [np.size(known(self._model.rvs_to_values[rv])) for rv in self._model.observed_RVs]

    @override
    def kinds(self) -> set[str]:
        return {distribution_of(rv) for rv in self._model.observed_RVs}

    @override
    def has_potential(self) -> bool:
        return bool(self._model.potentials)

    @override
    def outside(self) -> str:
        return outside(self._model)

    @override
    def needed(self) -> dict[str, int]:
        return needed(self._model)

    @override
    def dependent(self) -> list[str]:
        return dependent(self._model)

    @override
    def density(self) -> Density:
        return compile_density(self._model)

    @override
    def likelihood(self, *, potentials: bool = True) -> Likelihood:
        return likelihood(self._model, potentials=potentials)

    @override
    def fault(self) -> str:
        import pymc as pm

        for variable in self._model.free_RVs:
            try:
                pm.draw(variable, draws=200, mode="FAST_COMPILE", random_seed=1)
            except NotImplementedError:
                return f"its {variable.name} has {article(distribution_of(variable))} prior, which cannot be drawn from"
            except Exception as error:  # whatever a learner's prior makes NumPy say
                said = f"{variable.name} cannot be drawn from its prior ({str(error).splitlines()[0]})"
                return f"{said}{_below_zero(self._model, variable)}"
        return ""


def _below_zero(model: pm.Model, variable: Any) -> str:
    """Name the one number behind a variable that its prior makes negative, and how often."""
    import pymc as pm
    from pytensor.graph.traversal import ancestors

    behind = set(ancestors([variable])) - {variable}
    shares = {}
    for rv in model.free_RVs:
        if rv in behind and rv.ndim == 0:
            try:
                shares[rv.name] = float(np.mean(pm.draw(rv, draws=1000, mode="FAST_COMPILE", random_seed=1) < 0))
            except Exception:  # it hangs on one that cannot be drawn
                return ""
    negative = {name: share for name, share in shares.items() if share > 0}
    return "".join(f"; {name} is below 0 in {share:.0%} of its draws" for name, share in negative.items())


def look(given: object) -> Seen | None:
    """Look at what was handed in; None where it is no model."""
    import pymc as pm

    if isinstance(given, pm.Model):
        return Here(given)
    return given if isinstance(given, Seen) else None

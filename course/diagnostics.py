"""Has the sampler done its work? One call that says so, or raises and says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import arviz as az
import numpy as np

__all__ = ["Convergence", "ConvergenceError", "Effort", "convergence", "effort", "require_converged"]


class ConvergenceError(RuntimeError):
    """The draws do not yet describe the posterior."""


class Convergence(NamedTuple):
    """Worst values over all parameters looked at, with the parameter that has them."""

    max_rhat: float
    worst_rhat: str
    min_ess: float
    worst_ess: str
    divergences: int

    def __repr__(self) -> str:
        return (
            f"max R-hat {self.max_rhat:.3f} ({self.worst_rhat}), min ESS {self.min_ess:.0f} ({self.worst_ess}), "
            f"{self.divergences} divergences"
        )


def convergence(trace: Any, var_names: Sequence[str] | None = None) -> Convergence:
    """Worst R-hat, worst effective sample size (bulk or tail) and number of divergences.

    Parameters
    ----------
    trace : xarray.DataTree
        What ``pm.sample`` returned.
    var_names : sequence of str, optional
        Parameters to look at; None for all.

    References
    ----------
    Vehtari et al. (2021), Rank-normalization, folding, and localization, Bayesian Analysis 16(2), 667-718.
    """
    _check(trace)
    with np.errstate(invalid="ignore", divide="ignore"):  # a parameter that never moves: no variance to divide by
        rhat = _flatten(az.rhat(trace, var_names=var_names), undefined=np.inf)
        ess = {
            f"{method} of {name}": value
            for method in ("bulk", "tail")
            for name, value in _flatten(az.ess(trace, var_names=var_names, method=method), undefined=0.0).items()
        }
    worst_rhat, worst_ess = max(rhat, key=rhat.__getitem__), min(ess, key=ess.__getitem__)
    stats = trace.children.get("sample_stats", {})
    divergences = int(stats["diverging"].sum()) if "diverging" in stats else 0
    return Convergence(rhat[worst_rhat], worst_rhat, ess[worst_ess], worst_ess, divergences)


class Effort(NamedTuple):
    """What a parameter's draws cost: ``per_work`` is effective draws per 1000 leapfrog steps, on every computer alike.

    ``step`` is the mean over the chains, ``leapfrogs`` the mean number of leapfrog steps of a draw.
    """

    divergences: int
    step: float
    leapfrogs: float
    ess: float
    per_work: float


def effort(trace: Any, name: str) -> Effort:
    """Effective draws of one parameter, the worst of its components, and the leapfrog steps that they took.

    Parameters
    ----------
    trace : xarray.DataTree
        What ``pm.sample`` returned, with the statistics of the sampler.
    name : str
        The parameter.

    Raises
    ------
    ValueError
        If this is no trace, the parameter is not in it, or the sampler counted no steps.
    """
    _check(trace)
    names = [str(one) for one in trace["posterior"].data_vars]
    if name not in names:
        raise ValueError(f"name must be a parameter of the trace, got {name!r}; there are {', '.join(names)}")
    stats = trace.children.get("sample_stats", {})
    if "n_steps" not in stats:
        raise ValueError("trace must hold n_steps, the leapfrog steps of each draw; was it drawn by NUTS?")
    ess = min(_flatten(az.ess(trace, var_names=[name]), undefined=0.0).values())
    steps = stats["n_steps"].values
    work = 1000 * ess / float(steps.sum())
    divergences = int(stats["diverging"].sum())
    return Effort(divergences, float(stats["step_size"].mean()), float(steps.mean()), ess, work)


def _check(trace: Any) -> None:
    if "posterior" not in getattr(trace, "children", {}):
        raise ValueError(f"trace must be what pm.sample returned, got {type(trace).__name__}; is it the model?")


def _flatten(tree: Any, undefined: float) -> dict[str, float]:
    """Name of each scalar parameter, such as ``theta[C]``, and its value; NaN becomes the worst there is."""
    dataset = tree["posterior"].to_dataset() if "posterior" in getattr(tree, "children", {}) else tree
    values: dict[str, float] = {}
    for name, array in dataset.data_vars.items():
        for index in np.ndindex(array.shape):
            where = ", ".join(str(array[d].values[i]) for d, i in zip(array.dims, index, strict=True))
            value = float(array.values[index])
            values[f"{name}[{where}]" if where else str(name)] = undefined if np.isnan(value) else value
    return values


def require_converged(
    trace: Any, var_names: Sequence[str] | None = None, *, rhat: float = 1.01, ess: float = 400
) -> Convergence:
    """Raise unless the chains agree, the draws are enough and no trajectory diverged.

    Parameters
    ----------
    trace : xarray.DataTree
        What ``pm.sample`` returned.
    var_names : sequence of str, optional
        Parameters that will be reported; None for all.
    rhat, ess : float
        Largest R-hat and smallest effective sample size, bulk and tail, that pass (Vehtari et al. 2021).

    Returns
    -------
    Convergence
        The worst values found.

    Raises
    ------
    ConvergenceError
        Naming the first rule broken, the value, the parameter and what to try.
    """
    found = convergence(trace, var_names)
    if found.divergences:
        count = f"{found.divergences} divergence{'s' if found.divergences > 1 else ''}"
        raise ConvergenceError(
            f"{count} (limit 0): part of the posterior may not have been reached. Look where they are: a few that lie "
            "anywhere mean steps that are a little too long, try a higher target_accept; many, or all in one place, "
            "ask for the other parameterisation first (lesson 05)."
        )
    if not found.max_rhat <= rhat:
        raise ConvergenceError(
            f"max R-hat is {found.max_rhat:.3g} for {found.worst_rhat!r} (limit {rhat}): the chains disagree. "
            "Try the non-centred model before more draws (lesson 05)."
        )
    if not found.min_ess >= ess:
        raise ConvergenceError(
            f"min ESS is {found.min_ess:.0f}, {found.worst_ess} (limit {ess:.0f}): too few "
            "independent draws. If R-hat is fine, more draws are enough."
        )
    return found

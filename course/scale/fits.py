"""What a fit knows: the population, every group given it, and what to expect of rows of groups known or new."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from course.scale.ascent import Trace
from course.scale.coordinates import PopulationRoot
from course.scale.grouped import Grouped, IntArray, Labels, predictors
from course.scale.online import updated
from course.validate import FloatArray, as_choice_rows

_NODES = 61
_NONE = 1e-10  # a variance of 0


def _correlations(cov: FloatArray) -> FloatArray:
    sd = np.sqrt(np.maximum(np.diag(cov), 1e-300))
    return np.asarray(cov / np.outer(sd, sd))


class Centred(NamedTuple):
    """Centre and standard deviation of a linear predictor, both of shape (n_rows,)."""

    centre: FloatArray
    sd: FloatArray


def find_labels(labels: Labels, group: ArrayLike) -> IntArray:
    """Position of each label among sorted labels; -1 where it is not among them."""
    given = np.asarray(group)
    if not given.size:
        return np.empty(given.shape, dtype=np.int64)
    wrong = f"group must be labels like {labels[:1].tolist()[0]!r}, got {given.ravel()[:1].tolist()[0]!r}"
    if (given.dtype.kind in "OUT") != (labels.dtype.kind in "OUT"):
        raise ValueError(wrong)
    try:
        at = np.minimum(np.searchsorted(labels, given), len(labels) - 1)
    except TypeError:
        raise ValueError(wrong) from None
    return np.where(labels[at] == given, at, -1)


@dataclass(frozen=True, repr=False)
class GroupFit:
    """A population of coefficients, intercept first, and every group's coefficients given it.

    Attributes
    ----------
    labels : ndarray, shape (n_groups,)
        Groups, sorted.
    mean, se : ndarray, shape (k,)
        Population mean and its standard errors, from the observed information: differences of the exact score.
    cov, cov_se : ndarray, shape (k, k)
        Population covariance and the standard errors of its entries, 0 for those held at an edge.
    mode : ndarray, shape (n_groups, k)
        Most probable coefficients of each group given the population.
    mode_cov : ndarray, shape (n_groups, k, k)
        Inverse curvature there, the covariance of Laplace's approximation. Given the population: with few groups,
        intervals made of it are too narrow (lesson 11).
    log_marginal : float
        Log marginal likelihood of the rows that the population was fitted to, at its maximum.
    trace : Trace
        Every pass over the rows, and whether the last one ended at the maximum.
    root : ndarray, shape (k, k)
        A matrix R with R R' = cov.
    """

    labels: Labels
    mean: FloatArray
    se: FloatArray
    cov: FloatArray
    cov_se: FloatArray
    mode: FloatArray
    mode_cov: FloatArray
    log_marginal: float
    trace: Trace
    root: FloatArray

    def __repr__(self) -> str:
        """Population and number of groups."""
        sd = np.sqrt(np.diag(self.cov))
        body = ", ".join(f"{m:.4g} ± {s:.4g}" for m, s in zip(self.mean, sd, strict=True))
        said = "; ".join(part for part in (self.trace.reason, self.edge) if part)
        return f"{type(self).__name__}({len(self.labels):,} groups; population mean ± sd: {body}; {said})"

    @property
    def population(self) -> PopulationRoot:
        """Mean and root."""
        return PopulationRoot(self.mean, self.root)

    @property
    def on_boundary(self) -> bool:
        """Whether the covariance is singular: a spread of 0, or a correlation of -1 or 1."""
        return bool(np.any(np.diag(self.cov) < _NONE) or np.linalg.eigvalsh(_correlations(self.cov))[0] < 1e-5)

    @property
    def edge(self) -> str:
        """What makes the covariance singular, in words; empty where nothing does.

        A singular covariance is a true maximum and no failure: the groups do not show that they differ, or in which
        way. But it is plugged in as if it were known, and the intervals of the groups may then be far too narrow.
        """
        if not self.on_boundary:
            return ""
        names = ["intercept", *(f"slope {a}" for a in range(1, self.mean.size))]
        flat, tied = np.diag(self.cov) < _NONE, _correlations(self.cov)
        found = [f"the spread of {name} is 0" for name, none in zip(names, flat, strict=True) if none]
        for a, b in zip(*np.nonzero(np.triu(np.abs(tied) > 1 - 1e-5, 1)), strict=True):
            if not (flat[a] or flat[b]):
                found.append(f"the correlation of {names[a]} and {names[b]} is {tied[a, b]:+.0f}")
        what = ", ".join(found) or "one coefficient follows from the others"
        return f"singular: {what}; intervals may be far too narrow"

    def place(self, group: ArrayLike) -> IntArray:
        """Position of each label among ``labels``, any shape; -1 for a group that the fit has not seen.

        Raises
        ------
        ValueError
            If the labels are of another kind than those fitted, such as text instead of numbers.
        """
        return find_labels(self.labels, group)

    def linear(self, x: ArrayLike | None, group: ArrayLike) -> Centred:
        """Linear predictor of rows: centre and sd, of the group's posterior or, for a new group, of the population.

        Parameters
        ----------
        x : array_like, shape (n_rows,) or (n_rows, k - 1), or None
            Predictors, without the intercept; None when the fit has none.
        group : array_like, shape (n_rows,)
            Label of each row's group.
        """
        at = np.atleast_1d(self.place(group))
        columns = predictors(x, at.size)
        if columns.shape[0] != self.mean.size - 1:
            raise ValueError(f"x must have {self.mean.size - 1} predictors, got {columns.shape[0]}; was it fitted so?")
        z = np.vstack([np.ones(at.size), columns])
        known = at >= 0
        centre = np.where(known, np.einsum("ai,ia->i", z, self.mode[at]), self.mean @ z)
        own = np.einsum("ai,iab,bi->i", z, self.mode_cov[at], z)
        return Centred(centre, np.sqrt(np.where(known, own, np.einsum("ai,ab,bi->i", z, self.cov, z))))


@dataclass(frozen=True, repr=False)
class LogisticFit(GroupFit):
    """Log odds that vary by group; `GroupFit` says what else is in it.

    Attributes
    ----------
    rows : Grouped, optional
        The rows, sorted, which `update` needs to be exact; None after `forget`.
    """

    rows: Grouped | None = None

    def predict(self, x: ArrayLike | None, group: ArrayLike) -> FloatArray:
        """Probability of a 1 in each row, shape (n_rows,).

        Averaged over what is not known: over the group's own posterior (Laplace's normal) or, for a group that the fit
        has not seen, over the population. The second is not the probability of the average group.

        Parameters
        ----------
        x, group
            As in `linear`.
        """
        centre, sd = self.linear(x, group)
        at, weight = np.polynomial.hermite_e.hermegauss(_NODES)
        total = np.zeros(centre.shape)
        for node, share in zip(at, weight / weight.sum(), strict=True):
            total += share * special.expit(centre + sd * node)
        return total

    def update(self, x: ArrayLike | None, y: ArrayLike, group: ArrayLike) -> LogisticFit:
        """Add new rows of some groups, known or new, and find only these groups again; the population stays.

        With its rows kept, each touched group gets exactly what a fit with this population would give it. After
        `forget` the group's old rows are stood for by their normal approximation.

        Parameters
        ----------
        x, y, group
            New rows, as in `fit_logistic`.
        """
        labels, mode, cov, rows = updated(self, as_choice_rows(y), x, group)
        return replace(self, labels=labels, mode=mode, mode_cov=cov, rows=rows)

    def forget(self) -> LogisticFit:
        """Drop the rows: what remains is small enough to serve from."""
        return replace(self, rows=None)


@dataclass(frozen=True, repr=False)
class NormalFit(GroupFit):
    """Lines that vary by group, rows normal about them with standard deviation ``sigma``; the rest as in `GroupFit`."""

    sigma: float = 1.0
    sigma_se: float = 0.0

    def predict(self, x: ArrayLike | None, group: ArrayLike) -> Centred:
        """Expectation of each row and the standard deviation of the row about it; a new group: of the population."""
        centre, sd = self.linear(x, group)
        return Centred(centre, np.hypot(sd, self.sigma))

"""Three predictions that go by one name, and a question back when it is not clear which one is meant.

`LineDraws.line`: the line of a group that is in the data. `LineDraws.new_row`: one more row in such a group, its own
noise included. `LineDraws.new_group`: the line of a group that is not in the data, from the population alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from course.regression.groups import as_group_predictor
from course.regression.population import Population, checked
from course.validate import FloatArray, Grouping, as_floats, as_rng, refuse


class UnseenGroupError(ValueError):
    """A prediction was asked for a group that is not in the data, without saying that it is new."""


@dataclass(frozen=True, eq=False)
class LineDraws:
    """Draws of a model with lines that vary by group, and the three questions that can be put to them.

    Parameters
    ----------
    population : Population
        Draws of the population, arrays of shape (n_draws,).
    alpha, beta : array_like, shape (n_draws, n_groups)
        Draws of the lines, groups in the order of the labels.
    groups : Grouping
        Names of the groups.
    predictor : array_like, shape (n_groups,), optional
        Group predictor, when the model has one.

    Raises
    ------
    ValueError
        On draws of unequal number or groups that do not match.
    """

    population: Population
    alpha: FloatArray
    beta: FloatArray
    groups: Grouping
    predictor: FloatArray | None = None

    def __post_init__(self) -> None:
        alpha, beta = as_floats("alpha", self.alpha), as_floats("beta", self.beta)
        draws, wanted = max(len(v) for v in checked(self.population)), len(self.groups.labels)
        if alpha.shape != (draws, wanted) or beta.shape != alpha.shape:
            raise ValueError(
                f"alpha and beta must have shape ({draws}, {wanted}), got {alpha.shape} and {beta.shape}; "
                "flatten chains and draws, groups last"
            )
        if self.predictor is not None:
            as_group_predictor(self.predictor, wanted)
        elif np.any(self.population.gamma_alpha) or np.any(self.population.gamma_beta):
            raise ValueError("predictor must be given, got None while gamma is not 0: the mean line depends on it")

    def line(self, group: Any, x: ArrayLike) -> FloatArray:
        """Height of a known group's line at x: the mean of its rows there, of shape (n_draws, n_x).

        Raises
        ------
        UnseenGroupError
            If the group is not in the data: say which question is meant.
        """
        j = self._place(group)
        return np.asarray(self.alpha[:, [j]] + self.beta[:, [j]] * _at(x))

    def new_row(self, group: Any, x: ArrayLike, rng: np.random.Generator) -> FloatArray:
        """One new row of a known group at each x, noise included, of shape (n_draws, n_x).

        Raises
        ------
        UnseenGroupError
            As for `line`.
        """
        height = self.line(group, x)
        return self._with_noise(height, rng)

    def new_group(
        self,
        x: ArrayLike,
        rng: np.random.Generator,
        *,
        predictor: float | Literal["unknown"] | None = None,
        row: bool = False,
    ) -> FloatArray:
        """Height at x of the line of a group from the population, of shape (n_draws, n_x).

        Parameters
        ----------
        x : array_like
            Where.
        rng : numpy.random.Generator
            Source of randomness: each draw of the population gives one new group.
        predictor : float or "unknown", optional
            Its group predictor, when the model has one. "unknown" takes it to be like that of a group in the data
            picked at random.
        row : bool
            Add the noise of one row.

        Raises
        ------
        ValueError
            If the model has a group predictor and nothing is said about it, or the other way round.
        """
        p, rng = checked(self.population), as_rng(rng)
        n = len(self.alpha)
        u = self._predictor_of_new(predictor, n, rng)[:, None]
        z = rng.standard_normal((2, n, 1))
        alpha = p.mu_alpha + p.gamma_alpha * u + p.tau_alpha * z[0]
        beta = p.mu_beta + p.gamma_beta * u + p.tau_beta * (p.rho * z[0] + np.sqrt(1 - p.rho**2) * z[1])
        height = np.asarray(alpha + beta * _at(x))
        return self._with_noise(height, rng) if row else height

    def _place(self, group: Any) -> int:
        found = np.flatnonzero(self.groups.labels == group)
        if not found.size:
            raise UnseenGroupError(
                f"group must be one of the {len(self.groups.labels)} in the data, got {group!r}; what is the question? "
                "The line of a group in the data: line(); one more row in such a group: new_row(); "
                "a group nobody has seen: new_group()"
            )
        return int(found[0])

    def _with_noise(self, height: FloatArray, rng: np.random.Generator) -> FloatArray:
        sigma = checked(self.population).sigma
        return np.asarray(height + sigma * as_rng(rng).standard_normal(height.shape))

    def _predictor_of_new(self, predictor: float | str | None, n: int, rng: np.random.Generator) -> FloatArray:
        known = self.predictor
        if known is None:
            if predictor is not None:
                raise ValueError(f"predictor must be left out, got {predictor!r}: this model has no group predictor")
            return np.zeros(n)
        if predictor is None:
            raise ValueError(
                "predictor must be given, got None: the mean line depends on it. Pass the new group's own value, or "
                "'unknown' if nobody has measured it"
            )
        if isinstance(predictor, str):
            if predictor != "unknown":
                raise ValueError(f"predictor must be a number or 'unknown', got {predictor!r}")
            return rng.choice(as_floats("predictor", known), n)
        value = as_floats("predictor", predictor)
        refuse(~np.isfinite(value), "predictor", value, "must be finite", "did a logarithm meet a 0?")
        return np.broadcast_to(value, (n,))


def _at(x: ArrayLike) -> FloatArray:
    at = np.atleast_1d(as_floats("x", x))
    refuse(~np.isfinite(at), "x", at, "must be finite", "a line has no height there")
    return at

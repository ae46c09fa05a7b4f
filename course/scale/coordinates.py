r"""The population as a free vector, in units in which the search sees a round bowl.

Predictors are measured from their mean in standard deviations, not by changing the rows but by changing the
coefficients: :math:`\mu = B m` and :math:`R = B L` for a fixed B. The vector holds m and the lower triangle of L, whose
diagonal may reach 0 without anything becoming infinite.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from course.validate import FloatArray


class PopulationRoot(NamedTuple):
    """Mean, shape (k + fixed,), shared ones last, and a root R of the covariance R R' of the first k, shape (k, k)."""

    mean: FloatArray
    root: FloatArray

    @property
    def cov(self) -> FloatArray:
        """Covariance of the coefficients, shape (k, k)."""
        return np.asarray(self.root @ self.root.T)


@dataclass(frozen=True)
class Coordinates:
    """Centre and unit of each predictor, both of shape (k - 1 + fixed,), the ``fixed`` ones with a slope for all last.

    ``extra`` parameters follow in the vector.
    """

    centre: FloatArray
    unit: FloatArray
    extra: int = 0
    fixed: int = 0

    @property
    def size(self) -> int:
        """Number of coefficients, shared ones included."""
        return self.centre.size + 1

    @property
    def k(self) -> int:
        """Number of coefficients of a group."""
        return self.size - self.fixed

    @cached_property
    def back(self) -> FloatArray:
        """B: coefficients of predictors as given from those of standardised ones."""
        matrix = np.diag(np.r_[1.0, 1.0 / self.unit])
        matrix[0, 1:] = -self.centre / self.unit
        return matrix

    @property
    def own(self) -> FloatArray:
        """B for a group's own coefficients, shape (k, k)."""
        return np.asarray(self.back[: self.k, : self.k])

    @cached_property
    def lower(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows and columns of the lower triangle."""
        rows, columns = np.tril_indices(self.k)
        return rows, columns

    def population(self, vector: FloatArray) -> PopulationRoot:
        """Mean and root that the vector stands for."""
        factor = np.zeros((self.k, self.k))
        factor[self.lower] = vector[self.size : self.size + len(self.lower[0])]
        return PopulationRoot(self.back @ vector[: self.size], np.ascontiguousarray(self.own @ factor))

    def vector(self, mean: FloatArray, cov: FloatArray) -> FloatArray:
        """The vector that stands for a mean and a covariance, which may be singular."""
        there = np.linalg.inv(self.back)
        own = there[: self.k, : self.k]
        return np.asarray(np.r_[there @ mean, _root(own @ cov @ own.T)[self.lower]])

    @cached_property
    def pull(self) -> FloatArray:
        """Matrix that takes scores of (mean, root row by row) to scores of the vector."""
        n, k, (rows, columns) = self.size, self.k, self.lower
        matrix = np.zeros((n + len(rows) + self.extra, n + k * k + self.extra))
        matrix[:n, :n] = self.back.T
        matrix[n + len(rows) :, n + k * k :] = np.eye(self.extra)
        for i, (row, column) in enumerate(zip(rows, columns, strict=True)):
            matrix[n + i, n + column : n + k * k : k] = self.own[:, row]
        return matrix

    def jacobian(self, vector: FloatArray) -> FloatArray:
        """Derivative of (mean, covariance row by row, extras) in the vector."""
        n, k, (rows, columns) = self.size, self.k, self.lower
        root = self.population(vector).root
        matrix = np.zeros((n + k * k + self.extra, n + len(rows) + self.extra))
        matrix[:n, :n] = self.back
        matrix[n + k * k :, n + len(rows) :] = np.eye(self.extra)
        for i, (row, column) in enumerate(zip(rows, columns, strict=True)):
            half = np.outer(self.own[:, row], root[:, column])
            matrix[n : n + k * k, n + i] = (half + half.T).ravel()
        return matrix


def _root(cov: FloatArray) -> FloatArray:
    """Lower triangular root of a covariance, by QR of its symmetric root, so that it may be singular."""
    values, vectors = np.linalg.eigh(0.5 * (cov + cov.T))
    symmetric = vectors * np.sqrt(np.maximum(values, 0.0))
    upper = np.linalg.qr(symmetric.T, mode="r")
    return np.asarray((upper * np.where(np.diag(upper) < 0, -1.0, 1.0)[:, None]).T)

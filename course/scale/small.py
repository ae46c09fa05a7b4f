"""Algebra of very small matrices, compiled: in place, without allocation, k being 1 to a few."""

from __future__ import annotations

from math import log, sqrt

from course.scale.compiled import compiled
from course.validate import FloatArray


@compiled
def factor(a: FloatArray) -> float:
    """Cholesky factor of a positive definite matrix, in its lower triangle; returns the log determinant of it all."""
    k = a.shape[0]
    total = 0.0
    for j in range(k):
        for i in range(j, k):
            value = a[i, j]
            for m in range(j):
                value -= a[i, m] * a[j, m]
            if i == j:
                total += log(value)
                a[j, j] = sqrt(value)
            else:
                a[i, j] = value / a[j, j]
    return total


@compiled
def solve(chol: FloatArray, b: FloatArray) -> None:
    """Solve L L' x = b in place."""
    k = chol.shape[0]
    for i in range(k):
        for m in range(i):
            b[i] -= chol[i, m] * b[m]
        b[i] /= chol[i, i]
    solve_back(chol, b)


@compiled
def solve_back(chol: FloatArray, b: FloatArray) -> None:
    """Solve L' x = b in place."""
    k = chol.shape[0]
    for i in range(k - 1, -1, -1):
        for m in range(i + 1, k):
            b[i] -= chol[m, i] * b[m]
        b[i] /= chol[i, i]


@compiled
def inverse(chol: FloatArray, out: FloatArray) -> None:
    """Inverse of L L'."""
    k = chol.shape[0]
    for j in range(k):
        for i in range(k):
            out[j, i] = 1.0 if i == j else 0.0
        solve(chol, out[j])


@compiled
def spread(root: FloatArray, inner: FloatArray, out: FloatArray) -> None:
    """Set out = R S R' for a root R of the population's covariance and a symmetric S."""
    k = root.shape[0]
    for a in range(k):
        for b in range(k):
            value = 0.0
            for m in range(k):
                for q in range(k):
                    value += root[a, m] * inner[m, q] * root[b, q]
            out[a, b] = value


@compiled
def pulled(root: FloatArray, a: FloatArray, out: FloatArray) -> None:
    """Set out = I + R' A R: precision of eta, of which the data give R' A R and the population I."""
    k = root.shape[0]
    for i in range(k):
        for j in range(k):
            value = 1.0 if i == j else 0.0
            for m in range(k):
                for q in range(k):
                    value += root[m, i] * a[m, q] * root[q, j]
            out[i, j] = value

r"""Which columns and which spreads no data of this design can tell apart: computed from the design, never guessed.

A fit that has no answer may still print one. What makes it impossible can be read off the design before any outcome is
looked at: a column that the others add up to, or a spread that moves the rows' covariance as others together do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course.validate.reading import FloatArray

_SAME = 1e-8  # of a column's length: what remains of it when the others have been taken out, to rounding


def tied_columns(values: FloatArray, names: Sequence[str], *, intercept: bool = True) -> tuple[tuple[str, ...], ...]:
    """Sets of columns that cannot be told apart: within a set, each follows from the others.

    Parameters
    ----------
    values : ndarray, shape (n_rows, k)
        Predictors, finite, without the intercept.
    names : sequence of str, length k
        What they are called.
    intercept : bool
        Whether a column of ones is in the model too. Then a column is measured about its mean, so that neither its
        origin nor its unit plays a part.

    Returns
    -------
    tuple of tuple of str
        One set for each column that follows from those before it; empty when all can be told apart. "intercept" stands
        in a set alone with a constant column.
    """
    found: list[tuple[str, ...]] = []
    basis: list[FloatArray] = []
    kept: list[int] = []
    for k in range(values.shape[1]):
        column, size = _measured(values[:, k], intercept)
        if size == 0.0:
            found.append(("intercept", names[k]) if intercept else (names[k],))
            continue
        left = column.copy()
        for _ in range(2):  # twice, since once leaves rounding errors of the size that is asked about
            for direction in basis:
                left -= (direction @ left) * direction
        if np.linalg.norm(left) > _SAME * size:
            basis.append(left / np.linalg.norm(left))
            kept.append(k)
            continue
        others = np.column_stack([_measured(values[:, i], intercept)[0] for i in kept])
        share = np.linalg.lstsq(others, column, rcond=None)[0]
        used = [names[i] for i, part in zip(kept, share, strict=True) if abs(part) > 1e-6]
        found.append((*used, names[k]))
    return tuple(found)


def _measured(column: FloatArray, intercept: bool) -> tuple[FloatArray, float]:
    """A column of length 1, about its mean if there is an intercept, and 0 for a length that is rounding alone."""
    largest = float(np.abs(column).max(initial=0.0))
    if largest == 0.0:
        return column, 0.0
    scaled = column / largest
    centred = scaled - scaled.mean() if intercept else scaled
    if intercept:
        centred = centred - centred.mean()
    size = float(np.linalg.norm(centred))
    if np.ptp(column) == 0 and intercept:
        return np.zeros_like(column), 0.0
    return (centred / size, 1.0) if size > 0 else (centred, 0.0)


def tied_spreads(gram: FloatArray, n: FloatArray, names: Sequence[str]) -> tuple[str, ...]:
    r"""Names of the effects whose spreads cannot be told apart, "noise" among them; empty when all can.

    Rows of group j have the covariance :math:`Z_j \Sigma Z_j^\top + \sigma^2 I`, which is linear in
    :math:`(\Sigma, \sigma^2)`. Where that map has a null space, different spreads give every group the same covariance
    and no number of rows of this design tells them apart: one row a group, or as many effects as rows in all groups.

    Parameters
    ----------
    gram : ndarray, shape (n_groups, k, k)
        :math:`Z_j^\top Z_j` of each group, Z_j having a column for each effect that varies, intercept included. Measure
        x about its mean and in its standard deviation first: the answer is the same, the rounding is not.
    n : ndarray, shape (n_groups,)
        Rows of each group.
    names : sequence of str, length k
        What the effects are called.

    References
    ----------
    Searle, Casella and McCulloch (1992), *Variance Components*, section 11.1, for the map.
    """
    k = gram.shape[-1]
    pairs = [(a, b) for a in range(k) for b in range(a + 1)]
    m = np.empty((len(pairs) + 1, len(pairs) + 1))
    # Inner products of the matrices that the map adds up: <sym(z_a z_b'), sym(z_c z_d')>, <., I> and <I, I>.
    for p, (a, b) in enumerate(pairs):
        m[p, -1] = m[-1, p] = gram[:, a, b].sum()
        for q, (c, d) in enumerate(pairs):
            m[p, q] = 0.5 * np.sum(gram[:, a, c] * gram[:, b, d] + gram[:, a, d] * gram[:, b, c])
    m[-1, -1] = n.sum()
    size = np.sqrt(np.diag(m))
    size[size == 0] = 1.0
    values, vectors = np.linalg.eigh(m / np.outer(size, size))
    null = vectors[:, values < 1e-10 * max(1.0, float(values[-1]))]
    if not null.shape[1]:
        return ()
    moved = np.abs(null).max(axis=1) > 1e-5
    tied = {names[i] for pair, moves in zip(pairs, moved, strict=False) if moves for i in pair}
    return tuple(name for name in (*names, "noise") if name in tied or (name == "noise" and moved[-1]))

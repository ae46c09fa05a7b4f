"""What each group says of one population: its log marginal likelihood and its mean, by Laplace or by quadrature."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from course.scale.grouped import Labels, sort_rows
from course.scale.logistic import modes_given
from course.scale.quadrature import nodes
from course.validate import FloatArray, as_choice_rows, as_floats


class Marginals(NamedTuple):
    """Labels, sorted; log marginal likelihoods, shape (n_groups,); means of the coefficients, shape (n_groups, k)."""

    labels: Labels
    log_marginal: FloatArray
    mean: FloatArray


def marginals_given(
    x: ArrayLike | None, y: ArrayLike, group: ArrayLike, mean: ArrayLike, cov: ArrayLike, *, n_quadrature: int = 1
) -> Marginals:
    r"""Integrate every group's coefficients out, given the population.

    The nodes of a group are laid over its hill: at the mode, scaled by a root of the inverse curvature there.

    Parameters
    ----------
    x, y, group
        As in `fit_logistic`.
    mean : array_like, shape (k,)
        Mean of the population, intercept first.
    cov : array_like, shape (k, k)
        Its covariance, positive definite.
    n_quadrature : int
        Nodes a dimension; 1 is Laplace's approximation, with the mode for the mean.

    Returns
    -------
    Marginals
        Labels, log marginal likelihoods and posterior means.

    Raises
    ------
    ValueError
        On rows that `fit_logistic` refuses, a population of another size or without a density, or no node.

    References
    ----------
    Pinheiro & Bates (1995), Journal of Computational and Graphical Statistics 4, 12-35.
    """
    if n_quadrature < 1:
        raise ValueError(f"n_quadrature must be at least 1, got {n_quadrature}; 1 is Laplace's approximation")
    rows = sort_rows(x, as_choice_rows(y), group)
    labels, mode, mode_cov = modes_given(x, y, group, mean, cov)
    centre, spread = as_floats("mean", mean), as_floats("cov", cov)
    if np.linalg.eigvalsh(spread).min() <= 0:
        raise ValueError("cov must be positive definite: a singular population has no density to integrate")
    precision, grid = np.linalg.inv(spread), nodes(n_quadrature, rows.k)
    normal = 0.5 * (np.linalg.slogdet(precision)[1] - rows.k * np.log(2 * np.pi))
    root, z = np.linalg.cholesky(mode_cov), np.vstack([np.ones(rows.y.size), rows.x])
    sign, of_row = 2.0 * rows.y - 1.0, np.repeat(np.arange(labels.size), rows.sizes)
    theta = mode + np.einsum("nb,gab->nga", grid.at, root)
    height = np.empty(theta.shape[:2])
    for node, at in enumerate(theta):
        own = special.log_expit(sign * np.einsum("kr,rk->r", z, at[of_row]))
        away = at - centre
        height[node] = np.add.reduceat(own, rows.starts[:-1]) - 0.5 * np.sum(away @ precision * away, axis=1) + normal
    height += grid.log_weight[:, None]
    width = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1) + 0.5 * rows.k * np.log(2 * np.pi)
    return Marginals(
        labels, special.logsumexp(height, axis=0) + width, np.einsum("ng,ngk->gk", special.softmax(height, 0), theta)
    )

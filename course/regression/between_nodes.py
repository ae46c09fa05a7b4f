"""Draws of a population between the nodes on which its posterior was summed.

A sum over a dozen nodes gives moments; draws of the nodes themselves have steps of most of a standard deviation, and
intervals made of them are wrong. The logarithm of a density is smooth where the density itself is narrow, so it is
carried from the nodes to steps between them by cubic splines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course.validate import FloatArray, IntArray

_STEPS = 8  # within the cell of a node


@dataclass(frozen=True, eq=False)
class Side:
    """Nodes of (mu, tau) of one coefficient and the steps between them.

    Attributes
    ----------
    n_mu, n_tau : int
        Numbers of nodes; their product counts the cells, mu's in the outer order.
    mu, tau : ndarray, shapes (n_mu * steps,) and (n_tau * steps,)
        Where each step begins.
    mu_width, tau_width : ndarray
        How wide it is.
    to_mu, to_tau : ndarray, shapes (n_mu * steps, n_mu) and (n_tau * steps, n_tau)
        From values at the nodes to values in the middle of the steps.
    log_size : ndarray, shape (n_mu * n_tau,)
        Of each cell, the logarithm of its width in tau: what a node's weight has beyond its density.
    """

    n_mu: int
    n_tau: int
    mu: FloatArray
    tau: FloatArray
    mu_width: FloatArray
    tau_width: FloatArray
    to_mu: FloatArray
    to_tau: FloatArray
    log_size: FloatArray

    def masses(self, weight: FloatArray) -> FloatArray:
        """Carry weights of the nodes, shape (n_mu * n_tau,), to masses of the steps in each cell, one row a cell."""
        log_density = np.log(np.maximum(weight, 1e-300)) - self.log_size
        steps = self.to_mu @ log_density.reshape(self.n_mu, self.n_tau) @ self.to_tau.T
        mass = np.exp(steps - steps.max()) * self.mu_width[:, None] * self.tau_width
        cells = mass.reshape(self.n_mu, _STEPS, self.n_tau, _STEPS).transpose(0, 2, 1, 3)
        return cells.reshape(self.n_mu * self.n_tau, _STEPS**2) / mass.sum()

    def places(self, cell: IntArray, step: IntArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Draw mu and tau within steps of cells."""
        (i, j), (k, m) = np.divmod(cell, self.n_tau), np.divmod(step, _STEPS)
        at_mu, at_tau = _STEPS * i + k, _STEPS * j + m
        mu = self.mu[at_mu] + self.mu_width[at_mu] * rng.random(cell.size)
        return mu, self.tau[at_tau] + self.tau_width[at_tau] * rng.random(cell.size)


def side(mu: FloatArray, tau: FloatArray) -> Side:
    """Find the steps between nodes: mu in even steps, tau where Gauss and Legendre's rule has them, from 0 on.

    Parameters
    ----------
    mu : ndarray, shape (n_mu,)
    tau : ndarray, shape (n_tau,)
    """
    from scipy.interpolate import CubicSpline

    half = (mu[1] - mu[0]) / 2
    points, weights = np.polynomial.legendre.leggauss(tau.size)
    widths = weights * tau[-1] / (points[-1] + 1)  # a node's weight is the width of its cell
    mu_ends = np.linspace(mu[0] - half, mu[-1] + half, mu.size * _STEPS + 1)
    ends = np.concatenate([[0.0], np.cumsum(widths)])
    tau_ends = np.interp(np.arange(tau.size * _STEPS + 1) / _STEPS, np.arange(tau.size + 1), ends)
    to_mu = CubicSpline(mu, np.eye(mu.size))((mu_ends[1:] + mu_ends[:-1]) / 2)
    to_tau = CubicSpline(tau, np.eye(tau.size))((tau_ends[1:] + tau_ends[:-1]) / 2)
    return Side(
        mu.size, tau.size, mu_ends[:-1], tau_ends[:-1], np.diff(mu_ends), np.diff(tau_ends), to_mu, to_tau,
        np.tile(np.log(widths), mu.size),
    )  # fmt: skip


def draws(
    a: Side, b: Side, weight: FloatArray, n: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Draw mu and tau of two coefficients.

    First the cell of b, by the posterior of b alone; then a, given the node of that cell; then b within its cell, given
    the node of a's. What this leaves out is how each depends on where in its cell the other is.

    Parameters
    ----------
    a, b : Side
        The coefficients.
    weight : ndarray, shape (cells of a, cells of b)
        Of each pair of nodes.
    n : int
        Draws.
    rng : numpy Generator
        Chance.

    Returns
    -------
    tuple of four ndarray, shape (n,)
        mu and tau of a, mu and tau of b.
    """
    cell_b = rng.choice(weight.shape[1], n, p=b.masses(weight.sum(axis=0)).sum(axis=1))
    cell_a, step_a, step_b = (np.zeros(n, int) for _ in range(3))
    for node in np.unique(cell_b):
        here = np.flatnonzero(cell_b == node)
        mass = a.masses(weight[:, node]).ravel()
        cell_a[here], step_a[here] = np.divmod(rng.choice(mass.size, here.size, p=mass), _STEPS**2)
    for node in np.unique(cell_a):
        here = np.flatnonzero(cell_a == node)
        below = np.cumsum(b.masses(weight[node]), axis=1)[cell_b[here]]
        step_b[here] = (below < rng.random((here.size, 1)) * below[:, -1:]).sum(axis=1).clip(max=_STEPS**2 - 1)
    return *a.places(cell_a, step_a, rng), *b.places(cell_b, step_b, rng)

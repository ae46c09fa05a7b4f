r"""How much to share, learned: the marginal likelihood of :math:`\lambda = \sigma^2 / \tau^2`, heads integrated out.

Given :math:`\rho = 1 / \lambda` the rows of task j are normal with mean :math:`X_j m` and covariance
:math:`\sigma^2 (I + \rho X_j X_j^\top)`. In the eigenvectors of :math:`X_j^\top X_j` all of it is a sum of fractions.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.multitask.linear import SharedHeads, as_penalty
from course.multitask.tasks import TaskSums, as_rows, require_rank
from course.validate import FloatArray, as_floats, as_positive, as_tau, refuse, refuse_huge

type Centre = Literal["mean", "zero"]


class Learned(NamedTuple):
    """Most likely penalty lambda (inf when tau = 0), spread of heads and noise of rows; each of shape (...)."""

    penalty: FloatArray
    tau: FloatArray
    sigma: FloatArray


class Spectrum(NamedTuple):
    """Eigenvalues and vectors of each task's X'X, X'y in them, y'y of all tasks together and the number of rows."""

    values: FloatArray  # (..., n_tasks, d)
    vectors: FloatArray  # (..., n_tasks, d, d)
    cross: FloatArray  # (..., n_tasks, d)
    square: FloatArray  # (...)
    n: FloatArray  # (...)


class Marginal(NamedTuple):
    """What is left when the heads are gone, for each of n ratios rho; in units of sigma.

    ``precision``, (..., n, d, d), and ``shift``, (..., n, d), are of the mean head; ``quad`` is the squared distance of
    the rows from mean head 0 and ``log_det`` that of the covariance, both (..., n).
    """

    precision: FloatArray
    shift: FloatArray
    quad: FloatArray
    log_det: FloatArray


def spectrum(data: TaskSums) -> Spectrum:
    """Eigenvectors once, so that every ratio afterwards is cheap."""
    values, vectors = np.linalg.eigh(data.gram)
    cross = np.einsum("...jde,...jd->...je", vectors, data.cross)
    return Spectrum(np.maximum(values, 0.0), vectors, cross, data.square.sum(axis=-1), data.n.sum(axis=-1))


def marginal(of: Spectrum, ratio: ArrayLike) -> Marginal:
    """Integrate the heads out.

    Parameters
    ----------
    of : Spectrum
        From `spectrum`.
    ratio : array_like, shape (..., n)
        rho = tau² / sigma² from 0 up; leading axes as those of the sums, or none.
    """
    rho = np.asarray(ratio, dtype=float)[..., None, None]
    values, cross = of.values[..., None, :, :], of.cross[..., None, :, :]
    grown = 1.0 + rho * values
    vectors = np.broadcast_to(of.vectors[..., None, :, :, :], (*grown.shape, grown.shape[-1]))
    precision = np.einsum("...jde,...je,...jfe->...df", vectors, values / grown, vectors, optimize=True)
    shift = np.einsum("...jde,...je->...d", vectors, cross / grown, optimize=True)
    quad = of.square[..., None] - np.sum(rho * cross**2 / grown, axis=(-1, -2))
    return Marginal(precision, shift, quad, np.sum(np.log(grown), axis=(-1, -2)))


def log_evidence(data: TaskSums, penalty: ArrayLike, *, centre: Centre = "mean") -> FloatArray:
    r"""Log marginal likelihood of lambda with sigma at its best, up to a constant that does not depend on lambda.

    With Q the smallest penalised loss that `to_mean` can reach, it is :math:`-\frac12 [(N - d) \log Q + \log |I + \rho
    X X^\top| + \log |A|]`: the training loss, and the charge for freedom that training leaves out. The mean head is
    integrated out under a flat prior (REML), A being its precision; with ``centre="zero"`` it is 0, and N - d is N.

    Parameters
    ----------
    data : TaskSums
        From `task_sums` or `stack`.
    penalty : array_like, shape (n,) or (..., n)
        Values of lambda > 0; inf for tau = 0.
    centre : {"mean", "zero"}
        What the heads scatter around.

    Returns
    -------
    ndarray, shape (..., n)

    References
    ----------
    Patterson and Thompson (1971), Biometrika 58(3), 545-554; MacKay (1992), Bayesian interpolation, Neural Computation
    4, 415-447.
    """
    if _known(centre) == "mean":
        require_rank(data.gram.sum(axis=-3))
    return _profile(spectrum(data), 1.0 / as_penalty(penalty), centre)[0]


def learn(data: TaskSums, *, centre: Centre = "mean") -> Learned:
    """Penalty that makes the rows most likely, by a search that narrows around the top; no prior.

    Parameters
    ----------
    data : TaskSums
        From `task_sums` or `stack`; every world gets its own.
    centre : {"mean", "zero"}
        What the heads scatter around: the mean head, which is learned as well, or zero, as weight decay has it.

    Returns
    -------
    Learned
        ``tau`` is exactly 0, and the penalty infinite, when no spread is the most likely.

    Raises
    ------
    ValueError
        When there are no more rows than the mean head has numbers.
    """
    centre, of = _known(centre), spectrum(data)
    if np.any(of.n <= data.cross.shape[-1]):
        raise ValueError(f"data must have more rows than the {data.cross.shape[-1]} features, got {of.n.min():.0f}")
    if not np.all(of.values.any(axis=(-1, -2))):
        raise ValueError("x must not be 0 in all rows, got nothing else: no head leaves a trace in y")
    if centre == "mean":  # asked of the sums themselves: from eigenvectors, a feature that is 0 comes back as rounding
        require_rank(data.gram.sum(axis=-3))
    scale = of.values.sum(axis=(-1, -2)) / of.n  # a typical square of a feature, times d
    log_rho = -np.log(scale)[..., None] + np.linspace(-16.0, 16.0, 65)
    for _ in range(6):
        height, _ = _profile(of, np.exp(log_rho), centre)
        best = np.take_along_axis(log_rho, height.argmax(axis=-1)[..., None], axis=-1)
        step = log_rho[..., 1:2] - log_rho[..., :1]
        log_rho = best + step * np.linspace(-1.0, 1.0, 21)
    rho = np.concatenate([np.zeros_like(best), np.exp(best)], axis=-1)
    height, variance = _profile(of, rho, centre)
    top = height.argmax(axis=-1)[..., None]
    rho, variance = (np.take_along_axis(values, top, axis=-1)[..., 0] for values in (rho, variance))
    with np.errstate(divide="ignore"):
        return Learned(1.0 / rho, np.sqrt(rho * variance), np.sqrt(variance))


def path(data: TaskSums, penalty: ArrayLike) -> SharedHeads:
    """`to_mean` for many penalties at once, from one decomposition: the way of every head to the mean head.

    Parameters
    ----------
    data : TaskSums
        From `task_sums` or `stack`.
    penalty : array_like, shape (n,) or (..., n)
        Values of lambda > 0; inf pulls all heads into one.

    Returns
    -------
    SharedHeads
        Heads of shape (..., n, n_tasks, d) and mean heads of shape (..., n, d).
    """
    of, rho = spectrum(data), 1.0 / as_penalty(penalty)
    require_rank(data.gram.sum(axis=-3))
    found = marginal(of, rho)
    mean = np.linalg.solve(found.precision, found.shift[..., None])[..., 0]
    return SharedHeads(heads_given(of, rho, mean), mean)


def heads_given(of: Spectrum, rho: FloatArray, mean: FloatArray) -> FloatArray:
    """Heads given the mean head, shape (..., n, n_tasks, d), for ratios (n,) or (..., n) and mean heads (..., n, d)."""
    ratio = rho[..., None, None]
    turned = np.einsum("...jde,...nd->...nje", of.vectors, mean, optimize=True)
    inside = (turned + ratio * of.cross[..., None, :, :]) / (1.0 + ratio * of.values[..., None, :, :])
    return np.asarray(np.einsum("...jde,...nje->...njd", of.vectors, inside, optimize=True))


def map_estimate(x: ArrayLike, y: ArrayLike, task: ArrayLike, *, tau: float, sigma: float) -> SharedHeads:
    r"""Most credible heads and mean head given tau and sigma, from the n x n covariance of the rows.

    The mean head is generalised least squares, :math:`V_j = \sigma^2 I + \tau^2 X_j X_j^\top`, and each head adds
    what its rows have left over, :math:`w_j = m + \tau^2 X_j^\top V_j^{-1} (y_j - X_j m)`, as a Gaussian process does
    it. `to_mean` with penalty sigma² / tau² gets the same from d x d equations, and never sees V.

    Parameters
    ----------
    x, y, task : array_like
        Rows, as in `task_sums`; tasks are numbered from 0 to the largest number.
    tau, sigma : float
        Spread of heads, finite, and noise of rows.

    References
    ----------
    Lindley and Smith (1972), Bayes estimates for the linear model, JRSS B 34(1), 1-41.
    """
    rows, outcome, number = as_rows(x, y, task)
    spread = as_tau(tau)
    refuse(
        np.asarray(not spread < np.inf), "tau", np.asarray(spread), "must be finite", "an endless spread shares nothing"
    )
    sigma = as_positive("sigma", sigma, "it is noise")
    require_rank(rows.T @ rows)
    parts = [(rows[number == j], outcome[number == j]) for j in range(int(number.max()) + 1)]
    half = [np.linalg.solve(sigma**2 * np.eye(b.size) + spread**2 * own @ own.T, own) for own, b in parts]  # V^-1 X
    precision = sum(h.T @ own for h, (own, _) in zip(half, parts, strict=True))
    shift = sum(h.T @ b for h, (_, b) in zip(half, parts, strict=True))
    mean = np.linalg.solve(precision, shift)
    heads = [mean + spread**2 * h.T @ (b - own @ mean) for h, (own, b) in zip(half, parts, strict=True)]
    return SharedHeads(np.array(heads), mean)


def log_joint(data: TaskSums, heads: ArrayLike, mean: ArrayLike, *, tau: float, sigma: float) -> float:
    r"""Log density of rows and heads together, :math:`\log p(y \mid w) + \log p(w \mid m, \tau)`.

    Not bounded: at heads that all equal the mean head it grows without end as tau goes to 0.

    Parameters
    ----------
    data : TaskSums
        From `task_sums`, without leading axes.
    heads, mean : array_like, shapes (n_tasks, d) and (d,)
        Heads and mean head.
    tau, sigma : float
        Spread of heads and noise of rows, both positive.
    """
    w, m = as_floats("heads", heads), as_floats("mean", mean)
    for name, values, shape in (("heads", w, data.cross.shape), ("mean", m, data.cross.shape[-1:])):
        refuse_huge(name, values)
        if values.shape != shape:
            raise ValueError(f"{name} must have shape {shape}, got {values.shape}; one number for each feature")
    tau, sigma = as_positive("tau", tau, "it is a spread"), as_positive("sigma", sigma, "it is noise")
    misfit = data.square.sum() - 2 * np.sum(w * data.cross) + np.einsum("jd,jde,je->", w, data.gram, w)
    rows = -0.5 * misfit / sigma**2 - data.n.sum() * np.log(sigma * np.sqrt(2 * np.pi))
    return float(rows - 0.5 * np.sum((w - m) ** 2) / tau**2 - w.size * np.log(tau * np.sqrt(2 * np.pi)))


def _profile(of: Spectrum, rho: FloatArray, centre: Centre) -> tuple[FloatArray, FloatArray]:
    """Log evidence with sigma at its best, and that sigma squared, for each ratio."""
    found = marginal(of, rho)
    quad, free, charge = found.quad, np.asarray(of.n)[..., None], found.log_det
    if centre == "mean":
        mean = np.linalg.solve(found.precision, found.shift[..., None])[..., 0]
        quad = quad - np.sum(mean * found.shift, axis=-1)
        free = free - of.values.shape[-1]
        charge = charge + np.linalg.slogdet(found.precision)[1]
    # What is left of the squares has lost its digits where it is so small beside them.
    lost = quad <= 1e-12 * np.asarray(of.square)[..., None]
    if np.any(lost):
        raise ValueError(
            f"y must lie off the heads by more than rounding, got squares of {float(np.min(quad)):.3g} left of "
            f"{float(np.max(of.square)):.3g}: no noise can be learned; take off y's mean if it is far from 0"
        )
    variance = quad / free
    return np.asarray(-0.5 * (free * np.log(quad) + charge)), np.asarray(variance)


def _known(centre: Centre) -> Centre:
    if centre not in ("mean", "zero"):
        raise ValueError(f"centre must be 'mean' or 'zero', got {centre!r}; weight decay is 'zero'")
    return centre

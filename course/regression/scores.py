r"""How well a model predicts what it has not seen: one row more of a known group, or all rows of a new group.

From draws of the posterior given all data, the score of a left-out part is
:math:`\log p(y_i \mid y_{-i}) = -\log E[1 / p(y_i \mid \phi)]`, an importance-sampling estimate whose weights are
smoothed and judged (PSIS). For a left-out *group* phi must be the population, with the group's own line integrated out
(`log_evidence`): its line was learned from the very rows that are left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from course.regression.groups import Cells, Rows
from course.validate import FloatArray, as_floats, refuse, refuse_huge


class LeftOut(NamedTuple):
    """Log score of each left-out part and the tail shape of its weights; arrays of shape (n_parts,).

    A ``pareto_k`` above 0.7 means that leaving this part out moves the posterior too far for its score to be trusted.
    """

    log_score: FloatArray
    pareto_k: FloatArray

    @property
    def total(self) -> float:
        """Sum of the log scores: the expected log predictive density, elpd."""
        return float(self.log_score.sum())

    @property
    def standard_error(self) -> float:
        """Standard error of the sum over parts, as if they were independent."""
        return float(np.sqrt(self.log_score.size) * self.log_score.std(ddof=1)) if self.log_score.size > 1 else np.inf


def leave_out(log_density: ArrayLike) -> LeftOut:
    """Score every part as if it had been left out, from its log density at each draw.

    Parameters
    ----------
    log_density : array_like, shape (n_draws, n_parts)
        Log density of each part given each draw: of rows for leave-one-row-out, of whole groups with their lines
        integrated out for leave-one-group-out.

    Returns
    -------
    LeftOut

    Raises
    ------
    ValueError
        On fewer than 100 draws, a density of 0 or a value that is not finite.

    References
    ----------
    Vehtari, Gelman and Gabry (2017), Practical Bayesian model evaluation, Statistics and Computing 27, 1413-1432.
    """
    log_p = as_floats("log_density", log_density)
    if log_p.ndim != 2 or len(log_p) < 100:
        raise ValueError(f"log_density must have shape (n_draws >= 100, n_parts), got {log_p.shape}; is it transposed?")
    refuse(~np.isfinite(log_p), "log_density", log_p, "must be finite", "did a probability reach 0 or 1?")
    scores, shapes = np.empty(log_p.shape[1]), np.empty(log_p.shape[1])
    for i, column in enumerate(log_p.T):
        log_weight, shapes[i] = pareto_smooth(-column)
        scores[i] = special.logsumexp(log_weight + column)
    return LeftOut(scores, shapes)


def row_log_density(rows: Rows, alpha: ArrayLike, beta: ArrayLike, sigma: ArrayLike) -> FloatArray:
    """Log density of each row at each draw of the lines, shape (n_draws, n_rows).

    Parameters
    ----------
    rows : Rows
        From `group_rows`.
    alpha, beta : array_like, shape (n_draws, n_groups)
        Draws of the lines.
    sigma : array_like, shape (n_draws,)
        Draws of the noise.
    """
    a, b, s = as_floats("alpha", alpha), as_floats("beta", beta), as_floats("sigma", sigma)
    refuse(s <= 0, "sigma", s, "must be positive", "it is the noise of the rows")
    refuse(s < 1e-50, "sigma", s, "must be 1e-50 at least", "measure y in a smaller unit")
    _same_draws(a, b, len(rows.groups.labels), s.size)
    who = rows.groups.of_row
    z = (rows.y - a[:, who] - b[:, who] * rows.x) / s[:, None]
    return np.asarray(-0.5 * z**2 - np.log(s)[:, None] - 0.5 * np.log(2 * np.pi))


def choice_log_density(cells: Cells, alpha: ArrayLike, beta: ArrayLike) -> FloatArray:
    """Log probability of each cell's successes at each draw of the curves, without binomial coefficients.

    Parameters
    ----------
    cells : Cells
        From `cells`.
    alpha, beta : array_like, shape (n_draws, n_groups)
        Draws of the log odds at 0 and of their slopes.

    Returns
    -------
    ndarray, shape (n_draws, n_cells)
    """
    a, b = as_floats("alpha", alpha), as_floats("beta", beta)
    _same_draws(a, b, len(cells.groups.labels), len(a))
    who = cells.groups.of_row
    log_odds = a[:, who] + b[:, who] * cells.x
    return np.asarray(
        cells.successes * special.log_expit(log_odds) + (cells.trials - cells.successes) * special.log_expit(-log_odds)
    )


def pareto_smooth(log_ratio: FloatArray) -> tuple[FloatArray, float]:
    """Normalised log weights with the largest ones replaced by quantiles of a generalised Pareto, and its shape k.

    References
    ----------
    Vehtari et al. (2024), Pareto smoothed importance sampling, J. Machine Learning Research 25(72), section 2.
    """
    log_w = log_ratio - log_ratio.max()
    size = log_w.size
    tail = int(min(np.ceil(0.2 * size), np.ceil(3 * np.sqrt(size))))
    order = np.argsort(log_w)
    cut = log_w[order[-tail - 1]]
    largest = np.exp(log_w[order[-tail:]]) - np.exp(cut)
    if tail < 5 or largest[-1] <= 0 or np.all(largest == largest[0]):
        return np.asarray(log_w - special.logsumexp(log_w)), -np.inf  # all weights alike: nothing to smooth
    k, scale = _fit_pareto(np.maximum(largest, np.finfo(float).tiny))
    place = (np.arange(tail) + 0.5) / tail
    with np.errstate(over="ignore"):
        quantile = -scale * np.log1p(-place) if abs(k) < 1e-8 else scale * np.expm1(-k * np.log1p(-place)) / k
    log_w[order[-tail:]] = np.minimum(np.log(quantile + np.exp(cut)), 0.0)
    return np.asarray(log_w - special.logsumexp(log_w)), k


def _fit_pareto(x: FloatArray) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto distribution from a sorted sample, by Zhang and Stephens' mean.

    References
    ----------
    Zhang and Stephens (2009), A new and efficient estimation method, Technometrics 51(3), 316-325.
    """
    n, m = x.size, 30 + int(np.sqrt(x.size))
    quartile = x[int(n / 4 + 0.5) - 1]
    b = 1 / x[-1] + (1 - np.sqrt(m / (np.arange(1, m + 1) - 0.5))) / (3 * quartile)
    k_of = np.mean(np.log1p(-b[:, None] * x), axis=1)
    height = n * (np.log(-b / k_of) - k_of - 1)
    best = float(special.softmax(height) @ b)
    k = float(np.mean(np.log1p(-best * x)))
    # A weak prior at 0.5, worth ten observations: it steadies k in small samples.
    return (n * k + 5.0) / (n + 10.0), -k / best


def _same_draws(alpha: FloatArray, beta: FloatArray, n_groups: int, n_draws: int) -> None:
    refuse_huge("alpha", alpha)
    refuse_huge("beta", beta)
    if alpha.shape != (n_draws, n_groups) or beta.shape != alpha.shape:
        raise ValueError(
            f"alpha and beta must have shape ({n_draws}, {n_groups}), got {alpha.shape} and {beta.shape}; "
            "flatten chains and draws, groups last"
        )

"""What a fit knows: the population, every group given it, and what to expect of rows of groups known or new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from course.scale.ascent import Trace
from course.scale.coordinates import PopulationRoot
from course.scale.grouped import Grouped, IntArray, Labels, Outcome, chosen, column_names, predictors
from course.scale.online import updated
from course.scale.outcomes import as_choices, as_events
from course.scale.passes import logistic_nodes
from course.scale.summaries import as_html, as_text
from course.validate import BoolArray, FloatArray, as_floats, as_probability, as_same_labels, refuse, same_index

if TYPE_CHECKING:
    import pandas as pd

_NODES = 61
_NONE = 1e-6  # a variance of 0, in squared standard errors of the mean coefficient: whatever its units are


def _correlations(cov: FloatArray) -> FloatArray:
    sd = np.sqrt(np.maximum(np.diag(cov), 1e-300))
    return np.asarray(cov / np.outer(sd, sd))


class Centred(NamedTuple):
    """Centre and standard deviation of a linear predictor, both of shape (n_rows,)."""

    centre: FloatArray
    sd: FloatArray


class Design(NamedTuple):
    """Judged rows: places of their groups, predictors from the origin, shape (k, n_rows), and their shared part."""

    at: IntArray
    z: FloatArray
    common: FloatArray


class Near(NamedTuple):
    """A fit with its predictors measured from ``origin``, shape (k - 1 + n_fixed,): where they are, digits are kept."""

    origin: FloatArray
    mean: FloatArray
    root: FloatArray
    mode: FloatArray
    mode_cov: FloatArray


def find_labels(labels: Labels, group: ArrayLike) -> IntArray:
    """Position of each label among sorted labels; -1 where it is not among them."""
    shape = np.shape(group)
    if 0 in shape:
        return np.empty(shape, dtype=np.int64)
    if isinstance(group, np.ndarray) and group.ndim != 1:
        group = group.ravel()
    one: Any = group
    given = as_same_labels("group", one if shape else [one], labels)
    try:
        at = np.minimum(np.searchsorted(labels, given), len(labels) - 1)
    except TypeError:
        raise ValueError(f"group must be labels like {labels[0]!r}, got {given[0]!r}") from None
    return np.where(labels[at] == given, at, -1).reshape(shape)


@dataclass(frozen=True, repr=False)
class GroupFit:
    """A population of coefficients, intercept first, and every group's coefficients given it.

    Attributes
    ----------
    labels : ndarray, shape (n_groups,)
        Groups, sorted.
    mean, se : ndarray, shape (k,)
        Population mean and its standard errors, from the observed information.
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
    fixed, fixed_se : ndarray, shape (n_fixed,)
        Slopes that all groups share, and their standard errors.
    names : tuple of str
        Of intercept, slopes that vary and slopes that are shared: of the columns, where these had any.
    n_rows : int
        Rows that the population was fitted to.
    n_quadrature : int
        Nodes a dimension that its groups were integrated with; 1 is Laplace's approximation.
    note : str
        What else is to be known of the fit.
    near : Near, optional
        The same, where predictors are far from 0, measured from among them.
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
    fixed: FloatArray = field(default_factory=lambda: np.empty(0))
    fixed_se: FloatArray = field(default_factory=lambda: np.empty(0))
    names: tuple[str, ...] = ()
    n_rows: int = 0
    n_quadrature: int = 1
    near: Near | None = None
    note: str = ""

    def __repr__(self) -> str:
        """Population and number of groups."""
        sd = np.sqrt(np.diag(self.cov))
        body = ", ".join(f"{m:.4g} ± {s:.4g}" for m, s in zip(self.mean, sd, strict=True))
        said = "; ".join(part for part in (self.trace.reason, self.note, self.edge) if part)
        return f"{type(self).__name__}({len(self.labels):,} groups; population mean ± sd: {body}; {said})"

    @property
    def population(self) -> PopulationRoot:
        """Mean, shared slopes after it, and root."""
        return PopulationRoot(np.r_[self.mean, self.fixed], self.root)

    @property
    def close(self) -> Near:
        """The fit measured from where its predictors are."""
        if self.near is not None:
            return self.near
        origin = np.zeros(self.mean.size - 1 + self.fixed.size)
        return Near(origin, *self.population, self.mode, self.mode_cov)

    @property
    def coefficients(self) -> tuple[str, ...]:
        """Names of a group's own coefficients."""
        k = self.mean.size
        return self.names[:k] if len(self.names) >= k else ("intercept", *(f"slope {a}" for a in range(1, k)))

    def __str__(self) -> str:
        """Estimates, their standard errors, spreads and correlations between groups, and how the fit ended."""
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)

    def groups(self, level: float = 0.89) -> pd.DataFrame:
        """Every group's coefficients given the population, as a table with one row a group.

        Parameters
        ----------
        level : float
            Probability of the equal-tailed intervals, of the normal approximation at the mode. The population is taken
            as known: with few groups they are too narrow (lesson 11).

        Returns
        -------
        pandas.DataFrame
            For each coefficient, the first level of the columns: ``estimate``, the ends ``low`` and ``high``, and
            ``weight``, the share of the population's variance that the group's own rows have removed: 1 where they
            decide alone, 0 where the population does.
        """
        import pandas as pd

        z = float(stats.norm.ppf((1 + float(as_probability(level, "level"))) / 2))
        parts = {}
        for a, name in enumerate(self.coefficients):
            mode, variance = self.mode[:, a], self.mode_cov[:, a, a]
            sd, whole = np.sqrt(np.maximum(variance, 0.0)), self.cov[a, a]
            weight = np.clip(1.0 - variance / whole, 0.0, 1.0) if whole > 0 else np.zeros(len(mode))
            columns = {"estimate": mode, "low": mode - z * sd, "high": mode + z * sd, "weight": weight}
            parts[name] = pd.DataFrame(columns, index=pd.Index(self.labels, name="group"))
        return pd.concat(parts, axis=1)

    @property
    def on_boundary(self) -> bool:
        """Whether the covariance is singular: a spread of 0, or a correlation of -1 or 1."""
        return bool(np.any(self._flat()) or np.linalg.eigvalsh(_correlations(self.cov))[0] < 1e-5)

    def _flat(self) -> BoolArray:
        known = np.isfinite(self.se).all() and self.se.size == len(self.cov)
        return np.asarray(np.diag(self.cov) < (_NONE * self.se**2 if known else _NONE))

    @property
    def edge(self) -> str:
        """What makes the covariance singular, in words; empty where nothing does.

        A singular covariance is a true maximum and no failure: the groups do not show that they differ, or in which
        way. But it is plugged in as if it were known, and the intervals of the groups may then be far too narrow.
        """
        if not self.on_boundary:
            return ""
        names = self.coefficients
        flat, tied = self._flat(), _correlations(self.cov)
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

    def linear(self, x: ArrayLike | None, group: ArrayLike, *, fixed: ArrayLike | None = None) -> Centred:
        """Linear predictor of rows: centre and sd, of the group's posterior or, for a new group, of the population.

        Parameters
        ----------
        x : array_like, shape (n_rows,) or (n_rows, k - 1), or None
            Predictors, without the intercept; None when the fit has none.
        group : array_like, shape (n_rows,)
            Label of each row's group.
        fixed : array_like, shape (n_rows,) or (n_rows, n_fixed), or None
            Predictors whose slopes all groups share; None when the fit has none.
        """
        return self.centred(self.design(x, group, fixed))

    def centred(self, rows: Design) -> Centred:
        """Centre and sd of the linear predictor of judged rows."""
        at, z, common = rows
        fit, k, known = self.close, self.mean.size, at >= 0
        centre = common + np.where(known, np.einsum("ai,ia->i", z, fit.mode[at]), fit.mean[:k] @ z)
        own = np.einsum("ai,iab,bi->i", z, fit.mode_cov[at], z)
        variance = np.where(known, own, np.sum((fit.root.T @ z) ** 2, axis=0))
        return Centred(centre, np.sqrt(np.maximum(variance, 0.0)))

    def design(self, x: ArrayLike | None, group: ArrayLike, fixed: ArrayLike | None) -> Design:
        """Judge rows.

        Raises
        ------
        ValueError
            As `judge_columns`, or on more than one label a row.
        """
        same_index(x=x, group=group, fixed=fixed)
        at, k, fit = np.atleast_1d(self.place(group)), self.mean.size, self.close
        if at.ndim != 1:
            raise ValueError(f"group must have one label for each row, got shape {at.shape}; flatten it")
        columns, shared = predictors(x, at.size), predictors(fixed, at.size, "fixed")
        self.judge_columns(x, len(columns), fixed, len(shared))
        z = np.vstack([np.ones(at.size), columns - fit.origin[: k - 1, None]])
        return Design(at, z, fit.mean[k:] @ (shared - fit.origin[k - 1 :, None]))

    def judge_columns(self, x: ArrayLike | None, n_x: int, fixed: ArrayLike | None, n_fixed: int) -> None:
        """Refuse predictors of another number or, where both have them, other names than those fitted.

        Raises
        ------
        ValueError
            Naming both.
        """
        k = self.mean.size
        for name, given, found, wanted, fitted in (
            ("x", x, n_x, k - 1, self.names[1:k]),
            ("fixed", fixed, n_fixed, self.fixed.size, self.names[k:]),
        ):
            if found != wanted:
                raise ValueError(f"{name} must have {wanted} predictors, got {found}; was it fitted so?")
            named, kind = column_names(given, found, "slope" if name == "x" else "fixed"), ("slope ", "fixed ")
            if fitted and named != fitted and not any(part.startswith(kind) for part in (*named, *fitted)):
                raise ValueError(
                    f"{name} must have the columns {', '.join(fitted)}, got {', '.join(named)}; put them in this order"
                )


@dataclass(frozen=True, repr=False)
class CountFit(GroupFit):
    """A fit to counts, which can take in new rows.

    Attributes
    ----------
    rows : Grouped, optional
        The rows, sorted, which `update` needs to be exact; None after `forget`.
    """

    rows: Grouped | None = None

    def forget(self) -> Self:
        """Drop the rows: what remains is small enough to serve from."""
        return replace(self, rows=None)

    def averaged(self, rows: Design, normal: FloatArray, of: Callable[[FloatArray], FloatArray]) -> FloatArray:
        """Average of a function of the linear predictor over each row's group, by the quadrature of the fit.

        ``normal``, shape (n_rows,), is what the normal approximation says: it stays where the group is new, the rows
        are not kept or the fit is Laplace's.
        """
        if self.rows is None or self.n_quadrature == 1:
            return normal
        known, fit, found = np.flatnonzero(rows.at >= 0), self.close, normal.copy()
        some, of_row = np.unique(rows.at[known], return_inverse=True)
        theta, share = logistic_nodes(chosen(self.rows, some), PopulationRoot(fit.mean, fit.root), self.n_quadrature)
        found[known] = 0.0
        for q in range(share.shape[1]):
            linear = rows.common[known] + np.einsum("ai,ia->i", rows.z[:, known], theta[of_row, q])
            found[known] += share[of_row, q] * of(linear)
        return found

    def _updated(self, x: ArrayLike | None, outcome: Outcome, group: ArrayLike, fixed: ArrayLike | None) -> Self:
        found = updated(self, outcome, x, group, fixed)
        near = None if self.near is None else self.near._replace(mode=found.mode, mode_cov=found.mode_cov)
        back, k = from_origin(self.close.origin), self.mean.size
        mode, cov = carried(found.mode, found.mode_cov, back, np.zeros(len(back)), self.close.mean[k:])
        return replace(self, labels=found.labels, mode=mode, mode_cov=cov, rows=found.rows, near=near)


@dataclass(frozen=True, repr=False)
class LogisticFit(CountFit):
    """Log odds that vary by group; `GroupFit` and `CountFit` say what else is in it."""

    def predict(self, x: ArrayLike | None, group: ArrayLike, *, fixed: ArrayLike | None = None) -> FloatArray:
        """Probability of a 1 in each row, shape (n_rows,).

        Averaged over what is not known: over the group's own posterior or, for a group that the fit has not seen, over
        the population. The second is not the probability of the average group. The posterior is a normal about the
        mode; a fit with ``n_quadrature`` that keeps its rows takes it as it is.

        Parameters
        ----------
        x, group, fixed
            As in `linear`.
        """
        rows = self.design(x, group, fixed)
        centre, sd = self.centred(rows)
        at, weight = np.polynomial.hermite_e.hermegauss(_NODES)
        total = np.zeros(centre.shape)
        for node, share in zip(at, weight / weight.sum(), strict=True):
            total += share * special.expit(centre + sd * node)
        return self.averaged(rows, total, special.expit)

    def update(
        self, x: ArrayLike | None, y: ArrayLike, group: ArrayLike, *, fixed: ArrayLike | None = None,
        trials: ArrayLike | None = None,
    ) -> LogisticFit:  # fmt: skip
        """Add new rows of some groups, known or new, and find only these groups again; the population stays.

        With its rows kept, each touched group gets exactly what a fit with this population would give it. After
        `forget` the group's old rows are stood for by their normal approximation.

        Parameters
        ----------
        x, y, group, fixed, trials
            New rows, as in `fit_logistic`.
        """
        same_index(x=x, y=y, group=group, fixed=fixed, trials=trials)
        return self._updated(x, as_choices(y, trials), group, fixed)


@dataclass(frozen=True, repr=False)
class PoissonFit(CountFit):
    """Log rates that vary by group; `GroupFit` and `CountFit` say what else is in it."""

    def predict(
        self, x: ArrayLike | None, group: ArrayLike, *, fixed: ArrayLike | None = None, exposure: ArrayLike = 1.0
    ) -> FloatArray:
        """Events to expect in each row, shape (n_rows,).

        Averaged over what is not known, which the exponential raises: exp(centre + sd^2 / 2) with both of `linear`. So
        it is for a normal about the mode. The posterior of a group with few events leans to the left, and this is too
        high, by up to a quarter at a spread of 1.2: a fit with ``n_quadrature`` that keeps its rows has the posterior
        as it is.

        Parameters
        ----------
        x, group, fixed
            As in `linear`.
        exposure : array_like, shape (n_rows,) or one number
            What the events happen in, in the units of the fit.
        """
        rows = self.design(x, group, fixed)
        centre, sd = self.centred(rows)
        share = as_floats("exposure", exposure)
        if share.shape not in ((), centre.shape):
            raise ValueError(
                f"exposure must be one number or one for each of the {centre.size} rows, got shape {share.shape}; "
                "is it of another table?"
            )
        refuse(share < 0, "exposure", share, "must not be negative", "it is time, area or people watched")
        return np.asarray(share * self.averaged(rows, np.exp(centre + 0.5 * sd**2), np.exp))

    def update(
        self, x: ArrayLike | None, y: ArrayLike, group: ArrayLike, *, fixed: ArrayLike | None = None,
        exposure: ArrayLike | None = None,
    ) -> PoissonFit:  # fmt: skip
        """Add new rows, the population held, as in `LogisticFit.update`.

        Parameters
        ----------
        x, y, group, fixed, exposure
            New rows, as in `fit_poisson`.
        """
        same_index(x=x, y=y, group=group, fixed=fixed, exposure=exposure)
        return self._updated(x, as_events(y, exposure), group, fixed)


@dataclass(frozen=True, repr=False)
class NormalFit(GroupFit):
    """Lines that vary by group, rows normal about them with standard deviation ``sigma``; the rest as in `GroupFit`."""

    sigma: float = 1.0
    sigma_se: float = 0.0
    reml: bool = False

    def predict(self, x: ArrayLike | None, group: ArrayLike, *, fixed: ArrayLike | None = None) -> Centred:
        """Expectation of each row and the standard deviation of the row about it; a new group: of the population."""
        centre, sd = self.linear(x, group, fixed=fixed)
        return Centred(centre, np.hypot(sd, self.sigma))


def from_origin(origin: FloatArray) -> FloatArray:
    """Matrix that takes coefficients of predictors measured from an origin to those measured from 0."""
    matrix = np.eye(origin.size + 1)
    matrix[0, 1:] = -origin
    return matrix


def carried(
    mode: FloatArray, mode_cov: FloatArray, back: FloatArray, level: FloatArray, fixed: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Groups' coefficients and their covariances in other units: level + back @ coefficients, shared ones last."""
    k = mode.shape[1]
    own = back[:k, :k]
    shift = level[:k] + back[:k, k:] @ fixed
    if np.array_equal(own, np.eye(k)) and not shift.any():
        return mode, mode_cov
    return mode @ own.T + shift, own @ mode_cov @ own.T

"""A fit as people know it: one table of estimates, one of what varies between groups, as text and as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from course.scale.fits import GroupFit

_WHAT = {"LogisticFit": "log odds", "PoissonFit": "log rates", "NormalFit": "lines"}


def as_text(fit: GroupFit) -> str:
    """For a terminal."""
    parts = [_head(fit), ""]
    for title, rows in _tables(fit):
        cells = [title, *rows]
        wide = [max(len(row[i]) for row in cells if len(row) > i) for i in range(len(title))]
        for row in cells:
            line = [f"  {row[0]:<{wide[0]}}", *(f"{c:>{w + 3}}" for c, w in zip(row[1:], wide[1:], strict=False))]
            parts.append("".join(line).rstrip())
        parts.append("")
    return "\n".join([*parts, _end(fit)])


def as_html(fit: GroupFit) -> str:
    """For a notebook."""
    parts = [f"<p>{escape(_head(fit))}</p>"]
    for title, rows in _tables(fit):
        top = "".join(f"<th>{escape(cell)}</th>" for cell in title)
        body = "".join(
            f"<tr><th>{escape(name)}</th>" + "".join(f"<td>{escape(cell)}</td>" for cell in rest) + "</tr>"
            for name, *rest in rows
        )
        parts.append(f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>")
    return "".join([*parts, f"<p>{escape(_end(fit))}</p>"])


def _head(fit: GroupFit) -> str:
    how = "REML" if getattr(fit, "reml", False) else "maximum likelihood"
    if not hasattr(fit, "sigma"):
        nodes = fit.n_quadrature
        how = "Laplace's approximation" if nodes == 1 else f"quadrature with {nodes} nodes a dimension"
    what = _WHAT.get(type(fit).__name__, "coefficients")
    return (
        f"{what} that vary by group: {fit.n_rows:,} rows, {len(fit.labels):,} groups; log likelihood "
        f"{fit.log_marginal:,.3f} ({how})"
    )


def _tables(fit: GroupFit) -> list[tuple[list[str], list[list[str]]]]:
    own = fit.coefficients
    shared = fit.names[len(own) :] or tuple(f"fixed {a}" for a in range(1, fit.fixed.size + 1))
    values, errors = np.r_[fit.mean, fit.fixed], np.r_[fit.se, fit.fixed_se]
    means = [[name, _shown(v, e), _shown(e, e)] for name, v, e in zip((*own, *shared), values, errors, strict=True)]
    sd = np.sqrt(np.maximum(np.diag(fit.cov), 0.0))
    between = []
    for a, name in enumerate(own):
        tied = [f"{fit.cov[a, b] / (sd[a] * sd[b]):.2f}" if sd[a] * sd[b] > 0 else "-" for b in range(a)]
        between.append([name, _shown(sd[a], sd[a]), *tied])
    if hasattr(fit, "sigma"):
        noise: Any = fit
        between.append(["rows about the line", _shown(noise.sigma, noise.sigma)])
    title = ["between groups", "sd", *(f"corr {name}" for name in own[:-1])]
    return [(["mean of groups", "estimate", "std error"], means), (title, between)]


def _shown(value: float, by: float) -> str:
    """A number with as many digits after the point as show four of ``by``."""
    if not np.isfinite(value):
        return "inf"
    digits = 4 if not np.isfinite(by) or by == 0 else int(np.clip(3 - np.floor(np.log10(abs(by))), 0, 9))
    return f"{value:,.{digits}f}"


def _end(fit: GroupFit) -> str:
    return "; ".join(part for part in (fit.trace.reason, fit.edge) if part)

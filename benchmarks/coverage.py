"""What does each step from a plugged-in tau to its whole posterior do for the intervals? Lesson 04 quotes the table.

Eight groups with the schools' standard errors and a known truth. Six 89% intervals for every group; from each to the
next one thing changes:

1. tau by maximum likelihood, mu put in as if it were known;
2. the same tau, and the doubt about mu carried along (flat prior on mu from here on);
3. tau from the likelihood with mu integrated out (REML);
4. the highest point of that likelihood times a gamma prior, shape 2 and scale 10, which is zero at tau = 0;
5. under the same gamma prior the posterior mean of tau, still one point;
6. under the same gamma prior the whole posterior of tau.

What a step gains depends on what came before. The last column has them in another order: tau as in step 4, mu put in as
if it were known. A second table has steps 4 to 6 under the prior of lesson 03, HalfNormal(10), whose highest point can
be at 0.
A shift of all reports changes no interval's coverage, so that mu is 0 in all worlds.
Run it from the top folder: ``uv run python -m benchmarks.coverage [worlds]``; coverage.txt has its table.
"""

import sys
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from course import data

LEVEL = 0.89
TAU = np.concatenate([[0.0], 160.0 * ((np.arange(400) + 0.5) / 400) ** 2])  # closer near 0; 0 itself for the maxima
GAMMA, HALF_NORMAL = stats.gamma(2, scale=10), stats.halfnorm(scale=10)
BLOCK = 500
SIGMA = data.load("eight_schools").sigma

Floats = NDArray[np.float64]


class Grid(NamedTuple):
    """For each world and each tau: the best mu and its sd, two log likelihoods; for each group mean and two sds."""

    profile: Floats
    restricted: Floats
    mean: Floats
    sd_mu_known: Floats
    sd: Floats


def on_grid(y: Floats, sigma: Floats, tau: Floats) -> Grid:
    """Everything that is normal given tau, for worlds y of shape (worlds, groups), with a flat prior on mu."""
    variance = sigma**2 + tau[:, None] ** 2  # (taus, groups)
    precision = (1 / variance).sum(axis=1)
    mu = y @ (1 / variance / precision[:, None]).T  # (worlds, taus)
    squares = (y**2) @ (1 / variance).T - precision * mu**2
    profile = -0.5 * (squares + np.log(variance).sum(axis=1))
    lam = tau[:, None] ** 2 / variance
    own = lam * sigma**2
    return Grid(
        profile,
        profile - 0.5 * np.log(precision),
        lam * y[:, None, :] + (1 - lam) * mu[:, :, None],
        np.sqrt(own),
        np.sqrt(own + (1 - lam) ** 2 / precision[:, None]),
    )


def hits(theta: Floats, y: Floats, sigma: Floats = SIGMA, tau: Floats = TAU, tau_prior: Any = GAMMA) -> Floats:
    """Share of the groups of each world whose true effect is inside: the six intervals, then the one of another order.

    The result has shape (7, worlds).
    """
    grid = on_grid(y, sigma, tau)
    z = special.ndtri(0.5 + LEVEL / 2)
    worlds = np.arange(len(y))
    with np.errstate(divide="ignore"):  # the gamma density is 0 at 0
        prior = tau_prior.logpdf(tau)
    ml, reml, mode = (np.argmax(of, axis=1) for of in (grid.profile, grid.restricted, grid.restricted + prior))

    def at(node: NDArray[np.intp], sd: Floats) -> Floats:
        inside = np.abs(theta - grid.mean[worlds, node]) <= z * sd[node]
        return np.asarray(inside.mean(axis=1))

    top = [at(ml, grid.sd_mu_known), at(ml, grid.sd), at(reml, grid.sd), at(mode, grid.sd)]
    width = np.gradient(tau[1:], edge_order=2)  # 0 is there for the maxima alone
    log_weight = grid.restricted[:, 1:] + prior[1:] + np.log(width)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    below = special.ndtr((theta[:, None, :] - grid.mean[:, 1:]) / grid.sd[1:])
    cdf = np.einsum("wt,wtj->wj", weight, below)  # of the posterior, at the truth: inside or not, without a quantile
    full = np.abs(cdf - 0.5) <= LEVEL / 2
    mean, sd = given(weight @ tau[1:], y, sigma)
    middle = np.abs(theta - mean) <= z * sd
    return np.array([*top, middle.mean(axis=1), full.mean(axis=1), at(mode, grid.sd_mu_known)])


def given(tau: Floats, y: Floats, sigma: Floats) -> tuple[Floats, Floats]:
    """Mean and sd of all effects, with one tau for each world and a flat prior on mu."""
    variance = sigma**2 + tau[:, None] ** 2
    precision = (1 / variance).sum(axis=1, keepdims=True)
    mu = (y / variance).sum(axis=1, keepdims=True) / precision
    lam = 1 - sigma**2 / variance
    return lam * y + (1 - lam) * mu, np.sqrt(lam * sigma**2 + (1 - lam) ** 2 / precision)


def measure(
    taus: Floats, rng: np.random.Generator, *, tau_prior: Any = GAMMA, sigma: Floats = SIGMA
) -> tuple[Floats, Floats]:
    """Coverage of the seven intervals over worlds with these true taus, and its standard error, both of shape (7,)."""
    shares = []
    for part in np.array_split(taus, max(1, len(taus) // BLOCK)):
        theta = part[:, None] * rng.standard_normal((len(part), len(sigma)))
        shares.append(hits(theta, theta + sigma * rng.standard_normal(theta.shape), sigma, tau_prior=tau_prior))
    all_shares = np.concatenate(shares, axis=1)
    return all_shares.mean(axis=1), all_shares.std(axis=1) / np.sqrt(len(taus))


def main(worlds: int = 100_000) -> None:
    """Print coverage, with its largest standard error, for fixed taus and for taus drawn from the prior."""
    rng = np.random.default_rng(4)
    print(f"eight groups, {worlds:,} worlds a row; share of 89% intervals that hold the truth")
    print("true tau         1 plug in  2 + mu  3 REML  4 top  5 mean  6 whole   top, mu known   standard error")
    fixed = {f"{tau:g}": np.full(worlds, float(tau)) for tau in (2, 5, 10, 20)}
    for text, taus in (fixed | {"from the gamma": GAMMA.rvs(worlds, random_state=rng)}).items():
        share, error = measure(taus, rng)
        widths = (10, 8, 8, 7, 8, 9, 16)
        numbers = "".join(f"{value:{width}.3f}" for value, width in zip(share, widths, strict=True))
        print(f"{text:16}{numbers}{error.max():17.4f}", flush=True)
    print("\nunder HalfNormal(10)        4 top  5 mean  6 whole   standard error")
    for text, taus in (fixed | {"from the half-normal": HALF_NORMAL.rvs(worlds, random_state=rng)}).items():
        share, error = measure(taus, rng, tau_prior=HALF_NORMAL)
        numbers = "".join(f"{value:{width}.3f}" for value, width in zip(share[3:6], (5, 8, 9), strict=True))
        print(f"{text:28}{numbers}{error[3:6].max():17.4f}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

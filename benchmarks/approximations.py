"""What modes, Laplace and a plugged-in population cost in lesson 11, over many worlds and not in one.

    python -m benchmarks.approximations

Every number is a mean over worlds with its standard error; approximations.txt keeps the last table.
"""

from collections.abc import Iterator

import numpy as np
from scipy import special, stats

from course import scale, simulate

Z = stats.norm.ppf(0.945)  # 89% of a bell curve


def mean(values: np.ndarray, digits: int = 3) -> str:
    values = np.asarray(values, float)
    return f"{values.mean():.{digits}f} +- {values.std(ddof=1) / np.sqrt(values.size):.{digits}f}"


def sizes(rng: np.random.Generator, cities: int) -> np.ndarray:
    return np.maximum(1, rng.lognormal(np.log(30), 1.6, cities)).astype(int)


def averaged(rows: tuple[np.ndarray, ...], *, own: bool) -> tuple[np.ndarray, np.ndarray]:
    """EM with modes; without ``own`` it leaves out how uncertain each city is."""
    mu, cov = np.array([3.0, -0.5]), np.diag([1.0, 0.1])
    for _ in range(60):
        group = scale.modes_given(*rows, mu, cov)
        mu, cov = group.mode.mean(axis=0), np.cov(group.mode.T, bias=True) + own * group.mode_cov.mean(axis=0)
    return mu, cov


def plain_recipe(worlds: int = 20, cities: int = 2000) -> None:
    found: dict[str, list[tuple[float, ...]]] = {}
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        world = simulate.priced_cities(rng, users=sizes(rng, cities), rho=-0.6)
        rows = world.price / 10, world.bought, world.city
        nodes = scale.fit_logistic(*rows, n_quadrature=9, progress=False)
        laplace = scale.fit_logistic(*rows, progress=False)
        fits = {
            "EM with modes": averaged(rows, own=True),
            "EM, modes alone": averaged(rows, own=False),
            "Laplace": (laplace.mean, laplace.cov),
            "81 nodes": (nodes.mean, nodes.cov),
        }
        for name, (mu, cov) in fits.items():
            off = (mu[0] - nodes.mean[0]) / nodes.se[0]
            found.setdefault(name, []).append((*mu, *np.sqrt(np.diag(cov)), off))
    print(f"{worlds} worlds of {cities:,} cities; means 5, -0.8, sds 1.5, 0.3; last: standard errors from 81 nodes")
    for name, values in found.items():
        print(f"   {name:16}" + "   ".join(mean(column) for column in np.array(values).T))


def laplace_against_nodes(
    name: str, worlds: int, nodes: int, *, slope: bool, cities: int, users: int, **world: object
) -> None:
    found = []
    for seed in range(worlds):
        w = simulate.priced_cities(np.random.default_rng(seed), users=np.full(cities, users), **world)  # type: ignore[arg-type]
        x = w.price / 10 if slope else None
        fits = [scale.fit_logistic(x, w.bought, w.city, n_quadrature=n, progress=False) for n in (1, nodes)]
        found.append([value for f in fits for value in (f.mean[0], np.sqrt(f.cov[0, 0]))])
    a, b, c, d = np.array(found).T
    print(f"{name}: {worlds} worlds of {cities:,} cities with {users} users")
    print(f"   Laplace: mean {mean(a)}, sd {mean(b)} (from {b.min():.2f} to {b.max():.2f})")
    print(f"   {nodes} nodes: mean {mean(c)}, sd {mean(d)} (from {d.min():.2f} to {d.max():.2f})")
    print(f"   Laplace's sd is the higher in {np.mean(b > d):.0%} of worlds")


def few_cities() -> None:
    print("89% intervals with the population plugged in: alpha and beta, log odds at 60 euros, singular")
    for n, size, worlds in ((8, 60, 2000), (8, 500, 400), (30, 60, 600), (100, 60, 200), (1000, 60, 30)):
        found = []
        for seed in range(worlds):
            w = simulate.priced_cities(np.random.default_rng(seed), users=np.full(n, size), rho=-0.6)
            f = scale.fit_logistic(w.price / 10, w.bought, w.city, progress=False)
            inside = np.abs(np.column_stack([w.alpha, w.beta]) - f.mode) < Z * np.sqrt(f.mode_cov[:, [0, 1], [0, 1]])
            centre, sd = f.linear(np.full(n, 6.0), f.labels)
            found.append([inside.mean(), np.mean(np.abs(w.alpha + 6 * w.beta - centre) < Z * sd), f.on_boundary])
        both, at_60, tied = np.array(found).T
        print(f"   {n:5,} cities of {size:3}, {worlds:4} worlds: {mean(both)}   {mean(at_60)}   {mean(tied)}")
        if tied.mean() > 0.02:
            print(f"      singular {mean(both[tied == 1])}, others {mean(both[tied == 0])}")


def many_cities(worlds: int = 8) -> None:
    print(f"10,000 cities of all sizes, {worlds} worlds: alpha inside, beta inside")
    found: dict[str, list[tuple[float, float]]] = {}
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        w = simulate.priced_cities(rng, users=sizes(rng, 10_000), rho=-0.6)
        f = scale.fit_logistic(w.price / 10, w.bought, w.city, progress=False)
        inside = np.abs(np.column_stack([w.alpha, w.beta]) - f.mode) < Z * np.sqrt(f.mode_cov[:, [0, 1], [0, 1]])
        odd, tiny = np.abs(w.alpha - 5) / 1.5, w.users < 5
        which = {
            "all": odd >= 0,
            "within 1 sd": odd < 1,
            "beyond 2 sds": odd > 2,
            "   of 1 to 4 users": (odd > 2) & tiny,
        }
        which |= {f"{a:,} to {b:,} users": (w.users >= a) & (w.users <= b) for a, b in BANDS}
        for name, here in which.items():
            found.setdefault(name, []).append(tuple(inside[here].mean(axis=0)))
    for name, shares in found.items():
        print(f"   {name:22}" + "   ".join(mean(column) for column in np.array(shares).T))


BANDS = ((1, 4), (5, 19), (20, 99), (100, 999), (1000, 99_999))


def newcomers(cities: int = 4000) -> None:
    """Cities drawn from the population, which is known: how wide their intervals are at 60 euros, by users."""
    rng = np.random.default_rng(0)
    mu, cov = np.array([5.0, -0.8]), np.array([[2.25, -0.27], [-0.27, 0.09]])
    print(f"{cities:,} new cities: median width at 60 euros, in log odds and as a chance (alpha 7 in brackets)")
    for n in (0, 5, 8, 10, 11, 12, 15, 20, 25, 50):
        printed = []
        for one in (None, 7.0):
            theta = (
                rng.multivariate_normal(mu, cov, cities, method="cholesky")
                if one is None
                else np.tile([one, -0.8], (cities, 1))
            )
            asked = rng.choice(np.arange(2, 11), (cities, n)) * 1.0
            bought = rng.binomial(1, special.expit(theta[:, :1] + theta[:, 1:] * asked))
            centre, variance = np.tile(mu, (cities, 1)), np.tile(cov, (cities, 1, 1))
            if n:
                city = np.repeat(np.arange(cities), n)
                _, centre, variance = scale.modes_given(asked.ravel(), bought.ravel(), city, mu, cov)
            at = np.array([1, 6])
            middle, sd = centre @ at, np.sqrt(at @ variance @ at)
            chance = special.expit(middle + Z * sd) - special.expit(middle - Z * sd)
            printed.append(f"{np.median(2 * Z * sd):.2f} {np.median(chance):.2f}")
        print(f"   {n:3} users: {printed[0]} ({printed[1]})")


def parts() -> Iterator[None]:
    yield plain_recipe()
    yield newcomers()
    yield laplace_against_nodes("intercept and slope", 10, 7, slope=True, cities=10_000, users=4, rho=-0.6)
    yield laplace_against_nodes(
        "intercept alone", 10, 7, slope=False, cities=100_000, users=3, mean=(1.0, 0.0), tau=(0.9, 0.0)
    )
    yield many_cities()
    yield few_cities()


if __name__ == "__main__":
    for _ in parts():
        pass

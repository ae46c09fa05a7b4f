"""Whose gain is it? Euros a visitor lost in lesson 07's worlds: own curves, one curve, the prior alone, the hierarchy.

    python -m benchmarks.prices

Two kinds of worlds, ten cities each; and 300 cities of 20 users whose population is known, with its correlation used
or put to 0. Every row is a mean with its standard error; prices.txt keeps the last table.
"""

import numpy as np

from course import regression, simulate

SPREADS = {"tau_alpha": 2.0, "tau_beta": 0.5}
PRIORS = {
    "near the truth": regression.LinePriors(mu_alpha=(4, 2), mu_beta=(-0.7, 0.3), **SPREADS),
    "vague": regression.LinePriors(mu_alpha=(0, 5), mu_beta=(0, 1), **SPREADS),
}
MENU = np.arange(20, 101) / 10
WORLDS, POPULATIONS = 1000, 64


def mean(values: np.ndarray) -> str:
    return f"{values.mean():6.3f} +- {values.std(ddof=1) / np.sqrt(values.size):.3f}"


def losses(tau: tuple[float, float], priors: regression.LinePriors) -> tuple[np.ndarray, int, int]:
    """Losses of shape (worlds, 4, cities), in how many worlds a city has no curve, and how many left the grid."""
    found, separated, left = [], 0, 0
    for seed in range(WORLDS):
        world = simulate.priced_cities(np.random.default_rng(seed), tau=tau)
        cells = regression.cells(world.bought, world.price / 10, world.city)
        try:
            chosen = regression.choose_prices(cells, priors, MENU)
        except ValueError:
            left += 1
            continue
        separated += any(kind is not regression.Separation.OVERLAP for kind in regression.separation(cells))
        found.append([10 * regression.revenue_lost(price, world.alpha, world.beta, MENU) for price in chosen])
    return np.array(found), separated, left


def gain_of_rho(rho: float) -> np.ndarray:
    """Euros a visitor won by knowing rho, in each of several populations of 300 cities."""
    gains = []
    for seed in range(POPULATIONS):
        world = simulate.priced_cities(np.random.default_rng(seed), users=[20] * 300, rho=rho)
        cells = regression.cells(world.bought, world.price / 10, world.city)
        lost = []
        for taken in (0.0, rho):
            given = regression.curves_given(cells, regression.Population(5, -0.8, 1.5, 0.3, taken))
            price = MENU[given.revenue(MENU).argmax(axis=1)]
            lost.append(10 * regression.revenue_lost(price, world.alpha, world.beta, MENU).mean())
        gains.append(lost[0] - lost[1])
    return np.array(gains)


def table(name: str, tau: tuple[float, float], priors: regression.LinePriors) -> None:
    lost, separated, left = losses(tau, priors)
    print(f"{name}: {len(lost)} worlds, {left} more left the grid; some city without a curve in {separated}")
    ways = ("none", "complete", "alone", "partial")
    for k, way in enumerate(ways):
        print(
            f"   {way:9} {mean(lost[:, k].mean(axis=1))}   city A {mean(lost[:, k, 0])}   city J {mean(lost[:, k, 9])}"
        )
    by_world = lost.mean(axis=2)
    for one, other in ((0, 3), (0, 2), (2, 3)):
        gap = by_world[:, one] - by_world[:, other]
        print(f"   {ways[one]} - {ways[other]:9} {mean(gap)}   below 0 in {np.mean(gap < 0):.0%} of worlds")


def main() -> None:
    for prior, priors in PRIORS.items():
        for name, tau in {"cities as in the lesson": (1.5, 0.3), "a third as different": (0.5, 0.1)}.items():
            table(f"{name}, prior {prior}", tau, priors)
    for rho in (-0.8, 0.8):
        print(f"knowing rho = {rho:+.1f}, {POPULATIONS} populations: {mean(gain_of_rho(rho))}")


if __name__ == "__main__":
    main()

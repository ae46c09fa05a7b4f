"""Two answers of lesson 12 that one world cannot give: what c is learned to be, and how a page's race ends.

    python -m benchmarks.interview

interview.txt keeps the last table.
"""

import numpy as np

from course import bandits, pooling


def concentrations(worlds: int = 60) -> None:
    for articles in (400, 40):
        learned = []
        for seed in range(worlds):
            rng = np.random.default_rng(seed)
            clicks = rng.binomial(100, rng.beta(2, 40, articles))
            learned.append(pooling.beta_binomial_mle(clicks, np.full(articles, 100)).concentration)
        low, middle, high = np.quantile(learned, [0.05, 0.5, 0.95])
        print(f"{articles} articles of 100 visitors, {worlds} worlds, c truly 42: median {middle:.0f}, ", end="")
        print(f"nine in ten from {low:.0f} to {high:.0f}")


def races(seeds: int = 7, pages: int = 150) -> None:
    truth = pooling.BetaPopulation(mean=2 / 42, concentration=42)
    grid = bandits.population_grid(mean=(0.005, 0.9), concentration=(2, 1000), points=(32, 10))
    lost: dict[str, list[np.ndarray]] = {}
    for policy in (bandits.Thompson(), bandits.HierarchicalThompson(grid)):
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            arms = bandits.DrawnArms(50, truth)
            lost.setdefault(policy.name, []).append(
                bandits.simulate(policy, arms, 3000, replications=pages, rng=rng).regret[-1]
            )
    flat, learned = (np.concatenate(one) for one in lost.values())
    saved = flat - learned
    print(f"{saved.size} pages of 50 articles, 3,000 visitors: clicks lost {flat.mean():.0f} and {learned.mean():.0f}")
    print(f"   saved {saved.mean():.0f} +- {saved.std(ddof=1) / np.sqrt(saved.size):.1f}; ", end="")
    print(f"the flat prior did better on {np.mean(saved < 0):.1%} of pages")


if __name__ == "__main__":
    concentrations()
    races()

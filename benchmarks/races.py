"""Who loses how many clicks, and why: the races of lesson 08 on many platforms, each number with its standard error.

    python -m benchmarks.races

All policies of one table meet the same articles and the same luck; differences are platform by platform. races.txt
keeps the last table.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from course import bandits, pooling
from course.bandits.hierarchical import Believed
from course.pooling import BetaPopulation

TRUTH = BetaPopulation(2 / 42, 42)
FIFTY = bandits.DrawnArms(50, TRUTH)
GRID = bandits.population_grid(mean=(0.005, 0.9), concentration=(2, 1000), points=(32, 10))
ALIKE = bandits.population_grid(mean=(0.005, 0.9), concentration=(101, 1000), points=(32, 10))
DIFFERENT = bandits.population_grid(mean=(0.005, 0.9), concentration=(2, 10), points=(32, 10))
FLAT, HIERARCHY = "Thompson, flat prior", "Thompson, hierarchical"


@dataclass(frozen=True, eq=False)
class Frozen(bandits.EmpiricalBayesThompson):
    """Empirical Bayes that learns its population from the first visitors and never again."""

    until: int = 100

    def learn(self, state: Believed, arm: np.ndarray, reward: np.ndarray) -> Believed:
        if state.tally.trials[0].sum() < self.until:
            return super().learn(state, arm, reward)
        return Believed(state.tally.add(arm, reward), state.weight)


class Newcomers:
    """Forty articles near 5%, and after 1,500 visitors three more, from a population of their own."""

    def __init__(self, alpha: float, beta: float) -> None:
        self.alpha, self.beta = alpha, beta

    def draw(self, replications: int, rng: np.random.Generator) -> bandits.World:
        old = rng.beta(20, 380, (replications, 40))
        new = rng.beta(self.alpha, self.beta, (replications, 3))
        return bandits.World(np.hstack([old, new]), np.repeat([0, 1500], [40, 3]))


def races(policy: bandits.Policy, arms: bandits.Arms, visitors: int, platforms: int, block: int) -> Iterable:
    for seed in range(platforms // block):
        yield bandits.simulate(policy, arms, visitors, replications=block, rng=np.random.default_rng(800 + seed))


def lost(policy, arms, times, platforms=1000, block=250) -> np.ndarray:
    """Clicks lost by these times, shape (times, platforms)."""
    at = np.array(times) - 1
    return np.hstack([race.regret[at] for race in races(policy, arms, times[-1], platforms, block)])


def mean(values: np.ndarray) -> str:
    return f"{values.mean():7.1f} +- {values.std(ddof=1) / np.sqrt(values.size):.1f}"


def table(title: str, found: dict[str, np.ndarray], against: str) -> None:
    print(f"{title}; clicks lost, spread over platforms, and more than: {against}")
    for name, values in found.items():
        more = mean(values - found[against]) if name != against else ""
        print(f"   {name:28} {mean(values)}   spread {values.std(ddof=1):5.1f}   {more}", flush=True)


def fifty() -> None:
    times = np.array([1000, 3000, *range(3050, 10_001, 50)])
    runners = [
        bandits.EpsilonGreedy(1.0), bandits.EpsilonGreedy(0.1), bandits.UCB1(), bandits.KLUCB(), bandits.Thompson(),
        bandits.Thompson(BetaPopulation(2 / 42, 2), "right mean, held lightly"), bandits.Thompson(TRUTH, "oracle"),
        bandits.EmpiricalBayesThompson(GRID), bandits.HierarchicalThompson(GRID),
    ]  # fmt: skip
    found = {policy.name: lost(policy, FIFTY, times, 600, 200) for policy in runners}
    for k in (0, 1, -1):
        table(f"fifty articles, {times[k]:,} visitors, 600 platforms", {n: v[k] for n, v in found.items()}, FLAT)
    saved = [found[FLAT][1] - found[name][1] for name in ("right mean, held lightly", HIERARCHY)]
    print(f"the right mean alone saves {saved[0].mean() / saved[1].mean():.2f} of what the hierarchy saves at 3,000")
    for name in ("epsilon-greedy", "right mean, held lightly"):
        gap = found[name] - found[HIERARCHY]
        ahead = np.flatnonzero(gap.mean(axis=1) <= 0)
        print(f"hierarchy is ahead of {name} for good from visitor {times[ahead[-1] + 1] if ahead.size else times[0]}")
        print(f"   at 3,000 it loses more by {mean(-gap[1])}, at 10,000 by {mean(-gap[-1])}", flush=True)


def priors() -> None:
    held = {"true": TRUTH} | {
        f"m = {m:.2f}, c = {c}": BetaPopulation(2 / 42 if m == 0.05 else m, c)
        for m, c in ((0.05, 10), (0.05, 2), (0.02, 42), (0.02, 2), (0.3, 100), (0.3, 42), (0.3, 10), (0.3, 2))
    }
    found = {name: lost(bandits.Thompson(prior), FIFTY, [3000])[0] for name, prior in held.items()}
    found["flat"] = lost(bandits.Thompson(), FIFTY, [3000])[0]
    table("a prior that is handed over, 3,000 visitors, 1000 platforms", found, "true")
    times = [300, 1000, 3000, 10_000, 30_000]
    pair = [lost(bandits.Thompson(prior), FIFTY, times, 200, 200) for prior in (TRUTH, held["m = 0.02, c = 42"])]
    print("the true prior loses more than m = 0.02, c = 42, 200 platforms, by visitors:")
    for k, t in enumerate(times):
        print(f"   {t:6,} {mean(pair[0][k] - pair[1][k])}", flush=True)


def arrivals() -> None:
    runners = [bandits.EpsilonGreedy(0.1), bandits.Thompson(), bandits.EmpiricalBayesThompson(GRID),
               bandits.HierarchicalThompson(GRID)]  # fmt: skip
    arriving = bandits.ArrivingArms(80, TRUTH, first=50, every=100)
    found = {policy.name: lost(policy, arriving, [3000])[0] for policy in runners}
    table("and a new article every 100 visitors, 1000 platforms", found, FLAT)
    here = {policy.name: lost(policy, FIFTY, [3000])[0] for policy in runners[1::2]}
    for name, r in {"50 articles": here, "with newcomers": found}.items():
        saved = r[FLAT] - r[HIERARCHY]
        print(f"   saved, {name}: {mean(saved)}, {saved.mean() / r[FLAT].mean():.2f} of flat's", flush=True)


def infinite() -> None:
    rng = np.random.default_rng(8)
    for shown in (2, 5, 20, 60):
        top = []
        for _ in range(2000):
            clicked = rng.binomial(shown, rng.beta(2, 40, 50))
            if clicked.any():
                top.append(np.isinf(pooling.beta_binomial_mle(clicked, np.full(50, shown)).concentration))
        share = np.mean(top)
        error = np.sqrt(share * (1 - share) / len(top))
        print(f"shown {shown:2d} times each: the likeliest c is infinite on {share:.3f} +- {error:.3f} of platforms")


def refitting() -> None:
    frozen = [Frozen(GRID, until=t, name=f"population frozen at {t}") for t in (50, 100, 200, 500, 1000)]
    runners = [bandits.EmpiricalBayesThompson(GRID), *frozen, bandits.Thompson()]
    found = {policy.name: lost(policy, FIFTY, [3000])[0] for policy in runners}
    table("when the population is learned and then frozen, 3,000 visitors", found, runners[0].name)


def newcomers() -> None:
    light = bandits.Thompson(BetaPopulation(0.05, 2), "m = 0.05, held lightly")
    runners = [bandits.Thompson(), light, bandits.EmpiricalBayesThompson(GRID), bandits.HierarchicalThompson(GRID)]
    both = {policy.name: lost(policy, Newcomers(12, 88), [1500, 3000]) for policy in runners}
    table("after better writers came, 1000 platforms", {name: v[1] - v[0] for name, v in both.items()}, FLAT)
    for name, arms in {"from elsewhere": Newcomers(12, 88), "like the others": Newcomers(20, 380)}.items():
        for policy in (bandits.HierarchicalThompson(GRID), light):
            flagged, shown = noticed(policy, arms)
            print(f"   newcomers {name}, {policy.name}: shown {shown:.0f} times each in the median, ", end="")
            print(f"one beyond the population's range on {flagged:.3f} of platforms", flush=True)


def noticed(policy: bandits.Policy, arms: bandits.Arms) -> tuple[float, float]:
    """Share of platforms on which a newcomer clicks beyond what the old articles' population allows; showings."""
    beyond, shown = [], []
    for race in races(policy, arms, 3000, 1000, 250):
        s, f = (counts[:, :40] for counts in race.tally(1500))
        learned = bandits.EmpiricalBayesThompson(GRID)
        m, c = learned.population(learned.resume(s, f))
        after = race.tally(3000)
        clicks, trials = after.successes[:, 40:], after.trials[:, 40:]
        tail = stats.betabinom.sf(clicks - 1, trials.astype(int), (m * c)[:, None], ((1 - m) * c)[:, None])
        beyond.append((np.where(trials > 0, tail, 1.0) < 0.01).any(axis=1))
        shown.append(trials)
    return float(np.mean(np.concatenate(beyond))), float(np.median(np.concatenate(shown)))


def three_arms() -> None:
    arms, runners = bandits.FixedArms([0.9, 0.8, 0.7]), [
        bandits.EpsilonGreedy(0.1), bandits.UCB1(), bandits.KLUCB(), bandits.Thompson(),
        bandits.HierarchicalThompson(GRID), bandits.HierarchicalThompson(DIFFERENT, "hierarchical, c <= 10 only"),
        bandits.HierarchicalThompson(ALIKE, "hierarchical, c > 100 only"),
        *(bandits.Thompson(BetaPopulation(0.8, c), f"m = 0.8, c = {c}") for c in (2, 42, 100, 1000)),
    ]  # fmt: skip
    found = {policy.name: lost(policy, arms, [3000])[0] for policy in runners}
    table("three articles, 0.9, 0.8 and 0.7, 3,000 visitors, 1000 platforms", found, FLAT)
    long = lost(bandits.Thompson(), arms, [100, 1000, 10_000], 2000, 500)
    slope = bandits.lai_robbins([0.9, 0.8, 0.7])
    for t, values in zip((100, 1000, 10_000), long, strict=True):
        print(f"   flat Thompson by {t:6,}: {mean(values)}; slope {slope:.2f} times log t: {slope * np.log(t):.1f}")
    print(f"   a unit of log t from 1,000 on: {mean((long[2] - long[1]) / np.log(10))}", flush=True)


def main() -> None:
    for part in (infinite, three_arms, refitting, newcomers, arrivals, priors, fifty):
        part()


if __name__ == "__main__":
    main()

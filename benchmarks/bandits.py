"""Bandits: speed against MABWiser and against NumPy's beta variates, regret against theory and published figures.

    uv run --with mabwiser==2.7.4 python -m benchmarks.bandits

One run, one table; bandits.txt keeps the last one. MABWiser is asked as its documentation does, one prediction and one
`partial_fit` a step, one platform after the other. Best of several runs on both sides.
"""

import logging
import time
from collections.abc import Callable

import numpy as np

from course import bandits
from course.app.speed import code_line
from course.pooling import BetaPopulation

POPULATION = BetaPopulation(2 / 42, 42)  # Beta(2, 40)


def best_seconds(task: Callable[[], object], times: int = 3) -> float:
    found = []
    for _ in range(times):
        start = time.perf_counter()
        task()
        found.append(time.perf_counter() - start)
    return min(found)


def mabwiser_rate(n_arms: int, steps: int = 1000) -> float:
    """Steps per second of MABWiser's Thompson sampling on one platform."""
    from mabwiser.mab import MAB, LearningPolicy  # only this benchmark needs it

    logging.disable(logging.CRITICAL)
    theta, rng = np.random.default_rng(1).random(n_arms), np.random.default_rng(2)

    def play() -> None:
        mab = MAB(list(range(n_arms)), LearningPolicy.ThompsonSampling(), seed=1)
        mab.fit([0], [0])
        for _ in range(steps):
            arm = mab.predict()
            mab.partial_fit([arm], [int(rng.random() < theta[arm])])

    return steps / best_seconds(play)


def rate(
    policy: bandits.Policy, n_arms: int, steps: int, replications: int = 200, bits: type = np.random.PCG64
) -> float:
    """Steps per second of ours, all platforms together."""
    arms = bandits.DrawnArms(n_arms, bandits.FLAT)

    def play() -> None:
        bandits.simulate(policy, arms, steps, replications=replications, rng=np.random.Generator(bits(1)))

    return steps * replications / best_seconds(play)


def draw_rate(n_arms: int, steps: int, replications: int = 200) -> float:
    """Steps per second if all there was to do were to draw the beta variates, from the posteriors of a real race."""
    race = bandits.simulate(
        bandits.Thompson(), bandits.DrawnArms(n_arms, bandits.FLAT), steps,
        replications=replications, rng=np.random.default_rng(1),
    )  # fmt: skip
    every = 20
    tallies = [race.tally(step) for step in range(0, steps, every)]
    posteriors = [(tally.successes + 1, tally.failures + 1) for tally in tallies]
    rng = np.random.default_rng(3)
    seconds = best_seconds(lambda: [rng.beta(*posteriors[step // every]) for step in range(steps)])
    return steps * replications / seconds


def final_regret(policy: bandits.Policy, arms: bandits.Arms, steps: int, replications: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return bandits.simulate(policy, arms, steps, replications=replications, rng=rng).regret[-1]


def speed() -> None:
    pairs = {n: (mabwiser_rate(n), rate(bandits.Thompson(), n, 2000)) for n in (10, 50)}
    for n, (theirs, ours) in pairs.items():
        print(
            f"flat Thompson, {n} arms: MABWiser's loop {theirs:,.0f} steps/s, ours {ours:,.0f}: {ours / theirs:.0f} x"
        )
    drawn = draw_rate(10, 2000)
    print(
        f"  10 arms: NumPy merely drawing the beta variates {drawn:,.0f} steps/s; ours {pairs[10][1] / drawn:.0%} of it"
    )
    other = rate(bandits.Thompson(), 10, 2000, bits=np.random.SFC64)
    print(
        f"  10 arms, NumPy's faster generator SFC64 in place of its default: {other:,.0f}: {other / pairs[10][0]:.0f} x"
    )
    for policy in (bandits.HierarchicalThompson(), bandits.EmpiricalBayesThompson()):
        ours = rate(policy, 50, 1000)
        print(f"{policy.name}, 50 arms: {ours:,.0f} steps/s: {ours / pairs[50][0]:.0f} x MABWiser's flat loop", end=" ")
        print(f"with 50 arms, {ours / pairs[10][0]:.0f} x that with 10")


def against_theory(replications: int = 1000) -> None:
    theta = np.array([0.9, 0.8, 0.7])
    slope = bandits.lai_robbins(theta)
    race = bandits.simulate(
        bandits.Thompson(), bandits.FixedArms(theta), 20_000, replications=replications, rng=np.random.default_rng(4)
    )
    print(
        f"theta = 0.9, 0.8, 0.7: Lai-Robbins slope {slope:.2f} per unit of log steps; flat Thompson, {replications} x"
    )
    for low, high in ((200, 2000), (2000, 20_000)):
        rise = (race.regret[high - 1] - race.regret[low - 1]) / np.log(high / low)
        error = rise.std(ddof=1) / np.sqrt(replications)
        print(f"  from {low:,} to {high:,} steps its regret rises by {rise.mean():.2f} +- {error:.2f}")
    late = np.concatenate([_late_rise(theta, 20_000, 200_000, seed) for seed in range(4)])
    error = late.std(ddof=1) / np.sqrt(late.size)
    print(f"  from 20,000 to 200,000 by {late.mean():.2f} +- {error:.2f} ({late.size} x): a limit, and far off")


def _late_rise(theta: np.ndarray, low: int, high: int, seed: int) -> np.ndarray:
    """Rise per unit of log steps on 75 platforms: a long race of more would not fit into memory."""
    rng = np.random.default_rng(seed)
    regret = bandits.simulate(bandits.Thompson(), bandits.FixedArms(theta), high, replications=75, rng=rng).regret
    return (regret[high - 1] - regret[low - 1]) / np.log(high / low)


def published() -> None:
    """Figures that others have printed, with the standard error of theirs and of ours."""
    for theta, printed in (
        (np.arange(1, 10) / 10, 7.52),
        (np.array([0.01, 0.02, 0.3, 0.4, 0.5, 0.6, 0.795, 0.8, 0.805]), 101),
        (np.repeat([0.01, 0.02, 0.05, 0.1], [3, 3, 2, 1]), 14.5),
    ):
        print(f"Lai-Robbins constant, printed by SMPyBandits: {printed:g}; ours {bandits.lai_robbins(theta):.4g}")
    arms = bandits.FixedArms([0.5, 0.8, 0.3])
    for policy, steps, printed, sd in (
        (bandits.Thompson(), 20, 3.2760, 1.7144),
        (bandits.UCB1(), 50, 7.6530, 1.7081),
        (bandits.UCB1(), 50, 7.5990, 1.4146),
    ):
        ours = final_regret(policy, arms, steps, 20_000, seed=5)
        error = np.hypot(sd / np.sqrt(100), ours.std() / np.sqrt(ours.size))
        print(f"{policy.name}, theta = 0.5, 0.8, 0.3, {steps} steps: pybayesbandit prints {printed:.3f}", end=" ")
        print(f"(100 runs), ours {ours.mean():.3f}: {abs(ours.mean() - printed) / error:.1f} standard errors apart")


def hierarchy(replications: int = 400, steps: int = 3000) -> None:
    worlds = {
        "50 arms from Beta(2, 40)": bandits.DrawnArms(50, POPULATION),
        "the same 50, and a new one every 100 steps": bandits.ArrivingArms(80, POPULATION, first=50, every=100),
        "50 in all, 5 at first and one every 60 steps": bandits.ArrivingArms(50, POPULATION, first=5, every=60),
    }
    learners = (bandits.EmpiricalBayesThompson(), bandits.HierarchicalThompson())
    for seed, (name, arms) in enumerate(worlds.items(), 6):
        flat = final_regret(bandits.Thompson(), arms, steps, replications, seed)
        print(f"{name}, {steps} steps, {replications} platforms: flat {flat.mean():.1f}")
        for policy in learners:
            regret = final_regret(policy, arms, steps, replications, seed)
            gain = flat - regret
            error = gain.std(ddof=1) / np.sqrt(replications)
            print(f"  {policy.name} {regret.mean():.1f}: lower by {gain.mean():.1f} +- {error:.1f}", end=", ")
            print(f"{gain.mean() / error:.0f} standard errors, {gain.mean() / flat.mean():.0%} of flat's")


def main() -> None:
    """Measure everything and print one table."""
    for part in (speed, against_theory, published, hierarchy):
        part()
    print(code_line("bandits"))


if __name__ == "__main__":
    main()

"""Lesson 09 with many chains: six ways, intervals and their repairs in both orders, bread, an odd shop, a trunk.

    python -m benchmarks.sharing

Means over simulated chains with their standard errors; sharing.txt keeps the last table.
"""

import numpy as np
from scipy import stats

from benchmarks.multitask import cross_validated
from course import multitask
from course.multitask.linear import _best_trunk, _ridged

DAYS = np.round(np.geomspace(3, 200, 24)).astype(int)
MEAN, TAU, SIGMA = np.array([0.0, 20, -10, 12, 6]), 8.0, 25.0
PRIORS = multitask.TaskPriors(mean=30, tau=20, sigma=50)
FEW = np.array([4, 6, 10, 20])


def draw(chains: int, days: np.ndarray, seed: int) -> tuple[list[multitask.TaskRows], multitask.TaskSums, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = [multitask.draw_tasks(days, rng, mean=MEAN, tau=TAU, sigma=SIGMA) for _ in range(chains)]
    sums = multitask.stack([multitask.task_sums(one.x, one.y, one.task, len(days)) for one in rows])
    return rows, sums, np.array([one.truth for one in rows])


def mean(values: np.ndarray, digits: int = 2) -> str:
    return f"{values.mean():.{digits}f} +- {values.std(ddof=1) / np.sqrt(values.size):.{digits}f}"


def pulled(sums: multitask.TaskSums) -> np.ndarray:
    return multitask.to_mean(sums, multitask.learn(sums).penalty).heads


def decayed(sums: multitask.TaskSums) -> np.ndarray:
    return multitask.separate(sums, multitask.learn(sums, centre="zero").penalty)


def six_ways() -> None:
    rows, sums, truth = draw(400, DAYS, 90)
    by_rows = np.array([cross_validated(one, np.random.default_rng(91)) for one in rows])
    trunk = multitask.hard_shared(sums, 2, multitask.learn(sums, centre="zero").penalty)
    ways = {
        "separate": decayed(sums),
        "hard shared": trunk.weights,
        "soft, fixed": multitask.to_mean(sums, 1.0).heads,
        "soft, cross-validated": multitask.to_mean(sums, by_rows).heads,
        "soft, learned": pulled(sums),
        "full posterior": np.array(
            [multitask.task_posterior(multitask.one_world(sums, w), PRIORS, points=(24, 12)).heads for w in range(400)]
        ),
    }
    learned = multitask.excess_error(ways["soft, learned"], truth)
    young = DAYS <= 9
    for name, heads in ways.items():
        squared = multitask.excess_error(heads, truth)
        off, all_ = np.sqrt(squared[:, young].mean()), np.sqrt(squared.mean())
        print(f"{name:24} young {off:5.1f}   all {all_:5.1f}   squared, more than learned "
              f"{mean((squared - learned).mean(axis=1))}", flush=True)  # fmt: skip
    for name, found in {"cross-validated": by_rows, "learned": multitask.learn(sums).penalty}.items():
        print(f"lambda {name}: 80% from {np.quantile(found, 0.1):.1f} to {np.quantile(found, 0.9):.1f}")
    nothing = multitask.excess_error(multitask.separate(sums, 1e-6), truth)
    print("next to no decay, median off by, shops with as many days:",
          ", ".join(f"{n}: {np.sqrt(np.median(nothing[:, n == DAYS])):.0f}" for n in (3, 4, 5, 6, 7, 9)))  # fmt: skip


def intervals(chains: int = 4000) -> None:
    _, sums, truth = draw(chains, FEW, 92)
    half, given = stats.norm.ppf(0.945), multitask.Learned(SIGMA**2 / TAU**2, TAU, SIGMA)
    inside: dict[str, list[float]] = {}
    zero = []
    for w in range(chains):
        one = multitask.one_world(sums, w)
        plain = multitask.plug_in(one)
        ways = {
            "all plugged in": plain,
            "+ mean head": multitask.plug_in(one, mean_known=False),
            "true tau, sigma": multitask.plug_in(one, given),
            "true tau, sigma + mean head": multitask.plug_in(one, given, mean_known=False),
            "full posterior": multitask.task_posterior(one, PRIORS, points=(24, 12)),
        }
        zero.append(plain.learned.tau == 0)
        for name, belief in ways.items():
            inside.setdefault(name, []).append(np.mean(np.abs(truth[w] - belief.heads) < half * belief.sd))
    for name, shares in inside.items():
        print(f"89% intervals, {name:28} hold {mean(np.array(shares), 4)}", flush=True)
    none = np.array(zero)
    print(f"tau learned as 0 in {none.mean():.3f}; plugged in, the others hold "
          f"{np.array(inside['all plugged in'])[~none].mean():.3f}")  # fmt: skip


def bread(chains: int = 1000) -> None:
    costs, rng = {"over": 0.5, "under": 1.5}, np.random.default_rng(95)
    x = np.column_stack([np.ones(500), rng.standard_normal((500, 4))])
    for k in (0, 3, 30):
        (_, sums, truth), lost = draw(chains, np.append(FEW, k), 93), []
        for w in range(chains):
            one, truly = multitask.one_world(sums, w), x @ truth[w, -1]
            point = multitask.plug_in(one, mean_known=False)
            posterior = multitask.task_posterior(one, PRIORS, points=(24, 12))
            (a, wide), (b, wider), noise = point.forecast(x, 4), posterior.forecast(x, 4), point.learned.sigma
            beliefs = (truly, SIGMA), (a, noise), (a, wide), (b, noise), (b, wider)
            orders = [multitask.best_order(*belief, **costs) for belief in beliefs]
            lost.append([multitask.expected_cost(order, truly, SIGMA, **costs).mean() for order in orders])
        table = np.array(lost)
        saved = table[:, 1:2] - table[:, [0, 2, 3, 4]]
        words = ("loses", "head's margin saves", "posterior's forecast saves", "posterior saves")
        print(f"bread, {k} days: " + ", ".join(f"{word} {mean(s, 3)}" for word, s in zip(words, saved.T, strict=True)))


def airport(chains: int = 1000) -> None:
    _, sums, truth = draw(chains, DAYS, 90)
    before = multitask.learn(sums).penalty
    base = multitask.excess_error(multitask.to_mean(sums, before).heads, truth).sum(axis=1)
    for n in (5, 20, 100):
        odd = [
            multitask.draw_tasks([n], np.random.default_rng(w), mean=-MEAN, tau=0.0, sigma=SIGMA) for w in range(chains)
        ]
        own = multitask.stack([multitask.task_sums(one.x, one.y, one.task, 1) for one in odd])
        both = multitask.TaskSums(*(np.concatenate(parts, axis=1) for parts in zip(sums, own, strict=True)))
        true = np.concatenate([truth, np.tile(-MEAN, (chains, 1, 1))], axis=1)
        pull = multitask.learn(both).penalty
        alone, shared = (
            multitask.excess_error(heads, true) for heads in (decayed(both), multitask.to_mean(both, pull).heads)
        )
        off = np.sqrt([alone[:, -1].mean(), shared[:, -1].mean(), alone[:, :-1].mean(), shared[:, :-1].mean()])
        changes = {
            "both": shared[:, :-1].sum(axis=1),
            "only the weaker pull": multitask.excess_error(multitask.to_mean(sums, pull).heads, truth).sum(axis=1),
            "only the mean head": multitask.excess_error(multitask.to_mean(both, before).heads, true)[:, :-1].sum(
                axis=1
            ),
        }
        print(f"airport open for {n:3} days: alone {off[0]:.1f}, shared {off[1]:.1f}; others alone {off[2]:.2f}, "
              f"shared {off[3]:.2f}; median lambda {np.median(before):.1f} to {np.median(pull):.1f}")  # fmt: skip
        for name, squared in changes.items():
            print(
                f"   squared error of a shop, more than without the airport, {name}: {mean((squared - base) / 24)}",
                flush=True,
            )


def zero_mean_head() -> None:
    rng = np.random.default_rng(96)
    rows = [multitask.draw_tasks(DAYS, rng, mean=np.zeros(5), tau=TAU, sigma=SIGMA) for _ in range(1000)]
    sums = multitask.stack([multitask.task_sums(one.x, one.y, one.task, 24) for one in rows])
    truth = np.array([one.truth for one in rows])
    a, b = (multitask.excess_error(heads, truth) for heads in (decayed(sums), pulled(sums)))
    print(f"mean head zero: decay off by {np.sqrt(a.mean()):.2f}, pull to the mean head {np.sqrt(b.mean()):.2f}; "
          f"squared, more than decay {mean((b - a).mean(axis=1))}")  # fmt: skip


def trunk_with_levels(sums: multitask.TaskSums, penalty: float, sweeps: int = 300) -> np.ndarray:
    """Heads on a trunk of two for all features but the level, which every shop has for itself."""
    weights = multitask.separate(sums, penalty)
    trunk = np.linalg.svd(np.sqrt(sums.n)[..., None] * weights[..., 1:])[2][..., :2, :].swapaxes(-1, -2)
    rest = sums._replace(gram=sums.gram[..., 1:, 1:], cross=sums.cross[..., 1:])
    ridged = _ridged(rest, np.full(sums.n.shape[:-1], penalty))
    full = np.zeros((*trunk.shape[:-2], 5, 3))
    full[..., 0, 0] = 1.0
    for _ in range(sweeps):
        full[..., 1:, 1:] = trunk
        heads = multitask.separate(multitask.project(sums, full), penalty)
        left = rest.cross - sums.gram[..., 1:, 0] * heads[..., :1]
        trunk = _best_trunk(heads[..., 1:], ridged, left)
    return heads @ full.swapaxes(-1, -2)


def plateau(chains: int = 40) -> None:
    for n in (10, 100, 1000, 10_000):
        _, sums, truth = draw(chains, np.full(24, n), 94)
        hard = multitask.hard_shared(sums, 2, 10.0).weights
        ways = {"trunk of two": hard, "its own level": trunk_with_levels(sums, 10.0), "soft": pulled(sums)}
        print(f"{n:6} days in every shop: " + ", ".join(
            f"{name} {np.sqrt(multitask.excess_error(heads, truth).mean()):.1f}" for name, heads in ways.items()
        ), flush=True)  # fmt: skip


def strips() -> None:
    """What twelve shops learn of lambda in the explorer's worlds: medians and middle 80% over 2,000 chains."""
    for name, tau, few in (("start", 8, 4), ("20 days", 8, 20), ("20 days, tau 2", 2, 20), ("20 days, tau 20", 20, 20)):
        rng, found = np.random.default_rng(97), []
        days = [few] * 10 + [30] * 2
        rows = [multitask.draw_tasks(days, rng, mean=[0.0, 20.0], tau=float(tau), sigma=SIGMA) for _ in range(2000)]
        sums = multitask.stack([multitask.task_sums(one.x, one.y, one.task, 12) for one in rows])
        found = np.minimum(multitask.learn(sums).penalty, 1e4)
        low, middle, high = np.quantile(found, [0.1, 0.5, 0.9])
        print(f"explorer, {name}: sigma^2/tau^2 {SIGMA**2 / tau**2:.1f}, learned median {middle:.1f}, 80% {low:.1f} to "
              f"{high:.1f}, at the right end {np.mean(found >= 1e4):.2f}", flush=True)  # fmt: skip


def main() -> None:
    six_ways()
    intervals()
    bread()
    airport()
    zero_mean_head()
    plateau()
    strips()


if __name__ == "__main__":
    main()

"""How often do the intervals of `course.scale` hold the truth? Of its population, and of its groups.

The population is FIXED, the same in all worlds; groups and rows are drawn anew. So the coverage of the mean, the
spreads and the shared slopes is the frequentist's, and that of the groups is over groups drawn from this population.
Some 20 rows a group, geometric, at least one. Intervals, as a reader would make them of what a fit holds:

- mean, shared slopes: estimate ± z standard errors (``mean``, ``se``; ``fixed``, ``fixed_se``);
- spreads: of the variance ± z standard errors (``cov``, ``cov_se``), the root of its ends, 0 where an end is below;
  and, as another reader would, of the log of the spread, ± z times half the relative standard error of the variance;
- groups: what ``groups(level)`` or ``interval`` gives, which takes the population as known.

A fit at an edge (a spread of 0, a correlation of 1) counts like any other: its spread's interval has no width.
Run it from the top folder: ``uv run python -m benchmarks.scale_coverage [--only KIND] [--groups N] [--seconds S]``. It
keeps a line for every 25 worlds beside this file and goes on where it was; scale_coverage.txt has its table.
"""

import argparse
import json
import time
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from course import scale

TABLE, KEPT = Path(__file__).with_suffix(".txt"), Path(__file__).with_suffix(".jsonl")
LEVELS = np.array([0.5, 0.8, 0.95])
Z = special.ndtri(0.5 + LEVELS / 2)
GROUPS, WORLDS, FEWER = (10, 100, 1000, 10_000), 1000, {10_000: 200}  # 1,000 of the largest would take an hour
SEVEN = 25  # worlds of 10,000 groups by quadrature, at ten seconds each
BLOCK = 25
MEAN, TAU, RHO, SHARED = np.array([-0.5, 0.6]), np.array([1.0, 0.4]), -0.3, 0.5
RATE, CONCENTRATION = 0.1, 20.0  # of the beta population

Floats = NDArray[np.float64]
Held = dict[str, Floats]  # of shape (3,): whether, or how many in a hundred, the three intervals held


class Rows(NamedTuple):
    """What a world looks like to a fit, and its groups' truth, shape (n_groups, k)."""

    x: Floats
    fixed: Floats
    group: NDArray[np.int64]
    theta: Floats


def rows(groups: int, rng: np.random.Generator, spread: Floats = TAU) -> Rows:
    """Draw groups, and who was seen when."""
    size = rng.geometric(1 / 20, groups)
    group = np.repeat(np.arange(groups), size)
    z = rng.standard_normal((2, groups))
    theta = MEAN + spread * np.column_stack([z[0], RHO * z[0] + np.sqrt(1 - RHO**2) * z[1]])
    x, fixed = rng.standard_normal((2, group.size))
    return Rows(x, fixed, group, theta)


def _linear(world: Rows) -> Floats:
    own = world.theta[world.group]
    return np.asarray(own[:, 0] + own[:, 1] * world.x + SHARED * world.fixed)


def logistic(groups: int, rng: np.random.Generator, nodes: int | None = None) -> tuple[Held, bool]:
    """0 or 1: intercept and slope vary, a slope is shared."""
    world = rows(groups, rng)
    y = rng.random(world.group.size) < special.expit(_linear(world))
    fit = scale.fit_logistic(world.x, y, world.group, fixed=world.fixed, n_quadrature=nodes, **QUIET)
    return lines(fit, world.theta, TAU)


def seven(groups: int, rng: np.random.Generator) -> tuple[Held, bool]:
    """`logistic` with seven nodes of quadrature: what Laplace's approximation has to do with it."""
    return logistic(groups, rng, nodes=7)


def trials(groups: int, rng: np.random.Generator) -> tuple[Held, bool]:
    """Successes among 1 to 9 trials a row; the rest as in `logistic`."""
    world = rows(groups, rng)
    n = rng.integers(1, 10, world.group.size)
    y = rng.binomial(n, special.expit(_linear(world)))
    return lines(scale.fit_logistic(world.x, y, world.group, fixed=world.fixed, trials=n, **QUIET), world.theta, TAU)


def poisson(groups: int, rng: np.random.Generator) -> tuple[Held, bool]:
    """Events in an exposure of 0.2 to 5; the rest as in `logistic`."""
    world = rows(groups, rng)
    time_seen = np.exp(rng.uniform(np.log(0.2), np.log(5), world.group.size))
    y = rng.poisson(time_seen * np.exp(_linear(world)))
    fit = scale.fit_poisson(world.x, y, world.group, fixed=world.fixed, exposure=time_seen, **QUIET)
    return lines(fit, world.theta, TAU)


def rates(groups: int, rng: np.random.Generator) -> tuple[Held, bool]:
    """`fit_beta_binomial`: logit of the mean and log of the concentration ± z standard errors, the groups' rates."""
    n = rng.geometric(1 / 20, groups)
    rate = rng.beta(RATE * CONCENTRATION, (1 - RATE) * CONCENTRATION, groups)
    fit = scale.fit_beta_binomial(rng.binomial(n, rate), np.arange(groups), trials=n)
    mean, c = fit.population.mean, fit.population.concentration
    edge = not np.isfinite(fit.se).all()
    found = {
        "mean, logit": near(special.logit(mean), special.logit(RATE), fit.se[0]),
        "concentration, log": near(np.log(c), np.log(CONCENTRATION), fit.se[1]) if 0 < c < np.inf else np.zeros(3),
        "groups": np.array([inside(rate, *fit.interval(np.arange(groups), level)).mean() for level in LEVELS]),
    }
    return found, edge


QUIET: dict[str, Any] = {"progress": False, "threads": 1}
KINDS: dict[str, Callable[[int, np.random.Generator], tuple[Held, bool]]] = {
    "logistic": logistic,
    "7 nodes": seven,
    "trials": trials,
    "poisson": poisson,
    "rates": rates,
}


def lines(fit: Any, theta: Floats, tau: Floats) -> tuple[Held, bool]:
    """What a fit of intercepts and slopes held."""
    variance, error = np.diag(fit.cov), np.diag(fit.cov_se)
    held = {"shared slope": near(fit.fixed[0], SHARED, fit.fixed_se[0])}
    sd = np.sqrt(np.diagonal(fit.mode_cov, axis1=1, axis2=2))  # mode ± z sd is what fit.groups(level) says
    for a, name in enumerate(fit.coefficients):
        held[f"mean {name}"] = near(fit.mean[a], MEAN[a], fit.se[a])
        held[f"tau {name}, by variance"] = near(variance[a], tau[a] ** 2, error[a])
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.nan_to_num(error[a] / variance[a] / 2)
            held[f"tau {name}, by log"] = near(np.log(variance[a]) / 2, np.log(tau[a]), relative)
        held[f"groups' {name}"] = (np.abs(theta[:, a] - fit.mode[:, a]) <= Z[:, None] * sd[:, a]).mean(axis=1)
    return held, bool(fit.on_boundary)


def near(estimate: float, truth: float, error: float) -> Floats:
    """Whether the three intervals hold the truth."""
    return np.asarray(np.abs(estimate - truth) <= Z * error, dtype=float)


def inside(truth: Floats, low: Floats, high: Floats) -> NDArray[np.bool_]:
    return np.asarray((low <= truth) & (truth <= high))


def block(kind: str, groups: int, number: int) -> dict[str, Any]:
    """25 worlds, each seeded by its own number: sums and sums of squares of what was held."""
    total: dict[str, list[Floats]] = {}
    edges, failed, began = 0, 0, time.monotonic()
    for world in range(BLOCK * number, BLOCK * (number + 1)):
        rng = np.random.default_rng([zlib.crc32(kind.encode()), groups, world])
        try:
            held, edge = KINDS[kind](groups, rng)
        except ValueError as error:  # such as counts without a maximum: no fit, no interval
            print(kind, groups, world, f"{error}"[:200], flush=True)
            failed += 1
            continue
        edges += edge
        for name, values in held.items():
            total.setdefault(name, []).append(values)
    sums = {
        name: [np.round(np.sum(v, axis=0), 6).tolist(), np.round(np.sum(np.square(v), axis=0), 6).tolist()]
        for name, v in total.items()
    }
    seconds = round(time.monotonic() - began, 2)
    return {
        "kind": kind, "groups": groups, "block": number, "edges": edges, "failed": failed, "seconds": seconds,
        "held": sums,
    }  # fmt: skip


def kept(path: Path = KEPT) -> list[dict[str, Any]]:
    """All whole lines; of a block that was kept twice, the first."""
    if not path.exists():
        return []
    found: dict[tuple[str, int, int], dict[str, Any]] = {}
    for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
        try:
            one = json.loads(line)
        except ValueError:  # torn by a kill
            continue
        found.setdefault((one["kind"], one["groups"], one["block"]), one)
    return [found[key] for key in sorted(found)]


def run(kind: str, groups: int, seconds: float = np.inf, path: Path = KEPT, worlds: int | None = None) -> None:
    """Run the blocks that are missing, for about so many seconds at most."""
    stop, done = time.monotonic() + seconds, {(b["kind"], b["groups"], b["block"]) for b in kept(path)}
    usual = FEWER.get(groups, WORLDS)
    if kind == "7 nodes":
        usual = SEVEN if groups == max(GROUPS) else 0
    for number in range((worlds or usual) // BLOCK):
        if (kind, groups, number) in done:
            continue
        if time.monotonic() > stop:
            return
        torn = path.exists() and not path.read_bytes().endswith(b"\n")
        line = json.dumps(block(kind, groups, number), separators=(",", ":"))
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(("\n" if torn else "") + line + "\n")


class Covered(NamedTuple):
    """One quantity of one kind at one number of groups: shares at the three levels, and their standard errors."""

    kind: str
    groups: int
    name: str
    worlds: int
    edges: int
    failed: int
    share: Floats
    error: Floats


def covered(blocks: list[dict[str, Any]]) -> list[Covered]:
    """Shares over all worlds that could be fitted."""
    found = []
    for kind, groups in ((kind, groups) for kind in KINDS for groups in GROUPS):
        some = [b for b in blocks if (b["kind"], b["groups"]) == (kind, groups)]
        edges, failed = (sum(b[what] for b in some) for what in ("edges", "failed"))
        n = BLOCK * len(some) - failed
        for name in some[0]["held"] if some and n > 1 else ():
            first, second = (np.sum([b["held"][name][i] for b in some if b["held"]], axis=0) for i in range(2))
            share = first / n
            error = np.sqrt(np.maximum(second / n - share**2, 0) / (n - 1))
            found.append(Covered(kind, groups, name, n, edges, failed, share, error))
    return found


def table(found: list[Covered]) -> str:
    """What is kept in scale_coverage.txt."""
    head = (
        f"{'kind':10}{'groups':>7}  {'interval of':26}{'worlds':>7}{'50%':>13}{'80%':>13}{'95%':>13}{'at an edge':>12}"
    )
    text = [head]
    for one in found:
        shares = "".join(f"{100 * s:7.1f} ±{100 * e:4.1f}" for s, e in zip(one.share, one.error, strict=True))
        edge = f"{one.edges / one.worlds:12.2f}"
        text.append(f"{one.kind:10}{one.groups:7}  {one.name:26}{one.worlds:7}{shares}{edge}")
    failed = sum({(one.kind, one.groups): one.failed for one in found}.values())
    words = [
        f"Worlds that could not be fitted: {failed}. Population fixed, groups and rows drawn anew: mean -0.5 and 0.6,",
        "spreads 1 and 0.4, correlation -0.3, shared slope 0.5; rates: mean 0.1, concentration 20. 20 rows a group on",
        "average (geometric), trials 1 to 9, exposure 0.2 to 5. ± is one standard error over worlds.",
    ]
    return "\n".join([*text, "", *words]) + "\n"


def main() -> None:
    """Run, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--groups", nargs="+", type=int, choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--seconds", type=float, default=np.inf, help="for each kind and number of groups, at most")
    parser.add_argument("--table", action="store_true", help="only write the table of what has been run")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # fits at an edge say so; here they are counted
    for groups in [] if given.table else given.groups:
        for kind in given.only:
            run(kind, groups, given.seconds)
    TABLE.write_text(table(covered(kept())), encoding="utf-8")


if __name__ == "__main__":
    main()

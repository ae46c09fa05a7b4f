"""What the text of each function task allows as input, edges included; wider than the cases that its check tries."""

from collections.abc import Callable
from typing import Any

import numpy as np

Inputs = Callable[[np.random.Generator], tuple[Any, ...]]


def size(rng: np.random.Generator, least: int = 1) -> int:
    return int(rng.integers(least, 9))


def spread(rng: np.random.Generator, n: int | None = None) -> Any:
    """Positive, over several powers of ten."""
    return np.exp(rng.normal(0.5, 1.2, n)) if n else float(np.exp(rng.normal(0.5, 1.2)))


def or_zero(rng: np.random.Generator, value: Any) -> Any:
    return value if rng.random() < 0.8 else 0.0 * value


def counts(rng: np.random.Generator, least: int = 0) -> tuple[Any, Any]:
    """Clicks and users of cities: some empty, some where everybody or nobody clicked, somebody somewhere."""
    users = rng.integers(least, 300, size(rng)) * (rng.random() < 0.7 or rng.integers(least, 2))
    users = np.maximum(np.where(rng.random(len(users)) < 0.2, least, users), least)
    users[0] = max(users[0], 1)
    return rng.binomial(users, rng.choice([0.0, 0.05, 0.5, 1.0], len(users))), users


def rate(rng: np.random.Generator) -> float:
    return float(rng.beta(1, 3) * 0.98 + 0.01)


def covariance(rng: np.random.Generator, k: int = 2) -> Any:
    root = rng.normal(0, 1, (k, k))
    return root @ root.T + 0.1 * np.eye(k)


def reports(rng: np.random.Generator, least: int = 1) -> tuple[Any, Any]:
    n = size(rng, least)
    return rng.normal(rng.normal(0, 10), spread(rng), n), spread(rng, n)


def log_joint(rng: np.random.Generator) -> tuple[Any, ...]:
    y, sigma = reports(rng)
    return rng.normal(0, 10), spread(rng), y + rng.normal(0, 3, len(y)), y, sigma


def deliveries(rng: np.random.Generator) -> tuple[Any, ...]:
    depots, n = size(rng), size(rng)
    return rng.uniform(1, 60, n), rng.integers(0, depots, n), rng.uniform(20, 40, depots), spread(rng)


def curves(rng: np.random.Generator) -> tuple[Any, ...]:
    n, (many, digits) = size(rng), [(size(rng), 1), (200, 3)][rng.integers(0, 2)]
    prices = np.unique(np.round(rng.uniform(1, 15, many), digits))
    return rng.normal(3, 3, n), rng.normal(-0.7, 0.5, n), rng.permutation(prices)


def lost(rng: np.random.Generator) -> tuple[Any, ...]:
    alpha, beta, menu = curves(rng)
    return rng.choice([rng.uniform(0.5, 15), menu[0]]), alpha[0], beta[0], menu


def users(rng: np.random.Generator) -> tuple[Any, ...]:
    n = size(rng)
    return rng.choice(np.arange(20.0, 60, 10), n), rng.integers(0, 2, n)


def visitors(rng: np.random.Generator) -> tuple[Any, ...]:
    n = int(rng.choice([1, 4, 30]))
    arms = [int(a) for a in rng.choice([0, 1, 2, 7, 30], n)]
    return arms, [int(x) for x in rng.random(n) < rng.choice([0.1, 0.5])], rate(rng), spread(rng)


def task_rows(rng: np.random.Generator) -> tuple[Any, ...]:
    n, tasks, k = size(rng), size(rng, 2), size(rng)
    x, y = rng.normal(0, 1, (n, k)), rng.normal(0, 5, n)
    heads, mean = rng.normal(0, 3, (tasks, k)), rng.normal(0, 3, k)
    return x, y, rng.integers(0, tasks, n), heads, mean, or_zero(rng, spread(rng))


def days(rng: np.random.Generator) -> tuple[Any, ...]:
    n, k = size(rng), size(rng)
    return rng.normal(0, 1, (n, k)), rng.normal(0, 5, n), rng.normal(0, 3, k), spread(rng)


def worlds(rng: np.random.Generator) -> tuple[Any, ...]:
    n = size(rng, 2)
    hard = rng.gamma(2, 5, n)
    return hard + rng.random(n), hard + rng.random() + spread(rng) * rng.random(n)  # squared errors


def trials(rng: np.random.Generator) -> tuple[Any, ...]:
    n = size(rng)
    ill, well, ill_control, well_control = rng.integers(1, 100, (4, n))
    return ill, ill + well, ill_control, ill_control + well_control


def city(rng: np.random.Generator) -> tuple[Any, ...]:
    n, mean = size(rng), rng.normal([4, -0.7], [2, 0.3])
    x, y = rng.uniform(2, 10, n), rng.integers(0, 2, n).astype(float)
    return x, y, mean + rng.normal(0, [0.5, 0.1]), mean, covariance(rng)


def parts(rng: np.random.Generator) -> tuple[Any, ...]:
    found = []
    for n in rng.integers(1, 30, int(rng.integers(1, 5))):
        modes = rng.normal([5, -0.8], [1.5, 0.3], (n, 2))
        found.append((int(n), modes.sum(axis=0), modes.T @ modes, n * covariance(rng)))
    return (found,)


def counties(rng: np.random.Generator) -> tuple[Any, ...]:
    n = size(rng)
    houses = rng.integers(1, 100, n)
    return (rng.normal(1.4, 0.5, n), houses, rng.normal(0, 0.4, n), *rng.normal(1, 1, 2), spread(rng), spread(rng))


def legal(id: str, rng: np.random.Generator) -> tuple[Any, ...]:
    """Arguments for a task; a number is Python's, as in the cases."""
    return tuple(float(value) if isinstance(value, np.floating) else value for value in LEGAL[id](rng))


def rows_by_label(rng: np.random.Generator) -> tuple[Any, ...]:
    n = size(rng)
    expected = spread(rng, n)
    label = rng.integers(-3, 4, n)
    return (
        rng.poisson(expected).astype(float),
        expected,
        label if rng.random() < 0.7 else np.array([f"g{one}" for one in label]),
    )


LEGAL: dict[str, Inputs] = {
    "many_groups.pool": lambda rng: (*counts(rng), rate(rng), 20 * spread(rng)),
    "many_groups.errors": lambda rng: (float(rng.integers(1, 1000)), rate(rng), 20 * spread(rng)),
    "many_groups.bug": lambda rng: (*counts(rng), 20 * spread(rng)),
    "model_structure.log_joint": log_joint,
    "model_structure.correlation": lambda rng: (or_zero(rng, spread(rng)), or_zero(rng, spread(rng)) + 1e-3),
    "model_structure.bug": deliveries,
    "eight_schools.complete": reports,
    "eight_schools.tau": lambda rng: (or_zero(rng, spread(rng, 3)) + np.arange(3.0), *reports(rng)),
    "shrinkage.estimate": lambda rng: (*reports(rng), rng.normal(0, 10), or_zero(rng, spread(rng))),
    "shrinkage.mean": lambda rng: (*reports(rng), or_zero(rng, spread(rng))),
    "shrinkage.bug": lambda rng: (reports(rng, 4)[0],),
    "funnel.density": lambda rng: (rng.normal(0, 3), rng.normal(0, 3, size(rng))),
    "funnel.leapfrog": lambda rng: (*rng.normal(0, 2, 2), rng.uniform(0.01, 2), spread(rng)),
    "linear_regression.county": counties,
    "linear_regression.evidence": lambda rng: (reports(rng)[0], rng.normal(0, 5), spread(rng), spread(rng)),
    "linear_regression.origin": lambda rng: (*spread(rng, 2), rng.uniform(-0.95, 0.95), rng.normal(0, 5)),
    "logistic_regression.curve": users,
    "logistic_regression.price": curves,
    "logistic_regression.lost": lost,
    "bandits.marginal": visitors,
    "bandits.parameters": lambda rng: (*counts(rng), rate(rng), 20 * spread(rng)),
    "multitask.head": days,
    "multitask.loss": task_rows,
    "when_it_helps.gain": worlds,
    "when_it_helps.odds": trials,
    "ten_thousand_cities.step": city,
    "ten_thousand_cities.sums": parts,
    "own_data.check": rows_by_label,
}

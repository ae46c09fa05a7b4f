"""Who was measured where: what a cell of a model needs besides its text. The data themselves are simulated."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm

from benchmarks.calibrated import exactly
from course import data, models, multitask, regression, simulate
from course.regression import LinePriors

RADON_PRIORS = LinePriors((1, 1), (0, 1), tau_alpha=0.5, tau_beta=0.5, sigma=1, eta=2)
Make = Callable[[], pm.Model]


def schools() -> dict[str, Any]:
    eight = data.load("eight_schools")
    return {"effect": eight.effect, "sigma": eight.sigma, "names": eight.school}


def batters() -> dict[str, Any]:
    return {"batters": data.load("baseball")}


def depots() -> dict[str, Any]:
    deliveries = np.array([40, 35, 30, 25, 20, 16, 12, 9, 7, 5, 4, 3])
    depot = np.repeat(np.arange(12), deliveries)
    error = 8 / np.sqrt(deliveries)
    return {
        "names": list("ABCDEFGHIJKL"), "depot": depot, "sigma": 8.0, "minutes": np.zeros(depot.size),
        "error": error, "country": np.tile([0.0, 1.0], 6), "rural": np.zeros(12),
    }  # fmt: skip


def twenty(information: float) -> Callable[[], dict[str, Any]]:
    return lambda: {"effect": np.zeros(20), "sigma": np.full(20, 5 / np.sqrt(information))}


def mixed() -> dict[str, Any]:
    return {"rng": np.random.default_rng(5)}


def radon() -> dict[str, Any]:
    houses = data.load("radon")
    rows = regression.group_rows(houses.log_radon, houses.floor, houses.county)
    of, county = rows.groups.of_row, rows.groups.labels
    uranium = regression.group_values(houses.log_uranium, rows.groups)
    return {"rows": rows, "of": of, "county": county, "log_uranium": uranium, "zero": houses.radon == 0}


def cities() -> dict[str, Any]:
    world = simulate.priced_cities(np.random.default_rng(7))
    names = np.array(list("ABCDEFGHIJ"))
    cells = regression.cells(world.bought, world.price / 10, names[world.city])
    at = np.average(cells.x, weights=cells.trials)
    return {"cities": names, "cells": cells, "city": cells.groups.of_row, "at": at}


def women() -> dict[str, Any]:
    asked_of, kids = data.load("contraception"), np.array(["0", "1", "2", "3+"])
    rows = np.column_stack([asked_of.district, asked_of.urban, np.searchsorted(kids, asked_of.living_children)])
    found, where = np.unique(rows, axis=0, return_inverse=True)
    district, at_home = np.unique(found[:, 0], return_inverse=True)
    use, asked = np.bincount(where, asked_of.use), np.bincount(where)
    return {"cell": found, "use": use, "asked": asked, "district": district, "at_home": at_home, "kids": kids}


def shops() -> dict[str, Any]:
    days = np.round(np.geomspace(3, 200, 24)).astype(int)
    mean = np.array([0.0, 20, -10, 12, 6])
    rng = np.random.default_rng(90)
    return {"chain": multitask.draw_tasks(days, rng, mean=mean, tau=8.0, sigma=25.0)}


def flights() -> dict[str, Any]:
    table = pd.DataFrame(data.load("flights").columns)
    table["route"] = table.origin + " " + table.airline + " " + table.destination
    seen = table[table.month <= 6].reset_index(drop=True)
    route, routes = pd.factorize(seen.route, sort=True)
    of, at = pd.factorize(pd.Series(routes).str[4:6], sort=True)[0], seen.month.to_numpy() - 1
    return {"seen": seen, "route": route, "routes": routes, "of": of, "at": at}


def two_hundred() -> pm.Model:
    rng = np.random.default_rng(1111)
    users = np.maximum(1, rng.lognormal(np.log(30), 1.6, 3000)).astype(int)
    world = simulate.priced_cities(rng, users=users, rho=-0.6)
    some = world.city < 200
    cells = regression.cells(world.bought[some], world.price[some] / 10, world.city[some])
    wide = LinePriors((0, 10), (0, 5), tau_alpha=5, tau_beta=2, eta=1)
    return models.varying_choices(cells, wide, correlated=True, blocks=models.Blocks(level=True, slope=True))


def sleep() -> pm.Model:
    return models.varying_lines(exactly.SLEEP_ROWS, exactly.SLEEP_PRIORS)


def lines(level: bool, slope: bool, at: float | None = None) -> Make:
    blocks = models.Blocks(level, slope)
    return lambda: models.varying_lines(radon()["rows"], RADON_PRIORS, blocks=blocks, at=at)


def choices(level: bool, slope: bool, correlated: bool = False) -> Make:
    blocks = models.Blocks(level, slope)
    return lambda: models.varying_choices(cities()["cells"], exactly.CITY_PRIORS, correlated=correlated, blocks=blocks)

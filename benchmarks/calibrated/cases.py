"""Which models `calibration` tries: every one that a lesson samples, that `course.models` builds, that a task asks for.

A model of a notebook is the notebook's own cell, run with the data of the design; so it cannot drift from the lesson.
"""

import ast
import inspect
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pymc as pm

from benchmarks.calibrated import designs, exactly
from benchmarks.calibrated.designs import Make
from course import data, models

ROOT = Path(__file__).parents[2]
Given = Callable[[], dict[str, Any]]


class Case(NamedTuple):
    """One model: where it stands, how it is built or drawn exactly, whose ranks are kept, how it is sampled.

    ``fails``: a lesson shows that it goes wrong; and two centred forms of lines, since they were found to.

    ``source`` is the text whose fingerprint is kept with the ranks: other text, and they are of another model.
    """

    where: str
    source: str
    watch: tuple[str, ...]
    make: Make | None = None
    exact: exactly.Draw | None = None
    accept: float = 0.8
    fails: bool = False

    @property
    def fingerprint(self) -> str:
        """Of the code, without its comments and spaces."""
        return f"{zlib.crc32(ast.dump(ast.parse(self.source)).encode()):08x}"


def cell(path: str, name: str) -> str:
    """Code of a cell without what samples or shows: imports, functions, models."""
    notebook = json.loads((ROOT / f"{path}.ipynb").read_text(encoding="utf-8"))
    (found,) = ("".join(c["source"]) for c in notebook["cells"] if c.get("id") == name)
    return ast.unparse(_Building().visit(ast.parse(found)))


class _Building(ast.NodeTransformer):
    def generic_visit(self, node: ast.AST) -> ast.AST:
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if isinstance(line, ast.With | ast.FunctionDef) or not _runs(line)]  # type: ignore[attr-defined]
        return super().generic_visit(node)


def _runs(line: ast.stmt) -> bool:
    text = ast.unparse(line)
    return ".sample(" in text or text.startswith(("quiz.", "print(", "Markdown("))


def of_notebook(path: str, name: str, model: str, watch: str, given: Given, **more: Any) -> Case:
    """Case of the model that a cell builds; ``model`` is an expression, evaluated after the cell has run."""
    source = cell(path, name)

    def make() -> pm.Model:
        names: dict[str, Any] = {"pm": pm, "np": np, "pd": pd, "data": data, **given()}
        exec(source, names)
        return eval(model, names)  # type: ignore[no-any-return]

    return Case(path.removeprefix("notebooks/"), f"{source}\n{model}", tuple(watch.split()), make, **more)


def of_library(where: str, watch: str, make: Make, **more: Any) -> Case:
    """Case of a model of `course.models`."""
    return Case(where, inspect.getsource(models), tuple(watch.split()), make, **more)


def of_exact(draw: exactly.Draw, where: str, watch: str) -> Case:
    """Case of a posterior whose draws need no chain; the room of the library that computes them is part of it."""
    room = ROOT / "course" / where.partition(".")[0]
    library = [_without_words(path.read_text(encoding="utf-8")) for path in sorted(room.glob("*.py"))]
    return Case(where, "\n".join([inspect.getsource(draw), *library]), tuple(watch.split()), exact=draw)


def _without_words(source: str) -> str:
    """Leave out docstrings: none changes a draw."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [one for one in node.body if not _is_words(one)] or [ast.Pass()]
    return ast.unparse(tree)


def _is_words(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)


FURTHER = "notebooks/further/"
EIGHT, TWENTY = "mu tau theta[0] theta[7]", "mu tau theta[0] theta[19]"
LINE = "mu_alpha mu_beta tau_alpha tau_beta alpha[0] beta[0]"
LINES = "mu_alpha mu_beta tau_alpha tau_beta rho sigma alpha[0] beta[0]"
FLIGHTS = "mu tau[0] tau[1] tau[2] level[0]"


def _small() -> dict[str, Case]:
    """Lessons 01 to 03: batters, depots, schools."""
    batters, depots = "notebooks/01_many_groups", "notebooks/02_model_structure"
    careful = {"accept": 0.99, "given": designs.depots}
    eight = {"accept": 0.99, "given": designs.schools}
    ability = "mean concentration ability[0] ability[17]"
    return {
        "batters": of_notebook(batters, "batters-model", "batting", ability, designs.batters, accept=0.95),
        "couriers": of_notebook(depots, "model", "couriers", "mu tau theta[0] theta[11]", **careful),
        "couriers_kinds": of_notebook(depots, "breaks", "by_kind", "mu beta tau theta[0] theta[11]", **careful),
        "schools": of_notebook("notebooks/03_eight_schools", "hierarchical-model", "hierarchical", EIGHT, **eight),
    }


def _funnels() -> dict[str, Case]:
    """Lesson 05: two coordinates, two sizes of step, two of the four kinds of data."""

    def funnel(watch: str, given: Given, centred: bool, **more: Any) -> Case:
        return of_notebook("notebooks/05_funnel", "model", f"hierarchy(effect, sigma, {centred})", watch, given, **more)

    found = {
        "funnel_noncentred": funnel(EIGHT, designs.schools, False),
        "funnel_centred": funnel(EIGHT, designs.schools, True, fails=True),
        "funnel_centred_99": funnel(EIGHT, designs.schools, True, accept=0.99, fails=True),
    }
    for information in (0.1, 100):
        for form, centred in (("noncentred", False), ("centred", True)):
            poor = centred and information < 1  # the lesson: then the centred form hardly moves
            found[f"dial_{information:g}_{form}"] = funnel(TWENTY, designs.twenty(information), centred, fails=poor)
    mixed = "mu tau theta_rich[0] eta_poor[0]"
    return found | {"funnel_mixed": of_notebook(FURTHER + "05_funnel", "mixed-model", "mixed", mixed, designs.mixed)}


def _regressions() -> dict[str, Case]:
    """Lessons 06, 07 and 11; what their notebooks build by `course.models` is built by it here."""
    radon, prices = "notebooks/06_linear_regression", "notebooks/07_logistic_regression"
    more_prices = FURTHER + "07_logistic_regression"
    usual = "usual(city, cells.x, cells.successes, cells.trials)"
    family = "mu[0] mu[1] tau[0] tau[1] rho gamma[0] rural[0] extra[0]"
    floors = "mu gamma beta tau sigma[0] sigma[1]"
    counties, cities = {"given": designs.radon}, {"given": designs.cities}
    return {
        "choices": of_library("further/07_logistic_regression", LINE, designs.choices(True, False)),
        "choices_correlated": of_library("course.models", LINE + " rho", designs.choices(True, False, correlated=True)),
        "choices_level": of_library("further/07_logistic_regression", LINE, designs.choices(False, False)),
        "choices_usual": of_notebook(prices, "usual", usual, LINE, accept=0.99, **cities),
        "choices_final": of_notebook(more_prices, "final", "final", LINE, **cities),
        "choices_at_zero": of_notebook(more_prices, "corner", "at_zero", LINE, **cities),
        "family": of_notebook(more_prices, "family", "family", family, designs.women),
        "lines_sleep": of_library("course.models", LINES, designs.sleep),
        "lines_radon": of_notebook(radon, "model", "lines", LINES, accept=0.9, **counties),
        "lines_levels": of_library(
            "further/06_linear_regression", LINES, designs.lines(True, False, at=0.0), accept=0.9, fails=True
        ),
        "lines_neither": of_library(
            "further/06_linear_regression", LINES, designs.lines(False, False, at=0.0), accept=0.9
        ),
        "lines_steps": of_library(
            "further/06_linear_regression", LINES, designs.lines(False, True, at=0.0), accept=0.9, fails=True
        ),
        "floors": of_notebook(FURTHER + "06_linear_regression", "censored", "with_floors(None)", floors, **counties),
        "cities_200": of_library("further/11_ten_thousand_cities", LINE + " rho", designs.two_hundred, accept=0.95),
    }


def _others() -> dict[str, Case]:
    """Lessons 09 and 13."""
    flights, given = FURTHER + "13_own_data", {"given": designs.flights}
    heads = "m[0] m[1] tau sigma w[0,0] w[23,1]"
    return {
        "shops": of_notebook("notebooks/09_multitask", "model", "hierarchy", heads, designs.shops),
        "shocks": of_notebook("notebooks/13_own_data", "model", "shocks", FLIGHTS + " tau[3]", **given),
        "storms": of_notebook(flights, "storms-model", "storms", FLIGHTS + " tau[3] tau[4]", **given),
        "negative": of_notebook(flights, "negative-model", "negative", FLIGHTS + " alpha", **given),
    }


def _tasks() -> dict[str, Case]:
    """What the solution of each task builds; nobody samples it there, and here the usual way is tried."""
    asked = {
        "01_many_groups": "m c",
        "02_model_structure": "mu beta tau theta[0]",
        "03_eight_schools": "mu tau eta[0]",
        "04_shrinkage": "mu tau",
        "05_funnel": "mu tau eta[0]",
        "06_linear_regression": "mu gamma beta tau sigma alpha[0]",
        "07_logistic_regression": LINE,
        "08_bandits": "z w theta[0] theta[4]",
        "09_multitask": "mean_head[0] tau sigma heads[0,0]",
        "10_when_it_helps": "mu tau theta[0]",
        "11_ten_thousand_cities": "mu tau alpha[0]",
    }
    cells = {name: name[3:].replace("_", "-") + "-model-answer" for name in asked}
    return {
        f"task_{name[:2]}": of_notebook("solutions/" + name, cells[name], "model", watch, designs.schools, accept=0.99)
        for name, watch in asked.items()
    }


def _exact() -> dict[str, Case]:
    """Draws without a chain."""
    rates = "mean concentration rate[0] rate[17]"
    return {
        "exact_schools": of_exact(exactly.schools, "exact.normal_posterior", EIGHT),
        "exact_batters": of_exact(exactly.batters, "exact.beta_binomial_posterior", rates),
        "exact_choices": of_exact(exactly.choices, "regression.exact_choices", LINE),
        "exact_lines": of_exact(exactly.lines, "regression.exact_population", LINES.removesuffix(" alpha[0] beta[0]")),
    }


CASES = _exact() | _small() | _funnels() | _tasks() | _others() | _regressions()

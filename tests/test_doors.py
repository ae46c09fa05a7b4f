"""Whatever is brought to a public function: a finite answer, or a sentence of the course's own.

Each name that a room offers is called with arguments drawn by their names: numbers in every dress that people have
(lists, arrays, Series with indices of their own, masks, pandas' nullable kinds, Decimals, text, categories), from
0 over 1e-300 to 1e300, empty, missing, constant, and structures made of them.
"""

import importlib
import inspect
import traceback
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import course
from course import errors, regression
from course import multitask as mt
from course.pooling import BetaPopulation, count_table
from course.validate import as_counts

ROOMS = ("pooling", "marginal", "shrinkage", "exact", "regression", "situations", "multitask", "bandits", "simulate")
COURSE = str(Path(course.__file__).parent)
PATIENT = {"beta_binomial_posterior", "exact_population", "choose_prices", "exact_choices", "choices_alone", "simulate"}
PATIENT |= {"learn_covariance", "hard_shared", "curves_given", "task_posterior"}
# Where an answer without end is the answer, and says so in its docstring.
ENDLESS = {"beta_binomial_mle", "log_marginal", "learn", "beta_binomial_log_likelihood", "check_priors", "log_rising"}
ENDLESS |= {"leave_out", "lai_robbins", "plug_in"}
# Kernels and parts that only the library's own functions call, with arrays that were judged before.
INNER = {"linear", "log_prior"}

ODD = (0.0, -1.0, 1e-300, 1e300, -1e300, 1e-9, 1e9, 1e-160, 1e160, np.inf, np.nan, 0.5, 2.0**60)
Draw = Callable[[st.SearchStrategy[Any]], Any]


def dressed(draw: Draw, values: list[Any]) -> Any:
    """The same numbers as somebody may have them."""
    kind = draw(st.integers(0, 17))
    floats = [float(v) for v in values]
    whole = [v for v in floats if np.isfinite(v) and abs(v) < 2**53]
    match kind:
        case 0 | 1 | 2 | 3:
            return np.array(floats)
        case 4:
            return values
        case 5:
            return pd.Series(floats)
        case 6:
            return pd.Series(floats, index=range(len(floats))[::-1])
        case 7:
            return np.ma.masked_array(floats, mask=[i == 1 for i in range(len(floats))])
        case 8:
            return pd.array([int(v) for v in whole] + [None] * (len(floats) - len(whole)), dtype="Int64")
        case 9:
            return [Decimal(v) for v in floats]
        case 10:
            return [str(v) for v in floats]
        case 11:
            return pd.Categorical([str(v) for v in floats])
        case 12:
            return np.array([*floats[1:], None], dtype=object)
        case 13:
            return pd.array([v > 0 for v in floats], dtype="boolean")
        case 14:
            return np.array(floats, dtype=np.float32) if all(abs(v) < 1e30 for v in floats) else np.array(floats)
        case 15:
            return [int(v) if v in whole else 10**400 for v in floats]
        case 16:
            return pd.DataFrame({"a": floats})
        case _:
            return np.array(floats, dtype=np.longdouble)


def numbers(draw: Draw, n: int, tame: st.SearchStrategy[Any]) -> Any:
    """Mostly tame values, at times an odd one or all alike, in some dress."""
    values = [draw(tame) for _ in range(n)]
    trouble = draw(st.integers(0, 29))
    if trouble == 0 and values:
        values[draw(st.integers(0, n - 1))] = draw(st.sampled_from(ODD))
    elif trouble == 1:
        values = [draw(st.sampled_from(ODD))] * n
    elif trouble == 2:
        values = values[:-1]
    return dressed(draw, values) if draw(st.integers(0, 9)) == 0 else np.array(values, dtype=float)


REAL = st.one_of(st.integers(-5, 5), st.floats(-5, 5))
POSITIVE = st.one_of(st.integers(1, 9), st.floats(0.01, 9))
SHARE = st.floats(0.01, 0.99)
COUNT = st.integers(0, 12)
TAME: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("y", "x", "alpha", "beta", "mean", "heads", "truth", "mu", "predictor", "values", "target"), REAL),
    **dict.fromkeys(
        ("sigma", "prices", "price", "penalty", "sd", "norm2", "base", "order", "unit", "length"), POSITIVE
    ),
    **dict.fromkeys(("predicted", "chance", "propensity", "theta"), SHARE),
    **dict.fromkeys(("successes", "sizes", "users"), COUNT),
    **dict.fromkeys(("trials", "steps"), st.integers(12, 30)),
    "reward": st.integers(0, 1),
}
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("tau", "sigma", "over", "under", "own", "length", "concentration", "median_users"), POSITIVE),
    **dict.fromkeys(("spread", "unit"), POSITIVE),
    **dict.fromkeys(("mu", "target"), REAL),
    **dict.fromkeys(("epsilon", "mass", "prob", "mean"), SHARE),
    **dict.fromkeys(("n_groups", "n_cities", "n_tasks", "k", "bins", "n_arms", "first", "every"), st.integers(1, 6)),
    **dict.fromkeys(("horizon", "replications", "steps", "sweeps"), st.integers(1, 6)),
    **dict.fromkeys(("rank", "number"), st.integers(0, 2)),
}


def scalar(draw: Draw, name: str) -> Any:
    value = draw(SCALARS[name])
    if draw(st.integers(0, 14)) == 0:
        return draw(st.sampled_from([*ODD, None, "3", np.ma.masked, pd.NA, [1.0], Decimal(2), True, 10**400]))
    return value


def matrix(draw: Draw, rows: int, columns: int, tame: st.SearchStrategy[Any]) -> Any:
    seed = draw(st.integers(0, 99))
    found = np.random.default_rng(seed).normal(size=(rows, columns))
    trouble = draw(st.integers(0, 19))
    if trouble == 0:
        found[draw(st.integers(0, rows - 1)), 0] = draw(st.sampled_from(ODD))
    if trouble == 1:
        return np.ma.masked_array(found, mask=found == found[0, 0])
    if trouble == 2:
        return pd.DataFrame(found, columns=[f"c{k}" for k in range(columns)]).astype(object)
    if trouble == 3:
        found *= draw(st.sampled_from([1e-9, 1e9, 1e-300, 1e300, 0.0]))
    return found


def labels(draw: Draw, n: int) -> Any:
    given = [draw(st.integers(0, 2)) for _ in range(n)]
    match draw(st.integers(0, 24)):
        case 0:
            return [*given[1:], None]
        case 1:
            return pd.Categorical([f"c{v}" for v in given])
        case 2:
            return pd.Series([f"c{v}" for v in given], index=range(n)[::-1])
        case 3:
            return [("a", v) for v in given]
        case 4:
            return [*given[1:], "c"]
        case 5:
            return pd.array(given, dtype="Int64")
        case 6:
            return np.ma.masked_array(given, mask=[v == 1 for v in given])
    return given


def structure(draw: Draw, kind: str, name: str, n: int) -> Any:
    """A structure of the course's own, made by its own functions of what people bring."""
    match kind:
        case "Rows":
            return regression.group_rows(numbers(draw, 2 * n, REAL), numbers(draw, 2 * n, REAL), labels(draw, 2 * n))
        case "Sums":
            return regression.sums(structure(draw, "Rows", name, n))
        case "Cells":
            return regression.cells(
                numbers(draw, 2 * n, st.integers(0, 5)), numbers(draw, 2 * n, REAL), labels(draw, 2 * n),
                trials=numbers(draw, 2 * n, st.integers(5, 9)),
            )  # fmt: skip
        case "Grouping":
            return structure(draw, "Rows", name, n).groups
        case "OwnLines":
            return regression.own_lines(structure(draw, "Rows", name, n))
        case "Lines":
            return regression.lines_given(structure(draw, "Sums", name, n), structure(draw, "Population", name, n))
        case "Population":
            spread = [draw(POSITIVE) for _ in range(3)]
            if draw(st.integers(0, 14)) == 0:
                spread[draw(st.integers(0, 2))] = draw(st.sampled_from(ODD))
            return regression.Population(draw(REAL), draw(REAL), spread[0], spread[1], draw(SHARE), spread[2])
        case "LinePriors":
            return regression.LinePriors(
                (draw(REAL), draw(POSITIVE)), (draw(REAL), draw(POSITIVE)), 1.0, draw(POSITIVE)
            )
        case "TaskPriors":
            return mt.TaskPriors(draw(POSITIVE), draw(POSITIVE), draw(POSITIVE))
        case "BetaPopulation":
            ends = st.one_of(POSITIVE, st.sampled_from([0.0, np.inf, np.nan, -1.0, 1e-300, 1e300]))
            return BetaPopulation(draw(st.one_of(SHARE, st.sampled_from([0.0, 1.0, np.nan]))), draw(ends))
        case "Counts":
            return as_counts(numbers(draw, n, COUNT), numbers(draw, n, st.integers(12, 30)))
        case "CountTable":
            return count_table(structure(draw, "Counts", name, n))
        case "TaskSums":
            return mt.task_sums(
                matrix(draw, 3 * n, 2, REAL), numbers(draw, 3 * n, REAL), [i % n for i in range(3 * n)], n
            )
        case "np.random.Generator":
            return np.random.default_rng(draw(st.integers(0, 3)))
    raise NotImplementedError(kind)


MATRICES = {
    ("multitask", "x"): lambda draw, n: matrix(draw, 2 * n, 2, REAL),
    ("multitask", "y"): lambda draw, n: numbers(draw, 2 * n, REAL),
    ("multitask", "task"): lambda draw, n: [i % n for i in range(2 * n)],
    ("multitask", "at"): lambda draw, n: (matrix(draw, n, 2, REAL), list(range(n))),
    ("multitask", "between"): lambda draw, n: np.eye(n) * draw(st.sampled_from([1.0, 2.0, 0.0, -1.0, np.nan, 1e300])),
    ("multitask", "kernel"): lambda draw, n: mt.smooth(draw(POSITIVE)),
    ("multitask", "trunk"): lambda draw, n: matrix(draw, 2, 1, REAL),
    ("multitask", "heads"): lambda draw, n: matrix(draw, n, 2, REAL),
    ("multitask", "truth"): lambda draw, n: matrix(draw, n, 2, REAL),
    ("multitask", "worlds"): lambda draw, n: [structure(draw, "TaskSums", "", n) for _ in range(2)],
    ("multitask", "stacked"): lambda draw, n: mt.stack([structure(draw, "TaskSums", "", n) for _ in range(2)]),
    ("regression", "log_density"): lambda draw, n: matrix(draw, 120, n, REAL),
    ("exact", "tau_prior"): lambda draw, n: None,
    ("exact", "mu_prior"): lambda draw, n: draw(
        st.sampled_from([None, None, (0, 1), (5, 2), (0, 0), (1e300, 1), "flat"])
    ),
}


def argument(draw: Draw, room: str, parameter: inspect.Parameter, n: int) -> Any:
    kind, name = str(parameter.annotation).strip("'"), parameter.name
    if (room, name) in MATRICES:
        return MATRICES[room, name](draw, n)
    if "ArrayLike" in kind or kind == "FloatArray" or kind == "NDArray[Any]":
        if name in ("group", "labels"):
            return labels(draw, n)
        return numbers(draw, n, TAME[name])
    if name in SCALARS and kind in ("float", "int", "float | None", "int | None"):
        return scalar(draw, name)
    return structure(draw, kind, name, n)


def offered() -> Iterator[tuple[str, str, Any]]:
    """Room, name and function of all that rooms offer and that the strategies above know how to call."""
    seen = set()
    for room in ROOMS:
        module = importlib.import_module(f"course.{room}")
        for name in module.__all__:
            function = getattr(module, name)
            if name in INNER or not inspect.isfunction(function) or function in seen:
                continue
            seen.add(function)
            yield room, name, function


# Asked for here by their names, so that a new function is either called or said to be left out.
UNCALLED = {"simulate", "arrows", "table", "population_grid"}
CALLED = [(room, name, function) for room, name, function in offered() if name not in UNCALLED]


def shaped(draw: Draw, name: str, others: dict[str, Any]) -> dict[str, Any]:
    """Arguments whose shape hangs on the others."""
    match name:
        case "row_log_density" | "choice_log_density":
            groups = len(others["rows" if name == "row_log_density" else "cells"].groups.labels)
            found = {"alpha": matrix(draw, 3, groups, REAL), "beta": matrix(draw, 3, groups, REAL)}
            return found | ({"sigma": numbers(draw, 3, POSITIVE)} if name == "row_log_density" else {})
        case "calibration":
            return {"predicted": numbers(draw, len(others["cells"].x), SHARE)}
        case "group_values":
            groups = others["groups"]
            return {"values": dressed(draw, [float(j % 3) for j in groups.of_row])}
        case "separate" | "to_mean" | "hard_shared":
            return {"penalty": scalar(draw, "tau")}
        case "log_joint":
            return {"mean": numbers(draw, 2, REAL)}
        case "beta_binomial_log_likelihood":
            return {"alpha": numbers(draw, 3, POSITIVE), "beta": numbers(draw, 3, POSITIVE)}
    return {}


def call(draw: Draw, room: str, function: Any) -> Any:
    n = draw(st.sampled_from([1, 2, 3, 4, 5, 6]))
    arguments = {}
    for parameter in inspect.signature(function).parameters.values():
        required = parameter.default is inspect.Parameter.empty or parameter.name in ("trials", "target", "mu_prior")
        if required:
            arguments[parameter.name] = argument(draw, room, parameter, n)
    arguments |= shaped(draw, function.__name__, arguments)
    if function is regression.exact_population:
        arguments |= {"draws": 50, "tries": 500}
    return function(**arguments)


def unfinished(answer: Any) -> bool:
    """Whether a NaN or an infinity stands in an answer, masked places left out."""
    if isinstance(answer, np.ma.MaskedArray):
        return unfinished(np.asarray(answer.compressed()))
    if isinstance(answer, float | np.floating):
        return not np.isfinite(answer)
    if isinstance(answer, np.ndarray):
        return answer.dtype.kind == "f" and not np.all(np.isfinite(answer))
    if type(answer).__name__ == "Ruler":  # of infinite width where steps are even
        return False
    if isinstance(answer, tuple | list):
        return any(map(unfinished, answer))
    return (
        any(map(unfinished, vars(answer).values())) if hasattr(answer, "__dict__") and not callable(answer) else False
    )


def finding(draw: Draw, room: str, name: str, function: Any) -> str | None:
    """What is wrong with what one call did; None where nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            answer = call(draw, room, function)
        except (ValueError, errors.CourseError) as error:
            at = traceback.extract_tb(error.__traceback__)[-1].filename
            if not at.startswith(COURSE):
                return f"raw {type(error).__name__}: {error}"
            return None if len(str(error).split()) > 4 and "\n" not in str(error) else f"no sentence: {error}"
        except (
            ArithmeticError,
            TypeError,
            LookupError,
            AttributeError,
            AssertionError,
            RuntimeError,
            Warning,
        ) as error:
            at = traceback.extract_tb(error.__traceback__)[-1]
            return f"raw {type(error).__name__}: {error} ({Path(at.filename).name}:{at.lineno})"
    if name not in ENDLESS and unfinished(answer):
        return f"NaN or inf in {str(answer)[:200]}"
    return None


def knock(examples: int, room: str, name: str, function: Any) -> None:
    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def once(data: st.DataObject) -> None:
        assert finding(data.draw, room, name, function) is None

    once()


IDS = [f"{room}.{name}" for room, name, _ in CALLED]


@pytest.mark.parametrize(("room", "name", "function"), CALLED, ids=IDS)
def test_a_door_gives_an_answer_or_a_sentence(room: str, name: str, function: Any) -> None:
    knock(4 if name in PATIENT else 20, room, name, function)


@pytest.mark.slow
@pytest.mark.parametrize(("room", "name", "function"), CALLED, ids=IDS)
def test_a_door_gives_an_answer_or_a_sentence_however_often_it_is_tried(room: str, name: str, function: Any) -> None:
    knock(60 if name in PATIENT else 500, room, name, function)

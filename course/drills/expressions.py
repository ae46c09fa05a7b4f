"""What a card computes: expressions over drawn values and the functions of the library, never arbitrary code.

A deck may come from somebody else, so an expression is evaluated by `simpleeval`, which knows arithmetic, comparisons,
indexing, and the names in `_PLACES`. A function's module is imported when it is first called: opening the deck must
not wait for SciPy.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, cast

from simpleeval import EvalWithCompoundTypes, InvalidExpression

_PLACES = {
    "course.bandits": ("inverse_propensity", "lai_robbins"),
    "course.data": ("load",),
    "course.exact": ("beta_binomial_posterior", "normal_posterior"),
    "course.funnel": ("stable_step",),
    "course.marginal": ("beta_binomial_log_likelihood", "count_table", "log_marginal"),
    "course.pooling": ("BetaPopulation", "beta_binomial_mle", "beta_binomial_pool", "complete_pool"),
    "course.regression": (
        *(
            "Population",
            "Sums",
            "best_price",
            "cells",
            "lines_given",
            "one_curve",
            "revenue_curves",
            "separation",
            "within_sd",
        ),
    ),
    "course.scale": ("fit_logistic",),
    "course.shrinkage": (*("data_weight", "empirical_bayes", "james_stein", "james_stein_risk", "partial_pool"),),
    "course.multitask": (
        *(
            "best_order",
            "excess_error",
            "log_joint",
            "map_estimate",
            "mean_and_own",
            "separate",
            "task_sums",
            "to_mean",
        ),
    ),
    "course.situations.expected": ("chance_of_zero", "plugged_in", "risks"),
    "course.situations.languages": ("bits",),
    "course.situations.normal": ("pool",),
    "course.situations.trials": ("bcg", "log_odds_ratios"),
    "numpy": ("allclose", "arange", "array", "diff", "exp", "isclose", "linspace", "log", "mean", "sqrt", "var"),
    "scipy.special": ("expit", "logit"),
}
# Of scipy.stats, called as norm_cdf(x).
_DISTRIBUTIONS = ("beta", "betabinom", "binom", "chi2", "expon", "halfcauchy", "halfnorm", "norm", "t")
_ASKED = ("cdf", "pdf", "pmf", "ppf", "sf", "mean", "std")


class ExpressionError(ValueError):
    """An expression on a card that cannot be evaluated; the message quotes it."""


def evaluate(expression: str, names: Mapping[str, Any]) -> Any:
    """Return the value of an expression.

    Parameters
    ----------
    expression : str
        For example ``"data_weight([sigma], tau)[0]"``.
    names : mapping of str to object
        The values that it may use.

    Raises
    ------
    ExpressionError
        If it cannot be evaluated, quoting it and saying why.
    """
    evaluator = _kept.evaluator
    evaluator.names = dict(names)
    try:
        return evaluator.eval(expression, _parsed(expression))
    except (
        InvalidExpression,
        SyntaxError,
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
    ) as error:
        raise ExpressionError(f"cannot evaluate `{expression.strip()}`: {error}") from error


@lru_cache(maxsize=4096)
def _parsed(expression: str) -> Any:
    return EvalWithCompoundTypes.parse(expression)


def holds(expression: str, names: Mapping[str, Any]) -> bool:
    """Say whether an expression is true, all of it where it is an array.

    Parameters
    ----------
    expression : str
        For example ``"near(answer, 0.2)"``.
    names : mapping of str to object
        The values that it may use.
    """
    value = evaluate(expression, names)
    return bool(value.all()) if hasattr(value, "all") else bool(value)


def near(value: Any, wanted: Any, tolerance: float = 1e-6) -> bool:
    """Say whether two numbers or arrays agree within a relative (at 0: absolute) tolerance."""
    from numpy import allclose

    return bool(allclose(value, wanted, rtol=tolerance, atol=tolerance))


def _later(module: str, name: str) -> Callable[..., Any]:
    """Return a function that is looked up when it is called."""

    @cache
    def found() -> Callable[..., Any]:
        place: Any = import_module(module)
        for part in name.split("."):
            place = getattr(place, part)
        return cast(Callable[..., Any], place)

    def call(*arguments: Any, **options: Any) -> Any:
        return found()(*arguments, **options)

    return call


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _later(module, name) for module, names in _PLACES.items() for name in names},
    **{f"{one}_{ask}": _later("scipy.stats", f"{one}.{ask}") for one in _DISTRIBUTIONS for ask in _ASKED},
    **{"halfnormal": _later("scipy.stats", "halfnorm"), "halfcauchy": _later("scipy.stats", "halfcauchy")},
    **{"abs": abs, "all": all, "any": any, "float": float, "int": int, "len": len, "max": max, "min": min},
    **{"round": round, "sorted": sorted, "sum": sum, "near": near, "comb": math.comb, "floor": math.floor},
    **{"ceil": math.ceil},
}
"""What an expression may call."""


class _Kept(threading.local):
    """An evaluator for each thread: it holds the names of one expression, and costs more to make than most to use."""

    def __init__(self) -> None:
        self.evaluator = EvalWithCompoundTypes(functions=dict(_FUNCTIONS))


_kept = _Kept()

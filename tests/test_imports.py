"""What an import costs and what it exports; each case in a process of its own."""

import importlib
import json
import subprocess
import sys

import pytest

HEAVY = {
    *("pymc", "pytensor", "matplotlib", "altair", "ipywidgets", "arviz", "pandas", "numba", "IPython", "xarray"),
    *("dask", "distributed", "pyarrow", "rich", "torch"),
}
CONCEPTS = {
    "course.bandits": {
        *("FLAT", "UCB1", "Arms", "ArrivingArms", "Believed", "Choice", "DrawnArms", "EmpiricalBayesThompson"),
        *("EpsilonGreedy", "FixedArms", "HierarchicalThompson", "Policy", "PopulationGrid", "Race", "Tally"),
        *("Thompson", "Value", "View", "World", "inverse_propensity", "lai_robbins", "population_grid", "simulate"),
    },
    "course.data": {"Card", "Column", "DamagedDataError", "Dataset", "UnknownDataError", "card", "load", "names"},
    "course.exact": {
        *("BetaBinomialPosterior", "Conditional", "Draws", "NormalMixture", "NormalPosterior"),
        *("beta_binomial_posterior", "normal_posterior"),
    },
    "course.funnel": {
        *("Chain", "Informed", "Target", "Trajectory", "hierarchy", "hmc", "informed_groups", "leapfrog", "neal"),
        *("scaled", "stable_step"),
    },
    "course.situations": {
        *("Gain", "Scores", "abtests", "expected", "fraud", "heavy", "languages", "normal", "prices", "recommend"),
        *("table", "trials", "trouble"),
    },
    "course.simulate": {"Cities", "Groups", "PricedCities", "cities", "normal_groups", "priced_cities"},
    "course.marginal": {"CountTable", "beta_binomial_log_likelihood", "count_table", "log_marginal", "log_rising"},
    "course.multitask": {
        *("CurvedRows", "Functions", "Learned", "PluggedIn", "SharedHeads", "TaskPosterior", "TaskPriors", "TaskRows"),
        *("TaskSums", "Trunk", "best_order", "draw_curves", "draw_tasks", "excess_error", "expected_cost"),
        *(
            "LearnedCovariance",
            "hard_shared",
            "learn",
            "learn_covariance",
            "linear",
            "log_evidence",
            "log_joint",
            "map_estimate",
            "mean_and_own",
        ),
        *("multitask_gp", "one_head", "one_world", "path", "plug_in", "project", "separate", "smooth", "stack"),
        *("task_posterior", "task_sums", "to_mean"),
    },
    "course.multitask.network": {
        *("INSTALL", "arrays", "build", "fit", "installed", "loss", "ready", "require", "tensors"),
    },
    "course.regression": {
        *(
            "Arrows",
            "Best",
            "Calibration",
            "Cells",
            "ExactChoices",
            "ExactPopulation",
            "Grouping",
            "LeftOut",
            "LineDraws",
            "LinePriors",
        ),
        *("Lines", "MixedFit", "OneCurve", "OneLine", "OwnCurves", "OwnLines", "Population", "Rows", "Scale"),
        *(
            "Separation",
            "Sums",
            "UnseenGroupError",
            "arrows",
            "as_group_predictor",
            "best_mean_line",
            "best_price",
            "calibration",
            "cells",
        ),
        *(
            "check_priors",
            "choice_log_density",
            "curves_given",
            "draw_lines",
            "exact_choices",
            "exact_population",
            "fit_mixed",
            "group_rows",
            "group_values",
        ),
        *("leave_out", "lines_given", "log_evidence", "log_prior", "mean_lines", "one_curve", "one_line", "own_curves"),
        *("own_lines", "revenue_curves", "revenue_lost", "row_log_density", "scale", "separation", "sums", "within_sd"),
    },
    "course.scale": {
        *("BetaBinomialFit", "Centred", "GroupFit", "LogisticFit", "Modes", "NormalFit", "NotConverged", "Step"),
        *("Trace", "fit_beta_binomial", "fit_logistic", "fit_normal", "fit_partitions", "modes_given"),
        "write_partitions",
    },
    "course.pooling": {
        *("BetaPopulation", "Pooled", "beta_binomial_log_likelihood", "beta_binomial_mle", "beta_binomial_pool"),
        *("complete_pool", "count_table"),
    },
    "course.shrinkage": {
        *(
            "Population",
            "data_weight",
            "empirical_bayes",
            "james_stein",
            "james_stein_risk",
            "log_marginal",
            "partial_pool",
        ),
    },
}


FIRST = "course.validate"  # loads NumPy alone
LAST = "course.scale"  # may load Numba, and would hide it from whatever came after
IMPORTED = [FIRST, *(module for module in CONCEPTS if module != LAST), LAST]
ONE_BY_ONE = """
import json, sys
from importlib import import_module
loaded = {}
for module in sys.argv[1:]:
    for name in [name for name in sys.modules if name.partition(".")[0] == "course"]:
        del sys.modules[name]  # each has to stand without those before it
    before = set(sys.modules)
    import_module(module)
    loaded[module] = sorted({name.partition(".")[0] for name in set(sys.modules) - before})
print(json.dumps(loaded))
"""


def loaded_by(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter has after a statement, beyond those that it starts with."""
    program = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """What each concept module loads that none before it did: SciPy alone takes a second, so one process serves all."""
    done = subprocess.run([sys.executable, "-c", ONE_BY_ONE, *IMPORTED], capture_output=True, text=True, check=True)
    return {module: set(names) for module, names in json.loads(done.stdout).items()}


def test_importing_the_package_loads_nothing_else() -> None:
    assert loaded_by("import course") <= {"course", "__future__"}


@pytest.mark.parametrize("module", IMPORTED)
def test_a_concept_module_loads_no_sampler_plot_or_widget(module: str, loaded: dict[str, set[str]]) -> None:
    allowed = {"numba"} if module == LAST else set()  # it compiles its passes
    assert not loaded[module] & (HEAVY - allowed)


@pytest.mark.parametrize("module", CONCEPTS)
def test_exported_names_are_pinned(module: str) -> None:
    found = importlib.import_module(module)
    assert set(found.__all__) == CONCEPTS[module]
    assert all(hasattr(found, name) for name in found.__all__)


def test_the_tasks_load_no_sampler_until_a_model_is_judged() -> None:
    every = "[tasks(topic) for topic in topics()]"
    assert not loaded_by(f"from course.checks.task import tasks; from course.syllabus import topics; {every}") & (
        HEAVY - {"numba", "pandas"}
    )

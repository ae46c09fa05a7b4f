"""The exercises of lesson 13: a learner's own table, of which only the structure can be judged."""

from __future__ import annotations

from typing import Any

import numpy as np

from course.checks.functions import WrongVersion, function
from course.checks.task import Task
from course.lessons.own_data import structure
from course.validate import FloatArray

# The check that can say no: how much sums scatter.


def _sums(values: Any, label: Any) -> FloatArray:
    found: FloatArray = np.bincount(np.unique(label, return_inverse=True)[1], weights=values)
    return found


def _spread(count: Any, expected: Any, label: Any) -> float:
    counts, means = _sums(count, label), _sums(expected, label)
    return float(np.mean((counts - means) ** 2 / means))


def _by_rows(count: Any, expected: Any, label: Any) -> float:
    return float(np.mean((np.asarray(count) - expected) ** 2 / np.asarray(expected)))


def _pearson(count: Any, expected: Any, label: Any) -> float:
    counts, means = _sums(count, label), _sums(expected, label)
    return float(np.sum((counts - means) ** 2) / np.sum(means))


def _rows(rng: np.random.Generator) -> tuple[Any, ...]:
    n = int(rng.integers(2, 12))
    expected = rng.gamma(2.0, 3.0, n) + 0.1
    return rng.poisson(expected).astype(float), expected, rng.integers(-n // 3, n // 3 + 1, n)


_check = function(
    _spread,
    (
        (np.array([3.0, 1.0]), np.array([2.0, 2.0]), np.array([0, 1])),
        (np.array([4.0, 5.0, 1.0]), np.array([2.0, 2.0, 2.0]), np.array([0, 0, 1])),
        (np.array([4.0, 9.0, 0.0, 2.0]), np.array([2.0, 5.0, 0.5, 4.0]), np.array([7, -3, 7, 3])),
        (np.array([4.0, 9.0, 0.0]), np.array([2.0, 5.0, 0.5]), np.array(["north", "south", "north"])),
    ),
    random=_rows,
    means="About 1 where sums are Poisson. Choose the labels by what could make rows err together.",
    mistakes=(
        WrongVersion(_by_rows, "That is row by row: add up counts and expectations with the same label first."),
        WrongVersion(
            lambda count, expected, label: _spread(count, expected, label) ** 0.5,
            "That is the root of it; the mean of the squares is asked for.",
        ),
        WrongVersion(
            lambda count, expected, label: float(np.mean((_sums(count, label) - _sums(expected, label)) ** 2)),
            "The squares are not divided: a Poisson count has its expectation for a variance.",
        ),
        WrongVersion(_pearson, "That divides sums of squares by sums of expectations: divide each, then average."),
        WrongVersion(
            lambda count, expected, label: float(
                np.mean((_sums(count, label) - _sums(expected, label)) ** 2 / _sums(expected, label) ** 2)
            ),
            "That divides by the square of the expectation; a Poisson variance is the expectation itself.",
        ),
    ),
)

TASKS = (
    Task(
        "own_data.table",
        "A table with four columns",
        structure.table,
        (
            "What does the decision speak of? That is the group.",
            "Which of your columns says whom, which when? Several rows of one group and period are added up.",
            "table.rename(columns={...}), then groupby(['group', 'period'], as_index=False)[['count', "
            "'exposure']].sum().",
        ),
    ),
    Task(
        "own_data.fit",
        "The hierarchy of your table",
        structure.fit,
        (
            "It is the call of the lesson, with your columns.",
            "There is no predictor that varies: the first argument is None.",
            "scale.fit_poisson(None, count, group, exposure=exposure, n_quadrature=9), each a column of the table.",
        ),
    ),
    Task(
        "own_data.held_out",
        "A score on rows that were not fitted",
        structure.held_out,
        (
            "Will you fill gaps, meet new groups, or look ahead? Hide that.",
            "One mask splits the table. What is fitted must not see the other part, complete pooling included.",
            "Fit on table[~hidden], predict table[hidden], and average the squared error of the rate. Money earned is "
            "no loss: name it profit.",
        ),
    ),
    Task(
        "own_data.check",
        "A check that could say no",
        _check,
        (
            "Which rows could err together? The sum over them shows it.",
            "Number the labels, then add up by number: np.unique and np.bincount.",
            "c and e: np.bincount of the label's number, with weights count and expected. Return ((c - e)**2 / "
            "e).mean().",
        ),
    ),
    Task(
        "own_data.decision",
        "One decision a group",
        structure.decision,
        (
            "What do you do differently because of the estimate?",
            "One row a group, and the threshold comes from money.",
            "Columns group and act: act is True where acting costs less than what you expect to lose by not acting.",
        ),
    ),
    Task(
        "own_data.paragraph",
        "A paragraph for somebody who decides",
        structure.paragraph,
        (
            "Read the lesson's paragraph again: which five things does it say?",
            "Of the check: what did it measure, and what would it have shown, had the model been right?",
            "Write the number of groups as a number, and one sentence that begins: This does not show.",
        ),
    ),
)

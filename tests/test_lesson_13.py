"""What lesson 13 claims, and what its judges of a learner's own table see and do not mind."""

import numpy as np
import pandas as pd
import pytest

from course import data, scale
from course.checks.desk import judge
from course.checks.task import task
from course.verdicts.findings import Outcome
from tests.wrong_answers.own_data import DECIDED, HALF, LOSS, MONEY, TABLE, TEXT


@pytest.fixture(scope="module")
def past() -> pd.DataFrame:
    flights = pd.DataFrame(data.load("flights").columns)
    flights["route"] = flights.origin + " " + flights.airline + " " + flights.destination
    return flights[flights.month <= 6].groupby("route", as_index=False)[["planned", "cancelled"]].sum()


def test_lme4_and_glmmtmb_find_what_the_library_finds(past):
    # benchmarks/names.txt, made by R: glmer with nAGQ = 9, and glmmTMB, which is Laplace.
    for nodes, mean, se, tau in ((9, -3.7822, 0.0552, 0.8873), (1, -3.7820, 0.0550, 0.8841)):
        fit = scale.fit_poisson(
            None, past.cancelled, past.route, exposure=past.planned, n_quadrature=nodes, progress=False
        )
        assert [fit.mean[0], fit.se[0], np.sqrt(fit.cov[0, 0])] == pytest.approx([mean, se, tau], abs=2e-4)


def shape(**columns):
    return TABLE.assign(**columns)


@pytest.mark.parametrize(
    "table",
    [
        TABLE,
        TABLE.to_dict("list"),
        TABLE.set_index(["group", "period"]),
        shape(group=TABLE.group.astype("category")),
        shape(period=pd.to_datetime(TABLE.period, unit="D")),
        shape(period=pd.to_datetime(TABLE.period, unit="D").dt.to_period("D")),
        shape(count=TABLE["count"].astype("Int64")),
        shape(group=TABLE.group.str[1:].astype(float), more="anything"),
        TABLE.sample(frac=1, random_state=1),
    ],
    ids=["plain", "columns", "index", "category", "dates", "spans", "nullable", "numbers", "shuffled"],
)
def test_a_table_may_come_in_any_dress(table):
    assert judge(task("own_data.table"), table).outcome is Outcome.RIGHT


def test_groups_are_known_whatever_their_type():
    whole = shape(group=TABLE.group.str[1:].astype(int))
    fit = scale.fit_poisson(None, whole["count"], whole["group"], exposure=whole["exposure"], progress=False)
    halves = {"group": np.arange(10.0), "act": [True, False] * 5}
    assert judge(task("own_data.fit"), (whole, fit)).outcome is Outcome.RIGHT
    assert judge(task("own_data.decision"), (whole, halves)).outcome is Outcome.RIGHT
    assert judge(task("own_data.decision"), (TABLE, DECIDED.set_index("group").act)).outcome is Outcome.RIGHT


@pytest.mark.parametrize(
    ("hidden", "asks"),
    [
        (~HALF, "a forecast of known groups"),
        (TABLE.group >= "g5", "groups that nobody has seen"),
        (TABLE.index % 4 == 0, "how well gaps are filled"),
    ],
)
def test_what_was_hidden_is_told(hidden, asks):
    finding = judge(task("own_data.held_out"), {"fitted": TABLE[~hidden], "judged": TABLE[hidden], "loss": LOSS})
    assert finding.outcome is Outcome.RIGHT
    assert asks in finding.text


@pytest.mark.parametrize(
    ("score", "best"),
    [
        ({"loss": LOSS}, "The smallest loss is that of 'partial'"),
        ({"loss": {name: -money for name, money in MONEY.items()}}, "The smallest loss is that of 'partial'"),
        ({"profit": MONEY}, "The largest profit is that of 'partial'"),
        ({"cost": MONEY}, "The smallest cost is that of 'complete'"),
    ],
    ids=["error", "negated", "profit", "cost"],
)
def test_money_says_by_its_name_which_end_is_better(score, best):
    finding = judge(task("own_data.held_out"), {"fitted": TABLE[HALF], "judged": TABLE[~HALF]} | score)
    assert finding.outcome is Outcome.RIGHT
    assert best in finding.text


@pytest.mark.parametrize("error", [np.square, np.abs])
@pytest.mark.parametrize("chances", [1.0, 30.0, 1e6])
def test_no_error_of_a_rate_is_taken_for_money(error, chances):
    table = shape(exposure=chances)
    rates, worst = table["count"] / chances, {}
    for name, rate in {"none": 0.0, "complete": rates.mean(), "partial": rates.max()}.items():
        worst[name] = float(np.max(error(rates - rate)))
    finding = judge(task("own_data.held_out"), {"fitted": table[HALF], "judged": table[~HALF], "loss": worst})
    assert finding.outcome is Outcome.RIGHT, finding.text


@pytest.mark.parametrize("measured", [1.3, 1.34, 1.26, np.float64(1.3)])
def test_the_number_of_the_check_may_be_rounded(measured):
    assert judge(task("own_data.paragraph"), (TABLE, TEXT, measured)).outcome is Outcome.RIGHT


def test_the_number_of_the_check_is_waited_for():
    assert judge(task("own_data.paragraph"), (TABLE, TEXT, ...)).outcome is Outcome.NOT_YET


def test_a_paragraph_with_all_five_is_accepted_and_an_empty_one_waits():
    # Two things were handed in before the check's number was asked for.
    assert judge(task("own_data.paragraph"), (TABLE, TEXT)).outcome is Outcome.RIGHT
    assert judge(task("own_data.paragraph"), (TABLE, " ")).outcome is Outcome.NOT_YET
    assert judge(task("own_data.paragraph"), (..., "")).outcome is Outcome.NOT_YET

"""What lesson 13 claims, and what its judges of a learner's own table see and do not mind."""

from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from course import data, scale
from course.checks.desk import judge
from course.checks.task import task
from course.verdicts.findings import Outcome
from tests.wrong_answers.own_data import DECIDED, HALF, LOSS, MONEY, TABLE, TEXT

ROOT = Path(__file__).parents[1]


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


def test_it_is_the_airline_and_not_the_size(past):
    airline, size = past.route.str[4:6], np.log(past.planned) - np.log(past.planned).mean()
    some = past.cancelled.groupby(airline).transform("sum") > 0  # an airline without a count has no finite level

    def slope(rows, *more):
        fixed = np.column_stack([size[rows], *more])
        few = past[rows]
        found = scale.fit_poisson(
            None, few.cancelled, few.route, fixed=fixed, exposure=few.planned, n_quadrature=9, progress=False
        )
        return found.fixed[0], found.fixed_se[0], np.sqrt(found.cov[0, 0])

    levels = pd.get_dummies(airline[some], drop_first=True, dtype=float).to_numpy()
    assert slope(past.planned > 0) == pytest.approx([-0.107, 0.045, 0.865], abs=2e-3)
    assert slope(some, levels) == pytest.approx([0.058, 0.031, 0.331], abs=2e-3)
    middle = past.planned.groupby(airline).median()
    assert middle[["YV", "9E", "EV"]].max() < past.planned.median() < middle["MQ"]


def test_two_airlines_make_most_of_what_complete_pooling_lacks(past):
    flights = pd.DataFrame(data.load("flights").columns)
    flights["route"] = flights.origin + " " + flights.airline + " " + flights.destination
    later = flights[flights.month > 6].groupby("route")[["planned", "cancelled"]].sum()
    later = later[later.index.isin(past.route)]
    fit = scale.fit_poisson(None, past.cancelled, past.route, exposure=past.planned, n_quadrature=9, progress=False)
    refused = later[200 * fit.predict(None, later.index) >= 6]
    saved = refused.planned.clip(upper=100) * (200 * refused.cancelled / refused.planned - 6)
    assert saved.sum() == pytest.approx(42_000, rel=0.02)
    assert 0.8 < saved[saved.index.str[4:6].isin(["EV", "9E"])].sum() / saved.sum() < 0.95


def rows_to_table(raw, chances=None):
    """What the exercise's snippet makes of rows of events; of the learner's own chances, if there are some."""
    text = nbformat.read(ROOT / "solutions" / "13_own_data.ipynb", as_version=4)
    snippet = (
        next(cell.source for cell in text.cells if "```python" in cell.source).split("```")[1].removeprefix("python")
    )
    if chances is not None:
        snippet = "\n".join(
            line for line in snippet.splitlines() if not line.startswith(("months", "exposed", "chances"))
        )
    names = {"pd": pd, "raw": raw.copy(), "chances": chances}
    exec(snippet, names)
    return names["table"]


@pytest.fixture
def events() -> pd.DataFrame:
    days = pd.date_range("2024-01-01", "2024-06-30")
    rng = np.random.default_rng(13)
    return pd.DataFrame({"shop": rng.choice(list("ABCDEFGHIJ"), 90), "date": rng.choice(days.astype(str), 90)})


def test_rows_of_events_become_a_table(events):
    table = rows_to_table(events)
    assert judge(task("own_data.table"), table).outcome is Outcome.RIGHT
    assert len(table) == 60
    assert table["count"].sum() == 90
    assert (table["count"] == 0).any()


def test_chances_may_come_from_a_file(events, tmp_path):
    rows_to_table(events)[["group", "period", "exposure"]].rename(columns={"group": "shop"}).to_csv(tmp_path / "c.csv")
    chances = pd.read_csv(tmp_path / "c.csv", index_col=0)
    assert judge(task("own_data.table"), rows_to_table(events, chances)).outcome is Outcome.RIGHT
    with pytest.raises(AssertionError):  # its events would have vanished
        rows_to_table(events, chances[chances.period != events.date.min()[:7]])


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


@pytest.mark.parametrize(
    ("table", "asks"),
    [
        (TABLE.to_dict("list"), "table = pd.DataFrame(table)"),
        (TABLE.set_index(["group", "period"]), "table = table.reset_index()"),
        (shape(count=TABLE["count"].where(TABLE.group < "g7", 0)), "3 groups, 'g7' among them, have no event at all"),
        (shape(count=TABLE["count"] + 1).drop(index=[4, 9]), "2 of 30 pairs of group and period have no row"),
        (TABLE, f"{TABLE['count'].sum()} events. Whether"),
    ],
    ids=["columns", "index", "names", "dropped", "plain"],
)
def test_what_may_be_a_fault_of_the_table_is_asked(table, asks):
    assert asks in judge(task("own_data.table"), table).text


def test_a_look_back_is_called_one():
    late = TABLE.period > 1
    finding = judge(task("own_data.held_out"), {"fitted": TABLE[late], "judged": TABLE[~late], "loss": LOSS})
    assert "a look back" in finding.text


def test_no_tie_is_won():
    tie = LOSS | {"none": LOSS["partial"]}
    finding = judge(task("own_data.held_out"), {"fitted": TABLE[HALF], "judged": TABLE[~HALF], "loss": tie})
    assert "that of 'none' and 'partial', which are the same" in finding.text


@pytest.mark.parametrize(
    "words",
    ["kept back", "judged out of sample", "withheld", "set aside", "fitted January to June and judged by the rest"],
)
def test_what_was_held_out_may_be_said_in_many_ways(words):
    text = TEXT.replace("held out", words)
    assert words in text
    assert judge(task("own_data.paragraph"), (TABLE, text, 1.3)).outcome is Outcome.RIGHT


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

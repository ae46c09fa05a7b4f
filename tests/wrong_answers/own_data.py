import numpy as np
import pandas as pd

from course import scale
from tests.wrong_answers import Wrong, built

RNG = np.random.default_rng(13)
TABLE = pd.DataFrame(
    {
        "group": np.repeat([f"g{k}" for k in range(10)], 3),
        "period": np.tile([1, 2, 3], 10),
        "count": RNG.poisson(5, 30),
        "exposure": 100.0,
    }
)
HALF = TABLE.period < 3
LOSS = {"none": 0.3, "complete": 0.4, "partial": 0.2}
SQUARES = {"none": 0.003, "complete": 0.004, "partial": 0.002}
MONEY = {"none": 81579, "complete": 40466, "partial": 82538}
DECIDED = pd.DataFrame({"group": TABLE.group.unique(), "act": np.arange(10) < 5})
TEXT = (
    "On 10 groups we expect what each did, pulled towards the others by a hierarchical model. The last period was held "
    "out, and there the model was nearer than own rates. A check of sums by period gave 1.3 and could have failed. It "
    "does not show what another year brings, and nothing here is about new groups."
)


def changed(**columns):
    return TABLE.assign(**columns)


def at(name, value, row=4):
    column = TABLE[name].astype(object)
    column.iloc[row] = value
    return TABLE.assign(**{name: column})


def fitted(table):
    return scale.fit_poisson(None, table["count"], table["group"], exposure=table["exposure"], progress=False)


def held(**parts):
    return {"fitted": TABLE[HALF], "judged": TABLE[~HALF], "loss": LOSS} | parts


def by_label(count, label):
    return np.bincount(np.unique(label, return_inverse=True)[1], count)


WRONG = {
    "own_data.table": [
        Wrong(TABLE.drop(columns="exposure"), "no column 'exposure'"),
        Wrong(at("count", -1), "must be a whole number that is not negative; in row 4"),
        Wrong(at("count", 2.5), "in row 4 it is 2.5"),
        Wrong(at("count", np.nan), "in row 4 it is nan"),
        Wrong(at("count", "12 or so"), "must be numbers"),
        Wrong(at("exposure", 0), "must be above 0"),
        Wrong(at("group", None), "must say something in every row"),
        Wrong(TABLE[TABLE.group < "g3"], "there are 3 groups"),
        Wrong(TABLE[TABLE.period == 1], "of one period"),
        Wrong(pd.concat([TABLE, TABLE[:2]]), "2 rows repeat a group and period"),
        Wrong(TABLE[:0], "has no rows"),
        Wrong(pd.concat([TABLE, TABLE[["count"]]], axis=1), "more than one column 'count'"),
        Wrong(changed(group=[[1]] * 30), "a name, a number or a date"),
        Wrong(changed(count=TABLE["count"].astype(str)), "count must be numbers"),
    ],
    "own_data.fit": [
        built(lambda: (TABLE, fitted(TABLE[3:])), "'g0' is not in the fit"),
        built(lambda: (TABLE[3:], fitted(TABLE)), "'g0' is not in the table"),
        built(lambda: (TABLE, fitted(TABLE[TABLE.period < 3])), "the fit saw 20 rows, the table has 30"),
        built(
            lambda: (TABLE, scale.fit_poisson(None, TABLE["count"], TABLE["group"], progress=False)),
            "Has it seen the exposure",
        ),
        built(
            lambda: (TABLE, scale.fit_logistic(None, TABLE["count"] > 4, TABLE["group"], progress=False)),
            "Has it seen the exposure",
        ),
        Wrong((TABLE, 0.05), "what scale.fit_poisson returns is wanted"),
        built(lambda: fitted(TABLE), "the table and the fit are wanted"),
    ],
    "own_data.held_out": [
        Wrong(held(judged=TABLE), "they are not held out"),
        Wrong(held(loss=LOSS | {"none": np.inf}), "the loss of 'none' is inf"),
        Wrong(held(loss=dict.fromkeys(LOSS, 0.2)), "the same number"),
        Wrong(held(loss={"partial": 0.2}), "loss must hold none, complete, partial"),
        Wrong(LOSS, 'a dictionary with "fitted"'),
        Wrong(held(loss=MONEY), 'Then name it "profit" in place of "loss", or negate it'),
        Wrong(held(profit=MONEY), "it holds loss and profit"),
        Wrong(held(loss={name: -value for name, value in SQUARES.items()}), "drop the minus sign"),
        Wrong({"fitted": TABLE[HALF], "judged": TABLE[~HALF], "profit": {"none": 1}}, "profit must hold none"),
    ],
    "own_data.check": [
        Wrong(lambda count, expected, label: np.mean((count - expected) ** 2 / expected), "row by row"),
        Wrong(
            lambda count, expected, label: np.mean((by_label(count, label) - by_label(expected, label)) ** 2),
            "not divided",
        ),
        Wrong(
            lambda count, expected, label: np.sqrt(
                np.mean((by_label(count, label) - by_label(expected, label)) ** 2 / by_label(expected, label))
            ),
            "the root of it",
        ),
    ],
    "own_data.decision": [
        Wrong((TABLE, DECIDED[1:]), "1 of 10 groups have no decision, 'g0'"),
        Wrong((TABLE, pd.concat([DECIDED, DECIDED[:1]])), "'g0' has more than one"),
        Wrong((TABLE, DECIDED.assign(act=None)), "act must be said of every group"),
        Wrong((TABLE, DECIDED.rename(columns={"act": "do"})), "it has group, do, and no 'act'"),
        Wrong((TABLE, DECIDED.rename(columns=str.title)), "it has Group, Act, and no 'group'"),
        Wrong((TABLE, [True] * 10), "the columns group and act"),
        Wrong((TABLE, pd.concat([DECIDED, pd.DataFrame({"group": ["x"], "act": [True]})])), "'x' is decided upon"),
    ],
    "own_data.paragraph": [
        Wrong((TABLE, TEXT.replace("10", "several")), "how many groups"),
        Wrong((TABLE, "We have 10 groups."), "it has 4 words"),
        Wrong((TABLE, TEXT.replace("A check of", "Looking at")), "the check that could have said no"),
        Wrong((TABLE, TEXT.replace("hierarchical", "nice")), "the model, in a word"),
        Wrong((TABLE, 10), "text in quotation marks"),
        Wrong((TABLE, TEXT, 2.6789), "it does not say what your check found: 2.68"),
        Wrong((TABLE, TEXT, "1.3 or so"), "the number that your check gave is wanted"),
        Wrong((TABLE, "There are 10 groups. hierarchical check later not. " + "word " * 40, 1.3), "different words"),
    ],
}

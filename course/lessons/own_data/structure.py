"""Judges of a learner's own table and what was made of it: they look at structure, since nobody knows the values."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from course.checks.values import as_array, as_number, is_blank, show
from course.validate import FloatArray
from course.verdicts.findings import Finding, not_yet, right, wrong

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("group", "period", "count", "exposure")
FEWEST_GROUPS, FEWEST_WORDS, MOST_WORDS, FEWEST_DIFFERENT = 8, 40, 200, 25
FEWEST_SUSPICIOUS = 3  # groups without an event, before one asks whether their names matched
SCORES = ("none", "complete", "partial")
MEASURES = {"loss": "smallest", "cost": "smallest", "profit": "largest"}  # by name, and which of them is best

_SLACK = 4.0  # an expected rate may lie above each that was seen, though not by such a factor

#: What a paragraph has to speak of, and words by which it is recognised.
SPOKEN_OF = {
    "the model, in a word such as hierarchical, partially pooled or population": r"hierarch|pool|population|multilevel",
    "the check that could have said no": r"\bcheck|replicat|predictive|\btest(?:s|ed)?\b",
    "what was held out": (
        r"(?:held|kept|left|set|hold|keep|leave|set)[ -]?(?:out|back|aside|ting)|hidden|hid\b|hide|withh[eo]ld|later|"
        r"not (?:seen|used|fitted|shown)|unseen|out[ -]of[ -](?:sample|time)|judged|validat|test (?:set|rows|part)|"
        r"forecast|predict(?:ed|ing|ion)"
    ),
    "what it does not show": r"\bnot\b|n't\b|cannot|only|nothing|unknown|limit",
}


class _RefusedError(Exception):
    """Why a table cannot be used, as a sentence that starts small."""


def as_table(given: object) -> pd.DataFrame | None:
    """Read a table, or columns by name; None where it is neither."""
    import pandas as pd

    if isinstance(given, pd.Series):
        given = given.to_frame()
    if isinstance(given, pd.DataFrame):
        hidden = [name for name in given.index.names if name in COLUMNS and name not in given.columns]
        return given.reset_index(hidden) if hidden else given  # what groupby made an index
    if isinstance(given, Mapping) and given and all(np.ndim(column) == 1 for column in map(_array, given.values())):
        lengths = {len(_array(column)) for column in given.values()}
        return pd.DataFrame({str(k): _array(v) for k, v in given.items()}) if len(lengths) == 1 else None
    return None


def _array(column: object) -> Any:
    try:
        return np.asarray(column)
    except ValueError:  # rows of unequal length
        return np.asarray(None)


def counts_table(given: object) -> pd.DataFrame:
    """Return the table, when it has the four columns and can be counted with.

    Raises
    ------
    _RefusedError
        Naming the first fault and its row.
    """
    table = as_table(given)
    if table is None:
        raise _RefusedError(f"a pandas table with the columns {', '.join(COLUMNS)} is wanted; this is {show(given)}.")
    if missing := [name for name in COLUMNS if name not in table.columns]:
        raise _RefusedError(
            f"the table has no column {missing[0]!r}; it has {_listed(table.columns)}. "
            "table.rename(columns={'old': 'new'}) gives a column another name."
        )
    if twice := [name for name in COLUMNS if list(table.columns).count(name) > 1]:
        raise _RefusedError(f"the table has more than one column {twice[0]!r}; keep the one that is meant.")
    if not len(table):
        raise _RefusedError("the table has no rows; was everything filtered out?")
    for name in ("group", "period"):
        _demand(_said(table, name), table, name, "must say something in every row")
        plain = np.array([isinstance(one, Hashable) for one in table[name]])
        _demand(plain, table, name, "must be a name, a number or a date")
    count, exposure = _numbers(table, "count"), _numbers(table, "exposure")
    whole = np.isfinite(count) & (count >= 0) & (count == np.floor(count))
    _demand(whole, table, "count", "must be a whole number that is not negative")
    some = np.isfinite(exposure) & (exposure > 0)
    _demand(some, table, "exposure", "must be above 0: a row that nothing could happen in says nothing")
    return table


def _numbers(table: pd.DataFrame, name: str) -> FloatArray:
    values = as_array(table[name].to_numpy())
    if values is None:
        first = next((one for one in table[name] if isinstance(one, str)), table[name].iloc[0])
        raise _RefusedError(f"{name} must be numbers, and holds {show(first)}. pd.to_numeric makes numbers of text.")
    return values


def _said(table: pd.DataFrame, name: str) -> Any:
    return ~np.asarray(table[name].isna(), dtype=bool)


def _demand(good: Any, table: pd.DataFrame, name: str, rule: str) -> None:
    if not np.all(good):
        at = int(np.flatnonzero(~np.asarray(good, dtype=bool))[0])
        more = int(np.sum(~np.asarray(good, dtype=bool))) - 1
        also = f", and {more} more" if more else ""
        raise _RefusedError(f"{name} {rule}; in row {table.index[at]!r} it is {show(table[name].iloc[at])}{also}.")


def _keys(labels: Any) -> list[str]:
    """Labels as they compare: 3 and 3.0 are one group."""
    return [str(int(one)) if isinstance(one, float) and one.is_integer() else str(one) for one in labels]


def _listed(names: Any) -> str:
    shown = [str(name) for name in names]
    return ", ".join(shown[:8]) + (", ..." if len(shown) > 8 else "")


def _judged(judge: Callable[[object], Finding], todo: str) -> Callable[[object], Finding]:
    def judged(given: object) -> Finding:
        if is_blank(given) or (isinstance(given, tuple) and any(is_blank(part) for part in given)):
            return not_yet(todo)
        try:
            return judge(given)
        except _RefusedError as refused:
            return wrong(str(refused))

    return judged


def _pair(given: object, second: str) -> tuple[Any, Any]:
    if not isinstance(given, tuple) or len(given) != 2:
        raise _RefusedError(f"the table and {second} are wanted, as check(..., (table, ...)); this is {show(given)}.")
    return given


def _table(given: object) -> Finding:
    table = counts_table(given)
    groups, periods = table["group"].nunique(), table["period"].nunique()
    if groups < FEWEST_GROUPS:
        return wrong(f"there are {groups} groups, and fewer than {FEWEST_GROUPS} hardly show a population (lesson 11).")
    if periods < 2:
        return wrong("every row is of one period, so nothing can be held out in time; is there a finer one?")
    if twice := int(table.duplicated(["group", "period"]).sum()):
        return wrong(
            f"{twice} rows repeat a group and period; table.groupby(['group', 'period'], as_index=False).sum() adds up."
        )
    return right(
        f"{groups:,} groups, {periods:,} periods, {len(table):,} rows, {table['count'].sum():,.0f} events. "
        f"{_worth_a_look(table)}Whether you would exchange the groups is next.{_other_dress(given)}"
    )


def _worth_a_look(table: pd.DataFrame) -> str:
    """What may be a fault of the table and may be true: a question, or nothing."""
    by_group = table.groupby(_keys(table["group"]))["count"].sum()
    never = by_group.index[by_group == 0]
    if len(never) >= FEWEST_SUSPICIOUS:
        return (
            f"{len(never)} groups, {never[0]!r} among them, have no event at all: is that so, or did their names not "
            "match when tables were joined? "
        )
    pairs = table["group"].nunique() * table["period"].nunique()
    if (lost := pairs - len(table)) and not (table["count"] == 0).any():
        return (
            f"{lost:,} of {pairs:,} pairs of group and period have no row, and no row has the count 0: had they no "
            "chances, or were they dropped because nothing happened? "
        )
    return ""


def _other_dress(given: object) -> str:
    """What the notebook's next cells need, which read columns of a table."""
    if isinstance(given, Mapping):
        return " The cells below read a pandas table: table = pd.DataFrame(table)."
    if getattr(given, "index", None) is not None and set(given.index.names) & set(COLUMNS):  # type: ignore[attr-defined]
        return " The cells below read columns: table = table.reset_index()."
    return ""


def _fit(given: object) -> Finding:
    table, fit = _pair(given, "the fit")
    groups = counts_table(table)["group"]
    if not (hasattr(fit, "labels") and hasattr(fit, "trace") and hasattr(fit, "predict")):
        return wrong(f"what scale.fit_poisson returns is wanted, and this is {show(fit)}.")
    known, wanted = set(_keys(np.asarray(fit.labels).tolist())), set(_keys(groups))
    if lost := sorted(wanted - known):
        return wrong(f"the fit has {len(known)} groups and the table {len(wanted)}: {lost[0]!r} is not in the fit.")
    if added := sorted(known - wanted):
        return wrong(f"the fit has {len(known)} groups and the table {len(wanted)}: {added[0]!r} is not in the table.")
    if not fit.trace.converged:
        return wrong(f"the fit did not end at a maximum: {fit.trace.reason}.")
    if (rows := getattr(fit, "n_rows", len(groups))) not in (len(groups), len(wanted)):
        return wrong(f"the fit saw {rows} rows, the table has {len(groups)}; was one of them filtered?")
    if (foreseen := _foreseen(fit, counts_table(table))) and not 0.5 < foreseen[0] / max(foreseen[1], 1.0) < 2.0:
        return wrong(
            f"for the rows of your table the fit expects {foreseen[0]:,.6g} events, and {foreseen[1]:,.0f} came. "
            "Has it seen the exposure, of these very rows, as exposure=...?"
        )
    edge = f" But it is {fit.edge}: say so in your report." if getattr(fit, "edge", "") else ""
    return right(f"all {len(wanted):,} groups are in the fit, and it ended at its maximum.{edge}")


def _foreseen(fit: Any, table: pd.DataFrame) -> tuple[float, float] | None:
    """Events that the fit expects over the table, and those that came; None for a fit with predictors of its own."""
    try:
        rates = fit.predict(None, np.asarray(table["group"]))
    except (TypeError, ValueError):
        return None
    expected = np.asarray(rates, dtype=float) @ _numbers(table, "exposure")
    return float(expected), float(np.sum(_numbers(table, "count")))


def _held_out(given: object) -> Finding:
    named = [name for name in MEASURES if isinstance(given, Mapping) and name in given]
    if len(named) > 1:
        return wrong(f"it holds {' and '.join(named)}, and one of them is judged: keep the one that you decide by.")
    if not isinstance(given, Mapping) or not {"fitted", "judged"} <= set(given) or not named:
        return wrong(
            'a dictionary with "fitted", "judged" and "loss" (or "cost", or "profit" where more is better) is wanted, '
            f"and this is {show(given)}."
        )
    name, scores = named[0], given[named[0]]
    inside = scores.values() if isinstance(scores, Mapping) else ()
    if any(is_blank(one) for one in (given["fitted"], given["judged"], scores, *inside)):
        return not_yet("Fill in the rows fitted, the rows judged and the three losses.")
    fitted, judged = counts_table(given["fitted"]), counts_table(given["judged"])
    cells = [set(zip(_keys(t["group"]), _keys(t["period"]), strict=True)) for t in (fitted, judged)]
    if both := sorted(cells[0] & cells[1]):
        return wrong(f"{len(both)} of the rows that judge were fitted, {both[0]!r} among them: they are not held out.")
    if not isinstance(scores, Mapping) or not set(SCORES) <= set(scores):
        return wrong(f"{name} must hold {', '.join(SCORES)}, and is {show(scores)}.")
    values = {one: as_number(scores[one]) for one in SCORES}
    if odd := [one for one, value in values.items() if value is None or not math.isfinite(value)]:
        return wrong(
            f"the {name} of {odd[0]!r} is {show(scores[odd[0]])}. A group with no rows has no rate of its own, and a "
            "rate of 0 makes a count above 0 impossible: score the groups that all can answer, or score money."
        )
    found = {one: float(value) for one, value in values.items() if value is not None}
    if len(set(found.values())) == 1:
        return wrong("all three losses are the same number; was one prediction scored three times?")
    highest = max(float(np.max(_numbers(t, "count") / _numbers(t, "exposure"))) for t in (fitted, judged))
    largest = _SLACK * max(highest, highest**2)  # no error of a rate, squared or not, is beyond it
    if name == "loss" and min(found.values()) > largest:
        return wrong(
            f"a loss of {min(found.values()):,.6g} is no error of these rates, none of which is above {highest:.3g}. "
            'Is more of it better, as of money earned? Then name it "profit" in place of "loss", or negate it. If less '
            'is better, as of money spent or a log score, name it "cost".'
        )
    if name == "loss" and min(found.values()) < 0 and max(map(abs, found.values())) <= largest:
        return wrong(
            f"a loss of {min(found.values()):,.6g} is below 0, and an error of a rate is not: drop the minus sign. "
            'Where less than 0 is meant, name it "cost", or "profit" where more is better.'
        )
    best = (max if MEASURES[name] == "largest" else min)(found, key=lambda one: found[one])
    groups, periods = (set(_keys(fitted[key])) & set(_keys(judged[key])) for key in ("group", "period"))
    first = [one for one in SCORES if found[one] == found[best]]
    best_of = " and ".join(repr(one) for one in first) + (", which are the same" if len(first) > 1 else "")
    asks = "a forecast of known groups" if groups else "a forecast of groups that nobody has seen"
    if periods:
        asks = "how well gaps are filled, and not what comes next" if groups else "about groups that nobody has seen"
    elif _before(judged, fitted):
        asks = "a look back: what is fitted came after it, and a decision looks ahead"
    return right(
        f"nothing that judges was fitted. What was hidden asks {'for ' * (not periods)}{asks}. The {MEASURES[name]} "
        f"{name} is that of {best_of}."
    )


def _before(judged: pd.DataFrame, fitted: pd.DataFrame) -> bool:
    """Whether every row that judges is of an earlier period, where periods have an order."""
    try:
        return bool(judged["period"].max() < fitted["period"].min())
    except TypeError:
        return False


def _decision(given: object) -> Finding:
    table, decision = _pair(given, "the decisions")
    groups = set(_keys(counts_table(table)["group"]))
    rows = as_table(decision)
    if rows is None:
        return wrong(f"a table with the columns group and act is wanted, and this is {show(decision)}.")
    if lacking := [name for name in ("group", "act") if name not in rows.columns]:
        return wrong(
            f"a table with the columns group and act is wanted; it has {_listed(rows.columns)}, and no {lacking[0]!r}."
        )
    named = _keys(rows["group"])
    if repeated := [name for name, times in Counter(named).items() if times > 1]:
        return wrong(f"there must be one row a group, and {repeated[0]!r} has more than one.")
    if lost := sorted(groups - set(named)):
        return wrong(f"{len(lost)} of {len(groups)} groups have no decision, {lost[0]!r} among them.")
    if added := sorted(set(named) - groups):
        return wrong(f"{added[0]!r} is decided upon and is not in the table.")
    _demand(_said(rows, "act"), rows, "act", "must be said of every group")
    kinds = len({str(one) for one in rows["act"]})
    if kinds == 1:
        return right("one row a group. You do the same everywhere: is there a price at which you would not?")
    return right(f"one row a group; {kinds:,} different things are done.")


def _paragraph(given: object) -> Finding:
    measured: float | None = None
    if isinstance(given, tuple) and len(given) == 3:  # a notebook of an earlier version hands in two
        *given, own = given
        given, measured = tuple(given), as_number(own)
        if measured is None or not math.isfinite(measured):
            return wrong(f"the number that your check gave is wanted beside the paragraph, and this is {show(own)}.")
    table, text = _pair(given, "the paragraph")
    groups = counts_table(table)["group"].nunique()
    if not isinstance(text, str):
        return wrong(f"text in quotation marks is wanted, and this is {show(text)}.")
    if not text.strip():
        return not_yet("Write the paragraph between the quotation marks.")
    words = text.split()
    if not FEWEST_WORDS <= len(words) <= MOST_WORDS:
        return wrong(f"it has {len(words)} words; {FEWEST_WORDS} to {MOST_WORDS} are read by somebody who decides.")
    if (different := len({word.lower() for word in words})) < FEWEST_DIFFERENT:
        return wrong(f"it has {different} different words among its {len(words)}.")
    plain = re.sub(r"(?<=\d),(?=\d)", "", text)
    if str(groups) not in plain:
        return wrong(f"it does not say how many groups there are ({groups:,}).")
    for what, words_of in SPOKEN_OF.items():
        if not re.search(words_of, text, re.I):
            return wrong(f"nothing in it seems to speak of {what}.")
    if measured is not None and not _quotes(plain, measured):
        return wrong(f"it does not say what your check found: {measured:.3g}, or rounded as you like.")
    return right("it names groups, model, check, what was held out and a limit. Whether it is true is yours to say.")


def _quotes(text: str, number: float) -> bool:
    """Whether a number in the text is this one, rounded to the digits that it is written with."""
    written = re.findall(r"-?\d+(?:\.\d+)?", text)
    return any(abs(float(one) - number) <= 0.5001 * 10 ** -len(one.partition(".")[2]) for one in written)


table = _judged(_table, "Give your table the columns group, period, count and exposure.")
fit = _judged(_fit, "Fit the table: scale.fit_poisson with count, group and exposure.")
held_out = _judged(_held_out, "Split the rows, fit one part, and score the other.")
decision = _judged(_decision, "Write one row a group, with the columns group and act.")
paragraph = _judged(
    _paragraph, "Write the paragraph between the quotation marks, and run the cell of task 4 that measures your table."
)

"""Each message of the validators says rule, value, place and likely cause, on one line."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from course import validate


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (None, "y must not contain NaN or None, got y = nan"),
        ([1, None], r"got y\[1\] = nan; 1 of 2 are missing: leave rows without a value out"),
        ([[1, 2], [3, np.nan]], r"got y\[1, 1\] = nan"),
        ("abc", "y must be numbers in a rectangular array, got 'abc'"),
        (["1", "2"], r"y\[0\] = '1', which is text; digits in quotation marks become numbers by .astype\(float\)"),
        (["0", "1,234"], r"y\[1\] = '1,234', which is text; take the commas out"),
        (["YES", "NO", None], r"y\[0\] = 'YES', which is text; of two words one counts, such as \(column == 'YES'\)"),
        (["a", "b", "c"], r"y\[0\] = 'a', which is text; words become columns of 0 and 1"),
        ([1, "x", 3], r"y\[1\] = 'x', which is text; most are numbers"),
        ([].count, r'a function; a column of that name is table\["count"\], not table\.count'),
        (np.array([1, "1"], dtype=object), r"got y\[1\] = '1', which is text"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "a date"),
        ([1 + 2j], "complex"),
        ([[1, 2], [3]], "rectangular array"),
        ([object()], "must be numbers"),
        ([10**400], "must be numbers"),
        (np.ma.masked_array([1.0, 2.0], mask=[False, True]), "y must have no masked values"),
        ({"a": 1}, "must be numbers"),
        ([1.0, np.ma.masked], r"y must have no masked values, got y\[1\] masked"),
        ([np.ma.masked_array([1.0, 2.0], mask=[False, True])], r"got y\[0\]\[1\] masked"),
        ([np.timedelta64(5, "s")], "a span of time"),
        (np.array([b"1"], dtype=object), "which is text"),
        (pd.Series([1, None], dtype="Int64"), r"got y\[1\] = nan"),
        (pd.array([True, None], dtype="boolean"), r"got y\[1\] = nan"),
        (pd.Series([1.0, pd.NaT], dtype=object), r"got y\[1\] = nan"),
        ([Decimal("NaN")], r"got y\[0\] = nan"),
        (pd.Categorical(["1", "2"]), r"got categories \('1', '2'\): write .astype\(float\)"),
        (pd.Series([1, 2, 3, 4], dtype="category"), "got categories"),
        (pd.DataFrame({"a": [1], "b": ["x"]}), r"y\['b'\] must be numbers"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "got 'a' twice"),
    ],
)
def test_what_is_not_a_number_is_named(values: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        validate.as_floats("y", values)
    assert "\n" not in str(caught.value)


def test_numbers_of_every_kind_are_taken_as_they_are() -> None:
    for values in ([1, 2], (1.0, 2.0), np.array([1, 2], dtype=np.int8), np.ma.masked_array([1, 2]), [np.float32(1), 2]):
        found = validate.as_floats("y", values)
        assert found.dtype == np.float64
        np.testing.assert_array_equal(found, [1, 2])


@pytest.mark.parametrize(
    "values",
    [
        pd.array([1, 0], dtype="Int64"),
        pd.Series([1, 0], index=[7, 3], dtype="Float64"),
        pd.array([True, False], dtype="boolean"),
        np.array([True, 0], dtype=object),
        [Decimal(1), Fraction(0)],
        pd.Series([1, 0], dtype="int64[pyarrow]"),
        np.array([1, 0], dtype=np.longdouble),
    ],
)
def test_what_pandas_and_python_call_a_number_is_one(values: Any) -> None:
    found = validate.as_floats("y", values)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [1, 0])


def test_columns_of_different_kinds_are_predictors_with_names() -> None:
    table = pd.DataFrame({"price": [1.5, 2.0], "member": [True, False], "n": pd.array([3, 4], dtype="Int64")})
    for given in (table, {key: table[key] for key in table}, table.to_records(index=False)):
        found = validate.as_columns("x", given, 2)
        assert found.names == ("price", "member", "n")
        np.testing.assert_array_equal(found.values, [[1.5, 1, 3], [2, 0, 4]])
    np.testing.assert_array_equal(validate.as_floats("x", table), found.values)
    assert validate.as_columns("x", table["price"], 2).names == ("price",)
    assert validate.as_columns("x", None, 2).values.shape == (2, 0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (pd.DataFrame({"price": [1.0, None]}), r"x\['price'\] must not contain NaN or None, got x\['price'\]\[1\]"),
        (pd.DataFrame({"price": [1.0, np.inf]}), r"x\['price'\] must be finite, got x\['price'\]\[1\] = inf"),
        ([[1.0, 2.0], [np.inf, 0.0]], r"x\[:, 0\] must be finite, got x\[:, 0\]\[1\] = inf"),
        ([1.0, 2.0, 3.0], r"x must have one value for each of 2 rows, got shape \(3,\)"),
        (3.0, r"got shape \(\); write \[...\]"),
        (
            pd.DataFrame({"city": pd.Categorical(["a", "b"])}),
            r"x\['city'\] must be numbers, got categories \('a', 'b'\)",
        ),
    ],
)
def test_a_column_that_cannot_be_used_is_named(values: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        validate.as_columns("x", values, 2)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, np.nan], r"got group\[1\] = nan; drop the row or name it"),
        (pd.array([0, None], dtype="Int64"), r"got group\[1\] = (nan|<NA>)"),
        (["c0", None], r"got group\[1\] = None"),
        (["c0", ""], r"got group\[1\] = ''"),
        (pd.Series(["a", None]), r"group\[1\] = nan"),
        (pd.Categorical(["a", None]), r"group\[1\] = nan"),
        (np.array(["2020-01-01", "NaT"], dtype="datetime64[D]"), r"group\[1\] = None"),
        (np.ma.masked_array([3, 4], mask=[True, False]), r"got group\[0\] masked"),
        ([("a", 1), ("a", None)], r"group\[1\] = \('a', None\)"),
        ([1, "a"], r"got numbers and text: group\[0\] = 1 and group\[1\] = 'a'; turn them all into text"),
        (np.array([1, "a"], dtype=object), "numbers and text"),
        ([True, 2], "True or False and numbers"),
        ([[1], [2]], r"key of a dict, got group\[0\] = \[1\]"),
        (np.ones((2, 2)), r"got shape \(2, 2\); join the columns"),
        ("abc", "got 'abc' alone"),
        (7, "got 7 alone"),
        ([], r"got shape \(0,\); was everything filtered out"),
        (pd.DataFrame({"city": ["a"]}), "got a table with 'city'; take one column"),
    ],
)
def test_labels_that_name_no_group_are_refused_at_their_place(labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        validate.as_labels("group", labels)


def test_labels_may_be_whatever_can_be_a_key() -> None:
    days = pd.to_datetime(["2020-01-02", "2020-01-01", "2020-01-02"])
    for labels, sorted_labels in (
        (["b", "a", "b"], ["a", "b"]),
        ([2, 1, 2], [1, 2]),
        ([2, 1.0, 2.0], [1, 2]),
        ([("x", 2), ("x", 1), ("x", 2)], [("x", 1), ("x", 2)]),
        (pd.MultiIndex.from_tuples([("x", 2), ("x", 1), ("x", 2)]), [("x", 1), ("x", 2)]),
        (pd.Series(["b", "a", "b"], dtype="category"), ["a", "b"]),
        (pd.array([2, 1, 2], dtype="Int64"), [1, 2]),
        ([2**53 + 1, 2**53, 2**53 + 1], [2**53, 2**53 + 1]),
        ([2**60 + 1, 2.0**60, 2**60 + 1], [2**60, 2**60 + 1]),
        ([True, False, True], [False, True]),
        ([3j, 1j, 3j], [3j, 1j]),  # no order: as they came
        ([frozenset("b"), frozenset("a"), frozenset("b")], [frozenset("b"), frozenset("a")]),
        (days, [days[1], days[0]]),
    ):
        found = validate.group_by("group", labels)
        assert list(found.labels) == list(sorted_labels), labels
        assert found.of_row[0] == found.of_row[2] != found.of_row[1]


def test_labels_of_another_kind_are_told_by_their_kinds() -> None:
    known = validate.as_labels("group", ["c0", "c1"])
    with pytest.raises(ValueError, match=r"like 'c0' \(text\), got 3 \(numbers\)"):
        validate.as_same_labels("group", [3], known)
    with pytest.raises(ValueError, match=r"group\[1\] = None"):
        validate.as_same_labels("group", ["c0", None], known)
    np.testing.assert_array_equal(validate.as_same_labels("group", ["Adamsville"], known), ["Adamsville"])


def test_series_of_different_index_are_refused_and_not_paired_by_position() -> None:
    y = pd.Series([3.0, 1.0, 2.0])
    for other in (y.sort_values(), y.rename(lambda i: f"c{i}"), y.iloc[::-1].to_frame()):
        with pytest.raises(ValueError, match="y and x must have the same index, got 0 and"):
            validate.same_index(y=y, x=other)
    validate.same_index(y=y, x=y * 2, group=np.arange(3), more=[1, 2, 3])
    with pytest.raises(ValueError, match=r"y and sigma must have the same index.*sigma.loc\[y.index\]"):
        validate.as_estimates(y, y.sort_values())
    with pytest.raises(ValueError, match="successes and trials must have the same index"):
        validate.as_counts(y, (y + 1).sort_values())


def test_columns_that_cannot_be_told_apart_are_found_wherever_their_origin_is() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 30))
    names = ("a", "b", "both", "constant", "a in dollars")
    for origin, unit in ((0, 1), (2e6, 1), (0, 1e-9), (-45_000, 1e3), (0, 1e200)):
        x = origin + unit * np.column_stack([a, b, a + b])
        assert validate.tied_columns(x[:, :2], names) == ()
        assert validate.tied_columns(x, names) == (("a", "b", "both"),)
    x = np.column_stack([a, b, a + b, np.full(30, 7.1), 1.1 * a + 5])
    assert validate.tied_columns(x, names) == (("a", "b", "both"), ("intercept", "constant"), ("a", "a in dollars"))
    assert validate.tied_columns(np.eye(3)[[0, 1, 2, 0]], ("p", "q", "r")) == (("p", "q", "r"),)
    assert validate.tied_columns(np.eye(3)[[0, 1, 2, 0]], ("p", "q", "r"), intercept=False) == ()


def grams(groups: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([z.T @ z for z in groups]), np.array([float(len(z)) for z in groups])


def test_spreads_that_cannot_be_told_apart_are_named() -> None:
    ones = np.ones((1, 1))
    assert validate.tied_spreads(*grams([ones] * 9), ["intercept"]) == ("intercept", "noise")
    assert validate.tied_spreads(*grams([ones] * 8 + [np.ones((2, 1))]), ["intercept"]) == ()
    stools = np.column_stack([np.ones(4), np.eye(4)[:, 1:]])
    assert "noise" in validate.tied_spreads(*grams([stools] * 9), ["intercept", "T2", "T3", "T4"])
    assert validate.tied_spreads(*grams([stools[[0, 0, 1, 1, 2, 2, 3, 3]]] * 9), ["intercept", "T2", "T3", "T4"]) == ()
    x = np.column_stack([np.ones(3), [-1.0, 0.0, 1.0]])
    assert validate.tied_spreads(*grams([x] * 3), ["intercept", "slope"]) == ()
    # A slope of a predictor that is one value in each group is a level, and its spread one with the intercept's.
    level = np.ones((3, 1)) * np.array([[1.0, 2.0]])
    assert validate.tied_spreads(*grams([level] * 5), ["intercept", "slope"]) == ("intercept", "slope")


def test_input_is_never_changed_or_shared() -> None:
    y = np.array([1.0, 2.0])
    estimates = validate.as_estimates(y, 1.0)
    estimates.y[0] = 99.0
    np.testing.assert_array_equal(y, [1, 2])
    np.testing.assert_array_equal(estimates.sigma, [1, 1])


def test_a_value_is_shown_with_enough_digits_to_find_it() -> None:
    with pytest.raises(ValueError, match=r"got successes\[1\] = 1234567 of trials\[1\] = 1234566"):
        validate.as_counts([1, 1234567], [5, 1234566])


def test_one_number_serves_all_groups() -> None:
    np.testing.assert_array_equal(validate.as_counts([1, 2], 5).trials, [5, 5])


@pytest.mark.parametrize(
    ("y", "sigma", "shapes"), [([[1, 2]], [1, 2], r"\(1, 2\) and \(2,\)"), ([1, 2], [[1, 2]], r"\(2,\) and \(1, 2\)")]
)
def test_shapes_are_named(y: Any, sigma: Any, shapes: str) -> None:
    with pytest.raises(ValueError, match=f"got shapes {shapes}; is a group missing"):
        validate.as_estimates(y, sigma)

"""Each message of the validators says rule, value, place and likely cause, on one line."""

from typing import Any

import numpy as np
import pytest

from course import validate


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (None, "y must not contain NaN or None, got y = nan"),
        ([1, None], r"got y\[1\] = nan; drop groups without data"),
        ([[1, 2], [3, np.nan]], r"got y\[1, 1\] = nan"),
        ("abc", "y must be numbers in a rectangular array, got 'abc'"),
        (["1", "2"], "some of it is text, a date or complex"),
        (np.array(["1"], dtype=object), "some of it is text"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "a date"),
        ([1 + 2j], "complex"),
        ([[1, 2], [3]], "rectangular array"),
        ([object()], "must be numbers"),
        ([10**400], "must be numbers"),
        (np.ma.masked_array([1.0, 2.0], mask=[False, True]), "y must have no masked values"),
        ({"a": 1}, "must be numbers"),
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

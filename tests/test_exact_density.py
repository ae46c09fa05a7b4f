"""Densities on panels against distributions whose integrals and quantiles are known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from course.exact.density import panel_density, where_the_mass_is

Q = np.array([1e-9, 1e-3, 0.1, 0.5, 0.9, 0.999, 1 - 1e-9])

CASES: dict[str, tuple[Any, tuple[float, ...]]] = {
    "normal": (stats.norm(3, 2), (-20.0, 0.0, 30.0)),
    "spike between the nodes": (stats.norm(0.3, 1e-6), (-1.0, 1.0)),
    "uniform with its edges on panels": (stats.uniform(0, 7), (0.0, 7.0)),
    "uniform with its edge inside a panel": (stats.uniform(0, 1 / 3), (0.0, 1.0)),
    "exponential": (stats.expon(), (0.0, 50.0)),
    "infinite at 0": (stats.gamma(0.5), (0.0, 1.0, 60.0)),
    "more infinite at 0": (stats.gamma(0.1), (0.0, 1.0, 60.0)),
    "infinite at both ends": (stats.beta(0.5, 0.5), (0.0, 0.5, 1.0)),
    "kink": (stats.laplace(0.1), (-40.0, 40.0)),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[Any, tuple[float, ...]]:
    return CASES[request.param]


def quiet(log_density: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def evaluate(x: Any) -> Any:
        with np.errstate(all="ignore"):
            return log_density(x)

    return evaluate


def test_integral_mean_and_variance_are_the_distributions(case: tuple[Any, tuple[float, ...]]) -> None:
    distribution, edges = case
    found = panel_density(quiet(lambda x: distribution.logpdf(x) + 500.0), np.array(edges))
    assert found.log_constant == pytest.approx(500.0, abs=2e-7)
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-14)
    mean = found.weights @ found.nodes
    assert mean == pytest.approx(distribution.mean(), rel=1e-6)
    assert found.weights @ (found.nodes - mean) ** 2 == pytest.approx(distribution.var(), rel=1e-6)
    assert np.all(np.diff(found.nodes) > 0)


def test_quantiles_are_the_distributions(case: tuple[Any, tuple[float, ...]]) -> None:
    distribution, edges = case
    found = panel_density(quiet(distribution.logpdf), np.array(edges)).quantile(Q)
    np.testing.assert_allclose(distribution.cdf(found), Q, rtol=1e-6, atol=3e-8)
    assert found.shape == Q.shape


def test_quantiles_at_0_and_1_are_the_ends_and_never_leave_them() -> None:
    density = panel_density(stats.uniform(2, 3).logpdf, np.array([2.0, 5.0]))
    np.testing.assert_allclose(density.quantile(np.array([0.0, 1.0])), [2, 5], atol=1e-9)
    rising = density.quantile(np.linspace(0, 1, 10_001))
    assert np.all(np.diff(rising) > 0)
    assert density.quantile(np.zeros((0, 2))).shape == (0, 2)


def test_a_density_without_a_name_agrees_with_scipys_quad() -> None:
    def log_density(x: Any) -> Any:
        return -((x**2 - 2) ** 2) + np.sin(5 * x)

    found = panel_density(log_density, np.linspace(-4, 4, 5))
    total, _ = integrate.quad(lambda x: np.exp(log_density(x)), -4, 4, epsabs=1e-13, epsrel=1e-13, limit=200)
    assert np.exp(found.log_constant) == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize(("centre", "sd"), [(0.0, 1.0), (1e5, 1e-2), (-3e5, 1e3)])
def test_the_mass_is_found_wherever_it_is(centre: float, sd: float) -> None:
    low, high = where_the_mass_is(stats.norm(centre, sd).logpdf, -1e6, 1e6)
    assert low < centre - 8.9 * sd
    assert high > centre + 8.9 * sd
    assert high - low < 80 * sd


@pytest.mark.parametrize(
    ("log_density", "message"),
    [
        (lambda x: np.full(x.shape, -np.inf), "zero or infinite everywhere; is a prior"),
        (lambda x: np.full(x.shape, np.nan), "log density that is not a number; check its parameters"),
        (lambda x: -1.05 * np.log(np.abs(x - 0.3) + 1e-300), "too rough to integrate"),
    ],
)
def test_what_cannot_be_integrated_is_an_error(log_density: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        panel_density(log_density, np.array([0.0, 1.0]))

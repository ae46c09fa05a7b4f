"""What lesson 02 says of its depots, by another route than the lesson's."""

from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy import stats

from course import exact

LESSON = Path(__file__).parents[1] / "notebooks" / "02_model_structure.ipynb"
PRIOR = {"mu_prior": (30, 10), "tau_prior": stats.halfnorm(scale=10)}


def run(*ids):
    """Names that these cells of the lesson make."""
    names = {}
    for cell in nbformat.read(LESSON, 4).cells:
        if cell.id in ids:
            exec(cell.source, names)
    return names


@pytest.fixture(scope="module")
def world():
    return run("imports", "simulate", "predict-cell", "spread")


def test_the_situation_is_as_told(world):
    assert world["deliveries"].max() == 40
    assert round(world["average"][-1]) == 42
    assert world["average"][:-1].max() < 38
    assert np.mean(world["average"][:-1] < 35) > 0.8  # "most of them below 35"


def test_the_density_by_hand_is_that_of_pymc_at_any_point():
    names, rng = run("imports", "simulate", "model", "log-joint"), np.random.default_rng(1)
    log_p = names["couriers"].compile_logp(jacobian=False)
    for _ in range(20):
        mu, tau, theta = rng.normal(30, 10), rng.gamma(2, 3), rng.normal(30, 6, 12)
        by_hand = names["log_joint"](mu, tau, theta)
        # PyMC keeps the 10 of a prior in single precision: seven digits, and the same shift everywhere.
        assert log_p({"mu": np.array(mu), "tau_log__": np.log(tau), "theta": theta}) == pytest.approx(by_hand, rel=1e-7)


def tau_by_kind(y, error, country, tau):
    """Posterior mean of tau on a grid, mu and beta integrated out: one normal density of all averages for each tau."""
    shared = 100 * np.ones((y.size, y.size)) + 100 * np.outer(country, country)
    log_p = stats.halfnorm.logpdf(tau, scale=10)
    log_p += [
        stats.multivariate_normal.logpdf(y, np.full(y.size, 30.0), shared + np.diag(error**2 + t**2)) for t in tau
    ]
    weight = np.exp(log_p - log_p.max())
    return weight @ tau / weight.sum()


def test_a_predictor_takes_tau_from_8_to_5_minutes(world):
    country = np.tile([0.0, 1.0], 6)
    y = world["average"] + 8 * country
    grid = np.linspace(0.01, 40, 1500)
    assert exact.normal_posterior(y, world["error"], **PRIOR).mean("tau") == pytest.approx(8.3, abs=0.05)
    assert tau_by_kind(y, world["error"], country, grid) == pytest.approx(5.2, abs=0.05)
    # without a predictor the grid agrees with the library
    alike = exact.normal_posterior(y, world["error"], **PRIOR).mean("tau")
    assert tau_by_kind(y, world["error"], np.zeros(12), grid) == pytest.approx(alike, abs=0.01)


def test_that_is_so_in_nearly_every_world(world):
    country, rng, grid = np.tile([0.0, 1.0], 6), np.random.default_rng(2), np.linspace(0.05, 25, 120)
    falls = []
    for _ in range(60):
        y = rng.normal(rng.normal(30, 4, 12), world["error"]) + 8 * country
        alike = exact.normal_posterior(y, world["error"], **PRIOR).mean("tau")
        falls.append(tau_by_kind(y, world["error"], country, grid) < alike)
    assert np.mean(falls) > 0.85


def test_halfcauchy_gaps_are_over_eight_hours_in_one_world_of_ten():
    rng = np.random.default_rng(3)
    gap = stats.halfcauchy(scale=25).rvs(1_000_000, random_state=rng)
    gap *= np.ptp(rng.standard_normal((1_000_000, 12)), axis=1)
    assert np.quantile(gap, 0.9) / 60 == pytest.approx(8.53, abs=0.1)

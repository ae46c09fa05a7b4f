"""What lesson 03 says beside what it prints: its arithmetic, its checks that pass and fail, the price of a digit."""

from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy import integrate, stats

from course import data, exact

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
SCHOOLS = data.load("eight_schools")
Y, SIGMA = SCHOOLS.effect, SCHOOLS.sigma
PRECISION = 1 / SIGMA**2
MEAN = np.average(Y, weights=PRECISION)
SQUARES = float(np.sum(PRECISION * (Y - MEAN) ** 2))
POSTERIOR = exact.normal_posterior(Y, SIGMA, mu_prior=(0, 10), tau_prior=stats.halfnorm(scale=10))


def run(name, *cells, **known):
    """What these cells of a lesson compute; the guess and what is shown left out."""
    lesson = nbformat.read(NOTEBOOKS / name, as_version=4)
    source = {cell.id: cell.source for cell in lesson.cells}
    names = {"np": np, "stats": stats, "exact": exact, "effect": Y, "sigma": SIGMA, **known}
    for cell in cells:
        exec("\n".join(line for line in source[cell].splitlines() if "quiz" not in line), names)
    return names


@pytest.fixture(scope="module")
def by_hand():
    return run("03_eight_schools.ipynb", "exact-mu", "exact-tau", "exact-theta", names=list("ABCDEFGH"))


def test_the_arithmetic_of_the_lesson_is_the_exact_posterior(by_hand):
    tau = by_hand["tau_grid"][:, 0]
    np.testing.assert_allclose(by_hand["theta_mean"], POSTERIOR.mean("theta"), atol=1e-3)
    assert by_hand["probability"] @ tau == pytest.approx(POSTERIOR.mean("tau"), abs=1e-3)


@pytest.mark.parametrize("tau", [5.0, 10.0, 20.0])
def test_the_likelihood_of_tau_is_that_of_reports_which_share_a_mean(by_hand, tau):
    def joint(tau):
        return stats.multivariate_normal.logpdf(Y, np.zeros(8), np.diag(SIGMA**2 + tau**2) + 10**2)

    found = np.interp(tau, by_hand["tau_grid"][:, 0], by_hand["likelihood"])
    assert found == pytest.approx(np.exp(joint(tau) - joint(0.0)), rel=1e-4)


def test_no_pooling_is_refused_and_complete_pooling_is_not():
    # A report of no pooling has the variance 2 sigma^2 around the one in the data.
    reaches = 1 - np.prod(stats.norm.cdf((28 - Y) / (np.sqrt(2) * SIGMA)))
    assert reaches == pytest.approx(0.8, abs=0.01)
    assert 1 / stats.ncx2.cdf(SQUARES / 2, 7, SQUARES / 2) == pytest.approx(40, abs=2)
    # Complete pooling's replicates scatter as chi-squared with 7 degrees of freedom, whatever the mean.
    assert stats.chi2.cdf(SQUARES, 7) == pytest.approx(0.3, abs=0.01)

    def passes(mean):
        return stats.norm.pdf(mean, MEAN, PRECISION.sum() ** -0.5) * np.prod(stats.norm.cdf((28 - mean) / SIGMA))

    assert 1 - integrate.quad(passes, -40, 60)[0] == pytest.approx(0.39, abs=0.01)


def test_the_price_of_a_digit_of_mu():
    assert POSTERIOR.sd("mu") == pytest.approx(4.2, abs=0.05)
    assert pytest.approx(28_000, rel=0.01) == (4 * 4.2 / 0.1) ** 2
    assert stats.norm.sf(3 / np.sqrt(2)) * 2 < 0.05  # two runs that differ by three MCSEs: now and then


def test_no_prior_brings_a_above_20_points_and_a_known_tau_does():
    # Every other prior on tau in the picture falls with tau, and A's mean given tau rises with it.
    for mu_prior in ((0, 10), None):
        flat = exact.normal_posterior(Y, SIGMA, mu_prior=mu_prior, tau_prior=None)
        assert flat.mean("theta")[0] < 12
        assert 1 - flat.group(0).cdf(28) < 0.045
    given = POSTERIOR.conditional(np.array([20.0, 21.0])).theta_mean[:, 0]
    assert given[0] < 20 < given[1]


def test_seven_schools_scatter_no_more_than_noise_and_are_far_below_28():
    others, sigma = Y[1:], SIGMA[1:]
    middle = np.average(others, weights=1 / sigma**2)
    assert middle < 7
    assert np.sum(((others - middle) / sigma) ** 2) < 6


def test_the_spread_of_a_new_school_is_three_variances():
    parts = POSTERIOR.sd("mu") ** 2 + POSTERIOR.mean("tau") ** 2 + POSTERIOR.sd("tau") ** 2
    assert POSTERIOR.predict_new().sd() == pytest.approx(np.sqrt(parts), rel=1e-3)


def test_new_schools_hardly_change_the_two_checks():
    rng = np.random.default_rng(11)
    world = POSTERIOR.draws(100_000, rng)
    noise = SIGMA * rng.standard_normal(world.theta.shape)
    drawn = world.mu[:, None] + world.tau[:, None] * rng.standard_normal(noise.shape)
    numbers = []
    for effects in (world.theta, drawn):
        again = effects + noise
        scatter = (((again - np.average(again, axis=1, weights=PRECISION)[:, None]) / SIGMA) ** 2).sum(axis=1)
        numbers.append((np.mean(again.max(axis=1) >= 28), np.mean(scatter <= SQUARES)))
    np.testing.assert_allclose(*numbers, atol=0.02)


def test_the_mistake_of_the_further_reading_is_found_and_the_lesson_passes():
    rng = np.random.default_rng(8)
    known = {"rng": rng, "tau_prior": stats.halfnorm(scale=10)}
    found = run("further/03_eight_schools.ipynb", "sbc-worlds", "sbc", "sbc-quarters", **known)
    right, wrong = (found["quarters"](found[name]) for name in ("log_right", "log_wrong"))
    assert np.abs(right - 0.25).max() < 4.5 * np.sqrt(0.25 * 0.75 / found["n"])
    assert wrong[0] > 0.5


def test_the_priors_put_average_and_schools_within_20_points_nearly_always():
    assert 2 * stats.norm.cdf(20, 0, 10) - 1 > 0.93

    def within(tau):
        return stats.halfnorm.pdf(tau, scale=10) * (2 * stats.norm.cdf(20 / tau) - 1)

    assert integrate.quad(within, 1e-9, 200)[0] > 0.93

"""What lesson 04 says beside what it prints: its algebra, the spread of posterior means, and its table of coverage."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

from benchmarks import coverage
from course import data, exact, shrinkage

FOLDER = Path(__file__).parents[1]
SCHOOLS = data.load("eight_schools")
Y, SIGMA = SCHOOLS.effect, SCHOOLS.sigma
TAU_PRIOR = stats.halfnorm(scale=10)
TABLES = (FOLDER / "benchmarks" / "coverage.txt").read_text(encoding="utf-8")


def source(name, cell):
    lesson = nbformat.read(FOLDER / "notebooks" / name, as_version=4)
    return next(one.source for one in lesson.cells if one.id == cell)


@pytest.mark.parametrize("sigma", [5, 15])
def test_two_bell_curves_multiplied_are_the_formula(sigma):
    def moment(power):
        return integrate.quad(
            lambda theta: theta**power * stats.norm.pdf(32, theta, sigma) * stats.norm.pdf(theta, 8, 5), -100, 120
        )[0]

    lam = 5**2 / (5**2 + sigma**2)
    mean = moment(1) / moment(0)
    assert mean == pytest.approx(lam * 32 + (1 - lam) * 8)
    assert moment(2) / moment(0) - mean**2 == pytest.approx(lam * sigma**2, rel=1e-5)


def test_all_estimates_change_when_one_school_reports_more_precisely():
    before, after = (
        exact.normal_posterior(Y, sigma, mu_prior=(0, 10), tau_prior=TAU_PRIOR).mean("theta")
        for sigma in (SIGMA, np.where(SCHOOLS.school == "A", 5, SIGMA))
    )
    change = after - before
    assert np.all(np.abs(change) > 0.1)
    assert [name for name, up in zip(SCHOOLS.school, change > 0, strict=True) if not up] == ["E"]


def test_the_table_of_the_lesson_is_the_benchmarks():
    quoted = [
        tuple(map(float, re.findall(r"\d\.\d{3}", line)))
        for line in source("04_shrinkage.ipynb", "coverage").split("\n")
    ]
    first, second = TABLES.split("under HalfNormal(10)")
    assert [row for row in quoted if len(row) == 7] == rows(first, 7)
    further = source("further/04_shrinkage.ipynb", "coverage").split("\n")
    quoted = [tuple(map(float, re.findall(r"\d\.\d{3}", line))) for line in further]
    assert [row for row in quoted if len(row) == 3] == rows(second, 3)


def rows(table, steps):
    found = [
        tuple(map(float, re.findall(r"\d\.\d+", line)))[:steps] for line in table.split("\n")[2 if steps == 7 else 1 :]
    ]
    return [row for row in found if len(row) == steps]


def test_coverage_measured_again_with_other_worlds():
    rng = np.random.default_rng(44)
    for tau, expected in zip((2.0, 10.0, 20.0), (0, 2, 3), strict=True):
        share, error = coverage.measure(np.full(3000, tau), rng)
        assert np.all(np.abs(share - rows(TABLES, 7)[expected]) < 4.5 * error)


def test_the_reading_of_the_table():
    fixed, gamma = np.array(rows(TABLES, 7))[:4], np.array(rows(TABLES, 7))[4]
    for row in (*fixed, gamma):  # the first step taken is the largest, in either order
        assert np.diff(row[:6]).argmax() == 0
        assert row[6] - row[0] > row[3] - row[6]
    assert np.max(fixed[:, 5] - fixed[:, 4]) < 0.01
    assert gamma[5] == pytest.approx(0.89, abs=0.001)
    half_normal = np.array(rows(TABLES.split("under HalfNormal(10)")[1], 3))
    assert np.max(half_normal[:, 2] - half_normal[:, 1]) < 0.03


def test_the_whole_posterior_keeps_its_promise_for_the_highest_report_and_not_for_the_highest_truth():
    rng = np.random.default_rng(12)
    inside = []
    for _ in range(16):  # blocks of 250 worlds whose tau is drawn from the prior
        tau = stats.gamma(2, scale=10).rvs(250, random_state=rng)
        theta = tau[:, None] * rng.standard_normal((250, 8))
        y = theta + SIGMA * rng.standard_normal(theta.shape)
        grid, nodes = coverage.on_grid(y, SIGMA, coverage.TAU), coverage.TAU[1:]
        log_weight = grid.restricted[:, 1:] + stats.gamma(2, scale=10).logpdf(nodes) + np.log(np.gradient(nodes))
        weight = special.softmax(log_weight, axis=1)
        below = special.ndtr((theta[:, None, :] - grid.mean[:, 1:]) / grid.sd[1:])
        hit = np.abs(np.einsum("wt,wtj->wj", weight, below) - 0.5) <= 0.89 / 2
        inside.append([hit[np.arange(250), of.argmax(axis=1)].mean() for of in (y, theta)])
    report, truth = np.mean(inside, axis=0)  # standard error 0.005
    assert report == pytest.approx(0.89, abs=0.02)
    assert truth < 0.85


def test_maximum_likelihood_puts_a_tau_of_ten_at_zero_in_about_three_worlds_of_ten():
    rng = np.random.default_rng(13)
    y = np.sqrt(10**2 + SIGMA**2) * rng.standard_normal((4000, 8))
    at_zero = np.argmax(coverage.on_grid(y, SIGMA, coverage.TAU[:150]).profile, axis=1) == 0
    assert at_zero.mean() == pytest.approx(0.31, abs=0.03)


@pytest.mark.parametrize("scale", [1, 2, 5, None])
def test_partial_pooling_makes_the_outlier_pay_as_well(scale):
    rng = np.random.default_rng(14)
    truth = np.array([4.0] + [0.0] * 9)
    prior = None if scale is None else stats.halfnorm(scale=scale)
    losses = [
        (exact.normal_posterior(y, np.ones(10), mu_prior=None, tau_prior=prior).mean("theta") - truth) ** 2
        for y in truth + rng.standard_normal((60, 10))
    ]
    each = np.mean(losses, axis=0)
    assert each[0] > 1.7
    assert each[1:].mean() < 0.7


def test_the_seven_intervals_of_one_world_by_other_routes():
    # The schools themselves, with their reports for the truth: which intervals hold them?
    z = special.ndtri(0.945)

    def inside(tau, *, mu_known):  # with one tau
        variance = SIGMA**2 + tau**2
        mu, lam = np.average(Y, weights=1 / variance), shrinkage.data_weight(SIGMA, tau)
        doubt = 0 if mu_known else (1 - lam) ** 2 / (1 / variance).sum()
        middle = lam * Y + (1 - lam) * mu
        return np.mean(np.abs(Y - middle) <= z * np.sqrt(lam * SIGMA**2 + doubt))

    def restricted(tau):
        variance = SIGMA**2 + tau**2
        mu = np.average(Y, weights=1 / variance)
        return shrinkage.log_marginal(Y, SIGMA, mu, tau) - 0.5 * np.log((1 / variance).sum())

    ml = shrinkage.empirical_bayes(Y, SIGMA).tau
    gamma = stats.gamma(2, scale=10)
    reml, mode = (
        optimize.minimize_scalar(minus, bounds=(0, 80), method="bounded", options={"xatol": 1e-8}).x
        for minus in (lambda t: -restricted(t), lambda t: -restricted(t) - gamma.logpdf(t))
    )
    full = exact.normal_posterior(Y, SIGMA, mu_prior=None, tau_prior=gamma)
    low, high = full.quantile("theta", [0.055, 0.945])
    expected = [inside(ml, mu_known=True), *(inside(tau, mu_known=False) for tau in (ml, reml, mode))]
    found = coverage.hits(Y[None], Y[None])[:, 0]
    expected += [inside(full.mean("tau"), mu_known=False), np.mean((low <= Y) & (high >= Y))]
    assert found.tolist() == [*expected, inside(mode, mu_known=True)]


def test_the_posterior_of_the_benchmark_is_the_exact_one():
    rng = np.random.default_rng(5)
    theta = 7 * rng.standard_normal((20, 8))
    y = theta + SIGMA * rng.standard_normal(theta.shape)
    full = coverage.hits(theta, y, tau_prior=TAU_PRIOR)[5]
    for truth, reports, share in zip(theta, y, full, strict=True):
        low, high = exact.normal_posterior(reports, SIGMA, mu_prior=None, tau_prior=TAU_PRIOR).quantile(
            "theta", [0.055, 0.945]
        )
        assert np.mean((low <= truth) & (truth <= high)) == share


def test_a_hill_of_likelihood_has_fallen_to_a_quarter_at_the_mode_in_eta():
    mu = shrinkage.empirical_bayes(Y, SIGMA).mu
    fallen = shrinkage.log_marginal(Y, SIGMA, mu, 10.6) - shrinkage.log_marginal(Y, SIGMA, mu, 0)
    assert np.exp(fallen) == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize(("tau", "least", "most"), [(2.0, 0.5, 0.8), (20.0, 0.0, 0.2)])
def test_maximum_likelihood_often_puts_tau_at_zero_where_schools_differ_little(tau, least, most):
    rng = np.random.default_rng(6)
    y = tau * rng.standard_normal((2000, 8)) + SIGMA * rng.standard_normal((2000, 8))
    at_zero = np.argmax(coverage.on_grid(y, SIGMA, coverage.TAU).profile, axis=1) == 0
    assert least < at_zero.mean() < most

"""What lesson 06 says of its priors, its houses and its zeros, by another route than the lesson's."""

from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy import stats

from course import data, regression

FOLDER = Path(__file__).parents[1] / "notebooks"
LESSON = nbformat.read(FOLDER / "06_linear_regression.ipynb", as_version=4)
PRIORS = regression.LinePriors((1, 1), (0, 1), tau_alpha=0.5, tau_beta=0.5, sigma=1, eta=2)


@pytest.fixture(scope="module")
def radon():
    return data.load("radon")


@pytest.fixture(scope="module")
def rows(radon):
    return regression.group_rows(radon.log_radon, radon.floor, radon.county)


@pytest.fixture(scope="module")
def uranium(radon, rows):
    return regression.group_values(radon.log_uranium, rows.groups)


@pytest.fixture(scope="module")
def populations(rows, uranium):
    rng = np.random.default_rng(60)
    return [regression.exact_population(rows, PRIORS, rng, u, draws=8000).population for u in (None, uranium)]


def test_the_priors_expect_what_the_lesson_says():
    low, high = np.exp(stats.norm.ppf([0.025, 0.975], 1, 1))
    assert 0.35 < low < 0.5
    assert 19 < high < 20
    assert 7 < np.exp(stats.norm.ppf(0.975)) < 7.2
    middle, rare = np.exp(2 * stats.halfnorm.ppf([0.5, 0.95], scale=0.5))
    assert 1.9 < middle < 2.1
    assert 7 < rare < 7.2


def test_one_correlation_in_ten_dimensions_is_small_nine_times_in_ten():
    # A flat density over correlation matrices is that of normalised Wishart matrices with d + 1 degrees of freedom.
    d, rng = 10, np.random.default_rng(1)
    first, second = rng.standard_normal((2, 40_000, d + 1))
    r = np.sum(first * second, axis=1) / np.sqrt(np.sum(first**2, axis=1) * np.sum(second**2, axis=1))
    assert np.mean(np.abs(r) < 0.5) == pytest.approx(0.9, abs=0.01)


def test_own_lines_that_rise_have_few_houses_upstairs(rows):
    own = regression.own_lines(rows)
    rise = np.flatnonzero(own.has_line & (own.beta.filled(-1) > 0))
    upstairs = np.bincount(rows.groups.of_row, rows.x)[rise]
    assert len(rise) == 12
    assert np.sum(upstairs <= 2) == 9
    assert upstairs.max() == 4


def test_all_zeros_are_upstairs_and_large_counties_hold_five_houses_in_six(radon, rows):
    assert np.all(rows.x[radon.radon == 0] == 1)
    assert np.exp(rows.y[radon.radon == 0]) == pytest.approx(0.1)
    assert radon.radon[radon.radon > 0].min() == pytest.approx(0.1)
    n = regression.sums(rows).n
    assert n[n > 5].sum() / n.sum() == pytest.approx(5 / 6, abs=0.005)


def test_seven_tenths_of_the_prior_of_rho_are_left(populations):
    exact = populations[0]
    prior = {"mu_alpha": 1, "mu_beta": 1, "rho": np.sqrt(0.2)}  # Beta(2, 2), stretched: variance 4 * 1/20
    assert stats.beta(2, 2).var() * 4 == pytest.approx(0.2)
    left = {name: getattr(exact, name).std() / sd for name, sd in prior.items()}
    half = np.sqrt(1 - 2 / np.pi)
    left |= {
        name: getattr(exact, name).std() / (half * s)
        for name, s in (("tau_alpha", 0.5), ("tau_beta", 0.5), ("sigma", 1))
    }
    assert max(left, key=left.get) == "rho"
    assert left["rho"] == pytest.approx(0.72, abs=0.04)
    assert left["tau_beta"] == pytest.approx(0.47, abs=0.05)


def test_uranium_gains_more_when_counties_are_left_out(rows, uranium, populations):
    houses, rng, gains = regression.sums(rows), np.random.default_rng(61), []
    scores = []
    for p, u in zip(populations, (None, uranium), strict=True):
        alpha, beta = regression.draw_lines(regression.lines_given(houses, p, u), rng)
        by_house = regression.leave_out(regression.row_log_density(rows, alpha, beta, p.sigma))
        scores.append((by_house, regression.leave_out(regression.log_evidence(houses, p, u))))
    for k in (0, 1):
        gain = scores[1][k].log_score - scores[0][k].log_score
        gains.append((gain.sum(), np.sqrt(gain.size) * gain.std(ddof=1)))
    assert gains[0] == (pytest.approx(8, abs=1.5), pytest.approx(5, abs=0.9))
    assert gains[1] == (pytest.approx(20.5, abs=1.5), pytest.approx(6, abs=0.9))
    alone = houses.n[rows.groups.of_row] == 1  # a lone row need not be flagged: here its weight is small
    assert scores[0][0].pareto_k[alone].max() < 0.6


def test_lac_qui_parle_is_about_six_and_its_next_house_anything(rows, uranium, populations):
    p, rng = populations[1], np.random.default_rng(62)
    given = regression.lines_given(regression.sums(rows), p, uranium)
    draws = regression.LineDraws(p, *regression.draw_lines(given, rng), rows.groups, uranium)
    assert 5.5 < np.exp(np.median(draws.line("Lac qui Parle", 0))) < 6.3
    low, high = np.exp(np.quantile(draws.new_row("Lac qui Parle", 0, rng), [0.055, 0.945]))
    assert low < 2
    assert 18 < high < 22


def test_houses_of_one_county_share_the_variance_of_its_level():
    rng = np.random.default_rng(63)
    level = rng.normal(1.5, 0.34, 400_000)
    first, second = (level + rng.normal(0, 0.75, level.size) for _ in range(2))
    assert np.cov(first, second) == pytest.approx(0.75**2 * np.eye(2) + 0.34**2, abs=0.005)


def test_more_than_half_of_the_gap_between_floors_is_three_zeros(radon, rows, uranium, populations):
    given = regression.lines_given(regression.sums(rows), populations[1], uranium)
    of = rows.groups.of_row
    left = rows.y - given.alpha.mean(axis=0)[of] - given.beta.mean(axis=0)[of] * rows.x
    basement, upstairs = left[rows.x == 0].std(), left[rows.x == 1].std()
    without = left[(rows.x == 1) & (radon.radon > 0)].std()
    assert (upstairs - without) / (upstairs - basement) > 0.5

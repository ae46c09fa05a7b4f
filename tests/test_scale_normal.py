"""Many groups' lines and rates: held against statsmodels, REML's module, and the marginal likelihood of lesson 04."""

import mpmath as mp
import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from course import data, pooling, regression, scale, simulate
from course.scale import summaries
from tests import oracles


@pytest.fixture(scope="module")
def subjects():
    table = data.load("sleepstudy")
    return table.days.astype(float), table.reaction, table.subject


def test_lines_are_those_of_the_library_for_small_data(subjects, sleep):
    fit = scale.fit_normal(*subjects, tolerance=1e-13)
    other = regression.fit_mixed(sleep, method="ml")
    pop = other.population
    np.testing.assert_allclose(fit.mean, [pop.mu_alpha, pop.mu_beta], rtol=1e-6)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.cov)), [pop.tau_alpha, pop.tau_beta], rtol=1e-4)
    assert fit.cov[0, 1] == pytest.approx(pop.rho * pop.tau_alpha * pop.tau_beta, rel=1e-3)
    assert fit.sigma == pytest.approx(pop.sigma, rel=1e-5)
    assert fit.log_marginal == pytest.approx(other.log_likelihood, abs=1e-6)
    lines = regression.lines_given(regression.sums(sleep), pop)
    np.testing.assert_allclose(fit.mode, np.column_stack([lines.alpha, lines.beta]), rtol=1e-4)
    np.testing.assert_allclose(np.sqrt(fit.mode_cov[:, 1, 1]), lines.sd_beta, rtol=1e-4)


def test_standard_errors_are_those_of_statsmodels(subjects):
    x, y, group = subjects
    fit = scale.fit_normal(x, y, group)
    design = sm.add_constant(x)
    other = sm.MixedLM(y, design, group, exog_re=design).fit(reml=False)
    np.testing.assert_allclose(fit.mean, other.fe_params, rtol=1e-5)
    np.testing.assert_allclose(fit.cov, other.cov_re, rtol=5e-3)
    np.testing.assert_allclose(fit.se, other.bse_fe, rtol=0.02)
    assert fit.log_marginal == pytest.approx(other.llf, abs=1e-3)


def test_two_predictors_without_order_or_tidy_units_and_truth_is_found():
    rng = np.random.default_rng(0)
    group = rng.permutation(np.repeat([f"g{i}" for i in range(400)], 25))
    names, index = np.unique(group, return_inverse=True)
    root = np.array([[2.0, 0, 0], [0.3, 0.4, 0], [0.1, -0.2, 0.3]])
    theta = np.array([10.0, 1.0, -1.0]) + rng.standard_normal((400, 3)) @ root.T
    x = rng.normal([1000.0, 0.0], [50.0, 0.01], (group.size, 2))
    z = np.column_stack([np.ones(group.size), (x - [1000, 0]) / [50, 0.01]])
    y = np.einsum("ia,ia->i", z, theta[index]) + 1.5 * rng.standard_normal(group.size)
    fit = scale.fit_normal(x, y, group)
    np.testing.assert_array_equal(fit.labels, names)
    np.testing.assert_allclose(fit.mean[1:] * [50, 0.01], [1.0, -1.0], atol=0.1)
    np.testing.assert_allclose(fit.cov[1:, 1:] * np.outer([50, 0.01], [50, 0.01]), (root @ root.T)[1:, 1:], atol=0.05)
    assert abs(fit.sigma - 1.5) < 4 * fit.sigma_se
    away = fit.predict(x, group).centre - np.einsum("ia,ia->i", z, theta[index])
    assert np.std(away) < 0.6
    assert fit.predict(x[:1], ["new"]).sd > fit.predict(x[:1], group[:1]).sd


def test_a_warm_start_needs_fewer_passes(subjects):
    cold = scale.fit_normal(*subjects)
    warm = scale.fit_normal(*subjects, start=cold)
    assert len(warm.trace.steps) < len(cold.trace.steps)
    np.testing.assert_allclose(warm.mean, cold.mean, rtol=1e-5)


def test_outcomes_that_are_not_finite_are_refused(subjects):
    x, y, group = subjects
    with pytest.raises(ValueError, match=r"y must be finite, got y\[3\] = inf"):
        scale.fit_normal(x, np.where(np.arange(len(y)) == 3, np.inf, y), group)
    with pytest.raises(ValueError, match="y must vary"):
        scale.fit_normal(x, np.ones(len(y)), group)


def test_three_groups_are_enough_and_two_are_not():
    y, group = np.array([1.0, 2, 4, 3, 9, 8, 5, 7, 6]), np.repeat([0, 1, 2], 3)
    assert np.isfinite(scale.fit_normal(None, y, group).mean)
    with pytest.raises(ValueError, match="group must have at least 3 groups, got 2"):
        scale.fit_normal(None, y[:6], group[:6])


def test_columns_without_names_are_counted_from_one():
    rng, group = np.random.default_rng(4), np.repeat(np.arange(20), 8)
    x, fixed = rng.normal(size=(160, 1)), rng.normal(size=(160, 2))
    y = rng.normal(size=20)[group] * (1 + x[:, 0]) + rng.normal(size=160)
    fit = scale.fit_normal(x, y, group, fixed=fixed)
    assert fit.names == ("intercept", "slope 1", "fixed 1", "fixed 2")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_with_equally_many_rows_a_variance_has_the_textbooks_standard_error(seed):
    # Means of groups have variance a = tau^2 + sigma^2 / n, known to 2 a^2 / J; sigma^2 is to 2 sigma^4 / (J (n - 1)).
    rng, groups, n = np.random.default_rng(seed), 30, 4
    group = np.repeat(np.arange(groups), n)
    fit = scale.fit_normal(None, rng.normal(size=groups)[group] + rng.normal(size=group.size), group)
    a = fit.cov[0, 0] + fit.sigma**2 / n
    variance = 2 * a**2 / groups + 2 * (fit.sigma**2 / n) ** 2 / (groups * (n - 1))
    assert fit.cov_se[0, 0] == pytest.approx(np.sqrt(variance), rel=1e-3)
    assert fit.se[0] == pytest.approx(np.sqrt(a / groups), rel=1e-3)
    assert fit.sigma_se == pytest.approx(fit.sigma / np.sqrt(2 * groups * (n - 1)), rel=1e-3)


@pytest.mark.parametrize(
    ("value", "by", "text"),
    [(1234.567, 123.4, "1,234.6"), (1.5, 0.01234, "1.50000"), (0.0, 0.0, "0.0000"), (1.5, np.inf, "1.5000")],
)
def test_a_number_is_shown_with_four_digits_of_its_error(value, by, text):
    assert summaries._shown(value, by) == text


# Rates.


@pytest.fixture(scope="module")
def clicks():
    """Rows of 0 and 1 of many cities, mixed."""
    found = simulate.cities(300, np.random.default_rng(1))
    city = np.repeat(np.arange(300), found.users)
    y = np.concatenate([np.arange(n) < c for n, c in zip(found.users, found.clicks, strict=True)]).astype(int)
    order = np.random.default_rng(2).permutation(city.size)
    return y[order], city[order], found


def test_rates_are_those_of_the_counts(clicks):
    y, city, found = clicks
    fit = scale.fit_beta_binomial(y, city)
    there = found.users > 0
    exact = pooling.beta_binomial_mle(found.clicks[there], found.users[there])
    assert tuple(fit.population) == tuple(exact)
    np.testing.assert_array_equal(fit.trials, found.users[there])
    expected = pooling.beta_binomial_pool(found.clicks[there], found.users[there], exact)
    np.testing.assert_allclose(fit.predict(fit.labels), expected)
    assert fit.predict([10_000]) == pytest.approx(exact.mean)
    low, high = fit.interval([0, 10_000])
    posterior = stats.beta(exact.alpha + found.clicks[0], exact.beta + found.users[0] - found.clicks[0])
    assert (low[0], high[0]) == pytest.approx(posterior.interval(0.89))
    assert low[1] < exact.mean < high[1]


def test_standard_errors_of_rates_match_the_spread_of_repeated_fits():
    rng = np.random.default_rng(3)
    found = []
    for _ in range(120):
        ones = rng.binomial(20, rng.beta(2, 6, 200))
        fit = scale.fit_beta_binomial(ones, np.arange(200), trials=20)
        mean, c = fit.population.mean, fit.population.concentration
        found.append((np.log(mean / (1 - mean)), np.log(c), *fit.se))
    spread = np.std(found, axis=0)[:2]
    np.testing.assert_allclose(np.mean(found, axis=0)[2:], spread, rtol=0.25)


def test_standard_errors_of_rates_are_those_of_the_exact_curvature():
    y, n = np.array([3, 5, 9, 6, 2, 8, 4, 22]), np.array([60, 40, 80, 60, 50, 60, 30, 90])
    fit = scale.fit_beta_binomial(y, np.arange(8), trials=n)

    def height(logit, log_c):
        mean, c = 1 / (1 + mp.exp(-logit)), mp.exp(log_c)
        return oracles.count_log_likelihood(y, n, mean * c, (1 - mean) * c)

    with mp.workdps(40):
        mean, c = (mp.mpf(v) for v in (fit.population.mean, fit.population.concentration))
        at = mp.log(mean / (1 - mean)), mp.log(c)
        second = [[float(mp.diff(height, at, (2 - a - b, a + b))) for a in range(2)] for b in range(2)]
    np.testing.assert_allclose(fit.se, np.sqrt(np.diag(np.linalg.inv(-np.array(second)))), rtol=1e-4)


def test_updated_rates_are_those_of_all_rows(clicks):
    y, city, _ = clicks
    half = np.arange(len(y)) % 2 == 0
    fit = scale.fit_beta_binomial(y[half], city[half]).update(y[~half], city[~half])
    whole = scale.fit_beta_binomial(y, city)
    np.testing.assert_array_equal(fit.successes, whole.successes)
    np.testing.assert_array_equal(fit.labels, whole.labels)


def test_groups_that_do_not_differ_have_one_rate():
    fit = scale.fit_beta_binomial([5, 5, 5, 5], ["a", "b", "c", "d"], trials=10)
    assert np.isinf(fit.population.concentration)
    np.testing.assert_allclose(fit.predict(["a", "new"]), 0.5)
    np.testing.assert_allclose(fit.interval(["a", "new"]), 0.5)
    assert fit.log_marginal == pytest.approx(40 * np.log(0.5))


def test_groups_of_zeros_and_of_ones_only_have_the_rates_that_pooling_gives_them():
    fit = scale.fit_beta_binomial([5, 0, 5, 0], list("abcd"), trials=[5] * 4)
    assert fit.population.concentration == 0
    np.testing.assert_array_equal(fit.predict(["a", "b", "new"]), [1.0, 0.0, 0.5])
    np.testing.assert_array_equal(fit.interval(["a", "b", "new"]), [[1, 0, 0], [1, 0, 1]])


def test_counts_without_their_groups_are_refused():
    with pytest.raises(ValueError, match="y and group must have one value for each row, got 3 and 2"):
        scale.fit_beta_binomial([1, 0, 1], [1, 2])
    with pytest.raises(ValueError, match="trials must reach 2"):
        scale.fit_beta_binomial([1, 0, 1], [1, 2, 3])


@pytest.mark.parametrize("noise", [0.0, 1e-9])
@pytest.mark.parametrize("fixed", [False, True])
def test_rows_without_noise_are_refused_by_what_they_are(noise, fixed):
    rng = np.random.default_rng(0)
    group, line = np.repeat(np.arange(20), 6), rng.normal(size=(20, 2))
    x, w = rng.normal(size=(2, 120))
    y = line[group, 0] + line[group, 1] * x + 0.3 * w * fixed + noise * rng.normal(size=120)
    with pytest.raises(ValueError, match="must scatter about the lines of its groups"):
        scale.fit_normal(x, y, group, fixed=w if fixed else None)


def test_a_level_in_per_cent_is_named():
    rng = np.random.default_rng(0)
    fit = scale.fit_normal(None, rng.normal(size=60) + np.repeat(rng.normal(size=20), 3), np.repeat(np.arange(20), 3))
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1, got level = 89"):
        fit.groups(level=89)

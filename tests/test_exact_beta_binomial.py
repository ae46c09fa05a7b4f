"""The posterior of the hierarchy for counts against other coordinates, another likelihood and its own draws."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from numpy.polynomial import laguerre
from scipy import special, stats

from course import data, exact
from tests.oracles import CountOracle

Q = (0.025, 0.5, 0.975)
CASES = {
    "three groups": ((1, 0, 3), (5, 5, 5)),
    "one group": ((2,), (5,)),
    "an empty group": ((0, 2, 4), (0, 5, 9)),
    "one mixed group": ((0, 3, 4, 0), (4, 3, 6, 2)),
    "alike": ((3, 3, 3, 3, 3), (10, 10, 10, 10, 10)),
    "unequal trials": ((1, 7, 2, 12), (2, 20, 9, 14)),
}


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[exact.BetaBinomialPosterior, CountOracle]:
    successes, trials = CASES[request.param]
    return exact.beta_binomial_posterior(successes, trials), CountOracle(
        successes, trials, panels=160 if request.param == "alike" else 90
    )


def test_moments_agree_with_quadrature_in_other_coordinates(
    case: tuple[exact.BetaBinomialPosterior, CountOracle],
) -> None:
    posterior, oracle = case
    m = oracle.m[:, None]
    assert posterior.mean("mean") == pytest.approx(oracle.mean(m), rel=1e-7)
    assert posterior.sd("mean") == pytest.approx(oracle.sd(m), rel=1e-6)
    for j, (y, n) in enumerate(zip(oracle.y, oracle.n, strict=True)):
        rate = (y + m * oracle.c) / (n + oracle.c)
        assert posterior.mean("theta")[j] == pytest.approx(oracle.mean(rate), rel=1e-7)
        total = oracle.mean(rate * (1 - rate) / (n + oracle.c + 1)) + oracle.sd(rate) ** 2
        assert posterior.sd("theta")[j] == pytest.approx(np.sqrt(total), rel=1e-6)


def test_quantiles_agree_with_quadrature_in_other_coordinates(
    case: tuple[exact.BetaBinomialPosterior, CountOracle],
) -> None:
    posterior, oracle = case
    for name, cdf in (
        ("mean", oracle.cdf_mean),
        ("concentration", oracle.cdf_concentration),
        ("alpha", oracle.cdf_alpha),
        ("beta", oracle.cdf_beta),
    ):
        found = posterior.quantile(name, Q)
        assert [cdf(x) for x in found] == pytest.approx(Q, abs=2e-7), name


def test_quantiles_of_rates_agree_with_quadrature_in_other_coordinates(
    case: tuple[exact.BetaBinomialPosterior, CountOracle],
) -> None:
    posterior, oracle = case
    found = posterior.quantile("theta", Q)
    for j in {pair: j for j, pair in enumerate(zip(oracle.y, oracle.n, strict=True))}.values():
        for q, x in zip(Q, found[:, j], strict=True):
            if 0 < x < 1 - 1e-9:
                assert oracle.cdf_theta(j, x) == pytest.approx(q, abs=2e-6)
            else:  # so small, or so close to 1, that floats have no other number
                assert (oracle.cdf_theta(j, 1e-307) > q) if x == 0 else (oracle.cdf_theta(j, 1 - 1e-9) < q)


def test_beta_is_alpha_of_the_failures() -> None:
    # Exchanging successes and failures exchanges alpha and beta, m and 1 - m, theta and 1 - theta.
    y, n = np.array([1, 7, 2, 12]), np.array([2, 20, 9, 14])
    one, other = exact.beta_binomial_posterior(y, n), exact.beta_binomial_posterior(n - y, n)
    np.testing.assert_allclose(one.quantile("alpha", Q), other.quantile("beta", Q), rtol=1e-6)
    np.testing.assert_allclose(one.quantile("mean", Q), 1 - other.quantile("mean", Q)[::-1], rtol=1e-7)
    np.testing.assert_allclose(one.quantile("theta", Q), 1 - other.quantile("theta", Q)[::-1], rtol=1e-6)


@pytest.fixture(scope="module")
def rats_posterior() -> exact.BetaBinomialPosterior:
    rats = data.load("rats")
    return exact.beta_binomial_posterior(rats.tumours, rats.rats)


def test_rats_agree_with_a_sum_over_a_million_points_of_alpha_and_beta(
    rats_posterior: exact.BetaBinomialPosterior,
) -> None:
    # In (alpha, beta) itself, with SciPy's beta function; BDA3, p. 113: the contours centre at about (1.8, 10.4) in
    # (log(alpha / beta), log(alpha + beta)) = (-1.79, 2.74).
    rats, posterior = data.load("rats"), rats_posterior
    x, z = np.meshgrid(np.linspace(-2.5, -1.1, 700), np.linspace(0.8, 7.5, 900), indexing="ij")
    beta = np.exp(z) / (1 + np.exp(x))
    alpha = np.exp(z) - beta
    height = np.log(alpha) + np.log(beta) - 2.5 * z
    groups = Counter(zip(rats.tumours.tolist(), rats.rats.tolist(), strict=True))  # many had the same luck
    for (y, n), times in groups.items():
        height += times * special.betaln(alpha + y, beta + (n - y))
    height -= groups.total() * special.betaln(alpha, beta)
    weight = np.exp(height - height.max())
    weight /= weight.sum()
    top = np.unravel_index(weight.argmax(), weight.shape)
    assert (x[top], z[top]) == pytest.approx((-1.79, 2.74), abs=0.05)
    assert posterior.mean("mean") == pytest.approx(np.sum(weight * alpha / (alpha + beta)), rel=1e-4)
    expected = [np.sum(weight * (alpha + y) / (alpha + beta + n)) for y, n in ((0, 20), (4, 14))]
    assert posterior.mean("theta")[[0, 70]] == pytest.approx(expected, rel=1e-4)
    assert posterior.quantile("theta", 0.5)[70] == pytest.approx(0.203, abs=0.001)


def test_moments_of_alpha_and_beta_are_infinite_under_bda3s_prior_and_quantiles_are_not(
    rats_posterior: exact.BetaBinomialPosterior,
) -> None:
    posterior = rats_posterior
    assert posterior.tail == 0.5
    for name in ("alpha", "beta", "concentration"):
        assert posterior.mean(name) == np.inf
        assert posterior.sd(name) == np.inf
        assert np.all(np.isfinite(posterior.quantile(name, [1e-12, *Q, 1 - 1e-12])))
    assert posterior.mean("mean") == pytest.approx(0.1443, abs=1e-4)


@pytest.mark.parametrize("tail", [1.05, 1.5, 2.05, 2.5, 4.0])
def test_heavy_tails_keep_the_moments_they_have(tail: float) -> None:
    # log_prior = -(2 + tail) log(1 + c); the moments by Gauss-Jacobi in t = 1 / (1 + c).
    successes, trials = (1, 0, 3), (5, 5, 5)
    posterior = exact.beta_binomial_posterior(successes, trials, log_prior=lambda a, b: -(2.0 + tail) * np.log1p(a + b))
    oracle = CountOracle(successes, trials, panels=2)
    x, w = special.roots_jacobi(80, 1.0, tail - 3.0) if tail > 2 else special.roots_jacobi(80, 1.0, tail - 2.0)
    power = 2 if tail > 2 else 1
    t = (1 + x) / 2
    m, wm = special.roots_sh_legendre(40)
    likelihood = wm @ oracle.likelihood(m[:, None], (1 - t) / t)
    parts = [np.sum(w * likelihood * (1 - t) ** k * t ** (power - k)) for k in range(power + 1)]
    assert posterior.tail == pytest.approx(tail)
    assert posterior.mean("concentration") == pytest.approx(parts[1] / parts[0], rel=1e-6)
    if power == 2:
        variance = parts[2] / parts[0] - (parts[1] / parts[0]) ** 2
        assert posterior.sd("concentration") == pytest.approx(np.sqrt(variance), rel=1e-6)
    else:
        assert posterior.sd("concentration") == np.inf


def test_a_proper_prior_without_data_is_the_posterior() -> None:
    # Trials of 0 say nothing: alpha and beta keep their gamma priors.
    def log_prior(alpha: Any, beta: Any) -> Any:
        return stats.gamma.logpdf(alpha, 2.0, scale=3.0) + stats.gamma.logpdf(beta, 3.0)

    posterior = exact.beta_binomial_posterior([0, 0], [0, 0], log_prior=log_prior)
    assert posterior.mean("alpha") == pytest.approx(6.0, rel=1e-7)
    assert posterior.sd("beta") == pytest.approx(np.sqrt(3), rel=1e-7)
    np.testing.assert_allclose(posterior.quantile("alpha", Q), stats.gamma(2, scale=3).ppf(Q), rtol=1e-6)
    np.testing.assert_allclose(posterior.quantile("beta", Q), stats.gamma(3).ppf(Q), rtol=1e-6)


def test_a_gamma_prior_agrees_with_gauss_laguerre() -> None:
    def log_prior(alpha: Any, beta: Any) -> Any:
        return np.log(alpha) - alpha + np.log(beta) - beta  # two Gamma(2, 1)

    x, w = laguerre.laggauss(60)
    w = w * x
    alpha, beta = x[:, None], x
    weight = w[:, None] * w * special.poch(alpha, 3) * special.poch(beta, 2) / special.poch(alpha + beta, 5)
    posterior = exact.beta_binomial_posterior([3], [5], log_prior=log_prior)
    for name, values in (("alpha", alpha), ("beta", beta), ("mean", alpha / (alpha + beta))):
        assert posterior.mean(name) == pytest.approx(np.sum(weight * values) / weight.sum(), rel=1e-6)
    rate = np.sum(weight * (alpha + 3) / (alpha + beta + 5)) / weight.sum()
    assert posterior.mean("theta")[0] == pytest.approx(rate, rel=1e-6)


def test_draws_follow_the_exact_distributions_and_repeat() -> None:
    posterior = exact.beta_binomial_posterior(*CASES["unequal trials"])
    draws = posterior.draws(100_000, np.random.default_rng(5))
    levels = np.array([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99])
    off = 4.5 * np.sqrt(levels * (1 - levels) / 100_000)
    alpha = draws.mean * draws.concentration
    for values, quantiles in (
        (draws.mean, posterior.quantile("mean", levels)),
        (draws.concentration, posterior.quantile("concentration", levels)),
        (alpha, posterior.quantile("alpha", levels)),
        (draws.concentration - alpha, posterior.quantile("beta", levels)),
        *zip(draws.theta.T, posterior.quantile("theta", levels).T, strict=True),
    ):
        assert np.all(np.abs((values[:, None] < quantiles).mean(axis=0) - levels) < off)
    again = posterior.draws(100_000, np.random.default_rng(5))
    np.testing.assert_array_equal(draws.theta, again.theta)


class _Middle(np.random.Generator):
    """Once a cell is chosen, draws the middle of every interval: what is drawn within the cell lies on its point."""

    chosen = False

    def random(self, size: Any = None, *_: Any) -> Any:
        first, self.chosen = not self.chosen, True
        return super().random(size) if first else np.full(size, 0.5)


def test_the_jitter_of_draws_widens_no_spread_by_one_part_in_a_thousand(
    case: tuple[exact.BetaBinomialPosterior, CountOracle],
) -> None:
    posterior, _ = case
    draws = posterior.draws(50_000, _Middle(np.random.PCG64(3)))
    for values in (posterior.ruler.to_even(special.logit(draws.mean)), np.log(draws.concentration)):
        step = np.diff(np.unique(values.round(9))).min()
        assert step**2 / 24 < 1e-3 * np.var(values)


def test_100_000_groups_recover_the_population() -> None:
    rng = np.random.default_rng(2)
    trials = rng.integers(0, 200, 100_000)
    rate = rng.beta(3, 9, trials.size)
    posterior = exact.beta_binomial_posterior(rng.binomial(trials, rate), trials)
    low, high = posterior.quantile("concentration", [1e-4, 1 - 1e-4])
    assert low < 12 < high
    assert abs(posterior.mean("mean") - 0.25) < 4 * posterior.sd("mean")
    z = (rate - posterior.mean("theta")) / posterior.sd("theta")
    assert abs(np.mean(z**2) - 1) < 5 * np.std(z**2) / np.sqrt(z.size)


@pytest.mark.parametrize(
    ("successes", "trials"),
    [((100_000, 200_000, 150_000), (10**6,) * 3), ((1, 2, 0), (10**6,) * 3), ((10**6 - 1, 10**6), (10**6, 10**6))],
)
def test_a_million_trials_decide_a_rate(successes: tuple[int, ...], trials: tuple[int, ...]) -> None:
    posterior = exact.beta_binomial_posterior(successes, trials)
    rate = np.divide(successes, trials)
    assert np.all(np.abs(posterior.mean("theta") - rate) < 2e-6 + 1e-3 * rate * (1 - rate))
    found = posterior.quantile("theta", Q)
    assert np.all(np.isfinite(found))
    assert np.all(np.diff(found, axis=0) >= 0)


@pytest.mark.parametrize(
    ("successes", "trials", "options", "message"),
    [
        ([1, 2], [5], {}, r"one value for each group, got shapes \(2,\) and \(1,\); is a group missing"),
        ([1, 6], [5, 5], {}, r"must not exceed trials, got successes\[1\] = 6 of trials\[1\] = 5; .*swapped"),
        ([1, -2], [5, 5], {}, r"successes must not be negative, got successes\[1\] = -2; it is a count"),
        ([0.5, 1], [5, 5], {}, r"must be whole numbers, got successes\[0\] = 0.5; did you pass rates"),
        ([1, np.inf], [5, 5], {}, r"must be whole numbers, got successes\[1\] = inf"),
        ([1, np.nan], [5, 5], {}, r"must not contain NaN or None, got successes\[1\] = nan"),
        (["1", "2"], [5, 5], {}, r"successes must be numbers .*got successes\[0\] = '1', which is text"),
        (
            [0, 5],
            [5, 5],
            {},
            "improper, its density does not fall as the concentration goes to 0, every group being all",
        ),
        ([0, 0], [5, 5], {}, "improper, .*goes to 0"),
        ([1, 2], [5, 5], {"log_prior": lambda a, b: 0 * a}, "improper, .*the concentration goes to infinity"),
        (
            [1, 2],
            [5, 5],
            {"log_prior": lambda a, b: 0.0},
            r"one number, not NaN or inf, .*got shape \(\) for shape \(1,\)",
        ),
        ([1, 2], [5, 5], {"log_prior": lambda a, b: a * np.nan}, "must return one number, not NaN or inf"),
        (
            [1, 2],
            [5, 5],
            {"log_prior": lambda a, b: np.full(a.shape, -np.inf)},
            "must be finite where the data are possible",
        ),
        (
            [0, 0],
            [3, 3],
            {"log_prior": lambda a, b: -np.log(a) - np.log(b) - 2 * np.abs(np.log(a + b))},
            "improper, its density does not fall as the mean goes to 0 or 1",
        ),
        (
            [1, 0, 3],
            [5, 5, 5],
            {"log_prior": lambda a, b: np.where((a < 50) & (b < 50), 0.0, -np.inf)},
            "log_prior is too rough to integrate: it has jumps or kinks, since with BDA3.s prior",
        ),
    ],
)
def test_bad_input_is_an_error_that_says_rule_value_and_place(
    successes: Any, trials: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        exact.beta_binomial_posterior(successes, trials, **options)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda p: p.mean("mu"), "name must be 'mean', 'concentration', 'alpha', 'beta' or 'theta', got 'mu'"),
        (lambda p: p.quantile("tau", 0.5), "name must be .*, got 'tau'"),
        (lambda p: p.quantile("mean", [0.5, 50]), r"q must lie strictly between 0 and 1, got q\[1\] = 50"),
        (lambda p: p.draws(-1, np.random.default_rng(1)), "n must be a whole number of at least 1, got -1"),
    ],
)
def test_bad_questions_are_errors(ask: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ask(exact.beta_binomial_posterior([1, 2], [5, 5]))


def test_a_ridge_that_reaches_far_is_followed_to_its_end():
    # Eighteen batters who hardly differ: under BDA3's prior the concentration has mass up to e^70, on a ridge in the
    # mean so thin that a coarse grid over both steps over it. Oracle: SciPy's own densities, summed column by column.
    batters = data.load("baseball")
    y, n = batters.hits, batters.at_bats
    m = special.expit(np.linspace(-2.5, 0.5, 3001))[:, None]
    log_c = np.arange(-4.0, 80.0, 0.05)
    small = log_c < 16
    c = np.exp(log_c[small])
    log_p = np.empty((len(m), len(log_c)))
    log_p[:, small] = sum(stats.betabinom.logpmf(a, b, m * c, (1 - m) * c) for a, b in zip(y, n, strict=True))
    log_p[:, ~small] = sum(stats.binom.logpmf(a, b, m) for a, b in zip(y, n, strict=True))
    log_p += -0.5 * log_c + np.log(m * (1 - m))  # c^2 c^(-5/2) and the Jacobian of the logit
    share = np.exp(log_p - log_p.max())
    share /= share.sum()
    posterior = exact.beta_binomial_posterior(y, n)
    assert posterior.mean("mean") == pytest.approx(float(share.sum(axis=1) @ m[:, 0]), rel=1e-6)
    below = np.cumsum(share.sum(axis=0)) - 0.5 * share.sum(axis=0)
    for q in (0.05, 0.5, 0.95):
        assert posterior.quantile("concentration", q) == pytest.approx(np.exp(np.interp(q, below, log_c)), rel=2e-3)


def ridge_oracle(successes: list[int], trials: list[int]) -> tuple[float, list[float], float]:
    """Means of m, of the rates and of log c by Gauss and Legendre's panels about the pooled rate, at each log c.

    Likelihoods from the beta function, beyond c = 1e8 from the binomial one and its correction of order n² / c.
    """
    y, n = np.array(successes, dtype=float), np.array(trials, dtype=float)
    middle = special.logit(y.sum() / n.sum())
    sd = 1 / np.sqrt(n.sum() * special.expit(middle) * special.expit(-middle))
    nodes, weights = np.polynomial.legendre.leggauss(12)

    def panels(edges: Any) -> tuple[Any, Any]:
        half = 0.5 * np.diff(edges)[:, None]
        return (edges[:-1, None] + half * (1 + nodes)).ravel(), (half * weights).ravel()

    away = sd * np.r_[0, np.geomspace(0.5, 25 / sd, 90)]
    logit, w = panels(np.unique(np.r_[middle - away, middle + away]))
    log_c, v = panels(np.linspace(-25, 30, 111))
    m, rest = special.expit(logit), special.expit(-logit)
    found = np.empty((log_c.size, logit.size))
    for row, u in enumerate(log_c):
        c, a, b = np.exp(u), m * np.exp(u), rest * np.exp(u)
        value = np.zeros(logit.size)
        for yes, tried in zip(y, n, strict=True):
            no = tried - yes
            if c < 1e8:
                value += special.betaln(a + yes, b + no) - special.betaln(a, b)
            else:
                value += yes * special.log_expit(logit) + no * special.log_expit(-logit)
                value += yes * (yes - 1) / (2 * a) + no * (no - 1) / (2 * b) - tried * (tried - 1) / (2 * c)
        value[(np.abs(logit - middle) > 3) & (c >= 1e8)] = -np.inf
        found[row] = value - 0.5 * u + np.log(m) + np.log(rest)
    weight = np.exp(found - found.max()) * v[:, None] * w
    # Beyond the last panel the density of log c falls like exp(-log c / 2).
    last = weight[-1] / v[-1] * 2 * np.exp(-0.5 * (30 - log_c[-1]))
    total = weight.sum() + last.sum()
    mean = (weight @ m).sum() + last @ m
    rates = []
    for yes, tried in zip(y, n, strict=True):
        rate = (yes + np.exp(log_c)[:, None] * m) / (tried + np.exp(log_c)[:, None])
        rates.append((np.sum(weight * rate) + last @ m) / total)
    return mean / total, rates, (weight.sum(axis=1) @ log_c + last.sum() * 32) / total


@pytest.mark.parametrize(
    ("successes", "trials"),
    [
        ([300, 310], [1000, 1000]),
        ([20034, 20119], [44700, 45489]),
        ([300, 310, 305], [1000] * 3),
        ([5, 300], [10, 1000]),
    ],
)
def test_close_rates_of_many_trials_are_a_ridge_towards_infinite_concentration(
    successes: list[int], trials: list[int]
) -> None:
    posterior = exact.beta_binomial_posterior(successes, trials)
    mean, rates, log_c = ridge_oracle(successes, trials)
    assert posterior.mean("mean") == pytest.approx(mean, abs=2e-6)
    assert posterior.mean("theta") == pytest.approx(rates, abs=2e-6)
    assert float(posterior.probability.sum(axis=0) @ posterior.log_concentration) == pytest.approx(log_c, abs=1e-4)
    draws = posterior.draws(50_000, np.random.default_rng(3))
    inside = posterior.quantile("theta", [0.1, 0.9])
    assert np.mean((draws.theta > inside[0]) & (draws.theta < inside[1]), axis=0) == pytest.approx(
        np.full(len(trials), 0.8), abs=0.012
    )
    median = posterior.quantile("concentration", 0.5)
    assert np.mean(draws.concentration < median) == pytest.approx(0.5, abs=0.014)
    assert np.mean(draws.mean < posterior.quantile("mean", 0.3)) == pytest.approx(0.3, abs=0.014)


def test_a_ridge_of_a_billion_trials_is_the_pooled_rate() -> None:
    posterior = exact.beta_binomial_posterior([300_000_000, 300_010_000], [10**9, 10**9])
    assert posterior.mean("theta") == pytest.approx([0.30000043, 0.30000957], abs=2e-8)
    assert np.all(np.isfinite(posterior.quantile("theta", [0.01, 0.99])))

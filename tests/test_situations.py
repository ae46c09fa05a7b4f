"""Six situations and three warnings: parts against oracles, and the claims that lesson 10 makes of them."""

import itertools

import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

from course import exact, regression, shrinkage
from course.pooling import BetaPopulation
from course.situations import (
    Gain,
    Scores,
    abtests,
    expected,
    fraud,
    heavy,
    languages,
    normal,
    prices,
    recommend,
    table,
    trials,
    trouble,
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(10)


# Scores.


def test_a_gain_is_paired_and_its_standard_error_is_that_of_a_t_test(rng):
    none, partial = rng.normal(5, 3, 60), rng.normal(4, 3, 60)
    found = Scores(none, none + 1, partial).gain("none")
    t = stats.ttest_rel(none, partial)
    assert found.mean / found.se == pytest.approx(t.statistic)
    assert found.replications == 60


def test_the_table_shows_all_three_and_a_loss_as_a_loss():
    worse = Scores([1.0, 1.0], [2.0, 4.0], [2.0, 2.0])
    line = table({"here": worse}, unit="stars").splitlines()[1]
    assert line.split() == ["here", "1.00", "3.00", "2.00", "-1.00", "+-", "0.00", "+1.00", "+-", "1.00"]
    assert str(Gain(-1.0, 0.25, 9)) == "-1 +- 0.2"


@pytest.mark.parametrize("losses", [([1.0], [1.0], [1.0]), ([1, 2], [1, 2], [1, 2, 3])])
def test_scores_need_replications_of_all_three(losses):
    with pytest.raises(ValueError, match="three lists of one length, two replications at least"):
        Scores(*losses)


def test_the_best_are_those_that_cannot_be_told_apart(rng):
    noise, base = rng.normal(0, 1, 100), rng.normal(5, 1, 100)
    assert Scores(base + 1, base, base + 2).best() == ("complete",)
    assert Scores(base + 0.01 * noise, base, base + 1).best() == ("none", "complete")
    assert Scores(base, base, base).best() == ("none", "complete", "partial")


def test_a_pooling_without_an_answer_is_refused():
    with pytest.raises(ValueError, match=r"complete must be finite, got complete\[1\] = inf"):
        Scores([1, 2], [1, np.inf], [1, 2])


# The normal hierarchy, many at once.


@pytest.mark.parametrize("scale", [0.2, 1.0, 5.0])
def test_pool_is_the_exact_posterior_mean(scale, rng):
    y, sigma = rng.normal(0, 1, (4, 8)), rng.uniform(0.3, 1.5, 8)
    found = normal.pool(y, sigma, tau_scale=scale)
    for r, row in enumerate(y):
        posterior = exact.normal_posterior(row, sigma, mu_prior=None, tau_prior=stats.halfnorm(scale=scale))
        np.testing.assert_allclose(found.theta[r], posterior.mean("theta"), atol=2e-4)
        assert found.tau[r] == pytest.approx(posterior.mean("tau"), abs=2e-4)
        assert found.mu[r] == pytest.approx(posterior.mean("mu"), abs=2e-4)


def test_pool_with_a_predictor_is_what_a_dense_gaussian_says(rng):
    y, sigma, x = rng.normal(0, 1, 6), rng.uniform(0.3, 1.0, 6), rng.normal(0, 1, 6)
    design = np.column_stack([np.ones(6), x])
    tau = np.linspace(1e-3, 5, 3000)
    log_p, theta = np.empty(tau.size), np.empty((tau.size, 6))
    for i, t in enumerate(tau):  # flat priors as very wide ones; theta by conditioning the joint normal
        prior = 1e6 * design @ design.T + t**2 * np.eye(6)
        whole = prior + np.diag(sigma**2)
        log_p[i] = stats.multivariate_normal.logpdf(y, np.zeros(6), whole) + stats.halfnorm.logpdf(t)
        theta[i] = prior @ np.linalg.solve(whole, y)
    weight = np.exp(log_p - log_p.max())
    weight /= weight.sum()
    found = normal.pool(y, sigma, tau_scale=1.0, predictor=x)
    np.testing.assert_allclose(found.theta[0], weight @ theta, atol=2e-3)
    assert found.tau[0] == pytest.approx(weight @ tau, abs=2e-3)


def test_three_are_the_own_the_weighted_mean_and_between(rng):
    y, sigma = rng.normal(0, 1, (3, 5)), rng.uniform(0.5, 1, 5)
    found = normal.three(y, sigma, tau_scale=1.0)
    np.testing.assert_array_equal(found.none, y)
    np.testing.assert_allclose(found.complete[:, 0], np.average(y, axis=1, weights=1 / sigma**2))
    assert np.all(np.ptp(found.partial, axis=1) < np.ptp(y, axis=1))


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"y": [[1.0]]}, "two groups at least"),
        ({"sigma": [1.0, 1.0, 1.0]}, "sigma fit"),
        ({"tau_scale": 0.0}, "tau_scale must be positive"),
        ({"y": [[1.0, np.inf]]}, "must be finite"),
        ({"predictor": [1.0, 1.0]}, "predictor must have one value"),
    ],
)
def test_pool_refuses_what_has_no_answer(kwargs, message):
    given = {"y": [[1.0, 2.0]], "sigma": [1.0, 1.0], "tau_scale": 1.0} | kwargs
    with pytest.raises(ValueError, match=message):
        normal.pool(given.pop("y"), given.pop("sigma"), **given)


def test_a_population_with_infinitely_many_degrees_is_the_normal_one(rng):
    y = rng.normal(0, 1.5, (10, 6))
    y[:, 0] = 9
    by_grid, by_formula = heavy.tailed(y, degrees=np.inf, tau_scale=2.0), normal.pool(y, np.ones(6), tau_scale=2.0)
    np.testing.assert_allclose(by_grid.theta, by_formula.theta, atol=1e-3)
    np.testing.assert_allclose(by_grid.tau, by_formula.tau, atol=1e-3)


def test_a_student_population_is_what_adaptive_quadrature_says():
    y = np.array([0.3, -0.8, 0.5, 6.0])
    mu, tau = np.meshgrid(np.linspace(-8, 11, 64), np.linspace(1e-4, 8, 101))

    def part(value, power):
        def inside(z):
            theta = mu + tau * z
            return stats.norm.pdf(value, theta) * theta**power * stats.t.pdf(z, 4)

        return integrate.quad_vec(inside, -np.inf, np.inf, epsabs=1e-8, epsrel=1e-6)[0]

    evidence = np.array([part(value, 0) for value in y])
    weight = evidence.prod(axis=0) * stats.halfnorm.pdf(tau, scale=2.0)
    weight /= weight.sum()
    expected_theta = [np.sum(weight * part(value, 1) / evidence[j]) for j, value in enumerate(y)]
    found = heavy.tailed(y, degrees=4.0, tau_scale=2.0)
    np.testing.assert_allclose(found.theta[0], expected_theta, atol=0.01)
    assert found.tau[0] == pytest.approx(np.sum(weight * tau), abs=0.01)


@pytest.mark.parametrize(
    ("y", "degrees", "scale"),
    [([[1.0, 2.0]], 4, 1), ([[1.0, 2, 3]], 0, 1), ([[1.0, 2, 3]], 4, 0.1), ([[1, 2, np.inf]], 4, 1)],
)
def test_tailed_refuses_what_its_grid_cannot_hold(y, degrees, scale):
    with pytest.raises(ValueError, match=r"three groups at least|must be finite"):
        heavy.tailed(y, degrees=degrees, tau_scale=scale)


# Expected losses.


@pytest.mark.parametrize(("groups", "tau", "sigma"), [(2, 1.0, 1.0), (5, 0.5, 1.0), (20, 2.0, 0.7), (10, 0.0, 1.0)])
def test_expected_losses_are_those_of_simulated_groups(groups, tau, sigma, rng):
    theta = tau * rng.standard_normal((60_000, groups))
    y = theta + sigma * rng.standard_normal(theta.shape)
    mean = y.mean(axis=1, keepdims=True)
    s2 = np.sum((y - mean) ** 2, axis=1, keepdims=True)
    moments = np.maximum(s2 / (groups - 1) - sigma**2, 0)
    partial = mean + moments / (moments + sigma**2) * (y - mean)
    simulated = [np.mean((found - theta) ** 2) for found in (y, mean, partial)]
    np.testing.assert_allclose(expected.risks(groups, tau, sigma)[:3], simulated, rtol=0.02)


def test_the_chi_square_integral_is_that_of_adaptive_quadrature():
    tau, sigma, groups = 0.8, 1.3, 7
    v, w = tau**2 + sigma**2, tau**2 / (tau**2 + sigma**2)

    def inside(x):
        kept = max(0.0, 1 - (groups - 1) * sigma**2 / (v * x))
        return (w - kept) ** 2 * v * x * stats.chi2.pdf(x, groups - 1)

    kink = (groups - 1) * sigma**2 / v
    cost = integrate.quad(inside, 0, kink)[0] + integrate.quad(inside, kink, np.inf)[0]
    found = expected.risks(groups, tau, sigma)
    assert found.partial - found.known == pytest.approx(cost / groups, rel=5e-3)


def test_losses_from_the_dice_average_to_the_expected_ones(rng):
    dice = expected.throw(6, 50_000, rng)
    found = expected.losses(dice, 6, 0.7, 0.9)
    assert found.shape == (3, 50_000)
    np.testing.assert_allclose(found.mean(axis=1), expected.risks(6, 0.7, 0.9)[:3], rtol=0.02)


def test_partial_pooling_loses_to_each_of_the_others_somewhere():
    alike = expected.risks(10, 0.0, 1.0)
    assert alike.complete < alike.partial < alike.none
    apart = expected.risks(3, 5.0, 1.0)
    assert apart.none < apart.partial < apart.complete
    assert apart.known < apart.none  # it is learning tau from three groups that costs


@pytest.mark.parametrize("groups", [2, 3, 5])
def test_the_chance_of_zero_is_how_often_the_likelihood_has_its_top_there(groups, rng):
    y = rng.standard_normal((400, groups)) * np.sqrt(2.0)
    zero = np.mean([shrinkage.empirical_bayes(row, np.ones(groups)).tau == 0 for row in y])
    chance = expected.chance_of_zero(groups, 1.0, 1.0)
    assert zero == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / 400))


@pytest.mark.parametrize(("groups", "tau", "sigma"), [(1, 1.0, 1.0), (3, -1.0, 1.0), (3, 1.0, 0.0), (3, np.inf, 1.0)])
def test_risks_refuse_settings_without_a_meaning(groups, tau, sigma):
    with pytest.raises(ValueError, match=r"groups|tau|sigma"):
        expected.risks(groups, tau, sigma)


# 1. Newcomers.


def dense(found: recommend.Ratings, ratio: tuple[float, float]):
    """Everything by one large matrix: effects, and restricted log likelihood by the textbook."""
    users, items = found.appeal.shape
    n = found.stars.size
    z = np.zeros((n, users + items))
    z[np.arange(n), found.user], z[np.arange(n), users + found.item] = 1, 1
    spread = np.r_[np.full(users, ratio[0]), np.full(items, ratio[1])]
    v = np.eye(n) + (z * spread) @ z.T
    one, inverse = np.ones(n), np.linalg.inv(v)
    mean = one @ inverse @ found.stars / (one @ inverse @ one)
    away = found.stars - mean
    effects = spread * (z.T @ inverse @ away)
    q = away @ inverse @ away
    log_l = -0.5 * ((n - 1) * np.log(q / (n - 1)) + np.linalg.slogdet(v)[1] + np.log(one @ inverse @ one))
    return mean, effects[:users], effects[users:], log_l


def test_crossed_effects_and_their_likelihood_are_those_of_one_large_matrix(rng):
    small = recommend.Platform(users=12, items=12, newcomers=1, ratings=4)
    found = recommend.simulate(small, rng)
    effects = recommend.learn(found)
    mean, user, item, _ = dense(found, effects.ratio)
    np.testing.assert_allclose([effects.mean, *effects.user, *effects.item], [mean, *user, *item], atol=1e-8)
    ratios = [(0.2, 0.5), (1.0, 0.1), (2.0, 2.0)]
    ours = [recommend.restricted_log_likelihood(found, ratio) for ratio in ratios]
    theirs = [dense(found, ratio)[3] for ratio in ratios]
    np.testing.assert_allclose(np.diff(ours), np.diff(theirs), atol=1e-8)


def test_the_learned_ratios_are_at_the_top(rng):
    found = recommend.simulate(recommend.Platform(), rng)
    ratio = recommend.learn(found).ratio
    best = recommend.restricted_log_likelihood(found, ratio)
    for a, b in ((1.2, 1), (1 / 1.2, 1), (1, 1.2), (1, 1 / 1.2)):
        assert recommend.restricted_log_likelihood(found, (ratio[0] * a, ratio[1] * b)) < best


def test_a_newcomer_without_ratings_is_the_average_user(rng):
    found = recommend.simulate(recommend.Platform(), rng)
    stars, effects = recommend.estimates(found), recommend.learn(found)
    new = found.rated == 0
    np.testing.assert_allclose(stars.partial[new], np.broadcast_to(effects.mean + effects.item, (new.sum(), 40)))
    assert np.all(stars.none[new] == recommend.MIDDLE)


def test_without_shrinkage_the_additive_model_is_least_squares(rng):
    found = recommend.simulate(recommend.Platform(), rng)
    users, items = found.appeal.shape
    x = np.zeros((found.stars.size, users + items))
    x[np.arange(found.stars.size), found.user] = x[np.arange(found.stars.size), users + found.item] = 1
    best = np.linalg.lstsq(x, found.stars)[0]
    rated = found.rated > 0, np.bincount(found.item, minlength=items) > 0
    here = np.ix_(*rated)  # what ratings determine, all of it connected; the rest is a choice
    expected = (best[:users, None] + best[users:])[here]
    np.testing.assert_allclose(recommend.least_squares(found)[here], expected, atol=1e-4)


def test_most_of_what_the_additive_model_gains_with_ten_ratings_it_gains_without_shrinkage(rng):
    found = recommend.play(recommend.Platform(), 50, rng)
    none, _, partial = found.error[10].means
    unshrunk = found.unshrunk_error[10].mean()
    assert 0.5 < (none - unshrunk) / (none - partial) < 0.9
    assert np.all(found.unshrunk_error[1] > found.error[1].partial)


def test_newcomers_gain_most_with_few_ratings_and_nothing_where_users_are_alike_and_items_known(rng):
    usual = recommend.play(recommend.Platform(), 50, rng).error
    gains = [usual[k].gain("none") for k in (1, 3, 10)]
    assert gains[0].mean > gains[1].mean > gains[2].mean > 5 * gains[2].se
    alike = recommend.Platform(tau_user=0.0, ratings=30, users=200)
    for scores in recommend.play(alike, 20, rng).error.values():
        assert abs(scores.gain("complete").mean) < 0.002


@pytest.mark.parametrize("wrong", [{"items": 9}, {"ratings": 40}, {"noise": 0.0}, {"tau_user": -1.0}, {"users": 0}])
def test_a_platform_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"platform must|must be a whole number"):
        recommend.Platform(**wrong)


# 2. Fraud.


def test_inspectors_find_what_the_true_rates_say_and_equals_draw_lots():
    rate = np.array([0.01, 0.02, 0.03, 0.04])
    assert fraud.caught(rate, rate, 2) == pytest.approx(70)
    assert fraud.caught(np.zeros(4), rate, 2) == pytest.approx(50)
    assert fraud.caught(np.array([1, 1, 1, 2]), rate, 2) == pytest.approx(40 + 20)


def test_rates_are_pulled_by_the_learned_concentration():
    y, n = np.array([0.0, 1, 5, 40]), np.array([10.0, 10, 1000, 1000])
    found = fraud.estimates(y, n)
    m, c = fraud.population(y, n).mean, fraud.population(y, n).concentration
    np.testing.assert_allclose(found.partial, (y + m * c) / (n + c))
    np.testing.assert_allclose(found.complete, 46 / 2020)
    assert fraud.population(np.zeros(3), np.full(3, 9.0)) == BetaPopulation(0.0, np.inf)


def test_with_equal_sizes_pooling_changes_the_rates_and_no_decision(rng):
    scores = fraud.play(fraud.Country(spread=0.0), 20, rng)
    np.testing.assert_allclose(scores.partial, scores.none, atol=1e-9)


def test_inspectors_find_more_with_partial_pooling_when_sizes_differ(rng):
    scores = fraud.play(fraud.Country(), 50, rng)
    assert scores.gain("none").mean > 5 * scores.gain("none").se
    assert scores.gain("complete").mean > 5 * scores.gain("complete").se


@pytest.mark.parametrize("wrong", [{"inspectors": 0}, {"cities": 5}, {"rate": 1.0}, {"concentration": 0.0}])
def test_a_country_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"country must|inspectors must"):
        fraud.Country(**wrong)


# 3. Trials.


def test_the_trials_have_metafors_mean_and_spread():
    y, sigma = trials.log_odds_ratios(trials.bcg())
    flat = exact.normal_posterior(y, sigma, mu_prior=None, tau_prior=None)  # a flat mu integrated out: REML
    top = optimize.minimize_scalar(
        lambda t: -np.interp(t, flat.tau_grid, flat.tau_density), bounds=(0.3, 1.0), method="bounded"
    )
    # metafor 4, rma(measure="OR", data=dat.bcg): tau^2 0.3378, estimate -0.7452, se 0.1860.
    assert top.x**2 == pytest.approx(0.3378, abs=0.02)  # between nodes the density is only interpolated
    given = flat.conditional([np.sqrt(0.3378)])
    assert (round(float(given.mu_mean[0]), 4), round(float(given.mu_sd[0]), 4)) == (-0.7452, 0.1860)


def test_an_empty_cell_gets_half_a_person_and_the_other_tables_nothing():
    two = trials.Tables(np.array([0.0, 4]), np.array([10.0, 123]), np.array([3.0, 11]), np.array([12.0, 139]))
    y, sigma = trials.log_odds_ratios(two)
    assert y[0] == pytest.approx(np.log(0.5 * 9.5 / (10.5 * 3.5)))
    assert sigma[0] == pytest.approx(np.sqrt(1 / 0.5 + 1 / 10.5 + 1 / 3.5 + 1 / 9.5))
    assert y[1] == pytest.approx(np.log(4 * 128 / (119 * 11)))


def test_a_split_shares_out_the_same_people(rng):
    whole = trials.bcg()
    first, second = trials.split(whole, rng)
    for all_, one, other in zip(whole, first, second, strict=True):
        np.testing.assert_array_equal(one + other, all_)
        assert np.all(np.abs(one - other)[all_ > 1000] < all_[all_ > 1000] / 3)
    assert np.all(np.abs(first.people_vaccine - second.people_vaccine) <= 1)
    assert np.all(first.cases_vaccine <= first.people_vaccine)


def test_scores_of_a_half_are_integrals_over_the_posterior(rng):
    learn, judge = (trials.log_odds_ratios(half) for half in trials.split(trials.bcg(), rng))
    found = trials.judged(learn, judge)
    posterior = trials.posterior(*learn)

    def density(j):
        theta = posterior.group(j)

        def inside(t):
            return float(theta.pdf(t)) * stats.norm.pdf(judge.y[j], t, judge.sigma[j])

        return integrate.quad(inside, -8, 8, points=[float(theta.mean()), judge.y[j]], limit=200)[0]

    assert found[2] == pytest.approx(-np.mean([np.log(density(j)) for j in range(13)]), abs=1e-4)


def test_a_trial_left_out_is_predicted_as_a_new_one():
    y, sigma = trials.log_odds_ratios(trials.bcg())
    found = trials.leave_one_out(y, sigma)
    new = trials.posterior(y[1:], sigma[1:]).predict_new()

    def inside(t):
        return float(new.pdf(t)) * stats.norm.pdf(y[0], t, sigma[0])

    assert found.partial[0] == pytest.approx(-np.log(integrate.quad(inside, -8, 8, limit=200)[0]), abs=1e-4)
    share = 1 / sigma[1:] ** 2
    mean, se = share @ y[1:] / share.sum(), share.sum() ** -0.5
    assert found.complete[0] == pytest.approx(-stats.norm.logpdf(y[0], mean, np.hypot(se, sigma[0])))
    assert found.complete.sum() > found.partial.sum() + 20


def test_partial_pooling_predicts_the_other_half_best(rng):
    scores = trials.play(trials.bcg(), 30, rng)
    assert all(scores.gain(other).mean > 4 * scores.gain(other).se for other in ("none", "complete"))


def test_trials_that_are_alike_have_one_odds_ratio_and_complete_pooling_wins(rng):
    whole = trials.bcg()
    y, sigma = trials.log_odds_ratios(whole)
    drawn = np.array([trials.log_odds_ratios(trials.alike(whole, rng)).y for _ in range(300)])
    large = sigma < 0.2
    np.testing.assert_allclose(drawn[:, large].mean(axis=0), np.average(y, weights=sigma**-2), atol=0.05)
    assert y[large].std() > 0.4
    gain = trials.play_alike(whole, 60, rng).gain("complete")
    assert gain.mean < -2 * gain.se


# 4. Languages.


def test_the_marginal_likelihood_is_the_product_of_predictions_letter_by_letter(rng):
    codes, prior = rng.integers(0, 4, 50), rng.uniform(0.1, 3, (4, 4))
    counts, log_p = np.zeros((4, 4)), 0.0
    for before, after in itertools.pairwise(codes):
        log_p += np.log((counts + prior)[before, after] / (counts + prior)[before].sum())
        counts[before, after] += 1
    np.testing.assert_array_equal(languages.follows(codes, 4), counts)
    assert languages.log_likelihood(counts, prior) == pytest.approx(log_p, abs=1e-10)
    by_gamma = special.gammaln(prior + counts).sum() - special.gammaln(prior).sum()
    by_gamma -= (special.gammaln((prior + counts).sum(1)) - special.gammaln(prior.sum(1))).sum()
    assert languages.log_likelihood(counts, prior) == pytest.approx(by_gamma, abs=1e-9)


def test_the_learned_weights_are_at_the_top_of_a_grid():
    shelf = languages.library()
    size = len(shelf.letters)
    own = languages.follows(shelf.texts["Faroese"].second[:1000], size)
    family = languages.follows(shelf.texts["Icelandic"].first, size)
    voices = [languages.alone(family), np.broadcast_to(languages.frequencies(own), own.shape)]
    found = languages.learned(own, voices)
    best = languages.log_likelihood(own, found[0] * voices[0] + found[1] * voices[1])
    for a in np.exp(np.linspace(-2, 6, 30)):
        for b in np.exp(np.linspace(-2, 6, 30)):
            assert languages.log_likelihood(own, a * voices[0] + b * voices[1]) < best + 0.05


def test_tables_are_chances_and_bits_are_their_log_losses(rng):
    own, family = rng.poisson(1.0, (6, 6)).astype(float), rng.poisson(20.0, (6, 6)).astype(float)
    found = languages.estimates(own, family)
    for chances in found[:5]:
        np.testing.assert_allclose(chances.sum(axis=1), 1)
        assert chances.min() > 0
    np.testing.assert_allclose(found.add_one, (own + 1) / (own.sum(axis=1, keepdims=True) + 6))
    assert languages.bits(np.full((8, 8), 1 / 8), rng.integers(0, 8, 100)) == pytest.approx(3.0)


def test_the_library_keeps_letters_and_blanks_and_halves_all_texts_before_article_16():
    assert languages.plain("Árni's  2 hús, (Æ)") == "árni s hús æ"
    shelf = languages.library()
    english = "".join(shelf.letters[c] for c in shelf.texts["English"].first)
    assert english.startswith("whereas recognition of the inherent dignity")
    second = {n: "".join(shelf.letters[c] for c in text.second[:40]) for n, text in shelf.texts.items()}
    starts = {"English": "men and women of full age", "Dutch": "zonder enige beperking", "Icelandic": "konum og körlum"}
    starts |= {"German": "heiratsfähige frauen", "Faroese": "menn og kvinnur", "Danish": "uden begrænsninger"}
    starts |= {"Swedish": "fullvuxna män", "Norwegian Bokmål": "voksne menn", "Norwegian Nynorsk": "vaksne menn"}
    starts |= {"Afrikaans": "volwasse mans", "Finnish": "täysi ikäisillä", "Estonian": "täisealiseks saanud"}
    assert {n: second[n][: len(start)] for n, start in starts.items()} == starts
    assert set(starts) == set(second)
    assert set(shelf.letters) - set(" abcdefghijklmnopqrstuvwxyz") <= set("ßáäåæéêëíðóõöøúüýþ")


def test_the_family_helps_the_rare_language_early_and_one_voice_alone_hurts_it_late():
    def read(letters):
        return languages.play("Faroese", languages.GERMANIC, letters, 12, np.random.default_rng(1))

    early, late = read(100), read(3000)
    assert early.scores.gain("none").mean > 0.2 > 0.03 > late.scores.gain("none").mean > -0.005
    assert early.family_only.mean() < early.scores.none.mean()
    assert late.family_only.mean() > late.scores.none.mean() + 0.01
    assert np.all(early.add_one > early.scores.none)


def test_strangers_are_soon_not_listened_to():
    scores = languages.play("Finnish", languages.GERMANIC, 3000, 12, np.random.default_rng(1)).scores
    assert abs(scores.gain("none").mean) < 0.004
    assert scores.gain("complete").mean > 0.5


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("Klingon", ["Danish"], 100), "language must be one of Danish, "),
        (("Danish", ["Danish"], 100), "family must have a language beside"),
        (("Danish", ["Swedish"], 9000), "must leave 1500 letters to judge"),
        (("Danish", ["Swedish"], 0), "characters must be a whole number"),
    ],
)
def test_a_reading_that_cannot_be_is_refused(args, message, rng):
    with pytest.raises(ValueError, match=message):
        languages.play(*args, 2, rng)


# 5. A/B tests.


def test_a_wrong_decision_costs_its_effect_times_its_share():
    ship, theta = np.array([[True, True, False]]), np.array([[1.0, -2.0, 0.5]])
    assert abtests.lost(ship, theta, np.array([100, 300, 600]))[0] == pytest.approx(10 * (0.3 * 2 + 0.6 * 0.5))


def test_measured_effects_have_the_standard_error_of_two_arms(rng):
    shop = abtests.Shop(segments=3, customers=500, ratio=4.0)
    np.testing.assert_array_equal(shop.size, [500, 1000, 2000])
    buys = rng.binomial(500, 0.05, (2, 200_000)) / 5.0
    assert shop.sigma[0] == pytest.approx(np.std(buys[1] - buys[0]), rel=0.01)
    theta, y = abtests.simulate(shop, 20_000, rng)
    np.testing.assert_allclose((y - theta).std(axis=0), shop.sigma, rtol=0.03)


def test_who_wins_the_ab_test_depends_on_where_zero_lies():
    def play(**setting):
        return abtests.play(abtests.Shop(**setting), 400, np.random.default_rng(5))

    usual, nothing, alike = play(), play(mean=0.0), play(tau=0.0)
    assert all(usual.gain(other).mean > 4 * usual.gain(other).se for other in ("none", "complete"))
    assert nothing.gain("none").mean < -3 * nothing.gain("none").se
    assert alike.gain("complete").mean < -3 * alike.gain("complete").se


@pytest.mark.parametrize("wrong", [{"segments": 1}, {"ratio": 0.5}, {"rate": 0.0}, {"tau": -1.0}, {"customers": 0}])
def test_a_shop_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"shop must|customers must"):
        abtests.Shop(**wrong)


# 6. Prices.


def price_by_sums(bought, at, mean, sd):
    """Price with the highest mean revenue over one curve's posterior, by a plain sum over a finer grid."""
    alpha, beta = np.linspace(-8, 18, 261)[:, None], np.linspace(-5, 2.5, 226)
    log_p = stats.norm.logpdf(alpha, mean[0], sd[0]) + stats.norm.logpdf(beta, mean[1], sd[1])
    for y, x in zip(bought, at, strict=True):
        log_p = log_p + stats.bernoulli.logpmf(y, special.expit(alpha + beta * x))
    weight = np.exp(log_p - log_p.max())
    return prices.MENU[np.argmax([x * np.sum(weight * special.expit(alpha + beta * x)) for x in prices.MENU])]


def test_no_and_complete_pooling_charge_by_mean_revenue_over_posteriors_of_their_own():
    # A and C have no curve of highest likelihood: all bought, and none did.
    bought = np.array([1, 1, 1, 1, 1, 0, 1, 0, 0, 0])
    at = np.array([2.0, 3.0, 4.0, 2.0, 5.0, 6.0, 7.0, 3.0, 6.0, 9.0])
    city = np.array(["A"] * 3 + ["B"] * 4 + ["C"] * 3)
    found = prices.estimates(regression.cells(bought, at, city))
    single = (np.hypot(2.0, 1.5), np.hypot(0.5, 0.4))  # sd of mu, and the root mean square of a half-normal tau
    own = [price_by_sums(bought[city == name], at[city == name], (5, -1), single) for name in "ABC"]
    np.testing.assert_allclose(found.none, own, atol=0.101)  # a step of the menu, where its top is flat
    np.testing.assert_allclose(found.complete, price_by_sums(bought, at, (5, -1), (2.0, 0.5)), atol=0.101)
    assert np.ptp(found.partial) < np.ptp(found.none)


def test_pooling_itself_gains_where_cities_differ_by_half_and_loses_where_they_are_alike():
    half, alike = (prices.play(16, np.random.default_rng(3), spread=spread) for spread in (0.5, 0.1))
    assert all(half.gain(other).mean > 2 * half.gain(other).se for other in ("none", "complete"))
    assert alike.gain("complete").mean < -2 * alike.gain("complete").se
    assert alike.gain("none").mean > 0.5


def test_a_city_alone_with_the_same_prior_and_rule_comes_close_to_pooling_where_cities_differ_much():
    usual = prices.play(16, np.random.default_rng(3))
    assert abs(usual.gain("none").mean) < 3 * usual.gain("none").se < 0.2 * usual.gain("complete").mean


# Warnings.


def test_a_check_finds_an_odd_group_only_at_the_level_and_with_the_statistic_that_can():
    odd = trouble.checks(60, np.random.default_rng(2))
    assert odd.ratio[1] > 0.7
    assert max(*odd.largest, odd.ratio[0]) < 0.5
    calm = trouble.checks(60, np.random.default_rng(2), odd=0.0)
    assert max(*calm.largest, *calm.ratio) < 0.2  # nothing to find


def test_extremes_by_hand():
    y = np.array([0.0, 1.0, 2.0, 3.0, 10.0])  # median 2; distances 2, 1, 0, 1, 8, their median 1
    np.testing.assert_allclose(trouble._extremes(y), [8.0, 8.0])


def test_a_rare_kind_pays_for_the_usual_one_until_the_model_is_told():
    found = trouble.two_kinds(100, np.random.default_rng(1))
    assert found.usual.gain("none").mean > 0
    assert found.rare.gain("none").mean < -5 * found.rare.gain("none").se
    assert found.rare_told.gain("none").mean > 5 * found.rare_told.gain("none").se
    one_kind = trouble.two_kinds(100, np.random.default_rng(1), gap=0.0)
    assert one_kind.rare_told.partial.mean() > one_kind.rare.partial.mean()  # a needless predictor costs


def test_heavy_tails_let_the_outlier_go_and_cost_little_without_one():
    found = trouble.outlier(100, np.random.default_rng(1))
    assert found.odd_heavy.partial.mean() < found.odd.partial.mean()
    assert found.ordinary_heavy.partial.mean() < found.ordinary.partial.mean()
    assert found.odd_heavy.gain("none").mean < 0  # it still pays
    calm = trouble.outlier(100, np.random.default_rng(1), odd=0.0)
    assert calm.ordinary_heavy.partial.mean() == pytest.approx(calm.ordinary.partial.mean(), abs=0.02)


@pytest.mark.parametrize(
    ("truth", "scale", "better"),
    [(0.5, 50.0, "complete"), (0.5, 5.0, "complete"), (3.0, 1.0, "none"), (3.0, 0.2, "none")],
)
def test_two_groups_lose_under_a_prior_that_is_far_off(truth, scale, better):
    gain = trouble.few(2, 1000, np.random.default_rng(1), tau=truth, scale=scale).gain(better)
    assert gain.mean < -4 * gain.se


def test_with_few_groups_the_prior_decides_and_with_many_it_does_not():
    def spread(groups):
        losses = [
            trouble.few(groups, 200, np.random.default_rng(1), tau=1.0, scale=scale).partial.mean()
            for scale in (1.0, 50.0)
        ]
        return abs(losses[1] - losses[0])

    assert spread(2) > 0.05 > 0.01 > spread(30)


def test_a_rare_kind_that_is_everybody_is_refused(rng):
    with pytest.raises(ValueError, match="rare must be fewer"):
        trouble.two_kinds(2, rng, groups=3, rare=3)

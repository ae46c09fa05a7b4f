"""Models as people have them: shared slopes, trials, exposure, REML; held against R (``published``) and plain sums."""

import csv
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import special, stats

from course import data, scale
from course.scale import generalized, grouped, moments, online, outcomes, passes, search

HERE = Path(__file__).parent / "published"


@pytest.fixture(scope="module")
def r():
    """What R found: model -> name -> (estimate, standard error)."""
    found = {}
    with (HERE / "fits.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            se = float(row["se"]) if row["se"].strip() != "NA" else None
            found.setdefault(row["model"], {})[row["name"]] = (float(row["estimate"]), se)
    return found


def agree(fit, wanted, rtol=1e-3):
    """Estimates to a hundredth of a standard error, the rest to a thousandth of itself: R stops where it stops."""
    rest = {"residual", "log likelihood", "corr"}
    coefficients = [pair for name, pair in wanted.items() if name not in rest and not name.startswith("sd ")]
    estimate, se = (np.array(part) for part in zip(*coefficients, strict=True))
    ours, error = np.r_[fit.mean, fit.fixed], np.r_[fit.se, fit.fixed_se]
    assert np.max(np.abs(ours - estimate) / se) < 1e-2
    np.testing.assert_allclose(error, se, rtol=rtol)
    sd = np.sqrt(np.diag(fit.cov))
    np.testing.assert_allclose(sd, [wanted[name][0] for name in wanted if name.startswith("sd ")], rtol=rtol)
    if "corr" in wanted:
        assert fit.cov[0, 1] / sd.prod() == pytest.approx(wanted["corr"][0], abs=2e-3)
    if "residual" in wanted:
        assert fit.sigma == pytest.approx(wanted["residual"][0], rel=rtol)
    assert fit.log_marginal == pytest.approx(wanted["log likelihood"][0], abs=1e-3)


@pytest.fixture(scope="module")
def herds():
    table = pd.read_csv(HERE / "cbpp.csv")
    return table, pd.get_dummies(table.period, prefix="period", drop_first=True)


def herd_fit(herds, **options):
    table, periods = herds
    return scale.fit_logistic(None, table.incidence, table.herd, fixed=periods, trials=table["size"], **options)


def test_counts_with_trials_are_lme4s(herds, r):
    fit = herd_fit(herds)
    agree(fit, r["cbpp"])
    # lme4's manual prints what its defaults reach: 0.2 standard errors of a hundredth away, errors 1.4 percent smaller.
    np.testing.assert_allclose([*fit.mean, *fit.fixed], [-1.398, -0.992, -1.128, -1.580], atol=1e-3)
    np.testing.assert_allclose([*fit.se, *fit.fixed_se], [0.231, 0.303, 0.323, 0.422], rtol=0.015)
    assert np.sqrt(fit.cov[0, 0]) == pytest.approx(0.642, abs=5e-4)


def test_exact_quadrature_of_the_herds_differs_from_laplace_by_less_than_a_hundredth_of_the_spread(herds, r):
    laplace, exact = herd_fit(herds), herd_fit(herds, n_quadrature=25)
    assert np.sqrt(exact.cov[0, 0]) == pytest.approx(r["cbpp 25 nodes"]["sd (Intercept)"][0], rel=1e-3)
    np.testing.assert_allclose(exact.fixed_se, [r["cbpp 25 nodes"][f"period{p}"][1] for p in (2, 3, 4)], rtol=1e-3)
    assert np.sqrt(exact.cov[0, 0] / laplace.cov[0, 0]) == pytest.approx(1.008, abs=1e-3)
    assert np.max(np.abs(exact.fixed - laplace.fixed)) < 2e-3


def test_one_trial_a_row_or_many_is_the_same(herds):
    table, periods = herds
    n = table["size"]
    each = np.repeat(np.arange(len(table)), n)
    y = np.concatenate([np.arange(size) < ones for size, ones in zip(n, table.incidence, strict=True)])
    rows = scale.fit_logistic(None, y, table.herd.to_numpy()[each], fixed=periods.to_numpy()[each])
    fit = herd_fit(herds)
    np.testing.assert_allclose(rows.fixed, fit.fixed, rtol=1e-4)
    np.testing.assert_allclose(rows.mode, fit.mode, rtol=1e-4)
    coefficients = special.gammaln(n + 1) - special.gammaln(table.incidence + 1)
    coefficients -= special.gammaln(n - table.incidence + 1)
    assert fit.log_marginal == pytest.approx(rows.log_marginal + coefficients.sum(), abs=1e-6)


@pytest.fixture(scope="module")
def ticks():
    table = pd.read_csv(HERE / "grouseticks.csv")
    height = (table.HEIGHT - table.HEIGHT.mean()) / table.HEIGHT.std()
    return table, pd.DataFrame({"1996": table.YEAR == 96, "1997": table.YEAR == 97, "height": height})


def test_counts_are_lme4s(ticks, r):
    table, fixed = ticks
    fit = scale.fit_poisson(None, table.TICKS, table.BROOD, fixed=fixed)
    agree(fit, r["grouseticks"])
    assert fit.names == ("intercept", "1996", "1997", "height")


def test_a_row_may_be_its_own_group(ticks, r):
    table, fixed = ticks
    agree(
        scale.fit_poisson(None, table.TICKS, np.arange(403), fixed=fixed.height, n_quadrature=1), r["one row a group"]
    )


@pytest.fixture(scope="module")
def rows():
    return pd.read_csv(HERE / "rows.csv")


def test_slopes_that_vary_beside_one_that_does_not_are_lme4s(rows, r):
    agree(scale.fit_poisson(rows.x, rows.events, rows.group, fixed=rows.w, exposure=rows.exposure), r["exposure"])
    agree(scale.fit_logistic(rows.x, rows.successes, rows.group, fixed=rows.w, trials=8), r["trials"], rtol=3e-3)


def test_normal_rows_are_lme4s_by_reml_and_by_maximum_likelihood(r):
    table = data.load("sleepstudy")
    days = table.days.astype(float)
    plain = scale.fit_normal(days, table.reaction, table.subject, reml=True)
    agree(plain, r["sleepstudy REML"])
    # As printed: Bates et al. (2015), J. Stat. Software 67(1), and lme4's example(lmer).
    assert plain.log_marginal == pytest.approx(-871.8141, abs=1e-4)
    np.testing.assert_allclose(plain.mean, [251.405, 10.467], atol=1e-3)
    np.testing.assert_allclose(plain.se, [6.825, 1.546], atol=1e-3)
    np.testing.assert_allclose([*np.sqrt(np.diag(plain.cov)), plain.sigma], [24.741, 5.922, 25.592], atol=2e-3)
    odd = days % 2
    for reml, name in ((True, "sleepstudy odd days"), (False, "sleepstudy odd days ML")):
        agree(scale.fit_normal(days, table.reaction, table.subject, fixed=odd, reml=reml), r[name])


def test_reml_is_that_of_statsmodels_where_groups_differ_in_size(rows):
    y = np.log1p(rows.events) + 0.1 * rows.w
    fit = scale.fit_normal(None, y, rows.group, fixed=rows[["x", "w"]], reml=True)
    other = sm.MixedLM(y, sm.add_constant(rows[["x", "w"]]), rows.group).fit(reml=True)
    np.testing.assert_allclose([*fit.mean, *fit.fixed], other.fe_params, rtol=1e-4)
    np.testing.assert_allclose([*fit.se, *fit.fixed_se], other.bse_fe, rtol=5e-3)
    assert fit.cov[0, 0] == pytest.approx(float(np.asarray(other.cov_re)[0, 0]), rel=1e-3)
    assert fit.log_marginal == pytest.approx(other.llf, abs=1e-4)


def test_without_spread_between_groups_shared_slopes_are_a_glms():
    rng = np.random.default_rng(2)
    group, w, share = np.repeat(np.arange(60), 20), rng.normal(size=(1200, 2)), rng.uniform(0.5, 2, 1200)
    y = rng.poisson(share * np.exp(0.2 + w @ [0.5, -0.3]))
    fit = scale.fit_poisson(None, y, group, fixed=w, exposure=share)
    other = sm.GLM(y, sm.add_constant(w), sm.families.Poisson(), exposure=share).fit()
    assert np.sqrt(fit.cov[0, 0]) < 0.15
    np.testing.assert_allclose([*fit.mean, *fit.fixed], other.params, atol=0.02)
    np.testing.assert_allclose(fit.fixed_se, other.bse[1:], rtol=0.05)


def test_quadrature_of_counts_is_the_integral(rows):
    fit = scale.fit_poisson(None, rows.events, rows.group, fixed=rows.w, exposure=rows.exposure, n_quadrature=25)
    line = np.linspace(-9, 9, 4001)
    total = 0.0
    for _, part in rows.groupby("group"):
        odds = fit.mean[0] + np.sqrt(fit.cov[0, 0]) * line + (fit.fixed[0] * part.w.to_numpy())[:, None]
        height = stats.poisson.logpmf(part.events.to_numpy()[:, None], part.exposure.to_numpy()[:, None] * np.exp(odds))
        total += special.logsumexp(height.sum(axis=0) + stats.norm.logpdf(line)) + np.log(line[1] - line[0])
    assert fit.log_marginal == pytest.approx(total, abs=1e-5)


@pytest.mark.parametrize("kind", ["choices", "trials", "events", "exposure"])
@pytest.mark.parametrize("nodes", [1, 25])
def test_the_score_is_the_derivative_of_the_value(rows, kind, nodes):
    made = {
        "choices": outcomes.as_choices(rows.successes > 3, None),
        "trials": outcomes.as_choices(rows.successes, rows.trials),
        "events": outcomes.as_events(rows.events, None),
        "exposure": outcomes.as_events(rows.events, rows.exposure),
    }[kind]
    sorted_rows = grouped.sort_rows(rows.x, made, rows.group, rows[["w", "exposure"]])
    where = moments.moments(sorted_rows).coordinates

    def sums(vector):
        eta = np.zeros((len(sorted_rows.labels), 2))
        raw = passes.logistic_pass(sorted_rows, where.population(vector), eta, nodes, 1)
        return search.as_sums(raw, where, len(rows))

    vector = np.array([0.2, 0.4, -0.1, 0.2, 0.7, 0.2, 0.4])
    steps = 1e-5 * np.eye(7)
    slopes = [(sums(vector + s).value - sums(vector - s).value) / 2e-5 for s in steps]
    np.testing.assert_allclose(sums(vector).score, slopes, rtol=2e-4 if nodes > 1 else 1e-5, atol=1e-3)


@pytest.mark.parametrize("kind", ["choices", "trials", "exposure"])
@pytest.mark.parametrize("columns", [[], ["x"], ["x", "w"]])
def test_second_derivatives_are_the_derivatives_of_the_score(rows, kind, columns):
    made = {
        "choices": outcomes.as_choices(rows.successes > 3, None),
        "trials": outcomes.as_choices(rows.successes, rows.trials),
        "exposure": outcomes.as_events(rows.events, rows.exposure),
    }[kind]
    sorted_rows = grouped.sort_rows(rows[columns] if columns else None, made, rows.group, rows[["exposure"]])
    where = moments.moments(sorted_rows).coordinates

    def sums(vector):
        eta = np.zeros((len(sorted_rows.labels), where.k))
        return search.as_sums(passes.logistic_pass(sorted_rows, where.population(vector), eta, 1, 1), where, len(rows))

    size = where.size + where.k * (where.k + 1) // 2
    vector = np.random.default_rng(1).normal(0.3, 0.3, size)
    slopes = [(sums(vector - s).score - sums(vector + s).score) / 2e-5 for s in 1e-5 * np.eye(size)]
    information = sums(vector).information
    np.testing.assert_allclose(information, slopes, rtol=1e-5, atol=1e-6 * np.abs(information).max())


# What a fit says.


def test_a_fit_prints_what_people_look_for(rows):
    fit = scale.fit_poisson(rows.x, rows.events, rows.group, fixed=rows[["w"]], exposure=rows.exposure)
    text = str(fit)
    told = [f"{len(rows)} rows, 50 groups", "log likelihood -752.66", "Laplace", "converged"]
    for part in (*told, "estimate", "std error", "between groups", "corr intercept"):
        assert part in text
    assert [line.split()[0] for line in text.splitlines() if line.startswith("  ")][1:4] == ["intercept", "x", "w"]
    page = fit._repr_html_()
    assert page.count("<table>") == 2
    assert "<th>w</th>" in page
    flat = scale.fit_normal(None, [1.0, 2, 3, 1, 2, 3, 1, 2, 3], list("aaabbbccc"), reml=True)
    assert "REML" in str(flat)
    assert "singular: the spread of intercept is 0" in str(flat)
    assert "rows about the line" in str(flat)


def test_names_in_a_page_are_text():
    rng = np.random.default_rng(0)
    x = pd.Series(rng.normal(size=90), name="a < b & c")
    page = scale.fit_normal(x, rng.normal(size=90), np.repeat([1, 2, 3], 30))._repr_html_()
    assert "a &lt; b &amp; c" in page


def test_groups_are_a_table_whose_weight_is_that_of_lesson_05():
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(40), rng.integers(1, 30, 40))
    y = rng.normal(5, 2, 40)[group] + rng.normal(0, 3, group.size)
    fit = scale.fit_normal(None, y, [f"g{g:02d}" for g in group])
    table = fit.groups()["intercept"]
    n = np.bincount(group)
    weight = fit.cov[0, 0] / (fit.cov[0, 0] + fit.sigma**2 / n)
    np.testing.assert_allclose(table.weight, weight, rtol=1e-6)
    own = np.bincount(group, y) / n
    np.testing.assert_allclose(table.estimate, weight * own + (1 - weight) * fit.mean[0], rtol=1e-6)
    assert list(table.index) == list(fit.labels)
    half = (table.high - table.low) / 2
    np.testing.assert_allclose(half, stats.norm.ppf(0.945) * np.sqrt(fit.mode_cov[:, 0, 0]))
    assert np.all(fit.groups(0.5)["intercept"].low > table.low)
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1"):
        fit.groups(89)


def test_expected_events_average_over_what_is_not_known(rows):
    fit = scale.fit_poisson(rows.x, rows.events, rows.group, fixed=rows.w, exposure=rows.exposure)
    z, odds = np.array([1.0, 0.5]), np.linspace(-9, 9, 2001)
    found = fit.predict([0.5], [999], fixed=[2.0], exposure=3.0)[0]
    centre, sd = fit.mean @ z + 2 * fit.fixed[0], np.sqrt(z @ fit.cov @ z)
    assert found == pytest.approx(3 * np.sum(np.exp(centre + sd * odds) * stats.norm.pdf(odds)) * (odds[1] - odds[0]))
    inside = fit.predict(rows.x, rows.group, fixed=rows.w, exposure=rows.exposure)
    assert inside.sum() == pytest.approx(rows.events.sum(), rel=0.05)


def on_a_grid(fit, part, z, of):
    """Posterior mean of a function of z @ theta, for the rows of one group, by sums over a grid of theta."""
    axes = [np.linspace(-7, 7, 301)] * fit.mean.size
    eta = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, fit.mean.size)
    theta = fit.mean + eta @ fit.root.T
    columns = np.column_stack([np.ones(len(part)), part.x])[:, : fit.mean.size]
    linear = theta @ columns.T + part[["w1", "w2"]].to_numpy() @ fit.fixed
    if isinstance(fit, scale.PoissonFit):
        rate = part.exposure.to_numpy() * np.exp(linear)
        height = stats.poisson.logpmf(part.events.to_numpy(), rate).sum(axis=1)
    else:
        height = stats.binom.logpmf(part.yes.to_numpy(), part.n.to_numpy(), special.expit(linear)).sum(axis=1)
    height -= 0.5 * np.sum(eta**2, axis=1)
    weight = np.exp(height - height.max())
    return weight @ of(theta @ z + np.array([0.3, -0.2]) @ fit.fixed) / weight.sum()


@pytest.mark.parametrize("slope", [False, True])
@pytest.mark.parametrize("kind", ["poisson", "logistic"])
def test_with_quadrature_a_group_is_predicted_by_its_posterior_and_not_by_a_normal(few, kind, slope):
    x, w = (few.x if slope else None), few[["w1", "w2"]]
    if kind == "poisson":
        fit = scale.fit_poisson(x, few.events, few.group, fixed=w, exposure=few.exposure, n_quadrature=15)
    else:
        fit = scale.fit_logistic(x, few.yes, few.group, fixed=w, trials=few.n, n_quadrature=15)
    of, groups = (np.exp if kind == "poisson" else special.expit), few.group.unique()[:6]
    z = np.array([1.0, 0.5])[: fit.mean.size]
    new = {"fixed": np.tile([0.3, -0.2], (6, 1))}
    exact = np.array([on_a_grid(fit, few[few.group == group], z, of) for group in groups])
    at = np.full(6, 0.5) if slope else None
    np.testing.assert_allclose(fit.predict(at, groups, **new), exact, rtol=2e-3)
    normal = fit.forget().predict(at, groups, **new)
    assert np.max(np.abs(normal / exact - 1)) > 0.02
    both = fit.predict(at, ["nobody", *groups[:5]], **new)
    np.testing.assert_allclose(both[1:], fit.predict(at, groups, **new)[:5])
    assert both[0] == fit.forget().predict(at, ["nobody"] * 6, **new)[0]


@pytest.fixture(scope="module")
def few():
    """Groups of three rows, nearly without events, so that their posteriors are far from normal."""
    rng = np.random.default_rng(20)
    group = np.repeat(np.arange(400), 3)
    x, w1, w2 = rng.normal(size=(3, group.size))
    level = -1.5 + rng.normal(0, 1.2, 400)[group] + rng.normal(0, 0.7, 400)[group] * x + 0.3 * w1 - 0.2 * w2
    exposure, n = rng.exponential(1.0, group.size) + 0.1, rng.integers(1, 4, group.size)
    return pd.DataFrame({"group": np.array([f"g{g}" for g in group]), "x": x, "w1": w1, "w2": w2, "n": n,
                         "exposure": exposure, "events": rng.poisson(exposure * np.exp(level)),
                         "yes": rng.binomial(n, special.expit(level))})  # fmt: skip


@pytest.mark.parametrize("turned", [False, True])
def test_beside_rows_with_trials_a_row_of_0_or_1_is_one_trial(turned):
    counts = grouped.sort_rows(None, grouped.Outcome(np.array([2, 1, 3]), np.array([4.0, 5, 6])), [0, 1, 1])
    choices = grouped.sort_rows(None, grouped.Outcome(np.array([1, 0])), [1, 2])
    both = online.merged(choices, counts) if turned else online.merged(counts, choices)
    seen = zip(np.repeat(both.labels, both.sizes).tolist(), both.y.tolist(), both.trials.tolist(), strict=True)
    assert sorted(seen) == [(0, 2, 4), (1, 1, 1), (1, 1, 5), (1, 3, 6), (2, 0, 1)]


def test_an_update_of_counts_is_what_a_fit_to_all_rows_gives(rows):
    late = np.arange(len(rows)) % 5 == 0
    late |= rows.group == 7  # a new group
    old, new = rows[~late], rows[late]
    fit = scale.fit_poisson(old.x, old.events, old.group, fixed=old.w, exposure=old.exposure)
    found = fit.update(new.x, new.events, new.group, fixed=new.w, exposure=new.exposure)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = scale.fit_poisson(
            rows.x, rows.events, rows.group, fixed=rows.w, exposure=rows.exposure, start=fit, tolerance=1e9
        )
    np.testing.assert_array_equal(found.labels, whole.labels)
    np.testing.assert_allclose(found.mode, whole.mode, atol=1e-7)
    quick = fit.forget().update(new.x, new.events, new.group, fixed=new.w, exposure=new.exposure)
    assert np.quantile(np.abs(quick.mode - found.mode) / np.sqrt(found.mode_cov[:, [0, 1], [0, 1]]), 0.9) < 0.4


# Where the data allow no answer, or not this one.


@pytest.mark.parametrize("seed", range(3))
def test_one_or_two_rows_a_group_are_not_left_to_laplace(seed):
    rng = np.random.default_rng(seed)
    users = np.r_[np.arange(3000), np.arange(0, 3000, 10)]
    y = rng.binomial(1, 0.1, users.size)
    fit = scale.fit_logistic(None, y, users)
    assert fit.n_quadrature == 7
    assert "Laplace's approximation misjudges the spread" in repr(fit)
    assert fit.predict(None, [-1])[0] == pytest.approx(y.mean(), abs=0.01)
    with warnings.catch_warnings(action="ignore", category=scale.NotConverged):  # Laplace was asked for
        asked = scale.fit_logistic(None, y, users, n_quadrature=1)
    assert "n_quadrature=7 corrects it" in asked.note


@pytest.mark.parametrize(
    ("options", "most_visits", "nodes", "note", "warned"),
    [
        ({}, None, 7, "with 7 nodes a dimension: Laplace's approximation misjudges the spread", []),
        ({"n_quadrature": 7}, None, 7, "", []),
        ({"n_quadrature": 1}, None, 1, "misjudges the spread, .* by some 1[0-9]%; n_quadrature=7 corrects it", []),
        ({}, 120 * 7, 7, "with 7 nodes a dimension", []),
        ({}, 120 * 7 - 1, 1, "by some 1[0-9]%; n_quadrature=7 corrects it", [scale.NotTrusted]),
        ({"max_passes": 3}, None, 1, "", [scale.NotConverged]),
    ],
)
def test_quadrature_is_taken_if_nobody_asked_and_it_is_not_too_long(
    options, most_visits, nodes, note, warned, monkeypatch
):
    # Forty groups of three rows: few enough to be fitted without machine code.
    rng, group = np.random.default_rng(1), np.repeat(np.arange(40), 3)
    y = rng.binomial(1, special.expit(rng.normal(0, 2, 40))[group])
    if most_visits is not None:
        monkeypatch.setattr(generalized, "MOST_VISITS", most_visits)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        fit = scale.fit_logistic(None, y, group, progress=False, **options)
    assert fit.n_quadrature == nodes
    assert re.fullmatch(f".*{note}.*" if note else "", fit.note)
    assert [one.category for one in heard] == warned
    assert all(one.filename == __file__ for one in heard)  # where the fit was asked for
    given = scale.marginals_given(None, y, group, fit.mean, fit.cov, n_quadrature=nodes)
    assert fit.log_marginal == pytest.approx(given.log_marginal.sum())


def test_rare_events_one_row_a_group_are_not_left_to_laplace():
    rng = np.random.default_rng(0)
    y = rng.poisson(np.exp(-2 + rng.normal(size=4000)))
    fit = scale.fit_poisson(None, y, np.arange(4000))
    assert fit.n_quadrature == 7
    assert fit.mean[0] == pytest.approx(-2, abs=4 * fit.se[0])
    assert fit.cov[0, 0] == pytest.approx(1, abs=4 * fit.cov_se[0, 0])


def test_many_rows_a_group_are_left_to_laplace(rows, herds):
    assert herd_fit(herds).n_quadrature == 1
    fit = scale.fit_poisson(rows.x, rows.events, rows.group, exposure=rows.exposure)
    assert (fit.n_quadrature, fit.note) == (1, "")


@pytest.mark.parametrize("jitter", [0.0, 1e-9])
def test_as_many_effects_as_rows_are_refused_and_have_a_way_out(jitter):
    rng = np.random.default_rng(1)
    subject, stool = np.repeat(np.arange(9), 4), np.tile(np.arange(4), 9)
    stools = np.eye(4)[stool][:, 1:] + jitter * rng.normal(size=(36, 3))
    y = stool + rng.normal(size=9)[subject] + rng.normal(size=36)
    with pytest.raises(ValueError, match=r"intercept, slope 1, slope 2, slope 3, noise.*no group has more than 4 rows"):
        scale.fit_normal(stools, y, subject)
    assert scale.fit_normal(None, y, subject, fixed=stools, reml=True).trace.converged


def test_one_row_a_group_and_a_single_effect_are_refused_in_normal_rows():
    with pytest.raises(ValueError, match="one row in each"):
        scale.fit_normal(None, [1.0, 2, 4], [1, 2, 3])


@pytest.mark.parametrize("origin", [1e8, -3e10, 2_455_197.0])
def test_the_origin_of_a_predictor_changes_nothing(rows, origin):
    x, w, g = rows.x.to_numpy(), rows.w.to_numpy(), rows.group.to_numpy()
    far = (x + origin) - origin  # what of x such an origin leaves
    for fitted in (
        lambda x, w: scale.fit_logistic(x, rows.successes, g, fixed=w, trials=8),
        lambda x, w: scale.fit_poisson(x, rows.events, g, fixed=w, exposure=rows.exposure),
        lambda x, w: scale.fit_normal(x, np.log1p(rows.events), g, fixed=w, reml=True),
    ):
        here, there = fitted(far, w), fitted(x + origin, w + 1e6)
        assert there.log_marginal == pytest.approx(here.log_marginal, abs=1e-6)
        np.testing.assert_allclose([there.mean[1], *there.fixed], [here.mean[1], *here.fixed], rtol=1e-4)
        for groups in (g[:5], g[:5] + 1000):
            one = here.linear(far[:5], groups, fixed=w[:5])
            two = there.linear(x[:5] + origin, groups, fixed=w[:5] + 1e6)
            np.testing.assert_allclose(two, one, rtol=1e-3, atol=1e-5)
    start = scale.fit_poisson(x + origin, rows.events, g, exposure=rows.exposure)
    again = scale.fit_poisson(x + origin, rows.events, g, exposure=rows.exposure, start=start)
    assert len(again.trace.steps) < len(start.trace.steps)
    more = start.update(x[:9] + origin, rows.events[:9], [3] * 9, exposure=rows.exposure[:9])
    assert np.all(np.isfinite(more.linear(x[:3] + origin, [3] * 3)))


def test_a_spread_is_not_zero_for_the_unit_of_its_predictor(rows):
    for unit in (1e-9, 1.0, 1e9):
        fit = scale.fit_poisson(rows.x * unit, rows.events, rows.group, exposure=rows.exposure)
        assert not fit.on_boundary
        assert fit.mean[1] * unit == pytest.approx(0.62, abs=0.2)


def test_a_start_from_elsewhere_is_given_up(rows):
    x = rows.x.to_numpy()
    start = scale.fit_poisson(x, rows.events, rows.group)
    cold = scale.fit_poisson(x + 1e6, rows.events, rows.group)
    warm = scale.fit_poisson(x + 1e6, rows.events, rows.group, start=start)
    assert warm.trace.converged
    np.testing.assert_allclose(warm.mean[1], cold.mean[1], rtol=1e-3)


def test_no_event_of_some_kind_is_named(rows):
    kind = rows.x > 0
    events = np.where(kind, 0, rows.events + 1)
    with pytest.warns(scale.NotConverged, match="tell rows without any event from the others"):
        scale.fit_poisson(None, events, rows.group, fixed=kind, progress=False)
    with pytest.warns(scale.NotConverged, match="separate ones from zeros"):
        scale.fit_logistic(None, np.where(kind, 8, rows.successes), rows.group, fixed=kind, trials=8, progress=False)


def test_labels_of_another_length_or_size_are_not_cut(rows):
    named = scale.fit_poisson(None, rows.events, [f"g{g:02d}" for g in rows.group])
    more = named.update(None, [5] * 40, ["Adamsville"] * 40)
    assert "Adamsville" in more.labels
    assert len(more.labels) == 51
    assert more.rows.y.size == len(rows) + 40
    small = scale.fit_poisson(None, rows.events, rows.group.to_numpy().astype(np.int8))
    assert 1000 in small.update(None, [5], [1000]).labels


def test_tables_as_people_have_them(rows):
    table = pd.DataFrame(
        {"x": rows.x, "yes": rows.w > 2, "n": pd.array(rows.trials - 8 + rows.group % 3, dtype="Int64")}
    )
    plain = scale.fit_poisson(None, rows.events, rows.group, fixed=table.astype(float).to_numpy())
    for given in (table, table.to_dict("list"), table.astype({"yes": "boolean"})):
        fit = scale.fit_poisson(None, rows.events, rows.group, fixed=given)
        np.testing.assert_allclose(fit.fixed, plain.fixed)
        assert fit.names == ("intercept", "x", "yes", "n")
    with pytest.raises(
        ValueError, match="fixed must have the columns x, yes, n, got n, yes, x; put them in this order"
    ):
        fit.predict(None, rows.group, fixed=table[["n", "yes", "x"]])
    with pytest.raises(ValueError, match="must have the same index"):
        scale.fit_poisson(rows.x, rows.events.sort_values(), rows.group)
    with pytest.raises(ValueError, match="must have the same index"):
        scale.fit_poisson(rows.x, rows.events, rows.group, exposure=rows.exposure.sort_values())
    for bad in ([0.0, np.nan], pd.array([0, None], dtype="Int64"), np.ma.masked_equal([0, 1], 1)):
        with pytest.raises(ValueError, match=r"group\[1\]"):
            plain.predict(None, bad, fixed=np.zeros((2, 3)))
    with pytest.raises(ValueError, match="masked"):
        scale.fit_poisson(np.ma.masked_less(rows.x, 0), rows.events, rows.group)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda t: scale.fit_poisson(None, t.w, t.group),
            r"y must be counts, got y\[0\] = .*their rate comes of exposure",
        ),
        (lambda t: scale.fit_poisson(None, 0 * t.events, t.group), r"y must have an event, got 0 in all"),
        (lambda t: scale.fit_poisson(None, t.events, t.group, exposure=0), r"exposure must be positive and finite"),
        (lambda t: scale.fit_poisson(None, t.events, t.group, exposure=[1, 2]), "exposure must be one number or one"),
        (
            lambda t: scale.fit_logistic(None, t.events, t.group, trials=8),
            r"y must not exceed trials, got y\[0\] = 134",
        ),
        (lambda t: scale.fit_logistic(None, t.successes / 8, t.group, trials=8), "number of successes and not"),
        (lambda t: scale.fit_logistic(None, t.trials, t.group, trials=8), "y must vary, got .* successes in"),
        (lambda t: scale.fit_logistic(None, t.successes, t.group, trials=t.w), "trials must be whole numbers"),
        (lambda t: scale.fit_logistic(t.x, t.successes, t.group, trials=8, fixed=t.x), r"x\[:, 0\], fixed\[:, 0\]"),
        (lambda t: scale.fit_poisson(None, t.events, t.group, fixed=t.trials), r"fixed must vary, got 8 in all rows"),
        (lambda t: scale.fit_poisson(None, t.events, t[["group", "w"]]), "join the columns.*Bambi and R's lme4"),
    ],
)
def test_what_cannot_be_meant_is_an_error_with_rule_and_place(rows, call, message):
    with pytest.raises(ValueError, match=message):
        call(rows)


def test_more_shared_columns_than_groups_are_fitted():
    rng = np.random.default_rng(3)
    group, w = np.repeat(np.arange(6), 60), rng.normal(size=(360, 10))
    beta = np.linspace(-0.5, 0.5, 10)
    y = rng.poisson(np.exp(0.5 + rng.normal(0, 0.4, 6)[group] + w @ beta))
    fit = scale.fit_poisson(None, y, group, fixed=w)
    assert fit.trace.converged
    assert np.all(np.abs(fit.fixed - beta) < 4 * fit.fixed_se)

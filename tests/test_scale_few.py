"""The parts of `scale` on rows so few that they run without machine code too, so that mutants can be tried on them."""

import inspect
import os
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from course import scale
from course.scale import ascent, generalized, grouped, moments, online, outcomes, passes, progress, search

GROUPS = np.repeat(["c", "a", "e", "b", "d"], [3, 4, 2, 5, 4])
RNG = np.random.default_rng(0)
X, W = RNG.normal(size=(2, GROUPS.size))
N = np.array([3, 1, 4, 2, 5, 3, 1, 2, 6, 2, 3, 1, 4, 2, 1, 5, 2, 3])
YES = np.array([1, 0, 3, 2, 2, 0, 1, 1, 4, 0, 3, 0, 1, 1, 1, 4, 0, 2])
MADE = {
    "choices": outcomes.as_choices(YES > 1, None),
    "trials": outcomes.as_choices(YES, N),
    "events": outcomes.as_events(YES, None),
    "exposure": outcomes.as_events(YES, N / 3.0),
}


def raw_sums(kind, x, nodes):
    """What a search is told of a vector: sums over the rows, from modes that are not known."""
    rows = grouped.sort_rows(x, MADE[kind], GROUPS, W)
    where = moments.moments(rows).coordinates

    def sums(vector):
        raw = passes.logistic_pass(rows, where.population(vector), np.zeros((5, where.k)), nodes, 1)
        return search.as_sums(raw, where, GROUPS.size)

    return sums, where.size + where.k * (where.k + 1) // 2


OWN = {"no predictor": None, "one": X, "two": np.column_stack([X, X**2 - W])}


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("own", OWN)
def test_derivatives_are_those_of_the_value_and_of_the_score(kind, own):
    sums, size = raw_sums(kind, OWN[own], 1)
    vector = np.random.default_rng(1).normal(0.3, 0.3, size)
    here, ends = sums(vector), [(sums(vector + s), sums(vector - s)) for s in 1e-5 * np.eye(size)]
    slopes = [(up.value - down.value) / 2e-5 for up, down in ends]
    np.testing.assert_allclose(here.score, slopes, rtol=1e-6, atol=1e-7)
    bends = [(down.score - up.score) / 2e-5 for up, down in ends]
    np.testing.assert_allclose(here.information, bends, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("own", "nodes"), [("no predictor", 25), ("one", 17)])
@pytest.mark.parametrize("kind", ["choices", "exposure"])
def test_with_quadrature_the_score_is_the_derivative_of_the_value(kind, own, nodes):
    sums, size = raw_sums(kind, OWN[own], nodes)
    vector = np.random.default_rng(1).normal(0.3, 0.3, size)
    slopes = [(sums(vector + s).value - sums(vector - s).value) / 2e-5 for s in 1e-5 * np.eye(size)]
    np.testing.assert_allclose(sums(vector).score, slopes, rtol=1e-4, atol=1e-4)


# What comes before a search.


@pytest.mark.parametrize(
    ("count", "total", "message"),
    [("events", 0, "y must have an event"), ("events", 1, ""), ("trials", 0, "y must vary"), ("trials", 1, ""),
     ("trials", 6, ""), ("trials", 7, "y must vary"), ("choices", 0, "y must vary"), ("choices", 1, "")],
)  # fmt: skip
def test_one_event_is_enough_and_so_is_one_failure(count, total, message):
    group, y = [0, 0, 1, 1, 2, 2, 2], np.zeros(7)
    y[:total] = 1
    made = {
        "events": lambda: outcomes.as_events(y, None),
        "trials": lambda: outcomes.as_choices(y, np.ones(7)),
        "choices": lambda: outcomes.as_choices(y, None),
    }[count]()
    known = moments.moments(grouped.sort_rows(None, made, group))
    if message:
        with pytest.raises(ValueError, match=message):
            moments.judge(known)
    else:
        assert moments.judge(known) is known


def test_an_exposure_may_be_as_small_as_one_likes_but_not_nothing():
    np.testing.assert_allclose(outcomes.as_events([0, 1], [1e-9, 0.5]).base, np.log([1e-9, 0.5]))
    np.testing.assert_allclose(outcomes.as_events([0, 1], 3.0).base, np.log([3.0, 3.0]))
    for bad in (0.0, -1.0, np.inf, [1.0, 0.0]):
        with pytest.raises(ValueError, match="exposure must be positive and finite"):
            outcomes.as_events([0, 1], bad)


LINE = np.arange(6.0)


@pytest.mark.parametrize(
    ("made", "apart"),
    [
        (outcomes.as_choices([0, 0, 0, 1, 1, 1], None), True),
        (outcomes.as_choices([1, 1, 0, 0, 0, 0], None), True),
        (outcomes.as_choices([0, 0, 1, 0, 1, 1], None), False),
        (outcomes.as_choices([0, 0, 0, 2, 2, 2], [2] * 6), True),
        (outcomes.as_choices([0, 0, 1, 2, 2, 2], [2] * 6), True),  # the row of both kinds lies on the line itself
        (outcomes.as_choices([0, 1, 0, 1, 2, 2], [2] * 6), False),
        (outcomes.as_choices([0, 0, 1, 1, 1, 1], [2] * 6), False),
        (outcomes.as_events([0, 0, 3, 0, 0, 0], None), False),
        (outcomes.as_events([0, 0, 0, 0, 0, 3], None), True),
        (outcomes.as_events([1, 0, 0, 0, 2, 3], None), False),
    ],
)
def test_rows_that_a_line_separates_are_known(made, apart):
    for x, fixed in ((LINE, None), (None, LINE), (1e6 + LINE, -LINE)):
        assert generalized.separated(grouped.sort_rows(x, made, [0, 0, 1, 1, 2, 2], fixed)) == apart


@pytest.mark.parametrize("function", [scale.fit_logistic, scale.fit_poisson, scale.fit_normal])
def test_what_nobody_asks_for_is_what_the_options_say(function):
    given = {name: one.default for name, one in inspect.signature(function).parameters.items()}
    for name in given.keys() & {"tolerance", "max_passes", "progress"}:
        assert given[name] == getattr(search.Options(), name)
    assert given["progress"] is True
    assert search.Options(max_passes=1).max_passes == 1
    for bad, message in (({"max_passes": 0}, "at least 1, got 0"), ({"tolerance": 0.0}, "must be positive, got 0.0")):
        with pytest.raises(ValueError, match=message):
            search.Options(**bad)


# The search.


def many_few():
    """Forty groups of five rows."""
    rng, group = np.random.default_rng(1), np.repeat(np.arange(40), 5)
    x = rng.normal(size=group.size)
    return x, rng.binomial(4, special.expit(rng.normal(0, 1, 40)[group] + 0.5 * x)), group


def test_a_search_begins_with_em_or_with_some_groups_or_where_an_earlier_fit_ended(monkeypatch):
    x, y, group = many_few()
    told = {"fixed": x, "trials": 4, "n_quadrature": 1, "progress": False}
    cold = scale.fit_logistic(None, y, group, **told)
    assert [step.kind for step in cold.trace.steps[:5]] == ["EM"] * 4 + ["Newton"]
    asked, plain = [], generalized.Sample.sums
    monkeypatch.setattr(generalized.Sample, "sums", lambda *given: asked.append(given) or plain(*given))
    monkeypatch.setattr(generalized, "SAMPLED", 10)  # so that a start is looked for among one group in four
    for start in (None, cold):
        asked.clear()
        fit = scale.fit_logistic(None, y, group, start=start, **told)
        assert bool(asked) == (start is None)
        assert {step.kind for step in fit.trace.steps} == {"Newton"}
        assert len(fit.trace.steps) < len(cold.trace.steps)
        np.testing.assert_allclose(
            [*fit.mean, *fit.fixed, *fit.cov[0]], [*cold.mean, *cold.fixed, *cold.cov[0]], atol=1e-4
        )


def test_rows_are_divided_among_threads_by_whole_groups_of_about_as_many_rows():
    starts = np.concatenate([[0], np.cumsum(np.tile([10, 200, 50, 340], 100))])  # 60,000 rows
    edges = passes.chunks(starts)
    assert (edges[0], edges[-1]) == (0, 400)
    assert len(edges) == 16
    np.testing.assert_allclose(np.diff(starts[edges]), 4000, atol=340)
    np.testing.assert_array_equal(passes.chunks(np.array([0, 2, 5])), [0, 2])
    assert len(passes.chunks(np.arange(0, 10**6, 100))) == 65  # not more than 64 pieces
    seen = [passes.for_chunks(lambda a, b: (a, b), starts, threads) for threads in (1, 3)]
    assert seen[0] == seen[1] == list(pairwise(edges))


def test_threads_are_as_many_as_this_process_has_processors(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 3, 5} if pid == 0 else {1}, raising=False)
    assert passes.threads_here() == 3


@pytest.mark.parametrize(("count", "threads"), [(None, 1), (6, 6)])
def test_there_is_one_thread_at_least_where_processors_cannot_be_counted(count, threads, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    assert passes.threads_here() == threads


def test_the_bar_is_as_full_as_what_was_to_be_gained_is_gained_in_digits():
    class Bar:
        def update(self, task, completed, description):
            done.append(completed)

    done = []
    with progress.Progress(1e-6, shown=True) as bar:
        bar._open = lambda: setattr(bar, "_bar", Bar())
        for seconds, gain in ((1.0, 1e2), (6.0, 1e2), (7.0, 1e-2), (8.0, 1e-6), (9.0, 1e-9)):
            bar(ascent.Step("Newton", -10.0, gain, 1.0, seconds))
        bar._bar = None
    assert done == pytest.approx([0.0, 0.5, 1.0, 1.0])  # and none before five seconds are over


# What a fit knows.


def test_an_update_is_by_all_rows_or_where_they_were_dropped_by_the_normals_of_before():
    x, y, group = many_few()
    late = (np.arange(200) % 5 == 0) | (group == 7)  # a row of each group, and a whole group that is new
    told = {"trials": 4, "n_quadrature": 1, "progress": False}
    fit = scale.fit_logistic(None, y[~late], group[~late], fixed=x[~late], **told)
    exact, quick = (one.update(None, y[late], group[late], fixed=x[late], trials=4) for one in (fit, fit.forget()))
    assert (exact.rows.y.size, quick.rows) == (200, None)
    np.testing.assert_array_equal(exact.labels, np.arange(40))
    for j in (0, 7, 39):  # the mode of all rows of the group, and minus the second derivative there
        own = group == j
        odds = exact.mode[j, 0] + fit.fixed[0] * x[own]
        chance = special.expit(odds)
        slope = np.sum(y[own] - 4 * chance) - (exact.mode[j, 0] - fit.mean[0]) / fit.cov[0, 0]
        assert slope == pytest.approx(0, abs=1e-6)
        curve = np.sum(4 * chance * (1 - chance)) + 1 / fit.cov[0, 0]
        assert exact.mode_cov[j, 0, 0] == pytest.approx(1 / curve, rel=1e-6)
    away = np.abs(quick.mode - exact.mode)[:, 0] / np.sqrt(exact.mode_cov[:, 0, 0])
    assert 1e-6 < np.quantile(away, 0.9) < 0.2


def test_a_singular_population_has_modes_and_one_with_a_negative_variance_none():
    x, y, group = X[:9], YES[:9] > 1, GROUPS[:9]
    flat = scale.modes_given(x, y, group, [0.2, 0.5], [[1.0, 0.5], [0.5, 0.25]])
    np.testing.assert_allclose(flat.mode[:, 1] - 0.5, 0.5 * (flat.mode[:, 0] - 0.2), atol=1e-9)
    held = scale.modes_given(x, y, group, [0.2, 0.5], np.zeros((2, 2)))
    np.testing.assert_allclose(held.mode, np.tile([0.2, 0.5], (3, 1)), atol=1e-12)
    for cov in ([[1.0, 0.0], [0.0, -1e-6]], [[1.0, 2.0], [2.0, 1.0]], -np.eye(2)):
        with pytest.raises(ValueError, match="eigenvalues of cov must not be negative"):
            scale.modes_given(x, y, group, [0.2, 0.5], cov)


def test_columns_that_have_no_name_are_counted_from_one_where_a_fit_is_shown():
    x, y, group = many_few()
    fit = scale.fit_logistic(x, y, group, fixed=np.column_stack([x**2, x**3]), trials=4, n_quadrature=1, progress=False)
    for shown in (fit, replace(fit, names=())):
        lines = [line.split() for line in str(shown).splitlines()]
        for wanted in (["slope", "1"], ["fixed", "1"], ["fixed", "2"]):
            assert any(line[:2] == wanted for line in lines)
        assert not any(line[:2] in (["slope", "0"], ["fixed", "0"], ["slope", "2"], ["fixed", "3"]) for line in lines)


def test_a_step_that_was_too_long_is_cut_at_the_top_of_a_parabola():
    # Minus x squared, from 1 with a metric four times too long: three units at most, and then right onto the top.
    seen, log = [], ascent._Log(None)

    def evaluate(vector, wanted):
        seen.append(float(vector[0]))
        return ascent.Sums(-(float(vector[0]) ** 2), -2 * vector, np.eye(1), 1.0, 0, vector)

    vector = np.array([1.0])
    found, sums = ascent._search(evaluate, vector, evaluate(vector, 0), 2 * np.eye(1), log, 9, False, 0)
    assert seen == pytest.approx([1.0, -2.0, 0.0])
    assert (found, sums.value) == (pytest.approx([0.0]), pytest.approx(0.0))
    assert [step.kind for step in log.steps] == ["too far"]


def test_only_columns_that_follow_from_each_other_are_named():
    rows = grouped.sort_rows(np.column_stack([X, W, 3 * X]), MADE["events"], GROUPS, np.column_stack([W**2, X * W]))
    with pytest.raises(ValueError, match=r"got x\[:, 0\], x\[:, 2\]; leave out"):
        moments.judge(moments.moments(rows))
    rows = grouped.sort_rows(np.column_stack([X, W]), MADE["events"], GROUPS, np.column_stack([W**2, W - 2 * X]))
    with pytest.raises(ValueError, match=r"got x\[:, 0\], x\[:, 1\], fixed\[:, 1\]; leave out"):
        moments.judge(moments.moments(rows))
    moments.judge(moments.moments(grouped.sort_rows(X, MADE["events"], GROUPS, X + 1e-3 * W)))


def test_predictors_far_from_0_are_predicted_from_as_those_near_it():
    x, y, group = (every[:100] for every in many_few())
    two, three, told = np.column_stack([x, np.cos(7 * x)]), np.sin(5 * x), {"trials": 4, "progress": False}
    away, aside, some = np.array([1e6, -3e5]), 1e5, slice(9)
    near = scale.fit_logistic(two, y, group, fixed=three, n_quadrature=1, **told)
    far = scale.fit_logistic(two + away, y, group, fixed=three + aside, n_quadrature=1, **told)
    for groups in (group[some], group[some] + 1000):
        here = near.linear(two[some], groups, fixed=three[some])
        there = far.linear((two + away)[some], groups, fixed=(three + aside)[some])
        np.testing.assert_allclose(there, here, atol=1e-5)
    here = near.update(two[some], y[some], group[some], fixed=three[some], trials=4)
    there = far.update((two + away)[some], y[some], group[some], fixed=(three + aside)[some], trials=4)
    np.testing.assert_allclose(there.close.mode[:, 1:], here.mode[:, 1:], atol=1e-5)


def test_an_interval_of_a_group_is_of_89_per_cent_where_nobody_asks_for_another():
    x, y, group = many_few()
    fit = scale.fit_logistic(None, y, group, fixed=x, trials=4, n_quadrature=1, progress=False)
    found, sd = fit.groups()["intercept"], np.sqrt(fit.mode_cov[:, 0, 0])
    for end, share in (("low", 0.055), ("high", 0.945)):
        np.testing.assert_allclose(found[end], stats.norm.ppf(share, fit.mode[:, 0], sd))
    np.testing.assert_allclose(fit.groups(0.5)["intercept"]["low"], stats.norm.ppf(0.25, fit.mode[:, 0], sd))
    np.testing.assert_allclose(found["weight"], 1 - sd**2 / fit.cov[0, 0])


def test_near_the_top_a_step_counts_only_if_the_score_shrinks():
    # As above, so near the top that nothing is to be gained but digits: a metric that is far too long is cut back.
    seen, log = [], ascent._Log(None)

    def evaluate(vector, wanted):
        seen.append(float(vector[0]))
        return ascent.Sums(-(float(vector[0]) ** 2), -2 * vector, np.eye(1), 1.0, 0, vector)

    vector = np.array([1e-3])
    found, _ = ascent._search(evaluate, vector, evaluate(vector, 0), 100 * np.eye(1), log, 9, False, 0)
    assert seen[1] == pytest.approx(-0.199)
    assert abs(found[0]) < 0.9e-3
    assert all(step.kind == "too far" for step in log.steps)


def test_columns_are_named_as_the_table_names_them():
    for given, names in (
        (pd.Series([1.0, 2], name="age"), ("age",)),
        (pd.Series([1.0, 2]), ("slope 1",)),
        (pd.DataFrame({"age": [1.0, 2], 7: [0.0, 1]}), ("age", "7")),
        ({"age": [1.0, 2]}, ("age",)),
        (np.array([(1.0, 2.0)], dtype=[("age", float), ("size", float)]), ("age", "size")),
        (np.ones((2, 2)), ("slope 1", "slope 2")),
        ([1.0, 2.0], ("slope 1",)),
        (None, ()),
    ):
        assert grouped.column_names(given, len(names), "slope") == names


@pytest.mark.parametrize("table", [list, tuple, np.array])
@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([1.0, 0.5, 0.0], r"y must be 0 or 1, got y\[1\] = 0.5.*drop rows without an outcome; counts need trials="),
        ([1.0, 0.0, np.nan], r"y must be 0 or 1, got y\[2\] = nan.*drop rows without an outcome; counts need trials="),
        (["yes", "no"], "y must be one 0 or 1 for each row, got .*; code yes as 1 and no as 0"),
    ],
)
def test_what_is_no_choice_is_refused_with_its_cause(table, y, message):
    with pytest.raises(ValueError, match=message):
        outcomes.as_choices(table(y), None)


@pytest.mark.parametrize("turned", [False, True])
def test_beside_rows_with_exposure_one_without_has_an_exposure_of_one(turned):
    watched = grouped.sort_rows(None, outcomes.as_events([2, 1], [4.0, 5.0]), [0, 1])
    plain = grouped.sort_rows(None, outcomes.as_events([3], None), [1])
    both = online.merged(plain, watched) if turned else online.merged(watched, plain)
    seen = zip(np.repeat(both.labels, both.sizes).tolist(), both.y.tolist(), np.exp(both.base).tolist(), strict=True)
    assert sorted(seen) == [(0, 2, pytest.approx(4)), (1, 1, pytest.approx(5)), (1, 3, pytest.approx(1))]
    assert online.merged(plain, plain).base.size == 0


def test_whoever_listens_to_a_climb_hears_of_every_pass_and_it_ends_at_the_top():
    top, heard = np.array([1.0, -2.0]), []

    def evaluate(vector, wanted):
        away = vector - top
        return ascent.Sums(-float(np.sum(away**4 + away**2)), -4 * away**3 - 2 * away, np.eye(2), 1.0, 0, vector)

    found = ascent.climb(
        evaluate, np.zeros(2), None, em_steps=0, tolerance=1e-12, max_passes=99, by_score=False, told=heard.append
    )
    assert tuple(heard) == found.trace.steps
    assert len(heard) > 2
    assert found.trace.converged
    np.testing.assert_allclose(found.vector, top, atol=1e-5)


@pytest.mark.parametrize("kind", MADE)
def test_moments_of_parts_add_up_to_those_of_all(kind):
    def of(some):
        part = outcomes.Outcome(
            *(every[some] if isinstance(every, np.ndarray) and every.size else every for every in MADE[kind])
        )
        return moments.moments(grouped.sort_rows(X[some], part, GROUPS[some], W[some]))

    parts = [of(np.isin(GROUPS, list(names))) for names in ("ab", "c", "de")]
    for one, other in zip(moments.added(parts), of(GROUPS != ""), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


@pytest.mark.parametrize("kind", ["logistic", "poisson"])
def test_with_quadrature_a_row_is_predicted_by_the_posterior_of_its_group(kind):
    x, y, group = (every[:60] for every in many_few())
    told = {"fixed": x, "n_quadrature": 25, "progress": False}
    fit = (
        scale.fit_poisson(None, y, group, **told)
        if kind == "poisson"
        else scale.fit_logistic(None, y > 1, group, **told)
    )
    line = np.linspace(-9, 9, 4001)
    level = fit.mean[0] + np.sqrt(fit.cov[0, 0]) * line
    for j in (0, 5, 1000):
        own = group == j
        odds = level[:, None] + fit.fixed[0] * x[own]
        if kind == "poisson":
            height, mean = stats.poisson.logpmf(y[own], np.exp(odds)), np.exp(level + fit.fixed[0] * 0.3)
        else:
            height, mean = (
                stats.bernoulli.logpmf(y[own] > 1, special.expit(odds)),
                special.expit(level + fit.fixed[0] * 0.3),
            )
        weight = np.exp(height.sum(axis=1) - 0.5 * line**2)
        assert fit.predict(None, [j], fixed=[0.3])[0] == pytest.approx(weight @ mean / weight.sum(), rel=1e-5)


@pytest.mark.parametrize(("bound", "value"), [("MOST_CHECKED", 0), ("PLENTY", 0), ("SWAY", 9.0)])
def test_laplace_is_not_doubted_beyond_a_bound(bound, value, monkeypatch):
    rng, group = np.random.default_rng(1), np.repeat(np.arange(40), 3)
    y = rng.binomial(1, special.expit(rng.normal(0, 2, 40))[group])
    assert scale.fit_logistic(None, y, group, progress=False).n_quadrature == 7
    monkeypatch.setattr(generalized, bound, value)
    fit = scale.fit_logistic(None, y, group, progress=False)
    assert (fit.n_quadrature, fit.note) == (1, "")

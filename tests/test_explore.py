"""Explorers without a browser: every setting means finite numbers, and the right ones."""

import dataclasses
import itertools
import json
import random
import re
import subprocess
import sys
import warnings
from pathlib import Path

import ipywidgets as widgets
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jupyter_client.jsonutil import json_clean
from scipy import optimize, special, stats

from course import data, exact, explore, plots, regression, shrinkage
from course.explore import answers, charts, controls, live, page, parts
from course.lessons.bandits import bandit_race_arrays
from course.lessons.eight_schools import schools_arrays
from course.lessons.funnel import funnel_arrays
from course.lessons.linear_regression import lines_arrays
from course.lessons.logistic_regression import prices_arrays
from course.lessons.many_groups import pooling_arrays
from course.lessons.multitask import sharing_arrays
from course.lessons.shrinkage import james_stein_arrays, shrinkage_arrays
from course.lessons.ten_thousand_cities import cities_arrays
from course.lessons.when_it_helps import when_arrays
from course.syllabus import explorers

EXPLORERS = {
    name: (
        explore.arithmetic(name),
        explore.arithmetic(name).state(),
        getattr(explore, name),
        getattr(explore, f"{name}_picture"),
    )
    for name in explorers()
}
each = pytest.mark.parametrize("name", EXPLORERS)


def values_of(control: widgets.Widget) -> st.SearchStrategy:
    """What a control can be set to; its two ends come up often."""
    if isinstance(control, widgets.Dropdown):
        return st.sampled_from(control.options)
    if isinstance(control, widgets.Checkbox):
        return st.booleans()
    if isinstance(control, widgets.IntSlider):
        return st.integers(control.min, control.max)
    low, high = control.min, control.max
    if isinstance(control, widgets.FloatLogSlider):
        low, high = 10**low, 10**high
    return st.sampled_from([low, high]) | st.floats(low, high)


def made_of(name: str) -> dict[str, widgets.Widget]:
    explorer, start, *_ = EXPLORERS[name]
    return controls.widgets_of(explorer, start)


def states(name: str) -> st.SearchStrategy:
    return st.builds(EXPLORERS[name][0].state, **{f: values_of(control) for f, control in made_of(name).items()})


def finite(value: object) -> bool:
    if dataclasses.is_dataclass(value) or isinstance(value, tuple):
        return True
    return bool(np.all(np.isfinite(np.asarray(value, dtype=float))))


def means_finite_numbers_words_and_no_warning(explorer: parts.Arithmetic, state: object) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = explorer.arrays(state)
        tables = explorer.tables(found)
        summary, words = explorer.summary(found), explorer.describe(found)
    assert all(map(finite, found)), state
    pushed = json.dumps({key: live.rows(table) for key, table in tables.items()}, allow_nan=False)
    assert len(pushed) < 30_000  # what a step of a slider sends to the page
    assert "nan" not in summary + words, state
    assert "inf" not in summary.replace("information", "") + words, state


@each
@settings(max_examples=60)
@given(draw=st.data())
def test_every_setting_means_finite_numbers_words_and_no_warning(name, draw):
    means_finite_numbers_words_and_no_warning(EXPLORERS[name][0], draw.draw(states(name)))


def ends_of(control: widgets.Widget) -> tuple[object, ...]:
    if isinstance(control, widgets.Dropdown):
        return (control.options[0], control.options[-1])
    if isinstance(control, widgets.Checkbox):
        return (False, True)
    if isinstance(control, widgets.FloatLogSlider):
        return (10**control.min, 10**control.max)
    return (control.min, control.max)


@each
def test_at_all_ends_of_all_controls_together_too(name):
    explorer, start, *_ = EXPLORERS[name]
    ends = {field: ends_of(control) for field, control in made_of(name).items()}
    corners = list(itertools.product(*ends.values()))
    for values in corners if len(corners) <= 64 else random.Random(name).sample(corners, 64):
        means_finite_numbers_words_and_no_warning(explorer, type(start)(**dict(zip(ends, values, strict=True))))
    for field, values in ends.items():
        for value in values:
            means_finite_numbers_words_and_no_warning(explorer, dataclasses.replace(start, **{field: value}))


@each
def test_there_is_one_control_with_a_label_for_each_field(name):
    _, start, *_ = EXPLORERS[name]
    made = made_of(name)
    assert list(made) == [field.name for field in dataclasses.fields(start)]
    assert all(control.description for control in made.values())
    assert {field: control.value for field, control in made.items()} == dataclasses.asdict(start)


@each
def test_every_explorer_has_an_oracle(name):
    # What it computes is compared below with something that cannot share its bug: by the name of its own arithmetic.
    below = Path(__file__).read_text(encoding="utf-8").partition("# Oracles.\n")[2]
    arrays = EXPLORERS[name][0].arrays.__name__
    assert re.search(rf"\b({arrays}\(|{name}_arrays\.)", below)


@each
def test_the_start_stands_on_a_step_of_its_slider(name):
    for control in made_of(name).values():
        if isinstance(control, widgets.FloatSlider | widgets.FloatLogSlider):
            value = np.log10(control.value) if isinstance(control, widgets.FloatLogSlider) else control.value
            steps = (value - control.min) / control.step
            assert steps == pytest.approx(round(steps), abs=1e-6), control.description


@each
def test_a_control_pushes_tables_and_words_and_leaves_the_chart_alone(name):
    explorer, start, show, _ = EXPLORERS[name]
    _, panel, page = show(start).children
    spec, summary = page.scene.spec, page.scene.summary
    sent = []
    page.scene.observe(lambda change: sent.append(change.name))
    slider = next(c for c in panel.children if isinstance(c, widgets.FloatSlider | widgets.FloatLogSlider))
    slider.value = slider.value * 2
    assert page.scene.spec is spec
    assert page.scene.summary != summary
    tables = explorer.tables(explorer.arrays(state_of(explorer, start, panel)))
    assert {trait for trait in sent if trait.startswith("table_")} <= {f"table_{table}" for table in tables}
    assert "spec" not in sent
    shown = {table: page.scene.trait_values()[f"table_{table}"] for table in page.scene.tables}
    assert shown == {table: live.rows(columns) for table, columns in tables.items()}  # on reload


def state_of(explorer: parts.Arithmetic, start: object, panel: widgets.VBox) -> object:
    """What the controls of an explorer on the page are set to."""
    return type(start)(**{field: c.value for field, c in zip(explorer.controls, panel.children, strict=True)})


def test_nothing_that_changes_or_is_large_is_in_a_model_of_anywidget():
    # It forgets what is sent to a model whose module took more than two seconds to load.
    *_, page = explore.schools().children
    state = page.get_state()
    assert {name for name in state if not name.startswith("_")} == {
        "layout",
        "scene_id",
        "library_id",
        "tabbable",
        "tooltip",
    }
    assert len(json.dumps(state, default=str)) < 12_000


def test_an_unchanged_table_is_not_sent():
    *_, page = explore.shrinkage().children
    sent = []
    page.scene.observe(lambda change: sent.append(change.name))
    tables = {name: page.scene.trait_values()[f"table_{name}"] for name in page.scene.tables}
    page.scene.show(tables | {"at": [{"tau": 1.0, "mu": 2.0}]}, summary="s", picture="p")
    assert {name for name in sent if name.startswith("table_")} == {"table_at"}


@each
def test_the_chart_names_only_columns_that_are_pushed(name):
    explorer, start, *_ = EXPLORERS[name]
    spec = explore.module(name).EXPLORER.chart().to_dict()
    tables = explorer.tables(explorer.arrays(start))
    columns = {column for table in tables.values() for column in table} | {"name", "one"}

    def fields(node: object):
        if isinstance(node, dict):
            yield from ([node["field"]] if isinstance(node.get("field"), str) else [])
            for child in node.values():
                yield from fields(child)
        if isinstance(node, list):
            for child in node:
                yield from fields(child)

    assert set(fields(spec)) <= columns
    assert spec["config"]["background"] == "transparent"


@each
def test_the_static_picture_says_what_it_shows(name):
    explorer, start, _, picture = EXPLORERS[name]
    assert picture(start).alt == explorer.describe(explorer.arrays(start))


def test_a_prior_that_has_no_scale_disables_the_control_for_it():
    def made(**setting):
        return controls.widgets_of(schools_arrays.ARITHMETIC, explore.SchoolsState(**setting))

    shown = made()
    assert (shown["scale"].disabled, shown["mu_sd"].disabled) == (False, False)
    shown["family"].value, shown["flat_mu"].value = "flat (no scale)", True
    assert (shown["scale"].disabled, shown["mu_sd"].disabled) == (True, True)
    shown["family"].value, shown["flat_mu"].value = "exponential", False
    assert (shown["scale"].disabled, shown["mu_sd"].disabled) == (False, False)
    assert made(flat_mu=True)["mu_sd"].disabled


@each
@settings(max_examples=30)
@given(draw=st.data())
def test_a_control_that_is_said_to_have_no_effect_has_none(name, draw):
    explorer, *_ = EXPLORERS[name]
    state = draw.draw(states(name))
    idle = explorer.idle(state)
    assert idle < set(explorer.controls)
    for field in idle:
        other = dataclasses.replace(state, **{field: draw.draw(values_of(made_of(name)[field]))})
        one, two = (answers.answer(name, json.dumps(dataclasses.asdict(each))) for each in (state, other))
        assert one == two


@each
def test_a_page_and_jupyter_have_the_same_controls_with_the_same_values(name):
    explorer, *_ = EXPLORERS[name]
    shown = json.loads(json.dumps(answers.scene(name), allow_nan=False))
    assert shown["title"] == explorers()[name][0].title
    for (field, about), control in zip(shown["controls"].items(), made_of(name).values(), strict=True):
        assert (about["label"], about["value"]) == (control.description, control.value)
        assert about["value"] == shown["state"][field]
        if about["kind"] == "choice":
            assert tuple(about["options"]) == tuple(control.options)
        elif about["kind"] != "switch":
            low, high, step = control.min, control.max, control.step
            steps = low + step * np.arange(round((high - low) / step) + 1)
            values = 10**steps if about["kind"] == "logslider" else steps
            np.testing.assert_allclose(about["values"], values, rtol=1e-9, atol=1e-9)
            assert about["values"][about["at"]] == pytest.approx(control.value, rel=1e-9)
            assert len(set(about["written"])) > len(values) / 2
            assert [parts.read(explorer.controls[field], value) for value in about["values"]] == about["values"]


@each
@settings(max_examples=10)
@given(draw=st.data())
def test_a_worker_answers_with_what_jupyter_shows(name, draw):
    explorer, start, show, _ = EXPLORERS[name]
    state = draw.draw(states(name))
    found = json.loads(answers.answer(name, json.dumps(dataclasses.asdict(state))))
    *_, page = show(state).children
    rows = {key: live.rows(table) for key, table in found["tables"].items()}
    assert rows == json.loads(json.dumps({key: page.scene.trait_values()[f"table_{key}"] for key in page.scene.tables}))
    assert (found["summary"], found["picture"]) == (page.scene.summary, page.scene.picture)
    assert set(found["idle"]) == explorer.idle(state)
    assert answers.answer(name, "{}") == answers.answer(name, json.dumps(dataclasses.asdict(start)))


@pytest.mark.parametrize(
    ("name", "state", "says"),
    [
        ("stein", "{}", "there is no explorer 'stein'; there are bandit_race, "),
        ("schools", '{"tau": 1}', "there is no control 'tau'; there are family, scale, mu_sd, flat_mu"),
        ("schools", '{"scale": 201}', "scale (Scale of that prior (points)) must be a number from 0.5 to 200, got 201"),
        ("schools", '{"scale": NaN}', "must be a number from 0.5 to 200, got nan"),
        ("schools", '{"scale": true}', "must be a number from 0.5 to 200, got True"),
        ("schools", '{"scale": "9"}', "must be a number from 0.5 to 200, got '9'"),
        ("schools", '{"family": "cauchy"}', "must be one of half-normal, half-Cauchy, exponential, "),
        ("schools", '{"flat_mu": 1}', "flat_mu (Flat prior on mu instead) must be true or false, got 1"),
        ("james_stein", '{"k": 4.5}', "k (Number of groups k) must be a whole number, got 4.5"),
        ("bandit_race", '{"arms": [5]}', "must be one of 5, 10, 20, 40, got [5]"),
        ("schools", "[1]", "a state must be a JSON object, got '[1]'"),
        ("schools", "{", "a state must be a JSON object, got '{'"),
    ],
)
def test_a_setting_that_is_not_legal_is_answered_with_a_sentence(name, state, says):
    found = json.loads(answers.answer(name, state))
    assert list(found) == ["error"]
    assert says in found["error"]


def test_a_whole_number_is_one_however_it_is_written():
    for state in ('{"arms": 10.0, "visitors": 50.0}', '{"arms": 10, "visitors": 50}'):
        assert "After 50 visitors" in json.loads(answers.answer("bandit_race", state))["summary"]


def test_what_json_lacks_arrives_as_in_a_message_of_jupyter(monkeypatch):
    tables = {"t": {"a": np.array([1.0, np.nan, -np.inf]), "b": "x"}}
    spoiled = dataclasses.replace(schools_arrays.ARITHMETIC, tables=lambda _: tables)
    monkeypatch.setattr(answers, "arithmetic", lambda _: spoiled)
    sent = json.loads(answers.answer("schools", "{}"))["tables"]["t"]
    rows = [dict(zip(sent, row, strict=True)) for row in zip(*sent.values(), strict=True)]
    assert rows == json_clean(live.rows(tables["t"])) == [{"a": a, "b": "x"} for a in (1.0, "nan", "-inf")]


# What a worker in a page has not, or what it should not wait for.
ABSENT = {
    *("altair", "ipywidgets", "anywidget", "traitlets", "matplotlib", "IPython", "pandas", "msgspec", "platformdirs"),
    *("scipy.constants", "scipy.fft", "scipy.integrate", "scipy.interpolate", "scipy.ndimage", "scipy.optimize"),
    *("scipy.sparse", "scipy.spatial", "scipy.stats"),
}


@each
def test_a_worker_answers_without_what_draws_and_with_little_of_scipy(name):
    program = """
import json, sys
from course.explore.answers import answer
name, *states = sys.argv[1:]
answers = [json.loads(answer(name, state)) for state in states]
assert all("tables" in found for found in answers), answers
print(*sys.modules)
"""
    rng, some = random.Random(name), []
    for _ in range(12):
        some.append(json.dumps({field: rng.choice(ends_of(control)) for field, control in made_of(name).items()}))
    for field, control in EXPLORERS[name][0].controls.items():
        some += [json.dumps({field: option}) for option in getattr(control, "options", ())]
    done = subprocess.run([sys.executable, "-c", program, name, *some], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & ABSENT


def test_the_explorers_that_are_there_are_those_of_the_syllabus():
    assert dict(explore.rooms()) == {name: lesson.topic for name, (_, lesson) in explorers().items()}


def test_rows_repeat_a_single_value():
    assert live.rows({"a": np.array([1, 2]), "b": "x"}) == [{"a": 1, "b": "x"}, {"a": 2, "b": "x"}]


def test_the_palette_is_that_of_the_figures():
    assert (charts.NONE, charts.COMPLETE, charts.PARTIAL) == (plots.NONE, plots.COMPLETE, plots.PARTIAL)


def test_drawing_asks_no_address_outside_this_computer_and_vega_is_sent_once():
    first, second = (show().children[-1] for show in (explore.schools, explore.shrinkage))
    assert first.library_id == second.library_id == page.Library.shared().model_id
    source = page.Library.shared().source
    assert "vegaEmbed" in source[-100:]
    assert not re.search(r"""(import|from|import\()\s*["'`]https?:""", source + first._esm)
    page.Library.shared().close()
    assert page.Library.shared().source == source  # `Widget.close_all` costs nothing but the sending


def test_vega_is_put_together_once_and_where_nothing_can_be_written_each_time(tmp_path, monkeypatch):
    monkeypatch.setattr(page.vl_convert, "javascript_bundle", lambda *_, **__: "made")
    assert page.vega(tmp_path / "new" / "vega.js") == "made"
    monkeypatch.setattr(page.vl_convert, "javascript_bundle", lambda *_, **__: "made again")
    assert page.vega(tmp_path / "new" / "vega.js") == "made"
    assert page.vega(tmp_path / "new" / "vega.js" / "no folder") == "made again"


def test_vega_is_there_for_a_user_without_a_home(monkeypatch):
    def homeless(name):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(page, "user_cache_path", homeless)
    monkeypatch.setattr(page.vl_convert, "javascript_bundle", lambda source, vl_version: "made")
    assert page.library() == "made"


def test_the_rest_of_the_course_does_not_load_altair():
    program = "import sys, course.plots, course.quiz, course.exact; print('altair' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# Oracles.


@settings(max_examples=15)
@given(state=states("pooling"))
def test_errors_of_the_three_poolings_are_those_of_simulated_cities(state):
    state = dataclasses.replace(state, cities=min(state.cities, 20))
    found = pooling_arrays.pooling_arrays(state)
    rng = np.random.default_rng(1)
    theta = state.tau * rng.standard_normal((20_000, state.cities))
    y = theta + state.sigma / np.sqrt(found.users) * rng.standard_normal(theta.shape)
    pooled = y @ (found.users / found.users.sum())
    simulated = np.sqrt(np.mean((pooled[:, None] - theta) ** 2, axis=0))
    np.testing.assert_allclose(found.complete, simulated, rtol=0.04)
    if state.tau > 0:
        se = state.sigma / np.sqrt(found.users)
        precision = 1 / (se**2 + state.tau**2)
        mu = y @ precision / precision.sum()
        weight = shrinkage.data_weight(se, state.tau)
        error = weight * y + (1 - weight) * mu[:, None] - theta
        np.testing.assert_allclose(found.partial, np.sqrt(np.mean(error**2, axis=0)), rtol=0.04)


@given(state=states("pooling"))
def test_partial_pooling_with_a_known_spread_is_never_beaten(state):
    found = pooling_arrays.pooling_arrays(state)
    assert np.all(found.partial <= np.minimum(found.none, found.complete) * (1 + 1e-9))


def test_learning_the_spread_costs_more_with_few_cities_than_with_many():
    costs = [pooling_arrays.pooling_arrays(explore.PoolingState(cities=n)).overall for n in (3, 200)]
    few, many = (overall[3] / overall[2] for overall in costs)
    assert few > many
    assert many == pytest.approx(1.0, abs=0.02)


@settings(max_examples=20)
@given(state=states("schools"))
def test_schools_shows_the_exact_posterior(state):
    found = schools_arrays.schools_arrays(state)
    schools = data.load("eight_schools")
    posterior = exact.normal_posterior(
        schools.effect, schools.sigma,
        mu_prior=None if state.flat_mu else (0, state.mu_sd), tau_prior=schools_arrays.tau_prior(state),
    )  # fmt: skip
    np.testing.assert_allclose(found.mean, posterior.mean("theta"))
    area = np.trapezoid(found.density, found.tau)
    below = np.sum(posterior.tau_weight[posterior.tau_grid <= schools_arrays.FARTHEST_TAU])
    assert area == pytest.approx(below, abs=0.03)  # thinned for drawing, and without the first and last half step


@settings(max_examples=30)
@given(state=states("shrinkage"))
def test_shrinkage_given_tau_is_the_formula(state):
    found = shrinkage_arrays.shrinkage_arrays(state)
    np.testing.assert_allclose(found.weight, shrinkage.data_weight(found.sigma, state.tau))
    by_hand = shrinkage.partial_pool(found.own, found.sigma, found.mu, state.tau)
    np.testing.assert_allclose(found.mean, by_hand, atol=1e-9)
    assert found.sigma[found.chosen] == state.sigma


def test_choosing_a_school_puts_its_own_error_on_the_slider():
    box = explore.shrinkage()
    _, school, sigma = box.children[1].children
    sigma.value = 40.0
    for name, se in zip("BH", (10.0, 18.0), strict=True):
        school.value = name
        assert sigma.value == se
    sigma.value = 3.0
    assert school.value == "H"
    control = answers.scene("shrinkage")["controls"]["school"]
    assert [control["sets"][name]["sigma"] for name in "ABCDEFGH"] == [15, 10, 16, 11, 9, 11, 10, 18]


def test_what_a_choice_sets_is_legal_for_the_other_control():
    for name in explore.rooms():
        part = explore.arithmetic(name)
        for control in part.controls.values():
            for values in getattr(control, "sets", {}).values():
                part.setting(values)


@pytest.mark.parametrize(
    "state", [james_stein_arrays.SteinState(k=5, distance=0.5, spread=0.7), james_stein_arrays.SteinState()]
)
def test_james_stein_risks_are_those_of_simulated_groups(state):
    rng = np.random.default_rng(2)
    z = np.linspace(-1, 1, state.k)
    theta = state.distance + state.spread * z / z.std()
    y = theta + rng.standard_normal((200_000, state.k))
    fixed = y * (1 - (state.k - 2) / np.sum(y**2, axis=1, keepdims=True))
    mean = y.mean(axis=1, keepdims=True)
    factor = 1 - (state.k - 3) / np.sum((y - mean) ** 2, axis=1, keepdims=True)
    towards_mean = mean + factor * (y - mean)
    simulated = [np.mean((estimate - theta) ** 2) for estimate in (fixed, towards_mean)]
    np.testing.assert_allclose(james_stein_arrays.stein_arrays(state).here[:2], simulated, rtol=0.02)


@pytest.mark.parametrize("information", [0.1, 1.0, 10.0, 100.0])
def test_the_form_that_strides_further_is_the_one_that_lesson_05_finds_better(information):
    found = funnel_arrays.funnel_arrays(explore.FunnelState(information=information))
    assert funnel_arrays.winner(found).startswith("the non-centred" if information <= 1 else "the centred")


def test_the_same_point_and_a_short_step_keep_the_energy_in_both_forms():
    found = funnel_arrays.funnel_arrays(explore.FunnelState(information=3.0, step=0.01, start=60.0))
    for walk in found.walks:
        assert walk.diverged == -1
        assert np.abs(walk.error).max() < 0.02
    assert found.walks[0].log_tau[0] == pytest.approx(found.walks[1].log_tau[0])
    assert found.start == pytest.approx(np.quantile(found.tau, 0.6), rel=0.2)


def test_an_exploding_step_is_said_and_its_trajectory_ends_where_it_was_last_finite():
    state = explore.FunnelState(information=0.01, step=10.0, start=1.0)
    found = funnel_arrays.funnel_arrays(state)
    assert all(walk.diverged >= 1 and walk.mu.size == walk.diverged for walk in found.walks)
    assert funnel_arrays.funnel_words(found).count("diverges at step") == 2
    assert all(
        len(live.rows(table)) == 1 for name, table in funnel_arrays.funnel_tables(found).items() if "_lost" in name
    )


def test_a_step_that_is_too_long_for_the_start_gains_energy():
    for information in (0.1, 100.0):
        state = explore.FunnelState(information=information, start=20.0, step=2.0)
        for walk in funnel_arrays.funnel_arrays(state).walks:
            assert walk.diverged >= 1 or walk.error[-1] > 1


def test_the_trouble_of_the_non_centred_form_shows_as_a_ridge():
    little, much = (funnel_arrays.funnel_arrays(explore.FunnelState(information=i)).clouds[1] for i in (0.1, 100.0))
    assert abs(np.corrcoef(little.together, little.mu)[0, 1]) < 0.5
    assert np.corrcoef(much.together, much.mu)[0, 1] < -0.9


@settings(max_examples=30)
@given(state=states("lines"))
def test_a_countys_line_lies_between_its_houses_and_the_others(state):
    found = lines_arrays.lines_arrays(state)
    assert -1e-9 <= found.weight <= 1
    if state.tau_alpha == state.tau_beta == 0:
        everyone = regression.one_line(lines_arrays._radon().rows)
        np.testing.assert_allclose(found.alpha, everyone.alpha)
        np.testing.assert_allclose(found.beta, everyone.beta)


def test_the_pooled_lines_are_those_of_a_dense_least_squares_with_a_penalty():
    state = explore.LinesState(tau_alpha=0.4, tau_beta=0.2, rho=0.5)
    found = lines_arrays.lines_arrays(state)
    radon = lines_arrays._radon()
    n, count = radon.rows.y.size, 85
    design = np.zeros((n, 2 + 2 * count))
    design[:, 0], design[:, 1] = 1, radon.rows.x
    design[np.arange(n), 2 + radon.rows.groups.of_row] = 1
    design[np.arange(n), 2 + count + radon.rows.groups.of_row] = radon.rows.x
    cov = np.array([[0.4**2, 0.5 * 0.4 * 0.2], [0.5 * 0.4 * 0.2, 0.2**2]])
    penalty = np.zeros((2 + 2 * count,) * 2)
    penalty[2:, 2:] = np.kron(np.linalg.inv(cov), np.eye(count))
    b = np.linalg.solve(design.T @ design / radon.sigma**2 + penalty, design.T @ radon.rows.y / radon.sigma**2)
    np.testing.assert_allclose(found.alpha, b[0] + b[2 : 2 + count], atol=1e-9)
    np.testing.assert_allclose(found.beta, b[1] + b[2 + count :], atol=1e-9)


@pytest.fixture(scope="module")
def lesson_world():
    return prices_arrays._world(7)


@pytest.mark.parametrize("spread", [0.1, 1.0, 20.0])
def test_the_most_credible_curves_are_those_of_a_general_optimiser(spread, lesson_world):
    bought, asked, tau = lesson_world.bought, lesson_world.asked, spread * np.array([1.5, 0.3])

    def loss(q):
        theta = q[2:].reshape(10, 2)
        log_odds = theta[:, :1] + theta[:, 1:] * np.arange(2.0, 11)
        likelihood = stats.binom.logpmf(bought, asked, special.expit(log_odds)).sum()
        return -likelihood - stats.norm.logpdf(theta, q[:2], tau).sum()

    found = prices_arrays.most_credible(bought, asked, np.array([spread]))[0]
    there = np.r_[found.mean(axis=0), found.ravel()]  # the best mean curve is the mean of the curves
    best = optimize.minimize(loss, there + 0.1, method="BFGS", options={"gtol": 1e-5, "maxiter": 2000})
    assert loss(there) <= best.fun + 1e-6


def test_the_ends_of_the_dial_are_one_curve_for_all_and_one_for_each(lesson_world):
    ends = prices_arrays.most_credible(lesson_world.bought, lesson_world.asked, np.array([1e-3, 1e3]))
    np.testing.assert_allclose(ends[0], np.tile(lesson_world.one, (10, 1)), atol=1e-3)
    own = lesson_world.own
    np.testing.assert_allclose(ends[1][own.exists, 1], own.beta[own.exists], rtol=1e-3)


def test_a_city_without_a_curve_of_its_own_gets_steeper_without_end(lesson_world):
    slopes = prices_arrays.most_credible(lesson_world.bought, lesson_world.asked, np.array([1.0, 5.0, 20.0]))[:, 3, 1]
    assert lesson_world.own.separation[3] is regression.Separation.QUASI
    assert slopes[2] < slopes[1] < slopes[0] < 0
    assert slopes[2] < 3 * slopes[0]
    found = prices_arrays.prices_arrays(explore.PricesState(city="D"))
    assert found.none.size == 0
    assert "no curve of its own" in prices_arrays.prices_summary(found)


def test_the_best_price_loses_nothing_and_losses_are_not_negative():
    for world in range(1, 8):
        found = prices_arrays.prices_arrays(explore.PricesState(world=world, spread=0.5))
        assert np.all(found.lost >= 0)
        assert np.all(found.path >= 0)
        assert (prices_arrays.MENU * found.truth).max() == pytest.approx(
            found.best * found.truth[found.best == prices_arrays.MENU][0]
        )


def test_the_race_shows_the_posteriors_of_its_own_counts():
    state = explore.RaceState(visitors=200, arms=10)
    found = bandit_race_arrays.race_arrays(state)
    flat, learned = found.runners
    assert flat.shown.sum() == learned.shown.sum() == 200
    unseen = flat.shown == 0
    np.testing.assert_allclose(flat.centre[unseen], 0.5)
    assert np.all(learned.high - learned.low < 0.6 * (flat.high - flat.low).max())
    assert np.all(np.diff(found.theta) <= 0)
    for runner in found.runners:
        assert np.all(np.diff(runner.lost) >= 0)


@pytest.mark.parametrize("name", ["Thompson, flat prior", "Thompson, hierarchical", "Thompson, true population"])
def test_more_visitors_narrow_what_thompson_sampling_believes(name):
    states = [explore.RaceState(visitors=visitors, first=name, arms=5) for visitors in (50, 1000)]
    few, many = (bandit_race_arrays.race_arrays(state).runners[0] for state in states)
    assert (many.high - many.low).mean() < (few.high - few.low).mean()


def test_empirical_bayes_starts_out_too_sure_where_the_hierarchy_does_not():
    # Few articles look alike at first: the likeliest concentration is at the edge, and the bars are too narrow.
    state = explore.RaceState(visitors=50, arms=5, first="Thompson, empirical Bayes", second="Thompson, hierarchical")
    likeliest, drawn = bandit_race_arrays.race_arrays(state).runners
    assert np.all(likeliest.high - likeliest.low < 0.5 * (drawn.high - drawn.low))


@settings(max_examples=20)
@given(state=states("when"))
def test_when_shows_the_errors_of_simulated_groups(state):
    state = dataclasses.replace(state, groups=min(state.groups, 12))
    found, kind = when_arrays.when_arrays(state), when_arrays.KINDS[state.situation]
    rng, s = np.random.default_rng(4), kind.noise / np.sqrt(when_arrays.count(state))
    theta = state.spread * kind.tau * rng.standard_normal((20_000, state.groups))
    y = theta + s * rng.standard_normal(theta.shape)
    mean = y.mean(axis=1, keepdims=True)
    moments = np.maximum(y.var(axis=1, ddof=1, keepdims=True) - s**2, 0)
    partial = mean + moments / (moments + s**2) * (y - mean)
    simulated = [np.sqrt(np.mean((estimate - theta) ** 2)) for estimate in (y, mean, partial)]
    np.testing.assert_allclose(found.here, simulated, rtol=0.04)


@given(state=states("when"))
def test_the_strip_of_winners_covers_the_axis_without_a_gap(state):
    runs = when_arrays.stretches(when_arrays.when_arrays(state))
    assert (runs[0].start, runs[-1].end) == (1, when_arrays.MOST_DATA)
    assert all(a.end == b.start and a.name != b.name for a, b in itertools.pairwise(runs))


def test_complete_pooling_wins_first_then_partial_and_with_few_groups_none():
    def names(**setting):
        found = when_arrays.when_arrays(explore.WhenState(situation="newcomers to a recommender", **setting))
        return [run.name for run in when_arrays.stretches(found)]

    assert names(groups=20, spread=0.5)[:2] == ["complete pooling", "partial pooling"]
    assert names(groups=3, spread=1.0)[-1] == "no pooling"
    assert names(groups=20, spread=0.0) == ["complete pooling"]


@settings(max_examples=8)
@given(state=states("cities"))
def test_plugged_in_intervals_hold_as_often_as_in_simulated_worlds(state):
    cities, noise = min(round(state.cities), 60), cities_arrays.USER**2 / state.users
    rng = np.random.default_rng(1)
    theta = state.tau * rng.standard_normal((20_000, cities))
    y = theta + np.sqrt(noise) * rng.standard_normal(theta.shape)
    spread = np.maximum(0, y.var(axis=1, keepdims=True) - noise)
    weight = spread / (spread + noise)
    centre = y.mean(axis=1, keepdims=True) + weight * (y - y.mean(axis=1, keepdims=True))
    half = stats.norm.ppf(0.945) * np.sqrt(noise * weight)
    inside = np.abs(theta - centre) <= half if state.tau > 0 else np.abs(theta - centre) < half
    found = cities_arrays.plugged_in(cities, noise, state.tau)
    np.testing.assert_allclose(found, [inside.mean(), 2 * half.mean()], atol=0.01 + 0.02 * half.mean())


def test_shared_heads_answer_the_questions_of_lesson_09():
    def at(**setting):
        return sharing_arrays.sharing_arrays(explore.SharingState(**setting))

    alone, one, ten, thirty = (at(penalty=penalty) for penalty in (0.01, 1.0, 10.0, 30.0))
    assert (round(one.here.small[0]), round(ten.here.small[0])) == (15, 11)
    assert ten.here.large[0] < one.here.large[0] < ten.here.large[0] + 1
    assert thirty.here.large[0] > alone.here.large[0]
    assert (one.learned >= sharing_arrays.ALIKE).sum() == 6
    assert len(one.learned) == 24
    learned = [at(rows=20, spread=spread).learned[0] for spread in (8.0, 2.0, 20.0)]
    np.testing.assert_allclose(learned, [6, 32, 1.3], rtol=0.06)


@pytest.mark.parametrize("name", EXPLORERS)
def test_an_output_carries_the_live_picture_and_the_still_one_for_pages_without_a_kernel(name):
    shown = getattr(explore, name)()._repr_mimebundle_()
    assert set(shown) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    assert shown["text/html"].count("<figure") == 1
    assert 'role="img" aria-label="' in shown["text/html"]

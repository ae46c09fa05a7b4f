"""What lesson 05 says of its shapes and its many runs, by another route than the lesson's."""

from pathlib import Path

import arviz as az
import nbformat
import numpy as np
import pytest
from scipy import stats

from benchmarks.funnel import COLUMNS, PRIOR
from course import data, exact, funnel

ROOT = Path(__file__).parents[1]
LESSON = nbformat.read(ROOT / "notebooks" / "05_funnel.ipynb", 4)
MEASURED = (ROOT / "benchmarks" / "funnel.txt").read_text(encoding="utf-8").splitlines()


def run(*ids):
    """Names that these cells of the lesson make."""
    names = {}
    for cell in LESSON.cells:
        if cell.id in ids:
            exec(cell.source, names)
    return names


@pytest.fixture(scope="module")
def leapfrog():
    return run("leapfrog")["leapfrog"]


def test_the_three_lines_of_leapfrog_are_the_librarys(leapfrog):
    target = funnel.neal(3)
    q, p = np.array([0.3, 1.0, -0.5, 0.2]), np.array([1.0, -0.4, 0.2, 0.9])
    path = funnel.leapfrog(target, q, p, step=0.2, n_steps=5)
    for _ in range(5):
        q, p = leapfrog(q, p, 0.2, lambda place: target.value(place)[1])
    np.testing.assert_allclose(path.q[-1], q, rtol=1e-12)
    np.testing.assert_allclose(path.p[-1], p, rtol=1e-12)


@pytest.mark.parametrize("sd", [0.2, 1.0, 5.0])
@pytest.mark.parametrize(("ratio", "stays"), [(0.5, True), (1.99, True), (2.01, False)])
def test_two_widths_are_the_limit_and_places_follow_the_recurrence(leapfrog, sd, ratio, stays):
    q, p, places = sd, 0.0, []
    for _ in range(400):
        q, p = leapfrog(q, p, ratio * sd, lambda place: -place / sd**2)
        places.append(q)
    assert (np.max(np.abs(places)) < 20 * sd) == stays
    before, here, after = places[:3]
    assert after == pytest.approx((2 - ratio**2) * here - before)


def test_the_curvature_of_v_is_one_ninth_and_half_the_number_of_x():
    rng, target = np.random.default_rng(1), funnel.neal(9)
    curvature = []
    for v in rng.normal(0, 3, 2000):
        q = np.r_[v, np.exp(v / 2) * rng.standard_normal(9)]
        low, high = (target.value(q + shift * np.eye(10)[0])[1][0] for shift in (-1e-4, 1e-4))
        curvature.append((low - high) / 2e-4)
    assert np.mean(curvature) == pytest.approx(1 / 9 + 9 / 2, rel=0.05)


def test_how_much_of_the_funnel_is_too_steep_for_a_step_of_0_4():
    rng, target = np.random.default_rng(2), funnel.neal(9)
    steepest = []
    for v in rng.normal(0, 3, 3000):
        q = np.r_[v, np.exp(v / 2) * rng.standard_normal(9)]
        rows = [(target.value(q - 1e-5 * row)[1] - target.value(q + 1e-5 * row)[1]) / 2e-5 for row in np.eye(10)]
        steepest.append(np.linalg.eigvalsh((np.array(rows) + np.array(rows).T) / 2)[-1])
    assert np.mean(2 / np.sqrt(steepest) < 0.4) == pytest.approx(0.172, abs=0.02)


def test_a_tighter_half_normal_fills_the_neck_and_a_prior_that_vanishes_at_zero_thins_it():
    schools = data.load("eight_schools")
    mass = [
        exact.normal_posterior(schools.effect, schools.sigma, mu_prior=(0, 10), tau_prior=prior)
        .draws(100_000, np.random.default_rng(1))
        .tau
        < 0.37
        for prior in (stats.halfnorm(0, 10), stats.halfnorm(0, 5), stats.halfnorm(0, 2), stats.lognorm(1.0, scale=5))
    ]
    np.testing.assert_allclose([m.mean() for m in mass], [0.050, 0.072, 0.152, 0.007], atol=0.004)


def test_e_bfmi_is_that_of_arviz():
    rng = np.random.default_rng(1)
    energy = np.cumsum(rng.standard_normal((4, 500)), axis=1) * 0.1 + rng.standard_normal((4, 500))
    trace = az.from_dict({"posterior": {"tau": rng.standard_normal((4, 500))}, "sample_stats": {"energy": energy}})
    by_hand = np.sum(np.diff(energy) ** 2, axis=1) / np.sum((energy - energy.mean(axis=1, keepdims=True)) ** 2, axis=1)
    np.testing.assert_allclose(run("e-bfmi")["e_bfmi"](trace), by_hand, rtol=0.01)


def test_the_neck_holds_one_draw_in_twenty_and_ends_at_0_37_points():
    schools = data.load("eight_schools")
    posterior = exact.normal_posterior(schools.effect, schools.sigma, **PRIOR)
    assert posterior.quantile("tau", 0.05) == pytest.approx(0.37, abs=0.005)
    assert np.mean(posterior.draws(100_000, np.random.default_rng(1)).tau < 0.369) == pytest.approx(0.05, abs=0.003)


def measured(name):
    """Smallest, middle and largest of each column of a row of the benchmark."""
    at = next(i for i, line in enumerate(MEASURED) if line.startswith(f"{name} ") and " median " in line)
    rows = [line.split()[-12:] for line in MEASURED[at - 1 : at + 2]]
    return dict(zip(COLUMNS, np.array(rows, float).T, strict=True))


def said_after(name, start):
    at = next(i for i, line in enumerate(MEASURED) if line.startswith(f"{name} "))
    return next(line for line in MEASURED[at:] if line.strip().startswith(start))


def test_the_table_of_twenty_seeds_is_the_benchmarks():
    rows = run("seeds")["twenty_seeds"]
    for name, (divergences, neck, off, e_bfmi) in rows.items():
        row = measured(f"schools {name.replace('accept ', '')}")
        np.testing.assert_allclose(divergences, row["div"], atol=0.51)
        np.testing.assert_allclose(neck, row["neck"], atol=0.0051)
        np.testing.assert_allclose(off, row["off"], atol=0.051)
        np.testing.assert_allclose(e_bfmi, row["E-BFMI"], atol=0.0051)
    said = said_after("schools centred", "mean of tau")
    assert "mean of tau within one MCSE: 25%" in said  # "in a quarter of the twenty centred runs"
    assert "E-BFMI of the worst chain below 0.3: 50%" in said  # "half of the centred runs have a chain below 0.3"


@pytest.mark.parametrize(("information", "wins"), [("0.1", 100), ("1.0", 80), ("10.0", 0), ("100.0", 0)])
def test_who_wins_on_the_dial_is_the_benchmarks(information, wins):
    said = said_after(f"{information} non-centred", "non-centred / centred")
    assert f"wins in {wins}%" in said
    low, _, high = (float(x) for x in said.split("step: [")[1].split("]")[0].split())
    assert max(high, 1 / low) <= 2.5 + 1e-9


def test_the_mixed_form_is_two_to_five_times_ahead_in_the_benchmark():
    said = said_after("unlike each its own", "each its own / better pure form")
    low, middle, high = (float(x) for x in said.split("[")[1].strip("]").split())
    assert (low > 2, 3.4 < middle < 3.7, high < 5) == (True, True, True)
    assert "wins in 0%" in said_after("unlike each its own", "non-centred / centred")


def test_the_ridge_gives_no_sign_but_a_small_ess():
    row = measured("100.0 non-centred")
    assert row["div"][2] == 0
    assert row["E-BFMI"][0] > 0.3
    assert row["R-hat"][0] > 1.01
    assert max(row["ESS mu"][2], row["ESS tau"][2], row["ESS eta"][2]) < 200 < 2000 < row["ESS theta"][0]


def test_a_pinned_groups_eta_follows_log_tau_in_every_world():
    found = {0.1: [], 100: []}
    for seed in range(10):
        noise = np.random.default_rng(seed).standard_normal((2, 20))
        for information, correlations in found.items():
            sigma = np.full(20, 5 / np.sqrt(information))
            y = 3 + 5 * noise[0] + sigma * noise[1]
            mu, tau, theta = exact.normal_posterior(y, sigma, **PRIOR).draws(20_000, np.random.default_rng(1))
            far = np.argmax(y)
            correlations.append(np.corrcoef((theta[:, far] - mu) / tau, np.log(tau))[0, 1])
    assert max(found[100]) < -0.55
    assert min(found[0.1]) > 0

"""Calibration by simulation: the kept table is what the kept ranks say, and the test of ranks can fail."""

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import nbformat
import numpy as np
import pytest
from arviz_stats.ecdf_utils import get_pointwise_confidence_band, simulate_confidence_bands
from scipy import stats

from benchmarks import calibration
from benchmarks.calibrated import exactly, ranks
from benchmarks.calibrated.cases import CASES, ROOT
from benchmarks.calibrated.sampled import World, place

KEPT = sorted(ranks.PLACE.glob("*.csv"))


@pytest.fixture
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_the_table_is_what_the_ranks_say() -> None:
    assert calibration.TABLE.read_text(encoding="utf-8") == calibration.table(calibration.rows())


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_kept_ranks_are_of_the_model_as_it_stands(path) -> None:
    kept, case = ranks.read(path), CASES[path.stem]
    assert kept is not None
    assert kept.names == case.watch
    assert kept.fingerprint == case.fingerprint, "run python -m benchmarks.calibration again: the model has changed"


def test_no_model_fails_but_those_that_a_lesson_shows_to_go_wrong() -> None:
    rows = calibration.rows()
    p = calibration.adjusted(rows)
    least = {row.name: min(p[row.name, name] for name in row.kept.names) for row in rows}
    assert {row.name for row in rows if least[row.name] < calibration.LEAST} == {row.name for row in rows if row.fails}
    refused = {row.name for row in rows if row.kept.failed.any()}
    assert refused <= {"exact_choices"}  # says that curves leave its grid; that depends on the data alone


def test_what_is_kept_is_small() -> None:
    """Half a megabyte once all worlds that are planned have been run."""
    worlds = sum(len(row.kept.number) for row in calibration.rows())
    assert sum(path.stat().st_size for path in KEPT) < 32 * worlds


def test_every_notebook_that_samples_has_a_case() -> None:
    tried = {case.where for case in CASES.values()}
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        if "pm.sample(" in "".join(cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"):
            assert path.relative_to(ROOT / "notebooks").with_suffix("").as_posix() in tried


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.make])
def test_a_case_builds_and_has_what_is_watched(name) -> None:
    case = CASES[name]
    model = case.make()
    for variable, index in map(place, case.watch):
        assert len(index) == model[variable].ndim
        assert all(-n <= at < n for at, n in zip(index, model[variable].type.shape, strict=True) if n is not None)
    assert all(hasattr(model.rvs_to_values[one], "data") for one in model.observed_RVs)  # a constant to be swapped


def test_a_world_that_a_kill_tore_is_run_again(tmp_path) -> None:
    path = tmp_path / "some.csv"
    ranks.begin(path, "0", "abc", ("mu", "w[0,1]"))
    ranks.append(path, 0, 0.123, World((3, 99), 1, 400))
    with path.open("a") as file:
        file.write("1,12,0,4")  # killed here
    kept = ranks.read(path)
    assert kept is not None
    assert (kept.number.tolist(), kept.ranks.tolist()) == ([0], [[3, 99]])
    ranks.append(path, 1, 1.0, World((0, 7)))
    ranks.append(path, 1, 1.0, World((50, 50)))  # two runs at once: the first counts
    kept = ranks.read(path)
    assert kept is not None
    assert kept.ranks.tolist() == [[3, 99], [0, 7]]
    assert kept.seconds.tolist() == [0.12, 1.0]
    assert kept.names == ("mu", "w[0,1]")


@pytest.mark.parametrize(
    ("name", "means"), [("mu", ("mu", ())), ("theta[7]", ("theta", (7,))), ("w[23,1]", ("w", (23, 1)))]
)
def test_a_name_says_which_element(name, means) -> None:
    assert place(name) == means


def test_an_interval_is_as_long_as_it_says() -> None:
    every = np.arange(100)
    assert [int(ranks.inside(every, level).sum()) for level in ranks.LEVELS] == [50, 80, 90]


def test_uniform_ranks_pass_as_often_as_they_should_and_others_do_not() -> None:
    rng = np.random.default_rng(1)
    p = np.array([ranks.uniform(rng.integers(0, 100, 300)) for _ in range(400)])
    assert stats.kstest(p, "uniform").pvalue > 1e-4  # p-values of a continuous statistic, nearly
    narrow = np.clip(np.round(49.5 + 29 * 1.25 * rng.standard_normal(300)), 0, 99).astype(int)
    assert ranks.uniform(narrow) < 1e-4


def test_the_band_is_arvizs() -> None:
    # The same steps, 100 of them: ArviZ simulates the probability of each, here by its own numbers.
    steps, rng = np.arange(1, 100) / 100, np.random.default_rng(2)
    inner = simulate_confidence_bands(300, 1, steps, 0.99, 20_000, rng)
    low, high = get_pointwise_confidence_band(inner, 300, steps)
    ours = np.array(ranks.band(300)) / 300
    assert np.abs(ours - [low, high]).max() <= 2 / 300


def test_holm_is_by_hand() -> None:
    # Three p-values: times 3, 2, 1 in order, never falling.
    np.testing.assert_allclose(ranks.holm(np.array([0.03, 0.01, 0.02])), [0.04, 0.03, 0.04])


def test_a_wrong_prior_is_found(quiet) -> None:
    """`exact.normal_posterior` told that mu has sd 5 where the worlds have 10."""
    rng, found = np.random.default_rng(3), []
    for _ in range(300):
        mu, tau = rng.normal(0, 10), abs(rng.normal(0, 10))
        y = rng.normal(rng.normal(mu, tau, 8), exactly.SCHOOLS.sigma)
        prior = stats.halfnorm(0, 10)
        of = exactly.exact.normal_posterior(y, exactly.SCHOOLS.sigma, mu_prior=(0, 5), tau_prior=prior)
        found.append(int(np.sum(of.draws(99, rng).mu < mu)))
    assert ranks.uniform(np.array(found)) < 1e-4


@pytest.mark.parametrize(
    ("worlds", "width", "least", "most"), [(25, 0.5, 0.1, 0.3), (125, 0.5, 0.95, 1.0), (300, 0.8, 0.1, 0.4)]
)
def test_what_so_many_worlds_find_is_what_the_page_says(worlds: int, width: float, least: float, most: float) -> None:
    """A posterior narrower than it should be, beside two hundred parameters."""
    rng = np.random.default_rng(4)
    truth = rng.normal(size=(200, worlds))
    found = rng.binomial(99, stats.norm.cdf(truth / width))
    assert least <= np.mean([ranks.uniform(one) < 0.01 / 200 for one in found]) <= most


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on(tmp_path) -> None:
    program = (
        "import sys; from pathlib import Path; from benchmarks import calibration as c\n"
        "c.run('funnel_noncentred', c.CASES['funnel_noncentred'], 20, Path(sys.argv[1]))"
    )

    def start(place) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", program, str(place)], cwd=ROOT)

    cut, whole = tmp_path / "cut", tmp_path / "whole"
    first, kept = start(cut), None
    for _ in range(3000):
        kept = ranks.read(cut / "funnel_noncentred.csv")
        if (kept is not None and len(kept.number) >= 3) or first.poll() is not None:
            break
        time.sleep(0.1)
    first.send_signal(signal.SIGTERM)
    first.wait()
    assert kept is not None
    assert 3 <= len(kept.number) < 20
    assert start(cut).wait() == start(whole).wait() == 0
    one, other = ranks.read(cut / "funnel_noncentred.csv"), ranks.read(whole / "funnel_noncentred.csv")
    assert one is not None
    assert other is not None
    assert one.number.tolist() == list(range(20))
    np.testing.assert_array_equal(one.ranks, other.ranks)  # a world is the same before and after a kill

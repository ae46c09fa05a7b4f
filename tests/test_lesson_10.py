"""What lesson 10 says beside what it prints: its board, its hidden houses, its formulas."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy import stats

from benchmarks import situations as benchmark
from course import data, shrinkage
from course.situations import expected, normal, recommend, trouble

FOLDER = Path(__file__).parents[1]
TABLE = (FOLDER / "benchmarks" / "situations.txt").read_text(encoding="utf-8")


def source(name, cell):
    lesson = nbformat.read(FOLDER / "notebooks" / name, as_version=4)
    return next(one.source for one in lesson.cells if one.id == cell)


def row(name, after=""):
    """The three losses of a line of the benchmark's table, and who is best."""
    text = TABLE[TABLE.index(after) :] if after else TABLE
    line = next(line for line in text.splitlines() if line.strip().startswith(name))
    losses = [float(token) for token in re.findall(r"\d+\.\d+", line[32:])[:3]]
    return losses, line.split("best: ")[1]


def test_the_board_is_the_benchmarks():
    cell = source("10_when_it_helps.ipynb", "board")
    space: dict = {}
    exec(cell[: cell.index("for name")], {}, space)
    found = {name: (list(losses), best) for name, (*losses, best) in space["rows"].items()}
    three_rated = row("no pooling: additive", after="newcomers, lost, 3 rated")
    expected_rows = {
        "newcomers, 3 rated": three_rated,
        "fraud": row("fraud, sizes differ"),
        "trials": row("trials, other half"),
        "a language": row("a language, 1000 letters"),
        "A/B test": row("A/B, mean effect 0.5"),
        "prices, half of tau": row("prices, 0.5 of tau ", after="prices, 0.5 of tau: "),
        "users alike, items known": row("users alike, items known"),
        "of one size": row("fraud, all of one size"),
        "trials alike": row("trials, if they were alike"),
        "of no known family": row("no relative of the family", after="a language, 300 letters"),
        "mean effect 0": row("A/B, mean effect 0 "),
        "tau as usual": row("prices, 1 of tau ", after="prices, 1 of tau: "),
    }
    assert found == expected_rows


def test_partial_pooling_is_nearer_to_the_best_than_to_the_worst_in_every_row_of_the_benchmark():
    for line in TABLE.splitlines()[1:]:
        losses = [float(token) for token in re.findall(r"\d+\.\d+", line[32:])[:3]]
        if "best:" in line:
            assert losses[2] - min(losses) < 0.5 * np.ptp(losses), line


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_most_of_the_gain_with_ten_ratings_is_the_models_and_little_the_poolings(seed):
    found = recommend.play(recommend.Platform(), 60, np.random.default_rng(seed))
    none, _, partial = found.error[10].means
    assert 0.6 < (none - found.unshrunk_error[10].mean()) / (none - partial) < 0.8


@pytest.mark.parametrize("seed", [1, 2])
def test_hidden_houses_gain_in_squared_error_and_not_in_the_decision(seed):
    radon = data.load("radon")
    space = {"np": np, "data": data, "shrinkage": shrinkage, "normal": normal, "rng": np.random.default_rng(seed)}
    for cell in ("own-three", "own-hidden", "own-gain"):
        text = source("10_when_it_helps.ipynb", cell)
        exec(text[: text.index("quiz.")] if "quiz." in text else text, space)
    loss, gain = space["loss"], space["gain"]
    squared, error = gain(loss[0, 0], loss[0, 2])
    assert squared > 2 * error
    decision, error = gain(loss[1, 0], loss[1, 2])
    assert abs(decision) < 2 * error
    assert radon.county.size == 919


def test_houses_of_the_means_are_those_of_the_formula():
    space = {"np": np, "data": data, "shrinkage": shrinkage}
    exec(source("10_when_it_helps.ipynb", "own-three"), space)
    y, county = space["log_radon"], space["county"]
    (own, everywhere, partial), (mu, tau, noise, n) = space["three_means"](y, county)
    for j in (0, 40, 84):
        assert own[j] == pytest.approx(y[county == j].mean())
    assert np.ptp(everywhere) == 0
    np.testing.assert_allclose(partial, shrinkage.partial_pool(own, noise / np.sqrt(n), mu, tau))


@pytest.mark.parametrize("groups", [2, 3, 10])
def test_tau_hat_is_zero_as_often_as_the_formula_says(groups):
    rng = np.random.default_rng(groups)
    y = np.sqrt(2) * rng.standard_normal((4000, groups))
    zero = np.mean([shrinkage.empirical_bayes(one, np.ones(groups)).tau < 1e-6 for one in y[:1000]])
    by_bound = np.mean(np.sum((y - y.mean(axis=1, keepdims=True)) ** 2, axis=1) < groups)
    formula = stats.chi2.cdf(groups / 2, groups - 1)
    assert expected.chance_of_zero(groups, 1, 1) == pytest.approx(formula)
    assert abs(by_bound - formula) < 4 * np.sqrt(formula * (1 - formula) / 4000)
    assert abs(zero - formula) < 4 * np.sqrt(formula * (1 - formula) / 1000)


def test_a_predictor_that_one_group_carries_takes_it_out_of_the_pool():
    y = np.array([[8.3, 0.2, -0.4, 0.9, -1.1, 0.3]])
    with_its_own = normal.pool(y, np.ones(6), tau_scale=2, predictor=np.array([1.0, 0, 0, 0, 0, 0])).theta[0]
    without = normal.pool(y[:, 1:], np.ones(5), tau_scale=2).theta[0]
    assert with_its_own[0] == pytest.approx(8.3)
    np.testing.assert_allclose(with_its_own[1:], without, atol=1e-9)


@pytest.mark.parametrize("seed", [4, 5])
def test_the_rare_kind_pays_and_the_odd_group_is_better_off_alone(seed):
    kinds = trouble.two_kinds(400, np.random.default_rng(seed))
    assert kinds.rare.gain("none").mean < -0.25 < 0.2 < kinds.usual.gain("none").mean
    odd = trouble.outlier(100, np.random.default_rng(seed))
    alone, normal_, heavy = odd.odd.none.mean(), odd.odd.partial.mean(), odd.odd_heavy.partial.mean()
    assert alone < heavy < normal_
    assert 1.6 < odd.ordinary_heavy.gain("none").mean / odd.ordinary.gain("none").mean < 2.5


def test_a_simulated_language_needs_at_least_the_bits_of_its_own_chain():
    rng = np.random.default_rng(8)
    chain = 0.999 * benchmark.language(benchmark.family(rng), rng) + 0.001 / benchmark.LETTERS
    values, vectors = np.linalg.eig(chain.T)
    often = np.real(vectors[:, np.argmax(np.real(values))])
    often /= often.sum()
    entropy = -np.sum(often[:, None] * chain * np.log2(chain))
    assert benchmark.bits(chain, chain) == pytest.approx(entropy)
    blurred = 0.9 * chain + 0.1 / benchmark.LETTERS
    assert benchmark.bits(blurred, chain) > entropy
    counts = benchmark.read(chain, 20_000, rng)
    shares = counts.sum(axis=1) / counts.sum()
    np.testing.assert_allclose(shares, often, atol=0.02)

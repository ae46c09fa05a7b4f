"""What lesson 12 claims at the whiteboard, held against simulation, and its numbers over many worlds."""

import ast
import builtins
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy import integrate, optimize, stats

from course import data, shrinkage

FOLDER = Path(__file__).parents[1]
MEASURED = (FOLDER / "benchmarks" / "interview.txt").read_text(encoding="utf-8")
ROOM = {
    cell.id: cell.source for cell in nbformat.read(FOLDER / "notebooks" / "12_interview_room.ipynb", as_version=4).cells
}


def worlds(mu, tau, sigma, k, seed=1, n=200_000):
    rng = np.random.default_rng(seed)
    theta = mu + tau * rng.standard_normal((n, k))
    return theta, theta + sigma * rng.standard_normal(theta.shape)


@pytest.mark.parametrize("d", [0.0, 1.0, 3.0])
def test_step_two_is_the_error_of_a_group_at_distance_d(d):
    lam, sigma = 0.3, 2.0
    error, _ = integrate.quad(lambda e: (lam * e - (1 - lam) * d) ** 2 * stats.norm.pdf(e, 0, sigma), -40, 40)
    assert error == pytest.approx(lam**2 * sigma**2 + (1 - lam) ** 2 * d**2)


@pytest.mark.parametrize("mu", [0.0, np.sqrt(2 / 9), 2.0])
def test_the_two_targets_cost_what_the_board_says(mu):
    theta, y = worlds(mu, 1.0, 1.0, 10)
    a, lam = (mu**2 + 1) / (mu**2 + 2), 0.5
    centre = y.mean(axis=1, keepdims=True)
    zero, mean = (np.mean((estimate - theta) ** 2) for estimate in (a * y, centre + lam * (y - centre)))
    assert (zero, mean) == pytest.approx((a, lam + (1 - lam) / 10), abs=0.005)
    assert mean == pytest.approx(lam * 9 / 10 + 1 / 10, abs=0.005)  # step 4 of question 1


def test_the_learned_spread_of_equal_noise_is_what_the_variance_exceeds():
    _, y = worlds(0.0, 1.0, 2.0, 20, n=20)
    for row in y:
        by_hand = np.sqrt(max(row.var() - 4, 0))
        assert shrinkage.empirical_bayes(row, np.full(20, 2.0)).tau == pytest.approx(by_hand, abs=1e-3)


def test_the_marginal_of_the_schools_has_its_top_at_zero_and_their_ridge_is_the_formula():
    schools = data.load("eight_schools")
    assert shrinkage.empirical_bayes(schools.effect, schools.sigma).tau == 0
    pooled = shrinkage.partial_pool(schools.effect, np.full(8, 12.0), 8.0, 6.0)

    def penalised(theta):
        return np.sum((schools.effect - theta) ** 2) + 4 * np.sum((theta - 8) ** 2)

    assert pooled == pytest.approx(optimize.minimize(penalised, np.zeros(8)).x, abs=1e-4)


def test_eight_of_a_hundred_are_worse_off():
    theta = np.random.default_rng(1).standard_normal(1_000_000)
    assert np.mean(0.25 * theta**2 + 0.25 > 1) == pytest.approx(0.083, abs=0.002)


def test_numbers_over_many_pages_are_the_benchmarks():
    flat, learned, saved = re.search(r"lost (\d+) and (\d+)\n +saved (\d+)", MEASURED).groups()
    better = re.search(r"better on ([\d.]+)% of pages", MEASURED)[1]
    assert f"{flat}, {learned}, {saved}, {better}  #" in ROOM["q5-race"]
    assert float(better) == pytest.approx(100 / 15, abs=0.5)
    ranges = re.findall(r"nine in ten from (\d+) to (\d+)", MEASURED)
    for low, high in ranges:
        assert f"{low} to {high}" in ROOM["q5-reading"]
    assert len(ranges) == 2


def test_each_question_runs_on_its_own():
    stored, loaded = set(dir(builtins)), {}
    question = ""
    for cell_id, source in ROOM.items():
        if heading := re.match(r"## (\d ·|Is that so)", source):
            question = heading[0]
            loaded[question] = set()
        try:
            names = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name | ast.arg | ast.alias)]
        except SyntaxError:
            continue
        here = {node.id for node in names if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        here |= {node.arg for node in names if isinstance(node, ast.arg)}
        here |= {(node.asname or node.name).split(".")[0] for node in names if isinstance(node, ast.alias)}
        here |= set(re.findall(r"^def (\w+)", source, re.M))
        used = {node.id for node in names if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        known = loaded[question] if question else stored
        known |= here
        assert used <= stored | known, f"{cell_id} needs {used - stored - known} of another question"
    assert len(loaded) == 7

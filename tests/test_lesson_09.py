"""What lesson 09 says beside what it prints: its formula, its loss, its tables from the benchmark."""

import re
from itertools import chain
from pathlib import Path

import nbformat
import numpy as np
import pytest

from benchmarks import sharing
from course import multitask

FOLDER = Path(__file__).parents[1]
TABLE = (FOLDER / "benchmarks" / "sharing.txt").read_text(encoding="utf-8")


def source(name, cell):
    lesson = nbformat.read(FOLDER / "notebooks" / name, as_version=4)
    return next(one.source for one in lesson.cells if one.id == cell)


def numbers(text):
    return [float(token) for token in re.findall(r"\d+\.\d+", text)]


@pytest.fixture(scope="module")
def one_chain():
    rows, sums, _ = sharing.draw(1, sharing.DAYS, 5)
    return rows[0], multitask.one_world(sums, 0)


def test_a_pulled_head_is_worth_lambda_days_more():
    # One feature, the constant: the formula of the lesson is n / (n + lambda) on the shop's own mean.
    y, pull, mean = np.array([3.0, 7.0, 11.0]), 9.0, 20.0
    x = np.ones((3, 1))
    w = np.linalg.solve(x.T @ x + pull * np.eye(1), x.T @ y + pull * np.array([mean]))
    assert w[0] == pytest.approx((3 * y.mean() + pull * mean) / (3 + pull))


def test_a_mean_loss_with_lambda_over_n_has_the_minimum_of_the_sum_and_minibatches_average_to_it(one_chain):
    rows, sums = one_chain
    pull, n = 9.8, rows.y.size
    found = multitask.to_mean(sums, pull)
    left = rows.y - (rows.x * found.heads[rows.task]).sum(axis=1)
    slope = np.zeros_like(found.heads)
    np.add.at(slope, rows.task, -2 * left[:, None] * rows.x / n)
    penalty = 2 * pull / n * (found.heads - found.mean)
    np.testing.assert_allclose(slope + penalty, 0, atol=1e-9)
    # Minibatches of equal size, each with its mean loss and the same penalty: their slopes average to the same.
    order = np.random.default_rng(1).permutation(n)[: n // 8 * 8].reshape(8, -1)
    parts = np.zeros((8, *slope.shape))
    for part, batch in zip(parts, order, strict=True):
        np.add.at(part, rows.task[batch], -2 * left[batch, None] * rows.x[batch] / batch.size)
        part += penalty
    kept = np.zeros_like(slope)
    np.add.at(kept, rows.task[order.ravel()], -2 * (left[:, None] * rows.x)[order.ravel()] / order.size)
    np.testing.assert_allclose(parts.mean(axis=0), kept + penalty, atol=1e-9)


def test_the_log_determinants_of_the_lesson_are_the_charge_of_the_library(one_chain):
    rows, sums = one_chain
    grid = np.array([0.01, 1.0, 10.0, 100.0, 10_000.0])
    total = []
    for pull in grid:
        found = multitask.to_mean(sums, pull)
        misfit = np.sum((rows.y - (rows.x * found.heads[rows.task]).sum(axis=1)) ** 2)
        q = misfit + pull * np.sum((found.heads - found.mean) ** 2)
        freedom = np.eye(5) + sums.gram / pull
        known = (np.linalg.inv(freedom) @ sums.gram).sum(axis=0)
        charge = np.linalg.slogdet(freedom)[1].sum() + np.linalg.slogdet(known)[1]
        total.append((rows.y.size - 5) * np.log(q) + charge)
    ours, theirs = np.array(total), -2 * multitask.log_evidence(sums, grid)
    np.testing.assert_allclose(np.diff(ours), np.diff(theirs), atol=1e-6)


def test_decay_ties_no_head_to_another_and_the_pull_does(one_chain):
    rows, sums = one_chain
    doubled = multitask.task_sums(rows.x, np.where(rows.task == 23, 2 * rows.y, rows.y), rows.task, 24)
    decay = multitask.separate(doubled, 10.0) - multitask.separate(sums, 10.0)
    pull = multitask.to_mean(doubled, 10.0).heads - multitask.to_mean(sums, 10.0).heads
    assert np.abs(decay[:-1]).max() == 0
    assert np.abs(pull[:-1]).max() > 0.1


def test_a_newcomers_errors_have_a_standard_error_below_half_a_croissant():
    for days in (0, 3, 10, 30):
        _, sums, truth = sharing.draw(300, np.append(sharing.DAYS, days), 91)
        for heads in (sharing.decayed(sums), sharing.pulled(sums)):
            squared = multitask.excess_error(heads[:, -1], truth[:, -1])
            assert squared.std(ddof=1) / np.sqrt(300) / (2 * np.sqrt(squared.mean())) < 0.5


def test_what_the_lesson_quotes_is_the_benchmarks():
    held = [float(share) for share in re.findall(r"hold (\d\.\d{4})", TABLE)]
    quoted = source("09_multitask.ipynb", "coverage").split("hold = ")[1].split("}")[0]
    np.testing.assert_allclose(numbers(quoted), held, atol=0.00051)
    trunks = [numbers(line) for line in TABLE.splitlines() if "days in every shop" in line]
    quoted = source("09_multitask.ipynb", "plateau").split("rows = ")[1].split("}")[0]
    assert numbers(quoted) == [*chain.from_iterable(trunks)]
    airports = [numbers(line)[:4] for line in TABLE.splitlines() if line.startswith("airport")]
    quoted = source("09_multitask.ipynb", "airport").split("odd = ")[1].split("}")[0]
    assert numbers(quoted) == [*chain.from_iterable(airports)]
    bread = [numbers(line) for line in TABLE.splitlines() if line.startswith("bread")]
    quoted = source("further/09_multitask.ipynb", "bake").split("bread = ")[1].split("\nprint")[0]
    assert numbers(quoted) == [*chain.from_iterable(bread)]


def test_intervals_measured_again_with_other_chains():
    _, sums, truth = sharing.draw(400, sharing.FEW, 17)
    plain, with_mean = [], []
    for w in range(400):
        one = multitask.one_world(sums, w)
        for found, belief in ((plain, multitask.plug_in(one)), (with_mean, multitask.plug_in(one, mean_known=False))):
            found.append(np.mean(np.abs(truth[w] - belief.heads) < 1.598 * belief.sd))
    for shares, quoted in ((plain, 0.657), (with_mean, 0.825)):
        assert abs(np.mean(shares) - quoted) < 4.5 * np.std(shares) / 20


def test_a_trunk_beside_own_levels_gives_each_shop_its_level():
    # Shops that differ in level and in two of the other directions: such a trunk leaves nothing out.
    rng = np.random.default_rng(3)
    plane = np.linalg.qr(rng.standard_normal((4, 2)))[0]
    truth = np.column_stack([20 * rng.standard_normal(24), 10 * rng.standard_normal((24, 2)) @ plane.T])
    x = np.concatenate([np.ones((24, 500, 1)), rng.standard_normal((24, 500, 4))], axis=2)
    y = np.einsum("jnd,jd->jn", x, truth) + rng.standard_normal((24, 500))
    sums = multitask.task_sums(x.reshape(-1, 5), y.ravel(), np.repeat(np.arange(24), 500), 24)
    heads = sharing.trunk_with_levels(multitask.stack([sums]), 1.0)[0]
    assert np.sqrt(multitask.excess_error(heads, truth).mean()) < 0.2
    assert np.linalg.matrix_rank(heads[:, 1:], tol=1e-6) == 2

"""The network: where it is linear it must be the closed form; without PyTorch it must say so and nothing else."""

import os
from types import SimpleNamespace

import numpy as np
import pytest

from course import multitask as mt
from course.errors import CourseError
from course.multitask import network

SIZES = (3, 4, 6, 10, 20, 60)


@pytest.fixture(scope="module")
def rows():
    return mt.draw_tasks(SIZES, np.random.default_rng(1), mean=(0.0, 20, -10), tau=8, sigma=25)


@pytest.fixture(scope="module")
def data(rows):
    return mt.task_sums(rows.x, rows.y, rows.task, len(SIZES))


def need_torch():
    """PyTorch; where nobody has installed it a skip, in CI, which asks for it, a failure."""
    if not network.installed():
        stop = pytest.fail if os.environ.get("CI") else pytest.skip
        stop("no PyTorch here; run: uv run --extra torch course test --only torch")
    return network.require()


@pytest.fixture
def torch():
    return need_torch()


@pytest.mark.parametrize(("ci", "stops"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_without_pytorch_the_tests_of_the_network_are_skipped_at_home_and_fail_in_ci(monkeypatch, ci, stops):
    monkeypatch.setattr(network, "installed", lambda: False)
    monkeypatch.setenv("CI", ci)
    with pytest.raises(stops, match="--extra torch"):
        need_torch()


def test_without_pytorch_the_lesson_says_in_a_sentence_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(network, "installed", lambda: False)
    assert not network.ready()
    said = capsys.readouterr()
    assert said.out.startswith("The network needs PyTorch, which is not installed here.")
    assert said.out.strip().endswith(network.INSTALL)
    assert said.out.count("\n") == 1
    assert said.err == ""
    with pytest.raises(CourseError, match="needs PyTorch"):
        network.build(2, 3)


@pytest.mark.parametrize("towards", ["mean", "zero"])
def test_the_loss_of_a_linear_network_is_smallest_at_the_closed_form(rows, data, towards):
    found = mt.to_mean(data, 9.0)
    heads = found.heads if towards == "mean" else mt.separate(data, 9.0)

    def loss(step, mean):
        net = SimpleNamespace(trunk=lambda x: x, heads=heads + step, mean_head=found.mean + mean)
        return network.loss(net, rows.x, rows.y, rows.task, 9.0, towards)

    rng, best = np.random.default_rng(2), loss(0, 0)
    for _ in range(20):
        assert loss(0.1 * rng.standard_normal(heads.shape), 0.1 * rng.standard_normal(3)) > best


@pytest.mark.torch
@pytest.mark.parametrize("towards", ["mean", "zero"])
def test_a_network_without_a_trunk_ends_at_the_closed_form(torch, rows, data, towards):
    net = network.build(len(SIZES), 3, seed=3)
    x, y, task = network.tensors(rows.x, rows.y, rows.task)
    reached = network.fit(net, network.loss, x, y, task, 9.0, towards)
    heads, mean = network.arrays(net.heads, net.mean_head)
    closed = mt.to_mean(data, 9.0)
    np.testing.assert_allclose(heads, closed.heads if towards == "mean" else mt.separate(data, 9.0), atol=1e-5)
    if towards == "mean":
        np.testing.assert_allclose(mean, closed.mean, atol=1e-5)
        # All that the marginal likelihood knows of y is the loss that training reaches: 50 more a task, 300 in all.
        more = mt.log_evidence(data._replace(square=data.square + 50), [9.0]) - mt.log_evidence(data, [9.0])
        assert more[0] == pytest.approx(-0.5 * (rows.y.size - 3) * np.log((reached + 300) / reached))


@pytest.mark.torch
def test_a_linear_trunk_ends_where_alternating_least_squares_does(torch, rows, data):
    net = network.build(len(SIZES), 3, width=2, curved=False, seed=3)
    x, y, task = network.tensors(rows.x, rows.y, rows.task)

    def objective(net):
        decay = ((net.heads @ net.trunk[0].weight) ** 2).sum()
        return network.loss(net, x, y, task, 0.0) + 2.0 * decay

    network.fit(net, objective, steps=3000)
    (weights,) = network.arrays(net.heads @ net.trunk[0].weight)
    np.testing.assert_allclose(weights, mt.hard_shared(data, 2, 2.0).weights, atol=1e-3)


@pytest.mark.torch
def test_without_decay_of_the_trunk_a_linear_network_escapes_its_pull(torch, rows, data):
    net = network.build(len(SIZES), 3, width=3, curved=False, seed=3)
    x, y, task = network.tensors(rows.x, rows.y, rows.task)
    network.fit(net, network.loss, x, y, task, 9.0, "zero", steps=2000)
    escaped = float(network.loss(net, x, y, task, 0.0).detach())
    alone = mt.separate(data, 1e-6)
    unpulled = np.sum((rows.y - np.sum(rows.x * alone[rows.task], axis=1)) ** 2)
    pulled = np.sum((rows.y - np.sum(rows.x * mt.separate(data, 9.0)[rows.task], axis=1)) ** 2)
    assert escaped - unpulled < 0.1 * (pulled - unpulled)


@pytest.mark.torch
def test_the_same_seed_gives_the_same_network_to_the_last_bit(torch, rows):
    x, y, task = network.tensors(rows.x, rows.y, rows.task)

    def run(seed):
        net = network.build(len(SIZES), 3, width=5, seed=seed)
        reached = network.fit(net, network.loss, x, y, task, 1.0, trunk_decay=1.0, steps=50)
        return reached, *network.arrays(net.heads)

    before = torch.random.get_rng_state()
    (one, heads), (again, same), (other, _) = run(1), run(1), run(2)
    assert one == again
    assert np.array_equal(heads, same)
    assert other != one
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.get_num_threads() >= 1

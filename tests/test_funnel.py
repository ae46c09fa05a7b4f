"""Funnels: densities against SciPy, gradients against differences, the leapfrog rule against its own laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from course import data, exact, funnel

Y, SIGMA = np.array([3.0, -1.0, 4.0]), np.array([1.0, 2.0, 0.5])
MIXED = np.array([True, False, True])


def all_targets():
    yield "neal centred", funnel.neal(3)
    yield "neal non-centred", funnel.neal(3, centered=False)
    for name, centered in (("centred", True), ("non-centred", False), ("mixed", MIXED)):
        yield f"hierarchy {name}", funnel.hierarchy(Y, SIGMA, centered=centered, mu_prior=(1.0, 4.0), tau_scale=3.0)


every_target = pytest.mark.parametrize("target", [t for _, t in all_targets()], ids=[n for n, _ in all_targets()])


@every_target
@given(seed=st.integers(0, 10_000))
def test_gradient_is_the_slope_of_the_log_density(target, seed):
    q = np.random.default_rng(seed).normal(0, 1.2, len(target.names))
    slope = optimize.approx_fprime(q, lambda x: target.value(x)[0], 1e-6)
    np.testing.assert_allclose(target.value(q)[1], slope, rtol=2e-3, atol=2e-3)


def test_neals_funnel_is_a_normal_scale_and_normals_of_that_scale():
    rng = np.random.default_rng(1)
    target, points = funnel.neal(4), rng.normal(0, 1.5, (20, 5))
    ours = [target.value(q)[0] for q in points]
    scipy = [stats.norm.logpdf(q[0], 0, 3) + stats.norm.logpdf(q[1:], 0, np.exp(q[0] / 2)).sum() for q in points]
    np.testing.assert_allclose(np.diff(ours), np.diff(scipy), rtol=1e-10)


def hierarchy_by_scipy(mu, log_tau, theta):
    tau = np.exp(log_tau)
    prior = stats.norm.logpdf(mu, 1, 4) + stats.halfnorm.logpdf(tau, scale=3) + log_tau
    return prior + np.sum(stats.norm.logpdf(theta, mu, tau) + stats.norm.logpdf(Y, theta, SIGMA))


@pytest.mark.parametrize("centered", [True, False, MIXED], ids=["centred", "non-centred", "mixed"])
def test_every_parameterisation_of_the_hierarchy_is_one_posterior(centered):
    # theta = mu + tau * eta, so the log densities differ by the Jacobian: log tau for each group that is not centred
    target = funnel.hierarchy(Y, SIGMA, centered=centered, mu_prior=(1.0, 4.0), tau_scale=3.0)
    rng, gaps = np.random.default_rng(2), []
    for _ in range(10):
        mu, log_tau, theta = rng.normal(1, 2), rng.normal(0, 1), rng.normal(2, 2, 3)
        is_centered = np.broadcast_to(centered, (3,))
        own = np.where(is_centered, theta, (theta - mu) / np.exp(log_tau))
        jacobian = np.sum(~is_centered) * log_tau
        gaps.append(target.value(np.r_[mu, log_tau, own])[0] - hierarchy_by_scipy(mu, log_tau, theta) - jacobian)
    np.testing.assert_allclose(gaps, gaps[0], atol=1e-9)


@every_target
def test_a_trajectory_runs_back_to_where_it_came_from(target):
    q = np.full(len(target.names), 0.3)
    there = funnel.leapfrog(target, q, np.linspace(-1, 1, q.size), step=0.05, n_steps=30)
    back = funnel.leapfrog(target, there.q[-1], -there.p[-1], step=0.05, n_steps=30)
    np.testing.assert_allclose(back.q[-1], q, atol=1e-9)


@every_target
def test_energy_error_falls_with_the_square_of_the_step(target):
    q, p = np.full(len(target.names), 0.3), np.linspace(-1, 1, len(target.names))
    coarse, fine = (
        funnel.leapfrog(target, q, p, step=h, n_steps=round(0.4 / h)).energy[[0, -1]] for h in (0.01, 0.005)
    )
    assert (coarse[1] - coarse[0]) / (fine[1] - fine[0]) == pytest.approx(4, rel=0.15)


def test_a_step_too_large_for_the_neck_is_marked_and_leaves_only_finite_points():
    path = funnel.leapfrog(funnel.neal(9), np.r_[-6.0, np.full(9, 0.05)], np.ones(10), step=1.0, n_steps=50)
    assert path.diverged > 0
    assert np.isfinite(path.q).all()
    assert np.isfinite(path.p).all()
    assert np.isinf(path.energy[path.diverged :]).all()


def test_the_largest_stable_step_is_twice_the_smallest_scale():
    # For a normal with standard deviation s the leapfrog rule is stable below 2 s and explodes above.
    narrow = funnel.Target(("x",), lambda q: (float(-0.5 * q @ q / 0.01), -q / 0.01))
    below, above = (funnel.leapfrog(narrow, [0.1], [1.0], step=h, n_steps=2000) for h in (0.199, 0.201))
    assert below.diverged == -1
    assert above.diverged > 0


def test_hmc_draws_the_exact_posterior_where_the_coordinates_suit():
    schools = data.load("eight_schools")
    target = funnel.hierarchy(schools.effect, schools.sigma, centered=False)
    rng = np.random.default_rng(3)
    chain = funnel.hmc(target, np.r_[5.0, 1.0, np.zeros(8)], step=0.3, n_steps=12, n_draws=6000, rng=rng)
    prior = {"mu_prior": (0, 10), "tau_prior": stats.halfnorm(scale=10)}
    posterior = exact.normal_posterior(schools.effect, schools.sigma, **prior)
    assert not chain.diverged.any()
    assert chain.q[500:, 0].mean() == pytest.approx(posterior.mean("mu"), abs=0.4)
    assert np.exp(chain.q[500:, 1]).mean() == pytest.approx(posterior.mean("tau"), abs=0.4)


def test_same_generator_same_chain():
    first, second = (
        funnel.hmc(funnel.neal(2), np.zeros(3), step=0.2, n_steps=5, n_draws=20, rng=np.random.default_rng(4))
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.q, second.q)


def test_informed_groups_carry_the_information_asked_for():
    groups = funnel.informed_groups(200_000, 4.0, np.random.default_rng(5), tau=5.0)
    assert groups.sigma[0] == pytest.approx(2.5)
    assert groups.theta.std() == pytest.approx(5, rel=0.01)
    assert (groups.y - groups.theta).std() == pytest.approx(2.5, rel=0.01)


def walk(**changed):
    options = {"q": [0, 0], "p": [0, 0], "step": 0.1, "n_steps": 3} | changed
    return lambda: funnel.leapfrog(funnel.neal(1), **options)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: funnel.neal(0), "dimensions must be at least 1 and spread positive, got 0"),
        (walk(p=[0]), r"q and p must have shape \(2,\), got \(2,\) and \(1,\)"),
        (walk(step=0), "step must be positive, got step = 0"),
        (walk(n_steps=0), "n_steps must be at least 1, got 0"),
        (lambda: funnel.informed_groups(2, [1, 0], np.random.default_rng(0)), r"information must be positive.*\[1\]"),
        (lambda: funnel.hierarchy([1, 2], [1, -1], centered=True), r"sigma must be positive, got sigma\[1\] = -1"),
    ],
)
def test_bad_input_is_refused_with_rule_value_and_place(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("centered", [True, False])
def test_the_stable_step_is_that_of_the_curvature_of_the_target(centered):
    sigma, scale, rng = 2.5, (1.7, 0.8, 0.6), np.random.default_rng(3)
    y, tau, mu, theta = rng.normal(1, 3, 5), np.array([0.2, 1.0, 8.0]), rng.normal(0, 1, 3), rng.normal(1, 2, (3, 5))
    steps = funnel.stable_step(y, sigma, (mu, tau, theta), centered=centered, scale=scale, mu_sd=4.0, tau_scale=3.0)
    target = funnel.hierarchy(y, np.full(5, sigma), centered=centered, mu_prior=(0.0, 4.0), tau_scale=3.0)
    target = funnel.scaled(target, [*scale[:2], *[scale[2]] * 5])
    for i, step in enumerate(steps):
        own = theta[i] if centered else (theta[i] - mu[i]) / tau[i]
        q = np.r_[mu[i] / scale[0], np.log(tau[i]) / scale[1], own / scale[2]]
        curvature = -np.stack([(target.value(q + e)[1] - target.value(q - e)[1]) / 2e-5 for e in 1e-5 * np.eye(7)])
        assert step == pytest.approx(2 / np.sqrt(np.linalg.eigvalsh(curvature).max()), rel=1e-4)


def test_a_longer_step_than_the_stable_one_gains_energy_without_end():
    # With hardly any unit for log tau the target is a normal density, where the limit holds everywhere.
    sigma, n, tau, units = 1.0, 3, 0.5, (1.0, 1e-9, 1.0)
    target = funnel.scaled(funnel.hierarchy(np.zeros(n), np.full(n, sigma), centered=True), [1, 1e-9, 1, 1, 1])
    point = np.zeros(1), np.array([tau]), np.array([[0.1, 0.2, 0.3]])
    limit = funnel.stable_step(np.zeros(n), sigma, point, centered=True, scale=units)[0]
    start, kick = np.array([0.0, np.log(tau) / 1e-9, 0.1, 0.2, 0.3]), np.array([1.0, 0.0, 0.5, -1.0, 2.0])
    below, above = (funnel.leapfrog(target, start, kick, step=f * limit, n_steps=200) for f in (0.98, 1.02))
    assert below.diverged == -1
    assert np.abs(below.energy - below.energy[0]).max() < 100
    assert above.diverged > 0


def test_units_change_the_walk_and_not_the_density():
    target = funnel.neal(2)
    units = np.array([2.0, 0.5, 3.0])
    q = np.array([0.4, -1.0, 2.0])
    assert funnel.scaled(target, units).value(q / units)[0] == pytest.approx(target.value(q)[0])
    with pytest.raises(ValueError, match="scale must be positive"):
        funnel.scaled(target, [1.0, 0.0, 1.0])
    with pytest.raises(ValueError, match="shape"):
        funnel.scaled(target, [1.0])


def test_a_stable_step_needs_a_tau_and_units():
    point = np.zeros(1), np.zeros(1), np.zeros((1, 3))
    with pytest.raises(ValueError, match="tau must be positive"):
        funnel.stable_step(np.zeros(3), 1.0, point, centered=True, scale=(1.0, 1.0, 1.0))
    with pytest.raises(ValueError, match="scale must be positive"):
        funnel.stable_step(np.zeros(3), 1.0, (point[0], point[1] + 1, point[2]), centered=True, scale=(1.0, 1.0, 0.0))

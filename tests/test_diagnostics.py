"""The verdict on draws: clean ones pass, each kind of trouble is named with its parameter and a way out."""

import arviz as az
import numpy as np
import pytest

from course import diagnostics


def trace(*, shift=0.0, sticky=0.0, divergences=0, draws=1000):
    rng = np.random.default_rng(1)
    mu = rng.standard_normal((4, draws)) + shift * np.arange(4)[:, None]
    theta = rng.standard_normal((4, draws, 2))
    for i in range(1, draws):
        theta[:, i, 1] = sticky * theta[:, i - 1, 1] + np.sqrt(1 - sticky**2) * theta[:, i, 1]
    diverging = np.zeros((4, draws), bool)
    diverging[0, :divergences] = True
    return az.from_dict(
        {"posterior": {"mu": mu, "theta": theta}, "sample_stats": {"diverging": diverging}},
        coords={"school": ["A", "C"]},
        dims={"theta": ["school"]},
    )


def test_independent_draws_pass_and_their_worst_values_are_returned():
    found = diagnostics.require_converged(trace())
    assert found.max_rhat < 1.01
    assert found.min_ess > 2500
    assert found.divergences == 0


def test_chains_that_disagree_are_named_with_the_parameter():
    with pytest.raises(diagnostics.ConvergenceError, match=r"max R-hat is .* for 'mu' \(limit 1.01\): the chains dis"):
        diagnostics.require_converged(trace(shift=0.5))


def test_sticky_chains_are_named_with_the_group():
    with pytest.raises(diagnostics.ConvergenceError, match=r"min ESS is \d+, \w+ of theta\[C\] \(limit 400\)"):
        diagnostics.require_converged(trace(sticky=0.93), rhat=1.5)


def test_divergences_come_first():
    with pytest.raises(diagnostics.ConvergenceError, match=r"3 divergences \(limit 0\).*parameterisation"):
        diagnostics.require_converged(trace(divergences=3, shift=0.5))


def test_a_divergence_says_what_may_be_and_not_what_nobody_checked():
    with pytest.raises(
        diagnostics.ConvergenceError, match=r"^1 divergence \(limit 0\): .* may not have been reached"
    ) as told:
        diagnostics.require_converged(trace(divergences=1))
    assert "biased" not in str(told.value)


def test_only_the_parameters_asked_for_are_judged():
    diagnostics.require_converged(trace(shift=0.5), ["theta"])


def test_a_parameter_that_never_moves_does_not_pass():
    stuck = trace()
    stuck["posterior"]["mu"] = stuck["posterior"]["mu"] * 0 + 1.0
    with pytest.raises(diagnostics.ConvergenceError, match=r"max R-hat is inf for 'mu'"):
        diagnostics.require_converged(stuck)


def test_worst_values_are_those_of_arviz():
    draws = trace(sticky=0.5)
    found = diagnostics.convergence(draws)
    every = [az.ess(draws, method=m)[name].min() for m in ("bulk", "tail") for name in ("mu", "theta")]
    assert found.min_ess == min(float(value) for value in every)
    assert found.max_rhat == max(float(az.rhat(draws)[name].max()) for name in ("mu", "theta"))


@pytest.mark.parametrize("wrong", [None, [1, 2], np.ones(3)])
def test_what_is_no_trace_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match=f"trace must be what pm.sample returned, got {type(wrong).__name__}"):
        diagnostics.convergence(wrong)


def test_draws_without_sampler_statistics_have_no_divergences_to_count():
    draws = trace()
    del draws["sample_stats"]
    assert diagnostics.convergence(draws).divergences == 0


def walked(*, draws=1000):
    found = trace(sticky=0.5, divergences=3, draws=draws)
    found["sample_stats"]["n_steps"] = found["sample_stats"]["diverging"] * 0 + 7
    found["sample_stats"]["step_size"] = found["sample_stats"]["diverging"] * 0 + 0.25
    return found


def test_effort_is_effective_draws_over_the_steps_that_they_took():
    draws = walked()
    found, ess = diagnostics.effort(draws, "theta"), az.ess(draws)["theta"].values.min()
    assert found == (3, 0.25, 7, pytest.approx(ess), pytest.approx(1000 * ess / (4 * 1000 * 7)))


def test_effort_names_what_is_missing():
    with pytest.raises(ValueError, match="name must be a parameter of the trace, got 'tau'; there are mu, theta"):
        diagnostics.effort(walked(), "tau")
    with pytest.raises(ValueError, match="trace must hold n_steps"):
        diagnostics.effort(trace(), "mu")
    with pytest.raises(ValueError, match="got list; is it the model"):
        diagnostics.effort([1, 2], "mu")

"""The five priors by scipy.special say what scipy.stats says, and a frozen distribution of scipy.stats is still one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from course import data, exact
from course.exact import priors

NAMES = ("halfnorm", "halfcauchy", "expon", "uniform", "norm")
each = pytest.mark.parametrize("name", NAMES)
scales = st.floats(1e-6, 1e6)


@each
@given(scale=scales, z=st.floats(-40, 40), chance=st.floats(1e-300, 1, exclude_max=True))
def test_density_support_and_quantiles_are_those_of_scipy_stats(name, scale, z, chance):
    ours, theirs = getattr(priors, name)(scale=scale), getattr(stats, name)(scale=scale)
    assert ours.support() == theirs.support()
    for x in (z * scale, 0.0, scale):
        np.testing.assert_allclose(ours.logpdf(x), theirs.logpdf(x), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(ours.pdf(x), theirs.pdf(x), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(ours.isf(chance), theirs.isf(chance), rtol=1e-12, atol=1e-12 * scale)


@pytest.mark.parametrize("name", ["uniform", "norm"])
def test_a_place_may_be_given_and_all_may_be_arrays(name):
    x, loc, scale = np.linspace(-3, 9, 25)[:, None], np.array([0.0, 2.0]), np.array([1.0, 5.0])
    ours, theirs = getattr(priors, name)(loc, scale), getattr(stats, name)(loc, scale)
    np.testing.assert_allclose(ours.logpdf(x), theirs.logpdf(x), rtol=1e-12)
    np.testing.assert_allclose(ours.isf(0.1), theirs.isf(0.1), rtol=1e-12)


@each
def test_far_out_the_density_is_nothing_and_no_warning_is_given(name):
    far = np.array([-1e300, 1e200, 1e300])
    with np.errstate(all="raise", under="ignore"):
        found = getattr(priors, name)(scale=1e-9).logpdf(far)
    with np.errstate(all="ignore"):
        wanted = getattr(stats, name)(scale=1e-9).logpdf(far)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    assert np.isnan(getattr(priors, name)().logpdf(np.nan))


@pytest.mark.parametrize("name", NAMES[:4])
@pytest.mark.parametrize("scale", [0.3, 10.0])
def test_the_posterior_is_the_same_under_either(name, scale):
    schools = data.load("eight_schools")
    one, two = (
        exact.normal_posterior(
            schools.effect, schools.sigma, mu_prior=(0, 10), tau_prior=getattr(of, name)(scale=scale)
        )
        for of in (priors, stats)
    )
    for what in ("tau", "theta"):
        np.testing.assert_allclose(one.mean(what), two.mean(what), rtol=1e-11)
        np.testing.assert_allclose(one.quantile(what, [0.05, 0.95]), two.quantile(what, [0.05, 0.95]), rtol=1e-9)


@pytest.mark.parametrize("scale", [0.0, -1.0, np.inf])
def test_a_width_that_is_none_is_refused(scale):
    with pytest.raises(ValueError, match="scale must be positive and finite, got scale = "):
        priors.halfnorm(scale=scale)


def test_a_normal_prior_on_tau_and_several_at_once_are_refused_as_from_scipy_stats():
    for of in (priors, stats):
        with pytest.raises(ValueError, match="tau_prior must not allow negative tau"):
            exact.normal_posterior([1, 2, 3], [1, 1, 1], mu_prior=None, tau_prior=of.norm(scale=3))
        with pytest.raises(ValueError, match="tau_prior must be one distribution, got 2"):
            exact.normal_posterior([1, 2, 3], [1, 1, 1], mu_prior=None, tau_prior=of.halfnorm(scale=[1, 2]))

"""Models build what the lessons show, and both parameterisations are one posterior."""

from pathlib import Path

import nbformat
import numpy as np
import pymc as pm
import pytest
from scipy import stats

from course import data, models
from tests.densities import log_p

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


@pytest.fixture(scope="module")
def schools():
    return data.load("eight_schools")


def by_hand(schools, mu, tau, theta):
    prior = stats.norm.logpdf(mu, 0, 10) + stats.halfnorm.logpdf(tau, scale=10)
    return prior + np.sum(stats.norm.logpdf(theta, mu, tau) + stats.norm.logpdf(schools.effect, theta, schools.sigma))


def points(n=5):
    rng = np.random.default_rng(1)
    return [(rng.normal(5, 10), rng.gamma(2, 3), rng.normal(5, 8, 8)) for _ in range(n)]


def test_centred_log_density_is_the_formula(schools):
    f = log_p(models.schools(schools.effect, schools.sigma, schools.school, centered=True))
    for mu, tau, theta in points():
        at = f({"mu": mu, "tau_log__": np.log(tau), "theta": theta})
        # PyMC keeps the constant 10 in single precision, a shift of about 1e-7.
        assert at == pytest.approx(by_hand(schools, mu, tau, theta), abs=1e-6)


def test_both_parameterisations_are_one_posterior(schools):
    # theta = mu + tau * eta, so their log densities differ by the Jacobian: log tau, once per school
    f = log_p(models.schools(schools.effect, schools.sigma, schools.school, centered=False))
    for mu, tau, theta in points():
        at = f({"mu": mu, "tau_log__": np.log(tau), "eta": (theta - mu) / tau})
        assert at == pytest.approx(by_hand(schools, mu, tau, theta) + 8 * np.log(tau), abs=1e-6)


def test_priors_are_the_ones_asked_for(schools):
    model = models.schools(
        schools.effect, schools.sigma, schools.school, centered=True, mu_prior=(2.0, 3.0), tau_scale=5.0
    )
    usual = models.schools(schools.effect, schools.sigma, schools.school, centered=True)
    mu, tau, theta = points(1)[0]
    at = {"mu": mu, "tau_log__": np.log(tau), "theta": theta}
    change = stats.norm.logpdf(mu, 2, 3) - stats.norm.logpdf(mu, 0, 10)
    change += stats.halfnorm.logpdf(tau, scale=5) - stats.halfnorm.logpdf(tau, scale=10)
    assert log_p(model)(at) - log_p(usual)(at) == pytest.approx(change, abs=1e-6)


def test_groups_keep_their_names(schools):
    model = models.schools(schools.effect, schools.sigma, schools.school, centered=False)
    assert list(model.coords["school"]) == list("ABCDEFGH")
    assert isinstance(model, pm.Model)


def test_bad_data_are_refused_before_anything_is_built():
    with pytest.raises(ValueError, match=r"sigma must be positive, got sigma\[1\] = -2"):
        models.schools([1, 2], [1, -2], ["A", "B"], centered=True)


def test_the_library_builds_the_model_that_lesson_03_shows(schools):
    path = Path(__file__).parent.parent / "notebooks" / "03_eight_schools.ipynb"
    cells = {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}
    room = {"pm": pm, "names": schools.school, "effect": schools.effect, "sigma": schools.sigma}
    exec(cells["hierarchical-model"], room)
    ours = log_p(models.schools(schools.effect, schools.sigma, schools.school, centered=False))
    theirs = log_p(room["hierarchical"])
    for mu, tau, eta in points():
        at = {"mu": mu, "tau_log__": np.log(tau), "eta": eta / 5}
        assert ours(at) == pytest.approx(theirs(at), rel=1e-12)


@pytest.mark.parametrize("labels", [["A"], ["A", "A"]])
def test_each_group_needs_its_own_name(labels):
    with pytest.raises(ValueError, match="labels must give each of 2 groups its own name"):
        models.schools([1, 2], [1, 2], labels, centered=True)

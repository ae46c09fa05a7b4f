"""A model is judged by its law: every way to write the right one is right, and no way to write a wrong one."""

import pymc as pm
import pytest

from course.checks import desk
from course.checks.law import DRAWS, THRESHOLD, Law
from course.checks.task import task
from course.checks.worlds import likelihood
from course.lessons.eight_schools.tasks import SIGMA
from course.verdicts.findings import Outcome
from tests.writings import EQUAL, WRITINGS, WRONG, eight, schools

# In the unit step every fourteenth; `course test --only slow` tries all.
SAMPLE = 14


def some(catalogue):
    every = [(id, name, made) for id, rows in catalogue.items() for name, made in rows.items()]
    return [
        pytest.param(id, made, id=f"{id}: {name}", marks=[pytest.mark.slow] if i % SAMPLE else [])
        for i, (id, name, made) in enumerate(every)
    ]


def test_each_model_task_has_twelve_of_each():
    assert set(EQUAL) == set(WRONG)
    assert len(EQUAL) == 11
    assert min(len(rows) for rows in EQUAL.values()) >= 12
    assert min(len({name.partition(",")[0] for name in rows}) for rows in WRONG.values()) >= 12


@pytest.mark.parametrize(("id", "build"), some(EQUAL))
@pytest.mark.filterwarnings("ignore")
def test_the_same_model_written_otherwise_is_right(id, build):
    finding = desk.judge(task(id), build())
    assert finding.outcome is Outcome.RIGHT, finding.text


@pytest.mark.parametrize(("id", "wrong"), some(WRONG))
@pytest.mark.filterwarnings("ignore")
def test_a_wrong_model_is_wrong_in_all_its_writings_and_its_difference_is_named(id, wrong):
    build, says = wrong
    finding = desk.judge(task(id), build())
    assert finding.outcome is Outcome.WRONG
    assert says in finding.text


@pytest.mark.parametrize("writing", ["centred", "offset", "precision", "square", "strays"])
def test_the_funnel_wants_variables_that_do_not_depend_on_each_other(writing):
    finding = desk.judge(task("funnel.model"), schools(WRITINGS[writing]))
    assert finding.outcome is Outcome.WRONG
    assert "centred" in finding.text or "depends on another variable" in finding.text or "width tau" in finding.text


def test_the_comparison_sees_what_it_says_it_sees():
    # A prior whose scale is 3% too large, in coordinates that the task does not have; and nothing where nothing is.
    law = Law(likelihood(eight()))
    with pm.Model() as wide:
        mu, tau = pm.Normal("mu", 0, 10), 10.3 * pm.Exponential("tau", 1)
        pm.Normal("y", mu + tau * pm.Normal("eta", shape=8), SIGMA, observed=law.likelihood.data)
    far = [law._own(DRAWS).distance(law._moments(likelihood(wide), DRAWS, seed)) for seed in (1, 2, 3)]
    near = [law._own(DRAWS).distance(law._moments(likelihood(eight()), DRAWS, seed)) for seed in (4, 5, 6)]
    assert max(near) < THRESHOLD
    assert min(far) > max(near)

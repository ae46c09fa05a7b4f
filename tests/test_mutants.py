"""Nothing wrong passes: what a machine changes in a solution is refused, or makes no difference on any legal input.

And nothing right is refused: a change that makes no difference is accepted.
"""

import copy
import inspect
import json
import re
from typing import Any

import numpy as np
import pytest

from course import bundle, syllabus
from course.checks import desk
from course.checks.limit import Failed, on_copies
from course.checks.solutions import solution_of
from course.checks.task import task, tasks
from course.checks.values import agree
from course.verdicts.findings import Outcome
from tests.legal_inputs import LEGAL, legal
from tests.mutants import Mutant, by_syntax, round_it


def test_every_function_task_is_tried():
    functions = [id for topic in syllabus.topics() for id, one in tasks(topic).items() if is_function(one.judge)]
    assert functions == list(LEGAL)


def is_function(judge: Any) -> bool:
    return judge.__module__ == "course.checks.functions"


def handed_in(id: str) -> tuple[str, str, dict[str, Any]]:
    """Return a solution's code, the name of the function that is checked, and what the notebook has loaded."""
    name = syllabus.lesson(task(id).topic).name
    cells = json.loads((bundle.root() / "solutions" / f"{name}.ipynb").read_bytes())["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    scope: dict[str, Any] = {}
    exec(code[0], scope)
    return solution_of(task(id)), re.findall(rf'check\("{id}", (\w+)\)', "\n".join(code))[0], scope


def is_right(id: str, mutant: Mutant) -> bool:
    return desk.judge(task(id), mutant.function).outcome is Outcome.RIGHT


def differs(mutant: Mutant, inputs: list[Any], wanted: list[Any], rtol: float) -> bool:
    got = (on_copies(mutant.function, args) for args in inputs)
    return any(
        isinstance(g, Failed) or not agree(g, w, rtol=rtol, atol=rtol / 1000) for g, w in zip(got, wanted, strict=True)
    )


# Every fifth mutant in the unit step, all of them in `course test --only slow`.
@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("id", LEGAL)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the mutants' own
def test_a_mutant_passes_if_and_only_if_it_makes_no_difference(id, every):
    source, name, scope = handed_in(id)
    own = dict(scope)
    exec(source, own)
    assert desk.judge(task(id), own[name]).outcome is Outcome.RIGHT  # as it is shown, without what it replaces
    rng = np.random.default_rng(20261129)
    # Each of the many inputs costs three inversions in the one task that integrates over mu.
    inputs = [legal(id, rng) for _ in range(60 if id == "eight_schools.tau" else 200)]
    wanted = [own[name](*copy.deepcopy(args)) for args in inputs]
    mutants = [*by_syntax(source, name, scope), *round_it(own[name], inputs[0])][::every]
    passed = [mutant for mutant in mutants if is_right(id, mutant)]
    refused = [mutant for mutant in mutants if mutant not in passed]
    assert len(refused) > 50 / every
    # The checks compare to a millionth. What they let through may differ by ten; what they refuse, by a tenth of one.
    assert [mutant.what for mutant in passed if differs(mutant, inputs, wanted, rtol=1e-5)] == []
    assert [mutant.what for mutant in refused if not differs(mutant, inputs, wanted, rtol=1e-7)] == []


@pytest.mark.parametrize("id", [id for id in LEGAL if id != "logistic_regression.curve"])  # which says True or False
def test_a_right_result_with_four_digits_is_said_to_be_rounded(id):
    source, name, scope = handed_in(id)
    exec(source, scope)

    def rounded(*args):
        right = scope[name](*args)
        return tuple(np.round(part, 4) for part in right) if isinstance(right, tuple) else np.round(right, 4)

    finding = desk.judge(task(id), rounded)
    said = ("That is right, and rounded.", "is near (if it is rounded")  # of one that rounds to 0 only the second
    assert finding.outcome is Outcome.RIGHT or any(one in finding.text for one in said)


def versions(id: str) -> dict[str, Any]:
    inner = inspect.getclosurevars(task(id).judge).nonlocals["_judge_all"]
    held = inspect.getclosurevars(inner).nonlocals
    return {**held, **inspect.getclosurevars(held["_first_wrong"]).nonlocals}


@pytest.mark.parametrize("id", LEGAL)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the wrong versions' own
def test_each_known_mistake_is_wrong_and_gets_its_own_sentence(id):
    known = versions(id)["mistakes"]
    findings = [desk.judge(task(id), mistake.function) for mistake in known]
    said = [
        finding.outcome is Outcome.WRONG and finding.text.endswith(m.why)
        for finding, m in zip(findings, known, strict=True)
    ]
    assert [m.why for m, so in zip(known, said, strict=True) if not so] == []
    assert len(known) >= 3


@pytest.mark.parametrize("id", LEGAL)
def test_other_right_versions_are_right_and_the_one_that_was_given_is_not_yet_begun(id):
    for version in versions(id)["also"]:
        assert desk.judge(task(id), version).outcome is Outcome.RIGHT
    if start := versions(id)["start"]:
        assert desk.judge(task(id), start.function).outcome is Outcome.NOT_YET

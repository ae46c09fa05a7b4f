"""The judges: what counts as right, what is said about the rest, and what never happens to a learner."""

import re
import sys
import time
import types
from contextlib import suppress

import numpy as np
import pymc as pm
import pytest

from course.checks import check, hint, limit, solution
from course.checks.answers import Claim, Slip, choice, claims, number, values
from course.checks.functions import WrongVersion, function
from course.checks.law import Names
from course.checks.limit import Failed, on_copies, trial
from course.checks.models import WrongModel, posterior
from course.checks.solutions import solution_of
from course.checks.task import tasks
from course.checks.verdict import NotRight, Verdict, is_strict
from course.records.results import records
from course.syllabus import topics
from course.verdicts.findings import Outcome, right, wrong

Y, SIGMA = np.array([28.0, 8, -3]), np.array([15.0, 10, 16])


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))


# Numbers and readings.

HALF = number(0.5, within=0.01, means="Half.", slips=(Slip(lambda: 0.25, "that is the square."),))


@pytest.mark.parametrize(
    ("given", "outcome", "says"),
    [
        (..., Outcome.NOT_YET, "in place of the dots"),
        (0.505, Outcome.RIGHT, "Half."),
        (np.float32(0.5), Outcome.RIGHT, "Half."),
        (np.array([0.5]), Outcome.RIGHT, "Half."),
        (0.25, Outcome.WRONG, "the square"),
        (50, Outcome.WRONG, "percentage"),
        (-0.5, Outcome.WRONG, "wrong sign"),
        (0.7, Outcome.WRONG, "too high"),
        (0.3, Outcome.WRONG, "too low"),
        (float("inf"), Outcome.WRONG, "not finite"),
        ("0.5", Outcome.WRONG, "quotation marks"),
        (True, Outcome.WRONG, "a number is wanted"),
        ([0.5, 0.5], Outcome.WRONG, "2 values"),
    ],
)
def test_a_number_is_read_as_people_write_it(given, outcome, says):
    finding = HALF(given)
    assert finding.outcome is outcome
    assert says in finding.text


def test_arrays_and_tuples_are_compared_part_by_part():
    judge = values(
        lambda: (np.array([1.0, 2.0]), 3.0), means="Yes.", slips=(Slip(lambda: (np.zeros(2), 3.0), "zeros."),)
    )
    assert judge(([1, 2], 3)).outcome is Outcome.RIGHT
    assert judge([np.array([1, 2]), 3]).outcome is Outcome.RIGHT
    assert "zeros" in judge(([0, 0], 3)).text
    assert "number 1 of 2: value 2 of 2, 5, is too high; the other is right." in judge(([1, 5], 3)).text
    assert "number 2 of 2: 4 is too high" in judge(([1, 2], 4)).text
    assert "2 values wanted, and this is 3 values" in judge(([1, 2, 3], 3)).text
    assert "is NaN: was 0 divided by 0" in judge(([1, np.nan], 3)).text
    assert "2 values are wanted" in judge(7).text


def test_a_letter_is_taken_in_any_case_and_each_wrong_one_has_its_reason():
    judge = choice({"A": "a is not it."}, "B", means="Yes.")
    assert judge(" b) ").outcome is Outcome.RIGHT
    assert judge("a").text == "a is not it."
    assert "none of the letters A, B" in judge("C").text
    assert judge("").outcome is Outcome.NOT_YET


def test_claims_name_one_wrong_sentence_and_how_many_there_are():
    judge = claims({"A": Claim(True, "it is so."), "B": Claim(False, "it is not.")}, means="Both.")
    assert judge({"A": True, "B": np.False_}).outcome is Outcome.RIGHT
    assert judge({"A": ..., "B": ...}).outcome is Outcome.NOT_YET
    assert "for B yet" in judge({"A": True}).text
    said = "you said False to A. A is true, because it is so. 1 more of your answers is wrong."
    assert judge({"A": False, "B": True}).text == said


# Functions.

SQUARE = function(
    lambda x: x**2,
    ((3.0,), (np.array([1.0, 2.0]),)),
    random=lambda rng: (rng.normal(),),
    means="Squared.",
    mistakes=(WrongVersion(lambda x: 2 * x, "That doubles."), WrongVersion(lambda x: 1 / 0, "never")),
    start=WrongVersion(lambda x: x, "Look at x = 3."),
    seconds=0.3,
)


def forever(x):
    while True:
        pass


def deaf(x):
    while True:
        with suppress(Exception):
            time.sleep(0.01)


def asleep(x):
    time.sleep(0.5)
    return x**2


@pytest.fixture(params=["in a thread", "as in a browser"])
def anywhere(request, monkeypatch):
    if request.param == "as in a browser":
        monkeypatch.setattr(limit, "_in_a_thread", limit._watched_from_within)


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize(
    ("given", "outcome", "says"),
    [
        (lambda x: x * x, Outcome.RIGHT, "Squared."),
        (lambda x: x + x, Outcome.WRONG, "for x = 3: you returned 6. That doubles."),
        (lambda x: x, Outcome.NOT_YET, "Look at x = 3."),
        (lambda x: None, Outcome.NOT_YET, "returns nothing so far"),
        (lambda x: x**2 if np.ndim(x) == 0 else None, Outcome.WRONG, "without a `return`"),
        (lambda x: x**2 + (x < 0), Outcome.WRONG, "is too high"),
        (lambda: 1, Outcome.WRONG, "takes 0 positional arguments"),
        (lambda x: x.nothing, Outcome.WRONG, "AttributeError"),
        (lambda x: exit(3), Outcome.WRONG, "SystemExit"),
        (lambda x: "nine", Outcome.WRONG, "'nine' is not what is asked for"),
        (3, Outcome.WRONG, "a function is wanted"),
        (forever, Outcome.WRONG, "for x = 3: it had not returned after 0.3 s and was stopped."),
        (deaf, Outcome.WRONG, "for x = 3: it had not returned after 0.3 s and was stopped."),
        (asleep, Outcome.WRONG, "for x = 3: it had not returned after 0.3 s and was stopped."),
        (lambda x: x**2 if np.ndim(x) == 0 else forever(x), Outcome.WRONG, "Up to there it was right"),
    ],
)
def test_a_function_is_judged_by_what_it_returns(given, outcome, says):
    finding = SQUARE(given)
    assert finding.outcome is outcome
    assert says in finding.text


def test_a_function_cannot_reach_the_cases_of_the_next_one_and_is_told_that_it_changes_its_input():
    def greedy(x):
        result = np.array(x) ** 2
        if np.ndim(x):
            x[:] = 0
        return result

    def greedy_and_wrong(x):
        return greedy(x) + 1

    assert SQUARE(greedy) == right("Squared. But it overwrites the caller's `x`: work on a copy.")
    assert SQUARE(lambda x: x**2) == right("Squared.")
    assert "It also changes" not in SQUARE(greedy_and_wrong).text  # not in the case that is shown


def slowly(seconds, more=0):
    def square(x):
        time.sleep(seconds)
        return x**2 + more

    return square


def squares(seconds):
    return function(lambda x: x**2, [(float(k),) for k in range(10)], means="Squared.", seconds=seconds)


@pytest.mark.usefixtures("anywhere")
def test_a_slow_function_that_goes_on_answering_is_given_longer():
    assert squares(1)(slowly(0.15)).outcome is Outcome.RIGHT


@pytest.mark.usefixtures("anywhere")
def test_a_function_that_is_too_slow_is_told_how_far_it_came(monkeypatch):
    monkeypatch.setattr(limit, "_IN_ALL", 1)
    text = squares(2)(slowly(0.5)).text
    assert re.match(r"it is too slow: in 2(\.\d)? s it was done with [1-4] of 10 inputs, all right\.", text)
    assert squares(2)(slowly(0.5, more=1)).text == "for x = 0: 1 is too high."


def test_what_a_function_prints_is_cut_and_shown_only_when_it_is_wrong(capsys, monkeypatch):
    def chatty(x):
        for line in range(1000):
            print("here", line)
        return x**2

    assert SQUARE(chatty).outcome is Outcome.RIGHT
    assert capsys.readouterr() == ("", "")
    assert SQUARE(lambda x: chatty(x) + 1).outcome is Outcome.WRONG
    assert capsys.readouterr().out == "here 0\nhere 1\nhere 2\nhere 3\nhere 4\n... and 9,995 more printed lines\n"
    assert "prints, and returns nothing" in SQUARE(lambda x: print(x * x)).text
    capsys.readouterr()
    monkeypatch.setenv("COURSE_STRICT", "1")
    SQUARE(lambda x: print(x * x))
    assert capsys.readouterr() == ("", "")


def test_a_warning_is_said_once_with_its_line_and_shown_in_no_other_way(recwarn, capsys):
    def warns(x):
        return x**2 + np.log(np.float64(0))

    text = SQUARE(warns).text
    assert text.count("divide by zero") == 1
    assert "`return x**2 + np.log(np.float64(0))`" in text

    def warns_and_is_right(x):
        np.log(np.zeros(3))
        return x**2

    assert SQUARE(warns_and_is_right) == right("Squared.")
    assert capsys.readouterr() == ("", "")
    assert not recwarn.list


def test_a_case_that_some_right_version_shares_is_not_the_one_shown():
    cases = ((np.array([1.0, 2, 6]),), (np.array([0.0, 0, 3]),))
    judge = function(lambda x: float(x.mean()), cases, also=(lambda x: float(np.median(x)),), means="Yes.")
    assert judge(np.median).outcome is Outcome.RIGHT
    assert judge(lambda x: 2.0 if x[0] else 5.0).text == "for x = [0, 0, 3]: 5 is too high."
    assert judge(lambda x: 2.0 if x[0] else 1.0).text == "for x = [1, 2, 6]: 2 is too low."  # one of each is neither


def test_a_sentence_about_the_case_is_for_whoever_made_no_known_mistake():
    known = WrongVersion(lambda x: -x, "The sign is turned.")
    judge = function(
        lambda x: x + 1, ((1.0,), (2.0,)), means="Yes.", mistakes=(known,), about=lambda got, x: f"{got} from {x}."
    )
    assert judge(lambda x: -x).text.endswith("The sign is turned.")
    assert judge(lambda x: 7.0).text == "for x = 1: 7 is too high. 7.0 from 1.0."


def test_a_truth_value_is_not_called_too_high():
    judge = function(lambda x: x > 0, ((1.0,), (-1.0,)), means="Positive.")
    assert judge(lambda x: np.array([x > 0])[0]).outcome is Outcome.RIGHT
    assert judge(lambda x: int(x > 0)).outcome is Outcome.RIGHT
    assert judge(lambda x: True).text == "for x = -1: True is not so."
    assert judge(lambda x: 0.7).text == "for x = 1: True or False is wanted, and this is 0.7."


def test_the_line_of_a_learners_mistake_is_named():
    failed = on_copies(forever, ())
    assert isinstance(failed, Failed)

    def divides(x):
        return x / 0

    assert "ZeroDivisionError" in on_copies(divides, (1,)).text
    assert "return x / 0" in on_copies(divides, (1,)).text


def test_without_threads_no_handler_holds_up_the_end(monkeypatch):
    def everything(x):
        while True:
            try:
                x += 1
            except BaseException:
                x -= 1

    def sums(x):
        return sum(k for k in iter(int, 1))

    monkeypatch.setattr(limit, "_in_a_thread", limit._watched_from_within)
    before = [sys.monitoring.get_tool(number) for number in range(6)]
    for given in (everything, sums, lambda x: everything(x)):
        assert "it had not returned after 0.3 s and was stopped." in SQUARE(given).text
    assert [sys.monitoring.get_tool(number) for number in range(6)] == before


def test_a_loop_that_has_run_out_of_time_is_ended():
    ticks = []

    def tick():
        while True:
            ticks.append(1)
            time.sleep(0.001)

    assert trial(tick, [()], 0.1).calls == ()
    count = len(ticks)
    time.sleep(0.1)
    assert len(ticks) == count


# Models.


def centred(tau=lambda: pm.HalfNormal("tau", 10), sigma=SIGMA, y=Y, mu=("mu", 0, 10)):
    with pm.Model() as model:
        m, t = pm.Normal(*mu), tau()
        theta = pm.Normal("theta", m, t, shape=len(y))
        pm.Normal("y", theta, sigma, observed=y)
    return model


def non_centred():
    with pm.Model() as model:
        t, m = pm.HalfNormal("spread", 10), pm.Normal("middle", 0, 10)
        eta = pm.Normal("z", 0, 1, shape=len(Y))
        pm.Normal("reports", m + t * eta, SIGMA, observed=Y)
    return model


JUDGE = posterior(
    centred,
    non_centred,
    means="Yes.",
    names=Names("the effect of school {}", "the standard error of school {}", "ABCDEFGH"),
    mistakes=(WrongModel(lambda: centred(sigma=SIGMA**2), "sigma is the standard error, not its square."),),
)


@pytest.mark.parametrize("build", [centred, non_centred])
def test_both_parameterisations_under_any_names_are_right(build):
    assert JUDGE(build()).outcome is Outcome.RIGHT


def test_a_density_that_differs_by_a_constant_is_the_same_posterior():
    model = centred()
    with model:
        pm.Potential("constant", pm.math.constant(3.0))
    assert JUDGE(model).outcome is Outcome.RIGHT


def test_another_transform_of_the_sampler_changes_nothing():
    model = centred(tau=lambda: pm.HalfNormal("tau", 10, default_transform=None))
    assert JUDGE(model).outcome is Outcome.RIGHT


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (
            lambda: centred(tau=lambda: pm.HalfCauchy("tau", 10)),
            "your tau has a HalfCauchy whose law is not that of the task's HalfNormal(10)",
        ),
        (
            lambda: centred(tau=lambda: pm.HalfNormal("tau", 5)),
            "your tau is HalfNormal(5), the task asks for HalfNormal(10)",
        ),
        (lambda: centred(mu=("m", 1, 10)), "your m is Normal(1, 10), the task asks for Normal(0, 10)"),
        (lambda: centred(sigma=SIGMA**2), "not its square"),
        (lambda: centred(sigma=SIGMA + 1), "the standard error of school A is 16 in your model, in the task's 15"),
        (lambda: centred(y=Y + 1), "the data in it are not the task's"),
        (lambda: centred(y=Y[:2], sigma=SIGMA[:2]), "it observes 2 numbers, the task has 3"),
    ],
)
def test_what_is_different_is_named(build, says):
    finding = JUDGE(build())
    assert finding.outcome is Outcome.WRONG
    assert says in finding.text


def test_a_model_without_data_or_variables_or_that_is_none():
    with pm.Model() as empty:
        pass
    assert JUDGE(empty).outcome is Outcome.NOT_YET
    with pm.Model() as blind:
        pm.Normal("y", pm.Normal("mu", 0, 10), 1)
    assert "nothing is observed" in JUDGE(blind).text
    assert "a pm.Model is wanted" in JUDGE(3).text
    assert "NameError" in JUDGE(lambda: nowhere).text  # noqa: F821


def test_a_checked_model_is_left_as_it_was():
    model = centred()
    before = [variable.name for variable in model.value_vars]
    JUDGE(model)
    assert [variable.name for variable in model.value_vars] == before


# The desk.


def test_what_happens_is_remembered():
    check("shrinkage.weight", ...)
    assert records() == {}
    check("shrinkage.weight", 1.0)
    hint("shrinkage.weight")
    assert check("shrinkage.weight", 0.2)
    check("shrinkage.weight", 0.3)
    record = records()["shrinkage.weight"]
    assert (record.tries, record.hints) == (2, 1)
    assert record.passed


def test_the_solution_comes_after_three_hints():
    assert "3 of 3 are left" in repr(solution("shrinkage.weight"))
    for count in (1, 2, 3, 3):
        assert repr(hint("shrinkage.weight")).count("Hint ") == count
    assert records()["shrinkage.weight"].hints == 3
    assert "weight = 3**2 / (3**2 + 6**2)" in repr(solution("shrinkage.weight"))
    assert "SOLUTION" not in repr(solution("shrinkage.weight"))


@pytest.mark.parametrize("topic", topics())
def test_a_solution_is_shown_without_what_it_replaces_and_still_solves(topic):
    for found in tasks(topic).values():
        code = solution_of(found)
        assert not re.search(r"= \.\.\.|^\s*pass$", code, re.MULTILINE)
        stored = re.findall(r"^    (\w+) = ", code, re.MULTILINE) if code.startswith("def ") else []
        assert len(stored) == len(set(stored)) or any(f"{name} = {name} " in code for name in stored), code


def test_the_solution_of_a_passed_task_needs_no_hints():
    check("shrinkage.weight", 0.2)
    assert "weight = " in repr(solution("shrinkage.weight"))


@pytest.mark.parametrize("ask", [hint, solution, lambda id: check(id, 1)])
def test_an_unknown_task_gets_the_nearest_name_and_no_traceback(ask):
    assert "Did you mean 'shrinkage.weight'?" in repr(ask("shrinkage.wieght"))


@pytest.mark.parametrize("variable", [("NBGRADER_EXECUTION", "autograde"), ("COURSE_STRICT", "1")])
def test_a_program_that_grades_gets_an_exception_and_leaves_no_trace(variable, monkeypatch):
    monkeypatch.setenv(*variable)
    assert check("shrinkage.weight", 0.2) is None
    for answer in (..., 0.3):
        with pytest.raises(NotRight, match=r"shrinkage\.weight"):
            check("shrinkage.weight", answer)
    with pytest.raises(NotRight, match="no task is called"):
        check("shrinkage.nothing", 0.2)
    assert records() == {}


@pytest.fixture
def kernel(monkeypatch):
    """A stand-in for a notebook: what is displayed, cell by cell."""
    shell = types.SimpleNamespace(kernel=True, execution_count=1, shown=[])
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr("IPython.display.display", lambda page, raw: shell.shown.append(page["text/plain"]))
    return shell


def test_a_notebook_shows_every_verdict_of_a_cell_once(kernel):
    first, second = check("shrinkage.weight", 0.3), check("shrinkage.weight", 0.2)
    second._ipython_display_()  # the cell's last value
    assert kernel.shown == [repr(first), repr(second)]
    kernel.execution_count = 2
    first._ipython_display_()  # looked at again
    assert kernel.shown == [repr(first), repr(second), repr(first)]
    hint("shrinkage.weight")
    check("shrinkage.wieght", 0.2)
    assert len(kernel.shown) == 5


def test_nothing_is_shown_to_a_program_that_grades(kernel, monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")
    check("shrinkage.weight", 0.2)
    with suppress(NotRight):
        check("shrinkage.weight", 0.3)
    assert kernel.shown == []


@pytest.mark.parametrize(
    ("id", "answer", "says"),
    [
        ("nosuch.task", 1, "no task is called 'nosuch.task'. Each exercise has its tasks' ids in the cells"),
        ("shrinkage.nothing", 1, "no task is called 'shrinkage.nothing'. The tasks of shrinkage are weight, estimate,"),
        (1, 1, "a task's id is text such as 'shrinkage.weight', not int."),
        ([], 1, "not list"),
        (np.zeros(3), "nosuch.task", "not ndarray"),
        (0.2, "shrinkage.weight", "The task's id comes first, then the answer: `check('shrinkage.weight', ...)`"),
        (np.zeros(3), "shrinkage.weight", "The task's id comes first"),
    ],
)
def test_what_is_no_task_gets_a_short_sentence(id, answer, says):
    note = check(id, answer)
    assert says in " ".join(repr(note).split())
    assert len(repr(note)) < 200
    assert records() == {}


def test_who_is_strict():
    assert not is_strict({})
    assert not is_strict({"COURSE_STRICT": "0"})
    assert is_strict({"NBGRADER_EXECUTION": "validate"})


def test_a_place_that_cannot_be_written_does_not_take_the_verdict_away(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "file"))
    verdict = check("shrinkage.weight", 0.2)
    assert verdict
    assert "not saved" in repr(verdict)


def test_an_object_that_fights_back_gets_a_sentence():
    class Hostile:
        def __array__(self, *_, **__):
            raise RuntimeError("no")

        def __repr__(self):
            raise RuntimeError("no")

    assert "could not be judged" in repr(check("shrinkage.weight", Hostile()))


def test_a_verdict_is_readable_in_80_columns_and_safe_in_a_page():
    verdict = Verdict("x.y", wrong("a < b " * 40), ("Stuck?",))
    assert max(map(len, repr(verdict).splitlines())) <= 80
    assert "a &lt; b" in verdict._repr_html_()
    assert 'role="status"' in verdict._repr_html_()
    assert "Wrong, because:" in verdict._repr_html_()


def non_centred_with(tau):
    with pm.Model() as model:
        t, m = tau(), pm.Normal("mu", 0, 10)
        pm.Normal("y", m + t * pm.Normal("eta", 0, 1, shape=len(Y)), SIGMA, observed=Y)
    return model


@pytest.mark.parametrize("build", [lambda tau: centred(tau=tau), non_centred_with])
def test_a_prior_that_goes_on_where_the_right_one_ends_is_another_posterior(build):
    # Where tau > 0 a normal is half as high as a half-normal, everywhere: a constant.
    finding = JUDGE(build(lambda: pm.Normal("tau", 0, 10)))
    assert finding.outcome is Outcome.WRONG
    assert "your tau has a Normal whose law is not that of the task's HalfNormal(10)" in finding.text
    truncated = build(lambda: pm.TruncatedNormal("tau", mu=0, sigma=10, lower=0))
    assert JUDGE(truncated).outcome is Outcome.RIGHT


def test_a_flat_prior_is_the_right_one_only_if_its_potential_ends_it():
    for ends in (True, False):
        model = non_centred_with(lambda: pm.Flat("tau"))
        with model:
            tau = model["tau"]
            pm.Potential("prior", pm.logp(pm.HalfNormal.dist(10), tau) if ends else -(tau**2) / 200)
        assert (JUDGE(model).outcome is Outcome.RIGHT) is ends


def test_only_a_share_may_be_taken_for_a_percentage():
    judge = number(6.25, within=0.01, means="x.")
    assert "percentage" not in judge(625).text

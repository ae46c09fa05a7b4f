"""What the questions of an exam were worth."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from course.app.classroom import feedback, grading
from course.app.classroom.exam import sheets, statement, variants
from course.app.classroom.exam.variants import Sheet
from course.app.classroom.grading import Grade
from course.verdicts.findings import Outcome, not_yet, right, wrong
from tests.classroom.exams import EXAM, NAME, NUMBER, SHEET


def given(rights: list[bool | None]) -> Grade:
    """A grade with these questions right, wrong, or not answered."""
    findings = {True: right("Yes."), False: wrong("No."), None: not_yet("There is no answer.")}
    return Grade(NAME, "k", {one.id: findings[is_so] for one, is_so in zip(SHEET.questions, rights, strict=False)})


def test_a_statement_counts_and_correlates_with_the_rest() -> None:
    rng = np.random.default_rng(1)
    skill = rng.normal(size=60)
    n = len(SHEET.questions)
    hits = skill[:, None] + rng.normal(size=(60, n)) > 0
    hits[:, 1] = ~hits[:, 0]  # a wrong key
    grades = {f"s{i}": given([bool(one) for one in row]) for i, row in enumerate(hits)}
    grades["s0"] = given([None] * n)
    hits[0] = False
    found = statement.items(grades, {"ab1": SHEET})
    assert [(one.n, one.answered, one.right) for one in found] == [(60, 59, int(column.sum())) for column in hits.T]
    points = hits * [one.points for one in SHEET.questions]
    rest = points.sum(axis=1) - points[:, 4]
    assert found[4].r == pytest.approx(stats.pointbiserialr(hits[:, 4], rest).statistic)
    assert found[1].reading == "look at it: those who know more get it wrong"
    text = statement.page(NAME, grades, dict.fromkeys(grades, SHEET))
    assert "60 of 60 have" in text
    assert "<script" not in text
    assert "s0" not in text


@pytest.mark.parametrize("n", [15, 30, 200])
def test_its_standard_error_is_the_spread_over_many_classes(n: int) -> None:
    """The spread over 6000 classes is itself known to 0.9%."""
    rng = np.random.default_rng(n)
    for gap in (0.0, 1.0):
        ones = rng.random((6000, n)) < 0.4
        values = rng.normal(size=ones.shape) + gap * ones
        told = [statement.point_biserial(list(a), list(b)) for a, b in zip(ones, values, strict=True)]
        r, error = np.array([one for one in told if one]).T
        assert np.mean(error) == pytest.approx(np.std(r), rel=0.06)
        if not gap:  # the page says so: 9 of 100 in a class of fifteen, 5 in a large one
            assert 0.035 < np.mean(np.abs(r) > 2 * error) < 0.11


FEW = {"fourteen students": (14, 7), "two have it right": (30, 2), "two have not": (30, 28), "nobody": (30, 0)}


@pytest.mark.parametrize(("n", "k"), FEW.values(), ids=FEW)
def test_too_few_to_tell(n: int, k: int) -> None:
    assert statement.point_biserial([i < k for i in range(n)], list(range(n))) is None
    assert statement.Item("x", "", n, n, k).reading == "too few to tell"


def test_equal_points_for_all_tell_nothing() -> None:
    assert statement.point_biserial([i < 10 for i in range(20)], [3.0] * 20) is None
    r, error = statement.point_biserial([i < 10 for i in range(20)], [float(i < 10) for i in range(20)]) or (0, 1)
    assert (r, error) == (pytest.approx(1), pytest.approx(0, abs=1e-6))


def test_a_statement_of_nobody() -> None:
    assert "0 of 1 have handed in" in statement.page(NAME, {}, {"ab1": SHEET})
    assert statement.items({}, {}) == []


def test_what_a_student_wrote_is_not_run_by_any_page(tmp_path: Path) -> None:
    answer = "<script>alert(1)</script>"
    grade = Grade(NAME, "k", {NUMBER: SHEET.judge(NUMBER, answer)}, {NUMBER: answer})
    for text in (feedback.page(grade, SHEET), statement.page(NAME, {"ab1": grade}, {"ab1": SHEET})):
        assert "<script" not in text


def test_a_grade_depends_on_the_variant() -> None:
    other = Sheet(EXAM, variants.draw(EXAM, "cd2"))
    assert grading.key_of(b"x", NAME, SHEET) != grading.key_of(b"x", NAME, other)


def test_one_mistake_is_one_whatever_the_numbers() -> None:
    known = {f"s{n}": Sheet(EXAM, variants.draw(EXAM, f"s{n}")) for n in range(6)}
    numbers = {id: one.instance for id, one in SHEET.asked.items() if one.instance}
    id = next(id for id, one in numbers.items() if any("<<" in wrong.why for wrong in one.card.mistakes))
    place = next(n for n, wrong in enumerate(numbers[id].card.mistakes) if "<<" in wrong.why)
    grades = {}
    for n, (student, sheet) in enumerate(known.items()):
        instance = sheet.asked[id].instance
        assert instance
        value = instance.mistakes()[place][0] if n < 4 else 1e6 * n
        grades[student] = Grade(NAME, "k", {id: sheet.judge(id, value)})
    assert len({grade.findings[id].text for grade in grades.values()}) > 3
    text = statement.page(NAME, grades, known)
    assert "<strong>4 of 6:</strong>" in text
    assert "<strong>2 of 6:</strong> It is too high." in text


def test_each_question_says_which_card_it_is() -> None:
    found = statement.items({}, {"ab1": SHEET})
    assert [one.card for one in found] == [card.id for card in SHEET.exam.cards] + [""] * len(SHEET.tasks)
    text = statement.page(NAME, {}, {"ab1": SHEET})
    assert all(f"<code>{card.id}</code>" in text for card in SHEET.exam.cards)


def test_code_that_nobody_touched_is_no_answer() -> None:
    id, asked = next(iter(SHEET.tasks.items()))
    for source, answered in ((sheets.stub(asked), 0), (f"{sheets.stub(asked)}\n# x", 1)):
        grade = Grade(NAME, "k", {id: wrong("No.")}, {id: source})
        found = {one.title: one for one in statement.items({"ab1": grade}, {"ab1": SHEET})}
        assert found[SHEET.title(id)].answered == answered


def test_what_cannot_be_read_is_wrong_and_no_formula_is_left_raw() -> None:
    assert SHEET.judge(NUMBER, "many").outcome is Outcome.WRONG
    assert SHEET.judge(NUMBER, "  ").outcome is Outcome.NOT_YET
    for id, asked in SHEET.asked.items():
        assert "$" not in SHEET.judge(id, asked.key).text

"""The teacher's guide: plans fit the hour and the lesson, numbers are computed, checks say what it says they do."""

import importlib
import re
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

import nbformat
import pytest

from course import bundle, shrinkage, syllabus
from course.app.slides import guide
from course.checks import desk
from course.checks.task import task, tasks
from course.drills import bank
from tests.test_notebooks import NOT_PROSE, NUMBER, computed, value

FOLDER = bundle.root() / guide.FOLDER
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
PARTS = ["Before", "They will say", "On the board", "Let them play", "Homework", "To discuss", "What goes wrong"]
SAID = re.compile(r"“([^”]+)”")
BY_LEARNERS = re.compile(r"\*\"[^*]+\"\*")
NAMED = re.compile(r"`((?:[a-z_]+\.[a-z_]+)|(?:\d\d-[a-z-]+))`")
MOST_WORDS = 550
# What a page says and its lesson draws without storing it.
BESIDE = {"00_start_here": {value(f"{shrinkage.partial_pool([20], [15], mu=8, tau=5)[0]:.1f}")}}
each_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)


def lesson_of(path):
    return nbformat.read(bundle.root() / "notebooks" / f"{path.stem}.ipynb", as_version=4)


def in_one_line(text):
    return " ".join(text.split())


def test_every_lesson_has_a_page_and_the_index_names_it():
    assert [path.stem for path in PAGES] == [lesson.name for lesson in syllabus.lessons()]
    rows = re.findall(
        r"^\| (\d\d) (.+?) \| \[guide\]\((.+?)\.md\) \| (.+?) \|$", (FOLDER / "index.md").read_text(), re.M
    )
    wanted = [
        (f"{one.number:02d}", one.title, one.name, f"`course slides {one.number:02d}`" if one.number else "–")
        for one in syllabus.lessons()
    ]
    assert rows == wanted


@each_page
def test_a_page_has_all_its_parts_and_is_one_page_long(path):
    text = path.read_text(encoding="utf-8")
    found = guide.read(path)
    assert list(found.parts) == PARTS
    words = [word for word in re.sub(r"[|#*`]|---", " ", guide.AT.sub("", text)).split() if re.search(r"\w", word)]
    headings = sum(len(heading.split()) for heading in found.plan)  # the lesson's own
    assert 350 <= len(words) - headings <= MOST_WORDS
    assert len(re.findall(r"^\d\. \*\*", found.parts["To discuss"], re.M)) == 3


@each_page
def test_what_is_said_at_a_heading_names_one_of_the_lesson(path):
    headings = re.findall(r"^## (.+)$", "\n".join(one.source for one in lesson_of(path).cells), re.M)
    for start in guide.AT.findall(path.read_text(encoding="utf-8")):
        assert len([heading for heading in headings if heading.startswith(start)]) == 1, start


@each_page
def test_a_plan_fits_its_hour_and_names_headings_of_the_lesson(path):
    plan = guide.read(path).plan
    headings = [
        line.removeprefix("## ").strip()
        for cell in lesson_of(path).cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("## ")
    ]
    assert [heading for heading in headings if heading in plan] == list(plan), "in the lesson's order"
    if path.stem != "00_start_here":  # what is left of that hour is lesson 01's
        assert sum(row.fifty for row in plan.values()) == 50
        assert sum(row.ninety for row in plan.values()) == 90
    assert all(row.fifty <= row.ninety or row.fifty - row.ninety == 1 for row in plan.values())


@each_page
def test_every_number_is_computed_in_the_lesson(path):
    known = computed(lesson_of(path)) | BESIDE.get(path.stem, set())
    text = path.read_text(encoding="utf-8")
    for aside in (SAID, BY_LEARNERS, NOT_PROSE):
        text = aside.sub(" ", text)
    said = [token for token in NUMBER.findall(text) if "." in token or "%" in token]
    assert [token for token in said if value(token) not in known] == []


@cache
def answers_of(id):
    """What the check of a task says to the wrong answers that are known, or a question to its wrong options."""
    if "." not in id:
        question = bank.questions()[id]
        wrong = [*getattr(question, "options", ()), *getattr(question, "mistakes", ())]
        return [in_one_line(one.why) for one in wrong]
    wrongs = importlib.import_module(f"tests.wrong_answers.{id.partition('.')[0]}").WRONG[id]
    return [in_one_line(desk.judge(task(id), wrong.build()).text) for wrong in wrongs]


@each_page
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the wrong answers' own
def test_what_a_check_says_is_what_it_says(path):
    last = ""
    quoted = 0
    for part in re.split(rf"({NAMED.pattern}|{SAID.pattern})", guide.read(path).parts["They will say"]):
        if found := NAMED.fullmatch(part or ""):
            last = found[1]
        elif found := SAID.fullmatch(part or ""):
            quoted += 1
            assert any(in_one_line(found[1]) in text for text in answers_of(last)), (last, found[1], answers_of(last))
    assert quoted >= 2


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_tasks_and_pages_that_are_named_are_there(path):
    text = path.read_text(encoding="utf-8")
    for id in NAMED.findall(text):
        assert task(id) if "." in id else id in bank.questions()
    for link in re.findall(r"\]\(([^)]+\.md)\)", text):
        assert (FOLDER / link).is_file()


def test_every_task_of_a_lesson_is_homework():
    for lesson in syllabus.lessons():
        if lesson.exercises:
            text = (FOLDER / f"{lesson.name}.md").read_text(encoding="utf-8")
            named = NAMED.findall(text)
            assert tasks(lesson.topic).keys() <= set(named) or "All six tasks" in text


def test_the_two_days_go_on_where_they_left_off():
    days = (FOLDER / "two_days.md").read_text(encoding="utf-8").split("\n## ")[1:]
    assert len(days) == 2
    for day in days:
        rows = [
            (datetime.strptime(start, "%H:%M"), timedelta(minutes=int(minutes)))
            for start, minutes in re.findall(r"^\| (\d+:\d\d) \| (\d+) \|", day, re.M)
        ]
        assert all(start + length == after for (start, length), (after, _) in pairwise(rows))


def test_the_twelve_weeks_teach_nothing_before_what_it_builds_on():
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", (FOLDER / "twelve_weeks.md").read_text(encoding="utf-8"), re.M)
    assert [int(week) for week, _ in rows] == list(range(1, 13))
    weeks = {name: int(week) for week, taught in rows for name in re.findall(r"\((\w+)\.md\)", taught)}
    by_topic = {lesson.topic: lesson for lesson in syllabus.lessons()}
    assert weeks.keys() == {lesson.name for lesson in syllabus.lessons()}
    for lesson in by_topic.values():
        assert all(weeks[by_topic[topic].name] <= weeks[lesson.name] for topic in lesson.builds_on)

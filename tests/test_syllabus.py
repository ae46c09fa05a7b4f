"""The syllabus: what it says is read, its mistakes are told with their line, and nothing on the disk is left out."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course import bundle, syllabus
from course.app import build, notebooks, written
from course.errors import CourseError

ROOT = Path(__file__).parents[1]
SOUND = (ROOT / "course" / "syllabus.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "place", "what"),
    [
        ("number = 4\n", "number = 3\n", 'number = 3\ntopic = "shrinkage"', "number 3 does not come after 3"),
        ("number = 4\n", "number = four\n", None, "is not TOML"),
        ('topic = "shrinkage"', 'topic = "funnel"', 'topic = "funnel"\ntitle = "the funnel"', "'funnel' occurs twice"),
        ('topic = "shrinkage"', 'topic = "Shrink age"', 'topic = "Shrink age"', "topic: Expected `str` matching"),
        ("number = 4\n", 'number = "4"\n', 'number = "4"', "number: Expected `int`, got `str`"),
        ("number = 4\n", "number = -4\n", "number = -4", "number: Expected `int` >= 0"),
        ("number = 4\n", "number = 4\nminutes = 30\n", "minutes = 30", "unknown field `minutes`"),
        ('builds_on = ["eight_schools"]', 'builds_on = ["funnel"]', 'builds_on = ["funnel"]', "no lesson before it"),
        ('kind = "start"', 'kind = "begin"', 'kind = "begin"', "kind: Invalid enum value 'begin'"),
        ('name = "james_stein"', 'name = "shrinkage"', 'name = "shrinkage"', "the explorer 'shrinkage' occurs twice"),
        ('title = "James-Stein"', 'title = ""', 'title = ""', "explorer[1].title: Expected `str` of length >= 1"),
        (
            "[[lesson]]\nnumber = 1\n",
            "[[lessons]]\nnumber = 1\n",
            None,
            "has lessons; it is made of [[lesson]] entries",
        ),
    ],
)
def test_a_mistake_is_told_with_file_line_and_way_out(old, new, place, what):
    assert SOUND.count(old) == 1
    text = SOUND.replace(old, new)
    with pytest.raises(syllabus.SyllabusError) as said:
        syllabus.parse(text)
    assert what in str(said.value)
    assert str(said.value).endswith("Mend it in syllabus.toml.")
    if place:
        line = text[: text.index(place)].count("\n") + 1
        assert f"syllabus.toml, line {line}, lesson " in str(said.value)


def test_a_lesson_is_found_by_number_topic_and_name():
    assert [syllabus.match(text) for text in ("4", "04", " Shrinkage", "04_shrinkage", "nothing", "")] == [
        *["04_shrinkage"] * 4,
        *[None] * 2,
    ]


def test_the_syllabus_and_the_disk_agree():
    assert written.disagreements(ROOT) == []


def copied(tmp_path: Path) -> Path:
    for folder in ("notebooks", "exercises", "solutions", "tests/wrong_answers"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    shutil.copytree(ROOT / "course" / "lessons", tmp_path / "course" / "lessons")
    return tmp_path


PLACES = [path.relative_to(ROOT) for path in sorted((ROOT / "course" / "lessons" / "shrinkage").glob("[!_]*.*"))]
PLACES += [Path(folder, "04_shrinkage.ipynb") for folder in ("notebooks", "solutions")]
PLACES += [Path("tests", "wrong_answers", "shrinkage.py")]


def test_a_file_that_is_missing_or_belongs_to_no_lesson_is_named_with_a_remedy(tmp_path):
    root = copied(tmp_path)
    for place in PLACES:
        kept = (root / place).read_bytes()
        (root / place).unlink()
        [said] = written.disagreements(root)
        assert said.startswith(f"{place.as_posix()} is missing")
        assert "course/syllabus.toml" in said
        other = Path(str(place).replace("04_", "44_").replace("shrinkage", "nowhere").replace("james_stein", "nobody"))
        (root / other).parent.mkdir(exist_ok=True, parents=True)
        (root / other).write_bytes(kept)
        (root / place).write_bytes(kept)
        [said] = written.disagreements(root)
        assert said.startswith(f"{other.as_posix()} belongs to no lesson")
        (root / other).unlink()


def test_a_missing_exercise_is_no_disagreement_but_made(tmp_path):
    root = copied(tmp_path)
    (root / "exercises" / "04_shrinkage.ipynb").unlink()
    assert [change.path.name for change in build.plan(root)] == ["04_shrinkage.ipynb"]


@pytest.mark.parametrize(("lost", "said"), [("module", "tasks.py is missing"), ("name", "tasks.py has no tuple TASKS")])
def test_a_lesson_without_its_tasks_is_a_sentence(monkeypatch, lost, said):
    from course.checks import task
    from course.lessons.shrinkage import tasks

    task.tasks.cache_clear()
    if lost == "module":
        monkeypatch.setitem(sys.modules, "course.lessons.shrinkage.tasks", None)
    else:
        monkeypatch.delattr(tasks, "TASKS")
    with pytest.raises(CourseError, match=f"course/lessons/shrinkage/{said}.*exercises = false"):
        task.tasks("shrinkage")


def test_lessons_with_exercises_are_named_by_their_numbers():
    lessons = [syllabus.Lesson(n, f"l{n}", "t", "q", exercises=n not in (0, 4, 6)) for n in range(9)]
    assert written._span(lessons) == "01 to 03, 05 and 07 to 08"
    assert written._span(lessons[:3]) == "01 to 02"


def test_building_refuses_a_lesson_that_is_in_no_list(tmp_path):
    root = copied(tmp_path)
    shutil.copy(root / "notebooks" / "04_shrinkage.ipynb", root / "notebooks" / "14_more.ipynb")
    with pytest.raises(
        CourseError, match=r"(?s)disagree.*notebooks/14_more.ipynb belongs to no lesson: give it one in"
    ):
        build.plan(root)


def test_what_stands_between_markers_is_written_anew_and_nothing_else():
    text = "A <!-- minutes -->7<!-- /minutes --> b <!-- a comment --> <!-- next -->\nold\n<!-- /next --> c"
    page = written.Page("somewhere", ROOT, syllabus.lesson("eight_schools"))
    found = written.fill(text, page)
    minutes = notebooks.minutes(notebooks.read(ROOT / "notebooks" / "03_eight_schools.ipynb"))
    assert found.startswith(f"A <!-- minutes -->{minutes}<!-- /minutes --> b <!-- a comment --> <!-- next -->[04, shr")
    assert found.endswith("<!-- /next --> c")
    assert written.fill(found, page) == found
    with pytest.raises(
        CourseError, match=r"somewhere: the marker 'hours' means nothing. Those that do: further, glossary, lessons"
    ):
        written.fill("In <!-- hours -->1<!-- /hours -->", page)


@pytest.mark.parametrize("lesson", syllabus.lessons(), ids=lambda lesson: lesson.name)
def test_a_lesson_says_what_the_syllabus_says(lesson):
    cells = json.loads((ROOT / "notebooks" / f"{lesson.name}.ipynb").read_text(encoding="utf-8"))["cells"]
    first, last = ("".join(cell["source"]) for cell in (cells[0], cells[-1]))
    assert first.startswith(f"# {lesson.number:02d} · ")
    assert "<!-- minutes -->" in first
    assert "<!-- next -->" in last
    assert ("<!-- practice -->" in last) == (lesson.kind != "start")
    assert len(lesson.announced) > 10 or lesson.number < 2
    if found := re.search(r"\*\*Builds on\*\* lessons? ([^.;]*)", first):
        spans = re.findall(r"(\d\d)(?: to (\d\d))?", found[1])
        numbers = {n for low, high in spans for n in range(int(low), int(high or low) + 1)}
        assert numbers == {syllabus.lesson(topic).number for topic in lesson.builds_on}


def test_a_broken_syllabus_is_a_sentence_and_no_traceback(tmp_path):
    broken = SOUND.replace("number = 4\n", 'number = "soon"\n')
    program = (
        "import sys; from importlib.resources import files; from course import __main__, syllabus; "
        f"parse = syllabus.parse; syllabus.parse = lambda text, name: parse({broken!r}, name); "
        "sys.argv[1:] = ['status']; __main__.main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert "course/syllabus.toml, line" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_lesson_is_named_in_the_code_of_the_engines():
    # A new lesson is entered in the syllabus: what lists lessons asks it.
    engines = [path for path in (ROOT / "course").rglob("*.py") if "lessons" not in path.parts]
    name = re.compile(r"\b\d\d_[a-z]+_?[a-z_]*\b")
    known = {lesson.name for lesson in syllabus.lessons()}
    found = {
        (path.relative_to(ROOT).as_posix(), hit)
        for path in engines
        for line in path.read_text(encoding="utf-8").splitlines()
        for hit in name.findall(line)
        if hit in known and "``" not in line and "help=" not in line and "epilog" not in line
    }
    allowed = {("course/app/selftest.py", "09_multitask"), ("course/bundle/__init__.py", bundle.FIRST_LESSON[10:-6])}
    assert found == allowed


def test_a_marker_that_would_turn_its_line_into_html_is_refused():
    # CommonMark: a line that begins with a comment is an HTML block to its end, and links in it are not links.
    with pytest.raises(CourseError, match=r"somewhere: the marker 'next' begins a line.*Put a word before it"):
        written.fill("One.\n\n<!-- next -->x<!-- /next -->", written.Page("somewhere", ROOT, syllabus.lesson("funnel")))


@pytest.mark.parametrize("name", written.TEXTS)
def test_a_marker_in_a_notebook_of_no_lesson_is_a_sentence(name):
    with pytest.raises(CourseError, match=r"in a notebook of no lesson. Give the notebook its"):
        written.fill(f"In <!-- {name} -->1<!-- /{name} -->", written.Page("14_more.ipynb, cell 1", ROOT))
    if name in written.OF_A_LESSON:
        with pytest.raises(CourseError, match="means something in a lesson only"):
            written.fill(f"In <!-- {name} -->1<!-- /{name} -->", written.Page("README.md", ROOT))
    else:
        assert written.fill(f"In <!-- {name} -->1<!-- /{name} -->", written.Page("README.md", ROOT)).startswith(
            "In <!--"
        )

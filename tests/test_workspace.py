"""A workspace: nothing a learner has done is lost, at an upgrade or at a kill at any moment."""

import json
import os
import random
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course import bundle
from course.app import workspace
from course.app.workspace import Action, Entry, decide, fingerprint, sync
from course.errors import CourseError

LESSON = "notebooks/03_eight_schools.ipynb"
OTHER = "notebooks/04_shrinkage.ipynb"


@pytest.fixture
def release(tmp_path, write_notebook):
    """Make a version of the course: its lesson says ``words``."""
    number = count()

    def make(words: str) -> dict[str, Path]:
        folder = tmp_path / f"release-{next(number)}"
        return {name: write_notebook(folder / name, f"print({words!r})", "1 + 1") for name in (LESSON, OTHER)}

    return make


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "my lessons ü"


def edit(path: Path, words: str = "my own idea") -> str:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][1]["source"] = [f"print({words!r})"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path.read_text(encoding="utf-8")


def save_as_jupyterlab_does_after_a_run(path: Path) -> str:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    output = {"output_type": "stream", "name": "stdout", "text": ["old\n"]}
    notebook["cells"][1] |= {"outputs": [output], "execution_count": 7}
    notebook["cells"][1]["metadata"] = {
        "scrolled": True,
        "execution": {"iopub.status.busy": "2026-11-20"},
        "trusted": True,
    }
    notebook["cells"].append(
        {"cell_type": "code", "id": "new", "metadata": {}, "source": [], "outputs": [], "execution_count": None}
    )
    notebook["metadata"] |= {"language_info": {"version": "3.13.0"}, "widgets": {"application/vnd": {}}}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path.read_text(encoding="utf-8")


def test_a_new_workspace_gets_every_file_as_it_is(release, folder):
    source = release("old")
    report = sync(folder, source=source)
    assert report.delivered == (LESSON, OTHER)
    assert all((folder / name).read_bytes() == path.read_bytes() for name, path in source.items())


def test_a_second_start_changes_nothing(release, folder):
    source = release("old")
    sync(folder, source=source)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert sync(folder, source=source) == workspace.Report(folder)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_an_unedited_lesson_is_replaced_by_its_new_version(release, folder):
    sync(folder, source=release("old"))
    new = release("new")
    assert sync(folder, source=new).updated == (LESSON, OTHER)
    assert (folder / LESSON).read_bytes() == new[LESSON].read_bytes()


def test_running_and_saving_a_lesson_is_not_an_edit(release, folder):
    sync(folder, source=release("old"))
    save_as_jupyterlab_does_after_a_run(folder / LESSON)
    assert sync(folder, source=release("new")).updated == (LESSON, OTHER)


def test_a_run_of_the_current_version_is_left_with_its_outputs(release, folder):
    source = release("old")
    sync(folder, source=source)
    mine = save_as_jupyterlab_does_after_a_run(folder / LESSON)
    sync(folder, source=source)
    assert (folder / LESSON).read_text(encoding="utf-8") == mine


def test_an_edited_lesson_is_left_alone_while_the_course_does_not_change(release, folder):
    source = release("old")
    sync(folder, source=source)
    mine = edit(folder / LESSON)
    assert sync(folder, source=source) == workspace.Report(folder)
    assert (folder / LESSON).read_text(encoding="utf-8") == mine


def test_a_new_version_arrives_beside_an_edited_lesson_and_only_once(release, folder):
    sync(folder, source=release("old"))
    mine = edit(folder / LESSON)
    new = release("new")
    beside = "notebooks/03_eight_schools_new_in_0.2.0.ipynb"
    assert sync(folder, source=new, version="0.2.0").beside == ((LESSON, beside),)
    assert (folder / LESSON).read_text(encoding="utf-8") == mine
    assert (folder / beside).read_bytes() == new[LESSON].read_bytes()
    (folder / beside).unlink()  # read and thrown away: it does not come back
    assert sync(folder, source=new, version="0.2.0") == workspace.Report(folder)
    assert not (folder / beside).exists()


def test_an_untouched_offer_is_replaced_by_the_next_one_of_the_same_version(release, folder):
    sync(folder, source=release("old"))
    edit(folder / LESSON)
    sync(folder, source=release("new"), version="0.2.0")
    newest = release("newest")
    sync(folder, source=newest, version="0.2.0")
    beside = list(folder.glob("notebooks/*_new_in_*"))
    assert [path.read_bytes() for path in beside] == [newest[LESSON].read_bytes()]


def test_an_offer_never_covers_a_file_with_other_content(release, folder):
    sync(folder, source=release("old"))
    edit(folder / LESSON)
    beside = folder / "notebooks/03_eight_schools_new_in_0.2.0.ipynb"
    beside.write_text("my notes", encoding="utf-8")
    report = sync(folder, source=release("new"), version="0.2.0")
    assert report.beside == ((LESSON, "notebooks/03_eight_schools_new_in_0.2.0_2.ipynb"),)
    assert beside.read_text(encoding="utf-8") == "my notes"


def test_a_learner_who_takes_the_new_version_gets_updates_again(release, folder):
    sync(folder, source=release("old"))
    edit(folder / LESSON)
    new = release("new")
    sync(folder, source=new, version="0.2.0")
    (folder / "notebooks/03_eight_schools_new_in_0.2.0.ipynb").replace(folder / LESSON)
    sync(folder, source=new, version="0.2.0")
    assert sync(folder, source=release("newest"), version="0.3.0").updated == (LESSON, OTHER)


def test_a_deleted_lesson_comes_back(release, folder):
    source = release("old")
    sync(folder, source=source)
    (folder / LESSON).unlink()
    assert sync(folder, source=source).delivered == (LESSON,)


def test_other_files_of_the_learner_are_never_touched(release, folder):
    sync(folder, source=release("old"))
    mine = folder / "notebooks" / "mine.ipynb"
    mine.write_text("{}", encoding="utf-8")
    sync(folder, source=release("new"))
    assert mine.read_text(encoding="utf-8") == "{}"


def test_without_a_manifest_everything_counts_as_edited(release, folder):
    sync(folder, source=release("old"))
    (folder / workspace.MANIFEST).unlink()
    before = (folder / LESSON).read_bytes()
    assert len(sync(folder, source=release("new")).beside) == 2
    assert (folder / LESSON).read_bytes() == before


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"format": 1}', '{"format": 9, "files": {}}', '{"format": 1, "files": {"a": 3}}']
)
def test_a_damaged_manifest_is_set_aside_and_nothing_is_overwritten(release, folder, damage):
    sync(folder, source=release("old"))
    (folder / workspace.MANIFEST).write_text(damage, encoding="utf-8")
    before = (folder / LESSON).read_bytes()
    report = sync(folder, source=release("new"))
    assert report.damaged_manifest is not None
    assert report.damaged_manifest.read_text(encoding="utf-8") == damage
    assert (folder / LESSON).read_bytes() == before
    assert len(report.beside) == 2


def test_a_lesson_that_is_no_longer_a_notebook_belongs_to_the_learner(release, folder):
    sync(folder, source=release("old"))
    (folder / LESSON).write_bytes(b"\x00 not json")
    assert [name for name, _ in sync(folder, source=release("new")).beside] == [LESSON]
    assert (folder / LESSON).read_bytes() == b"\x00 not json"


def test_a_file_in_the_way_is_one_sentence(release, tmp_path):
    (tmp_path / "taken").write_text("x", encoding="utf-8")
    with pytest.raises(CourseError, match=r"cannot write to .*taken: there is a file of that name"):
        sync(tmp_path / "taken", source=release("old"))
    with pytest.raises(CourseError, match="part of that path is a file"):
        sync(tmp_path / "taken" / "deeper", source=release("old"))


@pytest.mark.parametrize(
    ("number", "words"), [(13, "you may not write there"), (30, "read-only disk"), (28, "the disk is full")]
)
def test_a_disk_that_refuses_is_one_sentence_with_a_remedy(release, folder, monkeypatch, number, words):
    def refuse(*_: object) -> None:
        raise OSError(number, "refused", str(folder / LESSON))

    monkeypatch.setattr(workspace, "write_atomically", refuse)
    with pytest.raises(CourseError, match=words) as caught:
        sync(folder, source=release("old"))
    assert "--dir" in caught.value.remedy


def test_the_repository_itself_is_refused(release):
    with pytest.raises(CourseError, match=r"own repository.*--author"):
        sync(workspace.bundle.root(), source=release("old"))


def test_an_installation_without_lessons_says_so(folder):
    with pytest.raises(CourseError, match="contains no lessons"):
        sync(folder, source={})


def test_old_leftovers_of_a_killed_sync_are_removed_and_young_ones_kept(release, folder):
    source = release("old")
    sync(folder, source=source)
    old, young = (folder / "notebooks" / f".x.{name}.course-tmp" for name in ("old", "young"))
    for path in (old, young):
        path.write_text("half", encoding="utf-8")
    two_hours_ago = time.time() - 7200
    os.utime(old, (two_hours_ago, two_hours_ago))
    sync(folder, source=source)
    assert (old.exists(), young.exists()) == (False, True)


PRINTS = st.sampled_from(["a", "b", "c"])


@given(packaged=PRINTS, current=PRINTS | st.none(), delivered=PRINTS | st.none(), offered=PRINTS | st.none())
def test_only_a_file_that_is_exactly_what_was_delivered_is_ever_replaced(packaged, current, delivered, offered):
    entry = Entry(delivered, offered)
    action = decide(packaged, current, entry)
    assert (action is Action.DELIVER) == (current is None)
    if action is Action.UPDATE:
        assert current == delivered != packaged
    if action is Action.OFFER:
        assert packaged not in (current, delivered, offered)
    if current != packaged and current is not None:
        assert decide(packaged, current, None) is Action.OFFER


SYNC = """
import sys
from pathlib import Path
from course.app.workspace import sync
root, folder, version = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
print("go", flush=True)
while True:
    sync(folder, source={p.relative_to(root).as_posix(): p for p in root.rglob("*.ipynb")}, version=version)
    for p in root.rglob("*.ipynb"):  # the next version is out
        p.write_text(p.read_text().replace("old", "old!"))
"""


def test_a_kill_at_any_moment_loses_nothing(release, folder, write_notebook):
    """Kill a sync of ever newer versions thirty times; edits stay, and no file is ever half written."""
    source = release("old")
    root = source[LESSON].parents[1]
    for number in range(12):
        write_notebook(root / f"notebooks/1{number}_more.ipynb", "print('old')")
    sync(folder, source=source)
    mine = edit(folder / LESSON)
    chance = random.Random(1)
    for _ in range(30):
        child = subprocess.Popen([sys.executable, "-c", SYNC, root, folder, "0.2.0"], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(chance.uniform(0, 0.05))
        child.kill()
        child.wait()
        child.stdout.close()
        for path in root.rglob("*.ipynb"):  # the child may have been killed while it made a new version
            if not path.read_text(encoding="utf-8"):
                write_notebook(path, "print('old!')")
        assert (folder / LESSON).read_text(encoding="utf-8") == mine
        for path in folder.rglob("*.ipynb"):
            json.loads(path.read_text(encoding="utf-8"))
    sync(folder, source={path.relative_to(root).as_posix(): path for path in root.rglob("*.ipynb")})
    assert fingerprint(folder / OTHER) == fingerprint(source[OTHER])


def test_the_default_folder_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DIR", str(tmp_path))
    assert workspace.default_folder() == tmp_path
    monkeypatch.delenv("COURSE_DIR")
    assert workspace.default_folder().name == "borrowing-strength"


@pytest.mark.parametrize("damage", ["{", "<<<<<<< HEAD", '{"cells": 3}', "[]"])
def test_a_damaged_lesson_is_not_delivered_in_place_of_a_sound_one(release, folder, damage):
    sync(folder, source=release("first"), version="0.1.0")
    sound, broken = (folder / LESSON).read_bytes(), release("second")
    broken[LESSON].write_text(damage, encoding="utf-8")
    with pytest.raises(
        CourseError, match=f"the packaged {LESSON} is damaged .* so nothing was delivered. Mend it with"
    ):
        sync(folder, source=broken, version="0.2.0")
    assert (folder / LESSON).read_bytes() == sound


def test_nothing_that_is_delivered_shows_an_answer(tmp_path):
    # Golden outputs stand in the repository, for the tests; a learner writes a guess first.
    workspace.sync(tmp_path / "mine")
    delivered = [json.loads(path.read_bytes()) for path in (tmp_path / "mine").rglob("*.ipynb")]
    cells = [cell for notebook in delivered for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(delivered) == sum(name.endswith(".ipynb") for name in bundle.files())
    assert not [cell["id"] for cell in cells if cell["outputs"] or cell["execution_count"]]
    stored = [path for path in bundle.files().values() if b'"output_type"' in path.read_bytes()]
    assert stored or bundle.checkout() is None  # there was something to leave out


def test_a_new_version_beside_an_edited_lesson_shows_no_answer_either(tmp_path):
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "6 * 7", "execution_count": 1}
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "42"}]
    new = tmp_path / "new.ipynb"
    new.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    mine = tmp_path / "mine" / "notebooks" / "01.ipynb"
    mine.parent.mkdir(parents=True)
    mine.write_text("my own notes")
    report = workspace.sync(tmp_path / "mine", source={"notebooks/01.ipynb": new})
    [(_, beside)] = report.beside
    assert "42" not in (tmp_path / "mine" / beside).read_text()
    assert workspace.sync(tmp_path / "mine", source={"notebooks/01.ipynb": new}).beside == ()


STARTS = """
import sys
from pathlib import Path
from course import bundle
from course.app import workspace
bundle.files()
for line in sys.stdin:
    report = workspace.sync(Path(line.strip()))
    assert report.damaged_manifest is None
    assert not report.beside
    print("done", flush=True)
"""


def test_two_who_start_on_one_folder_at_once_leave_it_whole(tmp_path):
    both = [
        subprocess.Popen([sys.executable, "-c", STARTS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for number in range(10):
        folder = tmp_path / f"lessons-{number}"
        if number % 2:  # half of it is there
            sync(folder)
            for name in list(bundle.files())[::2]:
                (folder / name).unlink()
        for one in both:
            one.stdin.write(f"{folder}\n")
            one.stdin.flush()
        assert [one.stdout.readline() for one in both] == ["done\n"] * 2
        report = sync(folder)
        assert (report.delivered, report.updated, report.beside, report.damaged_manifest) == ((), (), (), None)
        assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == {
            *bundle.files(),
            workspace.MANIFEST,
        }
    for one in both:
        one.communicate()
        assert one.returncode == 0

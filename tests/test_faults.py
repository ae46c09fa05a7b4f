"""Disks that are full, or may only be read: real ones, in a sandbox. Nothing that was said to be kept is lost."""

import contextlib
import json
import shutil
import subprocess
import sys

import pytest

from course.app import workspace

ROOM = ("bwrap", "--bind", "/", "/", "--dev", "/dev")
pytestmark = pytest.mark.skipif(
    shutil.which("bwrap") is None or subprocess.run([*ROOM, "true"], check=False, capture_output=True).returncode != 0,
    reason="needs bubblewrap, which makes a small disk: sudo apt-get install bubblewrap",
)
WRITERS = {
    "journal": """
from course.records.journal import Journal
journal = Journal(disk / "progress.jsonl", "progress")
def write(n):
    journal.append({"n": n, "padding": "x" * (n % 307)})
def kept():
    return {event["n"] for event in journal.read()}
""",
    "reviews": """
import os
from datetime import UTC, datetime
os.environ["COURSE_DATA"] = str(disk)
from course.drills import reviews
from course.drills.history import Grade, Review
def write(n):
    reviews.note(Review(f"card-{n}-{'x' * (n % 307)}", datetime(2026, 5, 4, tzinfo=UTC), Grade.GOOD, 1.0))
def kept():
    return {int(review.card.split("-")[1]) for review in reviews.read()}
""",
    "whole files": """
from course.errors import writing_to
from course.records.files import write_atomically
def write(n):
    with writing_to(disk, ""):
        write_atomically(disk / "sheet", json.dumps([n, "x" * (60 * (n % 307))]).encode())
def kept():
    return set(range(json.loads((disk / "sheet").read_bytes())[0] + 1))
""",
}
# Each time another number of bytes is left, and writing goes on until the disk says that it is full.
FULL = """
import json, os, random, sys
from pathlib import Path
from course.errors import CourseError
disk, rng, n, said = Path(sys.argv[1]), random.Random(1), 0, set()
{writer}
for fault in range(int(sys.argv[2])):
    if fault % 10 == 0:  # begin anew: what is kept is read before each write
        for path in disk.iterdir():
            path.unlink()
        said.clear()
        n += 1
        write(n)
        said.add(n)
    stat = os.statvfs(disk)
    (disk / "filler").write_bytes(b"x" * max(0, stat.f_bavail * stat.f_frsize - rng.randrange(10_000)))
    try:
        for _ in range(400):
            n += 1
            write(n)
            said.add(n)
        sys.exit("the disk did not fill")
    except CourseError as error:
        assert "the disk is full" in str(error), error
    assert said <= kept(), sorted(said - kept())[:5]
    (disk / "filler").unlink()
    n += 1
    write(n)
    said.add(n)
assert said <= kept()
print(json.dumps([n, sorted(path.name for path in disk.iterdir() if not path.name.endswith(".lock"))]))
"""


def in_a_room(code, *options, args=()):
    done = subprocess.run(
        [*ROOM, *options, sys.executable, "-c", code, *args], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("what", WRITERS)
def test_five_hundred_full_disks_lose_nothing(tmp_path, what):
    code = FULL.format(writer=WRITERS[what])
    disk = str(tmp_path)
    written, files = json.loads(in_a_room(code, "--size", str(2**24), "--tmpfs", disk, args=[disk, "500"]))
    assert written >= 500
    assert len(files) == 1, files  # nothing set aside, and no half of a file left behind


READ_ONLY = """
import sys
from pathlib import Path
from course.errors import CourseError
disk = Path(sys.argv[1])
{writer}
if sys.argv[2] == "write":
    write(1)
else:
    assert 1 in kept()
    try:
        write(2)
        sys.exit("it wrote where nobody may")
    except CourseError as error:
        assert sys.argv[2] in str(error), error
    assert 2 not in kept()
"""
NOBODY = ("--cap-drop", "ALL")  # root too may then write only where permissions say so


@contextlib.contextmanager
def read_only(folder, how):
    """Options of a room, and the words of a refusal there."""
    if how == "disk":
        yield ("--ro-bind", str(folder), str(folder)), "read-only"
    elif how == "permission":
        subprocess.run(["chmod", "-R", "a-w", str(folder)], check=True)
        try:
            yield NOBODY, "you may not write there"
        finally:
            subprocess.run(["chmod", "-R", "u+w", str(folder)], check=True)
    else:
        attribute = ["chattr", "-R", "+i", str(folder)]
        if shutil.which("chattr") is None or subprocess.run(attribute, check=False, capture_output=True).returncode:
            pytest.skip("needs chattr, root, and a file system that knows what is immutable")
        try:
            yield (), "you may not write there"
        finally:
            subprocess.run(["chattr", "-R", "-i", str(folder)], check=True)


@pytest.mark.parametrize("how", ["disk", "permission", "immutable"])
@pytest.mark.parametrize("what", ["journal", "reviews"])
def test_a_place_that_became_read_only_is_still_read(tmp_path, what, how):
    code, disk = READ_ONLY.format(writer=WRITERS[what]), str(tmp_path)
    in_a_room(code, args=[disk, "write"])
    with read_only(tmp_path, how) as (options, words):
        in_a_room(code, *options, args=[disk, words])


START = """
import sys
from pathlib import Path
from course.app import workspace
from course.errors import CourseError
try:
    print(workspace.sync(Path(sys.argv[1])).delivered)
except CourseError as error:
    print(error)
"""


@pytest.mark.parametrize("how", ["disk", "permission", "immutable"])
def test_a_workspace_that_became_read_only_opens_and_says_so_when_a_lesson_is_missing(tmp_path, how):
    folder, lesson = tmp_path / "lessons", "notebooks/04_shrinkage.ipynb"
    workspace.sync(folder)
    with read_only(folder, how) as (options, _):
        assert in_a_room(START, *options, args=[str(folder)]) == "()\n"
    (folder / lesson).unlink()
    with read_only(folder, how) as (options, words):
        said = in_a_room(START, *options, args=[str(folder)])
    assert f"cannot write to {folder}" in said
    assert words in said
    assert workspace.sync(folder).delivered == (lesson,)

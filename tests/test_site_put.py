"""The folder of the website is replaced whole, whenever it is stopped."""

import os

import pytest

from tests.killing import killed

WRITER = """
from pathlib import Path
from course.app import site
place = Path({place!r})
out, before, wrong = place / "site", place / ".site.before", place / "wrong.txt"
def whole(folder):
    pages = [page.read_text() for page in folder.glob("*.html")]
    return len(pages) == 20 and len(set(pages)) == 1
def write(kill, n, seed):
    if place.joinpath("begun").exists() and not whole(out if out.exists() else before):
        with wrong.open("a") as file:
            file.write(f"{{kill}} {{n}}\\n")
    made = place / f"made-{{os.getpid()}}"
    made.mkdir(exist_ok=True)
    for page in range(20):
        (made / f"{{page}}.html").write_text(f"{{kill}} {{n}} " * 200)
    site._put(made, out)
    place.joinpath("begun").touch()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks a writer 1000 times")
def test_a_thousand_kills_leave_a_whole_website(tmp_path):
    said = killed(WRITER.format(place=str(tmp_path)), seeds=(1,), kills=1000)
    assert not (tmp_path / "wrong.txt").exists()
    assert len({kill for _, kill, _ in said}) > 100  # else the kills met nobody at work
    place = tmp_path / "site" if (tmp_path / "site").exists() else tmp_path / ".site.before"
    kill, n = map(int, (place / "0.html").read_text(encoding="utf-8").split()[:2])
    assert (kill, n) >= max((kill, n) for _, kill, n in said)  # the last that had come, or one that was coming


TWO = """
from pathlib import Path
import traceback
from course.app import site
place = Path({place!r})
def write(kill, n, seed):
    try:
        made = place / f"made-{{os.getpid()}}"
        made.mkdir(exist_ok=True)
        for page in range(20):
            (made / f"{{page}}.html").write_text(f"{{seed}} {{kill}} {{n}} " * 200)
        site._put(made, place / "site")
    except Exception:
        with (place / "wrong.txt").open("a") as file:
            traceback.print_exc(file=file)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks writers")
def test_two_who_make_the_website_at_once_and_are_killed_leave_that_of_one(tmp_path):
    said = killed(TWO.format(place=str(tmp_path)), seeds=(1, 2), kills=100)
    wrong = tmp_path / "wrong.txt"
    assert not wrong.exists(), wrong.read_text()[-2000:]
    assert {seed for seed, *_ in said} == {1, 2}
    place = tmp_path / "site" if (tmp_path / "site").exists() else tmp_path / ".site.before"
    pages = [page.read_text(encoding="utf-8") for page in place.glob("*")]
    assert len(pages) == 20
    assert len(set(pages)) == 1

"""Where things are kept: a computer that refuses a place gets another, and every program agrees on it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from course.app import places

ASK = """
import IPython.paths, jupyter_core.paths as jupyter, matplotlib, pytensor
from course.records import journal
print(pytensor.config.base_compiledir, matplotlib.get_configdir(), IPython.paths.get_ipython_dir(), sep="\\n")
print(jupyter.jupyter_runtime_dir(), jupyter.jupyter_data_dir(), jupyter.jupyter_config_dir(), sep="\\n")
print(journal.folder())
"""


@pytest.fixture
def no_home(monkeypatch, tmp_path):
    """A home in which nothing can be made, also for root: a file stands in its place."""
    home = tmp_path / "home"
    home.write_text("x", encoding="utf-8")
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home))
    others = (*places._HOMES, "PYTENSOR_FLAGS", "PYTENSORRC", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
    for name in others:
        monkeypatch.setenv(name, "")  # so that what make_room sets is undone at the end
        monkeypatch.delenv(name)
    return home


def test_a_file_in_place_of_a_folder_refuses_and_a_folder_still_to_be_made_does_not(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert places.refusal(tmp_path / "file" / "cache")
    assert not places.refusal(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


@pytest.mark.skipif(os.name != "posix" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do all")
def test_a_folder_without_permission_refuses(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o555)
    assert "denied" in places.refusal(tmp_path / "locked" / "cache").lower()


def test_where_all_is_well_nothing_is_moved_or_said(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("PYTENSOR_FLAGS", f"base_compiledir={tmp_path / 'cache'}")
    before = dict(os.environ)
    assert places.make_room(tmp_path / "room") == []
    assert dict(os.environ) == before
    assert not (tmp_path / "room").exists()


def test_without_a_home_every_program_keeps_its_things_in_the_room(no_home, monkeypatch, tmp_path):
    """The oracles are the programs themselves, in a fresh process, with a blank and a quote in the room's path."""
    room = tmp_path / "a learner's room"
    monkeypatch.setenv("PYTENSOR_FLAGS", "floatX=float64")
    compiled, home = places.make_room(room)
    assert compiled.startswith(f"{no_home / '.pytensor'} cannot be written to (") or os.name == "nt"
    assert home.startswith("Your home folder cannot be written to (")
    done = subprocess.run([sys.executable, "-W", "error", "-c", ASK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found = list(map(Path, done.stdout.splitlines()))
    assert len(found) == 7
    assert all(place.is_relative_to(room) for place in found), found
    assert places.compile_cache() == found[0]
    assert places.make_room(room) == []


def test_what_a_learner_chose_stays(no_home, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_DATA", "mine")
    places.make_room(tmp_path / "room")
    assert os.environ["COURSE_DATA"] == "mine"

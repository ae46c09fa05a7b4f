"""`course lab`, alive: it answers, it stops when it is told to, and it refuses what cannot work."""

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from course import bundle
from course.app import lab, ports
from course.errors import CourseError
from tests.serving import LIMIT


def test_a_port_in_use_is_a_sentence_with_a_remedy(busy_port):
    with pytest.raises(CourseError, match=rf"port {busy_port} is in use.*Leave --port out"):
        ports.require_free(busy_port)


def test_a_port_in_use_stops_the_command_before_jupyter_starts(busy_port, tmp_path):
    command = [
        sys.executable,
        "-m",
        "course",
        "lab",
        "--no-browser",
        "--dir",
        str(tmp_path / "w"),
        "--port",
        str(busy_port),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "is in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_free_port_is_accepted():
    ports.require_free(ports.find_free())


def test_jupyter_asks_the_network_nothing_and_opens_the_first_lesson(tmp_path):
    options = lab.arguments(tmp_path, first=bundle.FIRST_LESSON, port=None, browser=True)
    assert "--LabApp.news_url=None" in options
    assert "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate" in options
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in options
    assert not any("port" in option for option in options)


def test_root_is_let_in_and_nobody_else_is_asked_to_be(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert "--allow-root" in lab.arguments(tmp_path, first=None, port=None, browser=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "--allow-root" not in lab.arguments(tmp_path, first=None, port=None, browser=False)
    monkeypatch.delattr(os, "geteuid")  # Windows
    assert "--allow-root" not in lab.arguments(tmp_path, first=None, port=None, browser=False)


def test_a_missing_jupyterlab_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)
    with pytest.raises(CourseError, match=r"the package jupyterlab.* is missing.*course doctor"):
        lab.run([])


def test_what_lessons_import_is_imported_beside_the_first_start_only(monkeypatch, tmp_path):
    found = importlib.util.find_spec("json")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: found)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(lab, "_AHEAD", f"open({str(tmp_path / 'imported')!r}, 'w').close()")
    found.cached = str(tmp_path / "json.pyc")
    assert lab.prepare().wait(60) == 0
    assert (tmp_path / "imported").is_file()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert lab.prepare() is None
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    found.cached = str(tmp_path / "imported" / "json.pyc")  # under a file: nothing can be kept there
    assert lab.prepare() is None
    found.cached = str(tmp_path / "json.pyc")
    (tmp_path / "json.pyc").touch()
    assert lab.prepare() is None


def test_what_is_imported_beside_the_first_start_is_installed():
    subprocess.run([sys.executable, "-c", lab._AHEAD], check=True, capture_output=True)


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C cannot be sent to one process on Windows")
@pytest.mark.skipif(not bundle.files(), reason="this checkout has no lessons yet")
@pytest.mark.parametrize("home", ["usual", "one that cannot be written to"])
def test_jupyterlab_answers_and_stops_at_ctrl_c(monkeypatch, tmp_path, home):
    if home != "usual":
        (tmp_path / "home").write_text("a file where the folder should be", encoding="utf-8")
        for name in ("HOME", "USERPROFILE"):
            monkeypatch.setenv(name, str(tmp_path / "home"))
    port, folder = ports.find_free(), tmp_path / "my lessons"
    command = [sys.executable, "-m", "course", "lab", "--no-browser", "--port", str(port), "--dir", str(folder)]
    log = tmp_path / "log"
    with log.open("w") as output:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            page = wait_for_page(server, port, log)
            server.send_signal(signal.SIGINT)
            code = server.wait(LIMIT)
        finally:
            server.kill()
            server.wait()
    assert "JupyterLab" in page
    assert code == 0
    assert "Traceback" not in log.read_text()
    assert "To stop it, press Ctrl-C here." in log.read_text()
    assert "nbgrader" not in log.read_text()  # it is for teachers
    disabled = json.loads(re.search(r'"disabledExtensions": (\[.*?\])', page)[1])
    assert set(disabled) >= {"@jupyter/nbgrader", "@jupyterlab/apputils-extension:announcements"}
    assert all((folder / name).is_file() for name in bundle.files())
    assert ("Your home folder cannot be written to" in log.read_text()) == (home != "usual")


def wait_for_page(server: subprocess.Popen, port: int, log: Path) -> str:
    end = time.monotonic() + LIMIT
    while time.monotonic() < end and server.poll() is None:
        token = re.search(r"token=(\w+)", log.read_text())
        if token:
            try:
                address = f"http://127.0.0.1:{port}/lab?token={token[1]}"
                with urllib.request.urlopen(address, timeout=10) as answer:
                    return answer.read().decode()
            except OSError:
                pass
        time.sleep(0.1)
    pytest.fail(f"no answer:\n{log.read_text()}")

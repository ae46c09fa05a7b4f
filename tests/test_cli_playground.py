"""`course playground`, alive but without a browser: what it serves, that it stops, and what it refuses."""

import http.client
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import ipywidgets as widgets
import nbformat
import pytest

from course import explore
from course.app import playground, ports
from course.errors import CourseError
from course.syllabus import explorers
from tests.serving import LIMIT, served, wait_for

EXPLORERS = {name: about for name, (about, _) in explorers().items()}


def test_everything_on_the_list_is_an_explorer():
    assert all(isinstance(getattr(explore, name)(), widgets.VBox) for name in EXPLORERS)


@pytest.mark.parametrize("name", EXPLORERS)
def test_every_explorer_has_a_title_a_question_and_a_scene(name):
    about = EXPLORERS[name]
    assert 0 < len(about.title) < 30
    assert about.question.endswith("?")
    assert about.scene.endswith(".")


def test_the_list_is_read_without_loading_an_explorer():
    code = "import sys, course.syllabus, course.app.playground; course.syllabus.explorers(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"altair", "ipywidgets", "voila", "nbformat"}.intersection(loaded)


def test_the_notebook_is_sound_and_has_a_heading_and_a_picture_for_each_explorer():
    made = playground.notebook()
    nbformat.validate(made)
    prose = "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
    assert re.findall(r"^(# |<h2 )", prose, re.MULTILINE) == ["# ", *["<h2 "] * len(EXPLORERS)]
    code = [cell.source for cell in made.cells if cell.cell_type == "code"]
    assert [source.splitlines()[-1] for source in code] == [f"VBox([explore.{name}()])" for name in EXPLORERS]


def test_it_listens_on_this_computer_only_and_ends_kernels_that_no_page_uses():
    options = playground.arguments(Path("page.ipynb"), port=8000, browser=True, idle=60)
    assert {"--Voila.ip=127.0.0.1", "--Voila.port=8000", "--Voila.port_retries=0"} <= set(options)
    assert "--MappingKernelManager.cull_idle_timeout=60" in options
    assert "--MappingKernelManager.cull_interval=20" in options
    assert "--no-browser" not in options
    assert "--no-browser" in playground.arguments(Path("page.ipynb"), port=8000, browser=False)


def test_the_pages_that_voila_adds_ask_no_address_outside():
    templates = Path(playground.__file__).parent / "share" / "nbconvert" / "templates" / "playground"
    pages = list(templates.iterdir())
    assert {page.name for page in pages} >= {"index.html.j2", "page.html", "error.html", "browser-open.html"}
    assert not [page.name for page in pages if "//" in re.sub(r"^ *//.*$", "", page.read_text(), flags=re.MULTILINE)]


def course(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "course", *map(str, arguments)]


def test_help_has_an_example():
    done = subprocess.run(course("playground", "--help"), capture_output=True, text=True, check=True)
    assert "course playground --port 9000 --no-browser" in done.stdout


def test_a_port_in_use_stops_the_command_before_voila_starts(busy_port):
    command = course("playground", "--no-browser", "--port", busy_port)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"port {busy_port} is in use" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("port", ["x", "0", "70000"])
def test_a_port_that_is_none_is_a_usage_error(port):
    done = subprocess.run(course("playground", "--port", port), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_missing_voila_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "voila.app", None)
    with pytest.raises(CourseError, match=r"the package voila.* is missing.*course doctor"):
        playground.run(port=8000, browser=False)


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C cannot be sent to one process on Windows")
def test_it_serves_a_page_without_code_and_stops_at_ctrl_c(tmp_path):
    port, log = ports.find_free(), tmp_path / "log"
    # Given in another folder than the course's: the parts of the page are found all the same.
    with served(course("playground", "--no-browser", "--port", port), log, cwd=tmp_path) as server:
        page = wait_for(f"http://127.0.0.1:{port}/", server, log)
        server.send_signal(signal.SIGINT)
        code = server.wait(timeout=LIMIT)
    assert code == 0
    assert log.read_text() == f"Playground: http://127.0.0.1:{port}/  To stop it, press Ctrl-C here.\n"
    assert '<html lang="en">' in page
    assert f"<title>{playground.TITLE}</title>" in page
    assert [about.question in page for about in EXPLORERS.values()] == [True] * len(EXPLORERS)
    assert page.count("vnd.jupyter.widget-view+json") == len(EXPLORERS)  # no cell failed
    assert "explore.pooling()" not in page
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//[^"' >]+""", page)


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C cannot be sent to one process on Windows")
def test_ctrl_c_while_a_picture_is_being_drawn_is_as_quiet(tmp_path):
    port, log = ports.find_free(), tmp_path / "log"
    address = f"http://127.0.0.1:{port}/"
    with served(course("playground", "--no-browser", "--port", port), log, cwd=tmp_path) as server:
        wait_for(f"{address}voila/static/voila.js", server, log)
        with urllib.request.urlopen(address, timeout=LIMIT) as answer:
            assert any(b"jupyter-config-data" in line for line in answer)  # from there on the kernel runs
            server.send_signal(signal.SIGINT)
            code = server.wait(timeout=LIMIT)
            with pytest.raises(http.client.IncompleteRead):
                answer.read()
    assert code == 0
    assert len(log.read_text().splitlines()) == 1, log.read_text()

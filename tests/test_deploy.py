"""What is for hosts and hubs and is not run here: that it can be read, and that its versions are the course's."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from course import __version__, bundle

ROOT = bundle.root()
DEPLOY, BINDER = ROOT / "deploy", ROOT / "binder"
PYTHON = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
UV = "uv==0.13.9"
HUB = re.compile(r"jupyterhub>=5,<6")


def text_of(path):
    return path.read_text(encoding="utf-8")


def test_each_says_at_its_top_what_was_not_run():
    for path in (*DEPLOY.iterdir(), BINDER / "postBuild"):
        if path.name != "jupyter_server_config.py":  # which runs below
            assert re.search(
                r"not (run|built) by the course's( own)? tests", " ".join(text_of(path)[:400].lower().split())
            )


def test_they_use_the_courses_python_one_uv_and_the_date_of_pyproject():
    assert f"FROM python:{PYTHON}-slim" in text_of(DEPLOY / "Dockerfile")
    assert text_of(BINDER / "runtime.txt").strip() == f"python-{PYTHON}"
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    assert project["project"]["requires-python"] == f">={PYTHON}"
    assert project["tool"]["uv"]["exclude-newer"]
    for path in (DEPLOY / "Dockerfile", DEPLOY / "littlest-jupyterhub.sh", BINDER / "postBuild"):
        assert re.findall(r"uv==[\d.]+", text_of(path)) == [UV]
        assert "--exclude-newer" not in text_of(path), "the date stands in one place"
        assert "--compile-bytecode" in text_of(path)


def test_the_hub_in_an_image_is_the_one_that_starts_it():
    for name in ("Dockerfile", "littlest-jupyterhub.sh"):
        assert HUB.search(text_of(DEPLOY / name))
    assert re.search(r"--version 4\.\d+\.\d+ ", text_of(DEPLOY / "zero-to-jupyterhub.yaml"))
    assert "--version 2.0.0 " in text_of(DEPLOY / "littlest-jupyterhub.sh")


def test_yaml_parses_and_the_image_has_the_courses_version():
    values = yaml.safe_load(text_of(DEPLOY / "zero-to-jupyterhub.yaml"))
    assert values["singleuser"]["image"]["tag"] == __version__
    assert {"singleuser", "prePuller", "cull"} == values.keys()
    assert yaml.safe_load(text_of(DEPLOY / "pages.yml"))["jobs"]
    assert set(re.findall(r"borrowing-strength:([\d.]+)", text_of(DEPLOY / "Dockerfile"))) == {__version__}


def test_what_the_image_runs_first_is_there():
    for path in (DEPLOY / "Dockerfile", BINDER / "postBuild"):
        named = re.findall(r"notebooks/(\w+\.ipynb)", text_of(path))
        assert named
        assert all((ROOT / "notebooks" / name).is_file() for name in named)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize("path", [DEPLOY / "littlest-jupyterhub.sh", BINDER / "postBuild"], ids=lambda path: path.name)
def test_scripts_are_bash_and_can_be_run(path):
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0
    if os.name == "posix":
        assert os.access(path, os.X_OK)


def served(home, monkeypatch):
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    monkeypatch.setattr(Path, "home", lambda: home)
    config = SimpleNamespace(ServerApp=SimpleNamespace(), LabApp=SimpleNamespace())
    runpy.run_path(str(DEPLOY / "jupyter_server_config.py"), {"get_config": lambda: config})
    return config


def test_a_user_of_a_hub_finds_the_lessons_and_keeps_what_was_written(tmp_path, monkeypatch):
    config = served(tmp_path, monkeypatch)
    first = tmp_path / "borrowing-strength" / "notebooks" / "00_start_here.ipynb"
    assert config.LabApp.default_url.endswith("/lab/tree/borrowing-strength/notebooks/00_start_here.ipynb")
    assert config.ServerApp.root_dir == str(tmp_path)
    assert (Path(os.environ["JUPYTER_CONFIG_PATH"]) / "labconfig" / "page_config.json").is_file()
    first.write_text(first.read_text(encoding="utf-8").replace("guess = None", "guess = 12"), encoding="utf-8")
    served(tmp_path, monkeypatch)
    assert "guess = 12" in first.read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="folders refuse otherwise")
def test_a_home_without_room_does_not_keep_the_server_from_starting(tmp_path, monkeypatch):
    (tmp_path / "borrowing-strength").write_text("a file where the folder should be", encoding="utf-8")
    config = served(tmp_path, monkeypatch)
    assert not hasattr(config.LabApp, "default_url")

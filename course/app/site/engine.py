"""What the worker loads: Pyodide, and of NumPy, SciPy and the course what the explorers use, as bytecode."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from course.app.site.pyodide import NUMPY, SCIPY, VERSION

_CORE: Final = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm")
LIBRARY: Final = "python_stdlib.zip"
# Of Python's library: tools, other systems and other alphabets. What a notebook may want is in JupyterLite's copy.
_TOOLS: Final = re.compile(
    r"^(unittest|xmlrpc|wsgiref|multiprocessing|xml/dom|xml/parsers|email/mime|ctypes/macholib|site-packages)/|"
    r"^encodings/(?!(__init__|aliases|ascii|latin_1|utf_\w+|cp437|cp1252|idna|punycode|\w+_escape)\.)|"
    r"^asyncio/(windows|proactor)|^http/(server|cookie)|^logging/(handlers|config)\.|^(email/)?(_header_value_parser|headerregistry|"
    r"generator|contentmanager|policy|pydoc|doctest|pdb|bdb|cmd|code|smtplib|ftplib|imaplib|poplib|mailbox|"
    r"socketserver|cProfile|profile|pstats|trace|tracemalloc|timeit|pickletools|modulefinder|plistlib|pyclbr|"
    r"compileall|webbrowser|_pyio|_pydatetime|_pydecimal|optparse|argparse|getopt|filecmp|fileinput|ssl|ntpath|"
    r"configparser|statistics|stringprep|turtle|gzip|lzma|uuid|sysconfig|mimetypes|shelve|cgi\w*)\.py$"
)
# Of NumPy: what no explorer imports, and what is for compilers.
_UNUSED: Final = re.compile(
    r"(^|/)(tests|f2py|distutils|doc|_pyinstaller)/|\.(pyi|pxd|h|a|pyx|inc|txt|ini)$|_umath_tests|"
    r"_rational_tests|_struct_ufunc_tests|_operand_flag_tests|_simd\."
)
# Of SciPy: special functions, in the compiled modules that hold them. Its own __init__ would load linalg and sparse.
_SPECIAL: Final = ("_lib/_ccallback_c", "special/_ufuncs", "special/_ufuncs_cxx", "special/_special_ufuncs")
_SPECIAL_PYTHON: Final = ("special/_sf_error.py", "special/_logsumexp.py")
_SCIPY: Final[Mapping[str, str]] = {
    "scipy/__init__.py": "",
    "scipy/_lib/__init__.py": "",
    "scipy/_lib/_util.py": (
        "from numpy import asarray\n\ndef _asarray_validated(a, check_finite=True, **options):\n    return asarray(a)\n"
    ),
    "scipy/special/__init__.py": (
        "from ._ufuncs import *\nfrom ._ufuncs import psi as digamma\n"
        "from ._logsumexp import log_softmax, logsumexp, softmax\n"
    ),
}
# `_ufuncs` is linked against OpenBLAS, for ellipsoidal harmonics: a library without functions (a WebAssembly module
# with an empty `dylink.0` section) lets it load, and a call of one would say that its symbol is missing. 1.9 MB less.
_NO_LIBRARY: Final = b"\0asm\1\0\0\0\0\x0f\x08dylink.0\1\4\0\0\0\0"
_INFO: Final = {
    "abi_version": "2024_0",
    "arch": "wasm32",
    "platform": "emscripten_3_1_58",
    "python": "3.12.7",
    "version": VERSION,
}
# Which files a piece of work opens: found by doing it, in a process of its own.
_TRACE: Final = """
import json, sys
opened = set()
sys.addaudithook(lambda event, given: opened.add(str(given[0])) if event == "open" else None)
exec(sys.argv[1])
files = {module.__file__ for module in sys.modules.values() if getattr(module, "__file__", None)}
print(json.dumps(sorted(files | opened)))
"""
_EXPLORERS: Final = """
from course.explore import answers, rooms
for name in rooms():
    assert "error" not in json.loads(answers.answer(name, "{}")), name
"""
COURSE: Final = Path(__file__).resolve().parents[2]


def write(bytes_in: Path, out: Path) -> None:
    """Write the worker's folder.

    Parameters
    ----------
    bytes_in : Path
        What `pyodide.found` returned.
    out : Path
        The folder to make.
    """
    out.mkdir(parents=True)
    for name in _CORE:
        shutil.copyfile(bytes_in / name, out / name)
    library = {n: data for n, data in inside(bytes_in / LIBRARY).items() if not _TOOLS.search(n)}
    (out / LIBRARY).write_bytes(archive(library))
    numpy = {n: data for n, data in inside(bytes_in / NUMPY).items() if not _UNUSED.search(n)}
    packages = {
        "openblas": (out / "openblas.zip", {"libopenblas.so": _NO_LIBRARY}, "shared_library"),
        "numpy": (out / NUMPY, numpy, "package"),
        "scipy": (out / SCIPY, dict(_scipy(bytes_in / SCIPY)), "package"),
    }
    lock: dict[str, Any] = {"info": _INFO, "packages": {}}
    for name, (path, files, kind) in packages.items():
        path.write_bytes(archive(files))
        lock["packages"][name] = {
            "name": name,
            "version": path.name.split("-")[1] if kind == "package" else "0",
            "file_name": path.name,
            "install_dir": "dynlib" if kind == "shared_library" else "site",
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "package_type": kind,
            "imports": [name] if kind == "package" else [],
            "depends": {"scipy": ["numpy", "openblas"]}.get(name, []),
            "unvendored_tests": False,
        }
    (out / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    (out / "course.zip").write_bytes(archive(under(COURSE.parent, explorers())))
    write_sums(out)


def write_sums(out: Path) -> None:
    """Write the sums of the archives of the course, which the worker holds against what it fetched.

    Parameters
    ----------
    out : Path
        The worker's folder, with all of them in it.
    """
    digests = {path.name: hashlib.sha256(path.read_bytes()).digest() for path in sorted(out.glob("*.zip"))}
    sums = {name: f"sha256-{base64.b64encode(digest).decode()}" for name, digest in digests.items()}
    (out / "sums.json").write_text(json.dumps(sums), encoding="utf-8")


def _scipy(wheel: Path) -> Iterator[tuple[str, bytes]]:
    yield from ((name, text.encode()) for name, text in _SCIPY.items())
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            inside = name.removeprefix("scipy/")
            if inside.partition(".")[0] in _SPECIAL or inside in _SPECIAL_PYTHON or ".dist-info/" in name:
                yield name, archive.read(name)


def explorers() -> set[Path]:
    """Return the files of the course that any explorer opens."""
    return {path for path in traced(_EXPLORERS) if path.is_relative_to(COURSE)}


def traced(work: str, *given: str) -> set[Path]:
    """Return the files that a piece of work opens, bytecode aside.

    Parameters
    ----------
    work : str
        Python; it has `sys` and `json`.
    *given : str
        What it finds in ``sys.argv``, from 2 on.
    """
    command = [sys.executable, "-c", _TRACE, work, *given]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    paths = map(Path, json.loads(done.stdout.splitlines()[-1]))
    return {path for path in paths if path.suffix != ".pyc" and path.is_file()}


def inside(path: Path) -> dict[str, bytes]:
    """Return the files of an archive by their names in it."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def under(root: Path, paths: Iterable[Path]) -> dict[str, bytes]:
    """Return files by their names in an archive whose top is ``root``."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def archive(files: Mapping[str, bytes]) -> bytes:
    """Zip files with Python's in bytecode, which loads sooner, where this Python makes the browser's (3.12).

    Parameters
    ----------
    files : mapping of str to bytes
        By their names in it.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted(_compiled(files) if sys.version_info[:2] == (3, 12) else files.items()):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)
    return target.getvalue()


def _compiled(files: Mapping[str, bytes]) -> Iterable[tuple[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="bytecode-") as folder:
        source, made = Path(folder) / "source.py", Path(folder) / "made.pyc"
        for name, data in files.items():
            if not name.endswith(".py"):
                yield name, data
                continue
            source.write_bytes(data)
            mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
            py_compile.compile(str(source), str(made), dfile=name, doraise=True, optimize=0, invalidation_mode=mode)
            yield f"{name}c", made.read_bytes()

"""Where programs that the lessons use keep things on this computer, and what to do where they may not.

Nothing heavy is imported: the doctor asks as well, and must work when PyMC does not.
"""

import configparser
import importlib.util
import os
import shlex
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from course.errors import at_home, expanded

SWITCHED_OFF = "PYTHONDONTWRITEBYTECODE is set"

# What keeps something in the home folder, beside PyTensor, and would stop or warn in every notebook where it cannot.
_HOMES = {
    "COURSE_DATA": "records",
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "jupyter/config",
    "JUPYTER_DATA_DIR": "jupyter/data",
    "JUPYTER_RUNTIME_DIR": "jupyter/runtime",
    "MPLCONFIGDIR": "matplotlib",
}


def refusal(folder: Path) -> str:
    """Say why nothing can be written to a folder, or to the one it would be made in; empty when it can.

    It is tried: permissions do not tell the whole truth on Windows, for root, and on a full disk.

    Parameters
    ----------
    folder : Path
        Need not exist.
    """
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"x")
    except OSError as error:
        return error.strerror or str(error)
    return ""


def without_bytecode(*names: str) -> list[Path]:
    """Return where the bytecode of packages would be, of those that are installed and have none.

    Parameters
    ----------
    names : str
        Packages; none is loaded.
    """
    specs = map(importlib.util.find_spec, names)
    places = [Path(spec.cached) for spec in specs if spec and spec.cached]
    return [place for place in places if not place.is_file()]


def keeps_no_bytecode(places: Iterable[Path]) -> set[str]:
    """Say why Python would not write bytecode there; empty when it would.

    Parameters
    ----------
    places : iterable of Path
        As `without_bytecode` returns them.
    """
    reasons = {refusal(place.parent) for place in places} - {""}
    return reasons | ({SWITCHED_OFF} if sys.dont_write_bytecode else set())


def compile_cache() -> Path:
    """Return the folder where PyTensor keeps compiled models, worked out without importing it."""
    if chosen := _pytensor_flags().get("base_compiledir"):
        return expanded(chosen, "PYTENSOR_FLAGS")
    settings = configparser.ConfigParser(interpolation=None)
    home = _home()
    named = os.environ.get("PYTENSORRC")
    settings.read(expanded(named, "PYTENSORRC") if named else home / ".pytensorrc")
    if chosen := settings.get("global", "base_compiledir", fallback=None):
        return expanded(chosen, "base_compiledir")
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "PyTensor"
    return home / ".pytensor"


def _home() -> Path:
    with at_home("PYTENSOR_FLAGS=base_compiledir=DIR"):
        return Path.home()


def _pytensor_flags() -> dict[str, str]:
    parts = shlex.shlex(os.environ.get("PYTENSOR_FLAGS", ""), posix=True)  # as PyTensor does it
    parts.whitespace, parts.whitespace_split = ",", True
    return dict(part.strip().split("=", 1) for part in parts if "=" in part)


def make_room(folder: Path) -> list[str]:
    """Keep in ``folder`` what cannot be kept in its usual place, for this process and those it starts.

    Parameters
    ----------
    folder : Path
        One that can be written to.

    Returns
    -------
    list of str
        A sentence for each thing that was moved; empty on most computers.
    """
    said = []
    if reason := refusal(compile_cache()):
        flags = os.environ.get("PYTENSOR_FLAGS", "")
        said.append(f"{compile_cache()} cannot be written to ({reason}): compiled models are kept in {folder}.")
        os.environ["PYTENSOR_FLAGS"] = ",".join(
            filter(None, [flags, f"base_compiledir={shlex.quote(str(folder / 'compiled'))}"])
        )
    if reason := refusal(_home()):
        moved = {name: folder / place for name, place in _HOMES.items() if name not in os.environ}
        if not moved:
            return said
        for name, place in moved.items():
            place.mkdir(parents=True, exist_ok=True)
            os.environ[name] = str(place)
        said.append(f"Your home folder cannot be written to ({reason}): {', '.join(moved)} are set to {folder}.")
    return said

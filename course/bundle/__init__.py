"""Where the lessons are: inside the installed package, or in the repository when working from a checkout."""

import json
from collections.abc import Mapping
from pathlib import Path

from course.bundle import outputs
from course.errors import CourseError

REINSTALL = "pip install --force-reinstall borrowing-strength"
# Without --inexact uv would remove what is not asked for, such as PyTorch or the tools of authors.
SYNC = "uv sync --inexact"
BRING_GROUP = f"{SYNC} --group dev --compile-bytecode"  # dozens of kernels are about to start
FOLDERS = ("notebooks", "exercises")
FIRST_LESSON = "notebooks/00_start_here.ipynb"


def checkout() -> Path | None:
    """Return the root of the repository this package runs from, or None when it is installed from a wheel."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / "pyproject.toml").is_file() and (root / "notebooks").is_dir() else None


def require_checkout(command: str) -> Path:
    """Return the root of the repository, for commands that make sense only there.

    Parameters
    ----------
    command : str
        What needs it, for the message.

    Raises
    ------
    CourseError
        When the course was installed as a package.
    """
    if (found := checkout()) is None:
        raise CourseError(
            f"`{command}` works on a git checkout, and this course was installed as a package",
            f"Clone the repository and run there: uv run {command}",
        )
    return found


def command(text: str) -> str:
    """Return a command as it is typed here: in a checkout ``course`` is in uv's environment, not on the path."""
    return f"uv run {text}" if checkout() else text


def bring(extra: str) -> str:
    """Return the command that installs an extra here."""
    return f"{SYNC} --extra {extra}" if checkout() else f'pip install "borrowing-strength[{extra}]"'


def root() -> Path:
    """Return the folder that holds ``notebooks/`` and ``exercises/``."""
    packaged = Path(__file__).resolve().parent
    return packaged if (packaged / "exercises").is_dir() else (checkout() or packaged)


def files() -> dict[str, Path]:
    """Return what a workspace is made of.

    Returns
    -------
    dict of str to Path
        The file's place in a workspace, with forward slashes (``"notebooks/00_start_here.ipynb"``), and its source.
    """
    source = root()
    found = (path for folder in FOLDERS for path in sorted((source / folder).rglob("*")))
    names = {path.relative_to(source): path for path in found if path.is_file()}
    return {name.as_posix(): path for name, path in names.items() if not _is_hidden(name)}


def handout(path: Path) -> bytes:
    """Return a file as a learner gets it: of a notebook without what its cells have put out.

    Golden outputs are for the tests; on a learner's page they would stand there before the guess.

    Parameters
    ----------
    path : Path
        A file of `files`.

    Returns
    -------
    bytes
        As it is, where it is no notebook.
    """
    return outputs.removed(path.read_bytes()) if path.suffix == ".ipynb" else path.read_bytes()


def require_sound(source: Mapping[str, Path]) -> None:
    """Refuse to deliver a notebook that JupyterLab could not open, above all in place of a sound one.

    Raises
    ------
    CourseError
        If a packaged notebook is not JSON with cells, naming the file and the command that brings it back.
    """
    for name, path in source.items():
        try:
            if path.suffix == ".ipynb" and not isinstance(json.loads(path.read_bytes())["cells"], list):
                raise ValueError("its cells are no list")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            again = f"git checkout {name}" if checkout() else REINSTALL
            raise CourseError(
                f"the packaged {name} is damaged ({error}), so nothing was delivered", f"Mend it with: {again}"
            ) from error


def _is_hidden(name: Path) -> bool:
    return any(part.startswith((".", "__")) for part in name.parts)

"""Writing a file so that a kill at any moment leaves either the old content or the new, never half of it."""

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

_LEFTOVER = ".course-tmp"
_AN_HOUR = 3600.0


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` by way of a temporary file in the same folder.

    Parameters
    ----------
    path : Path
        Where to write; its folder is made when it does not exist.
    content : bytes
        What to write.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{_LEFTOVER}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # or a power cut could leave the new name on an empty file
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def remove_leftovers(folder: Path) -> None:
    """Delete temporary files that a killed `write_atomically` left in ``folder``.

    Only those older than an hour: another `course` may be writing right now.

    Parameters
    ----------
    folder : Path
        The folder to clean; need not exist.
    """
    for leftover in folder.glob(f".*{_LEFTOVER}"):
        with suppress(FileNotFoundError):  # its owner finished between our two looks at it
            if time.time() - leftover.stat().st_mtime > _AN_HOUR:
                leftover.unlink()

"""Compiling once: machine code is kept on disk where that is possible, and nothing fails where it is not.

Numba keeps a function's code until the file that it stands in changes, and does not see that a function it calls, in
another file, has changed. So the code is kept in a folder named after the text of all files here: an edit or an upgrade
of any of them starts afresh, and neither the place of the package nor the right to write there matters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from platformdirs import user_cache_path

# Sums in any order, which lets the processor add several rows at once; NaN and infinity keep their meaning.
_LOOSE = {"reassoc", "contract", "arcp", "nsz"}


def cache_folder() -> Path | None:
    """Where the code of this version of the package is kept; None for a user who has no home."""
    texts = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    name = hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]
    try:
        return Path(user_cache_path("borrowing-strength")) / f"compiled-{name}"
    except (RuntimeError, KeyError, OSError):
        return None


_FOLDER = str(cache_folder() or "")


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compile with Numba, without the interpreter's lock, and keep the code on disk.

    Where the user's cache cannot be written to, Numba tries its own places; where none can, each process compiles for
    itself.
    """
    return _made(function, _LOOSE)


def plainly[F: Callable[..., Any]](function: F) -> F:
    """The same for arithmetic whose order matters: nothing is reordered, a product and a sum may be fused."""
    return _made(function, {"contract"})


def _made[F: Callable[..., Any]](function: F, loose: set[str]) -> F:
    numba_njit: Any = numba.njit
    options = {"nogil": True, "fastmath": loose, "error_model": "numpy"}
    config: Any = numba.config
    before, config.CACHE_DIR = config.CACHE_DIR, _FOLDER  # read once, when the function is made
    try:
        made: F = numba_njit(cache=True, **options)(function)
    except RuntimeError:
        made = numba_njit(**options)(function)
    finally:
        config.CACHE_DIR = before
    return made

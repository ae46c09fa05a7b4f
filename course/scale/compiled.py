"""Compiling once: machine code is kept on disk where that is possible, and nothing fails where it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

# Sums in any order, which lets the processor add several rows at once; NaN and infinity keep their meaning.
_LOOSE = {"reassoc", "contract", "arcp", "nsz"}


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compile with Numba, without the interpreter's lock, and keep the code on disk.

    It is kept beside the source or, when that cannot be written to, in the user's cache. Where neither can be written
    to, Numba refuses to keep anything; then each process compiles for itself.
    """
    return _made(function, _LOOSE)


def plainly[F: Callable[..., Any]](function: F) -> F:
    """The same for arithmetic whose order matters: nothing is reordered, a product and a sum may be fused."""
    return _made(function, {"contract"})


def _made[F: Callable[..., Any]](function: F, loose: set[str]) -> F:
    numba_njit: Any = numba.njit
    options = {"nogil": True, "fastmath": loose, "error_model": "numpy"}
    try:
        made: F = numba_njit(cache=True, **options)(function)
    except RuntimeError:
        made = numba_njit(**options)(function)
    return made

"""Compiling once: machine code is kept on disk where that is possible, and nothing fails where it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

_F = TypeVar("_F", bound=Callable[..., Any])
# Sums may be taken in any order, which lets the processor add several rows at once; NaN and infinity keep their meaning.
_LOOSE = {"reassoc", "contract", "arcp", "nsz"}


def compiled(function: _F) -> _F:
    """Compile with Numba, without the interpreter's lock, and keep the code on disk.

    It is kept beside the source or, when that cannot be written to, in the user's cache. Where neither can be written
    to, Numba refuses to keep anything; then each process compiles for itself.
    """
    try:
        made = numba.njit(nogil=True, cache=True, fastmath=_LOOSE)(function)
    except RuntimeError:
        made = numba.njit(nogil=True, fastmath=_LOOSE)(function)
    return made  # type: ignore[no-any-return]

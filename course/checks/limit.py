"""Calling a learner's function: with a time limit, on copies, and with its mistakes reported by line."""

from __future__ import annotations

import copy
import ctypes
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

SECONDS = 5.0


class OutOfTime(BaseException):
    """Thrown into a thread that has run too long; no ``except Exception`` of a learner catches it."""


@dataclass(frozen=True)
class Failed:
    """The call raised: the error in words, with the learner's own line where it happened."""

    text: str


@dataclass(frozen=True)
class TimedOut:
    """The call had not returned after ``seconds``."""

    seconds: float


def on_copies(function: Callable[..., Any], args: Sequence[Any]) -> Any:
    """Call a function with copies of the arguments, so that what it does to them reaches nobody else.

    Returns
    -------
    Any
        What it returned, or `Failed`.
    """
    try:
        return function(*copy.deepcopy(list(args)))
    except OutOfTime:
        raise
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: it is the learner's code
        return Failed(describe(error, function))


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """Do some work that may never end.

    It runs in a thread of its own, so that the limit works on every system and inside JupyterLab. A loop in Python is
    ended when its time is up; one inside compiled code can only be left behind.

    Parameters
    ----------
    seconds : float
        The limit.
    work : callable
        Without arguments; expected to raise nothing.

    Returns
    -------
    Any
        What it returned, or `TimedOut`.
    """
    answer: list[Any] = []

    def run() -> None:
        with suppress(OutOfTime):
            answer.append(work())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        _throw_into(thread)
        thread.join(1.0)
    return answer[0] if answer else TimedOut(seconds)


def _throw_into(thread: threading.Thread) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(OutOfTime))


def describe(error: BaseException, function: Callable[..., Any]) -> str:
    """Say what an exception is, and in which of the learner's lines it arose.

    Parameters
    ----------
    error : BaseException
        As it was caught.
    function : callable
        The learner's function; lines of its file count as theirs.
    """
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    theirs = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == theirs]
    if not frames:
        return what
    line = f", `{frames[-1].line}`" if frames[-1].line else ""
    return f"{what} (line {frames[-1].lineno} of your cell{line})"

"""Calling a learner's function: with a time limit, on copies, and with its mistakes reported by line."""

from __future__ import annotations

import copy
import ctypes
import io
import linecache
import queue
import sys
import threading
import time
import traceback
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from types import CodeType
from typing import Any

import numpy as np

from course.verdicts.reading import cut

SECONDS = 5.0
_IN_ALL = 4  # times the limit of one call: a slow function that goes on answering is not a loop without end
_LINES, _COLUMNS = 5, 120
_MESSAGE = 300  # so much of what an error says


class OutOfTime(BaseException):
    """Thrown into a thread that has run too long; no ``except Exception`` of a learner catches it."""


class Reported(Exception):
    """An error that another process has put in words."""


@dataclass(frozen=True)
class Failed:
    """The call raised: the error in words, with the learner's own line where it happened."""

    text: str


@dataclass(frozen=True)
class Call:
    """What one call did: its result or `Failed`, which arguments it overwrote, and the first warning."""

    result: Any
    overwritten: tuple[int, ...] = ()
    warning: str = ""


@dataclass(frozen=True)
class Trial:
    """The calls that were done, in their order; ``waited`` is how long the next one was waited for, in seconds."""

    calls: tuple[Call, ...]
    seconds: float
    waited: float
    printed: Printed


class Distant(ABC):
    """A function that lives in another process, and is tried there."""

    @abstractmethod
    def __call__(self, *args: Any) -> Any:
        """Call it there; its errors come back as `Reported`."""

    @abstractmethod
    def trial(self, inputs: Sequence[Sequence[Any]], seconds: float) -> Trial:
        """Try it there, as `trial` does here."""


class Printed(io.TextIOBase):
    """What a function prints: its first lines, and how many there were."""

    def __init__(self) -> None:
        self._first = ""
        self.lines = 0

    def write(self, text: str) -> int:
        """Keep the beginning, count the rest."""
        self.lines += text.count("\n")
        self._first += text[: (_LINES + 1) * _COLUMNS - len(self._first)]
        return len(text)

    def first(self) -> str:
        """Return the first lines, and how many more were printed."""
        shown = [line[:_COLUMNS] for line in self._first.splitlines()[:_LINES]]
        more = self.lines - len(shown)
        return "\n".join([*shown, f"... and {more:,} more printed lines"] if more > 0 else shown)


def on_copies(function: Callable[..., Any], args: Sequence[Any]) -> Any:
    """Call a function with copies of the arguments, so that what it does to them reaches nobody else.

    Returns
    -------
    Any
        What it returned, or `Failed`.
    """
    return _call(function, copy.deepcopy(list(args)))


def _call(function: Callable[..., Any], args: Sequence[Any]) -> Any:
    try:
        return function(*args)
    except OutOfTime:
        raise
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: it is the learner's code
        return Failed(describe(error, function))


def trial(function: Callable[..., Any], inputs: Sequence[Sequence[Any]], seconds: float = SECONDS) -> Trial:
    """Call a function that may never end, once for every input.

    It runs in a thread of its own, so that the limit works on every system and inside JupyterLab; where there are none,
    in a browser, it is watched from within. A loop in Python is ended when its time is up; one inside compiled code can
    only be left behind, or there waited for. What it prints and warns of is kept.

    Parameters
    ----------
    function : callable
        The learner's.
    inputs : sequence of sequence
        The arguments of each call.
    seconds : float
        The limit of one call; all together have four times as long.

    Returns
    -------
    Trial
        Of all calls, or of those that were done in time.
    """
    if isinstance(function, Distant):
        return function.trial(inputs, seconds)
    printed = Printed()
    in_time = _watched_from_within if sys.platform == "emscripten" else _in_a_thread
    with redirect_stdout(printed), warnings.catch_warnings(record=True) as seen:  # by this thread, which survives
        warnings.simplefilter("always")
        work = (_watched(function, args, seen) for args in inputs)
        calls, seconds, waited = in_time(work, len(inputs), seconds)
    return Trial(tuple(calls), seconds, waited, printed)


def _in_a_thread(work: Iterator[Call], wanted: int, seconds: float) -> tuple[list[Call], float, float]:
    """Do work with a limit; return what was done, how long it took, and how long the next was waited for."""
    done: queue.SimpleQueue[Call] = queue.SimpleQueue()
    calls: list[Call] = []

    def run() -> None:
        with suppress(OutOfTime):
            for call in work:
                done.put(call)

    thread = threading.Thread(target=run, daemon=True)
    begin = last = time.monotonic()
    thread.start()
    try:
        while len(calls) < wanted:
            left = begin + _IN_ALL * seconds - time.monotonic()
            calls.append(done.get(timeout=max(0.0, min(seconds, left))))
            last = time.monotonic()
    except queue.Empty:
        pass
    finally:
        waited = time.monotonic() - last
        if len(calls) < wanted:
            _throw_into(thread)
        thread.join(1.0)
    return calls, last - begin, waited


def _watched_from_within(work: Iterator[Call], wanted: int, seconds: float) -> tuple[list[Call], float, float]:
    """Do the same in this thread: every jump and every call of a function looks at the clock."""
    watch = sys.monitoring
    often = watch.events.JUMP | watch.events.PY_START
    tool = next(number for number in range(6) if watch.get_tool(number) is None)
    begin = last = time.monotonic()
    calls: list[Call] = []

    def is_late() -> bool:
        return time.monotonic() > min(last + seconds, begin + _IN_ALL * seconds)

    def look(code: CodeType, *_: Any) -> None:
        if is_late() and code.co_filename != look.__code__.co_filename:  # what is here keeps the books
            watch.set_events(tool, often | watch.events.LINE)  # whoever catches it meets it again in the next line
            raise OutOfTime

    watch.use_tool_id(tool, "limit")
    for event in (watch.events.JUMP, watch.events.PY_START, watch.events.LINE):
        watch.register_callback(tool, event, look)
    try:
        while len(calls) < wanted:
            watch.set_events(tool, often)
            call = next(work)
            if is_late():  # in compiled code, which looks at no clock
                break
            calls.append(call)
            last = time.monotonic()
    except OutOfTime:
        pass
    finally:
        waited = time.monotonic() - last
        watch.set_events(tool, watch.events.NO_EVENTS)
        watch.free_tool_id(tool)
    return calls, last - begin, waited


def _watched(function: Callable[..., Any], args: Sequence[Any], seen: list[warnings.WarningMessage]) -> Call:
    given = copy.deepcopy(list(args))
    before = len(seen)
    result = _call(function, given)
    overwritten = tuple(k for k, (now, was) in enumerate(zip(given, args, strict=True)) if not _alike(now, was))
    warned = seen[before:]
    del seen[before:]
    return Call(result, overwritten, _in_words(warned[0], function) if warned else "")


def _alike(now: Any, was: Any) -> bool:
    with suppress(ValueError):  # of a list with arrays in it
        if isinstance(was, list | tuple):
            return bool(now == was)
    if isinstance(was, list | tuple):
        return len(now) == len(was) and all(map(_alike, now, was))
    return np.array_equal(now, was)


def _in_words(warned: warnings.WarningMessage, function: Callable[..., Any]) -> str:
    message = cut(str(warned.message), _MESSAGE)
    if warned.filename != _file(function):
        return message
    return f"{message}{_place(warned.lineno, linecache.getline(warned.filename, warned.lineno))}"


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
    if isinstance(error, Reported):
        return str(error)
    what = f"{type(error).__name__}: {cut(str(error), _MESSAGE)}" if str(error) else type(error).__name__
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _file(function)]
    return what + (_place(frames[-1].lineno, frames[-1].line) if frames else "")


def _file(function: Callable[..., Any]) -> str | None:
    return getattr(getattr(function, "__code__", None), "co_filename", None)


def _place(number: int | None, line: str | None) -> str:
    code = f", `{cut(line, _COLUMNS)}`" if line and line.strip() else ""
    return f" (line {number} of your cell{code})"

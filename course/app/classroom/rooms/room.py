"""The room of the learner's code, as its judge sees it: a process that is asked, watched, and ended."""

from __future__ import annotations

import os
import pickle
import select
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from course.app.classroom.rooms import sandbox, wire
from course.app.classroom.rooms.sandbox import MB, Walls
from course.app.classroom.rooms.wire import NotDataError, Thing

_LOOK = 0.25  # seconds between two looks at what it uses
_END = 10.0  # seconds for the system to end it
_STARTED = 120.0


class ClosedError(Exception):
    """The room is closed: it broke a limit, died, or wrote what is no answer. The message says which."""


class RaisedError(Exception):
    """What was asked raised there; ``kind`` is the name of the exception's type."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class Room:
    """A process in a sandbox that runs cells and answers with data.

    Parameters
    ----------
    homework : Path
        The folder of the submission, which it can read.
    walls : Walls, optional
        What stands around it.
    """

    def __init__(self, homework: Path, walls: Walls | None = None) -> None:
        walls = walls or Walls()
        self.limits, self._loaded = walls.limits, walls.loaded
        self.closed = ""
        self._over = threading.Event()
        self._process = subprocess.Popen(
            sandbox.command(homework, walls),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,  # of what happens before it is ready; later nothing is written there
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for the teacher's command, which then ends this one
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)
        self._watch = threading.Thread(target=self._watched, daemon=True)
        self._said = b""
        self._listen = threading.Thread(target=self._listened, daemon=True)
        self._watch.start()
        self._listen.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Wait until it is ready: what the cells will import is loaded."""
        try:
            self.ask("ready", self._loaded, seconds=_STARTED)
        except RaisedError as error:
            self._end(f"{error.kind}: {error}")
            raise ClosedError(self.closed) from error

    def run(self, source: str) -> str:
        """Run a cell; return what it raised, in words, or nothing."""
        try:
            return str(self.ask("run", source, self.limits.cell, seconds=self.limits.cell + 10.0))[:400]
        except RaisedError as error:  # no cell does that; something else has answered
            return f"{error.kind}: {error}"[:400]

    def ask(self, name: str, *arguments: Any, seconds: float | None = None, most: int = wire.MOST_BYTES) -> Any:
        """Ask for something, and wait for the answer.

        Parameters
        ----------
        name : str
            Of what is asked, see `course.app.classroom.rooms.inside`.
        *arguments
            For it; they may be any objects, since inside believes what comes from here.
        seconds : float, optional
            How long to wait.
        most : int
            So many bytes of arrays may the answer have.

        Raises
        ------
        RaisedError
            If it raised there.
        ClosedError
            If there is no answer. The room is closed then, and ``closed`` says why.
        """
        if self.closed:
            raise ClosedError(self.closed)
        limit = self.limits.answer if seconds is None else seconds
        deadline = time.monotonic() + limit
        try:
            self._write(pickle.dumps((name, arguments)), deadline)
            text, blob = wire.sizes(self._read(wire.HEAD, deadline), most)
            outcome, *found = wire.read(self._read(text, deadline), self._read(blob, deadline), self._bring)
            if outcome == "raised":
                kind, said = found
                raise RaisedError(str(kind)[:80], str(said)[:2000])
            (value,) = found
            return value
        except TimeoutError:
            self._end(f"it did not answer within {limit:g} s")
        except (NotDataError, ValueError, TypeError) as error:
            self._end(f"what it sent is no answer: {error}")
        except OSError:
            self._end(f"its process ended {self._last_words()}".strip())
        raise ClosedError(self.closed)

    def close(self) -> None:
        """End every process of it, and wait until they are gone."""
        self._end("it is over")

    def _last_words(self) -> str:
        self._listen.join(0.5)
        said = self._said.decode(errors="replace").strip()
        return f"({said.splitlines()[-1][:300]})" if said else ""

    def _listened(self) -> None:
        """Take what it says before it is ready: a long complaint would fill the pipe, and it would wait without end."""
        assert self._process.stderr is not None
        with suppress(OSError, ValueError):
            while said := os.read(self._process.stderr.fileno(), 65_536):
                self._said = (self._said + said)[-20_000:]

    def _bring(self, thing: Thing) -> Any:
        from course.app.classroom.rooms.distant import bring

        return bring(self, thing)

    def _write(self, content: bytes, deadline: float) -> None:
        view = memoryview(content)
        while view:
            self._wait([], [self._to], deadline)
            view = view[os.write(self._to, view[:65536]) :]

    def _read(self, length: int, deadline: float) -> bytes:
        pieces = bytearray()
        while len(pieces) < length:
            self._wait([self._from], [], deadline)
            piece = os.read(self._from, min(length - len(pieces), 1 << 20))
            if not piece:
                raise BrokenPipeError
            pieces += piece
        return bytes(pieces)

    def _wait(self, reading: list[int], writing: list[int], deadline: float) -> None:
        ready = select.select(reading, writing, [], max(0.0, deadline - time.monotonic()))
        if not any(ready):
            raise TimeoutError

    def _watched(self) -> None:
        """Look at what all of its processes use together; the system limits each of them alone."""
        begin = time.monotonic()
        while not self._over.wait(_LOOK):
            memory = count = 0
            for process in self._processes():
                with suppress(psutil.Error):
                    memory += process.memory_info().rss
                    count += 1
            if memory > self.limits.memory:
                self._end(f"it took more than {self.limits.memory // MB:,} MB of memory")
            elif count > self.limits.processes + 8:
                self._end(f"it started more than {self.limits.processes} processes")
            elif time.monotonic() - begin > self.limits.whole:
                self._end(f"it took longer than {self.limits.whole:g} s")

    def _processes(self) -> list[psutil.Process]:
        try:
            return list(psutil.Process(self._process.pid).children(recursive=True))
        except psutil.Error:
            return []

    def _end(self, why: str) -> None:
        self.closed = self.closed or why
        self._over.set()
        inner = self._processes()
        for process in inner:  # the first of them is the namespace's own; with it the system ends all others
            with suppress(psutil.Error):
                process.kill()
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
        psutil.wait_procs(inner, timeout=_END)
        self._listen.join(_END)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None and threading.current_thread() is not self._watch:
                with suppress(OSError):
                    pipe.close()

"""The room of the learner's code: a program that runs cells and answers with data.

It is started in the sandbox, by `course.app.classroom.rooms.room`. What the learner's code does to it changes what it
answers, and nothing else: whoever asks believes it to be data.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course.app.classroom.rooms.wire import Packer

Asked = Callable[..., Any]


def main(limits: str, user: str) -> None:
    """Become harmless, then answer what is asked on the standard input, until it ends.

    Parameters
    ----------
    limits : str
        Limits of the process, as ``name=value,name=value``.
    user : str
        Number of the user to become where root started this, or nothing.
    """
    for limit in limits.split(","):
        name, most = limit.split("=")
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (int(most), int(most)))
    if user:  # before anything of the learner's runs; only root may, and it is no way back
        os.setgroups([])
        os.setresgid(int(user), int(user), int(user))
        os.setresuid(int(user), int(user), int(user))
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    if Path("/compiled").is_dir():  # Numba takes it from a place that it may write to, or not at all
        kept = Path.home() / ".cache" / "borrowing-strength"
        try:
            shutil.copytree("/compiled", kept)
        except OSError:  # code of many checkouts and processors does not fit: then it is compiled here
            shutil.rmtree(kept, ignore_errors=True)
    room = _Room()
    os.dup2(nowhere, 2)  # last: what keeps it from starting is told
    while True:
        try:
            name, arguments = pickle.load(asked)  # from outside, which may be believed
        except EOFError:
            break
        try:
            frame = Packer(room.kept).frame(("ok", room.asks[name](*arguments)))
        except BaseException as error:
            frame = Packer(room.kept).frame(("raised", type(error).__name__, str(error)[:2000]))
        answers.write(frame)
        answers.flush()


class _Room:
    def __init__(self) -> None:
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        config = Config({"HistoryManager": {"enabled": False}})
        self.shell: Any = InteractiveShell.instance(config=config, colors="nocolor")
        self.kept: list[Any] = []
        self._models: dict[int, Any] = {}
        self._densities: dict[int, Any] = {}
        self._likelihoods: dict[tuple[int, bool], Any] = {}
        self.asks: dict[str, Asked] = {
            **{"run": self._run, "value": self._value, "call": self._call, "attribute": self._attribute},
            **{"try": self._try, "model": self._ask_model, "density": self._density, "at": self._at},
            **{"known": self._known, "likelihood": self._likelihood, "draw": self._draw, "ready": self._ready},
            **{"folded": self._folded},
        }

    def _ready(self, modules: tuple[str, ...]) -> None:
        for module in modules:  # before the clock of a cell runs
            __import__(module)

    def _run(self, source: str, seconds: float) -> str:
        """Run a cell; return what it raised, in words, or nothing."""

        def stop(*_: Any) -> None:
            raise KeyboardInterrupt(f"the cell ran longer than {seconds:g} s and was stopped")

        before = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
                result = self.shell.run_cell(source, store_history=True)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        error = result.error_before_exec or result.error_in_exec
        return "" if error is None else f"{type(error).__name__}: {str(error)[:300]}".removesuffix(": ")

    def _value(self, expression: str) -> Any:
        return eval(expression, self.shell.user_ns)

    def _call(self, number: int, arguments: tuple[Any, ...]) -> Any:
        from course.checks.limit import Failed, on_copies

        result = on_copies(self.kept[number], arguments)
        return ("failed", result.text) if isinstance(result, Failed) else ("returned", result)

    def _attribute(self, number: int, name: str) -> Any:
        return getattr(self.kept[number], name)

    def _try(self, number: int, inputs: list[Any], seconds: float) -> Any:
        from course.checks.limit import Failed, trial

        seen = trial(self.kept[number], inputs, seconds)
        calls = []
        for call in seen.calls:
            failed = isinstance(call.result, Failed)
            result = call.result.text if isinstance(call.result, Failed) else call.result
            calls.append(("failed" if failed else "returned", result, list(call.overwritten), call.warning))
        return calls, seen.seconds, seen.waited, seen.printed.lines, seen.printed.first()

    def _model(self, number: int) -> Any:
        from course.checks.seen import look

        if number not in self._models:
            self._models[number] = look(self.kept[number])
        return self._models[number]

    def _ask_model(self, number: int, what: str) -> Any:
        return getattr(self._model(number), what)()

    def _density(self, number: int) -> Any:
        if number not in self._densities:
            self._densities[number] = self._model(number).density()
        found = self._densities[number]
        terms = [(t.name, t.distribution, t.numbers, t.root, t.constants) for t in found.terms]
        return terms, {name: tuple(shape) for name, shape in found.shapes.items()}

    def _folded(self, number: int) -> Any:
        return list(self._densities[number].folded())

    def _at(self, number: int, point: dict[str, Any]) -> Any:
        return self._densities[number].evaluate(point)

    def _known(self, number: int, n: int) -> Any:
        return self._densities[number].known(n)

    def _likelihood(self, number: int, potentials: bool) -> Any:
        found = self._likelihoods[number, potentials] = self._model(number).likelihood(potentials=potentials)
        return found.kind, found.data, found.trials

    def _draw(self, number: int, potentials: bool, n: int, seed: int) -> Any:
        worlds = self._likelihoods[number, potentials].draw(n, seed)
        return worlds.centre, worlds.spread


if __name__ == "__main__":
    main(*sys.argv[1:])

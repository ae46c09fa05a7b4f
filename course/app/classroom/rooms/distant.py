"""What stands in the judge's process for things of the learner's: functions, models and other objects.

They hold nothing but a number. Each question that a judge asks of them goes to the learner's room, and what comes back
is data. Where the answer to a question could be worth points by itself, it is held against the log densities, which
are numbers that somebody must have computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, override

import numpy as np

from course.app.classroom.rooms.room import RaisedError, Room
from course.app.classroom.rooms.wire import MOST_BYTES, NotDataError, Thing
from course.checks.density import Density, Point, Term
from course.checks.limit import Call, Distant, Failed, Printed, Reported, Trial
from course.checks.seen import Seen
from course.checks.worlds import Likelihood, NotDrawnError, NotTogetherError, OtherFamilyError, Worlds
from course.validate import FloatArray

_ERRORS = {
    error.__name__: error
    for error in (NotDrawnError, NotTogetherError, OtherFamilyError, NotImplementedError, ValueError)
}
# Errors that judges wait for are these as well.
_KINDS = {kind.__name__: type("Reported", (Reported, kind), {}) for kind in (TypeError, ValueError)}
_IN_ALL = 4  # times the limit of one call, as in `course.checks.limit`
_SLACK = 30.0
_MOST_DATA = 200_000
_SCALES = (0.9, 0.7)  # a parameter moved so stays where it was: above 0, below 1
_LOOKED = 3
_EDGE = 1e-3


def bring(room: Room, thing: Thing) -> Any:
    """Return what stands for a thing.

    Parameters
    ----------
    room : Room
        Where it is.
    thing : Thing
        What is known of it.
    """
    match thing.kind:
        case "function":
            return type("function", (Function,), {})(room, thing)
        case "model":
            return Model(room, thing)
        case "model class":
            import pymc as pm

            return type(thing.name or "Model", (pm.Model,), {})
        case "class":
            return type(thing.name or "object", (), {})
    return type(thing.name or "object", (Object,), {})(room, thing)


class Object:
    """Any object; its attributes are asked for."""

    def __init__(self, room: Room, thing: Thing) -> None:
        self._room, self._thing = room, thing

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # what Python and NumPy look for by themselves
            raise AttributeError(name)
        try:
            return self._room.ask("attribute", self._thing.number, name)
        except RaisedError as error:
            raise AttributeError(name) from error

    def __repr__(self) -> str:
        return self._thing.shown

    def __deepcopy__(self, _: Any) -> Any:
        return self


class Function(Object, Distant):
    """A function, called where it is."""

    @override
    def __call__(self, *args: Any) -> Any:
        return _result(*self._room.ask("call", self._thing.number, args))

    @override
    def trial(self, inputs: Sequence[Sequence[Any]], seconds: float) -> Trial:
        limit = _IN_ALL * seconds + _SLACK
        asked = self._room.ask("try", self._thing.number, [tuple(one) for one in inputs], seconds, seconds=limit)
        calls, took, waited, lines, first = asked
        printed = Printed()
        printed.write(str(first)[:1000])
        printed.lines = int(lines)
        found = tuple(_call(*one) for one in calls[: len(inputs)])
        return Trial(found, float(took), float(waited), printed)


def _result(outcome: str, value: Any) -> Any:
    if outcome == "failed":
        raise _KINDS.get(str(value).partition(":")[0], Reported)(str(value)[:600])
    return value


def _call(outcome: str, value: Any, overwritten: list[int], warning: str) -> Call:
    result = Failed(str(value)[:600]) if outcome == "failed" else value
    return Call(result, tuple(int(k) for k in overwritten), str(warning)[:600])


class Model(Seen):
    """A model, seen through what is asked of it."""

    def __init__(self, room: Room, thing: Thing) -> None:
        self._room, self._number = room, thing.number
        self._compiled: Density | None = None

    def _ask(self, what: str, *arguments: Any, most: int = MOST_BYTES) -> Any:
        try:
            return self._room.ask(what, self._number, *arguments, most=most)
        except RaisedError as error:
            raise _ERRORS.get(error.kind, RuntimeError)(str(error)) from error

    @override
    def size(self) -> int:
        return int(self._ask("model", "size"))

    @override
    def free(self) -> list[str]:
        return [str(name) for name in self._ask("model", "free")]

    @override
    def distributions(self) -> list[str]:
        return [str(name) for name in self._ask("model", "distributions")]

    @override
    def observed(self) -> list[int]:
        return [int(size) for size in self._ask("model", "observed")]

    @override
    def kinds(self) -> set[str]:
        return {str(kind) for kind in self._ask("model", "kinds")}

    @override
    def has_potential(self) -> bool:
        return bool(self._ask("model", "has_potential"))

    @override
    def outside(self) -> str:
        return str(self._ask("model", "outside"))

    @override
    def fault(self) -> str:
        return str(self._ask("model", "fault"))

    @override
    def needed(self) -> dict[str, int]:
        return {str(name): int(size) for name, size in self._ask("model", "needed").items()}

    @override
    def strays(self) -> list[str]:
        said = super().strays()
        moved = self._moved()
        idle = [name for name, others in moved.items() if not others - {name}]
        return [name for name in self.free() if name in said or name in idle]

    @override
    def dependent(self) -> list[str]:
        said = [str(name) for name in self._ask("model", "dependent")]
        moved = self._moved()
        return [name for name in moved if name in said or any(name in moved[other] for other in moved if other != name)]

    def _moved(self) -> dict[str, set[str]]:
        """Return whose terms in the log density change when a free variable alone is moved, by its name."""
        compiled = self.density()
        points, _ = compiled.known(_LOOKED)
        names = [term.name for term in compiled.terms]
        moved: dict[str, set[str]] = {name: set() for name in compiled.shapes}
        here_at = [(point, compiled.evaluate(point)) for point in points]
        sound = [(point, here) for point, here in here_at if np.isfinite(here).all()]
        if not sound:
            raise NotDataError("no draw from its own prior has a log density")
        for point, here in sound:
            for name in moved:
                for scale in _SCALES:
                    there = compiled.evaluate({**point, name: scale * point[name] + _EDGE * (point[name] == 0)})
                    same = np.isclose(here, there, rtol=1e-9, atol=1e-12)
                    moved[name] |= {term for term, is_same in zip(names, same, strict=True) if not is_same}
        return moved

    @override
    def density(self) -> Density:
        if self._compiled is None:
            terms, shapes = self._ask("density")
            found = tuple(_term(*term) for term in terms)
            sound = {str(name): tuple(int(n) for n in shape) for name, shape in shapes.items()}
            self._compiled = Density(
                found,
                sound,
                lambda point: _floats(self._ask("at", point), (len(found),)),
                lambda n: self._known(n, sound, len(found)),
                lambda: frozenset(str(name) for name in self._ask("folded")),
            )
        return self._compiled

    def _known(self, n: int, shapes: dict[str, tuple[int, ...]], terms: int) -> tuple[list[Point], FloatArray]:
        points, values = self._ask("known", n)
        sound = [{name: _floats(point[name], shape) for name, shape in shapes.items()} for point in points[:n]]
        return sound, _floats(values, (len(sound), terms))

    @override
    def likelihood(self, *, potentials: bool = True) -> Likelihood:
        kind, data, trials = self._ask("likelihood", potentials)
        if kind not in ("Normal", "Binomial") or (kind == "Normal") != (trials is None):
            raise NotDataError("its likelihood is of no known kind")
        observed = np.asarray(data, float).ravel()
        if len(observed) > _MOST_DATA:
            raise NotDataError("it observes more than can be judged")
        tried = None if trials is None else _floats(trials, observed.shape)

        def draw(n: int, seed: int) -> Worlds:
            shape = (n, len(observed))
            most = MOST_BYTES + 16 * n * len(observed)
            centre, spread = self._ask("draw", potentials, n, seed, most=most)
            return Worlds(_floats(centre, shape), _floats(spread, shape) if kind == "Normal" else None)

        return Likelihood(kind, observed, tried, draw)


def _term(name: Any, distribution: Any, numbers: Any, root: Any, constants: Any) -> Term:
    fixed = None if numbers is None else tuple(float(number) for number in numbers)
    known = tuple(None if number is None else float(number) for number in constants)
    return Term(str(name)[:80], str(distribution)[:80], fixed, bool(root), known)


def _floats(value: Any, shape: tuple[int, ...]) -> FloatArray:
    array = np.asarray(value, float)
    if array.shape != shape:
        raise NotDataError(f"an array of shape {shape} was asked for")
    return array

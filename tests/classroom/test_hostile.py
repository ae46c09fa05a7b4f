"""Nobody gets a point that they did not earn, reads or changes anything outside, or stays."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from course.app.classroom import grading
from course.app.classroom.rooms import sandbox
from course.app.classroom.rooms.room import Room
from course.app.classroom.rooms.sandbox import MB, Limits, Walls
from course.verdicts.findings import Outcome
from tests.classroom import hostile
from tests.classroom.conftest import LESSON, with_cells

pytestmark = pytest.mark.usefixtures("rooms")
SHORT = Walls(Limits(memory=1_200 * MB, cell=6.0, answer=30.0, whole=90.0), loaded=("numpy",))


def graded(raw: bytes, folder: Path, lesson: str = LESSON, walls: Walls = SHORT) -> grading.Grade:
    folder.chmod(0o755)
    return grading.grade(raw, lesson, folder, walls)


def right(grade: grading.Grade) -> list[str]:
    return [id for id, finding in grade.findings.items() if finding.outcome is Outcome.RIGHT]


@pytest.mark.parametrize("name", hostile.POINTS)
def test_no_point_that_was_not_earned(name: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    homework = tmp_path / "homework"
    homework.mkdir()
    grade = graded(with_cells([hostile.POINTS[name].replace("OUTSIDE", str(outside))], light=True), homework)
    assert right(grade) == []
    assert not list(outside.iterdir())
    assert len(grade.text()) < 300_000


@pytest.mark.parametrize("name", hostile.ENDLESS)
def test_a_cell_without_end_costs_its_own_task_alone(name: str, tmp_path: Path) -> None:
    raw = with_cells(
        answers={"shrinkage-weight-answer": hostile.ENDLESS[name], "shrinkage-mean-answer": RIGHT_MEAN}, light=True
    )
    grade = graded(raw, tmp_path)
    assert right(grade) == ["shrinkage.mean"]


RIGHT_MEAN = """
def mu_hat(y, sigma, tau):
    weight = 1 / (np.asarray(sigma) ** 2 + tau**2)
    return (weight * y).sum() / weight.sum()
"""


@pytest.mark.parametrize("name", ["die", "kill_all", "segfault"])
def test_who_ends_the_notebook_keeps_what_is_right(name: str, tmp_path: Path) -> None:
    grade = graded(
        with_cells([hostile.POINTS[name]], {"shrinkage-weight-answer": "weight = 0.2"}, light=True), tmp_path
    )
    assert right(grade) == ["shrinkage.weight"]
    assert "was left out" in " ".join(grade.notes) or name == "kill_all"


@pytest.fixture
def teacher(tmp_path: Path) -> Iterator[tuple[Path, socket.socket]]:
    """A folder that anybody on the computer may write to, and a program that listens."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "gradebook.db").write_text("all marks")
    outside.chmod(0o777)
    for above in outside.parents:
        if above.is_relative_to(Path("/tmp")) and above != Path("/tmp"):
            above.chmod(0o755)
    with socket.socket() as listening, socket.socket(socket.AF_UNIX) as abstract:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(0.2)
        for _ in range(600):  # the name is one for the whole computer: another worker of pytest may hold it
            with suppress(OSError):
                abstract.bind("\0course-class-test")
                break
            time.sleep(0.2)
        abstract.listen()
        abstract.settimeout(0.2)
        yield outside, listening
        for one in (listening, abstract):
            with pytest.raises(TimeoutError):
                one.accept()


class Watch:
    """Sees what stays of the sandboxes of one test; others may be open beside them."""

    def __init__(self) -> None:
        self.before = set(psutil.Process().children(recursive=True))  # a pool's tracker lives as long as pytest
        self.users: list[str] = []  # whom its rooms become, where root grades

    def left_behind(self) -> list[psutil.Process]:
        found = set(psutil.Process().children(recursive=True)) - self.before
        if os.geteuid() == 0:
            every = psutil.process_iter(["uids"])
            found |= {p for p in every if p.info["uids"] and str(p.info["uids"].real) in self.users}
        return [p for p in found if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    seen, opened = Watch(), sandbox.command

    def command(homework: Path, walls: Walls) -> list[str]:
        made = opened(homework, walls)
        seen.users.append(made[-1])
        return made

    monkeypatch.setattr(sandbox, "command", command)
    return seen


@pytest.mark.parametrize("name", hostile.HARM)
def test_nothing_outside_is_read_or_changed_and_nobody_stays(
    name: str, teacher: tuple[Path, socket.socket], watch: Watch, tmp_path: Path
) -> None:
    outside, listening = teacher
    before = {path: path.read_bytes() for path in outside.iterdir()}
    homework = tmp_path / "homework"
    homework.mkdir()
    source = hostile.HARM[name].replace("OUTSIDE", str(outside)).replace("PORT", str(listening.getsockname()[1]))
    grade = graded(with_cells([source], light=True), homework)
    assert right(grade) == []
    assert {path: path.read_bytes() for path in outside.iterdir()} == before
    assert not list(homework.iterdir())
    for place in (Path.home(), Path("/"), Path("/usr"), Path("/etc"), Path("/var/tmp")):
        assert not (place / "got_it").exists()
    assert watch.users
    assert not watch.left_behind()


def test_who_stays_would_be_found(watch: Watch, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    room = Room(tmp_path, SHORT)
    room.start()
    assert watch.left_behind()
    room.close()
    assert not watch.left_behind()


def test_a_grader_that_is_killed_leaves_no_room_behind(tmp_path: Path) -> None:
    ready, told = os.pipe()
    if (child := os.fork()) == 0:
        try:
            room = Room(tmp_path, SHORT)
            room.ask("ready", [], seconds=60)
            os.write(told, b"x")
            time.sleep(600)
        finally:
            os._exit(1)
    os.close(told)
    assert os.read(ready, 1) == b"x"
    inner = psutil.Process(child).children(recursive=True)
    assert inner
    os.kill(child, 9)
    os.waitpid(child, 0)
    gone, alive = psutil.wait_procs(inner, timeout=30)
    os.close(ready)
    assert not alive
    assert gone


# Models: whoever patches what the judge asks must still come up with numbers.

CENTRED = """
with pm.Model() as model:
    mu = pm.Normal("mu", 0, 10)
    tau = pm.HalfNormal("tau", 10)
    theta = pm.Normal("theta", mu, tau, shape=8)
    pm.Normal("y", theta, sigma, observed=effect)
from course.checks import density, seen
seen.Here.dependent = lambda self: []
seen.dependent = density.dependent = lambda model: []
"""


def test_a_form_that_is_claimed_and_not_there(tmp_path: Path) -> None:
    raw = with_cells(answers={"funnel-model-answer": CENTRED}, lesson="05_funnel")
    grade = graded(raw, tmp_path, "05_funnel", Walls())
    assert right(grade) == []
    assert "centred form" in grade.findings["funnel.model"].text


STRAY = """
schools = data.load("eight_schools")
with pm.Model() as model:
    mu = pm.Normal("mu", 0, 10)
    tau = pm.HalfNormal("tau", 10)
    theta = pm.Normal("theta", mu, tau, shape=8)
    pm.Normal("y", mu, (schools.sigma**2 + tau**2) ** 0.5, observed=schools.effect)
from course.checks import seen
seen.Here.strays = lambda self: []
seen.Here.needed = lambda self: {"mu": 1, "tau": 1, "theta": 8}
"""
BELOW_ZERO = """
schools = data.load("eight_schools")
with pm.Model() as model:
    mu = pm.Normal("mu", 0, 10)
    tau = pm.Normal("tau", 0, 10)
    pm.Normal("y", mu, (schools.sigma**2 + tau**2) ** 0.5, observed=schools.effect)
from course.checks import density, seen
true = density.compile_density
def compiled(model):
    from dataclasses import replace
    found = true(model)
    def known(n): raise NotImplementedError
    return replace(found, known=known)
seen.compile_density = compiled
"""
ANY_LAW = """
from course.checks import density, law, seen
law.Law.is_law_of = lambda *a, **k: True
density.match = lambda *a: density.Match()
with pm.Model() as model:
    mu = pm.Normal("mu", 0, 1)
    pm.Normal("y", mu, 1, observed=data.load("eight_schools").effect)
seen.Here.outside = lambda self: ""
"""
NO_DRAWS = """
import numpy as np
from course.checks import seen, worlds
with pm.Model() as model:
    mu = pm.Normal("mu", 0, 1)
    pm.Normal("y", mu, 1, observed=data.load("eight_schools").effect)
def likelihood(model, potentials=True):
    schools = data.load("eight_schools")
    nan = lambda n, seed: worlds.Worlds(np.full((n, 8), SOME), np.full((n, 8), SOME))
    return worlds.Likelihood("Normal", schools.effect, None, nan)
seen.likelihood = likelihood
"""
MODELS = {
    **{"stray": STRAY, "below zero": BELOW_ZERO, "any law": ANY_LAW},
    **{f"draws of {x}": NO_DRAWS.replace("SOME", x) for x in ("np.nan", "np.inf", "0.0", "1e308")},
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_is_not_what_it_says(name: str, tmp_path: Path) -> None:
    grade = graded(with_cells(answers={"shrinkage-model-answer": MODELS[name]}), tmp_path, walls=Walls())
    assert right(grade) == []


def test_a_room_that_is_not_ready_is_nobodys_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from course.errors import CourseError

    monkeypatch.setattr(sandbox, "_INSIDE", "no.such.module")
    with pytest.raises(CourseError, match="did not start"):
        graded(with_cells(light=True), tmp_path)

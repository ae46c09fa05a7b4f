"""The sandbox around the learner's code: bubblewrap, and limits on memory, time, processes and files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import course
from course import syllabus

MB = 1 << 20
_FOLDERS = {"/tmp": 256, "/home/student": 64, "/dev/shm": 64}  # in memory, and gone with it
_INSIDE = "course.app.classroom.rooms.inside"
# Several threads would each count as a process and need a stack of their own.
_CALM = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA", "NUMEXPR")}
_FIRST_USER, _USERS = 1_700_000_000, 100_000_000  # numbers that no system gives to anybody


@dataclass(frozen=True)
class Limits:
    """What one submission may use; memory and time of all its processes together are watched from outside."""

    memory: int = 3_000 * MB
    address_space: int = 6_000 * MB
    processes: int = 96
    file: int = 128 * MB
    cell: float = 60.0
    answer: float = 120.0
    whole: float = 300.0

    def of_process(self) -> str:
        """Write those that the system itself enforces."""
        each = {
            **{"AS": self.address_space, "NPROC": self.processes, "FSIZE": self.file, "NOFILE": 512, "CORE": 0},
            **{"CPU": int(self.whole)},
        }
        return ",".join(f"{name}={most}" for name, most in each.items())


@dataclass(frozen=True)
class Walls:
    """What stands around the learner's code.

    Parameters
    ----------
    limits : Limits
        What it may use.
    more : mapping of Path to Path
        Further folders that it can read, from the place where it sees them to the place where they are.
    loaded : tuple of str
        Modules that are loaded before the first cell runs, since its clock should not count them.
    closed : bool
        False for a process of its own and no sandbox: its points are safe, this computer is not.
    """

    limits: Limits = field(default_factory=Limits)
    more: Mapping[Path, Path] = field(default_factory=dict)
    loaded: tuple[str, ...] = ("numpy", "pandas", "scipy.stats", "pymc", "course.checks.models")
    closed: bool = True


@cache
def missing() -> str:
    """Say why no sandbox can be made on this computer, in a sentence; nothing where it can."""
    if not sys.platform.startswith("linux"):
        return f"bubblewrap exists on Linux alone, and this is {sys.platform}"
    if not (bwrap := shutil.which("bwrap")):
        return "bubblewrap is not installed (Debian and Ubuntu: sudo apt install bubblewrap)"
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(
            [bwrap, *_walls(), *_views(Path(folder), {}), "/bin/true"], capture_output=True, text=True, check=False
        )
    said = (tried.stderr.strip().splitlines() or [""])[-1]
    return f"bubblewrap cannot make a sandbox here ({said})" if tried.returncode else ""


def command(homework: Path, walls: Walls) -> list[str]:
    """Return the command that starts the room of the learner's code.

    Parameters
    ----------
    homework : Path
        The folder of the submission, which it can read.
    walls : Walls
        What stands around it.
    """
    python = [sys.executable, "-B", "-m", _INSIDE]
    if not walls.closed:
        env = [f"{name}={value}" for name, value in {**_settings(), "HOME": str(homework)}.items()]
        return ["/usr/bin/env", "-i", "-C", str(homework), *env, *python, "CORE=0", ""]
    user = ""
    if os.geteuid() == 0:  # no limit on processes binds root: inside, it becomes somebody who owns nothing
        user = str(_FIRST_USER + int.from_bytes(os.urandom(4)) % _USERS)
    settings = [part for name, value in _settings().items() for part in ("--setenv", name, value)]
    inside = ["--chdir", "/homework", *python, walls.limits.of_process(), user]
    return [shutil.which("bwrap") or "bwrap", *_walls(), *_views(homework, walls.more), *settings, *inside]


def _walls() -> list[str]:
    walls = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    walls += ["--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"]
    if os.geteuid() == 0:
        return [*walls, "--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    return [*walls, "--unshare-user", "--disable-userns", "--cap-drop", "ALL"]


def _in_memory(place: str) -> list[str]:
    return ["--perms", "1777", "--size", str(_FOLDERS[place] * MB), "--tmpfs", place]


def _views(homework: Path, more: Mapping[Path, Path]) -> list[str]:
    """What is seen inside: the system, Python, the course without its answers, the submission; all of it read-only."""
    views: list[str] = []
    parents = {
        above for place in (*_needed(), *more, Path("/compiled/x")) for above in place.parents if above != Path("/")
    }
    views += _in_memory("/tmp")  # before all else: Python or the course may be in it
    for above in sorted(parents):  # or bubblewrap makes them, for their owner alone
        views += ["--perms", "0755", "--dir", str(above)]
    for folder in _needed():
        views += ["--ro-bind", str(folder), str(folder)]
    for name in ("bin", "lib", "lib64", "sbin"):
        link = Path("/", name)
        if link.is_symlink():
            views += ["--symlink", str(link.readlink()), str(link)]
        elif link.exists():
            views += ["--ro-bind", str(link), str(link)]
    views += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache", "--proc", "/proc", "--dev", "/dev"]
    views += ["--remount-ro", "/dev"]
    views += _in_memory("/home/student") + _in_memory("/dev/shm")
    views += _without_answers(Path(course.__file__).parent)
    views += ["--ro-bind", str(homework), "/homework"]
    if (kept := _compiled()) and kept.is_dir():
        views += ["--ro-bind", str(kept), f"/compiled/{kept.name}"]
    for seen, source in more.items():
        views += ["--ro-bind", str(source), str(seen)]
    return [*views, "--remount-ro", "/"]


def _needed() -> list[Path]:
    """Folders without which Python does not start, none of them within another."""
    link, chain = Path(sys.executable), [Path("/usr"), Path(sys.prefix), Path(sys.base_prefix)]
    while link.is_symlink():  # an environment's Python is often a link to a link
        link = link.parent / link.readlink()
        chain.append(link.parent.parent)
    chain += [path.resolve() for path in chain]
    chain.append(Path(course.__file__).parent)
    kept: list[Path] = []
    for path in sorted(set(chain), key=lambda path: len(path.parts)):
        if path.exists() and not any(path.is_relative_to(one) for one in kept):
            kept.append(path)
    return kept


@cache
def _compiled() -> Path | None:
    """Where machine code of `course.scale` is kept: it takes a minute to make, and a room begins with nothing."""
    from course.scale.compiled import cache_folder

    return cache_folder()


def _without_answers(package: Path) -> list[str]:
    """Cover what is right: tasks, cards and solutions are known outside alone."""
    lessons = package / "lessons"
    covers = [
        "--perms",
        "0755",
        "--tmpfs",
        str(lessons),
        "--ro-bind",
        str(lessons / "__init__.py"),
        str(lessons / "__init__.py"),
    ]
    for topic in syllabus.topics():  # a lesson's room is there, and empty
        covers += ["--perms", "0755", "--dir", str(lessons / topic)]
    covers += ["--remount-ro", str(lessons)]
    for folder in ("solutions", "exercises"):
        if (package / "bundle" / folder).is_dir():
            covers += ["--perms", "0755", "--tmpfs", str(package / "bundle" / folder)]
    return covers


def _settings() -> dict[str, str]:
    return {
        **_CALM,
        **{"PATH": f"{sys.prefix}/bin:/usr/bin:/bin", "HOME": "/home/student", "LANG": "C.UTF-8", "TMPDIR": "/tmp"},
        **{"MPLBACKEND": "agg", "COURSE_DATA": "/tmp/records", "IPYTHONDIR": "/tmp/ipython"},
    }

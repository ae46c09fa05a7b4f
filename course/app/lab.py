"""Starting JupyterLab in a workspace."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from course.app.places import keeps_no_bytecode, without_bytecode
from course.errors import CourseError
from course.threads import CALM

_SETTINGS = Path(__file__).parent / "lab_settings"
# Imported once as lessons do, this leaves bytecode, the list of fonts and warm files for the first kernel.
_AHEAD = """\
import contextlib, psutil
with contextlib.suppress(psutil.Error, AttributeError):
    psutil.Process().nice(getattr(psutil, "IDLE_PRIORITY_CLASS", 19))
import altair, anywidget, matplotlib.pyplot, nutpie, pymc, course.scale, arviz
"""


def arguments(folder: Path, *, first: str | None, port: int | None, browser: bool) -> list[str]:
    """Return JupyterLab's command line.

    Parameters
    ----------
    folder : Path
        What JupyterLab shows.
    first : str or None
        The notebook to open, relative to ``folder``; None for the launcher.
    port : int or None
        None lets Jupyter look for a free one.
    browser : bool
        Whether to open the browser.

    Returns
    -------
    list of str
        Options only, without the program's name.
    """
    options = [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{first}" if first else "--LabApp.default_url=/lab",
        "--Application.log_level=WARN",  # what is left is the address, and what went wrong
        # Two questions to the network at the first start, neither of which a learner asked. (JupyterLab 4.6 still asks
        # the learner about news; `lab_settings` disables the plugin that does.)
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if port is not None:
        options += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not browser:
        options.append("--no-browser")
    if _is_root():
        options.append("--allow-root")  # containers: Jupyter refuses otherwise
    if not _has_terminal():
        options.append("--ServerApp.answer_yes=True")  # nobody is there to confirm that Ctrl-C means stop
    return options


def for_learner(folder: Path) -> list[str]:
    """Leave out of a learner's JupyterLab what is not theirs, and return the options that do so.

    nbgrader's toolbars are there because a checkout installs what its tests need; `course lab --author` shows them. The
    layout is kept with the workspace, or tabs of other projects would open here and those of the course there.

    Parameters
    ----------
    folder : Path
        The workspace.
    """
    others = os.environ.get("JUPYTER_CONFIG_PATH", "")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [str(_SETTINGS), others]))
    return [f"--LabApp.workspaces_dir={folder / '.course' / 'layout'}"]


def prepare() -> subprocess.Popen[bytes] | None:
    """Let a process of the lowest priority import what lessons need, if none has done so since the installation.

    Compiling all that is installed takes longer than JupyterLab's start, and would be done before it.

    Returns
    -------
    Popen or None
        The process; None where the bytecode of the last of them is there, would not be kept, or ArviZ is not there.
    """
    missing = without_bytecode("arviz")  # the last that is imported
    if not missing or keeps_no_bytecode(missing):
        return None
    quiet = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-c", _AHEAD], stdin=quiet, stdout=quiet, stderr=quiet)


def run(options: list[str]) -> NoReturn:
    """Run JupyterLab until it is stopped, and leave with its exit code.

    In this process, not a child: Ctrl-C, the confirmation it asks for and the exit code are then Jupyter's own on every
    system, and nothing has to be forwarded.
    """
    try:
        from jupyterlab.labapp import main
    except ModuleNotFoundError as error:
        raise CourseError(f"the package {error.name} is missing", "See how to mend it with: course doctor") from error
    os.environ |= CALM | os.environ  # kernels inherit it; what somebody has set stays
    prepare()
    sys.exit(main(options))


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _has_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()

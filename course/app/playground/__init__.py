"""All explorers on one page without code, served by Voila on this computer only."""

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from course.app import ports
from course.errors import CourseError
from course.syllabus import explorers

if TYPE_CHECKING:
    from nbformat import NotebookNode

TITLE: Final = "Playground: Borrowing Strength"
IDLE: Final = 60  # seconds without a page: a closed tab ends its kernel itself, a crashed one cannot
_TEMPLATE: Final = "playground"
_SHARE: Final = Path(__file__).parent / "share"
# Only what shows a widget; whatever else is installed for JupyterLab stays out of the page.
_EXTENSIONS: Final = ("@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget")
_INTRODUCTION: Final = """\
# What would you bet on before you move it?

Every picture here follows its controls at once. Say which way you expect it to go, then move a slider with the mouse or
the arrow keys. The line under the controls says in words what came of it."""


def notebook() -> "NotebookNode":
    """Make the notebook behind the page: a heading, a scene and a picture for each explorer there is.

    Made from the list and not kept as a file, so that a new explorer is on the page by being on the list.
    """
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    links = " · ".join(f"[{about.title}](#{name})" for name, (about, _) in explorers().items())
    cells = [new_markdown_cell(f"{_INTRODUCTION}\n\n{links}")]
    for name, (about, _) in explorers().items():
        cells.append(new_markdown_cell(f'<h2 id="{name}">{about.question}</h2>\n\n{about.scene}'))
        # In a box of its own an explorer leaves its still picture undrawn: this page has a kernel or is nothing.
        shown = f"from ipywidgets import VBox\n\nfrom course import explore\n\nVBox([explore.{name}()])"
        cells.append(new_code_cell(shown))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "title": TITLE})


def arguments(file: Path, *, port: int, browser: bool, idle: int = IDLE) -> list[str]:
    """Return Voila's command line.

    Parameters
    ----------
    file : Path
        The notebook to serve.
    port : int
        Where to listen.
    browser : bool
        Whether to open the browser.
    idle : int
        Seconds after which a kernel that no page uses is ended.

    Returns
    -------
    list of str
        Options and the notebook, without the program's name.
    """
    options = [
        str(file),
        f"--Voila.ip={ports.LOCALHOST}",
        f"--Voila.port={port}",
        "--Voila.port_retries=0",
        "--Voila.log_level=ERROR",  # below are news for its developers
        f"--VoilaConfiguration.template={_TEMPLATE}",
        "--VoilaConfiguration.allow_template_override=NO",  # other templates ask a CDN for their fonts
        "--VoilaConfiguration.allow_theme_override=NO",  # the page follows the reader's system
        *(f"--VoilaConfiguration.extension_allowlist={name}" for name in _EXTENSIONS),
        "--MappingKernelManager.kernel_manager_class=course.app.playground.kernel.QuietKernel",
        f"--MappingKernelManager.cull_idle_timeout={idle}",
        f"--MappingKernelManager.cull_interval={max(1, idle // 3)}",
    ]
    return options if browser else [*options, "--no-browser"]


def run(*, port: int, browser: bool, idle: int = IDLE) -> NoReturn:
    """Serve the page until Ctrl-C, in this process, as `course.app.lab` does.

    Parameters
    ----------
    port, browser, idle
        As for `arguments`.

    Raises
    ------
    CourseError
        If Voila is not installed.
    """
    try:
        from nbformat import write
        from voila.app import Voila
    except ModuleNotFoundError as error:
        raise CourseError(f"the package {error.name} is missing", "See how to mend it with: course doctor") from error
    # Voila finds templates where Jupyter keeps its data.
    others = os.environ.get("JUPYTER_PATH", "")
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(_SHARE), others]))
    # On Windows a folder that a kernel has not yet left cannot be removed.
    with tempfile.TemporaryDirectory(prefix="playground-", ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "playground.ipynb"
        write(notebook(), file)
        app = Voila.instance()
        app.initialize(arguments(file, port=port, browser=browser, idle=idle))
        app.voila_configuration.prelaunch_hook = _allow_farewell
        app.tornado_settings = {"ws_ping_timeout": 30_000}  # the default is one that Tornado warns of
        app.start()
    sys.exit(0)


def _allow_farewell(handler: Any, notebook: "NotebookNode", cwd: str) -> None:
    """Give the page the cookie without which the server refuses its last words, "end my kernel"."""
    _ = handler.xsrf_token  # made and sent by being asked for

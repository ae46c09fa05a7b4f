"""The website, built once, served on this computer, and a browser to look at it."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from course.app import ports, site
from tests.browser.conftest import _chromium, browser, jupyterlab

__all__ = ["_chromium", "browser", "jupyterlab"]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the website; notebooks that ran before are not run again.

    By the command: here every warning is an error, and Sphinx's own code gives some.
    """
    out = tmp_path_factory.mktemp("website") / "site"
    subprocess.run([sys.executable, "-m", "course", "site", "--out", out], check=True)
    return out


@pytest.fixture(scope="session")
def address(made: Path) -> Iterator[str]:
    """Where it is served."""
    with ThreadingHTTPServer((ports.LOCALHOST, 0), partial(site.Quiet, directory=made)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{ports.LOCALHOST}:{server.server_port}/"
        server.shutdown()

"""What every test in a browser needs: a browser, and one JupyterLab for all tests of a worker."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.system import INSTALL, find_chromium


@pytest.fixture(scope="session", autouse=True)
def _chromium() -> None:
    """Skip where nobody has installed Chromium; in CI, which installs it, its absence is a failure."""
    if find_chromium() is None:
        stop = pytest.fail if os.environ.get("CI") else pytest.skip
        stop(f"no Chromium found; install it with: {INSTALL}")


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where screenshots go."""
    folder = Path(os.environ.get("COURSE_ARTEFACTS", "build/browser"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def browser(_chromium: None) -> Iterator[object]:
    """Chromium."""
    from tests.browser import lab

    with lab.chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def jupyterlab(tmp_path_factory: pytest.TempPathFactory, _chromium: None) -> Iterator[tuple[str, Path]]:
    """Address of a JupyterLab, and the folder that it shows."""
    from tests.browser import lab

    folder = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_DATA", str(folder / ".data"))
        with lab.jupyterlab(folder) as address:
            yield address, folder


@pytest.fixture(scope="session")
def desk(browser: object, jupyterlab: tuple[str, Path]) -> object:
    """A page of JupyterLab that shows one notebook at a time."""
    from tests.browser import lab

    return lab.Desk(browser, *jupyterlab)

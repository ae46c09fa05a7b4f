"""What every test in a browser needs: a browser, and one JupyterLab for all tests of a worker."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.system import INSTALL, find_chromium


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Keep on one worker what shares a page: all explorers in one theme, and the playground.

    What `--dist loadgroup` is for; but it marks groups in `Item._nodeid`, which pytest 9.2 does not read any more.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByPage(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            shared = {"test_explorers.py": "Dark" if "[Dark" in test else "Light", "test_playground.py": "playground"}
            return shared.get(Path(file).name, nodeid)

    return ByPage(config, log)


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

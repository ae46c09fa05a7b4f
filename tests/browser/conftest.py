"""What every test in a browser needs: a browser."""

import os

import pytest

from tests.browser.system import INSTALL, find_chromium


@pytest.fixture(scope="session", autouse=True)
def _chromium() -> None:
    """Skip where nobody has installed Chromium; in CI, which installs it, its absence is a failure."""
    if find_chromium() is None:
        stop = pytest.fail if os.environ.get("CI") else pytest.skip
        stop(f"no Chromium found; install it with: {INSTALL}")

"""The browser of this system."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = "sudo apt-get install chromium"


def find_chromium() -> str | None:
    """Path of the system's Chromium; Playwright's own cannot be counted on to download."""
    return next(filter(None, map(shutil.which, NAMES)), None)

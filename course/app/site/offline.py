"""The script that keeps a site for times without a net, written for one build."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

_LOADED: Final = re.compile(r'(?:src|href)="([^":#]+\.(?:js|css)(?:\?[^"]*)?)"')
_SCRIPT: Final = Path(__file__).parent / "root" / "sw.js"


def write_beside(theirs: Path) -> None:
    """Let the service worker of JupyterLite keep pages for times without a net, as ours does, before it does its own.

    Parameters
    ----------
    theirs : Path
        The script; it is kept beside the one that takes its place.
    """
    own = theirs.with_name(f"own-{theirs.name}")
    theirs.rename(own)
    theirs.write_text(f'importScripts("../sw.js", "{own.name}");\n', encoding="utf-8")


def write(site: Path) -> None:
    """Write ``sw.js``; its version is the sum of all files of the site, so that another build is kept apart.

    Parameters
    ----------
    site : Path
        The folder, with all else in it.
    """
    total = hashlib.sha256()
    for path in sorted(site.rglob("*")):
        if path.is_file():
            total.update(
                path.relative_to(site).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest()
            )
    python = sorted(
        path.relative_to(site).as_posix() for path in (site / "_static" / "pyodide").glob("*") if path.is_file()
    )
    text = _SCRIPT.read_text(encoding="utf-8").replace("{version}", f"course-{total.hexdigest()[:16]}")
    text = text.replace('"{search}"', _listed(_search(site)))
    (site / "sw.js").write_text(text.replace('"{python}"', _listed(python)), encoding="utf-8")


def _search(site: Path) -> list[str]:
    """Return the page of the search and what it loads, as it names it."""
    page = site / "search.html"
    loaded = set(_LOADED.findall(page.read_text(encoding="utf-8"))) if page.is_file() else set()
    return [page.name, *sorted(loaded)] if loaded else []


def _listed(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)

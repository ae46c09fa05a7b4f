"""What a page may do: run scripts of this site alone, and ask no other host for anything."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

NOTEBOOKS: Final = "lite"  # the folder of JupyterLite
_SCRIPT: Final = re.compile(r"<script(?P<how>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)
_HEAD: Final = re.compile(r"<head>", re.IGNORECASE)
# Matplotlib's and the theme's SVG carry styles as attributes; Python is WebAssembly, compiled in its worker.
_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'"
)


# JupyterLab compiles what validates its settings; without that most of its parts do not start.
_NOTEBOOK: Final = _POLICY.replace("'wasm-unsafe-eval'", "'unsafe-eval'")


def write(site: Path) -> None:
    """Give every page its policy, with the hashes of the scripts that stand in it; notebooks have one of their own.

    Parameters
    ----------
    site : Path
        The folder of pages.
    """
    for path in sorted(site.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        policy = _NOTEBOOK if path.relative_to(site).parts[0] == NOTEBOOKS else _POLICY
        path.write_text(_HEAD.sub(f"<head>{_meta(text, policy)}", text, count=1), encoding="utf-8")


def _meta(text: str, policy: str) -> str:
    inline = {
        found["text"] for found in _SCRIPT.finditer(text) if " src=" not in found["how"] and "json" not in found["how"]
    }
    hashes = "".join(f" '{hash_of(script)}'" for script in sorted(inline))
    return f'<meta http-equiv="Content-Security-Policy" content="{policy.format(hashes=hashes)}">'


def hash_of(script: str) -> str:
    """Return what a policy calls a script or a style that it allows."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"

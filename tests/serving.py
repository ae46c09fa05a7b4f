"""A server of the course in a process of its own, for the tests that ask it something."""

import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LIMIT = 240  # seconds; the only one. A test waits for a condition or for an error, and both come long before


@contextmanager
def served(
    command: Sequence[object], log: Path, *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command for as long as the block lasts, with all it says in a log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as sink:
        server = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env=env, cwd=cwd
        )
        try:
            yield server
        finally:
            server.terminate()
            try:
                server.wait(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> str:
    """Return what the server answers at this address, once it does."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=LIMIT) as answer:
                return str(answer.read().decode())
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"no answer from {address}:\n{log.read_text(errors='replace')}")


def wait_until_kept(page: Any, *places: str) -> None:
    """Wait until the browser keeps these places of a website for times without a net.

    Playwright's `wait_for_function` takes a promise for a yes, whatever comes of it.
    """
    page.evaluate(
        """async ([places, limit]) => {
          const end = Date.now() + 1000 * limit;
          for (const place of places)
            while (!(await caches.match(place, { ignoreSearch: true }))) {
              if (Date.now() > end) throw new Error(`${place} is not kept`);
              await new Promise((after) => setTimeout(after, 50));
            }
        }""",
        [places, LIMIT],
    )

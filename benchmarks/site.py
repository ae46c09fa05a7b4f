"""How soon the website is there and how soon it follows: headless Chromium, the folder served on this computer.

    uv run course site
    uv run --group dev --extra site python -m benchmarks.site

One run, one table; site.txt has it. Limits: first picture 0.5 s (0.8 s at 20 Mbit/s), live 4 s (10 s), 11 MB to live;
key to repaint 25 ms in the median and 40 ms at the 95th percentile, in JupyterLab 40 ms in the median; a lesson 1.5 MB,
readable in 0.5 s; the first drill 3 s, second visit, no net; 40 MB, with JupyterLite 140 MB. Every page is loaded into
a browser that has seen nothing. Bytes are as a host of files sends them, compressed with gzip.
"""

import argparse
import gzip
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Locator, Page

from benchmarks.explorers import PRESSES, WARM_UP
from course.app import ports, site
from course.app.speed import code_line
from course.syllabus import explorers
from tests.browser import lab

VISITS = 3
MEGABIT = 1e6 / 8
# When a picture is painted first, and when the first picture that follows the hand is.
CLOCK = """
const painted = (name, found) => {
  const look = () => requestAnimationFrame(() => {
    if (!found()) return look();
    const channel = new MessageChannel();  // a message sent in a frame arrives after that frame is painted
    channel.port1.onmessage = () => { (window.siteClock ??= {})[name] ??= performance.now(); };
    channel.port2.postMessage(0);
  });
  look();
};
painted("still", () => document.querySelector(".explorer-picture svg, main svg, main img"));
painted("text", () => document.querySelector("main p"));
painted("live", () => document.querySelector(".vega-embed svg path"));
"""


class Host(site.Quiet):
    """A host of files as there are many: compresses, tells how much it sent, and sends no faster than it is told."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a small file waits 40 ms for the receipt of its head
    rate = float("inf")  # bytes per second over all that it sends
    sent, free = 0, 0.0
    lock = threading.Lock()

    def do_GET(self) -> None:
        """Answer with the file, compressed."""
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path /= "index.html"
        if not path.is_file():
            return self.send_error(404)
        body = packed(path)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Cache-Control", "max-age=600")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for start in range(0, len(body), 16_384):
            self.wait(part := body[start : start + 16_384])
            with suppress(ConnectionError):  # the page was closed
                self.wfile.write(part)
        return None

    def wait(self, part: bytes) -> None:
        """Wait until the line is free for these bytes: it is one for all requests."""
        with Host.lock:
            Host.sent += len(part)
            Host.free = max(Host.free, time.monotonic()) + len(part) / Host.rate
            until = Host.free
        time.sleep(max(0.0, until - time.monotonic()))


@cache
def packed(path: Path) -> bytes:
    """A file as it is sent."""
    return gzip.compress(path.read_bytes(), 6)


@contextmanager
def hosted(folder: Path) -> Iterator[str]:
    """Serve the website; its address."""
    with ThreadingHTTPServer((ports.LOCALHOST, 0), partial(Host, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{ports.LOCALHOST}:{server.server_port}/"
        server.shutdown()


def visit(browser: Browser, address: str, moment: str, rate: float = float("inf")) -> tuple[dict[str, float], int]:
    """Load a page into a new profile; the times of its clock in seconds, and the bytes sent until a moment of it."""
    Host.rate, Host.sent = rate, 0
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.add_init_script(CLOCK)
    page.goto(address, wait_until="commit")
    page.wait_for_function(f"() => window.siteClock?.{moment}")
    clock, sent = page.evaluate("() => window.siteClock"), Host.sent
    context.close()
    time.sleep(0.5)
    return {name: value / 1000 for name, value in clock.items()}, sent


def landing(browser: Browser, address: str) -> None:
    """Print the landing page's row, without a limit and at 20 Mbit/s."""
    for named, rate in (("this computer", float("inf")), ("20 Mbit/s", 20 * MEGABIT)):
        found = [visit(browser, f"{address}index.html", "live", rate) for _ in range(VISITS)]
        still, live = (np.median([clock[name] for clock, _ in found]) for name in ("still", "live"))
        sent = np.median([sent for _, sent in found]) / 1e6
        print(f"landing page, {named:14} picture {still:5.2f} s   live {live:5.2f} s   sent {sent:5.1f} MB", flush=True)


def lessons(browser: Browser, address: str, folder: Path) -> None:
    """Print the slowest and the heaviest lesson."""
    names = sorted(path.relative_to(folder).as_posix() for path in (folder / "notebooks").rglob("*.html"))
    found = {}
    for name in names:
        clock, _ = visit(browser, f"{address}{name}", "text")
        Host.sent = 0
        context = browser.new_context()
        page = context.new_page()
        page.add_init_script("delete Navigator.prototype.serviceWorker")  # which keeps the site's pages for later
        page.goto(f"{address}{name}", wait_until="networkidle")
        found[name] = clock["text"], Host.sent / 1e6
        context.close()
    slow, heavy = (max(found, key=lambda name: found[name][i]) for i in (0, 1))
    print(f"{len(names)} lessons: readable in {found[slow][0]:.2f} s at most ({slow}), ", end="")
    print(f"{found[heavy][1]:.2f} MB at most ({heavy}); nothing touched", flush=True)


def frames(page: Page, rounds: int) -> None:
    """Let a page come to rest between two presses."""
    page.evaluate("async n => { for (; n >= 0; n--) await new Promise(requestAnimationFrame); }", rounds)


def row(page: Page, handle: Locator, picture: Locator, settled: lab.Settled) -> tuple[float, float]:
    """Median and 95th percentile from key to repaint in ms."""
    lab.watch(picture)
    handle.scroll_into_view_if_needed()
    times = lab.press(page, handle, ("ArrowLeft", "ArrowRight"), WARM_UP + PRESSES, settled)[WARM_UP:]
    return float(np.median(times)), float(np.quantile(times, 0.95))


def keys(browser: Browser, address: str) -> None:
    """Print key to repaint of every explorer, on the page and in JupyterLab."""
    Host.rate = float("inf")
    page = lab.new_page(browser, viewport={"width": 1280, "height": 900})
    page.goto(f"{address}playground.html")
    here = {}
    for name in explorers():
        box = page.locator(f'.explorer[data-explorer="{name}"]')
        handle = box.locator("input[type=range]:not(:disabled)").first
        handle.focus()
        page.keyboard.press("ArrowRight")
        lab.appears(box.locator(".vega-embed svg path").first, "attached")
        here[name] = row(page, handle, box.locator(".explorer-picture"), frames)
    page.close()
    print(f"{'key to repaint, ms':20} {'page':>6} {'p95':>5} {'JupyterLab':>11} {'p95':>5}")
    with tempfile.TemporaryDirectory() as folder, lab.jupyterlab(Path(folder)) as desk:
        for name in explorers():
            lab.write_notebook(Path(folder) / f"{name}.ipynb", f"from course import explore\nexplore.{name}()")
            page = lab.new_page(browser, viewport={"width": 1280, "height": 2000})
            lab.run_all(page, desk, f"{name}.ipynb")
            box = lab.explorer(page)
            there = row(page, box.locator("[role=slider]").first, box, lab.settle)
            print(f"{name:20} {here[name][0]:6.0f} {here[name][1]:5.0f} {there[0]:11.0f} {there[1]:5.0f}", flush=True)
            lab.close(page)
            page.close()


def drill(browser: Browser, address: str) -> None:
    """Print how long the first question takes on a phone's page that has been open once, without a net."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    times = []
    for visit in range(VISITS + 1):
        page = context.new_page()
        page.set_default_timeout(120_000)
        begin = time.perf_counter()
        page.goto(f"{address}drills.html")
        start = page.locator("#drills").get_by_role("button", name="Start", exact=True)
        start.wait_for()
        page.wait_for_timeout(350)  # a tap within 300 ms of what has come is taken for a slip
        start.click()
        page.locator("#drills").get_by_role("button", name="Don't know").or_(
            page.locator("#drills").get_by_role("button", name="Show the answer")
        ).wait_for()
        times.append(time.perf_counter() - begin)
        if visit == 0:
            page.wait_for_timeout(8000)  # the service worker keeps what it will need
            context.set_offline(True)
        page.close()
    context.close()
    print(
        f"first drill: first visit {times[0]:.2f} s, later ones without a net {np.median(times[1:]):.2f} s", flush=True
    )


def sizes(folder: Path) -> None:
    """Print what the folder holds."""
    files = [(path, path.stat().st_size) for path in folder.rglob("*") if path.is_file()]
    theirs = (folder / "lite", folder / "_static" / "pyodide" / "notebooks")
    lite = sum(size for path, size in files if any(path.is_relative_to(place) for place in theirs))
    whole = sum(size for _, size in files)
    print(f"{len(files)} files, {whole / 1e6:.0f} MB; without JupyterLite's {(whole - lite) / 1e6:.0f} MB")


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("site"), help="what `course site` made")
    folder = parser.parse_args().folder.resolve()
    with hosted(folder) as address, lab.chromium() as browser:
        landing(browser, address)
        lessons(browser, address, folder)
        drill(browser, address)
        keys(browser, address)
    sizes(folder)
    print(code_line("site"))


if __name__ == "__main__":
    main()

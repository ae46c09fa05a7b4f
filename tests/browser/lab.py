"""JupyterLab and Chromium without a window: started, opened, run, timed. For the browser tests and the benchmark."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, Locator, Page, TimeoutError, sync_playwright

from course import lab, ports
from tests.browser.system import find_chromium
from tests.serving import served, wait_for

_FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
_READY = 60_000  # milliseconds for a first import and a first picture
_MOVES = 10_000  # milliseconds for a picture that will not move to be called one

# When a key went down, when the picture changed and was painted, and what left the output area meanwhile.
_WATCH = """
area => {
  const log = window.courseLog = { events: [], paints: [], removed: 0 };
  const note = name => log[name].push(performance.now());
  for (const type of ["keydown", "pointermove"])
    area.ownerDocument.addEventListener(type, () => note("events"), true);
  let asked = false;
  new MutationObserver(changes => {
    // Only what is picture: labels and read-outs change by themselves. By type, not by closest(): a
    // picture of five hundred marks would otherwise be charged for being watched.
    const drawn = change => change.target instanceof SVGElement;
    const element = change => change.target.nodeType === 1 ? change.target : change.target.parentElement;
    const aside = change => element(change)?.closest(".course-controls, .course-summary, .course-spoken");
    const moved = changes.filter(c => !drawn(c) && c.type === "childList");
    const outside = moved.filter(c => !aside(c) && !element(c)?.closest("svg"));
    log.removed += outside.reduce((n, c) => n + c.removedNodes.length, 0);
    if (outside.length === 0 && !changes.some(drawn)) return;
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();  // a message sent in a frame arrives after that frame is painted
      channel.port1.onmessage = () => { asked = false; note("paints"); };
      channel.port2.postMessage(0);
    });
  }).observe(area, { childList: true, subtree: true, attributes: true, characterData: true });
}
"""


@dataclass(frozen=True)
class Drag:
    """A pointer drag: milliseconds from the last event to the last repaint, repaints, nodes removed meanwhile."""

    settled: float
    events: int
    paints: int
    removed: int


@contextmanager
def jupyterlab(folder: Path, *, dark: bool = False) -> Iterator[str]:
    """Serve a folder with JupyterLab on a free port of this computer, with settings of its own; its address."""
    port, home = ports.find_free(), folder / ".jupyter-home"
    if dark:
        theme = home / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
        theme.parent.mkdir(parents=True)
        theme.write_text('{"theme": "JupyterLab Dark"}', encoding="utf-8")
    folders = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "RUNTIME")}
    folders |= {
        "JUPYTERLAB_SETTINGS_DIR": str(home / "lab" / "user-settings"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_PATH": str(Path(lab.__file__).parent / "lab_settings"),
    }
    options = lab.arguments(folder, first=None, port=port, browser=False)
    options += ["--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True", f"--LabApp.workspaces_dir={home}"]
    log = home / "lab.log"
    with served([sys.executable, "-m", "jupyterlab", *options], log, env=os.environ | folders) as server:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/api", server, log)
        yield address


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium of the system."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def write_notebook(path: Path, *sources: str) -> Path:
    """Notebook of these code cells."""
    cells = [new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=kernel), path)
    return path


def run_all(page: Page, address: str, name: str) -> None:
    """Open a notebook and run it to the end."""
    page.goto(f"{address}/lab/tree/{name}?reset", wait_until="domcontentloaded")
    page.wait_for_selector(".jp-NotebookPanel .jp-CodeCell", timeout=_READY)
    page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')", None)


def wait_until_run(page: Page, timeout: float) -> None:
    """Wait until every code cell has been run and the kernel rests; milliseconds."""
    page.wait_for_function(
        """() => {
            const panel = window.jupyterapp.shell.currentWidget;
            const cells = [...panel.content.model.cells].filter(c => c.type === "code" && c.sharedModel.source.trim());
            return panel.sessionContext.session?.kernel?.status === "idle" && cells.every(c => c.executionCount);
        }""",
        timeout=timeout,
        polling=500,
    )


def explorer(page: Page, number: int = 0) -> Locator:
    """An explorer of the page, once its picture is drawn."""
    return _drawn(page.locator(".course-explorer").nth(number))


def explorer_of_cell(page: Page, cell: int) -> Locator:
    """The explorer under a cell of the open notebook, scrolled to: a long notebook keeps only what is in view."""
    page.evaluate(
        """async cell => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            notebook.activeCellIndex = cell;
            await notebook.scrollToItem(cell, "start");
        }""",
        cell,
    )
    return _drawn(page.locator(".jp-Cell.jp-mod-active .course-explorer"))


def _drawn(box: Locator) -> Locator:
    box.locator(".vega-embed svg .mark-line path, .vega-embed svg path").first.wait_for(
        timeout=_READY, state="attached"
    )
    return box


def watch(area: Locator) -> None:
    """Start the log of events and repaints of an area."""
    area.evaluate(_WATCH)


def picture(area: Locator) -> str:
    """What the chart shows now: its SVG."""
    return str(area.locator(".vega-embed svg").evaluate("svg => svg.outerHTML"))


def has_changed(page: Page, area: Locator, before: str) -> bool:
    """Whether the chart comes to show something else, however busy the machine is."""
    changed = "([svg, before]) => svg.outerHTML !== before"
    try:
        page.wait_for_function(changed, arg=[area.locator(".vega-embed svg").element_handle(), before], timeout=_MOVES)
    except TimeoutError:
        return False
    return True


def step(page: Page, handle: Locator) -> None:
    """Move a slider by one step with the keyboard, back where it stands at its end."""
    handle.focus()
    at_end = handle.evaluate("h => h.getAttribute('aria-valuenow') === h.getAttribute('aria-valuemax')")
    page.keyboard.press("ArrowLeft" if at_end else "ArrowRight")


def press(page: Page, handle: Locator, keys: Sequence[str], times: int) -> list[float]:
    """Milliseconds from each press of the keys, in turn, to the repaint that follows; inf where none does in 3 s."""
    found = []
    handle.focus()
    for key in islice(cycle(keys), times):
        page.evaluate("() => { courseLog.events.length = 0; courseLog.paints.length = 0; }")
        page.keyboard.press(key)
        try:
            page.wait_for_function("() => courseLog.paints.length > 0", timeout=3000)
            found.append(page.evaluate("() => courseLog.paints[0] - courseLog.events[0]"))
        except TimeoutError:
            found.append(float("inf"))
        page.wait_for_timeout(60)
    return found


def drag(page: Page, handle: Locator, *, by: float, events: int = 60) -> Drag:
    """Drag a handle sideways in so many events and wait until the picture rests."""
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("() => { courseLog.events.length = 0; courseLog.paints.length = 0; courseLog.removed = 0; }")
    for step in range(1, events + 1):
        page.mouse.move(x + by * step / events, y)
    page.wait_for_timeout(1500)
    log = page.evaluate("() => courseLog")
    page.mouse.up()
    return Drag(log["paints"][-1] - log["events"][-1], len(log["events"]), len(log["paints"]), log["removed"])

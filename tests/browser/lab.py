"""JupyterLab and Chromium without a window: started, opened, run, timed. For the browser tests and the benchmark."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, Locator, Page, TimeoutError, sync_playwright

from course.app import lab, ports
from tests.browser.system import find_chromium
from tests.serving import LIMIT, served, wait_for

_FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
# What is wrong with the page, in one line, or null. In JupyterLab the model is asked, since a long notebook keeps on
# the page only what is near the window.
_TROUBLE = """
window.coursePanel = () => [...(window.jupyterapp?.shell?.widgets("main") ?? [])].find(widget => widget.sessionContext);
window.courseSaid = [];
addEventListener("error", event => courseSaid.push(event.message));
addEventListener("unhandledrejection", event => courseSaid.push(String(event.reason?.message ?? event.reason)));
window.courseTrouble = () => {
  const panel = coursePanel();
  const code = [...(panel?.content?.model?.cells ?? [])].filter(cell => cell.type === "code");
  for (const cell of code)
    for (let n = 0; n < cell.outputs.length; n++)
      if (cell.outputs.get(n).type === "error") {
        const { ename, evalue } = cell.outputs.get(n).toJSON();
        return `${panel.context.path}, cell ${cell.id}: ${ename}: ${evalue}`;
      }
  const died = document.querySelector(".jp-Dialog")?.textContent.includes("died");
  if (died || panel?.sessionContext?.session?.kernel?.status === "dead") {
    const running = code.find(cell => !cell.executionCount && cell.sharedModel.source.trim());
    return `${panel?.context.path}, cell ${running?.id}: the kernel died`;
  }
  for (const shown of panel ? [] : document.querySelectorAll("[data-mime-type='application/vnd.jupyter.stderr']")) {
    const cell = shown.closest(".jp-Cell")?.id.replace("cell-id=", "");
    return `${document.title}, cell ${cell}: ${shown.textContent.trim().split("\\n").at(-1)}`;
  }
  for (const late of document.querySelectorAll(".course-late"))
    if (late.textContent.startsWith("The picture cannot")) {
      const cell = panel?.content.widgets.find(cell => cell.node.contains(late))?.model.id;
      return `${panel?.context.path ?? document.title}, cell ${cell}: ${late.textContent}`;
    }
  return courseSaid.find(text => /vega|widget|course/i.test(text) && !text.includes(courseHarmless)) ?? null;
};
"""
# What anywidget says when it was given less than two seconds to load a module; nothing depends on that, see
# `course.explore.page` and `test_late`.
HARMLESS = "[anywidget] Failed to initialize model"
READS = 500  # milliseconds: what is pressed at once was meant for what stood in a drill before

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


Settled = Callable[[Page, int], None]


@dataclass(frozen=True)
class Drag:
    """A pointer drag: milliseconds from the last event to the last repaint, repaints, nodes removed meanwhile."""

    settled: float
    events: int
    paints: int
    removed: int


class Trouble(AssertionError):
    """The page shows an error: which notebook, which cell, what it says."""


@contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """Serve a folder with JupyterLab on a free port of this computer, with settings of its own; its address."""
    port, home = ports.find_free(), folder / ".jupyter-home"
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


def new_page(browser: Browser, **options: Any) -> Page:
    """Open a page that knows when something is wrong with it, and what it said."""
    page = browser.new_page(**options)
    page.set_default_timeout(1000 * LIMIT)
    page.add_init_script(f"window.courseHarmless = {HARMLESS!r};{_TROUBLE}")
    page.said = []
    page.on("console", lambda message: page.said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.said.append(str(error)))
    return page


def until(page: Page, condition: str, arg: object = None) -> None:
    """Wait until a condition, a function in JavaScript, holds in the page; an error on the page ends it at once."""
    either = (
        f"arg => {{ const trouble = courseTrouble(); return trouble ? {{ trouble }} : ({condition})(arg) && {{}}; }}"
    )
    try:
        found = page.wait_for_function(either, arg=arg).json_value()
    except TimeoutError as error:
        raise Trouble(f"{page.url}: after {LIMIT} s still not: {condition}; it said {page.said}") from error
    if "trouble" in found:
        raise Trouble(found["trouble"])


def appears(place: Locator, state: Any = "visible") -> Locator:
    """Wait for an element; an error on the page ends it within a second."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        with suppress(TimeoutError):
            place.wait_for(state=state, timeout=1000)
            return place
        if trouble := place.page.evaluate("courseTrouble()"):
            raise Trouble(trouble)
    raise Trouble(f"{place.page.url}: after {LIMIT} s still no {place}; it said {place.page.said}")


def run_all(page: Page, address: str, name: str) -> None:
    """Load JupyterLab, open a notebook and run it to the end."""
    load(page, address)
    open_and_run(page, name)


def load(page: Page, address: str) -> None:
    """Load JupyterLab, with nothing open."""
    page.goto(f"{address}/lab?reset", wait_until="domcontentloaded")
    # JupyterLab's body is 0 high and hides what is outside: axe-core would see no text there, and judge no colour.
    page.add_style_tag(content="html, body { height: 100vh; }")
    until(page, "() => window.jupyterapp?.shell.currentWidget")  # the launcher


def open_and_run(page: Page, name: str, *, theme: str = "Light") -> None:
    """Open a notebook in JupyterLab and set all its cells running."""
    open_notebook(page, name, theme=theme)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")


def open_notebook(page: Page, name: str, *, theme: str = "Light") -> None:
    """Open a notebook in JupyterLab, with its kernel, and run nothing."""
    set_theme(page, theme)
    page.evaluate(
        """async path => {
            await window.jupyterapp.commands.execute("docmanager:open", { path, factory: "Notebook" });
        }""",
        name,
    )
    until(
        page,
        """() => {
            const panel = coursePanel();
            if (!panel?.context.isReady || !panel.sessionContext.session?.kernel) return false;
            window.jupyterapp.shell.activateById(panel.id);  // JupyterLab's launcher may have come between
            return panel.isVisible;
        }""",
    )


def set_theme(page: Page, theme: str) -> None:
    """Make JupyterLab "Light" or "Dark"."""
    page.evaluate(
        """async theme => {
            if (document.body.dataset.jpThemeName !== theme)
                await window.jupyterapp.commands.execute("apputils:change-theme", { theme });
        }""",
        f"JupyterLab {theme}",
    )
    # While it changes, a picture covers the page: axe-core would judge no colour below it.
    changed = "theme => document.body.dataset.jpThemeName === theme && !document.querySelector('#jupyterlab-splash')"
    until(page, changed, f"JupyterLab {theme}")


def close(page: Page) -> None:
    """Close the open notebook and end its kernel."""
    page.evaluate(
        """async () => {
            const panel = coursePanel();
            // A kernel that died may be on its way back while it is told to go: the server then answers with an error.
            await panel.sessionContext.shutdown().catch(error => console.warn(error));
            panel.context.model.dirty = false;
            panel.dispose();
        }"""
    )


def wait_until_run(page: Page) -> None:
    """Wait until every code cell has been run and the kernel rests."""
    until(
        page,
        """() => {
            const panel = coursePanel();
            const cells = [...panel.content.model.cells].filter(c => c.type === "code" && c.sharedModel.source.trim());
            return panel.sessionContext.session?.kernel?.status === "idle" && cells.every(c => c.executionCount);
        }""",
    )


class Desk:
    """One page of JupyterLab with one notebook at a time, for all tests of a worker."""

    def __init__(self, browser: Browser, address: str, folder: Path) -> None:
        self._browser, self._address, self.folder = browser, address, folder
        self._page: Page | None = None
        self._shown: tuple[str, str] | None = None

    def show(self, name: str, *sources: str, theme: str = "Light", height: int = 1600) -> Page:
        """Run a notebook of these cells, or one that is in the folder; one that is already open is left as it is."""
        if self._page and self._shown == (name, theme):
            return self._page
        page = self._free()
        page.set_viewport_size({"width": 1280, "height": height})
        if sources:
            write_notebook(self.folder / name, *sources)
        self._shown = (name, theme)
        open_and_run(page, name, theme=theme)
        return page

    def clear(self) -> None:
        """Close what is open; a page that something is wrong with is left for a new one."""
        if self._page is None or self._shown is None:
            return
        self._shown = None
        close(self._page)
        if self._page.evaluate("courseTrouble()"):
            self._page.close()
            self._page = None

    def _free(self) -> Page:
        self.clear()
        if self._page is None:
            self._page = new_page(self._browser)
            load(self._page, self._address)
        self._page.said.clear()
        return self._page


def explorer(page: Page, number: int = 0) -> Locator:
    """An explorer of the page, once its picture is drawn."""
    return _drawn(page.locator(".course-explorer").nth(number))


def explorer_of_cell(page: Page, cell: int) -> Locator:
    """The explorer under a cell of the open notebook, scrolled to: a long notebook keeps only what is in view."""
    page.evaluate(
        """async cell => {
            const notebook = coursePanel().content;
            notebook.activeCellIndex = cell;
            await notebook.scrollToItem(cell, "start");
        }""",
        cell,
    )
    return _drawn(page.locator(".jp-Cell.jp-mod-active .course-explorer"))


def _drawn(box: Locator) -> Locator:
    appears(box.locator(".vega-embed[role=img] svg path").first, "attached")
    return box


def watch(area: Locator) -> None:
    """Start the log of events and repaints of an area."""
    area.evaluate(_WATCH)


def picture(area: Locator) -> str:
    """What the chart shows now: its SVG."""
    return str(area.locator(".vega-embed svg").evaluate("svg => svg.outerHTML"))


def moves(page: Page, area: Locator, before: str) -> None:
    """Wait until the chart shows something else."""
    until(
        page, "([svg, before]) => svg.outerHTML !== before", [area.locator(".vega-embed svg").element_handle(), before]
    )


def settle(page: Page, rounds: int = 3) -> None:
    """Wait until the kernel of the open notebook has answered all that the page sent it, and the answers are painted.

    A slider that is moved fast keeps its last value back until the one before has been answered: hence three rounds.
    """
    page.evaluate(
        """async rounds => {
            const { kernel } = coursePanel().sessionContext.session;
            for (let n = 0; n < rounds; n++) await kernel.requestExecute({ code: "", silent: true }).done;
            for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
        }""",
        rounds,
    )


def step(page: Page, handle: Locator) -> None:
    """Move a slider by one step with the keyboard, back where it stands at its end."""
    handle.focus()
    at_end = handle.evaluate("h => h.getAttribute('aria-valuenow') === h.getAttribute('aria-valuemax')")
    page.keyboard.press("ArrowLeft" if at_end else "ArrowRight")


def press(page: Page, handle: Locator, keys: Sequence[str], times: int, settled: Settled = settle) -> list[float]:
    """Milliseconds from each press of the keys, in turn, to the repaint that follows; the page rests before a press."""
    found = []
    handle.focus()
    for key in islice(cycle(keys), times):
        settled(page, 1)
        page.evaluate("() => { courseLog.events.length = 0; courseLog.paints.length = 0; }")
        page.keyboard.press(key)
        until(page, "() => courseLog.paints.length > 0")
        found.append(page.evaluate("() => courseLog.paints[0] - courseLog.events[0]"))
    return found


def drag(page: Page, handle: Locator, *, by: float, events: int = 60) -> Drag:
    """Drag a handle sideways in so many events and wait until the picture rests."""
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    settle(page)
    page.evaluate("() => { courseLog.events.length = 0; courseLog.paints.length = 0; courseLog.removed = 0; }")
    for step in range(1, events + 1):
        page.mouse.move(x + by * step / events, y)
    settle(page)
    log = page.evaluate("() => courseLog")
    page.mouse.up()
    return Drag(log["paints"][-1] - log["events"][-1], len(log["events"]), len(log["paints"]), log["removed"])

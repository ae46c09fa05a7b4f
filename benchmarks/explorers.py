"""How long a picture takes to follow a control: JupyterLab in headless Chromium, key press to repaint.

    uv run python -m benchmarks.explorers

One run, one table. Ours beside the same picture drawn by Matplotlib from the same arrays and redrawn inline (an Output
that is cleared and filled, as ipywidgets' `interact` does). Limits: median 50 ms, 95th percentile 100 ms, 5 times
faster than Matplotlib, 150 ms from the last of 60 events of a drag to the last repaint, nothing taken out of the page,
5 ms from state to arrays.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from course import explore
from course.syllabus import explorers
from tests.browser import lab

PRESSES, WARM_UP = 40, 5
SETUP = """\
import ipywidgets as widgets
from IPython.display import clear_output, display
from course import explore
from course.explore import controls

def inline(name):
    explorer, picture = explore.arithmetic(name), getattr(explore, f"{name}_picture")
    made, out = controls.widgets_of(explorer, explorer.state()), widgets.Output()
    def redraw(_=None):
        with out:
            clear_output(wait=True)
            display(picture(controls.setting(explorer, made)))
    for control in made.values():
        control.observe(redraw, names="value")
    redraw()
    panel = widgets.VBox(list(made.values())).add_class("course-controls")
    return widgets.VBox([out, panel]).add_class("inline-picture")
"""


def arrays_time(name: str) -> float:
    """Milliseconds from state to arrays, median over settings no cache has seen."""
    explorer = explore.arithmetic(name)
    start = explorer.state()
    field = {
        **{"pooling": "tau", "schools": "scale", "shrinkage": "sigma", "james_stein": "distance"},
        **{"funnel": "information", "lines": "tau_alpha", "prices": "spread", "sharing": "spread", "when": "spread"},
        "cities": "tau",
        "bandit_race": "visitors",  # the race itself is run once for a setting of the others
    }[name]
    found = []
    for value in np.linspace(1.1, 5.9, 60):
        state = type(start)(**{**vars(start), field: int(100 * value) if field == "visitors" else float(value)})
        begin = time.perf_counter()
        explorer.arrays(state)
        found.append(1e3 * (time.perf_counter() - begin))
    return float(np.median(found))


def measure(page: Page, box: lab.Locator) -> tuple[float, float, lab.Drag]:
    """Median and 95th percentile from key to repaint, and a drag."""
    lab.watch(box)
    handle = box.locator("[role=slider]").first
    handle.scroll_into_view_if_needed()
    times = lab.press(page, handle, ("ArrowLeft", "ArrowRight"), WARM_UP + PRESSES)[WARM_UP:]
    return float(np.median(times)), float(np.quantile(times, 0.95)), lab.drag(page, handle, by=60)


def main() -> None:
    """Run and print the table."""
    print("key to repaint in ms: median and 95th percentile, ours and Matplotlib inline; rest: ms from the last of 60")
    print(
        f"events of a drag to the last repaint; gone: nodes removed from the output area meanwhile; {PRESSES} presses"
    )
    print(f"{'explorer':12} {'arrays':>7} {'median':>7} {'p95':>6} {'inline':>7} {'p95':>6} {'ratio':>6}", end=" ")
    print(f"{'rest':>6} {'inline':>7} {'gone':>5} {'inline':>7}")
    with tempfile.TemporaryDirectory() as folder, lab.jupyterlab(Path(folder)) as address, lab.chromium() as browser:
        for name in explorers():
            cells = [f"explore.{name}()", f"inline({name!r})"]
            lab.write_notebook(Path(folder) / f"{name}.ipynb", SETUP, *cells)
            page = lab.new_page(browser, viewport={"width": 1280, "height": 2000})
            lab.run_all(page, address, f"{name}.ipynb")
            live = lab.explorer(page)
            inline = page.locator(".inline-picture")
            lab.appears(inline.locator("figure svg"))
            median, p95, rest = measure(page, live)
            other, other_p95, other_rest = measure(page, inline)
            print(
                f"{name:12} {arrays_time(name):7.2f} {median:7.0f} {p95:6.0f} {other:7.0f} {other_p95:6.0f} "
                f"{other / median:6.1f} {rest.settled:6.0f} {other_rest.settled:7.0f} {rest.removed:5} "
                f"{other_rest.removed:7}",
                flush=True,
            )
            lab.close(page)
            page.close()


if __name__ == "__main__":
    main()

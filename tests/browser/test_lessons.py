"""Every lesson with an explorer, opened in JupyterLab as a learner does: no error, no warning, the picture follows.

The quick lessons are run whole. Of the others, which nbval runs whole in another step, only the imports and the cells
with an explorer are run here, between all of the text.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

lab = pytest.importorskip("tests.browser.lab", reason="playwright is not installed: uv sync", exc_type=ImportError)

ROOT = Path(__file__).parents[2]
LESSON_TAKES = 300_000  # ms, on a busy machine


def explorers_in(path: Path) -> list[int]:
    """Which cells of a lesson end in an explorer."""
    cells = nbformat.read(path, 4).cells
    return [n for n, cell in enumerate(cells) if cell.source.strip().rpartition("\n")[2].startswith("explore.")]


LESSONS = {path.name: found for path in sorted((ROOT / "notebooks").glob("*.ipynb")) if (found := explorers_in(path))}
ARTEFACTS = Path(os.environ.get("COURSE_ARTEFACTS", "build/browser"))

pytestmark = pytest.mark.browser

QUICK = {"01", "03", "04"}
EACH = [pytest.param(name, marks=pytest.mark.xdist_group("lessons")) for name in LESSONS]


def shortened(name: str) -> nbformat.NotebookNode:
    """Return a lesson in which the code cells that no explorer needs are empty."""
    notebook = nbformat.read(ROOT / "notebooks" / name, 4)
    code = [n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    for n in code[1:]:
        if n not in LESSONS[name]:
            notebook.cells[n].source = ""
    return notebook


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """JupyterLab, dark, over a copy of the lessons."""
    folder = tmp_path_factory.mktemp("lessons")
    for name in LESSONS:
        if name[:2] in QUICK:
            shutil.copy(ROOT / "notebooks" / name, folder)
        else:
            nbformat.write(shortened(name), folder / name)
    with lab.jupyterlab(folder, dark=True) as address:
        yield address


def test_the_lessons_that_teach_with_an_explorer_have_one():
    assert {name[:2] for name in LESSONS} >= {"01", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"}


@pytest.mark.parametrize("name", EACH)
def test_a_lesson_shows_no_error_and_its_explorers_follow_the_keyboard(address, name):
    with lab.chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1600})
        lab.run_all(page, address, name)
        lab.wait_until_run(page, LESSON_TAKES)
        # A long notebook keeps on the page only what is near the window.
        cells = page.evaluate(
            """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
                .filter(c => c.type === "code")
                .flatMap(c => c.outputs.toJSON().map(o => [c.id, o.output_type, o.name ?? "", o.text ?? ""]))"""
        )
        assert not [cell for cell in cells if cell[1] == "error" or cell[2] == "stderr"]
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        for number in LESSONS[name]:
            box = lab.explorer_of_cell(page, number)
            for handle in box.locator(".course-controls [role=slider]").all():
                before = lab.picture(box)
                lab.step(page, handle)
                assert lab.has_changed(page, box, before), handle.get_attribute("aria-label")
            box.screenshot(path=ARTEFACTS / f"{Path(name).stem}-cell-{number}-dark.png")

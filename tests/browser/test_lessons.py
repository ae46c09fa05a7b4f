"""Every lesson with an explorer, opened in JupyterLab as a learner does: no error, no warning, the picture follows.

nbval runs them whole in another step; here only the imports and the cells with an explorer are run, between all of the
text.
"""

from pathlib import Path

import nbformat
import pytest

from course.syllabus import explorers

lab = pytest.importorskip(
    "tests.browser.lab", reason="playwright is not installed: uv sync --inexact --group dev", exc_type=ImportError
)

ROOT = Path(__file__).parents[2]


def explorers_in(path: Path) -> list[int]:
    """Which cells of a lesson end in an explorer."""
    cells = nbformat.read(path, 4).cells
    return [n for n, cell in enumerate(cells) if cell.source.strip().rpartition("\n")[2].startswith("explore.")]


FOLDER = ROOT / "notebooks"
LESSONS = {
    path.relative_to(FOLDER).as_posix(): found
    for path in sorted(FOLDER.rglob("[!.]*.ipynb"))
    if (found := explorers_in(path))
}

pytestmark = pytest.mark.browser


def shortened(name: str) -> nbformat.NotebookNode:
    """Return a lesson in which the code cells that no explorer needs are empty."""
    notebook = nbformat.read(FOLDER / name, 4)
    code = [n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    for n in code[1:]:
        if n not in LESSONS[name]:
            notebook.cells[n].source = ""
    return notebook


def test_the_lessons_that_teach_with_an_explorer_have_one():
    opened = {Path(name).name for name in LESSONS}
    assert {f"{lesson.name}.ipynb" for _, lesson in explorers().values()} <= opened


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_shows_no_error_and_its_explorers_follow_the_keyboard(desk, artefacts, name):
    opened = name.replace("/", "-")
    nbformat.write(shortened(name), desk.folder / opened)
    page = desk.show(opened, theme="Dark")
    lab.wait_until_run(page)
    # A long notebook keeps on the page only what is near the window.
    cells = page.evaluate(
        """() => [...coursePanel().content.model.cells]
            .filter(c => c.type === "code")
            .flatMap(c => c.outputs.toJSON().map(o => [c.id, o.output_type, o.name ?? "", o.text ?? ""]))"""
    )
    assert not [cell for cell in cells if cell[1] == "error" or cell[2] == "stderr"]
    for number in LESSONS[name]:
        box = lab.explorer_of_cell(page, number)
        for handle in box.locator(".course-controls [role=slider]").all():
            before = lab.picture(box)
            lab.step(page, handle)
            lab.moves(page, box, before)
        box.screenshot(path=artefacts / f"{Path(opened).stem}-cell-{number}-dark.png")
    desk.clear()

"""What is generated from what: exercises from solutions, tidy notebooks from edited ones, lists from the syllabus."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course import bundle, syllabus
from course.app import notebooks, written
from course.errors import CourseError
from course.records.files import write_atomically

SOURCES = ("notebooks", f"notebooks/{syllabus.FURTHER}", "solutions")
CODE_STUB = "# YOUR CODE HERE"
_CELL_SECONDS = 600


@dataclass(frozen=True)
class Change:
    """One file that is not as it should be; ``content`` is what it should be, None when it should not exist."""

    path: Path
    why: str
    content: str | None


def plan(root: Path, names: Sequence[str] = (), *, run: bool = False) -> tuple[Change, ...]:
    """Find out what has to change, and change nothing.

    Parameters
    ----------
    root : Path
        The repository.
    names : sequence of str
        Notebooks to look at, all of a lesson (``"03_eight_schools"``) or one (``"further/03_eight_schools"``); all
        there are when empty.
    run : bool
        Run each of them first, to store the present output of its golden cells.

    Returns
    -------
    tuple of Change
        Empty when everything is up to date.

    Raises
    ------
    CourseError
        If a name is unknown, a notebook is damaged or fails, nbgrader is missing or refuses a solution, or the disk
        and the syllabus disagree.
    """
    _require_known(root, names)
    if not names and (found := written.disagreements(root)):
        raise CourseError("the syllabus and the files disagree", "\n".join(["", *found]))
    wanted = {path: _wanted(root, path, run=run) for folder in SOURCES for path in _select(root / folder, names)}
    changes = [Change(path, "untidy", text) for path, text in wanted.items() if _differs(path, text)]
    solutions = [path for path in wanted if path.parent.name == "solutions"]
    changes += _exercises(root / "exercises", {path.name: wanted[path] for path in solutions})
    if not names:
        changes += _orphans(root)
        changes += _readme(root / "README.md")
    return tuple(changes)


def apply(changes: Sequence[Change]) -> None:
    """Carry out a plan.

    Parameters
    ----------
    changes : sequence of Change
        As `plan` returned them.
    """
    for change in changes:
        if change.content is None:
            change.path.unlink()
        else:
            write_atomically(change.path, change.content.encode())


def release(solution: Any) -> str:
    """Return the exercise that belongs to a solution, byte for byte as ``nbgrader generate_assignment`` writes it.

    Parameters
    ----------
    solution : NotebookNode
        A notebook with nbgrader's markers and metadata.
    """
    exporter = _exporter()
    output, _ = exporter.from_notebook_node(solution)
    return str(output)


def _exporter() -> Any:
    try:
        from nbconvert import NotebookExporter
        from nbgrader import preprocessors as steps
        from traitlets.config import Config
    except ModuleNotFoundError as error:
        raise CourseError(
            f"the package {error.name} is missing; making exercises from solutions needs nbgrader",
            f"Install it with: {bundle.BRING_GROUP} (in a checkout), or: pip install nbgrader",
        ) from error
    # nbgrader's own sequence without SaveCells, which would want its database. Checksums are computed twice because
    # hidden tests are removed after the first time.
    sequence = [steps.IncludeHeaderFooter, steps.InstantiateTests, steps.LockCells, steps.ClearSolutions]
    sequence += [steps.ClearOutput, steps.CheckCellMetadata, steps.ComputeChecksums, steps.ClearHiddenTests]
    sequence += [steps.ClearMarkScheme, steps.ComputeChecksums, steps.CheckCellMetadata]
    # The same stub stands in nbgrader_config.py, for teachers: nbgrader's own would stop "Run All" with an error.
    exporter = NotebookExporter(config=Config(ClearSolutions={"code_stub": {"python": CODE_STUB}}))
    for step in sequence:
        exporter.register_preprocessor(step, enabled=True)
    return exporter


def _require_known(root: Path, names: Sequence[str]) -> None:
    known = sorted({path.stem for folder in SOURCES for path in (root / folder).glob("*.ipynb")})
    for name in names:
        if name.removeprefix(f"{syllabus.FURTHER}/") not in known:
            raise CourseError(f"there is no notebook {name!r}", f"Those there are: {', '.join(known) or 'none yet'}")


def _select(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    paths = sorted(folder.glob("*.ipynb"))
    return (path for path in paths if not names or {path.stem, f"{folder.name}/{path.stem}"}.intersection(names))


def _wanted(root: Path, path: Path, *, run: bool) -> str:
    notebook = notebooks.read(path)
    if run:
        execute(notebook, path)
    lesson = {one.name: one for one in syllabus.lessons()}.get(path.stem)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            further = path.parent.name == syllabus.FURTHER
            page = written.Page(f"{path.name}, cell {cell.id}", root, lesson, further)
            cell.source = written.fill(cell.source, page)
    return notebooks.text(notebooks.tidy(notebook))


def execute(notebook: Any, path: Path) -> None:
    """Run a notebook in its folder.

    Parameters
    ----------
    notebook : NotebookNode
        Is given outputs.
    path : Path
        Where it lies.

    Raises
    ------
    CourseError
        If a cell fails or takes too long, naming the cell.
    """
    try:
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, CellTimeoutError
    except ModuleNotFoundError as error:
        raise CourseError(f"the package {error.name} is missing", f"Install it with: {bundle.BRING_GROUP}") from error
    client = NotebookClient(
        notebook,
        timeout=_CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # a kernel warns whom it talks to, once a notebook
    )
    try:
        client.execute()
    except CellExecutionError as error:
        where = next((cell.id for cell in notebook.cells if _failed(cell)), "?")
        raise CourseError(
            f"{path.name}, cell {where}: {error.ename}: {error.evalue}", "Mend the cell and run this command again"
        ) from error
    except CellTimeoutError as error:
        raise CourseError(f"{path.name}: a cell took longer than {_CELL_SECONDS} s", "Give it less to do") from error


def _failed(cell: Any) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", []))


def _differs(path: Path, text: str) -> bool:
    # As text: git may have given a checkout on Windows its own line endings.
    return not path.is_file() or path.read_text(encoding="utf-8") != text


def _exercises(folder: Path, solutions: dict[str, str]) -> Iterator[Change]:
    import nbformat

    for name, text in solutions.items():
        try:
            exercise = release(nbformat.reads(text, as_version=4))
        except Exception as error:  # nbgrader raises everything from ValidationError to a bare Exception
            raise CourseError(
                f"solutions/{name}: nbgrader refuses it: {error}", "Mend the markers and the metadata of that cell"
            ) from error
        if _differs(folder / name, exercise):
            yield Change(folder / name, f"not what solutions/{name} makes", exercise)


def _readme(path: Path) -> Iterator[Change]:
    if path.is_file():
        text = written.fill(path.read_text(encoding="utf-8"), written.Page(path.name, path.parent))
        if _differs(path, text):
            yield Change(path, "not what the syllabus says", text)


def _orphans(root: Path) -> Iterator[Change]:
    for path in sorted((root / "exercises").glob("*.ipynb")):
        if not (root / "solutions" / path.name).is_file():
            yield Change(path, f"solutions/{path.name} does not exist", None)

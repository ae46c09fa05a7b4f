"""One way to write a notebook, so that a diff shows only what an author changed.

A "golden" cell is tagged ``nbval-check-output``: its text output is stored, and compared whenever the notebook is
tested. Every other output is stripped.
"""

import hashlib
import math
from pathlib import Path
from typing import Any

from course.errors import CourseError

GOLDEN = "nbval-check-output"
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# What front ends add by themselves: timings, scroll positions, trust.
_VOLATILE = ("ExecuteTime", "collapsed", "execution", "jp-MarkdownHeadingCollapsed", "scrolled", "trusted")
_FRONT_END = "jupyter"  # of what is under this name only the fold is the author's
_VOLATILE_NOTEBOOK = ("language_info", "toc", "varInspector", "vscode", "widgets")
_WORDS_A_MINUTE, _LINES_A_MINUTE = 200, 3
_NOT_COMPARED = ("image/", "application/vnd.jupyter.widget")


def is_golden(cell: Any) -> bool:
    """Say whether the output of a cell is stored and compared.

    Parameters
    ----------
    cell : NotebookNode
        A cell of any type.
    """
    return cell.cell_type == "code" and GOLDEN in cell.metadata.get("tags", [])


def is_folded(cell: Any) -> bool:
    """Say whether a cell shows its output alone, and its code after a click.

    Parameters
    ----------
    cell : NotebookNode
        A cell of any type.
    """
    return bool(cell.cell_type == "code" and cell.metadata.get(_FRONT_END, {}).get("source_hidden"))


def words(cell: Any) -> int:
    """Count the words of a cell of prose; of a cell of code there are none."""
    return len(cell.source.split()) if cell.cell_type == "markdown" else 0


def minutes(notebook: Any) -> int:
    """Return how long a notebook takes: 200 words a minute, and three lines of code that is not folded.

    Learners' own estimates of six lessons agree with it within a fifth.

    Parameters
    ----------
    notebook : NotebookNode
        Any notebook.

    Returns
    -------
    int
        Whole minutes, rounded up.
    """
    open_cells = [cell for cell in notebook.cells if cell.cell_type == "code" and not is_folded(cell)]
    lines = sum(bool(line.strip()) for cell in open_cells for line in cell.source.splitlines())
    return math.ceil(sum(map(words, notebook.cells)) / _WORDS_A_MINUTE + lines / _LINES_A_MINUTE)


def read(path: Path) -> Any:
    """Read a notebook and give every cell an id of its own.

    Parameters
    ----------
    path : Path
        A notebook in format 4.

    Returns
    -------
    NotebookNode
        The notebook, valid, in format 4.5 or later.

    Raises
    ------
    CourseError
        If the file is not a notebook.
    """
    import nbformat

    try:
        notebook = nbformat.v4.reads(path.read_text(encoding="utf-8"))
        _repair(notebook)
        nbformat.validate(notebook)
    except (ValueError, KeyError, AttributeError, TypeError, nbformat.ValidationError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise CourseError(
            f"{path} is not a valid notebook of format 4: {reason}",
            "Restore it from git, or open it in JupyterLab and save it",
        ) from error
    return notebook


def _repair(notebook: Any) -> None:
    # Not left to nbformat, which invents random ids: two runs would give two different files.
    if notebook.nbformat != 4:
        raise ValueError(f"format {notebook.nbformat}")
    notebook.nbformat_minor = max(5, notebook.nbformat_minor)
    seen: set[str] = set()
    for index, cell in enumerate(notebook.cells):
        if not cell.get("id") or cell.id in seen:
            cell.id = hashlib.sha256(f"{index}\n{cell.source}".encode()).hexdigest()[:8]
        while cell.id in seen:
            cell.id = hashlib.sha256(cell.id.encode()).hexdigest()[:8]
        seen.add(cell.id)


def tidy(notebook: Any) -> Any:
    """Remove from a notebook what a run or a front end left in it, in place.

    Parameters
    ----------
    notebook : NotebookNode
        As `read` returns it.

    Returns
    -------
    NotebookNode
        The same object.
    """
    for key in _VOLATILE_NOTEBOOK:
        notebook.metadata.pop(key, None)
    notebook.metadata.kernelspec = dict(_KERNEL)
    for cell in notebook.cells:
        folded = is_folded(cell)
        for key in (*_VOLATILE, _FRONT_END):
            cell.metadata.pop(key, None)
        if folded:
            cell.metadata[_FRONT_END] = {"source_hidden": True}
        if cell.cell_type == "code":
            cell.outputs = _stored(cell.outputs) if is_golden(cell) else []
            # nbval refuses a stored output whose cell counts as never run.
            cell.execution_count = 1 if cell.outputs else None
    return notebook


def _stored(outputs: list[Any]) -> list[Any]:
    """Keep what nbval compares: standard output in one piece, and results without their pictures."""
    kept: list[Any] = []
    stdout: Any = None
    for output in outputs:
        if _is_stdout(output) and stdout:
            stdout.text += output.text
        elif _is_stdout(output):
            stdout = output
            kept.append(stdout)
        elif output.output_type in ("execute_result", "display_data"):
            kept.append(_without_pictures(output))
    return kept


def _is_stdout(output: Any) -> bool:
    return bool(output.output_type == "stream" and output.name == "stdout")


def _without_pictures(output: Any) -> Any:
    for kind in [kind for kind in output.data if kind.startswith(_NOT_COMPARED)]:
        del output.data[kind]
    if output.output_type == "execute_result":
        output.execution_count = 1
    return output


def text(notebook: Any) -> str:
    """Return a notebook as JupyterLab would save it.

    Parameters
    ----------
    notebook : NotebookNode
        A valid notebook.
    """
    import nbformat

    return str(nbformat.v4.writes(notebook)) + "\n"

"""What a notebook rests on: its own code, the modules of the course that it imports, and the room of its lesson."""

import ast
from collections.abc import Iterator
from pathlib import Path

import nbformat


def sources(notebook: Path, root: Path) -> list[str]:
    """Return its code and golden outputs, and the code of every module of the course behind it, sorted."""
    cells = [cell for cell in nbformat.read(notebook, 4).cells if cell.cell_type == "code"]
    own = [cell.source + str(cell.outputs) for cell in cells]
    code = "\n".join(cell.source for cell in cells)
    found: dict[Path, str] = {}
    # Tasks and explorers are found by name, which no import statement shows.
    waiting = [*_modules(code, "", root), *(root / "course" / "lessons" / notebook.stem[3:]).glob("*.py")]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = path.read_text(encoding="utf-8")
            waiting += _modules(found[path], _package(path, root), root)
    return own + [_meaning(found[path]) for path in sorted(found)]


def _meaning(code: str) -> str:
    """The code without what changes no run: comments, layout, and texts that stand by themselves."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False):
            node.body[0] = ast.Pass()
    return ast.unparse(tree)


def _package(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).parent.parts)


def _modules(code: str, package: str, root: Path) -> Iterator[Path]:
    """Files of the course that this code imports, at the top or inside a function."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, *([base] if base else [])])
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            if name.partition(".")[0] == "course":
                yield from _files(name, root)


def _files(name: str, root: Path) -> Iterator[Path]:
    """The module of this name, and the packages that are imported on the way to it."""
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        stem = root.joinpath(*parts[:length])
        yield from (path for path in (stem / "__init__.py", stem.with_suffix(".py")) if path.is_file())

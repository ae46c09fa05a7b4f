"""Which room may import which, what an import costs, and that what a room offers is there."""

import ast
import graphlib
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    *("pymc", "pytensor", "matplotlib", "altair", "ipywidgets", "arviz", "pandas", "numba", "IPython", "xarray"),
    *("dask", "distributed", "pyarrow", "rich", "torch"),
}
# Parts of SciPy that load nearly all others: by the function that needs them.
LATER = {"scipy.integrate", "scipy.interpolate", "scipy.optimize", "scipy.sparse", "scipy.stats"}
GROUND = {"errors", "threads", "validate"}
CONCEPTS = {
    *("bandits", "data", "exact", "funnel", "marginal", "multitask", "pooling", "regression", "scale", "shrinkage"),
    *("simulate", "situations"),
}
LIBRARY = CONCEPTS | {"diagnostics", "models", "plots"}
ENGINES = {"bundle", "checks", "drills", "explore", "quiz", "records", "syllabus", "verdicts"}
# From each room to those that it may import; an arrow that is not allowed here runs up.
MAY = {
    **dict.fromkeys(GROUND, GROUND),
    **dict.fromkeys(CONCEPTS, GROUND | CONCEPTS),
    **dict.fromkeys(LIBRARY - CONCEPTS, GROUND | LIBRARY),
    **dict.fromkeys(ENGINES, GROUND | LIBRARY | ENGINES),
    "lessons": GROUND | LIBRARY | ENGINES,
    "app": GROUND | LIBRARY | ENGINES | {"__init__"},
    "__main__": {"__init__", "app", "errors"},
    "__init__": set(),
}
# What an import statement does not show: modules loaded by a name that is put together. All that look for a lesson's.
HIDDEN = {
    "__init__.py": "a name that moved",
    "app/classroom/rooms/inside.py": "what a student's cells will import",
    "checks/task.py": "the tasks of a lesson",
    "drills/expressions.py": "the functions that a card may call",
    "explore/__init__.py": "the explorers of a lesson",
    "multitask/network.py": "PyTorch",
}
COURSE = Path(__file__).parents[1] / "course"


FIRST = "course.validate"  # loads NumPy alone
LAST = "course.scale"  # may load Numba, and would hide it from whatever came after
IMPORTED = [FIRST, *sorted(f"course.{room}" for room in CONCEPTS - {"scale"}), LAST]
ONE_BY_ONE = """
import json, sys
from importlib import import_module
loaded = {}
for module in sys.argv[1:]:
    for name in [name for name in sys.modules if name.partition(".")[0] == "course"]:
        del sys.modules[name]  # each has to stand without those before it
    before = set(sys.modules)
    import_module(module)
    new = set(sys.modules) - before
    loaded[module] = sorted({name.partition(".")[0] for name in new} | {".".join(name.split(".")[:2]) for name in new})
print(json.dumps(loaded))
"""


def loaded_by(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter has after a statement, beyond those that it starts with."""
    program = f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """What each concept module loads that none before it did: SciPy alone takes a second, so one process serves all."""
    done = subprocess.run([sys.executable, "-c", ONE_BY_ONE, *IMPORTED], capture_output=True, text=True, check=True)
    return {module: set(names) for module, names in json.loads(done.stdout).items()}


def test_importing_the_package_loads_nothing_else() -> None:
    assert loaded_by("import course") <= {"course", "__future__"}


@pytest.mark.parametrize("module", IMPORTED)
def test_a_concept_module_loads_no_sampler_plot_or_widget(module: str, loaded: dict[str, set[str]]) -> None:
    allowed = {"numba", *LATER} if module == LAST else set()  # it compiles its passes
    assert not loaded[module] & ((HEAVY | LATER) - allowed)


@pytest.mark.parametrize("module", sorted(f"course.{room}" for room in LIBRARY))
def test_what_a_room_offers_is_there_is_explained_and_is_all_that_lessons_use(module: str) -> None:
    found = importlib.import_module(module)
    assert sorted(set(found.__all__)) == sorted(found.__all__)
    for name in found.__all__:
        offered = getattr(found, name)
        assert offered.__doc__ or not callable(offered), name
    room = module.removeprefix("course.")
    assert used_of(room) - set(found.__all__) <= {path.stem for path in (COURSE / room).glob("*.py")}


def used_of(room: str) -> set[str]:
    """Names of a room that lessons and solutions use: as an attribute of it, or imported from it."""
    used = set()
    for tree in LESSONS:
        bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == f"course.{room}":
                used |= {alias.name for alias in node.names}
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                used |= {node.attr} if node.value.id == room and room not in bound else set()
    return used


def code_of(path: Path) -> ast.Module:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ast.parse("\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"))


LESSONS = [code_of(path) for name in ("notebooks", "solutions") for path in (COURSE.parent / name).rglob("[!.]*.ipynb")]


def arrows() -> set[tuple[str, str]]:
    """Every import of the course by the course, wherever it stands: file and the room that it names."""
    found = set()
    for path in COURSE.rglob("*.py"):
        place = path.relative_to(COURSE).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "course":
                inner = node.module.split(".")[1:]
                rooms = inner[:1] or [alias.name for alias in node.names]
                found |= {(place, room if room in MAY else "__init__") for room in rooms}
            if isinstance(node, ast.Import):
                found |= {(place, alias.name.split(".")[1]) for alias in node.names if alias.name.startswith("course.")}
    return found


def test_no_arrow_between_rooms_runs_up() -> None:
    assert {path.stem if path.is_file() else path.name for path in COURSE.glob("[!_]*") if path.suffix != ".toml"} | {
        "__init__",
        "__main__",
    } == set(MAY)
    assert {(place, room) for place, room in arrows() if room not in MAY[room_of(place)] | {room_of(place)}} == set()


def test_no_rooms_import_each_other_in_a_circle() -> None:
    sorter = graphlib.TopologicalSorter()
    for place, room in arrows():
        if room != room_of(place):
            sorter.add(room_of(place), room)
    sorter.prepare()  # raises CycleError, which names the rooms


def test_a_lessons_room_knows_no_other() -> None:
    other = re.compile(r"course\.lessons\.(\w+)")
    for path in (COURSE / "lessons").rglob("*.py"):
        assert set(other.findall(path.read_text(encoding="utf-8"))) <= {path.parent.name}, path


def test_no_engine_names_a_lesson() -> None:
    lesson = re.compile(r"course\.lessons\.[a-z]")
    for room in ENGINES:
        for path in (COURSE / room).rglob("*.py"):
            assert not lesson.search(path.read_text(encoding="utf-8")), path


def test_modules_are_loaded_by_name_only_where_it_is_said() -> None:
    loading = {
        path.relative_to(COURSE).as_posix()
        for path in COURSE.rglob("*.py")
        if re.search(r"\bimport_module\(|__import__\(", path.read_text(encoding="utf-8"))
    }
    assert loading == set(HIDDEN)


def room_of(place: str) -> str:
    return place.partition("/")[0].removesuffix(".py")


def test_the_tasks_load_no_sampler_until_a_model_is_judged() -> None:
    every = "[tasks(topic) for topic in topics()]"
    assert not loaded_by(f"from course.checks.task import tasks; from course.syllabus import topics; {every}") & (
        HEAVY - {"numba", "pandas"}
    )

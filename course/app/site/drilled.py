"""What the worker loads when a question is touched: the drills, their deck, and the pure packages that they use."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from course.app.site import engine
from course.drills import bank, shipped

STANDINS: Final = Path(__file__).parent / "standins"
_PACKAGES: Final = (
    *("fsrs", "latex2mathml", "markdown_it", "mdit_py_plugins", "mdurl", "pylatexenc", "simpleeval"),
    "typing_extensions",
)
# Every card is asked and answered, and a sitting begun, with what a page has in place of msgspec and scipy.stats.
WORK: Final = """
sys.modules["filelock"] = sys.modules["platformdirs"] = sys.modules["rich"] = None
sys.path.insert(0, sys.argv[2])
import scipy, stats
scipy.stats = sys.modules["scipy.stats"] = stats
from course.drills import page, shipped
deck = shipped.read(open(sys.argv[3], encoding="utf-8").read())
shipped.entries = lambda: deck
said = {}
for id in deck:
    for seed in range(int(sys.argv[4])):
        put = page.question(id, seed)
        said[f"{id} {seed}"] = [put, *(page.judge(id, typed, seed) for typed in ("0.5", "b", json.loads(put)["key"]))]
page.begin("")
for name, given in (("go_on", "[]"), ("answer", '[""]'), ("next", "[]"), ("finish", "[]"), ("give", "[]")):
    page.step(name, given)
"""


def archive() -> bytes:
    """Return the second archive, without what the first, of the explorers, has."""
    return engine.archive(_files())


def _files() -> Mapping[str, bytes]:
    course = engine.COURSE
    deck = shipped.written({**bank.bank(), **bank.questions()})
    with tempfile.TemporaryDirectory(prefix="drills-") as folder:
        place = Path(folder) / shipped.FILE
        place.write_text(deck, encoding="utf-8")
        found = engine.traced(WORK, str(STANDINS), str(place), "1")
    ours = {path for path in found if path.is_relative_to(course) and not path.is_relative_to(STANDINS)}
    files = engine.under(course.parent, ours - engine.explorers())
    for package in _PACKAGES:
        root = _root(package)
        about = f"{package}-*.dist-info/*"  # where a package asks for its own version
        mine = (path for path in found if path == root or path.is_relative_to(root) or path.match(about))
        files |= engine.under(root.parent, mine)
    return files | {
        f"course/{shipped.FILE}": deck.encode(),
        "msgspec.py": (STANDINS / "msgspec.py").read_bytes(),
        "scipy/stats.py": (STANDINS / "stats.py").read_bytes(),
    }


def _root(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None, package
    origin = Path(spec.origin)
    return origin.parent if origin.name == "__init__.py" else origin

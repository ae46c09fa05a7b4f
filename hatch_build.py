"""What goes into the wheel otherwise than it lies here: notebooks, without their golden outputs."""

import importlib.util
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("notebooks", "exercises", "solutions")


class Handouts(BuildHookInterface):
    """Put notebooks into the wheel as learners get them; an editable install needs none of it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the notebooks and say where they go."""
        if version == "editable":
            return
        root = Path(self.root)
        spec = importlib.util.spec_from_file_location("outputs", root / "course" / "bundle" / "outputs.py")
        outputs = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(outputs)
        self.made = tempfile.TemporaryDirectory()
        for source in sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.ipynb")):
            place = source.relative_to(root)
            if any(part.startswith(".") for part in place.parts):  # checkpoints of JupyterLab
                continue
            made = Path(self.made.name) / place
            made.parent.mkdir(parents=True, exist_ok=True)
            made.write_bytes(outputs.removed(source.read_bytes()))
            build_data["force_include"][str(made)] = f"course/bundle/{place.as_posix()}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was made."""
        if version != "editable":
            self.made.cleanup()

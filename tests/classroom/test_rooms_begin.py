"""How a room begins: whatever lies in the cache of compiled code, and however much is said of why it cannot."""

import sys
from pathlib import Path

import pytest

from course.app.classroom.rooms import sandbox
from course.app.classroom.rooms.room import ClosedError, Room


@pytest.mark.usefixtures("rooms")
def test_a_room_begins_with_more_compiled_code_than_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "compiled-of-many"
    kept.mkdir()
    with (kept / "0.nbc").open("wb") as large:
        large.truncate(2**33)  # with nothing in it here; a copy would fill any room
    for n in range(2000):  # each is one more complaint
        (kept / f"{n}.nbi").write_bytes(b"x" * 100)
    monkeypatch.setattr(sandbox, "_compiled", lambda: kept)
    tmp_path.chmod(0o755)
    homework = tmp_path / "homework"
    homework.mkdir()
    homework.chmod(0o755)
    with Room(homework) as room:
        room.start()
        assert room.run("1 + 1") == ""


def test_a_long_complaint_is_heard_and_ends_the_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loud = "import sys; sys.stderr.write('x' * 300_000 + chr(10) + 'this is why'); sys.exit(1)"
    monkeypatch.setattr(sandbox, "command", lambda *_: [sys.executable, "-c", loud])
    with Room(tmp_path) as room, pytest.raises(ClosedError, match="this is why"):
        room.start()

"""Files of others: taken by their sums from wherever they are, kept, and refused when they are other bytes."""

import hashlib
import zipfile

import pytest

from course.app import carried
from course.app.site import pyodide
from course.app.slides import revealjs
from course.errors import CourseError

FILES = {"a.js": b"one", "b.whl": b"two"}


@pytest.fixture
def some(tmp_path, monkeypatch):
    monkeypatch.setattr(carried, "user_cache_path", lambda _: tmp_path / "cache")
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}
    return carried.Carried("Some.js", "1.2", sums, "carrier==3")


@pytest.mark.parametrize("zipped", [False, True])
def test_bytes_are_taken_from_anywhere_and_kept(some, tmp_path, monkeypatch, zipped):
    where = tmp_path / "there"
    (where / "deep").mkdir(parents=True)
    for name, data in FILES.items():
        (where / "deep" / name).write_bytes(data)
    (where / "a.js").write_bytes(b"another of that name")
    if zipped:
        with zipfile.ZipFile(tmp_path / "carrier.whl", "w") as archive:
            archive.writestr("a.js", b"another of that name")
            for name, data in FILES.items():
                archive.writestr(f"assets/{name}", data)
        where = tmp_path / "carrier.whl"
    kept = some.found(where)
    assert kept == tmp_path / "cache" / "some.js-1.2"
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == FILES
    monkeypatch.setattr(carried, "_fetched", lambda *_: pytest.fail("the network was asked"))
    assert some.found() == kept


def test_other_bytes_and_missing_ones_are_refused_and_nothing_is_kept(some, tmp_path):
    place = tmp_path / "there"
    place.mkdir()
    (place / "a.js").write_bytes(b"one")
    with pytest.raises(CourseError, match=r"lacks b\.whl"):
        some.found(place)
    (place / "b.whl").write_bytes(b"other")
    with pytest.raises(CourseError, match=r"b\.whl in .* does not have the sum of Some\.js 1\.2"):
        some.found(place)
    with pytest.raises(CourseError, match="neither a folder nor a zip archive"):
        some.found(place / "b.whl")
    assert not (tmp_path / "cache").exists()


def test_what_was_kept_and_then_damaged_is_fetched_again(some, tmp_path, monkeypatch):
    def fetched(carrier, folder):
        assert carrier == "carrier==3"
        for name, data in FILES.items():
            (folder / name).write_bytes(data)
        return True

    monkeypatch.setattr(carried, "_fetched", fetched)
    kept = some.found()
    (kept / "a.js").write_bytes(b"half of i")
    assert (some.found() / "a.js").read_bytes() == b"one"


def test_without_a_source_there_is_none(some, monkeypatch):
    monkeypatch.setattr(carried, "_fetched", lambda *_: False)
    assert some.found() is None


def test_what_the_course_puts_into_pages_is_pinned():
    for sums, carrier in ((pyodide.SUMS, pyodide.CARRIER), (revealjs.REVEAL.sums, revealjs.REVEAL.carrier)):
        assert all(len(one) == 64 and set(one) <= set("0123456789abcdef") for one in sums.values())
        assert carrier.count("==") == 1

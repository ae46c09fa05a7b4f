"""The doctor sees what is wrong, and names the command that mends it."""

import importlib.util
import json
import subprocess
import sys
from importlib import metadata
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

from course import bundle
from course.app import doctor, places
from course.app.classroom.rooms import sandbox
from course.app.doctor import Finding, Status


def find(item, folder=None):
    return next(finding for finding in doctor.examine(folder) if finding.item == item)


def test_this_environment_is_sound(tmp_path):
    bad = [
        finding for finding in doctor.examine(tmp_path) if finding.status is Status.BAD and finding.item != "lessons"
    ]
    assert bad == []


def test_every_declared_package_is_looked_at():
    looked_at = {
        finding.item.removeprefix("package ") for finding in doctor.examine() if finding.item.startswith("package ")
    }
    declared = map(Requirement, metadata.requires("borrowing-strength") or [])
    assert looked_at == {found.name for found in declared if not found.marker}  # a marker: an extra, such as torch
    assert "pymc" in looked_at


def test_an_old_and_a_missing_package_are_bad_and_have_a_remedy(monkeypatch):
    real = metadata.version

    def version(name):
        if name == "nutpie":
            raise metadata.PackageNotFoundError(name)
        return "5.16.0" if name == "pymc" else real(name)

    monkeypatch.setattr(metadata, "version", version)
    old, missing = find("package pymc"), find("package nutpie")
    assert (old.status, old.found, missing.status, missing.found) == (Status.BAD, "5.16.0", Status.BAD, "missing")
    assert old.remedy == missing.remedy == "uv sync --inexact"
    monkeypatch.setattr(bundle, "checkout", lambda: None)
    assert "pip install" in find("package pymc").remedy
    assert "pymc<7,>=6.4" in find("package pymc").remedy


def test_a_teacher_is_told_of_gradebook_and_sandbox(monkeypatch):
    def version(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(sandbox, "missing", lambda: "bubblewrap is not installed")
    found = {finding.item: finding for finding in doctor.for_class()}
    assert (found["nbgrader"].status, found["sandbox"].status) == (Status.BAD, Status.WARN)
    assert "--extra teacher" in found["nbgrader"].remedy
    assert found["sandbox"].found == "bubblewrap is not installed"


def test_an_uninstalled_course_is_bad(monkeypatch):
    def requires(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    assert find("package borrowing-strength").status is Status.BAD


def test_an_old_python_is_bad(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 11, 4, "final", 0))
    assert find("Python") == Finding("Python", Status.BAD, "3.11.4", "3.12 or later", "uv python install 3.12")


@pytest.mark.parametrize("kept_from", ["nothing", "a variable", "a place that cannot be written to"])
def test_missing_bytecode_is_a_warning_where_python_would_not_make_it(monkeypatch, tmp_path, kept_from):
    found = importlib.util.find_spec("json")
    found.cached = str(tmp_path / "__pycache__" / "none.pyc")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: found)
    monkeypatch.setattr(sys, "dont_write_bytecode", kept_from == "a variable")
    if kept_from.startswith("a place"):
        (tmp_path / "__pycache__").write_text("a file where the folder should be", encoding="utf-8")
    finding = doctor._bytecode()
    assert finding.status is (Status.OK if kept_from == "nothing" else Status.WARN)
    words = {"nothing": "", "a variable": "-m compileall"}.get(kept_from, "PYTHONPYCACHEPREFIX")
    assert words in finding.remedy
    assert bool(words) == bool(finding.remedy)
    assert ("PYTHONDONTWRITEBYTECODE" in finding.found) == (kept_from == "a variable")


def test_a_stale_kernel_of_another_python_is_bad(monkeypatch, tmp_path):
    kernel = tmp_path / "kernels" / "python3"
    kernel.mkdir(parents=True)
    spec = {"argv": ["/old/env/bin/python", "-m", "ipykernel_launcher"], "display_name": "old", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    finding = find("kernel python3")
    assert finding.status is Status.BAD
    assert "/old/env/bin/python" in finding.found
    assert "kernelspec remove python3" in finding.remedy


def test_a_workspace_that_cannot_be_made_is_bad(tmp_path):
    taken = tmp_path / "file"
    taken.write_text("x", encoding="utf-8")
    assert find("workspace", taken / "course").status is Status.BAD


@pytest.mark.parametrize("how", ["flags", "file"])
def test_the_compile_cache_is_where_pytensor_says(monkeypatch, tmp_path, how):
    """The oracle is PyTensor's own configuration, in a fresh process."""
    cache = tmp_path / "cache"
    if how == "flags":
        monkeypatch.setenv("PYTENSOR_FLAGS", f"floatX=float64,base_compiledir={cache}")
    else:
        (tmp_path / "rc").write_text(f"[global]\nbase_compiledir = {cache}\n", encoding="utf-8")
        monkeypatch.setenv("PYTENSORRC", str(tmp_path / "rc"))
    code = "import pytensor; print(pytensor.config.base_compiledir)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert str(places.compile_cache()) == told == str(cache)


def test_a_container_with_little_memory_and_one_processor_is_named(monkeypatch, tmp_path):
    (tmp_path / "memory.max").write_text("2147483648\n", encoding="ascii")
    (tmp_path / "cpu.max").write_text("150000 100000\n", encoding="ascii")
    monkeypatch.setattr(doctor, "_CONTROLS", tmp_path)
    monkeypatch.setattr(doctor.os, "sched_getaffinity", lambda process: {0, 1, 2, 3}, raising=False)
    memory, cores = find("memory"), find("processor cores")
    assert (memory.status, cores.status) == (Status.WARN, Status.WARN)
    assert "this process may have 2.0" in memory.found
    assert "one notebook open at a time" in memory.needed
    assert cores.found == "1.5 of 4, as this container allows"
    (tmp_path / "memory.max").write_text("max\n", encoding="ascii")
    (tmp_path / "cpu.max").write_text("max 100000\n", encoding="ascii")
    assert "may have" not in find("memory").found
    assert find("processor cores") == Finding("processor cores", Status.OK, "4", cores.needed)


def test_a_full_memory_is_named(monkeypatch):
    import psutil

    found = SimpleNamespace(total=8 * 2**30, available=2**29)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: found)
    finding = find("memory")
    assert finding.status is Status.WARN
    assert "close other programs" in finding.needed


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit on Windows")
def test_a_limit_on_the_address_space_counts(monkeypatch):
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda which: (2**31, 2**31))
    assert "this process may have 2.0" in find("memory").found


def test_one_core_is_a_warning(monkeypatch):
    monkeypatch.setattr(doctor.os, "sched_getaffinity", lambda process: {3}, raising=False)
    assert find("processor cores").status is Status.WARN


def test_the_report_is_plain_text(capsys, tmp_path):
    doctor.report(tmp_path)
    text = capsys.readouterr().out
    assert text.isascii()
    assert "\x1b" not in text
    assert all(line.startswith(("[+] ok", "[!] warn", "[x] bad", " ")) for line in text.splitlines()[:-1])


def test_the_verdict_counts_what_must_be_mended():
    fine, poor, bad = (Finding("a", status, "", "") for status in (Status.OK, Status.WARN, Status.BAD))
    assert doctor.verdict([fine]) == "Everything the lessons need is here."
    assert doctor.verdict([fine, poor]) == "Everything the lessons need is here. 1 could be better."
    assert doctor.verdict([fine, poor, bad]) == "1 of 3 items must be mended before the lessons run."


def test_the_doctor_imports_nothing_heavy():
    code = "import sys; from course.app import doctor; doctor.examine(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pymc", "pytensor", "matplotlib", "rich"}.intersection(loaded)

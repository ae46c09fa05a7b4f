"""Exercises on the website: a number, a function and a reading judged in JupyterLite, and there again without a net."""

from __future__ import annotations

import json
import shutil
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

pytest.importorskip("jupyterlite_core", reason="an authors' tool: uv sync --extra site")
from course import bundle
from course.app import ports, site
from course.app.site import engine, lite, offline, policy, pyodide
from course.records import results

pytestmark = pytest.mark.site
PATIENCE = 240_000  # ms; a kernel starts within fifteen seconds on a quiet machine
POOLED = "def pooled(y, sigma, mu, tau):\n{}weight = tau**2 / (tau**2 + sigma**2)\n{}return weight * y + (1 - weight) * mu, sigma * weight**0.5"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A site of nothing but exercises."""
    if (files := pyodide.found(None)) is None:
        pytest.skip("Pyodide could not be fetched")
    made = tmp_path_factory.mktemp("site")
    engine.write(files, made / "_static" / "pyodide")
    lite.write(files, bundle.root(), made)
    policy.write(made)
    offline.write(made)
    return made


@pytest.fixture(scope="module")
def address(made):
    with ThreadingHTTPServer((ports.LOCALHOST, 0), partial(site.Quiet, directory=str(made))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{ports.LOCALHOST}:{server.server_port}"
        server.shutdown()


@pytest.fixture
def page(browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    elsewhere = []
    context.on("request", lambda one: None if one.url.startswith((address, "data:", "blob:")) else elsewhere.append(one.url))
    yield page
    assert elsewhere == []
    context.close()


def opened(page, address, name):
    page.goto(f"{address}/lite/notebooks/index.html?path=exercises/{name}.ipynb")
    page.locator(".jp-CodeCell .cm-content").first.wait_for()


def cell(page, holding):
    return page.locator(".jp-CodeCell").filter(has_text=holding).first


def run(page, holding, text=None):
    """Run a cell, with another text in it if there is one."""
    one = cell(page, holding)
    one.locator(".cm-content").click()
    if text is not None:
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(text)
    page.keyboard.press("Shift+Enter")


def said(page, id):
    return cell(page, f'check("{id}"').locator(".jp-OutputArea-output").first


def test_a_number_a_function_and_a_reading_are_judged_and_kept(page, address, tmp_path, monkeypatch):
    opened(page, address, "04_shrinkage")
    run(page, "import numpy as np")
    run(page, "weight = ...", "weight = 0.5")
    run(page, 'check("shrinkage.weight"')
    said(page, "shrinkage.weight").get_by_text("Wrong, because:").wait_for()
    run(page, "weight = 0.5", "weight = 0.2")
    run(page, 'check("shrinkage.weight"')
    said(page, "shrinkage.weight").get_by_text("Right.").wait_for()
    run(page, "def pooled", POOLED.format(*["    "] * 2))
    run(page, 'check("shrinkage.estimate"')
    said(page, "shrinkage.estimate").get_by_text("Right.").wait_for()
    run(page, "claims = {", 'claims = {"A": False, "B": False, "C": True, "D": True, "E": False}')
    run(page, 'check("shrinkage.claims"')
    said(page, "shrinkage.claims").get_by_text("Right.").or_(said(page, "shrinkage.claims").get_by_text("you said")).wait_for()
    run(page, "with pm.Model() as model")
    run(page, 'check("shrinkage.model"')
    said(page, "shrinkage.model").get_by_text("pip install uv").wait_for()
    run(page, "take_along()")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save your progress").click()
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert "2" in results.take(Path(download.value.path()))[0]
    assert {"shrinkage.weight", "shrinkage.estimate"} <= {id for id, one in results.records().items() if one.passed}

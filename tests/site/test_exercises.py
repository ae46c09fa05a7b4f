"""Exercises on the website: a number, a function and a reading judged in JupyterLite, and there again without a net."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

pytest.importorskip("jupyterlite_core", reason="an authors' tool: uv sync --extra site")
from course import bundle
from course.app import ports, site
from course.app.site import engine, lite, offline, policy, pyodide
from course.checks.task import tasks
from course.records import results
from tests.serving import wait_until_kept

pytestmark = pytest.mark.site
PATIENCE = 240_000  # ms; a kernel starts within fifteen seconds on a quiet machine
POOLED = """def pooled(y, sigma, mu, tau):
{0}weight = tau**2 / (tau**2 + sigma**2)
{0}return weight * y + (1 - weight) * mu, sigma * weight**0.5"""
CLAIMS = 'claims = {"A": False, "B": False, "C": True, "D": True, "E": False}'
# What a page of the course does in one process, told from what a browser says: every solution, judged.
JUDGED = """
import json
from course import bundle
from course.checks import desk
from course.checks.task import task
said = {}
def check(id, answer):
    finding = desk.judge(task(id), answer)
    said[id] = [str(finding.outcome), finding.text]
for path in sorted((bundle.root() / "solutions").glob("*.ipynb")):
    space = {}
    for cell in json.loads(path.read_bytes())["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), space)
            space["check"] = check
json.dumps(said)
"""
NODE = """
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
const [folder, program, out] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
const lock = `${folder}/notebooks-lock.json`;
const packages = Object.keys(JSON.parse(readFileSync(lock, "utf8")).packages);
const env = { COURSE_DATA: "/tmp/kept" };
const stdLibURL = `${folder}/notebooks/python_stdlib.zip`;
const python = await loadPyodide({ indexURL: `${folder}/`, lockFileURL: lock, stdLibURL, packages, env });
writeFileSync(out, python.runPython(readFileSync(program, "utf8")));
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A site of nothing but exercises."""
    if (files := pyodide.found(None)) is None:
        pytest.skip("Pyodide could not be fetched")
    made = tmp_path_factory.mktemp("exercises")
    shutil.copytree(Path(site.__file__).parent / "share", made / "_static")
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
    inside = (address, "data:", "blob:")
    context.on("request", lambda one: None if one.url.startswith(inside) else elsewhere.append(one.url))
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


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_every_solution_is_judged_as_on_this_computer_and_models_say_what_they_need(made, tmp_path):
    (tmp_path / "judged.py").write_text(JUDGED, encoding="utf-8")
    (tmp_path / "run.mjs").write_text(NODE, encoding="utf-8")
    places = [tmp_path / "run.mjs", made / "_static" / "pyodide", tmp_path / "judged.py", tmp_path / "said.json"]
    done = subprocess.run(["node", *places], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-600:]
    said = json.loads((tmp_path / "said.json").read_text(encoding="utf-8"))
    topics = {path.stem.partition("_")[2] for path in lite.exercises(bundle.root())}
    assert said.keys() == {id for topic in topics for id in tasks(topic)}
    for id, (outcome, text) in said.items():
        if id.endswith(".model"):
            assert outcome == "not yet"
            assert "`pip install uv && uv run course lab`" in text
        else:
            assert outcome == "right", f"{id}: {text}"


def test_a_number_a_function_and_a_reading_are_judged_kept_and_taken_along(page, address, tmp_path, monkeypatch):
    page.goto(f"{address}/_static/site.css")  # a visit before, whose worker JupyterLite is not to end
    page.evaluate("async () => { await navigator.serviceWorker.register('/sw.js'); }")
    opened(page, address, "04_shrinkage")
    run(page, "import numpy as np")
    run(page, "weight = ...", "weight = 0.5")
    run(page, 'check("shrinkage.weight"')
    said(page, "shrinkage.weight").get_by_text("Wrong, because:").wait_for()
    run(page, "weight = 0.5", "weight = 0.2")
    run(page, 'check("shrinkage.weight"')
    said(page, "shrinkage.weight").get_by_text("Right.").wait_for()
    run(page, "def pooled", POOLED.format("    "))
    run(page, 'check("shrinkage.estimate"')
    said(page, "shrinkage.estimate").get_by_text("Right.").wait_for()
    run(page, "claims = {", CLAIMS)
    run(page, 'check("shrinkage.claims"')
    said(page, "shrinkage.claims").get_by_text("Right.").wait_for()
    run(page, "with pm.Model() as model")
    run(page, 'check("shrinkage.model"')
    said(page, "shrinkage.model").get_by_text("pip install uv").wait_for()
    run(page, "take_along()")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save your progress").click()
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    results.take(Path(download.value.path()))
    passed = {id: one.tries for id, one in results.records().items() if one.passed}
    assert passed == {"shrinkage.weight": 2, "shrinkage.estimate": 1, "shrinkage.claims": 1}
    scope = page.evaluate("async () => (await navigator.serviceWorker.getRegistration('/_static/'))?.scope")
    assert scope == f"{address}/"
    # Closed, and opened again where there is no net: the notebook and the record are there.
    wait_until_kept(page, "/lite/build/notebooks/bundle.js")
    page.context.set_offline(True)
    page.reload()
    run(page, "import numpy as np")
    run(page, "weight =", "weight = 0.2")
    run(page, 'check("shrinkage.weight"')
    said(page, "shrinkage.weight").get_by_text("Right.").wait_for()
    run(page, "take_along()")
    page.get_by_role("link", name="Save your progress").wait_for()
